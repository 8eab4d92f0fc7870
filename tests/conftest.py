"""Fixtures all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from sas_analysis.records.synthetic.extract import write_sample

# A loaded machine takes its time: no property fails for that.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the real records (`stops/`) and published tables, named by SAS_REAL_DATA."""
    folder = os.environ.get("SAS_REAL_DATA")
    if not folder:
        pytest.skip("real records: SAS_REAL_DATA is not set")
    path = Path(folder)
    assert (path / "stops").is_dir(), f"SAS_REAL_DATA={folder} has no folder stops"
    return path


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Path:
    """A small synthetic extract, the same in every run."""
    raw = tmp_path_factory.mktemp("sample") / "raw"
    write_sample(raw, scale=0.2)
    return raw
