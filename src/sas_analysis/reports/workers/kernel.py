"""A process that runs a notebook's cells (`cells.serve`), from the side that asks: a pipe each way, a line a cell.

It is forked from a process that has imported everything, or begun while the one that asks is still importing: so what
is here imports little.

`python -m sas_analysis.reports.workers.kernel REQUESTS ANSWERS` is one that is begun: two file descriptors.
"""

import json
import math
import os
import select
import signal
import sys
import time
from contextlib import suppress

from sas_analysis.processes import PROCESSES, can_fork, cores, die_with_parent
from sas_analysis.reports.threads import ONE_THREAD

# Of a process that forks: sets in the same order in every run, as `execute` has it; no thread when pyarrow is imported;
# no word of the debugger, which ipykernel imports.
WARM = ONE_THREAD | {
    PROCESSES: "1",
    "PYTHONHASHSEED": "0",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


class NoAnswer(RuntimeError):
    """A kernel's process ended, or gives no answer."""


class Kernel:
    """A process that waits to be asked. Leaving its context ends it."""

    def __init__(self, pid: int, ask: int, hear: int):
        self.used = self._dead = False
        self._pid = pid
        self._ask, self._hear = open(ask, "wb"), open(hear, "rb")  # noqa: SIM115

    @classmethod
    def forked(cls, *to_close: int) -> "Kernel":
        """One forked from this process at once, while it has one thread. to_close : file descriptors not to keep."""
        requests, ask, hear, answers = *os.pipe(), *os.pipe()
        pid = os.fork()
        if not pid:
            try:
                die_with_parent()
                for number in (ask, hear, *to_close):
                    os.close(number)
                from sas_analysis.reports.workers import cells

                cells.serve(requests, answers)
            finally:
                os._exit(1)
        os.close(requests)
        os.close(answers)
        return cls(pid, ask, hear)

    @classmethod
    def begun(cls) -> "Kernel | None":
        """A fresh interpreter, which imports what reports need while this one goes on; None where that cannot be.

        Where it finds that notebooks cannot be run in it, it ends.
        """
        if not can_fork():
            return None
        requests, ask, hear, answers = *os.pipe(), *os.pipe()
        for number in (requests, answers):
            os.set_inheritable(number, True)
        environment = os.environ | WARM | {PROCESSES: str(cores())}
        environment.pop("MPLBACKEND", None)
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "sas_analysis.reports.workers.kernel", str(requests), str(answers)],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, 2, 1),  # what a C library prints is no line of the command's
            ],
            setpgroup=0,  # Ctrl-C is for this process, which ends it
        )
        os.close(requests)
        os.close(answers)
        return cls(pid, ask, hear)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self._dead:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._dead = True
        self._hear.close()
        with suppress(BrokenPipeError):
            self._ask.close()

    def ask(self, patience: float = math.inf, **request) -> dict:
        """What it answers. Raises NoAnswer if it died, or did not answer within so many seconds."""
        until = time.monotonic() + patience
        with suppress(BrokenPipeError):
            self._ask.write(json.dumps(request).encode() + b"\n")
            self._ask.flush()
        while not select.select([self._hear], [], [], 1)[0]:
            self._dead = bool(os.waitpid(self._pid, os.WNOHANG)[0])
            if self._dead or time.monotonic() > until:  # dead: a process that it forked has kept its end of the pipe
                raise NoAnswer("the kernel died")
        answer = self._hear.readline()
        if not answer.endswith(b"\n"):
            raise NoAnswer("the kernel died")
        return json.loads(answer)


if __name__ == "__main__":
    die_with_parent()
    from sas_analysis.reports.workers import cells

    cells.import_and_serve(*map(int, sys.argv[1:]))
