"""Fixtures all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sas_analysis.records.synthetic.extract import write_sample

# A slow or busy machine fails no property test; in CI the examples are the same in every run.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("project", **PATIENT, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("project")


# Modules that take minutes: first, so that the last of them does not run by itself when all others are over.
LONGEST = ("test_batch", "test_browser", "test_slurm", "test_threshold", "test_audit", "test_verify", "test_site")


def pytest_collection_modifyitems(items):
    """Put the modules that take longest first; a worker of xdist takes one after the other."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


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
