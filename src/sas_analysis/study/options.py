"""Options that methods of a study pass on: which are none, and where a choice of the study is meant."""

import inspect
from collections.abc import Callable, Iterable

from sas_analysis.names import raise_faults, unknown_names
from sas_analysis.study.choices import Choices


def check_options(options: dict, known: Iterable[str]) -> None:
    """Raise ParameterError with every option that is none of those known; of a choice of the study, how it is made.

    Examples
    --------
    >>> check_options({"level": 0.9}, ["groups", "interval"])
    Traceback (most recent call last):
    ...
    sas_analysis.errors.ParameterError: level is a choice of the study here: study.choosing(level=0.9)
    """
    known, choices = list(known), vars(Choices())
    strange = [name for name in options if name not in known]
    faults = [
        f"{name} is a choice of the study here: study.choosing({name}={options[name]!r})"
        for name in strange
        if name in choices
    ]
    faults += unknown_names([name for name in strange if name not in choices], known, "option")
    raise_faults(faults)


def options_of(function: Callable, *, but: Iterable[str] = ()) -> list[str] | None:
    """The arguments that a function of searches takes after these; None where it takes any.

    Examples
    --------
    >>> from sas_analysis.measures.trends.per_day import searches_per_day
    >>> options_of(searches_per_day, but=["grid", "within"])
    ['level', 'interval', 'together']
    """
    parameters = list(inspect.signature(function).parameters.values())
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return None
    return [one.name for one in parameters[1:] if one.name not in set(but)]
