"""Software that reads the products: installed where it is missing, and run."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODEL = "varionet"


def run(*command, **options):
    """Run a command and return what it prints; what it says on failure is the test's message."""
    done = subprocess.run(list(map(str, command)), text=True, capture_output=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def install(program, *packages):
    """Install Debian packages where a program is missing; what may not be installed from here is a failure, not a skip."""
    if shutil.which(program) or Path(program).exists():
        return
    wanted = " ".join(packages)
    assert os.geteuid() == 0 and shutil.which("apt-get"), f"{program} is missing; run: sudo apt-get install {wanted}"
    run("apt-get", "update", "-qq")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages, env=environment)
