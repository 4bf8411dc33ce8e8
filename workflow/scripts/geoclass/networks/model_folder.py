"""The last step of every training: calibrate the confidence, then write weights, description and curves."""

import platform
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save as serialize
from sklearn.metrics import log_loss

from geoclass.confidence import calibration, held_out
from geoclass.core import files, log, tables
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import description, training
from geoclass.networks.training_state import RunDirectory


def said(folds: list[str], tiles: LabelledTiles, split: str) -> held_out.Outputs:
    """Return what networks trained without each fold say of all tiles held out.

    Raises
    ------
    ValueError
        A table of another split.
    """
    for path in folds:
        if tables.read_metadata(path)["split"] != files.fingerprint(split):
            raise ValueError(f"{path}: of other folds than {split} holds now; delete it, the next run makes it anew")
    return held_out.read(folds).at(tiles.held_out().tile_ids, ", ".join(folds[:1]))


def write(
    run: RunDirectory,
    trained: training.Trained,
    tiles: LabelledTiles,
    outputs: held_out.Outputs,
    labels: str,
    split: str,
    settings: dict,
    parts: dict[str, str] | None = None,
) -> None:
    """Write a model folder, and beside the weights what is known of tiles that were held out.

    Parameters
    ----------
    run
        Where the model was trained; the state beside the folder is removed at last.
    trained
        What training made.
    tiles
        All labelled tiles.
    outputs
        What is said of the held-out tiles: with folds by models of the same kind that have not learned them, else by this one. The
        temperature of the confidence is found with them, of validation and test with validation alone.
    labels, split
        The tables trained on.
    settings
        The rule's section of the config.
    parts
        Ids of the models that this one was made of.
    """
    model, fit, described = trained.model, trained.fit, tables.read_metadata(split)
    card = {
        "model": model,
        "architecture": trained.architecture,
        "classes": tiles.classes,
        "tile": tiles.expected["tile"],
        "vario": tiles.expected["vario"] if "vario" in description.NEEDS[model] else None,
        "radiometry": tiles.expected["radiometry"],
        "pixel_m": [pixels[0], pixels[-1]] if (pixels := tiles.expected.get("pixels_m")) else None,
        **{key: trained.recipe.get(key) for key in description.FEATURES},
    }
    held = tiles.held_out()
    judges = np.ones(len(held), bool) if tiles.n_folds else held.subsets == "validation"
    logits, true = outputs.logits[judges], held.labels[judges]
    if tiles.n_folds:
        temperature, each = calibration.cross_fitted_temperature(logits, true, held.folds, held.blocks)
    else:
        temperature = calibration.fit_temperature(logits, true)
        each = np.full(len(held), temperature)
    outputs = replace(outputs, temperature=each)
    before, after = (calibration.probabilities(logits, t) for t in (1.0, each[judges]))
    correct = logits.argmax(1) == true
    card |= {
        "temperature": temperature,
        "parts": parts or {},
        "split": {
            **{key: described.get(key) for key in ("scheme", "seed", "shares", "folds", "unit", "counts")},
            "fingerprint": files.fingerprint(split),
        },
        "data": {"labels": files.fingerprint(labels), "tiles": run.data},
        "seeds": {"training": settings["seed"], "split": described["seed"]},
        "settings": settings,
        "scores": {
            "subset": "out-of-fold" if tiles.n_folds else "validation",
            "tiles": len(correct),
            "accuracy": float(correct.mean()),
            "macro_f1": held_out.macro_f1(true, logits.argmax(1)),
            "loss": float(log_loss(true, after, labels=np.arange(after.shape[1]))),
            "ece_before": calibration.expected_error(before.max(1), correct),
            "ece_after": calibration.expected_error(after.max(1), correct),
            "best_epoch": {key: fit.best_row[key] for key in ("stage", "epoch")},
            "epochs": sum(row["epoch"] > 0 for row in fit.curves),
        },
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": metadata.version("torchvision"),
            "numpy": np.__version__,
        },
    }
    folder = run.folder
    card = save(folder, card, fit.best, fit.last)
    about = {"model": model, "split": files.fingerprint(split), "classes": tiles.classes}
    held_out.write(folder / "held_out.parquet", outputs, about)
    write_curves(fit, folder / "curves.tsv")
    run.clear()
    log.logger.info(
        "%s: %d tiles learned, of %d classes; %d %s tiles: accuracy %.3f, macro-F1 %.3f, temperature %.2f",
        *(card["id"], len(tiles.learned()), len(tiles.classes), len(correct), card["scores"]["subset"]),
        *(card["scores"]["accuracy"], card["scores"]["macro_f1"], temperature),
    )


def write_weights(path: str | Path, weights: dict[str, torch.Tensor]) -> None:
    """Write weights as safetensors, whole or not at all."""
    with files.replacing(path) as temporary:
        temporary.write_bytes(serialize({name: weight.detach().cpu().contiguous() for name, weight in weights.items()}))


def save(folder: str | Path, card: dict, weights: dict[str, torch.Tensor], last: dict[str, torch.Tensor]) -> dict:
    """Write a model folder: the weights of the best and of the last epoch, then model.json.

    Parameters
    ----------
    folder
        Made where it does not exist.
    card
        What model.json says, without format, id and fingerprint; see docs/training.md for its keys.
    weights, last
        State of the network after the best and after the last epoch.

    Returns
    -------
    dict
        The card as written.
    """
    folder = Path(folder)
    write_weights(folder / "weights.safetensors", weights)
    write_weights(folder / "last.safetensors", last)
    card = description.signed(card, files.fingerprint(folder / "weights.safetensors"))
    description.check(card, folder / "model.json")
    files.write_json(folder / "model.json", card)
    return card


def write_curves(fit: training.Fit, path: str | Path) -> None:
    """Write the training as a table: one row an epoch, with losses and accuracies; `kept` marks the epoch whose weights are kept."""
    frame = pd.DataFrame(fit.curves)
    frame["kept"] = np.where(frame.index == fit.kept, "yes", "")
    with files.replacing(path) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
