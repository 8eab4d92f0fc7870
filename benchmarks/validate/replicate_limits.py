"""Do limits of one window hold what another window of the same force shows? On real records, into docs/.

Two windows of a force are compared: one and the next, months of one window taken in turn, and windows a year or two
apart. A pair is inside if the difference of the two estimates lies within the distances of both limits (squared and
added). If limits hold the level behind, 95% of pairs or more are inside, for near windows share a part of what moves
them. Constants are those of the package, and those fitted on the other forces (`constants`: shipped, others).
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.change import change_limits
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.differences import rate_difference_limits, share_difference_limits
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.pooled_levels import pooled_rate_limits, pooled_share_limits
from sas_analysis.measures.intervals.process import rate_limits, ratio_limits, share_limits
from sas_analysis.reference.forces import population_problem
from sas_analysis.reference.population import residents

sys.path.append(str(Path(__file__).parents[2] / "scripts"))
from fit.model import all_series, fitted_scale, likelihoods
from fit.records import usable_searches
from fit.weeks import weekly_counts

SEED = 20270401
WINDOWS = (1, 3, 6, 12)
APART = {1: 12, 3: 12, 6: 12, 12: 23}
FEWEST = 20  # searches in both windows, of the smaller group
PUBLISHED = 0.74  # of the months of a window
GROUPS = ("White", "Black", "Asian", "Mixed", "Other")


class Records:
    """Weekly counts of all forces, (forces, months, weeks), by name: "n Black", "nfa all", "known White"."""

    def __init__(self, searches, months):
        self.months = months
        self.forces = pd.DataFrame({"force": sorted(searches["force"].astype("str").unique())})
        self.names = self.forces["force"].to_numpy()
        group = searches["ethnicity_5"].astype("str").to_numpy()
        outcome, item = (searches[name].astype("str").to_numpy() for name in ("outcome", "object_group"))
        flags = {
            "n": np.ones(len(searches), bool),
            "known": outcome != "Not recorded",
            "nfa": outcome == "A no further action disposal",
            "arrest": outcome == "Arrest",
            "object": item != "Not recorded",
            "drugs": item == "Drugs",
        }
        self.counts = {}
        for name, flag in flags.items():
            for of in ("all", "Unknown", *GROUPS):
                self.counts[f"{name} {of}"] = weekly_counts(
                    searches[flag & ((group == of) | (of == "all"))], by="force", months=months, groups=self.forces
                )[1]
        self.published = self.counts["n all"].sum(-1) > 0
        self.days = pd.PeriodIndex(months, freq="M").days_in_month.to_numpy(float) * self.published

    def __getitem__(self, name):
        return self.counts[name]


def windows(months, length):
    """(gap, places of the first window, places of the second, months from first to first)."""
    for start in range(0, months - 2 * length + 1, length):
        first = np.arange(start, start + length)
        yield "next", first, first + length, length
    for start in range(0, months - 2 * length + 1, 2 * length):
        first = start + 2 * np.arange(length)
        yield "interleaved", first, first + 1, None
    apart = APART[length]
    for start in range(0, months - apart - length + 1, length):
        first = np.arange(start, start + length)
        yield "a year or two apart", first, first + apart, apart


def pairs_of(published, length, gap):
    """Rows (force, first window, second window) of all pairs whose months were mostly published; months between."""
    found, between = [], None
    for name, first, second, apart in windows(published.shape[1], length):
        if name == gap:
            between = apart
            for force in range(len(published)):
                if min(published[force, first].mean(), published[force, second].mean()) > PUBLISHED:
                    found.append((force, first, second))
    return found, between


def taken(array, force, places):
    """Months of each pair; interleaved months keep their places in time, zeros between."""
    step = places[0, 1] - places[0, 0] if places.shape[1] > 1 else 1
    part = array[force[:, None], places]
    if step == 1:
        return part
    wide = np.zeros((len(part), 2 * places.shape[1] - 1, *part.shape[2:]))
    wide[:, ::2] = part
    return wide


def inside(one, other, link):
    """Whether the difference of two estimates lies within the distances of both limits; and the width of the first."""
    with np.errstate(all="ignore"):
        (a, la, ua), (b, lb, ub) = ([link(x) for x in (y.estimate, y.lower, y.upper)] for y in (one, other))
        up, down = np.hypot(a - la, ub - b), np.hypot(ua - a, b - lb)
        return (a - b <= up) & (a - b >= -down) & np.isfinite(up) & np.isfinite(down), ua - la


def _logit(x):
    return np.log(x / (1 - x))


LINKS = {"log": np.log, "logit": _logit, "identity": lambda x: x}


def series():
    """(kind, group, argument -> name of the counts, function, options) of all that is replicated."""

    def ratio(group):
        kind = "ratio other" if group == "Other" else "ratio"
        names = {"searches": f"n {group}", "reference_searches": "n White"}
        return names, ratio_limits, {"kind": kind}

    def share(kind, group):
        of = {"nfa": "known", "arrest": "known", "drugs": "object"}[kind]
        return {"hits": f"{kind} {group}", "trials": f"{of} {group}"}, share_limits, {"kind": kind}

    for group in GROUPS[1:]:
        yield "ratio", group, *ratio(group)
    for kind, groups in (("nfa", 4), ("arrest", 3), ("drugs", 3)):
        for group in ("all", *GROUPS)[:groups]:
            yield kind, group, *share(kind, group)
    yield "unknown", "all", {"hits": "n Unknown", "trials": "n all"}, share_limits, {"kind": "unknown"}
    for group in ("all", *GROUPS)[:4]:
        yield "rate", group, {"searches": f"n {group}"}, rate_limits, {}
    for group in GROUPS[1:4]:
        names = {"searches": f"n {group}", "reference_searches": "n White"}
        yield "rate difference", group, names, rate_difference_limits, {"kind": "ratio"}
    for kind, of in (("nfa", "known"), ("arrest", "known"), ("drugs", "object")):
        names = {
            "hits": f"{kind} Black",
            "trials": f"{of} Black",
            "reference_hits": f"{kind} White",
            "reference_trials": f"{of} White",
        }
        yield f"{kind} difference", "Black", names, share_difference_limits, {"kind": kind}


def smaller(counts):
    """Searches of the smaller group, or of all: at least so many make a pair."""
    if "trials" in counts:
        parts = [counts["hits"], counts["trials"] - counts["hits"]]
        if "reference_trials" in counts:
            parts += [counts["reference_hits"], counts["reference_trials"] - counts["reference_hits"]]
    else:
        parts = [counts[name] for name in counts if name.endswith("searches")]
    return np.min([part.sum((1, 2)) for part in parts], axis=0)


def replicate(records, constants, people):
    """A row per series, window and gap: pairs and how many are inside, for each target and set of constants."""
    rows = []
    for kind, group, names, function, given in series():
        for length in WINDOWS:
            for gap in ("next", "interleaved", "a year or two apart"):
                found, between = pairs_of(records.published, length, gap)
                if not found:
                    continue
                force = np.array([pair[0] for pair in found])
                sides = [np.array([pair[side] for pair in found]) for side in (1, 2)]
                counts = [{key: taken(records[name], force, places) for key, name in names.items()} for places in sides]
                exposures = [
                    _exposure(function, group, taken(records.days, force, places), people, force) for places in sides
                ]
                enough = np.minimum(*(smaller(one) for one in counts)) >= FEWEST
                if exposures[0]:
                    enough &= people["White"][force] > 0
                for label, sets in constants.items():
                    of_rows = replace(sets, tau2={key: value[force] for key, value in sets.tau2.items()})
                    for target in ("process", "period", "change"):
                        if target == "change" and (between is None or gap == "interleaved"):
                            continue
                        options = {"target": "process" if target == "change" else target, "constants": of_rows} | given
                        limits = [function(**one, **e, **options) for one, e in zip(counts, exposures, strict=True)]
                        if limits[0].link == "identity" and target == "change":
                            continue
                        if target == "change":
                            change = change_limits(limits[1], limits[0], gap=between)
                            hit, width = (change.lower <= 1) & (change.upper >= 1), np.log(change.upper / change.lower)
                        else:
                            hit, width = inside(*limits, LINKS[limits[0].link])
                        rows.append((kind, group, target, label, gap, length, *_counted(hit, width, enough)))
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = ["kind", "group", "target", "constants", "windows", "months", "pairs", "inside", "width"]


def _counted(hit, width, enough):
    return (
        int(enough.sum()),
        int(hit[enough].sum()),
        round(float(np.median(width[enough])), 4) if enough.any() else np.nan,
    )


def _exposure(function, group, days, people, force):
    """Resident-days of the windows, for rates; a rate of all searches and a ratio need none."""
    if function is rate_limits:
        return {"exposure": days * people[group][force, None]}
    if function is rate_difference_limits:
        return {
            "exposure": days * people[group][force, None],
            "reference_exposure": days * people["White"][force, None],
        }
    return {}


def replicate_pooled(records, constants, people, rng, draws=20):
    """Ratios, shares and rates of several forces together: the same forces in either window."""
    rows = []
    for forces in (3, 12, 26):
        for length in WINDOWS[1:]:
            for gap in ("next", "interleaved", "a year or two apart"):
                found, _ = pairs_of(records.published, length, gap)
                by_window = {}
                for force, first, second in found:
                    by_window.setdefault((tuple(first), tuple(second)), []).append(force)
                hits = {}
                for (first, second), held in by_window.items():
                    held = np.array([force for force in held if people["Black"][force] > 0])
                    if len(held) < forces:
                        continue
                    for _ in range(draws if forces < len(held) else 1):
                        chosen = rng.choice(held, forces, replace=False)
                        sides = [
                            _pooled(records, constants, people, chosen, np.array(places)) for places in (first, second)
                        ]
                        for name in sides[0]:
                            hit, width = inside(sides[0][name], sides[1][name], LINKS[sides[0][name].link])
                            hits.setdefault(name, []).append((hit[0], width[0]))
                for name, values in hits.items():
                    hit, width = (np.array(x) for x in zip(*values, strict=True))
                    rows.append(
                        (f"pooled {name}", f"{forces} forces", "process", "shipped", gap, length)
                        + (len(hit), int(hit.sum()), round(float(np.median(width)), 4))
                    )
    return pd.DataFrame(rows, columns=COLUMNS)


def _pooled(records, constants, people, forces, places):
    rows = np.repeat(places[None, :], len(forces), axis=0)
    of = {
        name: taken(records[name], forces, rows)
        for name in ("n Black", "n Asian", "n White", "n all", "nfa all", "known all")
    }
    days = taken(records.days, forces, rows)
    residents_of = {name: people[name][forces] * days.sum(1) for name in ("Black", "Asian", "White")}
    found = {}
    for group in ("Black", "Asian"):
        counts = {"searches": of[f"n {group}"], "reference_searches": of["n White"]}
        exposure = {"exposure": residents_of[group], "reference_exposure": residents_of["White"]}
        for weights in ("sum", "mantel-haenszel"):
            found[f"ratio, {weights}"] = pooled_ratio_limits(**counts, **exposure, weights=weights, constants=constants)
    found["nfa"] = pooled_share_limits(hits=of["nfa all"], trials=of["known all"], kind="nfa", constants=constants)
    found["rate"] = pooled_rate_limits(
        searches=of["n all"], exposure=days * people["all"][forces][:, None], constants=constants
    )
    return found


def constants_of_others(searches, months, forces, shipped):
    """Constants of each force, fitted on the other forces: arrays (forces,) by kind, those of the package elsewhere."""
    tau2 = {kind: np.full(len(forces), value) for kind, value in shipped.tau2.items()}
    by_kind = {}
    for one in all_series(searches, months=months, constants=shipped):
        by_kind.setdefault(one.kind, []).append(one)
    for kind, held in by_kind.items():
        likelihood, of = likelihoods(held, shipped), np.array([one.force for one in held])
        if kind in tau2:
            tau2[kind] = np.array([fitted_scale(likelihood[of != force], shipped.df) for force in forces])
    return replace(shipped, tau2=tau2)


def people_of(forces):
    """Residents of each force by group, Census 2021; 0 where a force has none."""
    held = {group: np.zeros(len(forces)) for group in ("all", *GROUPS)}
    for row, force in enumerate(forces):
        if population_problem(force):
            continue
        table = residents(force, 2021)
        by_group = table.groupby(table["ethnicity_5"].astype("str"))["residents"].sum()
        for group in GROUPS:
            held[group][row] = by_group.get(group, 0)
        held["all"][row] = by_group.sum()
    return held


def summary(table):
    """Coverage of every kind, target and gap, windows of all lengths together."""
    grouped = table.groupby(["kind", "target", "constants", "windows"], sort=False)[["pairs", "inside"]].sum()
    return (
        (grouped["inside"] / grouped["pairs"])
        .unstack("windows")
        .round(3)
        .join(grouped["pairs"].unstack("windows").sum(axis=1).rename("pairs"))
    )


def main():
    """Replicate and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processed", type=Path, required=True, help="folder that sas-analysis clean wrote")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path("docs/replication_limits.csv"))
    options = parser.parse_args()
    searches, months, excluded = usable_searches(options.processed)
    print(f"{len(searches):,} searches; left out:\n{excluded.to_string(index=False)}")
    records, shipped = Records(searches, months), read_constants()
    people = people_of(records.names)
    same = {kind: np.full(len(records.names), value) for kind, value in shipped.tau2.items()}
    constants = {
        "shipped": replace(shipped, tau2=same),
        "others": constants_of_others(searches, months, records.names, shipped),
    }
    table = replicate(records, constants, people)
    rng = np.random.default_rng(options.seed)
    table = pd.concat([table, replicate_pooled(records, shipped, people, rng)], ignore_index=True)
    table = table.assign(coverage=(table["inside"] / table["pairs"]).round(4), seed=options.seed)
    table.to_csv(options.out, index=False)
    print(summary(table).to_string())


if __name__ == "__main__":
    main()
