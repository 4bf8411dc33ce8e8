"""What a GeoTIFF says of its grid, read from its header without GDAL."""

from pathlib import Path

from PIL import Image

WIDTH, HEIGHT, BITS, SAMPLE_FORMAT = 256, 257, 258, 339
PIXEL_SCALE, TIE_POINT, TRANSFORMATION, GDAL_NODATA = 33550, 33922, 34264, 42113
KINDS = {1: "uint", 2: "int", 3: "float"}


def describe(path: str | Path) -> dict:
    """Return the grid of the first band as fields of a STAC 1.1 asset.

    Parameters
    ----------
    path
        GeoTIFF whose coordinates are those of the corners of its pixels, as GDAL writes them.

    Returns
    -------
    dict
        ``proj:shape`` (rows, columns), ``proj:transform`` (a, b, c, d, e, f), ``data_type`` and, where it has one, ``nodata``.

    References
    ----------
    OGC 19-008r4, GeoTIFF 1.1, section 7; STAC 1.1 common metadata; projection extension 2.0.
    """
    with Image.open(path) as image:
        tags = image.tag_v2
        if TRANSFORMATION in tags:
            a, b, _, c, d, e, _, f = tags[TRANSFORMATION][:8]
        else:
            (width, height, *_), (column, row, _, x, y, *_) = tags[PIXEL_SCALE], tags[TIE_POINT]
            a, b, c, d, e, f = width, 0.0, x - column * width, 0.0, -height, y + row * height
        data_type = f"{KINDS[tags.get(SAMPLE_FORMAT, (1,))[0]]}{tags[BITS][0]}"
        about = {"proj:shape": [tags[HEIGHT], tags[WIDTH]], "proj:transform": [a, b, c, d, e, f], "data_type": data_type}
        if GDAL_NODATA in tags:
            nodata = tags[GDAL_NODATA].strip("\0 ").lower()
            about["nodata"] = "nan" if nodata == "nan" else int(nodata) if nodata.lstrip("-").isdigit() else float(nodata)
    return about
