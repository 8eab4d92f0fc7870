"""The site: every document is on it, every link leads somewhere, nothing comes from outside, no warning is given.

The build needs Sphinx, which `make docs-setup` installs beside the environment; without it the tests of the built site
are skipped by name.
"""

import fnmatch
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from test_browser import CHROMIUM, FLAGS

import sas_analysis

ROOT = Path(__file__).parents[1]
PLACES = [Path(sys.prefix + "-docs"), ROOT / ".venv-docs"]
SPHINX = next((place / "bin" / "python" for place in PLACES if (place / "ready").exists()), None)
PICTURE = ROOT / "docs" / "figure.png"
LINKS = runpy.run_path(str(ROOT / "scripts" / "site_links.py"))
needs_sphinx = pytest.mark.skipif(SPHINX is None, reason="no Sphinx beside this environment (make docs-setup)")

# What is on it


def documents():
    """What a reader may look for: documents, notebooks, the descriptions of folders."""
    found = subprocess.run(["git", "ls-files", "*.md", "*.ipynb"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in found.stdout.splitlines() if not name.startswith(("docs/site/", "tests/", "benchmarks/"))]


def listed():
    """Paths, without their ending, that the tables of contents of the site name; some are patterns."""
    trees = []
    for page in (ROOT / "docs/site").glob("*.md"):
        for body in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            lines = [line for line in body.splitlines() if line and not line.startswith(":")]
            names = [line.rpartition("<")[2].rstrip(">") for line in lines]  # some with a title before
            trees += [(page.parent / name).resolve().relative_to(ROOT).as_posix() for name in names]
    return trees


def test_every_document_is_in_a_table_of_contents_once():
    entries = listed()
    assert len(documents()) >= 20
    counts = {name: sum(matches(name, entry) for entry in entries) for name in documents()}
    assert {name: count for name, count in counts.items() if count != 1} == {}


def matches(name, entry):
    """Whether an entry names a document; a star stands for no folder."""
    stem = Path(name).with_suffix("")
    return stem.parent.as_posix() == str(Path(entry).parent) and fnmatch.fnmatch(stem.name, Path(entry).name)


def test_every_entry_leads_to_a_document():
    pages = [*documents(), *(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/site").glob("*.*"))]
    assert [entry for entry in listed() if not any(matches(name, entry) for name in pages)] == []


def test_the_picture_of_a_report_is_small():
    assert PICTURE.stat().st_size < 150_000
    assert f"]({PICTURE.relative_to(ROOT)})" in (ROOT / "README.md").read_text(encoding="utf-8")


# The check of its links

GOOD = '<html><body id="top"><a href="b.html#there">b</a><a href="#top">up</a><img src="data:image/png;base64,AA==">'


@pytest.fixture
def site(tmp_path):
    (tmp_path / "b.html").write_text('<html><body><h1 id="there">b</h1>')

    def check(body, name="a.html"):
        (tmp_path / name).write_text(body)
        return LINKS["page_faults"](tmp_path / name, tmp_path)

    return check


def test_links_that_lead_somewhere_are_no_fault(site):
    assert site(GOOD + '<a href="https://www.gov.uk/a?b=c">out</a><a href="mailto:a@b.org">write</a>') == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="c.html">', "c.html leads nowhere"),
        ('<a href="b.html#here">', "b.html#here leads nowhere"),
        ('<a href="#bottom">', "#bottom leads nowhere"),
        ('<a href="../outside.html">', "../outside.html leads nowhere"),
        ('<img src="c.png">', "c.png leads nowhere"),
        ('<a href="https://gov uk/">', "is no whole address"),
        ('<a href="https:///path">', "is no whole address"),
        ('<script src="https://cdn.example.org/a.js"></script>', "loads https://cdn.example.org/a.js from outside"),
        ('<link rel="stylesheet" href="//fonts.example.org/a.css">', "loads //fonts.example.org/a.css from outside"),
        ('<img src="https://example.org/a.png">', "loads https://example.org/a.png from outside"),
        ("<style>@import 'https://example.org/a.css'</style>", "loads https://example.org/a.css from outside"),
        ('<p style="background:url(https://example.org/a.png)">', "loads https://example.org/a.png from outside"),
        ('<script>fetch("https://example.org/a.json")</script>', "loads https://example.org/a.json from outside"),
    ],
)
def test_every_kind_of_fault_is_found(site, body, fault):
    (found,) = site("<html><body>" + body)
    assert found.endswith(fault)


def test_a_style_sheet_that_loads_a_font_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@font-face { src: url('https://fonts.example.org/a.woff2') }")
    assert LINKS["file_faults"](tmp_path / "a.css", tmp_path) == [
        "a.css: loads https://fonts.example.org/a.woff2 from outside"
    ]


def test_a_site_with_a_fault_or_without_a_page_is_refused(tmp_path, capsys):
    assert LINKS["main"](str(tmp_path)) == 1
    (tmp_path / "a.html").write_text(GOOD)
    assert LINKS["main"](str(tmp_path)) == 1
    (tmp_path / "b.html").write_text('<html><body><h1 id="there">b</h1>')
    assert LINKS["main"](str(tmp_path)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 pages, 0 faults"


# The built site


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site, built as `make docs` does it, every warning an error."""
    place = tmp_path_factory.mktemp("site")
    command = [SPHINX, "-m", "sphinx", "-b", "html", "-qEnW", "--keep-going", "-c", "docs/site"]
    run = subprocess.run(
        [*command, "-d", place / "doctrees", ".", place / "site"], cwd=ROOT, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    return place / "site"


def anchors(page):
    return LINKS["anchors"](page)


@needs_sphinx
def test_every_link_of_the_built_site_leads_somewhere(built, capsys):
    assert LINKS["main"](str(built)) == 0, capsys.readouterr().out


@needs_sphinx
def test_the_built_site_has_every_document(built):
    pages = {path.relative_to(built).with_suffix("").as_posix() for path in built.rglob("*.html")}
    assert {Path(name).with_suffix("").as_posix() for name in documents()} | {"index"} <= pages


@needs_sphinx
def test_every_public_name_is_documented(built):
    package, measures = (anchors(built / f"docs/site/{page}.html") for page in ("package", "measures"))
    assert {f"sas_analysis.{name}" for name in sas_analysis.__all__ if name != "charts"} <= package
    assert {f"sas_analysis.charts.{name}" for name in sas_analysis.charts.__all__} <= package
    assert {"sas_analysis.Study.ratio", "sas_analysis.Comparison.headline", "sas_analysis.Estimates.plot"} <= package
    lists = {path.parent.name: listed_by(path) for path in (ROOT / "src/sas_analysis/measures").glob("*/__init__.py")}
    wanted = {f"sas_analysis.measures.{folder}.{name}" for folder, names in lists.items() for name in names}
    assert len(wanted) > 40
    assert wanted <= measures


def listed_by(path):
    """The names that `__all__` of a module lists; none without it."""
    listed = re.search(r"^__all__ = \[(.*?)\]", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return re.findall(r'"(\w+)"', listed[1]) if listed else []


@needs_sphinx
def test_sources_of_methods_are_shown(built):
    """numpydoc leaves out a section that it does not know."""
    page = (built / "docs/site/package.html").read_text(encoding="utf-8")
    assert "exact limits: Garwood 1936" in page


@needs_sphinx
def test_notebooks_are_shown_as_committed(built):
    page = (built / "notebooks/04_disproportionality.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page
    assert "hide_input" in page or "hide-input" in page  # what JupyterLab folds


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: chromium)")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@needs_sphinx
def test_no_page_is_wider_than_a_phone_or_asks_anybody(built, browser):
    asked, wide = [], {}
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for path in sorted(set(built.rglob("*.html")) - {built / "index.html"}):  # which only leads to another
            page.goto(path.as_uri())
            wide[path.name] = page.evaluate("document.documentElement.scrollWidth")
    assert {name: width for name, width in wide.items() if width > 360} == {}
    assert len(asked) > len(wide)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@needs_sphinx
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["docs/site/index", "docs/summary", "notebooks/03_outcomes"])
def test_text_stands_out_from_its_ground(built, browser, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto((built / f"{name}.html").as_uri())
        faults = Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    assert [node["html"][:120] for fault in faults for node in fault["nodes"]] == []
