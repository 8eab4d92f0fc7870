"""Names that are asked for, such as groups, labels, columns and forces: those that are none, and what was meant.

A misspelt name must not give an empty table, which reads as a finding. Whatever takes names asks here.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from sas_analysis.errors import ParameterError, listed

_MOST = 40  # names that an error lists


def as_names(wanted: object) -> list:
    """One name or several as a list, each once: a single text is one name, and no row of letters.

    Examples
    --------
    >>> as_names("Black"), as_names(["Black", "Asian", "Black"])
    (['Black'], ['Black', 'Asian'])
    """
    several = isinstance(wanted, Iterable) and not isinstance(wanted, str | bytes)
    found: list = []
    for name in wanted if several else [wanted]:
        if not any(name is one or (type(name) is type(one) and name == one) for one in found):
            found.append(name)
    return found


def one_name(given: object, what: str, instead: str = "") -> str:
    """A name that must be one text; ParameterError for anything else, with what to give.

    Parameters
    ----------
    what : str
        The name of the argument.
    instead : str
        What to do with several, a part of a sentence.

    Examples
    --------
    >>> one_name("arrest", "outcome")
    'arrest'
    """
    if isinstance(given, str):
        return given
    raise ParameterError(f"{what} is one name, a text, and not {given!r}" + (f"; {instead}" if instead else ""))


def some_names(given: object, what: str) -> list[str]:
    """One name or several as a list, for an argument that takes either; ParameterError for what is none, or one twice.

    Examples
    --------
    >>> some_names("gender", "by"), some_names(["gender", "power"], "by"), some_names((), "by")
    (['gender'], ['gender', 'power'], [])
    """
    several = isinstance(given, Iterable) and not isinstance(given, str | bytes)
    names = list(given) if several else [given]
    if strange := [name for name in names if not isinstance(name, str)]:
        raise ParameterError(f"{what} is a name or a list of names, texts, and not {strange[0]!r}")
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        raise ParameterError(f'{what} names "{twice[0]}" twice; give each once')
    return names


def check_table(given: object, what: str, instead: str) -> None:
    """Raise ParameterError for what is no table where one is wanted, such as a whole study.

    Parameters
    ----------
    what : str
        What the table is of.
    instead : str
        What of a study is meant.

    Examples
    --------
    >>> check_table(study.searches, "the searches", "study.searches")
    """
    if not hasattr(given, "columns"):  # pandas takes a while to import, and the commands ask here too
        kind = type(given).__name__
        raise ParameterError(f"{what} must be a table, a DataFrame, and not a {kind}; of a study it is {instead}")


def check_called(given: object, what: str, such_as: str) -> None:
    """Raise ParameterError for what cannot be called where a function is wanted, such as its name.

    Examples
    --------
    >>> check_called("share", "measure", "sas.share_of_searches")
    Traceback (most recent call last):
    ...
    sas_analysis.errors.ParameterError: measure is a function, such as sas.share_of_searches, and not 'share'
    """
    if not callable(given):
        raise ParameterError(f"{what} is a function, such as {such_as}, and not {given!r}")


def did_you_mean(name: object, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """What ends the sentence that a name is unknown: "; did you mean ...?", or "." where none is close.

    Examples
    --------
    >>> did_you_mean("blak", ["White", "Black"]), did_you_mean("x", ["White", "Black"])
    ('; did you mean "Black"?', '.')
    """
    keys = {str(one).casefold(): str(one) for one in known}
    close = get_close_matches(str(name).strip().casefold(), keys, n=1, cutoff=cutoff)
    return f'; did you mean "{keys[close[0]]}"?' if close else "."


def unknown_names(
    wanted: object, known: Iterable[str], what: str, *, holder: str = "There are", wrong: str = "is unknown"
) -> list[str]:
    """A fault for each name that is none of those known; the last says which there are.

    Parameters
    ----------
    wanted : str or iterable of str
        One name or several.
    known : iterable of str
        The names that there are.
    what : str
        What is named, such as "group".
    holder : str
        What the list of those known begins with.
    wrong : str
        What is wrong with a name that is none of those known.

    Examples
    --------
    >>> unknown_names(["Blak", "Asian"], ["Asian", "Black"], "group")
    ['group "Blak" is unknown; did you mean "Black"? There are: Asian, Black']
    """
    known = [str(one) for one in known]
    faults = [
        f"{what} {_quoted(name)} {_wrong(name, known, wrong)}"
        for name in as_names(wanted)
        if not (isinstance(name, str) and name in known)
    ]
    return [*faults[:-1], f"{faults[-1]} {holder}: {_some(known)}"] if faults else []


def check_names(wanted: object, known: Iterable[str], what: str, **words: str) -> list[str]:
    """The names as a list, each once; ParameterError with all that are none of those known.

    known, what, **words : as `unknown_names`.

    Examples
    --------
    >>> check_names("Black", ["Asian", "Black"], "group")
    ['Black']
    """
    raise_faults(unknown_names(wanted, known, what, **words))
    return as_names(wanted)


def raise_faults(faults: Sequence[str]) -> None:
    """Raise ParameterError with all faults at once, if there are any."""
    if faults:
        raise ParameterError(listed(faults))


def _wrong(name: object, known: Sequence[str], wrong: str) -> str:
    """What is wrong with a name: of a list where one name is wanted that it is one, for its text is like its names."""
    if isinstance(name, Iterable) and not isinstance(name, str | bytes):
        return "is several where one name is wanted; give each by itself."
    return f"{wrong}{did_you_mean(name, known)}"


def _quoted(name: object) -> str:
    return f'"{name}"' if isinstance(name, str) else repr(name)


def _some(known: Sequence[str]) -> str:
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return (", ".join(known[:_MOST]) or "none") + more
