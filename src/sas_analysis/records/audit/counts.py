"""Rules on how many records a month holds."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.limits import CHANCE, RARE
from sas_analysis.records.audit.months import Months, median, of, spread

LOW, HIGH = 0.2, 3.0  # times the median of the neighbours. Real months reach 0.5 (spring 2020) and 2 (the same).
NEAREST = 4  # the nearest months must say so too: a growing or shrinking force is not judged by a far past
LEVEL_Z, LEVEL_FACTOR = 6.0, 1.6  # a milder doubt: robust z on the log count, and at least so far
# The same beside the months before and after: robust z, and the least scatter of a month from the two beside it.
BESIDE_Z, BESIDE_SCATTER = 4.0, 0.1
# Least scatter of monthly counts, on the log scale: real forces with a year of months have 0.08 to 0.3.
COUNT_SCATTER = 0.12
SAME_MONTHS, WINDOW = 3, 12  # months of the same count, within so many calendar months
# Counts that a machine or a person sets: thousands, and the largest of 16-bit and spreadsheet rows.
SPREADSHEET = (65_535, 65_536, 1_048_575, 1_048_576)


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    return [*_level(months), *_constant(months), *_cap(months)]


def _level(months: Months) -> list[dict]:
    around = of(months.n, months.neighbours)
    usual, near = median(around), median(around[:, :NEAREST])
    scatter = np.maximum(spread(np.log(around)), COUNT_SCATTER)
    ratio = np.column_stack([months.n / usual, months.n / near])
    chance = _count_chance(months.n, usual, scatter)
    z = np.log(ratio[:, 0]) / np.sqrt(scatter**2 + 1 / usual)
    beside = _beside(months, np.log(ratio[:, 0]))
    rows = []
    for rule, beyond in (("low", -1), ("high", 1)):
        limit = LOW if beyond < 0 else HIGH
        ratios = ratio.max(axis=1) if beyond < 0 else ratio.min(axis=1)  # the milder of the two
        far = (beyond * (ratios - limit) > 0) & (chance[rule] < CHANCE)
        mild = (beyond * np.log(ratios) > math.log(LEVEL_FACTOR)) & (beyond * z > LEVEL_Z) & (chance[rule] < RARE)
        text = _level_text(months, usual, ratio[:, 0], chance[rule])
        mild |= beside[rule]
        rows += found(months, rule, far, value=months.n, threshold=limit * usual, evidence=text)
        rows += found(
            months,
            rule,
            mild & ~far,
            value=months.n,
            threshold=usual * LEVEL_FACTOR**beyond,
            evidence=text,
            severity="warning",
            action="keep",
        )
    return rows


def _count_chance(n, usual, scatter) -> dict[str, np.ndarray]:
    """Of as few or as many records, by a negative binomial law of the neighbours' median and scatter."""
    size = 1 / scatter**2
    p = size / (size + usual)
    return {"low": stats.nbinom.cdf(n, size, p), "high": stats.nbinom.sf(n - 1, size, p)}


def _beside(months: Months, from_year: np.ndarray) -> dict[str, np.ndarray]:
    """Where both months beside have far more, or far fewer, by how a force's months differ from those beside them.

    Levels drift for years, so that the two months beside say more than the year around; which must lie on the same
    side (from_year: logarithm of the ratio), as a month between two faulty ones is not odd.
    """
    time = months.frame["time"].to_numpy()
    sides = [np.where(numbers >= 0, numbers, 0)[:, 0] for numbers in (months.before, months.after[:, 1:])]
    adjacent = [np.abs(time[side] - time) == 1 for side in sides]
    logs = [np.where(there, np.log(months.n[side]), np.nan) for side, there in zip(sides, adjacent, strict=True)]
    away = np.log(months.n) - (logs[0] + logs[1]) / 2
    own = 1.4826 * median(np.abs(of(away, months.neighbours)))
    scatter = np.sqrt(np.maximum(own, BESIDE_SCATTER) ** 2 + 1.5 / np.maximum(months.n, 1))
    far, own = np.log(LEVEL_FACTOR), np.log(months.n)
    low = (own < np.fmin(*logs) - far) & (from_year < -far / 2) & (away < -BESIDE_Z * scatter)
    high = (own > np.fmax(*logs) + far) & (from_year > far / 2) & (away > BESIDE_Z * scatter)
    known = np.isfinite(away)
    return {"low": known & low, "high": known & high}


def _level_text(months, usual, ratio, chance):
    known = (months.neighbours >= 0).sum(axis=1)

    def text(i):
        beside = [f"{months.n[j]:,}" for j in (months.before[i, 0], months.after[i, 1]) if j >= 0]
        return (
            f"{months.n[i]:,} records, beside months of {' and '.join(beside)}; the median of {known[i]} months around "
            f"is {usual[i]:,.0f} ({ratio[i]:.2f} times; chance {chance[i]:.0e})"
        )

    return text


def _constant(months: Months) -> list[dict]:
    """Months of one count: the chance that so many of those around agree on any count at all."""
    chance = np.ones(len(months))
    months_of = [""] * len(months)
    for rows in months.frame.groupby(["force", "n"]).indices.values():
        if len(rows) >= SAME_MONTHS:
            _same_count(months, rows, chance, months_of)
    rows = []
    for mild, where in ((False, chance < RARE), (True, (chance >= RARE) & (chance < CHANCE))):
        rows += found(
            months,
            "constant",
            where,
            value=months.n,
            threshold=RARE if not mild else CHANCE,
            evidence=lambda i: f"{months.n[i]:,} records in {months_of[i]} (chance {chance[i]:.0e})",
            severity="warning" if mild else None,
            action="keep" if mild else None,
        )
    return rows


def _same_count(months, rows, chance, months_of) -> None:
    """Write the chance of the best window of WINDOW months into the months of one force and count."""
    time, names = months.frame["time"].to_numpy(), months.frame["month"].to_numpy()
    for first in rows:
        same = rows[(time[rows] >= time[first]) & (time[rows] < time[first] + WINDOW)]
        if len(same) < SAME_MONTHS:
            continue
        force = months.frame["force"].to_numpy() == months.frame["force"].to_numpy()[first]
        window = np.flatnonzero(force & (time >= time[first]) & (time < time[first] + WINDOW))
        p = _agreement(months.n[window], len(same))
        for i in same[p < chance[same]]:
            chance[i], months_of[i] = p, f"{len(same)} of {len(window)} months: {', '.join(names[same])}"


def _agreement(counts: np.ndarray, same: int) -> float:
    """Bound on the chance that `same` of the counts are equal, for counts that scatter as these do (Poisson at least).

    Sum over values v of C(k, same) P(v)^same, with P about normal: its largest value is 1 / (sd sqrt(2 pi)).
    """
    usual = max(float(np.median(counts)), 1.0)
    scatter = float(spread(np.log(np.maximum(counts, 1))[None, :])[0])
    peak = min(1 / math.sqrt(2 * math.pi * (usual + (usual * scatter) ** 2)), 1.0)
    return min(math.comb(len(counts), same) * peak ** (same - 1) / math.sqrt(same), 1.0)


def _cap(months: Months) -> list[dict]:
    frame = months.frame
    top = frame.groupby("force")["n"].transform("max").to_numpy()
    at_top = months.n == top
    times = pd.Series(at_top).groupby(frame["force"]).transform("sum").to_numpy()
    round_number = (top % 1000 == 0) | np.isin(top, SPREADSHEET)
    return found(
        months,
        "cap",
        at_top & round_number & (times >= 2),
        value=months.n,
        threshold=2,
        evidence=lambda i: f"{top[i]:,} records in {times[i]} months, and never more",
    )
