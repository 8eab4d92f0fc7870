"""Make docs/national-2020-21 again: the report `national` of one year of real records, its page, tables and a text.

    .venv/bin/python scripts/national_docs.py RAW [--from 2020-04] [--to 2021-03] [--out docs/national-2020-21]

RAW holds the publisher's files or their archive. The page is that of the report; links to files that are not kept
(pictures, the notebook) are taken out of it.
"""

import argparse
import re
import shutil
import tempfile
from pathlib import Path

import pandas as pd

import sas_analysis as sas
from sas_analysis.present import national_sentences as say
from sas_analysis.present import national_view as view
from sas_analysis.present.wording import span, worded
from sas_analysis.study.by_force import Forces

ROOT = Path(__file__).parents[1]
GROUP, REFERENCE = "Black", "White"
KEPT = re.compile(r"tables/[\w-]+\.csv")
_LINK = re.compile(
    r'<a (?:download )?href="((?:tables|figures)/[^"]+|report\.ipynb|run\.json|ro-crate[^"]+)">(.*?)</a>'
)
TEXT = """\
# Which forces’ records can be relied on? {when}

{absent}

{answer}

The page of the report is <a href="report.html">report.html</a> (download it and open it in a browser), and its tables
are in the folder `tables` beside it, such as [overview.csv](tables/overview.csv). This text is made of them by
[national_docs.py](../../scripts/national_docs.py).

## What the records can answer

{relied}

{counted}

{table}

In brackets: no headline; [reliance.csv](tables/reliance.csv) says why, or there are fewer than 20 searches. Ratios are
searches of {group} people per resident, relative to those of {reference} people of the same force, with the 95%
interval of these months; arrests are of searches whose outcome is known. *Searches* has those of unknown ethnicity too,
in months that the audit does not flag; *count beside the official one* is of known ethnicity. They are searches and not
people, and a disparity is not its cause.
Causes: what can account for a difference from the official count ([causes.csv](tables/causes.csv) has the arithmetic).

## Over the forces

{within}

{apart}

{difference}

## Make it again

```sh
.venv/bin/sas-analysis fetch --force all --from {start} --to {end} --archive 2021-11
.venv/bin/sas-analysis report national {forces} --from {start} --to {end}
```

The publisher revises its files; these are of the archive of November 2021, as far as it was at hand: the second command
names the forces that were, and the others may have published. `--force all` takes every force that the first command
fetched, and gives other figures over the forces together.

Sources: data.police.uk; Home Office (official counts); Office for National Statistics (residents, outlines). Contains
public sector information licensed under the Open Government Licence v3.0.
"""


def text_of(side: Forces) -> str:
    """The text beside the page, of the same tables."""
    study, group = side.study, {"group": GROUP}
    used = side.ratios[side.ratios["force"].isin(side.relied)]
    pooled = side.arrest_differences.frame
    said = {
        "absent": say.absent(side.absent, study=study),
        "answer": say.answer(side.reliance, side.within, study=study, reference=REFERENCE, **group),
        "relied": say.relied(side.reliance),
        "counted": say.counted(study.causes, study=study),
        "within": say.within(side.within, forces=len(side.compared.forces), **group),
        "apart": say.apart(used, side.shrunken, **group),
        "difference": say.difference(pooled, reference=REFERENCE, **group),
    }
    forces = " ".join(f"--force {force}" for force in study.forces)
    when = {"start": study.start, "end": study.end, "when": span(study.start, study.end)}
    names = {"group": GROUP, "reference": REFERENCE, "forces": forces, "table": _table(side)}
    return TEXT.format(**{name: worded(text) for name, text in said.items()}, **when, **names)


def _table(side: Forces) -> str:
    """One line a force, as the page shows it, with the cause."""
    shown = view.overview(side.overview(GROUP)).drop(columns=["interval", "note"])
    causes = view.causes(side.study.causes).set_index("Force")
    shown["Count beside the official one"] = shown["Force"].map(causes["Difference"])
    shown["Cause"] = shown["Force"].map(causes["Cause"])
    lines = [list(shown), ["---"] * len(shown.columns), *shown.fillna("–").to_numpy().tolist()]
    return "\n".join("| " + " | ".join(worded(str(cell)) for cell in line) + " |" for line in lines)


def page_of(html: str) -> str:
    """The page without its links to files that are not kept beside it."""
    return _LINK.sub(lambda found: found[0] if KEPT.fullmatch(found[1]) else "", html)


def main(raw: Path, start: str, end: str, out: Path) -> None:
    """Make the folder again."""
    with tempfile.TemporaryDirectory() as place:
        study = sas.open_study("all", start, end, raw=raw, processed=Path(place) / "processed")
        folder = study.report("national", out=Path(place) / "reports", parameters={"group": GROUP})
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(folder / "tables", out / "tables")
        (out / "report.html").write_text(page_of((folder / "report.html").read_text("utf-8")), "utf-8")
    side = sas.Comparison(study).by_force()
    (out / "README.md").write_text(text_of(side), "utf-8")
    sizes = pd.Series({path.name: path.stat().st_size for path in out.rglob("*") if path.is_file()})
    print(f"{out}: {len(sizes)} files, {sizes.sum():,} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--from", dest="start", default="2020-04")
    parser.add_argument("--to", dest="end", default="2021-03")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "national-2020-21")
    main(**vars(parser.parse_args()))
