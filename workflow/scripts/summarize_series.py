"""Summarise the maps of all dates: areas with intervals, transitions, crevasse structure, surge front, NetCDF, figures."""


import geopandas as gpd
import numpy as np
import pandas as pd
from geoclass import areas, classlist, files, log, maps, netcdf, series, seriesfigures, tables
from geoclass.mapgrid import NODATA


def summarize_series(
    classified: list[str],
    vario: list[str],
    classes: str,
    confusion: str | None,
    centre_line: str | None,
    crevassed: list[str],
    minimum_confidence: float,
    output: dict[str, str],
) -> None:
    """Write tables, NetCDF and figures of a series.

    Parameters
    ----------
    classified, vario
        Tables of the classified scenes of one model, and of their vario functions.
    classes
        Class list.
    confusion
        Confusion of the model on independent blocks (TSV: rows as they are, columns as mapped); None leaves the intervals out.
    centre_line
        Line along the glacier, from its downstream end upstream; None leaves the front out.
    crevassed
        Names of the crevassed classes.
    minimum_confidence
        Less sure cells are not compared between dates.
    output
        Paths to write: areas, transitions, structure, front (TSV), netcdf, areas_figure, change_figure.
    """
    class_list = classlist.read(classes)
    dates = series.stack([maps.read_classified(path, class_list) for path in classified])
    class_list = class_list.set_index("class_id").loc[dates.class_ids].reset_index()
    compared = dates.comparable(minimum_confidence)
    counts = _confusion(confusion, class_list)

    by_date = [_areas(dates, day, class_list, counts) for day in range(len(dates.dates))]
    by_step = [_transitions(dates, compared, step, class_list) for step in range(len(dates.dates) - 1)]
    columns = ["from_date", "to_date", "from_class", "to_class", "area_km2", "share_of_compared"]
    outputs = {
        "areas": pd.concat(by_date),
        "transitions": pd.concat(by_step) if by_step else pd.DataFrame(columns=columns),
        "structure": _structure(classified, vario, class_list),
        "front": _front(dates, centre_line, class_list, crevassed),
    }
    for name, frame in outputs.items():
        with files.replacing(output[name]) as temporary:
            frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    model = tables.read_metadata(classified[0])["model"]
    title = f"Ice-surface classes, {model['model']}, {dates.dates[0]} to {dates.dates[-1]}"
    netcdf.write(output["netcdf"], dates, list(class_list["class_name"]), title, f"geoclass-workflow, model {model['id']}")
    seriesfigures.draw_areas(output["areas_figure"], outputs["areas"], class_list, title)
    seriesfigures.draw_changes(output["change_figure"], dates, compared, class_list, title)
    log.logger.info("%d dates, %d cells of %.0f m²", len(dates.dates), dates.classes[0].size, dates.cell_m2)


def _confusion(path: str | None, class_list: pd.DataFrame) -> np.ndarray | None:
    """Read the confusion in the order of the class list, rows as mapped."""
    if path is None:
        return None
    table = pd.read_csv(path, sep="\t", index_col=0)
    names = list(class_list["class_name"])
    return table.reindex(index=names, columns=names, fill_value=0).to_numpy().T


def _areas(dates: series.Series, day: int, class_list: pd.DataFrame, counts: np.ndarray | None) -> pd.DataFrame:
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


def _transitions(dates: series.Series, compared: np.ndarray, step: int, class_list: pd.DataFrame) -> pd.DataFrame:
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


def _structure(classified: list[str], vario: list[str], class_list: pd.DataFrame) -> pd.DataFrame:
    """Return orientation (mean of axial data) and spacing of the crevasses, by date and class."""
    names = class_list.set_index("class_id")["class_name"]
    rows = []
    for class_path, vario_path in zip(classified, vario, strict=True):
        date = tables.read_metadata(class_path)["scene"]["date"][:10]
        columns = ["tile_id", "orientation_deg", "spacing_m", "anisotropy"]
        joined = tables.read(class_path, ["tile_id", "class_id"]).merge(tables.read(vario_path, columns), on="tile_id", validate="1:1")
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


def _front(dates: series.Series, centre_line: str | None, class_list: pd.DataFrame, crevassed: list[str]) -> pd.DataFrame:
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


if "snakemake" in globals():
    with log.job(snakemake.log[0]):
        summarize_series(
            classified=snakemake.input.classified,
            vario=snakemake.input.vario,
            classes=snakemake.input.classes,
            confusion=snakemake.input.confusion or None,
            centre_line=snakemake.input.centre_line or None,
            crevassed=snakemake.params.crevassed,
            minimum_confidence=snakemake.params.minimum_confidence,
            output=dict(snakemake.output.items()),
        )
