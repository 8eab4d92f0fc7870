"""A study in a few lines, as it shows itself."""

from sas_analysis.measures.coverage import months_published
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
