"""Figures of tiles: lines lie along the crevasses of the image, and directions are named as they run."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from geoclass.vario import vario_figure, vario_functions


@pytest.mark.parametrize("pixel_m, pixel", [((1.0, 1.0), (1.0, 1.0)), ((1.0, 0.2), (1.0, 1.0)), ((1.0, 0.5), (1.0, 0.5))])
def test_a_line_runs_along_the_crevasses_whatever_the_grid(pixel_m, pixel):
    """Of crevasses that rise two pixels in one; the first system is true to the ground, the second shrinks its x axis fivefold."""
    scene = {"pixel_height_m": pixel_m[0], "pixel_width_m": pixel_m[1], "transform": [pixel[1], 0, 0, 0, -pixel[0], 0]}
    orientation = np.degrees(np.arctan2(1 * pixel[1], 2 * pixel[0]))
    row = SimpleNamespace(
        tile_id="a", structure_status="resolved", anisotropy=1, orientation_grid_deg=orientation, orientation_true_deg=0,
        grid_north_deg=0, orientation_se_deg=0, spacing_m=1, spacing_se_m=0,
    )  # fmt: skip
    axes = Figure().add_subplot()
    vario_figure._image(axes, np.zeros((20, 30)), np.ones((20, 30), bool), row, scene)
    (x, next_x), (y, next_y) = axes.lines[0].get_data()
    assert (next_y - y) / pixel_m[0] == pytest.approx(2 * (next_x - x) / pixel_m[1])


@pytest.mark.parametrize("scheme", ["auto", "3-4-5", "unit"])
def test_a_direction_has_the_azimuth_of_most_of_its_lags(scheme):
    lags = vario_functions.lag_vectors(201, 268, scheme)
    nothing = np.zeros(lags.shape[:2])
    row = SimpleNamespace(v=nothing, residual=nothing, grid_north_deg=np.nan, x_m=np.nan, y_m=np.nan)
    axes = Figure().add_subplot()
    vario_figure._curves(axes, row, lags, nothing + 1, {"pixel_height_m": 0.5, "pixel_width_m": 0.4})
    found = [text for _, text in zip(*axes.get_legend_handles_labels(), strict=True)]
    due = np.median(np.degrees(np.arctan2(0.4 * lags[..., 1], -0.5 * lags[..., 0])) % 180, axis=1)
    assert found == [f"towards {azimuth:.0f}°" for azimuth in due]
