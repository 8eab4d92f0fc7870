"""The figures that the index sets side by side, from the cards of the reports, and which of them may be ranked."""

from collections.abc import Iterable
from dataclasses import dataclass

from sas_analysis.present import cards, prose
from sas_analysis.present.answers import NO_OUTCOMES
from sas_analysis.present.blocks import BAD
from sas_analysis.present.rowcharts import marks
from sas_analysis.reports.many.index.entry import Entry
from sas_analysis.reports.many.index.row import Row

RATIO, SHARE = "disproportionality_ratio", "share_of_searches"


@dataclass(frozen=True)
class Measure:
    """A figure that reports have as a card.

    Parameters
    ----------
    key : str
        Its name in the page.
    what, title, sub : str
        As it is chosen, as its chart is headed, and the line below that.
    report, card : str
        Where it is found.
    measure : str
        "disproportionality_ratio" or a share, for its digits.
    steps : tuple of float
        The four values that part the five steps of the map.
    about_records : bool
        Whether it says how good the records are: then no force is left out of the order.
    """

    key: str
    what: str
    title: str
    sub: str
    report: str
    card: str
    measure: str
    steps: tuple[float, float, float, float]
    about_records: bool = False

    @property
    def ratio(self) -> bool:
        """Whether it is a ratio, on a scale that doubles."""
        return self.measure == RATIO

    def write(self, value: float) -> str:
        """A value with the digits of its card."""
        return prose.headline(value, self.measure)[0]

    def tick(self, value: float) -> str:
        """A step of the map."""
        return f"{value:g}" if self.ratio else marks.per_cent(value)

    def scale(self, values: Iterable[float]) -> marks.Scale:
        """The axis of its chart."""
        return marks.doubling(values) if self.ratio else marks.from_zero(values, marks.per_cent)


MEASURES = (
    Measure(
        "black", "Black to White ratio", "Searches of Black people per resident, relative to White people",
        "1: as often as White residents; each step doubles.", "disproportionality", "ratio_black", RATIO,
        (2.0, 3.0, 4.0, 6.0),
    ),
    Measure(
        "asian", "Asian to White ratio", "Searches of Asian people per resident, relative to White people",
        "1: as often as White residents; each step doubles.", "disproportionality", "ratio_asian", RATIO,
        (0.8, 1.2, 1.6, 2.2),
    ),
    Measure(
        "positive", "Positive outcomes", "Searches that ended in an arrest or another positive outcome",
        "Share of the searches whose outcome is known.", "outcomes", "positive", SHARE, (0.2, 0.24, 0.28, 0.32),
    ),
    Measure(
        "unknown", "Ethnicity unknown", "Searches whose ethnicity is unknown", "Share of all searches of people.",
        "data_quality", "ethnicity_unknown", SHARE, (0.1, 0.15, 0.2, 0.3), about_records=True,
    ),
)  # fmt: skip
NO_REPORT = "no report"
_REFUSED = ("No ratio can be given", "No rate and no ratio can be given", NO_OUTCOMES)  # how an answer begins that does
WHY = {  # why a figure is shown and not ranked -> in words, of forces
    cards.NOT_CONFIRMED: "official statistics contradict the records",
    cards.TOO_MANY_UNKNOWN: "too many values are unknown",
    cards.FEW: "too few searches",
    "range": "only a range can be given",  # of reports by earlier versions
}


@dataclass(frozen=True)
class Figure:
    """One measure of one row.

    value, lower, upper : None where there is none. text, interval : in words, a value that is no headline in brackets.
    why : why it is not ranked, "" where it is; where there is no value, why not.
    """

    row: Row
    value: float | None
    lower: float | None
    upper: float | None
    text: str
    interval: str
    why: str

    @property
    def ranked(self) -> bool:
        """Whether it has a place in the order."""
        return self.value is not None and not self.why

    @property
    def shown(self) -> bool:
        """Whether there is anything to draw."""
        return self.value is not None or self.lower is not None


def figure(row: Row, measure: Measure) -> Figure:
    """A measure of a row, and whether it may be ranked: what its card marks is not, nor what official statistics
    contradict."""
    card = row.card(measure.report, measure.card)
    if card is None:
        return Figure(row, None, None, None, "–", "", _why_none(row.reports.get(measure.report)))
    if measure.ratio and not card["what"].endswith("relative to White"):
        return Figure(row, None, None, None, "–", "", "another reference group")
    text = card["text"].strip("()").removesuffix(" times")
    if card["value"] is None and card["lower"] is None:
        return Figure(row, None, None, None, "–", "", card["base"] or "no figure")
    contradicted = row.official["light"] == BAD and not measure.about_records
    why = card["mark"] or (cards.NOT_CONFIRMED if contradicted else "")
    return Figure(
        row, card["value"], card["lower"], card["upper"], f"({text})" if why else text,
        card["interval"].removeprefix("from "), why,
    )  # fmt: skip


def _why_none(entry: Entry | None) -> str:
    """Why a report has no such figure, as far as its answer says."""
    if entry is None or not entry.there:
        return NO_REPORT
    begins, _, why = entry.answer.partition(": ")
    return why.rstrip(".") if why and begins.startswith(_REFUSED) else "the report has no such figure"


def ordered(figures: Iterable[Figure]) -> list[Figure]:
    """Figures in order: the ranked from the highest on, then the others."""
    high = lambda one: one.value if one.value is not None else one.upper  # noqa: E731
    drawn = [one for one in figures if one.shown]
    return sorted(drawn, key=lambda one: (not one.ranked, -(high(one) or 0.0), one.row.name))
