"""What runs on a Dask cluster as here: cleaning, imputation, validation (reports: test_batch, test_slurm)."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.errors import DataError
from sas_analysis.measures.unknown.imputation import count_patterns, impute
from sas_analysis.records import refresh, store
from sas_analysis.records.select import person_searches
from sas_analysis.validation.records import check_records

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client():
    """Two workers, processes of their own."""
    given = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**given) as cluster, distributed.Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def processed(sample, tmp_path_factory):
    """The sample, cleaned here."""
    folder = tmp_path_factory.mktemp("here")
    refresh.update(sample, folder)
    return folder


def test_cleaning_on_a_cluster_makes_the_same_bytes(client, sample, processed, tmp_path):
    said = []
    done = refresh.update(sample, tmp_path / "there", progress=said.append, executor=client.get_executor(pure=False))
    names = [path.name for path in (processed / "records").iterdir()]
    assert len(names) > 4
    for name in names:
        there = tmp_path / "there" / "records" / name
        assert there.read_bytes() == (processed / "records" / name).read_bytes(), name
    assert store.manifest(tmp_path / "there") == store.manifest(processed)
    assert (done.rows_in, done.unchanged) == (done.rows_out, 0)
    assert said
    again = refresh.update(sample, tmp_path / "there", executor=client.get_executor(pure=False))
    assert again.cleaned == 0


def test_the_command_cleans_on_a_cluster(client, sample, processed, tmp_path):
    where = ["--raw", str(sample), "--processed", str(tmp_path / "there"), "--scheduler", client.scheduler.address]
    done = CliRunner().invoke(app, ["clean", *where, "--quiet"])
    assert done.exit_code == 0, done.output
    assert store.manifest(tmp_path / "there") == store.manifest(processed)
    refused = CliRunner().invoke(app, ["clean", *where[:-1], "tcp://localhost:1"])
    assert (refused.exit_code, "no Dask scheduler answers" in refused.output) == (5, True)


def test_a_fault_on_a_worker_is_told_here(client, tmp_path):
    path = tmp_path / "raw" / "2018-01-essex-stop-and-search.csv"
    path.parent.mkdir()
    path.write_bytes(b"no such columns\n")
    given = {"forces": ["essex"], "executor": client.get_executor(pure=False)}
    with pytest.raises(DataError, match="this is not a stop-and-search file"):
        refresh.update(tmp_path / "raw", tmp_path / "processed", **given)


def test_each_force_is_imputed_on_a_worker_as_here(client, processed):
    forces = ["essex", "metropolitan"]
    there = client.gather(client.map(_imputed, [processed] * 2, forces, pure=False))
    for force, (cells, added) in zip(forces, there, strict=True):
        expected = _imputed(processed, force)
        pd.testing.assert_frame_equal(cells, expected[0])
        assert added.tobytes() == expected[1].tobytes()
        assert added.sum() > 0


def _imputed(folder, force):
    searches = person_searches(store.read(folder, forces=[force])).records
    found = impute(count_patterns(searches), draws=5, seed=1)
    return found.cells, np.asarray(found.added)


def test_published_numbers_are_checked_on_a_worker_as_here(client, sample, processed):
    there = client.submit(check_records, sample, processed, pure=False).result()
    pd.testing.assert_frame_equal(there, check_records(sample, processed))
