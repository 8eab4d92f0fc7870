"""Recount the reports of a batch from the publisher's archive, with pandas and the standard library alone.

    python benchmarks/validate/recount_reports.py ARCHIVE.zip OUT [--sentences 20 --seed 1]

Nothing of the package is imported: what a label means and which findings speak against which table is written here a
second time. For every force and period in OUT, from the rows of the archive: searches, five groups, objects, outcomes
and powers of the months that count; the months by the findings that the data-quality report lists. Tables that differ
are printed, and the exit code is 1. With --sentences, so many sentences with a number are drawn from the pages, as CSV;
those that several pages share are not.
"""

import argparse
import csv
import random
import re
import sys
import zipfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

ETHNICITY, OBJECT, OUTCOME = "Self-defined ethnicity", "Object of search", "Outcome"
NOTHING = ("A no further action disposal", "Nothing found - no further action")
ARREST = ("Arrest", "Suspect arrested")
# Tables and the fields whose findings speak against a month of theirs.
OF_OUTCOMES = {"outcome", "arrest"}
RESTS_ON = {
    ("search_grounds", "grounds"): {"object_of_search"},
    ("search_grounds", "powers"): {"legislation"},
    ("outcomes", "outcomes"): OF_OUTCOMES,
    ("outcomes", "arrest_rate"): OF_OUTCOMES,
    ("outcomes", "positive_outcome_rate"): OF_OUTCOMES,
    ("outcomes", "outcome_bounds"): set(),
    ("outcomes", "positive_outcome_by_ethnicity"): {*OF_OUTCOMES, "self_defined_ethnicity"},
    ("disproportionality", "ethnicity"): {"self_defined_ethnicity"},
    ("disproportionality", "ratios"): {"self_defined_ethnicity"},
    ("data_quality", "ethnicity"): None,  # of all published months
}


def group(label):
    """One of five groups, or Unknown, by the words of a label."""
    if not label or "not stated" in label.lower():
        return "Unknown"
    return "Other" if label.startswith("Other ethnic group") else re.split("[ /]", label)[0]


def power(law):
    """Section 60, reasonable grounds or neither, by the words of the legislation."""
    if not law:
        return "Not recorded"
    if "Public Order Act 1994 (section 60)" in law:
        return "Section 60"
    return "Other" if law.startswith(("Police and Criminal Evidence Act 1984 (section 6)", "Terrorism")) else "Grounds"


def read(archive, force, start, end):
    """Searches of persons of a force, a column `month` with them."""
    tables = []
    with zipfile.ZipFile(archive) as held:
        for name in sorted(held.namelist()):
            month = name.rpartition("/")[2][:7]
            if name.endswith(f"{month}-{force}-stop-and-search.csv") and start <= month <= end:
                with held.open(name) as file:
                    tables.append(pd.read_csv(file, dtype=str, keep_default_na=False).assign(month=month))
    rows = pd.concat([table for table in tables if len(table)], ignore_index=True)
    return rows[rows["Type"] != "Vehicle search"], set(rows["month"])


def months_lost(findings, fields):
    """Months that a finding leaves out, or whose fields may not be used."""
    out = findings["action"].eq("exclude") | (findings["action"].eq("field") & findings["field"].isin(fields or ()))
    return set() if fields is None else set(findings.loc[out, "month"])


def expected(name, rows):
    """{label: (numerator, denominator)} of a table, counted from rows; None stands for a label that is not checked."""
    known, n = rows[OUTCOME] != "", len(rows)
    positive = known & ~rows[OUTCOME].isin(NOTHING)
    arrest = rows[OUTCOME].isin(ARREST)
    groups = rows[ETHNICITY].map(group)
    if name == "grounds":
        return {label or "Not recorded": (count, n) for label, count in rows[OBJECT].value_counts().items()}
    if name == "powers":
        found = rows["Legislation"].map(power).value_counts()
        return {label: (int(found.get(label, 0)), n) for label in ("Section 60", "Not recorded")}
    if name == "outcomes":
        return {"A no further action disposal": (int(rows[OUTCOME].isin(NOTHING).sum()), n),
                "Arrest": (int(arrest.sum()), n), "Not recorded": (int((~known).sum()), n)}  # fmt: skip
    if name == "arrest_rate":
        return {"arrest_rate": (int(arrest.sum()), int(known.sum()))}
    if name == "positive_outcome_rate":
        return {"positive_outcome_rate": (int(positive.sum()), int(known.sum()))}
    if name == "outcome_bounds":
        unknown, nothing = int((~known).sum()), int(rows[OUTCOME].isin(NOTHING).sum())
        lowest = {"arrest": int(arrest.sum()), "no_further_action": nothing}
        highest = {f"{outcome}_highest": (hits + unknown, n) for outcome, hits in lowest.items()}
        return {f"{outcome}_lowest": (hits, n) for outcome, hits in lowest.items()} | highest
    if name == "positive_outcome_by_ethnicity":
        return {
            g: (int((positive & groups.eq(g)).sum()), int((known & groups.eq(g)).sum()))
            for g in ("White", "Black", "Asian", "Mixed", "Other", "Unknown")
        }
    found = groups.value_counts()
    denominator = n if name == "ethnicity" else None
    return {g: (int(found.get(g, 0)), denominator) for g in ("White", "Black", "Asian", "Mixed", "Other")}


def check(folder, archive, findings):
    """(checked, faults) of the tables of one report."""
    report, force, start, end = re.fullmatch(r"(.+?)_([a-z-]+)_(\d{4}-\d\d)_(\d{4}-\d\d)", folder.name).groups()
    rows, months = read(archive, force, start, end)
    checked, faults = 0, []
    for (of, name), fields in RESTS_ON.items():
        if of != report:
            continue
        kept = months - months_lost(findings, fields)
        table = pd.read_csv(folder / "tables" / f"{name}.csv", keep_default_na=False, na_values=[""])
        by = "measure" if name.endswith(("_rate", "_bounds")) else table.columns[0]
        if not kept:
            checked += 1
            if table["estimate"].notna().any():
                faults.append(f"{folder.name} {name}: no month counts, and there is an estimate")
            continue
        for label, (numerator, denominator) in expected(name, rows[rows["month"].isin(kept)]).items():
            row = table[table[by].eq(label)]
            checked += 1
            if len(row) != 1:
                faults.append(f"{folder.name} {name} {label}: {len(row)} rows")
                continue
            row = row.iloc[0]
            if numerator != row["numerator"] or denominator not in (None, row["denominator"]):
                faults.append(f"{folder.name} {name} {label}: {row['numerator']} of {row['denominator']}, "
                              f"recounted {numerator} of {denominator}")  # fmt: skip
    flow = pd.read_csv(folder / "tables" / "flow.csv")
    checked += 1
    if report == "data_quality" and flow["left"].iloc[-1] != len(rows):
        faults.append(f"{folder.name} flow: {flow['left'].iloc[-1]}, recounted {len(rows)}")
    return checked, faults


class Text(HTMLParser):
    """The paragraphs of a page, without tables and script."""

    def __init__(self):
        super().__init__()
        self.paragraphs, self._inside, self._quiet = [], False, 0

    def handle_starttag(self, tag, attrs):
        self._quiet += tag in ("table", "script", "style", "pre")
        if tag == "p" and ("class", "caption") not in attrs and not self._quiet:
            self._inside = True
            self.paragraphs.append("")

    def handle_endtag(self, tag):
        self._quiet -= tag in ("table", "script", "style", "pre")
        self._inside = self._inside and tag != "p"

    def handle_data(self, data):
        if self._inside:
            self.paragraphs[-1] += data


def sentences(folder):
    """The sentences of a page that hold a number."""
    page = Text()
    page.feed((folder / "report.html").read_text(encoding="utf-8"))
    parts = [part for text in page.paragraphs for part in re.split(r"(?<=[.]) (?=[A-Z])", " ".join(text.split()))]
    return [part for part in parts if re.search(r"\d[\d,.]*%|\d\.\d\d|\d,\d{3}", part)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive")
    parser.add_argument("out", type=Path)
    parser.add_argument("--sentences", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folders = sorted(path for path in asked.out.iterdir() if (path / "run.json").exists())
    if asked.sentences:
        said = [(folder.name, text) for folder in folders for text in dict.fromkeys(sentences(folder))]
        often = Counter(text for _, text in said)
        drawn = random.Random(asked.seed).sample([pair for pair in said if often[pair[1]] == 1], asked.sentences)
        csv.writer(sys.stdout, lineterminator="\n").writerows([("report", "sentence"), *drawn])
        return 0
    checked, faults = 0, []
    for folder in folders:
        quality = asked.out / re.sub("^[a-z_]+?_(?=[a-z-]+_\\d{4}-)", "data_quality_", folder.name)
        findings = pd.read_csv(quality / "tables" / "audit_findings.csv", keep_default_na=False)
        own, wrong = check(folder, asked.archive, findings)
        checked, faults = checked + own, faults + wrong
    print("\n".join(faults))
    print(f"{len(folders)} reports, {checked} numbers recounted, {len(faults)} differ")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
