"""What is known about a scene beside its pixels: side-cars of WorldView scenes, and what file names and tags tell."""

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from geoclass.core import log

FACTS = ("sensor", "date", "catalog_id", "sun_azimuth_deg", "sun_elevation_deg", "off_nadir_deg", "gsd_m", "bit_depth", "stretch")
EXPECTED = "<IMD> of the Polar Geospatial Center, <isd> of Maxar, or .IMD text"

PGC_NAME = re.compile(r"(?P<sensor>[A-Z]{2}\d\d)_(?P<date>\d{14})_(?P<catalog_id>[0-9A-F]{16})_\d\d[A-Z]{3}\d{8}-[A-Z]\w{3}[-_]")
PGC_SUFFIX = re.compile(r"_[uf](?P<bit_depth>\d\d)(?P<stretch>ns|rf|mr|rd|au)\d{4,5}$")
YEARS = (1900, 2200)
LARGEST, LONGEST_LINE = 20_000_000, 10_000  # bytes and characters; side-cars have some thousands
DATE_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_]?)(\d\d)\2(\d\d)(?:T?\d{6}Z?)?(?!\d)")

# Field names of the vendor, newest first; QuickBird's have no mean.
FIELDS = {
    "sensor": ("SATID",),
    "date": ("FIRSTLINETIME", "TLCTIME"),
    "catalog_id": ("CATID",),
    "sun_azimuth_deg": ("MEANSUNAZ", "SUNAZ"),
    "sun_elevation_deg": ("MEANSUNEL", "SUNEL"),
    "off_nadir_deg": ("MEANOFFNADIRVIEWANGLE", "OFFNADIRVIEWANGLE"),
    "gsd_m": ("MEANCOLLECTEDGSD",),
}


def find(scene: str | Path) -> Path | None:
    """Return the side-car beside a scene, a file of the same stem ending in .xml or .IMD; None where there is none."""
    for suffix in (".xml", ".XML", ".IMD", ".imd"):
        path = Path(scene).with_suffix(suffix)
        if path.is_file():
            return path
    return None


def read(path: str | Path) -> dict:
    """Read a side-car.

    Returns
    -------
    dict
        The keys of `FACTS`, None where the side-car does not tell, and `synthetic`. Angles in degrees, `gsd_m` the mean collected
        ground sample distance in metres, `date` ISO 8601 in UTC, `bit_depth` that of the file, `stretch` as PGC abbreviates it
        (ns none, rf reflectance, mr, rd, au).

    Raises
    ------
    ValueError
        Anything but a WorldView side-car, among it the rational polynomial coefficients of other sensors.
    """
    if Path(path).stat().st_size > LARGEST:
        raise ValueError(f"{path}: larger than {LARGEST:,} bytes, expected a side-car, {EXPECTED}; remove or rename it")
    content = Path(path).read_bytes()
    facts = _read_xml(path, content) if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else _read_odl(path, content)
    try:
        for key in ("sun_azimuth_deg", "sun_elevation_deg", "off_nadir_deg", "gsd_m"):
            facts[key] = None if facts.get(key) is None else _finite(key, facts[key])
        facts["date"] = facts.get("date") and iso(facts["date"])
    except ValueError as error:
        raise ValueError(f"{path}: {error} in the side-car, expected as the vendor writes it; restore it or remove it") from None
    return {key: facts.get(key) for key in (*FACTS, "synthetic")}


def _read_xml(path: str | Path, content: bytes) -> dict:
    """Read the facts of an XML side-car, as text."""
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # not well-formed, or in an encoding that nobody knows
        raise ValueError(
            f"{path}: not readable as XML ({error}), expected a side-car, {EXPECTED}; restore or remove it"
        ) from None
    ortho = root.find("PGC_IMD") if root.tag == "IMD" else None
    image = root.find("SOURCE_IMD/IMD/IMAGE") if root.tag == "IMD" else root.find("IMD/IMAGE")
    if root.tag not in ("IMD", "isd") or (ortho is None and image is None):
        raise ValueError(
            f"{path}: root <{root.tag}> of another sensor or kind, expected a side-car, {EXPECTED}; remove or rename it"
        )
    facts = _vendor_fields({child.tag: child.text or "" for child in image} if image is not None else {})
    bits = root.findtext("IMD/BITSPERPIXEL", "") if ortho is None else ortho.findtext("BITDEPTH", "")
    facts["bit_depth"] = int(re.sub(r"\D", "", bits[:20]) or 0) or None
    facts["stretch"] = None if ortho is None else ortho.findtext("STRETCH")
    facts["synthetic"] = root.find("SYNTHETIC") is not None
    return facts


def _read_odl(path: str | Path, content: bytes) -> dict:
    """Read the facts of an .IMD text: `key = value;` in groups; those of the first image count."""
    fields: dict[str, dict[str, str]] = {"": {}}
    group = ""
    for line in content.decode("utf-8", "replace").splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or len(line) > LONGEST_LINE or not re.fullmatch(r"\w+", key):
            continue
        value = value.removesuffix(";").strip().removeprefix('"').removesuffix('"')
        if key in ("BEGIN_GROUP", "END_GROUP"):
            group = value if key == "BEGIN_GROUP" else ""
            fields.setdefault(group, {})
        else:
            fields[group][key.upper()] = value
    if "IMAGE_1" not in fields:
        raise ValueError(
            f"{path}: neither XML nor a text with the group IMAGE_1, expected a side-car, {EXPECTED}; remove or rename it"
        )
    bits = fields[""].get("BITSPERPIXEL", "")
    return _vendor_fields(fields["IMAGE_1"]) | {
        "bit_depth": int(bits) if bits[:3].isdecimal() and len(bits) < 4 else None,
        "synthetic": False,
    }


def _vendor_fields(image: dict[str, str]) -> dict:
    """Pick our facts out of the vendor's fields of an image."""
    return {fact: next((image[name].strip() for name in names if image.get(name)), None) for fact, names in FIELDS.items()}


def _finite(key: str, text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{key} {text}")
    return value


def from_name(stem: str) -> dict:
    """Return what a file name in PGC's grammar tells, an empty dictionary for other names.

    ``SAT_YYYYMMDDhhmmss_CATID16_YYMONDDhhmmss-P1BS-ORDER_PART_Pnnn_u16ns3413``: satellite, time of the first line, catalogue id,
    then bit depth, stretch and EPSG code of the orthorectified image.
    """
    match = PGC_NAME.match(stem)
    if not match:
        return {}
    facts = match.groupdict()
    if suffix := PGC_SUFFIX.search(stem):
        facts |= {"bit_depth": int(suffix["bit_depth"]), "stretch": suffix["stretch"]}
    return facts


def date_in(stem: str) -> str | None:
    """Return the first date, year month day, in a file name; None where there is none."""
    for match in DATE_IN_NAME.finditer(stem):
        try:
            return iso("".join(match.group(1, 3, 4)))
        except ValueError:
            continue
    return None


def iso(text: str) -> str:
    """Return a date or time as ISO 8601 in UTC to the second; what has no time of day gets midnight, what has no zone is UTC.

    Read are ISO 8601 in all its forms, ``20160625170309`` and the ``2016:06:25 17:03:09`` of TIFF tags.

    Raises
    ------
    ValueError
        The text is no date.
    """
    plain = re.sub(r"^(\d{4}):(\d\d):(\d\d)", r"\1-\2-\3", text.strip())
    plain = re.sub(r"^(\d{8})(\d{6})$", r"\1T\2", plain)
    try:
        time = datetime.fromisoformat(plain)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:80]!r} is no date") from None
    if not YEARS[0] <= time.year <= YEARS[1]:
        raise ValueError(f"{text!r} is no date of a satellite image, the years {YEARS[0]} to {YEARS[1]}")
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _apart(one: str, other: str) -> timedelta:
    """Return the time between two dates; none where one of them is no date."""
    try:
        first, second = (datetime.fromisoformat(iso(text)) for text in (one, other))
    except ValueError:
        return timedelta()
    return abs(first - second)


def describe(scene: str | Path, side_car: str | Path | None, tags: dict[str, str], given_date: str | None) -> dict:
    """Put together what is known about a scene; what the table of scenes says of the date comes first, then the side-car.

    Parameters
    ----------
    scene
        File of the scene; only its name is read.
    side_car
        Its side-car, if it has one.
    tags
        Tags of the file. `ACQUISITION_DATE` counts before a date in the name, `TIFFTAG_DATETIME`, which programs set when they save
        a file, after it; a tag of zeros or blanks is no date. A tag `SYNTHETIC` marks a simulated scene.
    given_date
        Date in the table of scenes, if there is one.

    Returns
    -------
    dict
        The keys of `FACTS`, None where nothing is known, and `synthetic`.

    Raises
    ------
    ValueError
        A side-car of another exposure, sensor or day than the scene's name says, a date that is none, or no date at all.
    """
    stem = Path(scene).stem
    facts = read(side_car) if side_car else {}
    name = from_name(stem)
    exposures = {facts.get("catalog_id"), name.get("catalog_id")} - {None}
    if len(exposures) > 1:
        raise ValueError(
            f"{side_car}: side-car of exposure {facts['catalog_id']}, expected {name['catalog_id']} as in the scene's name; "
            "put the right one beside the scene"
        )
    sensors = [facts.get("sensor"), name.get("sensor")]
    apart = all((facts.get("date"), name.get("date"))) and _apart(facts["date"], name["date"]) > timedelta(days=1)
    if apart or (all(sensors) and sensors[0] != sensors[1]):
        raise ValueError(
            f"{side_car}: side-car of {sensors[0] or 'a scene'} of {facts.get('date')}, expected {sensors[1]} of {name['date']} as in the "
            "scene's name; put the right one beside the scene"
        )
    known = {key: text for key, text in tags.items() if text.strip(" 0:-")}  # zeros and blanks say that no date is known
    sources = {
        "the table of scenes": given_date,
        "the side-car": facts.get("date"),
        "the name": name.get("date"),
        "the tag ACQUISITION_DATE": known.get("ACQUISITION_DATE"),
        "a date in the name": date_in(stem),
        "the tag TIFFTAG_DATETIME": known.get("TIFFTAG_DATETIME"),
    }
    origin = next((origin for origin, text in sources.items() if text), None)
    if origin is None:
        raise ValueError(f"{scene}: no date in side-car, name or tags; give it in the column date of the table of scenes")
    try:
        date = iso(sources[origin])
    except ValueError as error:
        raise ValueError(
            f"{scene}: {error} (from {origin}), expected one like 2016-06-25; write it into the column date of the table of scenes"
        ) from None
    log.logger.info("%s: date %s from %s", Path(scene).name, date, origin)
    found = {key: name.get(key) if facts.get(key) is None else facts[key] for key in FACTS}
    return found | {"date": date, "synthetic": bool(facts.get("synthetic") or "SYNTHETIC" in tags)}
