"""A static index of all reports in a folder: the national picture, and one page that finds, sorts and opens them.

It is made from what the reports say of themselves in run.json (answer, cards, trust line), and the failed runs in
`.failed`. Nothing is run, no table is read, and the page needs no server. Beside it stands the same as a CSV file.

entry    one report from its run.json
row      the reports on one place and the same months as a row; the rows that one picture may hold
measure  the figures side by side, and which of them are ranked
map      a map in five steps
picture  the choice of a figure, the map and the charts
words    answer, cards and counts
page     the page and the CSV file
"""

from pathlib import Path

INDEX, TABLE = "index.html", "index.csv"

__all__ = ["INDEX", "TABLE", "write_index"]


def write_index(out, *args, **more) -> Path:
    """As `page.write_index`, which takes a second to import: a batch with nothing to do needs only the name."""
    from sas_analysis.reports.many.index.page import write_index as write

    return write(out, *args, **more)
