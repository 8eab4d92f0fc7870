"""Rules on where: outside the country, far from the force's own area; single points: `points`."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.records.audit import limits, points
from sas_analysis.records.audit.fields import holds
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months
from sas_analysis.records.audit.points import Points

FIELD = "location"
MANY, USUAL_MANY = 0.05, 0.01
# A force searches within some distance of its middle; farther than three times what nine tenths of a usual month
# lie within, and than 40 km (a city's officers on a motorway), is far away.
WITHIN, TIMES, LEAST_KM = 0.9, 3.0, 40.0
# Rows of another force lie together as a force's own do: nine tenths of a real force's within 2 to 77 km of their
# middle. Wrong coordinates are strewn over the country (one force's two months: 129 and 138 km).
TOGETHER_KM, ANOTHER, FEWEST_ANOTHER = 80.0, 0.1, 10
_KM_PER_DEGREE = 111.2


def rules(months: Months, at: Points, far: "Far") -> list[dict]:
    """All findings of this family. at : as `points.points` gives them. far : as `far_records` does."""
    status = months.records["location_status"]
    zero, outside = (months.count(holds(status, [name])) for name in ("zero", "outside UK"))
    told = _many(
        months,
        "outside UK",
        zero + outside,
        months.count(~holds(status, ["blank"])),
        lambda i: f"{zero[i]:,} records at 0, 0 and {outside[i]:,} outside the United Kingdom, of {months.n[i]:,}",
    )
    return [*told, *_far(months, at, far), *points.rules(months, at)]


def _many(months: Months, rule: str, part, whole, evidence) -> list[dict]:
    """A note where there is any, a warning against the month's locations where there are many."""
    many = limits.over(part, whole, limit=MANY, usual=USUAL_MANY)
    told = dict(value=limits.share(part, whole), threshold=MANY, evidence=evidence, field=FIELD)
    return [
        *found(months, rule, many, **told, severity="warning", action="field"),
        *found(months, rule, (part > 0) & ~many, **told),
    ]


@dataclass(frozen=True)
class Far:
    """Which records lie far from where their force searches, and how far that is.

    mask : of the records. limit, farthest, together : of each force-month, kilometres: what counts as far, the
    farthest record, and what nine tenths of those far away lie within, from their own middle.
    """

    mask: np.ndarray
    limit: np.ndarray
    farthest: np.ndarray
    together: np.ndarray


def far_records(months: Months, at: Points) -> Far:
    """The records far away. at : as `points.points` gives them."""
    of_month = months.force
    force, forces = of_month[at.month], range(of_month.max(initial=-1) + 1)
    away = _kilometres(at.place, _middles(at, of_month, forces)[force])
    typical = pd.Series(away).groupby(at.month).quantile(WITHIN)
    typical = typical.groupby(of_month[typical.index]).median().reindex(forces).to_numpy()
    limit = np.maximum(TIMES * typical, LEAST_KM)
    far = away > limit[force]
    farthest = pd.Series(away).groupby(at.month).max().reindex(range(len(months))).to_numpy()
    own = pd.DataFrame(at.place[far]).groupby(at.month[far]).transform("median").to_numpy()
    spread = pd.Series(_kilometres(at.place[far], own)).groupby(at.month[far]).quantile(WITHIN)
    mask = np.zeros(len(at.recorded), dtype=bool)
    mask[np.flatnonzero(at.recorded)[far]] = True
    return Far(mask, limit[of_month], farthest, spread.reindex(range(len(months))).to_numpy())


def _far(months: Months, at: Points, far: Far) -> list[dict]:
    part, known = months.count(far.mask), at.known

    def text(i):
        are = "is" if part[i] == 1 else "are"
        return (
            f"{part[i]:,} of {known[i]:,} locations {are} more than {far.limit[i]:.0f} km from the middle of the "
            f"force's searches, the farthest {far.farthest[i]:.0f} km"
        )

    another = limits.over(part, known, limit=ANOTHER, usual=USUAL_MANY, chance=limits.RARE)
    another &= far.together <= TOGETHER_KM
    another &= np.minimum(part, points.different(months, far.mask)) >= FEWEST_ANOTHER
    return [
        *_many(months, "far away", part, known, text),
        *found(
            months,
            "another force's rows",
            another,
            value=limits.share(part, known),
            threshold=ANOTHER,
            evidence=lambda i: (
                f"{text(i)}, and they lie together as a force's own: nine tenths within {far.together[i]:.0f} km of "
                "their middle"
            ),
        ),
    ]


def _middles(at: Points, of_month: np.ndarray, forces) -> np.ndarray:
    """Each force's middle: the median of its months' medians, so that a displaced month does not move it."""
    by_month = pd.DataFrame(at.place).groupby(at.month).median()
    return by_month.groupby(of_month[by_month.index]).median().reindex(forces).to_numpy()


def _kilometres(place: np.ndarray, middle: np.ndarray) -> np.ndarray:
    north, east = (place - middle).T
    return _KM_PER_DEGREE * np.hypot(north, east * np.cos(np.radians(middle[:, 0])))
