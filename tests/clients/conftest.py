"""The products of the demo, made where they are missing."""

import sys

import pytest
from consumers import MODEL, ROOT, run


@pytest.fixture(scope="session")
def results():
    """Return the folder of the finished demo with series and catalogue; nothing is done where it is there."""
    products = ["all", f"results/series/{MODEL}/series.nc", "results/catalog/catalog.json"]
    run(
        sys.executable, "-m", "snakemake", "--configfile", "config/presets/demo.yaml", "--quiet", "all", "--", *products, cwd=ROOT
    )
    return ROOT / "results"


@pytest.fixture(scope="session")
def scenes(results):
    """Return the names of the scenes of the demo."""
    return sorted(path.stem for path in (results / "scenes").glob("*.json"))
