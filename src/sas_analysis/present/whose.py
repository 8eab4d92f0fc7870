"""Whose searches figures hold: the one place that tells it, for titles, captions, lights and sentences.

A force that was asked for is in a figure where it has a month that counts for it and, where searches are divided by
residents, residents to divide by. It is not there because it was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sas_analysis.errors import and_join, first_of, number_of
from sas_analysis.present.reasons import why_not
from sas_analysis.present.wording import begun
from sas_analysis.reference import forces as known
from sas_analysis.reference.forces import in_words, population_problem

_NAMED = 3


@dataclass(frozen=True)
class Whose:
    """The forces that figures hold.

    forces : whose searches they hold, in the order of the study. left : those in none of them, and why, in words.
    partly : those in some of them, and why they are not in the others. area : the local authority, where it is of one.
    """

    forces: list[str]
    left: dict[str, str] = field(default_factory=dict)
    partly: dict[str, str] = field(default_factory=dict)
    area: str = ""

    @property
    def words(self) -> str:
        """The forces, and the area where there is one, for a title or a caption."""
        return known.whose(self.forces, self.area)

    @property
    def in_sentence(self) -> str:
        """The same for a sentence: up to three forces by name, of more how many."""
        return self.words if self.area else names(self.forces)

    @property
    def said(self) -> str:
        """Which of the forces asked for the figures hold, who is left out and why; "" where all are in all of them."""
        return self.told()

    def told(self, what: str = "These figures are") -> str:
        """The same of figures by another name. what : they, and the verb."""
        if not self.left and not self.partly:
            return ""
        said = [f"{what} of {names(self.forces)} alone"] if self.left else []
        said += [f"not in them: {_reasons(self.left)}"] if self.left else []
        said += [f"not in all of them: {_reasons(self.partly)}"] if self.partly else []
        text = "; ".join(said)
        return f"{begun(text)}."


def names(forces: Sequence[str]) -> str:
    """Forces in a sentence: up to three by name, of more how many."""
    return and_join(list(map(_of_one, forces))) if len(forces) <= _NAMED else f"{len(forces)} forces"


def _reasons(left: dict[str, str]) -> str:
    """Forces and why they are left out, each reason once: up to three forces by name, of more how many."""
    if len(set(left.values())) == 1:
        return f"{first_of(list(map(_of_one, left)), _NAMED, 'force')} ({next(iter(left.values()))})"
    shown, more = list(left)[:_NAMED], len(left) - _NAMED
    of: dict[str, list[str]] = {}
    for force in shown:
        of.setdefault(left[force], []).append(_of_one(force))
    rest = [number_of(more, "more force")] * (more > 0)
    parts = [*(f"{and_join(own)} ({why})" for why, own in of.items()), *rest]
    return and_join(parts) if len(of) == len(shown) else "; ".join(parts)


def _of_one(force: str) -> str:
    return in_words([force])


def with_records(study) -> list[str]:
    """The forces of a study of which a file with records is here. study : `study.Study`."""
    grid = study.coverage
    here = set(grid.loc[grid["rows"].gt(0).fillna(False), "force"].astype("str").unique())
    return [force for force in study.forces if force in here]


def held_by(study, compared=None, *, published: bool = False) -> list[str]:
    """The forces whose searches a figure holds.

    study : `study.Study`, of its question. compared : the `Comparison`, where it divides by residents. published :
    whether it is of all months with records. Where no force can be in it there is no number, and what stands beside
    instead is of every force with a month that counts, or else with records.
    """
    here = with_records(study)
    months = study.published_months
    counting = set(months.loc[months["months"].gt(0), "force"].astype("str"))
    counted = here if published else [force for force in study.forces if force in counting]
    divided = counted if compared is None else [force for force in counted if force in compared.forces]
    return divided or counted or here or list(study.forces)


def whose(study, compared=None, *, published: bool = False) -> Whose:
    """The forces that a figure holds, and why the others of the study are not in it. The arguments are `held_by`'s."""
    held = held_by(study, compared, published=published)
    left = {force: _why_not_held(study, force, compared) for force in study.forces if force not in held}
    return Whose(held, left, area=study.area.name if study.area else "")


def together(parts: Sequence[Whose]) -> Whose:
    """The forces of several figures that are read together."""
    held = [force for part in parts for force in part.forces]
    asked = list(dict.fromkeys([*held, *(force for part in parts for force in part.left)]))
    left = {force: why for part in reversed(parts) for force, why in part.left.items()}
    return Whose(
        [force for force in parts[0].forces + [one for one in asked if one not in parts[0].forces] if force in held],
        {force: why for force, why in left.items() if force not in held},
        {force: why for force, why in left.items() if force in held},
        parts[0].area,
    )


def _why_not_held(study, force: str, compared) -> str:
    """Why the searches of a force are in no figure, in words: its months, its residents, or both."""
    months = study.published_months.set_index("force")["months"]
    why = []
    if not months[force]:
        why.append(why_not(f"not estimable: {study.months_of(force).nothing_counts}"))
    if compared is not None and force not in compared.forces and (problem := population_problem(force)):
        why.append(why_not(f"not estimable: {problem}").removeprefix(f"{in_words([force])} "))
    return "; ".join(filter(None, why)) or "no residents to divide by"
