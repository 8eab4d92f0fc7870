"""Renew docs/figure.png, the first screen of a report on the synthetic sample: `python scripts/screenshot.py`.

It makes the report with the package of this folder and photographs it in the Chromium of this machine. Look at the
picture before committing it: a test can tell that it is small enough, not that it is right.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reports.one.run import run_report

PICTURE = Path(__file__).parents[1] / "docs" / "figure.png"
SIZE = {"width": 1120, "height": 850}
BELOW = 15  # pixels shown below the line on how far the numbers can be trusted, where the first screen ends
COLOURS = 256
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main(name: str = "disproportionality") -> int:
    """Make the report and write the picture of it."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("no Chromium on this machine: install it (Debian: chromium)", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_sample(place / "raw")
        folders = {"raw": place / "raw", "processed": place / "processed", "out": place / "reports"}
        run_report(name, forces=["metropolitan"], start="2018-04", end="2019-03", **folders)
        (page,) = (place / "reports").glob("*/report.html")
        PICTURE.write_bytes(small(photograph(page, chromium)))
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")
    return 0


def photograph(page: Path, chromium: str) -> bytes:
    """The first screen of a page, as PNG, in the light scheme."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        opened = browser.new_page(viewport=SIZE, color_scheme="light")
        opened.goto(page.as_uri())
        end = opened.locator(".trust").first.bounding_box()
        clip = {"x": 0, "y": 0, "width": SIZE["width"], "height": end["y"] + end["height"] + BELOW}
        picture = opened.screenshot(clip=clip, full_page=True)
        browser.close()
    return picture


def small(picture: bytes) -> bytes:
    """The same picture in fewer colours, which text and lines do not miss."""
    written = io.BytesIO()
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    whole.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(written, "png", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
