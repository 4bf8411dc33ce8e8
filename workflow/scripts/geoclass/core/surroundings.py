"""The surroundings of a job: what it must not do unasked, whose coordinate systems it reads, and the software that it has.

Nothing leaves the machine unasked. ONNX Runtime writes an identifier of the machine into the home folder and queues events with the
path of the interpreter for a host outside; OpenVINO's conversion of models does likewise. A raster or a layer of labels may name sources
on other machines, which GDAL would fetch when the file is opened.

PROJ_DATA and PROJ_LIB lead PROJ to a database. Where a module of a cluster has set them to that of another version, rasterio reads
EPSG:3413 as a local system, without an error. Each package brings a database of its own and finds it without these variables.

Matplotlib makes a folder for settings in the home folder as soon as it is imported, and draws as a file there says. Here figures are drawn
alike for all users, and what it keeps goes to the cache.

This module acts when it is imported, which has to be before any of these packages, for this process and those that it starts.
"""

import functools
import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# A user who has set one of these otherwise is heard.
SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing-is-fetched",  # of all files behind /vsicurl and its kin
    "MPLCONFIGDIR": os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "matplotlib"),
}
VARIABLES = ("PROJ_DATA", "PROJ_LIB")
CITATION = Path(__file__).parents[4] / "CITATION.cff"  # the version is data, so that another one makes no result anew
PACKAGES = ("gdal", "numba", "numpy", "pyarrow", "rasterio", "scikit-learn", "scipy", "torch")


def foreign() -> dict[str, str]:
    """Return those of PROJ's variables that lead out of this Python's environment, with their values."""
    found = {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}
    here = Path(sys.prefix).resolve()
    return {name: value for name, value in found.items() if not Path(value).resolve().is_relative_to(here)}


@functools.cache
def workflow_version() -> str:
    """Return the version of the workflow, or unknown where it lies without its citation file."""
    found = re.search(r"^version: *(\S+)", CITATION.read_text(encoding="utf-8"), re.MULTILINE) if CITATION.is_file() else None
    return found[1] if found else "unknown"


@functools.cache
def software() -> dict[str, str]:
    """Return the versions of the workflow, of Python, and of the packages that compute, as far as this environment has them."""
    found = {"geoclass-workflow": workflow_version(), "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


for name, value in SWITCHES.items():
    os.environ.setdefault(name, value)
# OpenVINO's own opt-out is a file in the home folder; where the package cannot be imported OpenVINO is silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
LEFT_OUT = foreign()
for variable in LEFT_OUT:
    del os.environ[variable]
