"""A notebook's cells in a process made for them: papermill's engine for it.

    runner: papermill, `PipeEngine`, `Kernel` == a pipe each way, a line of JSON a cell == the process: `cells.serve`

nbclient makes outputs of the messages that come back, as it does of those of any kernel.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nbclient.exceptions import CellExecutionComplete, CellExecutionError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.log import logger

from sas_analysis.reports.workers.kernel import Kernel

ENGINE = "pipe"


class PipeEngine(Engine):
    """Runs a notebook in a `Kernel`: `papermill.execute_notebook(..., engine_name=ENGINE, kernel=...)`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man,
        kernel_name,
        *,
        kernel: Kernel,
        folder: Path,
        environment: dict[str, str],
        started: Callable,
        log_output: bool = False,
        **_,
    ):
        """folder : where the notebook runs. started : called with the notebook, which fills from then on."""
        client = PapermillNotebookClient(nb_man, log=logger, log_output=log_output, record_timing=False)
        kernel.used = True
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


papermill_engines.register(ENGINE, PipeEngine)


def _run(kernel: Kernel, client: PapermillNotebookClient, cell, index: int) -> None:
    cell.outputs = []
    client.clear_before_next_output = False
    answer = kernel.ask(source=cell.source)
    for message in answer["messages"]:
        with suppress(CellExecutionComplete):
            client.process_message(message, cell, index)
    if answer["reply"]["status"] == "error":
        raise CellExecutionError.from_cell_and_msg(cell, answer["reply"])
