"""Where labels come from: files of polygons, points or tile names, and class folders of images, read into one form."""

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geoclass.core import formats, label_store, log, model_names, surface_classes
from geoclass.labels import annotation_formats, class_folders, geoclass_v2, groups, named_tiles


def check(sources: list[str], grid: str) -> None:
    """Refuse sources that cannot be bound, whatever they hold.

    Parameters
    ----------
    sources
        Files and folders of labels.
    grid
        Grid of the scenes (ingest_scene/grid): tables of the original software count the pixels of the images as they came.

    Raises
    ------
    ValueError
        No source, or a table of the original with scenes on another grid.
    """
    if not sources:
        raise ValueError("collect_labels/sources: empty, expected a file or folder of labels; name one")
    by_pixel = [source for source in sources if source.lower().endswith(".npy")]
    if by_pixel and grid == "reproject":
        raise ValueError(
            f"{by_pixel[0]}: rows and columns of the original image, expected scenes on its own pixels, but ingest_scene/grid is "
            "reproject; set it to native"
        )


def read(path: str | Path, classes: pd.DataFrame, group_field: str | None, group_pattern: str | None) -> gpd.GeoDataFrame:
    """Read a source of labels: one item a polygon, point, tile or image.

    A file with a column tile_id binds its labels by the name of the tile, any other by the place of its polygons and points, and
    so do polygons whose tile_id is none of ours; a folder holds one folder a class, named by its name or id, and in it images.
    Column names are read in upper and lower case. Of what users of the original software have, its tables (``.npy``) give the tiles
    that were labelled by hand, and folders that are numbered from 0 are its classes in the order of the table.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON or Shapefile, Parquet table, COCO or Label Studio JSON, ``.npy`` table of the original, or folder.
    classes
        The table of classes.
    group_field
        Column that names the place of a polygon or point; None for none. Images have their file name instead, and labels that name
        their tile the column group, if they have it.
    group_pattern
        Regular expression whose one group takes the place out of that text; None for the whole text.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns kind (polygon, point, tile, image or window), class_id, scene (as written; empty where not given), tile_id (empty
        for what is bound by place), group (empty where none is asked for), origin (human, or the model that proposed the label),
        confidence (of that model; missing for people's) and geometry (missing for images, and for tiles whose footprint is not
        told). Its coordinate system is that of the file; windows, tiles of the original, have none and are rectangles of columns and
        rows of their scene.

    Raises
    ------
    ValueError
        A file that cannot be read or lacks a column, an unknown class or one of another id, a geometry that is neither polygon nor
        point, no coordinate system, a pattern that does not fit.
    """
    pattern = groups.compiled(group_pattern)
    if formats.is_image_folder(path):
        return class_folders.read(Path(path), classes, pattern)
    table = _plain(Path(path), _table(Path(path)))
    if table.empty:
        raise ValueError(f"{path}: no row, expected at least one label; add labels or take it out of collect_labels/sources")
    if "class_id" not in table and "class_name" not in table:
        raise ValueError(f"{path}: columns {', '.join(table)}, expected class_id or class_name; add one")
    by_name = _names_tiles(table)
    by_place = not by_name and Path(path).suffix.lower() != ".npy"
    if group_field and by_place and group_field.lower() not in table:
        raise ValueError(f"{path}: columns {', '.join(table)}, expected {group_field}; correct collect_labels/group_field")
    if Path(path).suffix.lower() == ".gpkg" and "class_id" in table:
        _check_store(Path(path), table, classes)
    where = [f"{path}: row {row}" for row in range(1, len(table) + 1)]
    items = gpd.GeoDataFrame(
        {
            "class_id": _classes(table, classes, where),
            "scene": _texts(table, "scene"),
            "tile_id": _texts(table, "tile_id"),
            "group": _texts(table, "group" if by_name else ""),
            "origin": _origins(table, by_name, Path(path)),
            "confidence": pd.to_numeric(table["confidence"], errors="coerce") if by_name and "confidence" in table else np.nan,
        },
        geometry=[None] * len(table),
    )
    if group_field and by_place:
        items["group"] = groups.places(_texts(table, group_field.lower()), pattern, [f"{row}: {group_field}" for row in where])
    if by_name:
        if "" in set(items["tile_id"]):
            raise ValueError(f"{where[list(items['tile_id']).index('')]}: no tile_id, expected one in every row; fill it in")
        return _named(path, items, table, where)
    if not by_place:
        return items.assign(kind="window").set_geometry(table.geometry)
    if not isinstance(table, gpd.GeoDataFrame):
        raise ValueError(f"{path}: neither geometry nor a column tile_id, expected one of them; add it")
    return _drawn(path, items, table, where)


def _named(path: str | Path, items: gpd.GeoDataFrame, table: pd.DataFrame, where: list[str]) -> gpd.GeoDataFrame:
    """Return items that name their tile, with its footprint where the file tells it; polygons of other names are drawn ones."""
    items = items.assign(kind="tile")
    if not isinstance(table, gpd.GeoDataFrame) or table.crs is None or table.geometry.isna().all():
        return items
    placed = table.geometry.notna()
    drawn = _drawn(path, items[placed], table[placed], [place for place, kept in zip(where, placed, strict=True) if kept])
    ours = drawn["tile_id"].map(named_tiles.is_ours)
    drawn = drawn.assign(kind=drawn["kind"].mask(ours, "tile"), tile_id=drawn["tile_id"].where(ours, ""))
    return pd.concat([drawn, items[~placed].set_crs(table.crs)]).sort_index()


def _drawn(path: str | Path, items: gpd.GeoDataFrame, table: gpd.GeoDataFrame, where: list[str]) -> gpd.GeoDataFrame:
    """Return items with their polygon or point."""
    kinds, shapes = zip(*(_shape(shape, place) for shape, place in zip(table.geometry, where, strict=True)), strict=True)
    items = items.assign(kind=list(kinds)).set_geometry(gpd.GeoSeries(shapes, index=items.index, crs=table.crs))
    _check_coordinates(path, items)
    return items


def _table(path: Path) -> pd.DataFrame:
    """Read all rows of a file; of a file with several layers, the one named labels or the only one with geometry."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file, expected a source of labels; correct collect_labels/sources")
    try:
        if path.suffix.lower() == ".parquet":
            if b"geo" in (pq.read_schema(path).metadata or {}):
                return gpd.read_parquet(path)
            return pq.read_table(path, memory_map=False).to_pandas()
        if path.suffix.lower() == ".npy":
            return _windows(path)
        if path.suffix.lower() == ".json":
            content = json.loads(path.read_text(encoding="utf-8-sig"))  # Windows marks UTF-8 at its beginning
            if not isinstance(content, dict | list):
                raise ValueError(
                    f"{path}: {content!r}, expected labels as GeoJSON, COCO or Label Studio write them; export it again"
                )
            if isinstance(content, list) or {"images", "annotations"} & set(content) or "type" not in content:
                return _annotations(path, content)
        formats.refuse_virtual(path)
        layers = gpd.list_layers(path)
        names = list(layers["name"] if len(layers) == 1 else layers["name"][layers["geometry_type"].notna()])
        if "labels" in list(layers["name"]):
            names = ["labels"]
        if len(names) != 1:
            raise ValueError(f"{path}: layers {', '.join(layers['name'])}, expected one, or one named labels; rename it")
        return gpd.read_file(path, layer=names[0], datetime_as_string=True)
    except (
        RuntimeError,
        OSError,
        pa.ArrowException,
        RecursionError,
        shapely.errors.ShapelyError,
        json.JSONDecodeError,
        UnicodeDecodeError,
    ) as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{path}: not a readable file of labels ({reason}); expected GeoPackage, GeoJSON, Shapefile, Parquet, COCO, Label Studio"
        ) from None


def _check_store(path: Path, table: pd.DataFrame, classes: pd.DataFrame) -> None:
    """Refuse a store of the labelling page, whose layer tells classes by their ids alone, where the table has given these to others."""
    if not {"classes", "history"} <= set(gpd.list_layers(path)["name"]):
        return
    known = gpd.read_file(path, layer="classes", fid_as_index=True)["class_name"]  # class_id is the key of the table
    bound = known[known.index.isin(table["class_id"])].to_dict()
    label_store.check_ids(bound, classes, "the table of classes", path)


def _plain(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with column names in lower case and its geometry, whatever the file calls it, in the column geometry."""
    if isinstance(table, gpd.GeoDataFrame):
        others = [name for name in table.columns if name != table.geometry.name and isinstance(table[name], gpd.GeoSeries)]
        table = table.drop(columns=others)
        table = table if table.geometry.name == "geometry" else table.rename_geometry("geometry")
    names = pd.Series(table.columns.str.lower())
    if names.duplicated().any():
        twice = names[names.duplicated()].iloc[0]
        raise ValueError(f"{path}: two columns {twice} that differ in upper and lower case alone, expected one; rename the other")
    table.columns = list(names)
    return table


def _names_tiles(table: pd.DataFrame) -> bool:
    """Return whether labels name their tile; a user's own column tile_id beside polygons, with other names, means nothing."""
    if "tile_id" not in table or not isinstance(table, gpd.GeoDataFrame) or table.geometry.isna().all():
        return "tile_id" in table
    return any(map(named_tiles.is_ours, _texts(table, "tile_id")))


def _origins(table: pd.DataFrame, by_name: bool, path: Path) -> list[str]:
    """Return who gave each label: a model where a file of the workflow's own or of an annotation tool says so, else people.

    A column origin of a user's polygons, with names of people or of maps, means nothing by its name.
    """
    origins = _texts(table, "origin") if by_name else [""] * len(table)
    told = path.suffix.lower() == ".json"  # annotation tools say themselves what is a prediction
    if path.suffix.lower() == ".parquet":
        told = b"geoclass" in (pq.read_schema(path).metadata or {})
    if not told:
        origins = [text if re.match(model_names.ORIGIN, text) else "" for text in origins]
    return [text or "human" for text in origins]


def _windows(path: Path) -> gpd.GeoDataFrame:
    """Return the tiles of a table of the original software that were labelled by hand, as rectangles of its images."""
    found, table = geoclass_v2.read(path)
    labelled = table[table["label"] >= 0]
    by_hand = labelled[labelled["confidence"].isin([0, 1])]
    if len(by_hand) < len(labelled):
        log.logger.info("%s: %d predictions left aside, %d labels by hand", path, len(labelled) - len(by_hand), len(by_hand))
    row, column = by_hand["row_px"].to_numpy(), by_hand["column_px"].to_numpy()
    columns = {
        "class_name": [found["classes"][label] for label in by_hand["label"]],
        "scene": [found["images"][image] for image in by_hand["image"]],
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.box(column, row, column + found["width_px"], row + found["height_px"]))


def _annotations(path: Path, content: dict | list) -> pd.DataFrame:
    """Return the labels of a COCO object or of a list of Label Studio's tasks."""
    try:
        return (
            annotation_formats.from_label_studio(content) if isinstance(content, list) else annotation_formats.from_coco(content)
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path}: not as COCO or Label Studio writes it ({type(error).__name__}: {error}); export it again"
        ) from None


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    """Return a column as text, empty where a value or the column is missing; whole numbers lose the .0 that gaps give them."""
    if column not in table:
        return [""] * len(table)
    values = table[column].astype(object).where(table[column].notna(), "")
    return [str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip() for value in values]


def _classes(table: pd.DataFrame, classes: pd.DataFrame, where: list[str]) -> list[int]:
    """Return the class of every row; each way of naming one is looked up once, however many rows there are."""
    columns = [table[column].astype(object) for column in ("class_id", "class_name") if column in table]
    known: dict[tuple, int] = {}
    found = []
    for entry, place in zip(zip(*columns, strict=True), where, strict=True):
        given = [value for value in entry if not (pd.api.types.is_scalar(value) and pd.isna(value))]
        key = (len(given), *map(str, given))
        if key not in known:
            known[key] = _class(given, classes, place)
        found.append(known[key])
    return found


def _class(named: list, classes: pd.DataFrame, where: str) -> int:
    """Return the class that a row names by id, by name or by both, which then have to agree."""
    found = [surface_classes.identify(value, classes, where) for value in named or [""]]
    if len(set(found)) > 1:
        raise ValueError(f"{where}: class_id {named[0]} and class_name {named[1]!r} differ; correct one of them")
    return found[0]


def _shape(shape: shapely.Geometry | None, where: str) -> tuple[str, shapely.Geometry]:
    """Return whether a geometry is a polygon or a point, and the geometry, mended where its outline crosses itself."""
    if shape is None or shape.is_empty:
        raise ValueError(f"{where}: no geometry, expected a polygon or point; draw it or remove the row")
    shape = shapely.force_2d(shape)
    if shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise ValueError(f"{where}: coordinates that are not finite, expected numbers; draw it again or remove the row")
    if shape.geom_type == "Point":
        return "point", shape
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"{where}: {shape.geom_type}, expected Polygon, MultiPolygon or Point; draw it as one of these")
    shape = shape if shape.is_valid else shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shape.area == 0:
        raise ValueError(f"{where}: a polygon without area, expected one that covers tiles; draw it again or remove the row")
    return "polygon", shape


def _check_coordinates(path: str | Path, items: gpd.GeoDataFrame) -> None:
    """Refuse a file that does not say where it lies."""
    if items.crs is None:
        raise ValueError(f"{path}: no coordinate system, expected one; assign the one that it was drawn in, in QGIS for example")
    farthest = abs(items.total_bounds).max()
    if items.crs.is_geographic and farthest > 360:
        raise ValueError(
            f"{path}: coordinates up to {farthest:.0f} in {items.crs.name}, expected degrees; save it with the coordinate system "
            "that it was drawn in (GeoJSON without a crs member is in longitude and latitude)"
        )
