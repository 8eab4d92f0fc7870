"""The methods notebooks of the surge test and the veil of darkness: short, parameterised, with checked tables."""

import ast
from pathlib import Path

import nbformat
import pytest

from sas_analysis.reports.one.parameters import declared

FOLDER = Path(__file__).parents[1] / "notebooks" / "methods"
NAMES = ("surge_test", "veil_of_darkness")
CHECKED, MOST_LINES = "nbval-check-output", 10


def code(name):
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_short_and_define_nothing(name):
    for cell in code(name):
        assert len(cell.source.splitlines()) <= MOST_LINES or "parameters" in cell.metadata["tags"]
        nodes = ast.walk(ast.parse(cell.source))
        assert not [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While)]


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_checked_and_says_that_it_is_synthetic(name):
    for cell in code(name):
        shows = "page.table(" in cell.source
        assert shows == (CHECKED in cell.metadata.get("tags", [])) == bool(cell.outputs), cell.source
        tables = [output for output in cell.outputs if "text/markdown" not in output.data]
        assert all(output.data["text/plain"].startswith("SYNTHETIC") for output in tables)


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_explained(name):
    found = declared(FOLDER / f"{name}.ipynb")
    assert {"forces", "raw", "processed", "tables", "ethnicity_scheme"} <= set(found)
    assert all(parameter.help for parameter in found.values())


@pytest.mark.parametrize("name", NAMES)
def test_what_it_assumes_found_and_cannot_say_and_what_is_refused_are_shown(name):
    source = "\n".join(cell.source for cell in code(name))
    assert "timing_sentences." in source
    assert "refused.refusals()" in source


def test_the_sample_has_no_surge_and_the_notebook_says_so_in_words():
    (table,) = [cell for cell in code("surge_test") if 'page.table("surge"' in cell.source]
    shown = table.outputs[0].data["text/plain"]
    assert "no surge, searches changed by" in shown
    assert "not estimable" in shown


def test_the_sample_does_not_know_of_daylight():
    (table,) = [cell for cell in code("veil_of_darkness") if 'page.table("veil"' in cell.source]
    (row,) = [line for line in table.outputs[0].data["text/plain"].splitlines() if line.split()[:1] == ["Black"]]
    ratio, lower, _, upper = row.split()[1:5]
    assert float(lower) < 1 < float(upper)
    assert 0.8 < float(ratio) < 1.25
