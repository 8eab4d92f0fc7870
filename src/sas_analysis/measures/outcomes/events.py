"""What a search was for or came to, as a question of yes, no and unknown."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.codes import positions
from sas_analysis.measures.intervals.kinds import kind_of
from sas_analysis.measures.outcomes.outcome_rates import link_field_evidence
from sas_analysis.measures.shares import UNKNOWN_LABELS, labels, require_columns
from sas_analysis.records.link_field import SUPPORTED


@dataclass(frozen=True)
class Event:
    """A label of a column, which a search has, has not, or of which it is not known.

    Parameters
    ----------
    column : str
        Of the clean table.
    label : str or bool
        The one asked for.
    stem : str
        How the names of its measures begin, such as "arrest" of `arrest_rate`.
    title : str
        What searches with it are called, to begin a caption with.

    Examples
    --------
    >>> drugs = Event("object_group", "Drugs", "share")
    >>> known, yes = flags(study.searches, drugs)
    >>> int(known.sum()), int(yes.sum())
    (1608, 920)
    """

    column: str
    label: str | bool
    stem: str
    title: str = ""

    @property
    def kind(self) -> str:
        """Which constant of the interval rule says how far its months vary."""
        if self.stem == "share":
            return kind_of("share_of_searches", self.column, str(self.label))
        return kind_of(f"{self.stem}_rate")

    @property
    def what(self) -> str:
        """What is unknown of a search of which it is not known."""
        return {"share": self.column.replace("_", " "), "find": "link"}.get(self.stem, "outcome")

    @property
    def needs_link(self) -> bool:
        """Whether it is known only in forces whose link field can mean a find."""
        return self.column == "outcome_linked_to_object"


# What an outcome is called by those who ask -> the event.
OUTCOMES = {
    "positive": Event("positive_outcome", True, "positive_outcome", "Positive outcome"),
    "nothing": Event("positive_outcome", False, "no_further_action", "No further action"),
    "arrest": Event("arrest", True, "arrest", "Arrest"),
    "find": Event("outcome_linked_to_object", True, "find", "Find"),
}


def event_of(outcome: "str | Event") -> Event:
    """An event, by the name of an outcome or as it is. Raises ValueError for a name that is none of `OUTCOMES`."""
    if isinstance(outcome, Event):
        return outcome
    if outcome not in OUTCOMES:
        raise ValueError(f'outcome "{outcome}" is unknown; choose from: {", ".join(OUTCOMES)}')
    return OUTCOMES[outcome]


def flags(searches: pd.DataFrame, outcome: "str | Event") -> tuple[np.ndarray, np.ndarray]:
    """Where it is known whether a search has an event, and where it has it: two arrays of bool.

    Parameters
    ----------
    searches : DataFrame
        Clean table.
    outcome : str or Event
        "positive", "nothing" (no further action), "arrest", "find" (known only in forces whose link field supports
        it), or an event of your own.

    Raises
    ------
    ValueError
        For an unknown outcome, a column that the searches lack, and a label that its column does not have.
    """
    event = event_of(outcome)
    require_columns(searches, [event.column])
    if isinstance(event.label, bool):
        flag = searches[event.column].astype("boolean").to_numpy(dtype=np.int8, na_value=2)
        known, hit = flag < 2, flag == int(event.label)
    else:
        values = labels(searches[event.column])
        if event.label not in values.cat.categories:
            known_labels = ", ".join(map(str, values.cat.categories))
            raise ValueError(f'"{event.label}" is no label of {event.column}; it has: {known_labels}')
        names = values.cat.categories
        known, hit = (
            is_so[values.cat.codes.to_numpy()] for is_so in (~names.isin(UNKNOWN_LABELS), names == event.label)
        )
    if event.needs_link:
        known = known & (positions(searches["force"], list(without_link(searches))) < 0)
    return known, hit & known


def without_link(searches: pd.DataFrame) -> dict[str, str]:
    """The forces whose link field cannot mean a find, each with the reason, by `link_field_evidence`."""
    evidence = link_field_evidence(searches)
    refused = evidence[evidence["verdict"].ne(SUPPORTED)]
    return dict(zip(refused["force"], refused["verdict"] + " (" + refused["reason"] + ")", strict=True))
