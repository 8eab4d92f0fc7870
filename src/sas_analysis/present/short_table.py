"""A table as a page prints it: some eight rows and five columns, intervals small in their cell, lettered footnotes.

The whole table is in the CSV beside the page. A table is cut only where that leaves many rows out, never for the sake
of one or two, and the rows that a sentence of the page tells of stay. What is the same in every row goes into the grey
line below the caption, what a row alone must say into a footnote, and a table by two columns becomes a grid of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sas_analysis.errors import and_join, number_of
from sas_analysis.measures.registry import COUNT, MEASURES, is_share, title_of
from sas_analysis.measures.shares import UNKNOWN_LABELS
from sas_analysis.measures.table import MEASURE_COLUMNS, group_columns, of_reference
from sas_analysis.months import PERIODS
from sas_analysis.present import limits, no_headline, prose
from sas_analysis.present.blocks import TOLD, is_numeric
from sas_analysis.present.few import rests_on
from sas_analysis.present.footnotes import Notes, remark_of, unknown_column
from sas_analysis.present.labels import heading, label
from sas_analysis.present.reasons import field_words, why_not, whys
from sas_analysis.present.wording import worded

ROWS, COLUMNS = 8, 5
# Rows beyond which a phone scrolls a table and makes no cards of them, and the most letters of a cell that is scrolled.
_CARDS, _SHORT = 12, 60
# Columns of tables other than measures tables that a page has no room for, those that tell a reader least first.
_GIVE_WAY = (
    *(("area_code",), ("reference_searches",), ("precision",), ("z",), ("p_value",), ("dispersion",), ("tau",)),
    *(("target",), ("lower_998", "upper_998"), ("forces_ranked",), ("share_top_quarter",), ("share_above_mean",)),
    *(("left_out",), ("q", "df"), ("tau_squared_lower", "tau_squared_upper"), ("tau_squared",)),
    *(("reason",), ("rows",), ("nfa_rows", "action_rows"), ("share_filled",)),
    *(("days",), ("header_only",), ("share_of_searches",), ("searches",), ("Searches",), ("lowest", "highest")),
)
_DASH = "–"
_STEP = "_step"  # a column of the numbers of a ladder, such as factors, whose labels are texts
_YEARS = "Level over the years"
_YEARS_ROWS = 15  # of a table of two years: five groups, each with both years and the factor between them


@dataclass
class Short:
    """Columns, rows and words of a table on its way to the page.

    columns : labels. rows : cells, each [text, small, marks]. sub : remarks for the line below the caption.
    notes : footnotes, lettered or not. left : how many rows are in the CSV only. earlier : these are of earlier months.
    grid : it has more columns than a phone shows. nothing : what stands instead where there is no row.
    """

    columns: list[str]
    rows: list[list]
    sub: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: int = 0
    earlier: bool = False
    grid: bool = False
    nothing: str = ""

    def as_block(self) -> dict:
        """The table as a block holds it."""
        numbers = [is_numeric([row[n][0] for row in self.rows]) for n in range(len(self.columns))]
        columns = [
            [worded(name), number and n > 0] for n, (name, number) in enumerate(zip(self.columns, numbers, strict=True))
        ]
        rows = [[[worded(cell[0]), worded(cell[1]), cell[2]] for cell in row] for row in self.rows]
        which = "earlier" if self.earlier else "more"
        more = [f"{number_of(self.left, f'{which} row')} in the CSV."] * bool(self.left)
        sub, notes = ([worded(text) for text in dict.fromkeys(texts)] for texts in (self.sub, [*self.notes, *more]))
        return {
            "columns": columns,
            "rows": rows,
            "sub": " ".join(sub),
            "notes": notes,
            "grid": self.grid or (len(rows) > _CARDS and all(len(cell[0]) <= _SHORT for row in rows for cell in row)),
            "nothing": self.nothing,
        }


def short(table: pd.DataFrame, *, rows: int = ROWS, across: str = "", level: float | None = None) -> Short:
    """A table as a page prints it.

    table : a measures table, or any other whose cells are numbers or texts; its column `interval`, if it has one, names
    the limits in them, and a column `blocks.TOLD` says which rows a sentence tells of. rows : how many stay of a long
    table, which is one of more than half as many again; a shorter one is whole. Of a long one the last months, quarters
    or years stay, of other tables the rows that are told of, and with them those of the most searches, in their order.
    across : the column whose labels become columns; by default the one that suits. level : of limits whose name has
    none.
    """
    text = f"{level:.0%}" if level else ""
    if set(MEASURE_COLUMNS) <= set(table.columns):
        return _measured(table.reset_index(drop=True), rows, across, text)
    return _plain(table.reset_index(drop=True), rows, text)


# --- measures tables -----------------------------------------------------------------------------------------------


def _measured(table: pd.DataFrame, most: int, across: str, level: str) -> Short:
    groups = group_columns(table)
    notes = table["note"].fillna("")
    if table.empty:
        return Short([], [])
    steps = [name for name in groups if table[name].dtype.kind == "f"]
    numbers = {_STEP: table[steps[0]]} if steps else {}
    table = table.assign(**{name: _numbers(table[name]) for name in steps}, **numbers)
    if table["estimate"].isna().all():
        return Short([], [], nothing=f"cannot be given: {whys(notes, 'not estimable')}")
    table = table.assign(note=notes, _searched=_searched(table))[~of_reference(table)]
    table = table.assign(_limits=[limits.name_of(row) for row in table.to_dict("records")])
    if table["measure"].eq("year_on_year").any():
        table, most = _beside_their_factor(table, groups), max(most, _YEARS_ROWS)
    same = [name for name in groups if len(table) > 1 and table[name].astype("str").nunique(dropna=False) == 1]
    sub = [
        f"{heading(name)}: {label(table[name].iloc[0], name)}."
        for name in same
        if str(table[name].iloc[0]) not in ("", "nan")
    ]
    groups = [name for name in groups if name not in same]
    measures = list(table["measure"].unique())
    # Columns that are asked for by name are parts of a whole: with one more, for what is unknown, they are whole.
    wide = COLUMNS + 1 if across else COLUMNS
    across = across or _across(table, groups, measures)
    if across:
        return _grid(table, [name for name in groups if name != across], across, most, sub, level, wide)
    return _list(table, groups, measures, most, sub, level)


def _beside_their_factor(table: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """The table with as many searches in each row of a group: a factor is no count, and stays with its periods."""
    by = [table[name].astype("str") for name in groups if name != "period"]
    together = table["_searched"].groupby(by).transform("sum") if by else table["_searched"].sum()
    return table.assign(_searched=together)


def _numbers(labels: pd.Series) -> list[str]:
    """Labels that are numbers, as a column of them is printed; in full where two would be the same text."""
    printed = [prose.column(value, str(labels.name)) for value in labels]
    return printed if len(set(printed)) == labels.nunique(dropna=False) else list(labels.astype("str"))


def _across(table: pd.DataFrame, groups: Sequence[str], measures: Sequence[str]) -> str:
    """The column whose labels become columns; "" where the table stays a list."""
    if len({MEASURES[name].kind for name in measures}) == 1 and not _repeats(table, groups):
        measures = measures[:1]  # the same of several rows, as a ratio and one with the unknown imputed
    if len(measures) > 1 and len(measures) <= COLUMNS - 1 and not _repeats(table, [*groups, "measure"]):
        return "measure"
    if len(groups) < 2 or len(measures) > 1:
        return ""
    able = [name for name in groups if 1 < table[name].astype("str").nunique() <= COLUMNS + 1]
    able = [] if _repeats(table, groups) else able
    return next((name for name in ("ethnicity_5", "months", "account") if name in able), able[-1] if able else "")


def _repeats(table: pd.DataFrame, columns: Sequence[str]) -> bool:
    """Whether two rows have the same labels."""
    return len(table) > 1 if not columns else bool(table.duplicated(list(columns)).any())


def _searched(table: pd.DataFrame) -> pd.Series:
    """How many searches each row is of; missing where it is no count."""
    side = table["measure"].map(lambda name: MEASURES[name].searched if name in MEASURES else "numerator")
    parts = table["measure"].map(lambda name: name in MEASURES and MEASURES[name].parts)
    both = table[["numerator", "denominator"]].astype("Float64")
    return both["numerator"].where(side.eq("numerator"), both["denominator"]).where(parts)


def _kept(amounts: pd.Series, most: int, when: pd.Series | None = None, told: pd.Series | None = None) -> pd.Index:
    """The rows that stay: those of the most searches, in their order; without a search only where there is room.

    when : the month, quarter or year of each, if they are a series: then the last ones stay, without a gap, for months
    that are picked by their searches read as a series that they are not. told : which rows stay in any case.
    """
    if len(amounts) <= most + (most + 1) // 2:
        return amounts.index  # the row that is left out may be the one that matters, and a line is all that it takes
    if when is not None:
        return _last(when, most)
    told = pd.Series(False, index=amounts.index) if told is None else told
    rest = amounts[~told].fillna(0).astype(float).nlargest(max(most - int(told.sum()), 0)).index
    return amounts.index[told | amounts.index.isin(rest)]


def _of_steps(table: pd.DataFrame) -> bool:
    """Whether each row of a grid is of one number of a ladder of numbers, such as factors."""
    return _STEP in table and bool(table.groupby("_row")[_STEP].nunique().eq(1).all()) and table[_STEP].nunique() > 1


def _spread(rows: pd.Index, most: int) -> pd.Index:
    """The rows of a ladder of numbers that stay: its ends, its middle, and as many between them as have room."""
    if len(rows) <= most + (most + 1) // 2:
        return rows
    return rows[np.linspace(0, len(rows) - 1, 2 * (most // 2) + 1).round().astype(int)]


def _last(when: pd.Series, most: int) -> pd.Index:
    """The rows of the last months that have room, each with all its rows; of one with too many, the first of these."""
    room, kept = most, []
    for latest in sorted(when.unique(), reverse=True):
        rows = list(when.index[when.eq(latest)])
        if len(rows) > room:
            kept = kept or rows[:room]
            break
        room, kept = room - len(rows), kept + rows
    return when.index[when.index.isin(kept)]


def _period(columns: Sequence[str]) -> str:
    """The column of months, quarters or years; "" where there is none."""
    return next((name for name in columns if name in PERIODS), "")


def _list(table, groups, measures, most, sub, level) -> Short:
    """A line a row: its labels, its counts, the estimate with its interval, and how far it moves over the years."""
    period = _period(groups)
    keep = _kept(table["_searched"], most, table[period].astype("str") if period else None)
    left, table = len(table) - len(keep), table.loc[keep]
    notes, known = Notes(table, level), [MEASURES[name] for name in measures if name in MEASURES]
    columns = [heading(name) for name in groups] + ["Measure"] * (len(measures) > 1)
    found = table.to_dict("records")
    rows = [[[label(row[name], name), "", ""] for name in groups] for row in found]
    if len(measures) > 1:
        rows = [[*cells, [title_of(name), "", ""]] for cells, name in zip(rows, table["measure"], strict=True)]
    if not columns:
        columns, rows = ["Searches"], [[["All", "", ""]] for _ in rows]
    room = COLUMNS - len(columns) - 1
    if known and all(measure.parts for measure in known):
        for side, name in (("numerator", known[0].numerator), ("denominator", known[0].denominator)):
            values = list(map(_whole, table[side]))
            if len(set(values)) == 1 and len(values) > 1:
                sub = [*sub, f"{'Of ' if name == 'Of' else f'{name}: '}{values[0]}{' searches' * (name == 'Of')}."]
            elif room > 0:
                columns, room = [*columns, _amount(name)], room - 1
                rows = [[*cells, [value, "", ""]] for cells, value in zip(rows, values, strict=True)]
    unknown = unknown_column(table["note"])
    if unknown and room > 0:
        columns, room = [*columns, unknown[0]], room - 1
        rows = [[*cells, [value, "", ""]] for cells, value in zip(rows, unknown[1], strict=True)]
    columns = [*columns, title_of(measures[0]) if len(measures) == 1 else "Value"]
    rows = [[*cells, _value(row, notes)] for cells, row in zip(rows, found, strict=True)]
    both = table["period_lower"].notna() & table["period_lower"].ne(table["lower"])
    counted = any(MEASURES[name].kind == COUNT for name in measures if name in MEASURES)
    if both.any() and room > 0 and not counted:  # a number of searches is of these months and of no others
        columns = [*columns, _YEARS]
        rows = [[*cells, [_process(row), "", ""]] for cells, row in zip(rows, found, strict=True)]
    return Short(
        columns,
        rows,
        [*sub, *notes.interval_said(rows)],
        notes.listed(),
        left,
        earlier=bool(period),
    )


def _grid(table, down, across, most, sub, level, wide=COLUMNS) -> Short:
    """A grid: labels of one column across, those of the others down, the estimate with its interval in each cell."""
    names = list(dict.fromkeys(table[across].astype("str")))
    notes_left = []
    if len(names) > wide and across != "measure":
        every, names = names, [name for name in names if name not in UNKNOWN_LABELS][:COLUMNS]
        hidden = [label(name, across) for name in every if name not in names]
        notes_left = _in_the_csv(hidden)
    several = across != "measure" and table["measure"].nunique() > 1
    labels = table[list(down)].astype("str").to_dict("records")
    keys = [
        _key(row, down) or (_of_measure(name) if several else "")
        for row, name in zip(labels, table["measure"], strict=True)
    ]
    table = table.assign(_row=pd.array(keys, dtype="str"), _across=table[across].astype("str"))
    amounts = table["_searched"].groupby(table["_row"], sort=False).sum(min_count=1)
    period = _period(down)
    when = table.set_index("_row")[period].astype("str") if period else None
    when = None if when is None else when[~when.index.duplicated()].reindex(amounts.index)
    kept = list(_spread(amounts.index, most) if _of_steps(table) else _kept(amounts, most, when))
    shown = table[table["_row"].isin(kept)]
    notes, rows = Notes(shown, level), []
    cells = {(row["_row"], row["_across"]): row for row in table.to_dict("records")}
    for key in kept:
        found = [cells.get((key, name)) for name in names]
        rows.append(
            _marked_once(
                [
                    [key or "All searches", "", ""],
                    *([_DASH, "", ""] if row is None else _value(row, notes) for row in found),
                ]
            )
        )
    heads = [title_of(name) if across == "measure" else label(name, across) for name in names]
    first = "What is counted" if "column" in down else " · ".join(heading(name) for name in down)
    left = len(amounts) - len(kept)
    if across != "measure":
        sub = [f"{title_of(table['measure'].iloc[0])}.", *sub]
    said = [*notes.listed(), *notes_left]
    given = {"earlier": bool(period), "grid": len(heads) > 4}
    return Short([first, *heads], rows, [*sub, *notes.interval_said(rows)], said, left, **given)


def _marked_once(cells: list) -> list:
    """A row whose cells all have the same footnote has it at its label."""
    said = {cell[2] for cell in cells[1:] if cell[0] != _DASH}
    if len(said) != 1 or said == {""}:
        return cells
    (mark,) = said
    first, *rest = cells
    return [[first[0], first[1], mark], *([text, small, "" if own == mark else own] for text, small, own in rest)]


def _key(row: dict, down: Sequence[str]) -> str:
    parts = [(row[name], name) for name in down if row[name] not in ("", "nan")]
    return " · ".join(heading(value) if name == "column" else label(value, name) for value, name in parts)


def _of_measure(name: str) -> str:
    """What a row without a label is, where rows are of several measures: an outcome is of those that are known."""
    title = title_of(name)
    known = name in MEASURES and MEASURES[name].searched == "denominator"
    return f"{title}, where it is known" if known else title


def _amount(name: str) -> str:
    return {"Expected": "Expected at the same rate", "Of": "Of searches"}.get(name, name)


def _value(row: dict, notes: Notes) -> list:
    """The cell of an estimate: the number, its limits, and the letter of its footnote."""
    if pd.isna(row["estimate"]):
        return [_DASH, "", notes.mark(why_not(row["note"]) or "Not estimable")]
    if rests_on(row) == 0 and is_share(row["measure"]):
        return [_DASH, "", ""]
    text, small = prose.number(row["estimate"], row["measure"]), prose.interval(*limits.shown(row), row["measure"])
    if row["measure"] in MEASURES and MEASURES[row["measure"]].kind == COUNT:
        text, small = _whole(row["estimate"]), _range(*limits.shown(row))
    text, small = no_headline.written(row, text, small)
    return [text, small, notes.of_row(row, limited=bool(small))]


def _process(row: dict) -> str:
    if pd.isna(row["estimate"]):
        return _DASH
    if row["measure"] in MEASURES and MEASURES[row["measure"]].kind == COUNT:
        return _range(row["lower"], row["upper"]) or _DASH
    return prose.interval(row["lower"], row["upper"], row["measure"]) or _DASH


def _whole(value) -> str:
    """An amount without a part of one, unless it is small."""
    if pd.isna(value):
        return _DASH
    return prose.count(value) if abs(value) < 10 else f"{value:,.0f}"


def _range(lower, upper) -> str:
    return "" if pd.isna(lower) else f"{_whole(lower)} to {_whole(upper)}"


# --- any other table -------------------------------------------------------------------------------------------------


def _plain(table: pd.DataFrame, most: int, level: str) -> Short:
    notes, sub = Notes(level=level), []
    remarks = table["note"].fillna("") if "note" in table else pd.Series("", index=table.index)
    shown = table.drop(columns=[name for name in ("note", "interval", "sha256", TOLD) if name in table])
    whole = shown
    if len(table) > 1:
        # A column with a value in some rows and none in others is not the same in all.
        for name in [name for name in shown if shown[name].astype("str").nunique(dropna=False) == 1]:
            value = _text(shown[name].iloc[0], name)
            if value not in ("", _DASH, "0"):
                sub.append(f"{heading(name)}: {value}.")
            shown = shown.drop(columns=name)
    if "step" in shown and not len(shown.select_dtypes("number").columns):
        shown, sub = whole, []  # where nothing was left out, steps without a number would read as if it had been
    if shown.empty and len(table):
        shown, sub = table.drop(columns=[name for name in ("note", TOLD) if name in table]).iloc[:1], []
    if len(shown.columns) > COLUMNS and {"Sex", "Age"} <= set(shown):
        shown["Sex"] = shown["Sex"].astype("str") + ", " + shown["Age"].astype("str")
        shown = shown.drop(columns="Age").rename(columns={"Sex": "Sex and age"})
    stay = _columns_that_stay(list(shown))
    hidden, shown = [heading(name) for name in shown if name not in stay], shown[stay]
    numbers = shown.select_dtypes("number").columns
    amounts = shown[numbers[0]] if len(numbers) else pd.Series(range(len(shown), 0, -1), index=shown.index)
    period = _period(list(shown)[: 1 + ("force" in list(shown)[:1])])
    keep = _kept(amounts, most, shown[period].astype("str") if period else None, table.get(TOLD))
    rows = []
    for index in keep:
        cells = [[*_split(_text(shown.at[index, name], name)), ""] for name in shown]
        if cells:
            cells[0][2] = notes.mark(remark_of(why_not(remarks[index]) or remarks[index]))
        rows.append(cells)
    names = [part for text in table.get("interval", pd.Series(dtype="str")).fillna("").unique() for part in
             text.split(", ") if part]  # fmt: skip
    if names and any(cell[1] for row in rows for cell in row):
        sub.append(f"Small: {limits.interval(names, level)}.")
    left = len(shown) - len(keep)
    said = [*notes.listed(), *_in_the_csv(hidden)]
    return Short([heading(name) for name in shown], rows, sub, said, left, earlier=bool(period))


def _columns_that_stay(names: list[str]) -> list[str]:
    """The columns of a table that a page has room for: where they are too many, the least asked for give way first."""
    stay = list(names)
    for less in _GIVE_WAY:
        if len(stay) <= COLUMNS + 1:
            break
        stay = [name for name in stay if name not in less]
    return stay[: COLUMNS + 1]


def _in_the_csv(columns: Sequence[str]) -> list[str]:
    """That some columns are not on the page, by their names; nothing where there are none."""
    return [f"In the CSV only: {and_join(list(columns))}."] if columns else []


_WITH_LIMITS = re.compile(r"([^()]+|\([^()]+\)) (\(([^()]* (?:to [^()]*|or more))\))")


def _split(text: str) -> tuple[str, str]:
    """A value with its limits in brackets as the two of them; of a value in brackets the limits keep theirs."""
    found = _WITH_LIMITS.fullmatch(text)
    return (found[1], found[2 if text.startswith("(") else 3]) if found else (text, "")


def _text(value, name: str) -> str:
    if isinstance(value, str):
        return field_words(value) if name == "field" else title_of(value) if value in MEASURES else label(value, name)
    if pd.isna(value):
        return _DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    return prose.column(value, name) if isinstance(value, float) else prose.count(value)
