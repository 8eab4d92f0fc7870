"""The ratio under every defensible combination of choices, in one table: how far it depends on what was chosen.

The usual attack on a ratio is that it depends on choices. This shows by how much: every combination of the choices
below, none left out because of its result. A choice that changes nothing in the records at hand (no month is flagged,
one force only) is not varied, so that the same number is not counted twice.
"""

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import pandas as pd

from sas_analysis.measures import varying
from sas_analysis.measures.coverage import FLAGGED, PUBLISHED
from sas_analysis.measures.intervals import interval_name
from sas_analysis.measures.ladder import area_rungs, rungs
from sas_analysis.measures.shares import UNKNOWN_LABELS, require_columns
from sas_analysis.measures.table import measures_table
from sas_analysis.records.select import VEHICLE_ONLY, Selection, is_repeat, narrow, with_ethnicity
from sas_analysis.reference.denominators import denominator
from sas_analysis.reference.population import GROUPS_5

# Each choice with its options; the first is the one of the headline.
CHOICES = {
    "census": (),  # those given
    "ethnicity": ("self-defined", "officer-defined", "combined"),
    "unknown": ("left out", "all in the reference group", "all in the group"),
    "vehicle_only": ("left out", "counted"),
    "section_60": ("counted", "left out"),
    "flagged_months": ("left out", "counted"),
    "repeats": ("counted", "left out"),
    "forces": ("added together", "within force"),
}
_SCHEMES = {"self-defined": "self", "officer-defined": "officer", "combined": "combined"}
_FILTERS = ("vehicle_only", "section_60", "repeats")  # choices of which records count


def multiverse(records, bases: Mapping[str, tuple[str, pd.DataFrame]], *, months, reference="White", level=0.95):
    """The disproportionality ratio of every group under every combination of choices.

    records : clean table of all published months. bases : name -> (where Chinese is counted, `force | ethnicity_5 |
    residents`), the headline's first; forces without residents are left out. months : `force | month | flagged`, the
    published months. Returns the measures table with the choices that were varied and `ethnicity_5` before it, measure
    `disproportionality_ratio`, the headline's combination first. Limits as the headline's rule gives them, or none.
    Raises ValueError if a base has no residents of the reference group.
    """
    require_columns(records, ["force", "month", "type", "power"])
    cube = _Cube(records, bases, months, reference)
    rows, arrays = [], []
    for choice, monthly in cube.scenarios():
        for group, pair in monthly:
            rows.append(choice | {"ethnicity_5": group})
            arrays.append(pair)
    table = pd.DataFrame(rows, columns=[*cube.varied, "ethnicity_5"])
    return _measured(table, np.array(arrays, dtype=float), level)


def multiverse_of_study(study, grid, *, user=None, reference="White", level=0.95):
    """`multiverse` of a study on every base of all ages (`ladder.rungs`); no row where no residents can be divided by.

    study : `study.Study`. grid : `coverage.coverage_grid` with the audit's verdicts. user : `read_residents`, or None.
    """
    searched = grid[grid["status"].isin([PUBLISHED, FLAGGED])]
    base = denominator(searched, area=study.area) if len(searched) else None
    if base is None or base.problem:
        return _measured(pd.DataFrame(columns=["ethnicity_5"]), np.empty((0, 4, 1)), level)
    found = (
        area_rungs(searched, study.area)
        if study.area
        else rungs(base.forces, searched["month"].min(), searched["month"].max(), user=user)
    )
    bases = {f"Census {base.census_year}": None} | bases_of(found)  # the headline's base first
    months = searched.assign(flagged=searched["status"].eq(FLAGGED))
    records = narrow(Selection(study.records), area=study.area).records
    return multiverse(records, bases, months=months, reference=reference, level=level)


class _Cube:
    """The searches counted by all choices at once; a scenario is a sum over some of it."""

    def __init__(self, records, bases, months, reference):
        self.reference, self.bases = reference, bases
        self.forces = [f for f in pd.unique(months["force"].astype("str")) if _has_residents(f, bases)]
        months = months[months["force"].astype("str").isin(self.forces)]
        self.months = sorted(months["month"].astype("str").unique())
        self.published, self.flagged = (self._grid(months, column) for column in ("published", "flagged"))
        self.records = records[records["force"].isin(self.forces)]
        self.counts = {key: self._count(*key) for key in self._schemes()}
        self.options = self._options()

    @property
    def varied(self) -> list[str]:
        """The choices that change anything here, in order."""
        return [name for name, options in self.options.items() if len(options) > 1]

    def _grid(self, months, what) -> np.ndarray:
        """Force-months as a truth table (forces, months): those published, or those flagged."""
        grid = np.zeros((len(self.forces), len(self.months)), dtype=bool)
        chosen = months if what == "published" else months[months["flagged"].astype(bool)]
        at = (_codes(chosen["force"], self.forces), _codes(chosen["month"], self.months))
        grid[at] = True
        return grid

    def _schemes(self) -> list[tuple[str, str]]:
        places = dict.fromkeys(chinese for chinese, _ in self.bases.values())
        return [(scheme, chinese) for scheme in CHOICES["ethnicity"] for chinese in places]

    def _count(self, scheme: str, chinese: str) -> np.ndarray:
        """Counts (vehicle-only, section 60, repeat, force, month, group); the last group is the unknown."""
        named = with_ethnicity(self.records, scheme=_SCHEMES[scheme], chinese=chinese)["ethnicity_5"].astype("str")
        group = _codes(named.where(~named.isin(UNKNOWN_LABELS), ""), GROUPS_5)
        group[group < 0] = len(GROUPS_5)
        flags = [self.records["type"].eq(VEHICLE_ONLY), self.records["power"].eq("Section 60"), self._repeats]
        shape = (2, 2, 2, len(self.forces), len(self.months), len(GROUPS_5) + 1)
        place = (_codes(self.records["force"], self.forces), _codes(self.records["month"], self.months), group)
        cells = np.ravel_multi_index((*(np.asarray(flag, dtype=int) for flag in flags), *place), shape)
        return np.bincount(cells, minlength=np.prod(shape)).reshape(shape)

    @property
    def _repeats(self) -> pd.Series:
        if not hasattr(self, "_is_repeat"):
            self._is_repeat = is_repeat(self.records)
        return self._is_repeat

    def _options(self) -> dict[str, tuple[str, ...]]:
        """Each choice with the options that differ in these records."""
        counts = next(iter(self.counts.values()))
        matters = {
            "vehicle_only": counts[1].any(),
            "section_60": counts[:, 1].any(),
            "repeats": counts[:, :, 1].any(),
            "flagged_months": (self.flagged & self.published).any() and (self.published & ~self.flagged).any(),
            "forces": len(self.forces) > 1,
            "unknown": any(array[..., -1].any() for array in self.counts.values()),
        }
        given = CHOICES | {"census": tuple(self.bases)}
        return {name: options if matters.get(name, True) else options[:1] for name, options in given.items()}

    def scenarios(self) -> Iterator[tuple[dict, Iterator]]:
        """Every combination: its choices, and for each group the monthly arrays of the pair."""
        for options in product(*self.options.values()):
            choice = dict(zip(self.options, options, strict=True))
            chinese, residents = self.bases[choice["census"]]
            if choice["ethnicity"] == "officer-defined" and chinese == "Other":
                continue  # officers' groups do not name Chinese: their Other is not the census's
            counts = self._searches(self.counts[choice["ethnicity"], chinese], choice)
            years = self._years(residents, choice)
            shown = {name: choice[name] for name in self.varied}
            yield shown, self._pairs(counts, years, choice)

    def _searches(self, counts: np.ndarray, choice: dict) -> np.ndarray:
        """Counts (force, month, group) of the records that a combination counts."""
        for name in _FILTERS:  # each takes the first axis away
            everything = choice[name] == "counted"
            counts = counts.sum(axis=0) if everything else counts[0]
        return counts * self._used(choice)[..., None]

    def _used(self, choice: dict) -> np.ndarray:
        left_out = self.flagged if choice["flagged_months"] == "left out" else np.zeros_like(self.flagged)
        return self.published & ~left_out

    def _years(self, residents: pd.DataFrame, choice: dict) -> np.ndarray:
        """Resident-years (force, month, group)."""
        wide = residents.pivot_table(index="force", columns="ethnicity_5", values="residents", aggfunc="sum")
        people = wide.reindex(index=self.forces, columns=list(GROUPS_5)).to_numpy(dtype=float)
        return people[:, None, :] / 12 * self._used(choice)[..., None]

    def _pairs(self, counts: np.ndarray, years: np.ndarray, choice: dict) -> Iterator[tuple[str, np.ndarray]]:
        at = GROUPS_5.index(self.reference)
        unknown = counts[..., -1]
        for number, group in enumerate(GROUPS_5):
            if number == at:
                continue
            n, n_ref = counts[..., number], counts[..., at]
            n = n + unknown if choice["unknown"] == "all in the group" else n
            n_ref = n_ref + unknown if choice["unknown"] == "all in the reference group" else n_ref
            pair = (n, years[..., number], n_ref, years[..., at])
            yield (
                group,
                _within(*pair) if choice["forces"] == "within force" else np.stack([a.sum(axis=0) for a in pair]),
            )


def _within(n, years, n_ref, years_ref) -> np.ndarray:
    """The monthly parts of Mantel and Haenszel's ratio over forces: their sums over months divide to the ratio.

    The two exposures are the same, so that they cancel: what a pair of monthly counts is elsewhere.
    """
    total, total_ref = years.sum(axis=1, keepdims=True), years_ref.sum(axis=1, keepdims=True)
    both = total + total_ref
    published = (years_ref > 0).sum(axis=0).astype(float)
    return np.stack([(n * total_ref / both).sum(axis=0), published, (n_ref * total / both).sum(axis=0), published])


def _measured(table: pd.DataFrame, pairs: np.ndarray, level: float) -> pd.DataFrame:
    """The measures table of monthly pairs (rows, 4, months)."""
    n, years, n_ref, years_ref = (pairs[:, part] for part in range(4))
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = n_ref.sum(axis=1) / years_ref.sum(axis=1) * years.sum(axis=1)
    lower, upper, names = _limits(n, years, n_ref, years_ref, level)
    return measures_table(
        table,
        measure="disproportionality_ratio",
        numerator=n.sum(axis=1),
        denominator=expected,
        limits=(lower, upper),
        interval=names,
    )


def _limits(n, years, n_ref, years_ref, level: float):
    """Limits by the headline's rule, and their name; missing where it offers none."""
    monthly = {"searches": n, "exposure": years, "reference_searches": n_ref, "reference_exposure": years_ref}
    lower, upper, df, method = varying.wider(varying.RATIO, level=level, **monthly)
    shown = np.all(list(varying.offered(**monthly).values()), axis=0) & np.isfinite(lower) & np.isfinite(upper)
    names = [
        interval_name(f"{m}, t on {d:.0f} df", level) if s else "" for m, d, s in zip(method, df, shown, strict=True)
    ]
    return np.where(shown, lower, np.nan), np.where(shown, upper, np.nan), names


def _has_residents(force: str, bases: Mapping) -> bool:
    return all(residents["force"].eq(force).any() for _, residents in bases.values())


def _codes(values: pd.Series, labels) -> np.ndarray:
    return pd.Index(labels).get_indexer(values.astype("str"))


def bases_of(rungs) -> dict[str, tuple[str, pd.DataFrame]]:
    """The bases of all ages among `ladder.rungs`, as `multiverse` takes them."""
    ages = [rung for rung in rungs if not (rung.ages or rung.gender)]
    return {r.base: ("Other" if r.column == "ethnicity_5_2001" else "Asian", r.residents) for r in ages}


def extremes(table: pd.DataFrame) -> pd.DataFrame:
    """The range over all combinations of each group: `ethnicity_5 | combinations | headline | lowest | median | highest
    | share_above_1`; combinations without an estimate are left out of all but the first count."""
    rows = []
    for group, found in table.groupby("ethnicity_5", sort=False):
        values = found["estimate"].dropna()
        rows.append(
            {
                "ethnicity_5": group,
                "combinations": len(found),
                "headline": found["estimate"].iloc[0],
                "lowest": values.min(),
                "median": values.median(),
                "highest": values.max(),
                "share_above_1": (values > 1).mean(),
            }
        )
    return pd.DataFrame(rows)
