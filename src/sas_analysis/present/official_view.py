"""The comparison with official statistics as a page shows it: a line a measure, or of several forces a line a force."""

import numpy as np
import pandas as pd

from sas_analysis.present import prose
from sas_analysis.present.blocks import TOLD
from sas_analysis.present.labels import label
from sas_analysis.present.official_basis import taken_back
from sas_analysis.present.wording import begun
from sas_analysis.reference.official.other_years import other_year, year_to
from sas_analysis.reference.official.reconcile import (
    AMBER,
    ANOTHER_YEAR,
    AT_LEAST,
    GRAVEST,
    GREEN,
    GREY,
    MORE_THAN_WHOLE,
    RED,
    gravest,
    in_limits,
    only_in_mix,
)

_VERDICTS = {
    GREEN: "● agrees",
    ANOTHER_YEAR: "○ near",
    AMBER: "▲ differs",
    RED: "■ contradicts",
    GREY: "○ not compared",
}


def view(table: pd.DataFrame, *, study=None, whose=None) -> pd.DataFrame | None:
    """Official figures beside ours, as texts; None where nothing was compared.

    table : as `Study.official`. study : `study.Study`, for how many months of each year are compared. whose :
    `whose.Whose`, to tell the forces that are in no other figure of the page.
    """
    if table["light"].eq(GREY).all():
        return None
    if table["force"].nunique() > 1 or table["year_ending"].nunique() > 1:
        return _worst(table, study, set(table["force"]) if whose is None else set(whose.forces))
    rows = table[table["light"].ne(GREY)]
    return pd.DataFrame(
        {
            "Measure": [begun(name) for name in rows["measure"]],
            "Official": list(map(prose.or_dash, rows["official"], rows["measure"])),
            "These records": list(map(prose.or_dash, rows["ours"], rows["measure"])),
            "Difference": [_far(row) for _, row in rows.iterrows()],
            "Verdict": list(map(verdict, rows["light"], other_year(rows), rows["note"])),
            TOLD: rows["light"].isin([AMBER, RED]).to_numpy(),
            "note": [_taken_back(study, row) for _, row in rows.iterrows()],
        }
    )


def verdict(light: str, other: str, note: str) -> str:
    """A light in words, with the official year where it is not that of the records, and what no part of a year can be.

    other : as `reconcile.other_year`. note : of the row of `Study.official`.

    Examples
    --------
    >>> verdict("red", "", ""), verdict("red", "2021-03", ""), verdict("green", "", "")
    ('■ contradicts', '■ contradicts: another year, to March 2021', '● agrees')
    """
    said = [f"another year, to {year_to(other)}"] * bool(other and light != GREY)
    said += ["more than the whole year"] * (MORE_THAN_WHOLE in note)
    return ": ".join([_VERDICTS[light], *said])


def _beside_limit(row: pd.Series) -> str:
    """A difference, and how large one may be that agrees."""
    far = _far(row)
    return f"{far} ({prose.limit(row['limit'], row['measure'])})" if pd.notna(row["limit"]) else far


def _far(row: pd.Series) -> str:
    """A difference; of the count of a year that lacks months, at least how large it is."""
    return prose.difference(row["difference"], row["measure"]) + " at least" * (AT_LEAST in row["note"])


def _taken_back(study, row: pd.Series) -> str:
    return "" if study is None else begun(taken_back(study, row))


def _years(study) -> dict[tuple[str, str], str]:
    """Each force and year whose months are not all compared, and how many of ours are, in words."""
    if study is None:
        return {}
    months = study.official_months.groupby(["force", "year_ending"], sort=False).size()
    return {key: f"{key[1]}, {number} of 12 months" for key, number in months.items() if number != 12}


def _worst(table: pd.DataFrame, study, inside: set[str]) -> pd.DataFrame:
    """A line a force and year: its worst light, and the measure that is farthest for its limit; the worst first."""
    rows, of, in_mix, years = [], {}, set(only_in_mix(table)), _years(study)
    for at, key in enumerate(zip(table["force"], table["year_ending"], strict=True)):
        of.setdefault(key, []).append(at)
    far = in_limits(table).to_numpy(dtype=float, na_value=np.nan)
    lights, others = table["light"].to_numpy(), other_year(table).to_numpy()
    for (force, year), own in of.items():
        light = gravest(lights[own])
        own = [at for at in own if lights[at] == light]
        most = table.iloc[max(own, key=lambda at: -1.0 if np.isnan(far[at]) else far[at])]  # the first where none is
        what, far_off = ("", "–") if light == GREY else (most["measure"], _beside_limit(most))
        who = label(force) + " (in no other figure here)" * (force not in inside)
        found = verdict(light, min(others[own]), " ".join(table["note"].iloc[own])) + " in mix" * (
            light == GREEN and force in in_mix
        )
        back = "" if light == GREY else _taken_back(study, most)
        rows.append((GRAVEST.index(light), who, years.get((force, year), f"{year}"), what, far_off, found, back))
    rows.sort(key=lambda row: row[0])
    columns = ["Force", "Year to", "Farthest measure", "Difference (allowed)", "Verdict", "note"]
    return pd.DataFrame([row[1:] for row in rows], columns=columns)
