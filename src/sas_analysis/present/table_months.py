"""Which months a table of a page is of, and whose residents it divides by: what its grey line says of both.

The tables of a page of all forces are of different months: a field may be used in some of them only, and some tables
are of all that is published. So two numbers of one force differ, and each table says which months it is of, wherever
any are set aside. Other pages say once which months they are of, and a table says what differs.
"""

from collections.abc import Collection, Sequence

import pandas as pd

from sas_analysis.measures.coverage import FLAGGED, HEADER_ONLY, NO_FILE, UNUSABLE
from sas_analysis.months import months_in_words
from sas_analysis.present.reasons import field_words
from sas_analysis.present.wording import begun

_SET_ASIDE = [FLAGGED, UNUSABLE]
_KEYS = ["force", "month"]


def told(own, page, *, published: bool, forces: Collection[str] = (), residents: str = "") -> str:
    """How many months with records a table is of, and its residents; "" where all months count for it and its page.

    own, page : `study.Study`, whose months the table and its page are of. published : whether it is of all that is
    published. forces : those it has rows of, by default all. residents : in words, "" where it divides by none.
    """
    grids = [one.counted[~one.counted["status"].isin([NO_FILE, HEADER_ONLY])] for one in (own, page)]
    if not any(grid["status"].isin(_SET_ASIDE).any() for grid in grids):
        return ""
    own_grid, page_grid = (grid[grid["force"].isin(forces)] if len(forces) else grid for grid in grids)
    several, number = own_grid["force"].nunique() > 1, int((~own_grid["status"].isin(_SET_ASIDE)).sum())
    if published:
        of = begun(months_in_words(len(own_grid), of=len(own_grid), several=several))
        return f"{of} with records, those set aside elsewhere on this page too."
    of = begun(months_in_words(number, of=len(own_grid), several=several))
    said = [f"{of} with records{_with(own_grid, page_grid, page.rests_on)}"]
    return "; ".join([*said, *filter(None, [of_residents(residents)])]) + "."


def among(number: int, fields: Sequence[str]) -> str:
    """That a table has months in which a field may not be used that ratios rest on; "" where it has none.

    Examples
    --------
    >>> among(15, ["self_defined_ethnicity"])
    ', among them 15 in which self-defined ethnicity may not be used: these are in no ratio'
    """
    if not number:
        return ""
    names, these = " or ".join(map(field_words, fields)), "this is" if number == 1 else "these are"
    return f", among them {number} in which {names} may not be used: {these} in no ratio"


def of_residents(source: str) -> str:
    """Residents without who counted them, which the foot of a page says. source : as `Comparison.source_of`.

    Examples
    --------
    >>> of_residents("Residents of all ages: Census 2021, Office for National Statistics, Chinese counted in Asian")
    'residents of all ages: Census 2021'
    """
    text = source.partition(", Office for National Statistics")[0]
    return f"{text[:1].lower()}{text[1:]}"


def _with(own: pd.DataFrame, page: pd.DataFrame, fields: Sequence[str]) -> str:
    """The months of a table that its page sets aside for a field that the table does not need."""
    lost = page.loc[page["status"].eq(UNUSABLE), _KEYS].astype("str")
    used = own.loc[~own["status"].isin(_SET_ASIDE), _KEYS].astype("str")
    return among(len(lost.merge(used)), fields)
