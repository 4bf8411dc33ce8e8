"""Software that reads the products: installed where it is missing, and run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "tests" / "clients"
VALIDATOR = "gdal-utils==3.13.3.0"  # its validator of GeoPackages knows version 1.4, Debian's does not


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


def python():
    """Return the Python of the clients, in an environment of their own that is made as tests/clients/requirements.txt has them."""
    folder, pins = CLIENTS / ".venv", CLIENTS / "requirements.txt"
    made = folder / "requirements.txt"
    if not made.is_file() or made.read_text() != pins.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins)
        shutil.copy(pins, made)
    return folder / "bin" / "python"


def validate_gpkg(path):
    """Run GDAL's validator of GeoPackages: a newer one than Debian's, with Debian's bindings."""
    install("/usr/lib/python3/dist-packages/osgeo/gdal.py", "python3-gdal")
    folder = python().parents[1] / VALIDATOR
    if not folder.exists():
        run(
            python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", folder, VALIDATOR
        )
    return run("/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", path, env={**os.environ, "PYTHONPATH": str(folder)})


def vnu():
    """Return the command of the Nu HTML checker, fetched by npm as tests/clients/package.json has it."""
    jar = CLIENTS / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    install("npm", "npm")
    install("java", "default-jre-headless")
    if not jar.is_file():
        run("npm", "install", "--silent", cwd=CLIENTS)
    return ["java", "-jar", jar]
