"""The process that runs a notebook's cells: a kernel without sockets and threads, asked through a pipe (`kernel`).

It holds ipykernel's own in-process kernel (`ipykernel_door`), so what a cell shows are the messages of any kernel.
Sockets, the threads that serve them and the waiting for one another take 4 ms a cell and 0.1 s a notebook; this takes
1 ms and 0.03 s. What a C library or a child process prints past Python goes to the log, not into the notebook.
"""

import gc
import importlib
import json
import os
import sys
from importlib import metadata

import matplotlib
import numpy
import pandas

from sas_analysis.reports.one import execute
from sas_analysis.reports.workers import ipykernel_door
from sas_analysis.reports.workers.kernel import Kernel, NoAnswer

FIGURES = "matplotlib_inline.backend_inline"
IMPORTED = (  # what cells import sooner or later, most of it by itself when it is first used
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
    "zmq.utils.garbage",
)
_OF_NOTEBOOKS = ("sas_analysis.study.comparison", "sas_analysis.present.report", "sas_analysis.present.charts")
_OF_NOTEBOOKS += ("sas_analysis.present.say", "sas_analysis.present.show")
_TRIAL = 60  # seconds in which a kernel must answer when it is tried


def serve(read_from: int, write_to: int) -> None:
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


def fault() -> str:
    """Why notebooks cannot be run in such a process here, in words; empty where they can.

    What is needed of ipykernel is looked for by name, and then one cell is run in a fork of this process.
    """
    missing = ipykernel_door.faults()
    if missing:
        return f"ipykernel {metadata.version('ipykernel')} has no {', '.join(missing)}"
    try:
        with Kernel.forked() as kernel:
            kernel.ask(_TRIAL, folder=".", environment={})
            answer = kernel.ask(_TRIAL, source="print('heard')\nawait __import__('asyncio').sleep(0)")
    except NoAnswer:
        return f"a kernel inside a process does not work with ipykernel {metadata.version('ipykernel')}"
    said = [message["content"].get("text") for message in answer["messages"]]
    if answer["reply"]["status"] != "ok" or "heard\n" not in said:
        return f"a kernel inside a process loses what a cell prints with ipykernel {metadata.version('ipykernel')}"
    return ""


def import_and_serve(read_from: int, write_to: int) -> None:
    """`serve`, in a fresh interpreter; where notebooks cannot be run here it ends, which the other side then sees."""
    gc.disable()  # a sixth of the time of the imports, which leave nothing to collect
    for module in (*IMPORTED, *_OF_NOTEBOOKS):
        importlib.import_module(module)
    if fault():
        sys.exit(1)
    gc.freeze()
    gc.enable()
    serve(read_from, write_to)
