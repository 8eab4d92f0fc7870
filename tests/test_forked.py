"""The kernel inside a process, and what is needed of ipykernel for it, which is not documented."""

import subprocess
import sys
from importlib import metadata

import pytest

from sas_analysis.reports.workers import ipykernel_door
from sas_analysis.reports.workers.ipykernel_door import NEEDED

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


def fault(before=""):
    """What `forked.fault` says in a process of its own, which forks while it has one thread."""
    script = f"from sas_analysis.reports.workers import forked, ipykernel_door\n{before}\nprint(forked.fault())"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_this_ipykernel_has_all_that_is_needed():
    assert ipykernel_door.faults() == []
    assert fault() == ""


@pytest.mark.parametrize(("owner", "name", "use"), NEEDED, ids=[f"{n[0].__name__}.{n[1]}" for n in NEEDED])
def test_what_ipykernel_lacks_is_named(monkeypatch, owner, name, use):
    for kind in (kind for kind in owner.__mro__ if name in vars(kind)):
        monkeypatch.delattr(kind, name)
    assert f"{owner.__name__}.{name} ({use})" in ipykernel_door.faults()


def test_a_fault_names_the_version_and_what_it_lacks():
    said = fault("del ipykernel_door.InProcessKernel._underlying_iopub_socket")
    version = metadata.version("ipykernel")
    assert said.startswith(f"ipykernel {version} has no InProcessKernel._underlying_iopub_socket (where that thread")


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("ipykernel_door.InProcessKernel._io_dispatch = lambda self, change: None", "loses what a cell prints"),
        ("ipykernel_door._Kernel.shell_channel_thread = None", "does not work"),
        ("ipykernel_door.InProcessKernel.__init__ = None", "does not work"),
        ("forked._TRIAL = 1\nipykernel_door.open_kernel = lambda: __import__('time').sleep(60)", "does not work"),
    ],
    ids=["messages are lost", "await fails", "it dies", "it hangs"],
)
def test_a_change_that_no_name_shows_is_found_by_trial(before, said):
    assert said in fault(before)
