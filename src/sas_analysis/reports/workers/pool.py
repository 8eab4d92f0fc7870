"""Who makes the reports of a batch: processes forked from a warm parent, or, where that cannot be, fresh ones.

Both do one thing: take tasks under a key, and give back (key, result) as they end, `task.make`'s result in every case.
A run that outlives its time limit, or whose process dies, has a result as well. `cluster.Cluster` is a third.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sas_analysis.errors import RunError
from sas_analysis.processes import can_fork
from sas_analysis.reports.threads import ONE_THREAD
from sas_analysis.reports.workers.kernel import WARM
from sas_analysis.reports.workers.task import out_of_time

GRACE = 15  # seconds in which a run that is out of time keeps its notebook, before it is killed
_RESTARTS = 3  # of a warm parent that died
_IMPORTS = 600  # seconds in which a warm parent must be ready


class NoWarmParent(RuntimeError):
    """Processes cannot be forked from a warm parent here, for the reason it gives; it holds no task any more."""


def died(status: int | None) -> dict:
    """The result of a task whose process ended without one; most often memory ran out, and next time may do."""
    if status == -signal.SIGKILL:
        by = f"killed (signal {signal.SIGKILL}), as the system does where memory runs out: make fewer at once (--jobs)"
    else:
        by = f"ended by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
    return _failed(f"its process was {by}", transient=True)


def late(task: dict) -> dict:
    """The result of a task that had to be killed."""
    return _failed(out_of_time(task["timeout"]))


def _failed(reason: str, transient: bool = False) -> dict:
    code = RunError.exit_code
    return {"state": "failed", "exit_code": code, "reason": reason, "transient": transient, "seconds": None}


class _Workers:
    """Tasks at work, each with the time by which it must be over."""

    def __init__(self):
        self._tasks: dict[str, dict] = {}
        self._deadlines: dict[str, float] = {}

    def __len__(self):
        return len(self._tasks)

    def submit(self, key: str, task: dict) -> None:
        """Begin a task."""
        self._tasks[key] = task
        self._start_clock(key)
        self._begin(key, task)

    def _start_clock(self, key: str) -> None:
        if self._tasks[key]["timeout"]:
            self._deadlines[key] = time.monotonic() + self._tasks[key]["timeout"] + GRACE

    def hold(self, records: dict | None) -> None:
        """Read records once for all tasks that begin from now on, as `store.hold` takes them; None lets them go.

        Processes that are not forked read by themselves, and this does nothing.
        """

    def poll(self, timeout: float) -> list[tuple[str, dict]]:
        """(key, result) of the tasks that ended, after at most so many seconds."""
        now = time.monotonic()
        for key in [key for key, deadline in self._deadlines.items() if deadline < now]:
            self._deadlines[key] = float("inf")
            self._kill(key)
        ended = []
        for key, said, status in self._ended(timeout):
            task, deadline = self._tasks.pop(key), self._deadlines.pop(key, None)
            result = json.loads(said) if said else late(task) if deadline == float("inf") else died(status)
            ended.append((key, result))
        return ended


class Warm(_Workers):
    """Processes forked from a warm parent, which is started at once and started anew if it dies."""

    def __init__(self, errors=None):
        super().__init__()
        self._errors, self._starts, self._held, self._reads = errors, 0, None, False
        self._start()

    def _start(self) -> None:
        if self._starts > _RESTARTS:
            raise NoWarmParent(f"the process to fork from died {self._starts} times")
        self._starts += 1
        self._socket, other = socket.socketpair()
        environment = os.environ | WARM
        environment.pop("MPLBACKEND", None)
        command = [sys.executable, "-m", "sas_analysis.reports.workers.forkserver", str(other.fileno())]
        self._process = subprocess.Popen(
            command,
            pass_fds=[other.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for the batch, which ends this one
        )
        other.close()
        self._lines, self.ready, self._started = b"", None, time.monotonic()

    @property
    def process(self) -> int:
        """The warm parent's process id."""
        return self._process.pid

    def hold(self, records: dict | None) -> None:
        """Have the warm parent read them."""
        self._held, self._reads = records, bool(records)
        self._send({"hold": records})

    def _start_clock(self, key: str) -> None:
        if self.ready and not self._reads:  # what the warm parent takes to import and to read is not the task's time
            super()._start_clock(key)

    def _begin(self, key: str, task: dict) -> None:
        self._send({"key": key, "task": task})

    def _kill(self, key: str) -> None:
        self._send({"kill": key})

    def _send(self, message: dict) -> None:
        with suppress(OSError):  # it died; `_ended` finds out
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def _ended(self, timeout: float) -> Iterator[tuple[str, str, int]]:
        readable, _, _ = select.select([self._socket], [], [], timeout)
        data = b""
        if readable:
            with suppress(OSError):
                data = self._socket.recv(1 << 16)
            if not data:
                self._again()
        elif not self.ready and time.monotonic() > self._started + _IMPORTS:
            self._again()
        *whole, self._lines = (self._lines + data).split(b"\n")
        for message in map(json.loads, whole):
            if "broken" in message:
                raise NoWarmParent(message["broken"])
            if "said" in message:
                yield message["key"], message["said"], message["status"]
                continue
            if "ready" in message:
                self.ready = message
            else:  # what it was to hold is read, or let go
                self._reads = False
            for key in self._tasks.keys() - self._deadlines.keys():
                self._start_clock(key)

    def _again(self) -> None:
        """Start another warm parent; what the dead one had at work died with it, and begins again."""
        self.close()
        self._deadlines.clear()
        self._start()
        if self._held:
            self.hold(self._held)
        for key, task in self._tasks.items():
            self._begin(key, task)

    def close(self) -> None:
        """End the warm parent and all that is at work."""
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()


class Fresh(_Workers):
    """A fresh interpreter for each task, where processes cannot be forked: slower, and the same reports."""

    ready = None

    def __init__(self, errors=None):
        super().__init__()
        self._processes: dict[str, subprocess.Popen] = {}

    def _begin(self, key: str, task: dict) -> None:
        command = [sys.executable, "-m", "sas_analysis.reports.workers.task"]
        with open(task["log"], "ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | ONE_THREAD,
                start_new_session=True,
            )
        process.stdin.write(json.dumps(task).encode())
        process.stdin.close()
        self._processes[key] = process

    def _kill(self, key: str) -> None:
        import psutil

        process = self._processes[key]
        with suppress(psutil.Error):  # a kernel has a session of its own
            for child in psutil.Process(process.pid).children(recursive=True):
                with suppress(psutil.Error):
                    child.kill()
        if hasattr(os, "killpg"):
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()

    def _ended(self, timeout: float) -> Iterator[tuple[str, str, int]]:
        until = time.monotonic() + timeout
        while True:
            over = [key for key, process in self._processes.items() if process.poll() is not None]
            for key in over:
                process = self._processes.pop(key)
                yield key, process.stdout.read().decode(), process.returncode
            if over or time.monotonic() >= until:
                return
            time.sleep(0.02)

    def close(self) -> None:
        """End all that is at work."""
        for key in list(self._processes):
            self._kill(key)
        for process in self._processes.values():
            process.wait()


def local(errors=None, fresh: bool = False) -> _Workers:
    """Workers on this machine, of the faster kind it allows; fresh : a fresh interpreter for each task in any case."""
    return Warm(errors) if can_fork() and not fresh else Fresh(errors)


def one(task: dict, workers: _Workers) -> dict:
    """The result of a single task."""
    workers.submit(task["folder"], task)
    while not (ended := workers.poll(60)):
        pass
    return ended[0][1]


def log_of(out: Path, folder: str) -> Path:
    """Where a task's process writes what it prints."""
    return Path(out) / ".batch" / "logs" / f"{folder}.txt"
