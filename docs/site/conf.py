"""The site that `make docs` builds: the documents, the notebooks as committed, and the reference from the docstrings.

The folder that Sphinx reads is the repository, so that a link which works there works here too. Nothing is loaded
from outside: no font, no script, no picture; scripts/site_links.py looks at every built page for that.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

project = "sas_analysis"
author = "The sas_analysis developers"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
language = "en-GB"

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "site_parts"]
root_doc = "docs/site/index"
include_patterns = [
    "*.md",
    "docs/*.md",
    "docs/*/README.md",
    "docs/site/*.md",
    "docs/site/*.rst",
    "notebooks/**.ipynb",
    "data/*/README.md",
    "src/**/README.md",
]
exclude_patterns = [".*", "benchmarks", "build", "dist", "reports", "tests", "logs", "**.ipynb_checkpoints"]
nitpicky = True

# Markdown and notebooks. Cells are not run: what was committed is what `make test` compares with a fresh run.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
myst_heading_anchors = 4

# Docstrings. Types are words ("DataFrame", "list of str"), so signatures carry none, and they are no links.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": "object"}
numpydoc_show_class_members = False
default_role = "code"
add_module_names = False

html_theme = "furo"
html_title = f"sas_analysis {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = ["extra"]
html_copy_source = False
html_show_copyright = False
html_domain_indices = False
_LIGHT = {"color-brand-primary": "#0b5383", "color-brand-content": "#0b5383", "color-brand-visited": "#4a3f78"}
_DARK = {"color-brand-primary": "#86c5f0", "color-brand-content": "#86c5f0", "color-brand-visited": "#c3b1f5"}
html_theme_options = {"light_css_variables": _LIGHT, "dark_css_variables": _DARK}
