"""The threshold test against printed answers, and against groups between which there is no difference.

    .venv/bin/python benchmarks/validate/threshold.py carolina | states | placebo [--published FOLDER] [--out docs]

carolina  100 departments of North Carolina: thresholds and limits as printed, and the searches-only form beside them
states    counties of nine states: thresholds of the binomial form beside those printed, which are of the beta form
placebo   one group of a simulated state split by the toss of a coin, many times: how often the limits hold 0

`carolina` and `states` read tables of the folder of published figures (`SAS_REAL_DATA`/published, or --published).
"""

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.threshold import searches_only_test, threshold_placebo, threshold_test
from sas_analysis.measures.outcomes.threshold.rates import log_parts, threshold_of

SEED = 20270401
COLUMNS = {"driver_race": "group", "num_stops": "stops", "num_searches": "searches", "num_hits": "hits"}
PRINTED = "threshold_north_carolina_published.csv"
DEPARTMENTS = "threshold_north_carolina_100_departments.csv"
COUNTIES = "threshold_us_states_county_published.csv"
PLACEBO_DRAWS = 1500
FEW_ROWS, FEW_DRAWS = 70, 3000  # where few rows tell of what they share, chains mix more slowly
SEARCHES_ONLY = {"warmup": 1000}  # it mixes badly, for little tells its level
SPLITS, PLACES, GROUPS = 60, 8, ("White", "Black")


def departments(folder: Path) -> pd.DataFrame:
    """The table of North Carolina as the test takes it."""
    return pd.read_csv(folder / DEPARTMENTS).rename(columns=COLUMNS)[["police_department", *COLUMNS.values()]]


def carolina(folder: Path, seed: int = SEED):
    """Both forms, as far as they are done, beside what is printed: a row a form and group."""
    printed = pd.read_csv(folder / PRINTED).rename(columns={"driver_race": "group"}).set_index("group")
    tables = []
    for form, test, how in (("binomial", threshold_test, {}), ("searches only", searches_only_test, SEARCHES_ONLY)):
        found = test(departments(folder), seed=seed, **how)
        table = found.table.merge(found.differences[["group", "difference"]], how="left", on="group")
        columns = ["group", "threshold", "lower", "upper", "difference", "reason"]
        own = table[columns].assign(form=form, **found.diagnostics, made=found.made)
        names = {"avg_threshold": "printed", "ci_low": "printed_lower", "ci_high": "printed_upper"}
        tables.append(own.join(printed[list(names)].rename(columns=names), on="group"))
        yield pd.concat(tables, ignore_index=True)


def counties(folder: Path) -> pd.DataFrame:
    """The counties of nine states, with the thresholds printed."""
    table = pd.read_csv(folder / COUNTIES).rename(columns=COLUMNS)
    return table.assign(group=table["group"].str.removesuffix(" drivers"))


def state(table: pd.DataFrame, **how) -> tuple[pd.DataFrame, dict]:
    """The printed and the fitted thresholds of the counties of one state, and the diagnostics."""
    draws = FEW_DRAWS if len(table) < FEW_ROWS else 1000
    found = threshold_test(table[["location_variable", *COLUMNS.values()]], draws=draws, **how)
    both = found.places.merge(table[["location_variable", "group", "inferred_threshold"]])
    return both.assign(state=table["state"].iloc[0], reason=found.reason), found.diagnostics


def states(folder: Path, seed: int = SEED):
    """A row a state and one for all so far: how many thresholds, and their correlation with those printed."""
    whole = counties(folder)
    tables, rows = [], []
    for name in whole["state"].value_counts(ascending=True).index:
        both, mixed = state(whole[whole["state"].eq(name)], seed=seed)
        tables.append(both)
        rows.append(_agreement(name, both) | mixed)
        yield pd.DataFrame([*rows, _agreement("all", pd.concat(tables))]).assign(seed=seed)


def _agreement(name, both):
    return {"state": name, "thresholds": int(both["threshold"].notna().sum()), "correlation": agreed(both)}


def agreed(both: pd.DataFrame) -> float:
    """Correlation of the thresholds fitted and printed."""
    return both["threshold"].corr(both["inferred_threshold"])


def simulated(seed: int, *, places: int = PLACES, apart: float = 0.0) -> pd.DataFrame:
    """A state of the model: a row a place and group; the second group's signal of the threshold lies `apart` lower."""
    rng = np.random.default_rng(seed)
    return _drawn(rng, *_truth(rng, places, apart))


def thresholds(seed: int, *, places: int = PLACES, apart: float = 0.0) -> np.ndarray:
    """The true thresholds of the rows of `simulated`."""
    _, *signals = _truth(np.random.default_rng(seed), places, apart)
    return threshold_of(*np.broadcast_arrays(*signals)).ravel()


def _truth(rng, places, apart):
    stops = np.rint(rng.lognormal(9.5, 0.7, places)[:, None] * [1, 0.3]).astype(int)
    signal = rng.normal(1.8, 0.25, (places, 2)) - np.array([0, apart])
    carrying = np.array([-2.8, -2.6]) + rng.normal(0, 0.1, (places, 1))
    separation = np.exp(np.array([0.1, 0.05]) + rng.normal(0, 0.1, (places, 1)))
    return stops, signal, carrying, separation


def _drawn(rng, stops, signal, carrying, separation):
    chances = np.exp(np.stack(log_parts(signal, carrying, separation), axis=-1))
    counts = rng.multinomial(stops, chances)
    index = pd.MultiIndex.from_product([range(len(stops)), GROUPS], names=["place", "group"]).to_frame(index=False)
    hits, misses = counts[..., 0].ravel(), counts[..., 1].ravel()
    return index.assign(stops=stops.ravel(), searches=hits + misses, hits=hits)


def placebo(splits: int = SPLITS, seed: int = SEED):
    """A row a split so far: the difference between the halves, its limits, and whether they hold 0."""
    rows = []
    for number in range(splits):
        table = simulated(seed + number // 10)
        found = threshold_placebo(table, group="White", seed=seed + 1000 + number, draws=PLACEBO_DRAWS)
        row = found.differences.iloc[0][["difference", "lower", "upper", "reason"]].to_dict()
        holds = np.nan if found.reason else float(row["lower"] <= 0 <= row["upper"])
        rows.append({"split": number, "state": number // 10, **row, "holds_0": holds, **found.diagnostics})
        yield pd.DataFrame(rows).assign(seed=seed)


def main():
    """Make one table and write it, as far as it is, whenever a fit is done."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["carolina", "states", "placebo"])
    parser.add_argument("--published", type=Path, default=Path(os.environ.get("SAS_REAL_DATA", ".")) / "published")
    parser.add_argument("--splits", type=int, default=SPLITS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    if options.what == "placebo":
        tables = placebo(options.splits, options.seed)
    else:
        tables = {"carolina": carolina, "states": states}[options.what](options.published, options.seed)
    for table in tables:
        table.round(4).to_csv(options.out / f"threshold_{options.what}.csv", index=False, lineterminator="\n")
        print(table.round(4).tail(2).to_string(index=False, header=False), flush=True)


if __name__ == "__main__":
    main()
