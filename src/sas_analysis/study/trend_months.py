"""The months of a series of a study: which may be used, why others may not, and what is counted in each."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sas_analysis.errors import first_of
from sas_analysis.measures.coverage import HEADER_ONLY, NO_FILE, PUBLISHED
from sas_analysis.measures.intervals.alike import alike
from sas_analysis.measures.trends.matched import YEAR
from sas_analysis.measures.trends.monthly import Monthly, by_month
from sas_analysis.months import days_in, later
from sas_analysis.reference.forces import in_words
from sas_analysis.study.study import Study

OF_EACH_FORCE = "of each force the months that it has in both years"
NOT_IN_BOTH = "of no force in both years"
_NAMED = 3  # forces at most that a note names


def parts_of(forces: Sequence[str], by_force: bool) -> list[tuple[str, list[int]]]:
    """All forces together, named "", and with `by_force` each of several: its name and place."""
    alone = [(force, [n]) for n, force in enumerate(forces)] if by_force and len(forces) > 1 else []
    return [("", list(range(len(forces)))), *alone]


def why_together(use: np.ndarray, why: np.ndarray) -> list[str]:
    """Why a month may not be used: where one force has it not, forces together have another composition.

    use, why : (forces, months); why is "" where a month is used.
    """
    found = []
    for month in range(use.shape[1]):
        out = ~use[:, month]
        text = next((str(one) for one in why[out, month] if one), "not counted")
        several = f"{int(out.sum())} of {len(out)} forces: " if len(out) > 1 else ""
        found.append(f"{several}{text}" if out.any() else "")
    return found


def in_both_years(use: np.ndarray, months: Sequence[str], start: str, end: str) -> np.ndarray:
    """The months of each force that it has in a period and in the year before: bool (forces, months).

    use : (forces, months), which may be used. start, end : of the period. Forces together are then of one composition
    in both years, though each lacks other months, or all.
    """
    place, kept = {month: n for n, month in enumerate(months)}, np.zeros_like(use)
    for month, now in place.items():
        before = place.get(later(month, -YEAR))
        if start <= month <= end and before is not None:
            both = use[:, now] & use[:, before]
            kept[:, now], kept[:, before] = both, both
    return kept


def together_in_both(
    forces: Sequence[str], use: np.ndarray, months: Sequence[str], year: tuple[str, str] | None
) -> tuple[np.ndarray | None, str]:
    """`in_both_years` of forces that are set beside the year before together, and what it leaves out, for a note.

    year : first and last month of the period. None, and nothing is said, where no year is asked for, of one force, and
    where every force has all months: then there is nothing to choose.
    """
    if year is None or len(forces) < 2:
        return None, ""
    kept, asked = (in_both_years(one, months, *year) for one in (use, np.ones_like(use)))
    return (None, "") if (kept == asked).all() else (kept, _said_of_both(forces, kept, months, *year))


def why_in_both(use: np.ndarray, why: np.ndarray, kept: np.ndarray) -> list[str]:
    """Why no force of a month is set beside the year before; "" where one is. kept : as `in_both_years`."""
    alone = why_together(use, why)
    return ["" if kept[:, n].any() else alone[n] or NOT_IN_BOTH for n in range(use.shape[1])]


def _said_of_both(forces: Sequence[str], kept: np.ndarray, months: Sequence[str], start: str, end: str) -> str:
    """How many months of forces are set beside the year before, and of which forces none. kept : `in_both_years`."""
    now = kept[:, [start <= month <= end for month in months]]
    none = [force for force, own in zip(forces, now, strict=True) if not own.any()]
    said = f"{OF_EACH_FORCE}, {now.sum()} of {now.size} force-months"
    if not none:
        return said
    named = first_of([in_words([force]) for force in none], _NAMED, "force")
    return f"{said}, without {named}, which {'has' if len(none) == 1 else 'have'} no month in both years"


def with_reasons(study: Study) -> pd.DataFrame:
    """The coverage as estimates count it, with what the audit says: `force | month | status | rows | reasons | why`.

    why : the status and the reasons together, "" where a month counts.
    """
    judged = study.verdicts[["force", "month", "reasons"]].astype("str")
    grid = study.counted.astype({"force": "str", "month": "str"}).merge(judged, on=["force", "month"], how="left")
    status, reasons = grid["status"].astype("str"), grid["reasons"].fillna("")
    why = status.where(reasons.eq("") | status.isin([NO_FILE, HEADER_ONLY]), status + ": " + reasons)
    return grid.assign(reasons=reasons, why=why.mask(status.eq(PUBLISHED), ""))


class ByForce(NamedTuple):
    """Counts of the groups of a question: which months may be used and why others may not, arrays (forces, months).

    groups : label, kind, hits and trials (forces, months, weeks) of each; no trials of a count
    """

    use: np.ndarray
    why: np.ndarray
    groups: list[tuple[str, str, np.ndarray, np.ndarray | None]]


def count_by_force(study: Study, searches: pd.DataFrame, groups: Iterable[tuple], *, all_published=False) -> ByForce:
    """Searches of some groups by force, month and week, in the months that may be used.

    groups : label, which searches are hits and which are trials (None: a count), and kind of each. all_published :
    whether all months with records may be used, as where the recording itself is asked about.
    """
    grid, shape = with_reasons(study), (len(study.forces), len(study.months))
    usable = grid["rows"].gt(0).fillna(False) if all_published else grid["status"].astype("str").eq(PUBLISHED)
    use = usable.to_numpy(bool).reshape(shape)
    counts = [_of_group(study, searches, use, *group) for group in groups]
    return ByForce(use, grid["why"].to_numpy(object).reshape(shape), counts)


def _of_group(study, searches, use, group, hits, trials, kind):
    place = {"forces": study.forces, "months": study.months}
    counted = alike(searches, hits=(hits, 2), trials=(hits if trials is None else trials, 2))
    hits, of = (by_month(counted, counted.asked[name] == 1, **place) * use[..., None] for name in ("hits", "trials"))
    return group, kind, hits, None if trials is None else of


def monthly_of(
    study: Study, counts: ByForce, by_force: bool, *, year: tuple[str, str] | None = None, **given
) -> list[Monthly]:
    """The series of every group, of each force or of all together.

    year : as `series_of_residents` has it. given : what `Monthly` has besides.
    """
    both, said = together_in_both(study.forces, counts.use, study.months, year)
    months, use = study.months, counts.use if both is None else both
    days = np.array([days_in(month) for month in months]) * use
    parts = [
        (name, rows, why_together(counts.use[rows], counts.why[rows]))
        for name, rows in parts_of(study.forces, by_force)
    ]
    if both is not None:
        parts = [("", parts[0][1], why_in_both(counts.use, counts.why, both))]
    made = []
    for group, kind, *found in counts.groups:
        hits, trials = (None if one is None else one * use[..., None] for one in found)
        for name, rows, why in parts:
            own = {"hits": hits[rows].sum(0), "trials": None if trials is None else trials[rows].sum(0)}
            own |= {"exposure": days[rows].sum(0)} if trials is None else {}
            named = ({"force": name} if len(parts) > 1 else {}) | {"group": group}
            made.append(Monthly(months=months, why=why, labels=named, kind=kind, made_of=said, **own, **given))
    return made
