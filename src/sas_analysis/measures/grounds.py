"""Search grounds: how they differ between groups, and whether object and legislation, two accounts of one, agree."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of
from sas_analysis.measures.intervals.alike import alike
from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.intervals.kinds import kind_of
from sas_analysis.measures.intervals.of_searches import shares_of
from sas_analysis.measures.outcomes.differences import outcome_differences
from sas_analysis.measures.outcomes.events import Event
from sas_analysis.measures.shares import UNKNOWN_LABELS, labels, proportions, require_columns
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.records.labels import crosswalk
from sas_analysis.rounding import rounded


def share_differences(
    searches: pd.DataFrame,
    column: str,
    *,
    by: str = "ethnicity_5",
    reference: str = "White",
    within: Sequence[str] = (),
    covariates: Sequence[str] = (),
    only: Sequence[str] | None = None,
    level: float = 0.95,
    interval: str = "process",
    together: int = 1,
) -> pd.DataFrame:
    """Share of searches with each label of a column, of every group less that of the reference group.

    Parameters
    ----------
    searches : DataFrame
        Clean table. Searches whose label is not recorded are left out; the note says how many these are.
    column : str
        What the searches were for, or how they were made: "object_group", "power", "more_than_outer_clothing".
    by, reference, within, covariates, level, interval, together
        As `outcome_differences`. The column itself cannot be held alike.
    only : sequence of str, optional
        The labels to compare; by default all that occur, and of two the rarer, which the other mirrors.

    Returns
    -------
    DataFrame
        `<column> | <by> | <measures table>`, a row a label that occurs, group and measure: `share_difference_crude`,
        `share_difference_within` and `share_difference_adjusted`. Of a column of truth values only True has rows.

    Raises
    ------
    ValueError
        As `outcome_differences`, and where the column is held alike.

    Source
    ------
    As `outcome_differences`.

    Examples
    --------
    >>> found = share_differences(study.counted_searches, "power", within=["object_group"])
    >>> found[found["ethnicity_5"].eq("Black")][["power", "measure", "estimate"]].round(3).head(1)
            power                 measure  estimate
    6  Section 60  share_difference_crude      0.05
    """
    if held := [name for name in (*within, *covariates) if name == column]:
        raise ValueError(f"{held[0]} cannot be held alike: it is what is compared")
    require_columns(searches, [column])
    given = {"by": by, "reference": reference, "within": within, "covariates": covariates}
    given |= {"level": level, "interval": interval, "together": together}
    names = _compared(searches, column) if only is None else list(only)
    tables = [outcome_differences(searches, Event(column, label, "share"), **given) for label in names]
    if not tables:  # no label occurs: every group says that none is known
        first = labels(searches[column]).cat.categories[0]
        nothing = outcome_differences(searches, Event(column, first, "share"), **given)
        return nothing.assign(**{column: ""})[[column, *nothing.columns]]
    for label, table in zip(names, tables, strict=True):
        table[column] = "Yes" if label is True else label
    found = pd.concat(tables, ignore_index=True)
    found[column] = pd.Categorical(found[column], ["Yes" if label is True else label for label in names])
    return found[[column, *(name for name in found.columns if name != column)]]


def _compared(searches, column) -> list:
    """The labels of a column that are compared: those that occur, and of two the rarer."""
    if pd.api.types.is_bool_dtype(searches[column].dtype):
        return [True]
    counts = labels(searches[column]).value_counts()
    occur = [str(name) for name, number in counts.items() if number and name not in UNKNOWN_LABELS]
    return occur[1:] if len(occur) == 2 else occur


def expected_object() -> dict[str, str]:
    """Legislation that names one kind of object -> its object group (Misuse of Drugs Act s23 -> Drugs)."""
    table = crosswalk("legislation")
    named = table[table["object_group_expected"].ne("")]
    return dict(zip(named["standard"], named["object_group_expected"], strict=True))


def object_agreement(searches, *, level=0.95, interval="process", together=1):
    """Share of searches whose object is the one their legislation names, per such legislation that occurs.

    searches : clean table (legislation, object_group). numerator : object group as expected; denominator : searches
    with the object recorded. The note counts blank objects: where they are many, or agreement is low, the object field
    is not to be trusted and legislation is. level, interval, together : as `share_of_searches`. Source: the Acts.
    """
    asked = Asked(interval, level, together, named=["wilson"])
    expected = expected_object()
    (legislation, acts), (group, groups) = (codes_of(searches[name]) for name in ("legislation", "object_group"))
    wanted = np.append(groups.get_indexer([expected.get(act, "") for act in acts]), -1)[legislation]
    named = np.append(acts.isin(list(expected)), False)[legislation]
    blank = named & (group == groups.get_indexer(["Not recorded"])[0])
    agrees = named & (wanted >= 0) & (group == wanted)
    found = {"rows": named, "blank": blank & (group >= 0), "agrees": agrees}
    table = pd.DataFrame({name: np.bincount(legislation[of], minlength=len(acts)) for name, of in found.items()})
    table = table.set_index(acts.rename("legislation"))[lambda counts: counts["rows"] > 0].sort_index()
    table = rounded(table, searches).sort_values("rows", ascending=False).reset_index()
    recorded = table["rows"] - table["blank"]
    table["agrees"] = table["agrees"].clip(upper=recorded)  # of rounded counts it can be more
    place = np.append(pd.Index(table["legislation"]).get_indexer(acts), -1)[legislation]
    limits = _limits(searches, place, found, asked, (table["agrees"], recorded))
    blank = [
        f"object not recorded in {blank:,} of {rows:,}"
        for blank, rows in zip(table["blank"], table["rows"], strict=True)
    ]
    return measures_table(
        table[["legislation"]],
        measure="object_agreement",
        numerator=table["agrees"],
        denominator=recorded,
        **limits.columns(),
        note=join_notes(pd.Series(blank, dtype="str"), pd.Series(limits.note).where(recorded.gt(0), "")),
    )


def _limits(searches, place, found, asked, totals):
    """place : the row of each search, -1 for none. found : truth values of each, as `object_agreement` names them."""
    if not asked.by_rule:
        return proportions(*totals, asked)
    counts, number = found["rows"] & ~found["blank"], len(totals[0])
    base, hit = np.where(counts, place, 0), counts & found["agrees"]
    counted = alike(searches, base=(base, max(number, 1)), counts=(counts, 2), hit=(hit, 2))
    base, there, hit = counted.asked.values()
    given = {"kinds": kind_of("object_agreement"), "asked": asked, "totals": totals}
    return shares_of(counted, base=base, number=number, there=there == 1, hit=hit == 1, **given)
