"""What published records of searches cannot answer, and what can be asked in its stead: one list, for every report."""

from dataclasses import astuple, dataclass, fields

import pandas as pd


@dataclass(frozen=True)
class Refused:
    """A question that is refused.

    Parameters
    ----------
    question : str
        What is often asked.
    why : str
        Why these records cannot answer it.
    instead : str
        What they can say.
    """

    question: str
    why: str
    instead: str


REFUSED = (
    Refused(
        "Which officers or patrols search whom",
        "the records name no officer, unit or shift",
        "searches by force, place, month and hour",
    ),
    Refused(
        "How often the same person is searched",
        "the records name no person: two searches may be of one person or of two",
        "searches per encounter, that is at the same time and place (`measures.encounters`)",
    ),
    Refused(
        "Who is seen or driven past and not searched",
        "nobody counts those who are not searched",
        "rates by residents, on several bases of residents; searches in vehicles by daylight and after dark",
    ),
    Refused(
        "Whether a search, a force or an officer discriminates",
        "records of searches hold neither what was suspected nor what else was known",
        "disparities: of rates, and of what follows a search, with what each assumes",
    ),
)


def refusals() -> pd.DataFrame:
    """What is refused, a row a question: `question | why | instead`.

    Examples
    --------
    >>> refusals()["question"].head(2).tolist()
    ['Which officers or patrols search whom', 'How often the same person is searched']
    """
    return pd.DataFrame([astuple(row) for row in REFUSED], columns=[field.name for field in fields(Refused)])
