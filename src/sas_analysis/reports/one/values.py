"""Values for parameters: text and plain values, read by the type that a parameter declares."""

import math
import re
from collections.abc import Callable

_RANGE = re.compile(r"between ([\d.]+) and ([\d.]+)")


def read(parameter, value: object) -> object:
    """The value in a parameter's type, checked against its choices and range.

    Parameters
    ----------
    parameter
        A `parameters.Parameter`.
    value
        As given: text of the command line is read by the parameter's type.

    Raises
    ------
    ValueError
        What was wanted, and what there is.
    """
    kind, optional = _split_optional(parameter.type)
    if _is_none(value) and (optional or _is_empty(parameter.default)):
        return None if optional else parameter.default
    if kind not in _READERS:
        raise ValueError(f"its type {parameter.type} cannot be given from outside; change the notebook")
    wanted, read = _READERS[kind]
    wanted += " or none" if optional else ""
    try:
        result = read(value)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise ValueError(f"{value!r} is not {wanted}") from None
    if _is_empty(result) and result == parameter.default:
        return result  # "not given" need not be one of the choices
    limits = _RANGE.search(parameter.help)
    for item in result if isinstance(result, list) else [result]:
        if limits and not float(limits[1]) <= item <= float(limits[2]):
            raise ValueError(f"{item} is not {limits[0]}")
        if parameter.choices and str(item) not in parameter.choices:
            raise ValueError(f"{str(item)!r} is not one of: {', '.join(parameter.choices)}")
    return result


def _is_none(value: object) -> bool:
    """Whether a value says "not given"."""
    return value is None or (isinstance(value, str) and value.strip().lower() in ("none", ""))


def _is_empty(value: object) -> bool:
    """Whether a default says "not given" in the type of its parameter: "" or 0."""
    return isinstance(value, str | int) and not isinstance(value, bool) and not value


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
