"""Run the notebooks on the sample and keep the outputs that are checked: those of cells tagged nbval-check-output.

Everything else (figures, times) is left without output, so that the committed notebooks hold result tables only.

    .venv/bin/python scripts/notebook_outputs.py [NOTEBOOK ...]

Without NumPyro (make bayes) the notebooks that need it are left out, by name.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
CHECKED = "nbval-check-output"
NEED_BAYES = ("notebooks/methods/threshold_test.ipynb",)


def those_that_run() -> list[Path]:
    """All notebooks, without those that need what is not installed."""
    left_out = [] if find_spec("numpyro") else [ROOT / name for name in NEED_BAYES]
    for path in left_out:
        print(f"left out {path.name}: it needs NumPyro (make bayes)", flush=True)
    return [path for path in sorted((ROOT / "notebooks").rglob("*.ipynb")) if path not in left_out]


def main(paths: list[Path]) -> None:
    """Renew the outputs of these notebooks."""
    for path in paths:
        print(f"running {path.name}", flush=True)
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
        for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
            keep_checked(cell, number)
        nbformat.write(notebook, path)


def keep_checked(cell, number: int) -> None:
    """Leave outputs in checked cells only, and nothing that differs from run to run."""
    cell.metadata.pop("execution", None)
    checked = CHECKED in cell.metadata.get("tags", [])
    cell.execution_count = number if checked else None
    cell.outputs = cell.outputs if checked else []
    for output in cell.outputs:
        if "execution_count" in output:
            output.execution_count = number


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or those_that_run())
