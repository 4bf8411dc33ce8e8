"""Areas of classes with intervals, transitions between two dates, and the position of the surge front."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Areas:
    """Estimated areas of C classes: `mapped`, `estimate`, `low` and `high`, each (C,), in the unit of the mapped areas."""

    mapped: np.ndarray
    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray


def mapped_areas(classes: np.ndarray, class_ids: np.ndarray, cell_area: float) -> np.ndarray:
    """Return the area that a map gives each class.

    Parameters
    ----------
    classes
        Class ids (rows, columns); ids that are not in `class_ids` (no data) count nowhere.
    class_ids
        Ids of the C classes.
    cell_area
        Area of a cell, in the unit wanted.

    Returns
    -------
    numpy.ndarray
        Areas (C,).
    """
    return np.array([np.count_nonzero(classes == class_id) for class_id in class_ids]) * cell_area


def adjusted_areas(confusion: np.ndarray, mapped: np.ndarray, z: float = 1.96) -> Areas:
    """Correct mapped areas for the map's errors, with confidence intervals.

    With W_i the share of the map in class i and n_ij the number of reference tiles mapped as i that are j:

        p_ij = W_i n_ij / n_i.        A_j = A Σ_i p_ij        S(A_j) = A √( Σ_i (W_i p_ij − p_ij²) / (n_i. − 1) )

    Parameters
    ----------
    confusion
        Counts (C, C) of reference tiles: rows as mapped, columns as they are.
    mapped
        Mapped areas (C,).
    z
        Half-width of the interval in standard errors.

    Returns
    -------
    Areas
        A class that is mapped but has fewer than two reference tiles keeps its mapped area, and its whole area is uncertain: the
        interval of every class reaches as far as that area could go.

    References
    ----------
    Olofsson et al. (2014), Remote Sensing of Environment 148:42–57, equations 2, 10 and 11, doi:10.1016/j.rse.2014.02.015.
    """
    confusion = np.asarray(confusion, float)
    mapped = np.asarray(mapped, float)
    total = mapped.sum()
    if total == 0:
        return Areas(mapped, mapped.copy(), mapped.copy(), mapped.copy())
    share = mapped / total
    n_mapped = confusion.sum(axis=1)
    known = n_mapped >= 2
    probability = np.zeros_like(confusion)
    probability[known] = share[known, None] * confusion[known] / n_mapped[known, None]
    variance = ((share[:, None] * probability - probability**2)[known] / (n_mapped[known, None] - 1)).sum(axis=0)
    unknown = np.where(known, 0, mapped)
    estimate = total * probability.sum(axis=0) + unknown
    half = z * total * np.sqrt(np.maximum(variance, 0))
    # The area mapped as a class without reference tiles may be that class wholly, or any other class.
    low = np.maximum(estimate - half - unknown, 0)
    high = np.minimum(estimate + half + unknown.sum() - unknown, total)
    return Areas(mapped, estimate, low, high)


def transitions(before: np.ndarray, after: np.ndarray, class_ids: np.ndarray) -> np.ndarray:
    """Count the cells that go from one class to another.

    Parameters
    ----------
    before, after
        Class ids (rows, columns) on one grid; a cell whose id is not in `class_ids` on either date is not comparable.
    class_ids
        Ids of the C classes, ascending.

    Returns
    -------
    numpy.ndarray
        Counts (C, C): rows the class before, columns the class after.
    """
    comparable = np.isin(before, class_ids) & np.isin(after, class_ids)
    one = np.searchsorted(class_ids, before[comparable])
    other = np.searchsorted(class_ids, after[comparable])
    return np.bincount(one * len(class_ids) + other, minlength=len(class_ids) ** 2).reshape(len(class_ids), -1)


def front_position(along_m: np.ndarray, crevassed: np.ndarray, width_m: float, share: float = 0.5) -> float:
    """Return how far a glacier is crevassed along a line: the furthest upstream point of its crevassed reach.

    The line is cut into pieces of `width_m`; a piece is crevassed when at least `share` of its cells is. From the downstream end of
    the line, the front is the upstream end of the last crevassed piece before two pieces in a row that are not, so that a single
    odd tile upstream does not move it.

    Parameters
    ----------
    along_m
        Distances of N observed cells from the downstream end of the line.
    crevassed
        Whether each of them is of a crevassed class (N,).
    width_m
        Length of a piece, about that of a tile.
    share
        Least share of crevassed cells in a piece.

    Returns
    -------
    float
        Distance from the downstream end in metres; NaN where no piece is crevassed.
    """
    if len(along_m) == 0:
        return float("nan")
    piece = np.floor(along_m / width_m).astype(int)
    n_pieces = piece.max() + 1
    n_cells = np.bincount(piece, minlength=n_pieces)
    part = np.bincount(piece, weights=crevassed, minlength=n_pieces) / np.maximum(n_cells, 1)
    observed = np.flatnonzero(n_cells)
    is_crevassed = part[observed] >= share
    if not is_crevassed.any():
        return float("nan")
    front = first = int(np.argmax(is_crevassed))
    for index in range(first, len(observed)):
        if is_crevassed[index]:
            front = index
        elif index - front >= 2:
            break
    return float((observed[front] + 1) * width_m)
