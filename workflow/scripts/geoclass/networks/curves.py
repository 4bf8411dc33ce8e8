"""Learning curves of a model, and what a study of it varied, as figures."""

from pathlib import Path

import matplotlib
import pandas as pd

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

from geoclass.core import figures

COLOURS = {"training": "#888888", "validation": "#1f5fa8"}


def draw(table: str | Path, title: str, figure: str | Path) -> None:
    """Draw losses and accuracies in training and validation against the epoch.

    Parameters
    ----------
    table
        TSV of a training, stage after stage, in which `kept` marks the epoch whose weights are kept.
    title
        Title of the figure.
    figure
        PNG to write.
    """
    frame = pd.read_csv(table, sep="\t")
    kept = frame.index[frame["kept"] == "yes"][0]
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for ax, what in zip(axes, ("loss", "accuracy"), strict=True):
        measured = [name for name in ("training", "validation") if frame[f"{name}_{what}"].notna().any()]
        for name in measured:
            ax.plot(frame.index, frame[f"{name}_{what}"], color=COLOURS[name], label=name)
        ax.plot(kept, frame[f"{measured[-1]}_{what}"][kept], "o", color="#c03a2b", label="kept")
        for start in frame.index[frame["stage"] != frame["stage"].shift()][1:]:
            ax.axvline(start - 0.5, color="#888888", linewidth=0.8, linestyle=":")
        ax.set(xlabel="epoch", ylabel=what)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0].legend(frameon=False)
    fig.suptitle(title)
    figures.save_drawing(fig, figure, 120)
    plt.close(fig)


def sweep(frame: pd.DataFrame, varied: str, words: str, figure: str | Path, lines: dict, scale: str = "linear") -> None:
    """Draw validation loss and accuracy against what a study varied.

    Parameters
    ----------
    frame
        Columns validation_loss, validation_accuracy and the one that was varied.
    varied, words
        Its name, and what it is.
    figure
        File to write, PNG.
    lines
        Rows to compare with, by name, drawn as horizontal lines.
    scale
        Of the axis: linear or log.
    """
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for ax, what in zip(axes, ("validation_loss", "validation_accuracy"), strict=True):
        ax.plot(frame[varied], frame[what], "o-", color="#1f5fa8")
        for (name, row), style in zip(lines.items(), ("--", ":"), strict=False):
            ax.axhline(getattr(row, what), color="#888888", linestyle=style, label=name)
        ax.set(xlabel=words, ylabel=what.replace("_", " "), xscale=scale)
    axes[0].legend(frameon=False)
    figures.save_drawing(fig, figure, 120)
    plt.close(fig)
