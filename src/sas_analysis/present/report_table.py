"""A table as a page shows it, and as the CSV beside the report."""

import html
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sas_analysis.files import spreadsheet_safe
from sas_analysis.measures.coverage import FLAGGED
from sas_analysis.measures.disclosure import SMALLEST, is_masked, mask_compared, mask_groups, mask_small
from sas_analysis.measures.shares import UNKNOWN_LABELS
from sas_analysis.measures.table import MEASURE_COLUMNS, group_columns
from sas_analysis.present import prose
from sas_analysis.reference.forces import in_words

TITLES = {
    "share_of_searches": "Share",
    "search_rate": "Searches per 1,000 residents a year",
    "disproportionality_ratio": "Ratio",
    "rate_difference": "Difference per 1,000 a year",
    "excess_searches": "Searches beyond the expected",
    "standardised_rate": "Searches per 1,000 a year, standardised by age and sex",
    "standardised_ratio": "Observed / expected by age and sex",
    "ratio_of_standardised_rates": "Ratio of standardised rates",
    "positive_outcome_rate": "Positive outcome",
    "arrest_rate": "Arrest",
    "find_rate": "Find rate",
    "linked_share": "Linked to the object",
    "object_agreement": "Object as the legislation names it",
    "ratio_crude": "Ratio, forces added together",
    "ratio_within_mh": "Ratio within forces (Mantel-Haenszel)",
    "ratio_within_fe": "Ratio within forces (fixed effects)",
    "composition_factor": "Factor of composition",
    "ratio_random_mean": "Mean ratio of forces",
    "ratio_prediction": "Ratio of another force",
    "ratio_shrunken": "Shrunken ratio",
    "ratio_lower_bound": "Lowest ratio",
    "ratio_upper_bound": "Highest ratio",
    "imputed_ratio": "Ratio, unknown imputed",
    "mnar_ratio": "Ratio at delta",
    "parity_delta": "Delta at parity",
    "tipping_share": "Share of the unknown at parity",
    "least_share_for_parity": "Least share of the unknown for parity",
    "kappa": "Kappa",
}
NUMERATORS = {
    "rate_difference": "Beyond the expected",
    "object_agreement": "Agree",
    "positive_outcome_rate": "Positive",
    "arrest_rate": "Arrests",
    "find_rate": "Finds",
    "linked_share": "Linked",
}
DENOMINATORS = {
    "search_rate": "Resident-years",
    "rate_difference": "Resident-years",
    "disproportionality_ratio": "Expected",
    "ratio_within_fe": "Expected",
}
# Their parts are sums of weights, or an estimate and 1: in the CSV, and nothing to read in a table.
_NO_PARTS = {"ratio_within_mh", "composition_factor", "ratio_random_mean", "ratio_prediction", "ratio_shrunken"}
SYNTHETIC = "SYNTHETIC: simulated records, no statement about any real force."


class Shown:
    """A table with its caption, as a notebook and a page show it. `frame` holds the texts shown."""

    def __init__(self, frame: pd.DataFrame, caption: str):
        self.frame = frame
        self.caption = caption

    def __repr__(self):
        return f"{self.caption}\n{'None.' if self.frame.empty else self.frame.to_string(index=False)}"

    def _repr_html_(self):
        if self.frame.empty:
            return f"<p><strong>{html.escape(self.caption)}</strong> None.</p>"
        page = self.frame.to_html(index=False, na_rep="", border=0)
        head, rest = page.split(">", 1)
        return f"{head}><caption>{html.escape(self.caption)}</caption>{rest}"


def described(who: str, start: str, end: str, *, grid: pd.DataFrame | None = None, **choices: str) -> str:
    """Of what a table is, for its caption: the records, and every choice that is not the usual one.

    grid : `coverage.count_flagged`, for what rests on the months that count; those left out are named.
    """
    usual = {"power": "all", "repeats": "keep", "ethnicity": "self", "chinese": "Asian", "flagged_months": "exclude"}
    words = {
        "power": "{} searches only",
        "repeats": "rows identical to an earlier one dropped",
        "ethnicity": "{}-defined ethnicity",
        "chinese": "Chinese counted in {}",
        "flagged_months": "months that the audit flags {}d",
    }
    said = [words[name].format(value) for name, value in choices.items() if value != usual[name]]
    without = [] if grid is None else _left_out(grid)
    return "; ".join([f"{who}, {start} to {end}", *said, *without, "data.police.uk"])


def _left_out(grid: pd.DataFrame) -> list[str]:
    flagged = grid.loc[grid["status"].eq(FLAGGED), ["force", "month"]]
    if flagged.empty:
        return []
    if len(flagged) > 4:
        return [f"without {len(flagged)} months that the audit flags"]
    several = grid["force"].nunique() > 1
    named = [f"{in_words([row.force])} {row.month}" if several else row.month for row in flagged.itertuples()]
    return [f"without {prose.listed(named)}, flagged by the audit"]


def publish(
    table: pd.DataFrame,
    name: str,
    tables: str,
    *,
    caption: str,
    synthetic: bool = False,
    brief: bool = False,
    columns: Sequence[str] | None = None,
    smallest: int = SMALLEST,
    totals: Sequence[str] | None = None,
    few: Sequence[str] = (),
    view: pd.DataFrame | None = None,
) -> Shown:
    """Write a table to TABLES/NAME.csv, whole and in full precision, and return it as a page shows it.

    table : a measures table, or any other. tables : folder, or "" to write nothing (interactive use).
    caption : what it shows, of which records, from which source. brief : show it as `occurring` gives it.
    columns : show these only. view : show this instead, the same in fewer lines. smallest : a measures table of real
    records is masked below it on the page (`disclosure.mask_small`, which says what totals are); 0 masks nothing. few :
    ethnic groups whose rows are masked, whatever these count: numbers from which a masked count follows. The CSV is
    data, and keeps its counts.
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
    shown = occurring(table).index if brief else table.index  # before masking: a masked label does occur
    if smallest and not synthetic and set(MEASURE_COLUMNS) <= set(table.columns):
        table = mask_small(table, totals=totals, smallest=smallest)
    elif smallest and not synthetic and {"force", "searches", "reference_searches"} <= set(table.columns):
        table = mask_compared(table, totals="force", smallest=smallest)
    table = mask_groups(table, few) if len(few) else table
    table = table.loc[shown]
    return show(table if columns is None else table[list(columns)], caption=caption, synthetic=synthetic)


def _harmless(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before texts that a spreadsheet would run as a formula; a label may be one."""
    texts = table.select_dtypes(["object", "str", "category"]).columns
    return table.assign(**{name: table[name].map(spreadsheet_safe) for name in texts})


def occurring(table: pd.DataFrame) -> pd.DataFrame:
    """A measures table with the labels that occur, most searches first, what is unknown last."""
    groups = group_columns(table)
    label = groups[-1]
    rates = {"positive_outcome_rate", "arrest_rate", "find_rate", "linked_share"}
    base = "denominator" if set(table["measure"]) <= rates else "numerator"
    table = table[table[base].gt(0)]
    if len(groups) > 1:  # the order of the groups is the reader's
        return table
    order = table.assign(unknown=table[label].isin(UNKNOWN_LABELS)).sort_values(
        ["unknown", "numerator"], ascending=[True, False], kind="stable"
    )
    return table.loc[order.index]


def show(table: pd.DataFrame, *, caption: str, synthetic: bool = False) -> Shown:
    """A table as a page shows it: numbers formatted, what all rows share said once, in the caption."""
    measured = set(MEASURE_COLUMNS) <= set(table.columns)
    frame, common = _measured(table) if measured else (_plain(table), [])
    parts = [SYNTHETIC] * synthetic + [caption, *common]
    return Shown(frame, " ".join(part if part.endswith((".", ":")) else f"{part}." for part in parts))


def _measured(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    measures = list(table["measure"].unique()) or [""]
    title = TITLES.get(measures[0], measures[0]) if len(measures) == 1 else "Estimate"
    names = table["interval"][table["interval"].ne("")].unique()
    shown, hidden = _plain(table[group_columns(table)]), is_masked(table)
    if len(measures) > 1:
        shown["Measure"] = [TITLES.get(measure, measure) for measure in table["measure"]]
    if not _NO_PARTS.union({"excess_searches"}).intersection(measures):  # an excess is its own numerator
        shown[NUMERATORS.get(measures[0], "Searches")] = prose.unless_masked(
            hidden, map(prose.count, table["numerator"])
        )
        shown[DENOMINATORS.get(measures[0], "Of")] = prose.unless_masked(
            hidden & table["denominator"].isna(), map(prose.count, table["denominator"])
        )
    shown[title] = prose.unless_masked(hidden, map(prose.number, table["estimate"], table["measure"]))
    shown["Interval"] = [
        prose.interval(*limits) for limits in table[["lower", "upper", "measure"]].itertuples(index=False)
    ]
    if len(names) > 1:
        shown["Method"] = table["interval"].to_numpy()
    notes, common = _notes(table["note"])
    if any(notes):
        shown["Note"] = notes
    method = [f"Interval: {names[0]}"] if len(names) == 1 else []
    return shown, [*method, *common]


def _notes(notes: pd.Series) -> tuple[list[str], list[str]]:
    """Each row's own remarks, and those that all rows share."""
    worded = notes.fillna("").str.replace("ethnicity_5", "ethnic group").str.replace("_", " ")
    parts = [[part for part in note.split("; ") if part] for note in worded]
    shared = [part for part in (parts[0] if parts else []) if all(part in other for other in parts)]
    own = ["; ".join(part for part in row if part not in shared) for row in parts]
    return own, [part[:1].upper() + part[1:] for part in shared]


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
        return [TITLES.get(measure, measure) for measure in column]
    if measures is not None and pd.api.types.is_float_dtype(column.dtype):
        told = prose.difference if column.name == "difference" else prose.number
        return ["–" if pd.isna(v) else told(v, m) for v, m in zip(column, measures, strict=True)]
    if pd.api.types.is_integer_dtype(column.dtype):
        return [prose.count(value) for value in column]
    if pd.api.types.is_float_dtype(column.dtype):
        return [prose.column(value, column.name) for value in column]
    if column.name == "sha256":
        return [value[:12] for value in column]
    if column.name == "field":
        return [value.replace("_", " ") for value in column]
    return ["–" if pd.isna(value) else str(value) for value in column]
