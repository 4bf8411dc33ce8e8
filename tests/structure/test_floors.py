"""Who may import whom."""

import re

import pytest
from laws import ALL_SCRIPTS, LIBRARY, MODULES, closure, name_of, packages, script

from geoclass.core import library

# The chapters from the ground up: a module imports its own chapter and lower ones, and those of core none.
CHAPTERS = (
    "core",
    "simulation",
    "scenes",
    "vario",
    "labels",
    "labelling",
    "confidence",
    "networks",
    "evaluation",
    "maps",
    "classification",
    "series",
    "active_learning",
    "report",
)
# What a chapter may import besides core and itself.
BELOW = {
    "vario": {"scenes"},
    "labels": {"scenes", "vario"},
    "labelling": {"scenes"},
    "confidence": {"scenes", "vario"},
    "networks": {"scenes", "vario", "labels", "confidence"},
    "evaluation": {"vario", "confidence"},
    "maps": {"vario", "confidence"},
    "classification": {"scenes", "vario", "confidence", "networks"},
    "series": {"confidence", "maps"},
    "active_learning": {"labels", "confidence", "evaluation"},
}
# Third parties that only these chapters may import; a module may be named, too.
HOMES = {
    "torch": {"networks", "classification"},
    "torchvision": {"networks"},
    "osgeo": {"maps.geotiff"},
    "rasterio": {"scenes", "labels", "labelling", "simulation"},
    "numba": {"vario", "simulation", "networks.devices"},
    "starlette": {"labelling"},
}


def chapter(name):
    """Return the chapter of a dotted name of a library module."""
    return name.split(".")[1]


def ours(path):
    """Return the library modules that a file imports, as dotted names."""
    names = {name for name in library.imports(path) if name.startswith("geoclass.")}
    return {name for name in names if LIBRARY.joinpath(*name.split(".")[1:]).with_suffix(".py").is_file()}


def test_every_chapter_has_its_place():
    assert {path.name for path in LIBRARY.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(CHAPTERS)
    assert all(CHAPTERS.index(other) < CHAPTERS.index(name) for name, others in BELOW.items() for other in others)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_imports_its_own_chapter_and_those_below(module):
    own = module.parent.name
    allowed = {own, "core", *BELOW.get(own, ())} if own != "core" else {"core"}
    assert {chapter(name) for name in ours(module)} <= allowed


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_the_library_knows_neither_scripts_nor_snakemake(module):
    scripts = {path.stem for path in ALL_SCRIPTS}
    for name in library.imports(module):
        assert name.split(".")[0] not in scripts | {"snakemake", "workflow"}, f"{module.name} imports {name}"
    circle(module)


def circle(path, seen=()):
    assert path not in seen, f"circle of imports through {path.name}"
    for name in ours(path):
        circle(LIBRARY.joinpath(*name.split(".")[1:]).with_suffix(".py"), (*seen, path))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_third_parties_stay_where_they_belong(module):
    name = name_of(module).removeprefix("geoclass.")
    for package in {imported.split(".")[0] for imported in library.imports(module)} & set(HOMES):
        assert HOMES[package] & {name, name.split(".")[0]}, f"{name} imports {package}"


@pytest.mark.parametrize("script", ALL_SCRIPTS, ids=lambda p: p.stem)
def test_scripts_import_the_library_and_never_each_other(script):
    scripts = {path.stem for path in ALL_SCRIPTS}
    assert not {part for name in library.imports(script) for part in name.split(".")[:2]} & (scripts | {"snakemake"})


@pytest.mark.parametrize("path", [*MODULES, *ALL_SCRIPTS], ids=name_of)
def test_whatever_is_imported_of_the_library_is_there(path):
    for name in library.imports(path):
        if name.startswith("geoclass.") and name.count(".") == 2:
            assert LIBRARY.joinpath(*name.split(".")[1:]).with_suffix(".py").is_file(), f"{path.name} imports {name}"


def test_varionet_takes_the_other_networks_as_arguments():
    assert not ours(LIBRARY / "networks" / "varionet.py") & {"geoclass.networks.resnet18", "geoclass.networks.variomlp"}


@pytest.mark.parametrize("script", ALL_SCRIPTS, ids=lambda p: p.stem)
def test_no_process_loads_two_gdals(script):
    needed = packages(script)
    assert "osgeo" not in needed or not needed & {"rasterio", "geopandas", "pyogrio", "fiona", "rio_cogeo", "rio_tiler"}


def test_packages_hold_a_docstring_and_nothing_else():
    for path in LIBRARY.rglob("__init__.py"):
        text = path.read_text().strip()
        assert text.startswith('"""') and text.count("\n") == 0, path


def test_names_of_modules_are_unique():
    stems = [path.stem for path in MODULES if path.stem != "__init__"]
    assert len(stems) == len(set(stems))


def test_nothing_is_pickled():
    for path in [*MODULES, *ALL_SCRIPTS]:
        text = path.read_text()
        loads = re.findall(r"torch\.load\((.*)\)", text)
        assert all("weights_only=True" in load for load in loads), path.name
        assert "allow_pickle=True" not in text and "import joblib" not in text, path.name


@pytest.mark.parametrize("path", [*MODULES, *ALL_SCRIPTS], ids=lambda p: p.stem)
def test_files_are_small(path):
    assert len(path.read_text().splitlines()) <= (340 if LIBRARY in path.parents else 160)


def test_training_on_pixels_stands_on_few_modules_and_none_that_shows_or_exports():
    """A word of a figure, a card or an export never retrains a network, and neither does a kernel of vario functions ResNet-18."""
    for name, most in (("train_resnet18", 19), ("cross_fit_resnet18", 20)):
        modules = {name_of(path).removeprefix("geoclass.") for path in closure(script(name)) if LIBRARY in path.parents}
        assert len(modules) <= most and not {name for name in modules if name.startswith("vario.")}
    for name in ("train_variomlp", "train_resnet18", "train_varionet", "cross_fit_variomlp", "cross_fit_resnet18"):
        modules = {path.stem for path in closure(script(name))}
        assert not modules & {"figures", "curves", "model_card", "onnx_export", "quantisation", "openvino_model"}, name


def test_no_pool_of_threads_of_numba_is_loaded():
    """TBB's, which numba takes where it is installed, was seen to wait for itself for ever at the end of a process."""
    for path in [*MODULES, *ALL_SCRIPTS]:
        used = re.search(r"numba\.[sg]et_num_threads|parallel=True|prange|threading_layer", path.read_text())
        assert not used, f"{path.name}: {used[0]}; take threads of Python, the kernels release the lock"
