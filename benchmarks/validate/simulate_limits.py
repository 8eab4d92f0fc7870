"""Coverage of process and period limits where the truth is known: into docs/simulation_limits.csv.

Months of a force vary around its level as the constants say: a variance drawn for each replicate (scaled inverse
chi-square), part of it new every month, the rest correlated with the month before. Weeks come in bursts. Every cell has
its own stream, so that it can be run alone. `--only main` runs one set; the whole takes some minutes.
"""

import argparse
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.differences import rate_difference_limits, share_difference_limits
from sas_analysis.measures.intervals.funnel import funnel_limits
from sas_analysis.measures.intervals.imputed import imputed_ratio_limits
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.pooled_levels import pooled_rate_limits, pooled_share_limits
from sas_analysis.measures.intervals.process import rate_limits, ratio_limits, share_limits
from sas_analysis.measures.intervals.shrunken import shrunken_ratio_limits
from sas_analysis.measures.pooling.pooled import random_effects_ratio

SEED = 20270319
WINDOWS = (1, 2, 3, 6, 12, 24, 36)
PHI = 1.5  # bursts
LARGEST = 1.5  # tau2; above it months would be of different kinds
LAWS = ("lognormal", "gamma")
COLUMNS = [
    "set",
    "measure",
    "law",
    "count",
    "months",
    "tau2",
    "rho",
    "setting",
    "coverage",
    "missed_low",
    "width",
    "given",
]


def autocorrelated(rng, shape, rho, kappa=0.1):
    """Normal months of variance 1: (replicates, months)."""
    x = rng.standard_normal(shape)
    for month in range(1, shape[1]):
        x[:, month] = rho * x[:, month - 1] + np.sqrt(1 - rho**2) * x[:, month]
    return np.sqrt(1 - kappa) * x + np.sqrt(kappa) * rng.standard_normal(shape)


def factors(months, tau2, law):
    """Factors of mean 1 whose logs have (gamma: about) the variance tau2, from normal months."""
    tau2 = np.broadcast_to(tau2, len(months))[:, None]
    if law == "lognormal":
        return np.exp(np.sqrt(tau2) * months - tau2 / 2)
    shape = 1 / np.expm1(np.fmax(tau2, 1e-6))
    return stats.gamma.ppf(stats.norm.cdf(months), shape) / shape


def drawn(rng, tau2, replicates):
    """A variance for each replicate, as forces differ in it."""
    return np.fmin(4 * tau2 / rng.chisquare(4, replicates), LARGEST)


def effects(rng, tau2, replicates, months, *, law="lognormal", rho=0.9, kappa=0.1):
    """Months of one series around its level: factors of mean 1."""
    return factors(autocorrelated(rng, (replicates, months), rho, kappa), tau2, law)


def weeks(rng, mean):
    """Counts by week in bursts, dispersion PHI. mean : (replicates, months)."""
    each = np.repeat(mean[..., None] / 4, 4, axis=-1)
    return rng.poisson(rng.gamma(np.fmax(each, 1e-12) / (PHI - 1)) * (PHI - 1)).astype(float)


def covered(limits, truth):
    """Coverage, truths below the lower limit, median width (ratios and rates: of the log), and the part given."""
    given = np.isfinite(limits.upper)
    lower, upper = limits.lower[given], limits.upper[given]
    truth = np.broadcast_to(truth, len(given))[given]
    with np.errstate(divide="ignore"):
        width = np.log(upper / lower) if limits.link == "log" else upper - lower
    return (
        round(float(((lower <= truth) & (truth <= upper)).mean()), 4),
        round(float((truth < lower).mean()), 4),
        round(float(np.median(width)), 4),
        round(float(given.mean()), 4),
    )


def ratio_cells():
    """Set, cell: the main table and the sensitivity cells beside it."""
    counts = (5, 10, 20, 60, 200, 1000, 5000, 20000)
    for law, months, count in product(LAWS, WINDOWS, counts):
        yield "main", {"law": law, "months": months, "count": count}
    for law, tau2, months, count in product(LAWS, (0.005, 0.03, 0.15), WINDOWS, counts):
        yield "one tau2", {"law": law, "months": months, "count": count, "tau2": tau2}
    for (rho, kappa), months, count in product(
        ((0, 1), (0.5, 0.1), (0.8, 0.1), (0.97, 0.1)), (3, 12, 36), (20, 200, 5000)
    ):
        yield "other rho", {"months": months, "count": count, "rho": rho, "kappa": kappa}
    for months, count in product((1, 3, 6, 12, 36), (10, 20, 60, 1000)):
        yield "equal groups", {"months": months, "count": count, "times": 1}


def ratio_cell(rng, replicates, *, count, months, law="lognormal", tau2=None, rho=0.9, kappa=0.1, times=10):
    """Ratio 1 of a group and a reference group with `times` as many searches: process and period limits."""
    constants = read_constants()
    variance = drawn(rng, constants.of("ratio"), replicates) if tau2 is None else tau2
    own = effects(rng, variance, replicates, months, law=law, rho=rho, kappa=kappa)
    shared = np.exp(0.3 * rng.standard_normal((replicates, months)))
    shared /= shared.mean(1, keepdims=True)
    counts = {
        "searches": weeks(rng, count / months * shared * own),
        "reference_searches": weeks(rng, times * count / months * shared),
    }
    level = (shared * own).sum(1) / shared.sum(1)
    yield "ratio", covered(ratio_limits(**counts, reference_exposure=times), 1)
    yield "ratio, period", covered(ratio_limits(**counts, reference_exposure=times, target="period"), level)


def share_cell(rng, replicates, *, count, months, kind, share, law="lognormal"):
    """A share of a group and of a reference group with five times as many searches, and their difference."""
    constants = read_constants()
    apart = constants.of_odds_ratio(kind) / 2

    def moved(tau2):
        steps = autocorrelated(rng, (replicates, months), 0.9)
        return np.sqrt(drawn(rng, tau2, replicates))[:, None] * steps

    logit, middle = np.log(share / (1 - share)), moved(constants.of(kind) - apart)
    p, p_ref = (1 / (1 + np.exp(-(logit + middle + moved(apart)))) for _ in range(2))
    found = []
    for part, size in ((p, count), (p_ref, 5 * count)):
        mean = np.broadcast_to(size / months, part.shape)
        hits, misses = weeks(rng, mean * part), weeks(rng, mean * (1 - part))
        found.append((hits, hits + misses))
    (hits, trials), (hits_ref, trials_ref) = found
    yield f"share {kind}", covered(share_limits(hits=hits, trials=trials, kind=kind), share)
    yield (
        f"share difference {kind}",
        covered(
            share_difference_limits(
                hits=hits, trials=trials, reference_hits=hits_ref, reference_trials=trials_ref, kind=kind
            ),
            0,
        ),
    )


def rate_cell(rng, replicates, *, count, months, ratio, law="lognormal", drift="reference"):
    """Two rates and their difference. drift : apart from the reference's rate, or from their middle."""
    constants = read_constants()
    of_rate, of_ratio = constants.of("rate"), constants.of("ratio")
    given = {"law": law}
    if drift == "reference":
        reference = effects(rng, drawn(rng, of_rate, replicates), replicates, months, **given)
        group = reference * effects(rng, drawn(rng, of_ratio, replicates), replicates, months, **given)
    else:
        middle = effects(rng, drawn(rng, of_rate - of_ratio / 2, replicates), replicates, months, **given)
        half = drawn(rng, of_ratio / 2, replicates)
        reference, group = (middle * effects(rng, half, replicates, months, **given) for _ in range(2))
    counts = {
        "searches": weeks(rng, count / months * group),
        "reference_searches": weeks(rng, 10 * count / months * reference),
    }
    exposure = {
        "exposure": np.full(months, count / months / ratio),
        "reference_exposure": np.full(months, 10 * count / months),
    }
    yield (
        "rate",
        covered(rate_limits(searches=counts["reference_searches"], exposure=exposure["reference_exposure"]), 1),
    )
    yield "rate difference", covered(rate_difference_limits(**counts, **exposure), ratio - 1)


def together_cell(rng, replicates, *, count, months, groups):
    """Ratios of several groups to one reference: how often all limits hold at once, for `groups` together and for 1."""
    constants = read_constants()
    reference = weeks(rng, np.full((replicates, months), 10 * count / months))
    holds = {}
    for _ in range(groups):
        own = effects(rng, drawn(rng, constants.of("ratio"), replicates), replicates, months)
        searches = weeks(rng, count / months * own)
        for together in (1, groups):
            found = ratio_limits(
                searches=searches, reference_searches=reference, reference_exposure=10, together=together
            )
            inside = ((found.lower <= 1) & (found.upper >= 1)) | ~np.isfinite(found.upper)
            holds.setdefault(together, []).append((inside, np.log(found.upper / found.lower)))
    for together, parts in holds.items():
        every = np.all([inside for inside, _ in parts], axis=0).mean()
        width = np.median([width for _, width in parts])
        yield f"all of {groups} ratios, limits for {together}", (round(every, 4), np.nan, round(width, 4), 1.0)


def pooled_cell(rng, replicates, *, count, months, forces):
    """Ratios over forces (added, Mantel-Haenszel), the share and the rate of all; `count` is that of the group."""
    constants = read_constants()
    found = {}
    for _ in range(replicates):
        size = rng.lognormal(0, 1, forces)
        exposure = rng.uniform(0.2, 5, forces) * size
        expected = count * exposure / exposure.sum()
        reference = 10 * size / size.mean() * count / forces

        def moved(tau2, common):
            own = autocorrelated(rng, (forces, months), 0.9)
            shared = autocorrelated(rng, (1, months), 0.9)
            of_force = drawn(rng, tau2, forces)
            return factors(np.sqrt(1 - common) * own + np.sqrt(common) * shared, of_force, "lognormal")

        rate, apart = moved(constants.of("rate"), constants.common_rate), moved(constants.of("ratio"), constants.common)
        n = weeks(rng, expected[:, None] / months * rate * apart)
        m = weeks(rng, reference[:, None] / months * rate)
        counts = {"searches": n, "reference_searches": m, "exposure": exposure, "reference_exposure": size}
        t = exposure + size
        truths = {
            "sum": expected.sum() / exposure.sum() / (reference.sum() / size.sum()),
            "mantel-haenszel": (expected * size / t).sum() / (reference * exposure / t).sum(),
        }
        for weights, truth in truths.items():
            found.setdefault(f"pooled ratio, {weights}", []).append(
                (pooled_ratio_limits(**counts, weights=weights), truth)
            )
        months_exposure = np.repeat(size[:, None] / months, months, axis=1)
        found.setdefault("pooled rate", []).append(
            (pooled_rate_limits(searches=m, exposure=months_exposure), reference.sum() / size.sum())
        )
        level = rng.normal(0.8, 0.5, forces)
        tau = np.sqrt(drawn(rng, constants.of("nfa"), forces))[:, None]
        c = constants.common_share
        step = np.sqrt(1 - c) * autocorrelated(rng, (forces, months), 0.9) + np.sqrt(c) * autocorrelated(
            rng, (1, months), 0.9
        )
        p = 1 / (1 + np.exp(-(level[:, None] + tau * step)))
        hits, misses = (weeks(rng, expected[:, None] / months * rate * part) for part in (p, 1 - p))
        truth = (expected / (1 + np.exp(-level))).sum() / expected.sum()
        found.setdefault("pooled share nfa", []).append(
            (pooled_share_limits(hits=hits, trials=hits + misses, kind="nfa"), truth)
        )
    yield from _of_many(found)


def mean_cell(rng, replicates, *, count, months, forces, spread=0.3):
    """The difference of rates of forces added together, their fixed effects, the mean of forces, and another force."""
    constants = read_constants()
    found = {}
    for _ in range(replicates):
        size = rng.lognormal(0, 1, forces)
        level = rng.normal(np.log(2), spread, forces + 1)
        reference = 10 * size / size.mean() * count / forces
        exposure = size / 10
        own = autocorrelated(rng, (forces, months), 0.9), autocorrelated(rng, (forces, months), 0.9)
        shared = autocorrelated(rng, (1, months), 0.9), autocorrelated(rng, (1, months), 0.9)
        kinds = (("rate", constants.common_rate), ("ratio", constants.common))
        rate, apart = (
            factors(np.sqrt(1 - c) * x + np.sqrt(c) * y, drawn(rng, constants.of(kind), forces), "lognormal")
            for x, y, (kind, c) in zip(own, shared, kinds, strict=True)
        )
        m = weeks(rng, reference[:, None] / months * rate)
        n = weeks(rng, (reference / 10 * np.exp(level[:-1]))[:, None] / months * rate * apart)
        years = [np.repeat(x[:, None] / months, months, axis=1) for x in (exposure, size)]
        difference = rate_difference_limits(
            searches=n,
            reference_searches=m,
            exposure=years[0],
            reference_exposure=years[1],
            row=np.zeros(forces, dtype=int),
        )
        rates = (reference / 10 * np.exp(level[:-1])).sum() / exposure.sum(), reference.sum() / size.sum()
        found.setdefault("pooled rate difference", []).append((difference, rates[0] - rates[1]))
        table = random_effects_ratio(_strata(n, m, exposure, size)).set_index("measure")
        for measure, truth in (("ratio_random_mean", np.log(2)), ("ratio_prediction", level[-1])):
            row = table.loc[measure]
            limits = SimpleNamespace(lower=np.array([row["lower"]]), upper=np.array([row["upper"]]), link="log")
            found.setdefault(measure.replace("_", " "), []).append((limits, np.exp(truth)))
    yield from _of_many(found)


def _strata(n, m, exposure, size):
    """Forces as `pooling.strata_table` gives them."""
    parts = [
        pd.DataFrame(
            {
                "force": [f"f{force:02d}" for force in range(len(counts))],
                "ethnicity_5": group,
                "searches": counts.sum((1, 2)).astype(int),
                "resident_years": years,
                "by_week": list(counts),
            }
        )
        for group, counts, years in (("White", m, size), ("Black", n, exposure))
    ]
    return pd.concat(parts, ignore_index=True)


def standardised_cell(rng, replicates, *, count, months, strata=8):
    """The directly standardised ratio of one force: strata drift with the force, and a little on their own."""
    constants = read_constants()
    found = {}
    for _ in range(replicates):
        standard = rng.dirichlet(np.full(strata, 4.0))
        exposure, size = rng.dirichlet(np.full(strata, 4.0)), 10 * standard
        age = rng.lognormal(0, 0.8, strata)
        expected = age * exposure
        expected *= count / expected.sum()
        reference = age * size
        reference *= 10 * count / reference.sum()
        own = effects(rng, drawn(rng, constants.of("ratio"), 1), 1, months)
        of_age = effects(rng, drawn(rng, constants.of("sex or age"), strata), strata, months)
        n = weeks(rng, expected[:, None] / months * own * of_age)
        m = weeks(rng, reference[:, None] / months * of_age)
        truth = (standard * expected / exposure).sum() / (standard * reference / size).sum()
        limits = pooled_ratio_limits(
            searches=n,
            reference_searches=m,
            exposure=exposure,
            reference_exposure=size,
            weights=standard,
            force=np.zeros(strata),
        )
        found.setdefault("standardised ratio, one force", []).append((limits, truth))
    yield from _of_many(found)


def imputed_cell(rng, replicates, *, count, months, unknown, draws=20):
    """A ratio with a part of the searches of unknown ethnicity, imputed in proportion to the known."""
    constants = read_constants()
    own = effects(rng, drawn(rng, constants.of("ratio"), replicates), replicates, months)
    n, m = weeks(rng, count / months * own), weeks(rng, np.full((replicates, months), 10 * count / months))
    lost = [rng.binomial(x.astype(int), unknown) for x in (n, m)]
    known = [x - gone for x, gone in zip((n, m), lost, strict=True)]
    gone = (lost[0] + lost[1]).sum(-1)
    share = rng.beta(known[0].sum((1, 2)) + 0.5, known[1].sum((1, 2)) + 0.5, (draws, replicates))
    added = rng.binomial(gone, share[..., None]).astype(float)
    found = imputed_ratio_limits(
        searches=known[0],
        reference_searches=known[1],
        added=added,
        reference_added=gone - added,
        reference_exposure=10,
    )
    yield "imputed ratio", covered(found, 1)


def forces_cell(rng, replicates, *, count, months, forces=20, spread=0.4):
    """Shrunken ratios of forces whose levels differ, and forces at the middle of a funnel that allows for that."""
    constants = read_constants()
    found = {}
    for _ in range(replicates):
        truth = np.exp(rng.normal(0, spread, forces))
        size = rng.lognormal(0, 1, forces)
        expected = np.fmax(count * size / size.mean(), 0.5)
        own = effects(rng, drawn(rng, constants.of("ratio"), forces), forces, months)
        n = weeks(rng, expected[:, None] / months * own * truth[:, None])
        m = weeks(rng, np.repeat(10 * expected[:, None] / months, months, axis=1))
        counts = {"searches": n, "reference_searches": m, "reference_exposure": 10}
        found.setdefault("shrunken ratio", []).append((shrunken_ratio_limits(**counts), truth))
        limits, _ = funnel_limits(**counts, ratio=1.0, spread=spread)
        found.setdefault("funnel: the ratio of a force inside", []).append((limits, limits.estimate))
        level, _ = funnel_limits(
            searches=weeks(rng, expected[:, None] / months * own),
            reference_searches=m,
            reference_exposure=10,
            ratio=1.0,
        )
        found.setdefault("funnel of forces at one level", []).append((level, level.estimate))
    yield from _of_many(found)


def _of_many(found):
    """Coverage over replicates that have limits of their own."""
    for measure, pairs in found.items():
        lower, upper, truth = (
            np.concatenate([np.broadcast_to(x, len(limits.lower)) for limits, x in values])
            for values in (
                [(limits, limits.lower) for limits, _ in pairs],
                [(limits, limits.upper) for limits, _ in pairs],
                pairs,
            )
        )
        given = np.isfinite(upper) & np.isfinite(truth)
        lower, upper, truth = lower[given], upper[given], truth[given]
        with np.errstate(divide="ignore"):
            width = np.log(upper / lower) if pairs[0][0].link == "log" else upper - lower
        inside = ((lower <= truth) & (truth <= upper)).mean()
        parts = (inside, (truth < lower).mean(), np.median(width), given.mean())
        yield measure, tuple(round(float(x), 4) for x in parts)


def cells(replicates):
    """(set, function, cell, replicates) of all cells."""
    for name, cell in ratio_cells():
        yield name, ratio_cell, cell, replicates
    sizes, windows = (20, 100, 1000, 10000), (1, 3, 6, 12, 36)
    shares = (("nfa", 0.7), ("arrest", 0.13), ("drugs", 0.6), ("unknown", 0.03))
    for (kind, share), count, months in product(shares, sizes, windows):
        yield "shares", share_cell, {"count": count, "months": months, "kind": kind, "share": share}, replicates
    for law, drift, ratio, count, months in product(LAWS, ("reference", "middle"), (0.5, 1.5, 3, 8), sizes, windows):
        cell = {"count": count, "months": months, "ratio": ratio, "law": law, "drift": drift}
        yield "rates", rate_cell, cell, replicates
    for groups, count, months in product((2, 4, 17), (20, 200, 5000), (1, 12)):
        yield "together", together_cell, {"count": count, "months": months, "groups": groups}, replicates
    few = max(replicates // 4, 20)
    for forces, count, months in product((3, 12, 40), (60, 600, 20000), (1, 12)):
        yield "pooled", pooled_cell, {"count": count, "months": months, "forces": forces}, few
    for count, months in product((20, 100, 1000, 10000), (1, 3, 12, 36)):
        yield "standardised", standardised_cell, {"count": count, "months": months}, few * 2
    for unknown, count, months in product((0.1, 0.3), (20, 200, 5000), (1, 12, 36)):
        yield "imputed", imputed_cell, {"count": count, "months": months, "unknown": unknown}, replicates
    for count, months in product((10, 100, 2000), (1, 12, 36)):
        yield "forces", forces_cell, {"count": count, "months": months}, max(replicates // 20, 10)
    for forces, count, months in product((3, 12, 40), (600, 20000), (1, 12)):
        yield "mean", mean_cell, {"count": count, "months": months, "forces": forces}, few


def simulate(replicates, seed, only=None):
    """A row per cell and measure."""
    rows = []
    for number, (name, function, cell, times) in enumerate(cells(replicates)):
        if only and name not in only:
            continue
        rng = np.random.default_rng([seed, number])
        main = {"law": "lognormal", "tau2": "drawn", "rho": 0.9} | cell
        setting = {key: value for key, value in cell.items() if key not in COLUMNS}
        text = ", ".join(f"{key} {value}" for key, value in setting.items())
        for measure, found in function(rng, times, **cell):
            known = [main[key] for key in ("law", "count", "months", "tau2", "rho")]
            rows.append((name, measure, *known, text, *found, times))
    table = pd.DataFrame(rows, columns=[*COLUMNS, "replicates"])
    return table.assign(tau2=table["tau2"].fillna("drawn"), seed=seed)


def summary(table):
    """Lowest, mean and highest coverage of every set and measure."""
    grouped = table.groupby(["set", "law", "measure"], sort=False)["coverage"]
    return grouped.agg(cells="size", lowest="min", mean="mean", highest="max").round(4).reset_index()


def main():
    """Simulate and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--out", type=Path, default=Path("docs/simulation_limits.csv"))
    options = parser.parse_args()
    with np.errstate(all="ignore"):
        table = simulate(options.replicates, options.seed, options.only)
    table.to_csv(options.out, index=False)
    print(summary(table).to_string(index=False))


if __name__ == "__main__":
    main()
