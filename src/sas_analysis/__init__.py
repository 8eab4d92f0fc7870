"""Search grounds, outcomes and disproportionality in police stop-and-search records of England and Wales.

    data/raw -load-> text table -clean-> data/processed (nothing dropped) -audit-> what may be used
       -Study: choices, selections, flow-> searches -Comparison: residents, reference-> exposure
       -measures-> tables of one shape -Report: captions, marks, figures-> notebook
       -reports (papermill)-> report: page, notebook, tables, provenance

records     the publisher's files to one clean table; the audit; the synthetic sample
reference   what records are compared with: forces, census residents, boundaries, official statistics
measures    numbers, each as one table of the same columns, with its interval or the reason why there is none
study       the records of some forces and months, and what they are compared with
present     those tables as a page shows them, as figures and as sentences
reports     one notebook with parameters to one finished report, and many of them
validation  published figures made anew from their parts
cli         the commands: parse, call, print
months      months as texts: which comes later, and many of them in words
names       names that are asked for: which are none, and what was meant
handed_out  tables that are given away as copies, so that a change in one changes no later result
codes       labels of millions of rows, each looked up once
processes   one thing done to each of many, by forks where they pay
rounding    counts of records that are not published, rounded before anything is made of them
files       files whole or not at all, their hashes, cells that are no formula

Imports run one way: records, reference -> measures -> study -> present -> reports, validation -> cli.
The notebooks import the package.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sas_analysis.measures.e_value import e_value
    from sas_analysis.measures.exposure import Exposure
    from sas_analysis.measures.outcomes.official_finds import official_find_rate
    from sas_analysis.measures.outcomes.threshold import threshold_test
    from sas_analysis.measures.rates.per_resident import search_rate
    from sas_analysis.measures.rates.ratios import disproportionality_ratio, rate_difference
    from sas_analysis.measures.shares import share_of_searches
    from sas_analysis.measures.timing.surge import surge_test
    from sas_analysis.measures.timing.veil import veil_of_darkness
    from sas_analysis.measures.trends.interrupted import interrupted_series
    from sas_analysis.present import charts
    from sas_analysis.present.report import Report
    from sas_analysis.processes import begin
    from sas_analysis.records.audit import audit
    from sas_analysis.records.synthetic.extract import write_sample
    from sas_analysis.reference.denominators import denominator
    from sas_analysis.reference.forces import forces
    from sas_analysis.reference.official.home_office import read_official
    from sas_analysis.reference.official.reconcile import reconcile
    from sas_analysis.reference.policy import policy_calendar
    from sas_analysis.study.choices import Choices
    from sas_analysis.study.comparison import Comparison
    from sas_analysis.study.estimates import Estimates
    from sas_analysis.study.opening import open_study
    from sas_analysis.study.study import Study

_PLACES = {  # where each name of the package stands; it is imported when it is first asked for, for that takes a second
    "Choices": "study.choices",
    "Comparison": "study.comparison",
    "Estimates": "study.estimates",
    "Exposure": "measures.exposure",
    "Report": "present.report",
    "Study": "study.study",
    "audit": "records.audit",
    "begin": "processes",
    "charts": "present",
    "denominator": "reference.denominators",
    "disproportionality_ratio": "measures.rates.ratios",
    "e_value": "measures.e_value",
    "forces": "reference.forces",
    "interrupted_series": "measures.trends.interrupted",
    "official_find_rate": "measures.outcomes.official_finds",
    "open_study": "study.opening",
    "policy_calendar": "reference.policy",
    "rate_difference": "measures.rates.ratios",
    "read_official": "reference.official.home_office",
    "reconcile": "reference.official.reconcile",
    "search_rate": "measures.rates.per_resident",
    "share_of_searches": "measures.shares",
    "surge_test": "measures.timing.surge",
    "veil_of_darkness": "measures.timing.veil",
    "threshold_test": "measures.outcomes.threshold",
    "write_sample": "records.synthetic.extract",
}
__all__ = [
    "Choices",
    "Comparison",
    "Estimates",
    "Exposure",
    "Report",
    "Study",
    "audit",
    "begin",
    "charts",
    "denominator",
    "disproportionality_ratio",
    "e_value",
    "forces",
    "interrupted_series",
    "official_find_rate",
    "open_study",
    "policy_calendar",
    "rate_difference",
    "read_official",
    "reconcile",
    "search_rate",
    "share_of_searches",
    "surge_test",
    "threshold_test",
    "veil_of_darkness",
    "write_sample",
]


def __getattr__(name: str):
    from importlib import import_module

    if name == "__version__":
        from importlib.metadata import version

        return version("sas-analysis")
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = import_module(f"{__name__}.{_PLACES[name]}")
    found = getattr(place, name) if hasattr(place, name) else import_module(f"{place.__name__}.{name}")  # charts
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
