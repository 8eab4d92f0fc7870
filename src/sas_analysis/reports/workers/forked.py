"""A notebook's cells in a process forked for them: a kernel without sockets and threads, and papermill's engine for it.

    runner: papermill, `Engine`, `Kernel` == a pipe each way, a line of JSON for each cell == `_serve`, in the process

The process holds ipykernel's own in-process kernel (`ipykernel_door`), so what a cell shows are the messages of any
kernel, and nbclient makes outputs of them, as it does elsewhere. Sockets, the threads that serve them and the waiting
for one another take 4 ms a cell and 0.1 s a notebook; this takes 1 ms and 0.03 s. What a C library or a child process
prints past Python goes to the log, not into the notebook.
"""

import ctypes
import gc
import json
import math
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import matplotlib
import numpy
import pandas
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

from sas_analysis.reports.one import execute
from sas_analysis.reports.workers import ipykernel_door

ENGINE = "forked"
FIGURES = "matplotlib_inline.backend_inline"
_TRIAL = 60  # seconds in which a kernel must answer when it is tried
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def die_with_parent() -> None:
    """Have this process killed when the one above it ends."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


# --- the runner's side --------------------------------------------------------------------------------------


class ForkedEngine(Engine):
    """Runs a notebook in a `Kernel`: `papermill.execute_notebook(..., engine_name=ENGINE, kernel=...)`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man,
        kernel_name,
        *,
        kernel: "Kernel",
        folder: Path,
        environment: dict[str, str],
        started: Callable,
        log_output: bool = False,
        **_,
    ):
        """folder : where the notebook runs. started : called with the notebook, which fills from then on."""
        client = PapermillNotebookClient(nb_man, log_output=log_output, record_timing=False)
        with kernel:
            nb_man.nb.metadata["language_info"] = kernel.ask(folder=str(folder), environment=environment)["language"]
            started(notebook=nb_man.nb)
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                try:
                    if cell.cell_type == "code" and cell.source.strip():
                        _run(kernel, client, cell, index)
                except CellExecutionError as error:
                    nb_man.cell_exception(cell, cell_index=index, exception=error)
                    break
                finally:
                    nb_man.cell_complete(cell, cell_index=index)


papermill_engines.register(ENGINE, ForkedEngine)


def _run(kernel: "Kernel", client: PapermillNotebookClient, cell, index: int) -> None:
    cell.outputs = []
    client.clear_before_next_output = False
    answer = kernel.ask(source=cell.source)
    for message in answer["messages"]:
        with suppress(CellExecutionComplete):
            client.process_message(message, cell, index)
    if answer["reply"]["status"] == "error":
        raise CellExecutionError.from_cell_and_msg(cell, answer["reply"])


class Kernel:
    """A process forked from this one at once, while it has one thread, that waits to be asked.

    to_close : file descriptors it must not keep. Leaving its context ends it.
    """

    def __init__(self, *to_close: int):
        requests, ask = os.pipe()
        hear, answers = os.pipe()
        self.used = self._dead = False
        self._pid = os.fork()
        if not self._pid:
            try:
                die_with_parent()
                for number in (ask, hear, *to_close):
                    os.close(number)
                _serve(requests, answers)
            finally:
                os._exit(1)
        os.close(requests)
        os.close(answers)
        self._ask, self._hear = open(ask, "wb"), open(hear, "rb")  # noqa: SIM115

    def __enter__(self):
        self.used = True
        return self

    def __exit__(self, *_):
        if not self._dead:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        self._hear.close()
        with suppress(BrokenPipeError):
            self._ask.close()

    def ask(self, patience: float = math.inf, **request) -> dict:
        """What it answers. Raises DeadKernelError if it died, or did not answer within so many seconds."""
        until = time.monotonic() + patience
        with suppress(BrokenPipeError):
            self._ask.write(json.dumps(request).encode() + b"\n")
            self._ask.flush()
        while not select.select([self._hear], [], [], 1)[0]:
            self._dead = bool(os.waitpid(self._pid, os.WNOHANG)[0])
            if self._dead or time.monotonic() > until:  # dead: a process that it forked has kept its end of the pipe
                raise DeadKernelError("Kernel died")
        answer = self._hear.readline()
        if not answer.endswith(b"\n"):
            raise DeadKernelError("Kernel died")
        return json.loads(answer)


def fault() -> str:
    """Why notebooks cannot be run in forked kernels here, in words; empty where they can.

    What is needed of ipykernel is looked for by name, and then one cell is run.
    """
    missing = ipykernel_door.faults()
    if missing:
        return f"ipykernel {metadata.version('ipykernel')} has no {', '.join(missing)}"
    try:
        with Kernel() as kernel:
            kernel.ask(_TRIAL, folder=".", environment={})
            answer = kernel.ask(_TRIAL, source="print('heard')\nawait __import__('asyncio').sleep(0)")
    except DeadKernelError:
        return f"a kernel inside a process does not work with ipykernel {metadata.version('ipykernel')}"
    said = [message["content"].get("text") for message in answer["messages"]]
    if answer["reply"]["status"] != "ok" or "heard\n" not in said:
        return f"a kernel inside a process loses what a cell prints with ipykernel {metadata.version('ipykernel')}"
    return ""


# --- the process --------------------------------------------------------------------------------------------


def _serve(read_from: int, write_to: int) -> None:
    """Answer what is asked, line by line, until the other side is gone."""
    requests, answers = open(read_from, "rb"), open(write_to, "wb")  # noqa: SIM115

    def answer(what: dict) -> None:
        answers.write(json.dumps(what, default=str).encode() + b"\n")  # a header holds its date
        answers.flush()

    if not (first := requests.readline()):
        return  # the runner ended without a notebook to run
    client, messages, replies = _start(**json.loads(first))
    answer({"language": client.kernel.language_info})
    for request in requests:
        client.execute(json.loads(request)["source"], store_history=True, allow_stdin=False)
        answer({"messages": messages, "reply": replies.pop()["content"]})
        messages.clear()


def _start(folder: str, environment: dict[str, str]):
    """A kernel that behaves as a fresh interpreter's: its client, and the lists of messages and replies."""
    os.chdir(folder)
    os.environ.update(environment)
    gc.set_threshold(100_000, 20, 50)  # a report is over before there is much to collect
    matplotlib.rcParams["backend"] = f"module://{FIGURES}"  # only now: else every figure is dropped without a word
    pandas.set_option(*execute.STRINGS)
    numpy.random.seed()  # two forks would have the same numbers; `random` sees to that itself
    sys.argv = ["ipykernel_launcher"]
    sys.path[0] = ""
    return ipykernel_door.open_kernel()
