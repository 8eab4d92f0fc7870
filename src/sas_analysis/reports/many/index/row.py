"""Reports on the same place and months as one row of the index, and the rows that one picture may set side by side."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sas_analysis.errors import number_of
from sas_analysis.months import months_between
from sas_analysis.present.wording import span
from sas_analysis.reference import outlines
from sas_analysis.reference.forces import in_words
from sas_analysis.reports.many.index.entry import LIGHTS, Entry

FORCE, BOROUGH, TOGETHER = "force", "borough", "together"
PLACES = {FORCE: "forces", BOROUGH: "boroughs", TOGETHER: "several forces together"}
REPORTS = {  # of this package, in the order of their notebooks, each with its word in a row
    "data_quality": "Quality",
    "search_grounds": "Grounds",
    "outcomes": "Outcomes",
    "disproportionality": "Disparity",
    "places": "Places",
    "national": "All forces",
}
FEWEST = 2  # forces with a figure, below which there is no picture
MOST = 3  # pictures of forces, one a period; older ones are in the rows alone
_SUFFIX = re.compile(r" (Police|Constabulary)$")
_WHOLE = {"British Transport Police"}  # names that mean nothing without it


@dataclass(frozen=True)
class Row:
    """The reports on one place and the same months, by name in the order of `REPORTS`.

    id : of the row in the page. place : one of PLACES.
    """

    id: str
    place: str
    reports: dict[str, Entry]

    @property
    def first(self) -> Entry:
        """A report that stands for all in what they share: place, months, label."""
        return next(iter(self.reports.values()))

    @property
    def name(self) -> str:
        """The place in full: the official name of a force, a borough with its force."""
        forces = in_words(self.first.forces)
        return f"{self.first.borough}, {forces}" if self.first.borough else forces

    @property
    def short(self) -> str:
        """The place as a map or a chart names it."""
        name = self.first.borough or in_words(self.first.forces)
        return name if name in _WHOLE else _SUFFIX.sub("", name)

    @property
    def area(self) -> str:
        """Its key in the outlines: a force's slug, an authority's code; "" for none."""
        if self.place == BOROUGH:
            return outlines.code_of(self.first.borough) or ""
        return self.first.forces[0] if self.place == FORCE else ""

    @property
    def period(self) -> tuple[str, str]:
        """First and last month."""
        return self.first.start, self.first.end

    @property
    def official(self) -> dict:
        """The gravest light of official statistics in its reports."""
        order = list(LIGHTS)
        told = [one.official for one in self.reports.values() if one.there] or [
            {"light": "none", "words": "", "fact": ""}
        ]
        return min(told, key=lambda light: order.index(light["light"]))

    @property
    def months(self) -> dict[str, int]:
        """Records by month within its months."""
        files = max((one.months for one in self.reports.values()), key=len)
        return {month: files[month] for month in months_between(*self.period) if month in files}

    @property
    def records(self) -> int:
        """Records its reports rest on."""
        return max(one.records for one in self.reports.values())

    @property
    def synthetic(self) -> bool:
        """Whether its records are simulated."""
        return any(one.synthetic for one in self.reports.values())

    @property
    def there(self) -> bool:
        """Whether there is any report to open."""
        return any(one.there for one in self.reports.values())

    @property
    def unseen(self) -> int:
        """Labels that no crosswalk has, of the report with most of them."""
        return max(one.unseen for one in self.reports.values())

    @property
    def failures(self) -> list[Entry]:
        """Its reports whose last run failed."""
        return [one for one in self.reports.values() if one.failure]

    def card(self, report: str, id: str) -> dict | None:
        """A headline figure of one of its reports; None where it has none."""
        entry = self.reports.get(report)
        return entry.cards.get(id) if entry and entry.there else None


def rows_of(entries: Iterable[Entry]) -> list[Row]:
    """The rows of some reports: newest months first, then by place and name."""
    found: dict[tuple, dict[str, Entry]] = {}
    for entry in entries:
        key = (entry.start, entry.end, entry.forces, entry.borough, entry.label, entry.synthetic)
        found.setdefault(key, {}).setdefault(entry.report, entry)
    order = [*REPORTS]
    rank = lambda name: (order.index(name) if name in order else len(order), name)  # noqa: E731
    groups = [{name: reports[name] for name in sorted(reports, key=rank)} for reports in found.values()]
    rows = [Row("", _place(next(iter(group.values()))), group) for group in groups]
    rows.sort(key=lambda row: (row.name, row.first.label))
    rows.sort(key=lambda row: list(PLACES).index(row.place))
    rows.sort(key=lambda row: (row.period[1], row.period[0]), reverse=True)
    return _named(rows)


def _place(entry: Entry) -> str:
    return BOROUGH if entry.borough else FORCE if len(entry.forces) == 1 else TOGETHER


def _named(rows: list[Row]) -> list[Row]:
    """Rows with an id each: that of its force, so that the newest has the shortest."""
    seen: Counter[str] = Counter()
    named = []
    for row in rows:
        text = "-".join(["f", row.first.forces[0] if len(row.first.forces) == 1 else "several", row.first.borough])
        name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        seen[name] += 1
        named.append(Row(f"{name}-{seen[name]}" if seen[name] > 1 else name, row.place, row.reports))
    return named


# --- what one picture shows ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """Rows that may stand side by side: one a place, the same kind of place, as many months, the same choices."""

    place: str
    rows: tuple[Row, ...]

    @property
    def synthetic(self) -> bool:
        """Whether the records are simulated."""
        return self.rows[0].synthetic

    @property
    def label(self) -> str:
        """What tells these reports from others on the same months; "" for nothing."""
        return self.rows[0].first.label

    @property
    def months(self) -> str:
        """Their months in words."""
        periods = {row.period for row in self.rows}
        if len(periods) == 1:
            return span(*next(iter(periods)))
        number = len(months_between(*self.rows[0].period))
        each = number_of(number, "month")
        return f"{each} a force, within {span(min(one for one, _ in periods), max(one for _, one in periods))}"


def sides_of(rows: list[Row]) -> list[Side]:
    """What pictures show: the newest of each force, at most `MOST` times, and then the newest of each borough.

    Of several kinds of months or choices the commonest is first; real records go before simulated ones. Each row is in
    one picture at most; a picture has `FEWEST` places at least.
    """
    found: list[Side] = []
    for place, most in ((FORCE, MOST), (BOROUGH, 1)):
        left = [row for row in rows if row.place == place and any(one.cards for one in row.reports.values())]
        while left and sum(side.place == place for side in found) < most:
            chosen = _alike(left)
            if len(chosen) < FEWEST:
                break
            found.append(Side(place, tuple(sorted(chosen, key=lambda row: row.name))))
            left = [row for row in left if row not in chosen]
    return found


def _alike(rows: list[Row]) -> list[Row]:
    """The rows of the commonest choices and number of months, the newest of each place. `rows` is newest first."""
    of: dict[tuple, dict[tuple, Row]] = {}
    for row in rows:
        kind = (row.synthetic, row.first.label, len(months_between(*row.period)))
        of.setdefault(kind, {}).setdefault((row.first.forces, row.first.borough), row)
    best = max(of, key=lambda kind: (not kind[0], len(of[kind]), kind[1] == "", kind[2]))
    return list(of[best].values())
