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
from pathlib import Path

from sas_analysis.processes import PROCESSES, cores, die_with_parent, threads
from sas_analysis.reports.workers.kernel import WARM, Kernel

_IMPORTED = (  # what a report imports sooner or later beside what its cells do, most of it when it is first used
    "sas_analysis.reports.workers.cells",
    "sas_analysis.reports.workers.engine",
    "jupyter_client.manager",
    "pyarrow.dataset",
    "sqlite3",
    "encodings.utf_8_sig",
    "psutil",
    "sas_analysis.reports.one.run",
    "sas_analysis.reports.workers.task",
)


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
        os.environ[PROCESSES] = str(cores())  # no report that could use them begins before it is read
        with suppress(DataError):
            store.hold(**asked)
        os.environ[PROCESSES] = WARM[PROCESSES]
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


def warm_up() -> None:
    """Import what reports use, and fill the caches that do not depend on a report.

    Raises RuntimeError if that started a thread: its locks would be copied, held for ever, into every fork; and if
    notebooks cannot be run in forked kernels with this ipykernel.
    """
    gc.disable()  # a sixth of the time of the imports, which leave nothing to collect
    from sas_analysis.reports.many import staleness
    from sas_analysis.reports.one import execute, run

    with execute.without_uri_grammar():
        for module in _IMPORTED:
            importlib.import_module(module)
    from sas_analysis.reports.workers import cells

    for module in cells.IMPORTED:
        importlib.import_module(module)

    _import_package()
    _draw_once()
    run.prepare()
    staleness.code_sha256(), staleness.libraries()
    import matplotlib.pyplot

    if matplotlib.pyplot._backend_mod is not None or cells.FIGURES in sys.modules:
        raise RuntimeError("a backend for figures was chosen before the fork: every figure would be lost")
    if threads() != 1:
        raise RuntimeError(f"{threads()} threads where there must be one")
    gc.collect()
    if fault := cells.fault():
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
        from sas_analysis.reports.workers.task import make

        _lead_group(0)
        die_with_parent()
        for number in (result, *to_close):
            os.close(number)
        _redirect(Path(task["log"]))
        said = make(task, Kernel.forked(write))
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
