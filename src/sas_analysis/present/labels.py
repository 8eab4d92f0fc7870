"""Labels and column names as a page prints them: official names of forces, plain words for what is unknown."""

from sas_analysis.reference.forces import in_words, is_force

_HEADINGS = {
    "ethnicity_5": "Ethnic group",
    "officer_ethnicity_5": "Officer-defined",
    "object_group": "Group of objects",
    "object_of_search": "What for",
    "area_code": "Code",
    "share_of_searches": "Share of searches",
    "base": "Residents counted",
    "account": "Who says",
    "step": "Step",
    "dropped": "Left out",
    "left": "Remaining",
    "target": "Average",
    "limits_95": "95% limits",
    "lower_95": "Lower 95% limit",
    "upper_95": "Upper 95% limit",
    "lower_998": "Lower 99.8% limit",
    "upper_998": "Upper 99.8% limit",
    "tau": "Spread between them",
    "i_squared": "Differences beyond chance (I²)",
    "tau_squared": "Variance of log ratios (tau²)",
    "ratio_lowest": "Lowest ratio",
    "ratio_highest": "Highest ratio",
    "rank_median": "Rank, 1 the highest",
    "rank_lower": "Rank from",
    "rank_upper": "Rank to",
    "share_filled_nfa": "Filled, of no further action",
    "share_true_nfa": "True, of no further action",
    "share_filled_action": "Filled, of other outcomes",
    "share_true_action": "True, of other outcomes",
}
_LABELS = {
    "A no further action disposal": "No further action",
    "Summons / charged by post": "Summons or postal charge",
    "Caution (simple or conditional)": "Caution",
    "Penalty Notice for Disorder": "Penalty notice for disorder",
    "Khat or Cannabis warning": "Khat or cannabis warning",
    "Article for use in theft": "Articles for use in theft",
    "Unknown": "Not known",
    "self-defined, stated": "The person",
    "self-defined, imputed": "The person, unknown estimated",
    "officer-defined": "The officer",
    "combined": "The person, else the officer",
    "self-defined, both known": "The person, where both are known",
    "officer-defined, both known": "The officer, where both are known",
    "Interpolated": "Between the censuses",
    "counted": "Months that count",
    "unusable included": "Doubtful fields included",
    "all published": "All published months",
    "without the contradicted": "Without contradicted forces",
}


_OF_COLUMN = {("outcome", "Not recorded"): "No outcome published", ("power", "Not recorded"): "Power not recorded"}
_OF_COLUMN |= {("forces", "all"): "All with a ratio", ("forces", "that can be used"): "Forces that can be used"}
_OF_COLUMN |= {(name, "Not recorded"): "Object not recorded" for name in ("object_of_search", "object_group")}


def label(value, column: str = "") -> str:
    """A label as a page prints it. column : whose label it is.

    Examples
    --------
    >>> label("west-yorkshire"), label("A no further action disposal"), label("Drugs")
    ('West Yorkshire Police', 'No further action', 'Drugs')
    """
    text = str(value)
    if (column, text) in _OF_COLUMN:
        return _OF_COLUMN[column, text]
    return _LABELS.get(text) or (in_words([text]) if is_force(text) else text)


def heading(name: str) -> str:
    """The name of a column as a page prints it.

    Examples
    --------
    >>> heading("ethnicity_5"), heading("denominator")
    ('Ethnic group', 'Denominator')
    """
    return _HEADINGS.get(name, name.replace("_", " ")[:1].upper() + name.replace("_", " ")[1:])
