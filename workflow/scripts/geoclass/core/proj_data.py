"""Coordinate systems come from the database of the PROJ that reads them, whatever a module of a cluster has set.

PROJ_DATA and PROJ_LIB lead PROJ to a database. Where one is that of another version, rasterio reads EPSG:3413 as a local system,
without an error. Each package brings a database of its own and finds it without these variables. This module acts when it is
imported, which has to be before the first coordinate system is read.
"""

import os
import sys
from pathlib import Path

VARIABLES = ("PROJ_DATA", "PROJ_LIB")


def foreign() -> dict[str, str]:
    """Return those of the variables that lead out of this Python's environment, with their values."""
    found = {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}
    here = Path(sys.prefix).resolve()
    return {name: value for name, value in found.items() if not Path(value).resolve().is_relative_to(here)}


LEFT_OUT = foreign()  # in this process and those that it starts
for variable in LEFT_OUT:
    del os.environ[variable]
