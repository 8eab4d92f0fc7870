"""A study in a few lines, as it shows itself."""

from sas_analysis.measures.coverage import months_published
from sas_analysis.study.study import Study


def describe(study: Study) -> str:
    """What a study holds, in a few lines: forces, usable months, searches, what is unknown, what the audit finds."""
    months = months_published(study.counted)
    usable = int(months["months"].sum())
    unknown = study.counted_searches["ethnicity_5"].eq("Unknown").mean()
    rules = study.findings["rule"].astype("str").value_counts()
    found = ", ".join(f"{rule} ({count})" for rule, count in rules.head(5).items()) or "nothing"
    lines = [
        f"Study of {study.who}, {study.start} to {study.end}" + " (SYNTHETIC: simulated records)" * study.synthetic,
        f"  months     usable {usable} of {len(study.months) * len(study.forces)} force-months",
        f"  searches   {len(study.searches):,}, {len(study.counted_searches):,} of them in usable months",
        f"  unknown    ethnicity of {unknown:.1%}" if len(study.counted_searches) else "  unknown    no search counts",
        f"  audit      {found}",
    ]
    unusual = study.choices.in_words(months=True)
    return "\n".join(lines + ([f"  choices    {'; '.join(unusual)}"] if unusual else []))
