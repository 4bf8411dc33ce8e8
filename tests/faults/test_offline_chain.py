"""A run without any network, and the labelling page, look up no name, connect to nothing, and write nothing outside their folders."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import label_series
import recording
from disturbed import SERVE, command

from geoclass.core.surroundings import SWITCHES

TARGETS = os.environ.get("FAULT_TARGETS", "maps scores series").split()
CALLS = "connect,openat,creat,mkdir,mkdirat,rename,renameat,renameat2"
TRACED = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o"]
OUTSIDE = re.compile(r'(?:openat|creat|mkdir|mkdirat)\((?:AT_FDCWD, )?"(/[^"]+)"')
ALLOWED = ("/dev", "/proc", "/sys")
TEMPORARY = re.compile(r"^(/var)?/tmp(/(?!.*/home/)|$)|__pycache__")  # temporary folders, and Python's own cache of compiled code


def environment(home):
    """Return the variables of a user whose home folder is empty and who has switched nothing off."""
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in {*SWITCHES, "CI"}}
    return {name: value for name, value in kept.items() if not name.startswith("XDG_")} | {
        "HOME": str(home),
        "OMP_NUM_THREADS": "1",
    }


def told(trace, *own):
    """Return the connections that were tried, and the files that were made outside a process's own folders.

    Snakemake's plugin for Slurm asks Slurm's own client at every start, where one is installed, and that its controller: a cluster's
    business, told in the docs.
    """
    asked, written, of_slurm = [], [], set()
    with open(trace, errors="replace") as lines:
        for line in lines:
            process = line.split(" ", 1)[0]
            of_slurm |= {process} if "libslurm" in line else set()
            if "connect(" in line and re.search(r"AF_INET6?\b", line) and process not in of_slurm:
                asked.append(line.strip())
            place = OUTSIDE.search(line)
            makes = "O_CREAT" in line or "creat(" in line or ("mkdir" in line and "EEXIST" not in line)
            if place and makes and "= -1" not in line and not place[1].startswith((*map(str, own), *ALLOWED)):
                written.append(place[1])
    return asked, [path for path in written if not TEMPORARY.search(path)]


def test_a_run_asks_nothing_and_writes_nowhere_else(workspace, tmp_path):
    home, trace = tmp_path / "home", tmp_path / "trace"
    run = ["unshare", "--net", *TRACED, str(trace), *command(workspace, *TARGETS)]
    done = subprocess.run(run, env=environment(home), text=True, capture_output=True)
    assert done.returncode == 0, done.stderr[-4000:]
    asked, outside = told(trace, workspace.folder, home / ".cache")
    recording.add("network", "look-ups and connections of a run", asked)
    recording.add("network", "files outside results, caches and temporary folders", outside)
    assert not asked and not outside


def test_the_page_asks_nothing_and_writes_nowhere_else(tmp_path):
    folder, home, trace, log = (tmp_path / name for name in ("series", "home", "trace", "server.log"))
    label_series.write(folder, models=())
    run = [*TRACED, str(trace), sys.executable, "-c", SERVE, str(folder), "0"]
    scripts = recording.ROOT / "workflow" / "scripts"
    with open(log, "w") as stream:
        server = subprocess.Popen(
            run, cwd=scripts, env=environment(home), stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        for _ in range(1200):
            if found := re.search(r"Open  (http\S+)", log.read_text()):
                break
            time.sleep(0.1)
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert b"<html" in browser.open(found[1], timeout=60).read()
        address = found[1].split("?")[0]
        for path in ("api/series", "api/scenes/a", "api/scenes/a/image/0/0/0?low=200&high=1700", "api/targets"):
            assert browser.open(address + path, timeout=60).status == 200
        sent = b'{"tile_ids": ["a_r000072_c000096"], "class_id": 5}'
        assert browser.open(address + "api/labels", sent, timeout=60).status == 200
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(60)
    asked, outside = told(trace, folder, home / ".cache")
    recording.add("network", "look-ups and connections of the page", asked)
    recording.add("network", "files of the page outside its folders", outside)
    assert not asked and not outside
