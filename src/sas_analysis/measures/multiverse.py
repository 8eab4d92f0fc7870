"""The ratio under every defensible combination of choices, in one table: how far it depends on what was chosen.

The usual attack on a ratio is that it depends on choices. This shows by how much: every combination of the choices
below, none left out because of its result. A choice that changes nothing in the records at hand (no month is flagged,
one force only) is not varied, so that the same number is not counted twice.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from itertools import chain

import numpy as np
import pandas as pd

from sas_analysis.measures.coverage import FLAGGED, PUBLISHED, UNUSABLE
from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.multiverse_cube import CHOICES, SCHEMES, Combination, Cube
from sas_analysis.measures.pooling.mantel_haenszel import mantel_haenszel
from sas_analysis.measures.residents.bases import bases_for, reclassified
from sas_analysis.measures.shares import require_columns
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.processes import each
from sas_analysis.records.select import Selection, narrow
from sas_analysis.rounding import not_given

__all__ = ["extremes", "multiverse", "multiverse_of"]
_PAIR = ("searches", "exposure", "reference_searches", "reference_exposure")
WITHIN = "within forces (Mantel-Haenszel)"


def multiverse(
    records,
    bases: Mapping[str, tuple[str, pd.DataFrame]],
    *,
    months,
    headline: Mapping[str, str] | None = None,
    accounts=CHOICES["ethnicity"],
    reference="White",
    level=0.95,
    interval="process",
):
    """The disproportionality ratio of every group under every combination of choices.

    records : clean table, vehicle-only searches included; those outside `months` do not count. bases : name -> (where
    Chinese is counted, `force | ethnicity_5 | residents`), the headline's first; its forces are those analysed. On a
    base that lacks one of them, or a group, the ratio is missing. months : `force | month | flagged`, the published
    months. headline : choice -> option, where the headline's is not the first of `multiverse_cube.CHOICES`.
    accounts : those of ethnicity that may be used in these records, of `multiverse_cube.CHOICES`.
    Officer-defined searches are not set against residents with Chinese in Other (officers do not name Chinese), unless
    the headline is; a group that officers do not use, or use for another, has no officer-defined ratio, and one that
    nobody is recorded as by their own word no self-defined one (`accounts.withheld_groups`).
    Returns the measures table `<choices that were varied> | ethnicity_5 | ...`, measure `disproportionality_ratio`,
    the headline's combination first. interval : "process" or "period" (docs/intervals.md), or "none".
    """
    asked = Asked(interval, level)
    require_columns(records, ["force", "month", "type", "power"])
    cube = Cube(records, bases, months, headline or {}, reference, tuple(accounts))
    rows = list(cube.rows())
    reasons = [cube.reason(row) for row in rows]
    shown = [{name: row.choice[name] for name in cube.varied} | {"ethnicity_5": row.group} for row in rows]
    table = pd.DataFrame(shown, columns=[*cube.varied, "ethnicity_5"])
    table = table.assign(within=[row.within for row in rows], reason=reasons)
    parts = np.array([_parts(row.of_forces, row.within) for row in rows])
    limits = _limits(cube, rows, table["reason"].eq("").to_numpy(), asked) if asked.by_rule else Given.none(len(rows))
    return _measured(table, parts, limits)


def multiverse_of(compared):
    """`multiverse` of a comparison on every base of all ages (`bases_for`); no row where none can be divided by.

    compared : `study.Comparison`. Its choices make the headline; of them only `power` narrows the records of every
    combination.
    """
    study, base = compared.study, compared.base
    grid, choices = study.coverage, study.choices
    usable = [PUBLISHED, FLAGGED] if choices.unusable == "exclude" else [PUBLISHED, FLAGGED, UNUSABLE]
    months = grid[grid["status"].isin(usable)]
    where = {"chinese": base.chinese, "area": study.usable_area}
    _, found, problem = bases_for(grid, user=compared.user, **where)
    if base.problem or problem or months.empty or choices.round_to:
        none = measures_table(pd.DataFrame({"ethnicity_5": []}), measure=[], numerator=[], denominator=[])
        return not_given(none) if choices.round_to else none
    found = [other for other in found if not other.part] + reclassified(grid, **where)
    others = {other.name: (other.chinese, other.residents) for other in found if other.name != base.name}
    headline = {
        "ethnicity": SCHEMES[choices.ethnicity],
        "repeats": "left out" if choices.repeats == "drop" else "counted",
        "flagged_months": "counted" if choices.flagged_months == "include" else "left out",
    }
    return multiverse(
        narrow(Selection(study.records), area=study.area, power=choices.power).records,
        {base.name: (base.chinese, base.residents)} | others,
        months=months.assign(flagged=months["status"].eq(FLAGGED)),
        headline=headline,
        accounts=[SCHEMES[scheme] for scheme in compared.schemes],
        **compared.against,
    )


def _parts(of_forces: np.ndarray, within: bool) -> tuple[float, float]:
    """Searches and those expected, of forces added together; or Mantel and Haenszel's two sums over forces.

    of_forces : searches and exposure of a group and of the reference group, (4, forces).
    """
    if within:
        informative = (of_forces[1] > 0) & (of_forces[3] > 0) | np.isnan(of_forces).any(axis=0)
        return mantel_haenszel(**dict(zip(_PAIR, of_forces[:, informative], strict=True)))
    n, e, n_ref, e_ref = of_forces.sum(axis=1)
    return n, n_ref * e / e_ref if e_ref else np.nan


def _limits(cube: Cube, rows: list[Combination], stands: np.ndarray, asked: Asked) -> Given:
    """Limits of every combination that has a ratio: of forces added together, and of those within forces."""
    together = defaultdict(list)  # those of one ethnicity, which have many counts in common
    for at in np.flatnonzero(stands):
        together[rows[at].source].append(at)

    def of_source(places: list[int]) -> list[tuple[np.ndarray, Given]]:
        chosen = [rows[at] for at in places]
        counts, of = cube.searches(chosen)
        inside = np.array([row.within for row in chosen])
        drawn = []
        for weights, here in (("sum", ~inside), ("mantel-haenszel", inside)):
            if here.any():
                own = [chosen[at] for at in np.flatnonzero(here)]
                kinds = [cube.kinds[row.group] for row in own]
                drawn.append((np.array(places)[here], _drawn(counts, of[here], own, weights, kinds, asked)))
        return drawn

    found = [array.copy() for array in vars(Given.none(len(rows))).values()]
    for places, drawn in chain.from_iterable(each(of_source, together.values())):
        for array, values in zip(found, vars(drawn).values(), strict=True):
            array[places] = values
    return Given(*found)


def _drawn(counts, of: np.ndarray, rows: list[Combination], weights: str, kinds: list[str], asked: Asked) -> Given:
    """Limits of some rows. counts, of : as `Cube.searches`."""
    _, e, _, e_ref = np.stack([row.of_forces for row in rows], axis=1).reshape(4, -1)
    row = np.repeat(np.arange(len(rows)), of.shape[1])
    keep = (e > 0) & (e_ref > 0) if weights != "sum" else np.ones(len(row), dtype=bool)
    given = dict(zip(_PAIR, (counts[0], e[keep], counts[1], e_ref[keep]), strict=True))
    given |= {"row": row[keep], "of": of.ravel()[keep], "weights": weights, "kind": np.array(kinds, dtype=object)}
    return limits_of(partial(pooled_ratio_limits, **given), asked)


def _measured(table: pd.DataFrame, parts: np.ndarray, limits: Given) -> pd.DataFrame:
    """The measures table of rows with their parts of the ratio (rows, 2) and limits."""
    within = pd.Series(np.where(table["within"].astype(bool), WITHIN, ""), index=table.index, dtype="str")
    notes = join_notes(within, pd.Series(limits.note, dtype="str"))
    return measures_table(
        table.drop(columns=["within", "reason"]),
        measure="disproportionality_ratio",
        numerator=parts[:, 0],
        denominator=parts[:, 1],
        **limits.columns(),
        note=notes.where(table["reason"].eq(""), ""),
        reason=table["reason"].to_numpy(),
    )


def extremes(table: pd.DataFrame) -> pd.DataFrame:
    """The range over all combinations of each group: `ethnicity_5 | combinations | headline | lowest | median | highest
    | share_above_1`; combinations without an estimate are left out of all but the first count."""
    rows = [
        (group, len(found), *_range(found["estimate"])) for group, found in table.groupby("ethnicity_5", sort=False)
    ]
    columns = ["ethnicity_5", "combinations", "headline", "lowest", "median", "highest", "share_above_1"]
    return pd.DataFrame(rows, columns=columns)


def _range(estimates: pd.Series) -> tuple[float, ...]:
    known = estimates.dropna()
    return estimates.iloc[0], known.min(), known.median(), known.max(), known.gt(1).mean() if len(known) else np.nan
