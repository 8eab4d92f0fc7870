"""What the comparison with official statistics is of: whose word on ethnicity, which searches, which months of ours.

It is of whole forces, whatever the other figures of a page are of, so it is said wherever the comparison is.
"""

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.coverage import HEADER_ONLY, NO_FILE, UNUSABLE
from sas_analysis.months import in_ranges, months_in_words
from sas_analysis.present import prose
from sas_analysis.present.table_months import among
from sas_analysis.present.wording import begun
from sas_analysis.reference.official.causes import CAUSE_COLUMNS
from sas_analysis.reference.official.other_years import of_other_years, other_year, year_to
from sas_analysis.reference.official.reconcile import (
    AT_LEAST,
    COUNTED,
    GREY,
    MORE_THAN_WHOLE,
    MOST_OF_A_MONTH,
    RECONCILE_COLUMNS,
)

_OF_ALL = ("searches", "searches with vehicle-only", "share unknown")  # measures of all searches, whoever was searched
_BOTH = "by self-defined ethnicity there, and here {} (they agree only where both do; the nearer number is given)"
_WORDS = {
    "self": "by self-defined ethnicity",
    "officer": _BOTH.format("by officer-defined and by self-defined"),
    "combined": _BOTH.format("with and without the officer’s word"),
}


def word(study) -> str:
    """Whose word on ethnicity the comparison is by. study : `study.Study`."""
    return _WORDS[study.choices.ethnicity]


def searches(study) -> str:
    """The same, and among which searches."""
    return f"{word(study)}, among searches of known ethnicity"


def months_of(study, force: str, year_ending: str) -> str:
    """The months of ours that stand beside the official figures of a year: "2019-04 to 2019-12".

    study : `study.Study`.
    """
    own = _months(study, force, year_ending)
    return in_ranges(own) if own else ""


def _months(study, force: str, year_ending: str) -> list[str]:
    """The same, each."""
    own = study.official_months
    return list(own.loc[own["force"].eq(force) & own["year_ending"].eq(str(year_ending)), "month"])


def whatever(study, row: pd.Series) -> str:
    """What "at least" holds for, of the count of a year that lacks months; "" of any other row.

    row : of `Study.official`. More than the whole year stays so whatever the other months hold; that there are fewer
    needs a bound on what these hold.
    """
    if AT_LEAST not in row["note"]:
        return ""
    one = len(_months(study, row["force"], row["year_ending"])) == 11
    if row["difference"] > 0:
        return f"whatever the other month{' holds' if one else 's hold'}"
    others = "the other month" if one else "each of the other months"
    return f"even if {others} held {MOST_OF_A_MONTH:g} times as many as the largest of these"


def taken_back(study, row: pd.Series) -> str:
    """A count beside the official one with the months that the audit leaves out; "" where it leaves none out.

    row : of `Study.official`: "with 2020-12 taken back in, 2,265 searches of known ethnicity here and 2,833 there
    (-20.0%)". "" of what is no count: a mix of eleven months is compared as that of twelve is.
    """
    if row["measure"] not in COUNTED or len(_months(study, row["force"], row["year_ending"])) == 12:
        return ""
    every = study.choosing(flagged_months="include")
    used, more = (set(_months(of, row["force"], row["year_ending"])) for of in (study, every))
    keys = ["force", "year_ending", "measure", "compared_with"]
    rows = every.official[every.official[keys].eq(row[keys]).all(axis=1)]
    if more == used or rows.empty:
        return ""
    (other,) = rows.to_dict("records")
    ours, theirs = (prose.number(other[name], other["measure"]) for name in ("ours", "official"))
    far = prose.difference(other["difference"], other["measure"]) + " at least" * (AT_LEAST in other["note"])
    far = "too few months to be compared" if other["light"] == GREY else far
    return f"with {in_ranges(more - used)} taken back in, {ours} {other['measure']} here and {theirs} there ({far})"


def compared_years(table: pd.DataFrame) -> str:
    """Which official years a table of the comparison holds: "official figures of the year to March 2021"; "" of none.

    table : as `Study.official`. Those that are not of the year of the records are told apart.
    """
    table = table[table["light"].ne(GREY)]
    others = other_year(table)
    own = sorted(set(table.loc[table["compared_with"].ne("") & others.eq(""), "compared_with"].astype("str")))
    said = ""
    if own:
        said = f"official figures of the year{'s' * (len(own) > 1)} to {and_join(list(map(year_to, own)))}"
    other = f"official figures{of_other_years(others)}" if others.ne("").any() else ""
    return " and ".join(filter(None, [said, other]))


def parts_above_whole(table: pd.DataFrame) -> list[str]:
    """The forces of which a part of a year has more searches here than the whole of it officially has.

    table : as `Study.official`, or rows of it.
    """
    return list(dict.fromkeys(table.loc[table["note"].str.contains(MORE_THAN_WHOLE, regex=False), "force"]))


def basis(study, row: pd.Series) -> str:
    """What one row of the comparison is of, to begin a sentence with. row : of `Study.official`."""
    months = months_of(study, row["force"], row["year_ending"])
    measure = row["measure"]
    of = "" if measure in _OF_ALL else word(study) if measure.startswith("searches") else searches(study)
    said = ", ".join(filter(None, [of, months]))
    return f"{begun(said)}"


def months_beside(study) -> str:
    """The months of ours that stand beside official figures, of several forces: they may be others than its ratios'.

    study : `study.Study`. "" where they are all months with records, and those of the ratios too.
    """
    own, here = study.official_months, study.counted[~study.counted["status"].isin([NO_FILE, HEADER_ONLY])]
    several = study.whole.counted["force"].nunique() > 1
    unusable = len(here[here["status"].eq(UNUSABLE)])
    if own.empty or not several or (len(own) == len(here) and not unusable):
        return ""
    said = f"these records in {months_in_words(len(own), of=len(here), several=True)} with records"
    return said + among(unusable, study.rests_on)


def basis_of_table(study, table: pd.DataFrame) -> str:
    """The grey line of the table of the comparison, or of the causes of differences; "" of any other table."""
    if not table.empty and set(CAUSE_COLUMNS) <= set(table.columns):
        said = [f"{begun(word(study))}, known ethnicity alone", months_beside(study)]
        return f"{'; '.join(filter(None, said))}."
    if table.empty or not set(RECONCILE_COLUMNS) <= set(table.columns):
        return ""
    years = table[["force", "year_ending"]].drop_duplicates()
    months = months_of(study, *years.iloc[0]) if len(years) == 1 else ""
    said = ", ".join(filter(None, [searches(study), months]))
    beside = "" if months else months_beside(study)
    return "; ".join(filter(None, [begun(said), compared_years(table), beside])) + "."


def without_mix(study) -> str:
    """Why the comparison has no ethnic mix; "" where it may have one."""
    self_defined = study.choices.ethnicity == "self"
    return "" if self_defined else "The ethnic mix is not compared, for the official one is self-defined alone."
