"""Reports of forces, months and choices drawn at random from real records: none may end with an error of the program.

    .venv/bin/python benchmarks/any_choice.py --raw FOLDER [--boundaries FILE ...] [--reports 100] [--seed 1]

FOLDER holds the publisher's files by month. Each report is of one notebook, of some forces together, of one month to
three years, and of up to three of the choices that its parameters name. What a choice leaves no search to, or what is
refused in words, is listed apart; an error of another kind ends this with 1.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sas_analysis.errors import DataError, ParameterError
from sas_analysis.records.find import find_files
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reports.one.parameters import FOLDERS, Parameter, declared, notebooks

NUMBERS = {"level": [0.8, 0.99], "round_to": [5, 10], "draws": [10, 100], "seed": [2]}  # choices that name no words
TOLD = {DataError.exit_code, ParameterError.exit_code}


def entry(chance: random.Random, number: int, files: dict[str, set[str]], boundaries: list[str]) -> dict:
    """A report of a batch. files : months of every force."""
    name = chance.choice(list(notebooks()))
    most = len(files) if name == "national" else 8
    forces = chance.sample(sorted(files), min(len(files), chance.choice([1, 1, 1, 2, 3, most])))
    months = sorted(set().union(*files.values()))
    first = months.index(chance.choice(sorted(set().union(*(files[force] for force in forces)))))
    last = min(first + chance.choice([0, 1, 2, 5, 11, 23, 35]), len(months) - 1)
    parameters = declared(notebooks()[name])
    choices = {key: made for key, own in parameters.items() if (made := others(own, chance))}
    police = authority_residents(2021).drop_duplicates("authority")
    boroughs = police.loc[police["force"].isin(forces), "authority"].tolist()
    if boundaries and boroughs and "borough" in parameters:
        choices["borough"] = chance.choice(boroughs)
    keys = chance.sample(sorted(choices), min(len(choices), chance.choice([0, 1, 2, 3])))
    drawn = {key: choices[key] for key in keys}
    if boundaries and (name == "places" or "borough" in drawn):
        drawn["boundaries"] = chance.choice(boundaries)
    given = {"name": name, "forces": forces, "together": True, "from": months[first], "to": months[last]}
    return given | {"label": f"n{number}", "parameters": drawn}


def others(parameter: Parameter, chance: random.Random):
    """A value of a parameter that is not its default; None where it has none that can be drawn."""
    if parameter.name in FOLDERS:
        return None
    words = [word for word in parameter.choices if word]
    if isinstance(parameter.default, list):
        return chance.sample(words, chance.randint(1, len(words))) if words else None
    kind = type(parameter.default)
    values = [value for value in NUMBERS.get(parameter.name, map(kind, words)) if value != parameter.default]
    return chance.choice(values) if values else None


def written(reports: list[dict]) -> str:
    """The file of a batch."""

    def value(found) -> str:
        if isinstance(found, dict):
            return "{ " + ", ".join(f"{key} = {value(own)}" for key, own in found.items()) + " }"
        return json.dumps(found)

    lines = [["[[report]]", *(f"{key} = {value(found)}" for key, found in own.items())] for own in reports]
    return "\n".join(line for own in lines for line in own)


def main() -> None:
    """Print what was refused, and what failed; end with 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--boundaries", nargs="*", default=[])
    parser.add_argument("--reports", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    files: dict[str, set[str]] = {}
    for file in find_files(asked.raw)[0]:
        files.setdefault(file.force, set()).add(file.month)
    chance, boundaries = random.Random(asked.seed), [str(Path(one).resolve()) for one in asked.boundaries]
    reports = [entry(chance, number, files, boundaries) for number in range(asked.reports)]
    place = Path(tempfile.mkdtemp(prefix="any-choice-"))
    (place / "reports.toml").write_text(written(reports), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "sas-analysis"), "batch", str(place / "reports.toml"), "--quiet"]
    command += ["--raw", str(asked.raw), "--processed", str(place / "processed"), "--out", str(place / "reports")]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    ended = json.loads((place / "reports" / "batch.json").read_text(encoding="utf-8"))["reports"]
    failed = {name: own for name, own in ended.items() if own["state"] != "made"}
    faults = {name: own for name, own in failed.items() if own["exit_code"] not in TOLD}
    for name, own in failed.items():
        print(f"{'FAILED' if name in faults else 'refused'} {name}: {own['reason'][:300]}")
    print(f"{len(reports)} reports, seed {asked.seed}: {len(failed) - len(faults)} refused, {len(faults)} failed")
    if faults:
        sys.exit(f"notebooks of the failed: {place / 'reports' / '.failed'}")
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
