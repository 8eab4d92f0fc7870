"""Rules on the mix of groups in a month, against the force's own months around it: all of it, and one label alone."""

import numpy as np
from scipy import stats

from sas_analysis.codes import positions
from sas_analysis.records import labels
from sas_analysis.records.audit.fields import holds, persons
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.hours import Clock
from sas_analysis.records.audit.limits import CHANCE, LEAST_SHARE
from sas_analysis.records.audit.months import Months, median, of

# Half the sum of absolute differences of shares: so much of the month is of another kind. From the year around, and
# from the nearest months, which say more of a mix that drifts.
YEAR, NEAR = 12, 6
DISTANCE = {YEAR: 0.18, NEAR: 0.12}
# Times the distance that sampling alone would give. Months of one force lie at 1.0 to 2 of it, because groups are
# searched together and places change.
SAMPLING = 3.5
# Records come in groups of persons searched together: chi-square is so many times that of records drawn one by one.
GROUPED, LEAST_EXPECTED = 2.0, 0.01
# Times the neighbours' own distances: a force whose mix changes every month is not flagged each month.
OWN = {YEAR: 2.5, NEAR: 3.0}
# Rise of a label's share above the nearest months: a default value that stands in for what was not recorded.
RISE, RISE_Z, LEAST_DRIFT = 0.06, 5.0, 0.01
FEWEST_KNOWN = 20
BAND = 3  # hours of the day taken together
BLANKS = 0.2  # where so many more are blank than around, those left are others: the blanks are told, not the mix
# Fields of many labels, where the distance by sampling is itself a good measure of what is beyond it.
_MANY = ("ethnicity_5", "age_range", "object_group", "outcome")
_UNKNOWN = (labels.NOT_RECORDED, labels.UNRECOGNISED, labels.UNKNOWN, "Not stated")


def rules(months: Months) -> list[dict]:
    """All findings of this family: type, power and hour of searches; sex, ethnicity and age of persons; objects of
    searches on reasonable grounds or under legislation not recorded; outcomes.

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
        ("officer_ethnicity_5", person, "searches of persons"),
        ("age_range", person, "searches of persons"),
        ("object_group", grounds, "searches on reasonable grounds or unrecorded legislation"),
        ("outcome", every, "searches"),
    ):
        column = records[field]
        names = [name for name in column.cat.categories if name not in _UNKNOWN]
        rows += _mix(
            months, field, names, months.table(positions(column, names), len(names), among), months.count(among), whose
        )
    hour = _hour(records["searched_at"])
    names = [f"{first:02d}:00 to {first + BAND - 1:02d}:59" for first in range(0, 24, BAND)]
    timed = months.table(np.where(hour >= 0, hour // BAND, -1), 24 // BAND)
    return rows + _mix(months, "searched_at", names, timed, months.n, "searches")


def _hour(at) -> np.ndarray:
    """Hour of the day in London; -1 where there is no time, or only midnight, which stands for none."""
    london, utc = Clock(at), Clock(at.dt.tz_convert("UTC"))
    return np.where(london.midnight | utc.midnight, -1, london.hour)


def _mix(months: Months, field: str, names, counts: np.ndarray, base: np.ndarray, whose: str) -> list[dict]:
    """Where the whole mix is unlike the months around; else where one label alone is far more common."""
    whole = counts.sum(axis=1)
    shares = np.where(whole[:, None] >= FEWEST_KNOWN, counts / np.maximum(whole, 1)[:, None], np.nan)
    blank = 1 - whole / np.maximum(base, 1)
    same_blanks = np.abs(blank - median(of(blank, months.neighbours))) < BLANKS
    measured = {width: _measure(months, shares, whole, width) for width in (NEAR, YEAR)}
    by_year = measured[YEAR][1] > measured[YEAR][2]
    usual, distance, limit, own, sampling = (
        np.where(by_year.reshape(-1, *[1] * (year.ndim - 1)), year, near)
        for year, near in zip(measured[YEAR], measured[NEAR], strict=True)
    )
    unlike = (distance > limit) & same_blanks
    doubt = unlike & ~(by_year & (field in _MANY))
    unlike[doubt] = _chance(shares[doubt], usual[doubt], whole[doubt]) < CHANCE

    def text(i):
        moved = np.argsort(-np.abs(shares[i] - usual[i]), kind="stable")[:2]
        told = ", ".join(f"{names[j]} {shares[i, j]:.1%} (around: {usual[i, j]:.1%})" for j in moved)
        return (
            f"of {whole[i]:,} {whose} where it is known: {told}; distance {distance[i]:.2f}, the months around "
            f"{own[i]:.2f}, sampling {sampling[i]:.2f}"
        )

    told = dict(value=distance, threshold=limit, evidence=text, field=field)
    rows = found(months, "composition", unlike, **told)
    return rows + _rises(months, field, names, counts, whole, same_blanks & ~unlike)


def _chance(shares: np.ndarray, usual: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Of shares so unlike the usual ones, by chi-square; few categories scatter more widely than their mean says."""
    expected = np.maximum(usual, LEAST_EXPECTED)
    square = (whole[:, None] * (shares - usual) ** 2 / expected).sum(axis=1)
    return stats.chi2.sf(square / GROUPED, np.maximum((usual > 0).sum(axis=1) - 1, 1))


def _rises(months: Months, field: str, names, counts, whole, among) -> list[dict]:
    rows = []
    for name, part in zip(names, counts.T, strict=True):
        shares = np.where(whole >= FEWEST_KNOWN, part / np.maximum(whole, 1), np.nan)
        usual = median(of(shares, months.neighbours[:, :NEAR]))
        rise = shares - usual
        own = 1.4826 * median(np.abs(of(rise, months.neighbours)))
        p = np.clip(usual, LEAST_SHARE, 1 - LEAST_SHARE)
        error = np.sqrt(np.maximum(own, LEAST_DRIFT) ** 2 + p * (1 - p) / np.maximum(whole, 1))
        limit = np.maximum(RISE, RISE_Z * error)
        rows += found(
            months,
            "label rises",
            (rise >= limit) & among,
            value=shares,
            threshold=usual + limit,
            evidence=lambda i, name=name, part=part, usual=usual: (
                f"{name} in {part[i]:,} of {whole[i]:,} records where it is known ({part[i] / whole[i]:.1%}; "
                f"{usual[i]:.1%} in the months around)"
            ),
            field=field,
        )
    return rows


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
