import re
from pathlib import Path

import pytest

from sas_analysis.errors import ParameterError
from sas_analysis.reports.many.matrix import chosen, read_matrix
from sas_analysis.reports.many.staleness import Inventory
from sas_analysis.reports.one import naming

ROOT = Path(__file__).parents[1]
MONTHS = {"essex": ["2019-01", "2019-02", "2019-04"], "kent": ["2018-12", "2019-02", "2019-03"]}


@pytest.fixture
def inventory(tmp_path):
    for force, months in MONTHS.items():
        for month in months:
            (tmp_path / "raw").mkdir(exist_ok=True)
            (tmp_path / "raw" / f"{month}-{force}-stop-and-search.csv").touch()
    return Inventory(tmp_path / "raw", tmp_path / "processed")


def folders(tmp_path, inventory, text):
    (tmp_path / "reports.toml").write_text(text)
    return [job.folder for job in read_matrix(tmp_path / "reports.toml", inventory)]


def test_an_entry_is_spread_out_over_names_and_forces(tmp_path, inventory):
    text = (
        '[[report]]\nname = ["outcomes", "data_quality"]\nforces = ["kent", "essex"]\nfrom = "2019-01"\nto = "2019-02"'
    )
    assert folders(tmp_path, inventory, text) == [
        f"{name}_{force}_2019-01_2019-02" for force in ("kent", "essex") for name in ("outcomes", "data_quality")
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('forces = "all"\nlast = 12', ["essex_2018-05_2019-04", "kent_2018-04_2019-03"]),
        ('forces = "all"\nlast = 1\nto = "2019-03"', ["essex_2019-02_2019-02", "kent_2019-03_2019-03"]),
        ('forces = "all"\ntogether = true\nlast = 3', ["all_2018-12_2019-02"]),
        ('forces = ["kent", "essex"]\ntogether = true\nlast = 2', ["kent+essex_2019-01_2019-02"]),
        ('forces = "all"\nfrom = "2018-12"\nto = "2018-12"', ["kent_2018-12_2018-12"]),
    ],
)
def test_all_forces_and_the_last_months(tmp_path, inventory, entry, expected):
    found = folders(tmp_path, inventory, f'[[report]]\nname = "outcomes"\n{entry}')
    assert found == [f"outcomes_{rest}" for rest in expected]


def test_parameters_that_are_not_the_defaults_give_a_label(tmp_path, inventory):
    text = '[[report]]\nname = "outcomes"\nforces = "kent"\nlast = 1\n'
    with_parameters = f'{text}parameters = {{ level = 0.9, power = "all", chinese = "Other" }}\n'
    named = f'{text}parameters = {{ level = 0.9 }}\nlabel = "narrow"'
    found = folders(tmp_path, inventory, "\n".join([text, with_parameters, named]))
    assert found == [f"outcomes_kent_2019-03_2019-03{end}" for end in ("", "_chinese-Other-level-0-9", "_narrow")]


def test_a_label_names_a_file_without_its_folder():
    parameters = {"residents_file": "/home/someone/own/r 1.csv", "boundaries": "/home/someone/areas/", "level": 0.9}
    assert naming.label_of(parameters) == "boundaries-areas-level-0-9-residents-file-r-1-csv"


def test_a_long_label_is_cut_and_still_its_own():
    many = {"groups": ["White", "Mixed", "Asian", "Black", "Other"] * 3}
    labels = {naming.label_of(many), naming.label_of({"groups": many["groups"][::-1]})}
    assert len(labels) == 2
    assert all(len(label) <= 60 and not naming.label_faults(label) for label in labels)


def test_all_that_is_wrong_with_a_file_is_told_at_once(tmp_path, inventory):
    text = """
[[report]]
name = "outcome"
forces = ["essx"]
form = "2019-01"
to = "2019-13"
[[report]]
name = "outcomes"
forces = ["all", "kent"]
from = "2019-02"
to = "2019-01"
timeout = 0
label = "a b"
parameters = { levle = 0.9 }
[[report]]
name = "outcomes"
forces = "surrey"
last = 0
"""
    with pytest.raises(ParameterError) as error:
        folders(tmp_path, inventory, text)
    said = str(error.value)
    for part in (
        '[[report]] 1: key "form" is unknown; did you mean "from"?',
        'report "outcome" is unknown; did you mean "outcomes"?',
        'force "essx" is unknown; did you mean "essex"?',
        "to = '2019-13' is not a month",
        "the months are missing",
        '[[report]] 2: outcomes: parameter "levle" is unknown; did you mean "level"?',
        '"all" is every force',
        "from 2019-02 is after to 2019-01",
        "label 'a b' may only have",
        "timeout 0 is not a number of seconds",
        "[[report]] 3: last = 0 is not a number of months",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it has no [[report]]"),
        ("[[reports]]\n", 'table "reports" is unknown; did you mean "report"?'),
        ("[report]\n", "with two brackets"),
        ("[[report", "cannot be read"),
        ('[[report]]\nname = "outcomes"\nforces = "surrey"\nlast = 1', "no month of surrey to count from"),
        ('[[report]]\nname = "outcomes"\nforces = ["kent"]\nlast = 1\n' * 2, "would be made 2 times"),
    ],
)
def test_files_that_are_refused(tmp_path, inventory, text, said):
    with pytest.raises(ParameterError, match=re.escape(said)):
        folders(tmp_path, inventory, text)


def test_only_some(tmp_path, inventory):
    path = tmp_path / "reports.toml"
    path.write_text('[[report]]\nname = "outcomes"\nforces = "all"\nlast = 1')
    jobs = read_matrix(path, inventory)
    assert [job.forces for job in chosen(jobs, ["kent"])] == [["kent"]]
    with pytest.raises(ParameterError, match='--only "knet"'):
        chosen(jobs, ["knet"])


def test_the_example_is_sound(sample):
    assert len(read_matrix(ROOT / "reports.toml", Inventory(sample, sample))) > 4
