"""Do the methods for unknown ethnicity find a ratio that is known? Simulated years, three ways of going unknown.

    .venv/bin/python benchmarks/validate/unknown.py [--replicates 500] [--seed 1] [--out docs/validation_unknown.csv]

A force's year is drawn: Poisson counts of two objects in twelve months by true group, the officer's word given the
group and the object, and who goes unknown: completely at random (MCAR), at random given the officer's word and the
object (MAR), or by the true group (MNAR, with odds four times as high for Black). The true ratio is that of the rates
drawn from, and the realised one that of the year's complete counts. Every replicate runs the package's own functions.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.unknown.bounds import ratio_bounds
from sas_analysis.measures.unknown.imputation import Patterns, impute, imputed_ratio
from sas_analysis.measures.unknown.missing_not_at_random import ratio_by_delta

GROUPS = ["White", "Mixed", "Asian", "Black", "Other"]
RESIDENTS = pd.DataFrame({"ethnicity_5": GROUPS, "residents": [800_000, 30_000, 90_000, 60_000, 20_000]})
MONTHS = [str(month) for month in pd.period_range("2018-04", periods=12, freq="M")]
OBJECTS = ["Drugs", "Weapons"]
YEARLY = np.array([[3200, 170, 420, 600, 90], [900, 60, 90, 260, 30]], dtype=float)  # searches: objects, true groups
SEEN = ["White", "Asian", "Black", "Other"]  # officers of this force do not use Mixed
OFFICER = np.array(  # the officer's word, given the true group
    [
        [0.97, 0.01, 0.01, 0.01],
        [0.22, 0.10, 0.58, 0.10],
        [0.02, 0.91, 0.02, 0.05],
        [0.01, 0.01, 0.97, 0.01],
        [0.38, 0.17, 0.12, 0.33],
    ]
)
MECHANISMS = ("MCAR", "MAR", "MNAR")
ODDS = 4.0  # of going unknown, Black against others, under MNAR
TRUTH = {
    group: YEARLY.sum(axis=0)[n] / YEARLY.sum(axis=0)[0] / (RESIDENTS["residents"][n] / RESIDENTS["residents"][0])
    for n, group in enumerate(GROUPS)
}


def chance_unknown(mechanism):
    """Array (object, true group, officer's word)."""
    shape = (len(OBJECTS), len(GROUPS), len(SEEN))
    if mechanism == "MCAR":
        return np.full(shape, 0.2)
    if mechanism == "MAR":
        by_word = np.array([[0.10, 0.20, 0.40, 0.30], [0.05, 0.10, 0.30, 0.20]])
        return np.broadcast_to(by_word[:, None, :], shape)
    odds = np.full(len(GROUPS), 0.15 / 0.85)
    odds[GROUPS.index("Black")] *= ODDS
    return np.broadcast_to((odds / (1 + odds))[None, :, None], shape)


def year(rng, mechanism):
    """One force's year: (known, unknown) counts, arrays (months, objects, groups, words), both by true group."""
    mean = YEARLY[None, :, :, None] / len(MONTHS) * OFFICER[None, None]
    searches = rng.poisson(np.broadcast_to(mean, (len(MONTHS), *mean.shape[1:])))
    unknown = rng.binomial(searches, chance_unknown(mechanism)[None])
    return searches - unknown, unknown


def tables(known, unknown):
    """(patterns, counts) as the package makes them of the records of such a year."""
    keys = pd.MultiIndex.from_product([MONTHS, OBJECTS, SEEN], names=["month", "object_group", "officer_ethnicity_5"])
    keys = keys.to_frame(index=False).assign(force="simulated")
    by_pattern = known.transpose(0, 1, 3, 2).reshape(len(keys), len(GROUPS)).astype(float)
    given = ["officer_ethnicity_5", "object_group"]
    hidden = unknown.sum(axis=2).ravel()
    patterns = Patterns(keys, by_pattern, hidden, GROUPS, "ethnicity_5", [], given)
    return patterns, monthly(
        np.column_stack([known.sum(axis=(1, 3)), unknown.sum(axis=(1, 2, 3))]), [*GROUPS, "Unknown"]
    )


def monthly(table, names):
    """Counts by month, as `exposure.count_searches`, of an array (months, names)."""
    index = pd.MultiIndex.from_product([MONTHS, names], names=["month", "ethnicity_5"]).to_frame(index=False)
    return index.assign(force="simulated", searches=table.ravel())


def imputed(rng, years, draws, odds):
    """Rows of the imputed ratio of every year, and of the ratio at the true odds if `odds` is not 1."""
    for known, unknown in years:
        patterns, counts = tables(known, unknown)
        drawn = impute(patterns, draws=draws, seed=int(rng.integers(2**31)))
        yield imputed_ratio(drawn, Exposure(counts, RESIDENTS, 12)).assign(method="imputed")
        if odds != 1:
            tilted = ratio_by_delta(patterns, Exposure(counts, RESIDENTS, 12), deltas=[odds])
            yield tilted[tilted["ethnicity_5"].eq("Black")].assign(method=f"odds times {odds:g}")


def by_year(years, table_of, names):
    """Counts of all years as one table: a year each takes the place of a force."""
    tables = [monthly(table_of(*year), names).assign(force=f"year {n}") for n, year in enumerate(years)]
    return pd.concat(tables, ignore_index=True)


def run(rng, mechanism, replicates, draws=50):
    """Rows of every method and year: `ethnicity_5 | method | estimate | covers | contains`."""
    years = [year(rng, mechanism) for _ in range(replicates)]
    complete = by_year(years, lambda known, unknown: (known + unknown).sum(axis=(1, 3)), GROUPS)
    both = by_year(
        years,
        lambda known, unknown: np.column_stack([known.sum(axis=(1, 3)), unknown.sum(axis=(1, 2, 3))]),
        [*GROUPS, "Unknown"],
    )
    forces = pd.DataFrame({"force": complete["force"].unique(), "months": 12})
    residents = RESIDENTS.merge(forces["force"], how="cross")
    complete, both = (Exposure(counts, residents, forces) for counts in (complete, both))
    realised = disproportionality_ratio(complete, within="force").assign(method="complete records")
    left_out = disproportionality_ratio(both, within="force").assign(method="unknown left out")
    drawn = imputed(rng, years, draws, ODDS if mechanism == "MNAR" else 1)
    table = pd.concat([realised, left_out, *drawn], ignore_index=True)
    truth = table["ethnicity_5"].map(TRUTH)
    table["covers"] = table["lower"].le(truth) & table["upper"].ge(truth)
    table["covers"] = table["covers"].astype(float).where(table["lower"].notna())
    bounds = ratio_bounds(both, within="force").pivot(
        index=["force", "ethnicity_5"], columns="measure", values="estimate"
    )
    bounds = bounds.join(realised.set_index(["force", "ethnicity_5"])["estimate"]).reset_index()
    inside = bounds["ratio_lower_bound"].le(bounds["estimate"]) & bounds["ratio_upper_bound"].ge(bounds["estimate"])
    bounds = bounds[["ethnicity_5"]].assign(method="bounds", contains=inside.astype(float))
    table = pd.concat([table, bounds], ignore_index=True)
    return table.loc[table["ethnicity_5"].isin(GROUPS[1:]), ["ethnicity_5", "method", "estimate", "covers", "contains"]]


def simulate(replicates, seed, mechanisms=MECHANISMS, draws=50):
    """Bias, error, coverage and containment by mechanism, group and method."""
    parts = []
    for number, mechanism in enumerate(MECHANISMS):
        if mechanism in mechanisms:
            rng = np.random.default_rng([seed, number])
            parts.append(run(rng, mechanism, replicates, draws).assign(mechanism=mechanism))
    runs = pd.concat(parts, ignore_index=True)
    runs["truth"] = runs["ethnicity_5"].map(TRUTH)
    runs["log_error"] = np.log(runs["estimate"] / runs["truth"])
    table = runs.groupby(["mechanism", "ethnicity_5", "method"], sort=False).agg(
        replicates=("method", "size"),
        truth=("truth", "first"),
        bias_percent=("log_error", lambda error: 100 * np.expm1(error.mean())),
        error_percent=("log_error", lambda error: 100 * error.std()),
        coverage=("covers", "mean"),
        bounds_contain=("contains", "mean"),
    )
    return table.reset_index()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--replicates", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--out", type=Path, default=None, help="CSV to write; without it the table is printed only")
    given = options.parse_args()
    table = simulate(given.replicates, given.seed).round(4)
    print(f"seed {given.seed}, {given.replicates} replicates; coverage of 95% intervals")
    print(table.to_string(index=False))
    if given.out:
        temporary = given.out.with_name(f".{given.out.name}")
        table.assign(seed=given.seed).to_csv(temporary, index=False, lineterminator="\n")
        temporary.replace(given.out)


if __name__ == "__main__":
    main()
