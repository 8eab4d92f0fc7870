"""The notebooks: thin, with declared parameters, and with outputs that are really checked."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest

from sas_analysis.reports.one.parameters import declared

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CHECKED = "nbval-check-output"
MOST_LINES = 10  # of a cell
LINES_OF_CODE = 115  # of a notebook, on average, parameters and comments included


def tags(cell):
    return cell.metadata.get("tags", [])


def code(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_reports_are_numbered_and_each_has_one_name():
    assert [path.stem for path in NOTEBOOKS][:4] == [
        "01_data_quality",
        "02_search_grounds",
        "03_outcomes",
        "04_disproportionality",
    ]
    numbers, names = zip(*(path.stem.split("_", 1) for path in NOTEBOOKS), strict=True)
    assert list(numbers) == [f"{number:02d}" for number in range(1, len(NOTEBOOKS) + 1)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_thin(path):
    for cell in code(path):
        tree = ast.parse(cell.source)
        made = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While)
        ]
        assert not made, f"functions and loops belong into the package:\n{cell.source}"
        only_imports = all(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body)
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert only_imports or "parameters" in tags(cell) or len(lines) <= MOST_LINES, cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_table_shown_is_a_checked_output_and_nothing_else_is_kept(path):
    for cell in code(path):
        shows = "page.table(" in cell.source
        assert shows == (CHECKED in tags(cell)), cell.source
        # What does not apply to the sample's one force shows nothing, nor do months taken back in where none are out.
        if not cell.source.startswith("if ") and "show.taken_back" not in cell.source:
            assert shows == bool(cell.outputs), f"run: make notebooks\n{cell.source}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_tables_say_that_they_are_synthetic(path):
    for cell in code(path):
        for output in cell.outputs:
            assert output.data["text/plain"].startswith("SYNTHETIC"), cell.source


def test_nbval_fails_on_a_changed_number(tmp_path, sample):
    """The check of the checks: one digit of one committed table is altered."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, value in enumerate((4.12, 4.12), start=1):
        cell = nbformat.v4.new_code_cell(f"print({value})", execution_count=number, metadata={"tags": [CHECKED]})
        shown = value if number == 1 else 4.13
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"{shown}\n")]
        notebook.cells.append(cell)
    nbformat.write(notebook, tmp_path / "altered.ipynb")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "--nbval-kernel-name",
        "python3",
        "-p",
        "no:cacheprovider",
    ]
    run = subprocess.run([*command, "altered.ipynb"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1
    assert "1 failed, 1 passed" in run.stdout


def test_committed_notebooks_name_no_folder_of_a_machine():
    for path in NOTEBOOKS:
        text = json.dumps(json.loads(path.read_text()))
        assert str(Path.home()) not in text
        assert "/work/" not in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_imports_little_and_passes_on_nothing_that_its_objects_know(path):
    source = "\n".join(cell.source for cell in code(path))
    nodes = list(ast.walk(ast.parse(source)))
    assert sum(len(node.names) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)) <= 10
    assert not {"synthetic", "few", "suppressed"} & {
        keyword.arg for node in nodes if isinstance(node, ast.Call) for keyword in node.keywords
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_notebook_begins_it_asks_for_later(path):
    begun, asked = [], []
    for number, statement in enumerate(node for cell in code(path) for node in ast.parse(cell.source).body):
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign):
                parts = [(node.targets[0], node.value)]
                if isinstance(node.value, ast.Tuple):
                    parts = list(zip(node.targets[0].elts, node.value.elts, strict=True))
                begun += [
                    (ast.unparse(name), number) for name, value in parts if ast.unparse(value).startswith("sas.begin(")
                ]
            if isinstance(node, ast.Attribute) and node.attr == "result":
                asked.append((ast.unparse(node.value), number))
    assert sorted(name for name, _ in begun) == sorted(name for name, _ in asked)
    assert all(dict(asked)[name] > number + 3 for name, number in begun), "there is nothing beside which it could be"


def test_the_notebooks_are_short():
    lines = sum(len(cell.source.splitlines()) for path in NOTEBOOKS for cell in code(path))
    assert lines <= LINES_OF_CODE * len(NOTEBOOKS)


OF_FORCES = ["decomposition", "leave_one_force_out", "pooled", "heterogeneity", "shrunken", "ranks", "funnel"]


def test_sections_on_several_forces_show_nothing_of_one():
    for name in OF_FORCES:
        cells = [
            cell for cell in code(FOLDER / "04_disproportionality.ipynb") if f'page.table("{name}",' in cell.source
        ]
        assert [cell.outputs for cell in cells] == [[]], name


# --- parameters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_lists_every_parameter_with_its_default_and_help(path):
    theirs = papermill.inspect_notebook(path)
    ours = declared(path)
    assert list(theirs) == list(ours)
    for name, parameter in ours.items():
        found = theirs[name]
        assert (found["inferred_type_name"], found["help"]) == (parameter.type, parameter.help)
        assert ast.literal_eval(found["default"]) == parameter.default
        assert parameter.help


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_parameter_and_its_help_stand_on_one_line(path):
    (cell,) = [cell for cell in code(path) if "parameters" in tags(cell)]
    assert len(cell.source.splitlines()) == len(declared(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_knows_every_parameter_it_is_given(path, tmp_path):
    given = [f"{name}: {json.dumps(parameter.default)}" for name, parameter in declared(path).items()]
    assert 'start: "2018-04"' in given
    command = [sys.executable, "-m", "papermill", "--prepare-only", path, tmp_path / "out.ipynb", "-p", "end"]
    run = subprocess.run([*command, "2018-05", "-y", "\n".join(given)], capture_output=True, text=True, check=True)
    assert "unknown parameter" not in run.stdout + run.stderr
    run = subprocess.run([*command, "2018-05", "-p", "borogh", "x"], capture_output=True, text=True, check=True)
    assert "Passed unknown parameter: borogh" in run.stderr


def test_papermill_help_names_borough_and_census():
    command = [sys.executable, "-m", "papermill", "--help-notebook", FOLDER / "04_disproportionality.ipynb"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name, parameter in declared(FOLDER / "04_disproportionality.ipynb").items():
        assert f"  {name}: {parameter.type} (default " in said
        assert parameter.help in said


def test_an_analysis_of_ones_own_is_short_and_its_tables_are_checked():
    (path,) = (FOLDER / "methods").glob("own_analysis.ipynb")
    for cell in code(path):
        assert len(cell.source.splitlines()) <= MOST_LINES
        assert bool(cell.outputs) == (CHECKED in tags(cell)), f"run: make notebooks\n{cell.source}"
    tables = [cell for cell in code(path) if CHECKED in tags(cell)]
    assert len(tables) >= 5
    assert "SYNTHETIC" in "".join(tables[0].outputs[0].data["text/plain"])
