"""VarioNet's fusion learned from what both networks say of tiles that they have not learned, and kept only where it helps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state

from geoclass.confidence import calibration, held_out
from geoclass.core import log
from geoclass.networks import devices
from geoclass.networks.training import POWERS, loss_of, one_hot, schedule_factor
from geoclass.networks.varionet import Fusion

# Arguments of `varionet.Fusion` by the setting train_varionet/weights, and the place of those that listen to one network alone.
WAYS = {weight: {"weights": "discrete", "variomlp_weight": weight} for weight in np.linspace(0, 1, 11).round(1).tolist()}
WAYS |= {name: {"weights": name} for name in ("cnn", "symmetric")}
SINGLE = {"resnet18": 0, "variomlp": 10}
STEPS = 100  # of gradient descent on all tiles at once
RATE = 0.01
# Standard errors by which a fusion of so many blocks must beat simpler ones: a block has thousands of weights.
AHEAD = {0: 1, 1: 2}


@dataclass(frozen=True)
class Stacked:
    """A fusion that was chosen.

    Attributes
    ----------
    fusion
        Arguments of `varionet.Fusion`.
    weights
        Its state; empty without a block.
    name
        What was chosen, in words.
    logits, resnet18_weight
        What fusions of the other folds say of each tile, (n, C), and β, (n,).
    table
        Every way of fusing: weights, block, cross-entropy, accuracy and macro-F1 of tiles held out.
    """

    fusion: dict
    weights: dict[str, Tensor]
    name: str
    logits: np.ndarray
    resnet18_weight: np.ndarray
    table: pd.DataFrame


@devices.one_thread()
def stack(
    z_v: np.ndarray,
    z_r: np.ndarray,
    labels: np.ndarray,
    folds: np.ndarray,
    withheld: np.ndarray,
    blocks: np.ndarray,
    settings: dict,
) -> Stacked:
    """Learn the fusion of two networks from their logits of tiles held out.

    For each fold the fusions are learned from the tiles that its networks may learn: of one that shares pixels with a tile held out the
    networks say much the same, which a block remembers with its class. All ways to weight the networks (Eqs 6 and 7, and discrete
    weights from 0 to 1) are tried, without a residual block, when the fusion is the weighted mean, and with the one of the paper.
    VarioNet is the better network alone, unless the best mean beats it by a standard error of the difference in cross-entropy,
    calibrated by other folds, and what is best so far, unless the best fusion with a block beats it by two; neither may be worse in
    macro-F1. So it is the simplest of what tells about as much (Breiman et al. 1984). What is said of the tiles of a fold is learned
    without them and those; so is the choice, but for the temperatures and the fusions of other folds that it compares, which move the
    loss in its fourth digit.

    Parameters
    ----------
    z_v, z_r
        Logits of VarioMLP and ResNet-18, (n, C).
    labels
        Index of the class of each tile, (n,).
    folds, blocks
        Fold and block of each, (n,).
    withheld
        Which folds' networks must not learn it, (n, K): its own, and those with tiles that share its ground.
    settings
        Of train_varionet: weights, balance, label_smoothing, weight_decay, seed. With other weights than ``best`` those are taken, with a
        block, whatever they are worth.

    References
    ----------
    Breiman, L., Friedman, J. H., Olshen, R. A., Stone, C. J. (1984): Classification and regression trees, section 3.4.3. Wadsworth.
    """
    candidates = [{**way, "blocks": n, "n_classes": z_v.shape[1]} for n in (0, 1) for way in WAYS.values()]
    tensors = torch.from_numpy(np.stack([z_v, z_r]).astype(np.float32))
    said = np.empty((len(candidates), *z_v.shape), np.float32)
    for fold in log.progress(np.unique(folds), len(np.unique(folds)), "fusions, folds"):
        own = folds == fold
        said[:, own], _ = _learn(candidates, tensors, labels, ~withheld[:, fold], own, settings)
    losses = np.stack([_calibrated_losses(one, labels, folds) for one in said])
    columns = {"weights": [c["weights"] for c in candidates], "variomlp_weight": [c.get("variomlp_weight") for c in candidates]}
    table = pd.DataFrame(columns).assign(block=[c["blocks"] for c in candidates], loss=losses.mean(axis=1))
    predicted, every = said.argmax(axis=2), np.ones(len(labels), bool)
    table["accuracy"] = (predicted == labels).mean(axis=1)
    table["macro_f1"] = _macro_f1(predicted, labels)

    def chosen_by(shown: np.ndarray) -> int:
        if settings["weights"] != "best":
            return len(WAYS) + list(WAYS).index(settings["weights"])  # those with a block are the second half
        if not shown.any():  # all others share ground with those held out
            return SINGLE["resnet18"]
        return _choose(losses[:, shown], _macro_f1(predicted[:, shown], labels[shown]), blocks[shown])

    logits, beta = np.empty_like(said[0]), np.empty(len(labels))
    for fold in np.unique(folds):
        own = folds == fold
        chosen = chosen_by(~withheld[:, fold])
        logits[own], beta[own] = said[chosen][own], _beta(candidates[chosen], tensors)[own]
    chosen = chosen_by(every)
    name = _name(candidates[chosen])
    better = _better(losses, table["macro_f1"])
    if chosen in SINGLE.values():
        log.logger.info("no fusion is clearly better than %s: VarioNet becomes that network", better)
    log.logger.info("fusion: %s, loss %.3f; %s alone %.3f", name, losses[chosen].mean(), better, losses[SINGLE[better]].mean())
    _, states = _learn([candidates[chosen]], tensors, labels, every, every, settings)
    return Stacked(candidates[chosen], states[0], name, logits, beta, table)


def _macro_f1(predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the macro-F1 of each candidate's classes (candidates, n)."""
    return np.array([held_out.macro_f1(labels, one) for one in predicted])


def _better(losses: np.ndarray, macro_f1: Sequence[float]) -> str:
    """Return the network with the higher macro-F1 alone, or of two that are equal in it the one with the lower loss."""
    return max(SINGLE, key=lambda kind: (macro_f1[SINGLE[kind]], -losses[SINGLE[kind]].mean()))


def _choose(losses: np.ndarray, macro_f1: np.ndarray, blocks: np.ndarray) -> int:
    """Return the number of the simplest candidate that none beats by its losses, (candidates, n), and macro-F1."""
    chosen = SINGLE[_better(losses, macro_f1)]
    for n, ahead in AHEAD.items():
        suitable = [k for k in range(n * len(WAYS), (n + 1) * len(WAYS)) if macro_f1[k] >= macro_f1[chosen]]
        if suitable:
            best = min(suitable, key=lambda k: losses[k].mean())
            gain = losses[chosen] - losses[best]
            if gain.mean() > ahead * calibration.standard_error(gain, blocks):
                chosen = best
    return chosen


def _calibrated_losses(logits: np.ndarray, labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return the cross-entropy of each tile at the temperature that the other folds give, (n,)."""
    found = np.empty(len(labels))
    for fold in np.unique(folds):
        own = folds == fold
        temperature = 1.0 if own.all() else calibration.fit_temperature(logits[~own], labels[~own])
        found[own] = calibration.losses(logits[own] / temperature, labels[own])
    return found


def _learn(
    candidates: list[dict], tensors: Tensor, labels: np.ndarray, shown: np.ndarray, asked: np.ndarray, settings: dict
) -> tuple[np.ndarray, list[dict[str, Tensor]]]:
    """Learn fusions side by side from the tiles shown; return their logits of those asked, (candidates, n, C), and their states.

    Fusions without a block have nothing to learn. The others are one batched computation: their gradients do not meet.
    """
    devices.seed(settings["seed"])
    networks = [Fusion(**candidate).eval() for candidate in candidates]
    fused = torch.stack([network.weighted(*tensors)[0] for network in networks])  # (candidates, n, C)
    logits, states = [None] * len(networks), [dict(network.state_dict()) for network in networks]
    deep = [k for k, candidate in enumerate(candidates) if candidate["blocks"]]
    if deep and shown.any():
        learned = _descend([networks[k] for k in deep], fused[deep], labels, shown, settings)
        for position, k in enumerate(deep):
            states[k] = {name: value[position].clone() for name, value in learned.items()}
            networks[k].load_state_dict(states[k])
    with torch.inference_mode():
        for k, network in enumerate(networks):
            logits[k] = network(*tensors[:, torch.from_numpy(np.flatnonzero(asked))]).numpy()
    return np.stack(logits), states


def _descend(networks: list[Fusion], fused: Tensor, labels: np.ndarray, shown: np.ndarray, settings: dict) -> dict[str, Tensor]:
    """Return the parameters of all networks after training, stacked by name."""
    parameters = {name: value.detach().clone().requires_grad_() for name, value in stack_module_state(networks)[0].items()}
    chosen = torch.from_numpy(np.flatnonzero(shown))
    inputs, n_classes = fused[:, chosen], fused.shape[-1]
    shares = one_hot(labels[shown], n_classes, torch.device("cpu"))
    counts = np.bincount(labels[shown], minlength=n_classes)
    rarity = (len(chosen) / (n_classes * np.maximum(counts, 1))) ** POWERS[settings["balance"]]
    weights = torch.tensor(rarity, dtype=torch.float32)
    optimizer = torch.optim.AdamW(parameters.values(), lr=RATE, weight_decay=settings["weight_decay"])
    behind, every = networks[0].behind, shares.repeat(len(networks), 1)

    def logits_of(state: dict[str, Tensor], f: Tensor) -> Tensor:
        return functional_call(behind, state, (f,))

    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * schedule_factor("cosine", step / STEPS)
        logits = torch.vmap(logits_of)({name.removeprefix("behind."): p for name, p in parameters.items()}, inputs)
        loss = len(logits) * loss_of(logits.flatten(0, 1), every, weights, settings["label_smoothing"])  # the sum of theirs
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: value.detach() for name, value in parameters.items()}


def _beta(candidate: dict, tensors: Tensor) -> np.ndarray:
    """Return the weight of ResNet-18 for each tile, (n,)."""
    return Fusion(**candidate).resnet18_weight(*tensors)[:, 0].numpy()


def _name(candidate: dict) -> str:
    """Return in words how a candidate fuses."""
    weight = f" {candidate['variomlp_weight']:g}" if "variomlp_weight" in candidate else ""
    return f"weights {candidate['weights']}{weight}, {'one block' if candidate['blocks'] else 'no block'}"
