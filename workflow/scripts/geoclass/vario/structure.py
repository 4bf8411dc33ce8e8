"""Crevasse structure of tiles: orientation, spacing and anisotropy from directional vario functions, with standard errors."""

from dataclasses import dataclass

import numpy as np

from geoclass.core import pixel_axes
from geoclass.vario import phase, plane_wave

LEAST_QUALITY = 0.5  # share of the curves' variance that a wave explains
LEAST_POWER = 0.25  # of the wave in the curves that is found in the pixels; with less, the curves show an alias of a shorter wave
LEAST_SIGNIFICANCE = 1.2  # of the wave (`phase`): tests/bench/crevasse_free.py measures what it takes from whom
LARGEST_ERROR = 0.1  # of the spacing, as a share of it, and of the orientation, in radians


@dataclass(frozen=True)
class Structure:
    """Structure of N tiles.

    Attributes
    ----------
    orientation_deg
        (N,) direction of the crevasse lines on the ground, 0 to 180°, clockwise from north; NaN where unresolved.
    orientation_se_deg
        (N,) its standard error.
    orientation_grid_deg
        (N,) direction of the lines on the map, clockwise from its y axis.
    spacing_m
        (N,) distance from crevasse to crevasse, across them; NaN where unresolved.
    spacing_se_m
        (N,) its standard error.
    anisotropy
        (N,) part of the vario functions that is due to one plane wave: 0 = the same in all directions, 1 = one direction only.
        It is the wave's part of their level times the part of their shape that it explains.
    fit_quality
        (N,) share of the curves' variance that the fitted wave explains, 0 to 1. Both are NaN where the status is ``no pairs``.
    status
        (N,) ``resolved``, or why orientation and spacing are missing: ``no pairs`` (too few known lags), ``constant`` (no contrast),
        ``no wave`` (no regular crevasses in one direction), ``aliased`` (spacing below twice the lag step), ``too long`` (fewer than
        1.5 spacings within the longest lag), ``insignificant`` (no stronger than waves in textures without crevasses), ``uncertain``
        (a standard error above 10 % of the spacing or 0.1 radian).
    """

    orientation_deg: np.ndarray
    orientation_se_deg: np.ndarray
    orientation_grid_deg: np.ndarray
    spacing_m: np.ndarray
    spacing_se_m: np.ndarray
    anisotropy: np.ndarray
    fit_quality: np.ndarray
    status: np.ndarray


def structure(
    tiles: np.ndarray,
    residual: np.ndarray,
    lags: np.ndarray,
    pixel_height_m: float = 1.0,
    pixel_width_m: float = 1.0,
    valid: np.ndarray | None = None,
    ground: np.ndarray | None = None,
    grid: np.ndarray | None = None,
) -> Structure:
    """Estimate the orientation and spacing of crevasses.

    The wave vector is found as the plane wave that explains the directional vario functions (`plane_wave`); its phase over the tile
    mends it and gives the standard errors (`phase`).

    Parameters
    ----------
    tiles
        (N, H, W), any number type.
    residual
        (N, D, K) residual vario functions of the tiles, NaN where unknown.
    lags
        (D, K, 2) their lag vectors.
    pixel_height_m, pixel_width_m
        Size of a pixel; without it, spacings are in px.
    valid
        (N, H, W) bool or None.
    ground, grid
        Axes of the pixels on the ground, (N, 2, 2) or (2, 2), and on the map, (2, 2), see `pixel_axes`; without, those of an image.

    Returns
    -------
    Structure
    """
    flat = lags.reshape(-1, 2)
    plan = plane_wave.search(tuple(map(tuple, flat.tolist())), float(pixel_height_m), float(pixel_width_m))
    curves = residual.reshape(len(residual), -1)
    waves = plane_wave.fit(curves, plan)
    frequency, covariance, power = waves.frequency.copy(), np.full((len(tiles), 2, 2), np.nan), np.zeros(len(tiles))
    significance = np.zeros(len(tiles))
    chosen = np.flatnonzero(waves.quality >= LEAST_QUALITY)
    if len(chosen):
        frequency[chosen], covariance[chosen], power[chosen], significance[chosen] = phase.refine(
            tiles[chosen], None if valid is None else valid[chosen], frequency[chosen]
        )
    image = pixel_axes.of_image(pixel_height_m, pixel_width_m)
    ground, grid = image if ground is None else ground, image if grid is None else grid
    lines = np.stack([frequency[:, 1], -frequency[:, 0]], axis=1)  # the phase stays the same along them
    orientation, orientation_grid = pixel_axes.direction_deg(ground, lines), pixel_axes.direction_deg(grid, lines)
    orientation_se, spacing, spacing_se = _on_the_ground(frequency, covariance, ground)
    exact = (spacing_se <= LARGEST_ERROR * spacing) & (orientation_se <= np.degrees(LARGEST_ERROR))
    status = np.select(
        [
            np.isnan(frequency[:, 0]) & (np.nan_to_num(curves) != 0).any(axis=1),
            np.isnan(frequency[:, 0]) & np.isfinite(curves).any(axis=1),
            np.isnan(frequency[:, 0]),
            waves.quality < LEAST_QUALITY,
            (power < LEAST_POWER * waves.power) | plane_wave.aliases(frequency, flat),
            plane_wave.cycles(frequency, flat) < plane_wave.CYCLES,
            significance < LEAST_SIGNIFICANCE,
            ~exact,
        ],
        ["no pairs", "constant", "no pairs", "no wave", "aliased", "too long", "insignificant", "uncertain"],
        "resolved",
    )
    measures = (orientation, orientation_se, orientation_grid, spacing, spacing_se)
    measures = [np.where(status == "resolved", values, np.nan) for values in measures]
    shares = [np.where(status == "no pairs", np.nan, values) for values in (waves.share * waves.quality, waves.quality)]
    return Structure(*measures, *shares, status)


def _on_the_ground(frequency: np.ndarray, covariance: np.ndarray, axes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Turn wave vectors (N, 2) in cycles per px and their covariance into standard errors of orientation, spacings, and their errors.

    The axes A lead from pixels to metres, so that a wave vector f is κ = A⁻ᵀ f in cycles per m, and its covariance A⁻ᵀ C A⁻¹. The
    spacing is 1/|κ|; crevasse lines are at right angles to κ. Its error along κ is one of spacing, ``σ(s) = s² σ(κ∥)``, its error
    across κ one of orientation, ``σ(θ) = s σ(κ⊥)``.
    """
    inverse = np.linalg.inv(axes)
    ground = (frequency[:, None] @ inverse)[:, 0]
    covariance = np.swapaxes(inverse, -1, -2) @ covariance @ inverse
    with np.errstate(divide="ignore", invalid="ignore"):
        spacing = 1 / np.hypot(*ground.T)
        along = ground * spacing[:, None]
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        errors = [np.sqrt(np.einsum("ni,nij,nj->n", axis, covariance, axis)) for axis in (along, across)]
    return np.degrees(errors[1] * spacing), spacing, errors[0] * spacing**2
