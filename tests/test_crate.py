"""Every report is a Process Run Crate, by the public validator; it runs offline, with the published context.

`tests/reference/ro_crate_1.1_context.json` is https://w3id.org/ro/crate/1.1/context as published (version 1.1.0,
public domain). The validator finds it in its own HTTP cache and, being offline, can get nothing from elsewhere.
"""

import hashlib
import io
import json
import shutil
import socket
from pathlib import Path

import pytest
import requests
import urllib3
from requests_cache import CachedSession
from rocrate.rocrate import ROCrate
from rocrate_validator import services
from rocrate_validator.models import ValidationSettings
from rocrate_validator.utils.http import HttpRequester

from sas_analysis.reports.many import staleness
from sas_analysis.reports.one import crate
from sas_analysis.reports.one.run import run_report

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PUBLISHED = Path(__file__).parent / "reference/ro_crate_1.1_context.json"
PROFILES = ("ro-crate-1.1", "process-run-crate")
NAME = staleness.CRATE


@pytest.fixture(scope="module")
def report(tmp_path_factory, sample):
    folder = tmp_path_factory.mktemp("crate")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.delenv(crate.AUTHOR, raising=False)
        return run_report(
            "outcomes",
            forces=["essex"],
            start="2018-01",
            end="2018-03",
            raw=sample,
            processed=folder / "processed",
            out=folder / "reports",
        )


@pytest.fixture
def copy(report, tmp_path):
    """A copy to break."""
    return Path(shutil.copytree(report, tmp_path / "copy"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """An HTTP cache of the validator's that holds the context, and nothing else."""
    path = tmp_path_factory.mktemp("cache") / "http"
    content, headers = PUBLISHED.read_bytes(), {"Content-Type": "application/ld+json"}
    response = requests.Response()
    response.status_code, response.url, response._content = 200, CONTEXT, content
    response.headers.update(headers)
    response.raw = urllib3.HTTPResponse(io.BytesIO(content), headers, status=200, preload_content=False)
    response.request = requests.Request("GET", CONTEXT).prepare()
    with CachedSession(str(path), backend="sqlite", expire_after=-1) as session:
        session.cache.save_response(response)
    return path


def issues(folder, cache, profile, severity="REQUIRED"):
    """What the validator finds: (check, entity), of that severity and above."""
    settings = ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier=profile,
        requirement_severity=severity,
        offline=True,
        cache_path=cache,
    )
    assert HttpRequester().has_cached(CONTEXT)  # offline it passes over what it lacks, with no more than a warning
    result = services.validate(settings)
    found = {(issue.check.identifier, issue.violatingEntity, issue.message) for issue in result.get_issues()}
    assert result.passed() is not bool(found)
    return found


def graph(folder):
    return {entity["@id"]: entity for entity in json.loads((folder / NAME).read_text())["@graph"]}


def change(folder, edit):
    """Edit the entities of a crate, by their identifiers."""
    document = json.loads((folder / NAME).read_text())
    entities = {entity["@id"]: entity for entity in document["@graph"]}
    edit(entities)
    (folder / NAME).write_text(json.dumps(document | {"@graph": list(entities.values())}))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_report_meets_all_that_is_required(report, cache, profile):
    assert issues(report, cache, profile) == set()


# What nobody can know: the package has no public address yet, and no name was given for who made the report. The
# validator looks for the identifiers of classes where those of their instances are meant (process-run-crate, 5.1).
WITHOUT_A_NAME = {
    "./": "The `publisher` property",
    "./#developers": "The organization SHOULD have a URL.",
    "./#sas_analysis": "The Application SHOULD have a url",
    "./#03_outcomes.ipynb": "The Application SHOULD have a url",
    "./#run": "The Action SHOULD have an agent",
}


def recommended(folder, cache):
    found = issues(folder, cache, "process-run-crate", "RECOMMENDED")
    return {entity: message for check, entity, message in found if not check.endswith("_5.1")}


def test_what_is_recommended_and_not_met_is_known(report, cache):
    found = recommended(report, cache)
    assert found.keys() == WITHOUT_A_NAME.keys()
    assert all(found[entity].startswith(said) for entity, said in WITHOUT_A_NAME.items())


def test_with_the_name_of_an_organisation_only_the_address_of_the_package_is_missing(copy, cache, monkeypatch):
    monkeypatch.setenv(crate.AUTHOR, "Office of Examples <https://example.org/office>")
    crate.write(json.loads((copy / "run.json").read_text()), copy)
    assert recommended(copy, cache).keys() == {"./#developers", "./#sas_analysis", "./#03_outcomes.ipynb"}
    assert graph(copy)["#run"]["agent"] == {"@id": "https://example.org/office"}
    assert graph(copy)["./"]["publisher"] == {"@id": "https://example.org/office"}


@pytest.mark.parametrize(
    ("said", "type_", "id_"),
    [
        ("A. N. Author <https://orcid.org/0000-0002-1825-0097>", "Person", "https://orcid.org/0000-0002-1825-0097"),
        ("Office of Examples", "Organization", "#maker"),
    ],
)
def test_who_made_the_report_is_a_person_by_an_orcid(copy, cache, monkeypatch, said, type_, id_):
    monkeypatch.setenv(crate.AUTHOR, said)
    crate.write(json.loads((copy / "run.json").read_text()), copy)
    assert graph(copy)[id_]["@type"] == type_
    assert graph(copy)[id_]["name"] == said.partition(" <")[0]
    assert issues(copy, cache, "process-run-crate") == set()


def delete_licence(entities):
    del entities["./"]["license"]


def delete_instrument(entities):
    del entities["#run"]["instrument"]


def delete_profile(entities):
    del entities["./"]["conformsTo"]


def add_unknown_term(entities):
    entities["#run"]["sha-256"] = "not in the context"


@pytest.mark.parametrize("edit", [delete_licence, delete_instrument, delete_profile, add_unknown_term])
def test_a_broken_crate_fails(copy, cache, edit):
    assert issues(copy, cache, "process-run-crate") == set()
    change(copy, edit)
    assert issues(copy, cache, "process-run-crate") != set()


def test_a_crate_without_one_of_its_files_fails(copy, cache):
    (copy / "tables/outcomes.csv").unlink()
    assert {check for check, _, _ in issues(copy, cache, "ro-crate-1.1")}


# --- its content ----------------------------------------------------------------------------------------------------


def test_every_file_of_the_folder_is_in_the_crate_with_its_hash(report):
    files = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()} - {NAME}
    entities = graph(report)
    parts = {part["@id"] for part in entities["./"]["hasPart"]}
    assert parts == files == {part["@id"] for part in entities["#run"]["result"]}
    for name in files:
        assert entities[name]["sha256"] == hashlib.sha256((report / name).read_bytes()).hexdigest()
        assert entities[name]["contentSize"] == str((report / name).stat().st_size)
    assert entities["tables/outcomes.csv"]["encodingFormat"] == "text/csv"


def test_the_run_has_its_inputs_parameters_software_and_times(report):
    record, entities = json.loads((report / "run.json").read_text()), graph(report)
    run = entities["#run"]
    objects = [entities[part["@id"]] for part in run["object"]]
    assert [(e["name"], e["sha256"]) for e in objects if e["@type"] == "File"] == [
        (Path(file["path"]).name, file["sha256"]) for file in record["data"]["files"]
    ]
    values = {e["name"]: e["value"] for e in objects if e["@type"] == "PropertyValue"}
    assert (values["forces"], values["start"], values["level"]) == ("essex", "2018-01", 0.95)
    assert {"raw", "processed", "tables"}.isdisjoint(values)
    assert (run["startTime"], run["endTime"]) == (record["started"], record["finished"])
    package, notebook = (entities[part["@id"]] for part in run["instrument"])
    assert (package["softwareVersion"], package["sha256"]) == (record["version"], record["code_sha256"])
    assert notebook["sha256"] == record["notebook"]["sha256"]
    needed = [entities[part["@id"]] for part in package["softwareRequirements"]]
    assert {e["name"]: e["softwareVersion"] for e in needed} == {"Python": record["python"], **record["libraries"]}


def test_a_synthetic_run_says_so_and_names_no_publisher_of_its_records(report):
    entities = graph(report)
    assert entities["./"]["name"].startswith("SYNTHETIC: ")
    assert entities["./"]["description"].startswith("SYNTHETIC: ")
    assert not any("police.uk" in json.dumps(entity) for entity in entities.values())


def test_published_records_are_the_publishers_under_its_licence(copy, cache):
    record = json.loads((copy / "run.json").read_text())
    record["data"]["synthetic"] = False
    crate.write(record, copy)
    entities = graph(copy)
    assert "SYNTHETIC" not in (copy / NAME).read_text()
    file = entities["#" + record["data"]["files"][0]["path"]]
    assert file["isPartOf"] == {"@id": "https://data.police.uk/"}
    assert "https://data.police.uk/data/archive/YYYY-MM.zip" in file["description"]
    assert "open-government-licence/version/3" in file["license"]["@id"]
    assert issues(copy, cache, "process-run-crate") == set()


def test_it_is_written_the_same_again_and_without_a_network(copy, monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.delenv(crate.AUTHOR, raising=False)
    before = (copy / NAME).read_bytes()
    crate.write(json.loads((copy / "run.json").read_text()), copy)
    assert (copy / NAME).read_bytes() == before


def test_other_programs_can_read_it(report):
    read = ROCrate(str(report))
    assert read.root_dataset["mentions"].type == "CreateAction"


def test_a_crate_begun_before_the_run_is_the_same_and_has_an_entity_a_line(copy):
    record = json.loads((copy / "run.json").read_text())
    crate.write(record, copy)
    at_once = (copy / NAME).read_text()
    crate.write(record, copy, crate.begin(record["data"]))
    begun = (copy / NAME).read_text()
    assert begun == at_once
    assert [json.loads(line.rstrip(",")) for line in begun.splitlines()[2:-1]] == json.loads(begun)["@graph"]
