"""The training loop, one for all networks: exactly resumable, and the same weights every time."""

import math
import time
from dataclasses import asdict, dataclass, fields
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from geoclass.core import log
from geoclass.networks import devices, training_state
from geoclass.networks.training_state import RunDirectory

WARM_UP = 0.05  # share of the steps in which the learning rate rises
AVERAGED = 0.25  # share of the epochs, the last ones, whose weights are averaged where no validation chooses among them
MAX_NORM = 5.0  # of the gradient; a longer one is cut to it
SAVE_EVERY_S = 20.0  # state for resuming; an epoch that is lost is computed anew, with the same numbers
SPEAK_EVERY_S = 5.0
ASK_EVERY = {"cpu": 1, "cuda": 50}  # batches after which is asked whether all was finite: a GPU would stand still for each answer
POWERS = {"none": 0.0, "root": 0.5, "weights": 1.0, "sampling": 1.0}  # of a class's rarity, in the weight of its tiles


Batch = tuple[tuple[Tensor, ...], Tensor]  # inputs of a network, and the share of each tile that shows each class (B, C)


class Source(Protocol):
    """Where batches come from: the `Examples` of each network, and `fusion_training.CachedLogits`."""

    labels: np.ndarray
    n_classes: int

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> Batch: ...


@dataclass(frozen=True)
class Options:
    """How a network is trained; each value is a key of the training rules in the config."""

    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    patience: int
    schedule: str
    label_smoothing: float
    balance: str
    seed: int
    minimum_steps: int = 0

    @classmethod
    def of(cls, settings: dict) -> "Options":
        """Take the options out of a rule's section of the config."""
        return cls(**{f.name: settings[f.name] for f in fields(cls) if f.name in settings})

    def steps(self, n_tiles: int) -> int:
        """Return the batches of an epoch: of at least two tiles each, since batch normalisation has no deviation of a single value."""
        return max(1, min(round(n_tiles / self.batch_size), n_tiles // 2))

    def fixed_epochs(self, n_tiles: int) -> int:
        """Return the epochs where no validation ends them: as many as are set, but not fewer than make the least number of steps."""
        return max(self.epochs, math.ceil(self.minimum_steps / self.steps(n_tiles)))


@dataclass(frozen=True)
class Fit:
    """What training made: weights of the best and the last epoch, one row of the curves an epoch, and the row of the best."""

    best: training_state.State
    last: training_state.State
    curves: list[dict]
    kept: int

    @property
    def best_row(self) -> dict:
        """The row of the curves whose weights were kept."""
        return self.curves[self.kept]


@dataclass(frozen=True)
class Trained:
    """A network after training: arguments of its architecture, how its features are made (empty for pixels), and the training."""

    model: str
    architecture: dict
    recipe: dict
    fit: Fit


def fit(
    network: nn.Module,
    training: Source,
    validation: Source | None,
    options: Options,
    run: RunDirectory,
    stage: str,
    start_counts: bool = False,
) -> Fit:
    """Train a network until the validation loss has not fallen for `options.patience` epochs, or, without validation, to the end.

    Without validation nothing is chosen by a few tiles: all epochs are trained, at least `options.minimum_steps` batches, and the best
    weights are the mean of those after each of the last epochs (stochastic weight averaging, Izmailov et al. 2018,
    arXiv:1803.05407; running means of batch normalisation are averaged with them).

    A killed job continues where its state was last written, with the very numbers of an uninterrupted run: every epoch starts from
    its own seed, and weights, optimiser and curves are in the state. A state of other settings, code, data or initial weights is
    ignored.

    Parameters
    ----------
    network
        Its weights are the start; it ends with those of the best epoch, in evaluation mode.
    training, validation
        Examples; the latter are never augmented. None trains a fixed number of epochs.
    options, run
        See `Options` and `RunDirectory`.
    stage
        Name of the model, or of a stage of its training, for log and curves.
    start_counts
        The network is already trained: its weights before the first epoch may remain the best.

    Raises
    ------
    ValueError
        Loss or gradient are no longer finite.
    """
    network.to(run.device, memory_format=torch.channels_last)
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=options.learning_rate, weight_decay=options.weight_decay, fused=True)
    n_tiles, n_classes = len(training.labels), training.n_classes
    counts = np.bincount(training.labels, minlength=n_classes)
    weights = torch.tensor(
        (n_tiles / (n_classes * np.maximum(counts, 1))) ** POWERS[options.balance], dtype=torch.float32, device=run.device
    )
    loss_weights = torch.ones_like(weights) if options.balance == "sampling" else weights
    n_steps = options.steps(n_tiles)
    epochs = options.epochs if validation else options.fixed_epochs(n_tiles)
    averaged = None if validation else AveragedModel(network, use_buffers=True)
    averaged_after = min(epochs - 1, round(epochs * (1 - AVERAGED)))
    mixed = {"device_type": run.device.type, "dtype": run.precision, "enabled": run.precision != torch.float32}

    state_path = run.state(stage)
    settings = [run.data, run.recipe, asdict(options), stage, str(run.device), str(run.precision), torch.get_num_threads()]
    held_labels = validation.labels if validation else np.empty(0, int)
    state_id = training_state.fingerprint(settings, training.labels, held_labels, network)
    best, curves = training_state.resume(state_path, state_id, network, optimizer)
    if not curves:
        curves = [_row(stage, 0, 0.0, math.nan, math.nan, *_measure(network, validation, weights, options, run))]
        best = training_state.weights(network)
    first = len(curves)
    best_epoch = _best_epoch(curves, start_counts) if validation else epochs
    if averaged and first > 1 + averaged_after:
        averaged.module.load_state_dict(best)
        averaged.n_averaged.fill_(first - 1 - averaged_after)
    start = saved = spoken = time.monotonic()

    for epoch in range(first, epochs + 1):
        if validation and epoch - 1 - best_epoch >= options.patience:
            log.logger.info("%s: no lower validation loss for %d epochs, stopped", stage, options.patience)
            break
        rng = devices.seed(options.seed, epoch)
        network.train()
        total, correct, seen = torch.zeros((), device=run.device), torch.zeros((), device=run.device), 0
        finite = torch.ones((), dtype=torch.bool, device=run.device)
        batches = np.array_split(_order(rng, training.labels, counts, options.balance), n_steps)
        for step, chosen in enumerate(log.progress(batches, n_steps, f"{stage}, epoch {epoch}, batches")):
            rate = options.learning_rate * schedule_factor(options.schedule, (epoch - 1 + step / n_steps) / epochs)
            for group in optimizer.param_groups:
                group["lr"] = rate
            inputs, shares = training.batch(chosen, rng)
            with torch.autocast(**mixed):
                logits = network(*inputs)
            loss = loss_of(logits.float(), shares, loss_weights, options.label_smoothing)
            norm = learn(loss, parameters, optimizer)
            finite &= torch.isfinite(loss.detach() + norm)
            if ((step + 1) % ASK_EVERY[run.device.type] == 0 or step + 1 == n_steps) and not finite:
                raise ValueError(
                    f"{stage}, epoch {epoch}, batch {step + 1}: loss {loss.item():g} and gradient {norm.item():g}, expected finite "
                    "numbers; lower the learning_rate or set precision to float32"
                )
            total += loss.detach() * len(chosen)
            correct += (logits.argmax(1) == shares.argmax(1)).sum()
            seen += len(chosen)

        loss, accuracy = _measure(network, validation, weights, options, run)
        curves.append(_row(stage, epoch, rate, total.item() / seen, correct.item() / seen, loss, accuracy))
        if validation and not math.isfinite(loss):
            raise ValueError(
                f"{stage}: validation loss {loss:g} after epoch {epoch}, expected a finite number; lower the learning_rate"
            )
        if averaged and epoch > averaged_after:
            averaged.update_parameters(network)
        elif validation and _best_epoch(curves, start_counts) == epoch:
            best, best_epoch = training_state.weights(network), epoch
        now = time.monotonic()
        if now - spoken >= SPEAK_EVERY_S or epoch in (1, epochs):
            spoken = now
            _speak(curves[-1], epochs, best_epoch, seen, (now - start) / (epoch - first + 1))
        if now - saved >= SAVE_EVERY_S:
            saved = now
            best = training_state.weights(averaged.module) if averaged else best
            training_state.save(state_path, state_id, network, best, optimizer, curves)

    best = training_state.weights(averaged.module) if averaged else best
    training_state.save(state_path, state_id, network, best, optimizer, curves)
    last = training_state.weights(network)
    network.load_state_dict(best)
    network.eval()
    return Fit(best, last, curves, best_epoch)


def shares_of(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return labels (B,) as shares of the classes, (B, C) float32."""
    return np.eye(n_classes, dtype=np.float32)[labels]


def one_hot(labels: np.ndarray, n_classes: int, device: torch.device) -> Tensor:
    """Return labels (B,) as shares of the classes on a device, (B, C) float32."""
    return torch.from_numpy(shares_of(labels, n_classes)).to(device)


def loss_of(logits: Tensor, shares: Tensor, weights: Tensor, smoothing: float = 0.0) -> Tensor:
    """Return the mean cross-entropy, every tile weighted by its class, or by those of which it shows a share (B, C).

    PyTorch's own weights also weight the smoothed share of every class, so that a class of two tiles would draw all others to it.
    """
    surprise = -functional.log_softmax(logits, dim=1)
    each = (1 - smoothing) * surprise + smoothing * surprise.mean(dim=1, keepdim=True)  # (B, C), if that class were true
    weighted = weights * shares
    return (weighted * each).sum() / weighted.sum()


def schedule_factor(schedule: str, progress: float) -> float:
    """Return the learning rate as a share of the highest, at a progress of 0 to 1 through all epochs."""
    if schedule == "constant":
        return 1.0
    if progress < WARM_UP:
        return max(progress / WARM_UP, 0.01)
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def learn(loss: Tensor, parameters: list[nn.Parameter], optimizer: torch.optim.Optimizer) -> Tensor:
    """Take one step down the gradient, cut to its greatest length; return its length, which stays on the device."""
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(parameters, MAX_NORM)
    optimizer.step()
    return norm


def predict(network: nn.Module, source: Source, batch_size: int, precision: torch.dtype = torch.float32) -> Tensor:
    """Return the network's outputs (N, C) float32 for all examples as they are, in evaluation mode."""
    network.eval()
    n = len(source.labels)
    outputs = []
    with torch.inference_mode():
        for chosen in np.array_split(np.arange(n), max(1, math.ceil(n / batch_size))):
            inputs, _ = source.batch(chosen)
            with torch.autocast(inputs[0].device.type, precision, enabled=precision != torch.float32):
                outputs.append(network(*inputs).float())
    return torch.cat(outputs)


def _measure(
    network: nn.Module, source: Source | None, weights: Tensor, options: Options, run: RunDirectory
) -> tuple[float, float]:
    """Return cross-entropy, with the weights of the classes, and accuracy; NaN without examples."""
    if source is None:
        return math.nan, math.nan
    logits = predict(network, source, options.batch_size, run.precision)
    shares = one_hot(source.labels, logits.shape[1], run.device)
    loss = loss_of(logits, shares, weights)
    return loss.item(), (logits.argmax(1) == shares.argmax(1)).float().mean().item()


def _order(rng: np.random.Generator, labels: np.ndarray, counts: np.ndarray, balance: str) -> np.ndarray:
    """Return the tiles of an epoch: each once, or, with balanced sampling, as many drawn with all classes equally likely."""
    if balance == "sampling":
        share = 1 / counts[labels]
        return rng.choice(len(labels), len(labels), p=share / share.sum())
    return rng.permutation(len(labels))


def _best_epoch(curves: list[dict], start_counts: bool) -> int:
    """Return the first epoch with the lowest validation loss; 0 is the network before training."""
    losses = [row["validation_loss"] for row in curves]
    return int(np.argmin(losses)) if start_counts or len(curves) == 1 else 1 + int(np.argmin(losses[1:]))


def _row(stage: str, epoch: int, rate: float, *measured: float) -> dict:
    names = ("training_loss", "training_accuracy", "validation_loss", "validation_accuracy")
    return {"stage": stage, "epoch": epoch, "learning_rate": rate, **dict(zip(names, measured, strict=True))}


def _speak(row: dict, epochs: int, best_epoch: int, n_tiles: int, seconds: float) -> None:
    held = f", validation loss {row['validation_loss']:.3f} (lowest in epoch {best_epoch}), accuracy {row['validation_accuracy']:.3f}"
    held = "" if math.isnan(row["validation_loss"]) else held
    log.logger.info(
        "%s: epoch %d of %d, loss %.3f%s, %.0f tiles/s, at most %.0f s remain",
        row["stage"],
        row["epoch"],
        epochs,
        row["training_loss"],
        held,
        n_tiles / seconds,
        (epochs - row["epoch"]) * seconds,
    )
