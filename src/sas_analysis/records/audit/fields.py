"""Rules on what a month's fields hold: blanks, unknown ethnicity, strange labels, officers who see another group."""

import numpy as np
import pandas as pd

from sas_analysis.records import labels
from sas_analysis.records.audit import limits
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months

# A field blank in half the records describes the other half only. The usual share is above that of most real fields.
MISSING, USUAL_MISSING = 0.5, 0.35
DROP_OUT = 0.2  # rise above the neighbours; real fields move by less than 0.15 between months of one way of recording
UNKNOWN_RISE = 0.15  # the same for unknown ethnicity, which moves every ratio
UNKNOWN_STEP = 0.1
UNSEEN, USUAL_UNSEEN = 0.05, 0.01
DISAGREE_RISE = 0.15  # of officer- and self-defined group; real force-months: 0.03 to 0.12


def rules(months: Months, unseen: pd.Series) -> list[dict]:
    """All findings of this family. unseen : per force-month, the labels that no crosswalk has, as `sources` tells."""
    return [
        *_blanks(months),
        *_unknown(months),
        *_unseen(months, unseen),
        *_officers(months),
    ]


def holds(column: pd.Series, wanted) -> np.ndarray:
    """Which records hold one of the wanted labels; asked of the few labels, not of the records."""
    marked = np.array([*column.cat.categories.isin(list(wanted)), False])
    return marked[column.cat.codes.to_numpy()]


def persons(records: pd.DataFrame) -> np.ndarray:
    """Searches of a person: a search of a vehicle alone has no age to record."""
    return ~holds(records["type"], ["Vehicle search"])


def _codes_as(column: pd.Series, categories: pd.Index) -> np.ndarray:
    """The codes that the labels of a column have among other categories; -1 where they are none of them."""
    return np.append(categories.get_indexer(column.cat.categories), -1)[column.cat.codes.to_numpy()]


def _blanks(months: Months) -> list[dict]:
    records, person = months.records, persons(months.records)
    every = np.ones(len(records), dtype=bool)
    blank = [labels.NOT_RECORDED]
    fields = {
        "location": (~holds(records["location_status"], ["recorded"]), every),
        "gender": (holds(records["gender"], blank), person),
        "age_range": (holds(records["age_range"], blank), person),
        "self_defined_ethnicity": (holds(records["ethnicity_5"], [labels.UNKNOWN]), person),
        "officer_defined_ethnicity": (holds(records["officer_defined_ethnicity"], blank), person),
        "legislation": (holds(records["legislation"], blank), every),
        "object_of_search": (holds(records["object_of_search"], blank), every),
        "outcome": (holds(records["outcome"], blank), every),
        "outcome_linked_to_object": (records["outcome_linked_to_object"].isna().to_numpy(), every),
    }
    rows = []
    for field, (missing, among) in fields.items():
        rows += _blank(months, field, months.count(missing & among), months.count(among))
    return rows


def _blank(months: Months, field: str, part, whole) -> list[dict]:
    level = limits.over(part, whole, limit=MISSING, usual=USUAL_MISSING)
    jump, usual = limits.jump(months, part, whole, least=DROP_OUT)
    # Two halves have rules of their own: rises of unknown ethnicity, what the link field means where it is blank.
    jump &= field != "self_defined_ethnicity"
    level &= field != "outcome_linked_to_object"
    what = "unknown" if field == "self_defined_ethnicity" else "without"

    def text(i):
        around = f"; {usual[i]:.1%} in the months around" if np.isfinite(usual[i]) else ""
        return f"{part[i]:,} of {whole[i]:,} records {what} ({part[i] / whole[i]:.1%}{around})"

    told = dict(value=limits.share(part, whole), evidence=text, field=field)
    return [
        *found(months, "missing", level, threshold=MISSING, **told),
        *found(months, "drop-out", jump, threshold=usual + DROP_OUT, **told),
    ]


def _unknown(months: Months) -> list[dict]:
    person = persons(months.records)
    part = months.count(holds(months.records["ethnicity_5"], [labels.UNKNOWN]) & person)
    whole = months.count(person)
    rise, usual = limits.jump(months, part, whole, least=UNKNOWN_RISE)
    step, before, after = limits.step(months, part, whole, least=UNKNOWN_STEP)
    told = dict(value=limits.share(part, whole), field="self_defined_ethnicity")
    return [
        *found(
            months,
            "unknown ethnicity rises",
            rise,
            threshold=usual + UNKNOWN_RISE,
            evidence=lambda i: f"{part[i]:,} of {whole[i]:,} ({part[i] / whole[i]:.1%}); {usual[i]:.1%} around",
            **told,
        ),
        *found(
            months,
            "unknown ethnicity steps",
            step,
            threshold=UNKNOWN_STEP,
            evidence=lambda i: f"{before[i]:.1%} in the months before, {after[i]:.1%} from this month on",
            **told,
        ),
    ]


def _unseen(months: Months, unseen: pd.Series) -> list[dict]:
    rows = []
    strange = [unseen.get(key, []) for key in zip(months.frame["force"], months.frame["month"], strict=True)]
    for field in sorted({label["column"] for file in strange for label in file}):
        own = [[label for label in file if label["column"] == field] for file in strange]
        part = np.array([sum(label["count"] for label in file) for file in own])
        many = limits.over(part, months.n, limit=UNSEEN, usual=USUAL_UNSEEN)

        def text(i, own=own, part=part):
            shown = sorted(own[i], key=lambda label: (-label["count"], label["label"]))
            first = ", ".join(f"{label['label']!r} ({label['count']:,})" for label in shown[:3])
            return f"{part[i]:,} of {months.n[i]:,} records: {first}" + (", ..." if len(shown) > 3 else "")

        told = dict(value=part / months.n, threshold=UNSEEN, evidence=text, field=field)
        rows += found(months, "unseen label", many, **told, action="field")
        rows += found(months, "unseen label", (part > 0) & ~many, **told)
    return rows


def _officers(months: Months) -> list[dict]:
    """Officer- against self-defined group where both are known; Mixed, which officers hardly use, left out."""
    four = ["White", "Asian", "Black", "Other"]
    own, seen = months.records["ethnicity_5"], months.records["officer_ethnicity_5"]
    both = holds(own, four) & holds(seen, four)
    other = both & (_codes_as(own, seen.cat.categories) != seen.cat.codes.to_numpy())
    part, whole = months.count(other), months.count(both)
    rise, usual = limits.jump(months, part, whole, least=DISAGREE_RISE)
    return found(
        months,
        "officer disagrees",
        rise,
        value=limits.share(part, whole),
        threshold=usual + DISAGREE_RISE,
        evidence=lambda i: (
            f"officers named another group in {part[i]:,} of {whole[i]:,} ({part[i] / whole[i]:.1%}); {usual[i]:.1%} "
            "around"
        ),
        field="officer_defined_ethnicity",
    )
