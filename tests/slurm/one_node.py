"""A Slurm of one node on loopback, for the tests: munged, slurmctld and slurmd as children of this process.

By hand, as root: ``python tests/slurm/one_node.py`` starts it and stops it at Ctrl-C.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "setpriv")
ETC = Path("/etc/slurm")  # Snakemake's job step drops SLURM_CONF, so the files must lie where Slurm looks
CPUS, MEGABYTES, GPUS = 4, 64000, 1  # said to Slurm whatever the machine has, so that the paper's jobs fit

SLURM_CONF = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=10
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdParameters=config_overrides
SlurmdTimeout=5
ReturnToService=1
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MinJobAge=3600
EnforcePartLimits=ALL
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=UNLIMITED State=UP
"""


def missing():
    """Why no Slurm can be started here, or None."""
    if os.geteuid() != 0:
        return "starting a Slurm needs root"
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if lacking:
        return f"{', '.join(lacking)} not found: apt-get install slurmctld slurmd slurm-client munge"
    if any((ETC / name).exists() for name in ("slurm.conf", "gres.conf")):
        return f"{ETC} holds another Slurm's configuration"
    return None


def query(*words):
    """What a Slurm command prints."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def wait_for(ready, what, seconds=60):
    """Wait until ``ready()`` is true.

    Raises
    ------
    TimeoutError
        It is not after ``seconds``.
    """
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.2)


class Node:
    """The daemons of a Slurm whose files lie in ``folder``."""

    def __init__(self, folder):
        self.folder, self.host, self.daemons = folder, socket.gethostname(), {}

    def start(self, name, *words, user="root"):
        """Run a daemon in the foreground as our child; it dies with us, however we end."""
        log = (self.folder / f"{name}.log").open("a")
        guard = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--pdeathsig", "KILL"]
        self.daemons[name] = subprocess.Popen([*guard, name, *words], stdout=log, stderr=log)

    def kill(self, name):
        """End a daemon as a power cut would."""
        self.daemons[name].kill()
        self.daemons.pop(name).wait()

    def start_slurmd(self):
        """Start the compute node and wait until it takes jobs."""
        self.start("slurmd", "-D")
        wait_for(lambda: self.state() in ("idle", "mixed", "allocated"), f"{self.folder}: node idle")

    def state(self):
        """What Slurm says of the node: idle, mixed, down, ... (with ``*`` while it does not answer)."""
        done = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True)
        return done.stdout.strip()

    def die(self):
        """The machine goes dark: the compute daemon and every job on it are gone at once."""
        self.kill("slurmd")
        # The guardians first, so that none is left to report how its job ended.
        steps = [process for process in psutil.process_iter(["name"]) if process.name() == "slurmstepd"]
        jobs = [process for step in steps for process in step.children(recursive=True)]
        for process in (*steps, *jobs):
            with suppress(psutil.NoSuchProcess):
                process.kill()


@contextmanager
def one_node():
    """A running ``Node``; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    (folder / "munge").mkdir()
    key = folder / "munge/key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    for path in (folder / "munge", key):
        shutil.chown(path, "munge", "munge")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    node = Node(folder)
    configs = {
        "slurm.conf": SLURM_CONF.format(
            host=node.host, folder=folder, cpus=CPUS, memory=MEGABYTES, gpus=GPUS
        ),
        # Any device file will do: jobs get CUDA_VISIBLE_DEVICES=0 and find no GPU behind it.
        "gres.conf": f"NodeName={node.host} Name=gpu File=/dev/null\n",
    }
    try:
        for name, text in configs.items():
            (folder / name).write_text(text)
            (ETC / name).unlink(missing_ok=True)  # dangling, of a run that was killed
            (ETC / name).symlink_to(folder / name)
        files = {"socket": "socket", "key-file": "key", "pid-file": "pid", "seed-file": "seed"}
        munge = [f"--{option}={folder}/munge/{name}" for option, name in files.items()]
        node.start("munged", "-F", f"--log-file={folder}/munge/log", *munge, user="munge")
        wait_for((folder / "munge/socket").exists, f"{folder}: munged")
        node.start("slurmctld", "-D")
        node.start_slurmd()
        yield node
    finally:
        if "slurmd" in node.daemons:
            node.die()
        for name in list(node.daemons):
            node.kill(name)
        for name in configs:
            (ETC / name).unlink(missing_ok=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    reason = missing()
    if reason:
        raise SystemExit(f"error: {reason}")
    with one_node() as running:
        print(f"Slurm is up on {running.host}; files in {running.folder}; Ctrl-C stops it", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("stopping")
