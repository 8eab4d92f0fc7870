"""A notebook run in a process of its own: this interpreter, private sockets, nothing of the machine's settings."""

import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty

from sas_analysis.errors import RunError, SasError, TransientError
from sas_analysis.records.store import READS
from sas_analysis.reports.one.output_folder import FULL, KERNEL_FOLDER
from sas_analysis.reports.threads import ONE_THREAD
from sas_analysis.reports.workers.kernel import NoAnswer

_ATTEMPTS = 3  # to start a kernel
# How pandas holds texts in every kernel. A report's tables are small, and take less time without Arrow's arrays.
STRINGS = ("mode.string_storage", "python")
_LISTENS = 5  # milliseconds between looks whether a kernel listens yet; else 100


class OutOfTime(KeyboardInterrupt):
    """Raised by a signal where a run has a time limit; asyncio lets only interrupts through."""


def execute(notebook: Path, parameters: dict, work: Path, verbose: bool, kernel=None):
    """Run a notebook in its own process: the notebook as far as it came, and the error that stopped it or None.

    kernel : a `workers.kernel.Kernel` to run it in, once; without it, and when tried again, a kernel is started. What
    the notebook read of the processed data is in `work/reads`.
    """
    with without_uri_grammar():
        import papermill
        from nbclient.exceptions import DeadKernelError
    _set_papermill_log(verbose)
    (work / "scratch").mkdir()
    for attempt in range(1, _ATTEMPTS + 1):
        running: dict = {}
        try:
            with _kernel_folder(work) as folder:
                waits = kernel is not None and not kernel.used
                papermill.execute_notebook(
                    str(notebook).replace("{", "{{").replace("}", "}}"),  # papermill formats the path
                    None,
                    parameters,
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    log_output=verbose,
                    **(_in_given(kernel, folder, work, running) if waits else _in_new(folder, work, running, attempt)),
                )
            return running["notebook"], _unfinished(running["notebook"])
        except papermill.PapermillExecutionError as error:
            return running["notebook"], _as_error(notebook, error)
        except OutOfTime as error:
            if not running:
                raise RunError(str(error)) from error
            return running["notebook"], RunError(f"{notebook.name}: {error}")
        except RuntimeError as error:
            if running and isinstance(error, DeadKernelError | NoAnswer):
                died = RunError(f"{notebook.name}: its process died; most often memory ran out")
                return running["notebook"], died
            # No kernel: ports can clash, and a busy machine can be slow to start one.
            if running or attempt == _ATTEMPTS:
                said = f"{notebook.name}: its process did not start ({error}); try again"
                raise TransientError(said) from error


def _in_given(kernel, folder: Path, work: Path, running: dict) -> dict:
    """Arguments for papermill to run a notebook in a process that waits for one."""
    from sas_analysis.reports.workers.engine import ENGINE

    where = {"folder": work / "scratch", "environment": _environment(folder)}
    return {"engine_name": ENGINE, "kernel": kernel, "started": running.update, **where}


def _in_new(folder: Path, work: Path, running: dict, attempt: int) -> dict:
    """Arguments for papermill to start a kernel and run a notebook in it."""
    return {
        "kernel_manager_class": kernel_class(folder, use_ipc=attempt < _ATTEMPTS),
        "shutdown_kernel": "immediate",  # 0.1 s, not 0.7 s: nothing in that process is worth saving
        "resources": {"metadata": {"path": str(work / "scratch")}},
        "on_notebook_start": running.update,
    }


def _environment(folder: Path) -> dict[str, str]:
    """What a kernel's environment has beside this one's; folder : its private one."""
    return ONE_THREAD | {
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # any other drops figures without a word
        "PYTHONHASHSEED": "0",  # sets in the same order in every run
        "PYTHONSTARTUP": "",
        READS: str(folder / "reads"),
    }


def _set_papermill_log(verbose: bool) -> None:
    logger = logging.getLogger("papermill")
    logger.setLevel(logging.INFO if verbose else logging.CRITICAL)
    logger.addFilter(_is_relevant)
    if verbose:
        logging.basicConfig(format="%(message)s")


def _is_relevant(record: logging.LogRecord) -> bool:
    """Whether to show a message: not about parameters that papermill's own reader misses; see `parameters`."""
    return not str(record.msg).startswith(("Passed unknown parameter", "Unable to parse line"))


@contextmanager
def without_uri_grammar() -> Iterator[None]:
    """Import without `rfc3987_syntax`: jsonschema loads it if it is there, for 1 s, and no notebook needs it."""
    name = "rfc3987_syntax"
    hide = name not in sys.modules
    if hide:
        sys.modules[name] = None  # reads as "not installed"
    try:
        yield
    finally:
        if hide:
            del sys.modules[name]


@contextmanager
def _kernel_folder(work: Path) -> Iterator[Path]:
    """A private folder for a kernel's sockets and keys, where paths are short; `work/kernel` leads to it."""
    folder, link = Path(tempfile.mkdtemp(prefix=KERNEL_FOLDER)), work / "kernel"
    try:
        with suppress(OSError):  # where there are no links, a killed run's folder is left to the system
            link.symlink_to(folder)
        yield folder
    finally:
        with suppress(OSError):
            shutil.move(folder / "reads", work / "reads")
        link.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def kernel_class(folder: Path, *, use_ipc: bool):
    """A kernel manager for this interpreter, whatever kernels and IPython settings the machine has.

    Sockets in a private folder never clash, as ports do when several kernels start at once; but their paths may
    have only 100 bytes or so, and not every system has them.
    """
    import zmq
    from jupyter_client.asynchronous import AsyncKernelClient
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    socket = str(folder / "socket")
    use_ipc = use_ipc and zmq.has("ipc") and len(os.fsencode(socket)) < 90
    address = {"transport": "ipc", "ip": socket} if use_ipc else {}
    first = f"--IPKernelApp.exec_lines=__import__('pandas').set_option(*{STRINGS!r})"  # leaves no name behind
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", first]
    spec = KernelSpec(argv=command, display_name="Python 3", language="python", env=_environment(folder))

    class Client(AsyncKernelClient):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.context.setsockopt(zmq.RECONNECT_IVL, _LISTENS)

        async def wait_for_ready(self, timeout: float | None = None) -> None:
            await _answers(self, timeout)

    class Kernel(AsyncKernelManager):
        def __init__(self, **kwargs):
            super().__init__(connection_file=str(folder / "connection.json"), **address, **kwargs)
            self.client_factory = Client

        @property
        def kernel_spec(self):
            return spec

    return Kernel


async def _answers(client, timeout: float | None) -> None:
    """Wait until a kernel answers, and is heard on the channel of outputs too.

    jupyter_client's own way then listens for another 0.2 s, to throw away what comes; nbclient takes no output that
    is not of the cell it runs. Raises RuntimeError if the kernel died, or does not answer in so many seconds.
    """
    deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
    while True:
        client.kernel_info()
        with suppress(Empty):
            await client.get_shell_msg(timeout=1)
            await client.get_iopub_msg(timeout=0.2)
            return
        if not await client.is_alive():
            raise RuntimeError("it died before it answered")
        if time.monotonic() > deadline:
            raise RuntimeError(f"no answer in {timeout:g} s")


def _unfinished(nb) -> RunError | None:
    """An error if cells were left out: `sys.exit(0)` ends a notebook, and papermill calls that complete."""
    code = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]
    left = [cell for cell in code if cell.execution_count is None]
    return RunError(f"the notebook stopped {len(left)} cells before its end") if left else None


def _as_error(notebook: Path, failure) -> SasError:
    """What stopped a notebook; an error of this package keeps its class, and so its exit code."""
    own = {kind.__name__: kind for kind in SasError.__subclasses__()}
    text = f"{notebook.name} failed in cell {failure.cell_index + 1}: {failure.ename}: {failure.evalue}"
    full = any(os.strerror(code) in failure.evalue for code in FULL)
    do = "; free some space and run again" if full else ""
    if failure.ename.endswith("MemoryError"):
        do = "; memory ran out: take fewer months or forces, or make fewer reports at once (--jobs)"
    return own.get(failure.ename, RunError)(f"{text}{do}")


def text_of(nb, notebook: Path) -> str:
    """The notebook as it is stored: it names itself, and not the folders it was run in."""
    import nbformat

    nb.metadata.papermill |= {"input_path": notebook.name, "output_path": "report.ipynb"}
    return nbformat.writes(nb)
