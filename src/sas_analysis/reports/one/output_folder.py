"""Where a report is made, and how it comes into its place whole.

What is in OUT:

    NAME_FORCE_FROM_TO/       a finished report
    .work/NAME_...~XXXX/      a run in progress: `report/` is what it makes, `previous/` what it is replacing
    .failed/NAME_.../         notebook and run.json of the last run that failed, until a later one succeeds

A report is made in .work and then renamed into place, so what stands in OUT is always whole. A run may be killed
at any moment. The next run into OUT sweeps .work: it knows the dead by their lock, which the system lets go with
the process, and puts `previous` back where a run died in the instant between moving the old report out and the
new one in.

`request` is what `run` was asked: its `out`, `label`, `folder` (the report's name in OUT) and `target` (OUT/folder).
"""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sas_analysis.errors import RunError, SasError
from sas_analysis.files import write_whole
from sas_analysis.reports.one import provenance
from sas_analysis.reports.one.naming import FAILED, label_of

KERNEL_FOLDER = "sas-analysis-kernel-"  # prefix of the folders that kernels have among the system's temporary ones
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def system_errors_explained(request) -> Iterator[None]:
    """Turn a system's error into one that says what to do."""
    try:
        yield
    except OSError as error:
        do = "free some space" if error.errno in FULL else "check the folder"
        raise RunError(f"the report could not be made ({error}); {do} and run again{_still_there(request)}") from error


def _still_there(request) -> str:
    return f"\nthe earlier report is unchanged: {short(request.target)}" if request.target.exists() else ""


def short(path: Path) -> Path:
    """A path as the user would write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@contextmanager
def working_folder(request) -> Iterator[Path]:
    """A folder of this run's own inside OUT, gone when the run is over; the dead ones are swept first."""
    root = request.out / ".work"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / "lock"):
            _sweep(root)
            _check_replaceable(request)
            work = Path(tempfile.mkdtemp(prefix=f"{request.folder}~", dir=root))
            alive = FileLock(work / "alive")
            alive.acquire(timeout=0)
    except OSError as error:
        raise RunError(
            f"cannot write into {short(request.out)} ({error.strerror or error}); "
            "choose another folder with --out, or make this one writable"
        ) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        alive.release()


def _check_replaceable(request) -> None:
    """Refuse to replace what is no report, or a report on one borough by the one on the whole force.

    Version 0.1 gave both the same name unless `--label` told them apart.
    """
    target = request.target
    if target.exists() and not (target / "run.json").is_file():
        raise RunError(f"{short(target)} is in the way: no report, it has no run.json; move it elsewhere")
    borough = _recorded_borough(target) if not request.label else ""
    if borough:
        better = f"{target.name}_{label_of({'borough': borough})}"
        raise RunError(
            f"{short(target)} is a report on {borough} that version 0.1 made under the name of the report on the whole "
            f"force; rename it to {better}, or remove it"
        )


def _recorded_borough(target: Path) -> str:
    try:
        return provenance.read(target)["parameters"].get("borough") or ""
    except RunError:
        return ""  # none there, or damaged: nothing is lost


def _sweep(root: Path) -> None:
    """Clear up after dead runs. The caller holds the lock of `root`, so none is half begun."""
    for work in root.glob("*~*"):
        try:
            with FileLock(work / "alive").acquire(timeout=0):
                _clear(work)
        except Timeout:
            continue  # its run is alive
        except FileNotFoundError:
            continue  # its run has just ended, and taken it away


def _clear(work: Path) -> None:
    target = work.parents[1] / work.name.rpartition("~")[0]
    previous, kernel = work / "previous", work / "kernel"
    if previous.exists() and not target.exists():
        previous.rename(target)
    if kernel.is_symlink():
        folder = kernel.readlink()
        if folder.parent == Path(tempfile.gettempdir()) and folder.name.startswith(KERNEL_FOLDER):
            shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)


def publish(new: Path, target: Path, aside: Path) -> None:
    """Put `new` in the place of `target`, which goes `aside`; or leave `target` as it was."""
    with FileLock(target.parent / ".work" / "lock"):
        try:
            if target.exists():
                target.rename(aside)
            new.rename(target)
        except BaseException:
            if aside.exists() and not target.exists():
                aside.rename(target)
            raise
    failed = target.parent / FAILED
    shutil.rmtree(failed / target.name, ignore_errors=True)
    with suppress(OSError):
        failed.rmdir()


def save_failed(request, text: str, record: dict) -> Path | None:
    """Save a failed run's notebook and record; its path, or None if it cannot be written."""
    folder = request.out / FAILED / request.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "report.ipynb", text)
        provenance.write(record, folder / "run.json")
    except OSError:
        return None
    return folder / "report.ipynb"


def with_paths(error: SasError, request, saved: Path | None) -> SasError:
    """The error, with the paths of the notebook and of the earlier report."""
    where = f"the notebook as far as it came: {short(saved)}" if saved else "the notebook could not be saved"
    return type(error)(f"{error}\n{where}{_still_there(request)}")
