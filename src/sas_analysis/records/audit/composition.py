"""Rule on the mix of groups in a month, against the force's own months around it."""

import numpy as np

from sas_analysis.records import labels
from sas_analysis.records.audit.fields import holds, persons
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months, median, of

DISTANCE = 0.18  # half the sum of absolute differences of shares: so much of the month is of another kind
# Times the distance that sampling alone would give. Months of one force lie at 1.0 to 2 of it, because groups are
# searched together and places change.
SAMPLING = 3.5
OWN = 2.5  # times the neighbours' own distances: a force whose mix changes every month is not flagged each month
FEWEST_KNOWN = 20
_UNKNOWN = (labels.NOT_RECORDED, labels.UNRECOGNISED, labels.UNKNOWN, "Not stated")


def rules(months: Months) -> list[dict]:
    """All findings of this family: ethnicity and age of persons, objects of reasonable-grounds searches, outcomes.

    Unknown values are left out: their share has rules of its own.
    """
    records = months.records
    person = persons(records)
    grounds = holds(records["power"], ["Reasonable grounds"])
    every = np.ones(len(records), dtype=bool)
    rows = []
    for field, among in (
        ("ethnicity_5", person),
        ("age_range", person),
        ("object_group", grounds),
        ("outcome", every),
    ):
        rows += _composition(months, field, among)
    return rows


def _composition(months: Months, field: str, among) -> list[dict]:
    column = months.records[field]
    names = [name for name in column.cat.categories if name not in _UNKNOWN]
    code = column.cat.set_categories(names).cat.codes.to_numpy().astype(np.int64)
    counts = months.table(code, len(names), among)
    whole = counts.sum(axis=1)
    shares = np.where(whole[:, None] >= FEWEST_KNOWN, counts / np.maximum(whole, 1)[:, None], np.nan)
    usual = _usual(months, shares)
    distance = np.abs(shares - usual).sum(axis=1) / 2
    # Mean absolute deviation of a share is sqrt(2 / pi) standard deviations.
    chance = np.sqrt(2 / np.pi * usual * (1 - usual) / np.maximum(whole, 1)[:, None]).sum(axis=1) / 2
    own = median(of(distance, months.neighbours))
    limit = np.maximum(DISTANCE, np.maximum(SAMPLING * chance, OWN * own))

    def text(i):
        moved = np.argsort(-np.abs(shares[i] - usual[i]), kind="stable")[:2]
        told = ", ".join(f"{names[j]} {shares[i, j]:.1%} (around: {usual[i, j]:.1%})" for j in moved)
        return f"{told}; distance {distance[i]:.2f}, the months around {own[i]:.2f}, sampling {chance[i]:.2f}"

    return found(
        months,
        "composition",
        distance > limit,
        value=distance,
        threshold=limit,
        evidence=text,
        field=field,
    )


def _usual(months: Months, shares: np.ndarray) -> np.ndarray:
    """Median share of each group in the months around, scaled to 1; missing with fewer than FEWEST months."""
    usual = np.column_stack([median(of(share, months.neighbours)) for share in shares.T])
    total = usual.sum(axis=1, keepdims=True)
    return np.divide(usual, total, out=np.full_like(usual, np.nan), where=total > 0)
