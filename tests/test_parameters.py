import json

import pytest

from sas_analysis.errors import ParameterError, RunError
from sas_analysis.reports.one import parameters
from sas_analysis.reports.one.parameters import RESERVED, Parameter, declared, find_notebook, pairs, resolve

GIVEN_BY_THE_RUN = "\n".join(f'{name} = ""' for name in RESERVED)


def notebook(tmp_path, source, tags=("parameters",), name="01_report.ipynb"):
    def cell(text, tags):
        return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": text.splitlines(keepends=True)}

    path = tmp_path / name
    path.write_text(json.dumps({"cells": [cell("x = 1", []), cell(source, tags)], "nbformat": 4}))
    return path


def own(tmp_path, source):
    found = declared(notebook(tmp_path, f"{GIVEN_BY_THE_RUN}\n{source}"))
    return {name: parameter for name, parameter in found.items() if name not in RESERVED}


def test_a_declaration_has_type_default_help_and_choices(tmp_path):
    found = own(tmp_path, 'reference: str = "White"  # compared with; one of: White, Black\nalpha: float = 0.05')
    assert list(found.values()) == [
        Parameter("reference", "str", "White", "compared with; one of: White, Black", ("White", "Black")),
        Parameter("alpha", "float", 0.05, ""),
    ]


@pytest.mark.parametrize(
    ("source", "type_", "default", "help_"),
    [
        ("seed: int | None = None  # of the resampling", "int | None", None, "of the resampling"),
        ("alpha: float = 0.05  # alpha = 0.05 is 95%", "float", 0.05, "alpha = 0.05 is 95%"),
        ('mark: str = "a=b#c"', "str", "a=b#c", ""),
        (
            'groups: list[str] = [\n    "Black",  # first\n    "Asian",\n]  # shown',
            "list[str]",
            ["Black", "Asian"],
            "shown",
        ),
        ('chinese: str = (\n    "Asian"  # as a formatter breaks it\n)', "str", "Asian", "as a formatter breaks it"),
        ("shrink: 'bool' = False", "bool", False, ""),
        ("per = 1000  # residents", "int", 1000, "residents"),
        ("limit = -1.5", "float", -1.5, ""),
    ],
)
def test_declarations_in_every_form(tmp_path, source, type_, default, help_):
    (found,) = own(tmp_path, source).values()
    assert (found.type, found.default, found.help) == (type_, default, help_)


def test_papermill_finds_the_same_where_it_finds_any(tmp_path):
    import papermill

    source = 'a: str = "x"  # a text\nb: list[str] = ["x", "y"]  # texts\nc: int = 3\nd: int | None = None  # left out'
    path = notebook(tmp_path, f"{GIVEN_BY_THE_RUN}\n{source}")
    content = json.loads(path.read_text())
    content |= {"metadata": {"kernelspec": {"name": "python3", "language": "python"}}, "nbformat_minor": 4}
    for cell in content["cells"]:
        cell |= {"outputs": [], "execution_count": None}
    path.write_text(json.dumps(content))
    theirs = papermill.inspect_notebook(str(path))
    ours = declared(path)
    assert set(ours) - set(theirs) == {"d"}
    for name in ("a", "b", "c"):
        assert (theirs[name]["inferred_type_name"], theirs[name]["help"]) == (ours[name].type, ours[name].help)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os", "line 7 is not NAME: TYPE = VALUE"),
        ("a: int = 1 + len('x')", "literals only"),
        ("a: int = ", "literals only"),
    ],
)
def test_a_cell_of_anything_but_literals_is_refused(tmp_path, source, said):
    with pytest.raises(RunError, match=said):
        own(tmp_path, source)


def test_a_notebook_without_the_cell_is_refused(tmp_path):
    with pytest.raises(RunError, match="one cell tagged parameters is needed, 0 were found"):
        declared(notebook(tmp_path, "a: int = 1", tags=()))


def test_a_notebook_without_what_every_run_gives_is_refused(tmp_path):
    with pytest.raises(RunError, match="must also have start, end, processed, tables"):
        declared(notebook(tmp_path, 'forces = []\nraw = ""'))


def value(type_, text, default=None, choices=()):
    values, faults = resolve({"p": Parameter("p", type_, default, "", tuple(choices))}, {"p": text})
    return faults[0] if faults else values["p"]


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        ("str", "West Yorkshire", "West Yorkshire"),
        ("str", "", ""),
        ("str", "None", "None"),
        ("int", "12", 12),
        ("int", -3, -3),
        ("float", "0.1", 0.1),
        ("float", 1, 1.0),
        ("bool", "False", False),
        ("bool", "yes", True),
        ("bool", True, True),
        ("list[str]", "Black, Asian", ["Black", "Asian"]),
        ("list[str]", "", []),
        ("list[int]", "1,2", [1, 2]),
        ("list[float]", [1, 0.5], [1.0, 0.5]),
        ("int | None", "7", 7),
        ("int | None", "none", None),
        ("None | float", "0.5", 0.5),
        ("Optional[str]", None, None),
        ("list", "a,b", ["a", "b"]),
    ],
)
def test_text_is_read_by_type(type_, text, expected):
    found = value(type_, text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("type_", "text", "said"),
    [
        ("int", "1.5", "'1.5' is not a whole number"),
        ("int", True, "True is not a whole number"),
        ("float", "5%", "'5%' is not a number"),
        ("float", "nan", "'nan' is not a number"),
        ("float", False, "False is not a number"),
        ("bool", "maybe", "'maybe' is not true or false"),
        ("bool", 1, "1 is not true or false"),
        ("str", 5, "5 is not text"),
        ("list[int]", "1,x", "'1,x' is not whole numbers"),
        ("int | None", "few", "'few' is not a whole number or none"),
        ("dict", "{}", "its type dict cannot be given"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(type_, text, said):
    assert said in str(value(type_, text))


def test_a_value_outside_the_choices_is_refused_with_the_list():
    assert value("str", "White", choices=("White", "Black")) == "White"
    assert "'white' is not one of: White, Black" in value("str", "white", choices=("White", "Black"))
    assert "'Green' is not one of: White, Black" in value("list[str]", "Black,Green", choices=("White", "Black"))
    assert value("str | None", "none", choices=("White",)) is None


@pytest.mark.parametrize(
    ("type_", "default", "given"),
    [
        ("str", "", None),  # as a run.json of version 0.1 has it
        ("str", "", "none"),
        ("str", "", " None "),
        ("int", 0, None),
        ("int", 0, "none"),
        ("int", 0, ""),
        ("int", 0, "0"),
        ("int", 0, 0),
    ],
)
def test_what_was_none_in_version_0_1_is_the_empty_default(type_, default, given):
    found = value(type_, given, default, ["2011", "2021"] if type_ == "int" else ())
    assert found == default
    assert type(found) is type(default)


@pytest.mark.parametrize(
    ("type_", "default", "given"), [("int", 1, "none"), ("int", 1, None), ("bool", False, None), ("float", 0.95, "")]
)
def test_none_is_no_value_of_a_parameter_that_has_a_default(type_, default, given):
    assert "is not" in value(type_, given, default)


def test_zero_is_no_census_year_but_where_it_is_the_default():
    assert "0 is not" in value("int", "0", 2011, ["2011", "2021"]).replace("'", "")


def test_defaults_are_part_of_the_values(tmp_path):
    found = declared(notebook(tmp_path, f"{GIVEN_BY_THE_RUN}\nalpha: float = 0.05\nseed: int = 1"))
    assert resolve(found, {"seed": "2"}) == ({"alpha": 0.05, "seed": 2}, [])


def test_all_faults_are_told_at_once(tmp_path):
    found = declared(notebook(tmp_path, f'{GIVEN_BY_THE_RUN}\nreference: str = "White"\nalpha: float = 0.05'))
    _, faults = resolve(found, {"refrence": "Black", "alpha": "much", "start": "2018-01"})
    assert faults == [
        'parameter "refrence" is unknown; did you mean "reference"? This report has: reference, alpha',
        "parameter alpha: 'much' is not a number",
        "parameter start cannot be set with -p; use --from",
    ]


def test_a_name_like_no_other_is_answered_with_the_list():
    known = {"level": Parameter("level", "float", 0.95, "")}
    assert resolve(known, {"xyz": "1"})[1] == ['parameter "xyz" is unknown. This report has: level']
    assert resolve({}, {"xyz": "1"})[1] == ['parameter "xyz" is unknown. This report has: none of its own']


def test_pairs():
    assert pairs(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    with pytest.raises(ParameterError, match=r"(?s)2 faults:.*-p alpha: write it as.*-p a is given 2 times"):
        pairs(["alpha", "a=1", "a=2"])


def test_reports_are_named_by_their_notebooks(tmp_path, monkeypatch):
    path = notebook(tmp_path, "", name="03_outcomes.ipynb")
    notebook(tmp_path, "", name="draft_ratios.ipynb")
    monkeypatch.setattr(parameters, "NOTEBOOKS", [tmp_path / "none", tmp_path])
    assert find_notebook("outcomes") == path
    with pytest.raises(ParameterError, match='"outcome" is unknown; did you mean "outcomes"') as error:
        find_notebook("outcome")
    assert str(error.value).endswith("There are: outcomes")
    monkeypatch.setattr(parameters, "NOTEBOOKS", [tmp_path / "none"])
    with pytest.raises(RunError, match="no notebook was found"):
        find_notebook("outcomes")


def test_a_number_outside_its_range_is_refused(tmp_path):
    known = {"level": parameters.Parameter("level", "float", 0.95, "confidence level, between 0.5 and 0.999")}
    assert parameters.resolve(known, {"level": "0.9"}) == ({"level": 0.9}, [])
    _, [fault] = parameters.resolve(known, {"level": "95"})
    assert fault == "parameter level: 95.0 is not between 0.5 and 0.999"
