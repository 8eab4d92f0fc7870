"""The sentences of the reports. Every number in them is a cell of a table, through `prose`."""

import pandas as pd

from sas_analysis.measures.ratios import FIXED_PROCESS
from sas_analysis.measures.shares import HEADLINE_UNKNOWN
from sas_analysis.present import prose
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.reconcile import AMBER, GREEN, GREY, RED, lights

_VERDICTS = {
    RED: "**Official statistics contradict these records**",
    AMBER: "**Official statistics differ from these records**",
    GREY: "These records could not be held against official statistics",
    GREEN: "Official statistics agree with these records",
}


def say(*sentences: str):
    """Sentences as a paragraph each, for a notebook."""
    from IPython.display import Markdown

    return Markdown("\n\n".join(sentence for sentence in sentences if sentence))


def scope(flow: pd.DataFrame, months: pd.DataFrame, start: str, end: str, synthetic: bool) -> str:
    """What was analysed: flow as `Selection.flow`, months as `coverage.months_published`."""
    asked = int(months[["months", "header_only", "no_file"]].sum(axis=1).max())
    covered = prose.listed(
        [f"{in_words([row.force])} ({row.months} of {asked} months)" for row in months.itertuples()][:6]
    )
    more = f" and {len(months) - 6} more forces" if len(months) > 6 else ""
    gaps = [f"{row.force}: {row.absent}" for row in months.itertuples() if row.absent]
    return " ".join(
        [
            "**SYNTHETIC: simulated records, no statement about any real force.**" if synthetic else "",
            f"{prose.count(flow['left'].iloc[0])} records were published for {start} to {end} by {covered}{more}.",
            f"{prose.count(flow['left'].iloc[-1])} searches are analysed; a table below says what was left out.",
            f"Nothing was published for {'; '.join(gaps)}: those months are missing, not zero." if gaps else "",
        ]
    ).strip()


def reconciliation(table: pd.DataFrame, *, synthetic: bool) -> str:
    """Whether official statistics agree with the records, worst first; table as `reconcile.reconcile` gives it."""
    if synthetic:
        return "Simulated records are not held against official statistics."
    rows = lights(table)
    # What a green light rests on is more use than the list of what agrees.
    basis = table[table["light"].eq(GREEN)].groupby(["force", "year_ending"])["note"].first()
    notes = [basis[row.force, row.year_ending] if row.light == GREEN else row.note for row in rows.itertuples()]
    rows = rows.assign(note=notes)
    said = []
    for light, verdict in _VERDICTS.items():
        named = rows[rows["light"].eq(light)]
        each = [f"{in_words([row.force])}, year ending {row.year_ending}: {row.note}" for row in named.itertuples()]
        said += [f"{verdict} ({'. '.join(each[:4])}{'. And more' if len(each) > 4 else ''})."] if each else []
    return " ".join(said)


def grounds(objects: pd.DataFrame, powers: pd.DataFrame) -> str:
    """The commonest object, and section 60 beside reasonable grounds."""
    named = objects[~objects["object_of_search"].isin(["Not recorded", "Unrecognised label"])]
    first = str(named.loc[named["numerator"].idxmax(), "object_of_search"])
    return (
        f"The commonest object of search was {first.lower()}: {prose.value(objects, object_of_search=first)} of "
        "searches. "
        f"The object is not recorded in {prose.value(objects, object_of_search='Not recorded')}. "
        f"{prose.value(powers, power='Section 60')} were section 60 searches, which need no grounds against the person "
        f"searched; {prose.value(powers, power='Reasonable grounds')} needed reasonable grounds."
    )


def outcomes(shares: pd.DataFrame, find: pd.DataFrame) -> str:
    """What followed the searches, what is unknown, and whether finds can be told."""
    nothing, unknown = "A no further action disposal", "Not recorded"
    finds = find.iloc[0]
    found = (
        f"Something that was searched for was found in {prose.number(finds['estimate'], 'find_rate')} "
        f"({prose.interval(finds['lower'], finds['upper'], 'find_rate')})."
        if pd.notna(finds["estimate"])
        else f"A find rate is {finds['note']}."
    )
    return (
        f"{prose.value(shares, outcome=nothing)} of searches ended in no further action and "
        f"{prose.value(shares, outcome='Arrest')} in an arrest; the outcome is not recorded in "
        f"{prose.value(shares, outcome=unknown)}. {found}"
    )


def disproportionality(ratios: pd.DataFrame, ethnicity: pd.DataFrame, *, reference: str, source: str) -> str:
    """The ratio of every group in words, with its interval, the share unknown and what a ratio is not."""
    unknown = prose.row(ethnicity, ethnicity_5="Unknown")
    share = f"Ethnicity is unknown in {prose.value(ethnicity, ethnicity_5='Unknown')} of searches"
    others = ratios[ratios["ethnicity_5"].astype("str").ne(reference)]
    if others["estimate"].isna().all():
        reason = others["note"].iloc[0].removeprefix("not estimable: ")
        return f"No ratio is given: {reason}. {share}. The counts are in the tables."
    parts = [f"{group} {prose.value(ratios, ethnicity_5=group)}" for group in others["ethnicity_5"].astype("str")]
    poisson = others["note"].str.contains(FIXED_PROCESS, regex=False).any()
    return (
        f"Searches per resident, relative to {reference}: {prose.listed(parts)}. {share}"
        + (": too many for these ratios to be a headline" if unknown["estimate"] > HEADLINE_UNKNOWN else "")
        + f"; they are in no group's rate. {source}. "
        + ("Months varied by more than chance, so the intervals are too narrow. " if poisson else "")
        + "A ratio describes disparity in searches per resident; "
        "it says nothing of its cause, and residents are not those exposed to police."
    )
