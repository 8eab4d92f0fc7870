"""What a release is made of: built twice the same, installed on the lowest and the highest Python there is; and what is
asked of the packages it stands on."""

import csv
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release") / "dist"
    command = [sys.executable, "scripts/dist.py", folder]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return folder, told


def test_a_release_has_its_checksums_and_its_citation(built):
    folder, told = built
    names = sorted(path.name for path in folder.iterdir())
    assert [re.sub(r"-\d[\d.]*\d", "-N", name) for name in names] == [
        "CITATION.cff", "SHA256SUMS", "sas_analysis-N-py3-none-any.whl", "sas_analysis-N.tar.gz",
    ]  # fmt: skip
    lines = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names if name != "SHA256SUMS"}
    assert lines == hashes
    assert "CITATION.cff has no DOI yet" in told or "\ndoi: 10." in (folder / "CITATION.cff").read_text()


def test_the_same_sources_give_the_same_bytes(built, tmp_path):
    subprocess.run([sys.executable, "scripts/dist.py", tmp_path / "dist"], cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "dist" / "SHA256SUMS").read_bytes() == (built[0] / "SHA256SUMS").read_bytes()


def test_wheel_and_sdist_hold_what_is_needed_and_nothing_else(built):
    (wheel,), (sdist,) = built[0].glob("*.whl"), built[0].glob("*.tar.gz")
    in_wheel = set(zipfile.ZipFile(wheel).namelist())
    assert {"sas_analysis/cli/__init__.py", "sas_analysis/notebooks/03_outcomes.ipynb"} <= in_wheel
    assert not [name for name in in_wheel if not name.startswith(("sas_analysis/", "sas_analysis-"))]
    with tarfile.open(sdist) as opened:
        in_sdist = {name.partition("/")[2] for name in opened.getnames()}
    assert {"schedule/monthly.sh", "requirements.lock", "tests/test_release.py", "LICENSE", "CITATION.cff"} <= in_sdist
    odd = re.compile(r"__pycache__|ipynb_checkpoints|\.pyc$|^reports/|^data/.*\.csv$|\.venv")
    assert not [name for name in in_wheel | in_sdist if odd.search(name)]


def pythons():
    """Every Python here that the package may run on, by its version."""
    places = [*os.environ.get("PATH", "").split(os.pathsep), *(Path.home() / ".pyenv" / "versions").glob("*/bin")]
    found = {sys.version_info[:2]: sys.executable}
    for minor in range(11, 30):
        for place in places:
            program = Path(place) / f"python3.{minor}"
            if program.exists() and subprocess.run([program, "-c", ""], capture_output=True).returncode == 0:
                found.setdefault((3, minor), str(program))
    return dict(sorted(found.items()))


@pytest.mark.parametrize("which", [0, -1], ids=["lowest", "highest"])
def test_it_is_installed_and_works(built, tmp_path, which):
    """With a report, where its dependencies are there for that Python: those of these tests, or all of them from the
    index that pip is set to, which takes minutes and is asked for with SAS_FULL_INSTALL=1. Else every module compiles.
    """
    (wheel,) = built[0].glob("*.whl")
    version, program = list(pythons().items())[which]
    subprocess.run([program, "-m", "venv", tmp_path / "venv"], check=True, capture_output=True)
    python = tmp_path / "venv" / "bin" / "python"
    is_own, is_full = version == sys.version_info[:2], "SAS_FULL_INSTALL" in os.environ
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *(["--no-deps"] * (not is_full))]
    subprocess.run([*pip, wheel], check=True, capture_output=True)
    asked = [python, "-c", "import site; print(site.getsitepackages()[0])"]
    own = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    subprocess.run([python, "-W", "error", "-m", "compileall", "-q", "-f", own / "sas_analysis"], check=True)
    assert python.with_name("sas-analysis").exists()
    if is_own and not is_full:
        (own / "shared.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")) + "\n")
    if is_own or is_full:
        # The templates of nbconvert are no modules: they lie in `share` of whatever it is installed in.
        more = {} if is_full else {"JUPYTER_PATH": f"{sys.prefix}/share/jupyter"}
        makes_a_report(python.with_name("sas-analysis"), tmp_path, **more)


def makes_a_report(program, place, **more):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | more
    asked = {"cwd": place, "env": environment, "capture_output": True, "text": True, "check": True}
    assert re.match(r"sas-analysis \d", subprocess.run([program, "--version"], **asked).stdout)
    subprocess.run([program, "sample", "--raw", "raw", "--quiet"], **asked)
    period = ["--from", "2019-01", "--to", "2019-03", "--raw", "raw", "--quiet"]
    subprocess.run([program, "report", "data_quality", "--force", "essex", *period], **asked)
    assert (place / "reports/data_quality_essex_2019-01_2019-03/report.html").exists()


# --- what it stands on -----------------------------------------------------------------------------------------------


def test_the_licence_of_everything_pinned_is_listed():
    with (ROOT / "docs" / "licences.csv").open(encoding="utf-8", newline="") as stream:
        listed = {row["package"]: row["licence"] for row in csv.DictReader(stream)}
    assert sorted(listed) == script("licences").pinned()
    assert not [name for name, licence in listed.items() if licence in ("", "?", "not stated")]


VULNERABLE = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
FINE = {"name": "b", "version": "1", "vulns": []}
UNKNOWN = {"name": "c", "skip_reason": "not found"}
SAID = {
    "what is known": ([VULNERABLE, FINE], 1, "a 1: CVE-1, mended in 2"),
    "nothing known": ([FINE], 0, "0 known vulnerabilities in 1 packages"),
    "not looked up": ([FINE, UNKNOWN], 0, "1 could not be looked up: c"),
    "offline": (None, 0, "skipped: pip-audit could not ask (no network)"),
}


@pytest.mark.parametrize("said", SAID)
def test_the_dependency_audit_says_what_is_known_and_what_could_not_be_asked(tmp_path, said):
    dependencies, code, told = SAID[said]
    program = tmp_path / "pip-audit"
    text = (
        f"cat <<'END'\n{json.dumps({'dependencies': dependencies})}\nEND\n" if dependencies else "echo no network >&2\n"
    )
    program.write_text(f"#!/bin/sh\n{text}exit 1\n")
    program.chmod(0o755)
    done = audit(PATH=f"{tmp_path}:/usr/bin:/bin")
    assert (done.returncode, done.stderr) == (code, "")
    assert told in done.stdout


@pytest.mark.skipif(
    shutil.which("pip-audit", path=Path(sys.executable).parent) is not None, reason="pip-audit is in this environment"
)
def test_without_a_program_to_ask_the_audit_says_so():
    done = audit(PATH="/nowhere")
    assert done.returncode == 0
    assert "dependency audit skipped: pip-audit is not installed" in done.stdout


def audit(**environment):
    command = [sys.executable, "scripts/dependency_audit.py"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
