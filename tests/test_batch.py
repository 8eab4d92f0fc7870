"""Whole batches of small notebooks on a small synthetic extract, each in processes of its own, as from a scheduler."""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from filelock import FileLock
from nbformat.v4 import new_code_cell, new_notebook

from sas_analysis.errors import ParameterError, RunError
from sas_analysis.records import refresh
from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reference import boundaries
from sas_analysis.reports.check.input_differences import why
from sas_analysis.reports.check.verify import is_whole
from sas_analysis.reports.many import batch, matrix
from sas_analysis.reports.many.index import write_index
from sas_analysis.reports.many.parts import Part, read_part, share
from sas_analysis.reports.many.staleness import Inventory
from sas_analysis.reports.many.summary import exit_code
from sas_analysis.reports.one import parameters
from sas_analysis.reports.one.run import run_report
from sas_analysis.reports.workers import kernel, pool, shared
from sas_analysis.reports.workers import task as one_task

PARAMETERS = """forces: list[str] = []
start: str = ""
end: str = ""
raw: str = ""
processed: str = ""
tables: str = ""
shift: int = 0"""
READ = """import pathlib
from sas_analysis.records import store
found = store.read(processed, forces=forces, start=start, end=end, columns=["force"])
pathlib.Path(tables, "rows.csv").write_text(f"rows,shift\\n{len(found)},{shift}\\n")"""
SAID = """import sys
from IPython.display import HTML, clear_output, display
print("one"), display(HTML("<p>two</p>")), print("three"), display("four")
shown = display("five", display_id=True)
shown.update("six")
print("gone")
clear_output()
print("left", flush=True)"""
ASKED = """import asyncio
await asyncio.sleep(0)
print("waited")
try:
    input()
except Exception as error:
    print(type(error).__name__)
print(sys.argv[1:2] and [], get_ipython() is not None)"""
PERIOD = 'from = "2018-01"\nto = "2018-02"\n'
BOTH = f'[[report]]\nname = "trial"\nforces = ["essex", "metropolitan"]\n{PERIOD}'
FOLDERS = {"raw": "raw", "processed": "processed"}
ESSEX, MET = "trial_essex_2018-01_2018-02", "trial_metropolitan_2018-01_2018-02"


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    raw = tmp_path_factory.mktemp("extract") / "raw"
    write_sample(raw, forces=["essex", "metropolitan"], start="2018-01", end="2018-03", scale=0.05)
    return raw


@pytest.fixture
def place(tmp_path, extract, monkeypatch):
    shutil.copytree(extract, tmp_path / "raw")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAS_ANALYSIS_NOTEBOOKS", str(tmp_path / "notebooks"))
    monkeypatch.setattr(parameters, "NOTEBOOKS", [tmp_path / "notebooks"])
    matrix._declared.cache_clear()
    write_notebook("trial", READ)
    return tmp_path


def write_notebook(name, *cells, more=""):
    declared = new_code_cell(PARAMETERS + more, metadata={"tags": ["parameters"]})
    nb = new_notebook(cells=[declared, *map(new_code_cell, cells)], metadata={"language_info": {"name": "python"}})
    numbers = {"trial": 1, "broken": 2, "hangs": 3}
    nbformat.write(nb, f"notebooks/{numbers.get(name, 4):02}_{name}.ipynb")


def options(**more):
    return batch.Options(raw=Path("raw"), processed=Path("processed"), out=Path("reports"), **more)


def run(text=BOTH, **more):
    Path("reports.toml").write_text(text)
    return {outcome.folder: outcome for outcome in batch.run_batch("reports.toml", options(**more))}


def states(outcomes):
    return {folder: outcome.state for folder, outcome in outcomes.items()}


def start(*arguments, **more):
    script = "from sas_analysis.cli import app; app()"
    asked = ["batch", "--raw", "raw", "--processed", "processed", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", script, *asked], **(pipes | more))


# --- what is made, and what is left alone -------------------------------------------------------------------


def test_what_is_current_is_left_alone_and_what_changed_is_made(place):
    assert states(run()) == {ESSEX: "made", MET: "made"}
    rows = pd.read_csv(f"reports/{ESSEX}/tables/rows.csv")["rows"].item()
    files = sorted(Path("raw").rglob("2018-0[12]-essex*"))
    assert rows == sum(len(file.read_text().splitlines()) - 1 for file in files)
    record = json.loads(Path(f"reports/{ESSEX}/run.json").read_text())
    assert record["reads"]["choices"] == [{"forces": ["essex"], "start": "2018-01", "end": "2018-02"}]
    assert states(run()) == {ESSEX: "current", MET: "current"}

    files[0].write_bytes(b"".join(files[0].read_bytes().splitlines(keepends=True)[:-1]))  # a row less
    outcomes = run()
    assert states(outcomes) == {ESSEX: "made", MET: "current"}
    assert outcomes[ESSEX].reason == "the records changed"
    assert pd.read_csv(f"reports/{ESSEX}/tables/rows.csv")["rows"].item() == rows - 1

    later = next(Path("raw").rglob("2018-03-essex*"))  # a month no notebook read
    later.write_bytes(b"".join(later.read_bytes().splitlines(keepends=True)[:-1]))
    os.utime(files[1])  # touched, and the same
    assert states(run()) == {ESSEX: "current", MET: "current"}

    write_notebook("trial", READ, "1 + 1")
    assert {outcome.reason for outcome in run().values()} == {"its notebook changed"}
    assert states(run(force=True)) == {ESSEX: "made", MET: "made"}


def test_reports_on_the_same_place_and_months_lead_to_each_other_and_stay_as_they_are_recorded(place):
    write_notebook("other", READ)
    both = BOTH.replace('"trial"', '["trial", "other"]')
    other = f"other{ESSEX.removeprefix('trial')}"
    assert set(states(run(both)).values()) == {"made"}

    def leads_to(folder):
        page = Path("reports", folder, "report.html").read_text()
        place = re.search(r'<div class="siblings">(.*?)</div>', page)[1]
        return dict(re.findall(r'<a href="([^"]*)">([^<]*)</a>', place))

    assert leads_to(ESSEX) == {f"../{other}/report.html": "Other", "../index.html": "All reports"}
    assert leads_to(other) == {f"../{ESSEX}/report.html": "Trial", "../index.html": "All reports"}
    assert all(Path("reports", ESSEX, link).is_file() for link in leads_to(ESSEX))

    sha256 = hashlib.sha256(Path(f"reports/{ESSEX}/report.html").read_bytes()).hexdigest()
    record = json.loads(Path(f"reports/{ESSEX}/run.json").read_text())
    assert [made["sha256"] for made in record["outputs"] if made["path"] == "report.html"] == [sha256]
    crate = json.loads(Path(f"reports/{ESSEX}/ro-crate-metadata.json").read_text())["@graph"]
    held = {part["@id"]: part.get("sha256") for part in crate}
    assert held["report.html"] == sha256
    assert held["run.json"] == hashlib.sha256(Path(f"reports/{ESSEX}/run.json").read_bytes()).hexdigest()
    written = Path(f"reports/{ESSEX}/report.html").stat().st_mtime_ns
    assert set(states(run(both)).values()) == {"current"}
    write_index("reports")
    assert Path(f"reports/{ESSEX}/report.html").stat().st_mtime_ns == written  # nothing changed

    shutil.rmtree(f"reports/{other}")
    write_index("reports")
    assert leads_to(ESSEX) == {"../index.html": "All reports"}
    page = Path(f"reports/{ESSEX}/report.html")
    page.write_text(page.read_text().replace("All reports", "by hand"))
    write_index("reports")
    assert leads_to(ESSEX) == {"../index.html": "by hand"}  # not as it is recorded: left alone, and made again
    assert states(run()) == {ESSEX: "made", MET: "current"}


def test_a_refused_file_of_another_month_is_no_change_while_it_stays(place):
    write_notebook("trial", READ.replace("start=start, end=end, ", ""))
    later = next(Path("raw").rglob("2018-03-essex*"))
    whole = later.read_bytes()
    later.write_bytes(whole[:-20])
    assert states(run()) == {ESSEX: "made", MET: "made"}
    assert states(run()) == {ESSEX: "current", MET: "current"}
    later.write_bytes(whole)
    outcomes = run()
    assert states(outcomes) == {ESSEX: "made", MET: "current"}
    assert outcomes[ESSEX].reason == "the records changed"


def test_a_notebook_that_reads_other_months_depends_on_them(place):
    write_notebook("trial", READ.replace("start=start, end=end, ", ""))
    run()
    later = next(Path("raw").rglob("2018-03-essex*"))
    later.write_bytes(b"".join(later.read_bytes().splitlines(keepends=True)[:-1]))
    assert states(run()) == {ESSEX: "made", MET: "current"}


PLACES = READ.replace(
    "found = store",
    """from sas_analysis.study.opening import open_study
open_study(forces, start, end, raw=raw, processed=processed, boundaries=boundaries, place=True)
found = store""",
)
LOCAL = "places_essex_2018-01_2018-02"


def test_boundaries_that_changed_make_the_reports_again_that_read_them(place):
    write_notebook("places", PLACES, more='\nboundaries: str = ""')
    both = BOTH.replace('"trial"', '["trial", "places"]').replace(', "metropolitan"', "")
    assert states(run(both)) == {ESSEX: "made", LOCAL: "made"}
    (layer,) = Path("raw/boundaries").glob("*.geojson")
    os.utime(layer)
    Path("boundaries").mkdir()  # beside the raw folder, where nobody looks while there are some inside it
    shutil.copy(layer, "boundaries")
    assert states(run(both)) == {ESSEX: "current", LOCAL: "current"}

    layer.write_text(layer.read_text() + "\n")
    outcomes = run(both)
    assert states(outcomes) == {ESSEX: "current", LOCAL: "made"}
    assert outcomes[LOCAL].reason == "the boundaries changed"
    layer.with_name("other.geojson").write_text('{"features": [{}]}')  # of other areas, perhaps; but it was looked at
    assert states(run(both)) == {ESSEX: "current", LOCAL: "made"}
    shutil.rmtree(layer.parent)
    assert states(run(both)) == {ESSEX: "current", LOCAL: "made"}
    assert states(run(both)) == {ESSEX: "current", LOCAL: "current"}


def test_without_boundaries_the_report_on_places_alone_fails_and_names_the_command(place):
    by_area = """import sas_analysis as sas
study = sas.open_study(forces, start, end, raw=raw, processed=processed)
sas.Comparison(study).by_area()"""
    write_notebook("places", f"{READ}\n{by_area}")
    shutil.rmtree("raw/boundaries")
    outcomes = run(BOTH.replace('"trial"', '["places", "trial"]').replace(', "metropolitan"', ""))
    assert states(outcomes) == {LOCAL: "failed", ESSEX: "made"}
    assert outcomes[LOCAL].exit_code == 2
    assert "no boundaries of local authorities are found" in outcomes[LOCAL].reason
    assert "sas-analysis fetch-reference boundaries" in outcomes[LOCAL].reason


def test_a_file_that_a_parameter_names_is_found_and_part_of_what_a_report_was_made_from(place):
    words = "\npathlib.Path(tables, 'words.csv').write_text(pathlib.Path(words_file).read_text())"
    write_notebook("trial", READ + words, more='\nwords_file: str = ""')
    Path("words.csv").write_text("word\none\n")
    essex, met = (f"{folder}_words-file-words-csv" for folder in (ESSEX, MET))
    matrix = BOTH + 'parameters = { words_file = "words.csv" }'
    assert states(run(matrix)) == {essex: "made", met: "made"}
    assert Path(f"reports/{essex}/tables/words.csv").read_text() == "word\none\n"
    record = json.loads(Path(f"reports/{essex}/run.json").read_text())
    assert record["parameters"]["words_file"] == "words.csv"
    assert record["inputs"] == {"words_file": hashlib.sha256(b"word\none\n").hexdigest()}
    crate = json.loads(Path(f"reports/{essex}/ro-crate-metadata.json").read_text())["@graph"]
    assert [part["sha256"] for part in crate if part["@id"] == "#words_file"] == [record["inputs"]["words_file"]]
    assert states(run(matrix)) == {essex: "current", met: "current"}

    Path("words.csv").write_text("word\ntwo\n")
    outcomes = run(matrix, only=["essex"])
    assert outcomes[essex].reason == "a file that a parameter names changed"
    said = why(record, json.loads(Path(f"reports/{essex}/run.json").read_text()))["data"]
    assert said[0].startswith("file of words_file: SHA-256")
    Path("words.csv").unlink()
    assert states(run(matrix)) == {essex: "failed", met: "failed"}


def test_boundaries_named_outside_the_working_folder_are_read_once_for_all_reports(place, tmp_path_factory):
    elsewhere = Path(shutil.copytree("raw/boundaries", tmp_path_factory.mktemp("elsewhere") / "areas"))
    write_notebook("places", PLACES, more='\nboundaries: str = ""')
    text = BOTH.replace('"trial"', '"places"') + f'parameters = {{ boundaries = "{elsewhere}" }}\nlabel = "local"\n'
    assert set(states(run(text)).values()) == {"made"}
    boundaries._sha256.cache_clear()
    assert set(states(run(text)).values()) == {"current"}
    assert boundaries._sha256.cache_info().misses == 1
    (layer,) = elsewhere.glob("*.geojson")
    layer.write_text(layer.read_text() + "\n")
    assert {outcome.reason for outcome in run(text, dry_run=True).values()} == {"the boundaries changed"}


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda folder: (folder / "report.html").unlink(), "report.html is missing"),
        (lambda folder: (folder / "tables/rows.csv").write_text("rows,shift\n1,0\n"), "tables/rows.csv was changed"),
        (lambda folder: (folder / "run.json").write_text("{"), "its run.json cannot be read"),
        (lambda folder: edit(folder, "code_sha256"), "another version of the code made it"),
        (lambda folder: edit(folder, "python"), "other libraries made it"),
        (lambda folder: edit(folder, "parameters", {"shift": 7}), "its parameters changed"),
        (shutil.rmtree, "it is not there"),
    ],
)
def test_why_a_report_is_made_again(place, harm, reason):
    run()
    harm(Path("reports") / ESSEX)
    (planned, other) = batch.run_batch("reports.toml", options(dry_run=True))
    assert (planned.state, planned.reason) == ("to make", reason)
    assert other.state == "current"


def edit(folder, key, value="other"):
    path = folder / "run.json"
    record = json.loads(path.read_text())
    record[key] = value
    path.write_text(json.dumps(record))


# --- isolation ----------------------------------------------------------------------------------------------


def test_nothing_of_one_report_is_seen_by_the_next(place):
    """The notebook says what it finds, then changes all it can; the same finds must be in every report."""
    look = """import os, random, sys, numpy, matplotlib, matplotlib.pyplot as plt, pandas
print("planted" in globals(), hasattr(pandas, "planted"), os.environ.get("PLANTED"), os.path.exists("planted"))
print(plt.get_fignums(), matplotlib.rcParams["font.size"], pandas.get_option("display.max_rows"), len(sys.path))
import pathlib
pathlib.Path(tables, "random.csv").write_text(f"a,b\\n{random.random()},{numpy.random.random()}\\n")"""
    plant = """planted = pandas.planted = 1
os.environ["PLANTED"] = "1"
open("planted", "w").close()
plt.rcParams["font.size"] = 33
pandas.set_option("display.max_rows", 7)
sys.path.append("x")
os.chdir("/")
plt.figure()"""
    write_notebook("trial", look, plant)
    run(BOTH + '[[report]]\nname = "trial"\nforces = ["essex"]\n' + PERIOD + "parameters = { shift = 1 }\n", jobs=1)
    folders = [path for path in sorted(Path("reports").glob("trial*"))]
    assert [folder.name for folder in folders] == [ESSEX, f"{ESSEX}_shift-1", MET]
    found = [nbformat.read(folder / "report.ipynb", 4).cells[2].outputs[0].text for folder in folders]
    assert len(set(found)) == 1
    assert found[0].startswith("False False None False\n[] 10.0 60 ")
    drawn = [pd.read_csv(folder / "tables/random.csv").iloc[0].tolist() for folder in folders]
    assert len({a for a, _ in drawn}) == len({b for _, b in drawn}) == 3


def test_records_that_several_reports_are_of_are_read_once_and_let_go_after_them(place):
    """Each kernel says whether it has them already; the reports are those that fresh processes make."""
    held = "from sas_analysis.records import store\nprint(store._held is not None)"
    write_notebook("trial", held, READ.replace(', columns=["force"]', ""))
    together = BOTH + "together = true\n"
    text = f"{together}{together}parameters = {{ shift = 1 }}\n" + BOTH.replace('"essex", ', "")
    made = run(text, jobs=1)
    assert list(states(made).values()) == ["made"] * 3
    said = {
        folder: nbformat.read(Path("reports", folder, "report.ipynb"), 4).cells[2].outputs[0].text for folder in made
    }
    assert said == {folder: f"{folder != MET}\n" for folder in made}
    tables = {folder: Path("reports", folder, "tables/rows.csv").read_bytes() for folder in made}
    assert states(run(text, fresh=True, force=True)) == states(made)
    assert {folder: Path("reports", folder, "tables/rows.csv").read_bytes() for folder in made} == tables


def test_a_warm_report_is_the_same_as_a_fresh_one(place, monkeypatch):
    """Tables, what cells print, and the bytes of figures; and how pandas holds texts, which costs time."""
    figure = """import matplotlib.pyplot as plt, pandas as pd
plt.plot([1, 3, 2])
plt.show()
print({"b", "a", "c"}, pd.options.mode.string_storage)
pd.DataFrame({"force": forces})"""
    write_notebook("trial", READ, figure, SAID, ASKED)
    run(BOTH)
    asked = {"forces": ["essex"], "start": "2018-01", "end": "2018-02", "out": "x"}
    alone = run_report("trial", **FOLDERS, **asked)
    one, other = (nbformat.read(folder / "report.ipynb", 4) for folder in (Path("reports", ESSEX), alone))
    assert [outputs(cell) for cell in one.cells] == [outputs(cell) for cell in other.cells]
    assert any("image/png" in str(cell.outputs) for cell in one.cells)
    assert any(item.get("text", "").endswith("} python\n") for item in outputs(one.cells[3]))
    assert [item.get("text") for item in outputs(one.cells[4])][-1] == "left\n"
    assert one.cells[5].outputs[0].text == "waited\nStdinNotImplementedError\n[] True\n"
    assert one.metadata.language_info == other.metadata.language_info
    with kernel.Kernel.begun() as begun:
        third = nbformat.read(
            run_report("trial", **FOLDERS, **(asked | {"out": "y"}), kernel=begun) / "report.ipynb", 4
        )
    assert begun.used
    assert [outputs(cell) for cell in third.cells] == [outputs(cell) for cell in other.cells]

    assert Path("reports", ESSEX, "tables/rows.csv").read_bytes() == (alone / "tables/rows.csv").read_bytes()
    assert pool.can_fork() == (sys.platform == "linux")
    monkeypatch.setattr(pool, "can_fork", lambda: False)
    assert states(run(force=True)) == {ESSEX: "made", MET: "made"}


# Run by every Python that starts below: what a new version of ipykernel may do, or a machine.
BROKEN = {
    "InProcessKernel._underlying_iopub_socket (where that thread writes to": """import sys
if "sas_analysis.reports.workers.forkserver" in sys.orig_argv:
    from ipykernel.inprocess.ipkernel import InProcessKernel
    del InProcessKernel._underlying_iopub_socket""",
    "the process to fork from died 4 times": """import os, sys
if "sas_analysis.reports.workers.forkserver" in sys.orig_argv:
    os._exit(9)""",
}


@pytest.mark.parametrize("why", BROKEN)
def test_where_nothing_can_be_forked_fresh_processes_make_the_reports_with_one_warning(place, monkeypatch, why):
    (place / "site").mkdir()
    (place / "site" / "sitecustomize.py").write_text(BROKEN[why])
    monkeypatch.setenv("PYTHONPATH", f"{place / 'site'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    said = []
    outcomes = run(warn=said.append, log=Path("events.jsonl"))
    assert states(outcomes) == {ESSEX: "made", MET: "made"}
    assert {outcome.attempts for outcome in outcomes.values()} == {1}
    (warning,) = said
    assert why in warning
    assert warning.startswith("each report starts a fresh Python, which takes longer: ")
    assert warning.endswith("To start with that: --fresh-processes")
    events = [json.loads(line)["event"] for line in Path("events.jsonl").read_text().splitlines()]
    assert events.count("fallback") == 1


def test_a_kernel_that_died_before_it_was_asked_is_replaced(place):
    write_notebook("trial", READ)
    with kernel.Kernel.begun() as begun:
        os.kill(begun._pid, signal.SIGKILL)
        made = run_report("trial", **FOLDERS, forces=["essex"], start="2018-01", end="2018-02", kernel=begun)
    assert (made / "report.html").exists()


def test_fresh_processes_can_be_asked_for(place, monkeypatch):
    def never(*_):
        raise AssertionError("a process to fork from was started")

    monkeypatch.setattr(pool, "Warm", never)
    said = []
    assert states(run(fresh=True, warn=said.append)) == {ESSEX: "made", MET: "made"}
    assert said == []


def test_the_command_line_asks_for_fresh_processes(place):
    Path("reports.toml").write_text(BOTH)
    (place / "sitecustomize.py").write_text(
        "import sys\nopen('started.txt', 'a').write(' '.join(sys.orig_argv[1:]) + '\\n')"
    )
    path = f"{place}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    for options, module in (["--fresh-processes"], "task"), (["--force-rerun"], "forkserver"):
        process = start("--quiet", *options, env=os.environ | {"PYTHONPATH": path})
        out, err = process.communicate(timeout=180)
        assert (process.returncode, err) == (0, ""), out
        assert "2 reports: 2 made" in out
        started = Path("started.txt").read_text()
        assert [name for name in ("task", "forkserver") if f"-m sas_analysis.reports.workers.{name}" in started] == [
            module
        ]
        Path("started.txt").unlink()


FORKS = "import time\nif not os.fork():\n    time.sleep(300)\n"  # and its child holds what it held


@pytest.mark.parametrize("before", ["", FORKS])
def test_a_notebook_that_ends_its_process_is_kept_as_far_as_it_came(place, before):
    write_notebook("broken", "print('so far')", f"import os\n{before}os.kill(os.getpid(), 9)", "1")
    (outcome,) = run(f'[[report]]\nname = "broken"\nforces = ["essex"]\n{PERIOD}').values()
    assert (outcome.state, outcome.attempts) == ("failed", 1)
    assert "its process died" in outcome.reason
    kept = nbformat.read(Path("reports/.failed", outcome.folder, "report.ipynb"), 4)
    assert [cell.get("outputs") and cell.outputs[0].text for cell in kept.cells[2:]] == ["so far\n", [], []]


def test_the_four_reports_are_the_same_from_warm_kernels_as_from_fresh_ones(tmp_path, extract, monkeypatch):
    shutil.copytree(extract, tmp_path / "raw")
    monkeypatch.chdir(tmp_path)
    names = ["data_quality", "search_grounds", "outcomes", "disproportionality"]
    made = run(f'[[report]]\nname = {json.dumps(names)}\nforces = ["essex"]\n{PERIOD}')
    assert set(states(made).values()) == {"made"}
    asked = {"forces": ["essex"], "start": "2018-01", "end": "2018-02", "out": "fresh"}
    for name in names:
        fresh = run_report(name, raw="raw", processed="processed", **asked)
        batched = Path("reports", fresh.name)
        one, other = (nbformat.read(folder / "report.ipynb", 4) for folder in (batched, fresh))
        assert [outputs(cell) for cell in one.cells] == [outputs(cell) for cell in other.cells], name
        assert sum("image/png" in str(cell.get("outputs")) for cell in one.cells) > 2, name
        files = sorted(path.name for path in fresh.glob("tables/*"))
        assert files == sorted(path.name for path in batched.glob("tables/*"))
        for file in files:
            assert (fresh / "tables" / file).read_bytes() == (batched / "tables" / file).read_bytes(), (name, file)


def outputs(cell):
    return [{k: v for k, v in item.items() if k != "execution_count"} for item in cell.get("outputs", [])]


def task(**more):
    planned = matrix.Job("trial", ["essex"], "2018-01", "2018-02")
    places = {name: str(Path(name).absolute()) for name in ("raw", "processed")}
    places |= {"out": str(Path("reports").absolute()), "log": str(Path("log.txt").absolute())}
    return matrix.as_task(planned, **places, strict=False, force=False) | more


def test_the_warm_parent_has_one_thread_and_is_started_anew_if_it_dies(place):
    Path("reports/.batch/logs").mkdir(parents=True)
    write_notebook("trial", "import time\ntime.sleep(8)", READ)
    crew = pool.Warm()
    try:
        crew.submit("a", task())
        deadline = time.monotonic() + 120
        while not crew.ready:
            assert time.monotonic() < deadline
            crew.poll(1)
        assert crew.ready["threads"] == 1
        first = crew.process
        time.sleep(1)
        os.kill(first, signal.SIGKILL)
        while not (ended := crew.poll(1)):
            assert time.monotonic() < deadline
        assert crew.process != first
        assert ended[0][1]["state"] == "made", ended
    finally:
        crew.close()


def test_the_warm_parent_has_imported_what_a_report_and_its_kernel_do():
    script = """import sys
from sas_analysis.reports.workers import forkserver
forkserver.warm_up()
there = set(sys.modules)
import IPython.core.application, IPython.core.oinspect, IPython.core.pylabtools, psutil, zmq.utils.garbage
import sas_analysis.reports.one.run
print(sorted(set(sys.modules) - there))"""
    warm = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"} | pool.WARM
    made = subprocess.run([sys.executable, "-c", script], env=warm, capture_output=True, text=True, check=True)
    assert made.stdout == "[]\n"


def test_a_report_is_not_charged_for_the_imports_of_the_warm_parent(place):
    crew = pool.Warm()
    try:
        crew.submit("a", task(timeout=100))
        assert not crew._deadlines
        while not crew.ready:
            assert not crew.poll(1)
        assert time.monotonic() + 100 < crew._deadlines["a"] < time.monotonic() + 100 + pool.GRACE
    finally:
        crew.close()


def test_a_report_is_not_charged_for_what_the_warm_parent_reads(place):
    refresh.update("raw", "processed")
    crew = pool.Warm()
    try:
        crew.hold({"processed": "processed", "forces": ["essex", "metropolitan"], "start": "2018-01", "end": "2018-02"})
        crew.submit("a", task(timeout=100))
        while not crew._deadlines:
            assert not crew.poll(1)
        assert crew.ready
        assert not crew._reads
    finally:
        crew.close()


def test_what_is_killed_as_it_begins_is_killed(place):
    write_notebook("trial", "import time\ntime.sleep(3599)")
    crew = pool.Warm()
    try:
        crew.submit("a", task())
        crew._kill("a")  # both wait for the warm parent, and are read at once
        deadline = time.monotonic() + 60
        while not (ended := crew.poll(1)):
            assert time.monotonic() < deadline
        assert "signal 9" in ended[0][1]["reason"]
    finally:
        crew.close()


# --- failures -----------------------------------------------------------------------------------------------


def test_reports_that_fail_do_not_hinder_others_and_each_is_told(place):
    write_notebook("broken", "print('so far')\nraise ValueError('no month left')")
    write_notebook("hangs", "print('begun')\nimport time\ntime.sleep(3600)")
    next(Path("raw").rglob("2018-01-metropolitan*")).write_bytes(b"")
    more = f'[[report]]\nname = ["broken", "hangs"]\nforces = ["essex"]\n{PERIOD}timeout = 4\n'
    Path("reports.toml").write_text(BOTH + more)
    process = start("--log", "events.jsonl")
    out, err = process.communicate(timeout=180)
    assert process.returncode == 2, err  # refused records go before a failed run
    summary = json.loads(Path("reports/batch.json").read_text())
    broken, hangs = "broken_essex_2018-01_2018-02", "hangs_essex_2018-01_2018-02"
    found = {name: (entry["state"], entry["exit_code"]) for name, entry in summary["reports"].items()}
    assert found == {ESSEX: ("made", 0), MET: ("failed", 2), broken: ("failed", 5), hangs: ("failed", 5)}
    assert summary["counts"] == {"made": 1, "failed": 3}
    assert [entry["attempts"] for entry in summary["reports"].values()] == [1, 1, 1, 1]
    failed = Path("reports/.failed")
    assert "no month left" in (failed / broken / "log.txt").read_text()
    assert "longer than its time limit of 4 s" in (failed / hangs / "log.txt").read_text()
    assert "begun" in (failed / hangs / "report.ipynb").read_text()
    assert "metropolitan" in (failed / MET / "log.txt").read_text()
    assert "4 reports: 1 made, 3 failed" in out
    events = [json.loads(line) for line in Path("events.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events].count("end of report") == 4
    assert events[-1]["exit_code"] == 2


def test_a_run_that_failed_before_its_notebook_is_on_the_index_until_the_report_is_current_again(place):
    run()
    file = next(Path("raw").rglob("2018-01-metropolitan*"))
    whole = file.read_bytes()
    file.write_bytes(b"")
    assert states(run()) == {ESSEX: "current", MET: "failed"}
    assert json.loads(Path("reports/.failed", MET, "run.json").read_text())["exit_status"] == 2
    page = Path("reports/index.html").read_text()
    assert "1 whose last run failed" in page
    assert f"raw files are refused: {file.relative_to('raw')}: " in page
    assert Path("reports", MET, "report.html").exists()
    file.write_bytes(whole)
    assert states(run()) == {ESSEX: "current", MET: "current"}
    assert not Path("reports/.failed").exists()
    assert "last run failed" not in Path("reports/index.html").read_text()


def commands():
    """The command of every process, word by word."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            found.append(path.read_text(errors="replace").split("\0")[:-1])
    return found


def test_what_hangs_where_no_signal_reaches_it_is_killed_with_all_it_started(place, monkeypatch):
    monkeypatch.setattr(pool, "GRACE", 1)
    stubborn = "import os, signal, subprocess\nos.kill(os.getppid(), signal.SIGSTOP)"
    seconds = f"3599.{os.getpid()}"  # told apart from those of another run of these tests
    write_notebook("trial", f"import subprocess, time\nsubprocess.Popen(['sleep', '{seconds}'])", stubborn)
    outcomes = run(f'[[report]]\nname = "trial"\nforces = ["essex"]\n{PERIOD}', timeout=6.0)
    assert outcomes[ESSEX].reason == one_task.out_of_time(6)
    assert ["sleep", seconds] not in commands()


def test_what_is_transient_is_tried_again_and_a_notebooks_own_error_never(place):
    kill_once = """import os, pathlib, signal
mark = pathlib.Path(raw).parent / "once"
if not mark.exists():
    mark.touch()
    os.kill(os.getppid(), signal.SIGKILL)"""
    write_notebook("trial", kill_once, READ)
    outcomes = run(f'[[report]]\nname = "trial"\nforces = ["essex"]\n{PERIOD}')
    assert (outcomes[ESSEX].state, outcomes[ESSEX].attempts) == ("made", 2)
    assert one_task.is_transient(BlockingIOError(11, "no"))
    assert not one_task.is_transient(OSError(28, "full"))
    assert not one_task.is_transient(ValueError())


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], 0), ([5], 5), ([5, 1], 1), ([5, 4, 64], 4), ([4, 2, 5], 2), ([2, 3, 4, 5], 3)],
)
def test_the_exit_code_is_that_of_the_gravest(codes, expected):
    outcomes = [batch.Outcome(str(code), "failed", code) for code in codes]
    assert exit_code([batch.Outcome("x", "made"), *outcomes]) == expected
    contradicted = [batch.Outcome("y", "contradicted", 3), *outcomes]
    assert exit_code(contradicted) == 3
    assert exit_code(contradicted, allow_contradicted=True) == expected


def test_the_longest_begin_first(place):
    write_notebook("hangs", READ, "1 + 1")
    asked = [("trial", ["essex"]), ("hangs", ["essex"]), ("trial", ["essex", "kent"]), ("hangs", ["kent"])]
    write_notebook("places", READ)
    asked += [("hangs", ["essex", "kent"]), ("places", ["essex", "kent"])]  # the other notebook has more cells
    jobs = [matrix.Job(*job, "2018-01", "2018-02") for job in [*asked, ("trial", ["all"])]]
    assert [(job.name, job.forces) for job in batch.longest_first(jobs)] == [
        ("trial", ["all"]),
        ("places", ["essex", "kent"]),
        ("hangs", ["essex", "kent"]),
        ("trial", ["essex", "kent"]),
        ("hangs", ["essex"]),
        ("hangs", ["kent"]),
        ("trial", ["essex"]),
    ]


def test_a_second_batch_into_one_place_says_so(place):
    Path("reports.toml").write_text(BOTH)
    Path("reports/.batch").mkdir(parents=True)
    with FileLock("reports/.batch/lock"):
        process = start()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 75
    assert "another batch is running" in err


def test_a_batch_that_is_terminated_says_so_and_that_it_did_not_end_well(place):
    write_notebook("trial", "import pathlib, time\npathlib.Path(raw).parent.joinpath('begun').touch()\ntime.sleep(600)")
    Path("reports.toml").write_text(BOTH)
    process = start("--jobs", "1", "--log", "events.jsonl")
    until = time.monotonic() + 120
    while not Path("begun").exists() and time.monotonic() < until:
        time.sleep(0.2)
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143, err
    assert "terminated; earlier reports are unchanged: run it again to go on" in err
    told = json.loads(Path("reports/batch.json").read_text())
    assert (told["ended"], told["exit_code"], told["counts"]) == (False, None, {"not begun": 2})
    assert json.loads(Path("events.jsonl").read_text().splitlines()[-1])["exit_code"] is None


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(place):
    Path("reports").write_text("a file")
    with pytest.raises(RunError, match=r"cannot write to .*reports .*; choose another folder with --out"):
        run()


def test_killed_at_any_moment_it_leaves_whole_reports_and_goes_on(place):
    write_notebook("trial", READ, "import time\ntime.sleep(0.3)")
    Path("reports.toml").write_text(BOTH)
    process = start("--quiet")
    assert process.wait(180) == 0
    good = {path: path.read_bytes() for path in Path("reports").glob("trial*/tables/*")}
    rng = random.Random(1)
    for _ in range(4):
        process = start("--force-rerun", "--quiet", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(1, 9))
        process.kill()
        process.wait()
        for folder in Path("reports").glob("trial*"):
            record = json.loads((folder / "run.json").read_text())
            assert is_whole(folder) == []
            assert record["exit_status"] == 0
    process = start("--force-rerun", "--quiet")
    _, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    assert {path: path.read_bytes() for path in Path("reports").glob("trial*/tables/*")} == good
    assert [path.name for path in Path("reports/.work").iterdir()] == ["lock"]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="a small disk: only root can mount one")
def test_a_full_disk_leaves_good_reports(place):
    Path("reports").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", "reports"], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk: mounting is not allowed here")
    try:
        good = f'[[report]]\nname = "trial"\nforces = ["essex"]\n{PERIOD}'
        assert states(run(good)) == {ESSEX: "made"}
        before = {path: path.read_bytes() for path in Path("reports", ESSEX).rglob("*") if path.is_file()}
        write_notebook("trial", READ, "pathlib.Path(tables, 'big').write_bytes(bytes(2 << 20))")
        outcomes = run()
        assert {outcome.exit_code for outcome in outcomes.values()} == {5}
        assert "free some space" in outcomes[ESSEX].reason
        assert {path: path.read_bytes() for path in Path("reports", ESSEX).rglob("*") if path.is_file()} == before
    finally:
        subprocess.run(["umount", "reports"], check=True)


# --- seen, and not believed -----------------------------------------------------------------------------------------


def test_a_report_that_is_said_to_be_made_and_is_not_there_has_failed(place, monkeypatch):
    """As of a worker whose OUT is a disk of its own."""
    monkeypatch.setattr(pool, "local", lambda errors, fresh=False: Liar())
    outcomes = run()
    assert states(outcomes) == {ESSEX: "failed", MET: "failed"}
    assert exit_code(list(outcomes.values())) == 5
    assert "is said to be made, but" in outcomes[ESSEX].reason
    assert "the same folder on every machine?" in outcomes[ESSEX].reason
    assert json.loads(Path("reports/batch.json").read_text())["exit_code"] == 5


class Liar:
    ready = None

    def __init__(self):
        self.tasks = []

    def __len__(self):
        return len(self.tasks)

    def submit(self, key, task):
        self.tasks.append(key)

    def poll(self, timeout):
        keys, self.tasks = self.tasks, []
        said = {"state": "made", "exit_code": 0, "reason": "", "transient": False, "seconds": 1.0}
        return [(key, said) for key in keys]

    def close(self):
        pass


def test_a_log_on_a_full_disk_does_not_end_the_batch(place):
    told = []
    assert states(run(log=Path("/dev/full"), warn=told.append)) == {ESSEX: "made", MET: "made"}
    assert told == ["the log /dev/full ends early (No space left on device); the batch went on without it"]


def test_a_log_that_cannot_be_opened_is_told_before_anything_is_made(place):
    Path("file").touch()
    with pytest.raises(RunError, match=r"--log file/events\.jsonl cannot be opened"):
        run(log=Path("file/events.jsonl"))
    assert not list(Path("reports").glob("trial*"))
    assert states(run(log=Path("new/folder/events.jsonl"))) == {ESSEX: "made", MET: "made"}


def test_nobody_who_reads_what_it_says_does_not_end_a_batch(place):
    write_notebook("trial", READ, "import time\ntime.sleep(0.5)")
    Path("reports.toml").write_text(BOTH)
    process = start("--jobs", "1")
    process.stdout.close()
    process.stderr.close()
    assert process.wait(180) == 0
    assert json.loads(Path("reports/batch.json").read_text())["counts"] == {"made": 2}


def test_memory_that_runs_out_is_one_line_with_what_to_do(place):
    write_notebook("broken", "bytearray(1 << 62)")
    (outcome,) = run(f'[[report]]\nname = "broken"\nforces = ["essex"]\n{PERIOD}', retries=0).values()
    assert outcome.exit_code == 5
    first = outcome.reason.splitlines()[0]
    assert "MemoryError" in first
    assert "make fewer reports at once (--jobs)" in first


def test_memory_that_runs_out_beyond_the_notebook_is_tried_again(place, monkeypatch):
    def no_memory(*_, **__):
        raise MemoryError

    monkeypatch.setattr("sas_analysis.reports.one.run.run_report", no_memory)
    result = one_task.make(task(timeout=None))
    assert (result["exit_code"], result["transient"]) == (5, True)
    assert "make fewer reports at once (--jobs)" in result["reason"]


# --- parts of an array ----------------------------------------------------------------------------------------------


def test_the_parts_of_a_file_are_all_of_it_and_keep_the_reports_of_a_force_together():
    jobs = [matrix.Job(name, forces, "2018-01", "2018-02") for forces in (["a"], ["b"], ["a", "b"], ["c"])
            for name in ("trial", "broken")]  # fmt: skip
    found = [share(jobs, Part(number, 3)) for number in (1, 2, 3)]
    assert [{"+".join(job.forces) for job in part} for part in found] == [{"a", "c"}, {"b"}, {"a+b"}]
    assert sorted(job.folder for part in found for job in part) == sorted(job.folder for job in jobs)
    assert share(jobs, Part(5, 5)) == []


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", ""])
def test_what_is_no_part_is_refused(text):
    with pytest.raises(ParameterError, match="write it as K/N"):
        read_part(text)


def test_parts_work_side_by_side_and_a_whole_batch_alone(place):
    Path("reports.toml").write_text(BOTH)
    Path("reports/.batch/parts").mkdir(parents=True)
    with FileLock("reports/.batch/parts/1-of-2.lock"):
        assert states(run(part=Part(2, 2))) == {MET: "made"}
        for taken in ({"part": Part(1, 2)}, {}):
            with pytest.raises(batch.Busy):
                run(**taken)
    with FileLock("reports/.batch/lock"), pytest.raises(batch.Busy):
        run(part=Part(1, 2))
    assert states(run()) == {ESSEX: "made", MET: "current"}


def test_the_summary_of_all_parts_is_one(place):
    run(part=Part(2, 2))
    told = json.loads(Path("reports/batch.json").read_text())
    assert told["counts"] == {"not begun": 1, "made": 1}
    assert told["parts"] == {"of": 2, "left": [1]}
    assert told["exit_code"] is None  # 0 would say that every report is there
    with pytest.raises(batch.Busy, match=r"1 of 2 parts have not ended \(1\)"):
        batch.combine_parts("reports.toml", options(), 2)
    write_notebook("trial", "raise ValueError('no')")
    run(part=Part(1, 2))
    outcomes = batch.combine_parts("reports.toml", options(), 2)
    assert [outcome.state for outcome in outcomes] == ["failed", "made"]
    assert exit_code(outcomes) == 5
    assert json.loads(Path("reports/batch.json").read_text())["exit_code"] == 5
    assert Path("reports/index.html").exists()


# --- on a cluster -------------------------------------------------------------------------------------------


def test_a_cluster_that_loses_a_worker_loses_no_report(place):
    distributed = pytest.importorskip("distributed")
    write_notebook("trial", READ, "import time\ntime.sleep(1)")
    text = BOTH + "".join(
        f'[[report]]\nname = "trial"\nforces = ["essex", "metropolitan"]\n{PERIOD}parameters = {{ shift = {n} }}\n'
        for n in (1, 2, 3)
    )
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        killed = []

        def kill_one(outcome, done, of):
            if done == 2:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        outcomes = run(text, scheduler=cluster.scheduler_address, on_end=kill_one)
    assert killed
    assert len(outcomes) == 8
    assert set(states(outcomes).values()) <= {"made", "current"}
    assert all((Path("reports") / folder / "run.json").is_file() for folder in outcomes)


def test_a_worker_that_sees_other_folders_makes_nothing_and_is_named(place):
    Path("processed").mkdir()
    asked = {name: str(Path(name).absolute()) for name in ("raw", "processed")}
    told = shared.mark(asked | {"out": str(Path("reports").absolute())})
    assert shared.fault(told, patience=0) == ""
    next(Path("raw").rglob("2018-01-essex*")).unlink()
    assert "raw (RAW) is not the folder of the batch" in shared.fault(told, patience=0)
    shared.wipe(told)
    assert [path.name for path in Path("reports").iterdir()] == []
    assert "reports (OUT) is not the folder of the batch" in shared.fault(told, patience=0)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="a disk of its own: only root can mount one")
def test_a_worker_with_a_disk_of_its_own_is_named(place):
    """A Dask worker in a mount namespace of its own, where OUT is another disk."""
    distributed = pytest.importorskip("distributed")
    Path("reports").mkdir()
    alone = ["unshare", "--mount", "sh", "-c"]
    if subprocess.run([*alone, "mount -t tmpfs none reports"], capture_output=True).returncode:
        pytest.skip("a disk of its own: mounting is not allowed here")
    with distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        worker = f"{sys.executable} -m distributed.cli.dask_worker --nthreads 1 --no-dashboard"
        command = f"mount -t tmpfs none reports; exec {worker} --no-nanny {cluster.scheduler_address}"
        process = subprocess.Popen([*alone, command], stderr=subprocess.DEVNULL)
        try:
            outcomes = run(scheduler=cluster.scheduler_address, only=["essex"], retries=0)
        finally:
            process.terminate()
            process.wait()
    assert outcomes[ESSEX].exit_code == 5
    assert f"on {socket.gethostname()}, {Path('reports').absolute()} (OUT) is not the folder" in outcomes[ESSEX].reason


def test_a_scheduler_without_dask_or_without_an_answer(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match=r"needs Dask, which is not installed"):
        run(scheduler="tcp://localhost:1")


def test_slurm_is_asked_for_workers_as_dask_is_configured(place, monkeypatch):
    """`sbatch` stands for a cluster of one machine: it runs the job's script at once, from a copy as the real one does.

    The script itself is deleted when sbatch returns.
    """
    pytest.importorskip("dask_jobqueue")
    import dask

    tools = place / "tools"
    tools.mkdir()
    (tools / "sbatch").write_text(
        '#!/bin/sh\ncp "$1" "$1.copy"\nsh "$1.copy" >/dev/null 2>&1 &\necho "Submitted batch job $!"\n'
    )
    (tools / "scancel").write_text('#!/bin/sh\nkill "$1"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with dask.config.set({"jobqueue.slurm.cores": 1, "jobqueue.slurm.memory": "2GB", "jobqueue.slurm.processes": 1}):
        assert states(run(scheduler="slurm", jobs=1)) == {ESSEX: "made", MET: "made"}


NEVER = {  # what sbatch does -> (worker_timeout, what is said)
    "echo Submitted batch job 1": (3, ["no worker was there for 3 s (--worker-timeout)", "squeue --me", "account"]),
    "echo 'invalid partition' >&2; exit 1": (3600, ["sbatch refused every job", "queue (partition), account"]),
}


@pytest.mark.parametrize("sbatch", NEVER)
def test_slurm_that_starts_no_worker_is_given_up(place, monkeypatch, sbatch):
    pytest.importorskip("dask_jobqueue")
    import dask

    run(BOTH, only=[ESSEX])
    before = Path(f"reports/{ESSEX}/run.json").read_bytes()
    write_notebook("trial", READ, "1 + 1")
    tools = place / "tools"
    tools.mkdir()
    (tools / "sbatch").write_text(f"#!/bin/sh\n{sbatch}\n")
    (tools / "scancel").write_text(f"#!/bin/sh\necho $* >> {place}/cancelled\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    patience, said = NEVER[sbatch]
    with dask.config.set({"jobqueue.slurm.cores": 1, "jobqueue.slurm.memory": "2GB", "jobqueue.slurm.processes": 1}):
        outcomes = run(scheduler="slurm", jobs=1, worker_timeout=patience)
    assert states(outcomes) == {ESSEX: "failed", MET: "failed"}
    assert exit_code(list(outcomes.values())) == 5
    assert all(words in outcome.reason for outcome in outcomes.values() for words in said)
    assert json.loads(Path("reports/batch.json").read_text())["exit_code"] == 5
    assert Path(f"reports/{ESSEX}/run.json").read_bytes() == before
    assert not Path(f"reports/{MET}").exists()
    assert (place / "cancelled").exists() == ("exit 1" not in sbatch)  # what was sent is taken back
    assert states(run()) == {ESSEX: "made", MET: "made"}


def test_inventory_knows_the_files_of_the_manifest(place):
    inventory = Inventory(Path("raw").absolute(), Path("processed").absolute())
    assert inventory.forces() == ["essex", "metropolitan"]
    assert inventory.months("essex") == ["2018-01", "2018-02", "2018-03"]
    assert inventory.synthetic
    assert inventory.digest([{"forces": None, "start": None, "end": None}]) is None  # not cleaned yet


@pytest.mark.parametrize(
    ("module", "slow"),
    [
        ("reports.many.batch", {"pandas", "scipy", "matplotlib", "nbformat"}),  # there may be nothing to do
        (
            "reports.one.run",
            {"scipy", "matplotlib", "statsmodels"},
        ),  # its kernel needs them
    ],
)
def test_a_command_imports_nothing_slow_that_it_may_not_need(module, slow):
    said = f"import sys, sas_analysis.{module}; print(sorted({slow} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
