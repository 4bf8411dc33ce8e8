"""Who may import whom."""

import pytest
from laws import LIBRARY, SCRIPTS, imports, packages

MODULES = sorted(LIBRARY.glob("*.py"))
ALL_SCRIPTS = sorted(SCRIPTS.glob("*.py"))


def floor(path, seen=()):
    """Return the floor of a module: 0 stands on nothing of ours, and so on; a circle has none."""
    assert path not in seen, f"circle of imports through {path.name}"
    below = closure_direct(path)
    return 1 + max((floor(module, (*seen, path)) for module in below), default=-1)


def closure_direct(path):
    return [LIBRARY / f"{n.removeprefix('geoclass.')}.py" for n in imports(path) if n.startswith("geoclass.")]


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.stem)
def test_the_library_knows_neither_scripts_nor_snakemake(module):
    scripts = {path.stem for path in ALL_SCRIPTS}
    for name in imports(module):
        assert name.split(".")[0] not in scripts | {"snakemake", "workflow"}, f"{module.name} imports {name}"
    floor(module)


@pytest.mark.parametrize("script", ALL_SCRIPTS, ids=lambda p: p.stem)
def test_scripts_import_the_library_and_never_each_other(script):
    scripts = {path.stem for path in ALL_SCRIPTS}
    assert not {name.split(".")[0] for name in imports(script)} & (scripts | {"snakemake"})


@pytest.mark.parametrize("name", ["vario", "structure", "tiling", "tables", "raster", "files", "log", "features"])
def test_the_ground_floor_needs_no_torch(name):
    assert not packages(LIBRARY / f"{name}.py") & {"torch", "torchvision"}


def test_varionet_takes_the_other_networks_as_arguments():
    assert not imports(LIBRARY / "varionet.py") & {"geoclass.resnet18", "geoclass.variomlp"}


@pytest.mark.parametrize("script", ALL_SCRIPTS, ids=lambda p: p.stem)
def test_no_process_loads_two_gdals(script):
    needed = packages(script)
    assert "osgeo" not in needed or not needed & {"rasterio", "geopandas", "pyogrio", "fiona", "rio_cogeo", "rio_tiler"}


def test_nothing_is_pickled():
    for path in [*MODULES, *ALL_SCRIPTS]:
        text = path.read_text()
        assert "allow_pickle=True" not in text and "torch.load(" not in text and "import joblib" not in text, path.name


@pytest.mark.parametrize("path", [*MODULES, *ALL_SCRIPTS], ids=lambda p: p.stem)
def test_files_are_small(path):
    assert len(path.read_text().splitlines()) <= (330 if path.parent == LIBRARY else 160)
