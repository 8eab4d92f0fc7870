"""Search grounds: whether the object of search and the legislation, two accounts of one ground, agree."""

import pandas as pd

from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.intervals.kinds import kind_of
from sas_analysis.measures.intervals.of_searches import shares_of
from sas_analysis.measures.shares import proportions
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.records.labels import crosswalk
from sas_analysis.rounding import rounded


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
    limits = _limits(named, frame, table["legislation"], asked, table["agrees"], recorded)
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


def _limits(searches, frame, legislation, asked, agrees, recorded):
    if not asked.by_rule:
        return proportions(agrees, recorded, asked)
    base = pd.Index(legislation).get_indexer(frame["legislation"])
    counted, hit = ~frame["blank"].to_numpy(dtype=bool), frame["agrees"].to_numpy(dtype=bool)
    kind = kind_of("object_agreement")
    return shares_of(
        searches,
        base=base,
        number=len(legislation),
        counted=counted,
        hit=hit & counted,
        kinds=kind,
        asked=asked,
        totals=(agrees, recorded),
    )
