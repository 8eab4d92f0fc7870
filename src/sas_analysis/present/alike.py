"""What a comparison of like searches holds alike, in words: of several forces the force too, never what it is of."""

from sas_analysis.errors import and_join

_STRATA = {"object_group": "object", "power": "power"}
_MORE = {"age_range": "age", "gender": "sex", "month": "month"}


def strata(of: str = "", *, several: bool = False) -> list[str]:
    """What is held alike within strata. of : the column whose shares are compared. several : of several forces.

    Examples
    --------
    >>> strata(several=True), strata("object_group")
    (['force', 'object', 'power'], ['power'])
    """
    return ["force"] * several + [word for name, word in _STRATA.items() if name != of]


def head(of: str = "", *, several: bool = False) -> str:
    """The name of the difference within strata, for a column or a legend.

    Examples
    --------
    >>> head(several=True), head("object_group")
    ('Same force, object and power', 'Same power')
    """
    return f"Same {and_join(strata(of, several=several))}"


def adjusted(of: str = "", *, several: bool = False) -> str:
    """What an adjusted difference holds alike, in a sentence.

    Examples
    --------
    >>> adjusted(), adjusted(several=True)
    ('same object, power, age, sex and month', 'same force, object, power, age, sex and month')
    """
    return f"same {and_join([*strata(of, several=several), *(word for name, word in _MORE.items() if name != of)])}"


def compared(groups: list[str]) -> str:
    """Of which column a table of differences by some columns is; "" of outcomes."""
    return "" if len(groups) < 2 or groups[0] in ("outcome", "force", "area") else groups[0]
