"""Write docs/api.md, the list of all that `import sas_analysis as sas` offers, from the docstrings.

    python scripts/api_page.py

Run it after a change of a public name or of the first line of its docstring; a test compares the page with the code.
"""

import inspect
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import sas_analysis as sas

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "api.md"
SECTIONS = {
    "Records": ["open_study", "Study", "Choices", "write_sample"],
    "Residents": ["Comparison", "Exposure", "denominator"],
    "Measures": ["share_of_searches", "search_rate", "disproportionality_ratio", "rate_difference", "e_value"],
    "Official tables": ["read_official", "official_find_rate", "reconcile"],
    "Tests": ["surge_test", "threshold_test", "veil_of_darkness"],
    "Time": ["interrupted_series", "policy_calendar"],
    "Results": ["Estimates", "Report", "charts", "begin"],
    "Checks": ["audit", "forces"],
}
INTRODUCTION = """\
# The Python interface

All that `import sas_analysis as sas` offers. This page is made from the docstrings by `scripts/api_page.py`; each of
them says more, with an example: `help(sas.Study.ratio)`, or `sas.Study.ratio?` in JupyterLab. In the examples of
methods, `study`, `compared` and `page` are what the examples of `Study`, `Comparison` and `Report` make.

```python
import sas_analysis as sas

study = sas.open_study("metropolitan", "2018-04", "2019-03", raw="data/raw/sample")
study.ratio(by="borough", over="quarter", groups=["Black"]).plot()
```

What a measures table is, column by column: [data dictionary](data_dictionary.md#the-measures-table). What the words
mean: [glossary](glossary.md). Anything else in the package can be imported by its module, and may change between
versions.
"""


def page() -> str:
    """The whole page."""
    sections = [f"## {title}\n\n{_table(names)}" for title, names in SECTIONS.items()]
    classes = [name for names in SECTIONS.values() for name in names if inspect.isclass(getattr(sas, name))]
    members = [f"## {name}\n\n{_members(getattr(sas, name))}" for name in classes]
    charts = f"## charts\n\n{_rows((name, getattr(sas.charts, name)) for name in sas.charts.__all__)}"
    return "\n".join([INTRODUCTION, *sections, *members, charts])


def _table(names: list[str]) -> str:
    lines = ["| name | what it is |", "|---|---|"]
    for name in names:
        thing = getattr(sas, name)
        module = thing.__name__ if inspect.ismodule(thing) else thing.__module__
        more = f" [Its members](#{name.lower()})." if inspect.isclass(thing) or inspect.ismodule(thing) else ""
        lines.append(f"| [`{name}`]({_link(module)}) | {_summary(thing)}{more} |")
    return "\n".join(lines) + "\n"


def _link(module: str) -> str:
    """The path of a module from the page."""
    path = "src/" + module.replace(".", "/")
    return f"../{path}.py" if (ROOT / f"{path}.py").exists() else f"../{path}/__init__.py"


def _members(kind: type) -> str:
    """Public methods and properties, in the order of the class; fields stand among its parameters."""
    return _rows(sorted(_public(kind), key=lambda pair: isinstance(pair[1], property | cached_property)))


def _public(kind: type) -> Iterator[tuple[str, object]]:
    own = {name: member for one in kind.__mro__ for name, member in vars(one).items() if one is not object}
    for name, member in own.items():
        called = isinstance(member, classmethod) or inspect.isfunction(member)
        if not name.startswith("_") and (called or isinstance(member, property | cached_property)):
            yield name, member


def _rows(members) -> str:
    lines = ["| name | what it gives |", "|---|---|"]
    for name, member in members:
        called = "" if isinstance(member, property | cached_property) else "()"
        lines.append(f"| `{name}{called}` | {_summary(member)} |")
    return "\n".join(lines) + "\n"


def _summary(thing) -> str:
    """The first paragraph of a docstring, in one line that a table can hold."""
    first = inspect.getdoc(thing).partition("\n\n")[0]
    return " ".join(first.split()).replace(" | ", " \\| ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
