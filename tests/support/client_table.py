"""Which client has read which product, and what clients do to a class map: rendered into docs/clients.md."""

import re

from consumers import ROOT, VALIDATOR, python, run, vnu

PAGE = ROOT / "docs" / "clients.md"
BEGIN, END = "<!-- rendered by make test-clients -->", "<!-- end of what was rendered -->"
KINDS = ("reads", "converts")
PRODUCTS = ("class map", "other maps", "series", "tables", "GeoPackages", "STAC", "RO-Crate", "COCO", "Label Studio", "HTML")
PACKAGE = "import sys, importlib.metadata as found; print(found.version(sys.argv[1]))"


def _package(name, interpreter=None):
    return lambda: run(interpreter() if interpreter else ROOT / ".venv" / "bin" / "python", "-c", PACKAGE, name)


def _axe():
    import axe_playwright_python

    script = next((ROOT / axe_playwright_python.__path__[0]).rglob("axe.min.js"))
    return script.read_text(encoding="utf-8")[:40]


# What tells the version of each client.
VERSIONS = {
    "GDAL": lambda: run("gdalinfo", "--version"),
    "QGIS": lambda: run("/usr/bin/python3", "-c", "from qgis.core import Qgis; print(Qgis.QGIS_VERSION)"),
    "terra (R)": lambda: run("Rscript", "-e", "cat(as.character(packageVersion('terra')))"),
    "CDO": lambda: run("sh", "-c", "cdo --version 2>&1"),
    "SAGA": lambda: run("saga_cmd", "--version"),
    "OTB": lambda: run("sh", "-c", "otbcli_Mosaic -version 2>&1 || true"),
    "rio-cogeo": _package("rio-cogeo"),
    "rasterio": _package("rasterio"),
    "geoutils": _package("geoutils", python),
    "geopandas": _package("geopandas"),
    "DuckDB": _package("duckdb"),
    "xarray": _package("xarray"),
    "cf_xarray": _package("cf_xarray", python),
    "compliance-checker": _package("compliance-checker"),
    "pystac": _package("pystac"),
    "odc-stac": _package("odc-stac", python),
    "roc-validator": _package("roc-validator", python),
    "validate_gpkg (GDAL)": lambda: VALIDATOR,
    "pycocotools": _package("pycocotools", python),
    "label-studio-sdk": _package("label-studio-sdk", python),
    "vnu": lambda: run(*vnu(), "--version"),
    "axe": _axe,
    "Chromium": lambda: run("/usr/bin/chromium", "--version"),
}
_read, _converted = {}, {}


def note(mark, passed):
    """Note how a test ended."""
    client, *rest = mark.args
    if mark.name == "converts":
        _converted[client, *rest] = passed
    for product in rest if mark.name == "reads" else ():
        assert product in PRODUCTS, product
        _read[client, product] = passed and _read.get((client, product), True)


def asked_all():
    """Tell whether every client has been asked for something, as when no test was left out."""
    return {client for client, *_ in (*_read, *_converted)} == set(VERSIONS)


def write():
    """Write both tables into the page."""
    known = {client: re.search(r"\d+(\.\d+)+", tell())[0] for client, tell in VERSIONS.items()}
    signs = {True: "✓", False: "✗", None: ""}
    lines = [f"|client|{'|'.join(PRODUCTS)}|", "|---" * (1 + len(PRODUCTS)) + "|"]
    for client, version in known.items():
        cells = [signs[_read.get((client, product))] for product in PRODUCTS]
        if any(cells):
            lines.append(f"|{client} {version}|{'|'.join(cells)}|")
    lines += ["", "|tool and command|what it does to the map|right|", "|---|---|---|"]
    for (client, command, seen, right), passed in _converted.items():
        lines.append(f"|{client} {known[client]}: `{command}`|{seen}{'' if passed else ' ✗'}|{right}|")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: "\n".join([BEGIN, *lines, END]), text, flags=re.DOTALL), encoding="utf-8")
