"""How often are steps found where there are some, and where there are none? Simulated series with the drift of forces.

    .venv/bin/python benchmarks/validate/change_points.py [--series 400] [--out docs/simulation_change_points.csv]

Months vary around their level as those of 43 forces do: correlation 0.9 with the month before and 10% of the variance
new every month; each force has a variance of its own (that of its kind times 4 / chi-squared of 4); weeks vary by 1.4
times what chance does. At half time the level is multiplied by `step`. Three ways to look for it:

scan    `measures.trends`: steps against the drift of months. found: at least one; placed: one within a month of it;
        extra: steps beyond the true one, on average
pelt    a search for breaks in the raw series: PELT with squared error and BIC penalty (Killick, Fearnhead and Eckley,
        2012), its variance from differences of months
its     an interrupted time series (quasi-Poisson, HAC); it is given the month, and finds a step where p is below 5%
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.variance import month_correlation
from sas_analysis.measures.trends.interrupted import interrupted_series
from sas_analysis.measures.trends.monthly import Monthly
from sas_analysis.measures.trends.scan import scan
from sas_analysis.measures.trends.steps import values_of

SEED = 20270402
MONTHS, SEARCHES, STEPS, KINDS = (12, 24, 36), (200, 2000), (1.0, 1.25, 1.5, 2.0), ("ratio", "rate")
DISPERSION, WEEKS = 1.4, 4
SHARE = 0.3  # of the pair, before the step
NAMES = [str(month) for month in pd.period_range("2019-01", periods=max(MONTHS), freq="M")]


def series(rng, kind, months, searches, step, constants):
    """One simulated series: `Monthly`."""
    tau = np.sqrt(constants.of(kind) * constants.df / rng.chisquare(constants.df))
    drift = tau * np.linalg.cholesky(month_correlation(months, constants)) @ rng.standard_normal(months)
    level = drift + np.log(step) * (np.arange(months) >= months // 2)
    names, mean = NAMES[:months], np.full((months, WEEKS), searches / WEEKS)
    if kind == "rate":
        mean = mean * np.exp(level)[:, None]
        hits = rng.poisson(rng.gamma(mean / (DISPERSION - 1), DISPERSION - 1))
        return Monthly("searches_per_day", names, hits, exposure=np.full(months, 30.0), kind="rate", nature="searches")
    p = special.expit(special.logit(SHARE) + level)[:, None]
    trials = rng.poisson(mean)
    alike = np.maximum((trials - 1) / (DISPERSION - 1) - 1, 0.05)  # beta-binomial of that dispersion
    hits = rng.binomial(trials, rng.beta(p * alike, (1 - p) * alike))
    return Monthly("disproportionality_ratio", names, hits, trials=trials, kind=kind, scale=1.0, nature="ratio")


def pelt(values, least=3):
    """First months of the segments after the first, with the penalty 2 s2 log n."""
    n, noise = len(values), np.var(np.diff(values)) / 2
    penalty = 2 * noise * np.log(n)
    sums, squares = (np.append(0, np.cumsum(values**power)) for power in (1, 2))

    def cost(start, end):
        return squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / (end - start)

    best, last, starts = np.full(n + 1, np.inf), np.zeros(n + 1, int), [0]
    best[0] = -penalty
    for end in range(least, n + 1):
        totals = [best[start] + cost(start, end) + penalty for start in starts]
        best[end], last[end] = min(totals), starts[int(np.argmin(totals))]
        starts = [one for one, total in zip(starts, totals, strict=True) if total <= best[end] + penalty]
        starts.append(end - least + 1)
        starts = [one for one in starts if np.isfinite(best[one])]
    found, end = [], n
    while last[end]:
        end = last[end]
        found.append(end)
    return found[::-1]


def one(rng, kind, months, searches, step, constants):
    """The steps that each way finds in one series."""
    made, true = series(rng, kind, months, searches, step, constants), months // 2
    values, noise = values_of(made)
    steps, breaks = scan(values, noise, tau2=constants.of(kind)), pelt(values)
    exposure = made.exposure if made.exposure is not None else made.trials.sum(-1) - made.hits.sum(-1)
    try:
        told = interrupted_series(made.hits.sum(-1), made.months, at=made.months[true], exposure=exposure)["p"].iloc[0]
    except ValueError:  # a force of a very large variance, whose months run from none to very many
        told = np.nan
    said = {"its_found": np.nan if np.isnan(told) else told < 0.05}
    for name, at in (("scan", steps.at), ("pelt", np.array(breaks, dtype=int))):
        near = bool((np.abs(at - true) <= 1).any()) if len(at) else False
        said |= {f"{name}_found": len(at) > 0, f"{name}_placed": near, f"{name}_extra": len(at) - (near and step != 1)}
    held = [
        low <= np.log(step) <= high
        for at, low, high in zip(steps.at, steps.lower, steps.upper, strict=True)
        if at == true
    ]
    return said | {"scan_covers": held[0] if held and step != 1 else np.nan}


def run(kind, months, searches, step, number, seed):
    """A row: how often each way finds a step, places it, and finds more than there are."""
    constants = read_constants()
    rng = np.random.default_rng([seed, KINDS.index(kind), months, searches, int(100 * step)])
    found = (
        pd.DataFrame([one(rng, kind, months, searches, step, constants) for _ in range(number)]).astype(float).mean()
    )
    names = [f"{way}_{what}" for way in ("scan", "pelt") for what in ("found", "placed", "extra")]
    setting = {"kind": kind, "months": months, "searches_a_month": searches, "step": step, "series": number}
    return setting | {name: found[name] for name in [*names, "scan_covers", "its_found"]} | {"seed": seed}


def main():
    """Simulate all settings, print them and write them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--series", type=int, default=400)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path("docs/simulation_change_points.csv"))
    options = parser.parse_args()
    settings = [
        (*key, step) for kind in KINDS for key in [(kind, m, n) for m in MONTHS for n in SEARCHES] for step in STEPS
    ]
    table = pd.DataFrame([run(*setting, options.series, options.seed) for setting in settings])
    table.round(4).to_csv(options.out, index=False, lineterminator="\n")
    print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
