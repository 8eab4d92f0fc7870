"""Work shared with forks of this process, which send back what they find.

`each` does one thing to each of several; `begin` begins what is asked for later, while this process goes on.

Only the kernel of a report that is made by itself forks (`PROCESSES` says so): a batch has a report for each core
already, and a process with threads, as JupyterLab's kernels are, must not.
"""

import ctypes
import gc
import math
import mmap
import os
import pickle
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import is_dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO
from weakref import WeakSet

from sas_analysis.names import check_called

PROCESSES = "SAS_ANALYSIS_PROCESSES"  # of the environment: how many this one may be; without it one
_PAYS = 0.3  # seconds that what is left must take: a fork of a gigabyte costs some 50 ms
_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of control groups, version 2: microseconds given, of how many
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux
_NICER = 10  # of what is begun: the process that begins it goes first where processors are few,
_NICER_YET = 3  # and then what was begun before
_HELD_BY = 4  # how far down studies hold each other and their records
_going: "WeakSet[Begun]" = WeakSet()  # what is begun by forks, and not read yet
_sharing = False  # whether this process is at a part of what forks share: they fork no further
_is_fork = False  # whether another process of these forked this one: it begins nothing itself
_waits = mmap.mmap(-1, 1)  # seen by forks too: whether the first process waits for what it has begun


def can_fork() -> bool:
    """Whether processes can be forked here. On macOS the system's own libraries do not survive it."""
    return sys.platform == "linux"


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def die_with_parent() -> None:
    """Have this process killed when the one above it ends."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def cores() -> int:
    """How many processor cores this process may use: those it is bound to, and no more than its container is given."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(bound, _given_to_container() or bound))


def _given_to_container() -> int | None:
    """How many cores the time of a container's processor is, rounded up; None where nobody limits it."""
    try:
        time_given, of = _QUOTA.read_text(encoding="ascii").split()
        return math.ceil(int(time_given) / int(of))
    except (OSError, ValueError):  # another system; "max", no limit
        return None


def at_once() -> int:
    """How many processes `each` may use here: this one, and its forks."""
    many = int(os.environ.get(PROCESSES, 1))
    busy = _sharing or (_is_fork and not _waits[0])  # the processors have other work
    return 1 if many < 2 or busy or not can_fork() or threads() > 1 else many


def each(function: Callable, items: Iterable, *, large: bool | None = None) -> list:
    """What a function gives for each of some items, in their order: part of it by forks where they pay.

    Parameters
    ----------
    function : callable
        Of one item. What it does beside giving a result is lost where it runs in a fork.
    items : iterable
    large : bool, optional
        Whether forks pay; by default the time that the first items take tells.

    Raises
    ------
    Whatever the function raises, for the items of this process first.
    """
    items, found, started = list(items), [], time.perf_counter()
    for number, item in enumerate(items):
        left = len(items) - number
        pays = number and (time.perf_counter() - started) / number * left >= _PAYS if large is None else large
        if pays and left > 1 and (processes := at_once()) > 1:
            return found + _by_forks(function, items[number:], processes)
        found.append(function(item))
    return found


class Begun:
    """What a function gives, worked out by a fork beside what this process does; `begin` makes it.

    Where there can be no fork, or where it failed, it is worked out here, once it is asked for. Only
    the process that begins it is told what its fork found: another fork works it out for itself.
    """

    def __init__(self, work: Callable[[], Any], held: Mapping[int, Any] = MappingProxyType({}), *, large: bool = True):
        """held : what a fork has and does not send back, by id. large : whether a fork pays."""
        self._work, self._held, self._fork, self._asked_by = work, held, None, os.getpid()
        if large and not _is_fork and at_once() > 1:
            with suppress(OSError):  # no memory, or no process left
                self._fork = _fork(lambda _: work(), [None], held, nicer=_NICER + _NICER_YET * len(_going))
                _going.add(self)

    def __getstate__(self) -> dict:
        """Wherever it is sent it is what the function gives."""
        return {"_work": None, "_found": self.result()}

    def result(self) -> Any:
        """What the function gives.

        Raises
        ------
        Whatever the function raises.
        """
        if self._work is not None:
            told = None
            if self._fork and self._asked_by == os.getpid():
                _waits[0] = True
                try:
                    told = _told(*self._fork, self._held)
                finally:
                    _waits[0] = False
            self._fork = None
            self._found = self._work() if told is None else told[0]
            self._work = self._held = None
            _going.discard(self)
        return self._found

    def read_if_found(self) -> None:
        """Read what its fork found, if it has ended well."""
        if self._fork and self._asked_by == os.getpid():
            ended = os.waitid(os.P_PID, self._fork[0], os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended and not ended.si_status:
                self.result()


def begin(function: Callable, *arguments: Any, **options: Any) -> Begun:
    """Begin what is asked for later, so that another processor works it out beside what comes first.

    Parameters
    ----------
    function : callable
        What it does beside giving a result may be lost.
    *arguments, **options
        What it is called with.

    Returns
    -------
    Begun
        Its `result()` is what the function gives. In JupyterLab, and in a batch, which has other work for every
        processor, it is worked out then.

    Examples
    --------
    >>> arrests = sas.begin(study.outcome, "arrest")
    >>> arrests.result().frame["numerator"].tolist()
    [245]
    """
    check_called(function, "function", "study.outcome")
    return Begun(partial(function, *arguments, **options), _held_by(getattr(function, "__self__", None), *arguments))


def _held_by(*roots: Any) -> dict[int, Any]:
    """Some objects and what they hold, by id: a fork has all of it, and sends back none."""
    held, left = {}, [(root, _HELD_BY) for root in roots]
    while left:
        one, deeper = left.pop()
        if id(one) in held or not hasattr(one, "__dict__"):
            continue
        held[id(one)] = one
        if is_dataclass(one) and deeper:
            left += [(own, deeper - 1) for own in vars(one).values()]
    return held


def _by_forks(function: Callable, items: Sequence, processes: int) -> list:
    """`each`, every so many-th item by the same process."""
    global _sharing
    shares = [range(start, len(items), processes) for start in range(min(processes, len(items)))]
    found, forks = {}, {}
    _sharing = True
    try:
        with suppress(OSError):  # no memory, or no process left: what is not forked is done here
            for share in shares[1:]:
                forks[share] = _fork(function, [items[number] for number in share])
        found |= {number: function(items[number]) for number in shares[0]}
        for share in shares[1:]:
            told = _told(*forks.pop(share)) if share in forks else None
            # Without an answer it failed, or memory ran out: here it does so where somebody sees it.
            found |= zip(share, told or [function(items[number]) for number in share], strict=True)
    finally:
        _sharing = False
        for pid, file in forks.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(file)
    return [found[number] for number in range(len(items))]


def _fork(
    function: Callable, items: Sequence, held: Mapping[int, Any] = MappingProxyType({}), *, nicer: int = 0
) -> tuple[int, int]:
    """A process that works on some items: its id, and the file where it leaves what it found.

    held : what both processes have, by id. nicer : by how much it gives way to other processes; 0: it is a part of what
    `each` shares.
    """
    global _sharing, _is_fork
    for begun in list(_going):  # the new process would work out again what is not read yet
        begun.read_if_found()
    file = _nameless()  # no pipe: large arrays go into it, and out of it, without another copy
    try:
        pid = os.fork()
    except OSError:
        os.close(file)
        raise
    if pid:
        return pid, file
    status = 1
    try:
        die_with_parent()
        os.nice(nicer)
        gc.disable()  # it would write to all pages, and so copy them
        _sharing, _is_fork = not nicer, True
        found = [function(item) for item in items]
        with open(file, "wb") as out:
            _Sender(out, held).dump(found)
        status = 0
    finally:
        os._exit(status)


def _nameless() -> int:
    """A new file without a name, in memory where this Python knows how: one built for an old system does not."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("found")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _told(pid: int, file: int, held: Mapping[int, Any] = MappingProxyType({})) -> list | None:
    """What a process found, when it has ended; None where it failed."""
    _, status = os.waitpid(pid, 0)
    with open(file, "rb") as found:
        if status:
            return None
        found.seek(0)  # it was written by the fork, which has the same place in it
        return _Receiver(found, held).load()


class _Sender(pickle.Pickler):
    """Writes what a fork found; what the process above it holds too by its id alone."""

    def __init__(self, file: BinaryIO, held: Mapping[int, Any]):
        super().__init__(file, protocol=5)
        self._held = held

    def persistent_id(self, one: Any) -> int | None:
        return id(one) if id(one) in self._held else None


class _Receiver(pickle.Unpickler):
    """Reads what a fork found."""

    def __init__(self, file: BinaryIO, held: Mapping[int, Any]):
        super().__init__(file)
        self.persistent_load = held.__getitem__
