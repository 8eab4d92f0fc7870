"""Findings kept beside the processed data, so that all reports of a force's period judge its history once."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sas_analysis.files import replacing, sha256
from sas_analysis.records.audit.findings import as_table
from sas_analysis.records.refresh import rules
from sas_analysis.records.store import table_of

FOLDER = "findings"
_TOLD = ["path", "force", "month", "sha256", "rows", "unseen", "problem"]  # all that `audit` reads of a source


def kept(
    processed: Path,
    sources: pd.DataFrame,
    *,
    forces,
    start: str,
    end: str,
    find: Callable[[], pd.DataFrame],
    others: list[str] = (),
) -> pd.DataFrame:
    """The findings kept for the same files, forces, months and code; without them those of `find`, kept from then on.

    processed : the folder of processed data. sources : all the files that the audit judges by, as `store.sources`.
    others : the files of other forces that it compares with, as `elsewhere.units`.
    What cannot be kept (a full disk, a folder that cannot be written) is found each time.
    """
    asked = [sorted(forces), start, end]
    made_from = [asked, _code(), sources[_TOLD].to_json(orient="records"), list(others)]
    folder, of = processed / FOLDER, _short(asked)
    path = folder / f"{of}-{_short(made_from)}.parquet"
    with suppress(OSError, pa.ArrowException):
        found = table_of(path).to_pandas(use_threads=False)
        return as_table(found)  # Parquet forgets the labels of a table without rows
    findings = find()
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
        with replacing(path) as temporary:
            findings.astype({"severity": "str", "action": "str"}).to_parquet(temporary)
        for old in folder.glob(f"{of}-*.parquet"):
            if old != path:
                old.unlink(missing_ok=True)
    return findings


def _short(value) -> str:
    return sha256(json.dumps(value).encode())[:16]


@cache
def _code() -> str:
    """Hash of what decides the findings beside the files: the rules of the audit, and how records are cleaned."""
    here = sorted(
        (part for part in resources.files(__package__).iterdir() if part.name.endswith(".py")),
        key=lambda part: part.name,
    )
    return sha256(b"\0".join([rules().encode(), *(part.read_bytes() for part in here)]))
