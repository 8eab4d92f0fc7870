"""The searches of a multiverse, counted once by all choices; every combination is a sum over some of them."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of, combinations, positions
from sas_analysis.measures.ethnicity.accounts import INSTEAD, instead, unused_together, withheld_groups
from sas_analysis.measures.intervals.of_exposure import ratio_kinds
from sas_analysis.measures.intervals.time import WEEK, WEEKS, knows_weeks, month_codes, week_of
from sas_analysis.measures.tallied import numbers_of, tallied
from sas_analysis.months import DAYS_OF_A_YEAR, days_in
from sas_analysis.records.select import VEHICLE_ONLY, is_repeat, with_ethnicity
from sas_analysis.reference.population import GROUPS_5

SCHEMES = {"self": "self-defined", "officer": "officer-defined", "combined": "combined"}
_WHOSE = {"officer-defined": "officer", "self-defined": "self", "combined": "self"}  # whose word is taken first
LEFT_OUT, IN_REFERENCE, IN_GROUP = "left out", "all in the reference group", "all in the group"
# Each choice with its options; the first is the headline's unless a report asks for another.
CHOICES = {
    "census": (),  # those given
    "ethnicity": tuple(SCHEMES.values()),
    "unknown": (LEFT_OUT, IN_REFERENCE, IN_GROUP),
    "vehicle_only": (LEFT_OUT, "counted"),
    "section_60": ("counted", LEFT_OUT),
    "flagged_months": (LEFT_OUT, "counted"),
    "repeats": ("counted", LEFT_OUT),
    "forces": ("added together", "within force"),
}
_FILTERS = ("vehicle_only", "section_60", "repeats")  # choices of which records count: the first axes of the cube
_ACCOUNTS = ("ethnicity_5", "ethnicity_5_2001", "officer_ethnicity_5")


class Combination(NamedTuple):
    """One combination of choices, and a group.

    choice : the option of every choice. source : whose word on ethnicity, and where Chinese is. of_forces : searches
    and exposure of the group, and of the reference group: (4, forces).
    """

    choice: dict[str, str]
    group: str
    source: tuple[str, str]
    of_forces: np.ndarray

    @property
    def within(self) -> bool:
        """Whether the ratio is that within forces."""
        return self.choice["forces"] == "within force"

    @property
    def selected(self) -> tuple[str, ...]:
        """What says which searches count: the source, the filters and the months."""
        return *self.source, *(self.choice[name] for name in (*_FILTERS, "flagged_months"))


class Cube:
    """The searches of some records counted by all choices at once, and the exposure of every base.

    The arguments are those of `multiverse`.
    """

    def __init__(self, records, bases, months, headline, reference, accounts):
        self.bases, self.reference, self.accounts = bases, reference, accounts
        self.kinds = dict(zip(GROUPS_5, ratio_kinds("ethnicity_5", GROUPS_5, reference), strict=True))
        self.forces = list(pd.unique(next(iter(bases.values()))[1]["force"].astype("str")))
        months = months[months["force"].isin(self.forces)]
        self.months = month_codes(months["month"])[1]  # one that was not published keeps its place
        self.years_of_month = np.array([days_in(month) / DAYS_OF_A_YEAR for month in self.months])
        self.published, self.flagged = self._grid(months), self._grid(months[months["flagged"].astype(bool)])
        records = self._own(records)
        unused = {account: withheld_groups(records, whose=whose) for account, whose in _WHOSE.items()}
        self.unused = {account: unused_together(found) for account, found in unused.items()}
        self.instead = unused["officer-defined"]["alike"].notna().any()
        self.counts = self._counts(records)
        self.people = {name: self._people(residents) for name, (_, residents) in bases.items()}
        self.options = self._options(headline)
        self.varied = [name for name, options in self.options.items() if len(options) > 1]
        # Many combinations rest on the same searches and the same residents: each is added up once.
        self._searches, self._by_force, self._exposure = map(cache, (self._selected, self._totals, self._years))

    def _own(self, records) -> pd.DataFrame:
        """The records of its forces and months, those that are alike in all choices as one row (`tallied`)."""
        week = {WEEK: week_of(records)} if knows_weeks(records) else {}
        flags = {
            "vehicle_only": records["type"].eq(VEHICLE_ONLY),
            "section_60": records["power"].eq("Section 60"),
            "repeats": is_repeat(records),  # of its file, and so of its force and month
        }
        flags = {name: np.asarray(flag, dtype=np.int8) for name, flag in flags.items()}
        inside = (positions(records["force"], self.forces) >= 0) & (positions(records["month"], self.months) >= 0)
        told = records[[name for name in _ACCOUNTS if name in records]].assign(**flags)
        kind, row = _numbered(told, list(flags))
        found = records[["force", "month"]].assign(kind=kind, **week)
        found = tallied(found, list(found), inside)
        told = told.iloc[row[found["kind"]]]
        return found.assign(**{name: told[name].array for name in told})

    def _grid(self, months) -> np.ndarray:
        """Force-months as a truth table (forces, months)."""
        grid = np.zeros((len(self.forces), len(self.months)), dtype=bool)
        grid[positions(months["force"], self.forces), positions(months["month"], self.months)] = True
        return grid

    def _counts(self, records) -> dict[tuple[str, str], np.ndarray]:
        """(Scheme, where Chinese is) -> counts (vehicle-only, section 60, repeat, force, month, week, group).

        The last group is the unknown.
        """
        weeks = WEEKS if WEEK in records else 1
        shape = (2, 2, 2, len(self.forces), len(self.months), weeks)
        flags = [records[name].to_numpy() for name in _FILTERS]
        week = week_of(records) if WEEK in records else np.zeros(len(records), dtype=np.int8)
        place = (positions(records["force"], self.forces), positions(records["month"], self.months), week)
        cells = np.zeros(len(records), dtype=np.int32)
        for number, codes in zip(shape, (*flags, *place), strict=True):
            cells = cells * np.int32(number) + codes
        cells = cells * np.int32(len(GROUPS_5) + 1)
        counts = {}
        for scheme, chinese in product(SCHEMES, dict.fromkeys(chinese for chinese, _ in self.bases.values())):
            group = positions(with_ethnicity(records, scheme=scheme, chinese=chinese)["ethnicity_5"], GROUPS_5)
            at = cells + np.where(group < 0, np.int32(len(GROUPS_5)), group)
            found = np.bincount(at, numbers_of(records), np.prod(shape) * (len(GROUPS_5) + 1))
            found = found.astype(np.int32).reshape(*shape, len(GROUPS_5) + 1)  # no month may be left
            counts[SCHEMES[scheme], chinese] = found * self.published[..., None, None]
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
        for name, known in (CHOICES | {"census": tuple(self.bases), "ethnicity": self.accounts}).items():
            first = headline.get(name, known[0])
            options[name] = (first, *(option for option in known if option != first and matters.get(name, True)))
        return options

    def rows(self) -> Iterator[Combination]:
        """Every combination and group."""
        first = next(iter(self.bases)), self.options["ethnicity"][0]
        for options in product(*self.options.values()):
            choice = dict(zip(self.options, options, strict=True))
            chinese = self.bases[choice["census"]][0]
            strange = choice["ethnicity"] == "officer-defined" and chinese == "Other"
            if strange and (choice["census"], choice["ethnicity"]) != first:
                continue
            for group in GROUPS_5:
                if group != self.reference:
                    row = Combination(choice, group, (choice["ethnicity"], chinese), np.zeros(0))
                    yield row._replace(of_forces=self._of_forces(row))

    def _of_forces(self, row: Combination) -> np.ndarray:
        """Searches and exposure of the group and of the reference group by force, (4, forces)."""
        n, n_ref = self._pair(self._by_force(row.selected), row)
        years = self._exposure(row.choice["census"], row.choice["flagged_months"])
        return np.array([n, years[GROUPS_5.index(row.group)], n_ref, years[GROUPS_5.index(self.reference)]])

    def _pair(self, counts: np.ndarray, row: Combination) -> tuple[np.ndarray, np.ndarray]:
        """Searches of the group and of the reference group, of counts whose first axis is the group."""
        n, n_ref = counts[GROUPS_5.index(row.group)], counts[GROUPS_5.index(self.reference)]
        if row.choice["unknown"] == IN_GROUP:
            n = n + counts[-1]
        elif row.choice["unknown"] != LEFT_OUT:
            n_ref = n_ref + counts[-1]
        return n, n_ref

    def _used(self, flagged_months: str) -> np.ndarray:
        """The force-months that count, (forces, months)."""
        return self.published & ~(self.flagged & (flagged_months == LEFT_OUT))

    def _selected(self, selected: tuple[str, ...]) -> np.ndarray:
        """The searches of some filters and months, (groups, forces, months, weeks). selected : of a `Combination`."""
        *source, vehicle_only, section_60, repeats, flagged_months = selected
        counts = self.counts[tuple(source)]
        for option in (vehicle_only, section_60, repeats):  # each takes the first axis away
            counts = counts.sum(axis=0, dtype=counts.dtype) if option == "counted" else counts[0]
        return np.ascontiguousarray(np.moveaxis(counts * self._used(flagged_months)[..., None, None], -1, 0))

    def _totals(self, selected: tuple[str, ...]) -> np.ndarray:
        """The same of all months together, (groups, forces)."""
        return self._searches(selected).sum(axis=(2, 3))

    def _years(self, census: str, flagged_months: str) -> np.ndarray:
        """Exposure of every group, (groups, forces)."""
        used = self._used(flagged_months)
        return (self.people[census].T[:, :, None] * self.years_of_month * used).sum(axis=-1)

    def searches(self, rows: list[Combination]) -> tuple[list[np.ndarray], np.ndarray]:
        """The searches of some combinations by force, each counted once: in one force most are those of many others.

        Returns those of the group and of the reference group, [(counts, months, weeks), ...], and which of them each
        row has in each force, (rows, forces). Counts of ratios of another kind are others, whatever they are.
        """
        places, known, of = {}, {}, []
        for row in rows:
            key = (row.selected, row.choice["unknown"], row.group)
            if key not in known:
                pair = self._pair(self._searches(row.selected), row)
                texts = ((self.kinds[row.group], n.tobytes(), n_ref.tobytes()) for n, n_ref in zip(*pair, strict=True))
                known[key] = [places.setdefault(text, len(places)) for text in texts]
            of.append(known[key])
        shape = (len(places), len(self.months), -1)
        _, *pair = zip(*places, strict=True)
        counts = [np.frombuffer(b"".join(texts), dtype=np.int32).reshape(shape).astype(float) for texts in pair]
        return counts, np.array(of)

    def reason(self, row: Combination) -> str:
        """Why a ratio is not estimable, or ""."""
        _, e, n_ref, e_ref = row.of_forces.sum(axis=1)
        ethnicity, group = row.choice["ethnicity"], row.group
        if group in self.unused.get(ethnicity, ()):
            other = self.instead and group == INSTEAD
            what = {
                "officer": instead() if other else f"officers do not use {group}",
                "self": f"self-defined {group} is not used",
            }
            return f"not estimable: {what[_WHOSE[ethnicity]]}"
        if np.isnan(e + e_ref):
            return f"not estimable: the base has no residents of {group} or {self.reference} in some force"
        if e == 0 or e_ref == 0:
            return "not estimable: no residents, or no month that counts"
        return f"not estimable: the reference group {self.reference} has no search" if n_ref == 0 else ""


def _numbered(told: pd.DataFrame, flags: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers for the rows, the same where rows say the same, counted from 0; and for each number a row that has it.

    flags : the columns that say 0 or 1.
    """
    codes, names = zip(*(codes_of(told[name]) for name in told if name not in flags), strict=True)
    sizes = [*(len(own) + 1 for own in names), *(3 for _ in flags)]
    cell = combinations(len(told), [*codes, *(told[name].to_numpy() for name in flags)], sizes)
    row = np.full(int(np.prod(sizes)), -1)
    row[cell] = np.arange(len(told))
    number = np.cumsum(row >= 0, dtype=np.int32) - 1
    return number[cell], row[row >= 0]
