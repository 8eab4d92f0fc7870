"""Rules on where: outside the country, far from the force's own area, all at one point."""

import numpy as np
import pandas as pd

from sas_analysis.records.audit import limits
from sas_analysis.records.audit.fields import holds
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months

FIELD = "location"
MANY, USUAL_MANY = 0.05, 0.01
# A force searches within some distance of its middle; farther than three times what nine tenths of a usual month
# lie within, and than 40 km (a city's officers on a motorway), is far away.
WITHIN, TIMES, LEAST_KM = 0.9, 3.0, 40.0
# Share of the commonest point. Real: 0.01 to 0.12.
ONE_PLACE, USUAL_ONE_PLACE = 0.5, 0.2
_KM_PER_DEGREE = 111.2


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    status = months.records["location_status"]
    recorded = holds(status, ["recorded"])
    known = months.count(recorded)
    zero, outside = (months.count(holds(status, [name])) for name in ("zero", "outside UK"))
    told = _many(
        months,
        "outside UK",
        zero + outside,
        months.count(~holds(status, ["blank"])),
        lambda i: f"{zero[i]:,} records at 0, 0 and {outside[i]:,} outside the United Kingdom, of {months.n[i]:,}",
    )
    return [*told, *_far(months, recorded, known), *_one_place(months, recorded, known)]


def _many(months: Months, rule: str, part, whole, evidence) -> list[dict]:
    """A note where there is any, a warning against the month's locations where there are many."""
    many = limits.over(part, whole, limit=MANY, usual=USUAL_MANY)
    told = dict(value=limits.share(part, whole), threshold=MANY, evidence=evidence, field=FIELD)
    return [
        *found(months, rule, many, **told, severity="warning", action="field"),
        *found(months, rule, (part > 0) & ~many, **told),
    ]


def _far(months: Months, recorded, known) -> list[dict]:
    place = months.records.loc[recorded, ["latitude", "longitude"]].astype(float)
    month = months.of_record[recorded]
    force = pd.factorize(months.frame["force"])[0][month]
    away = _kilometres(place, _middles(place, month, months)[force])
    typical = pd.Series(away).groupby(month).quantile(WITHIN)
    typical = typical.groupby(pd.factorize(months.frame["force"])[0][typical.index]).median()
    limit = np.maximum(TIMES * typical.reindex(range(force.max(initial=-1) + 1)).to_numpy(), LEAST_KM)
    far = away > limit[force]
    part = np.bincount(month[far], minlength=len(months))
    farthest = pd.Series(away).groupby(month).max().reindex(range(len(months))).to_numpy()
    reach = limit[pd.factorize(months.frame["force"])[0].clip(max=len(limit) - 1)] if len(limit) else farthest
    return _many(
        months,
        "far away",
        part,
        known,
        lambda i: (
            f"{part[i]:,} of {known[i]:,} locations are more than {reach[i]:.0f} km from the middle of the force's "
            f"searches, the farthest {farthest[i]:.0f} km"
        ),
    )


def _middles(place: pd.DataFrame, month, months: Months) -> np.ndarray:
    """Each force's middle: the median of its months' medians, so that a displaced month does not move it."""
    by_month = place.groupby(month).median()
    force = pd.factorize(months.frame["force"])[0]
    return by_month.groupby(force[by_month.index]).median().reindex(range(force.max(initial=-1) + 1)).to_numpy()


def _kilometres(place: pd.DataFrame, middle: np.ndarray) -> np.ndarray:
    north = place["latitude"].to_numpy() - middle[:, 0]
    east = (place["longitude"].to_numpy() - middle[:, 1]) * np.cos(np.radians(middle[:, 0]))
    return _KM_PER_DEGREE * np.hypot(north, east)


def _one_place(months: Months, recorded, known) -> list[dict]:
    place = months.records.loc[recorded, ["latitude", "longitude"]]
    counts = place.groupby([months.of_record[recorded], "latitude", "longitude"]).size()
    top = counts.groupby(level=0).max().reindex(range(len(months)), fill_value=0).to_numpy()
    return found(
        months,
        "one place",
        limits.over(top, known, limit=ONE_PLACE, usual=USUAL_ONE_PLACE, chance=limits.RARE),
        value=limits.share(top, known),
        threshold=ONE_PLACE,
        evidence=lambda i: f"{top[i]:,} of {known[i]:,} locations are one point",
        field=FIELD,
    )
