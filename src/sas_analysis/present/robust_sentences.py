"""Sentences on the robust outcome test: what is established, and that the rest says nothing."""

import pandas as pd

from sas_analysis.errors import and_join, number_of
from sas_analysis.measures.outcomes.robust_test import HIGHER, LOWER, NOT_ESTIMABLE
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import prose
from sas_analysis.reference.forces import in_words

ASSUMES = (
    "What the robust outcome test assumes: that those of a higher risk are likelier to be searched in either group, "
    "that the risks of the groups have a ratio that only rises with risk, that a hit means the same in both, and that "
    "residents are the pool of those who might be searched (m* says how wrong that may be). What it cannot say: by "
    "how much thresholds differ, or why."
)
OUTCOME_TEST = (
    "The outcome test sets hit rates side by side. What it assumes, to say anything of thresholds: that the last "
    "person searched of either group is like the average one. What it cannot say: whether thresholds differ, for "
    "groups with one threshold can have other hit rates, and groups with other thresholds the same "
    "(infra-marginality)."
)
NO_CLEARANCE = "*Inconclusive* is no finding either way: it does not show that thresholds are equal."


def verdicts(table: pd.DataFrame, *, by: str = "ethnicity_5") -> str:
    """How many comparisons are inconclusive, and which are not, with what would undo them.

    table : as `robust_test_of` returns it.

    Examples
    --------
    >>> from sas_analysis.study.robust import robust_test_of
    >>> print(verdicts(robust_test_of(compared, least=30)))
    **The robust outcome test is inconclusive in all 6 comparisons.** ...
    """
    tested = table[table["verdict"].ne(NOT_ESTIMABLE)]
    if tested.empty:
        return f"**The robust outcome test has nothing to look at.** {_left_out(table)}".strip()
    found = tested[tested["verdict_adjusted"].isin([LOWER, HIGHER])]
    several = "force" in table and table["force"].nunique() > 1
    number = prose.count(len(tested))
    if found.empty:
        alone = tested[tested["verdict"].isin([LOWER, HIGHER])]
        every = f"all {number} comparisons" if len(tested) > 1 else "the one comparison that can be made"
        text = f"**The robust outcome test is inconclusive in {every}.**"
        if len(alone):
            which = and_join([_where(row, by, several) for _, row in alone.iterrows()])
            text += f" One by one it would find {which}: among {number} comparisons, some such are due to chance."
        return f"{text} {NO_CLEARANCE}"
    said = [_where(row, by, several) for _, row in found.iterrows()]
    stands = [_robustness(row, _where(row, by, several) if len(found) > 1 else "") for _, row in found.iterrows()]
    rest = len(tested) - len(found)
    others = f", and is inconclusive in {prose.count(rest)} of {number} comparisons" if rest else ""
    return " ".join([f"**The robust outcome test finds {and_join(said)}{others}.**", *stands, NO_CLEARANCE])


def _where(row, by, several):
    place = [f"for {str(row[name]).lower()}" for name in ("object_group",) if name in row]
    force = [f"in {in_words([str(row['force'])])}"] if several and "force" in row else []
    return f"a {row['verdict']} {' '.join([f'for searches of {row[by]} people', *place, *force])}"


def _robustness(row, which: str):
    """On how many counts of residents a verdict stands, and whether it does whoever the unknown were.

    which : the verdict, where there are several.
    """
    stands = row["verdict_unknown_worst"] == row["verdict"]
    name = f"The finding of {which}" if which else "This finding"
    bases = f"on {row['bases_alike']} of {row['bases']} counts of residents" if "bases" in row else ""
    shared = "however the searches of unknown ethnicity are shared out"
    if stands:
        return f"{name} holds {and_join([*filter(None, [bases]), shared])}."
    lost = "shared out in some ways, the searches of unknown ethnicity undo it"
    return f"{name} holds {bases}, but {lost}." if bases else f"{name} is not firm: {lost}."


def _left_out(rows):
    """How many comparisons cannot be made, and why: the reasons of most of them, with how many each is of."""
    if rows.empty:
        return ""
    why = rows["note"].astype("str").str.replace(CONTRADICTED, "", regex=False).str.removeprefix("not estimable: ")
    numbers = why.str.partition(" (")[0].str.strip("; ").value_counts()
    begins = f"{number_of(len(rows), 'comparison')} cannot be made"
    if len(numbers) == 1:
        return f"{begins}: {numbers.index[0]}."
    more = f"; and {number_of(len(numbers) - 3, 'more reason')}" if len(numbers) > 3 else ""
    return f"{begins}: {'; '.join(f'{reason} ({number})' for reason, number in numbers.head(3).items())}{more}."
