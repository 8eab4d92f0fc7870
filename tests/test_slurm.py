"""The scheduled files and `--scheduler slurm` on a real SLURM, started on loopback; from a fresh clone's folders."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
import slurm_daemons
from nbformat.v4 import new_code_cell, new_notebook

from sas_analysis.records.synthetic.extract import write_sample

pytestmark = pytest.mark.skipif(
    bool(slurm_daemons.lacking()), reason=f"a real SLURM: {', '.join(slurm_daemons.lacking())} not installed"
)
ROOT = Path(__file__).parents[1]
FORCES = ["derbyshire", "essex", "metropolitan", "south-yorkshire"]
REPORTS = [f"trial_{force}_2018-01_2018-02" for force in FORCES]
MATRIX = '[[report]]\nname = "trial"\nforces = "all"\nlast = 2\n'
PARAMETERS = """forces: list[str] = []
start: str = ""
end: str = ""
raw: str = ""
processed: str = ""
tables: str = "" """
READ = """import pathlib, time
from sas_analysis.records import store
found = store.read(processed, forces=forces, start=start, end=end, columns=["force"])
pathlib.Path(tables, "rows.csv").write_text(f"rows\\n{len(found)}\\n")
with open("BEGUN", "a") as file:
    file.write(forces[0] + "\\n")
while pathlib.Path("WAIT").exists():
    time.sleep(0.1)"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    with slurm_daemons.running(tmp_path_factory.mktemp("slurm") / "here") as environment:
        yield environment


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    raw = tmp_path_factory.mktemp("extract") / "raw"
    write_sample(raw, forces=FORCES, start="2018-01", end="2018-02", scale=0.05)
    return raw


@pytest.fixture
def clone(tmp_path, extract, slurm, monkeypatch):
    """What git has of the files that matter, records, and a notebook that waits while there is a file WAIT."""
    files = subprocess.run(
        ["git", "ls-files", "schedule", "logs"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in files.stdout.split() or ["schedule", "logs"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(extract, tmp_path / "data" / "raw")
    program = tmp_path / ".venv" / "bin" / "sas-analysis"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from sas_analysis.cli import app; app()' \"$@\"\n")
    program.chmod(0o755)
    (tmp_path / "reports.toml").write_text(MATRIX)
    (tmp_path / "notebooks").mkdir()
    cell = READ.replace("WAIT", str(tmp_path / "WAIT")).replace("BEGUN", str(tmp_path / "BEGUN"))
    first = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    kind = {"language_info": {"name": "python"}}
    nbformat.write(
        new_notebook(cells=[first, new_code_cell(cell)], metadata=kind), tmp_path / "notebooks/01_trial.ipynb"
    )
    for name, value in slurm.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SAS_ANALYSIS_NOTEBOOKS", str(tmp_path / "notebooks"))
    monkeypatch.setenv("SAS_REPORTS", "reports.toml")
    monkeypatch.setenv("SAS_PARTS", "4")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for command in (["scancel", "--me"], ["scontrol", "update", "nodename=n[1-2]", "state=resume"]):
        with suppress(subprocess.SubprocessError):
            subprocess.run(command, timeout=30, stderr=subprocess.DEVNULL)
    until(lambda: not said("squeue", "--me", "--noheader"), 30)


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def until(what, seconds=120):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {seconds} s; {said('squeue', '--me')}{logs()}"
        time.sleep(0.2)
    return found


def logs():
    return "\n".join(path.read_text(errors="replace")[-1500:] for path in Path("logs").glob("*.log"))


def begun():
    return Path("BEGUN").read_text().split() if Path("BEGUN").exists() else []


def summary():
    return json.loads(Path("reports/batch.json").read_text())


def all_are_there_once():
    assert sorted(path.parent.name for path in Path("reports").glob("trial*/run.json")) == REPORTS
    found = summary()
    assert found["exit_code"] == 0
    assert sorted(found["reports"]) == REPORTS
    assert {entry["state"] for entry in found["reports"].values()} <= {"made", "current"}


# --- the array ------------------------------------------------------------------------------------------------------


def test_an_array_into_one_folder_makes_every_force_and_sums_up(clone):
    """As `sbatch` is used by hand: no task is turned away by another, and each has its log."""
    assert subprocess.run(["sbatch", "--wait", "--array=1-4", "schedule/slurm-array.sh"]).returncode == 0, logs()
    all_are_there_once()
    assert sorted(begun()) == FORCES
    assert summary()["parts"] == {"of": 4, "left": []}
    assert len(list(Path("logs").glob("slurm-*_*.log"))) == 4
    assert Path("reports/index.html").exists()


def test_tasks_that_are_cancelled_are_sent_again_and_a_drained_node_gets_none(clone):
    Path("WAIT").touch()
    told = subprocess.Popen(["sh", "schedule/slurm.sh"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until(lambda: len(begun()) >= 2)
    subprocess.run(["scontrol", "update", "nodename=n2", "state=drain", "reason=test"], check=True)
    running = said("squeue", "--me", "--noheader", "--format=%i", "--states=RUNNING").split()
    subprocess.run(["scancel", running[-1]], check=True)
    until(lambda: running[-1] not in said("squeue", "--me", "--noheader", "--format=%i").split())
    Path("WAIT").unlink()
    out, _ = told.communicate(timeout=300)
    assert told.returncode == 0, out + logs()
    assert out.count("Submitted batch job") == 2
    all_are_there_once()


def test_a_task_near_its_wall_time_goes_back_into_the_queue(clone):
    """As SLURM says it: with the signal that the script asks for."""
    Path("WAIT").touch()
    waiting = subprocess.Popen(["sbatch", "--wait", "--array=2", "schedule/slurm-array.sh"])
    until(begun)
    (job,) = said("squeue", "--me", "--noheader", "--format=%i").split()
    subprocess.run(["scancel", "--batch", "--signal=USR1", job], check=True)
    until(lambda: "Restarts=1" in said("scontrol", "show", "job", job))
    Path("WAIT").unlink()
    # SLURM has it wait two minutes; in the second of its requeueing it would be refused: "Job credential revoked"
    said("scontrol", "update", f"jobid={job}", "StartTime=now+3")
    assert waiting.wait(300) == 0, logs()
    assert begun() == [FORCES[1], FORCES[1]]
    assert Path("reports", REPORTS[1], "run.json").exists()


def test_parts_that_have_not_ended_are_told(clone):
    program = [".venv/bin/sas-analysis", "batch", "reports.toml", "--quiet"]
    assert subprocess.run([*program, "--part", "2/4"]).returncode == 0
    left = subprocess.run([*program, "--combine", "4"], capture_output=True, text=True)
    assert left.returncode == 75
    assert "3 of 4 parts have not ended (1, 3, 4)" in left.stderr
    assert [entry["state"] for entry in summary()["reports"].values()].count("not begun") == 3
    for number in (1, 3, 4):
        assert subprocess.run([*program, "--part", f"{number}/4"]).returncode == 0
    assert subprocess.run([*program, "--combine", "4"]).returncode == 0
    all_are_there_once()
    shutil.rmtree(Path("reports", REPORTS[2]))  # OUT was not shared with the node that made it
    left = subprocess.run([*program, "--combine", "4"], capture_output=True, text=True)
    assert left.returncode == 5
    assert "is said to be made, but" in summary_of(REPORTS[2], left.stdout)


def summary_of(report, text):
    return next(line for line in text.splitlines() if line.startswith(report))


# --- Dask workers as jobs -------------------------------------------------------------------------------------------


def batch_on_slurm(jobs=1, **more):
    settings = {"CORES": "1", "MEMORY": "2GB", "PROCESSES": "1", "WALLTIME": "00:05:00", "DEATH_TIMEOUT": "60"} | more
    environment = os.environ | {f"DASK_JOBQUEUE__SLURM__{name}": value for name, value in settings.items() if value}
    command = [".venv/bin/sas-analysis", "batch", "reports.toml", "--scheduler", "slurm", "--jobs", str(jobs)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_workers_that_are_lost_are_replaced_until_the_work_is_done(clone):
    """One while it makes a report, as at its wall time; and one that never came, because its job was cancelled."""
    Path("WAIT").touch()
    batch = batch_on_slurm()
    until(begun)
    subprocess.run(["scontrol", "update", "nodename=n[1-2]", "state=drain", "reason=test"], check=True)
    first = said("squeue", "--me", "--noheader", "--format=%i").split()
    subprocess.run(["scancel", *first], check=True)
    second = until(lambda: set(said("squeue", "--me", "--noheader", "--format=%i", "--states=PENDING").split()))
    subprocess.run(["scancel", *second], check=True)
    until(lambda: set(said("squeue", "--me", "--noheader", "--format=%i").split()) - second - set(first))
    subprocess.run(["scontrol", "update", "nodename=n[1-2]", "state=resume"], check=True)
    Path("WAIT").unlink()
    out, err = batch.communicate(timeout=300)
    assert batch.returncode == 0, out + err
    all_are_there_once()
    until(lambda: not said("squeue", "--me", "--noheader"))


def test_without_configuration_it_says_what_is_missing(clone):
    batch = batch_on_slurm(CORES="", MEMORY="")
    _, err = batch.communicate(timeout=100)
    assert batch.returncode == 64
    assert "needs jobqueue.slurm.cores and jobqueue.slurm.memory in Dask's configuration" in err
    assert "schedule/jobqueue.yaml" in err
    assert len(err.strip().splitlines()) == 1


def test_the_worked_configuration_is_one_that_dask_understands(clone):
    """schedule/jobqueue.yaml with this cluster's partition, from where Dask looks for it."""
    (clone / "dask").mkdir()
    text = (clone / "schedule/jobqueue.yaml").read_text()
    (clone / "dask/jobqueue.yaml").write_text(text.replace("queue: short", "queue: main"))
    command = [".venv/bin/sas-analysis", "batch", "reports.toml", "--scheduler", "slurm", "--jobs", "1"]
    environment = os.environ | {"DASK_CONFIG": str(clone / "dask")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    all_are_there_once()
