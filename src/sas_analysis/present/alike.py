"""What a comparison of like searches holds alike, in words: of several forces the force too, never what it is of."""

from collections.abc import Sequence

from sas_analysis.errors import and_join
from sas_analysis.names import as_names

_STRATA = {"object_group": "object", "power": "power"}
_MORE = {"age_range": "age", "gender": "sex", "month": "month"}


def strata(of: str | Sequence[str] = "", *, several: bool = False) -> list[str]:
    """What is held alike within strata. of : the columns that are compared. several : of several forces.

    Examples
    --------
    >>> strata(several=True), strata("object_group")
    (['force', 'object', 'power'], ['power'])
    """
    names = ({"force": "force"} if several else {}) | _STRATA
    return [word for name, word in names.items() if name not in as_names(of)]


def head(of: str | Sequence[str] = "", *, several: bool = False) -> str:
    """The name of the difference within strata, for a column or a legend.

    Examples
    --------
    >>> head(several=True), head("object_group")
    ('Same force, object and power', 'Same power')
    """
    return f"Same {and_join(strata(of, several=several))}"


def adjusted(of: str | Sequence[str] = "", *, several: bool = False) -> str:
    """What an adjusted difference holds alike, in a sentence.

    Examples
    --------
    >>> adjusted(), adjusted(several=True)
    ('same object, power, age, sex and month', 'same force, object, power, age, sex and month')
    """
    more = [word for name, word in _MORE.items() if name not in as_names(of)]
    return f"same {and_join([*strata(of, several=several), *more])}"


def compared(groups: list[str]) -> list[str]:
    """Which columns a table of differences by some columns compares: its groups, and of no outcome its own column.

    Examples
    --------
    >>> compared(["power", "ethnicity_5"]), compared(["force", "ethnicity_5"]), compared(["object_group"])
    (['power', 'ethnicity_5'], ['ethnicity_5'], ['object_group'])
    """
    return groups[1:] if len(groups) > 1 and groups[0] in ("outcome", "force", "area") else groups
