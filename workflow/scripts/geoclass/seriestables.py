"""The tables of a series: areas, transitions, crevasse structure and surge front, by date."""

import geopandas as gpd
import numpy as np
import pandas as pd

from geoclass import areas, tables
from geoclass.mapgrid import NODATA
from geoclass.series import Series


def confusion_matrix(path: str | None, class_list: pd.DataFrame) -> np.ndarray | None:
    """Read the confusion in the order of the class list, rows as mapped."""
    if path is None:
        return None
    table = pd.read_csv(path, sep="\t", index_col=0)
    names = list(class_list["class_name"])
    return table.reindex(index=names, columns=names, fill_value=0).to_numpy().T


def area_table(dates: Series, day: int, class_list: pd.DataFrame, counts: np.ndarray | None) -> pd.DataFrame:
    """Return one row a class: mapped and estimated area on one date."""
    mapped = areas.mapped_areas(dates.classes[day], dates.class_ids, dates.cell_m2 / 1e6)
    result = areas.adjusted_areas(np.zeros((len(mapped),) * 2) if counts is None else counts, mapped)
    observed = mapped.sum()
    return pd.DataFrame(
        {
            "date": dates.dates[day],
            "scenes": ",".join(dates.scenes[day]),
            "class_id": dates.class_ids,
            "class_name": class_list["class_name"],
            "observed_km2": observed,
            "mapped_km2": mapped,
            "share_of_observed": mapped / observed if observed else np.nan,
            "area_km2": result.estimate,
            "area_low_km2": result.low,
            "area_high_km2": result.high,
        }
    )


def transition_table(dates: Series, compared: np.ndarray, step: int, class_list: pd.DataFrame) -> pd.DataFrame:
    """Return one row for every pair of classes between two dates."""
    counts = areas.transitions(compared[step], compared[step + 1], dates.class_ids)
    names = list(class_list["class_name"])
    before, after = np.indices(counts.shape)
    return pd.DataFrame(
        {
            "from_date": dates.dates[step],
            "to_date": dates.dates[step + 1],
            "from_class": [names[i] for i in before.ravel()],
            "to_class": [names[i] for i in after.ravel()],
            "area_km2": counts.ravel() * dates.cell_m2 / 1e6,
            "share_of_compared": counts.ravel() / max(counts.sum(), 1),
        }
    )


def structure_table(classified: list[str], vario: list[str], class_list: pd.DataFrame) -> pd.DataFrame:
    """Return orientation (mean of axial data) and spacing of the crevasses, by date and class."""
    names = class_list.set_index("class_id")["class_name"]
    rows = []
    for class_path, vario_path in zip(classified, vario, strict=True):
        date = tables.read_metadata(class_path)["scene"]["date"][:10]
        columns = ["tile_id", "orientation_deg", "spacing_m", "anisotropy"]
        structure = tables.read(vario_path, columns)
        joined = tables.read(class_path, ["tile_id", "class_id"]).merge(structure, on="tile_id", validate="1:1")
        for class_id, tiles in joined.groupby("class_id"):
            doubled = np.exp(2j * np.radians(tiles["orientation_deg"].dropna()))
            mean = doubled.mean() if len(doubled) else np.nan
            rows.append(
                {
                    "date": date,
                    "class_id": class_id,
                    "class_name": names[class_id],
                    "n_tiles": len(tiles),
                    "n_resolved": int(tiles["spacing_m"].notna().sum()),
                    "orientation_deg": np.degrees(np.angle(mean)) / 2 % 180,
                    "orientation_concentration": abs(mean),
                    "spacing_median_m": tiles["spacing_m"].median(),
                    "spacing_q25_m": tiles["spacing_m"].quantile(0.25),
                    "spacing_q75_m": tiles["spacing_m"].quantile(0.75),
                    "anisotropy_median": tiles["anisotropy"].median(),
                }
            )
    return pd.DataFrame(rows).sort_values(["date", "class_id"])


def front_table(dates: Series, centre_line: str | None, class_list: pd.DataFrame, crevassed: list[str]) -> pd.DataFrame:
    """Return the distance of the furthest upstream crevassed place from the downstream end of the centre line, by date."""
    if centre_line is None:
        return pd.DataFrame(columns=["date", "front_m"])
    line = gpd.read_file(centre_line).to_crs(dates.grid.crs_wkt).geometry.iloc[0]
    ids = class_list.loc[class_list["class_name"].isin(crevassed), "class_id"]
    missing = set(crevassed) - set(class_list["class_name"])
    if missing or line.geom_type != "LineString":
        found = f"class {sorted(missing)[0]} is not in the class list" if missing else f"{line.geom_type} found"
        raise ValueError(f"{centre_line}: {found}, expected one line and classes of the list; correct summarize_series")
    rows, columns = np.mgrid[: dates.grid.height, : dates.grid.width] + 0.5
    cells = gpd.points_from_xy(*dates.grid.coordinates(rows.ravel(), columns.ravel()))
    cell_m = float(np.sqrt(dates.cell_m2))
    near = np.array(cells.distance(line) <= 1.5 * cell_m)
    along = np.array(gpd.GeoSeries(cells[near]).apply(line.project))
    fronts = []
    for day in dates.classes.reshape(len(dates.dates), -1)[:, near]:
        seen = day != NODATA
        fronts.append(areas.front_position(along[seen], np.isin(day[seen], ids), cell_m))
    return pd.DataFrame({"date": dates.dates, "front_m": fronts})
