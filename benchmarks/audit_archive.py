"""Every month that the audit excludes, and every field it takes out, in an archive: counted again without the package.

    .venv/bin/python benchmarks/audit_archive.py RAW [--processed DIR] [--out docs/audit_archive.csv]

RAW holds the publisher's files, `YYYY-MM/YYYY-MM-<force>-stop-and-search.csv`. The findings are the package's; what
they say is counted in the files themselves, with Python's csv alone. A finding is right if the count bears it out.
"""

import argparse
import collections
import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from sas_analysis.months import in_ranges
from sas_analysis.records import refresh, store
from sas_analysis.records.audit import NEEDED, audit

LONDON = ZoneInfo("Europe/London")
COLUMN = {
    "location": "Latitude",
    "age_range": "Age range",
    "self_defined_ethnicity": "Self-defined ethnicity",
    "officer_defined_ethnicity": "Officer-defined ethnicity",
    "legislation": "Legislation",
    "object_of_search": "Object of search",
    "outcome": "Outcome",
    "outcome_linked_to_object": "Outcome linked to object of search",
    "gender": "Gender",
}
PERSON = ("age_range", "self_defined_ethnicity", "officer_defined_ethnicity", "gender")
NOTHING = ("A no further action disposal", "Nothing found - no further action")
# Legislation whose searches are for one kind of thing, and how the labels of that kind begin.
NAMED = {
    "Misuse of Drugs Act 1971 (section 23)": ("Controlled drugs", "Psychoactive"),
    "Firearms Act 1968 (section 47)": ("Firearms",),
    "Criminal Justice Act 1988 (section 139B)": ("Offensive weapons", "Anything to threaten"),
    "Criminal Justice and Public Order Act 1994 (section 60)": ("Offensive weapons", "Anything to threaten"),
}


def rows(raw: Path, force: str, month: str) -> list[dict]:
    path = raw / month / f"{month}-{force}-stop-and-search.csv"
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def local(row: dict) -> datetime:
    return datetime.fromisoformat(row["Date"]).astimezone(LONDON)


def persons(found: list[dict]) -> list[dict]:
    return [row for row in found if row["Type"] != "Vehicle search"]


def share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / max(whole, 1):.1%})"


def doubled(found, raw, force, month, field):
    times = collections.Counter(collections.Counter(map(tuple, map(dict.values, found))).values())
    told = ", ".join(f"{count:,} rows {n} times" for n, count in sorted(times.items()))
    return all(n % 2 == 0 for n in times), told


def days(found, raw, force, month, field):
    there = {local(row).day for row in found}
    absent = [day for day in range(1, pd.Period(month).days_in_month + 1) if day not in there]
    return bool(absent), f"no record on {len(absent)} days: {', '.join(map(str, absent))}; {len(found):,} records"


def level(found, raw, force, month, field):
    near = [pd.Period(month) + by for by in (-2, -1, 1, 2)]
    files = [raw / str(m) / f"{m}-{force}-stop-and-search.csv" for m in near]
    beside = [len(rows(raw, force, str(m))) for m, file in zip(near, files, strict=True) if file.exists()]
    told = f"{len(found):,} records; the months beside: {', '.join(map(str, beside))}"
    return len(found) < 0.3 * min(beside) or len(found) > 2.5 * max(beside), told


def blank(found, raw, force, month, field):
    among = persons(found) if field in PERSON else found
    unknown = sum(
        not row[COLUMN[field]] or (field == "self_defined_ethnicity" and "Not stated" in row[COLUMN[field]])
        for row in among
    )
    return unknown >= 0.2 * len(among), f"blank or not stated in {share(unknown, len(among))}"


def minutes(found, raw, force, month, field):
    minute, count = collections.Counter(local(row).minute for row in found).most_common(1)[0]
    return count >= 0.7 * len(found), f"minute {minute:02d} in {share(count, len(found))}"


def midnight(found, raw, force, month, field):
    zones = [
        sum(f"{at(row):%H%M%S}" == "000000" for row in found) for at in (local, lambda r: local(r).astimezone(UTC))
    ]
    return max(zones) >= 0.05 * len(found), f"at 00:00:00 in London or UTC: {share(max(zones), len(found))}"


def half_day(found, raw, force, month, field):
    timed = [local(row) for row in found if f"{local(row):%H%M%S}" != "000000"]
    late = sum(at.hour >= 13 or at.hour == 0 for at in timed)
    return late <= 0.05 * len(timed), f"from 13:00 to 00:59: {share(late, len(timed))} of times that are not midnight"


def link(found, raw, force, month, field):
    kinds = {"no further action": [], "other outcomes": []}
    for row in found:
        if row["Outcome"]:
            kind = "no further action" if row["Outcome"] in NOTHING else "other outcomes"
            kinds[kind].append(row[COLUMN[field]])
    told = [
        f"{kind}: filled in {share(sum(map(bool, values)), len(values))}, True in {values.count('True'):,}"
        for kind, values in kinds.items()
    ]
    nothing, other = kinds.values()
    filled = [value for value in nothing + other if value]
    whole = len(filled) >= 0.95 * len(nothing + other)
    odd = (
        nothing.count("True") >= 0.04 * max(len(nothing), 1)
        or not 0.1 <= other.count("True") / max(len(other), 1) <= 0.98
    )
    return not whole or odd, "; ".join(told)


def objects(found, raw, force, month, field):
    named = [row for row in found if row["Legislation"] in NAMED and row["Object of search"]]
    wrong = [row for row in named if not row["Object of search"].startswith(NAMED[row["Legislation"]])]
    worst = collections.Counter(row["Legislation"] for row in wrong).most_common(1)
    return len(wrong) > 0, f"{share(len(wrong), len(named))} objects are not of the legislation; most: {worst}"


def arrests(found, raw, force, month, field):
    known = [row["Outcome"] for row in found if row["Outcome"]]
    return "Arrest" not in known, f"{known.count('Arrest'):,} arrests among {len(known):,} known outcomes"


def one_value(found, raw, force, month, field):
    kinds = collections.Counter(row["Type"] for row in found).most_common()
    return kinds[0][1] >= 0.97 * len(found), "; ".join(f"{kind}: {count:,}" for kind, count in kinds)


def summer(found, raw, force, month, field):
    """Hours of two Julys and two Januaries, by the clock in London: the hour before which half of the day's are."""
    middle = {}
    for season in ("07", "01"):
        hours = []
        for year in ("2020", "2021"):
            at = [local(row) for row in rows(raw, force, f"{year}-{season}")]
            hours += [(moment.hour - 6) % 24 for moment in at if f"{moment:%H%M%S}" not in ("000000", "010000")]
        middle[season] = sorted(hours)[len(hours) // 2], sum(hours) / len(hours)
    told = f"mean hour after 06:00: July {middle['07'][1]:.2f}, January {middle['01'][1]:.2f}"
    return middle["07"][1] - middle["01"][1] > 0.7, told


def far(found, raw, force, month, field):
    north = sorted(float(row["Latitude"]) for row in found if row["Latitude"])
    other = pd.Period(month) - 2
    usual = sorted(float(row["Latitude"]) for row in rows(raw, force, str(other)) if row["Latitude"])
    middle = north[len(north) // 2], usual[len(usual) // 2]
    told = f"median latitude {middle[0]:.2f}, two months before {middle[1]:.2f}; from {north[0]:.2f} to {north[-1]:.2f}"
    return abs(middle[0] - middle[1]) > 0.4, told


def out_of_step(found, raw, force, month, field):
    warned = [row["Object of search"] for row in found if row["Outcome"] == "Khat or Cannabis warning"]
    other = sum(bool(thing) and thing != "Controlled drugs" for thing in warned)
    nothing = [row[COLUMN["outcome_linked_to_object"]] for row in found if row["Outcome"] in NOTHING]
    arrest = [row[COLUMN["outcome_linked_to_object"]] for row in found if row["Outcome"] == "Arrest"]
    told = (
        f"cannabis warnings for other objects {share(other, len(warned))}; linked to the object: no further action "
        f"{share(nothing.count('True'), len(nothing))}, arrests {share(arrest.count('True'), len(arrest))}"
    )
    return other > 0.2 * len(warned) and nothing.count("True") > 0.1 * len(nothing), told


def follows(found, raw, force, month, field):
    """Searches of people who say another group than White, and who say none, with the commonest label of their word."""
    own, seen = COLUMN["self_defined_ethnicity"], COLUMN["officer_defined_ethnicity"]
    words = collections.defaultdict(collections.Counter)
    for row in found:
        unstated = not row[own] or "not stated" in row[own].lower()
        if row[seen] and not row[own].startswith("White"):
            words["" if unstated else row[own]][row[seen]] += 1
    none = words.pop("", collections.Counter())
    alike, said = (
        sum(count(each) for each in words.values()) for count in (lambda e: max(e.values()), lambda e: e.total())
    )
    label = none.most_common(1)[0] if none else ("", 0)
    told = f"{alike} of {said} who say another group than White; {label[1]} of {none.total()} who say none: {label[0]}"
    return alike >= 0.9 * said and label[1] >= 0.9 * none.total(), told


COUNTED = {
    "doubled": (doubled, "every row stands an even number of times: the file was put together twice"),
    "days missing": (days, "a part of the month is not in the file, and the force has records on all those days else"),
    "low": (level, "a remnant of the month"),
    "high": (level, "the month is doubled as well; halved it is within what the force has in other months"),
    "missing": (blank, "what is known of the field is of the smaller part"),
    "drop-out": (blank, "far more than in the months around: what is left is another selection"),
    "one minute": (minutes, "minutes are not recorded"),
    "midnight": (midnight, "midnight stands for no time"),
    "lost hours": (half_day, "afternoon and evening are not recorded as such"),
    "link field": (link, "the field does not tell finds in this month"),
    "object disagrees": (objects, "object or legislation is recorded wrongly, and which cannot be seen"),
    "no arrests": (arrests, "arrests are among the blanks: no force arrests nobody in a year"),
    "one value": (one_value, "types are told apart in the months around, and not here"),
    "clock not changed": (summer, "times are London's, written as UTC: an hour late from April to October"),
    "far away": (far, "coordinates are wrong, the searches are the force's own"),
    "officer follows own word": (follows, "the officers' column is made from the person's own word"),
    "outcomes out of step": (out_of_step, "outcomes belong to other searches"),
}


def judged(raw: Path, findings: pd.DataFrame) -> pd.DataFrame:
    """`force | months | number | rule | field | action | evidence | counted again | judged | why`."""
    told = findings[findings["action"].isin(["exclude", "field"])]
    told = told.assign(kind=told["evidence"].str.split(":").str[0].where(told["rule"].eq("link field"), ""))
    lines = []
    for keys, group in told.groupby(["force", "rule", "field", "action", "kind"], observed=True, sort=False):
        force, rule, field, action, _ = keys
        count, why = COUNTED[rule]
        again = [count(rows(raw, force, row.month), raw, force, row.month, field) for row in group.itertuples()]
        wrong = [month for month, (right, _) in zip(group["month"], again, strict=True) if not right]
        lines.append(
            {
                "force": force,
                "months": in_ranges(group["month"]),
                "number": len(group),
                "rule": rule,
                "field": field,
                "action": action,
                "evidence": f"{group['month'].iloc[0]}: {group['evidence'].iloc[0]}",
                "counted again": again[0][1],
                "judged": "right" if not wrong else f"to look at: {in_ranges(wrong)}",
                "why": why,
            }
        )
    table = pd.DataFrame(lines).sort_values(["action", "force", "rule", "months"], kind="stable")
    return table.reset_index(drop=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--processed", type=Path, default=None)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "audit_archive.csv")
    asked = parser.parse_args()
    processed = asked.processed or Path(tempfile.mkdtemp())
    refresh.update(asked.raw, processed)
    records, sources = store.read(processed, columns=list(NEEDED)), store.sources(processed)
    period = {"start": sources["month"].min(), "end": sources["month"].max()}
    findings = audit(records, sources, forces=sorted(sources["force"].unique()), **period)
    table = judged(asked.raw, findings[findings["rule"].ne("no file")])
    table.to_csv(asked.out, index=False, lineterminator="\n")
    print(table.groupby(["action", "rule"], observed=True)["number"].sum().to_string())
    print(table.loc[table["judged"].ne("right"), ["force", "rule", "judged", "counted again"]].to_string())


if __name__ == "__main__":
    main()
