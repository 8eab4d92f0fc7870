"""Which police forces there are, what each is called, and where rates per resident are refused."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache

import pandas as pd

from sas_analysis.errors import first_of
from sas_analysis.reference import _table

SEE = " See: sas-analysis forces"  # ends the message on unknown forces
_NAMES = ["force", "official_name", "area_name", "home_office_name"]


def forces() -> pd.DataFrame:
    """The 45 forces that publish, a row each.

    Returns
    -------
    DataFrame
        `force` (the publisher's name, as in the clean table), `official_name`, `area_code` and `area_name` (ONS police
        force area), `home_office_name` (official statistics), `aliases` (separated by ";"), `territorial` (bool: one
        of the 43 of England and Wales). The other two, btp and northern-ireland, have no area code.

    Examples
    --------
    >>> sas.forces()[["force", "official_name"]].head(2)
                   force                   official_name
    0  avon-and-somerset  Avon and Somerset Constabulary
    1       bedfordshire             Bedfordshire Police
    """
    table = _table("forces").copy()
    table["territorial"] = table["territorial"] == "true"
    return table


def territorial_forces() -> list[str]:
    """The slugs of the 43 territorial forces of England and Wales."""
    table = forces()
    return table.loc[table["territorial"], "force"].tolist()


def in_words(slugs: Iterable[str]) -> str:
    """The official names of forces, for a caption; more than three are counted."""
    names, slugs = _official_names(), list(slugs)
    return ", ".join(names[slug] for slug in slugs) if len(slugs) <= 3 else f"{len(slugs)} forces"


def named(forces: Sequence[str]) -> str:
    """The names of forces in a sentence; of more than three the first three, and how many more.

    Examples
    --------
    >>> named(["kent", "essex"]), named(["kent", "essex", "surrey", "dorset"])
    ('Kent Police and Essex Police', 'Kent Police, Essex Police, Surrey Police and 1 more force')
    """
    return first_of([in_words([force]) for force in forces], 3, "force")


def whose(forces: Iterable[str], area: str = "") -> str:
    """Whose searches they are, for a caption: the forces, and the area where there is one."""
    return f"{area} ({in_words(forces)})" if area else in_words(forces)


def is_force(text: str) -> bool:
    """Whether a text is the publisher's name of a force.

    Examples
    --------
    >>> is_force("west-yorkshire"), is_force("west")
    (True, False)
    """
    return text in _official_names()


def check_force(*slugs: str) -> None:
    """Raise ValueError naming every slug that is none of `forces()`, and what may have been meant."""
    faults = unknown_forces(slugs)
    if faults:
        raise ValueError("\n".join(faults))


def unknown_forces(slugs: Iterable[str]) -> list[str]:
    """A fault for each slug that is none of `forces()`, with what may have been meant; the last says where to look."""
    known = set(_table("forces")["force"])
    faults = [_fault(slug) for slug in dict.fromkeys(slugs) if slug not in known]
    return [*faults[:-1], f"{faults[-1]}{SEE}"] if faults else []


@cache
def population_problem(slug: str) -> str | None:
    """Why rates per resident are refused for a force, in words, or None where they are not.

    Counts, outcomes and shares of such a force are still sound. Raises ValueError for an unknown force.
    """
    check_force(slug)
    register = _table("population_validity").set_index("force")["reason"]
    return register.get(slug)


def _fault(slug: object) -> str:
    meant = _meant(str(slug))
    return f'force "{slug}" is unknown' + (f"; did you mean {_either(meant)}?" if meant else ".")


def _meant(text: str) -> list[str]:
    """Up to three slugs whose slug, official or other name is `text`, begins with it, or is close to it."""
    names = _slug_of_name()
    key = text.strip().casefold()
    if key in names:
        return [names[key]]
    begins = [name for name in names if len(key) >= 3 and name.startswith(key)]
    close = begins or get_close_matches(key, names, n=3, cutoff=0.75)
    return list(dict.fromkeys(names[name] for name in close))[:3]


@cache
def _official_names() -> dict[str, str]:
    return dict(_table("forces")[["force", "official_name"]].itertuples(index=False))


@cache
def _slug_of_name() -> dict[str, str]:
    table = _table("forces")
    names = {}
    for row in table.itertuples():
        spellings = [getattr(row, column) for column in _NAMES] + row.aliases.split(";")
        names |= {name.casefold(): row.force for name in spellings if name}
    return names


def _either(slugs: Iterable[str]) -> str:
    *first, last = [f'"{slug}"' for slug in slugs]
    return f"{', '.join(first)} or {last}" if first else last
