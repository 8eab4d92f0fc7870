"""Coverage of every interval of rates and ratios in simulated months with known truth, and of the rule of the default.

    .venv/bin/python benchmarks/validate/intervals.py [--replicates 2000] [--seed 1] [--out docs]

Months are Poisson counts whose means vary by gamma factors. Kinds of variation, `dispersion` being variance over mean:
own     each group by itself, its months with that dispersion
alike   each group by itself, with one coefficient of variation, so that the larger group is the more dispersed
shared  both groups together, the larger with that dispersion: no matter for a ratio
both    shared and own
runs    own, each month correlated 0.5 with the one before: a stress, outside the assumptions
Writes validation_intervals.csv, a row per cell and interval: share of replicates with limits (`offered`), and of those
the share that hold the truth (`coverage`); and validation_intervals.png of the default.
"""

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.measures import intervals, varying

COUNTS, RATIOS, DISPERSIONS, MONTHS = (1, 3, 10, 30, 300), (10, 1), (1, 5, 50), (3, 6, 12, 24, 36)
KINDS = ("own", "alike", "shared", "both", "runs")
SHOWN_SHARE = 0.2  # cells where the default is offered less often are the tail of other cells


def months_of(rng, kind, count, times, dispersion, months, replicates):
    """Searches by month of a group with `count` expected in all, and of a reference with `times` as many."""
    mean, shape = count / months, (replicates, months)
    if dispersion == 1:
        return rng.poisson(mean, shape).astype(float), rng.poisson(mean * times, shape).astype(float)
    small, large = mean / (dispersion - 1), mean * times / (dispersion - 1)
    one, other = np.ones(shape), np.ones(shape)
    if kind in ("own", "both"):
        one, other = _gamma(rng, small, shape), _gamma(rng, large, shape)
    if kind == "alike":
        one, other = _gamma(rng, 2 * small, shape), _gamma(rng, 2 * small, shape)
    if kind == "runs":
        one, other = _runs(rng, small, shape), _runs(rng, large, shape)
    if kind in ("shared", "both"):
        shared = _gamma(rng, large, shape)
        one, other = one * shared, other * shared
    return rng.poisson(mean * one).astype(float), rng.poisson(mean * times * other).astype(float)


def cell(rng, kind, count, times, dispersion, months, replicates):
    """Coverage of every interval of the ratio, the difference and the group's rate in one cell; truth: 1, 0, count."""
    n, n_ref = months_of(rng, kind, count, times, dispersion, months, replicates)
    e, e_ref = np.full(n.shape, 1 / months), np.full(n.shape, times / months)
    pair = {"searches": n, "exposure": e, "reference_searches": n_ref, "reference_exposure": e_ref}
    one = {"searches": n, "exposure": e}
    total = {name: array.sum(axis=1) for name, array in pair.items()}
    poisson = [limit / total["exposure"] for limit in intervals.poisson_exact(count=total["searches"])]
    stands, rate_stands = (np.all(list(found.values()), axis=0) for found in _offered(pair, one))
    found = {
        ("ratio", "exact"): (intervals.exact_rate_ratio(**total), 1),
        ("ratio", "mid-p"): (intervals.mid_p_rate_ratio(**total), 1),
        ("difference", "mid-p"): (intervals.rate_difference_limits(**total), 0),
        ("rate", "exact"): (poisson, count),
    }
    for measure, methods, arrays, truth, shown in (
        ("ratio", varying.RATIO, pair, 1, stands),
        ("difference", varying.DIFFERENCE, pair, 0, stands),
        ("rate", varying.RATE, one, count, rate_stands),
    ):
        for name, function in methods.items():
            found[measure, name] = function(**arrays)[:2], truth
        limits = varying.default(methods, level=0.95, **arrays)[:2]
        found[measure, "default"] = [np.where(shown, limit, np.nan) for limit in limits], truth
    for (measure, name), ((lower, upper), truth) in found.items():
        yield measure, name, *_coverage(lower, upper, truth)


def simulate(replicates, seed):
    """A row per cell and interval. Each cell has its own stream, so that cells can be run alone."""
    rows = []
    cells = list(product(KINDS, COUNTS, RATIOS, DISPERSIONS, MONTHS))
    cells = [c for c in cells if c[3] > 1 or c[0] == "own"]
    for number, (kind, count, times, dispersion, months) in enumerate(cells):
        rng = np.random.default_rng([seed, number])
        for measure, name, offered, coverage, missed in cell(rng, kind, count, times, dispersion, months, replicates):
            rows.append((measure, name, kind, count, times, dispersion, months, offered, coverage, missed))
    columns = ["measure", "interval", "variation", "expected", "reference_times", "dispersion", "months"]
    table = pd.DataFrame(rows, columns=[*columns, "offered", "coverage", "offered_and_missed"])
    return table.assign(replicates=replicates, seed=seed)


def outside(table):
    """Cells of the default, offered often enough, whose coverage lies outside 93-97% by over 2 errors."""
    rows = table[table["interval"].eq("default") & table["offered"].ge(SHOWN_SHARE)]
    error = 2 * np.sqrt(0.95 * 0.05 / (rows["offered"] * rows["replicates"]))
    return rows[(rows["coverage"] < 0.93 - error) | (rows["coverage"] > 0.97 + error)]


def draw(table, path):
    """Coverage of the default ratio and of mid-P by dispersion, a point a cell."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(7, 2.8), sharey=True, layout="constrained")
    ratio = table[table["measure"].eq("ratio") & table["variation"].ne("runs")]
    for axis, name, title in zip(
        axes, ("mid-p", "default"), ("mid-P, always given", "default, where offered"), strict=True
    ):
        rows = ratio[ratio["interval"].eq(name) & ratio["offered"].ge(SHOWN_SHARE)]
        for marker, (dispersion, points) in zip("o^s", rows.groupby("dispersion"), strict=False):
            place = np.log10(points["expected"]) + (np.log10(dispersion) - 0.8) / 8
            axis.plot(place, points["coverage"], marker, ms=3, alpha=0.6, label=f"dispersion {dispersion}")
        axis.axhspan(0.93, 0.97, color="0.9", zorder=0)
        axis.set(title=title, xlabel="expected searches of the smaller group", ylim=(0.2, 1.01))
        axis.set_xticks(np.log10(COUNTS), COUNTS)
    axes[0].set_ylabel("coverage of 95% limits")
    axes[0].legend(frameon=False, fontsize=7)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _offered(pair, one):
    return varying.offered(**pair), varying.offered_rate(**one)


def _coverage(lower, upper, truth):
    given = ~np.isnan(lower)
    holds = (lower <= truth) & (upper >= truth)
    coverage = holds[given].mean() if given.any() else np.nan
    return round(given.mean(), 4), round(coverage, 4), round((given & ~holds).mean(), 4)


def _gamma(rng, shape, size):
    return rng.gamma(shape, 1 / shape, size)


def _runs(rng, shape, size):
    """Gamma factors by a normal series in which each month is correlated 0.5 with the one before."""
    noise = rng.standard_normal(size)
    for month in range(1, size[1]):
        noise[:, month] = 0.5 * noise[:, month - 1] + np.sqrt(0.75) * noise[:, month]
    return stats.gamma.ppf(stats.norm.cdf(noise), shape, scale=1 / shape)


def main():
    """Simulate, write, and say which cells lie outside."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    with np.errstate(all="ignore"):
        table = simulate(options.replicates, options.seed)
    table.to_csv(options.out / "validation_intervals.csv", index=False)
    draw(table, options.out / "validation_intervals.png")
    default = table[table["interval"].eq("default")]
    for measure, rows in default.groupby("measure"):
        strict = rows[rows["variation"].ne("runs")]
        shown = strict["offered"].ge(SHOWN_SHARE)
        wrong = outside(strict)
        print(f"{measure}: {len(strict)} cells, offered in {shown.sum()}, outside {len(wrong)}")
        print(wrong.drop(columns=["interval", "measure", "replicates", "seed"]).to_string(index=False))


if __name__ == "__main__":
    main()
