"""The table and the plot of docs/performance.md, from docs/performance.csv."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from nationwide import BATCH, NAMES, PARSE

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "performance"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def _over(section: str, way: str, other: str, column: str) -> Callable[[pd.DataFrame], float]:
    return lambda at: at.loc[(section, way), column] / at.loc[(section, other), column]


def _own(section: str, way: str, column: str) -> Callable[[pd.DataFrame], float]:
    return lambda at: at.loc[(section, way), column]


def _growth(at: pd.DataFrame) -> float:
    """Processor seconds a record of ten years, over those of one."""
    small, large = at.loc[("line", "1 year")], at.loc[("line", "10 years")]
    return (large["cpu_s"] / large["records"]) / (small["cpu_s"] / small["records"])


def _largest(column: str) -> Callable[[pd.DataFrame], float]:
    """The largest of the six national reports, each made by itself."""
    return lambda at: at.loc[[("national", name) for name in NAMES], column].max()


def _in_parses(measure: Callable[[pd.DataFrame], float]) -> Callable[[pd.DataFrame], float]:
    """Seconds as a multiple of those of the raw parse, timed in turn with the national reports."""
    return lambda at: measure(at) / at.loc[("national", PARSE), "wall_s"]


def _loop(at: pd.DataFrame) -> float:
    """The papermill loop and its pages, over the batch, which makes both."""
    wall = at.loc["reports", "wall_s"]
    return (wall["papermill loop"] + wall["nbconvert loop"]) / wall["batch"]


PROMISES = [
    (
        "ingest: processor, ours / raw parse",
        "at most 1.8",
        _over("ingest", "clean_sas_analysis", "parse_pyarrow", "cpu_s"),
    ),
    ("ingest: wall, pandas / ours", "at least 13", _over("ingest", "clean_pandas", "clean_sas_analysis", "wall_s")),
    ("ingest: peak of ours, GB", "under 0.6", _own("ingest", "clean_sas_analysis", "peak_gb")),
    (
        "month: processor, a new month / everything",
        "at most 0.03",
        _over("month", "a new month", "everything", "cpu_s"),
    ),
    ("line: wall of 476,738 records, s", "at most 7", _own("line", "1 year", "wall_s")),
    ("line: processor a record, ten years / one", "at most 1", _growth),
    ("model: statsmodels / ours", "at least 400", _over("model", "statsmodels", "ours", "cpu_s")),
    ("model: ours, s", "at most 0.5", _own("model", "ours", "cpu_s")),
    ("model: ours, GB", "at most 0.3", _own("model", "ours", "peak_gb")),
    ("start: --help, s", "under 0.3", _own("start", "--help", "wall_s")),
    ("national: wall of the slowest report, s", "at most 15", _largest("wall_s")),
    (
        "national: the slowest report / raw parse (15 s where a parse takes 5.4)",
        "at most 2.8",
        _in_parses(_largest("wall_s")),
    ),
    ("national: largest peak of a report, GB", "at most 2", _largest("peak_gb")),
    ("national: wall of all six, s", "at most 60", _own("national", BATCH, "wall_s")),
    (
        "national: all six / raw parse (60 s where a parse takes 5.4)",
        "at most 11.1",
        _in_parses(_own("national", BATCH, "wall_s")),
    ),
    ("reports: wall, papermill loop with its pages / batch", "at least 10", _loop),
    ("official: s", "under 20", _own("official", "read_official", "cpu_s")),
]


def write_page(table: pd.DataFrame, docs: Path) -> None:
    """Put the tables into the page, between their marks, and draw the plot."""
    page = docs / "performance.md"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{_tables(table)}\n{END}{after}", encoding="utf-8")
    _draw(table, docs / "performance.svg")


def _tables(table: pd.DataFrame) -> str:
    at = table.set_index(["section", "way"])
    lines = ["| what | promised | measured |", "|---|---|---|"]
    for what, promised, measure in PROMISES:
        if what.partition(":")[0] in set(table["section"]):
            lines.append(f"| {what} | {promised} | {measure(at):.3g} |")
    lines += [
        "",
        "| section | way | records | wall s | CPU s | peak GB | runs | date |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in table.itertuples():
        records = "" if pd.isna(row.records) else f"{row.records:,.0f}"
        peak = "" if pd.isna(row.peak_gb) else f"{row.peak_gb:.2f}"
        measured = f"{records} | {row.wall_s:.2f} | {row.cpu_s:.2f} | {peak} | {row.runs}"
        lines.append(f"| {row.section} | {row.way} | {measured} | {row.date} |")
    return "\n".join(lines)


def _draw(table: pd.DataFrame, path: Path) -> None:
    """How the line grows, and the ways of ingest side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    line = table[table["section"].eq("line")]
    left.plot(line["records"] / 1e6, line["cpu_s"], "o-", label="processor")
    left.plot(line["records"] / 1e6, line["wall_s"], "s--", label="wall, two cores")
    left.set(xlabel="million records", ylabel="seconds", title="Raw files to tables", xlim=(0, None), ylim=(0, None))
    left.legend(frameon=False)
    ways = table[table["section"].eq("ingest")]
    right.barh(ways["way"], ways["cpu_s"])
    right.set(xlabel="processor seconds", title="6.4 million records cleaned")
    figure.savefig(path, metadata={"Date": None})
