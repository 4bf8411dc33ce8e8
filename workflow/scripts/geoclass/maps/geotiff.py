"""Maps as files that other software opens styled; the one module of the workflow that stands on GDAL's own bindings."""

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
from osgeo import gdal, osr

from geoclass.core import files, provenance
from geoclass.core.grid import NODATA, Grid, scene_grid
from geoclass.maps import map_styles
from geoclass.maps.cartography import Picture, View
from geoclass.maps.map_styles import Layer

gdal.UseExceptions()
osr.UseExceptions()
gdal.SetConfigOption("GTIFF_WRITE_RAT_TO_PAM", "YES")  # where every version of every reader finds the attribute table
BLOCK = 128  # cells in a block of the file; the smallest that COGs may have, since a cell stands for a whole tile


def write_map(path: str | Path, cells: np.ndarray, grid: Grid, layer: Layer, facts: dict[str, str]) -> None:
    """Write one map as a cloud-optimised GeoTIFF with its styles.

    Values that have names get a colour table inside the file, and category names and a raster attribute table in GDAL's side-car
    `<path>.aux.xml`, where GDAL, QGIS and ArcGIS look for them. Every map gets a `.qml` and a `.sld` of the same stem.

    Parameters
    ----------
    path
        The GeoTIFF to write.
    cells
        (height, width): bytes, `NODATA` where nothing is known, or float32, NaN where nothing is known.
    grid
        Where the cells lie.
    layer
        What they mean. Its `table` has the columns class_id, class_name, colour and cells, the number of cells of each class.
    facts
        Written as metadata of the file: scene, date, model and the like.
    """
    path = Path(path)
    real = cells.dtype.kind == "f"
    memory = gdal.GetDriverByName("MEM").Create("", grid.width, grid.height, 1, gdal.GDT_Float32 if real else gdal.GDT_Byte)
    a, b, c, d, e, f = grid.transform
    memory.SetGeoTransform((c, a, b, f, d, e))
    memory.SetProjection(named(grid.crs_wkt))
    memory.SetMetadata({"AREA_OR_POINT": "Area", **facts})
    band = memory.GetRasterBand(1)
    band.SetNoDataValue(np.nan if real else NODATA)
    band.SetDescription(layer.meaning)
    band.SetUnitType(layer.unit)
    if layer.table is not None:
        _name_values(band, layer.table)
    band.WriteArray(cells)
    options = ["COMPRESS=DEFLATE", f"BLOCKSIZE={BLOCK}", f"OVERVIEW_RESAMPLING={layer.overviews}", "NUM_THREADS=1"]
    with files.replacing(path) as temporary:
        copy = gdal.GetDriverByName("COG").CreateCopy(str(temporary), memory, options=options)
        del copy  # closes it, which writes the side-car
        if layer.table is not None:
            os.replace(f"{temporary}.aux.xml", f"{path}.aux.xml")
    styles = {".qml": map_styles.qml(layer.style, None if real else NODATA), ".sld": map_styles.sld(layer.style, path.stem)}
    for suffix, text in styles.items():
        with files.replacing(path.with_suffix(suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def named(crs_wkt: str) -> str:
    """Return a coordinate system as this GDAL can write it: with its codes where GDAL knows them, else by its parameters alone.

    PROJ 9.1, with GDAL 3.6, does not know the codes that later versions give to the ellipsoids of EPSG:3408, 3411 and 3412, and GDAL
    cannot write what it cannot look up.
    """
    whole = osr.SpatialReference()
    whole.ImportFromWkt(crs_wkt)
    try:
        for part in (None, "GEOGCS"):
            if whole.GetAuthorityName(part) == "EPSG":
                osr.SpatialReference().ImportFromEPSG(int(whole.GetAuthorityCode(part)))
    except RuntimeError:
        return re.sub(r',\s*(AUTHORITY|ID)\["[^"]*",\s*("[^"]*"|\d+)[^]]*\]', "", crs_wkt)
    return crs_wkt


def files_of(raster: str | Path) -> list[Path]:
    """Return a map's GeoTIFF and what `write_map` may write beside it."""
    path = Path(raster)
    return [path, Path(f"{path}.aux.xml"), path.with_suffix(".qml"), path.with_suffix(".sld")]


def _name_values(band: gdal.Band, table: pd.DataFrame) -> None:
    """Give a band colours, category names and an attribute table."""
    colours, names = gdal.ColorTable(), [""] * (int(table["class_id"].max()) + 1)
    colours.SetColorEntry(NODATA, (0, 0, 0, 0))
    columns = (
        ("Value", gdal.GFT_Integer, gdal.GFU_MinMax),
        ("Class_Name", gdal.GFT_String, gdal.GFU_Name),
        ("Red", gdal.GFT_Integer, gdal.GFU_Red),
        ("Green", gdal.GFT_Integer, gdal.GFU_Green),
        ("Blue", gdal.GFT_Integer, gdal.GFU_Blue),
        ("Count", gdal.GFT_Integer, gdal.GFU_PixelCount),
    )
    attributes = gdal.RasterAttributeTable()
    for column in columns:
        attributes.CreateColumn(*column)
    attributes.SetRowCount(len(table))
    for row, value in enumerate(table.itertuples()):
        red, green, blue = bytes.fromhex(value.colour[1:])
        colours.SetColorEntry(int(value.class_id), (red, green, blue, 255))
        names[value.class_id] = value.class_name
        for column, content in enumerate((value.class_id, value.class_name, red, green, blue, value.cells)):
            (attributes.SetValueAsString if isinstance(content, str) else attributes.SetValueAsInt)(row, column, content)
    band.SetColorTable(colours)
    band.SetColorInterpretation(gdal.GCI_PaletteIndex)
    band.SetCategoryNames(names)
    band.SetDefaultRAT(attributes)


def facts(metadata: dict, credits: str) -> dict[str, str]:
    """Return what every map says about itself, from the metadata of a class table or of one of vario functions."""
    scene, model = metadata["scene"], metadata.get("model", {})
    kind = "synthetic (simulated) scene, not an observation" if scene["synthetic"] else "observation"
    known = {"scene": scene["scene"], "date": scene["date"], "kind": kind, "model": model.get("model")}
    return {name: fact for name, fact in {**known, **provenance.facts(metadata), "credits": credits}.items() if fact}


def read_picture(path: str | Path, scene: dict, view: View, longest_px: int) -> Picture:
    """Read the part of a scene that lies in a view, thinned out by its overviews, as the background of a map.

    Parameters
    ----------
    path
        The scene in the common form.
    scene
        Its metadata.
    view
        Part of the coordinate system.
    longest_px
        Most pixels along the longer side of the picture.

    Returns
    -------
    Picture
        The darkest and the brightest half percent of the valid counts become 0 and 1.

    Raises
    ------
    ValueError
        GDAL cannot read the file.
    """
    grid = scene_grid(scene)
    left, right, bottom, top = view
    rows, columns = grid.places(np.array([left, right, right, left]), np.array([bottom, bottom, top, top]))
    row, column = max(0, int(rows.min())), max(0, int(columns.min()))
    height = min(grid.height, int(np.ceil(rows.max()))) - row
    width = min(grid.width, int(np.ceil(columns.max()))) - column
    step = max(1.0, max(height, width) / longest_px)
    size = {"buf_ysize": max(1, round(height / step)), "buf_xsize": max(1, round(width / step))}
    try:
        dataset = gdal.Open(str(path))  # kept: a band without its dataset is a wild pointer
        band = dataset.GetRasterBand(1)
        counts = band.ReadAsArray(column, row, width, height, resample_alg=gdal.GRIORA_Average, **size).astype(np.float32)
        counts[band.GetMaskBand().ReadAsArray(column, row, width, height, **size) == 0] = np.nan
    except RuntimeError as error:
        raise ValueError(f"{path}: GDAL cannot read it ({error}); make the scene again (ingest_scene)") from None
    known = counts[~np.isnan(counts)]
    low, high = np.percentile(known, [0.5, 99.5]) if len(known) else (0.0, 1.0)
    a, b, _, d, e, _ = grid.transform
    down, right_step = height / counts.shape[0], width / counts.shape[1]
    x, y = grid.coordinates(row, column)
    own = Grid(*counts.shape, (a * right_step, b * down, float(x), d * right_step, e * down, float(y)), grid.crs_wkt)
    return Picture(own, np.clip((counts - low) / max(high - low, 1e-6), 0, 1))
