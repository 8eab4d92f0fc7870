"""What the synthetic sample is drawn from: the tables in records/sample as probabilities and expected counts.

Independent of the cleaning and the measures, which are tested against it: nothing of theirs is imported. Sums
are sequential and no transcendental function is used, so that every machine gets the same figures.
"""

import csv
from functools import cache
from importlib import resources

import numpy as np

GROUPS = ("White", "Mixed", "Asian", "Black", "Other")
NO_FURTHER_ACTION = "A no further action disposal"
SECTION_60_OBJECT = "Anything to threaten or harm anyone"
# Searches of a month over the average month's, from January; they average 1, so a year has the stated rate.
SEASON = (1.08, 0.98, 1.00, 1.06, 1.04, 0.92, 0.88, 1.05, 0.95, 1.04, 1.06, 0.94)


@cache
def table(name):
    """Rows of records/sample/<name>.csv as dicts of text; lines that begin with # are comments."""
    text = resources.files(__package__).joinpath("tables", f"{name}.csv").read_text(encoding="ascii")
    return tuple(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def forces():
    """Slugs of the forces that can be simulated."""
    return tuple(name for name in table("forces")[0] if name != "parameter")


@cache
def parameters(force):
    """One force's parameters: text for the profile and the label switches, numbers otherwise."""
    text = {row["parameter"]: row[force] for row in table("forces")}
    words = {name for name in text if name == "object_profile" or name.endswith("_switch")}
    return {name: value if name in words else float(value) for name, value in text.items()}


@cache
def groups(force):
    """Detailed groups of one force: names, index in GROUPS, residents, yearly rate per 1,000; 18 of each."""
    rows = [row for row in table("groups") if row["force"] == force]
    return {
        "names": tuple(row["ethnic_group"] for row in rows),
        "group_5": np.array([GROUPS.index(row["group_5"]) for row in rows]),
        "residents": np.array([int(row["residents"]) for row in rows]),
        "rate": np.array([float(row["search_rate"]) for row in rows]),
    }


@cache
def people(prefix):
    """Columns of people.csv that begin with `prefix`: names without it, values (5 groups, columns)."""
    names = [name for name in table("people")[0] if name.startswith(prefix)]
    values = np.array([[float(row[name]) for name in names] for row in table("people")])
    return tuple(name.removeprefix(prefix) for name in names), values


@cache
def objects(profile):
    """Objects of reasonable-grounds searches, and their probabilities, shape (5 groups, objects)."""
    rows = [row for row in table("objects") if row["profile"] == profile]
    return tuple(row["object"] for row in rows), np.array([[float(row[g]) for row in rows] for g in GROUPS])


@cache
def outcomes(force):
    """Objects, outcomes (no further action first), probabilities of shape (objects, 5 groups, outcomes)."""
    rows = table("outcomes")
    positive = [name for name in rows[0] if name != "object"]
    base = np.array([[float(row[name]) for name in positive] for row in rows])
    factor = people("positive_factor")[1][:, 0] * parameters(force)["positive_factor"]
    chance = base[:, None, :] * factor[None, :, None]
    nothing = 1 - sum(chance[:, :, i] for i in range(len(positive)))
    names = (NO_FURTHER_ACTION, *positive)
    return tuple(row["object"] for row in rows), names, np.concatenate([nothing[:, :, None], chance], axis=2)


def quirks(force, month):
    """Quirks of one force in one month, in the order in which they are applied."""
    rows = (row for row in table("quirks") if row["force"] == force)
    return [row for row in rows if row["first"] <= month <= row["last"]]


def expected(force, month, scale):
    """Expected person searches of the month by detailed group: reasonable grounds, section 60; each of 18."""
    detail, bursts = groups(force), [q for q in quirks(force, month) if q["quirk"] == "section_60"]
    yearly = detail["residents"] * detail["rate"] / 1000 * scale
    weight = yearly * people("section_60_factor")[1][detail["group_5"], 0]
    monthly = parameters(force)["section_60_monthly"] + sum(float(row["value"]) for row in bursts)
    return yearly / 12 * SEASON[int(month[5:]) - 1], weight / total(weight) * monthly * scale


def not_stated_share(force, month):
    """Probability that a search is recorded as not stated, by true group (length 5); a line in time."""
    p, first, last = parameters(force), _ordinal("2017-07"), _ordinal("2019-12")
    moved = min(max((_ordinal(month) - first) / (last - first), 0), 1)
    level = p["not_stated_2017-07"] + moved * (p["not_stated_2019-12"] - p["not_stated_2017-07"])
    return level * people("not_stated_factor")[1][:, 0]


def location_blank_share(force, month):
    """Probability that a row has no coordinates, with the month's quirks."""
    located = 1 - parameters(force)["location_blank"]
    for row in quirks(force, month):
        if row["quirk"] == "blank" and row["column"] == "Latitude":
            located *= 1 - float(row["value"])
    return 1 - located


def fold(force, values):
    """Sum of the detailed groups' values within each of the 5 groups."""
    return np.bincount(groups(force)["group_5"], weights=values, minlength=len(GROUPS))


def _ordinal(month):
    return int(month[:4]) * 12 + int(month[5:])


def total(values):
    """Sum in order, the same on every machine."""
    return np.cumsum(values)[-1]
