"""Search grounds: whether the object of search and the legislation, two accounts of one ground, agree."""

import pandas as pd

from sas_analysis.measures.intervals.limits import interval_name, wilson
from sas_analysis.measures.table import measures_table
from sas_analysis.records.labels import crosswalk
from sas_analysis.rounding import rounded


def expected_object() -> dict[str, str]:
    """Legislation that names one kind of object -> its object group (Misuse of Drugs Act s23 -> Drugs)."""
    table = crosswalk("legislation")
    named = table[table["object_group_expected"].ne("")]
    return dict(zip(named["standard"], named["object_group_expected"], strict=True))


def object_agreement(searches, *, level=0.95):
    """Share of searches whose object is the one their legislation names, per such legislation that occurs.

    searches : clean table (legislation, object_group). numerator : object group as expected; denominator : searches
    with the object recorded; Wilson limits. The note counts blank objects: where they are many, or agreement is
    low, the object field is not to be trusted and legislation is. Source: the Acts.
    """
    expected = expected_object()
    named = searches[searches["legislation"].isin(expected)]
    frame = pd.DataFrame(
        {
            "legislation": named["legislation"].astype("str"),
            "blank": named["object_group"].eq("Not recorded"),
            "agrees": named["object_group"].astype("str").eq(named["legislation"].astype("str").map(expected)),
        }
    )
    table = frame.groupby("legislation").agg(rows=("blank", "size"), blank=("blank", "sum"), agrees=("agrees", "sum"))
    table = rounded(table, searches).sort_values("rows", ascending=False).reset_index()
    recorded = table["rows"] - table["blank"]
    return measures_table(
        table[["legislation"]],
        measure="object_agreement",
        numerator=table["agrees"],
        denominator=recorded,
        limits=wilson(successes=table["agrees"], trials=recorded, level=level),
        interval=interval_name("Wilson", level),
        note=[
            f"object not recorded in {blank:,} of {rows:,}"
            for blank, rows in zip(table["blank"], table["rows"], strict=True)
        ],
    )
