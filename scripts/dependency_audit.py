"""Ask for known vulnerabilities of what requirements.lock pins: `python scripts/dependency_audit.py [LOCK]`.

It uses pip-audit, where that is installed (`pipx install pip-audit`), and a network. Where either is not there it says
so and ends with 0, so that `make check` works offline; it ends with 1 where a vulnerability is known.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

_SECONDS = 600


def main(lock: str = "requirements.lock") -> int:
    """Print what is known; 1 if a pinned version is known to be vulnerable."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("pip-audit", path=path)
    if not program:
        return skipped("pip-audit is not installed (pipx install pip-audit)")
    asked = [program, "--requirement", lock, "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=_SECONDS)
        dependencies = json.loads(said.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return skipped(f"no answer within {_SECONDS} s")
    except (OSError, ValueError, KeyError):
        last = (said.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return skipped(f"pip-audit could not ask ({last[:200]})")
    return told(dependencies)


def skipped(why: str) -> int:
    """Say that nothing was asked, and why."""
    print(f"==> dependency audit skipped: {why}")
    return 0


def told(dependencies: list[dict]) -> int:
    """Say what pip-audit knows of each package; 1 if that is a vulnerability of one."""
    # What pip-audit could not look up it lists as skipped, and then says that nothing is known.
    unknown = [item["name"] for item in dependencies if "skip_reason" in item]
    found = [(item, fault) for item in dependencies for fault in item.get("vulns", [])]
    for item, fault in found:
        fixed = ", ".join(fault.get("fix_versions") or []) or "no version yet"
        print(f"{item['name']} {item['version']}: {fault['id']}, mended in {fixed}")
    asked = len(dependencies) - len(unknown)
    print(f"==> dependency audit: {len(found)} known vulnerabilities in {asked} packages")
    if unknown:
        print(
            f"    {len(unknown)} could not be looked up: {', '.join(unknown[:5])}{' ...' if len(unknown) > 5 else ''}"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
