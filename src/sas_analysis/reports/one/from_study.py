"""The report of an open study: the same folder that `sas-analysis report` makes of it."""

from collections.abc import Mapping
from pathlib import Path

from sas_analysis.errors import ParameterError
from sas_analysis.reports.one.parameters import declared, find_notebook
from sas_analysis.reports.one.run import run_report
from sas_analysis.study.study import Study

_NAMES = {"ethnicity": "ethnicity_scheme"}  # where a notebook calls a choice by another name


def report_of_study(study: Study, name: str, *, out="reports", parameters: dict | None = None) -> Path:
    """Make a report with the forces, months, area and choices of a study, and return its folder.

    parameters : further ones, which go before the study's. Raises as `run_report` does.
    """
    if not isinstance(parameters or {}, Mapping):
        raise ParameterError(f'parameters are names and values, such as {{"round_to": 5}}, and not {parameters!r}')
    known = declared(find_notebook(name))
    chosen = {_NAMES.get(field, field): value for field, value in vars(study.choices).items()}
    chosen |= {"borough": study.area.name if study.area else "", "boundaries": study.boundaries}
    own = {key: value for key, value in chosen.items() if key in known and value != known[key].default}
    places = {"raw": study.raw, "processed": study.processed, "out": out}
    asked = {"forces": study.forces, "start": study.start, "end": study.end}
    return run_report(name, **asked, parameters=own | dict(parameters or {}), **places)
