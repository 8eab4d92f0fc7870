"""The kind of every measure and label: which constant of the interval rule says how far its months vary."""

from collections.abc import Sequence

import numpy as np

from sas_analysis.measures.intervals.constants import SECTION_60, read_constants

RATIO, OTHER, ANY = "ratio", "ratio other", "share"
_PARTS = ("rate", "lowest", "highest")
_UNKNOWN = ("Unknown", "Not stated", "Not recorded", "Unrecognised label")
_OF_OUTCOME = {
    **{f"{name}_{part}": "nfa" for name in ("positive_outcome", "no_further_action") for part in _PARTS},
    **{f"arrest_{part}": "arrest" for part in _PARTS},
}
# Column -> label -> kind; "" is any other label that is known.
_ETHNICITY = {"Other": OTHER, "Any other ethnic group": OTHER, "": RATIO} | dict.fromkeys(_UNKNOWN, "unknown")
_OBJECT = {"Drugs": "drugs", "Controlled drugs": "drugs", "": "object"}
_LABELS = {
    "object_group": _OBJECT,
    "object_of_search": _OBJECT,
    "outcome": {"A no further action disposal": "nfa", "Arrest": "arrest", "": "outcome"},
    "positive_outcome": {"": "nfa"},
    "arrest": {"": "arrest"},
    "gender": {"": "sex or age"},
    "age_range": {"": "sex or age"},
    # What is not of section 60 is of other powers: the share of either moves as much.
    "power": {"Section 60": SECTION_60, "Reasonable grounds": SECTION_60},
    "legislation": {"Criminal Justice and Public Order Act 1994 (section 60)": SECTION_60},
}


def kind_of(measure: str, column: str = "", label: str = "") -> str:
    """The kind of a measure, or of the share or ratio of one label of a column.

    Parameters
    ----------
    measure : str
        A name of the registry.
    column, label : str
        What a share is by, or whose ratio it is.

    Returns
    -------
    str
        As `process.share_limits` and `process.ratio_limits` take it. A positive outcome is any but no further action,
        so the two shares vary alike.

    Examples
    --------
    >>> kind_of("share_of_searches", "object_group", "Drugs"), kind_of("arrest_rate")
    ('drugs', 'arrest')
    >>> kind_of("disproportionality_ratio", "ethnicity_5", "Other")
    'ratio other'
    """
    if measure in _OF_OUTCOME:
        return _OF_OUTCOME[measure]
    if measure != "share_of_searches":
        known = _of_label(column, label)
        return known if known in (OTHER, "sex or age") else RATIO if column else ANY
    return _of_label(column, label)


def share_kinds(columns: Sequence[str], labels: Sequence[Sequence]) -> np.ndarray:
    """The kind of a share of searches by several columns, a text a row: the kind whose months vary most.

    Parameters
    ----------
    columns : sequence of str
    labels : sequence of n labels
        Of each column, in the same order.
    """
    if not columns:
        return np.array([], dtype=object)
    constants = read_constants()
    known = {
        (column, label): kind_of("share_of_searches", column, label)
        for column, own in zip(columns, labels, strict=True)
        for label in dict.fromkeys(map(str, own))
    }
    rows = zip(*(map(str, own) for own in labels), strict=True)
    return np.array(
        [max((known[pair] for pair in zip(columns, row, strict=True)), key=constants.of) for row in rows], dtype=object
    )


def _of_label(column, label):
    kinds = _ETHNICITY if "ethnicity" in column else _LABELS.get(column, {})
    return kinds.get(label, kinds.get("" if label not in _UNKNOWN else None, ANY))
