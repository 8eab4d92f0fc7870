"""The notebooks where a user works: copied out of an installed package, in JupyterLab, in a wheel."""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.errors import RunError
from sas_analysis.reports.one import parameters
from sas_analysis.reports.one.notebook_copies import copy_notebooks
from sas_analysis.reports.one.parameters import declared

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
FOLDERS = {"raw": "data/raw/sample", "processed": "data/processed/sample"}


def defaults(path):
    return [declared(path)[name].default for name in ("raw", "processed")]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments):
    return CliRunner().invoke(app, ["notebooks", *arguments], prog_name="sas-analysis")


def test_the_copies_are_the_notebooks(place):
    assert call("notebooks").exit_code == 0
    for original in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in original.parts:
            copy = Path("notebooks") / original.relative_to(ROOT / "notebooks")
            assert json.loads(copy.read_text()) == json.loads(original.read_text())  # beside data, as in a checkout
            nbformat.validate(nbformat.read(copy, 4))


@pytest.mark.parametrize(
    ("folder", "raw", "expected"),
    [
        (".", "data/raw/sample", ["data/raw/sample", "data/processed/sample"]),
        ("notebooks", "data/raw", ["../data/raw", "../data/processed/sample"]),
        ("a/b", "data/raw/sample", ["../../data/raw/sample", "../../data/processed/sample"]),
        ("../else", 'd "é\\x', None),
    ],
)
def test_the_copies_name_the_data_from_where_they_are(place, folder, raw, expected):
    (place / "work").mkdir()
    os.chdir("work")
    copies = copy_notebooks(folder, raw=raw, processed="data/processed/sample")
    expected = expected or [str(Path.cwd() / raw), str(Path.cwd() / "data/processed/sample")]
    assert [defaults(path) for path in copies if path.stem in NAMES] == [expected] * len(NAMES)
    (copy,) = [path for path in copies if path.stem == NAMES[0]]
    assert (copy.parent / defaults(copy)[0]).resolve() == (Path.cwd() / raw).resolve()


def test_a_copy_that_was_changed_is_replaced_only_with_force(place):
    result = call("mine", "--raw", "data")
    assert [Path(line).stem for line in result.stdout.splitlines()[: len(NAMES)]] == NAMES
    assert result.stderr == "warning: there is no data yet; the synthetic sample comes with: sas-analysis sample\n"
    own = Path("mine/02_search_grounds.ipynb")
    whole = own.read_text()
    assert whole.count('"## ')
    own.write_text(whole.replace('"## ', '"### '))
    Path("mine/03_outcomes.ipynb").unlink()
    result = call("mine", "--raw", "data")
    assert result.exit_code == RunError.exit_code
    assert result.stderr == f"error: {own} is there and differs\nreplace with: --force\n"
    assert result.stdout == ""
    assert own.read_text() != whole
    assert not Path("mine/03_outcomes.ipynb").exists()
    result = call("mine", "--raw", "data", "--force")
    assert result.stdout.splitlines()[:4] == [
        "mine/01_data_quality.ipynb (as it was)",
        "mine/02_search_grounds.ipynb",
        "mine/03_outcomes.ipynb",
        "mine/04_disproportionality.ipynb (as it was)",
    ]
    assert own.read_text() == whole
    assert not list(Path("mine").glob("*.tmp"))


def test_a_folder_that_cannot_be_written_says_so(place):
    Path("file").write_text("")
    result = call("file/there")
    assert result.exit_code == RunError.exit_code
    assert "the notebooks cannot be copied into file/there" in result.stderr


def test_checkpoints_are_not_copied(place, monkeypatch):
    shutil.copytree(ROOT / "notebooks", "from")
    Path("from/.ipynb_checkpoints").mkdir(exist_ok=True)
    shutil.copy("from/03_outcomes.ipynb", "from/.ipynb_checkpoints/03_outcomes-checkpoint.ipynb")
    monkeypatch.setattr(parameters, "NOTEBOOKS", [place / "from"])
    copy_notebooks("to", **FOLDERS)
    assert not Path("to/.ipynb_checkpoints").exists()


# --- JupyterLab ---------------------------------------------------------------------------------------------


def test_lab_shows_the_whole_project_and_opens_at_the_notebooks(place, monkeypatch):
    """The recipe of `make lab`, in a project of this form: what the server lists, and where it leads a browser."""
    for name in ("notebooks/01.ipynb", "data/raw/a.csv", "README.md"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    said = subprocess.run(["make", "-n", "-C", ROOT, "lab"], capture_output=True, text=True, check=True).stdout
    (recipe,) = [line for line in said.splitlines() if "jupyter lab" in line]
    asked = recipe.partition("jupyter lab ")[2].split()
    alone = ["--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token="]
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(place / "settings"))
    command = [sys.executable, "-m", "jupyterlab", *asked, *alone]
    with open("log.txt", "w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            address = when_there(place / "settings", server)["url"]
            with answered(f"{address}api/contents", server) as answer:
                listed = json.load(answer)["content"]
            assert {"notebooks", "data", "README.md"} <= {item["name"] for item in listed}
            with urllib.request.urlopen(address, timeout=30) as page:
                assert page.url == f"{address}lab/tree/notebooks"
        finally:
            server.terminate()


def answered(address, server):
    """The answer of *address*; a server writes its file a moment before it listens."""
    for _ in range(600):
        assert server.poll() is None, Path("log.txt").read_text()
        with suppress(urllib.error.URLError):
            return urllib.request.urlopen(address, timeout=30)
        time.sleep(0.1)
    raise AssertionError(Path("log.txt").read_text())


def when_there(folder, server):
    """What a server writes of itself when it starts."""
    for _ in range(1200):
        assert server.poll() is None, Path("log.txt").read_text()
        for path in folder.glob("jpserver-*.json"):
            with suppress(ValueError):  # half written
                return json.loads(path.read_text())
        time.sleep(0.1)
    raise AssertionError(Path("log.txt").read_text())


# --- an installed package -----------------------------------------------------------------------------------


def test_a_wheel_built_after_the_notebooks_were_used_has_them_and_no_checkpoint(place):
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, name)
    for name in ("src", "notebooks"):
        shutil.copytree(ROOT / name, name, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (Path("notebooks"), Path("src/sas_analysis")):
        (folder / ".ipynb_checkpoints").mkdir(exist_ok=True)
        (folder / ".ipynb_checkpoints" / "03_outcomes-checkpoint.ipynb").write_text("{}")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], check=True, capture_output=True)
    (wheel,) = Path("dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if "checkpoint" in name] == []
    assert [Path(name).stem for name in names if name.startswith("sas_analysis/notebooks/0")] == NAMES
    assert "sas_analysis/reference/tables/forces.csv" in names
    metadata = zipfile.ZipFile(wheel).read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert "Requires-Dist: jupyterlab>=4.3; extra == 'lab'" in metadata
    script = "import sys; sys.path[:0] = [sys.argv[1]]\nfrom sas_analysis.reports.one.parameters import notebooks\n"
    zipfile.ZipFile(wheel).extractall("installed")
    command = [sys.executable, "-c", script + "print(list(map(str, notebooks().values())))", "installed"]
    found = ast.literal_eval(subprocess.run(command, capture_output=True, text=True, check=True, env={}).stdout)
    assert [Path(name).parts[-3:-1] for name in found] == [("sas_analysis", "notebooks")] * len(NAMES)
