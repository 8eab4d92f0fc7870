"""Rules on a field's values against the force's own months: one for all, one gone; vehicles as persons."""

import numpy as np

from sas_analysis.codes import positions
from sas_analysis.records import labels
from sas_analysis.records.audit import limits
from sas_analysis.records.audit.fields import holds, persons
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months, median, of

COMMON = 0.01  # a label of a hundredth of the neighbours' records vanishes by chance where a month has few records
ONE, UNLIKE_ONE = 0.97, 0.85  # share of one label where the months around have other labels too
# Records that say nothing of a person, of the searches of persons: those of vehicles alone under another type.
NOBODY, OF_VEHICLES, TIMES = 0.01, 0.25, 3.0
_LOST = ("outcome", "object_group", "gender", "age_range", "ethnicity_5", "officer_ethnicity_5", "power", "type")
# Field -> the one a reader knows it by.
_ONE = {"type": "type", "gender": "gender", "age_range": "age_range", "ethnicity_5": "self_defined_ethnicity"}
_ONE |= {"legislation": "legislation", "outcome": "outcome"}
_UNKNOWN = (labels.NOT_RECORDED, labels.UNRECOGNISED, labels.UNKNOWN, "Not stated")


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    person = persons(months.records)
    rows = []
    for field in dict.fromkeys([*_LOST, *_ONE]):
        among = person if field in ("gender", "age_range", "ethnicity_5", "officer_ethnicity_5") else None
        names, counts = _counts(months, field, among)
        if field in _LOST:
            rows += _lost(months, field, names, counts)
        if field in _ONE:
            rows += _one(months, field, names, counts)
    return rows + _vehicles(months, person)


def _counts(months: Months, field: str, among) -> tuple[list[str], np.ndarray]:
    """Known labels of a field and how many records of each month have them."""
    column = months.records[field]
    names = [name for name in column.cat.categories if name not in _UNKNOWN]
    return names, months.table(positions(column, names), len(names), among)


def _lost(months: Months, field: str, names, counts) -> list[dict]:
    whole, rows = counts.sum(axis=1), []
    for name, part in zip(names, counts.T, strict=True):
        around = of(limits.share(part, whole), months.neighbours)
        # The nearest months must hold it too: a label that a force gave up is not lost.
        usual = np.minimum(median(around), median(around[:, :4]))
        gone = (part == 0) & (usual >= COMMON)
        rows += found(
            months,
            "label lost",
            gone & (limits.few_by_neighbours(months, part, whole, gone) < limits.CHANCE),
            value=0,
            threshold=COMMON,
            evidence=lambda i, name=name, usual=usual: (
                f"{name}: none of {whole[i]:,} records; {usual[i]:.1%} in the months around"
            ),
            field=field,
        )
    return rows


def _one(months: Months, field: str, names, counts) -> list[dict]:
    whole, top, which = counts.sum(axis=1), counts.max(axis=1, initial=0), counts.argmax(axis=1)
    shares = counts / np.maximum(whole, 1)[:, None]
    around = np.where(months.neighbours >= 0, shares[months.neighbours, which[:, None]], np.nan)
    usual = median(around)
    here = (limits.share(top, whole) >= ONE) & (usual <= UNLIKE_ONE)
    chance = np.ones(len(months))
    for code in np.unique(which[here]):
        there = here & (which == code)
        chance[there] = limits.many_by_neighbours(months, counts[:, code], whole, there)[there]
    return found(
        months,
        "one value",
        here & (chance < limits.CHANCE),
        value=limits.share(top, whole),
        threshold=ONE,
        evidence=lambda i: (
            f"{names[which[i]]} in {top[i]:,} of {whole[i]:,} records; {usual[i]:.1%} in the months around"
        ),
        field=_ONE[field],
    )


def _vehicles(months: Months, person: np.ndarray) -> list[dict]:
    """Searches of persons that say nothing of one, where those of vehicles alone are gone."""
    records = months.records
    nobody = person & holds(records["ethnicity_5"], [labels.UNKNOWN])
    for field in ("gender", "age_range", "officer_defined_ethnicity"):
        nobody &= holds(records[field], [labels.NOT_RECORDED])
    part, whole = months.count(nobody), months.count(person)
    vehicles = limits.share(months.n - whole, months.n)
    usual, usual_vehicles = (median(of(x, months.neighbours)) for x in (limits.share(part, whole), vehicles))
    least = np.maximum(NOBODY, np.maximum(TIMES * usual, usual_vehicles / 2))
    here = (vehicles <= OF_VEHICLES * usual_vehicles) & (usual_vehicles >= COMMON)
    least = np.nan_to_num(least, nan=1)
    usual_here = np.nan_to_num(np.maximum(usual, NOBODY / TIMES), nan=1)
    return found(
        months,
        "vehicles as persons",
        here & limits.over(part, whole, limit=least, usual=usual_here),
        value=limits.share(part, whole),
        threshold=least,
        evidence=lambda i: (
            f"{part[i]:,} of {whole[i]:,} searches of persons have no gender, age or ethnicity, and {vehicles[i]:.1%} "
            f"of all are of vehicles alone; {usual[i]:.1%} and {usual_vehicles[i]:.1%} in the months around"
        ),
        field="type",
    )
