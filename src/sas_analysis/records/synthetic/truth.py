"""The known truth of a synthetic sample, as its SYNTHETIC.json tells it."""

import numpy as np

from .model import (
    GROUPS,
    SECTION_60_OBJECT,
    expected,
    fold,
    groups,
    location_blank_share,
    not_stated_share,
    objects,
    outcomes,
    parameters,
    people,
    total,
)

DEFINITIONS = {
    "search_rate": "expected person searches per 1,000 residents (Census 2011) per year over the months",
    "disproportionality_ratio": "search_rate of the group over that of White, by true group, none unknown",
    "disproportionality_ratio_if_stated": "the same from the searches whose group is stated",
    "expected_searches": "person searches: all rows but vehicle searches",
    "expected_rows": "person searches and vehicle searches, before the quirks of whole files",
    "not_stated_share": "of person searches, by true group; blank_share comes on top, the same in all groups",
    "location_blank_share": "of all rows, with the month's quirks",
    "object_given_group": "of reasonable-grounds searches, by true group, where the object is recorded",
    "outcome_given_object_and_group": "by true object and true group, where the outcome is recorded",
    "positive_outcome_probability": "any recorded outcome but no further action; arrest is one of them",
    "vehicle_share": "of all rows, groups mixed as in the others; vehicle_filled of them have person fields",
    "quirks": "a force-month listed under quirks departs from these figures in the column named there",
}


def truth(chosen, months, scale):
    """What is true of the searches of these forces (slugs) in these months ("YYYY-MM"), ready for JSON."""
    return {
        "definitions": DEFINITIONS,
        "forces": {force: _force_truth(force, months, scale) for force in chosen},
    }


def _force_truth(force, months, scale):
    p, by_month = parameters(force), {month: _month_truth(force, month, scale) for month in months}
    names, ages = people("age_")
    labels, officer = people("officer_")
    return {
        "months": by_month,
        "ethnic_groups": _group_truth(force, months, scale),
        "groups_5": _group_5_truth(force, months, scale),
        **_probabilities(force, months, scale),
        "officer_defined_given_true_group": _by_group(labels, officer),
        "age_given_group": _by_group(names, ages),
        "parameters": {name: p[name] for name in sorted(p)},
    }


def _month_truth(force, month, scale):
    p, (grounds, section_60) = parameters(force), expected(force, month, scale)
    by_group, hidden = fold(force, grounds + section_60), not_stated_share(force, month)
    persons = total(by_group)
    return {
        "expected_rows": _figure(persons / (1 - p["vehicle_share"])),
        "expected_searches": _figure(persons),
        "expected_section_60": _figure(total(section_60)),
        "expected_searches_by_group_5": _named(by_group),
        "expected_stated_by_group_5": _named(by_group * (1 - p["self_blank"] - hidden)),
        "not_stated_share": _named(hidden),
        "blank_share": p["self_blank"],
        "location_blank_share": _figure(location_blank_share(force, month)),
    }


def _group_truth(force, months, scale):
    detail, white = groups(force), _rates(force, months, scale)["White"]
    count = sum(sum(expected(force, month, scale)) for month in months)
    rate = count / (detail["residents"] * (len(months) / 12)) * 1000
    return {
        name: {
            "group_5": GROUPS[detail["group_5"][i]],
            "residents": int(detail["residents"][i]),
            "expected_searches": _figure(count[i]),
            "search_rate": _figure(rate[i]),
            "ratio_to_white": _figure(rate[i] / white),
        }
        for i, name in enumerate(detail["names"])
    }


def _group_5_truth(force, months, scale):
    rate, stated = _rates(force, months, scale), _rates(force, months, scale, stated=True)
    parts = [_rates(force, months, scale, part=part) for part in (0, 1)]
    residents = fold(force, groups(force)["residents"])
    return {
        group: {
            "residents": int(residents[i]),
            "search_rate": _figure(rate[group]),
            "search_rate_reasonable_grounds": _figure(parts[0][group]),
            "search_rate_section_60": _figure(parts[1][group]),
            "disproportionality_ratio": _figure(rate[group] / rate["White"]),
            "disproportionality_ratio_if_stated": _figure(stated[group] / stated["White"]),
        }
        for i, group in enumerate(GROUPS)
    }


def _rates(force, months, scale, part=None, stated=False):
    """Searches per 1,000 residents per year by group; part 0 reasonable grounds, 1 section 60, None both."""
    searches, blank = np.zeros(len(GROUPS)), parameters(force)["self_blank"]
    for month in months:
        parts = expected(force, month, scale)
        count = fold(force, sum(parts) if part is None else parts[part])
        searches += count * (1 - blank - not_stated_share(force, month)) if stated else count
    resident_years = fold(force, groups(force)["residents"]) * (len(months) / 12)
    return dict(zip(GROUPS, searches / resident_years * 1000, strict=True))


def _probabilities(force, months, scale):
    names, chance = objects(parameters(force)["object_profile"])
    known, labels, outcome = outcomes(force)
    given = outcome[[known.index(name) for name in names]]
    grounds = sum(chance[:, i, None] * given[i] for i in range(len(names)))
    section_60 = outcome[known.index(SECTION_60_OBJECT)]
    counts = [fold(force, sum(expected(force, m, scale)[part] for m in months)) for part in (0, 1)]
    share = (counts[1] / (counts[0] + counts[1]))[:, None]
    scopes = {
        "reasonable_grounds": grounds,
        "section_60": section_60,
        "all": grounds * (1 - share) + section_60 * share,
    }
    return {
        "object_given_group": _by_group(names, chance),
        "outcome_given_object_and_group": {name: _by_group(labels, outcome[i]) for i, name in enumerate(known)},
        "positive_outcome_probability": {key: _named(1 - value[:, 0]) for key, value in scopes.items()},
        "arrest_probability": {key: _named(value[:, labels.index("Arrest")]) for key, value in scopes.items()},
    }


def _figure(value):
    return round(float(value), 6)


def _named(values):
    return {group: _figure(value) for group, value in zip(GROUPS, values, strict=True)}


def _by_group(names, values):
    """{group: {name: probability}} from an array of shape (5 groups, names)."""
    return {
        group: {name: _figure(p) for name, p in zip(names, row, strict=True)}
        for group, row in zip(GROUPS, values, strict=True)
    }
