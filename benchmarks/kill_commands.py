"""clean, fetch, site and the parts of an array, killed (kill -9) at random moments: what they leave is whole, and
started again they end with what one left alone ends with.

.venv/bin/python benchmarks/kill_commands.py [--kills 20] [--seed 1] [clean fetch site array]

`benchmarks/kill_batch.py` does the same with a whole batch.
"""

import argparse
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from test_acquire_archive import zipped
from test_acquire_server import serve

from sas_analysis.records import store
from sas_analysis.records.synthetic.extract import write_sample

FORCES = ["derbyshire", "essex"]
MATRIX = f'[[report]]\nname = "data_quality"\nforces = {FORCES}\nfrom = "2019-01"\nto = "2019-06"\n'.replace("'", '"')
COMMANDS = {
    "clean": ["clean --raw raw --processed {out} --quiet"],
    "fetch": ["fetch --force all --last 18 --raw {out} --base {site} --quiet"],
    "site": ["site --out {out}"],
    "array": [f"batch reports.toml --part {part}/2 --raw raw --processed processed-{{out}} --out {{out}} --quiet"
              for part in (1, 2)],
}  # fmt: skip


def main() -> None:
    """Print, for each command, how often it was killed and whether its results are equal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=list(COMMANDS))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="kill-commands-"))
    server = serve()
    try:
        write_sample(place / "raw", forces=FORCES, start="2018-07", end="2019-12", scale=0.2)
        files = {path.name: path.read_bytes() for path in (place / "raw").rglob("*-stop-and-search.csv")}
        server.site.files["/2019-12.zip"] = zipped({f"{name[:7]}/{name}": files[name] for name in files})
        server.site.redirects["/latest.zip"] = "/2019-12.zip"
        (place / "reports.toml").write_text(MATRIX)
        different = [what for what in asked.what if not same(place, what, server.site.url, asked)]
        sys.exit(f"results differ: {different}" if different else 0)
    finally:
        server.shutdown()
        shutil.rmtree(place, ignore_errors=True)


def same(place: Path, what: str, site: str, asked) -> bool:
    """Whether a command that was killed again and again ends with what one left alone ends with."""
    chance, folders = random.Random(asked.seed), (place / f"{what}-alone", place / f"{what}-killed")
    killed, too_late = 0, False
    if what == "site":
        make_reports(place, folders)
    started = time.monotonic()
    finish(place, what, folders[0].name, site)
    took = (time.monotonic() - started) / len(COMMANDS[what])  # of one: they will be at work side by side
    while killed < asked.kills:
        if (too_late or killed % 4 == 3) and what != "site":
            shutil.rmtree(folders[1], ignore_errors=True)  # all done by now, perhaps: something must be interrupted
        processes = [start(place, command, folders[1].name, site) for command in COMMANDS[what]]
        victim = chance.choice(processes)
        with suppress(subprocess.TimeoutExpired):
            victim.wait(chance.uniform(0.1, 1) * took)
        too_late = victim.poll() is not None
        killed += not too_late
        end(victim)
        fault = half_made(what, folders[1])
        if fault:
            sys.exit(f"{what}, kill {killed}: {fault}")
        for process in processes:
            process.wait()
    finish(place, what, folders[1].name, site)
    equal = results(what, folders[0]) == results(what, folders[1])
    print(f"{what}: {killed} kills within {took:.0f} s; results equal to those of one left alone: {equal}", flush=True)
    return equal


def make_reports(place: Path, folders: tuple[Path, Path]) -> None:
    finish(place, "array", folders[0].name, "")
    shutil.copytree(folders[0], folders[1])


def start(place: Path, command: str, out: str, site: str) -> subprocess.Popen:
    script = "from sas_analysis.cli import app; app()"
    asked = [sys.executable, "-c", script, *command.format(out=out, site=site).split()]
    return subprocess.Popen(asked, cwd=place, start_new_session=True, stdout=subprocess.DEVNULL)


def end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def finish(place: Path, what: str, out: str, site: str) -> None:
    for command in COMMANDS[what]:
        if code := start(place, command, out, site).wait():
            sys.exit(f"{what}, left alone, ended with {code}")


def half_made(what: str, out: Path) -> str:
    """What lies there and is not whole."""
    if what == "site":
        return "" if (out / "index.html").read_text().rstrip().endswith("</html>") else "half an index"
    if what == "fetch":
        odd = [path.name for path in out.glob("20*/*") if not path.read_bytes().endswith(b"\n")]
        return f"half a file: {odd}" if odd else ""
    if what == "array":
        odd = [path.name for path in out.glob("data_quality*") if not (path / "run.json").is_file()]
        return f"half a report: {odd}" if odd else ""
    return ""


def results(what: str, out: Path) -> object:
    """What must be equal."""
    if what == "clean":
        table = store.read(out).sort_values(["source_file", "source_row"]).reset_index(drop=True)
        return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest(), len(table)
    if what == "site":
        return re.sub(r"Index made [^.]*\.", "", (out / "index.html").read_text())
    pattern = "20*/*.csv" if what == "fetch" else "*/tables/*.csv"
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.glob(pattern))}


if __name__ == "__main__":
    main()
