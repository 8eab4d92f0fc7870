"""How often does the robust outcome test say "lower threshold" where it is not? Simulated nations of places.

    .venv/bin/python benchmarks/validate/robust_outcome.py [--nations 500] [--out docs/simulation_robust_outcome.csv]

In every place the members of two groups have a risk of carrying, Beta distributed, and everyone whose risk is above the
group's threshold is searched. Then counts are drawn by month: rates and hit rates move from month to month as the
constants of the interval rule say, and searches come in bursts. Settings:

alike       risks of both groups are Beta with a monotone likelihood ratio, thresholds equal
boundary    the risks above the threshold are distributed alike, but three times as many of the group are above it: the
            hit rates are equal, and the ratio of risks is still monotone; nothing is harder with nothing to be found
lower       as alike, but the group's threshold is lower by an eighth
not alike   thresholds equal, but the group's risks lie close together, most of them just below and above the threshold:
            the ratio is not monotone, the test promises nothing, and what it says is false
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.outcomes.robust_test import robust_outcome_test

SEED, PLACES, MONTHS = 20270401, 40, 12
SETTINGS = ("alike", "boundary", "lower", "not alike")
PHI = 1.4
PEOPLE = 400_000, 30_000  # of the reference group and of the group in a middling place


def nation(rng, setting, places=PLACES):
    """A table of one nation: a row a place, group and month."""
    size = rng.lognormal(0, 0.6, places)[:, None]
    people = np.array([PEOPLE]) * size
    base, of_group = rng.uniform(0.5, 1.5, places), rng.uniform(0, 0.5, places)
    threshold = special.betaincinv(base, 12.0, rng.uniform(0.97, 0.995, places))
    thresholds = np.column_stack([threshold, threshold * (7 / 8 if setting == "lower" else 1)])
    shapes = np.column_stack([base, base + (of_group if setting in ("alike", "lower") else 0)])
    others = np.full((places, 2), 12.0)
    if setting == "not alike":
        shapes[:, 1] = 60 * 0.8 * threshold
        others[:, 1] = 60 - shapes[:, 1]
    above = special.betaincc(shapes, others, thresholds)
    # The mean of a Beta above a threshold: the tail of the Beta with one more success, times the mean.
    hit = shapes / (shapes + others) * special.betaincc(shapes + 1, others, thresholds) / above
    if setting == "boundary":
        above = above * [1, 3]
    return drawn(rng, people, above, hit)


def drawn(rng, people, rate, hit):
    """Counts of every month: what both groups share moves as a rate or share does, what parts them as a ratio does."""
    constants = read_constants()
    tau2 = {name: np.sqrt(constants.of(name)) for name in ("rate", "ratio", "nfa", "or nfa")}
    moves = {name: spread * months(rng, len(people)) for name, spread in tau2.items()}
    apart = np.stack([np.zeros_like(moves["ratio"]), moves["ratio"]], axis=1)
    means = (people * rate)[..., None] / MONTHS * np.exp(moves["rate"][:, None] + apart)
    searches = rng.poisson(rng.gamma(means / (PHI - 1)) * (PHI - 1))
    apart = np.stack([np.zeros_like(moves["or nfa"]), moves["or nfa"]], axis=1)
    chance = special.expit(special.logit(hit)[..., None] + moves["nfa"][:, None] + apart)
    worth = np.fmax((searches - PHI) / (PHI - 1), 0.5)  # of a beta-binomial with the dispersion PHI
    hits = rng.binomial(searches, rng.beta(chance * worth, (1 - chance) * worth))
    index = pd.MultiIndex.from_product(
        [range(len(people)), ["White", "Black"], [f"2022-{month:02}" for month in range(1, MONTHS + 1)]],
        names=["place", "group", "month"],
    ).to_frame(index=False)
    exposure = np.repeat(people.ravel() / MONTHS, MONTHS)
    return index.assign(exposure=exposure, searches=searches.ravel(), hits=hits.ravel())


def months(rng, places):
    """Normal months of variance 1, much like the one before, as the interval rule has them."""
    constants = read_constants()
    x = rng.standard_normal((places, MONTHS))
    for month in range(1, MONTHS):
        x[:, month] = constants.rho * x[:, month - 1] + np.sqrt(1 - constants.rho**2) * x[:, month]
    return np.sqrt(1 - constants.kappa) * x + np.sqrt(constants.kappa) * rng.standard_normal((places, MONTHS))


def run(setting, nations, seed, intervals=("process", "period", "binomial"), alpha=0.05):
    """A row an interval: the share of places with each verdict, and of nations with one after the correction."""
    rng = np.random.default_rng([seed, SETTINGS.index(setting)])
    tables = [nation(rng, setting).assign(nation=number) for number in range(nations)]
    table = pd.concat(tables, ignore_index=True)
    rows = []
    for interval in intervals:
        # Every nation is a family of its own.
        found = robust_outcome_test(table, within="nation", kind="nfa", interval=interval, alpha=alpha)
        verdicts = found["verdict"].value_counts(normalize=True)
        adjusted = found["verdict_adjusted"].eq("lower threshold").groupby(found["nation"]).any()
        shares = {"lower": verdicts.get("lower threshold", 0.0), "higher": verdicts.get("higher threshold", 0.0)}
        signs = found["signs"].eq("both").mean()
        rows.append(
            {"setting": setting, "interval": interval, "nations": nations, "places": len(found), "both_signs": signs}
            | shares
            | {"nations_after_correction": adjusted.mean(), "seed": seed}
        )
    return pd.DataFrame(rows)


def main():
    """Simulate all settings, print them and write them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--nations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path("docs/simulation_robust_outcome.csv"))
    options = parser.parse_args()
    table = pd.concat([run(setting, options.nations, options.seed) for setting in SETTINGS], ignore_index=True)
    table.round(4).to_csv(options.out, index=False, lineterminator="\n")
    print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    main()
