"""A table of a report as LaTeX."""

import re

from sas_analysis.present.report_table import ReportTable

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "−": "$-$"}
_SPECIAL |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


def latex_of(table: ReportTable) -> str:
    """A `table` environment with `booktabs` rules: caption, columns, rows, and the footnotes below them."""
    columns, rows, notes, title = _parts(table)
    kinds = "l" + "".join("r" if number else "l" for _, number in columns[1:])
    head = " & ".join(_safe(name) for name, _ in columns)
    body = [" & ".join(row) + r" \\" for row in rows]
    below = [rf"\par\footnotesize {_safe(text)}" for text in notes]
    lines = [r"\begin{table}", rf"\caption{{{_safe(title)}}}", r"\centering", rf"\begin{{tabular}}{{{kinds}}}"]
    lines += [r"\toprule", rf"{head} \\", r"\midrule", *body, r"\bottomrule", r"\end{tabular}", *below, r"\end{table}"]
    return "\n".join(lines)


def _parts(table: ReportTable):
    """Columns, cells as LaTeX, footnotes and title: of the block, or of all the texts where there is none."""
    if table.block is None:
        columns = [(str(name), False) for name in table.frame]
        rows = [[_safe(str(value)) for value in row] for row in table.frame.itertuples(index=False)]
        return columns, rows, [], table.caption
    block = table.block
    rows = [[_cell(*cell) for cell in row] for row in block["rows"]]
    title = " ".join(filter(None, [f"{block['title']}.", block.get("mark", ""), block["sub"]]))
    return block["columns"], rows, block["notes"], title


def _cell(text: str, small: str, mark: str) -> str:
    beside = f" ({_safe(small.strip('()'))})" if small else ""
    return f"{_safe(text)}{beside}" + (rf"\textsuperscript{{{mark}}}" if mark else "")


def _safe(text: str) -> str:
    """A text with nothing in it that LaTeX would take for a command."""
    return re.sub(r"[\\~^–−&%$#_{}]", lambda found: _SPECIAL[found[0]], text)
