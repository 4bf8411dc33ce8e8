"""Which tiles to label next: those that a model is unsure of, those that two models see differently, those of rare classes."""

import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon

from geoclass.core import common_ground, tables

UNCERTAIN, DISAGREEMENT, RARE = "uncertain", "disagreement", "rare class"
PAIR = ("variomlp", "resnet18")


def candidates(classified: list[str], main: str) -> pd.DataFrame:
    r"""Return what the models say of the tiles of one scene.

    The divergence of VarioMLP's probabilities p and ResNet-18's q is that of Jensen and Shannon (Lin 1991), in bits,

    .. math:: \tfrac12 \sum_c p_c \log_2 \frac{2 p_c}{p_c + q_c} + \tfrac12 \sum_c q_c \log_2 \frac{2 q_c}{p_c + q_c}

    Parameters
    ----------
    classified
        Class tables of the scene, one a model, with the same class list.
    main
        Model that the queue is made with.

    Returns
    -------
    pandas.DataFrame
        The columns tile_id, scene, class_id, confidence, margin, variomlp_id, resnet18_id, divergence of `tables.QUEUE`. Tiles that
        the main model could say nothing of are left out.

    Raises
    ------
    ValueError
        Models with different class lists.

    References
    ----------
    Lin, J. (1991): Divergence measures based on the Shannon entropy. IEEE Trans. Inf. Theory 37:145-151, doi:10.1109/18.61115.
    """
    described = {path: tables.read_metadata(path) for path in classified}
    first, ids = classified[0], {path: [entry["class_id"] for entry in m["model"]["classes"]] for path, m in described.items()}
    for path in classified:
        if ids[path] != ids[first]:  # a finished model may know a class by the name or colour that it had
            raise ValueError(
                f"{path}: another list of classes than {first} has, expected the same; train both models on one table"
            )
    paths = {metadata["model"]["model"]: path for path, metadata in described.items()}
    found = tables.read(paths[main], ["tile_id", "class_id", "confidence", "margin"]).dropna(subset="class_id")
    found = found.assign(scene=described[first]["scene"]["scene"], variomlp_id=np.nan, resnet18_id=np.nan, divergence=np.nan)
    if set(PAIR) <= set(paths):
        said = [tables.read(paths[model], ["tile_id", "class_id", "probabilities"]) for model in PAIR]
        said = [table.set_index("tile_id").loc[found["tile_id"]] for table in said]
        found["variomlp_id"], found["resnet18_id"] = (table["class_id"].to_numpy() for table in said)
        p, q = (np.stack(table["probabilities"].to_numpy()).astype(float) for table in said)
        found["divergence"] = jensenshannon(p, q, base=2, axis=1) ** 2
    return found


def places(tile_tables: list[str]) -> pd.DataFrame:
    """Return tile_id, x_m, y_m and visit of the tiles of scenes.

    Places are metres on the ground that the scenes share; what was seen of it on one day is one visit. A scene without a place or a
    date is a visit of its own.
    """
    scenes = [tables.read_metadata(path)["scene"] for path in tile_tables]
    grounds, parts = common_ground.grounds(scenes), []
    for path, scene in zip(tile_tables, scenes, strict=True):
        found, ground = tables.read(path, ["tile_id", "x_m", "y_m"]), grounds.get(scene["scene"])
        visit = f"scene {scene['scene']}"
        if ground:
            found["x_m"], found["y_m"] = ground.metres(scene["crs_wkt"], found["x_m"].to_numpy(), found["y_m"].to_numpy())
            visit = f"{scene['date'][:10]} {ground.name}" if scene["date"] else visit
        parts.append(found.assign(visit=visit))
    return pd.concat(parts)


def choose(tiles: pd.DataFrame, n_labels: dict[int, int], size: int, distance_m: float) -> pd.DataFrame:
    """Return the tiles to label next, in order.

    Three rankings take turns, each with its best tile that is left: the least margin between the first two classes; the greatest
    divergence of VarioMLP and ResNet-18 among tiles that they give different classes, every pair of classes in its turn; and, for
    the class with the fewest labels (those that the queue itself will bring included), the tile that is most probably of it. A
    tile that lies within `distance_m` of one that is in the queue already, seen on the same day, is passed over.

    Parameters
    ----------
    tiles
        What `candidates` returns, of tiles without a label, with what `places` does.
    n_labels
        Number of labels of every class by class_id.
    size
        Most tiles in the queue.
    distance_m
        Least distance between two of them [m].

    Returns
    -------
    pandas.DataFrame
        Rows of `tiles` with rank and reason.
    """
    tiles = tiles.sort_values("tile_id", ignore_index=True)
    place, visit = tiles[["x_m", "y_m"]].to_numpy(), tiles["visit"].to_numpy()
    free, counts = np.ones(len(tiles), bool), dict(n_labels)
    orders = {UNCERTAIN: tiles["margin"].to_numpy().argsort(kind="stable")}
    differ = tiles[(tiles["variomlp_id"] != tiles["resnet18_id"]) & tiles["divergence"].notna()]
    differ = differ.sort_values("divergence", ascending=False, kind="stable")
    turn = differ.groupby(["variomlp_id", "resnet18_id"]).cumcount()
    orders[DISAGREEMENT] = turn.sort_values(kind="stable").index.to_numpy()
    by_confidence = tiles.sort_values("confidence", ascending=False, kind="stable")
    by_class = {class_id: of_class.index.to_numpy() for class_id, of_class in by_confidence.groupby("class_id")}

    def best(reason: str) -> int | None:
        if reason != RARE:
            return next((i for i in orders[reason] if free[i]), None)
        left = [(counts.get(c, 0), c) for c, order in by_class.items() if free[order].any()]
        return next(i for i in by_class[min(left)[1]] if free[i]) if left else None

    picks: list[tuple[int, str]] = []
    while len(picks) < size:
        before = len(picks)
        for reason in (UNCERTAIN, DISAGREEMENT, RARE):
            pick = best(reason) if len(picks) < size else None
            if pick is not None:
                picks.append((pick, reason))
                near = np.hypot(*(place - place[pick]).T) < distance_m
                free[near & (visit == visit[pick])] = free[pick] = False
                counts[tiles["class_id"][pick]] = counts.get(tiles["class_id"][pick], 0) + 1
        if len(picks) == before:
            break
    chosen = tiles.iloc[[pick for pick, _ in picks]].reset_index(drop=True)
    return chosen.assign(rank=np.arange(1, len(chosen) + 1), reason=[reason for _, reason in picks])
