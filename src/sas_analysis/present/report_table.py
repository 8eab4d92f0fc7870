"""A table as a page shows it, and as the CSV beside the report."""

import html
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sas_analysis.files import spreadsheet_safe
from sas_analysis.measures.intervals.asked import CONSTANTS
from sas_analysis.measures.registry import MEASURES, Measure, title_of
from sas_analysis.measures.shares import occurring
from sas_analysis.measures.table import MEASURE_COLUMNS, group_columns
from sas_analysis.present import block_html, blocks, prose
from sas_analysis.present.whose import Whose
from sas_analysis.present.wording import begun
from sas_analysis.reference.forces import in_words

_MOST_AS_TEXT = 1_000  # rows; of more, the first and the last: nobody reads them, and they take a second
SYNTHETIC = "SYNTHETIC: simulated records, no statement about any real force."


class ReportTable:
    """A table with its caption, as a notebook and a page show it.

    `frame` holds all its texts, `block` what a page prints of them (see `present.blocks`); a table of no report has
    none.
    """

    def __init__(self, frame: pd.DataFrame, caption: str, block: dict | None = None):
        self.frame = frame
        self.caption = caption
        self.block = block

    def to_latex(self) -> str:
        """The table as LaTeX, as short as a page prints it: a `table` environment with `booktabs` rules.

        Examples
        --------
        >>> print(study.share("power").show().to_latex())
        \\begin{table}...
        """
        from sas_analysis.present.latex import latex_of  # only papers ask

        return latex_of(self)

    def __repr__(self):
        if self.frame.empty:
            return f"{self.caption}\nNone."
        return f"{self.caption}\n{self.frame.to_string(index=False, max_rows=_MOST_AS_TEXT)}"

    def _repr_html_(self):
        if self.block is not None:
            return block_html.in_lab(block_html.of_block(self.block))
        if self.frame.empty:
            return f"<p><strong>{html.escape(self.caption)}</strong> None.</p>"
        page = self.frame.to_html(index=False, na_rep="", border=0)
        head, rest = page.split(">", 1)
        return f"{head}><caption>{html.escape(self.caption)}</caption>{rest}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/plain": repr(self), "text/html": self._repr_html_()}
        return data if self.block is None else data | {blocks.MIME: self.block}


def source_caption(study, *, of: str, forces: Sequence[str] | None = None) -> str:
    """The records that a table rests on, for its caption, and every choice that is not the usual one.

    study : as `study.Study`. of : "counted", and the months left out are named; "published", or the whole "forces".
    forces : those whose searches it holds; by default all of the study.
    """
    who = in_words(study.forces) if of == "forces" else study.who
    if forces is not None and of != "forces":
        who = Whose(list(forces), area=study.area.name if study.area else "").words
    choices = study.choices.in_words(months=of == "counted")
    without = study.left_out if of == "counted" else []
    return "; ".join([f"{who}, {study.start} to {study.end}", *choices, *without, "data.police.uk"])


def publish(
    table: pd.DataFrame,
    name: str,
    tables: str,
    *,
    caption: str,
    synthetic: bool = False,
    brief: bool = False,
    columns: Sequence[str] | None = None,
    view: pd.DataFrame | None = None,
) -> ReportTable:
    """Write a table to TABLES/NAME.csv, whole and in full precision, and return it as a page shows it.

    table : a measures table, or any other. tables : folder, or "" to write nothing (interactive use).
    caption : what it shows, of which records, from which source. brief : show it as `occurring` gives it.
    columns : show these only. view : show this instead, the same in fewer lines.
    """
    table = table.reset_index(drop=True)
    if tables:
        Path(tables).mkdir(parents=True, exist_ok=True)
        temporary = Path(tables) / f".{name}.csv"
        _harmless(table).to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")
        temporary.replace(Path(tables) / f"{name}.csv")
    if brief:
        caption = f"{caption}. Labels without a search are only in {name}.csv"
    if view is not None:
        return show(view if columns is None else view[list(columns)], caption=caption, synthetic=synthetic)
    table = occurring(table) if brief else table
    return show(table if columns is None else table[list(columns)], caption=caption, synthetic=synthetic)


def _harmless(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before texts that a spreadsheet would run as a formula; a label may be one."""
    texts = table.select_dtypes(["object", "str", "category"]).columns
    return table.assign(**{name: table[name].map(spreadsheet_safe) for name in texts})


def show(table: pd.DataFrame, *, caption: str, synthetic: bool = False) -> ReportTable:
    """A table as a page shows it: numbers formatted, remarks that all rows share moved into the caption."""
    table = table.drop(columns=blocks.TOLD, errors="ignore")
    measured = set(MEASURE_COLUMNS) <= set(table.columns)
    frame, common = _measured(table) if measured else (_plain(table), [])
    parts = [SYNTHETIC] * synthetic + [caption, *common]
    return ReportTable(frame, " ".join(part if part.endswith((".", ":")) else f"{part}." for part in parts))


def _measured(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    measures = list(table["measure"].unique()) or [""]
    title = title_of(measures[0]) if len(measures) == 1 else "Estimate"
    names = table["interval"][table["interval"].ne("")].unique()
    shown = _plain(table[group_columns(table)])
    if len(measures) > 1:
        shown["Measure"] = [title_of(measure) for measure in table["measure"]]
    known = [MEASURES[measure] for measure in measures if measure in MEASURES] or [Measure("", "count")]
    if all(measure.parts for measure in known):
        shown[known[0].numerator] = list(map(prose.count, table["numerator"]))
        shown[known[0].denominator] = list(map(prose.count, table["denominator"]))
    shown[title] = list(map(prose.number, table["estimate"], table["measure"]))
    shown["Interval"] = [
        prose.interval(*limits) for limits in table[["lower", "upper", "measure"]].itertuples(index=False)
    ]
    if table["period_lower"].notna().any() and not table["period_lower"].equals(table["lower"]):
        period = table[["period_lower", "period_upper", "measure"]]
        shown["Of these months"] = [prose.interval(*limits) for limits in period.itertuples(index=False)]
    if len(names) > 1:
        shown["Method"] = table["interval"].to_numpy()
    notes, common = _notes(table["note"].fillna(""))
    if any(notes):
        shown["Note"] = notes
    method = [f"Interval: {names[0]}"] if len(names) == 1 else []
    return shown, [*method, *common]


def _notes(notes: pd.Series) -> tuple[list[str], list[str]]:
    """Each row's own remarks, and those that all rows share, or all with limits."""
    worded = notes.str.replace("ethnicity_5", "ethnic group").str.replace("_", " ")
    parts = [[part for part in note.split("; ") if part] for note in worded]
    rule = [part for row in parts for part in row if part.startswith(CONSTANTS)][:1]
    parts = [[part for part in row if part not in rule] for row in parts]
    shared = [part for part in (parts[0] if parts else []) if all(part in other for other in parts)]
    own = ["; ".join(part for part in row if part not in shared) for row in parts]
    return own, [begun(part) for part in [*shared, *rule]]


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Texts with readable column names; whole numbers with separators, missing as a dash."""
    measures = table["measure"] if "measure" in table.columns else None
    shown = pd.DataFrame({_title(name): _texts(table[name], measures) for name in table.columns}, index=table.index)
    return shown.reset_index(drop=True)


def _title(name: str) -> str:
    known = {"ethnicity_5": "Ethnic group", "officer_ethnicity_5": "Officer-defined"}
    return known.get(name, name.replace("_", " ").capitalize())


def _texts(column: pd.Series, measures: pd.Series | None = None) -> Sequence[str]:
    if column.name == "measure":
        return [title_of(measure) for measure in column]
    if measures is not None and pd.api.types.is_float_dtype(column.dtype):
        write = {"difference": prose.difference, "limit": prose.limit}.get(column.name, prose.number)
        return ["–" if pd.isna(v) else write(v, m) for v, m in zip(column, measures, strict=True)]
    if pd.api.types.is_integer_dtype(column.dtype):
        return [prose.count(value) for value in column]
    if pd.api.types.is_float_dtype(column.dtype):
        return [prose.column(value, column.name) for value in column]
    if column.name == "sha256":
        return [value[:12] for value in column]
    if column.name == "field":
        return [value.replace("_", " ") for value in column]
    return ["–" if pd.isna(value) else str(value) for value in column]
