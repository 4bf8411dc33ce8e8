"""Figures of an evaluation: confusion, reliability, scores by class, VarioNet's weights, splits side by side."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from geoclass.confidence import calibration
from geoclass.core.figures import TEXT, save_drawing
from geoclass.evaluation.evaluation import Prediction
from geoclass.evaluation.scores import NAMES

COLOURS = {"varionet": "#b2182b", "resnet18": "#2166ac", "variomlp": "#e08214"}
BASELINE = "#8c8c8c"
INK, FAINT = "#1a1a1a", "#6b6b6b"
SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#c6dbef", "#4292c6", "#08306b"])
STYLE = TEXT | {
    "font.size": 8,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
}


def draw(folder: Path, predictions: dict[str, Prediction], labels: np.ndarray, table: pd.DataFrame, title: str) -> None:
    """Draw all figures of one evaluation: confusion, scores by class, reliability, and VarioNet's weights.

    Parameters
    ----------
    folder
        Where the PNG files are written.
    predictions
        Of the networks, by model.
    labels
        Index of the true class of each scored tile, (n,).
    table
        Scores by class (`scores.class_table`).
    title
        What was scored.
    """
    names = list(dict.fromkeys(table["class_name"]))
    for model, p in predictions.items():
        counts = confusion_matrix(labels, p.predicted, labels=np.arange(len(names)))
        confusion(folder / f"confusion_{model}.png", counts, names, f"{NAMES[model]}: {title}")
        if model == "varionet":
            weights(folder / f"weights_{model}.png", p.resnet18_weight, p.after.max(axis=1), p.predicted == labels, title)
    by_class(folder / "per_class.png", table[table["model"].isin(list(predictions))], title)
    reliability(folder / "reliability.png", predictions, labels, title)


def confusion(path: str | Path, counts: np.ndarray, names: list[str], title: str) -> None:
    """Draw a confusion matrix: number of tiles, shaded by the share of the true class.

    Parameters
    ----------
    path
        PNG to write.
    counts
        (C, C), rows: true class, columns: predicted class.
    names
        Names of the classes.
    title
        Heading of the figure.
    """
    with plt.rc_context(STYLE):
        n = len(names)
        side = 2.2 + 0.42 * n
        figure, axes = plt.subplots(figsize=(side, side), layout="constrained")
        support = counts.sum(axis=1, keepdims=True)
        share = np.divide(counts, support, out=np.zeros(counts.shape), where=support > 0)
        image = axes.imshow(share, cmap=SHADES, vmin=0, vmax=1)
        for row, column in zip(*np.nonzero(counts), strict=True):
            colour = "white" if share[row, column] > 0.55 else INK
            axes.text(column, row, f"{counts[row, column]:d}", ha="center", va="center", fontsize=7, color=colour)
        axes.set_xticks(range(n), [_words(name) for name in names], rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(n), [f"{_words(name)} ({total:d})" for name, total in zip(names, support[:, 0], strict=True)])
        axes.set(xlabel="predicted class", ylabel="true class (tiles)", title=title)
        axes.spines[:].set_visible(True)
        axes.set_xticks(np.arange(n + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(n + 1) - 0.5, minor=True)
        axes.grid(which="minor", color="#d9d9d9", linewidth=0.5)
        axes.tick_params(which="minor", length=0)
        bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25, pad=0.02)
        bar.set_label("share of the true class")
        bar.outline.set_linewidth(0.5)
        _save(figure, path)


def reliability(path: str | Path, predictions: dict[str, Prediction], labels: np.ndarray, title: str) -> None:
    """Draw accuracy against confidence, before and after calibration, one panel a model.

    Parameters
    ----------
    path
        PNG to write.
    predictions
        By model.
    labels
        Index of the true class of each tile, (n,).
    title
        Heading of the figure.
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            2, len(predictions), figsize=(2.9 * len(predictions), 3.9), sharex=True, sharey="row", squeeze=False,
            height_ratios=[3, 1], layout="constrained",
        )  # fmt: skip
        for (upper, lower), (model, p) in zip(axes.T, predictions.items(), strict=True):
            correct = p.predicted == labels
            upper.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
            for confidence, colour, marker, when in (
                (p.before.max(axis=1), FAINT, "o", "before"),
                (p.after.max(axis=1), COLOURS[model], "s", f"after, T = {p.temperature:.2f}"),
            ):
                table = calibration.reliability(confidence, correct)
                error = calibration.expected_error(confidence, correct)
                upper.plot(table["confidence"], table["accuracy"], color=colour, linewidth=0.8, alpha=0.5, zorder=2)
                upper.scatter(
                    table["confidence"], table["accuracy"], s=8 + 60 * table["n"] / table["n"].sum(), color=colour, marker=marker,
                    edgecolor="white", linewidth=0.4, zorder=3, clip_on=False, label=f"{when}: ECE {error:.3f}",
                )  # fmt: skip
                lower.hist(
                    confidence, np.linspace(0, 1, calibration.BINS + 1), histtype="step", color=colour, linewidth=1.1,
                    weights=np.full(len(confidence), 1 / len(confidence)),
                )  # fmt: skip
            upper.set(xlim=(0, 1), ylim=(0, 1))
            upper.set_title(NAMES[model], pad=30)
            key = upper.legend(loc="lower left", bbox_to_anchor=(0, 1), handletextpad=0.2, borderaxespad=0.4, borderpad=0)
            for handle in key.legend_handles:
                handle.set_sizes([24])
            lower.set(xlabel="confidence", ylim=(0, 1))
        axes[0, 0].set_ylabel("accuracy")
        axes[1, 0].set_ylabel("share of tiles")
        figure.suptitle(title, fontsize=9, x=0.01, ha="left")
        _save(figure, path)


def by_class(path: str | Path, table: pd.DataFrame, title: str) -> None:
    """Draw the accuracy of the networks class by class: the share of a class's tiles that are found (recall).

    Parameters
    ----------
    path
        PNG to write.
    table
        Scores by class (`scores.class_table`) of the networks.
    title
        Heading of the figure.
    """
    with plt.rc_context(STYLE):
        models = list(dict.fromkeys(table["model"]))
        classes = table.drop_duplicates("class_id")
        figure, axes = plt.subplots(figsize=(max(4.5, 1.2 + 0.75 * len(classes)), 3.2), layout="constrained")
        width = 0.8 / len(models)
        for place, model in enumerate(models):
            values = table[table["model"] == model].reset_index()
            x = values.index + (place - (len(models) - 1) / 2) * width
            axes.bar(x, values["recall"], 0.92 * width, color=COLOURS[model], label=NAMES[model])
            reach = [values["recall"] - values["recall_low"], values["recall_high"] - values["recall"]]
            axes.errorbar(x, values["recall"], reach, fmt="none", ecolor=INK, elinewidth=0.7, capsize=1.5, capthick=0.7)
        names = [f"{_words(row.class_name)} ({row.support})" for row in classes.itertuples()]
        axes.set_xticks(range(len(classes)), names, rotation=40, ha="right", rotation_mode="anchor")
        axes.set(xlim=(-0.6, len(classes) - 0.4), ylim=(0, 1.02), ylabel="accuracy by class (recall)")
        axes.set_title(title, pad=18)
        axes.grid(axis="y", color="#e0e0e0", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(axis="x", length=0)
        axes.legend(ncols=len(models), loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, borderpad=0)
        _save(figure, path)


def weights(path: str | Path, resnet18_weight: np.ndarray, confidence: np.ndarray, correct: np.ndarray, title: str) -> None:
    """Draw the weight that VarioNet gives ResNet-18 (β) against its confidence, tile by tile.

    Parameters
    ----------
    path
        PNG to write.
    resnet18_weight, confidence, correct
        β, calibrated confidence and whether the prediction is right, (n,).
    title
        Heading of the figure.
    """
    with plt.rc_context(STYLE):
        figure, (axes, side) = plt.subplots(
            1, 2, figsize=(5, 3.3), sharey=True, width_ratios=[4, 1], gridspec_kw={"wspace": 0.03}, layout="constrained"
        )
        bins = np.linspace(0, 1, 41)
        for chosen, colour, marker, name in (
            (correct, COLOURS["resnet18"], "o", "right"),
            (~correct, COLOURS["varionet"], "X", "wrong"),
        ):
            label = f"{name} ({chosen.sum():d} tiles)"
            axes.scatter(
                confidence[chosen],
                resnet18_weight[chosen],
                s=14,
                color=colour,
                marker=marker,
                alpha=0.6,
                linewidth=0,
                label=label,
            )
            side.hist(resnet18_weight[chosen], bins, orientation="horizontal", histtype="step", color=colour, linewidth=1)
        axes.axhline(0.5, color=FAINT, linewidth=0.7, linestyle=(0, (4, 3)))
        axes.set(xlim=(0, 1.01), ylim=(0, 1), xlabel="confidence of VarioNet", ylabel="weight of ResNet-18 (β)", title=title)
        axes.legend(loc="lower left", handletextpad=0.2)
        side.set_xlabel("tiles")
        _save(figure, path)


def splits(path: str | Path, table: pd.DataFrame, title: str) -> None:
    """Draw macro-F1, accuracy and calibration error of all models and split schemes with their intervals.

    Parameters
    ----------
    path
        PNG to write.
    table
        Rows of `scores.overall_table` with the columns scheme and subset.
    title
        Heading of the figure.
    """
    panels = {"macro_f1": "macro-F1", "accuracy": "accuracy", "ece_after": "calibration error (ECE)"}
    with plt.rc_context(STYLE):
        models = [model for model in NAMES if model in set(table["model"])]
        schemes = list(dict.fromkeys(table["scheme"]))
        figure, axes = plt.subplots(
            1, 3, figsize=(8.2, 1.2 + 0.16 * len(models) * (len(schemes) + 1)), sharey=True, layout="constrained"
        )
        markers = dict(zip(schemes, "osD^vP", strict=False))
        for axis, (score, name) in zip(axes, panels.items(), strict=True):
            for place, scheme in enumerate(schemes):
                values = table[table["scheme"] == scheme].set_index("model").reindex(models)
                y = np.arange(len(models)) + (place - (len(schemes) - 1) / 2) * 0.8 / (len(schemes) + 0.5)
                for model, height in zip(models, y, strict=True):
                    row, colour = values.loc[model], COLOURS.get(model, BASELINE)
                    axis.plot(
                        [row[f"{score}_low"], row[f"{score}_high"]], [height, height], color=colour, linewidth=1.2, clip_on=False
                    )
                    face = colour if place == 0 else "white"
                    axis.plot(row[score], height, markers[scheme], color=colour, mfc=face, markersize=4.5, clip_on=False)
            axis.set_xlabel(name)
            axis.grid(axis="x", color="#e0e0e0", linewidth=0.6)
            axis.set_axisbelow(True)
            axis.set_xlim(0, 1 if score != "ece_after" else 1.05 * table[["ece_after", "ece_after_high"]].max(axis=None))
        axes[0].set_yticks(range(len(models)), [NAMES[model] for model in models])
        axes[0].invert_yaxis()
        for scheme in schemes:
            n = table[table["scheme"] == scheme].iloc[0]
            face = BASELINE if scheme == schemes[0] else "white"
            label = f"{scheme}: {n['n']} {n['subset']} tiles in {n['n_blocks']} blocks"
            figure.axes[0].plot([], [], markers[scheme], color=BASELINE, markerfacecolor=face, markersize=4.5, label=label)
        figure.legend(loc="outside lower center", ncols=min(3, len(schemes)))
        figure.suptitle(title, fontsize=9, x=0.01, ha="left")
        _save(figure, path)


def _words(name: str) -> str:
    """Return a class name as it is read."""
    return name.replace("_", " ")


def _save(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG whose bytes depend on its content alone, and let go of it."""
    save_drawing(figure, path, bbox_inches="tight")
    plt.close(figure)
