"""What an environment is made from says one thing: pyproject.toml, requirements.lock, environment.yml, Makefile."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
CONDA_PIP = next(item["pip"] for item in CONDA if isinstance(item, dict))


def locked():
    """The requirements of the lock, each with its hashes."""
    entries = [entry for entry in LOCK.replace("\\\n", " ").splitlines() if entry.strip() and not entry.startswith("#")]
    parts = [re.split(r"\s+--hash=", entry) for entry in entries]
    return [(Requirement(first), [value.strip() for value in hashes]) for first, *hashes in parts]


def declared():
    """Every requirement of pyproject.toml: the package's, and those of its extras and groups."""
    groups = [*PROJECT["dependency-groups"].values(), *PROJECT["project"]["optional-dependencies"].values()]
    grouped = [item for group in groups for item in group if isinstance(item, str)]
    return [Requirement(text) for text in [*PROJECT["project"]["dependencies"], *grouped]]


def pins():
    """name -> versions pinned in the lock (several where they depend on the Python)."""
    found = {}
    for requirement, _ in locked():
        found.setdefault(canonicalize_name(requirement.name), []).append(next(iter(requirement.specifier)).version)
    return found


def test_every_file_asks_for_the_same_python():
    asked = SpecifierSet(PROJECT["project"]["requires-python"])
    assert [f"3.{minor}" for minor in range(30) if f"3.{minor}.4" in asked] == list(PYTHONS)
    conda = Requirement(next(item for item in CONDA if isinstance(item, str) and item.startswith("python")))
    assert conda.specifier == asked
    classified = [name.rpartition(" :: ")[2] for name in PROJECT["project"]["classifiers"]]
    assert [name for name in classified if name.startswith("3.")] == list(PYTHONS)
    assert "(3, 11) <= v <= (3, 13)" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--python-version 3.11" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "Python 3.11 to 3.13" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_what_the_project_needs_is_locked_at_a_version_it_accepts(requirement):
    versions = pins().get(canonicalize_name(requirement.name), [])
    assert versions
    assert all(requirement.specifier.contains(version) for version in versions)


@pytest.mark.parametrize("python", PYTHONS)
def test_what_the_project_needs_is_locked_once_for_every_python(python):
    here = {"python_full_version": f"{python}.6", "python_version": python}
    for requirement in declared():
        name = canonicalize_name(requirement.name)
        entries = [r for r, _ in locked() if canonicalize_name(r.name) == name]
        assert sum(r.marker is None or r.marker.evaluate(here) for r in entries) == 1, requirement


def test_every_entry_of_the_lock_has_one_version_and_hashes():
    assert len(locked()) > 100
    for requirement, hashes in locked():
        assert [(s.operator, "*" in s.version) for s in requirement.specifier] == [("==", False)], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), requirement


@pytest.mark.parametrize("name", ["requirements.lock", "environment.yml"])
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
    made = [line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "--editable" in line]
    assert len(made) == 1
    assert "--no-deps --no-build-isolation" in made[0]
