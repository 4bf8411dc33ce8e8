"""The figure of change: legend, scale bar and north arrow each have their own place, however few maps there are."""

import numpy as np
import pandas as pd
import pyproj
import pytest

from geoclass.core.grid import Grid
from geoclass.series import change_figures, stack

CLASSES = pd.DataFrame(
    {"class_id": np.arange(1, 12), "class_name": [f"Subordinate Shear Crevasses {n}" for n in range(11)], "colour": "#fdb863"}
)


@pytest.mark.parametrize("n_dates", [2, 4])
@pytest.mark.parametrize("shape", [(4, 6), (40, 6)])
def test_scale_bar_and_north_arrow_stand_beside_the_legend(tmp_path, monkeypatch, n_dates, shape):
    grid = Grid(*shape, (100.0, 0.0, 500_000.0, 0.0, -100.0, 8_000_000.0), pyproj.CRS(32633).to_wkt())
    layers = [np.full((n_dates, *shape), value, np.uint8) for value in (1, 99, 0)]
    dates = stack.Series(grid, [f"{2000 + n}-01-01" for n in range(n_dates)], [["a"]] * n_dates, np.arange(1, 12), *layers)
    drawn = []
    monkeypatch.setattr(change_figures, "save", lambda figure, path: drawn.append(figure))
    change_figures.draw_changes(tmp_path / "a.png", [("step", dates, one, other) for one, other in dates.steps], CLASSES, "title")
    (figure,) = drawn
    maps, foot = figure.subfigs
    figure.draw_without_rendering()
    legend = maps.legends[0].get_window_extent()
    assert len(foot.axes) == 2
    for axes in foot.axes:
        assert not axes.get_tightbbox().overlaps(legend)
        assert not any(axes.get_tightbbox().overlaps(other.get_tightbbox()) for other in maps.axes if other.get_visible())
