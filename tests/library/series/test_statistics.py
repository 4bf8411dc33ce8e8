"""The surge front on the ground, along lines that run as they like over cells that are no squares."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geoclass.core.grid import NODATA, Grid
from geoclass.maps.class_maps import Classified
from geoclass.series import stack, statistics

CLASSES = pd.DataFrame({"class_id": [1, 2], "class_name": ["snow", "crevasses"]})
HEIGHT, WIDTH = 30, 60


def fronts(folder, line, crevassed, hidden=False, epsg=32633, cell=(134.0, 100.5), corner=(500_000.0, 8_000_000.0)):
    """Return a series of T maps that are `crevassed` (T, height, width), and its fronts along a line, from the lower left corner on."""
    x, y = corner[0], corner[1] - cell[1] * HEIGHT
    line = shapely.LineString([(x + right, y + up) for right, up in line])
    gpd.GeoDataFrame(geometry=[line], crs=epsg).to_file(folder / "line.gpkg")
    grid = Grid(HEIGHT, WIDTH, (cell[0], 0.0, corner[0], 0.0, -cell[1], corner[1]), pyproj.CRS.from_epsg(epsg).to_wkt())
    dates = [f"{2000 + day}-01-01" for day in range(len(crevassed))]
    classes, confidence, state = (
        np.where(hidden, NODATA, value).astype(np.uint8) for value in (1 + crevassed, 0 * crevassed + 99, 0 * crevassed)
    )
    series = stack.Series(grid, dates, [["a"]] * len(dates), np.array([1, 2]), classes, confidence, state)
    probabilities = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    scene = Classified(grid, probabilities, probabilities[..., 0], [1, 2], {})
    return series, statistics.front_table(series, [scene], str(folder / "line.gpkg"), CLASSES, ["crevasses"])


@pytest.mark.parametrize("start", [0.0, 1.0, 67.0], ids=["at an edge", "beside it", "at a centre"])
def test_where_all_is_observed_nothing_above_the_front_is_hidden(tmp_path, start):
    """The line runs along the columns, the longer side of the cells, on every date over one more crevassed column."""
    n_columns = np.arange(1, WIDTH + 1)
    crevassed = np.broadcast_to(np.arange(WIDTH) < n_columns[:, None, None], (WIDTH, HEIGHT, WIDTH))
    series, table = fronts(tmp_path, [(start, 1000), (134 * WIDTH - 30, 1000)], crevassed)
    assert (table["unobserved_beyond_m"] == 0).all()
    true_m = (n_columns * 134 - start) * series.metres
    assert (abs(table["front_m"] - true_m) <= table["resolution_m"] + 0.1).all()


@pytest.mark.parametrize("up", range(0, 2600, 200))
def test_so_it_is_whichever_way_the_line_runs(tmp_path, up):
    _, table = fronts(tmp_path, [(50, 60), (7900, 60 + up), (7900, 2900)], np.ones((1, HEIGHT, WIDTH), bool))
    assert table["unobserved_beyond_m"].item() == 0


def test_a_cloud_above_the_front_is_not_observed(tmp_path):
    column = np.broadcast_to(np.arange(WIDTH), (1, HEIGHT, WIDTH))
    series, table = fronts(tmp_path, [(0, 1000), (134 * WIDTH, 1000)], column < 10, hidden=(column >= 10) & (column < 30))
    found = table[["front_m", "unobserved_beyond_m"]].to_numpy()[0] / series.metres
    np.testing.assert_allclose(found, [1340, 2680], rtol=1e-5)


def test_crevasses_beside_the_line_do_not_move_the_front(tmp_path):
    """They begin two cells from the line, and reach four times as far."""
    row, column = np.indices((1, HEIGHT, WIDTH))[1:]
    beside = abs((HEIGHT - row - 0.5) * 100.5 - 1000) > 2 * 134
    series, table = fronts(tmp_path, [(0, 1000), (134 * WIDTH, 1000)], (column < 10) | (beside & (column < 40)))
    assert table["front_m"].item() == pytest.approx(1340 * series.metres, rel=1e-5)


@pytest.mark.parametrize("epsg, corner", [(6931, (700_000.0, -2_100_000.0)), (3857, (2_000_000.0, 14_000_000.0))])
@pytest.mark.parametrize("along", ["columns", "rows"])
def test_the_front_is_as_far_up_as_on_the_ellipsoid(tmp_path, epsg, corner, along):
    """Near 70 degrees north, in an equal-area system and in Web Mercator."""
    ends = [(0, 1500), (6000, 1500)] if along == "columns" else [(3000, 0), (3000, 3000)]
    row, column = np.indices((HEIGHT, WIDTH))
    crevassed = column < 40 if along == "columns" else row >= 10  # 4000 and 2000 m of the grid
    _, table = fronts(tmp_path, ends, crevassed[None], epsg=epsg, cell=(100.0, 100.0), corner=corner)
    start = np.array([corner[0], corner[1] - 3000]) + ends[0]
    front = start + ([4000, 0] if along == "columns" else [0, 2000])
    lon, lat = pyproj.Transformer.from_crs(epsg, 4326, always_xy=True).transform(*np.transpose([start, front]))
    _, _, expected = pyproj.Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    assert table["front_m"].item() == pytest.approx(expected, rel=1e-3)
