"""Rotated and mirrored tiles, brightness jitter: augmentation of pixels and vario functions alike, for training;
and tone jitter and CutMix for pixels alone.

Turning needs the vario functions of the turned pixels, which are computed once for a bank of turned copies. All else is exact and
cheap: mirroring swaps the diagonals, and under ``z' = gain z + offset + noise`` vario functions become ``gain² v + noise²``.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from geoclass.networks.vision import CutMix
from geoclass.vario import features

CONTRAST = 0.1  # standard deviation of the logarithm of the gain
HAZE = 0.2  # greatest share of the light that haze adds and of the contrast that it takes
NOISE = 0.01  # greatest standard deviation of noise, as share of the scene's range
TONE = {"gain": 0.3, "offset": 0.1, "gamma": 0.3}  # standard deviations, of gain and gamma of their logarithms
MIXED = 0.5  # share of the batches with CutMix


@dataclass(frozen=True)
class Views:
    """How each of B tiles is looked at: turned copy, mirrored rows and columns, gain, offset and noise, (B,) each."""

    copy: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    gain: np.ndarray
    offset: np.ndarray
    noise: np.ndarray


def draw(rng: np.random.Generator, n: int, kinds: list[str], copies: int) -> Views:
    """Draw views of n tiles: half of them upright (copy 0) and half turned, where there are turned copies."""
    turned = rng.random(n) < 0.5 if copies > 1 else np.zeros(n, bool)
    copy = np.where(turned, rng.integers(1, max(copies, 2), n), 0)
    mirror = float("mirror" in kinds)
    rows, columns = rng.random((2, n)) < 0.5 * mirror
    light = float("brightness" in kinds)
    haze = light * HAZE * rng.random(n)
    gain = np.exp(light * CONTRAST * rng.standard_normal(n))
    offset = haze + (1 - haze) * (1 - gain) / 2  # contrast changes about the middle grey; haze lifts the dark
    return Views(copy, rows, columns, (1 - haze) * gain, offset, light * NOISE * rng.random(n))


def of_vario(v: np.ndarray, views: Views) -> np.ndarray:
    """Return the vario functions (B, D, K) of the views of tiles, from those of their turned copies (B, D, K)."""
    mirrored = views.rows ^ views.columns  # mirrored both ways is turned by 180°, which vario functions do not see
    v = np.where(mirrored[:, None, None], features.mirror(v), v)
    return views.gain[:, None, None] ** 2 * v + views.noise[:, None, None] ** 2


def of_pixels(pixels: Tensor, angle_deg: np.ndarray, views: Views) -> Tensor:
    """Return the views (B, H, W) of tiles, given as scaled pixels (B, H, W) and the angles (B,) of their turned copies."""
    device = pixels.device
    turned = np.flatnonzero(angle_deg)
    if len(turned):
        pixels = pixels.clone()
        pixels[turned] = turn(pixels[turned], torch.from_numpy(angle_deg[turned]), "bilinear", "reflection")
    for axis, chosen in ((1, views.rows), (2, views.columns)):
        if chosen.any():
            pixels = torch.where(torch.from_numpy(chosen).to(device)[:, None, None], pixels.flip(axis), pixels)
    gain, offset, noise = (
        torch.from_numpy(x).to(device, torch.float32)[:, None, None] for x in (views.gain, views.offset, views.noise)
    )
    pixels = gain * pixels + offset
    if views.noise.any():
        pixels = pixels + noise * torch.randn_like(pixels)
    return pixels.clamp(0, 1)


def retoned(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Return tiles (B, H, W) with other contrast, brightness and gamma, each its own, as after another stretch of the grey values.

    Stronger than `of_pixels`; gamma bends the grey values, so that vario functions do not follow.
    """
    drawn = rng.standard_normal((3, len(pixels), 1, 1)).astype(np.float32)
    gain, offset, gamma = torch.from_numpy(drawn).to(pixels.device)
    contrast = torch.exp(TONE["gain"] * gain)
    pixels = (contrast * (pixels - 0.5) + 0.5 + TONE["offset"] * offset).clamp(0, 1)
    return pixels ** torch.exp(TONE["gamma"] * gamma)


def cut_and_mixed(pixels: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    """Paste a rectangle of another tile of the batch into every tile (CutMix).

    Parameters
    ----------
    pixels
        (B, H, W).
    shares
        Share of each tile that shows each class, (B, C).

    Returns
    -------
    tuple of Tensor
        Both of the mixed tiles.

    References
    ----------
    Yun, S., Han, D., Oh, S. J., Chun, S., Choe, J., Yoo, Y. (2019): CutMix: regularization strategy to train strong classifiers with
    localizable features. ICCV, doi:10.1109/ICCV.2019.00612.
    """
    mixed, shares = CutMix()(pixels[:, None], shares)
    return mixed[:, 0], shares


def turn(pixels: Tensor, angle_deg: Tensor, mode: str, padding: str) -> Tensor:
    """Turn tiles about their centres, each by its own angle, keeping height and width.

    Parameters
    ----------
    pixels
        (B, H, W) float32.
    angle_deg
        (B,), clockwise as seen in the image.
    mode
        ``nearest`` keeps the pixels' own values and with them the variance at all lags; ``bilinear`` is smoother to look at.
    padding
        What is seen outside the tile: ``zeros``, or ``reflection`` of what is inside.

    Returns
    -------
    Tensor
        (B, H, W).
    """
    _, height, width = pixels.shape
    angle = torch.deg2rad(angle_deg.to(pixels.device, torch.float32))
    cos, sin, ratio, zero = angle.cos(), angle.sin(), height / width, torch.zeros_like(angle)
    # grid_sample measures from -1 to 1 across the tile whatever its shape, so that the turn is squeezed by height over width.
    matrix = torch.stack([torch.stack([cos, sin * ratio, zero], 1), torch.stack([-sin / ratio, cos, zero], 1)], 1)
    grid = functional.affine_grid(matrix, [len(pixels), 1, height, width], align_corners=False)
    return functional.grid_sample(pixels[:, None], grid, mode, padding, align_corners=False)[:, 0]
