"""What sentences, figures and views may ask a page for, by the name of an argument."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.present.whose import held_by
from sas_analysis.reference.area_kinds import AUTHORITY
from sas_analysis.reference.policy import policy_calendar

if TYPE_CHECKING:
    from sas_analysis.present.report import Report
    from sas_analysis.study.comparison import Comparison
    from sas_analysis.study.study import Study


def confirmed(page: "Report") -> "Comparison | None":
    """The comparison of a page without the forces that official statistics contradict; None where there is none."""
    return page.compared.confirmed if page.compared else None


def _answers(page: "Report") -> "tuple[Study, Comparison]":
    """The study and the comparison whose ratios an answer gives: without contradicted forces where others are left."""
    compared = confirmed(page) or page.compared
    return (page.study if compared is page.compared else compared.study), compared


def _divided(study: "Study", compared: "Comparison") -> list[str]:
    """The forces whose searches a comparison divides: those with residents and a month that counts."""
    return [force for force in held_by(study, compared) if force in compared.forces]


def _other_residents(page: "Report") -> tuple[str, ...]:
    """The month of the residents that the answer divides by and that of the tables, where they are two."""
    months = (_answers(page)[1].base.month, page.compared.base.month)
    return months if len(set(months)) > 1 and page.compared.base.around else ()


OF_RESIDENTS = ("reference", "base")  # what figures of ratios may ask for
KNOWN: dict[str, Callable[["Report"], object]] = {
    "study": lambda page: page.study,
    "whose": lambda page: page.whose,
    "synthetic": lambda page: page.study.synthetic,
    "flow": lambda page: page.study.flow,
    "months": lambda page: page.study.months,
    "events": lambda page: policy_calendar(page.study.start, page.study.end, forces=page.study.forces),
    "counted_months": lambda page: int(page.study.published_months["months"].max()),
    "level": lambda page: page.study.level,
    "several": lambda page: len(page.study.forces) > 1,
    "coverage": lambda page: page.study.published_months,
    "verdicts": lambda page: page.study.verdicts,
    "flagged_months": lambda page: page.study.choices.flagged_months,
    "official": lambda page: page.study.official,
    "area": lambda page: page.study.area,
    "areas": lambda page: page.study.areas,
    "kind": lambda page: page.study.located.layer.kind if page.study.located else AUTHORITY,
    "coarse": lambda page: page.study.located.layer.coarse() if page.study.located else "",
    "contradicted": lambda page: (page.compared or page.study).contradicted,
    "official_ratios": lambda page: page.compared.official_ratios,
    "not_divided": lambda page: [name for name in page.study.forces if name not in page.compared.forces],
    "confirmed": lambda page: confirmed(page),
    "reference": lambda page: page.compared.reference if page.compared else REFERENCE,
    "base": lambda page: page.compared.base.name,
    "source": lambda page: page.compared.source,
    "forces": lambda page: len(_divided(page.study, page.compared)),
    "answered": lambda page: _divided(*_answers(page)),
    "ladder": lambda page: _answers(page)[1].ratios_by_base(),
    "other_residents": lambda page: _other_residents(page),
}
