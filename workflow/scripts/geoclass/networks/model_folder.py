"""The last step of every training: calibrate the confidence, then write weights, description and curves."""

import platform
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torchvision
from sklearn.metrics import f1_score, log_loss

from geoclass.confidence import calibration
from geoclass.core import files, log, tables
from geoclass.networks import checkpoints, training
from geoclass.networks.batches import Examples
from geoclass.vario import features


def write(
    place: training.Place,
    model: str,
    architecture: dict,
    fit: training.Fit,
    held: Examples,
    labels: str,
    split: str,
    settings: dict,
    parts: dict[str, str] | None = None,
) -> None:
    """Write a model folder.

    Parameters
    ----------
    place
        Where the model was trained; the state beside the folder is removed at last.
    model
        variomlp, resnet18 or varionet.
    architecture
        Arguments of the network.
    fit
        What training made.
    held
        The validation tiles. The temperature of the confidence is found with them, since the training tiles were seen in training.
    labels, split
        The tables trained on.
    settings
        The rule's section of the config.
    parts
        Ids of the models that this one was made of.
    """
    network = checkpoints.build(model, architecture)
    network.load_state_dict(fit.best)
    held = held.on(torch.device("cpu"))
    logits = training.predict(network, held, 64).numpy()
    temperature = calibration.fit_temperature(logits, held.labels)
    before, after = (calibration.probabilities(logits, t) for t in (1.0, temperature))
    correct = logits.argmax(1) == held.labels
    tiles, described = held.tiles, tables.read_metadata(split)
    card = {
        "model": model,
        "architecture": architecture,
        "classes": tiles.classes,
        "tile": tiles.expected["tile"],
        "vario": tiles.expected["vario"] if "vario" in checkpoints.NEEDS[model] else None,
        "radiometry": tiles.expected["radiometry"],
        **{key: held.recipe.get(key) for key in features.RECIPE},
        "temperature": temperature,
        "parts": parts or {},
        "split": {
            **{key: described[key] for key in ("scheme", "seed", "shares", "counts")},
            "fingerprint": files.fingerprint(split),
        },
        "data": {"labels": files.fingerprint(labels), "tiles": place.data},
        "seeds": {"training": settings["seed"], "split": described["seed"]},
        "settings": settings,
        "scores": {
            "subset": "validation",
            "tiles": len(correct),
            "accuracy": float(correct.mean()),
            "macro_f1": float(f1_score(held.labels, logits.argmax(1), average="macro", zero_division=0)),
            "loss": float(log_loss(held.labels, after, labels=np.arange(after.shape[1]))),
            "ece_before": calibration.expected_error(before.max(1), correct),
            "ece_after": calibration.expected_error(after.max(1), correct),
            "best_epoch": {key: fit.best_row[key] for key in ("stage", "epoch")},
            "epochs": sum(row["epoch"] > 0 for row in fit.curves),
        },
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "numpy": np.__version__,
        },
    }
    folder = place.folder
    card = checkpoints.save(folder, card, fit.best, fit.last)
    write_curves(fit, folder / "curves.tsv")
    place.clear()
    log.logger.info(
        "%s: %d training and %d validation tiles of %d classes; validation accuracy %.3f, macro-F1 %.3f, temperature %.2f",
        card["id"],
        sum(n["train"] for n in described["counts"].values()),
        len(correct),
        len(tiles.classes),
        card["scores"]["accuracy"],
        card["scores"]["macro_f1"],
        temperature,
    )


def write_curves(fit: training.Fit, path: str | Path) -> None:
    """Write the training as a table: one row an epoch, with losses and accuracies; `kept` marks the epoch whose weights are kept."""
    frame = pd.DataFrame(fit.curves)
    frame["kept"] = np.where(frame.index == fit.kept, "yes", "")
    with files.replacing(path) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
