"""A process that has imported everything, and forks a process for each report: no report waits for imports.

`python -m sas_analysis.reports.workers.forkserver FD` is that process, the warm parent; FD is the socket of who started
it (`pool.Warm`). For each task it forks a runner, and the runner forks its kernel before it does anything else:

    batch -- warm parent -- runner (papermill, page) -- kernel (the notebook)

A fork copies one thread only, so the warm parent never has a second: no BLAS pool, no Arrow pool, and it runs nothing
of a report. It may hold records that several of them read (`store.hold`), which forks share until one changes them.
So a report finds no name, figure, setting or random state of another, for nothing ever comes back from a
fork. Each process dies with the one above it, and a runner's whole process group is killed when it is over.
"""

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_IMPORTED = (  # what a report imports sooner or later, most of it by itself when it is first used
    "sas_analysis.reports.workers.forked",
    "jupyter_client.manager",
    "ipykernel.inprocess.manager",
    "ipykernel.debugger",
    "IPython.core.application",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "matplotlib.pyplot",
    "seaborn",
    "pandas.core.arrays.arrow.extension_types",
    "pandas.io.formats.csvs",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pyarrow.dataset",
    "rocrate.rocrate",
    "sqlite3",
    "encodings.utf_8_sig",
    "psutil",
    "zmq.utils.garbage",
    "sas_analysis.reports.one.run",
    "sas_analysis.reports.workers.task",
)


def is_possible() -> bool:
    """Whether processes can be forked here. On macOS the system's own libraries do not survive it."""
    return sys.platform == "linux"


# --- the warm parent ----------------------------------------------------------------------------------------


def serve(control: socket.socket) -> None:
    """Fork a runner for each task that comes in, and pass on how it ended; return when the other side is gone.

    Where that cannot work, the other side is sent the reason, and starts fresh processes instead.
    """
    started = time.monotonic()
    try:
        warm_up()
    except Exception as error:
        traceback.print_exc()
        return _send(control, {"broken": str(error)})
    from sas_analysis.reports.workers.forked import die_with_parent

    die_with_parent()
    _send(control, {"ready": round(time.monotonic() - started, 2), "threads": threads()})
    runners: dict[int, tuple[object, int, bytes]] = {}  # pipe -> key, process, what it said so far
    lines = b""
    while True:
        readable, _, _ = select.select([control, *runners], [], [])
        for pipe in (item for item in readable if item is not control):
            key, pid, said = runners[pipe]
            if data := os.read(pipe, 1 << 16):
                runners[pipe] = (key, pid, said + data)
            else:
                os.close(pipe)
                del runners[pipe]
                _send(control, {"key": key, "said": said.decode(), "status": _bury(pid)})
        if control in readable:
            data = control.recv(1 << 16)
            if not data:
                break
            *whole, lines = (lines + data).split(b"\n")
            for message in map(json.loads, whole):
                if "hold" in message:
                    _hold(message["hold"])
                    _send(control, {"held": bool(message["hold"])})
                elif "kill" in message:
                    for _, pid, _ in (runner for runner in runners.values() if runner[0] == message["kill"]):
                        _kill_group(pid)
                else:
                    pipe, pid = _fork_runner(message["task"], [control.fileno(), *runners])
                    runners[pipe] = (message["key"], pid, b"")
    for _, pid, _ in runners.values():
        _kill_group(pid)


def _hold(asked: dict | None) -> None:
    """Read the records that several reports are of, or let them go. What cannot be read the reports will say."""
    from sas_analysis.errors import DataError
    from sas_analysis.records import store

    store.let_go()
    if asked:
        with suppress(DataError):
            store.hold(**asked)
    if threads() != 1:
        raise RuntimeError(f"{threads()} threads where there must be one")


def _send(control: socket.socket, message: dict) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _bury(pid: int) -> int:
    """Wait for a runner, end what it left behind, and return its exit status as `os.waitstatus_to_exitcode`."""
    _, status = os.waitpid(pid, 0)
    _kill_group(pid)
    return os.waitstatus_to_exitcode(status)


def _lead_group(pid: int) -> None:
    """Give a runner a process group of its own; said by both sides, for it may have to be killed at once."""
    with suppress(ProcessLookupError, PermissionError):
        os.setpgid(pid, pid)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def warm_up() -> None:
    """Import what reports use, and fill the caches that do not depend on a report.

    Raises RuntimeError if that started a thread: its locks would be copied, held for ever, into every fork; and if
    notebooks cannot be run in forked kernels with this ipykernel.
    """
    gc.disable()  # a sixth of the time of the imports, which leave nothing to collect
    from sas_analysis.reports.many import staleness
    from sas_analysis.reports.one import execute

    with execute._without_uri_grammar():
        for module in _IMPORTED:
            importlib.import_module(module)
    from sas_analysis.reports.workers import forked

    _import_package()
    _draw_once()
    _render_once()
    staleness.code_sha256(), staleness.libraries()
    import matplotlib.pyplot

    if matplotlib.pyplot._backend_mod is not None or forked.FIGURES in sys.modules:
        raise RuntimeError("a backend for figures was chosen before the fork: every figure would be lost")
    if threads() != 1:
        raise RuntimeError(f"{threads()} threads where there must be one")
    gc.collect()
    if fault := forked.fault():
        raise RuntimeError(fault)
    gc.freeze()  # so that collecting in a fork does not copy all these pages
    gc.enable()


def _import_package() -> None:
    """All modules the notebooks may import, and the tables they look up."""
    import sas_analysis
    from sas_analysis.records import labels, refresh
    from sas_analysis.reference import age_sex, forces, population
    from sas_analysis.reference.official import counts

    for module in pkgutil.walk_packages(sas_analysis.__path__, "sas_analysis."):
        if not module.name.startswith(("sas_analysis.cli", "sas_analysis.reports.", "sas_analysis.records.acquire")):
            importlib.import_module(module.name)
    forces.check_force("essex")
    counts.official_searches(), age_sex.age_sex_residents(), population.residents(["essex"], 2021), refresh.rules()
    for column in labels.CROSSWALKS:
        labels.crosswalk(labels.CROSSWALKS[column][0])


def _draw_once() -> None:
    """Draw a figure of nothing, on a canvas of its own: it finds the fonts, and what writes a picture."""
    from io import BytesIO

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    figure.subplots().set_title("Title")
    FigureCanvasAgg(figure).print_figure(BytesIO(), format="png", bbox_inches="tight")


def _render_once() -> None:
    """Make a page of nothing: it makes the exporter, and compiles its templates."""
    import pandas as pd
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    from sas_analysis.reports.one import page, provenance

    output = new_output("display_data", {"text/html": "<table></table>", "text/plain": ""})
    nb = new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("1", outputs=[output], execution_count=1)])
    data = {"synthetic": True, "sha256": "", "rows": 0, "files": []}
    facts = {"data": data, "unseen": pd.DataFrame(), "started": datetime.now(UTC), "exit_status": 0}
    record = provenance.record("", Path(__file__), {}, **facts)
    page.render(nb, title="", subtitle="", parameters=[], provenance=record, tables=[])


# --- a runner, and its kernel -------------------------------------------------------------------------------


def _fork_runner(task: dict, to_close: list[int]) -> tuple[int, int]:
    """Fork the process that makes one report: the pipe it will tell its result in, and its id."""
    result, write = os.pipe()
    pid = os.fork()
    if pid:
        _lead_group(pid)
        os.close(write)
        return result, pid
    status = 1
    try:
        from sas_analysis.reports.workers.forked import Kernel, die_with_parent
        from sas_analysis.reports.workers.task import make

        _lead_group(0)
        die_with_parent()
        for number in (result, *to_close):
            os.close(number)
        _redirect(Path(task["log"]))
        said = make(task, Kernel(write))
        os.write(write, json.dumps(said).encode())
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # not back into the warm parent's code


def _redirect(log: Path) -> None:
    """Nothing to read, and all output to a file."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(nothing, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(nothing)
    os.close(file)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
