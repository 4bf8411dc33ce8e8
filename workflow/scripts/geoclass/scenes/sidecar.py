"""What is known about a scene beside its pixels: side-cars of WorldView scenes, and what file names and tags tell."""

import math
import re
from pathlib import Path
from xml.etree import ElementTree

from geoclass.scenes import dates

FACTS = ("sensor", "date", "catalog_id", "sun_azimuth_deg", "sun_elevation_deg", "off_nadir_deg", "gsd_m", "bit_depth", "stretch")
EXPECTED = "<IMD> of the Polar Geospatial Center, <isd> of Maxar, or .IMD text"

PGC_NAME = re.compile(r"(?P<sensor>[A-Z]{2}\d\d)_(?P<date>\d{14})_(?P<catalog_id>[0-9A-F]{16})_\d\d[A-Z]{3}\d{8}-[A-Z]\w{3}[-_]")
PGC_SUFFIX = re.compile(r"_[uf](?P<bit_depth>\d\d)(?P<stretch>ns|rf|mr|rd|au)\d{4,5}$")
LARGEST, LONGEST_LINE = 20_000_000, 10_000  # bytes and characters; side-cars have some thousands
TILE_OF_STRIP = re.compile(r"_R\d+C\d+(?=-|$)", re.IGNORECASE)  # in names of parts whose side-car is that of the whole strip

# Field names of the vendor, newest first; QuickBird's have no mean.
FIELDS = {
    "sensor": ("SATID",),
    "catalog_id": ("CATID",),
    "sun_azimuth_deg": ("MEANSUNAZ", "SUNAZ"),
    "sun_elevation_deg": ("MEANSUNEL", "SUNEL"),
    "off_nadir_deg": ("MEANOFFNADIRVIEWANGLE", "OFFNADIRVIEWANGLE"),
    "gsd_m": ("MEANCOLLECTEDGSD",),
}
TIMES = ("FIRSTLINETIME", "TLCTIME")  # of an image, the first that is given
PRODUCT_TIMES = ("EARLIESTACQTIME", "LATESTACQTIME")  # of a map-projected product, whose images have none
RANGES = {"sun_azimuth_deg": (0, 360), "sun_elevation_deg": (-90, 90), "off_nadir_deg": (-90, 90), "gsd_m": (0, 1000)}


def find(scene: str | Path) -> Path | None:
    """Return the side-car beside a scene, a file of the same stem ending in .xml or .IMD; None where there is none."""
    scene = Path(scene)
    for stem in dict.fromkeys((scene.stem, TILE_OF_STRIP.sub("", scene.stem))):
        for suffix in (".xml", ".XML", ".IMD", ".imd"):
            path = scene.with_name(stem + suffix)
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
        for key, (least, most) in RANGES.items():
            facts[key] = None if facts.get(key) is None else float(facts[key])
            if facts[key] is not None and not (math.isfinite(facts[key]) and least <= facts[key] <= most):
                raise ValueError(f"{key} of {facts[key]:g}, which is not between {least} and {most},")
        facts["date"] = dates.one(facts["times"])
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
    for element in root.iter():  # deliveries differ in their namespace, not in their words
        element.tag = element.tag.rpartition("}")[2]
    ortho = root.find("PGC_IMD") if root.tag == "IMD" else None
    image = root.find("SOURCE_IMD/IMD/IMAGE") if root.tag == "IMD" else root.find("IMD/IMAGE")
    if root.tag not in ("IMD", "isd") or (ortho is None and image is None):
        raise ValueError(
            f"{path}: root <{root.tag}> of another sensor or kind, expected a side-car, {EXPECTED}; remove or rename it"
        )
    facts = _vendor_fields({child.tag: child.text or "" for child in image} if image is not None else {})
    images = [{child.tag: child.text or "" for child in element} for element in root.iter() if element.tag == "IMAGE"]
    products = [{child.tag: child.text or "" for child in element} for element in root.iter() if element.tag.endswith("_PRODUCT")]
    facts["times"] = _times(images, products)
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
    images = [values for name, values in fields.items() if name.startswith("IMAGE_")]
    times = _times(images, [values for name, values in fields.items() if name.endswith("_PRODUCT")])
    facts = {"times": times, "bit_depth": int(bits) if bits.isdecimal() and len(bits) < 4 else None, "synthetic": False}
    return _vendor_fields(fields["IMAGE_1"]) | facts


def _times(images: list[dict[str, str]], products: list[dict[str, str]]) -> list[str]:
    """Return when the images of a product were taken, as the side-car writes it; its own times where the images have none."""
    taken = [next((image[name] for name in TIMES if image.get(name, "").strip()), None) for image in images]
    taken = [text for text in taken if text]
    return taken or [product[name] for product in products for name in PRODUCT_TIMES if product.get(name, "").strip()]


def _vendor_fields(image: dict[str, str]) -> dict:
    """Pick our facts out of the vendor's fields of an image."""
    return {fact: next((image[name].strip() for name in names if image.get(name)), None) for fact, names in FIELDS.items()}


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


def describe(
    scene: str | Path, side_car: str | Path | None, tags: dict[str, str], given_date: str | None, imagery: dict | None = None
) -> dict:
    """Put together what is known about a scene; the date is that of `dates.choose`.

    Parameters
    ----------
    scene
        File of the scene; only its name is read.
    side_car
        Its side-car, if it has one.
    tags
        Tags of the file. A tag `SYNTHETIC` marks a simulated scene.
    given_date
        Date in the table of scenes, if there is one.
    imagery
        What GDAL has read in side-cars of other sensors.

    Returns
    -------
    dict
        The keys of `FACTS`, None where nothing is known, and `synthetic`.

    Raises
    ------
    ValueError
        A side-car of another exposure or sensor than the scene's name says, or no one date, see `dates.choose`.
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
    sensors = {facts.get("sensor"), name.get("sensor")} - {None}
    if len(sensors) > 1:
        raise ValueError(
            f"{side_car}: side-car of {facts['sensor']}, expected {name['sensor']} as in the scene's name; put the right one beside "
            "the scene"
        )
    date = dates.choose(scene, given_date, facts.get("date"), tags, imagery or {})
    found = {key: name.get(key) if facts.get(key) is None else facts[key] for key in FACTS}
    return found | {"date": date, "synthetic": bool(facts.get("synthetic") or "SYNTHETIC" in tags)}
