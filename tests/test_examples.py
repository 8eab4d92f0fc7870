"""The examples of the public interface: every name has one, and it is run."""

import doctest
import inspect

import pytest

import sas_analysis as sas


def functions(name):
    """The function or class of a name, and a class's own methods that take arguments."""
    thing = getattr(sas, name)
    yield name, thing
    if inspect.isclass(thing):
        for method, function in inspect.getmembers(thing, inspect.isfunction):
            own = function.__qualname__.startswith(f"{name}.")
            if own and not method.startswith("_") and len(inspect.signature(function).parameters) > 1:
                yield f"{name}.{method}", function


NAMED = {name: thing for top in sas.__all__ if top != "charts" for name, thing in functions(top)}


@pytest.fixture(scope="module")
def place(sample, tmp_path_factory):
    """The names that examples use: the package, the folder of the sample."""
    raw = tmp_path_factory.mktemp("examples") / "raw"
    raw.symlink_to(sample)
    return {"sas": sas, "SAMPLE": raw}


def test_there_are_at_most_twenty_names_and_each_is_there():
    assert len(sas.__all__) <= 20
    assert set(dir(sas)) == {*sas.__all__, "__version__"}
    assert all(getattr(sas, name).__doc__ for name in sas.__all__)


@pytest.mark.parametrize("name", sorted(NAMED))
def test_the_example_of(name, place):
    (found,) = doctest.DocTestFinder(recurse=False).find(NAMED[name], name, globs=dict(place))
    assert found.examples, f"{name} has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(found)
    assert runner.failures == 0
