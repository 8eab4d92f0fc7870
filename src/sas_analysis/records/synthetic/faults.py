"""The quirks of sample/quirks.csv, put into the rows of one synthetic force-month.

Each function takes the rows (in time order), the quirk's row of the table and a stream of uniform numbers,
and changes the rows in place. Quirks of whole files (missing, header only, doubled, CR LF) are the writer's.
"""

import numpy as np

from . import model as known
from . import rows as draws

HOUR, DAY = np.timedelta64(3600, "s"), np.timedelta64(86400, "s")
FAR_AWAY = ("54.596311", "-5.930245")  # Belfast
OLD_ARTICLE_FOUND = "Article found - Detailed outcome unavailable"


def apply(rows, force, month, seed):
    """The rows with the month's quirks and the force's repeated rows, in time order."""
    u, here = draws.stream(seed, force, month, "quirks"), known.quirks(force, month)
    _put(rows, here, SHARES, u)
    rows = draws.in_time_order(rows)
    largest = max((int(q["value"]) for q in here if q["quirk"] == "group_search"), default=0)
    rows = _repeat(rows, known.parameters(force)["duplicate_share"], largest, u)
    _put(rows, here, COUNTS, u)  # after the repetition, which would change the count
    return draws.in_time_order(rows)


def _put(rows, quirks, functions, u):
    for quirk in quirks:
        if quirk["quirk"] in functions and len(rows["local"]):
            functions[quirk["quirk"]](rows, quirk, u)


def _repeat(rows, share, largest, u):
    """Group searches: some rows become copies of the last ordinary row before them; the count stays."""
    n = len(rows["local"])
    copied = u(n) < share
    copied[:1] = False
    copied[1:largest] = True
    leader = np.maximum.accumulate(np.where(copied, 0, np.arange(n)))
    return {name: values[leader] for name, values in rows.items()}


def _some(rows, quirk, u):
    """As many row numbers as the quirk's value says, or all rows where there are fewer."""
    return np.argsort(u(len(rows["local"])), kind="stable")[: int(quirk["value"])]


def _blank(rows, quirk, u):
    here = u(len(rows["local"])) < float(quirk["value"])
    rows[quirk["column"]][here] = ""
    if quirk["column"] == "Latitude":
        rows["Longitude"][here] = ""


def _blank_grounds(rows, quirk, u):
    here = u(len(rows["local"])) < float(quirk["value"])
    rows["Legislation"][here] = ""
    rows["Object of search"][here] = ""


def _wrong_object(rows, quirk, u):
    wrong = (rows["Object of search"] == "Controlled drugs") & (u(len(rows["local"])) < float(quirk["value"]))
    rows["Object of search"][wrong] = "Articles for use in criminal damage"


def _nothing_found_blank(rows, quirk, u):
    label = next(row for row in known.table("labels") if row["standard"] == known.NO_FURTHER_ACTION)
    rows["Outcome"][np.isin(rows["Outcome"].astype(str), [label["old"], label["current"]])] = ""


def _article_found(rows, quirk, u):
    rows["Outcome"][_some(rows, quirk, u)] = OLD_ARTICLE_FOUND


def _dates_only(rows, quirk, u):
    rows["local"] = rows["local"].astype("M8[D]").astype("M8[s]")


def _minute_one(rows, quirk, u):
    rows["local"] = rows["local"].astype("M8[h]").astype("M8[s]") + np.timedelta64(60, "s")


def _hours_1_to_12(rows, quirk, u):
    day = rows["local"].astype("M8[D]")
    hour = (rows["local"].astype("M8[h]") - day.astype("M8[h]")).astype(int)
    rows["local"] = rows["local"] + ((hour + 11) % 12 + 1 - hour) * HOUR


def _summer_edge(rows, quirk, u):
    month = rows["local"][0].astype("M8[M]").astype("M8[s]")
    if utc(np.array([month]))[0] < month:
        rows["local"][0] = month + np.timedelta64(300, "s")


def _outside_month(rows, quirk, u):
    here = _some(rows, quirk, u)
    days = 1 + (u(len(here)) * 20).astype(int)
    following = rows["local"][here].astype("M8[M]") + draws.MONTH
    rows["local"][here] = following.astype("M8[s]") + days * DAY + 12 * HOUR


def _far_away(rows, quirk, u):
    here = _some(rows, quirk, u)
    rows["Latitude"][here], rows["Longitude"][here] = FAR_AWAY


def _zero_coordinates(rows, quirk, u):
    here = _some(rows, quirk, u)
    rows["Latitude"][here], rows["Longitude"][here] = "0.000000", "0.000000"


def _swapped_coordinates(rows, quirk, u):
    plain = np.isin(rows["Latitude"].astype(str), ["", "0.000000"], invert=True)
    here = np.flatnonzero(plain)[: int(quirk["value"])]
    latitude = rows["Latitude"][here]
    rows["Latitude"][here], rows["Longitude"][here] = rows["Longitude"][here], latitude


# Quirks of a share of the rows or all of them, and quirks of so many rows.
SHARES = {
    "blank": _blank,
    "blank_grounds": _blank_grounds,
    "dates_only": _dates_only,
    "hours_1_to_12": _hours_1_to_12,
    "minute_one": _minute_one,
    "nothing_found_blank": _nothing_found_blank,
    "summer_edge": _summer_edge,
    "wrong_object": _wrong_object,
}
COUNTS = {
    "article_found": _article_found,
    "far_away": _far_away,
    "outside_month": _outside_month,
    "swapped_coordinates": _swapped_coordinates,
    "zero_coordinates": _zero_coordinates,
}


def utc(local):
    """UTC of Europe/London times (M8[s]): summer time is from March's last Sunday, 01:00 UTC, to October's.

    A time in the hour that spring skips is taken as UTC, one in the hour that autumn repeats as summer time.
    """
    year = local.astype("M8[Y]")
    begins, ends = (_last_sunday(year.astype("M8[M]") + i * draws.MONTH).astype("M8[s]") + 2 * HOUR for i in (2, 9))
    return np.where((local >= begins) & (local < ends), local - HOUR, local)


def _last_sunday(month):
    last = (month + draws.MONTH).astype("M8[D]") - np.timedelta64(1, "D")
    return last - ((last.astype(int) + 4) % 7).astype("m8[D]")  # day 0 was a Thursday: Sunday is day 3
