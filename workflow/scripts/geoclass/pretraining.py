"""Learning to see without labels: ResNet-18 pre-trained so that two views of a tile look alike to it, and different tiles do not."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.tensorboard import SummaryWriter

from geoclass import augmentation, devices, features, log, streams, tables, training, trainingstate
from geoclass.resnet18 import ResNet18

WIDTH = 512  # of the expander's layers
INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0  # weights of the three parts of the loss, those of the reference
WINDOW = 2 / 3  # of a tile's height and width in a view, at its own scale: the size of crevasses is part of their class
GROUPS = 16  # row groups of tiles, from all scenes, that are mixed at a time
STAGE = "pretraining"


@dataclass(frozen=True)
class Options:
    """How the network is pre-trained; each value is a key of the rule's section in the config."""

    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    seed: int

    @classmethod
    def of(cls, settings: dict) -> "Options":
        """Take the options out of the rule's section of the config."""
        return cls(**{f.name: settings[f.name] for f in fields(cls)})


class Tiles:
    """All tiles of some tables, streamed in a new order each time.

    Parameters
    ----------
    paths
        Tile tables of one tile size.

    Attributes
    ----------
    groups
        Table and row group of each group of tiles, (G, 2).
    n
        Number of tiles.

    Raises
    ------
    ValueError
        Tables of other tile sizes.
    """

    def __init__(self, paths: list[str]):
        self.paths, self.metadata = paths, [tables.read_metadata(path) for path in paths]
        sizes = [(m["tiles"]["height_px"], m["tiles"]["width_px"]) for m in self.metadata]
        for path, size in zip(paths, sizes, strict=True):
            if size != sizes[0]:
                raise ValueError(
                    f"{path}: tiles of {size[0]} x {size[1]} px, but {paths[0]} has {sizes[0][0]} x {sizes[0][1]} px; "
                    "cut all scenes alike (tile_scene), or leave the images of another size out"
                )
        self.size, groups, self.n = sizes[0], [], 0
        for table, path in enumerate(paths):
            with tables.open_table(path) as parquet:
                groups += [(table, group) for group in range(parquet.num_row_groups)]
                self.n += parquet.metadata.num_rows
        self.groups = np.array(groups)

    def stretches(self, epoch: int, seed: int, first: int = 0) -> Iterator[np.ndarray]:
        """Read stretches of scaled pixels (n, H, W), from the `first` on, one ahead; together they are all tiles once."""
        order = np.random.default_rng([seed, epoch]).permutation(self.groups)
        parts = [order[start : start + GROUPS] for start in range(0, len(order), GROUPS)]
        return streams.ahead(self._read, parts[first:])

    @property
    def n_stretches(self) -> int:
        """Number of stretches in an epoch."""
        return -(-len(self.groups) // GROUPS)

    def _read(self, groups: np.ndarray) -> np.ndarray:
        pixels = []
        for table, group in groups:
            metadata = self.metadata[table]
            with tables.open_table(self.paths[table]) as parquet:
                read = parquet.read_row_group(group, columns=["mask", "pixels"])
            counts, valid = tables.pixels(read["pixels"], metadata), tables.masks(read["mask"], metadata)
            pixels.append(features.scale_pixels(counts, metadata["scene"]["radiometry"], valid))
        return np.concatenate(pixels)


class Expander(nn.Module):
    """A ResNet-18 without its last layer, and three layers behind it in which the loss is measured: (B, H, W) -> (B, WIDTH)."""

    def __init__(self):
        super().__init__()
        self.backbone = ResNet18(1)
        n_features = self.backbone.network.fc.in_features
        self.backbone.network.fc = nn.Identity()
        layers: list[nn.Module] = []
        for before in (n_features, WIDTH):
            layers += [nn.Linear(before, WIDTH, bias=False), nn.BatchNorm1d(WIDTH), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(WIDTH, WIDTH, bias=False))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.layers(self.backbone(pixels))


def views(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a view (B, h, w) of every tile (B, H, W): a window of it, mirrored, turned and in other light."""
    n, height, width = pixels.shape
    drawn = augmentation.draw(rng, n, augmentation.KINDS, copies=2)
    angle_deg = np.where(drawn.copy, rng.uniform(-90, 90, n), 0)
    whole = augmentation.of_pixels(pixels, angle_deg, drawn)
    h, w = round(height * WINDOW), round(width * WINDOW)
    rows, columns = rng.integers(0, height - h + 1, n), rng.integers(0, width - w + 1, n)
    windows = [tile[row : row + h, column : column + w] for tile, row, column in zip(whole, rows, columns, strict=True)]
    return torch.stack(windows)


def loss_of(one: Tensor, other: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    r"""Return the loss of two views of B tiles, and its parts.

    With z, z' (B, D) what the network makes of the views, the parts are **invariance**, the mean of (z - z')²; **variance**, the
    mean over dimensions of max(0, 1 - σ(z)), so that no dimension is the same for all tiles; and **covariance**, the sum of
    squared covariances between dimensions over D, so that each says something of its own. The last two keep the network from
    making all tiles alike, which would be the simplest way to make views alike.

    References
    ----------
    Bardes, A., Ponce, J., LeCun, Y. (2022): VICReg: Variance-invariance-covariance regularization for self-supervised learning. ICLR.
    """
    n, dimensions = one.shape
    parts = {"invariance": functional.mse_loss(one, other), "variance": one.new_zeros(()), "covariance": one.new_zeros(())}
    for z in (one, other):
        z = z - z.mean(0)
        parts["variance"] = parts["variance"] + functional.relu(1 - (z.var(0) + 1e-4).sqrt()).mean() / 2
        covariance = z.T @ z / (n - 1)
        parts["covariance"] = (
            parts["covariance"] + (covariance.square().sum() - covariance.diagonal().square().sum()) / dimensions
        )
    total = INVARIANCE * parts["invariance"] + VARIANCE * parts["variance"] + COVARIANCE * parts["covariance"]
    return total, parts


def fit(network: Expander, tiles: Tiles, options: Options, place: training.Place) -> pd.DataFrame:
    """Pre-train a network; a killed job continues at the stretch of tiles where its state was last written.

    Parameters
    ----------
    network
        Its weights are the start; it ends with those of the last epoch.
    tiles, options, place
        See `Tiles`, `Options` and `training.Place`.

    Returns
    -------
    pandas.DataFrame
        One row an epoch: loss, its parts, and the learning rate.

    Raises
    ------
    ValueError
        Fewer tiles than a batch, or a loss that is no longer finite.
    """
    if tiles.n < options.batch_size:
        raise ValueError(
            f"pretrain_resnet18/batch_size: {options.batch_size}, but there are {tiles.n} tiles in all, expected at least as many; "
            "lower it or do not pre-train"
        )
    network.to(place.device, memory_format=torch.channels_last).train()
    parameters = list(network.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=options.learning_rate, weight_decay=options.weight_decay)
    mixed = {"device_type": place.device.type, "dtype": place.precision, "enabled": place.precision != torch.float32}
    path = place.beside("resume", f"{STAGE}.safetensors")
    settings = [place.data, vars(options), str(place.device), str(place.precision), torch.get_num_threads()]
    run = trainingstate.fingerprint(settings, np.empty(0), np.empty(0), network)
    _, rows = trainingstate.resume(path, run, network, optimizer)
    total = options.epochs * tiles.n_stretches
    board = SummaryWriter(place.beside("tensorboard", STAGE), purge_step=len(rows))
    saved = time.monotonic()
    remaining = log.progress(_remaining(tiles, options, len(rows)), total - len(rows), "stretches of tiles")
    for epoch, stretch, pixels in remaining:
        rng = devices.seed(options.seed, epoch, stretch)
        rate = options.learning_rate * training.schedule_factor("cosine", len(rows) / total)
        training.set_rate(optimizer, rate)
        order = rng.permutation(len(pixels))
        sums: dict[str, float] = {}
        for chosen in np.array_split(order, max(1, round(len(pixels) / options.batch_size))):
            batch = torch.from_numpy(pixels[chosen]).to(place.device)
            both = torch.cat([views(batch, rng), views(batch, rng)])
            with torch.autocast(**mixed):
                outputs = network(both)
            loss, parts = loss_of(*outputs.float().chunk(2))
            training.learn(loss, parameters, optimizer, f"{STAGE}, epoch {epoch}")
            for name, value in {"loss": loss, **parts}.items():
                sums[name] = sums.get(name, 0.0) + value.item() * len(chosen) / len(pixels)
        rows.append({"stage": STAGE, "epoch": epoch, "tiles": len(pixels), "learning_rate": rate, **sums})
        for name, value in sums.items():
            board.add_scalar(f"{STAGE}/{name}", value, len(rows))
        if time.monotonic() - saved >= training.SAVE_EVERY_S:
            saved = time.monotonic()
            trainingstate.save(path, run, network, {}, optimizer, rows)
        if stretch == tiles.n_stretches - 1:
            means = ", ".join(f"{name} {_by_epoch(rows).iloc[-1][name]:.3f}" for name in sums)
            log.logger.info("epoch %d of %d, %s", epoch, options.epochs, means)
    board.close()
    trainingstate.save(path, run, network, {}, optimizer, rows)
    return _by_epoch(rows)


def _by_epoch(rows: list[dict]) -> pd.DataFrame:
    """Return means over the tiles of each epoch."""
    frame = pd.DataFrame(rows).drop(columns="stage")
    means = {n: np.average(part, axis=0, weights=part["tiles"]) for n, part in frame.groupby("epoch")}
    return pd.DataFrame(means, frame.columns).T.drop(columns="tiles")


def _remaining(tiles: Tiles, options: Options, done: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """Return epoch, number and pixels of every stretch after those that are done."""
    first_epoch, first = divmod(done, tiles.n_stretches)
    for epoch in range(first_epoch + 1, options.epochs + 1):
        for stretch, pixels in enumerate(tiles.stretches(epoch, options.seed, first), first):
            yield epoch, stretch, pixels
        first = 0
