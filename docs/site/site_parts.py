"""What the site needs beyond Sphinx: the reference by section, links to folders, notebooks for reading."""

import importlib
import inspect
import json
import pkgutil
import re
import runpy
import shutil
from itertools import pairwise
from operator import attrgetter
from pathlib import Path

from docutils import nodes
from numpydoc.docscrape import NumpyDocString
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

import sas_analysis
from sas_analysis import measures
from sas_analysis.present import charts

ROOT = Path(__file__).parents[2]
# A page stands for a folder, which a site cannot show.
FOLDERS = {"notebooks": "docs/site/notebooks", "schedule": "docs/scheduling"}

SHOWN = {"text/html", "text/plain", "image/png", "image/svg+xml"}  # kinds of outputs; a report is made from another


def package_sections() -> dict[str, list[str]]:
    """Heading -> full names below it: those that `import sas_analysis` offers, in the sections of docs/api.md."""
    sections = runpy.run_path(str(ROOT / "scripts" / "api_page.py"))["SECTIONS"]
    names = {head: [name for name in names if name != "charts"] for head, names in sections.items()}
    figures = {_head(charts): [f"charts.{name}" for name in charts.__all__]}
    return {head: [f"sas_analysis.{name}" for name in names] for head, names in (names | figures).items()}


def measure_sections() -> dict[str, list[str]]:
    """First sentence of a folder of measures -> full names of what its `__all__` lists."""
    paths = [f"sas_analysis.measures.{found.name}" for found in pkgutil.iter_modules(measures.__path__)]
    modules = [importlib.import_module(path) for path in paths]
    listed = [module for module in modules if getattr(module, "__all__", None)]
    return {_head(module): [f"{module.__name__}.{name}" for name in module.__all__] for module in listed}


def _head(module) -> str:
    return f"{module.__name__.rpartition('.')[2]}: {inspect.getdoc(module).partition('.')[0]}"


class Sections(SphinxDirective):
    """`.. reference:: package` or `measures`: every public name, documented by its docstring."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """A section for every heading."""
        sections = package_sections() if self.arguments[0] == "package" else measure_sections()
        text = "\n".join(f"{head}\n{'-' * len(head)}\n\n{self._names(names)}" for head, names in sections.items())
        return self.parse_text_to_nodes(text, allow_section_headings=True)

    @staticmethod
    def _names(names: list[str]) -> str:
        return "\n\n".join(f".. {_kind(name)}:: {name}" for name in names) + "\n"


def _kind(name: str) -> str:
    thing = attrgetter(name.removeprefix("sas_analysis."))(sas_analysis)
    return "autoclass" if inspect.isclass(thing) else "autofunction"


def as_read(app, docname: str, source: list[str]) -> None:
    """Make a notebook one for reading: fold what JupyterLab folds, and leave out what only a report has."""
    if not docname.startswith("notebooks/"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["metadata"].get("jupyter", {}).get("source_hidden"):
            cell["metadata"].setdefault("tags", []).append("hide-input")
        for output in cell.get("outputs", []):
            if "data" in output:
                output["data"] = {kind: _shown("".join(data)) for kind, data in output["data"].items() if kind in SHOWN}
    source[0] = json.dumps(notebook)


def _shown(data: str) -> str:
    """An output without links to the files of a report, which stand beside its page and not beside the notebook."""
    return re.sub(r'<a\b[^>]*\bhref="(?:tables|figures)/[^"]*"[^>]*>.*?</a>', "", data, flags=re.DOTALL)


def folders(app, doctree: nodes.document) -> None:
    """Lead a link to a folder to the page that stands for it."""
    for link in doctree.findall(addnodes.pending_xref):
        if link["reftype"] == "myst" and link["reftarget"] in FOLDERS:
            link["refdomain"], link["reftarget"], link["reftargetid"] = "doc", FOLDERS[link["reftarget"]], None


def sources(app, what: str, name: str, thing, options, lines: list[str]) -> None:
    """Show the section "Source" of our docstrings, which numpydoc would leave out, as the one that it knows."""
    for number, (line, rule) in enumerate(pairwise(list(lines))):
        if line == "Source" and rule == "------":
            lines[number : number + 2] = ["References", "----------"]


def _copy_reports(app, exception) -> None:
    """Put reports that are documents beside their texts, with the tables that they link to."""
    for page in [] if exception else Path(app.srcdir).glob("docs/*/report.html"):
        shutil.copytree(page.parent, Path(app.outdir) / page.parent.relative_to(app.srcdir), dirs_exist_ok=True)


def setup(app) -> dict:
    """Called by Sphinx."""
    app.connect("build-finished", _copy_reports)
    assert sas_analysis.__path__[0].startswith(str(ROOT)), "the site describes the package of this folder"
    NumpyDocString.sections["Source"] = ""  # read without a warning; `sources` shows it
    app.add_directive("reference", Sections)
    app.connect("source-read", as_read)
    app.connect("doctree-read", folders)
    app.connect("autodoc-process-docstring", sources, priority=400)  # before numpydoc
    return {"parallel_read_safe": True, "parallel_write_safe": True}
