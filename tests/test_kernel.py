"""The kernel inside a process, and what is needed of ipykernel for it, which is not documented."""

import json
import os
import subprocess
import sys
from importlib import metadata

import pytest

from sas_analysis import processes
from sas_analysis.reports.workers import ipykernel_door
from sas_analysis.reports.workers.ipykernel_door import NEEDED

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


def fault(before=""):
    """What `cells.fault` says in a process of its own, which forks while it has one thread."""
    script = f"from sas_analysis.reports.workers import cells, ipykernel_door\n{before}\nprint(cells.fault())"
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
        ("cells._TRIAL = 1\nipykernel_door.open_kernel = lambda: __import__('time').sleep(60)", "does not work"),
    ],
    ids=["messages are lost", "await fails", "it dies", "it hangs"],
)
def test_a_change_that_no_name_shows_is_found_by_trial(before, said):
    assert said in fault(before)


def begun(*cells, path=""):
    """The status of each of some cells and what it prints, in a kernel that is begun; or that it died."""
    script = f"""
import json
from sas_analysis.reports.workers.kernel import Kernel, NoAnswer
found = []
with Kernel.begun() as kernel:
    try:
        kernel.ask(folder=".", environment={{}})
        for source in {cells!r}:
            answer = kernel.ask(source=source)
            told = [message["content"].get("text", "") for message in answer["messages"]]
            found.append([answer["reply"]["status"], "".join(told).strip()])
    except NoAnswer as error:
        found.append(str(error))
print(json.dumps(found))
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([path, os.environ.get("PYTHONPATH", "")])}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    return json.loads(run.stdout)


def test_a_kernel_that_is_begun_runs_cells_as_a_fresh_interpreter():
    names = "import sys; print(sys.argv, [name for name in dir() if name[0] != '_'])"
    first, second, (_, found), last = begun("a = 1", "print(a + 1)", names, "1 / 0")
    assert (first, second, last[0]) == (["ok", ""], ["ok", "2"], "error")
    assert found == "['ipykernel_launcher'] ['In', 'Out', 'a', 'exit', 'get_ipython', 'open', 'quit', 'sys']"


def test_it_keeps_to_one_thread_whatever_it_shows():
    threads = "import os; print(len(os.listdir('/proc/self/task')))"
    picture = "from IPython.display import Image, display; display(Image(bytes([137, 80, 78, 71]) + bytes(10**6)))"
    figure = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"
    first, shown, drawn, last = begun(threads, picture, figure, threads)
    assert (shown[0], drawn[0]) == ("ok", "ok")
    assert first == last == ["ok", "1"]


def test_it_may_be_as_many_processes_as_there_are_cores():
    assert begun("import os; print(os.environ['SAS_ANALYSIS_PROCESSES'])") == [["ok", str(processes.cores())]]


def test_one_in_which_notebooks_cannot_be_run_ends(tmp_path):
    lame = "from sas_analysis.reports.workers import ipykernel_door\nipykernel_door.faults = lambda: ['nothing']\n"
    (tmp_path / "sitecustomize.py").write_text(lame)
    assert begun("1", path=str(tmp_path)) == ["the kernel died"]
