"""Which records are analysed: every exclusion with its reason and its count."""

import numpy as np
import pandas as pd

from sas_analysis.codes import among, chosen, labels_that_occur
from sas_analysis.errors import DataError
from sas_analysis.handed_out import table_property
from sas_analysis.months import months_in_words
from sas_analysis.records.fields import labelled
from sas_analysis.records.repeats import is_repeat
from sas_analysis.rounding import rounded

VEHICLE_ONLY = "Vehicle search"
_UNKNOWN = "Unknown"  # of the columns of five groups
NO_PLACE = "no location: cannot be placed"


class Selection:
    """Records still in the analysis, and the flow of exclusions that led to them.

    records : the clean table, or a part of it. `flow` is a table: step | dropped | left. The records that are left are
    taken once, when they are first asked for: an exclusion itself moves none.
    """

    def __init__(self, records: pd.DataFrame, step: str = "records published"):
        self.all = records
        self.kept = np.ones(len(records), dtype=bool)
        self._steps = [(step, 0, len(records))]

    @table_property
    def records(self) -> pd.DataFrame:
        """The records that are left."""
        return self.of(self.all)

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows that are left of a table with a row for each record that the selection began with."""
        return table if self.kept.all() else chosen(table, self.kept)

    @property
    def left(self) -> int:
        """How many records are left."""
        return self._steps[-1][2]

    def drop(self, where: pd.Series, *, reason: str) -> "Selection":
        """A selection without the records where `where` is True; missing counts as False, and the record stays.

        where : of these records, or of all that the selection began with.
        """
        out = self._in_all(where) & self.kept
        selection = Selection(self.all)
        selection.kept = self.kept & ~out
        dropped = int(np.count_nonzero(out))
        selection._steps = [*self._steps, (reason, dropped, self.left - dropped)]
        return selection

    def _in_all(self, where: pd.Series) -> np.ndarray:
        """Truth values of some records, as an array of all that the selection began with."""
        if where.index.equals(self.all.index):
            return where.fillna(False).to_numpy(dtype=bool)
        out = np.zeros(len(self.all), dtype=bool)
        out[self.kept] = where.reindex(self.all.index[self.kept]).fillna(False).astype(bool)
        return out

    @property
    def flow(self) -> pd.DataFrame:
        """The first table of every report: step | dropped | left."""
        flow = pd.DataFrame(self._steps, columns=["step", "dropped", "left"])
        return flow.assign(**{name: rounded(flow[name], self.all) for name in ("dropped", "left")})


def counted_columns(records: pd.DataFrame) -> list[str]:
    """The columns of a clean table that counts rest on: all but what the publisher wrote, where, places and times.

    They take a third of the memory of all.
    """
    written = {f"{field.name}_raw" for field in labelled()} | {"date_raw", "policing_operation"}
    where = {"source_file", "source_row", "source_sha256", "latitude", "longitude", "searched_at", "date_in_month"}
    return [name for name in records.columns if name not in written | where]


def person_searches(records: pd.DataFrame) -> Selection:
    """Searches of persons, as in the official series: records of type "Vehicle search" are left out.

    A record whose type is blank stays: nothing says that nobody was searched.
    """
    return Selection(records).drop(records["type"].eq(VEHICLE_ONLY), reason="vehicle-only search: nobody was searched")


def narrow(
    selection: Selection, *, area=None, power: str = "all", repeats: str = "keep", may_be_empty: bool = False
) -> Selection:
    """Apply the choices a report offers.

    area : `study.area`: only searches placed in it, in two steps; None: the whole forces.
    may_be_empty : whether no search need be left, as where no month counts.
    power : "all", "reasonable grounds" or "section 60". repeats : "keep", or "drop" identical rows but the first.
    Raises DataError if nothing is left; but where so few records have a location that nobody can say who is in the area
    (`area.problem`), none may be left: there is something to report, and no figure can be estimated.
    """
    _check("power", power, ("all", "reasonable grounds", "section 60"))
    _check("repeats", repeats, ("keep", "drop"))
    if area is not None:
        selection = selection.drop(area.unlocated(selection.records), reason=NO_PLACE)
        selection = selection.drop(~area.inside(selection.records), reason=f"located outside {area.name}")
        if not selection.left and (area.problem or may_be_empty):
            return selection
    if power != "all":
        other = _is_other_power(selection.all["power"], power)
        selection = selection.drop(other, reason=f"not a {power} search, or legislation not recorded")
    if repeats == "drop":
        again = is_repeat(selection.records)  # of those left, for what is dropped is nothing that could be repeated
        selection = selection.drop(again, reason="identical to an earlier row of its file")
    if not selection.left and not may_be_empty:
        flow = "; ".join(
            f"{step}: {dropped:,} dropped, {left:,} left"
            for step, dropped, left in selection.flow.itertuples(index=False)
        )
        polices = f"; {area.name} must be policed by the force asked for" if area else ""
        raise DataError(
            f"no search is left to analyse ({flow}); choose another period, or other -p borough, power or "
            f"repeats{polices}"
        )
    return selection


def leave_months(
    selection: Selection, verdicts: pd.DataFrame, *, flagged_months: str = "exclude", unusable: str = "exclude"
) -> Selection:
    """The searches that estimates rest on: those of months that the audit does not flag and whose fields may be used.

    verdicts : as `Study.verdicts`. flagged_months, unusable : "exclude", or "include" to keep such months. Where none
    is there the flow has no step for it; where all go, no search is left, and nothing can be estimated.
    """
    steps = {
        "flagged": (flagged_months, "the audit flags"),
        "unusable": (unusable, "in which a field may not be used"),
    }
    for name, choice in (("flagged_months", flagged_months), ("unusable", unusable)):
        _check(name, choice, ("exclude", "include"))
    several = len(labels_that_occur(selection.all["force"])) > 1
    for verdict, (choice, why) in steps.items():
        out = verdicts[verdicts["verdict"].eq(verdict)]
        if choice == "exclude" and len(out):
            selection = _without(selection, out, why, several=several)
    return selection


def _without(selection: Selection, months: pd.DataFrame, why: str, *, several: bool) -> Selection:
    """A selection without the records of some force-months, which the flow names with their rules."""
    out = pd.Series(among(selection.all, months), index=selection.all.index)
    named = [f"{row.force} {row.month}: {row.rules}" for row in months.itertuples()]
    more = f" and {len(named) - 4} more" if len(named) > 4 else ""
    reason = f"in {months_in_words(len(named), several=several)} {why} ({'; '.join(named[:4])}{more})"
    return selection.drop(out, reason=reason)


def _is_other_power(powers: pd.Series, power: str) -> pd.Series:
    """Where the power is another one, or none."""
    names = powers.astype("category").cat.categories.astype("str")
    return ~powers.isin([name for name in names if name.casefold() == power.casefold()])


def with_ethnicity(records: pd.DataFrame, *, scheme: str = "self", chinese: str = "Asian") -> pd.DataFrame:
    """Records whose `ethnicity_5` is that of the scheme asked for; the other columns are as they were.

    scheme : "self" (self-defined), "officer" (officer-defined), or "combined": self-defined where stated, else
    officer-defined, unknown where both are. It is a scheme of its own name; the other two are never merged.
    chinese : the group self-defined Chinese is counted in, "Asian", or "Other" as the official series had it to
    2019/20. Officers' five groups do not name Chinese.
    """
    _check("scheme", scheme, ("self", "officer", "combined"))
    _check("chinese", chinese, ("Asian", "Other"))
    groups = records["ethnicity_5" if chinese == "Asian" else "ethnicity_5_2001"]
    if scheme != "self":
        seen = records["officer_ethnicity_5"]
        groups = seen if scheme == "officer" else groups.where(groups.ne(_UNKNOWN), seen)
    return records.assign(ethnicity_5=groups)


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is one of {', '.join(map(repr, allowed))}, not {value!r}")
