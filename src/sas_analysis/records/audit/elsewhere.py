"""Rule on rows that another force's file of the same month holds too.

A number for each record, of all that is published of it, is kept beside the processed data: 8 bytes a record, made
once for each unit, so that one force can be compared with all others without reading their records.
"""

from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sas_analysis.codes import by_block, repeated
from sas_analysis.files import replacing
from sas_analysis.records import store
from sas_analysis.records.audit import content, limits
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months
from sas_analysis.records.audit.places import Far
from sas_analysis.records.audit.points import Points

FOLDER = "rows"
# Real months of two forces share no row that has a place and a time, and up to a tenth where both have neither.
SHARED, FEWEST_SHARED = 0.05, 10
SHARED_UNJUDGED = 0.5  # too many, whatever other months tell of how many rows two forces share anyway
OWN_PLACES = 0.8  # share of strange places from which rows are another force's; of its own 0.1 to 0.5 are new
_READ = ["force", "month", "searched_at", "latitude", "longitude", *content.PUBLISHED]


def numbers(records: pd.DataFrame) -> np.ndarray:
    """A 64-bit number for all that the publisher says of a record; the same in every table and every run."""
    hashes = {name: _hashes(records[name].cat.categories) for name in content.PUBLISHED}
    return by_block(records[_READ[2:]], partial(_numbers, hashes))


def _hashes(labels: pd.Index) -> np.ndarray:
    """A number for each label; the last is of none."""
    return np.append(pd.util.hash_array(labels.to_numpy(dtype=object), categorize=False), np.uint64(0))


def _numbers(hashes: dict[str, np.ndarray], records: pd.DataFrame) -> np.ndarray:
    rows = content.seconds(records["searched_at"]).view(np.uint64)
    for name, of_labels in hashes.items():
        rows = content.mix(rows, of_labels[records[name].cat.codes.to_numpy()])
    for name in ("latitude", "longitude"):
        rows = content.mix(rows, np.nan_to_num(records[name].to_numpy(dtype=float) * 1e6, nan=-1.0))
    return rows


def units(processed, *, forces, start: str, end: str) -> list[str]:
    """Names of the processed files of other forces for these months; they change when what is in them does."""
    held = store.manifest(processed)["units"]
    choice = store.Choice.of(None, start, end)
    named = [(name, *name.split("/")) for name in sorted(held)]
    return [held[name]["file"] for name, force, year in named if force not in forces and choice.has(force, year)]


def rows_of_others(processed, *, forces, start: str, end: str) -> pd.DataFrame:
    """What `audit` takes as `others`: `force | month | row`, a number for each record of the other forces.

    processed : the folder of processed data. forces : those audited, left out here. start, end : "YYYY-MM".
    Only forces whose records are in the processed data are compared.
    """
    tables = [_of_unit(Path(processed), file) for file in units(processed, forces=forces, start=start, end=end)]
    if not tables:
        return pd.DataFrame({"force": [], "month": [], "row": np.zeros(0, np.uint64)})
    table = pd.concat(tables, ignore_index=True)
    return table[table["month"].between(start, end)].reset_index(drop=True)


def _of_unit(processed: Path, file: str) -> pd.DataFrame:
    path = processed / FOLDER / Path(file).name
    with suppress(OSError, pa.ArrowException):
        return store.table_of(path).to_pandas(use_threads=False)
    records = store.to_pandas(store.table_of(processed / file, _READ))
    table = pd.DataFrame(
        {"force": records["force"].astype("str"), "month": records["month"].astype("str"), "row": numbers(records)}
    ).drop_duplicates()
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as temporary:
            table.to_parquet(temporary)
        current = {Path(entry["file"]).name for entry in store.manifest(processed)["units"].values()}
        for old in path.parent.glob("*.parquet"):
            if old.name not in current:
                old.unlink(missing_ok=True)
    return table


def rules(months: Months, at: Points, far: Far, others: pd.DataFrame | None) -> list[dict]:
    """All findings of this family.

    at, far : where the records are. others : as `rows_of_others` gives them; None: the forces audited alone.
    Whose the rows are is told by where they lie: far from where this force searches, or at points that it does not
    know, they are another's; where they have no place, or month after month is so, it cannot be seen.
    """
    key = content.mix(numbers(months.records), _month_number(months.frame["month"])[months.of_record])
    if others is None:
        others = pd.DataFrame({"force": [], "month": [], "row": np.zeros(0, np.uint64)})
    their_key = content.mix(others["row"].to_numpy(), _month_number(others["month"]))
    shared, other = _most_shared(months, key, their_key, others["force"].to_numpy())
    whole = months.count(_first(content.mix(key, months.of_record), months.of_record))
    part, placed = months.count(shared), months.count(shared & at.recorded)
    strange, away = months.count(shared & (far.mask | at.new)), months.count(shared & far.mask)
    jumps, usual = limits.jump(months, part, whole, least=SHARED)
    share = limits.share(part, whole)
    many = (jumps | (share >= SHARED_UNJUDGED)) & (part >= FEWEST_SHARED)
    own = (placed >= FEWEST_SHARED) & (strange < OWN_PLACES * placed) & (away < placed / 2)
    own &= ~(usual >= SHARED_UNJUDGED)  # all that is known of where this force searches is as much the other's

    def text(i):
        where = f"; of {placed[i]:,} with a place {strange[i]:,} lie where this force does not search otherwise"
        told = f"{part[i]:,} of {whole[i]:,} different rows are in the file of {other[i]} as well ({share[i]:.1%})"
        return told + (where if placed[i] else "; none has a place that tells whose they are")

    limit = np.fmin(usual + SHARED, SHARED_UNJUDGED)  # however many rows two forces share as a rule
    told = dict(value=share, threshold=limit, evidence=text)
    return [
        *found(months, "rows of two forces", many & ~own, **told),
        *found(months, "rows of two forces", many & own, **told, severity="warning", action="keep"),
    ]


def _first(key, month) -> np.ndarray:
    """Marks the first of equal rows of a month."""
    marks = ~repeated(key, month)
    at = np.flatnonzero(~marks)
    marks[at] = ~pd.Index(key[at]).duplicated()
    return marks


def _most_shared(months: Months, key, their_key, their_force) -> tuple[np.ndarray, np.ndarray]:
    """Marks the different rows that each month shares with the force it shares most with; and that force's name."""
    own, their = pd.factorize(months.frame["force"]), pd.factorize(their_force)
    names = np.unique([*own[1], *their[1]]).astype(str)
    force = [np.searchsorted(names, np.asarray(of[1], dtype=str))[of[0]] for of in (own, their)]
    candidates = np.flatnonzero(pd.Index(their_key).isin(key)) if len(their_key) else np.zeros(0, int)
    twice = np.flatnonzero(repeated(np.append(key, their_key[candidates])))
    keys = np.append(key, their_key[candidates])[twice]
    force = np.append(force[0][months.of_record], force[1][candidates])[twice]
    order = np.argsort(keys, kind="stable")
    run = np.cumsum(np.diff(keys[order], prepend=keys[order][:1]) != 0)
    first = np.flatnonzero(np.diff(run, prepend=-1) != 0)
    least, most = (law.reduceat(force[order], first) if len(first) else force[:0] for law in (np.minimum, np.maximum))
    held = order[(least != most)[run]]  # positions of rows that two forces have
    table = pd.DataFrame({"key": keys[held], "force": force[held], "at": twice[held]})
    table = table.drop_duplicates(["key", "force"])
    pairs = table[table["at"] < len(key)].merge(table[["key", "force"]], on="key", suffixes=("", "_other"))
    pairs = pairs[pairs["force"] != pairs["force_other"]]
    pairs["month"] = months.of_record[pairs["at"]]
    pairs["count"] = pairs.groupby(["month", "force_other"])["at"].transform("size")
    best = pairs.sort_values(["month", "count", "force_other"]).drop_duplicates("month", keep="last")
    other = np.full(len(months), "", dtype=object)
    other[best["month"]] = names[best["force_other"]]
    marks = np.zeros(len(key), dtype=bool)
    marks[pairs.merge(best[["month", "force_other"]], on=["month", "force_other"])["at"]] = True
    return marks, other


def _month_number(months: pd.Series) -> np.ndarray:
    code, names = pd.factorize(months)
    return np.array([int(name[:4]) * 12 + int(name[5:]) for name in names], dtype=np.int64)[code]
