"""A real SLURM on loopback for the tests: munged, slurmctld and two slurmd, with all they write in one folder."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
NODES = ("n1", "n2")
CONFIGURATION = """\
ClusterName=test
SlurmctldHost=localhost
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmdSpoolDir={folder}/%n
StateSaveLocation={folder}/state
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=5
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 RealMemory=8000
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 RealMemory=8000
PartitionName=main Nodes=ALL Default=YES State=UP
"""


def lacking() -> list[str]:
    """The programs that are not on this machine. Daemons are where only root looks."""
    return [name for name in PROGRAMS if not which(name)]


def which(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


@contextmanager
def running(folder: Path):
    """A SLURM at work; gives the environment that its commands need."""
    for name in ("state", *NODES):
        (folder / name).mkdir(parents=True)
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, user=getpass.getuser(), ports=free_ports(3)))
    environment = os.environ | {"SLURM_CONF": str(configuration)}
    daemons = []
    try:
        daemons.append(munge(folder))
        for command in (["slurmctld", "-D"], *(["slurmd", "-D", "-N", node] for node in NODES)):
            with open(folder / "daemons.txt", "ab") as said:
                asked = [which(command[0]), *command[1:]]
                daemons.append(subprocess.Popen(asked, env=environment, stdout=said, stderr=said))
        wait_for_nodes(environment, folder)
        yield environment
    finally:
        with suppress(subprocess.SubprocessError, OSError):
            subprocess.run(["scancel", "--me"], env=environment, timeout=20)
            time.sleep(1)
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(20)
            daemon.kill()
            daemon.wait()


def munge(folder: Path) -> subprocess.Popen:
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    places = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    asked = [f"--{option}={folder}/munge.{name}" for option, name in places.items()]
    with open(folder / "daemons.txt", "ab") as said:
        return subprocess.Popen([which("munged"), "--foreground", "--force", *asked], stdout=said, stderr=said)


def wait_for_nodes(environment: dict, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = subprocess.run(["sinfo", "-h", "-o", "%T"], env=environment, capture_output=True, text=True)
        if told.stdout.split() == ["idle"]:
            return
        time.sleep(0.5)
    logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.glob("*.log"))
    raise RuntimeError(f"SLURM did not start: {told.stdout}{told.stderr}\n{logs}")


def free_ports(number: int) -> list[int]:
    with_ports = [socket.socket() for _ in range(number)]
    for each in with_ports:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in with_ports]
    for each in with_ports:
        each.close()
    return ports
