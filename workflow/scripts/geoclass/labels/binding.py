"""Which tile has which class: sources of labels bound to tiles, conflicts set aside, and what came of every source."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoclass.labels import named_tiles, scene_names
from geoclass.labels.tile_sets import Tiles

TOLERANCE = 1e-6  # of an area share: what rounding in a change of coordinates may take from a tile that is wholly inside


def bind(
    items: gpd.GeoDataFrame, tiles: list[Tiles], minimum_inside_share: float, source: str, names: Mapping[int, str] | None = None
) -> pd.DataFrame:
    r"""Return the claims of a source on tiles.

    A class claims a tile T when the union of its polygons :math:`P_i` covers enough of it,
    :math:`|T \cap \bigcup_i P_i| \geq s |T|`; the tile's group is that of the polygon with the largest part in it. A point
    claims the tile that it lies in and, where tiles overlap, the one with the nearest centre. Items that name a tile claim that, see
    `named_tiles`; where a model's proposals go by their ground, they count apart from people's labels.

    A class that covers more than 1 - s of a tile without claiming it stands among the claims, too, not `enough`: where polygons of
    two classes lie over each other, it denies the tile to the other class (`settle`).

    Parameters
    ----------
    items
        Items of the source as `label_sources.read` returns them.
    tiles
        Tiles of all labelled scenes and image sets.
    minimum_inside_share
        s, 0 to 1.
    source
        File or folder of the items, for the table and for messages.
    names
        Names of the classes by id, for messages.

    Returns
    -------
    pandas.DataFrame
        One row a claim: item (position in `items`; of several polygons the one with the largest part), tile_id, scene, class_id,
        inside_share, enough, group, origin, confidence, source.

    Raises
    ------
    ValueError
        A scene that is unknown, not given, or without georeference; a source that claims no tile at all.
    """
    named, drawn = named_tiles.bind(items, tiles, source)
    images = {table.scene: table.source for table in tiles if table.footprints is not None}
    placed = _by_place(drawn.assign(scene=scene_names.scenes_of(drawn, images, source)), tiles, minimum_inside_share)
    claims = pd.concat([named.assign(enough=True), placed], ignore_index=True)
    problem = named_tiles.NO_TILE
    if len(drawn):
        counts = items["class_id"].map(names or {}).fillna(items["class_id"]).value_counts(sort=False)
        by_class = ", ".join(f"{n} of class {name}" for name, n in counts.items())
        problem = (
            f"no tile lies in any of its {len(items)} polygons and points ({by_class}), expected {minimum_inside_share:.0%} of a tile "
            "inside; extend ingest_scene/roi, check their coordinate system, draw larger polygons or lower "
            "collect_labels/minimum_inside_share"
        )
    if not claims["enough"].any():
        raise ValueError(f"{source}: {problem}")
    claims = claims.join(items[["class_id", "group", "origin", "confidence"]], on="item")
    return claims.assign(source=source)


def _by_place(items: gpd.GeoDataFrame, tiles: list[Tiles], minimum_inside_share: float) -> pd.DataFrame:
    """Bind polygons and points, scene by scene in the coordinates of the scene."""
    found = [pd.DataFrame({"item": [], "tile_id": [], "scene": [], "inside_share": [], "enough": []})]
    for table in tiles:
        of_scene = items[items["scene"] == table.scene]
        if of_scene.empty:
            continue
        if items.crs is None:  # windows, in columns and rows of the image as it came
            a, b, c, d, e, f = table.transform
            shapes = of_scene.geometry.affine_transform([a, b, d, e, c, f])
            _check_size(of_scene, shapes, table)
        else:
            shapes = table.shapes(of_scene.geometry, items.crs)
        footprints = table.footprints.to_numpy()
        parts = [_points(shapes[of_scene["kind"] == "point"], footprints)]
        for _, one_class in of_scene[of_scene["kind"] != "point"].groupby(["class_id", "origin"]):
            parts.append(_polygons(shapes[one_class.index], one_class["group"], footprints, minimum_inside_share))
        claims = pd.concat(parts, ignore_index=True)
        found.append(claims.assign(tile_id=table.tile_ids[claims["tile"].to_numpy(int)], scene=table.scene).drop(columns="tile"))
    return pd.concat(found, ignore_index=True).astype({"item": int, "enough": bool})


def _check_size(windows: gpd.GeoDataFrame, shapes: gpd.GeoSeries, table: Tiles) -> None:
    """Refuse tiles of another size than the scene's: one of them would label many tiles, or none."""
    ratio = np.median(shapes.area) / np.median(shapely.area(table.footprints.to_numpy()))
    if not 0.9 < ratio < 1.1:
        left, top, right, bottom = windows.geometry.iloc[0].bounds
        raise ValueError(
            f"scene {table.scene}: labels of tiles of {bottom - top:g} x {right - left:g} px, {ratio:.3g} times the area of the tiles "
            "that the scene is cut into, expected the same size; set tile_scene/height_px and width_px to that of the labels"
        )


def _polygons(shapes: gpd.GeoSeries, groups: pd.Series, footprints: np.ndarray, minimum_inside_share: float) -> pd.DataFrame:
    """Return the tiles of which enough lies in the union of polygons of one class, and those of which too much for another one."""
    polygons = shapes.to_numpy()
    shapely.prepare(polygons)
    polygon, tile = shapely.STRtree(footprints).query(polygons, predicate="intersects")
    within = shapely.covers(polygons[polygon], footprints[tile])
    parts = footprints[tile]
    parts[~within] = shapely.intersection(polygons[polygon[~within]], parts[~within])
    pairs = pd.DataFrame({"item": shapes.index[polygon], "tile": tile, "part": parts, "area": shapely.area(parts)})
    pairs["group"] = groups[pairs["item"]].to_numpy()
    pairs = pairs.sort_values(["tile", "area", "group", "item"], ascending=[True, False, True, True])
    claims = pairs.groupby("tile").agg(item=("item", "first"), area=("area", "first"), pieces=("part", "size")).reset_index()
    shared = pairs[pairs["tile"].isin(claims["tile"][claims["pieces"] > 1])]
    claims.loc[claims["pieces"] > 1, "area"] = [shapely.union_all(parts).area for _, parts in shared.groupby("tile")["part"]]
    claims["inside_share"] = np.minimum(claims["area"] / shapely.area(footprints[claims["tile"]]), 1)
    claims["enough"] = claims["inside_share"] >= minimum_inside_share - TOLERANCE
    denied = claims["inside_share"] > 1 - minimum_inside_share + TOLERANCE
    return claims.loc[claims["enough"] | denied, ["item", "tile", "inside_share", "enough"]]


def _points(shapes: gpd.GeoSeries, footprints: np.ndarray) -> pd.DataFrame:
    """Return the tile of every point: of those that it lies in, the one with the nearest centre."""
    points = shapes.to_numpy()
    point, tile = shapely.STRtree(footprints).query(points, predicate="intersects")
    distance = shapely.distance(points[point], shapely.centroid(footprints[tile]))
    pairs = pd.DataFrame({"item": shapes.index[point], "tile": tile, "distance": distance, "inside_share": 1.0, "enough": True})
    return pairs.sort_values(["item", "distance", "tile"]).drop_duplicates("item").drop(columns="distance")


def settle(claims: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return the label of every tile on which the claims agree, and what became of every claim.

    Where a person has labelled a tile, proposals of models for it are overruled. A tile that two classes claim has no label, nor has
    one that a class claims and another covers more of than can lie beside it.

    Parameters
    ----------
    claims
        Claims of all sources, as `bind` returns them.

    Returns
    -------
    pandas.DataFrame
        Columns tile_id, scene, class_id, source, origin, confidence, inside_share, group; one row a tile, sorted by tile_id.
    pandas.Series
        agreed, conflict, overruled, or short for one that is not enough and denies the tile to none, indexed as `claims`.
    """
    human, enough, tile = claims["origin"] == "human", claims["enough"], claims["tile_id"]
    counted = human | ~(human & enough).groupby(tile).transform("any")
    n_classes = claims["class_id"].where(counted).groupby(tile).transform("nunique")
    conflict = counted & (n_classes > 1) & (counted & enough).groupby(tile).transform("any")
    fates = np.select([conflict, ~enough, ~counted], ["conflict", "short", "overruled"], "agreed")
    fate = pd.Series(fates, index=claims.index)
    order = ["tile_id", "inside_share", "group", "origin", "source", "item"]
    agreed = claims[fate == "agreed"].sort_values(order, ascending=[name != "inside_share" for name in order])
    columns = ["tile_id", "scene", "class_id", "source", "origin", "confidence", "inside_share", "group"]
    return agreed.drop_duplicates("tile_id")[columns].reset_index(drop=True), fate


def report(items: dict[str, pd.DataFrame], claims: pd.DataFrame, fate: pd.Series, classes: pd.DataFrame) -> pd.DataFrame:
    """Count, for every source, kind of item and class, what it holds and what came of it.

    Parameters
    ----------
    items
        Items of each source, by its name.
    claims, fate
        Claims of all sources and what became of them, see `settle`.
    classes
        The table of classes.

    Returns
    -------
    pandas.DataFrame
        Columns source, kind, class_id, class_name, items, tiles (labelled as this source says), conflicts (tiles without label
        because another class claims or covers them too), overruled (proposals of models for tiles that a person has labelled) and outside
        (items that claim no tile).
    """
    names = classes.set_index("class_id")["class_name"]
    rows = []
    for source, table in items.items():
        of_source = claims[(claims["source"] == source) & (fate != "short")]
        for (kind, class_id), part in table.groupby(["kind", "class_id"]):
            mine = of_source[of_source["item"].isin(part.index)]
            row = {"source": source, "kind": kind, "class_id": class_id, "class_name": names[class_id], "items": len(part)}
            for count, outcome in (("tiles", "agreed"), ("conflicts", "conflict"), ("overruled", "overruled")):
                row[count] = mine["tile_id"][fate[mine.index] == outcome].nunique()
            rows.append(row | {"outside": int((~part.index.isin(mine["item"])).sum())})
    return pd.DataFrame(rows)


def without_tiles(classes: pd.DataFrame, labels: pd.DataFrame, counts: pd.DataFrame) -> dict[int, str]:
    """Return the classes that no tile has, by class_id, with the reason in words.

    Parameters
    ----------
    classes
        The table of classes.
    labels
        The labels that were bound, with class_id.
    counts
        What became of the items of each source, see `report`.
    """
    reasons = {}
    for class_id in classes["class_id"][~classes["class_id"].isin(labels["class_id"])]:
        mine = counts[counts["class_id"] == class_id]
        if mine.empty:
            reasons[int(class_id)] = "no label in any source"
        elif mine["conflicts"].sum() or mine["overruled"].sum():
            reasons[int(class_id)] = f"all its tiles are claimed by other classes too ({', '.join(mine['source'].unique())})"
        else:
            n = mine["items"].sum()
            reasons[int(class_id)] = (
                f"none of its {n} labels holds enough of a tile ({', '.join(mine['source'].unique())}): outside the region of interest, "
                "outside the valid pixels, or smaller than a tile"
            )
    return reasons
