"""Why there is no number, in the words of a reader: the note of a row, which is exact, said plainly."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from sas_analysis.errors import and_join, first_of
from sas_analysis.records.link_field import ROWS_TO_JUDGE
from sas_analysis.reference.forces import in_words, is_force

_NONE_COUNTS = re.compile(r"no month of (\d+) may be used \([\d-]+: ([\w' -]+?)(?: \(([^)]*)\))?: ")
_NO_MONTH_OF_SERIES = re.compile(r"no month may be used \((.*)\)$", re.DOTALL)
_NO_RECORDS = {"no file": "no file of any month is here", "header only": "no file of any month has records"}
_JUDGED = re.compile(r"(?:flagged|unusable): ([\w' -]+?)(?: \(([^)]*)\))?: ")
# What the field on finds is where it cannot tell them: after "is", and of forces, whose records differ in it.
LINK_FIELD = {
    "True for most no further action": "marked “true” for most searches without further action",
    "True for some no further action": "marked “true” for too many searches without further action",
    "filled for action only": "blank for searches without further action",
    "partly filled": "filled for some searches only",
    "not published": "blank throughout",
    "constant": "the same for nearly all searches with further action",
    "no further action unnamed": "not to be checked, as no search is said to have had no further action",
    "too few searches": f"not to be judged, as fewer than {ROWS_TO_JUDGE} searches ended with, or without, further "
    "action",
}
_OF_FORCE = re.compile(rf"(?:([a-z-]+): )?link field ({'|'.join(LINK_FIELD)}) \(")
_OPEN_PLURAL = re.compile(r"\b([\d,]+) (\w+)\(s\)")
_MORE_FORCES = re.compile(r"and (\d+) more forces?")
_SAID = {
    "the denominator is zero": "there is nothing to divide by",
    "no month that counts has records here": "no month can be used",
    "no allocation of the unknown brings parity": "however the unknown searches are shared out, rates stay unequal",
}
# What a rule of the audit finds, where it rules out every month.
_RULES = {
    "missing": "{} is missing from most records",
    "drop-out": "{} is missing from many records",
    "no arrests": "no arrest is published",
    "no further action lost": "no search without further action is published",
    "object disagrees": "the object of search is not what the legislation names",
    "one value": "{} has one value for all searches",
    "officer follows own word": "{} is no second account but derived from self-defined ethnicity",
}


def why_not(note: str) -> str:
    """Why a value is not estimable, in a few plain words; "" where the note says nothing of it.

    note : of a row of a measures table.

    Examples
    --------
    >>> why_not("not estimable: the reference group White has no search")
    'the reference group White has no search'
    >>> why_not("not estimable: dorset: link field partly filled (filled for some searches and blank for others)")
    'the field that should show it is filled for some searches only (Dorset Police)'
    >>> why_not("not estimable: no month of 12 may be used (2020-04: missing (self defined ethnicity): 9 of 9)")
    'self-defined ethnicity is missing from most records in all 12 months'
    """
    if "not estimable: " not in note:
        return ""
    text = note.partition("not estimable: ")[2]
    if found := _NONE_COUNTS.match(text):
        return _no_month(*found.groups())
    if "link field " in text:
        return _link_field(text)
    first = _without_brackets(text).partition("; ")[0]  # a reason's evidence has semicolons of its own
    for begins, said in _SAID.items():
        if first.startswith(begins):
            return said
    return re.sub(
        r"[a-z]+(?:-[a-z]+)+|[a-z]{4,}", lambda word: in_words([word[0]]) if is_force(word[0]) else word[0], first
    )


def whys(notes: pd.Series, otherwise: str, most: int = 3) -> str:
    """Why none of some rows has a value: the commonest reason first, and of several how many rows each is of.

    notes : of rows of a measures table. otherwise : stands where a note says nothing of it. most : reasons at most.

    Examples
    --------
    >>> whys(pd.Series(["not estimable: no search", "not estimable: no search", ""]), "not known")
    'no search (2) and not known (1)'
    """
    of = notes.map(why_not).replace("", otherwise).value_counts()
    if len(of) == 1:
        return of.index[0]
    return first_of([f"{reason} ({number:,})" for reason, number in of.items()], most, "reason")


def why_not_searched(note: str) -> str:
    """Why a series is not searched for steps, or that none stands out, in a few plain words.

    note : of a row of `Study.change_points` without an estimate.

    Examples
    --------
    >>> why_not_searched("not searched: no month may be used (unusable: no arrests (arrest): none of 168 outcomes)")
    'no arrest is published in any of the months'
    >>> why_not_searched("not searched: too few months: 5 may be used, 9 are needed")
    'too few months: 5 may be used, 9 are needed'
    """
    text = note.removeprefix("not searched: ").removeprefix("not estimable: ")
    if not (found := _NO_MONTH_OF_SERIES.match(text)):
        return text
    if judged := _JUDGED.match(found[1]):
        return _no_month("", *judged.groups())
    why = _without_brackets(found[1])
    return _NO_RECORDS.get(why) or f"no month may be used, for {why.replace(': ', ', ')}"


def link_field(by_force: Iterable[tuple[str, str]], more: int = 0) -> str:
    """Why the field on finds cannot tell them, each reason with the forces of whose records it is.

    by_force : force and verdict, as `records.link_field` has them; "" for the force where there is one only.
    more : forces whose verdict is not among these.

    Examples
    --------
    >>> link_field([("dorset", "partly filled"), ("essex", "not published")])
    'the field that should show it is filled for some searches only (Dorset Police) and blank throughout (Essex Police)'
    """
    forces: dict[str, list[str]] = {}
    for force, verdict in by_force:
        forces.setdefault(verdict, []).extend([force] * bool(force))
    said = [f"{LINK_FIELD[verdict]}{f' ({in_words(names)})' if names else ''}" for verdict, names in forces.items()]
    rest = f"; {more} more force{'s have' if more > 1 else ' has'} other reasons" if more else ""
    return f"the field that should show it is {and_join(said)}{rest}"


def _link_field(text: str) -> str:
    found = _MORE_FORCES.search(text)
    return link_field(_OF_FORCE.findall(text), int(found[1]) if found else 0)


def _no_month(months: str, rule: str, field: str | None) -> str:
    name = field_words(field or "")
    said = _RULES.get(rule, f"the audit finds “{rule}”" + (f" in {name}" if name else ""))
    none = said.startswith("no ")
    number = f"{months} months" if months else "months"
    which = "the month" if months == "1" else f"any of the {number}" if none else f"all {number}"
    return f"{said.format(name or 'a field')} in {which}"


def _without_brackets(text: str) -> str:
    text = _plural(text)
    while (shorter := re.sub(r"\s*\([^()]*\)", "", text)) != text:
        text = shorter
    return text.replace(" ,", ",").strip()


def _plural(text: str) -> str:
    """A text whose "force(s)" is one word, by the number before it."""
    return _OPEN_PLURAL.sub(lambda found: f"{found[1]} {found[2]}{'s' * (found[1] != '1')}", text)


_FIELD_WORDS = {
    "self defined ethnicity": "self-defined ethnicity",
    "officer defined ethnicity": "officer-defined ethnicity",
    "outcome linked to object": "whether the object was found",
    "removal of more than outer clothing": "clothing removed",
    "more than outer clothing": "whether more than outer clothing was removed",
    "searched at": "time of day",
    "arrest": "arrests",
    "age range": "age",
}


def field_words(name: str) -> str:
    """A field of the records as a reader calls it.

    Examples
    --------
    >>> field_words("outcome_linked_to_object"), field_words("gender")
    ('whether the object was found', 'gender')
    """
    text = name.replace("_", " ").strip()
    return _FIELD_WORDS.get(text, text)


def fields_in_words(names: Sequence[str]) -> list[str]:
    """Fields as a reader calls them, each once."""
    return list(dict.fromkeys(field_words(name) for name in names if name))
