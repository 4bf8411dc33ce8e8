"""Training on pixels: tiles in views, each time another one, as batches; and the training of ResNet-18.

A view is a rotated copy of a tile, mirrored, brighter or darker, with haze and noise; VarioMLP and VarioNet learn from the same views.
Tone jitter and CutMix are for pixels alone, boundaries for vario functions alone (`boundary`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import devices, training
from geoclass.networks.resnet18 import CutMix, ResNet18, downsampling, start_from
from geoclass.networks.training_state import RunDirectory

SHARED = ("mirror", "rotate", "brightness")  # augmentation of both networks in the same views
BATCH = 64  # tiles that are asked about at once
KEPT = 0.25  # greatest share of a GPU's free memory that the pixels of all tiles may take
COPIES = 12  # of each tile: upright, and turned by eleven angles
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


def turns(n: int, kinds: Sequence[str], seed: int) -> np.ndarray:
    """Return the angles of the turned copies of n tiles in degrees, (copies, n); the first is 0."""
    angles = np.random.default_rng(seed).uniform(-90, 90, (COPIES if "rotate" in kinds else 1, n))
    angles[0] = 0
    return angles


def draw(rng: np.random.Generator, n: int, kinds: Sequence[str], copies: int) -> Views:
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


def of_pixels(pixels: Tensor, angle_deg: np.ndarray, views: Views) -> Tensor:
    """Return the views (B, H, W) of tiles, given as scaled pixels (B, H, W) and the angles (B,) of their turned copies."""
    device = pixels.device
    turned = np.flatnonzero(angle_deg)
    if len(turned):
        pixels = pixels.clone()
        pixels[turned] = turn(pixels[turned], torch.from_numpy(angle_deg[turned]), "bilinear", "reflection")
    drawn = np.stack([views.gain, views.offset, views.noise, views.rows, views.columns]).astype(np.float32)
    gain, offset, noise, *mirrored = torch.from_numpy(drawn).to(device)[:, :, None, None]  # in one copy to the device
    for axis, chosen in enumerate((views.rows, views.columns)):
        if chosen.any():
            pixels = torch.where(mirrored[axis] > 0, pixels.flip(axis + 1), pixels)
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


def kept_on(device: torch.device, tiles: LabelledTiles) -> Tensor | None:
    """Return the scaled pixels of all tiles (N, H, W) on a GPU, which then waits for none of them; None where they take too much of it."""
    n_bytes = 4 * tiles.counts.size
    if device.type != "cuda" or n_bytes > KEPT * torch.cuda.mem_get_info(device)[0]:
        return None
    parts = np.array_split(np.arange(len(tiles)), max(1, len(tiles) // BATCH))
    return torch.cat([torch.from_numpy(tiles.pixels(part)).to(device) for part in parts])


class Examples:
    """Labelled tiles as inputs of ResNet-18.

    Parameters
    ----------
    tiles
        The tiles of one subset.
    device
        Where the inputs are wanted.
    kinds
        Kinds of augmentation; none for validation.
    seed
        Seed of the turned copies.

    Attributes
    ----------
    labels, n_classes
        Index of the class of each tile, (N,), and number of classes.
    """

    def __init__(self, tiles: LabelledTiles, device: torch.device, kinds: Sequence[str] = (), seed: int = 0):
        self.tiles, self.device, self.kinds = tiles, device, kinds
        self.labels, self.n_classes = tiles.labels, len(tiles.classes)
        self.angles = turns(len(tiles), kinds, seed)
        self.resident = kept_on(device, tiles)

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> training.Batch:
        """Return the pixels (B, H, W) of the chosen tiles, in views drawn with `rng`, and the share that each shows of a class, (B, C)."""
        views = None if rng is None else draw(rng, len(chosen), self.kinds, len(self.angles))
        pixels, shares = self.seen(chosen, views, rng)
        return (pixels,), shares

    def seen(self, chosen: np.ndarray, views: Views | None, rng: np.random.Generator | None) -> tuple[Tensor, Tensor]:
        """Return pixels and shares of the classes in views that are drawn already; with None for both the tiles as they are."""
        shares = training.one_hot(self.labels[chosen], self.n_classes, self.device)
        if self.resident is None:
            pixels = torch.from_numpy(self.tiles.pixels(chosen)).to(self.device)
        else:
            pixels = self.resident[torch.from_numpy(chosen).to(self.device)]
        if views is not None and rng is not None:
            pixels = of_pixels(pixels, self.angles[views.copy, chosen], views)
            if "tone" in self.kinds:
                pixels = retoned(pixels, rng)
            if "cutmix" in self.kinds and rng.random() < MIXED:
                pixels, shares = cut_and_mixed(pixels, shares)
        return pixels, shares


def train(
    tiles: LabelledTiles, validation: LabelledTiles | None, settings: dict, run: RunDirectory, stage: str, start: str = ""
) -> training.Trained:
    """Train ResNet-18.

    Parameters
    ----------
    tiles
        What it learns.
    validation
        What stops it; None trains a fixed number of epochs.
    settings
        Section train_resnet18 of the config.
    run
        Where to train.
    stage
        Name of the training in log and curves.
    start
        File with the weights to start from; empty for random ones.
    """
    averaged_px = downsampling(settings["downsampling"], *tiles.counts.shape[1:])
    architecture = {"n_classes": len(tiles.classes), "downsampling": averaged_px}
    devices.seed(settings["seed"])
    network = ResNet18(**architecture)
    if start:
        start_from(network, start)
    shown = Examples(tiles, run.device, settings["augmentation"], settings["seed"])
    held = None if validation is None else Examples(validation, run.device)
    fit = training.fit(network, shown, held, training.Options.of(settings), run, stage)
    return training.Trained("resnet18", architecture, {}, fit)


def outputs(trained: training.Trained, tiles: LabelledTiles) -> np.ndarray:
    """Return the logits of the best weights for tiles as they are, (n, C)."""
    network = ResNet18(**trained.architecture)
    network.load_state_dict(trained.fit.best)
    return training.predict(network, Examples(tiles, torch.device("cpu")), BATCH).numpy()
