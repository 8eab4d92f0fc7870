"""The ratio under every defensible combination of choices, in one table: how far it depends on what was chosen.

The usual attack on a ratio is that it depends on choices. This shows by how much: every combination of the choices
below, none left out because of its result. A choice that changes nothing in the records at hand (no month is flagged,
one force only) is not varied, so that the same number is not counted twice.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice, product

import numpy as np
import pandas as pd

from sas_analysis.codes import positions
from sas_analysis.measures.coverage import FLAGGED, PUBLISHED, UNUSABLE
from sas_analysis.measures.ethnicity.accounts import unused_groups, unused_together
from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.of_exposure import ratio_kinds
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.time import WEEK, WEEKS, knows_weeks, month_codes, week_of
from sas_analysis.measures.pooling.mantel_haenszel import mantel_haenszel
from sas_analysis.measures.residents.bases import bases_for, reclassified
from sas_analysis.measures.shares import require_columns
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.months import DAYS_OF_A_YEAR, days_in
from sas_analysis.records.select import VEHICLE_ONLY, Selection, counted_columns, is_repeat, narrow, with_ethnicity
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.rounding import not_given

SCHEMES = {"self": "self-defined", "officer": "officer-defined", "combined": "combined"}
_WHOSE = {"officer-defined": "officer", "self-defined": "self"}
# Each choice with its options; the first is the headline's unless a report asks for another.
CHOICES = {
    "census": (),  # those given
    "ethnicity": tuple(SCHEMES.values()),
    "unknown": ("left out", "all in the reference group", "all in the group"),
    "vehicle_only": ("left out", "counted"),
    "section_60": ("counted", "left out"),
    "flagged_months": ("left out", "counted"),
    "repeats": ("counted", "left out"),
    "forces": ("added together", "within force"),
}
_FILTERS = ("vehicle_only", "section_60", "repeats")  # choices of which records count: the first axes of the cube
_PAIR = ("searches", "exposure", "reference_searches", "reference_exposure")
_AT_ONCE = 4_000_000  # searches by force, month and week held at once: those of all rows of a few forces
WITHIN = "within forces (Mantel-Haenszel)"


def multiverse(
    records,
    bases: Mapping[str, tuple[str, pd.DataFrame]],
    *,
    months,
    headline: Mapping[str, str] | None = None,
    reference="White",
    level=0.95,
    interval="process",
):
    """The disproportionality ratio of every group under every combination of choices.

    records : clean table, vehicle-only searches included; those outside `months` do not count. bases : name -> (where
    Chinese is counted, `force | ethnicity_5 | residents`), the headline's first; its forces are those analysed. On a
    base that lacks one of them, or a group, the ratio is missing. months : `force | month | flagged`, the published
    months. headline : choice -> option, where the headline's is not the first of CHOICES.
    Officer-defined searches are not set against residents with Chinese in Other (officers do not name Chinese), unless
    the headline is; a group that officers do not use has no officer-defined ratio, and one that nobody is recorded as
    by their own word no self-defined one (`accounts.unused_groups`).
    Returns the measures table `<choices that were varied> | ethnicity_5 | ...`, measure `disproportionality_ratio`,
    the headline's combination first. interval : "process" or "period" (docs/intervals.md), or "none".
    """
    asked = Asked(interval, level)
    require_columns(records, ["force", "month", "type", "power"])
    cube = _Cube(records, bases, months, headline or {}, reference)
    columns, found = [*cube.varied, "ethnicity_5", "within", "reason"], cube.rows()
    tables, limits, parts = [], [], []
    number = max(_AT_ONCE // (len(cube.forces) * len(cube.months) * WEEKS), 1)
    while block := list(islice(found, number)):
        rows = []
        for choice, group, pair in block:
            shown = {name: choice[name] for name in cube.varied}
            within = choice["forces"] == "within force"
            rows.append(shown | {"ethnicity_5": group, "within": within, "reason": cube.reason(choice, group, pair)})
            parts.append(_parts(_of_forces(pair), within))
        tables.append(pd.DataFrame(rows, columns=columns))
        pairs = [pair for _, _, pair in block]
        limits.append(_limits(tables[-1], pairs, reference, asked) if asked.by_rule else Given.none(len(rows)))
    return _measured(pd.concat(tables, ignore_index=True), np.array(parts), _together(limits))


def _together(limits: list[Given]) -> Given:
    """The limits of one block of rows after another."""
    return Given(*(np.concatenate(parts) for parts in zip(*(vars(one).values() for one in limits), strict=True)))


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
        **compared.against,
    )


class _Cube:
    """The searches counted by all choices at once; a combination is a sum over some of it."""

    def __init__(self, records, bases, months, headline, reference):
        self.bases, self.reference = bases, reference
        self.forces = list(pd.unique(next(iter(bases.values()))[1]["force"].astype("str")))
        months = months[months["force"].isin(self.forces)]
        self.months = month_codes(months["month"])[1]  # one that was not published keeps its place
        self.years = np.array([days_in(month) / DAYS_OF_A_YEAR for month in self.months])
        self.published, self.flagged = self._grid(months), self._grid(months[months["flagged"].astype(bool)])
        repeat = is_repeat(records)  # of its file, and so of its force and month
        week = {WEEK: week_of(records)} if knows_weeks(records) else {}
        records = records[counted_columns(records)].assign(_repeat=repeat, **week)
        records = records[records["force"].isin(self.forces) & records["month"].isin(self.months)]
        unused = {account: unused_groups(records, whose=whose) for account, whose in _WHOSE.items()}
        self.unused = {account: unused_together(found) for account, found in unused.items()}
        self.counts = self._counts(records)
        self.people = {name: self._people(residents) for name, (_, residents) in bases.items()}
        self.options = self._options(headline)
        self.varied = [name for name, options in self.options.items() if len(options) > 1]

    def _grid(self, months) -> np.ndarray:
        """Force-months as a truth table (forces, months)."""
        grid = np.zeros((len(self.forces), len(self.months)), dtype=bool)
        grid[positions(months["force"], self.forces), positions(months["month"], self.months)] = True
        return grid

    def _counts(self, records) -> dict[tuple[str, str], np.ndarray]:
        """(Scheme, where Chinese is) -> counts (vehicle-only, section 60, repeat, force, month, week, group).

        The last group is the unknown.
        """
        known = knows_weeks(records)
        weeks = WEEKS if known else 1
        shape = (2, 2, 2, len(self.forces), len(self.months), weeks)
        flags = [records["type"].eq(VEHICLE_ONLY), records["power"].eq("Section 60"), records["_repeat"]]
        flags = [np.asarray(flag, dtype=np.int8) for flag in flags]
        week = week_of(records) if known else np.zeros(len(records), dtype=int)
        place = (positions(records["force"], self.forces), positions(records["month"], self.months), week)
        cells = np.zeros(len(records), dtype=np.int32)
        for number, codes in zip(shape, (*flags, *place), strict=True):
            cells = cells * np.int32(number) + codes
        cells = cells * np.int32(len(GROUPS_5) + 1)
        counts = {}
        for scheme, chinese in product(SCHEMES, dict.fromkeys(chinese for chinese, _ in self.bases.values())):
            group = positions(with_ethnicity(records, scheme=scheme, chinese=chinese)["ethnicity_5"], GROUPS_5)
            at = cells + np.where(group < 0, len(GROUPS_5), group)
            found = np.bincount(at, minlength=np.prod(shape) * (len(GROUPS_5) + 1))
            counts[SCHEMES[scheme], chinese] = found.reshape(*shape, -1) * self.published[..., None, None]
        return counts

    def _people(self, residents) -> np.ndarray:
        """Residents (force, group), missing where a base has none."""
        wide = residents.pivot(index="force", columns="ethnicity_5", values="residents")
        return wide.reindex(index=self.forces, columns=list(GROUPS_5)).to_numpy(dtype=float)

    def _options(self, headline) -> dict[str, tuple[str, ...]]:
        """Each choice with the options that differ in these records, the headline's first."""
        counts = next(iter(self.counts.values()))
        matters = {
            "vehicle_only": counts[1].any(),
            "section_60": counts[:, 1].any() and counts[:, 0].any(),  # without section 60 something is left
            "repeats": counts[:, :, 1].any(),
            "flagged_months": self.flagged.any(),
            "forces": len(self.forces) > 1,
            "unknown": any(array[..., -1].any() for array in self.counts.values()),
        }
        options = {}
        for name, known in (CHOICES | {"census": tuple(self.bases)}).items():
            first = headline.get(name, known[0])
            options[name] = (first, *(option for option in known if option != first and matters.get(name, True)))
        return options

    def rows(self) -> Iterator[tuple[dict, str, tuple[np.ndarray, ...]]]:
        """Every combination and group: the choices, the group, and the searches and exposure of it and the reference.

        Searches are (forces, months, weeks), exposure is (forces, months).
        """
        first = next(iter(self.bases)), self.options["ethnicity"][0]
        for options in product(*self.options.values()):
            choice = dict(zip(self.options, options, strict=True))
            chinese = self.bases[choice["census"]][0]
            strange = choice["ethnicity"] == "officer-defined" and chinese == "Other"
            if strange and (choice["census"], choice["ethnicity"]) != first:
                continue
            counts = self.counts[choice["ethnicity"], chinese]
            for name in _FILTERS:  # each takes the first axis away
                counts = counts.sum(axis=0) if choice[name] == "counted" else counts[0]
            used = self.published & ~(self.flagged & (choice["flagged_months"] == "left out"))
            years = self.people[choice["census"]][:, None, :] * self.years[:, None] * used[..., None]
            for group in GROUPS_5:
                if group != self.reference:
                    yield choice, group, self._pair(counts * used[..., None, None], years, group, choice["unknown"])

    def _pair(self, counts, years, group: str, unknown: str) -> tuple[np.ndarray, ...]:
        at, ref = GROUPS_5.index(group), GROUPS_5.index(self.reference)
        n, n_ref = counts[..., at].astype(float), counts[..., ref].astype(float)
        if unknown == "all in the group":
            n = n + counts[..., -1]
        elif unknown != "left out":
            n_ref = n_ref + counts[..., -1]
        return n, years[..., at], n_ref, years[..., ref]

    def reason(self, choice: dict, group: str, pair: tuple[np.ndarray, ...]) -> str:
        """Why a ratio is not estimable, or ""."""
        _, e, n_ref, e_ref = (part.sum() for part in pair)
        if group in self.unused.get(choice["ethnicity"], ()):
            what = {"officer": f"officers do not use {group}", "self": f"self-defined {group} is not used"}
            return f"not estimable: {what[_WHOSE[choice['ethnicity']]]}"
        if np.isnan(e + e_ref):
            return f"not estimable: the base has no residents of {group} or {self.reference} in some force"
        if e == 0 or e_ref == 0:
            return "not estimable: no residents, or no month that counts"
        return f"not estimable: the reference group {self.reference} has no search" if n_ref == 0 else ""


def _of_forces(pair: tuple[np.ndarray, ...]) -> np.ndarray:
    """Searches and exposure of both groups by force, (pair, forces)."""
    return np.array([part.reshape(len(part), -1).sum(axis=1) for part in pair])


def _parts(of_forces: np.ndarray, within: bool) -> tuple[float, float]:
    """Searches and those expected, of forces added together; or Mantel and Haenszel's two sums over forces."""
    if within:
        informative = (of_forces[1] > 0) & (of_forces[3] > 0) | np.isnan(of_forces).any(axis=0)
        return mantel_haenszel(**dict(zip(_PAIR, of_forces[:, informative], strict=True)))
    n, e, n_ref, e_ref = of_forces.sum(axis=1)
    return n, n_ref * e / e_ref if e_ref else np.nan


def _limits(table: pd.DataFrame, pairs: list, reference: str, asked: Asked) -> Given:
    """Limits of every combination: of forces added together, and of those within forces."""
    found = [array.copy() for array in vars(Given.none(len(table))).values()]
    stands, inside = table["reason"].eq("").to_numpy(), table["within"].to_numpy(dtype=bool)
    for weights, rows in (("sum", stands & ~inside), ("mantel-haenszel", stands & inside)):
        if rows.any():
            kinds = ratio_kinds("ethnicity_5", table.loc[rows, "ethnicity_5"], reference)
            chosen = [pairs[row] for row in np.flatnonzero(rows)]
            flat = [np.stack([pair[part] for pair in chosen]) for part in range(4)]
            own = _drawn(flat, weights, kinds, asked)
            for array, values in zip(found, vars(own).values(), strict=True):
                array[rows] = values
    return Given(*found)


def _drawn(pairs: list[np.ndarray], weights: str, kinds, asked: Asked) -> Given:
    """Limits of rows whose searches and exposure are given by force."""
    n, e, n_ref, e_ref = (part.reshape(-1, *part.shape[2:]) for part in pairs)
    rows, forces = pairs[0].shape[:2]
    row, e, e_ref = np.repeat(np.arange(rows), forces), e.sum(axis=-1), e_ref.sum(axis=-1)
    keep = (e > 0) & (e_ref > 0) if weights != "sum" else np.ones(len(row), dtype=bool)
    given = dict(zip(_PAIR, (part[keep] for part in (n, e, n_ref, e_ref)), strict=True))
    return limits_of(partial(pooled_ratio_limits, **given, row=row[keep], weights=weights, kind=kinds), asked)


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
