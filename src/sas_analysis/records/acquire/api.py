"""Fetch force-months from the publisher's API, and write them as the publisher's CSV files have them.

Documentation: https://data.police.uk/docs/. An unknown force or an unpublished month is answered with `[]`, and a
misspelt parameter with another month: so `/crimes-street-dates` says first who has published what, and the dates of
what comes are looked at.

| API | CSV |
|---|---|
| `outcome` text; "" or null | the text; blank |
| `outcome` false (older records: nothing found) | the name in `outcome_object`, or NOTHING_FOUND, that era's label |
| true, false, null of the other fields | True, False, blank |
| `location` {latitude, longitude} as text, or null | the two texts, or blank |

`/stops-force` has been seen with and without the records of no location; `/stops-no-location` is asked as well, and
each record counts as often as in that of the two answers that has it more often.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable

from sas_analysis.months import is_month
from sas_analysis.records.acquire.http import Client, FetchError
from sas_analysis.records.fields import required

BASE = "https://data.police.uk/api"
NOTHING_FOUND = "Nothing found - no further action"
RULE = "asked of the API"
_FIELDS = {  # in the order of the CSV's columns; the three that need more than a look are functions below
    "type": "text",
    "datetime": "text",
    "operation": "truth",
    "operation_name": "text",
    "latitude": "place",
    "longitude": "place",
    "gender": "text",
    "age_range": "text",
    "self_defined_ethnicity": "text",
    "officer_defined_ethnicity": "text",
    "legislation": "text",
    "object_of_search": "text",
    "outcome": "outcome",
    "outcome_linked_to_object_of_search": "truth",
    "removal_of_more_than_outer_clothing": "truth",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,15})?", re.ASCII)


def availability(client: Client, base: str = BASE) -> dict[str, set[str]]:
    """Which forces have published stop-and-search records of which month: {month: forces}."""
    url = f"{base.rstrip('/')}/crimes-street-dates"
    told = client.json(url)
    try:
        months = {entry["date"]: set(entry.get("stop-and-search") or ()) for entry in told}
        sound = months and all(map(is_month, months))
        sound = sound and all(isinstance(force, str) for forces in months.values() for force in forces)
    except (TypeError, KeyError, AttributeError):
        sound = False
    if not sound:
        raise FetchError(f"{url} did not answer with months and forces, as it used to; use --source archive")
    return months


def fetch_month(client: Client, force: str, month: str, base: str = BASE) -> bytes | None:
    """A force-month as a CSV file of the publisher's layout, sorted by time; None without any record.

    No record never means zero searches: the API says the same of what was not published. Raises FetchError.
    """
    answers = []
    for method in ("stops-force", "stops-no-location"):
        url = f"{base.rstrip('/')}/{method}"
        answers.append(rows(client.json(url, {"force": force, "date": month}), f"{url} {force} {month}"))
    together = Counter(answers[0]) | Counter(answers[1])
    if not together:
        return None
    _check_month(together, force, month)
    return as_csv(together.elements())


def as_csv(records: Iterable[tuple[str, ...]]) -> bytes:
    """Rows of text as a CSV file of the publisher's, in order of time."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(required(""))
    writer.writerows(sorted(records, key=lambda row: (row[1], row)))
    return text.getvalue().encode("utf-8")


def rows(told: object, where: str) -> list[tuple[str, ...]]:
    """Records of the API as rows of text, in the order of the CSV's columns.

    Raises FetchError naming the fields that are not as they should be, with the first record of each.
    """
    if not isinstance(told, list):
        raise FetchError(f"{where}: the API did not answer with a list of records")
    made, faults = [], {}
    for number, record in enumerate(told, start=1):
        cells = _cells(record) if isinstance(record, dict) else {"record": None}
        bad = [name for name, cell in cells.items() if cell is None]
        for name in bad:
            faults.setdefault(name, []).append(number)
        made.append(tuple(cells.values()))
    if faults:
        told = "; ".join(f"{name}: {len(of)} records, the first is {of[0]}" for name, of in faults.items())
        raise FetchError(f"{where}: values that the API's documentation does not know ({told}); use --source archive")
    return made


def _cells(record: dict) -> dict[str, str | None]:
    """The cells of a record; None where a value is not of the kind it should be."""
    cells = {name: _READERS[kind](record, name) for name, kind in _FIELDS.items()}
    cells["datetime"] = cells["datetime"] if _TIME.fullmatch(cells["datetime"] or "") else None
    return cells


def _text(record: dict, name: str) -> str | None:
    value = record.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) and _is_plain(value) else None


def _is_plain(text: str) -> bool:
    """Whether a text can stand in a line of a file: no control characters, no half of a character."""
    return text.isprintable()


def _truth(record: dict, name: str) -> str | None:
    value = record.get(name)
    return {None: "", "": "", True: "True", False: "False"}.get(value) if _is_truth(value) else None


def _is_truth(value: object) -> bool:
    return value is None or value == "" or isinstance(value, bool)


def _place(record: dict, name: str) -> str | None:
    location = record.get("location")
    if location is None:
        return ""
    value = location.get(name) if isinstance(location, dict) else ()
    if value is None or value == "":
        return ""
    return value if isinstance(value, str) and _DEGREES.fullmatch(value) else None


def _outcome(record: dict, name: str) -> str | None:
    value, known = record.get(name), record.get("outcome_object")
    meant = _text(known, "name") if isinstance(known, dict) else ""
    if value is False:
        return NOTHING_FOUND if meant == "" else meant
    text = _text(record, name)
    return meant if text == "" else text


_READERS = {"text": _text, "truth": _truth, "place": _place, "outcome": _outcome}


def _check_month(records: Counter, force: str, month: str) -> None:
    """Refuse an answer for another month. Times are UTC and months local: an hour may be of the month before."""
    inside = sum(count for row, count in records.items() if row[1].startswith(month))
    if 2 * inside < records.total():
        found = Counter(row[1][:7] for row in records.elements()).most_common(1)[0][0]
        raise FetchError(f"the API was asked for {force} {month} and answered with {found}; use --source archive")
