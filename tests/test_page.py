import base64
import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from sas_analysis.errors import RunError
from sas_analysis.present.blocks import MIME, is_numeric
from sas_analysis.reports.one import page as rendering

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
PROVENANCE = {
    "version": "0.1.0",
    "git": {"revision": "a" * 40, "dirty": True},
    "code_sha256": "c" * 64,
    "notebook": {"name": "03_outcomes.ipynb", "sha256": "d" * 64},
    "python": "3.12.1",
    "finished": "2026-03-04T05:06:07+00:00",
    "duration_s": 4.2,
    "data": {"synthetic": False, "sha256": "b" * 64, "rows": 12345, "files": [{}, {}]},
}
TABLE = """<style scoped>.dataframe tbody tr th {vertical-align: top;}</style>
<table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>searches</th><th>share</th><th>note</th></tr>
<tr><th>group</th><th></th><th></th><th></th></tr></thead>
<tbody><tr><th>Black</th><td>1,234</td><td>4.1% (3.9% to 4.3%)</td><td></td></tr>
<tr><th>Mixed</th><td>NaN</td><td>-0.5%</td><td>12 too few</td></tr></tbody></table>"""


def shown(kind="display_data", metadata=None, **data):
    data = {name.replace("_", "/", 1).replace("svg", "svg+xml"): value for name, value in data.items()}
    return new_output(kind, data=data, metadata=metadata or {})


def code(source="1", *outputs, tags=()):
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def render(*cells, synthetic=False, parameters=(), tables=()):
    data = PROVENANCE["data"] | {"synthetic": synthetic}
    return rendering.render(
        new_notebook(cells=list(cells)),
        title="Outcomes",
        subtitle="essex, 2018-04 to 2019-03",
        parameters=parameters,
        provenance=PROVENANCE | {"data": data},
        tables=tables,
    )


def page(*cells, **options):
    return BeautifulSoup(render(*cells, **options), "html.parser")


def test_nothing_is_loaded_from_outside():
    alt = {"image/png": {"alt": "Bars"}}
    whole = render(
        new_markdown_cell("# Title\n\nSee the [source](https://www.gov.uk/)."),
        code("1", shown(image_png=PNG, metadata=alt), shown(text_html=TABLE), shown(image_svg="<svg/>")),
        code("$x$", shown(text_latex="$x$")),
    )
    soup = BeautifulSoup(whole, "html.parser")
    assert soup.find("script") is None
    loaded = [tag.get("src") or tag.get("href") for tag in soup.find_all(["img", "script", "link", "iframe", "object"])]
    assert [value for value in loaded if value] == [image["src"] for image in soup.find_all("img")]
    assert all(image["src"].startswith("data:image/") for image in soup.find_all("img"))
    assert re.findall(r"https?://[^\"' <]+", whole) == ["https://www.gov.uk/"]  # a link, for its reader to follow
    assert not re.search(r"@import|url\((?!#)", whole)


@pytest.mark.parametrize(
    "output",
    [
        '<img src="https://example.org/a.png" alt="">',
        '<img src="figures/a.png" alt="">',
        '<iframe src="//example.org"></iframe>',
        '<script src="https://example.org/plotly.js"></script>',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        "<style>p {background: url(https://example.org/a.png)}</style>",
        "<style>@import 'https://example.org/a.css';</style>",
        '<p style="background: url(//example.org/a.png)">x</p>',
        '<img srcset="https://example.org/a.png 2x" alt="">',
        '<video poster="https://example.org/a.png"></video>',
        '<object data="a.svg"></object>',
    ],
)
def test_a_page_that_would_load_something_is_refused(output):
    with pytest.raises(RunError, match="the page would load 1 things from outside"):
        render(code("1", shown(text_html=output)))


def test_the_browser_is_told_to_load_nothing_and_to_run_no_script():
    soup = page(code("1", shown(text_html="<script>alert(1)</script>")))
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # scripts fall to the default


def test_head_says_language_title_and_width():
    soup = page(new_markdown_cell("# What came of searches?\n\nText."))
    assert soup.html["lang"] == "en-GB"
    assert soup.title.string == "Outcomes: essex, 2018-04 to 2019-03"
    assert soup.find("meta", attrs={"name": "viewport"})
    assert [tag.get_text() for tag in soup.find_all("h1")] == ["What came of searches?"]
    assert soup.header.find("p", class_="kick").get_text() == "essex, 2018-04 to 2019-03"
    assert soup.header.h1.find_previous("p")["class"] == ["kick"]
    assert page(new_markdown_cell("no heading")).h1.get_text() == "Outcomes"


def test_every_figure_has_a_description():
    soup = page(
        new_markdown_cell("## Which groups?"),
        code("1", shown(image_png=PNG, metadata={"image/png": {"alt": 'Bars: "Black" 9 > White 3', "width": 640}})),
        code("2", shown(image_png=PNG)),
        code("3", shown(image_svg="<svg/>", metadata={"image/svg+xml": {"alt": "A map"}})),
        new_markdown_cell("### Next\n\n![](data:image/png;base64,AA==)"),
    )
    images = soup.find_all("img")
    assert [image["alt"] for image in images] == [
        'Bars: "Black" 9 > White 3',
        "Figure 2 of the section Which groups?",
        "A map",
        "Figure 4 of the section Next",
    ]
    assert images[0]["width"] == "640"


def test_contents_lead_to_every_section():
    soup = page(
        new_markdown_cell("# Report\n\n## How many?\n\n### By month\n\n## How many?"),
        code("1", shown(text_markdown="## From a cell")),
    )
    entries = [(a.get_text(), a["href"]) for a in soup.nav.find_all("a")]
    assert entries == [
        ("How many?", "#how-many"),
        ("How many?", "#how-many-2"),
        ("From a cell", "#from-a-cell"),
        ("Method and files", "#method-and-files"),
    ]
    assert all(len(soup.find_all(id=target[1:])) == 1 for _, target in entries)
    assert soup.main.h3["id"] == "by-month"
    narrow = [a["href"] for a in soup.find("details", class_="toc-m").find_all("a")]
    assert narrow == [target for _, target in entries]


def test_the_code_stays_in_the_notebook():
    soup = page(new_markdown_cell("## A"), code("secret = 1", shown(text_plain="2")))
    assert "secret" not in soup.get_text()
    assert soup.find("a", href="report.ipynb")


def block(kind, **content):
    data = {MIME: {"kind": kind} | content, "text/html": "<p>of JupyterLab</p>", "text/plain": "plain"}
    return new_output("display_data", data=data)


CARD = {"what": "Arrest", "text": "2.5 times", "interval": "from 1.9 to 2.3", "base": "9 searches", "mark": ""}
TABLE_BLOCK = {
    **{"number": "Table 1", "title": "A <b> title", "sub": "Small: interval.", "mark": "", "months": "", "fold": ""},
    **{"columns": [["Group", False], ["Ratio", True]], "notes": ["a  Few.", "More."], "grid": False},
    **{"rows": [[["Black", "", ""], ["2.5", "1.9 to 3.1", "a"]]], "downloads": [["Table (CSV)", "tables/flow.csv"]]},
}
LIGHT = {"id": "official", "light": "good", "words": "Agrees", "fact": "9 of 9."}


def test_blocks_are_placed_in_the_order_of_a_reader():
    soup = page(
        new_markdown_cell("# What happened?"),
        code(
            "1", block("answer", text="**Half** did.", kick="Essex Police", source="Source: here."), tags=["headline"]
        ),
        code("2", block("cards", cards=[CARD], said="From."), block("trust", lights=[LIGHT]), tags=["headline"]),
        new_markdown_cell("## How many?"),
        code("3", block("table", **TABLE_BLOCK)),
        new_markdown_cell("Counted so.", metadata={"tags": ["method"]}),
        new_markdown_cell("## How far?\n\n### Official statistics", metadata={"tags": ["trust"]}),
        code("4", block("table", **TABLE_BLOCK | {"fold": "The evidence"}), tags=["trust"]),
        new_markdown_cell("### What was left out", metadata={"tags": ["appendix"]}),
        code("5", shown(text_markdown="Nothing."), tags=["appendix"]),
    )
    assert "of JupyterLab" not in soup.get_text()
    assert [tag.get_text() for tag in soup.header.find_all(True, recursive=False)] == [
        "Essex Police", "What happened?", "Half did.",
    ]  # fmt: skip
    assert soup.header.find("b").get_text() == "Half"
    first = soup.header.find_next_sibling()
    assert (first["class"], first.find_next_sibling("ul")["class"]) == (["cards"], ["trust"])
    assert soup.find("ul", class_="trust").a["href"] == "#official-statistics"
    sections = soup.main.find_all("section", recursive=False)
    assert [section.get("id") for section in sections] == [None, "trust", "appendix"]
    assert sections[0].details.summary.get_text() == "How this was counted"
    assert sections[0].details.get_text(" ", strip=True).endswith("Counted so.")
    assert sections[1].details.summary.get_text() == "The evidence"
    left_out = sections[2].details
    assert (left_out.summary.get_text(), left_out.p.get_text()) == ("What was left out", "Nothing.")
    assert soup.footer.get_text(strip=True) == "Source: here."


def test_a_table_of_ours_is_whole_and_offers_only_files_that_are_there():
    table = page(code("1", block("table", **TABLE_BLOCK))).main.find("table", class_="cardy")
    assert table.find("span", class_="get") is None
    assert "A <b> title" in table.caption.get_text()
    cell = table.tbody.td
    assert (cell["data-l"], cell.sup.get_text(), cell.small.get_text()) == ("Ratio", "a", "1.9 to 3.1")
    assert [item.get_text(" ", strip=True) for item in table.find_next("ul").find_all("li")] == ["a Few.", "More."]
    link = page(code("1", block("table", **TABLE_BLOCK)), tables=["flow.csv"]).main.table.a
    assert link["href"] == "tables/flow.csv"


def test_a_table_without_a_row_is_one_line():
    soup = page(code("1", block("table", **TABLE_BLOCK | {"rows": [], "nothing": "cannot be given: no search"})))
    assert soup.find("table", class_="cardy") is None
    assert soup.find("p", class_="none").get_text().endswith(": cannot be given: no search.")


def test_a_figure_without_rows_keeps_its_picture():
    figure = {**TABLE_BLOCK, "number": "Figure 1", "html": "", "key": []}
    output = block("figure", **figure)
    output.data["image/png"] = PNG
    output.metadata["image/png"] = {"alt": "A funnel"}
    soup = page(code("1", output))
    assert [image["alt"] for image in soup.find_all("img")] == ["A funnel"]
    assert soup.figure.find("figcaption").get_text().startswith("Figure 1")


def test_warnings_stay_in_the_notebook():
    soup = page(
        code(
            "1", new_output("stream", name="stderr", text="a warning"), new_output("stream", name="stdout", text="said")
        )
    )
    assert "a warning" not in soup.get_text()
    assert "said" in soup.main.pre.get_text()


def test_parameters_are_a_table_and_not_code():
    asked = [{"name": "alpha", "value": "0.1", "help": "one minus <level>"}]
    soup = page(
        new_markdown_cell("# Title"),
        code("alpha: float = 0.05  # default", tags=["parameters"]),
        code('alpha = 0.1\nraw = "/home/someone/raw"', tags=["injected-parameters"]),
        parameters=asked,
    )
    cells = [cell.get_text() for cell in soup.find("details", class_="parameters").find_all(["td", "th"])]
    assert cells == ["Parameter", "Value", "Meaning", "alpha", "0.1", "one minus <level>"]
    assert "someone" not in str(soup)
    assert "default" not in soup.main.get_text()


def test_synthetic_records_are_announced():
    said = "SYNTHETIC: made from simulated records; no statement about any real force"
    banner = page(synthetic=True).find(class_="banner")
    assert banner.get_text() == said
    assert banner.find_previous("h1") is None  # before all else
    assert "SYNTHETIC" not in page(synthetic=False).get_text()


def test_the_footer_says_what_it_was_made_from():
    footer = page(tables=["flow.csv", "a b.csv"]).find(id="appendix")
    text = footer.get_text(" ", strip=True)
    hashes = ["a" * 40, "b" * 64, "c" * 64, "d" * 64]
    for said in ("4 March 2026, 05:06 UTC", "0.1.0", "2 files, 12,345 records", "with changes", *hashes):
        assert said in text
    assert "sas-analysis verify RUN_DIR --raw RAW" in text
    links = [a["href"] for a in footer.find_all("a")]
    assert "Cite this report" in text
    assert f"12,345 records, SHA-256 {'b' * 64}." in text
    assert links == ["report.ipynb", "run.json", "ro-crate-metadata.json", "tables/flow.csv", "tables/a%20b.csv"]


def test_tables_are_aligned_and_can_be_heard():
    soup = page(code("1", shown(text_html=TABLE)))
    table = soup.main.table
    head = table.thead.find_all("tr")
    assert [[cell.get_text() for cell in row.find_all("th")] for row in head] == [
        ["group", "searches", "share", "note"]
    ]
    assert [cell.get("class") for cell in head[0].find_all("th")] == [None, ["num"], ["num"], None]
    body = [[cell.get("class") for cell in row.find_all("td")] for row in table.tbody.find_all("tr")]
    assert body == [[["num"], ["num"], None]] * 2
    assert {cell["scope"] for cell in table.thead.find_all("th")} == {"col"}
    assert {cell["scope"] for cell in table.tbody.find_all("th")} == {"row"}
    assert table.parent["class"] == ["scroll"]
    assert table.parent["tabindex"] == "0"
    assert not table.get("border")
    assert "vertical-align: top;}" not in soup.main.decode()


@pytest.mark.parametrize(
    ("texts", "number"),
    [
        (["1,234", "-0.5", "−3.2%", "£5", "<5", "12.5 %"], True),
        (["1.2 (0.9 to 1.6)", "0.9 to 1.6", "5 (1.2%)", "", "NaN", "–"], True),
        (["2018-04"], False),
        (["12 months"], False),
        (["A3"], False),
        (["10-17"], False),
        (["1", "not estimable"], False),
        (["", "–"], False),
    ],
)
def test_what_is_a_column_of_numbers(texts, number):
    assert is_numeric(texts) is number


def test_more_rows_of_a_header_are_left_as_they_are():
    table = (
        "<table><thead><tr><th></th><th colspan=2>2018</th></tr><tr><th>group</th><th>n</th><th>rate</th></tr></thead>"
        "<tbody><tr><th>Black</th><td>1</td><td>2.5</td></tr></tbody></table>"
    )
    head = page(code("1", shown(text_html=table))).main.thead
    assert [len(row.find_all("th")) for row in head.find_all("tr")] == [2, 3]
    assert [cell.get("class") for cell in head.find_all("tr")[1].find_all("th")] == [None, ["num"], ["num"]]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


STYLE = (rendering._TEMPLATE / "style.css").read_text(encoding="utf-8")


def schemes():
    """The colours of a page by name: in the light, in the dark and on paper."""
    blocks = [
        dict(re.findall(r"--([\w-]+):\s*(#\w{3,6})\b", block)) for block in re.findall(r":root\{(.*?)\}", STYLE, re.S)
    ]
    light, dark, printed = (
        {
            name: colour if len(colour) == 7 else f"#{''.join(2 * digit for digit in colour[1:])}"
            for name, colour in block.items()
        }
        for block in [one for one in blocks if "paper" in one]
    )
    return {"light": light, "dark": light | dark, "print of a dark page": light | dark | printed}


def drawn(mark, property_, scheme):
    """The colour that the style sheet gives a mark: `drawn("ci0", "stroke", scheme)`."""
    rules = re.findall(rf"svg \.{mark}\{{([^}}]*)\}}", STYLE)
    (name,) = {found for rule in rules for found in re.findall(rf"(?:^|;){property_}:var\(--([\w-]+)\)", rule)}
    return scheme[name]


def blended(colour, ground, opacity):
    parts = [[int(one[i : i + 2], 16) for i in (1, 3, 5)] for one in (colour, ground)]
    return "#" + "".join(f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in zip(*parts, strict=True))


@pytest.mark.parametrize("name", schemes())
def test_every_mark_stands_out_from_the_page_and_from_the_band_below_it(name):
    scheme = schemes()[name]
    lines = {mark: drawn(mark, "stroke", scheme) for mark in ("ci", "ci0", "hoci", "ho", "ln", "bd", "alt", "one")}
    filled = {mark: drawn(mark, "fill", scheme) for mark in ("pt", "br")}
    outlined = {mark: drawn(mark, "stroke", scheme) for mark in ("br0", "br2", "sf", "su")}
    on_paper = {mark: contrast(own, scheme["paper"]) for mark, own in (lines | filled | outlined).items()}
    assert {mark: found for mark, found in on_paper.items() if found < 3} == {}
    band = drawn("bd", "fill", scheme)
    on_band = {mark: contrast((lines | filled)[mark], band) for mark in ("ci", "ci0", "hoci", "pt", "ho", "one")}
    assert {mark: found for mark, found in on_band.items() if found < 3} == {}


@pytest.mark.parametrize("classes", ["s", "t"], ids=["steps of a map", "parts of a bar"])
@pytest.mark.parametrize("name", schemes())
def test_neighbouring_classes_can_be_told_apart_and_from_the_page(name, classes):
    scheme = schemes()[name]
    steps = [drawn(f"{classes}{n}", "fill", scheme) for n in range(1, 6)]
    assert min(contrast(one, other) for one, other in pairwise(steps)) >= 1.4
    assert min(contrast(step, scheme["paper"]) for step in steps) >= 3
    if classes == "s":  # a pale area has its step as an outline, and half its colour
        (opacity,) = re.findall(r"\.pale\{fill-opacity:([.\d]+)", STYLE)
        pale = [blended(step, scheme["paper"], float(opacity)) for step in steps]
        assert min(contrast(one, other) for one, other in pairwise(pale)) >= 1.15
        assert min(contrast(one, other) for one, other in zip(pale, steps, strict=True)) >= 1.4
        outlines = [re.search(rf"\.s{n}\.pale\{{stroke:var\(--(\w+)\)", STYLE) for n in range(1, 6)]
        assert [scheme[found[1]] for found in outlines if found] == steps


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    light, dark, printed = schemes().values()
    inks = ["ink", "muted", "link", "good", "warn", "bad", "none", "band-ink"]
    marks = ["data", "edge", "rule2", "focus"]
    for scheme in (light, dark, printed):
        assert set(scheme) >= {*inks, *marks, "paper", "panel", "banner", "banner-ink"}
        assert min(contrast(scheme[ink], scheme[ground]) for ink in inks for ground in ("paper", "panel")) >= 4.5
        assert contrast(scheme["banner"], scheme["banner-ink"]) >= 4.5
        assert min(contrast(scheme[mark], scheme["paper"]) for mark in marks) >= 3
    assert dark["paper"] != light["paper"]
