"""Whole runs of small notebooks on a small synthetic extract.

The tests may run as root, whom no permission stops: an OUT that cannot be written is a file in the place of a
folder, and a full disk is a limit on the size of files (RLIMIT_FSIZE), which hits Python and the kernel alike.
"""

import ast
import getpass
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sas_analysis.errors import DataError, ParameterError, ReconciliationError, RunError, UnknownLabelError
from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reports.one import execute, output_folder, parameters, provenance
from sas_analysis.reports.one.naming import joined
from sas_analysis.reports.one.run import run_report

PARAMETERS = """forces: list[str] = ["essex"]
start: str = "2018-01"
end: str = "2018-02"
raw: str = "data/raw"
processed: str = "data/processed"
tables: str = "tables"
shift: int = 0  # added to the number
boot_seed: int | None = 7  # of the resampling
census: int | None = None  # none: the one of the official series"""
TABLE = """import pathlib
pathlib.Path(tables, "flow.csv").write_text(f"step,left\\nread,{shift}\\n")
print(forces, start, end)"""
HARD = "a {b} é's"  # a path that is hard on format strings and quotes
TARGET = "trial_essex_2018-01_2018-02"
SHIFTED = f"{TARGET}_shift-2"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A working directory with notebooks, raw and processed data, and one report."""
    folder = tmp_path_factory.mktemp("model") / HARD
    write_sample(folder / "raw", forces=["essex", "metropolitan"], start="2018-01", end="2018-03", scale=0.05)
    with pytest.MonkeyPatch.context() as monkeypatch:
        work_in(folder, monkeypatch)
        make(parameters={"shift": "2"})
    return folder


@pytest.fixture
def place(model, tmp_path, monkeypatch):
    """The same without a report, to do with as one likes; it is the working directory."""
    for name in ("raw", "processed"):
        shutil.copytree(model / name, tmp_path / HARD / name)
    work_in(tmp_path / HARD, monkeypatch)
    return tmp_path / HARD


@pytest.fixture
def earlier(model, place):
    """The content of a report that was made before."""
    return content(Path(shutil.copytree(model / "reports" / SHIFTED, Path("reports") / TARGET)))


def work_in(folder, monkeypatch):
    (folder / "notebooks").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(parameters, "NOTEBOOKS", [folder / "notebooks"])
    write_notebook(TABLE)


def write_notebook(*cells, name="01_trial.ipynb"):
    declared = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    code = [new_code_cell(cell) for cell in cells]
    metadata = {"kernelspec": {"name": "not-installed", "display_name": "none", "language": "python"}}
    nb = new_notebook(cells=[new_markdown_cell("# Trial"), declared, *code], metadata=metadata)
    nbformat.write(nb, Path("notebooks") / name)


def make(name="trial", **options):
    asked = {"forces": ["essex"], "start": "2018-01", "end": "2018-02", "raw": "raw", "processed": "processed"}
    return run_report(name, **(asked | options))


def make_elsewhere(*arguments, before="", **options):
    """The same by the command line in a process of its own."""
    script = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in the background
        f"{before}\nfrom pathlib import Path\nfrom sas_analysis.reports.one import parameters\n"
        "parameters.NOTEBOOKS[:] = [Path('notebooks').absolute()]\nfrom sas_analysis.cli import app\napp()"
    )
    asked = [
        "report",
        "trial",
        "--force",
        "essex",
        "--from",
        "2018-01",
        "--to",
        "2018-02",
        "--raw",
        "raw",
        "--processed",
        "processed",
    ]
    command = [sys.executable, "-c", script, *asked, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def finish(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def left_behind(out="reports"):
    return [path for path in Path(out, ".work").iterdir() if path.name != "lock"]


def assert_untouched(earlier):
    assert content(Path("reports") / TARGET) == earlier
    assert left_behind() == []


# --- a run that succeeds ------------------------------------------------------------------------------------


def test_a_report_is_a_folder_with_page_notebook_tables_and_provenance(model):
    folder = model / "reports" / SHIFTED
    names = ["report.html", "report.ipynb", "ro-crate-metadata.json", "run.json", "tables/flow.csv"]
    assert sorted(map(str, content(folder))) == names
    assert (folder / "tables/flow.csv").read_text() == "step,left\nread,2\n"
    page = (folder / "report.html").read_text()
    assert "['essex'] 2018-01 2018-02" in page
    assert "SYNTHETIC:" in page
    assert '<td class="text">none</td><td>none: the one of the official series</td>' in page
    assert left_behind(model / "reports") == []
    assert not (model / "reports/.failed").exists()


def test_the_notebook_is_kept_as_it_ran_and_for_where_it_is(model):
    folder = model / "reports" / SHIFTED
    nb = nbformat.read(folder / "report.ipynb", 4)
    (injected,) = [cell for cell in nb.cells if "injected-parameters" in cell.metadata.tags]
    assert ast.literal_eval(re.search("tables = (.*)", injected.source)[1]) == f"{folder}/tables"
    assert ".work" not in (folder / "report.ipynb").read_text()
    assert nb.metadata.papermill.parameters["shift"] == 2
    assert all(cell.execution_count for cell in nb.cells if cell.cell_type == "code")


def test_run_json_says_what_the_report_was_made_from(model, monkeypatch):
    monkeypatch.chdir(model)
    record = json.loads((Path("reports") / SHIFTED / "run.json").read_text())
    files = sorted(Path("raw").rglob("*essex*"))[:2]
    assert [Path(file["path"]) for file in record["data"]["files"]] == [path.relative_to("raw") for path in files]
    assert [file["sha256"] for file in record["data"]["files"]] == [
        hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest() for path in files
    ]
    rows = [len(path.read_text().splitlines()) - 1 for path in files]
    assert [file["rows"] for file in record["data"]["files"]] == rows
    assert record["data"]["rows"] == sum(rows) > 0
    lines = "".join(f"{file['sha256']}  {file['path']}\n" for file in record["data"]["files"])
    assert record["data"]["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert record["data"]["synthetic"] is True
    others = sorted(Path("raw").rglob("*essex*"))[2:]
    assert [Path(file["path"]) for file in record["data"]["history"]] == [path.relative_to("raw") for path in others]
    lines = "".join(f"{file['sha256']}  {file['path']}\n" for file in record["data"]["history"])
    assert record["data"]["history_sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert others
    assert record["parameters"] == {
        "forces": ["essex"], "start": "2018-01", "end": "2018-02", "shift": 2, "boot_seed": 7, "census": None,
        "raw": "raw", "processed": "processed", "tables": "tables",
    }  # fmt: skip
    assert record["seeds"] == {"boot_seed": 7}
    assert (record["report"], record["exit_status"], record["error"]) == ("trial", 0, None)
    notebook = Path("notebooks/01_trial.ipynb").read_bytes()
    assert record["notebook"] == {"name": "01_trial.ipynb", "sha256": hashlib.sha256(notebook).hexdigest()}
    assert set(record["libraries"]) >= {"pandas", "papermill", "statsmodels"}
    assert record["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["unseen_labels"] == []
    assert record["started"] <= record["finished"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", record["finished"])
    assert 0 < record["duration_s"] < 60


def test_run_json_names_no_machine_and_no_person(place, monkeypatch):
    monkeypatch.chdir(place / "notebooks")  # so that the folders lie outside
    folder = make(raw=place / "raw", processed=place / "processed", out=place / "reports")
    text = (folder / "run.json").read_text()
    assert json.loads(text)["parameters"]["raw"] == "raw"
    text += (folder / "ro-crate-metadata.json").read_text()
    assert str(place) not in text
    assert str(Path.home()) not in text
    assert not re.search(rf"\b({re.escape(socket.gethostname())}|{re.escape(getpass.getuser())})\b", text)


def test_a_git_checkout_is_named_and_another_repository_is_not(tmp_path, monkeypatch):
    """The package in an environment inside someone's repository is not a checkout of that repository."""
    root = tmp_path / "environment"
    (root / "src/sas_analysis/reports/one").mkdir(parents=True)
    monkeypatch.setattr(provenance, "__file__", str(root / "src/sas_analysis/reports/one/provenance.py"))

    def git(folder, *command):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        done = subprocess.run(["git", "-C", str(folder), *who, *command], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    for folder in (tmp_path, root):
        assert provenance._revision.__wrapped__() is None
        git(folder, "init", "-q")
        assert provenance._revision.__wrapped__() is None
        (folder / "pyproject.toml").touch()
        git(folder, "add", "pyproject.toml")
        git(folder, "commit", "-qm", "first")
    assert provenance._revision.__wrapped__() == {"revision": git(root, "rev-parse", "HEAD"), "dirty": False}
    (root / "new").touch()
    assert provenance._revision.__wrapped__() == {"revision": git(root, "rev-parse", "HEAD"), "dirty": True}


def test_all_forces_are_those_with_a_file_in_the_period(place):
    said = []
    folder = make(forces=["all"], progress=said.append)
    assert folder.name == "trial_all_2018-01_2018-02"
    record = json.loads((folder / "run.json").read_text())
    assert record["parameters"]["forces"] == ["essex", "metropolitan"]
    assert len(record["data"]["files"]) == 4
    assert said[0] == "cleaned 6 files: essex/2018 to metropolitan/2018"  # the place was moved
    assert [line.partition(" on ")[0].partition(" in ")[0] for line in said[1:]] == [
        "01_trial.ipynb: running",
        "01_trial.ipynb: done",
    ]


def test_the_name_of_a_folder_stays_within_what_file_systems_allow():
    many = [f"force-number-{number}" for number in range(40)]
    assert joined(many[:2]) == "force-number-0+force-number-1"
    assert re.fullmatch(r"40-forces-[0-9a-f]{8}", joined(many))
    assert joined(many) != joined(many[::-1])


def test_settings_of_the_machine_do_not_reach_the_notebook(place, monkeypatch):
    startup = place / "ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("planted = 1")
    (place / "planted.py").write_text("planted = 1")
    monkeypatch.setenv("IPYTHONDIR", str(place / "ipython"))
    monkeypatch.setenv("PYTHONSTARTUP", str(place / "planted.py"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("JUPYTER_PATH", str(place / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    spec = place / "jupyter/kernels/python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(json.dumps({"argv": ["false"], "display_name": "x", "language": "python"}))
    write_notebook(
        "assert 'planted' not in globals()",
        "import os\nassert os.environ['OMP_NUM_THREADS'] == '1'",
        "import sys\nprint(sys.executable)",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "open('scratch.txt', 'w').write('x')",
    )
    page = (make() / "report.html").read_text()
    assert sys.executable in page
    assert page.count("<img") == 1
    assert not list(place.rglob("scratch.txt"))


def test_two_runs_at_once_into_one_place_do_not_mix(place):
    write_notebook("import time\ntime.sleep(1)", TABLE)
    runs = [make_elsewhere("-p", f"shift={shift}", "--label", "one") for shift in (11, 22)]
    for code, _, err in map(finish, runs):
        assert code == 0, err
    folder = Path("reports") / f"{TARGET}_one"
    shift = json.loads((folder / "run.json").read_text())["parameters"]["shift"]
    assert shift in (11, 22)
    assert (folder / "tables/flow.csv").read_text() == f"step,left\nread,{shift}\n"
    assert f"shift = {shift}" in (folder / "report.ipynb").read_text()
    assert left_behind() == []


def test_a_kernel_that_does_not_start_is_tried_again(place, monkeypatch):
    tried, real, python = [], execute.kernel_class, sys.executable

    def flaky(folder, use_ipc):
        tried.append(use_ipc)
        monkeypatch.setattr(sys, "executable", python if len(tried) == 3 else shutil.which("false"))
        return real(folder, use_ipc=use_ipc)

    monkeypatch.setattr(execute, "kernel_class", flaky)
    assert (make() / "run.json").is_file()
    assert tried == [True, True, False]  # the last one by ports, should sockets be what is wrong


# --- what cannot be asked -----------------------------------------------------------------------------------


def test_all_that_is_wrong_with_the_question_is_told_at_once(place):
    with pytest.raises(ParameterError) as error:
        make(forces=["metropolitian", "essex"], start="2018-13", end="18-02", parameters={"shfit": 1, "boot_seed": "x"})
    assert str(error.value).splitlines() == [
        "5 faults:",
        '  - parameter "shfit" is unknown; did you mean "shift"? This report has: shift, boot_seed, census',
        "  - parameter boot_seed: 'x' is not a whole number or none",
        '  - force "metropolitian" is unknown; did you mean "metropolitan"? See: sas-analysis forces',
        '  - --from "2018-13" is not a month; write it as YYYY-MM, such as 2018-04',
        '  - --to "18-02" is not a month; write it as YYYY-MM, such as 2018-04',
    ]
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"start": "2018-02", "end": "2018-01"}, "--from 2018-02 is after --to 2018-01"),
        ({"forces": []}, "no force was given"),
        ({"forces": ["all", "essex"]}, '"all" is every force; give it alone'),
        ({"name": "trail"}, 'report "trail" is unknown; did you mean "trial"? There are: trial'),
        ({"parameters": {"raw": "x"}}, "parameter raw cannot be set with -p; use --raw"),
    ],
)
def test_a_question_that_cannot_be_asked(place, options, said):
    with pytest.raises(ParameterError, match=re.escape(said)):
        make(**options)


# --- records ------------------------------------------------------------------------------------------------


def plant_label(label):
    for path in Path("raw").rglob("2018-02-essex*"):
        path.write_text(path.read_text().replace("Arrest,", f"{label},"))


def test_a_label_never_seen_is_told_and_stops_a_strict_run(place):
    plant_label("Arrested on the moon")
    record = json.loads((make() / "run.json").read_text())
    (unseen,) = record["unseen_labels"]
    assert (unseen["label"], unseen["force"], unseen["month"]) == ("Arrested on the moon", "essex", "2018-02")
    before = content(Path("reports") / TARGET)
    with pytest.raises(UnknownLabelError, match=r"outcome 'Arrested on the moon' \(\d+ in essex 2018-02\)"):
        make(strict=True)
    assert_untouched(before)


def test_records_that_change_under_the_report_make_it_void(place, earlier):
    """Another run with other files, into the same processed data, while the notebook reads them."""
    change = "text.write_text(text.read_text().replace('\"rows\": ', '\"rows\": 1'))"
    write_notebook(f"import pathlib\ntext = pathlib.Path(processed, 'manifest.json')\n{change}")
    with pytest.raises(RunError, match="another run changed the processed data while the report was made"):
        make()
    assert_untouched(earlier)


def test_records_that_are_missing_or_refused(place):
    with pytest.raises(DataError, match="no stop-and-search file"):
        make(start="2020-01", end="2020-02")
    with pytest.raises(DataError, match="no stop-and-search file of any force"):
        make(forces=["all"], start="2020-01", end="2020-02")
    next(Path("raw").rglob("2018-02-essex*")).write_bytes(b"")
    with pytest.raises(DataError, match="2018-02-essex"):
        make()
    assert list(Path("reports").iterdir()) == [Path("reports/.work")]
    assert left_behind() == []


# --- a run that fails ---------------------------------------------------------------------------------------


def test_a_notebook_that_fails_leaves_the_earlier_report(place, earlier):
    write_notebook(TABLE, "print('so far')\nraise ValueError('no month left')", "2 + 2")
    with pytest.raises(RunError) as error:
        make()
    assert str(error.value).splitlines() == [
        "01_trial.ipynb failed in cell 5: ValueError: no month left",
        f"the notebook as far as it came: reports/.failed/{TARGET}/report.ipynb",
        f"the earlier report is unchanged: reports/{TARGET}",
    ]
    assert_untouched(earlier)
    failed = Path("reports/.failed") / TARGET
    assert "no month left" in (failed / "report.ipynb").read_text()
    record = json.loads((failed / "run.json").read_text())
    assert record["exit_status"] == RunError.exit_code
    assert "no month left" in record["error"]
    write_notebook(TABLE)
    make()
    assert not Path("reports/.failed").exists()  # of no more use


def test_an_error_of_ours_in_a_notebook_keeps_its_kind(place):
    write_notebook("from sas_analysis.errors import ReconciliationError\nraise ReconciliationError('3 against 4')")
    with pytest.raises(ReconciliationError, match="failed in cell 4: ReconciliationError: 3 against 4"):
        make()
    assert json.loads((Path("reports/.failed") / TARGET / "run.json").read_text())["exit_status"] == 3


def test_a_notebook_that_ends_early_is_no_report(place):
    write_notebook("import sys\nsys.exit(0)", "1", "2")
    with pytest.raises(RunError, match="stopped 2 cells before its end"):
        make()
    assert not (Path("reports") / TARGET).exists()


def test_a_notebook_whose_process_dies_is_no_report(place):
    write_notebook("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "1")
    with pytest.raises(RunError, match="its process died; most often memory ran out"):
        make()
    assert not (Path("reports") / TARGET).exists()
    assert left_behind() == []


def test_an_output_folder_that_cannot_be_written(place):
    Path("taken").write_text("a file")
    with pytest.raises(
        RunError, match=r"cannot write into taken/reports \(Not a directory\); choose another folder with --out"
    ):
        make(out="taken/reports", processed="other")
    with pytest.raises(RunError, match=r"cannot write into taken \("):
        make(out="taken", processed="other")
    assert Path("taken").read_text() == "a file"
    assert not Path("other").exists()  # told before the work, not after it


def test_a_folder_that_is_no_report_is_not_replaced(place):
    target = Path("reports") / TARGET
    target.mkdir(parents=True)
    (target / "thesis.docx").write_text("mine")
    with pytest.raises(RunError, match=r"is in the way: no report, it has no run\.json"):
        make()
    assert (target / "thesis.docx").read_text() == "mine"


LIMIT = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))"
# Closed, so that it is written at once: what is left to be closed later fails without a word.
WRITE = "with open(f'{tables}/big.csv', 'w') as file:\n    file.write('x' * 100_000)"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (WRITE, "failed in cell 4: OSError: [Errno 27] File too large"),
        ("print('x' * 100_000)", "the report could not be made ([Errno 27] File too large"),
    ],
    ids=["in the notebook", "in the report"],
)
def test_a_full_disk(place, earlier, cell, said):
    write_notebook(cell)
    code, _, err = finish(make_elsewhere(before=LIMIT))
    assert code == RunError.exit_code
    assert f"error: {'01_trial.ipynb ' if 'cell' in said else ''}{said}" in err
    assert "free some space and run again" in err
    assert f"the earlier report is unchanged: reports/{TARGET}" in err
    assert "Traceback" not in err
    assert_untouched(earlier)


# --- a run that is ended ------------------------------------------------------------------------------------

WAIT = "import os, pathlib, time\npathlib.Path(tables, 'half.csv').touch()\nprint(os.getpid())\ntime.sleep(60)"


def start_and_wait(place, monkeypatch):
    """A run that is in the middle of its notebook; its process and the kernel's."""
    (place / "tmp").mkdir(exist_ok=True)
    monkeypatch.setenv("TMPDIR", str(place / "tmp"))
    write_notebook("import os, pathlib\npathlib.Path(raw).with_name('pid').write_text(str(os.getpid()))", WAIT)
    process = make_elsewhere()
    wait_until(lambda: list(Path("reports/.work").glob("*/report/tables/half.csv")))
    return process, int(Path("pid").read_text())


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to this"
        time.sleep(0.05)


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"  # dead, nobody asked after it


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_interrupted_clears_up(place, earlier, monkeypatch, number, code):
    process, kernel = start_and_wait(place, monkeypatch)
    process.send_signal(number)
    returned, out, err = finish(process)
    assert returned == code
    assert ("interrupted; earlier reports are unchanged" in err) is (number == signal.SIGINT)
    assert out == ""
    assert "Traceback" not in err
    assert_untouched(earlier)
    assert list((place / "tmp").iterdir()) == []
    wait_until(lambda: is_gone(kernel), 5)


def test_what_a_killed_run_leaves_is_cleared_by_the_next(place, earlier, monkeypatch):
    process, kernel = start_and_wait(place, monkeypatch)
    process.kill()
    finish(process)
    wait_until(lambda: is_gone(kernel), 10)
    assert content(Path("reports") / TARGET) == earlier
    assert len(left_behind()) == 1
    assert list((place / "tmp").iterdir()) != []
    write_notebook(TABLE)
    code, _, err = finish(make_elsewhere("-p", "shift=5"))
    assert code == 0, err
    assert left_behind() == []
    assert list((place / "tmp").iterdir()) == []
    assert Path(f"reports/{TARGET}_shift-5/tables/flow.csv").read_text() == "step,left\nread,5\n"


def test_a_run_that_ends_while_another_one_sweeps_hinders_it_not(place, monkeypatch):
    """Its folder is seen, and gone when its lock is asked for."""
    (place / "reports" / ".work" / "trial~gone").mkdir(parents=True)

    class Gone(output_folder.FileLock):
        def acquire(self, *args, **options):
            if "trial~gone" in str(self.lock_file):
                raise FileNotFoundError(2, "No such file or directory")
            return super().acquire(*args, **options)

    monkeypatch.setattr(output_folder, "FileLock", Gone)
    assert make().exists()


def test_a_run_killed_while_it_published_gives_the_earlier_report_back(place, earlier):
    """The instant between the two renames, made by hand."""
    target, work = Path("reports") / TARGET, Path("reports/.work") / f"{TARGET}~dead"
    (work / "report").mkdir(parents=True)
    target.rename(work / "previous")
    other = make(start="2018-02")
    assert other.name != TARGET
    assert_untouched(earlier)


def test_the_folder_of_a_living_run_is_left_alone(place):
    work = Path("reports/.work") / f"{TARGET}~alive"
    (work / "report").mkdir(parents=True)
    with FileLock(work / "alive"):
        make()
    assert left_behind() == [work]


def test_a_report_that_cannot_be_put_into_place_leaves_the_earlier_one(place, earlier, monkeypatch):
    real = Path.rename

    def rename(self, target):
        if self.name == "report":
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(RunError, match="Input/output error"):
        make()
    assert_untouched(earlier)


def test_a_label_sets_reports_side_by_side(place):
    plain, labelled = make(), make(label="South-1")
    assert (plain.name, labelled.name) == (TARGET, f"{TARGET}_South-1")
    assert plain.exists()
    assert (labelled / "run.json").exists()
    for label in ("a b", "../x", "a_b", "é", "x" * 61):
        with pytest.raises(ParameterError, match="may only have letters, digits and hyphens, 60 at most"):
            make(label=label)


def test_parameters_that_are_not_the_defaults_name_the_folder_as_in_a_batch(place):
    from sas_analysis.reports.many.matrix import read_matrix
    from sas_analysis.reports.many.staleness import Inventory

    plain = content(make())
    given = {"shift": "3", "boot_seed": "none"}
    made = make(parameters=given)
    assert made.name == f"{TARGET}_boot-seed-None-shift-3"
    assert content(Path("reports") / TARGET) == plain
    assert make(parameters={"shift": "0", "boot_seed": 7}).name == TARGET  # the defaults, said
    assert make(parameters=given, label="mine").name == f"{TARGET}_mine"
    entry = 'name = "trial"\nforces = ["essex"]\nfrom = "2018-01"\nto = "2018-02"'
    Path("reports.toml").write_text(f'[[report]]\n{entry}\nparameters = {{ shift = 3, boot_seed = "none" }}')
    (job,) = read_matrix("reports.toml", Inventory(place / "raw", place / "processed"))
    assert job.folder == made.name


def test_a_borough_that_version_0_1_put_into_the_place_of_the_force_is_not_replaced(place, earlier):
    record = Path("reports") / TARGET / "run.json"
    told = json.loads(record.read_text())
    record.write_text(json.dumps(told | {"parameters": told["parameters"] | {"borough": "Lewisham"}}))
    before = content(record.parent)
    with pytest.raises(RunError, match=rf"a report on Lewisham.*rename it to {TARGET}_borough-Lewisham"):
        make()
    assert content(record.parent) == before
    record.parent.rename(record.parent.with_name(f"{TARGET}_borough-Lewisham"))
    assert make().name == TARGET


def test_boundaries_are_found_from_where_the_command_was_given_and_no_folder_is_named(place):
    cells = [
        f'{PARAMETERS}\nborough: str | None = None\nboundaries: str = ""',
        "assert open(boundaries).read() == '{}'",
    ]
    cells = [new_code_cell(cells[0], metadata={"tags": ["parameters"]}), new_code_cell(cells[1])]
    nbformat.write(new_notebook(cells=cells), "notebooks/09_local.ipynb")
    Path("areas.geojson").write_text("{}")
    made = make("local", parameters={"boundaries": "areas.geojson", "borough": "e09000028"})
    record = json.loads((made / "run.json").read_text())
    assert record["parameters"]["boundaries"] == "areas.geojson"
    assert "Southwark (Essex Police), January 2018 to February 2018" in (made / "report.html").read_text()


# --- records that official statistics contradict -----------------------------------------------------------

RED = """import pathlib
lines = ["force,year_ending,measure,official,ours,difference,light,compared_with,note"]
lines += ["essex,2018-03,share Black,0.2,0.1,-0.1,red,2018-03,"]
lines += ["essex,2018-03,ethnic mix,,,0.1,red,2018-03,Chinese in Other"]
pathlib.Path(tables, "reconciliation.csv").write_text("\\n".join(lines) + "\\n")"""


def test_a_strict_run_keeps_the_report_of_contradicted_records_and_ends_with_3(place):
    write_notebook(RED)
    (place / "raw" / "SYNTHETIC.json").unlink()
    with pytest.raises(ReconciliationError, match="essex, year ending 2018-03: share Black differs by") as error:
        make(strict=True)
    assert error.value.exit_code == 3
    assert f"the report was written, and says this above its headline: reports/{TARGET}" in str(error.value)
    record = json.loads(Path("reports", TARGET, "run.json").read_text())
    assert record["exit_status"] == 3
    assert "share Black" in record["error"]
    assert Path("reports", TARGET, "report.html").is_file()
    assert not list(Path("reports/.work").glob("*~*"))
    make()
    assert json.loads(Path("reports", TARGET, "run.json").read_text())["exit_status"] == 0


def test_simulated_records_are_contradicted_by_nothing(place):
    write_notebook(RED)
    record = json.loads((make(strict=True) / "run.json").read_text())
    assert (record["exit_status"], record["contradicted"]) == (0, "")
