"""A study in a few lines, as it shows itself, and the months it leaves out in words."""

from sas_analysis.errors import and_join
from sas_analysis.measures.coverage import FLAGGED, HEADER_ONLY, NO_FILE, UNUSABLE, months_published
from sas_analysis.months import months_in_words
from sas_analysis.reference.forces import in_words
from sas_analysis.rounding import rounded
from sas_analysis.study.study import Study


def describe(study: Study) -> str:
    """What a study holds, in a few lines: forces, usable months, searches, what is unknown, what the audit finds."""
    months = months_published(study.counted)
    searches = {"all": study.published_rows, "counted": study.rows}
    usable = int(months["months"].sum())
    number = {name: rounded(len(table), table) for name, table in searches.items()}
    unknown = rounded(int(searches["counted"]["ethnicity_5"].eq("Unknown").sum()), searches["counted"])
    rules = study.findings["rule"].astype("str").value_counts()
    found = ", ".join(f"{rule} ({count})" for rule, count in rules.head(5).items()) or "nothing"
    lines = [
        f"Study of {study.who}, {study.start} to {study.end}" + " (SYNTHETIC: simulated records)" * study.synthetic,
        f"  months     usable {usable} of {len(study.months) * len(study.forces)} force-months",
        f"  searches   {number['all']:,}, {number['counted']:,} of them in usable months",
        f"  unknown    ethnicity of {unknown / number['counted']:.1%}"
        if number["counted"]
        else "  unknown    no search counts",
        f"  audit      {found}",
    ]
    if lost := _fields_lost(study):
        lines.append(f"  fields     not to be used: {lost}")
    unusual = study.choices.in_words(months=True)
    return "\n".join(lines + ([f"  choices    {'; '.join(unusual)}"] if unusual else []))


def _fields_lost(study: Study) -> str:
    """The fields that may not be used in some months, and in how many force-months."""
    found = study.findings[study.findings["action"].astype("str").eq("field")]
    once = found.astype({"field": "str"}).drop_duplicates(["force", "month", "field"])
    return ", ".join(f"{name.replace('_', ' ')} ({count})" for name, count in once["field"].value_counts().items())


def left_out(study: Study) -> list[str]:
    """Months that are in none of its numbers, and why: of a few each, of more how many of those published."""
    grid, said = study.counted, []
    several = grid["force"].nunique() > 1
    absent = grid["status"].isin([NO_FILE, HEADER_ONLY])
    kinds = (
        (absent, len(grid), "of which no records are here"),
        (grid["status"].eq(FLAGGED), int((~absent).sum()), "flagged by the audit"),
        (grid["status"].eq(UNUSABLE), int((~absent).sum()), ""),
    )
    for which, of, why in kinds:
        out = grid.loc[which, ["force", "month"]]
        if out.empty:
            continue
        why = why or f"in which {_fields(study)} may not be used"
        if len(out) > 4:
            said.append(f"without {months_in_words(len(out), of=of, several=several)} {why}")
            continue
        named = [f"{in_words([row.force])} {row.month}" if several else row.month for row in out.itertuples()]
        said.append(f"without {and_join(named)}, {why}")
    return said


def _fields(study: Study) -> str:
    """The fields of its question that may not be used in some month, in words."""
    out = study.verdicts["verdict"].eq(UNUSABLE).to_numpy()  # of the same force-months, in the same order
    lost = [name for name in study.rests_on if not study.usable(name)["usable"].to_numpy()[out].all()]
    return " or ".join(field.replace("_", " ") for field in lost)
