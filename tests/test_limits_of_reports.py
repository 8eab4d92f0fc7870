"""Every limit in every table of the four reports is of the level over the years, or of the months."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
RATIOS = next(notebook for notebook in NOTEBOOKS if notebook.stem.endswith("disproportionality"))
FORCES = ["metropolitan", "essex", "derbyshire", "south-yorkshire", "west-yorkshire"]
PROCESS = r"95% process(, prediction for another force)?"
# kappa: its asymptotic limits are not of months, and are none that understate them. Of changes: limits between months.
BY_NAME = {"kappa", "step", "year_on_year"}
# What is of the level of forces, or of a force beside others, has no limits of these months.
OF_LEVELS = {"ratio_shrunken"} | {f"outcome_difference_{name}" for name in ("mean", "prediction", "shrunken")}
TESTS = {"robust_outcome_test": "90% process", "outcome_test": "95% process"}  # of tests, not of estimates


def run(notebook, **parameters):
    """Run the cells of a notebook with other parameters."""
    names = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), notebook.name, "exec"), names)
        if "parameters" in cell["metadata"].get("tags", []):
            names |= parameters


@pytest.fixture(scope="module")
def made(sample, tmp_path_factory):
    """The tables of every report on several forces, by interval: report -> name -> table."""
    processed, found = str(tmp_path_factory.mktemp("processed")), {}

    def make(notebook, interval, forces=FORCES):
        key = (notebook.stem, interval, len(forces))
        if key not in found:
            tables = tmp_path_factory.mktemp("tables")
            given = {"forces": forces, "start": "2018-04", "end": "2019-03", "raw": str(sample)}
            run(notebook, **given, processed=processed, tables=str(tables), interval=interval)
            found[key] = {path.stem: pd.read_csv(path, low_memory=False) for path in sorted(tables.glob("*.csv"))}
        return found[key]

    return make


def limited(tables):
    """The tables with limits, without the rows whose limits are asked for by name."""
    for name, table in tables.items():
        if "interval" in table and name not in TESTS:
            own = table["measure"].isin(BY_NAME) if "measure" in table else pd.Series(False, index=table.index)
            yield name, table[~own]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("forces", [FORCES[:1], FORCES], ids=["one force", "several"])
def test_every_limit_is_of_process_and_the_period_stands_beside_it(made, notebook, forces):
    tables = dict(limited(made(notebook, "process", forces)))
    assert len(tables) >= 4
    rows = 0
    for name, table in tables.items():
        intervals = table["interval"].dropna()
        assert intervals.map(lambda text: bool(re.fullmatch(PROCESS, text))).all(), name
        inside = table[table["lower"].notna() & table["period_lower"].notna()]
        slack = 1e-9 * inside[["lower", "upper"]].abs().replace(np.inf, 0).max(axis=1) + 1e-12
        assert (inside["lower"] <= inside["period_lower"] + slack).all(), name
        assert (inside["upper"] >= inside["period_upper"] - slack).all(), name
        assert OF_LEVELS.intersection(table.get("measure", pd.Series(dtype=str))) or (
            len(inside) == intervals.ne("95% process, prediction for another force").sum()
        ), name
        rows += len(inside)
    assert rows > 25


def test_what_is_compared_has_limits_wherever_there_is_a_search(made):
    ratios = made(RATIOS, "process")["ratios_by_force"]
    others = ratios[ratios["estimate"].notna() & ratios["ethnicity_5"].ne("White")]
    assert len(others) == 4 * len(FORCES)
    assert others[["lower", "upper", "period_lower", "period_upper"]].notna().all(axis=None)


@pytest.mark.parametrize("interval", ["period", "none"])
def test_a_report_has_the_limits_asked_for(made, interval):
    tables = dict(limited(made(RATIOS, interval)))
    found = set().union(*(set(table["interval"].dropna()) for name, table in tables.items() if name != "shrunken"))
    wanted = {"95% period", "95% period, prediction for another force"}
    assert found == (wanted if interval == "period" else set())
    ratios = tables["ratios"]
    if interval == "period":
        assert ratios["lower"].equals(ratios["period_lower"])
        assert ratios["lower"].notna().sum() == 4
    else:
        assert ratios[["lower", "period_lower"]].isna().all(axis=None)
    usual = dict(limited(made(RATIOS, "process")))["ratios"]
    np.testing.assert_array_equal(ratios["estimate"], usual["estimate"])


def test_the_limits_of_tests_are_of_process_at_the_level_of_the_test(made):
    outcomes = next(notebook for notebook in NOTEBOOKS if notebook.stem.endswith("outcomes"))
    for name, wanted in TESTS.items():
        assert set(made(outcomes, "process")[name]["interval"].dropna()) == {wanted}


def test_each_limit_names_its_constants(made):
    for notebook in NOTEBOOKS:
        for name, table in limited(made(notebook, "process")):
            if name != "headline":
                notes = table.loc[table["interval"].notna(), "note"]
                assert notes.str.contains("limits by constants 1 (police.uk 2019-01", regex=False).all(), name
