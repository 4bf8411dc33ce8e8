"""A database of coordinate systems that a cluster's module has set is left out, and said to be."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
READ = "import sys; {}; import rasterio; dataset = rasterio.open(sys.argv[1]); print(dataset.crs.to_epsg(), dataset.crs.is_projected)"


def run(code, *arguments, **environment):
    """Run Python code with the library in a process of its own; return what it printed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environment, cwd=SCRIPTS, text=True, capture_output=True, check=True).stdout


@pytest.fixture
def scene(tmp_path):
    profile = {"driver": "GTiff", "height": 4, "width": 4, "count": 1, "dtype": "uint8", "crs": "EPSG:3413"}
    with rasterio.open(tmp_path / "a.tif", "w", transform=rasterio.Affine(1, 0, 1e6, 0, -1, -5e5), **profile) as dataset:
        dataset.write(np.ones((1, 4, 4), np.uint8))
    return tmp_path / "a.tif"


@pytest.mark.parametrize("name", ["PROJ_DATA", "PROJ_LIB"])
def test_a_scene_has_its_coordinate_system_whatever_a_module_has_set(scene, tmp_path, name):
    (tmp_path / "proj").mkdir()
    (tmp_path / "proj" / "proj.db").touch()  # of no PROJ at all
    wrong = run(READ.format("pass"), scene, **{name: str(tmp_path / "proj")})
    assert wrong.split()[0] == "None"  # what happens without the library
    assert run(READ.format("from geoclass.scenes import raster"), scene, **{name: str(tmp_path / "proj")}).split() == [
        "3413",
        "True",
    ]


def test_the_log_of_a_job_names_the_variable_and_one_of_this_environment_stays(tmp_path):
    code = "import os, sys; from geoclass.core import log\nwith log.job(sys.argv[1]): print(os.environ.get('PROJ_DATA'))"
    assert run(code, tmp_path / "log", PROJ_DATA="/opt/proj/6.3/share/proj").strip() == "None"
    assert "PROJ_DATA=/opt/proj/6.3/share/proj left out" in (tmp_path / "log").read_text()
    own = f"{sys.prefix}/share/proj"
    assert run(code, tmp_path / "log", PROJ_DATA=own).strip() == own and (tmp_path / "log").read_text() == ""
