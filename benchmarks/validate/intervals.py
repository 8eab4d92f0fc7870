"""Coverage of every interval of rates and ratios in simulated months with known truth, and of the rule of the default.

    .venv/bin/python benchmarks/validate/intervals.py [--replicates 2000] [--seed 20261124] [--out docs]

Months are Poisson counts whose means vary by gamma or lognormal factors. Kinds of variation, `dispersion` being
variance over mean:
own     each group by itself, its months with that dispersion
alike   each group by itself, with one coefficient of variation, so that the larger group is the more dispersed
shared  both groups together, the larger with that dispersion: no matter for a ratio
both    shared and own
season  own, and a season and a trend that both groups follow: no matter for a ratio
runs    own, each month correlated 0.5 with the one before: a stress, outside the assumptions
Three sets of cells, under a seed that no constant of the rule was fixed on: `chosen` are the cells on which they were;
`held back` has other counts, months and ratios, a second law and a season; `between` has what lies between, where the
dispersion is near what the rule allows, so that it offers in some samples and not in others.
Writes validation_intervals.csv, a row per cell and interval: share of replicates with limits (`offered`), and of those
the share that hold the truth (`coverage`) with its Monte Carlo error; and validation_intervals.png of the default.
"""

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.measures.intervals import limits, overdispersed

# Set -> law, kind, expected searches, times as many of the reference, ratio of the rates, dispersion, months.
CELLS = {
    "chosen": (
        ("gamma",),
        ("own", "alike", "shared", "both", "runs"),
        (1, 3, 10, 30, 300),
        (10, 1),
        (1,),
        (1, 5, 50),
        (3, 6, 12, 24, 36),
    ),
    "held back": (
        ("gamma", "lognormal"),
        ("own", "alike", "shared", "both", "season"),
        (7, 20, 70, 1000, 5000),
        (10, 1),
        (1, 3, 6),
        (1, 5, 50),
        (8, 15, 30),
    ),
    "between": (
        ("gamma", "lognormal"),
        ("own", "both"),
        (20, 70, 150, 300, 1000, 5000),
        (10,),
        (1,),
        (2, 3, 5, 10, 20, 100),
        (8, 15, 30),
    ),
}
COLUMNS = ["set", "law", "variation", "expected", "reference_times", "ratio", "dispersion", "months"]
RARELY = 0.05  # cells where the default is offered less often are reported apart


def months_of(rng, law, kind, count, times, dispersion, months, replicates):
    """Searches by month of a group with `count` expected in all, and of a reference with `times` as many."""
    mean, shape = np.full(months, count / months), (replicates, months)
    if kind == "season":
        x = np.arange(months)
        course = np.exp(0.8 * x / months + 0.25 * np.sin(2 * np.pi * x / 12))
        mean = count * course / course.sum()
    one, other = np.ones(shape), np.ones(shape)
    if dispersion > 1:
        small, large = (dispersion - 1) * months / count, (dispersion - 1) * months / (count * times)
        draw = {"gamma": _gamma, "lognormal": _lognormal}[law]
        if kind in ("own", "both", "season"):
            one, other = draw(rng, small, shape), draw(rng, large, shape)
        if kind == "alike":
            one, other = draw(rng, small / 2, shape), draw(rng, small / 2, shape)
        if kind == "runs":
            one, other = _runs(rng, small, shape), _runs(rng, large, shape)
        if kind in ("shared", "both"):
            shared = draw(rng, large, shape)
            one, other = one * shared, other * shared
    return rng.poisson(mean * one).astype(float), rng.poisson(mean * times * other).astype(float)


def cell(rng, law, kind, count, times, ratio, dispersion, months, replicates, *, every=True):
    """Coverage of the intervals in one cell: of the ratio (truth: `ratio`), the difference, the group's rate (`count`).

    every : all intervals, or the default of the ratio alone.
    """
    n, n_ref = months_of(rng, law, kind, count, times, dispersion, months, replicates)
    e, e_ref = np.full(n.shape, 1 / months), np.full(n.shape, times * ratio / months)
    pair = {"searches": n, "exposure": e, "reference_searches": n_ref, "reference_exposure": e_ref}
    stands = np.all(list(overdispersed.offered(**pair).values()), axis=0)
    limits = overdispersed.wider(overdispersed.RATIO, level=0.95, **pair)[:2]
    found = {("ratio", "default"): ([np.where(stands, limit, np.nan) for limit in limits], ratio)}
    if every:
        found |= _others(pair, count, ratio)
    for (measure, name), ((lower, upper), truth) in found.items():
        yield measure, name, *_coverage(lower, upper, truth)


def _others(pair, count, ratio):
    one = {name: pair[name] for name in ("searches", "exposure")}
    total = {name: array.sum(axis=1) for name, array in pair.items()}
    difference = count * (1 - 1 / ratio)
    found = {
        ("ratio", "exact"): (limits.exact_rate_ratio(**total), ratio),
        ("ratio", "mid-p"): (limits.mid_p_rate_ratio(**total), ratio),
        ("difference", "mid-p"): (limits.rate_difference_limits(**total), difference),
        ("rate", "exact"): (limits.poisson_exact(count=total["searches"]), count),  # the exposure is 1 in all
    }
    for measure, methods, arrays, truth in (
        ("ratio", overdispersed.RATIO, pair, ratio),
        ("difference", overdispersed.DIFFERENCE, pair, difference),
        ("rate", overdispersed.RATE, one, count),
    ):
        found |= {(measure, name): (function(**arrays)[:2], truth) for name, function in methods.items()}
    return found


def simulate(replicates, seed):
    """A row per cell and interval. Each cell has its own stream, so that cells can be run alone."""
    rows = []
    for place, (name, axes) in enumerate(CELLS.items()):
        for number, values in enumerate(product(*axes)):
            law, kind, *_, dispersion, _ = values
            if dispersion == 1 and (kind not in ("own", "season") or law != "gamma"):
                continue  # the same as own, gamma
            rng = np.random.default_rng([seed, place, number])
            for row in cell(rng, *values, replicates, every=name == "chosen"):
                rows.append((name, *values, *row))
    table = pd.DataFrame(rows, columns=[*COLUMNS, "measure", "interval", "offered", "coverage", "offered_and_missed"])
    error = np.sqrt(table["coverage"] * (1 - table["coverage"]) / (table["offered"] * replicates))
    table.insert(len(table.columns) - 1, "coverage_error", error.round(4))
    return table[["measure", "interval", *table.columns.drop(["measure", "interval"])]].assign(
        replicates=replicates, seed=seed
    )


def outside(table):
    """Cells of the default, offered often enough, whose coverage lies outside 93-97% by over 2 Monte Carlo errors."""
    rows = table[table["interval"].eq("default") & table["offered"].ge(RARELY)]
    error = 2 * np.sqrt(0.95 * 0.05 / (rows["offered"] * rows["replicates"]))
    return rows[(rows["coverage"] < 0.93 - error) | (rows["coverage"] > 0.97 + error)]


def summary(table):
    """Of the default by set: cells, those offered in 5% of replicates, outside 93-97%, and what becomes of them."""
    rows = []
    table = table[table["interval"].eq("default")]
    for name, part in table.groupby(["set", table["variation"].eq("runs").map({True: "runs", False: ""})], sort=False):
        shown, wrong = part[part["offered"].ge(RARELY)], outside(part)
        rows.append(
            {
                "set": " ".join(name).strip(),
                "cells": len(part),
                "offered": len(shown),
                "outside": len(wrong),
                "outside, offered in half": int(wrong["offered"].ge(0.5).sum()),
                "lowest coverage": shown["coverage"].min(),
                "coverage of all offered": (shown["coverage"] * shown["offered"]).sum() / shown["offered"].sum(),
                "most offered and missed": part["offered_and_missed"].max(),
                "offered rarely": int(part["offered"].between(0, RARELY, inclusive="neither").sum()),
            }
        )
    return pd.DataFrame(rows).round(3)


def draw(table, path):
    """Coverage of the default ratio against the share offered, a point a cell; a panel a set."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(8, 2.8), sharey=True, layout="constrained")
    rows = table[table["interval"].eq("default") & table["variation"].ne("runs") & table["offered"].gt(0)]
    share = np.linspace(0.01, 1, 200)
    for axis, name in zip(axes, CELLS, strict=True):
        points = rows[rows["set"].eq(name)]
        error = 2 * np.sqrt(0.95 * 0.05 / (share * table["replicates"].iloc[0]))
        axis.fill_between(share, 0.93 - error, np.minimum(0.97 + error, 1), color="0.9", zorder=0)
        axis.plot(points["offered"], points["coverage"], "o", ms=3, alpha=0.5)
        axis.axvline(RARELY, color="0.6", lw=0.7)
        axis.set(title=name, xlabel="share of replicates offered", ylim=(0.4, 1.01))
    axes[0].set_ylabel("coverage, where offered")
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _coverage(lower, upper, truth):
    given = ~np.isnan(lower)
    holds = (lower <= truth) & (upper >= truth)
    coverage = holds[given].mean() if given.any() else np.nan
    return round(given.mean(), 4), round(coverage, 4), round((given & ~holds).mean(), 4)


def _gamma(rng, square, size):
    """Factors of mean 1 with this squared coefficient of variation."""
    return rng.gamma(1 / square, square, size)


def _lognormal(rng, square, size):
    spread = np.log1p(square)
    return np.exp(rng.normal(-spread / 2, np.sqrt(spread), size))


def _runs(rng, square, size):
    """Gamma factors by a normal series in which each month is correlated 0.5 with the one before."""
    noise = rng.standard_normal(size)
    for month in range(1, size[1]):
        noise[:, month] = 0.5 * noise[:, month - 1] + np.sqrt(0.75) * noise[:, month]
    return stats.gamma.ppf(stats.norm.cdf(noise), 1 / square, scale=square)


def main():
    """Simulate, write, and say which cells lie outside."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    with np.errstate(all="ignore"):
        table = simulate(options.replicates, options.seed)
    table.to_csv(options.out / "validation_intervals.csv", index=False)
    draw(table, options.out / "validation_intervals.png")
    print(summary(table).to_string(index=False))
    strict = outside(table[table["variation"].ne("runs") & table["set"].ne("between")])
    print(strict.drop(columns=["interval", "measure", "replicates", "seed"]).to_string(index=False))


if __name__ == "__main__":
    main()
