"""What an environment is made from says one thing: pyproject.toml, the locks, environment.yml, Makefile."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from hypothesis import settings
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK, BAYES, DOCS = NAMES = "requirements.lock", "requirements-bayes.lock", "requirements-docs.lock"
LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
OWN = {"bayes": BAYES, "docs": DOCS}  # groups with a lock of their own
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
CONDA_PIP = next(item["pip"] for item in CONDA if isinstance(item, dict))


def locked(lock=LOCK):
    """The requirements of a lock, each with its hashes."""
    lines = LOCKS[lock].replace("\\\n", " ").splitlines()
    entries = [entry for entry in lines if entry.strip() and not entry.startswith("#")]
    parts = [re.split(r"\s+--hash=", entry) for entry in entries]
    return [(Requirement(first), [value.strip() for value in hashes]) for first, *hashes in parts]


def declared():
    """(lock, requirement) of all of pyproject.toml: the package's, and those of its extras and groups."""
    grouped = [*PROJECT["dependency-groups"].items(), *PROJECT["project"]["optional-dependencies"].items()]
    found = [(LOCK, text) for text in PROJECT["project"]["dependencies"]]
    for name, group in grouped:
        lock = OWN.get(name, LOCK)
        found += [(lock, item) for item in group if isinstance(item, str)]
    return [(lock, Requirement(text)) for lock, text in found]


def pins(lock=LOCK):
    """name -> versions pinned in a lock (several where they depend on the Python)."""
    found = {}
    for requirement, _ in locked(lock):
        found.setdefault(canonicalize_name(requirement.name), []).append(next(iter(requirement.specifier)).version)
    return found


def test_every_file_asks_for_the_same_python():
    asked = SpecifierSet(PROJECT["project"]["requires-python"])
    assert asked == SpecifierSet(f">={PYTHONS[0]}")  # a later Python is tried, not refused
    conda = Requirement(next(item for item in CONDA if isinstance(item, str) and item.startswith("python")))
    assert conda.specifier == asked
    classified = [name.rpartition(" :: ")[2] for name in PROJECT["project"]["classifiers"]]
    assert [name for name in classified if name.startswith("3.")] == list(PYTHONS)
    assert "--python-version 3.11" in MAKEFILE
    assert "Python 3.11" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("lock", "requirement"), declared(), ids=str)
def test_what_the_project_needs_is_locked_at_a_version_it_accepts(lock, requirement):
    versions = pins(lock).get(canonicalize_name(requirement.name), [])
    assert versions
    assert all(requirement.specifier.contains(version) for version in versions)


@pytest.mark.parametrize("python", PYTHONS)
def test_what_the_project_needs_is_locked_once_for_every_python(python):
    here = {"python_full_version": f"{python}.6", "python_version": python}
    for lock, requirement in declared():
        name = canonicalize_name(requirement.name)
        entries = [r for r, _ in locked(lock) if canonicalize_name(r.name) == name]
        assert sum(r.marker is None or r.marker.evaluate(here) for r in entries) == 1, requirement


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_locked_for_a_python_accepts_it(python):
    """As far as it is installed here: what a package asks for stands in its metadata, not in the lock."""
    here = {"python_full_version": f"{python}.6", "python_version": python}
    known, refused = 0, []
    for requirement, _ in locked():
        if requirement.marker is None or requirement.marker.evaluate(here):
            with suppress(PackageNotFoundError):
                told = metadata(requirement.name)
                if requirement.specifier.contains(told["Version"]):
                    known += 1
                    asked = told.get("Requires-Python", "")
                    if f"{python}.6" not in SpecifierSet(asked):
                        refused.append(f"{requirement.name}: {asked}")
    assert known > 100
    assert refused == []


@pytest.mark.parametrize("python", PYTHONS)
def test_what_the_site_needs_is_locked_at_a_version_it_accepts_once_for_every_python(python):
    here = {"python_full_version": f"{python}.6", "python_version": python}
    chosen = {}
    for requirement, _ in locked(DOCS):
        if requirement.marker is None or requirement.marker.evaluate(here):
            chosen.setdefault(canonicalize_name(requirement.name), []).append(next(iter(requirement.specifier)).version)
    for requirement in map(Requirement, PROJECT["dependency-groups"]["docs"]):
        (version,) = chosen[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
    assert [name for name, versions in chosen.items() if len(versions) > 1] == []


def test_both_locks_agree_on_what_both_have():
    """The site is built beside what the project's lock installed, which stays as it is."""
    ours, site = pins(), pins(DOCS)
    both = set(ours) & set(site)
    assert {"jinja2", "pygments", "nbformat", "ipykernel"} <= both
    assert {
        name: versions for name, versions in site.items() if name in both and not set(versions) <= set(ours[name])
    } == {}


def test_what_builds_the_site_is_in_its_own_lock_alone():
    assert not {"sphinx", "myst-nb", "furo", "numpydoc"} & set(pins())
    assert "-c requirements.lock -o requirements-docs.lock" in MAKEFILE


@pytest.mark.parametrize(("lock", "least"), [(LOCK, 100), (BAYES, 8), (DOCS, 50)])
def test_every_entry_of_a_lock_has_one_version_and_hashes(lock, least):
    assert len(locked(lock)) > least
    for requirement, hashes in locked(lock):
        assert [(s.operator, "*" in s.version) for s in requirement.specifier] == [("==", False)], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), requirement


def test_the_extra_and_its_group_are_one_and_stand_in_no_lock_but_their_own():
    """A group can be locked without the package; users ask for the extra."""
    extra = PROJECT["project"]["optional-dependencies"]["bayes"]
    assert extra == PROJECT["dependency-groups"]["bayes"]
    assert not {canonicalize_name(Requirement(text).name) for text in extra} & set(pins())


def test_both_locks_pin_what_they_share_alike():
    """So that the extra can be added to an environment that is set up, and changes nothing in it."""
    own = {canonicalize_name(r.name): [] for r, _ in locked(BAYES)}
    for lock, place in ((LOCK, 0), (BAYES, 1)):
        for requirement, hashes in locked(lock):
            if (name := canonicalize_name(requirement.name)) in own:
                own[name].append((place, str(requirement), sorted(hashes)))
    shared = {name: entries for name, entries in own.items() if {place for place, *_ in entries} == {0, 1}}
    assert {"numpy", "scipy"} <= set(shared)
    for name, entries in shared.items():
        first, second = ([entry[1:] for entry in entries if entry[0] == place] for place in (0, 1))
        assert sorted(first) == sorted(second), name


def test_setting_up_leaves_the_extra_out_and_make_bayes_adds_it_by_hash(tmp_path):
    plain, more = (make("-n", target, f"VENV={tmp_path}/venv").stdout for target in ("setup", "bayes"))
    assert BAYES not in plain
    (line,) = [line for line in more.replace("\\\n", " ").splitlines() if BAYES in line and "pip install" in line]
    assert "--require-hashes" in line
    assert "make bayes ||" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*NAMES, "environment.yml"])
def test_no_address_and_no_index_is_named(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"\S*(?:://|--(?:extra-)?index-url|--find-links|git\+|channels:)\S*", text) == []


def test_conda_takes_everything_from_the_lock():
    """pip checks the hashes of all or of none, so the editable package cannot stand beside the lock."""
    assert "-r requirements.lock" in CONDA_PIP
    assert not any(item.startswith(("-e", "--editable", ".")) for item in CONDA_PIP)
    named = [item for item in CONDA if isinstance(item, str)]
    named += [item for item in CONDA_PIP if not item.startswith("-")]
    for requirement in map(Requirement, named):
        if requirement.name not in ("python", "pip"):
            accepted = pins().get(canonicalize_name(requirement.name), [])
            assert {f"=={version}" for version in accepted} == {str(requirement.specifier)}, requirement


def test_the_lock_brings_what_the_package_is_built_with():
    """It is installed without build isolation, so that no version comes from outside the lock."""
    for requirement in map(Requirement, [*PROJECT["build-system"]["requires"], "editables"]):
        assert all(requirement.specifier.contains(version) for version in pins()[canonicalize_name(requirement.name)])
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    command = "pip install --no-deps --no-build-isolation"
    assert command in text
    made = [line for line in MAKEFILE.splitlines() if "--editable" in line]
    assert len(made) == 1
    assert "--no-deps --no-build-isolation" in made[0]


def make(*arguments):
    """make in the project's folder, told nothing by the make that runs this."""
    told = ("PYTHON", "VENV", "MAKEFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in told}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)


def a_python(version, place):
    """PYTHON=..., a Python that says it is of another version, and can do no more than that."""
    code = f"import sys; sys.version_info = {version}; exec(sys.argv[1])"
    place.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$2"\n')
    place.chmod(0o755)
    return f"PYTHON={place}"


def test_a_python_too_old_is_refused_with_what_to_do(tmp_path):
    run = make("setup", a_python((3, 10, 9), tmp_path / "python"), f"VENV={tmp_path}/venv")
    assert run.returncode != 0
    assert "Python 3.11 or later is needed, and this is 3.10" in run.stderr
    assert "make PYTHON=/path/to/python3.14" in run.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_later_than_those_tried_is_accepted(tmp_path):
    run = make("setup", a_python((3, 30, 0), tmp_path / "python"), f"VENV={tmp_path}/venv")
    assert f"==> setting up {tmp_path}/venv" in run.stdout


def test_the_suite_on_another_python_leaves_the_environment_alone(tmp_path):
    run = make("-n", "test-on", a_python((3, 13, 1), tmp_path / "python"))
    assert run.returncode == 0, run.stderr
    assert ".venv-3.13/bin/python -m pytest" in run.stdout
    assert ".venv/" not in run.stdout


def test_the_suite_on_another_python_asks_which():
    run = make("-n", "test-on")
    assert run.returncode != 0
    assert "say which Python: make test-on PYTHON=/path/to/python3.14" in run.stderr


def test_the_package_says_that_it_is_typed():
    assert (files("sas_analysis") / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]


def test_no_property_test_has_a_deadline():
    """On a busy machine it would fail, and say nothing of the code."""
    assert settings.default.deadline is None
    tests = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py")}
    assert [name for name, text in tests.items() if re.search(r"\bdeadline=", text)] == []


def imported(folder):
    """Names of the top-level packages that the Python files of a folder import."""
    names = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    own = {path.stem for place in ("src", "tests", "benchmarks", "scripts") for path in (ROOT / place).rglob("*")}
    return names - set(sys.stdlib_module_names) - own


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks"])
def test_every_import_is_declared(folder):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    stated = [*project["project"]["dependencies"], *extras["cluster"], *extras["bayes"]]
    groups = project["dependency-groups"]
    stated += [] if folder == "src" else [line for name in ("test", "lab", "dev") for line in groups[name]]
    declared = {canonicalize_name(Requirement(line).name) for line in stated if isinstance(line, str)}
    packages = packages_distributions()
    found = {name: {canonicalize_name(package) for package in packages.get(name, [name])} for name in imported(folder)}
    assert [name for name, owners in found.items() if not owners & declared] == []
