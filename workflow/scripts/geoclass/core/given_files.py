"""Files of the user's between two runs: what lies beside them and holds a part of them, and what tells that one was replaced."""

import contextlib
import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from geoclass.core import formats

SMALL_BYTES = 1_000_000  # of files that Snakemake compares by what they hold
SQLITE = (".gpkg", ".sqlite")
# Bytes of the head of an SQLite file: kind of journal, changes, version (sqlite.org/fileformat2.html).
SQLITE_COUNTERS = ((18, 20), (24, 28), (92, 100))
# What GDAL reads beside a raster, after its name and after its stem: nodata, masks, heads, places, counts of large files.
BESIDE_NAME = (".aux.xml", ".msk", ".hdr", ".wld")
BESIDE_STEM = (".hdr", ".ige", ".prj", ".wld", ".tfw", ".tifw", ".pgw", ".jgw", ".bpw", ".wpw", ".j2w")


def beside(*paths: str | None) -> list[str]:
    """Return the files that hold a part of rasters or of files of polygons, points or lines, and change while those stay as they are.

    What QGIS has saved while it has a GeoPackage open stands in a journal beside it; attributes of a shapefile in its ``.dbf``, of a
    file geodatabase in the files of its folder; nodata, masks and places of a raster in side-cars, its pixels, where it is virtual, in
    other rasters. Side-cars with statistics alone, as QGIS writes them when it shows a raster, do not count; of others `state` leaves
    statistics out.
    """
    found: list[str] = []
    pending = list(filter(None, paths))
    seen = set(pending)
    for path in pending:  # virtual rasters add to it
        stem, suffix = os.path.splitext(path)
        if suffix.lower() in SQLITE:
            found.append(f"{path}-wal")
        elif suffix.lower() == ".shp":
            found += [stem + end for end in (".dbf", ".prj", ".cpg", ".DBF", ".PRJ", ".CPG")]
        elif suffix.lower() == ".gdb":
            found += sorted(map(str, Path(path).glob("*.gdbtable")))
        elif os.path.isfile(path):
            found += _side_cars(path)
            new = [source for source in _sources(path) if source not in seen] if suffix.lower() == ".vrt" else []
            found += new
            pending += new
            seen.update(new)
    return [part for part in dict.fromkeys(found) if os.path.isfile(part) and os.path.getsize(part) > 0]


def _side_cars(path: str) -> list[str]:
    """Return what GDAL reads beside a raster."""
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    ends = [name + end for end in BESIDE_NAME] + [stem + end for end in (*BESIDE_STEM, f"{suffix}w")]
    try:
        there = _names(folder, os.stat(folder or ".").st_mtime_ns)
    except PermissionError:  # a folder whose files may be read, but not listed
        there = {end.lower(): end for end in ends}
    found = [os.path.join(folder, there[end.lower()]) for end in dict.fromkeys(ends) if end.lower() in there]
    return [part for part in found if not (is_pam(part) and _told(part) == b"")]


@functools.lru_cache(maxsize=8)
def _names(folder: str, changed: int) -> dict[str, str]:
    """Return the names in a folder by their lower case; few folders hold the scenes of a series, and each is listed once a `changed`."""
    return {name.lower(): name for name in sorted(os.listdir(folder or "."))}


def is_pam(path: str) -> bool:
    """Return whether a file is a side-car of GDAL's, into which programs that show a raster write its statistics."""
    return path.lower().endswith(".aux.xml")


def _parsed(path: str) -> ElementTree.Element | None:
    """Return the root of an XML file, None where it cannot be read: ingestion says what is wrong with it."""
    try:
        return ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, LookupError, ValueError, OSError):
        return None


def _told(path: str) -> bytes | None:
    """Return what a side-car of GDAL's tells but for notes of programs that show it: how often a raster has which values, pyramids.

    Empty = nothing, None = not readable.
    """
    if (root := _parsed(path)) is None:
        return None
    for group in [*root.iter("PAMRasterBand"), root]:
        for part in list(group):
            if part.tag == "Metadata" and part.get("domain") == "Esri":
                group.remove(part)
                continue
            for fact in [fact for fact in part if part.tag == "Metadata" and fact.get("key", "").startswith("STATISTICS_")]:
                part.remove(fact)
            if part.tag == "Histograms" or (part.tag in ("Metadata", "PAMRasterBand") and not len(part)):
                group.remove(part)
    return ElementTree.canonicalize(ElementTree.tostring(root, "unicode"), strip_text=True).encode() if len(root) else b""


def _sources(path: str) -> Iterator[str]:
    """Yield the rasters that a virtual raster names; of one that cannot be read none."""
    if (root := _parsed(path)) is None:
        return
    folder = os.path.dirname(os.path.realpath(path) if os.path.islink(path) else path)  # GDAL follows links
    if os.path.islink(path) and not os.path.isabs(path):
        folder = os.path.relpath(folder)
    for element in root.iter():
        if element.tag in ("SourceFilename", "SourceDataset") and element.text:
            relative = {key.lower(): value for key, value in element.attrib.items()}.get("relativetovrt") == "1"
            name = element.text.strip()
            yield os.path.normpath(os.path.join(folder, name)) if relative else name


def _held(path: str) -> bytes | None:
    """Return what a file counts by, if it counts by what it holds."""
    if is_pam(path) and (told := _told(path)) is not None:
        return told
    if not os.path.isfile(path):
        return None
    if path.lower().endswith(SQLITE):
        return _of_sqlite(path)
    return hashlib.sha256(Path(path).read_bytes()).digest() if os.path.getsize(path) <= SMALL_BYTES else None


def _of_sqlite(path: str) -> bytes:
    """Return a digest of an SQLite file without what also changes when it is opened and closed."""
    with open(path, "rb") as stream:
        head = bytearray(stream.read(100))
        for begin, end in SQLITE_COUNTERS:
            head[begin:end] = bytes(end - begin)
        digest = hashlib.sha256(head)
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.digest()


def state(*paths: str | None) -> str:
    """Return a digest of files, and of all images in folders: another one where a file was replaced, also by an older one.

    Small files count by what they hold, as they do for Snakemake, so that a copy repeats nothing, and so do GeoPackages, of which a
    program that only shows them changes counters; others, and images, by size and time in whole seconds, since archives keep no
    others. Places do not count, so that a folder may be moved.
    """
    digest = hashlib.sha256()
    for path in filter(None, paths):
        if (held := _held(path)) is not None:
            digest.update(held)
            continue
        for file in formats.images(path) if os.path.isdir(path) else [Path(path)]:
            with contextlib.suppress(FileNotFoundError):
                found = file.stat()
                digest.update(
                    f"{os.path.relpath(file, path)} {found.st_size} {int(found.st_mtime)}\n".encode(errors="surrogateescape")
                )
    return digest.hexdigest()
