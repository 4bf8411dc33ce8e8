"""The environments hold what the scripts import, in one version each."""

import re

import pytest
import yaml
from laws import ALL_SCRIPTS, LIBRARY, MODULES, ROOT, RULE_FILES, closure, packages, script

ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
CONDA_NAME = {
    "torch": "pytorch",
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "osgeo": "gdal",
    "rio_tiler": "rio-tiler",
}
RULES_TEXT = "\n".join(file.read_text() for file in RULE_FILES)
CONDA_NAME |= {"rio_cogeo": "rio-cogeo", "netCDF4": "netcdf4", "google": "protobuf", "rocrate": "ro-crate-py"}


def pins(path):
    """Return the packages of an env file and their exact versions."""
    found = {}
    for line in yaml.safe_load(path.read_text())["dependencies"]:
        name, version = re.fullmatch(r"([\w.-]+)\s*==?\s*([\w.]+)", line).groups()
        found[name] = version
    return found


def requirements():
    text = (ROOT / "requirements.txt").read_text() + (ROOT / "requirements-dev.txt").read_text()
    found = dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==([\w.]+)$", text, re.MULTILINE))
    return {CONDA_NAME.get(name, name): version for name, version in found.items()}


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda p: p.stem)
def test_an_environment_covers_the_imports_of_its_script(path):
    needed = {CONDA_NAME.get(name, name) for name in packages(script(path.stem))}
    assert needed <= set(pins(path)), f"missing: {needed - set(pins(path))}"


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda p: p.stem)
def test_an_environment_takes_conda_forge_alone(path):
    assert yaml.safe_load(path.read_text())["channels"] == ["conda-forge"]


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda p: p.stem)
def test_versions_agree_everywhere(path):
    expected = requirements()
    for name, version in pins(path).items():
        if name not in ("python", "gdal"):
            assert expected.get(name) == version, f"{name} {version} in {path.name}, {expected.get(name)} in requirements"


def test_rules_share_at_most_nine_environments():
    """Equal contents are one environment on disk."""
    assert len({path.read_text() for path in ENVIRONMENTS}) <= 9


def imported_by_rules():
    """Return the library modules that the Snakefile itself imports."""
    found = set()
    for chapter, names in re.findall(r"^from geoclass\.(\w+) import (.+)$", RULES_TEXT, re.MULTILINE):
        found |= {LIBRARY / chapter / f"{name}.py" for name in re.findall(r"\w+", names)}
    return found


def test_the_snakefile_needs_no_more_than_snakemake_and_pandas():
    """A login node holds these alone (docs/cluster.md), and every job reads the Snakefile again."""
    needed = set().union(*(packages(path) for path in imported_by_rules()))
    assert needed <= {"pandas", "yaml", "jsonschema"}  # the latter two come with Snakemake


def test_every_module_is_used():
    by_scripts = set().union(*(closure(path) for path in ALL_SCRIPTS))
    by_rules = set().union(*(closure(path) for path in imported_by_rules()))
    assert not {path for path in MODULES if path.stem != "__init__"} - by_scripts - by_rules
