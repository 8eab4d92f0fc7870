"""The ways compared, each run in a process of its own: `python ways.py WAY RAW OUT`."""

import sys
from pathlib import Path

BATCH_BYTES = 48 << 20


def parse_pyarrow(raw: Path, out: Path) -> int:
    """The limit: pyarrow parses the same files, joined to batches, labels as dictionaries, and keeps nothing."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    from sas_analysis.records.load import COLUMNS

    text = pa.dictionary(pa.int32(), pa.string())
    measured = {"Date": pa.timestamp("s", "UTC"), "Latitude": pa.float64(), "Longitude": pa.float64()}
    options = {
        "read_options": pa_csv.ReadOptions(column_names=list(COLUMNS), block_size=1 << 22),
        "convert_options": pa_csv.ConvertOptions(
            column_types=dict.fromkeys(COLUMNS, text) | measured, strings_can_be_null=True, null_values=[""]
        ),
    }
    rows, batch, size = 0, [], 0
    files = sorted(raw.rglob("*.csv"))
    for number, path in enumerate(files, start=1):
        data = path.read_bytes()
        batch.append(data[data.index(b"\n") + 1 :])
        size += len(data)
        if size >= BATCH_BYTES or number == len(files):
            rows += pa_csv.read_csv(pa.BufferReader(b"".join(batch)), **options).num_rows
            batch, size = [], 0
    return rows


def clean_sas_analysis(raw: Path, out: Path) -> int:
    """Ours, whole: check, hash, parse, clean, contract, Parquet, manifest."""
    from sas_analysis.records import refresh

    return refresh.update(raw, out).rows_out


def clean_pandas(raw: Path, out: Path) -> int:
    """pandas as usually written: read_csv in a loop, map and replace on columns of text, concat, to_parquet."""
    import pandas as pd

    from sas_analysis.records import labels

    frames = []
    for path in sorted(raw.rglob("*.csv")):
        frame = pd.read_csv(path)
        frame["month"], frame["force"] = path.name[:7], path.name[8 : -len("-stop-and-search.csv")]
        frames.append(frame)
    frame = pd.concat(frames, ignore_index=True)
    frame["Date"] = pd.to_datetime(frame["Date"], utc=True).dt.tz_convert("Europe/London")
    frame["date_in_month"] = frame["Date"].dt.strftime("%Y-%m") == frame["month"]
    named = {
        "Self-defined ethnicity": "self_defined_ethnicity",
        "Officer-defined ethnicity": "officer_defined_ethnicity",
        "Legislation": "legislation",
        "Object of search": "object_of_search",
        "Outcome": "outcome",
    }
    for published, column in named.items():
        name, made = labels.CROSSWALKS[column]
        table = labels.crosswalk(name).set_index("raw")
        for clean, source in made.items():
            frame[clean] = frame[published].map(table[source].to_dict()).fillna("Not recorded")
    for column in ("Type", "Gender", "Age range"):
        frame[column] = frame[column].fillna("Not recorded").replace({"": "Not recorded"})
    out.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(out / "records.parquet")
    return len(frame)


WAYS = {way.__name__: way for way in (parse_pyarrow, clean_sas_analysis, clean_pandas)}

if __name__ == "__main__":
    way, raw, out = sys.argv[1:]
    print(WAYS[way](Path(raw), Path(out)))
