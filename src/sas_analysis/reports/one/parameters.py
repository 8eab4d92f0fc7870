"""The notebooks there are, the parameters each declares, and the values a user gives for them.

A notebook has one cell tagged `parameters`, of literals with type hints and comments:

    reference: str = "White"  # group the others are compared with; one of: White, Black
    alpha: float = 0.05       # one minus the confidence level; between 0.001 and 0.5
    seed: int | None = None   # of the resampling

The cell is read as Python, not by papermill's own reader: that one leaves out `int | None` and every line with a
second "=" in it, and a parameter it leaves out would be refused as misspelt.
"""

import ast
import json
import math
import os
import re
import tokenize
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

from sas_analysis.errors import ParameterError, RunError, listed

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
FILES = "_file"  # how the name of a parameter ends that names a file the notebook reads
_CHOICES = "one of:"
_RANGE = re.compile(r"between ([\d.]+) and ([\d.]+)")
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
        close = get_close_matches(name, known, n=1)
        hint = f'; did you mean "{close[0]}"?' if close else "."
        raise ParameterError(f'report "{name}" is unknown{hint} There are: {", ".join(known)}')
    return known[name]


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
                values[name] = _value(declared[name], value)
            except ValueError as error:
                faults.append(f"parameter {name}: {error}")
    return values, faults


def _unknown(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f'; did you mean "{close[0]}"?' if close else "."
    return f'parameter "{name}" is unknown{hint} This report has: {", ".join(known) or "none of its own"}'


def _value(parameter: Parameter, value: object) -> object:
    """The value in the parameter's type; ValueError says what was wanted and what there is."""
    kind, optional = _split_optional(parameter.type)
    if optional and (value is None or (isinstance(value, str) and value.strip().lower() in ("none", ""))):
        return None
    if kind not in _READERS:
        raise ValueError(f"its type {parameter.type} cannot be given from outside; change the notebook")
    wanted, read = _READERS[kind]
    wanted += " or none" if optional else ""
    try:
        result = read(value)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise ValueError(f"{value!r} is not {wanted}") from None
    limits = _RANGE.search(parameter.help)
    for item in result if isinstance(result, list) else [result]:
        if limits and not float(limits[1]) <= item <= float(limits[2]):
            raise ValueError(f"{item} is not {limits[0]}")
        if parameter.choices and str(item) not in parameter.choices:
            raise ValueError(f"{str(item)!r} is not one of: {', '.join(parameter.choices)}")
    return result


def _split_optional(annotation: str) -> tuple[str, bool]:
    """`int | None` and `Optional[int]` as ("int", True)."""
    text = annotation.replace(" ", "")
    if text.startswith("Optional["):
        return text.removeprefix("Optional[").removesuffix("]"), True
    parts = text.split("|")
    kind = "|".join(part for part in parts if part != "None")
    return {"list": "list[str]"}.get(kind, kind), "None" in parts


def _read_str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _read_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    return int(value)


def _read_float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _read_bool(value: object) -> bool:
    return value if isinstance(value, bool) else _BOOLEANS[_read_str(value).strip().lower()]


def _read_list(read_item: Callable[[object], object]) -> Callable[[object], list]:
    def read(value: object) -> list:
        if isinstance(value, str):
            value = [item.strip() for item in value.split(",") if item.strip()]
        if not isinstance(value, list | tuple):
            raise TypeError
        return [read_item(item) for item in value]

    return read


_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_READERS: dict[str, tuple[str, Callable[[object], object]]] = {
    "str": ("text", _read_str),
    "int": ("a whole number", _read_int),
    "float": ("a number", _read_float),
    "bool": ("true or false", _read_bool),
    "list[str]": ("text items with commas between", _read_list(_read_str)),
    "list[int]": ("whole numbers with commas between", _read_list(_read_int)),
    "list[float]": ("numbers with commas between", _read_list(_read_float)),
}
