"""Check a built site: every link leads to a page and its anchor, and nothing is loaded from outside.

    python scripts/site_links.py build/site

Links to other sites are not followed, for the site is built without a network: they must be whole addresses.
"""

import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html

# What a browser fetches by itself; what a reader may follow is `a href`.
_LOADED = re.compile(r"(?:url\(\s*|@import\s+)['\"]?((?:https?:)?//[^'\")\s]+)")
_FETCHES = re.compile(r"(?:fetch|import|importScripts|XMLHttpRequest)\s*\(\s*['\"`]((?:https?:)?//[^'\"`]+)")


def main(folder: str = "build/site") -> int:
    """Print every fault, and return 1 if there is one."""
    site = Path(folder).resolve()
    pages = sorted(site.rglob("*.html"))
    faults = [fault for page in pages for fault in page_faults(page, site)]
    faults += [
        fault for path in sorted([*site.rglob("*.css"), *site.rglob("*.js")]) for fault in file_faults(path, site)
    ]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(pages)} pages, {len(faults)} faults")
    return int(bool(faults) or not pages)


def page_faults(page: Path, site: Path) -> list[str]:
    """What is wrong with a page: links that lead nowhere, and what it would load from outside."""
    tree, name, faults = html.parse(page).getroot(), page.relative_to(site), []
    for element, attribute, link, _ in tree.iterlinks():
        parts = urlsplit(link)
        followed = (element.tag, attribute) == ("a", "href")
        if parts.scheme in ("http", "https") or parts.netloc:
            if not followed:
                faults.append(f"{name}: loads {link} from outside")
            elif not re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?", parts.netloc) or re.search(r"[\s<>\"]", link):
                faults.append(f"{name}: {link} is no whole address")
        elif parts.scheme not in ("data", "mailto") and lost(page, parts, site):
            faults.append(f"{name}: {link} leads nowhere")
    texts = [element.text or "" for element in tree.iter("style", "script")]
    faults += [f"{name}: loads {link} from outside" for text in texts for link in loaded(text)]
    return list(dict.fromkeys(faults))  # lxml finds most links of styles, and not all


def file_faults(path: Path, site: Path) -> list[str]:
    """What a style sheet or a script would load from outside."""
    text = path.read_text(encoding="utf-8")
    return [f"{path.relative_to(site)}: loads {link} from outside" for link in loaded(text)]


def loaded(text: str) -> list[str]:
    """Addresses outside that a style or a script loads."""
    return [*_LOADED.findall(text), *_FETCHES.findall(text)]


def lost(page: Path, parts, site: Path) -> bool:
    """Whether a link inside the site leads to no file of it, or to no anchor of that file."""
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_relative_to(site) or not target.is_file():
        return True
    return bool(parts.fragment) and target.suffix == ".html" and unquote(parts.fragment) not in anchors(target)


@cache
def anchors(page: Path) -> frozenset[str]:
    """All anchors of a page; an empty one is its top."""
    return frozenset(html.parse(page).getroot().xpath("//@id | //a/@name"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
