"""The tables of a series: areas, what is comparable, transitions, crevasse structure and surge front, by date."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geoclass.core import formats, geodesy, tables
from geoclass.core.grid import NODATA, scene_grid
from geoclass.maps.class_maps import Classified
from geoclass.series import areas
from geoclass.series.stack import ABSTAINED, COMPARABLE, NOT_APPLICABLE, NOT_COMPARABLE, Series, cells_at, cells_under

ORIENTATIONS = ["orientation_true_deg", "orientation_grid_deg"]


def reference_counts(path: str, model: str, class_ids: np.ndarray) -> np.ndarray:
    """Count the reference tiles of a model by block.

    Parameters
    ----------
    path
        Table of predictions of held-out tiles (evaluate_models).
    model
        Network.
    class_ids
        Ids of the C classes of the series, ascending.

    Returns
    -------
    numpy.ndarray
        (B, C, C): block, class as mapped, class as it is.

    Raises
    ------
    ValueError
        A class that the series does not have: the evaluation is of another class list.
    """
    table = tables.read(path, ["model", "block", "class_id", "predicted_id"])
    table = table[table["model"] == model]
    unknown = sorted((set(table["class_id"]) | set(table["predicted_id"])) - set(class_ids))
    if unknown:
        raise ValueError(f"{path}: class {unknown[0]}, which the maps do not have; run evaluate_models and classify_scene again")
    blocks, block = np.unique(table["block"].to_numpy(str), return_inverse=True)
    counts = np.zeros((len(blocks), len(class_ids), len(class_ids)))
    mapped, true = (np.searchsorted(class_ids, table[column]) for column in ("predicted_id", "class_id"))
    np.add.at(counts, (block, mapped, true), 1)
    return counts


def area_table(dates: Series, class_list: pd.DataFrame, counts: np.ndarray | None) -> pd.DataFrame:
    """Return one row a date and class of `class_list`: mapped and estimated area.

    Where the list lacks classes of the maps, their cells are not observed, and no rate at which a class is mapped as them counts.
    """
    listed = np.isin(dates.class_ids, class_list["class_id"])
    counts = None if counts is None else counts[:, listed][:, :, listed]
    n_cells = np.stack([areas.count_cells(cells, dates.class_ids[listed]) for cells in dates.classes])
    result = areas.with_interval(counts, n_cells, dates.cell_m2 / 1e6)
    mapped = result.mapped
    rows = []
    for day, date in enumerate(dates.dates):
        observed = mapped[day].sum()
        rows.append(
            pd.DataFrame(
                {
                    "date": date,
                    "scenes": ",".join(dates.scenes[day]),
                    "class_id": dates.class_ids[listed],
                    "class_name": class_list["class_name"].to_numpy(),
                    "observed_km2": observed,
                    "mapped_km2": mapped[day],
                    "share_of_observed": mapped[day] / observed if observed else np.nan,
                    "area_km2": result.estimate[day],
                    "area_low_km2": result.low[day],
                    "area_high_km2": result.high[day],
                    "standard_error_km2": result.standard_error[day],
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def coverage_table(dates: Series, scenes: list[Classified]) -> pd.DataFrame:
    """Return one row a date: how much ground was observed, and how much of it may be compared.

    What is outside the area of applicability is NaN where the model has none, so that no tile of the `scenes` knows.
    """
    rows = []
    known = any(scene.unlike is not None for scene in scenes)
    ever = (dates.state != NODATA).any(axis=0).sum()
    for date, scenes, state in zip(dates.dates, dates.scenes, dates.state, strict=True):
        km2 = {
            name: np.count_nonzero(state == value) * dates.cell_m2 / 1e6
            for name, value in (
                ("comparable_km2", COMPARABLE),
                ("outside_applicability_km2", NOT_APPLICABLE),
                ("abstained_km2", ABSTAINED),
            )
        }
        ground = {"ground_km2": ever * dates.cell_m2 / 1e6, "observed_km2": sum(km2.values())}
        km2 |= {} if known else {"outside_applicability_km2": np.nan}
        rows.append({"date": date, "scenes": ",".join(scenes), **ground, **km2})
    return pd.DataFrame(rows)


def transition_table(dates: Series, class_list: pd.DataFrame) -> pd.DataFrame:
    """Return one row for every pair of classes between two dates; ground that one of them does not show is \"not comparable\"."""
    names = [*class_list["class_name"], NOT_COMPARABLE]
    ids = np.append(class_list["class_id"].to_numpy(), NODATA)
    parts = []
    for one, other in dates.steps:
        counts = areas.transitions(dates.compared[one], dates.compared[other], ids)
        counts[-1, -1] = np.count_nonzero(
            (dates.compared[one] == NODATA)
            & (dates.compared[other] == NODATA)
            & ((dates.state[one] != NODATA) | (dates.state[other] != NODATA))
        )
        before, after = np.indices(counts.shape)
        compared = counts[:-1, :-1].sum()
        share = counts / compared if compared else np.full(counts.shape, np.nan)
        share[-1, :] = share[:, -1] = np.nan
        parts.append(
            pd.DataFrame(
                {
                    "from_date": dates.dates[one],
                    "to_date": dates.dates[other],
                    "from_class": [names[i] for i in before.ravel()],
                    "to_class": [names[i] for i in after.ravel()],
                    "area_km2": counts.ravel() * dates.cell_m2 / 1e6,
                    "share_of_compared": share.ravel(),
                }
            )
        )
    columns = ["from_date", "to_date", "from_class", "to_class", "area_km2", "share_of_compared"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def structure_of_tiles(classified: list[str], vario: list[str], scenes: list[Classified], crs_wkt: str) -> pd.DataFrame:
    """Return date, class, orientation and spacing of every tile that has a class.

    Orientations are clockwise from true north on the ground, and from the y axis on a map in `crs_wkt`, whatever the system of a scene.
    Of scenes of one day, a tile whose centre a newer one shows is left out, so that no ground counts twice; `scenes` are the maps of
    `classified`.
    """
    parts = []
    tables.check_scenes(classified)
    by_date = sorted(zip(classified, vario, scenes, strict=True), key=lambda each: each[2].order)
    for number, (class_path, vario_path, content) in enumerate(by_date, 1):
        scene, size = content.metadata["scene"], content.metadata["tiles"]
        tables.check_scene(vario_path, scene["scene"])
        structure = tables.read(vario_path, ["tile_id", *ORIENTATIONS, "spacing_m", "anisotropy"])
        tiles = tables.read(class_path, ["tile_id", "row_px", "column_px", "class_id"]).dropna()
        rows, columns = tiles.pop("row_px") + size["height_px"] / 2, tiles.pop("column_px") + size["width_px"] / 2
        centres = scene_grid(scene).coordinates(rows, columns)
        hidden = np.zeros(len(tiles), bool)
        for _, _, other in by_date[number:]:
            if other.metadata["scene"]["date"][:10] == scene["date"][:10]:
                hidden |= _shown(*centres, scene["crs_wkt"], other)
        if scene["crs_wkt"] != crs_wkt:
            centres = pyproj.Transformer.from_crs(scene["crs_wkt"], crs_wkt, always_xy=True).transform(*centres)
        tiles = tiles.assign(x=centres[0], y=centres[1])[~hidden].merge(structure, on="tile_id", validate="1:1")
        tiles.insert(0, "date", scene["date"][:10])
        tiles["class_id"] = tiles["class_id"].astype(int)
        places = tiles.pop("x").to_numpy(), tiles.pop("y").to_numpy()
        tiles["orientation_grid_deg"] = _on_grid_deg(tiles["orientation_true_deg"].to_numpy(float), *places, crs_wkt)
        parts.append(tiles)
    return pd.concat(parts, ignore_index=True)


def _shown(x: np.ndarray, y: np.ndarray, crs_wkt: str, scene: Classified) -> np.ndarray:
    """Return whether the map of a scene shows a class at places (N,)."""
    rows, columns, shown = cells_at(x, y, crs_wkt, scene.grid)
    shown[shown] = scene.classes[rows, columns] != NODATA
    return shown


def _on_grid_deg(true_deg: np.ndarray, x: np.ndarray, y: np.ndarray, crs_wkt: str) -> np.ndarray:
    """Return the directions of lines on the map in a coordinate system from those on the ground, at places (N,) of it."""
    angle = np.radians(true_deg)
    along = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    right, up = np.linalg.solve(geodesy.jacobian(crs_wkt, x, y), along[..., None])[..., 0].T
    return np.degrees(np.arctan2(right, up)) % 180


def structure_table(tiles: pd.DataFrame, class_list: pd.DataFrame) -> pd.DataFrame:
    """Return orientation (mean of axial data) and spacing of the crevasses, by date and class.

    Orientations θ and θ + 180° are one: the mean is half the angle of the mean of exp(2iθ), whose length is the concentration, 0 where
    all directions are alike and 1 where there is one alone (Mardia and Jupp 2000, Directional Statistics, section 2.4).
    """
    names = class_list.set_index("class_id")["class_name"]
    rows = []
    for (date, class_id), group in tiles.groupby(["date", "class_id"]):
        doubled = np.exp(2j * np.radians(group[ORIENTATIONS].dropna().to_numpy(float)))
        means = doubled.mean(axis=0) if len(doubled) else np.full(2, np.nan)
        rows.append(
            {
                "date": date,
                "class_id": class_id,
                "class_name": names[class_id],
                "n_tiles": len(group),
                "n_resolved": int(group["spacing_m"].notna().sum()),
                **dict(zip(ORIENTATIONS, np.degrees(np.angle(means)) / 2 % 180, strict=True)),
                "orientation_concentration": abs(means[0]),
                "spacing_median_m": group["spacing_m"].median(),
                "spacing_q25_m": group["spacing_m"].quantile(0.25),
                "spacing_q75_m": group["spacing_m"].quantile(0.75),
                "anisotropy_median": group["anisotropy"].median(),
            }
        )
    columns = ["date", "class_id", "class_name", "n_tiles", "n_resolved", *ORIENTATIONS, "orientation_concentration"]
    columns += ["spacing_median_m", "spacing_q25_m", "spacing_q75_m", "anisotropy_median"]
    return pd.DataFrame(rows, columns=columns)


def front_table(
    dates: Series, scenes: list[Classified], centre_line: str | None, class_list: pd.DataFrame, crevassed: list[str]
) -> pd.DataFrame:
    """Return how far the crevassed reach comes up the centre line, by date.

    All distances are metres on the ground along the line. `front_m` is known to about `resolution_m`, the longer side of a cell; where
    `unobserved_beyond_m` is not 0, clouds or the frame hide the line above the front, which may stand that much further. Advance and
    rate are those since the date before.
    """
    columns = ["date", "front_m", "resolution_m", "unobserved_beyond_m", "advance_m", "rate_m_per_year"]
    if centre_line is None:
        return pd.DataFrame(columns=columns)
    units = np.array(geodesy.ground_units(dates.grid.crs_wkt, *dates.centre))  # not the same along x and y in every system
    line = shapely.transform(_read_line(centre_line, dates.grid.crs_wkt), lambda places: places * units)
    ids = class_list.loc[class_list["class_name"].isin(crevassed), "class_id"]
    rows, columns_ = np.mgrid[: dates.grid.height, : dates.grid.width] + 0.5
    x, y = dates.grid.coordinates(rows.ravel(), columns_.ravel())
    cells = gpd.points_from_xy(x * units[0], y * units[1])
    a, _, _, _, e, _ = dates.grid.transform
    cell_m = max(abs(a) * units[0], abs(e) * units[1])
    piece_m = cell_m * (1 + 1e-6)  # in a shorter piece, or by rounding, no cell may lie, though all are observed
    near = np.array(cells.distance(line) <= 1.5 * cell_m)
    if not any(near[cells_under(dates.grid, scene.grid)[2].ravel()].any() for scene in scenes):
        raise ValueError(
            f"{centre_line}: no piece of the line lies on a scene, expected a line along the glacier; check its coordinates or draw it "
            "again (summarize_series/centre_line)"
        )
    along = np.array(gpd.GeoSeries(cells[near]).apply(line.project))
    rows = []
    for date, day in zip(dates.dates, dates.classes.reshape(len(dates.dates), -1)[:, near], strict=True):
        seen = day != NODATA
        front, beyond = areas.front_position(along[seen], np.isin(day[seen], ids), piece_m)
        beyond = min(beyond, max(line.length - front, 0.0))
        beyond = 0.0 if beyond < cell_m else beyond  # nor in what is left of the line, shorter than a piece
        rows.append([date, front, cell_m, beyond])
    table = pd.DataFrame(rows, columns=columns[:4])
    table["advance_m"] = table["front_m"].diff()
    table["rate_m_per_year"] = table["advance_m"] / (pd.to_datetime(table["date"]).diff().dt.days / 365.25)
    return table


def _read_line(path: str, crs_wkt: str) -> shapely.LineString:
    """Read a line and bring it into a coordinate system."""
    formats.refuse_virtual(path)
    try:
        found = gpd.read_file(path)
    except (RuntimeError, OSError, shapely.errors.ShapelyError) as error:  # pyogrio's errors are RuntimeErrors
        raise ValueError(
            f"{path}: not a readable vector file ({' '.join(str(error).split())}), expected one line with a coordinate system; "
            "draw it again (summarize_series/centre_line)"
        ) from None
    lines = shapely.get_parts(found.geometry.to_numpy()) if isinstance(found, gpd.GeoDataFrame) else []
    what = "" if len(lines) else "no geometry"
    what = what or ("" if len(found) == 1 else f"{len(found)} features")
    what = what or ("" if found.crs else "no coordinate system")
    what = what or ("" if len(lines) == 1 and lines[0].geom_type == "LineString" else f"a {found.geom_type.iloc[0]}")
    if what:
        raise ValueError(
            f"{path}: {what}, expected one line with a coordinate system; draw it again (summarize_series/centre_line)"
        )
    return geodesy.project(lines, found.crs, crs_wkt)[0]
