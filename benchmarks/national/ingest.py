"""Ingest of the national extract: the ways compared, each in a process of its own."""

import shutil
import sys
import time
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
    """pandas as usually written, to the same columns: read_csv in a loop, concat, map and fillna on text, to_parquet.

    It checks nothing, hashes nothing and keeps no manifest.
    """
    import numpy as np
    import pandas as pd

    from sas_analysis.records import derived, labels, load

    frames = []
    for path in sorted(raw.rglob("*.csv")):
        frame = pd.read_csv(path, dtype=dict.fromkeys(set(load.COLUMNS) - {"Latitude", "Longitude"}, str))
        frame["month"], frame["force"] = path.name[:7], path.name[8 : -len("-stop-and-search.csv")]
        frame["source_file"], frame["source_row"] = path.relative_to(raw).as_posix(), range(1, len(frame) + 1)
        frames.append(frame)
    frame = pd.concat(frames, ignore_index=True).rename(columns=load.COLUMNS)
    frame["policing_operation"] = frame["policing_operation"].fillna("")
    frame["searched_at"] = pd.to_datetime(frame["date"], utc=True).dt.tz_convert("Europe/London")
    frame["date_in_month"] = frame["searched_at"].dt.strftime("%Y-%m") == frame["month"]
    latitude, longitude = frame["latitude"], frame["longitude"]
    frame["location_status"] = np.select(
        [
            latitude.isna() | longitude.isna(),
            (latitude == 0) & (longitude == 0),
            latitude.between(*derived.UK_LATITUDE) & longitude.between(*derived.UK_LONGITUDE),
        ],
        ["blank", "zero", "recorded"],
        "outside UK",
    )
    for column, (name, made) in labels.CROSSWALKS.items():
        frame[f"{column}_raw"] = published = frame[column].fillna("")
        table = labels.crosswalk(name).set_index("raw")
        for new, source in made.items():
            how = table[source].to_dict()
            if set(how.values()) <= {"True", "False", ""}:
                truth = {raw: {"True": True, "False": False}.get(value) for raw, value in how.items()}
                frame[new] = published.map(truth).astype("boolean")
            else:
                five = source.startswith("ethnicity_5")
                blank, unseen = (labels.UNKNOWN,) * 2 if five else (labels.NOT_RECORDED, labels.UNRECOGNISED)
                frame[new] = published.map(how | {"": blank}).fillna(unseen)
    out.mkdir(parents=True, exist_ok=True)
    frame.drop(columns="date").to_parquet(out / "records.parquet")
    return len(frame)


def update(raw: Path, out: Path) -> float:
    """Ours, to bring a folder up to date: processor seconds of the call alone, without the start of Python."""
    from sas_analysis.records import refresh

    started = time.process_time()
    refresh.update(raw, out)
    return time.process_time() - started


def without_last_month(raw: Path, folder: Path) -> Path:
    """The extract up to its last month but one, as links."""
    shutil.rmtree(folder, ignore_errors=True)
    last = max(path.name for path in raw.iterdir() if path.is_dir())
    for path in raw.rglob("*.csv"):
        if path.parent.name != last:
            link = folder / path.relative_to(raw)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.hardlink_to(path)
    return folder


def add_last_month(raw: Path, folder: Path) -> None:
    """The month that is left."""
    last = max(path.name for path in raw.iterdir() if path.is_dir())
    (folder / last).mkdir()
    for path in (raw / last).iterdir():
        (folder / last / path.name).hardlink_to(path)


WAYS = {way.__name__: way for way in (parse_pyarrow, clean_sas_analysis, clean_pandas, update)}

if __name__ == "__main__":
    way, raw, out = sys.argv[1:]
    print(WAYS[way](Path(raw), Path(out)))
