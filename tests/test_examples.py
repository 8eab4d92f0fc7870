"""The public interface: every name has an example that is run, and says the types of what it takes and returns."""

import doctest
import inspect
import subprocess
import sys
from functools import cached_property

import pytest
from test_home_office import NEW, new_row, write_csv

import sas_analysis as sas


def functions(name):
    """The function or class of a name, and a class's own methods that take arguments."""
    thing = getattr(sas, name)
    yield name, thing
    if inspect.isclass(thing):
        for method, function in inspect.getmembers(thing, callable):
            own = getattr(function, "__qualname__", "").startswith(f"{name}.")
            needed = 0 if inspect.ismethod(function) else 1  # a class method is bound: it shows no first argument
            if own and not method.startswith("_") and len(inspect.signature(function).parameters) > needed:
                yield f"{name}.{method}", function


NAMED = {name: thing for top in sas.__all__ if top != "charts" for name, thing in functions(top)}


LINKED = [
    new_row(group=group, searches=n, link=link, outcome=outcome)
    for group, found, nothing in (("White", 50, 150), ("Black or Black British", 30, 70))
    for n, link, outcome in ((found, "Linked", "Arrest"), (nothing, "Not linked", "No further action"))
]


@pytest.fixture(scope="module")
def at_hand(sample, tmp_path_factory):
    """The names that examples use: the package, an official table, the sample, a study, its comparison and a report."""
    raw = tmp_path_factory.mktemp("examples") / "raw"
    raw.symlink_to(sample)
    study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=raw)
    official = write_csv(raw.parent / "official.csv", [NEW, *LINKED])
    return {"sas": sas, "OFFICIAL": official, "SAMPLE": raw, "study": study, "compared": sas.Comparison(study)}


def test_the_names_are_few_and_each_is_there():
    assert len(sas.__all__) <= 26  # a page to read in one go
    assert set(dir(sas)) == {*sas.__all__, "__version__"}
    assert all(getattr(sas, name).__doc__ for name in sas.__all__)


def test_figures_are_there_before_anything_else_is_asked_for():
    """A module of the package is no attribute of its place until something imports it."""
    code = "import sas_analysis as sas; print(*sas.charts.__all__)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.split() == sas.charts.__all__, run.stderr


@pytest.mark.parametrize("name", sorted(NAMED))
def test_the_example_of(name, at_hand):
    (found,) = doctest.DocTestFinder(recurse=False).find(
        NAMED[name], name, globs=at_hand | {"page": sas.Report(at_hand["study"], at_hand["compared"])}
    )
    assert found.examples, f"{name} has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(found)
    assert runner.failures == 0


# Types


def own_functions(thing):
    """The functions whose types a reader asks for: of a class, its constructor, public methods and properties."""
    if not inspect.isclass(thing):
        yield thing
        return
    for name, member in vars(thing).items():
        function = getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", member)
        is_ours = inspect.isfunction(function) and function.__module__ == thing.__module__
        if is_ours and (name == "__init__" or not name.startswith("_")):
            assert isinstance(member, property | cached_property | classmethod) or inspect.isfunction(member), name
            yield function


def untyped(function):
    """The parameters without a type, and "return" where what is returned has none."""
    signature = inspect.signature(function)
    names = [
        name
        for number, (name, parameter) in enumerate(signature.parameters.items())
        if parameter.annotation is parameter.empty and not (number == 0 and name in ("self", "cls"))
    ]
    returns = function.__name__ == "__init__" or signature.return_annotation is not signature.empty
    return names + ["return"] * (not returns)


def test_a_missing_type_is_found():
    assert untyped(lambda table: table) == ["table", "return"]
    assert untyped(sas.Study.ratio) == []


@pytest.mark.parametrize("name", sas.__all__)
def test_the_types_are_complete_of(name):
    things = [getattr(sas.charts, chart) for chart in sas.charts.__all__] if name == "charts" else [getattr(sas, name)]
    found = {f.__qualname__: untyped(f) for thing in things for f in own_functions(thing)}
    assert {function: names for function, names in found.items() if names} == {}
