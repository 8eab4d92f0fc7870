"""Pages and notebooks as a person meets them: in a real Chromium, by mouse, by keyboard, in the dark, on paper.

Without Chromium on the machine these tests are skipped by name; where it is, nothing here is skipped.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from test_index import put

from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reports.many.index import write_index
from sas_analysis.reports.one.run import run_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
REPORTS = [path.stem.partition("_")[2] for path in NOTEBOOKS]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: chromium)")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser):
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Every report, made of the sample."""
    place = tmp_path_factory.mktemp("browser")
    write_sample(place / "raw", scale=0.2)
    folders = {"raw": place / "raw", "processed": place / "processed", "out": place / "reports"}
    for name in REPORTS:
        run_report(name, forces=["metropolitan", "essex"], start="2018-04", end="2019-03", **folders)
    return place / "reports"


@pytest.fixture
def index(tmp_path):
    put(tmp_path, force="kent", lights=["red"])
    put(tmp_path, force="essex", lights=["green"], finished="2026-11-23T04:05:06+00:00")
    put(tmp_path, "search_grounds", force="essex", data={"rows": 99, "synthetic": False})
    put(tmp_path, force="surrey", failed="boom")
    return write_index(tmp_path).as_uri()


def first_cells(page):
    rows = page.locator("#reports tbody tr:visible")
    return [rows.nth(n).locator("td").first.inner_text() for n in range(rows.count())]


def accessibility(page):
    """What axe finds wrong, as texts that say where."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=AA).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def test_the_index_finds_by_words_and_by_status(page, index):
    page.goto(index)
    assert len(first_cells(page)) == 4
    page.get_by_label("Find").fill("essex 2019")
    assert first_cells(page) == ["Essex Police", "Essex Police"]
    assert page.locator("#shown").inner_text() == "2 of 4 shown"
    page.get_by_label("Find").fill("nowhere")
    assert page.get_by_text("No report matches").is_visible()
    page.get_by_label("Find").fill("")
    page.get_by_label("Status").select_option("official statistics contradict")
    assert first_cells(page) == ["Kent Police"]
    page.get_by_label("Status").select_option("last run failed")
    assert first_cells(page) == ["Surrey Police"]


def test_the_index_is_sorted_by_keyboard_and_says_how(page, index):
    page.goto(index)
    page.get_by_role("button", name="Forces").focus()
    page.keyboard.press("Enter")
    assert first_cells(page) == ["Essex Police", "Essex Police", "Kent Police", "Surrey Police"]
    assert page.get_by_role("columnheader", name="Forces").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert first_cells(page)[0] == "Surrey Police"
    page.get_by_role("button", name="Records").click()
    assert first_cells(page)[0] == "Essex Police"  # 99 before 12,345: as numbers
    page.get_by_role("button", name="Status").click()
    assert first_cells(page)[0] == "Kent Police"  # the worst first
    assert page.get_by_role("columnheader", name="Forces").get_attribute("aria-sort") is None


def test_the_index_without_scripts_still_shows_all(browser, index):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(index)
        assert len(first_cells(page)) == 4
        assert not page.get_by_label("Find").is_visible()


def test_files_of_a_report_open_from_the_index(page, reports):
    page.goto(write_index(reports).as_uri())
    page.locator("summary").first.click()
    assert page.get_by_role("link", name="flow.csv").first.is_visible()
    page.get_by_role("link", name="Disproportionality").first.click()
    assert page.url.endswith("report.html")
    assert page.locator("h1").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", *REPORTS])
def test_pages_are_accessible(browser, reports, name, scheme):
    write_index(reports)
    path = reports / "index.html" if name == "index" else next(reports.glob(f"{name}_*/report.html"))
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        wrong = []
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None
        )
        page.goto(path.as_uri())
        assert accessibility(page) == []
        assert wrong == []
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(255, 255, 255)") == (scheme == "light")


def test_axe_sees_a_fault(page):
    """The check of the check: a picture without a description, and grey on white."""
    page.set_content(
        '<!DOCTYPE html><html lang="en"><title>t</title><body style="background:#fff"><main><h1>x</h1>'
        '<p style="color:#ccc">grey on white</p><p><img src="data:," width="9" height="9"></p></main></html>'
    )
    assert {text.partition(":")[0] for text in accessibility(page)} >= {"image-alt", "color-contrast"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_folded_is_accessible_too(browser, reports, scheme):
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        for name in REPORTS:
            page.goto(next(reports.glob(f"{name}_*/report.html")).as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            assert accessibility(page) == [], name


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_can_be_read_with_headings_and_described_figures(page, reports, name):
    page.goto(next(reports.glob(f"{name}_*/report.html")).as_uri())
    assert page.locator("h1").count() == 1
    contents = page.locator("#contents a")
    assert contents.count() > 3
    contents.nth(2).click()
    assert page.locator(page.url.partition("#")[2] and "#" + page.url.partition("#")[2]).is_visible()
    charts = page.locator("figure [role=group]")
    assert charts.count() > 0
    assert all(charts.nth(n).get_attribute("aria-label") for n in range(charts.count()))
    assert page.locator("figure").count() == page.locator("figcaption").count()
    assert page.locator("caption").count() == page.locator("main table:not(.parameters table)").count()


def test_the_first_stop_of_the_keyboard_leads_past_the_contents(page, reports):
    page.goto(next(reports.glob("outcomes_*/report.html")).as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#report")


def test_the_keyboard_alone_reaches_every_link_and_opens_every_fold(page, reports):
    page.goto(next(reports.glob("disproportionality_*/report.html")).as_uri())
    folds = page.locator("main details:not(.toc-m) > summary")
    reached = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            page.keyboard.press("Enter")
        reached.add(page.evaluate("[...document.querySelectorAll('a, summary')].indexOf(document.activeElement)"))
    assert page.locator("main details:not(.toc-m)[open]").count() == folds.count() > 10
    visible = page.evaluate(
        "[...document.querySelectorAll('a, summary')].map((one, n) => one.checkVisibility() ? n : -1).filter(n => n "
        ">= 0)"
    )
    assert set(visible) <= reached


# --- the size of pages ------------------------------------------------------------------------------------------------

WORDS = "(document.body.innerText.match(/\\S+/g) || []).length"
HEIGHT, WIDTH = "document.documentElement.scrollHeight", "document.documentElement.scrollWidth"
MOST = {"words": 3_500, "height": 9_000, "height of a phone": 14_000, "bytes": 150_000}  # of one force and year


@pytest.fixture(scope="module")
def one_force(tmp_path_factory):
    """Every report on one force and year of the sample, whole."""
    place = tmp_path_factory.mktemp("one")
    write_sample(place / "raw", forces=["metropolitan"])
    folders = {"raw": place / "raw", "processed": place / "processed", "out": place / "reports"}
    for name in REPORTS:
        run_report(name, forces=["metropolitan"], start="2018-04", end="2019-03", **folders)
    return place / "reports"


def measured(browser, path, width):
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        return page.evaluate(WORDS), page.evaluate(HEIGHT), page.evaluate(WIDTH)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("forces", [1, 2])
def test_a_page_is_short(browser, one_force, reports, name, forces):
    path = next((one_force if forces == 1 else reports).glob(f"{name}_*/report.html"))
    words, height, _ = measured(browser, path, 1280)
    of_phone = measured(browser, path, 390)[1]
    assert words <= forces * MOST["words"]
    assert height <= forces * MOST["height"]
    assert of_phone <= forces * MOST["height of a phone"]
    if forces == 1:
        assert path.stat().st_size <= MOST["bytes"]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [360, 390, 768])
def test_a_report_fits_a_small_screen(browser, reports, name, width):
    assert measured(browser, next(reports.glob(f"{name}_*/report.html")), width)[2] <= width


@pytest.mark.parametrize("name", REPORTS)
def test_the_answer_and_the_cards_are_on_the_first_screen(browser, one_force, name):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(next(one_force.glob(f"{name}_*/report.html")).as_uri())
        for part in (".answer", ".cards", "figure"):
            box = page.locator(part).first.bounding_box()
            assert box["y"] + box["height"] <= 900, part
        assert page.locator(".trust").bounding_box()["y"] < 900


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_prints_on_ten_pages_or_fewer(page, one_force, tmp_path, name):
    page.goto(next(one_force.glob(f"{name}_*/report.html")).as_uri())
    printed = page.pdf(path=tmp_path / "report.pdf", format="A4", print_background=True)
    assert printed.startswith(b"%PDF")
    assert 2 < len(re.findall(rb"/Type\s*/Page\b", printed)) <= 10


# --- JupyterLab ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the notebooks beside the sample, on a port of its own; its address."""
    place = tmp_path_factory.mktemp("lab")
    shutil.copytree(NOTEBOOKS[0].parent, place / "notebooks")
    write_sample(place / "data" / "raw" / "sample", scale=0.2)
    settings = place / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)  # all cells in the page, not only those in sight
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.port=0"]
    command += ["--IdentityProvider.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True"]
    command += [f"--LabApp.user_settings_dir={place / 'settings'}", f"--LabApp.workspaces_dir={place / 'workspaces'}"]
    command += [f"--ServerApp.root_dir={place}", "--LabApp.news_url=None", "--LabApp.check_for_updates_class="
                "jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    runtime = {"JUPYTER_RUNTIME_DIR": str(place / "runtime"), "JUPYTER_CONFIG_DIR": str(place / "config")}
    with (place / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=place, stdout=log, stderr=log, env=os.environ | runtime)
    try:
        yield _address(place / "runtime", server, place / "log")
    finally:
        server.kill()
        server.wait(30)


def _address(runtime: Path, server, log: Path) -> str:
    for _ in range(240):
        for file in runtime.glob("jpserver-*.json"):
            found = json.loads(file.read_text())["url"]
            with urllib.request.urlopen(f"{found}api/status") as answer:
                assert answer.status == 200
            return found
        assert server.poll() is None, log.read_text()
        time.sleep(0.25)
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_jupyterlab_runs_the_notebook_and_shows_its_parameters(browser, lab, path):
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        page = context.new_page()
        page.goto(f"{lab}lab/tree/notebooks/{path.name}?reset")
        cells = page.locator(".jp-Notebook .jp-CodeCell")
        cells.first.wait_for(timeout=60_000)
        parameters = page.locator(".jp-CodeCell", has_text="forces: list[str]").first
        parameters.wait_for(timeout=60_000)
        assert "# first month, YYYY-MM" not in parameters.inner_text()  # folded, and one click away
        _run_all(page)
        assert page.locator(".jp-OutputArea [data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count() == 0
        assert page.locator(".jp-Notebook .jp-OutputArea table").count() > 3
        from_top = "one => one.getBoundingClientRect().top - document.querySelector('.jp-Notebook .jp-Cell')" \
            ".getBoundingClientRect().top"  # fmt: skip
        assert page.locator(".jp-Notebook .jp-OutputArea .answer").evaluate(from_top) < 600
        for part in (".cards", ".trust"):
            assert page.locator(f".jp-Notebook .jp-OutputArea {part}").count() == 1
        parameters.locator(".jp-InputPlaceholder").click()
        assert "# first month, YYYY-MM" in parameters.inner_text()


def _run_all(page) -> None:
    """Run > Run All Cells, until every code cell in sight has its number; the first click can be lost at the start."""
    waiting = "() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')].filter(cell =>" \
        " !cell.querySelector('.jp-InputPlaceholder') && " \
        " !/\\[\\d+\\]/.test(cell.querySelector('.jp-InputPrompt').textContent)).length"  # fmt: skip
    last = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").last
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=90_000)
    for _ in range(5):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_timeout(1500)
        if last.inner_text().strip() != "[ ]:":
            break
    page.wait_for_function(f"({waiting})() === 0", timeout=120_000)
    page.wait_for_timeout(300)
