"""The notebooks there are, the parameters each declares, and the values a user gives for them.

A notebook has one cell tagged `parameters`, of literals with type hints and comments:

    reference: str = "White"  # group the others are compared with; one of: White, Black
    alpha: float = 0.05  # one minus the confidence level; between 0.001 and 0.5
    census_year: int = 0  # 0: the year that fits the period; one of: 2011, 2021

Write each on one line with its comment, and "" or 0 for "not given": papermill's own reader (`--help-notebook`) leaves
out `int | None`, what is broken over lines, and a line with a second "=" in it. Here the cell is read as Python, so
these work too.
"""

import ast
import json
import os
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from sas_analysis.errors import ParameterError, RunError, listed
from sas_analysis.names import did_you_mean, unknown_names
from sas_analysis.reports.one.values import read

# What the run itself gives to every notebook, and the option that says it.
RESERVED = {
    "forces": "use --force",
    "start": "use --from",
    "end": "use --to",
    "raw": "use --raw",
    "processed": "use --processed",
    "tables": "it follows from --out",
}
FOLDERS = ("raw", "processed", "tables", "boundaries")  # those that say where, not what
_CHOICES, _EXAMPLE = "one of:", "outcomes"
_PACKAGE = Path(__file__).parents[2]
# An installed package carries its notebooks; in a checkout they stand beside src; a folder of one's own goes first.
_OWN = os.environ.get("SAS_ANALYSIS_NOTEBOOKS")
NOTEBOOKS = [*([Path(_OWN)] if _OWN else []), _PACKAGE / "notebooks", _PACKAGE.parents[1] / "notebooks"]


@dataclass(frozen=True)
class Parameter:
    """One declared parameter; `type` is the annotation's text, or the default's type where there is none."""

    name: str
    type: str
    default: object
    help: str
    choices: tuple[str, ...] = ()


def notebooks() -> dict[str, Path]:
    """The reports there are: name and notebook, in order. `03_outcomes.ipynb` is the report `outcomes`."""
    for folder in NOTEBOOKS:
        found = {path.stem.partition("_")[2]: path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
        if found:
            return found
    raise RunError(f"no notebook was found in {' or '.join(map(str, NOTEBOOKS))}; install the package again")


def find_notebook(name: str) -> Path:
    """The notebook of a report. Raises ParameterError if there is none of that name."""
    known = notebooks()
    if name not in known:
        [fault] = unknown_names([name], known, "report")
        raise ParameterError(f"{fault}{_of_ones_own(next(iter(known.values())).parent, name)}")
    return known[name]


def _of_ones_own(taken: Path, name: object) -> str:
    """Of a folder of one's own, what is taken from it and how its notebooks are named. taken : whose notebooks are."""
    if not _OWN:
        return ""
    whose = "are taken in place of those of the package" if taken == Path(_OWN) else "are not taken: none has a number"
    unnamed = [path.name for path in sorted(Path(_OWN).glob("*.ipynb")) if path.stem == name]
    named = f'; {unnamed[0]} has no number: call it "01_{unnamed[0]}"' if unnamed else ""
    return (
        f". SAS_ANALYSIS_NOTEBOOKS names {_OWN}, whose notebooks {whose}; the name of each begins with two digits, "
        f"such as 01_{_EXAMPLE}.ipynb{named}"
    )


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters of a notebook, by name, in its order.

    Raises RunError if the notebook has no `parameters` cell, or one that is not made of literals, or one
    without those that every run gives.
    """
    source = _parameters_cell(notebook)
    comments = {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    try:
        found = [_parameter(statement, comments) for statement in ast.parse(source).body]
    except (SyntaxError, ValueError) as error:
        raise RunError(f"{notebook.name}: the cell tagged parameters must hold literals only ({error})") from error
    missing = [name for name in RESERVED if name not in {parameter.name for parameter in found}]
    if missing:
        raise RunError(f"{notebook.name}: the cell tagged parameters must also have {', '.join(missing)}")
    return {parameter.name: parameter for parameter in found}


def _parameters_cell(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise RunError(f"{notebook.name}: one cell tagged parameters is needed, {len(tagged)} were found")
    return "".join(tagged[0]["source"])


def _parameter(statement: ast.stmt, comments: Mapping[int, str]) -> Parameter:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as value):
            type_ = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            type_ = ""
        case _:
            raise ValueError(f"line {statement.lineno} is not NAME: TYPE = VALUE")
    default = ast.literal_eval(value)
    lines = range(statement.lineno, statement.end_lineno + 1)
    text = next((comments[line] for line in reversed(lines) if line in comments), "")
    choices = text.partition(_CHOICES)[2].strip(" .)")
    return Parameter(
        name=name,
        type=str(type_) or _type_of(default),
        default=default,
        help=text,
        choices=tuple(choice.strip(" \"'") for choice in choices.split(",")) if choices else (),
    )


def _type_of(default: object) -> str:
    return "list[str]" if isinstance(default, list) else type(default).__name__


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """`["alpha=0.1"]` as `{"alpha": "0.1"}`. Raises ParameterError, all faults at once."""
    faults = [f"-p {text}: write it as -p NAME=VALUE, such as -p seed=1" for text in texts if "=" not in text]
    given = [tuple(text.split("=", 1)) for text in texts if "=" in text]
    names = [name for name, _ in given]
    faults += [
        f"-p {name} is given {names.count(name)} times" for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    if faults:
        raise ParameterError(listed(faults))
    return dict(given)


def resolve(declared: Mapping[str, Parameter], given: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """The values to run with, defaults included, and what is wrong with the given ones (empty: nothing).

    given : by name; text is read by the parameter's type, as from the command line. The values are without the
    reserved ones.
    """
    values = {name: parameter.default for name, parameter in declared.items() if name not in RESERVED}
    faults = []
    for name, value in given.items():
        if name in RESERVED:
            faults.append(f"parameter {name} cannot be set with -p; {RESERVED[name]}")
        elif name not in values:
            faults.append(_unknown(name, list(values)))
        else:
            try:
                values[name] = read(declared[name], value)
            except ValueError as error:
                faults.append(f"parameter {name}: {error}")
    return values, faults


def changed(declared: Mapping[str, Parameter], values: Mapping[str, object]) -> dict[str, object]:
    """The values that are not the defaults. values : as `resolve` gives them."""
    return {name: value for name, value in values.items() if value != declared[name].default}


def _unknown(name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known, cutoff=0.5)
    return f'parameter "{name}" is unknown{hint} This report has: {", ".join(known) or "none of its own"}'
