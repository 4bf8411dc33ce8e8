"""A run without any network looks up no name, connects to nothing, and writes nothing outside results, caches and temporary folders."""

import os
import re
import subprocess

import recording
from disturbed import command

TARGETS = os.environ.get("FAULT_TARGETS", "maps scores series").split()
CALLS = "connect,openat,creat,mkdir,mkdirat,rename,renameat,renameat2"
OUTSIDE = re.compile(r'(?:openat|creat|mkdir|mkdirat)\((?:AT_FDCWD, )?"(/[^"]+)"')


def test_nothing_leaves_the_machine(workspace, tmp_path):
    home, trace = tmp_path / "home", tmp_path / "trace"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "OMP_NUM_THREADS": "1"}
    for name in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "CI"):
        environment.pop(name, None)
    run = ["unshare", "--net", "strace", "-f", "-qq", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", str(trace)]
    done = subprocess.run([*run, *command(workspace, *TARGETS)], env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr[-4000:]
    asked, written = [], []
    allowed = [str(workspace.folder), str(home / ".cache"), "/tmp", "/var/tmp", "/dev", "/proc", "/sys"]
    allowed.remove("/tmp") if str(tmp_path).startswith("/tmp") else None
    with open(trace, errors="replace") as lines:
        for line in lines:
            if "connect(" in line and re.search(r"AF_INET6?\b", line):
                asked.append(line.strip())
            place = OUTSIDE.search(line)
            makes = "O_CREAT" in line or "creat(" in line or ("mkdir" in line and "EEXIST" not in line)
            if place and makes and "= -1" not in line and not any(place[1].startswith(part) for part in allowed):
                written.append(place[1])
    at_home = [path for path in written if path.startswith(str(home))]
    own = re.compile(r"^/tmp/(?!.*home/)|__pycache__")  # temporary folders, and Python's own cache of compiled code
    outside = [path for path in written if path not in at_home and not own.search(path)]
    recording.add("network", "look-ups and connections", asked)
    recording.add("network", "files outside results, caches and temporary folders", [*at_home, *outside])
    assert not asked and not at_home and not outside
