"""The examples of docstrings, run as tests."""

import doctest

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def check_examples(thing, **names):
    """Run the examples of a module, class or function, which may use `names`: there are some, and all of them hold."""
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for found in doctest.DocTestFinder().find(thing, extraglobs=names):
        runner.run(found)
    assert runner.tries > 0, f"{thing.__name__} has no example"
    assert runner.failures == 0
