"""From raw files to tables: parse, clean, audit, place in local authorities, twenty tables by force.

`python line.py RAW BOUNDARIES OUT`. The records are cleaned by two threads; what follows is done by two forked
processes, each with the forces of half of the records, because every force is judged and counted for itself.
"""

import json
import os
import sys
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sas_analysis.measures.outcomes.outcome_rates import arrest_rate, find_rate, positive_outcome_rate
from sas_analysis.measures.shares import share_of_searches, tally
from sas_analysis.records import audit, locate, refresh, store
from sas_analysis.reference.areas import layers

SHARES = (
    *("ethnicity_5", "officer_ethnicity_5", "power", "object_of_search", "object_group", "legislation", "outcome"),
    *("gender", "age_range", "location_status"),
)
RATES = {"positive": positive_outcome_rate, "arrest": arrest_rate, "find": find_rate}


def halves(processed: Path) -> list[list[str]]:
    """The forces in two parts of about as many records."""
    sources = store.sources(processed)
    parts, sizes = ([], []), [0, 0]
    for force, rows in sources.groupby("force")["rows"].sum().sort_values(ascending=False).items():
        fewer = int(sizes[1] < sizes[0])
        parts[fewer].append(force)
        sizes[fewer] += rows
    return list(parts)


def tables(processed: Path, boundaries: Path, forces: list[str], out: Path) -> dict[str, float]:
    """The tables of some forces; seconds of each step."""
    clock = [time.perf_counter()]
    records = store.read(processed, forces=forces, columns=list(audit.NEEDED))
    sources = store.sources(processed, forces=forces)
    clock.append(time.perf_counter())
    found = audit.audit(records, sources, forces=forces, start=sources["month"].min(), end=sources["month"].max())
    found.to_csv(out / "findings.csv", index=False)
    clock.append(time.perf_counter())
    located = locate.locate(records, layers(boundaries, str(boundaries))[0])
    clock.append(time.perf_counter())
    records = records.assign(area=located.table["area"])[records["type"].ne("Vehicle search")]
    made = {f"share_{by}": share_of_searches(records, by, within="force", interval="none") for by in SHARES}
    for name, rate in RATES.items():
        for by in ("ethnicity_5", "power", "object_group"):
            made[f"{name}_{by}"] = rate(records, ["force", by], interval="none")
    made["month"] = tally(records, ["force", "month", "ethnicity_5"])
    made["area"] = records.groupby(["area", "ethnicity_5"], observed=True).size().rename("searches").reset_index()
    for name, table in made.items():
        table.to_csv(out / f"{name}.csv", index=False)
    clock.append(time.perf_counter())
    steps = dict(zip(("read", "audit", "place", "tables"), map(float, pd.Series(clock).diff()[1:]), strict=True))
    return steps | {"made": len(made)}


def main(raw: Path, boundaries: Path, out: Path) -> dict:
    """Seconds of each step, the slower half's where there are two."""
    started = time.perf_counter()
    update = refresh.update(raw, out / "processed")
    ingested = time.perf_counter()
    children = []
    for number, forces in enumerate(halves(out / "processed")):
        (out / str(number)).mkdir(parents=True)
        child = os.fork()
        if not child:
            pa.set_cpu_count(1)
            steps = tables(out / "processed", boundaries, forces, out / str(number))
            (out / str(number) / "steps.json").write_text(json.dumps(steps))
            os._exit(0)
        children.append(child)
    for child in children:
        if os.waitpid(child, 0)[1]:
            raise SystemExit("a half failed")
    both = [json.loads((out / str(number) / "steps.json").read_text()) for number in range(2)]
    slower = {name: max(half[name] for half in both) for name in both[0]}
    return {"rows": update.rows_out, "ingest": ingested - started} | slower


if __name__ == "__main__":
    print(json.dumps(main(*map(Path, sys.argv[1:]))))
