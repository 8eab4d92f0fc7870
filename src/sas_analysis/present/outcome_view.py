"""Tables of outcomes as a page shows them: estimates side by side, one line a group."""

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.outcomes.events import OUTCOMES as EVENTS
from sas_analysis.measures.outcomes.robust_test import NOT_ESTIMABLE
from sas_analysis.measures.registry import title_of
from sas_analysis.measures.shares import UNKNOWN_LABELS
from sas_analysis.measures.table import MEASURE_COLUMNS, group_columns
from sas_analysis.present import alike, limits, prose
from sas_analysis.present.apart import kinds_told
from sas_analysis.present.blocks import TOLD
from sas_analysis.present.few import FEW_IN_WORDS, FEW_OF_EITHER, few, is_few
from sas_analysis.present.labels import heading, label
from sas_analysis.present.reasons import LINK_FIELD, why_not

_HEADS = {
    **{"crude": "As they are", "within": "", "adjusted": "Adjusted"},  # that within says what its strata are
    **{"lowest": "Lowest", "highest": "Highest", "mean": "Mean of forces", "prediction": "In another force"},
}
_TITLES = {"ethnicity_5": "Ethnic group", "age_range": "Age", "gender": "Sex"}
_UNKNOWN = "not known"
MIRRORED = EVENTS["nothing"].title
_MOST = 12  # groups that `largest` shows


def side_by_side(table: pd.DataFrame, *, several: bool = False) -> pd.DataFrame:
    """Differences with a column for each kind, limits in brackets; of few searches all of it in brackets.

    table : as `outcome_differences`, `share_differences`, `outcome_difference_bounds` or `pooled_differences` returns
    it. `blocks.TOLD` marks the grounds that a sentence tells of. Left to the CSV: groups without any estimate (a
    sentence says why), and *No further action*, which mirrors the positive outcomes. In brackets: few searches, which
    the note says. several : of several forces, which strata hold apart.
    """
    if table["estimate"].isna().all():
        return _nothing(table)
    groups = group_columns(table)
    heads = _HEADS | {"within": alike.head(alike.compared(groups), several=several)}
    if "outcome" in groups:
        table = table[table["outcome"].astype("str").ne(MIRRORED)]
    kinds = [kind for kind in _HEADS if table["measure"].str.endswith(f"_{kind}").any()]
    told = kinds_told(table) if len(groups) == 2 and "adjusted" in kinds else []
    lines = []
    for labels, rows in table.groupby(groups, sort=False, observed=True):
        if rows["estimate"].isna().all():
            continue
        line = {_title(name): str(label) for name, label in zip(groups, labels, strict=True)}
        for kind in kinds:
            own = rows[rows["measure"].str.endswith(f"_{kind}")]
            line[heads[kind]] = _estimate(own.iloc[0]) if len(own) else ""
        lines.append(line | {"note": FEW_OF_EITHER if few(rows).any() else "", TOLD: str(labels[0]) in told})
    shown = pd.DataFrame(lines, columns=[*map(_title, groups), *(heads[kind] for kind in kinds), "note", TOLD])
    said = ["note"] * bool(not shown["note"].any()) + [TOLD] * bool(not told or shown[TOLD].all())
    return shown.drop(columns=said).assign(interval=_interval(table))


def _nothing(table: pd.DataFrame) -> pd.DataFrame:
    """What stands for a table without any estimate: the reason of most of its rows, as a page gives it.

    A reason that is the same of every group but for its name is of any of them.
    """
    rows = table[table["note"].fillna("").ne("")]
    if (groups := group_columns(table)) and rows["note"].nunique() > 1:
        names = rows[groups[-1]].astype("str")
        same = [note.replace(f" of {name} ", " of any group ") for name, note in zip(names, rows["note"], strict=True)]
        rows = rows.assign(note=same) if len(set(same)) == 1 else rows
    reasons = rows["note"].value_counts()
    return pd.DataFrame(
        [dict.fromkeys(MEASURE_COLUMNS) | {"measure": "positive_outcome_rate", "note": next(iter(reasons.index), "")}]
    )


def _estimate(row: pd.Series) -> str:
    """A value with its limits, "+5.8 points (-4.8 to +42.0)", the value in brackets too where it rests on few."""
    text = limits.with_limits(row)
    if not is_few(row) or text == prose.NOT_ESTIMABLE:
        return text
    value, _, rest = text.partition(" (")
    return f"({value}) ({rest}" if rest else f"({value})"


def _interval(table: pd.DataFrame) -> str:
    """What the limits of a table are, for its line below the caption: their names, as `limits.interval` takes them."""
    return ", ".join(limits.names_of(table))


def of_all_forces(table: pd.DataFrame) -> pd.DataFrame:
    """Differences of several forces together, and which forces have none, each with the reason.

    table : as `pooled_differences`.
    """
    own = table[table["force"].eq("")]
    if own["estimate"].isna().all():
        return _nothing(own)
    shown = side_by_side(own.drop(columns="force"))
    groups = [name for name in group_columns(own) if name != "force"]
    given = own[own["estimate"].notna()].drop_duplicates(groups)
    remarks, numbers = [], []
    for _, row in given.iterrows():
        rows = table[table["force"].ne("") & table[groups].eq(row[groups]).all(axis=1)]
        without, number = without_a_difference(rows), row["note"].partition(" forces")[0]
        numbers.append(f"{number} of {len(rows)}" if without else number)
        remarks.append("; ".join(["limits are too narrow"] * ("too narrow" in row["note"]) + [without] * bool(without)))
    return shown.assign(Forces=numbers, note=remarks)


def without_a_difference(rows: pd.DataFrame, *, reasons: bool = True) -> str:
    """The forces that are in no mean, each with the reason: "without Kent Police (...)"; "" where there are none.

    rows : of `pooled_differences`, of one group, with the names of forces.
    """
    lost = rows[rows["estimate"].isna()]
    forces: dict[str, list[str]] = {}
    for force, note in zip(lost["force"], lost["note"], strict=True):
        forces.setdefault(why_not(note) if reasons else "", []).append(label(force))
    parts = [f"{and_join(own)} ({why})" if why else and_join(own) for why, own in forces.items()]
    return f"without {'; '.join(parts)}" if parts else ""


def stages(table: pd.DataFrame) -> pd.DataFrame:
    """The funnel of outcomes, a line a group with a column a stage. table : as `outcome_stages` returns it."""
    if table["estimate"].isna().all():
        return _nothing(table)
    groups = [name for name in group_columns(table) if name not in ("stage", "status")]
    table = table[table["denominator"].isna() | table["denominator"].gt(0)]
    heads = [_title(name) for name in groups]
    rows = table[groups].astype("str").assign(stage=table["stage"].astype("str"))
    lines = {}
    for labels, own in table.groupby([rows[name] for name in rows], sort=False):
        line = lines.setdefault(labels[:-1], dict(zip(heads, labels, strict=False)))
        first = own.iloc[0]
        if pd.notna(first["denominator"]):
            line["Searches"] = prose.count(first["denominator"])
        line[labels[-1]] = _stage(own.set_index("status"))
        line["note"] = FEW_IN_WORDS if few(own).any() else line.get("note", "")
    shown = pd.DataFrame(list(lines.values()), columns=[*heads, "Searches", *rows["stage"].unique(), "note"])
    shown = shown[shown["Searches"].notna()]
    return shown if shown["note"].any() else shown.drop(columns="note")


def _stage(rows) -> str:
    """The share that comes to a stage and that of which it is not known; of few searches in brackets, as everywhere."""
    if rows["estimate"].isna().any():
        return prose.NOT_ESTIMABLE
    if rows.loc["Unknown", "estimate"] >= 1:
        return _UNKNOWN  # none of them came to it as far as is known, which says nothing
    yes, unknown = (prose.number(rows.loc[name, "estimate"], "outcome_stage") for name in ("Yes", "Unknown"))
    yes = f"({yes})" if is_few(rows.loc["Yes"].to_dict()) else yes
    return f"{yes} ({unknown} unknown)"


def robust_test(table: pd.DataFrame) -> pd.DataFrame:
    """The robust outcome test, a line a place and group that is tested: what is compared, and what follows.

    table : as `robust_test_of` returns it.
    """
    own = table[table["verdict"].ne(NOT_ESTIMABLE)]
    if own.empty:
        return _nothing(table)
    shown = _tested(own)
    rates = own[["rate_ratio", "rate_lower", "rate_upper"]].itertuples(index=False)
    shown["Searched, times the reference's rate"] = [_ratio(*row) for row in rates]
    hits = own[["hit_rate", "reference_hit_rate"]].itertuples(index=False)
    shown["Positive outcomes, and the reference's"] = [f"{one:.1%}, {other:.1%}" for one, other in hits]
    shown["Verdict"] = own["verdict"]
    shown["All compared at once"] = own["verdict_adjusted"]
    shown["Whoever the unknown were"] = own["verdict_unknown_worst"]
    shown["Bases of residents alike"] = [
        f"{same} of {bases}" for same, bases in zip(own["bases_alike"], own["bases"], strict=True)
    ]
    return shown.assign(interval=own["interval"]).reset_index(drop=True)


def _tested(own: pd.DataFrame) -> pd.DataFrame:
    """Which place and group each row of a test is of, and its searches; the force where there are several."""
    shown = pd.DataFrame(index=own.index)
    if own["force"].nunique() > 1:
        shown["Force"] = own["force"]
    for name in ("object_group", "ethnicity_5"):
        if name in own:
            shown[_title(name)] = own[name].astype("str")
    return shown.assign(Searches=list(map(prose.count, own["searches"])))


def outcome_test(table: pd.DataFrame) -> pd.DataFrame:
    """Hit rates beside the reference group's, of the places with both. table : as `outcome_test_of` returns it."""
    own = table[table["hit_rate"].notna()]
    if own.empty:
        return _nothing(table)
    shown = _tested(own)
    for head, prefix in (("Hit rate", ""), ("The reference's", "reference_")):
        parts = own[[f"{prefix}hit_rate", f"{prefix}lower", f"{prefix}upper"]].itertuples(index=False)
        shown[head] = [_share(*row) for row in parts]
    ends = own[["hit_difference", "difference_lower", "difference_upper"]].itertuples(index=False)
    shown["Difference"] = [_points(*row) for row in ends]
    return shown.assign(interval=own["interval"]).reset_index(drop=True)


def link_field(table: pd.DataFrame) -> pd.DataFrame:
    """How each force fills the field on finds, and what that says of it. table : as `link_field_evidence`."""
    shares = [f"share_{name}_{kind}" for kind in ("nfa", "action") for name in ("filled", "true")]
    shown = pd.DataFrame({"Force": table["force"]})
    for head, filled, true in zip(("No further action", "Further action"), shares[::2], shares[1::2], strict=True):
        shown[f"{head}: filled"] = [prose.column(value, filled) for value in table[filled]]
        shown[f"{head}: “true” of filled"] = [prose.column(value, true) for value in table[true]]
    said = [LINK_FIELD.get(verdict, "filled so that it can mean a find") for verdict in table["verdict"]]
    return shown.assign(note=said)


def largest(table: pd.DataFrame) -> pd.DataFrame:
    """Shares of searches with an outcome, of the groups with the most searches. table : a measures table of one."""
    if table["estimate"].isna().all():
        return _nothing(table)
    groups = group_columns(table)
    named = ~table[groups].isin(UNKNOWN_LABELS).any(axis=1)
    own = table[named & table["denominator"].gt(0)].nlargest(_MOST, "denominator")
    shown = pd.DataFrame({_title(name): own[name].astype("str") for name in groups})
    shown["Searches with a known outcome"] = list(map(prose.count, own["denominator"]))
    shown[title_of(own["measure"].iloc[0]) if len(own) else "Share"] = [_estimate(row) for _, row in own.iterrows()]
    if few(own).any():
        shown["note"] = [FEW_IN_WORDS if one else "" for one in few(own)]
    return shown.assign(interval=_interval(own)).reset_index(drop=True)


def _share(value, lower, upper) -> str:
    said = prose.interval(lower, upper, "positive_outcome_rate")
    return f"{prose.number(value, 'positive_outcome_rate')} ({said})" if said else f"{value:.1%}"


def _points(value, lower, upper) -> str:
    said = prose.interval(lower, upper, "outcome_difference_crude")
    return prose.number(value, "outcome_difference_crude") + (f" ({said})" if said else "")


def _ratio(value, lower, upper) -> str:
    return f"{value:.2f} ({prose.interval(lower, upper, 'disproportionality_ratio')})"


def _title(name: str) -> str:
    return _TITLES.get(name) or heading(name)
