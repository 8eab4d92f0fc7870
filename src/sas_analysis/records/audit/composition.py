"""Rule on the mix of groups in a month, against the force's own months around it."""

import numpy as np

from sas_analysis.records import labels
from sas_analysis.records.audit.fields import holds, persons
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months, median, of

# Half the sum of absolute differences of shares: so much of the month is of another kind. From the year around, and
# from the nearest months, which say more of a mix that drifts.
YEAR, NEAR = 12, 6
DISTANCE = {YEAR: 0.18, NEAR: 0.12}
# Times the distance that sampling alone would give. Months of one force lie at 1.0 to 2 of it, because groups are
# searched together and places change.
SAMPLING = 3.5
# Times the neighbours' own distances: a force whose mix changes every month is not flagged each month.
OWN = {YEAR: 2.5, NEAR: 3.0}
FEWEST_KNOWN = 20
BLANKS = 0.2  # where so many more are blank than around, those left are others: the blanks are told, not the mix
_UNKNOWN = (labels.NOT_RECORDED, labels.UNRECOGNISED, labels.UNKNOWN, "Not stated")


def rules(months: Months) -> list[dict]:
    """All findings of this family: type and power of searches; sex, ethnicity and age of persons; objects of searches
    on reasonable grounds or under legislation not recorded; outcomes.

    Unknown values are left out: their share has rules of its own.
    """
    records = months.records
    person = persons(records)
    grounds = holds(records["power"], ["Reasonable grounds", labels.NOT_RECORDED])
    every = np.ones(len(records), dtype=bool)
    rows = []
    for field, among, whose in (
        ("type", every, "searches"),
        ("power", every, "searches"),
        ("gender", person, "searches of persons"),
        ("ethnicity_5", person, "searches of persons"),
        ("age_range", person, "searches of persons"),
        ("object_group", grounds, "searches on reasonable grounds or unrecorded legislation"),
        ("outcome", every, "searches"),
    ):
        rows += _composition(months, field, among, whose)
    return rows


def _composition(months: Months, field: str, among, whose: str) -> list[dict]:
    column = months.records[field]
    names = [name for name in column.cat.categories if name not in _UNKNOWN]
    code = column.cat.set_categories(names).cat.codes.to_numpy().astype(np.int64)
    counts = months.table(code, len(names), among)
    whole, base = counts.sum(axis=1), months.count(among)
    shares = np.where(whole[:, None] >= FEWEST_KNOWN, counts / np.maximum(whole, 1)[:, None], np.nan)
    blank = 1 - whole / np.maximum(base, 1)
    same_blanks = np.abs(blank - median(of(blank, months.neighbours))) < BLANKS
    measured = {width: _measure(months, shares, whole, width) for width in (NEAR, YEAR)}
    far = {width: distance > limit for width, (_, distance, limit, *_) in measured.items()}
    width = np.where(far[YEAR], YEAR, NEAR)
    usual, distance, limit, own, chance = (
        np.where((width == YEAR).reshape(-1, *[1] * (year.ndim - 1)), year, near)
        for year, near in zip(measured[YEAR], measured[NEAR], strict=True)
    )

    def text(i):
        moved = np.argsort(-np.abs(shares[i] - usual[i]), kind="stable")[:2]
        told = ", ".join(f"{names[j]} {shares[i, j]:.1%} (around: {usual[i, j]:.1%})" for j in moved)
        return (
            f"of {whole[i]:,} {whose} where it is known: {told}; distance {distance[i]:.2f}, the months around "
            f"{own[i]:.2f}, sampling {chance[i]:.2f}"
        )

    return found(
        months,
        "composition",
        (far[YEAR] | far[NEAR]) & same_blanks,
        value=distance,
        threshold=limit,
        evidence=text,
        field=field,
    )


def _measure(months: Months, shares: np.ndarray, whole: np.ndarray, width: int):
    """Usual shares by so many nearest months, the distance of the month, its limit, and what the limit is made of."""
    usual = _usual(months, shares, width)
    distance = np.abs(shares - usual).sum(axis=1) / 2
    # Mean absolute deviation of a share is sqrt(2 / pi) standard deviations.
    chance = np.sqrt(2 / np.pi * usual * (1 - usual) / np.maximum(whole, 1)[:, None]).sum(axis=1) / 2
    own = median(of(distance, months.neighbours))
    limit = np.maximum(DISTANCE[width], np.maximum(SAMPLING * chance, OWN[width] * own))
    return usual, distance, limit, own, chance


def _usual(months: Months, shares: np.ndarray, width: int) -> np.ndarray:
    """Median share of each group in the months around, scaled to 1; missing with fewer than FEWEST months."""
    usual = np.column_stack([median(of(share, months.neighbours[:, :width])) for share in shares.T])
    total = usual.sum(axis=1, keepdims=True)
    return np.divide(usual, total, out=np.full_like(usual, np.nan), where=total > 0)
