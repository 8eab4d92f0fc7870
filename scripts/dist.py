"""Build a release into dist: wheel, sdist, CITATION.cff and SHA256SUMS: `python scripts/dist.py [FOLDER]`.

The same commit gives the same bytes: hatchling sets all times, and takes what git has. It says what a release lacks.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(folder: str = "dist") -> int:
    """Build, and print what is there; 1 if the version of the package and of the citation differ."""
    out = Path(folder)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    cited = re.search(r"^version: (\S+)$", citation, re.M)
    if cited is None or cited[1] != version:
        print(f"error: CITATION.cff names version {cited and cited[1]}, pyproject.toml {version}; make them one")
        return 1
    shutil.rmtree(out, ignore_errors=True)
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(out.absolute())]
    subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(ROOT / "CITATION.cff", out)
    files = sorted(out.iterdir())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")
    print("".join(lines), end="")
    for lacking in lacks(citation):
        print(f"note: {lacking}")
    return 0


def lacks(citation: str) -> list[str]:
    """What a release should have, and this one has not."""
    found = []
    if not re.search(r"^doi: 10\.\d{4,9}/\S+$", citation, re.M):
        found.append("CITATION.cff has no DOI yet: archive the release, write its DOI there, and build again")
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True)
    if changed.returncode or changed.stdout:
        found.append("the tree has changes that are not committed, or is no checkout: a release is built from a tag")
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
