"""A rule on the two accounts of ethnicity: an officers' column that is made from what people say of themselves.

Officers who look at a person name another group than some people say, and spread those who say none over several. A
column that a system fills in from the own word does neither: each word has one officers' label, and *not stated* has
one too.
"""

import numpy as np

from sas_analysis.codes import positions
from sas_analysis.records import labels
from sas_analysis.records.audit import limits
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months

FOLLOWS = 0.99  # of the records of a word, those with its commonest label: a column that is made has odd corrections
# The most that officers who look reach in a month and those around it: 96.0% of those who say another group than White
# (Essex), and 96.0% of those who say none (Dorset), but of both together no month of 30 forces has even 93%.
USUAL = 0.96
FEWEST_UNSTATED = 20  # they are the sign that nobody looked, and a few may have one label by chance
_UNKNOWN = (labels.NOT_RECORDED, labels.UNRECOGNISED, labels.UNKNOWN)


def rules(months: Months) -> list[dict]:
    """All findings of this family.

    One month has too few records to tell, so months are judged together: one and those around it. A month is found
    where it is among some that show it: so the months beside a change of system are judged by those on their own side.
    """
    said, unstated, groups = _around(months)
    default = unstated.argmax(axis=1)
    unstated = unstated.max(axis=1), unstated.sum(axis=1)
    by = _shown_by(months, _follows(said, unstated))
    return found(
        months,
        "officer follows own word",
        by >= 0,
        value=limits.share(*(a + b for a, b in zip(said, unstated, strict=True)))[by],
        threshold=FOLLOWS,
        evidence=lambda i: (
            f"with the months around, {said[0][by[i]]:,} of {said[1][by[i]]:,} searches of people who say another "
            f"group than White have the officers' label that goes with their word, and {unstated[0][by[i]]:,} of "
            f"{unstated[1][by[i]]:,} of people who say none have {groups[default[by[i]]]}"
        ),
        field="officer_defined_ethnicity",
    )


def _follows(said, unstated) -> np.ndarray:
    """Where one label goes with each word, and one with none, in more records than officers who look could bring about.

    said, unstated : records with the commonest label, and all. Both are needed, and their chances count together.
    """
    enough = unstated[1] >= FEWEST_UNSTATED
    one_label = np.minimum(limits.share(*said), limits.share(*unstated)) >= FOLLOWS
    return one_label & enough & (limits.as_many(*said, USUAL) * limits.as_many(*unstated, USUAL) < limits.CHANCE)


def _shown_by(months: Months, shows: np.ndarray) -> np.ndarray:
    """The month that, with those around it, shows each month: itself, or one that it is near; -1 where none does."""
    by = np.full(len(months), -1)
    for month in np.flatnonzero(shows):
        near = months.neighbours[month]
        by[near[near >= 0]] = month
    return np.where(shows, np.arange(len(months)), by)


def _around(months: Months) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, list[str]]:
    """Of each month and those around it: searches of people who say another group than White, with the commonest
    officers' label of their word and all; searches (months, groups) of those who say none; the officers' groups.

    Searches of which the officers' group is known. The first of a word always has its commonest label: it is left out.
    """
    records = months.records
    own, officer = records["self_defined_ethnicity"], records["officer_ethnicity_5"]
    words, groups = list(own.cat.categories), [name for name in officer.cat.categories if name not in _UNKNOWN]
    seen, unstated = positions(officer, groups), positions(records["ethnicity_5"], _UNKNOWN) >= 0
    other = ~unstated & (positions(records["ethnicity_5"], ["White"]) < 0)
    cells = np.where(seen >= 0, positions(own, words) * len(groups) + seen, -1)
    by_word = _with_neighbours(months, months.table(cells, len(words) * len(groups), other))
    by_word = by_word.reshape(len(months), len(words), len(groups))
    all_of_word = by_word.sum(axis=2)
    first = all_of_word > 0
    said = tuple((number - first).sum(axis=1) for number in (by_word.max(axis=2, initial=0), all_of_word))
    return said, _with_neighbours(months, months.table(seen, len(groups), unstated)), groups


def _with_neighbours(months: Months, counts: np.ndarray) -> np.ndarray:
    """Counts (months, columns) of each month and of those around it together."""
    return counts + sum(np.where((near >= 0)[:, None], counts[near], 0) for near in months.neighbours.T)
