"""The files for schedulers: they parse, and every command and option in them exists."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from sas_analysis.cli import app

SCHEDULE = Path(__file__).parents[1] / "schedule"
FILES = sorted(SCHEDULE.iterdir())
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
    assert {name for path in FILES for name, _ in commands(path)} == {"fetch", "batch", "site", "forces"}


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".sh"], ids=lambda path: path.name)
def test_scripts_can_be_read_by_their_shell(path):
    shell = path.read_text().splitlines()[0].removeprefix("#!").strip()
    subprocess.run([shell, "-n", str(path)], check=True)


def test_the_array_has_a_task_for_every_force():
    from sas_analysis.reference.forces import forces

    asked = re.search(r"--array=1-(\d+)", (SCHEDULE / "slurm-array.sh").read_text())
    assert int(asked[1]) == len(forces())


def test_the_workflow_is_yaml_with_a_schedule_and_no_overlap():
    text = yaml.safe_load((SCHEDULE / "github-actions.yml").read_text())
    assert text[True]["schedule"] == [{"cron": "17 3 5 * *"}]  # YAML reads a bare `on` as a truth value
    assert text["concurrency"]
    assert any(step.get("run") == "sh schedule/monthly.sh" for step in text["jobs"]["reports"]["steps"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_can_read_the_times():
    line = re.search(r"OnCalendar=(.*)", (SCHEDULE / "sas-analysis.timer").read_text())
    subprocess.run(["systemd-analyze", "calendar", line[1]], check=True, capture_output=True)


def test_the_monthly_script_fetches_makes_and_keeps_the_exit_code(tmp_path):
    """With a stand-in for the program, which records its calls and fails as a batch may."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    program = tmp_path / ".venv" / "bin" / "sas-analysis"
    program.write_text('#!/bin/sh\necho "$@" >> calls\n[ "$1" != batch ] || exit 3\n')
    program.chmod(0o755)
    told = {"PATH": "/usr/bin:/bin", "SAS_FORCES": "essex kent", "SAS_MONTHS": "2"}
    run = subprocess.run(["sh", SCHEDULE / "monthly.sh"], cwd=tmp_path, env=told, check=False)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert run.returncode == 3
    assert re.fullmatch(r"fetch --force essex --force kent --from \d{4}-\d\d --to \d{4}-\d\d --quiet", calls[0])
    assert [call.split()[0] for call in calls] == ["fetch", "batch", "site"]
