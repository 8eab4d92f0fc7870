"""Dates that a spreadsheet has written anew: nothing is guessed, every file is warned of, --strict is an error."""

import json

import pytest
from test_bad_input import GOOD, PATH, call, model, place, put, records

from sas_analysis.records import store
from sas_analysis.records.refresh import describe_unread, update

__all__ = ["model", "place"]

DATES = {
    "day first": b"03/01/2018 10:20",
    "without a zone": b"2018-01-03 10:20:00",
    "without a zone, T": b"2018-01-03T10:20:00",
    "words": b"3 January 2018",
    "serial number": b"43103.43056",
    "date alone": b"2018-01-03",
}
REMEDY = "a spreadsheet or program saved the file again; download it again from data.police.uk and leave it as it is"


def resaved(date, rows=3):
    """The file with other texts for its first dates."""
    lines = GOOD.splitlines(keepends=True)
    changed = [line.replace(line.split(b",")[1], date) for line in lines[1 : rows + 1]]
    return b"".join([lines[0], *changed, *lines[rows + 1 :]])


def clean(*options):
    return call("clean", "--raw", "raw", "--processed", "processed", "--quiet", *options)


@pytest.mark.parametrize("form", DATES)
def test_nothing_is_guessed_and_the_file_is_warned_of(place, form):
    date = DATES[form]
    put(place / "raw" / PATH, resaved(date))
    told = f"{PATH}: 3 of 3 dates cannot be read ({date.decode()!r}): {REMEDY}"
    for _ in range(2):  # made now, and remembered
        result = clean()
        assert (result.exit_code, result.stderr) == (0, f"warning: {told}\n")
    table = records()
    own = table[table["source_file"].eq(PATH)]
    assert own["searched_at"].isna().all()
    assert own["date_raw"].tolist() == [date.decode()] * 3
    strict = clean("--strict")
    assert strict.exit_code == 2
    assert told in strict.stderr
    assert len(records()) == 14  # what can be cleaned is


def test_a_part_and_several_texts(place):
    lines = GOOD.splitlines(keepends=True)
    lines[1] = lines[1].replace(lines[1].split(b",")[1], b"x")
    lines[2] = lines[2].replace(lines[2].split(b",")[1], b"")
    put(place / "raw" / PATH, b"".join(lines))
    [line] = describe_unread(update("raw", "processed").unread)
    assert line.startswith(f"{PATH}: 1 of 3 dates cannot be read ('x')")  # a blank is not recorded, not unread
    assert update("raw", "processed", forces=["kent"]).unread.empty
    put(place / "raw" / PATH, GOOD)
    assert update("raw", "processed").unread.empty


def test_at_most_three_examples(place):
    lines = [line.replace(line.split(b",")[1], b"d%d" % n) for n, line in enumerate(GOOD.splitlines(keepends=True) * 3)]
    put(place / "raw" / PATH, b"".join([GOOD.splitlines(keepends=True)[0], *(x for x in lines if x[:4] == b"Pers")]))
    [row] = update("raw", "processed").unread.to_dict("records")
    assert (row["unread"], row["rows"], row["unread_first"]) == (9, 9, ["d1", "d2", "d3"])
    assert store.sources("processed", forces=["essex"])["unread"].tolist() == [0, 9, 0]


def test_a_report_warns_and_a_strict_one_is_not_made(place):
    put(place / "raw" / PATH, resaved(DATES["day first"], rows=1))
    asked = ["--force", "essex", "--from", "2018-01", "--to", "2018-02", "--raw", "raw", "--processed", "processed"]
    strict = call("report", "data_quality", *asked, "--strict", "--quiet")
    assert (strict.exit_code, "1 of 3 dates cannot be read" in strict.stderr) == (2, True)
    assert not (place / "reports" / "data_quality_essex_2018-01_2018-02").exists()
    made = call("report", "data_quality", *asked, "--quiet")
    assert made.exit_code == 0
    assert "warning" in made.stderr
    assert f"{PATH}: 1 of 3 dates cannot be read" in made.stderr
    record = json.loads((place / "reports" / "data_quality_essex_2018-01_2018-02" / "run.json").read_text())
    assert [file["path"] for file in record["unread_dates"]] == [PATH]
