"""The rows of one synthetic force-month: a dict of the publisher's columns, arrays of text in time order.

Randomness is the raw output of PCG64, which numpy keeps the same in all versions (not so its distributions),
and every draw compares a uniform number with sums and products only: a seed gives the same bytes everywhere.
"""

import math
import zlib

import numpy as np

from . import model as known

COLUMNS = (
    "Type",
    "Date",
    "Part of a policing operation",
    "Policing operation",
    "Latitude",
    "Longitude",
    "Gender",
    "Age range",
    "Self-defined ethnicity",
    "Officer-defined ethnicity",
    "Legislation",
    "Object of search",
    "Outcome",
    "Outcome linked to object of search",
    "Removal of more than just outer clothing",
)
LINK, REMOVAL = COLUMNS[-2:]
PERSON = (*COLUMNS[6:10], REMOVAL)  # what a search of a vehicle alone leaves blank
MONTH = np.timedelta64(1, "M")
# Local hour from midnight, and weekday from Monday.
HOURS = (50, 44, 31, 22, 14, 7, 3, 4, 9, 13, 20, 31, 41, 49, 58, 77, 89, 86, 72, 58, 60, 56, 46, 58)
WEEKDAYS = (147, 139, 150, 149, 156, 144, 115)
# Minutes: hours and half hours first, then quarters and tens, then fives.
MINUTES = [130 if m % 30 == 0 else 60 if m % 10 == 0 or m % 15 == 0 else 35 if m % 5 == 0 else 3 for m in range(60)]


def stream(*words):
    """A function n -> n uniform numbers in [0, 1), fixed by `words` (integers and text)."""
    entropy = [word if isinstance(word, int) else zlib.crc32(word.encode()) for word in words]
    bits = np.random.PCG64(np.random.SeedSequence(entropy))
    return lambda n: (bits.random_raw(n) >> np.uint64(11)) * 2.0**-53


def choose(weights, u):
    """Index drawn with probability proportional to `weights` for each uniform number of `u`."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    return np.minimum(np.searchsorted(edges, u * edges[-1], side="right"), len(edges) - 1)


def choose_given(table, given, u):
    """As `choose`, from row `given[i]` of the weights `table` (shape: given values, choices) for row i."""
    edges = np.cumsum(table, axis=1)[given]
    return np.minimum((u[:, None] * edges[:, -1:] >= edges).sum(axis=1), edges.shape[1] - 1)


def poisson(mean, u):
    """A Poisson count at the uniform number `u`, by its distribution function around the mode."""
    if mean <= 0:
        return 0
    mode, span = int(mean), 12 * math.isqrt(int(mean)) + 30
    above = np.cumprod(mean / np.arange(mode + 1, mode + span + 1))
    below = np.cumprod(np.arange(mode, max(mode - span, 0), -1) / mean)
    weights = np.concatenate([below[::-1], [1.0], above])
    return mode - len(below) + int(choose(weights, np.array([u]))[0])


def draw(force, month, scale, seed):
    """Rows of one force-month without its quirks; "local" is the local time, from which Date is made last."""
    u, p = stream(seed, force, month), known.parameters(force)
    group, section_60, vehicle = _searches(force, month, scale, u)
    n, group_5 = len(group), known.groups(force)["group_5"][group]
    rows = {name: np.full(n, "", dtype=object) for name in COLUMNS}
    rows["local"] = _local_times(month, n, p, u)
    rows["Type"] = _types(vehicle, p, u)
    rows["Part of a policing operation"] = _booleans(p["operation_blank"], p["operation_true"], u(n), u(n))
    rows["Latitude"], rows["Longitude"] = _places(force, n, p, seed, u)
    rows["Gender"], rows["Age range"] = _genders(group_5, p, u), _ages(group_5, p, u)
    rows["Self-defined ethnicity"] = _self_defined(force, month, group, group_5, u)
    rows["Officer-defined ethnicity"] = _officer_defined(rows["Self-defined ethnicity"] == "", group_5, p, u)
    objects, rows["Object of search"], rows["Legislation"] = _grounds(force, section_60, group_5, u)
    outcome, rows["Outcome"] = _outcomes(force, month, objects, group_5, p, u)
    rows[LINK] = _links(outcome, p, u)
    rows[REMOVAL] = _booleans(p["removal_blank"], p["removal_true"], u(n), u(n))
    for name in PERSON:
        rows[name][vehicle == 1] = ""
    return in_time_order(rows)


def in_time_order(rows):
    """The same rows sorted by local time; equal times keep their order."""
    order = np.argsort(rows["local"], kind="stable")
    return {name: values[order] for name, values in rows.items()}


def _searches(force, month, scale, u):
    """Each row's detailed group, section 60 or not, vehicle search (0 no, 1 yes, 2 with person fields)."""
    grounds, section_60 = known.expected(force, month, scale)
    p = known.parameters(force)
    odds = p["vehicle_share"] / (1 - p["vehicle_share"])
    parts = (grounds, section_60, (grounds + section_60) * odds)
    counts = [poisson(np.cumsum(part)[-1], x) for part, x in zip(parts, u(3), strict=True)]
    group = np.concatenate([choose(part, u(n)) for part, n in zip(parts, counts, strict=True)])
    kind = np.repeat([0, 1, 2], counts)
    filled = u(len(kind)) < p["vehicle_filled"]
    return group, kind == 1, np.where(kind == 2, np.where(filled, 2, 1), 0)


def _local_times(month, n, p, u):
    first = np.datetime64(month, "M")
    days = np.arange(first.astype("M8[D]"), (first + MONTH).astype("M8[D]"))
    weekday = (days.astype(int) + 3) % 7  # day 0 was a Thursday
    day = days[choose(np.array(WEEKDAYS)[weekday], u(n))]
    minute = choose(HOURS, u(n)) * 60 + choose(MINUTES, u(n))
    second = np.where(u(n) < p["seconds_share"], (u(n) * 60).astype(int), 0)
    second = np.where(u(n) < p["midnight_share"], 0, minute * 60 + second)
    return day.astype("M8[s]") + second.astype("m8[s]")


def _types(vehicle, p, u):
    both = u(len(vehicle)) < p["person_and_vehicle_share"]
    text = np.where(both, "Person and Vehicle search", "Person search").astype(object)
    text[vehicle > 0] = "Vehicle search"
    return text


def _booleans(blank, true, u_blank, u_true):
    text = np.where(u_true < true / np.maximum(1 - blank, 1e-9), "True", "False").astype(object)
    text[u_blank < blank] = ""
    return text


def _places(force, n, p, seed, u):
    """Snap points: a fixed set per force, the first of them shared by many rows; drawn in micro-degrees."""
    k, v = int(p["snap_points"]), stream(seed, force, "snap points")
    x, blank = u(n), u(n) < p["location_blank"]
    index = (k * (x * x * x)).astype(int)
    texts = []
    for low, high in (("south", "north"), ("west", "east")):
        micro = round(p[low] * 1e6) + (v(k) * round((p[high] - p[low]) * 1e6)).astype(int)
        texts.append(np.array([f"{value / 1e6:.6f}" for value in micro.tolist()], dtype=object)[index])
        texts[-1][blank] = ""
    return texts


def _genders(group_5, p, u):
    female, x = known.people("female")[1][group_5, 0], u(len(group_5))
    text = np.where(x < female, "Female", np.where(x < 0.9995, "Male", "Other")).astype(object)
    text[u(len(group_5)) < p["gender_blank"]] = ""
    return text


def _ages(group_5, p, u):
    names, chance = known.people("age_")
    text = np.array(names, dtype=object)[choose_given(chance, group_5, u(len(group_5)))]
    text[u(len(group_5)) < p["age_blank"]] = ""
    return text


def _labels(field, era):
    return np.array([row[era] for row in known.table("labels") if row["field"] == field], dtype=object)


def _self_defined(force, month, group, group_5, u):
    p, x = known.parameters(force), u(len(group))
    labels = _labels("ethnicity", "old" if month < p["ethnicity_switch"] else "current")
    text, blank = labels[group], p["self_blank"]
    text[x < blank + known.not_stated_share(force, month)[group_5]] = labels[-1]
    text[x < blank] = ""
    return text


def _officer_defined(self_blank, group_5, p, u):
    names, chance = known.people("officer_")
    text = np.array(names, dtype=object)[choose_given(chance, group_5, u(len(group_5)))]
    blank = np.where(self_blank, p["officer_blank_if_self_blank"], p["officer_blank_otherwise"])
    text[u(len(group_5)) < blank] = ""
    return text


def _grounds(force, section_60, group_5, u):
    """True object (index into the outcome table), recorded object, legislation; section 60 has its own."""
    p, names, n = known.parameters(force), known.outcomes(force)[0], len(group_5)
    listed, chance = known.objects(p["object_profile"])
    objects = np.array([names.index(name) for name in listed])[choose_given(chance, group_5, u(n))]
    objects[section_60] = names.index(known.SECTION_60_OBJECT)
    laws, x = np.full(n, "", dtype=object), u(n)
    for code, name in enumerate(names):
        rows, here = [row for row in known.table("legislation") if row["object"] == name], objects == code
        labels = np.array([row["legislation"] for row in rows], dtype=object)
        laws[here] = labels[choose([float(row["probability"]) for row in rows], x[here])]
    recorded = np.array(names, dtype=object)[objects]
    recorded[u(n) < p["object_blank"]] = ""
    none = u(n) < p["grounds_blank"]
    recorded[none], laws[none] = "", ""
    return objects, recorded, laws


def _outcomes(force, month, objects, group_5, p, u):
    """Index of the outcome (0 is no further action) and its label in the month's vocabulary."""
    chance = known.outcomes(force)[2]
    flat = chance.reshape(-1, chance.shape[2])
    outcome = choose_given(flat, objects * len(known.GROUPS) + group_5, u(len(objects)))
    text = _labels("outcome", "old" if month < p["outcome_switch"] else "current")[outcome]
    text[u(len(objects)) < p["outcome_blank"]] = ""
    return outcome, text


def _links(outcome, p, u):
    n, nothing = len(outcome), outcome == 0
    blank = np.where(nothing, p["link_blank_no_further_action"], p["link_blank_positive"])
    true = np.where(nothing, p["link_true_no_further_action"], p["link_true_positive"])
    return _booleans(blank, true, u(n), u(n))
