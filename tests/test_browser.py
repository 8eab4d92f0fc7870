"""Pages and notebooks as a person meets them: in a real Chromium, by mouse, by keyboard, in the dark, on paper.

Without Chromium on the machine these tests are skipped by name; where it is, nothing here is skipped.
"""

import contextlib
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
from test_index import put, put_all, put_nation, share

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
    put(tmp_path, force="kent", light="bad", cards=[share("positive", 0.2)])
    put(tmp_path, force="essex", light="good", cards=[share("positive", 0.3)])
    put(tmp_path, force="essex", light="good", months=("2018-01", "2018-12"), data={"rows": 99, "synthetic": False})
    put(tmp_path, force="surrey", failed="boom")
    put(tmp_path, force="sussex", light="good", cards=[share("positive", 0.1)])
    return write_index(tmp_path).as_uri()


@pytest.fixture(scope="module")
def nation(tmp_path_factory):
    """Two years of 42 forces, a few boroughs, and a failed run."""
    return _nation(tmp_path_factory.mktemp("nation"), 42)


def _nation(out, number):
    put_nation(out, [("2018-04", "2019-03"), ("2019-04", "2020-03")], number)
    for borough in ("Southwark", "Lewisham", "Hackney"):
        label = f"borough-{borough}"
        put_all(out, "metropolitan", light="none", label=label, parameters={"borough": borough})
    put(out, "search_grounds", force="greater-manchester", failed="boom")
    return write_index(out).as_uri()


def names(page):
    rows = page.locator("#reports tr[data-light]:visible")
    return [rows.nth(n).locator("th").inner_text() for n in range(rows.count())]


def accessibility(page):
    """What axe finds wrong, as texts that say where."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=AA).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def test_the_index_finds_by_words_status_months_and_failures(page, index):
    page.goto(index)
    assert names(page) == ["Essex Police", "Kent Police", "Surrey Police", "Sussex Police", "Essex Police"]
    page.get_by_label("Find").fill("essex 2019")
    assert names(page) == ["Essex Police"]
    assert page.locator("#shown").inner_text() == "1 of 5 shown"
    assert page.locator(".grp:visible").count() == 1  # no heading above nothing
    page.get_by_label("Find").fill("december 2018")
    assert names(page) == ["Essex Police"]
    page.get_by_label("Find").fill("nowhere")
    assert page.get_by_text("No report matches").is_visible()
    page.get_by_label("Find").fill("")
    page.locator("#light").select_option("Contradicts")
    assert names(page) == ["Kent Police"]
    page.locator("#light").select_option("any")
    page.locator("#months").select_option("January 2018 to December 2018")
    assert names(page) == ["Essex Police"]
    page.locator("#months").select_option("any")
    page.get_by_label("Last run").select_option("failed")
    assert names(page) == ["Surrey Police"]


def test_the_index_is_sorted_by_keyboard_and_says_how(page, index):
    page.goto(index)
    page.get_by_role("button", name="Force").focus()
    page.keyboard.press("Enter")
    assert names(page) == ["Sussex Police", "Surrey Police", "Kent Police", "Essex Police", "Essex Police"]
    assert page.get_by_role("columnheader", name="Force").get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Positive outcomes").click()
    # the highest first; what is not ranked, and what has no figure, last in either order
    assert names(page) == ["Essex Police", "Sussex Police", "Kent Police", "Surrey Police", "Essex Police"]
    assert page.get_by_role("columnheader", name="Force", exact=True).get_attribute("aria-sort") is None
    page.get_by_role("button", name="Positive outcomes").click()
    assert names(page) == ["Sussex Police", "Essex Police", "Surrey Police", "Kent Police", "Essex Police"]
    page.get_by_label("Order").select_option("Official statistics, worst first")
    assert names(page)[0] == "Kent Police"
    assert page.get_by_role("columnheader", name="Official statistics").get_attribute("aria-sort") == "ascending"


def test_the_index_without_scripts_still_shows_all_and_every_figure(browser, nation):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(nation)
        assert len(names(page)) == 2 * 42 + 3 + 1
        assert not page.get_by_label("Find").is_visible()
        picture = page.locator("#picture")
        assert picture.locator(".pan-black .rc").is_visible()
        picture.get_by_text("Ethnicity unknown", exact=True).click()
        assert not picture.locator(".pan-black .rc").is_visible()
        assert picture.locator(".pan-unknown .rc").is_visible()


def colour(page, force, property="fill"):
    """How an area of the first map is painted."""
    return page.locator(f"#picture use[href='#o-{force}']").evaluate(f"e => getComputedStyle(e).{property}")


def test_the_map_shows_the_figure_that_is_chosen(page, nation):
    page.goto(nation)
    forces = [link.get_attribute("href")[3:] for link in page.locator("#picture use").all()]
    high, low = "wiltshire", "bedfordshire"
    assert colour(page, high) == "rgb(12, 68, 112)"
    assert colour(page, low) == "rgb(219, 231, 239)"
    assert colour(page, "avon-and-somerset").startswith("url(")  # contradicted: hatched
    assert colour(page, "greater-manchester") == "none"  # no report
    assert len(forces) == 42  # the City of London is a square beside the map
    page.locator("#picture").get_by_text("Official statistics", exact=True).click()
    assert colour(page, high) == colour(page, low) == "rgb(169, 203, 224)"
    assert colour(page, "avon-and-somerset") == "rgb(165, 22, 29)"
    assert colour(page, high, "strokeWidth") == "0.8px"


def test_an_area_of_the_map_leads_to_its_reports_whatever_the_filter(page, nation):
    page.goto(nation)
    page.get_by_label("Find").fill("kent")
    assert len(names(page)) == 2
    page.locator("#picture use[href='#o-devon-and-cornwall']").click()
    assert page.url.endswith("#f-devon-and-cornwall")
    assert page.locator("#f-devon-and-cornwall").is_visible()
    assert len(names(page)) == 88


def test_the_keyboard_reaches_every_figure_force_and_report_once(page, nation):
    page.goto(nation)
    page.locator("#m1-black").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#picture .pan-asian .rc").is_visible()
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.id"))
        if stops[-1] == "find" or stops[-1] is None:
            break
    places = [stop for stop in stops if stop.startswith("#f-")]
    assert len(places) == len(set(places)) == 42
    links = page.locator("#reports tr[data-light] .rp a")
    assert links.evaluate_all("links => links.every(link => link.tabIndex === 0)")


@pytest.mark.parametrize("width", [360, 390, 800, 1040, 1280])
def test_the_index_never_scrolls_sideways(browser, nation, width):
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(nation)
        for label in page.locator("#picture .pick label").all():
            label.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        for folded in page.locator("details.more summary").all():
            folded.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_figure_of_the_index_is_accessible(browser, tmp_path, scheme, width):
    index = _nation(tmp_path, 8)
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(index)
        for folded in page.locator("details.more summary").all():
            folded.click()
        for key in ("black", "unknown", "official"):
            page.locator(f"label[for=m1-{key}]").click()
            assert accessibility(page) == []


def test_a_report_opens_from_the_index(page, reports):
    page.goto(write_index(reports).as_uri())
    page.get_by_role("link", name="Disparity").first.click()
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
        for name in REPORTS if scheme == "light" else ("disproportionality",):  # colours are of one style sheet
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
    charts = page.locator("figure [role=group], figure .maps [role=img]")
    assert charts.count() > 0
    assert all(charts.nth(n).get_attribute("aria-label") for n in range(charts.count()))
    assert page.locator("figure").count() == page.locator("figcaption").count()
    assert page.locator("caption").count() == page.locator("main table:not(.parameters table)").count()


def test_the_first_stop_of_the_keyboard_leads_past_the_contents(page, reports):
    page.goto(next(reports.glob("outcomes_*/report.html")).as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_url("**#report", timeout=10_000)  # a busy machine takes a moment


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
MOST = {"words": 3_500, "height": 9_200, "height of a phone": 14_500, "bytes": 150_000}  # of one force and year


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
    parts = 2 if name == "places" else forces  # a page on 32 boroughs is one on several, whatever the number of forces
    assert words <= parts * MOST["words"]
    assert height <= parts * MOST["height"]
    assert of_phone <= parts * MOST["height of a phone"]
    if forces == 1:
        assert path.stat().st_size <= parts * MOST["bytes"]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [360, 390, 768])
def test_a_report_fits_a_small_screen(browser, reports, name, width):
    assert measured(browser, next(reports.glob(f"{name}_*/report.html")), width)[2] <= width


CUT = """() => [...document.querySelectorAll("main .scroll")]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth).map(e => e.getAttribute("aria-label"))"""


@pytest.mark.parametrize("name", REPORTS)
def test_no_table_is_cut_on_an_ordinary_screen(browser, one_force, name):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(next(one_force.glob(f"{name}_*/report.html")).as_uri())
        assert page.evaluate(CUT) == []


# Of the tables that a phone cuts: the right end of the first column with intervals, and what is drawn at the edge.
CUT_ON_A_PHONE = """() => [...document.querySelectorAll("main .scroll")]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map(e => [
    e.getAttribute("aria-label"), getComputedStyle(e).backgroundImage,
    Math.min(...[...e.querySelectorAll("tbody tr")].map(r => [...r.children].find(c => c.querySelector("small")))
      .filter(c => c).map(c => c.getBoundingClientRect().right - e.getBoundingClientRect().left), 390)])"""


@pytest.mark.parametrize("name", ["places", "national"])
def test_a_table_that_a_phone_cuts_shows_that_it_goes_on_and_its_first_estimate(browser, one_force, reports, name):
    for pages in (one_force, reports):
        with browser.new_context(viewport={"width": 390, "height": 844}) as context:
            page = context.new_page()
            page.goto(next(pages.glob(f"{name}_*/report.html")).as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            for label, drawn, right in page.evaluate(CUT_ON_A_PHONE):
                assert drawn.count("gradient") == 2, label
                assert right <= 390, label


# Of each row of a table that a phone makes a card: how far apart the tops of cells lie that share a line of it, and
# whether a small interval is broken in two lines.
IN_A_CARD = """() => [...document.querySelectorAll('table.cardy tbody tr')].flatMap(row => {
  const cells = [...row.querySelectorAll('td')].map(cell => cell.getBoundingClientRect())
  const apart = cells.filter((cell, n) => n && cell.left > cells[n - 1].left).map((cell) => {
    const beside = cells.filter(other => other.top < cell.bottom && cell.top < other.bottom)
    return Math.max(...beside.map(other => Math.abs(other.top - cell.top)))
  })
  const broken = [...row.querySelectorAll('small')].map(one => one.getClientRects().length - 1)
  return [...apart, ...broken]
})"""


def test_the_cells_of_a_card_begin_at_one_height_and_no_interval_is_broken(browser, one_force):
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(next(one_force.glob("outcomes_*/report.html")).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found = page.evaluate(IN_A_CARD)
        assert len(found) > 50
        assert max(found) < 1, found


@pytest.mark.parametrize("name", REPORTS)
def test_the_answer_and_the_cards_are_on_the_first_screen(browser, one_force, name):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(next(one_force.glob(f"{name}_*/report.html")).as_uri())
        for part in (".answer", ".cards", "figure"):
            box = page.locator(part).first.bounding_box()
            below = 300 if name in ("places", "national") and part == "figure" else 0  # a map needs height
            assert box["y"] + box["height"] <= 900 + below, part
        assert name in ("places", "national") or page.locator(".trust").bounding_box()["y"] < 900


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
    """The server's address, once it answers: its file is written before its port listens."""
    for _ in range(480):
        assert server.poll() is None, log.read_text()
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):  # it does not listen yet; the file is half written
                found = json.loads(file.read_text())["url"]
                with urllib.request.urlopen(f"{found}api/status", timeout=60):
                    return found
        time.sleep(0.25)
    raise AssertionError(log.read_text())


# nbval runs all notebooks; this is of what JupyterLab itself does with one.
@pytest.mark.parametrize("path", [NOTEBOOKS[0], NOTEBOOKS[3], NOTEBOOKS[-1]], ids=lambda path: path.stem)
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
