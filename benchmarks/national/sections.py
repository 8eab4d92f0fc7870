"""What is measured, a function each: it gives the rows of the table, a way each, ways taking turns."""

import json
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import extract
import ingest
import nationwide
import numpy as np
import reports
import timing

BIN = Path(sys.executable).parent
YEAR = 476_738  # records: what a rival reports of, end to end
YEARS = (1, 2, 5, 10)


def of_ingest(work: Path, repeats: int) -> list[dict]:
    """The national extract: the raw parse, ours, pandas as usually written (once: it takes as long as all else)."""
    raw, out, runs = extract.write(work / "raw"), work / "out", {}
    for turn in range(repeats):
        for way in ("parse_pyarrow", "clean_sas_analysis", *(["clean_pandas"] if turn == 0 else [])):
            _clear(out)
            _read_once(raw)
            timing.warm_memory(9 if way == "clean_pandas" else 1)  # as much as it fills
            runs.setdefault(way, []).append(timing.run("ingest.py", way, raw, out))
    _clear(out)
    return [timing.median(own, "ingest", way, int(own[0]["told"])) for way, own in runs.items()]


def of_month(work: Path, repeats: int) -> list[dict]:
    """One new month of all forces after all others, and nothing new; of the call, without the start of Python."""
    raw, out, runs = extract.write(work / "raw"), work / "out", {}
    for _ in range(repeats):
        _clear(out)
        growing = ingest.without_last_month(raw, work / "growing")
        for way in ("everything", "nothing new", "a new month"):
            if way == "a new month":
                ingest.add_last_month(raw, growing)
            run = timing.run("ingest.py", "update", growing, out)
            runs.setdefault(way, []).append(run | {"cpu_s": float(run["told"])})
    _clear(out, work / "growing")
    return [timing.median(own, "month", way) for way, own in runs.items()]


def of_line(work: Path, repeats: int) -> list[dict]:
    """From raw files to tables, of one year to ten of the same size."""
    boundaries, rows = extract.write_boundaries(work / "boundaries"), []
    for years in YEARS:
        raw, runs, steps = extract.write(work / f"years-{years}", YEAR * years, 12 * years), [], []
        for _ in range(repeats):
            _clear(work / "out").mkdir()
            _read_once(raw)
            runs.append(timing.run("line.py", raw, boundaries, work / "out"))
            steps.append(json.loads(runs[-1]["told"]))
        rows.append(timing.median(runs, "line", f"{years} years" if years > 1 else "1 year", steps[0]["rows"]))
    _clear(work / "out")
    return rows


def of_model(work: Path, repeats: int) -> list[dict]:
    """A logit with effects of force and month: ours and statsmodels, on the same patterns."""
    raw, processed, runs = extract.write(work / "raw"), work / "processed", {}
    timing.run("ingest.py", "clean_sas_analysis", raw, processed)
    timing.run("model.py", "count", processed, work / "patterns.parquet")
    for _ in range(repeats):
        for way in ("ours", "statsmodels"):
            run = timing.run("model.py", way, work / "patterns.parquet", work / f"{way}.npz")
            told = json.loads(run["told"])
            own = {"cpu_s": told["cpu"], "wall_s": told["cpu"], "peak_gb": told["gb"]}
            runs.setdefault(way, []).append(run | own | told)
    found, reference = (np.load(work / f"{way}.npz") for way in ("ours", "statsmodels"))
    apart = {name: np.abs(found[name] - reference[name]).max() for name in ("params", "errors")}
    print(f"model: {runs['ours'][0]['told']}; apart at most: {apart}", flush=True)
    return [timing.median(own, "model", way, own[0]["rows"]) for way, own in runs.items()]


def of_machine(work: Path, repeats: int) -> list[dict]:
    """What a second process costs here: the raw parse by itself, and beside another of its kind."""
    raw, runs = extract.write(work / "raw"), {}
    _read_once(raw)
    for _ in range(repeats):
        for way, number in (("one parse", 1), ("two at once", 2)):
            with ThreadPoolExecutor(number) as both:
                made = list(both.map(lambda _: timing.run("ingest.py", "parse_pyarrow", raw, work), range(number)))
            runs.setdefault(way, []).append(max(made, key=lambda run: run["wall_s"]))
    return [timing.median(own, "machine", way) for way, own in runs.items()]


def of_start(work: Path, repeats: int) -> list[dict]:
    """The start of the command line."""
    ways = {"--help": ["--help"], "forces": ["forces"]}
    rows = {
        way: [timing.of([str(BIN / "sas-analysis"), *words]) for _ in range(5 * repeats)] for way, words in ways.items()
    }
    return [timing.median(runs, "start", way) for way, runs in rows.items()]


def of_official(work: Path, repeats: int) -> list[dict]:
    """An official table in OpenDocument form, half a million rows."""
    runs = [json.loads(timing.run("official_tables.py")["told"]) for _ in range(repeats)]
    own = [{"wall_s": run["seconds"], "cpu_s": run["processor_s"], "peak_gb": run["peak_mb"] / 1000} for run in runs]
    return [timing.median(own, "official", "read_official", runs[0]["rows"])]


def of_national(work: Path, repeats: int) -> list[dict]:
    """The six reports on all of the national extract: each by itself, and all in one batch."""
    runs = nationwide.measured(work, repeats)
    return [timing.median(own, "national", way, extract.ROWS) for way, own in runs.items()]


def of_reports(work: Path, repeats: int) -> list[dict]:
    """Sixty reports of the sample: the batch and the papermill command in a loop."""
    runs: dict[str, list] = {}
    for _ in range(repeats):
        for way, (wall, cpu) in reports.measured().items():
            runs.setdefault(way, []).append({"wall_s": wall, "cpu_s": cpu, "peak_gb": float("nan")})
    return [timing.median(own, "reports", way) for way, own in runs.items()]


SECTIONS = {name.removeprefix("of_"): section for name, section in list(globals().items()) if name.startswith("of_")}


def _clear(*folders: Path) -> Path:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return folders[0]


def _read_once(raw: Path) -> None:
    """Bring the files into memory that the system keeps them in, so that no way waits for a disk."""
    for path in raw.rglob("*.csv"):
        path.read_bytes()
