"""Rows of parts of a whole: one bar of all searches, or a bar a group."""

import pandas as pd

from sas_analysis.measures.shares import UNKNOWN_LABELS
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.present.rowcharts import marks

_TINTS = ("t1", "t2", "t3", "t4", "t5")
_MOST = 4  # parts that have a name of their own; the others are one


def composition(table: pd.DataFrame, *, by: str, within: str, title: str = "", **_) -> dict:
    """A bar a group of `within`, cut into the commonest labels of `by`, the others together, and what is unknown."""
    shares = table.assign(**{by: table[by].astype("str"), within: table[within].astype("str")})
    shares = shares[shares["estimate"].notna()]
    if shares.empty:
        return {}
    known = shares[~shares[by].isin(UNKNOWN_LABELS)]
    total = known.groupby(by, sort=False)["numerator"].sum().astype(float)
    named = [name for name in total.index if name in set(total[total.gt(0)].nlargest(_MOST).index)]
    rest = [name for name in total[total.gt(0)].index if name not in named]
    parts = [[name] for name in named] + ([rest] if rest else []) + [list(UNKNOWN_LABELS)]
    words = [label(name, by) for name in named] + (["Other"] if rest else []) + ["Not known"]
    kinds = [*_tints(len(words) - 1), "hatch"]
    made, seen = [], set()
    for group, rows in shares.groupby(within, sort=False):
        of = {name: float(value) for name, value in zip(rows[by], rows["estimate"], strict=True)}
        sums = [sum(of.get(name, 0.0) for name in names) for names in parts]
        cut = [
            (value, kind, f"{name}: {prose.number(value, 'share_of_searches')}")
            for value, kind, name in zip(sums, kinds, words, strict=True)
        ]
        seen |= {name for value, name in zip(sums, words, strict=True) if value > 0}
        number = prose.count(rows["denominator"].max())
        made.append(marks.row(label(group, within), marks.segments(cut), number))
    key = [[marks.key(kind), name] for kind, name in zip(kinds, words, strict=True) if name in seen]
    return {"html": marks.chart(made, None, title, "far"), "key": key, "sub": "At the right: searches."}


def stack(table: pd.DataFrame, *, by: str, **_) -> dict:
    """One bar of all searches, cut into its rows: `<by> | estimate | numerator`, what is unknown hatched."""
    rows = table[table["estimate"].gt(0)]
    if rows.empty:
        return {}
    cut, key, tints = [], [], iter(_tints(sum(~rows[by].astype("str").isin(UNKNOWN_LABELS))))
    for row in rows.to_dict("records"):
        name, share = label(row[by], by), prose.number(row["estimate"], row["measure"])
        kind = "hatch" if str(row[by]) in UNKNOWN_LABELS else next(tints)
        cut.append((float(row["estimate"]), kind, f"{name}: {share}"))
        key.append([marks.key(kind), f"{name} {share}"])
    drawn = f'<svg class="stack" aria-hidden="true">{marks.segments(cut)}</svg>'
    return {"html": drawn, "key": key, "sub": ""}


def _tints(number: int) -> list[str]:
    """Tints of so many parts, as far from each other as they can be; parts beyond the last tint share it."""
    last = len(_TINTS) - 1
    apart = max(last / max(number - 1, 1), 1)
    return [_TINTS[min(round(part * apart), last)] for part in range(number)]
