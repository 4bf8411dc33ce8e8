"""The rounds of learning in one figure: scores before and after each, kept or refused, and the labels that each learned from."""

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from geoclass.core import figures
from geoclass.evaluation import scores

BEFORE, KEPT, REFUSED = "0.45", "#1b6ca8", "#c0392b"


def draw(path: str | Path, verdicts: list[dict]) -> None:
    """Draw the rounds.

    Parameters
    ----------
    path
        PNG to write.
    verdicts
        What `roundstate.verdicts` returns.
    """
    place = np.arange(len(verdicts))
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(1.1 * len(verdicts) + 4, 5.4), sharex=True, height_ratios=(3, 2), layout="constrained"
    )
    for x, verdict in zip(place, verdicts, strict=True):
        found, colour = verdict["validation"]["macro_f1"], KEPT if verdict["kept"] else REFUSED
        above.annotate(
            "", (x + 0.12, found["new"]), (x - 0.12, found["old"]), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.6}
        )
        above.plot(x - 0.12, found["old"], "o", color=BEFORE, markersize=6)
        filling = colour if verdict["kept"] else "white"
        above.plot(x + 0.12, found["new"], "o", color=colour, markerfacecolor=filling, markersize=8, markeredgewidth=1.6)
        if verdict["test"]:
            above.plot(x + 0.12, verdict["test"]["macro_f1"]["new"], "D", color="0.3", markersize=4)
    kinds = [
        Line2D([], [], marker="o", color=BEFORE, lw=0, label="the model before, validation tiles"),
        Line2D([], [], marker="o", color=KEPT, lw=0, markersize=8, label="the round's model: kept"),
        Line2D(
            [], [], marker="o", color=REFUSED, lw=0, markersize=8, markerfacecolor="white", label="the round's model: refused"
        ),
        Line2D([], [], marker="D", color="0.3", lw=0, markersize=4, label="the round's model, test tiles"),
    ]
    figure.legend(handles=kinds, loc="outside upper center", ncols=2, fontsize=8, frameon=False)
    above.set_ylabel("macro-F1 on tiles labelled by people", fontsize=9)
    above.margins(y=0.15)
    above.set_xlim(-0.6, len(verdicts) - 0.4)
    people, models = (np.array([verdict[key] for verdict in verdicts]) for key in ("people", "models"))
    below.bar(place, people, 0.5, color="#3f7f4c", label="labels by people")
    below.bar(place, models, 0.5, bottom=people, color="#a9cdb0", label="labels by models")
    below.set_ylabel("labels", fontsize=9)
    below.legend(fontsize=8, frameon=False, loc="upper left")
    below.set_ylim(0, 1.35 * (people + models).max())
    names = [
        f"{v['round'].removeprefix('round').lstrip('0')}\n{scores.NAMES[v['teacher']]} labels,\n{scores.NAMES[v['student']]} learns"
        for v in verdicts
    ]
    below.set_xticks(place, names, fontsize=8)
    below.set_xlabel("round", fontsize=9)
    for axis in (above, below):
        axis.grid(axis="y", alpha=0.3, lw=0.5)
        axis.set_axisbelow(True)
        axis.tick_params(axis="y", labelsize=8)
    figures.save_drawing(figure, path, bbox_inches="tight")
    plt.close(figure)
