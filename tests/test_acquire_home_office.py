"""The command that fetches the Home Office open data table, against a real server on loopback."""

import json

import pytest
from test_acquire_server import client, naps, page, site, status
from test_home_office import NEW, new_row, write_ods
from typer.testing import CliRunner

import sas_analysis as sas
from sas_analysis.cli import app
from sas_analysis.records.acquire import FetchError
from sas_analysis.records.acquire.home_office import HOME_OFFICE, fetch_home_office

__all__ = ["client", "naps", "site"]

PAGE = "/government/statistics/stop-and-search-march-2025"
API = f"/api/content{PAGE}"
FILE = "/media/67a/stop-search-open-data-tables-mar21-mar25.ods"
OTHERS = ["/media/1/arrests-open-data-tables-mar25.ods", "/media/2/stop-search-data-tables-summary-mar25.ods"]


def serve(site, tmp_path, *files):
    rows = [NEW, new_row(searches=3), new_row(searches=4)]
    content = write_ods(tmp_path / "served.ods", {"Notes": [["Source"]], "open_data": rows}).read_bytes()
    files = files or (*OTHERS, FILE)
    site.files.update(dict.fromkeys(files, content))
    attachments = [{"title": "a table", "url": f"{site.url}{file}", "attachment_type": "file"} for file in files]
    notes = {"title": "notes", "url": f"{PAGE}/notes", "attachment_type": "html"}
    site.services[API] = lambda _: {"base_path": PAGE, "details": {"attachments": [notes, *attachments]}}


def call(site, data, *options):
    arguments = ["fetch-reference", "home-office", "--data", str(data), "-q", *options]
    return CliRunner().invoke(app, [*arguments, "--home-office", f"{site.url}{PAGE}"])


def test_the_table_is_found_on_its_page_fetched_recorded_and_read(site, tmp_path):
    serve(site, tmp_path)
    result = call(site, tmp_path / "data")
    assert result.exit_code == 0, result.output
    out = tmp_path / "data" / "reference" / "home_office_open_data.ods"
    assert sas.read_official(out)["searches"].tolist() == [3, 4]
    told = json.loads(out.with_name(f"{out.name}.source.json").read_text())
    assert told["records"] == 2
    assert told["sha256"][:12] in result.stdout
    assert site.paths() == [API, FILE]


def test_what_is_there_is_not_asked_for_again_but_another_edition_is(site, client, tmp_path):
    serve(site, tmp_path)
    out = tmp_path / "out.ods"
    for _ in range(2):
        fetch_home_office(out, page=f"{site.url}{PAGE}", client=client)
    assert len(site.asked) == 2
    fetch_home_office(out, page=f"{site.url}{PAGE}", client=client, refresh=True)
    assert len(site.asked) == 4
    fetch_home_office(out, page=f"{site.url}{FILE}", client=client)
    assert site.paths()[4:] == [FILE]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            OTHERS,
            r"no open data table on stop and search; pass the address of one by --home-office; its .ods files: .*",
        ),
        ((FILE, "/media/3/stop-search-open-data-tables-mar20.ods"), "2 open data tables"),
    ],
)
def test_a_page_with_no_table_or_several_says_what_it_has(site, client, tmp_path, files, said):
    serve(site, tmp_path, *files)
    with pytest.raises(FetchError, match=said) as error:
        fetch_home_office(tmp_path / "out.ods", page=f"{site.url}{PAGE}", client=client)
    assert all(file in str(error.value) for file in files)


def test_what_is_no_spreadsheet_is_not_kept(site, client, tmp_path):
    serve(site, tmp_path)
    out = tmp_path / "out.ods"
    fetch_home_office(out, page=f"{site.url}{PAGE}", client=client)
    before = out.read_bytes()
    for step, said in ((page, "did not answer with a spreadsheet: what came is not"), (status(404), "404")):
        site.scripts[FILE] = [step]
        with pytest.raises(FetchError, match=said):
            fetch_home_office(out, page=f"{site.url}{PAGE}", client=client, refresh=True)
        assert out.read_bytes() == before
    empty = write_ods(tmp_path / "empty.ods", {"open_data": [NEW]}).read_bytes()
    site.files[FILE] = empty
    with pytest.raises(FetchError, match="no rows"):
        fetch_home_office(out, page=f"{site.url}{PAGE}", client=client, refresh=True)


def test_all_does_not_ask_for_it_and_the_default_is_a_page_of_gov_uk(site, tmp_path):
    result = CliRunner().invoke(app, ["fetch-reference", "--help"])
    assert '"all" is boundaries and census' in " ".join(result.output.split())
    assert HOME_OFFICE.startswith("https://www.gov.uk/government/statistics/")
