"""The documents against the code: columns, measures, tables, commands, links, and what must not stand in any file."""

import ast
import json
import pkgutil
import re
import runpy
import shlex
import subprocess
import tomllib
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import typer

import sas_analysis
from sas_analysis.cli import app
from sas_analysis.errors import SasError
from sas_analysis.measures import shares
from sas_analysis.measures.rates import per_resident
from sas_analysis.measures.registry import MEASURES
from sas_analysis.records import labels, link_field, locate, store
from sas_analysis.records.contract import schema
from sas_analysis.records.fields import column_order
from sas_analysis.records.load import COLUMNS
from sas_analysis.reports.one import provenance

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*/README.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def section(name, heading):
    """What stands under a heading of the second level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text(name), re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no heading {heading}"
    return found[1]


def rows(markdown, first):
    """Cells of the table of a text whose first header is `first`, without the header."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    start = next(number for number, line in enumerate(lines) if cells(line)[0] == first)
    heads = [n for n, line in enumerate(lines) if n > start + 1 and set(line) <= set("|-")]
    body = lines[start + 2 : heads[0] - 1 if heads else None]
    return [cells(line) for line in body]


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def code_of(cell):
    return re.findall(r"`([^`]+)`", cell)


# The data dictionary


CLEAN = rows(section("docs/data_dictionary.md", "The clean table"), "column")


def test_the_dictionary_lists_the_columns_of_the_clean_table_in_order():
    assert [row[0].strip("`") for row in CLEAN] == column_order()


def test_the_dictionary_states_types_and_missing_values_as_the_contract_does():
    checked = schema().columns
    stated = {row[0].strip("`"): (row[1].strip("`"), row[3] != "never") for row in CLEAN}
    assert stated == {name: (str(column.dtype), column.nullable) for name, column in checked.items()}


def test_the_dictionary_names_every_value_of_a_label_or_leads_to_its_crosswalk():
    made = {name for _, clean in labels.CROSSWALKS.values() for name in clean}
    for row in (row for row in CLEAN if row[0].strip("`") in made and row[1] == "`category`"):
        values = [value for value in labels.vocabulary(row[0].strip("`"))]
        assert "records/labels/" in row[2] or all(value in row[2] for value in values), row


def test_the_dictionary_counts_the_labels_it_does_not_name():
    for row in (row for row in CLEAN if "records/labels/" in row[2]):
        extra = {"Not stated", labels.NOT_RECORDED, labels.UNRECOGNISED}
        named = [value for value in labels.vocabulary(row[0].strip("`")) if value not in extra]
        why = f"docs/data_dictionary.md, {row[0]}: the crosswalk has {len(named)} labels, the row says {row[2]}"
        assert int(row[2].split()[0]) == len(named), why


def test_the_dictionary_names_the_published_column():
    published = {name: column for column, name in COLUMNS.items()}
    made = {name: raw for raw, (_, clean) in labels.CROSSWALKS.items() for name in clean}
    made |= {f"{raw}_raw": raw for raw in labels.CROSSWALKS}
    for row in (row for row in CLEAN if row[0].strip("`") in made):
        assert row[4] == published[made[row[0].strip("`")]], row


def test_the_dictionary_lists_every_crosswalk_and_its_columns():
    table = rows(section("docs/data_dictionary.md", "The label crosswalks"), "file")
    stated = {code_of_file(row[0]): set(code_of(re.sub(r"\([^)]*\)", "", row[2]))) for row in table}
    common = {"raw", "standard", "era", "source"}
    folder = ROOT / "src/sas_analysis/records/labels"
    assert stated == {path.stem: set(labels.crosswalk(path.stem).columns) - common for path in folder.glob("*.csv")}


def code_of_file(cell):
    return re.match(r"\[(\w+)\.csv\]", cell)[1]


def test_the_dictionary_lists_the_keys_of_the_manifest():
    markdown = section("docs/data_dictionary.md", "The manifest")
    assert keys(rows(markdown, "key")) == store._UNIT
    assert keys(rows(markdown, "key of a source")) == set(store._SOURCE)


def test_the_dictionary_lists_the_keys_of_run_json():
    notebook = ROOT / "notebooks" / "01_data_quality.ipynb"
    facts = {"data": {}, "unseen": pd.DataFrame(), "started": datetime.now(UTC), "exit_status": 0}
    made = provenance.record("data_quality", notebook, {}, **facts)
    assert keys(rows(section("docs/data_dictionary.md", "run.json"), "key")) == set(made)


def keys(table):
    return {key for row in table for key in code_of(row[0])}


# Measures


def emitted_measures():
    """Names given to a parameter called `measure`, or listed as MEASURES, anywhere in the measures."""
    paths = [path for path in (ROOT / "src/sas_analysis/measures").rglob("*.py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(paths)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    takes = {
        node.name: [argument.arg for argument in node.args.args].index("measure")
        for node in nodes
        if isinstance(node, ast.FunctionDef) and "measure" in [argument.arg for argument in node.args.args]
    }
    values = []
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        values += [keyword.value for keyword in call.keywords if keyword.arg == "measure"]
        place = takes.get(getattr(call.func, "id", None))
        values += call.args[place : place + 1] if place is not None else []
    listed = [
        node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", "") == "MEASURES"
        and isinstance(node.value, ast.Tuple)
    ]
    values += [value for names in listed for value in ast.walk(names)]
    return {value.value for value in values if isinstance(value, ast.Constant)}


def test_measures_are_found_in_the_code():
    assert {"search_rate", "find_rate", "positive_outcome_rate", "object_agreement"} <= emitted_measures()
    assert emitted_measures() == set(MEASURES)


def test_every_measure_is_in_the_dictionary_and_the_glossary_and_nothing_else_is():
    table = rows(section("docs/data_dictionary.md", "The measures table"), "measure")
    assert [row[0].strip("`") for row in table] == list(MEASURES)
    table = rows(section("docs/glossary.md", "Measures"), "measure")
    assert {row[0].strip("`") for row in table} == set(MEASURES)


def test_every_measure_has_its_method():
    assert {measure for measure in MEASURES if f"`{measure}`" not in text("docs/methods.md")} == set()


def test_every_verdict_of_the_link_field_has_its_rule():
    table = rows(text("docs/methods.md"), "verdict")
    assert {row[0] for row in table} == set(link_field.VERDICTS)
    finds, linked = ({row[0] for row in table if row[n] == "yes"} for n in (2, 3))
    assert finds == {link_field.SUPPORTED}
    assert linked == {link_field.SUPPORTED, link_field.ACTION_ONLY, link_field.TRUE_FOR_SOME_NFA}


@pytest.mark.parametrize(
    "name",
    [
        "OVERDISPERSED",
        "HEADLINE_UNKNOWN",
        "MARGIN",
        "MOST_UNLOCATED",
    ],
)
def test_constants_are_stated_as_they_are(name):
    stated = re.search(rf"`{name}` = ([\d.]+)(%?)", text("docs/methods.md"))
    modules = (locate, link_field, per_resident, shares)
    values = [getattr(module, name) for module in modules if hasattr(module, name)]
    assert {float(stated[1]) / (100 if stated[2] else 1)} == set(values)


# Tables of the reports


def published_tables():
    """(report, table) of every call of `page.table` in the notebooks."""
    found = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        code = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
        nodes = [node for cell in code for node in ast.walk(ast.parse("".join(cell["source"])))]
        calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "table"]
        found += [(path.stem.partition("_")[2], call.args[0].value) for call in calls]
    return found


def test_every_table_of_the_notebooks_is_in_the_dictionary_and_nothing_else_is():
    table = rows(section("docs/data_dictionary.md", "The tables of the reports"), "report")
    stated, shown = Counter((row[0], row[1].strip("`")) for row in table), Counter(published_tables())
    assert shown.total() >= 40
    missing, surplus = sorted((shown - stated).elements()), sorted((stated - shown).elements())
    assert (missing, surplus) == ([], []), "docs/data_dictionary.md: (report, table) to add, and to take out"


# The Python interface


def test_the_page_of_the_interface_lists_every_name_as_its_docstring_says():
    made = runpy.run_path(str(ROOT / "scripts" / "api_page.py"))
    listed = [name for names in made["SECTIONS"].values() for name in names]
    assert sorted(listed) == sorted(sas_analysis.__all__)
    assert text("docs/api.md") == made["page"](), "run: python scripts/api_page.py"


# Commands


def shell_lines():
    """(document, words) of every line of a shell block, comments left out."""
    found = []
    for name in NAMES:
        blocks = [body for language, body in FENCE.findall(text(name)) if language == "sh"]
        lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
        found += [(name, shlex.split(line, comments=True)) for line in lines]
    return [(name, words) for name, words in found if words]


def test_every_make_target_of_the_documents_is_there():
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    said = {(name, words[words.index("make") + 1]) for name, words in shell_lines() if "make" in words[:2]}
    said |= {(name, target) for name in NAMES for target in re.findall(r"`make ([a-z-]+)", text(name))}
    assert {("README.md", "report"), ("README.md", "test"), ("README.md", "lab")} <= said
    assert {(name, target) for name, target in said if target not in targets} == set()


def test_every_command_of_the_documents_can_be_parsed():
    group = typer.main.get_command(app)
    commands = [(name, words[1:]) for name, words in shell_lines() if words[0].endswith("sas-analysis")]
    assert len(commands) >= 6
    for name, words in commands:
        command = group.commands.get(words[0])
        assert command, f"{name}: sas-analysis {words[0]}"
        context = command.make_context(words[0], words[1:], resilient_parsing=False)
        assert context.params, f"{name}: {words}"


def test_reports_parameters_and_choices_of_the_commands_are_there():
    from sas_analysis.reports.one.parameters import declared, find_notebook, notebooks, pairs, resolve

    for name, words in shell_lines():
        if words[0].endswith("sas-analysis") and words[1] == "report":
            given = [value for option, value in pairwise(words) if option == "-p"]
            assert resolve(declared(find_notebook(words[2])), pairs(given))[1] == [], f"{name}: {words}"
    options = {(n, option) for n in NAMES for option in re.findall(r"`-p (\w+)=", text(n))}
    known = {parameter for notebook in notebooks().values() for parameter in declared(notebook)}
    assert {option for _, option in options} <= known, options


# Links, changes, versions


@pytest.mark.parametrize("name", NAMES)
def test_every_file_named_is_there(name):
    named = re.findall(
        r"`((?:src|records|reference|measures|study|present|reports|validation|tests|scripts)/[\w/*]+\.\w+)`",
        text(name),
    )
    assert [
        path for path in named if not any(list(base.glob(path)) for base in (ROOT, ROOT / "src/sas_analysis"))
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_leads_to_a_file_and_its_heading(name):
    lost = []
    for target in (link for link in LINK.findall(text(name)) if "://" not in link):
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(target)
    assert lost == []


def anchors(path):
    """Anchors of the headings of a page, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_changes_say_whether_numbers_move():
    entries = re.findall(r"^- (.*)$", text("CHANGELOG.md"), re.MULTILINE)
    assert entries
    assert [entry for entry in entries if not entry.startswith(("Numbers: ", "No numbers: "))] == []


def test_the_latest_change_and_the_citation_are_of_this_version():
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    latest = re.search(r"^## (\S+) \((\S+)\)$", text("CHANGELOG.md"), re.MULTILINE)
    cited = dict(re.findall(r"^(version|date-released): (\S+)$", text("CITATION.cff"), re.MULTILINE))
    assert latest.groups() == (version, cited["date-released"])
    assert cited["version"] == version == sas_analysis.__version__


def test_decisions_are_dated():
    heads = re.findall(r"^\*\*(.*?)\*\*", text("docs/decisions.md"), re.MULTILINE | re.DOTALL)
    assert len(heads) >= 20
    assert [head for head in heads if not re.match(r"\d{4}-\d{2}-\d{2}\. ", head)] == []


def test_every_decision_says_what_would_change_it():
    paragraphs = [part for part in text("docs/decisions.md").split("\n\n") if part.startswith("**")]
    flat = [" ".join(part.split()) for part in paragraphs]
    assert [part for part in flat if "Would change: " not in part] == []


def test_the_map_of_the_package_names_every_folder():
    folders = {module.name for module in pkgutil.iter_modules(sas_analysis.__path__) if module.name != "errors"}
    named = set(re.findall(r"^(\w+) {2,}", sas_analysis.__doc__, re.MULTILINE))
    assert named == folders


def test_the_package_has_a_version_and_nothing_unknown():
    with pytest.raises(AttributeError, match="no attribute 'versoin'"):
        sas_analysis.versoin  # noqa: B018


def test_exit_codes_have_an_error_each():
    codes = {kind.exit_code for kind in SasError.__subclasses__()}
    assert codes <= {int(code) for code in re.findall(r"^ +(\d+)  ", help_text(), re.MULTILINE)}


def help_text():
    from sas_analysis.cli import EXIT_CODES

    return EXIT_CODES


# What must not stand in any file

# In parts, so that this file does not hold them.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "ana" + "conda.org", "npm" + "js.org"]
# Nobody is called someone: that path is an example.
MACHINE = re.compile(r"(?<![\w.:/~-])/(?:work|home|root|Users|opt|mnt|srv)/(?!someone\b)\w|\b[A-Z]:\\\\?Users\b")


def tracked_texts():
    """(path, text) of the files in the repository, and of those that would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            yield name, data.decode("utf-8")


def test_no_file_names_a_machine_or_a_package_registry():
    texts = dict(tracked_texts())
    assert {"README.md", "pyproject.toml", "requirements.lock", "tests/test_documents.py"} <= set(texts)
    found = [(name, host) for name, content in texts.items() for host in HOSTS if host in content]
    found += [(name, match[0]) for name, content in texts.items() for match in MACHINE.finditer(content)]
    assert found == []
