"""The files for schedulers: every command in them exists, and a fresh clone's monthly run does what it should.

On a real SLURM they are tried in test_slurm.py.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml
from test_acquire_archive import zipped
from test_acquire_reference import serve
from test_acquire_server import site
from typer.main import get_command

from sas_analysis.cli import app
from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reference.areas import read_layer
from sas_analysis.reports.many.matrix import read_matrix
from sas_analysis.reports.many.staleness import Inventory

__all__ = ["site"]

ROOT = Path(__file__).parents[1]
SCHEDULE = ROOT / "schedule"
FILES = sorted(SCHEDULE.iterdir())
ENTRIES = tomllib.loads((SCHEDULE / "reports.toml").read_text())["report"]
NAMES = [name for entry in ENTRIES if not entry.get("together") for name in entry["name"]]  # a report a force
COMMAND = re.compile(r'(?:"\$bin"|\.venv/bin/sas-analysis) ([a-z-]+)((?: (?:--?)?[^\s|;&)]+| \\\n)*)')


def commands(path):
    return COMMAND.findall(path.read_text(encoding="utf-8").replace("\\\n", " "))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_commands_and_options_exist(path):
    known = get_command(app).commands
    for name, rest in commands(path):
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert set(re.findall(r"(?<=\s)--[a-z-]+", f" {rest}")) <= options, f"{path.name}: {name} {rest}"


def test_there_are_commands_to_check():
    assert {name for path in FILES for name, _ in commands(path)} == {"fetch", "fetch-reference", "batch", "site"}


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".sh"], ids=lambda path: path.name)
def test_scripts_can_be_read_by_their_shell(path):
    shell = path.read_text().splitlines()[0].removeprefix("#!").strip()
    subprocess.run([shell, "-n", str(path)], check=True)


def test_the_array_has_a_task_for_every_force():
    from sas_analysis.reference.forces import forces

    asked = re.search(r"--array=1-(\d+)", (SCHEDULE / "slurm-array.sh").read_text())
    assert int(asked[1]) == len(forces())
    for name in ("slurm-array.sh", "slurm.sh"):
        assert "${SAS_PARTS:-45}" in (SCHEDULE / name).read_text()


def test_the_workflow_is_yaml_with_a_schedule_and_no_overlap():
    text = yaml.safe_load((SCHEDULE / "github-actions.yml").read_text())
    assert text[True]["schedule"] == [{"cron": "17 3 5 * *"}]  # YAML reads a bare `on` as a truth value
    assert text["concurrency"]
    assert any(step.get("run") == "sh schedule/monthly.sh" for step in text["jobs"]["reports"]["steps"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_can_read_the_times():
    line = re.search(r"OnCalendar=(.*)", (SCHEDULE / "sas-analysis.timer").read_text())
    subprocess.run(["systemd-analyze", "calendar", line[1]], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_the_service_may_do_little_beyond_its_work():
    asked = ["systemd-analyze", "security", "--offline=yes", "--no-pager", SCHEDULE / "sas-analysis.service"]
    told = subprocess.run(asked, capture_output=True, text=True)
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", told.stdout)
    assert float(exposure[1]) < 3


def test_a_failure_of_the_service_is_mailed(tmp_path):
    unit = (SCHEDULE / "sas-analysis.service").read_text()
    assert re.search(r"^OnFailure=(.*)$", unit, re.M)[1] == "sas-analysis-failed.service"
    assert "ExecStart=/bin/sh schedule/tell.sh " in (SCHEDULE / "sas-analysis-failed.service").read_text()
    shutil.copytree(SCHEDULE, tmp_path / "schedule")
    (tmp_path / "logs").mkdir()
    for number, name in enumerate(["monthly-1.log", "monthly-2.log"]):
        (tmp_path / "logs" / name).write_text(f"error: {name}\n")
        os.utime(tmp_path / "logs" / name, (number, number))
    told = {"SAS_SENDMAIL": "tee mail", "PATH": os.environ["PATH"]}
    subprocess.run(["sh", "schedule/tell.sh", "a@example.org"], cwd=tmp_path, env=told, check=True, capture_output=True)
    mail = (tmp_path / "mail").read_text()
    assert mail.startswith("To: a@example.org\nSubject: ")
    assert "error: monthly-2.log" in mail
    assert "monthly-1" not in mail


# --- the monthly script, with a stand-in for the program --------------------------------------------------------------

STAND_IN = """#!/bin/sh
echo "$@" >> calls
echo "$1 says this"
case "$1" in fetch) exit $FETCH ;; fetch-reference) exit $BOUNDARIES ;; batch) exit $BATCH ;; site) exit $SITE ;; esac
"""


def clone(folder, program):
    """What git has of the scheduled files, and a program."""
    told = subprocess.run(
        ["git", "ls-files", "schedule", "logs", "notebooks"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in told.stdout.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "sas-analysis").write_text(program)
    (folder / ".venv" / "bin" / "sas-analysis").chmod(0o755)


def monthly(folder, fetch=0, boundaries=0, batch=0, site=0, **more):
    """Run as cron does it: its line of the crontab, from elsewhere, with next to no environment."""
    line = (SCHEDULE / "crontab").read_text().splitlines()[-1].split(maxsplit=5)[-1]
    told = {"PATH": "/usr/bin:/bin", "SAS": str(folder), "FETCH": fetch, "BATCH": batch, "SITE": site}
    told |= {"BOUNDARIES": boundaries} | more
    told = {name: str(value) for name, value in told.items()}
    return subprocess.run(["sh", "-c", line], cwd="/", env=told, capture_output=True, text=True)


def test_cron_on_a_fresh_clone_says_nothing_and_leaves_a_log(tmp_path):
    clone(tmp_path, STAND_IN)
    run = monthly(tmp_path, SAS_FORCES="essex kent", SAS_MONTHS=2)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0] == "fetch --force essex --force kent --last 2"
    asked = r"batch schedule/reports.toml --strict --allow-contradicted --log logs/batch-\S+\.jsonl"
    assert calls[1] == "fetch-reference boundaries"
    assert re.fullmatch(asked, calls[2])
    assert calls[3] == "site --out reports"
    (log,) = (tmp_path / "logs").glob("monthly-*.log")
    assert log.read_text() == "".join(f"{one} says this\n" for one in ("fetch", "fetch-reference", "batch", "site"))


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({}, 0),
        ({"fetch": 69}, 69),  # made from what is on disk
        ({"fetch": 2}, 69),
        ({"fetch": 69, "batch": 64}, 69),  # nothing on disk: the batch has no month to count from
        ({"fetch": 69, "batch": 5}, 5),
        ({"batch": 3, "site": 5}, 3),  # the page that could not be made hides nothing
        ({"batch": 64}, 64),
        ({"site": 5}, 5),
        ({"boundaries": 69}, 0),  # whether a report lacked them, the batch says
        ({"boundaries": 69, "batch": 2}, 2),
    ],
)
def test_the_exit_code_of_a_month(tmp_path, codes, expected):
    clone(tmp_path, STAND_IN)
    run = monthly(tmp_path, **codes)
    assert run.returncode == expected
    called = [call.split()[0] for call in (tmp_path / "calls").read_text().splitlines()]
    assert called == ["fetch", "fetch-reference", "batch", "site"]
    (log,) = (tmp_path / "logs").glob("monthly-*.log")
    assert ("there are no reports on places" in log.read_text()) == ("boundaries" in codes)
    assert ("the reports are from what is on disk" in run.stderr) == ("fetch" in codes)
    assert (f"the monthly run ended with {expected}; the last lines of {tmp_path}/logs/monthly-" in run.stderr) == (
        expected != 0
    )


def test_what_official_statistics_contradict_is_told_where_all_went_well(tmp_path):
    clone(tmp_path, STAND_IN.replace("says this", "_essex_2019-01_2019-12  contradicted    1.0 s  exit code 3  why"))
    run = monthly(tmp_path)
    assert run.returncode == 0
    assert "official statistics contradict its records: batch _essex_2019-01_2019-12  contradicted" in run.stdout


def test_old_logs_go_and_the_folder_stays(tmp_path):
    clone(tmp_path, STAND_IN)
    for name, days in (("monthly-2020-01-05.log", 401), ("batch-2020-01-05.jsonl", 401), ("monthly-2021.log", 399)):
        (tmp_path / "logs" / name).touch()
        os.utime(tmp_path / "logs" / name, (time.time() - days * 86400 - 60,) * 2)
    os.utime(tmp_path / "logs" / ".gitignore", (0, 0))
    assert monthly(tmp_path).returncode == 0
    assert {path.name for path in (tmp_path / "logs").iterdir()} >= {".gitignore", "monthly-2021.log"}
    assert not list((tmp_path / "logs").glob("*2020*"))


# --- and with the program, from a publisher on loopback ---------------------------------------------------------------

PROGRAM = f"#!/bin/sh\nexec {sys.executable} -c 'from sas_analysis.cli import app; app()' \"$@\"\n"


def test_a_fresh_clone_fills_back_and_ends_with_0_and_goes_on_when_the_publisher_is_down(tmp_path, site):
    write_sample(tmp_path / "published", forces=["essex"], start="2018-01", end="2019-12", scale=0.05)
    files = {path.name: path.read_bytes() for path in tmp_path.rglob("*-stop-and-search.csv")}
    site.files["/2019-12.zip"] = zipped({f"{name[:7]}/{name}": content for name, content in files.items()})
    site.redirects["/latest.zip"] = "/2019-12.zip"
    here = tmp_path / "clone"
    clone(here, PROGRAM)
    layer = read_layer(tmp_path / "published" / "boundaries" / "synthetic.geojson")
    serve(site, areas=zip(layer.codes, layer.names, layer.polygons, strict=True))
    asked = {
        "SAS_ANALYSIS_BASE": site.url,
        "SAS_ANALYSIS_ONS": site.url,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": tmp_path,
    }
    run = monthly(here, **asked)
    assert run.returncode == 0, run.stderr
    made = sorted(path.parent.name for path in here.glob("reports/*/run.json"))
    own = [f"{name}_essex_2018-12_2019-12" for name in NAMES]
    assert made == sorted([*own, "national_all_2019-01_2019-12"])
    assert len(list((here / "data/raw").glob("20*/*.csv"))) == 18
    assert (here / "reports/index.html").exists()

    run = monthly(here, **asked | {"SAS_ANALYSIS_BASE": "http://127.0.0.1:9"})
    assert run.returncode == 69
    assert "the reports are from what is on disk" in run.stderr
    assert "attempt 2 of 6 in" in run.stderr
    assert json.loads((here / "reports/batch.json").read_text())["counts"] == {"current": len(NAMES) + 1}


def test_the_shipped_reports_are_13_published_months_of_every_force(tmp_path):
    write_sample(tmp_path, forces=["essex", "derbyshire"], start="2018-01", end="2019-12", scale=0.02)
    for late in tmp_path.rglob("2019-1[12]-derbyshire*"):
        late.unlink()
    jobs = read_matrix(SCHEDULE / "reports.toml", Inventory(tmp_path, tmp_path))
    assert {(job.forces[0], job.start, job.end) for job in jobs} == {
        ("essex", "2018-12", "2019-12"),
        ("derbyshire", "2018-10", "2019-10"),
        ("all", "2018-11", "2019-10"),  # the newest that more than half of two have
    }
    assert len(jobs) == 2 * len(NAMES) + 1
