"""The side-car XML of a simulated scene: the fields of the Polar Geospatial Center's, with values that say they are simulated."""

from xml.etree import ElementTree

from geoclass.simulation import simulated_scene
from geoclass.simulation.simulated_scene import Scene

SYNTHETIC = "simulated by geoclass-workflow (rule simulate_series): not an observation"


def xml(scene: Scene, name: str) -> bytes:
    """Return the side-car of a scene whose file has the stem `name`: root <IMD> with <PGC_IMD> and <SOURCE_IMD>.

    Nothing in it depends on when it is written.
    """
    root = ElementTree.Element("IMD")
    _add(root, {"SYNTHETIC": SYNTHETIC, "PGC_IMD": _ortho(scene), "SOURCE_IMD": _source(scene, name)})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _add(parent: ElementTree.Element, content: dict) -> None:
    """Add elements, dictionaries as elements that hold others, lists as repeated elements."""
    for tag, value in content.items():
        for item in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(parent, tag)
            if isinstance(item, dict):
                _add(child, item)
            else:
                child.text = f"{item:.15e}" if isinstance(item, float) else str(item)


def _ortho(scene: Scene) -> dict:
    """Return what the orthorectification would have noted."""
    return {
        "BITDEPTH": "UInt16",
        "COMPRESSION": "lzw",
        "EPSG_CODE": simulated_scene.EPSG,
        "FORMAT": "GTiff",
        "STRETCH": "ns",
        "ORTHO_DEM": "none",
        "RESAMPLEMETHOD": "near",
        "PROCESS_DATE": scene.time.strftime("%d-%b-%Y %H:%M:%S"),
    }


def _source(scene: Scene, name: str) -> dict:
    """Return what the vendor would have noted about the exposure and the raw image."""
    points = simulated_scene.corners(scene)
    place: dict[str, float] = {}
    for corner, (longitude, latitude) in zip(
        ("UL", "UR", "LR", "LL"), simulated_scene.lonlat([x for x, _ in points], [y for _, y in points]), strict=True
    ):
        place |= {f"{corner}LON": longitude, f"{corner}LAT": latitude, f"{corner}HAE": 0.0}
    time = scene.time.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    lines = scene.height_px / 20_000.0  # seconds at 20,000 lines a second
    image = {
        "SATID": scene.facts["satellite"],
        "MODE": "FullSwath",
        "SCANDIRECTION": "Forward",
        "CATID": scene.facts["catalog_id"],
        "TLCTIME": time,
        "NUMTLC": 2,
        "TLCLISTList": {
            "TLCLIST": ["0.000000000000000e+00 0.000000000000000e+00", f"{float(scene.height_px):.15e} {lines:.15e}"]
        },
        "FIRSTLINETIME": time,
        "AVGLINERATE": 20_000.0,
        "EXPOSUREDURATION": 0.0032,
    }
    ranges = {
        "COLLECTEDROWGSD": simulated_scene.PIXEL_HEIGHT_M,
        "COLLECTEDCOLGSD": simulated_scene.PIXEL_WIDTH_M,
        "SUNAZ": round(scene.sun[0], 1),
        "SUNEL": round(scene.sun[1], 1),
        "SATAZ": 0.0,
        "SATEL": 90.0,
        "INTRACKVIEWANGLE": 0.0,
        "CROSSTRACKVIEWANGLE": 0.0,
        "OFFNADIRVIEWANGLE": 0.0,
    }
    for field, value in ranges.items():
        image |= {f"{bound}{field}": value for bound in ("MIN", "MAX", "MEAN")}
    image |= {
        "MEANCOLLECTEDGSD": (simulated_scene.PIXEL_WIDTH_M * simulated_scene.PIXEL_HEIGHT_M) ** 0.5,
        "CLOUDCOVER": 0.1 if scene.light.clouds else 0.0,
        "RESAMPLINGKERNEL": "CC",
        "POSITIONKNOWLEDGESRC": "R",
        "ATTITUDEKNOWLEDGESRC": "R",
        "REVNUMBER": 0,
    }
    return {
        "SOURCE_IMAGE": f"{name.removesuffix('_u16ns3413')}.ntf",
        "VENDOR": "SYNTHETIC",
        "IMD": {
            "VERSION": "28.0",
            "GENERATIONTIME": time,
            "PRODUCTORDERID": scene.facts["order"],
            "PRODUCTCATALOGID": "0" * 16,
            "IMAGEDESCRIPTOR": "Basic1B",
            "BANDID": "P",
            "PANSHARPENALGORITHM": "None",
            "NUMROWS": scene.height_px,
            "NUMCOLUMNS": scene.width_px,
            "PRODUCTLEVEL": "LV1B",
            "PRODUCTTYPE": "Basic",
            "NUMBEROFLOOKS": 1,
            "RADIOMETRICLEVEL": "Corrected",
            "BITSPERPIXEL": 16,
            "COMPRESSIONTYPE": "None",
            "OUTPUTFORMAT": "GeoTIFF",
            "BAND_P": place | {"ABSCALFACTOR": 0.02846611, "EFFECTIVEBANDWIDTH": 0.2846, "TDILEVEL": 64},
            "IMAGE": image,
        },
    }
