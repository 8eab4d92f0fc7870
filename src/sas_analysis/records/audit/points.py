"""Rules on the points at which searches are placed: the publisher's list of points comes back month after month."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sas_analysis.records.audit import limits
from sas_analysis.records.audit.fields import holds
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months, median, of

FIELD = "location"
# Share of the commonest point. Real: 0.01 to 0.12.
ONE_PLACE, USUAL_ONE_PLACE = 0.5, 0.2
# Rise of one point's share above the months around. A festival does it too: the month is looked at, not left out.
MORE_AT_ONE, FEWEST_AT_ONE = 0.07, 5
# Locations that are whole multiples of 0.001 degrees. The publisher's have six decimals: one in a million is.
ROUND, USUAL_ROUND = 0.05, 0.005
# Share of locations at points no other month of the force has. Real: 0.1 to 0.4, in small forces more, and within a
# force hardly different from month to month.
NEW_PLACES = 0.2
# Points known from other months once the longitude's sign is changed. Of a right month: none.
MIRRORED, USUAL_MIRRORED, FEWEST_MIRRORED = 0.05, 0.005, 5


@dataclass(frozen=True)
class Points:
    """The records that have a location, and where.

    recorded : marks them among the records. place, month, point : of each of them: coordinates, number of the
    force-month, position of the point among the keys. key, mirror, months : of each point: a number for the force and
    the coordinates, the same with the longitude's sign changed, and months of the force that have it. cell : `month |
    key | count`. known : records with a location, by force-month.
    """

    recorded: np.ndarray
    place: np.ndarray
    month: np.ndarray
    point: np.ndarray
    key: np.ndarray
    mirror: np.ndarray
    months: np.ndarray
    cell: pd.DataFrame
    known: np.ndarray

    @cached_property
    def new(self) -> np.ndarray:
        """Marks, among all records, those at a point that no other month of the force has."""
        marks = np.zeros(len(self.recorded), dtype=bool)
        marks[self.recorded] = (self.months == 1)[self.point]
        return marks


def points(months: Months) -> Points:
    """Where the records are."""
    recorded = holds(months.records["location_status"], ["recorded"])
    place = months.records.loc[recorded, ["latitude", "longitude"]].to_numpy(dtype=float)
    month = months.of_record[recorded]
    force = pd.factorize(months.frame["force"])[0][month]
    point, key = pd.factorize(_number(place, force))
    one = np.empty(len(key), dtype=int)  # a record of each point
    one[point] = np.arange(len(point))
    mirror = _number(place[one] * [1, -1], force[one])
    cell, pairs = pd.factorize(point * len(months) + month)
    of_cell = pairs // max(len(months), 1)
    table = pd.DataFrame({"month": pairs % max(len(months), 1), "key": key[of_cell], "count": np.bincount(cell)})
    held = np.bincount(of_cell, minlength=len(key))
    return Points(recorded, place, month, point, key, mirror, held, table, months.count(recorded))


def rules(months: Months, at: Points) -> list[dict]:
    """All findings of this family. at : as `points` gives them."""
    return [*_round(months, at), *_new(months, at), *_mirrored(months, at), *_one_place(months, at)]


def different(months: Months, mask) -> np.ndarray:
    """How many different points the marked records of each month have."""
    place = months.records.loc[mask, ["latitude", "longitude"]].assign(month=months.of_record[mask])
    return np.bincount(place.drop_duplicates()["month"], minlength=len(months))


def _number(place: np.ndarray, force: np.ndarray) -> np.ndarray:
    """A number for each point of a force, to the sixth decimal."""
    latitude, longitude = np.rint((place + [90, 180]) * 1e6).astype(np.int64).T
    return ((force * 180_000_000) + latitude) * 360_000_000 + longitude


def _round(months: Months, at: Points) -> list[dict]:
    place, known = at.place, at.known
    whole = np.abs(place * 1e3 - np.rint(place * 1e3)).max(axis=1, initial=0) < 1e-4
    part = np.bincount(at.month[whole], minlength=len(months))
    return found(
        months,
        "rounded places",
        limits.over(part, known, limit=ROUND, usual=USUAL_ROUND),
        value=limits.share(part, known),
        threshold=ROUND,
        evidence=lambda i: f"{part[i]:,} of {known[i]:,} locations have at most three decimals",
        field=FIELD,
    )


def _new(months: Months, at: Points) -> list[dict]:
    part, known = months.count(at.new), at.known
    rise, usual = limits.jump(months, part, known, least=NEW_PLACES)
    return found(
        months,
        "new places",
        rise,
        value=limits.share(part, known),
        threshold=usual + NEW_PLACES,
        evidence=lambda i: (
            f"{part[i]:,} of {known[i]:,} locations are points that no other month of the force has "
            f"({part[i] / known[i]:.1%}; {usual[i]:.1%} in the months around)"
        ),
        field=FIELD,
    )


def _mirrored(months: Months, at: Points) -> list[dict]:
    """Points that more months have with the other sign than with this one."""
    mirrored = pd.Index(at.key).get_indexer(at.mirror)
    odd = (np.where(mirrored >= 0, at.months[mirrored], 0) > at.months)[at.point] if len(at.key) else at.month > 0
    part, known = np.bincount(at.month[odd], minlength=len(months)), at.known
    return found(
        months,
        "longitude's sign",
        limits.over(part, known, limit=MIRRORED, usual=USUAL_MIRRORED) & (part >= FEWEST_MIRRORED),
        value=limits.share(part, known),
        threshold=MIRRORED,
        evidence=lambda i: (
            f"{part[i]:,} of {known[i]:,} locations are points of the force's other months with the sign of the "
            "longitude changed"
        ),
        field=FIELD,
    )


def _one_place(months: Months, at: Points) -> list[dict]:
    cell, known = at.cell, at.known
    month, count, key = (cell[name].to_numpy() for name in ("month", "count", "key"))
    top, point = np.zeros(len(months), dtype=int), np.full(len(months), -1)
    np.maximum.at(top, month, count)
    most = count == top[month]
    np.maximum.at(point, month[most], key[most])  # the last of equals
    most = limits.over(top, known, limit=ONE_PLACE, usual=USUAL_ONE_PLACE, chance=limits.RARE)
    usual = _usual_share(months, cell, point, known)
    rise = limits.over(top, known, limit=0, usual=np.clip(np.nan_to_num(usual, nan=1) + limits.SHARE_DRIFT, 0, 1))
    rise &= (limits.share(top, known) - usual >= MORE_AT_ONE) & (top >= FEWEST_AT_ONE) & ~most
    told = dict(value=limits.share(top, known), field=FIELD)

    def text(i):
        return f"{top[i]:,} of {known[i]:,} locations are at one point"

    return [
        *found(months, "one place", most, threshold=ONE_PLACE, evidence=text, **told),
        *found(
            months,
            "one place",
            rise,
            threshold=usual + MORE_AT_ONE,
            evidence=lambda i: (
                f"{text(i)} ({top[i] / known[i]:.1%}; that point has {usual[i]:.1%} in the months around)"
            ),
            severity="note",
            action="keep",
            **told,
        ),
    ]


def _usual_share(months: Months, cell: pd.DataFrame, point: np.ndarray, known) -> np.ndarray:
    """Share of each month's commonest point in the months around."""
    wanted = cell[cell["key"].isin(point)].set_index(["month", "key"])["count"]
    around = months.neighbours
    asked = pd.MultiIndex.from_arrays([around.ravel(), np.repeat(point, around.shape[1])])
    count = wanted.reindex(asked).fillna(0).to_numpy().reshape(around.shape)
    base = of(known, around)
    return median(np.divide(count, base, out=np.full(base.shape, np.nan), where=base > 0))
