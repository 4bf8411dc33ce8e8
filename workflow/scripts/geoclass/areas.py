"""Areas of classes with intervals, transitions between two dates, and the position of the surge front."""

from dataclasses import dataclass

import numpy as np

DRAWS = 4000  # of the posterior: the ends of an interval are then known to about 2 % of its length


@dataclass(frozen=True)
class Areas:
    """Areas of C classes on T dates: `mapped`, `estimate`, `low`, `high`, `standard_error`, each (T, C), in the unit of the mapped ones.

    Without reference tiles all but `mapped` are NaN.
    """

    mapped: np.ndarray
    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    standard_error: np.ndarray


def count_cells(classes: np.ndarray, class_ids: np.ndarray) -> np.ndarray:
    """Return how many cells of a map (rows, columns) have each of the C classes; ids that are not in `class_ids` count nowhere."""
    return np.array([np.count_nonzero(classes == class_id) for class_id in class_ids])


def adjusted_areas(confusion: np.ndarray, mapped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correct mapped areas for the map's errors: the stratified estimator, the map's classes being the strata.

    With W_i the share of the map in class i and n_ij the number of reference tiles mapped as i that are j:

        p_ij = W_i n_ij / n_i.        A_j = A Σ_i p_ij        S(A_j) = A √( Σ_i (W_i p_ij − p_ij²) / (n_i. − 1) )

    Parameters
    ----------
    confusion
        Counts (C, C) of reference tiles: rows as mapped, columns as they are.
    mapped
        Mapped areas (C,).

    Returns
    -------
    tuple
        Estimated areas and their standard errors, each (C,). A class without reference tiles keeps its mapped area; with fewer than
        two it adds nothing to the standard error, which supposes tiles drawn at random and independently: see `with_interval`.

    References
    ----------
    Olofsson et al. (2014), Remote Sensing of Environment 148:42–57, equations 2, 10 and 11, doi:10.1016/j.rse.2014.02.015.
    """
    confusion, mapped = np.asarray(confusion, float), np.asarray(mapped, float)
    total, n_mapped = mapped.sum(), confusion.sum(axis=1)
    if total == 0:
        return mapped.copy(), np.zeros_like(mapped)
    share = mapped / total
    rows = np.where(n_mapped[:, None] > 0, confusion / np.maximum(n_mapped, 1)[:, None], np.eye(len(mapped)))
    probability = share[:, None] * rows
    known = n_mapped >= 2
    variance = ((share[:, None] * probability - probability**2)[known] / (n_mapped[known, None] - 1)).sum(axis=0)
    return total * probability.sum(axis=0), total * np.sqrt(np.maximum(variance, 0))


def with_interval(counts: np.ndarray | None, n_cells: np.ndarray, cell_area: float, seed: int = 1) -> Areas:
    """Estimate areas with 95 % intervals that know that tiles of one block are alike.

    The estimate is `adjusted_areas`. Its standard error is far too small where tiles come in blocks, and zero where none of a few
    tiles was wrong. The interval is that of a posterior instead, in two steps:

    1. What the confusion is: a Bayesian bootstrap (Rubin 1981) gives every block a weight from the exponential distribution, and
       every mapped class has one block more, which is half right and half wrong, in a class drawn at random (Jeffreys' prior). A class
       mapped in three blocks without an error may still be wrong elsewhere in up to half of its area.
    2. What it is on one date: the n_i cells mapped as i say no more than n_i / b_i blocks do, so that the shares of the true classes
       among them are drawn from the Dirichlet distribution of that concentration.

    b_i = Σ n² / Σ n is the number of tiles in the block of a tile mapped as i, the block's size as a tile meets it (Kish 1965).

    Parameters
    ----------
    counts
        Reference tiles (B, C, C) of B blocks: rows as mapped, columns as they are; None where there are none.
    n_cells
        Cells mapped as each class by date, (T, C).
    cell_area
        Area of a cell, in the unit wanted.
    seed
        Of the draws.

    References
    ----------
    Rubin (1981), The Annals of Statistics 9:130–134, doi:10.1214/aos/1176345338. Kish (1965), Survey sampling, Wiley, section 5.4.
    """
    n_cells = np.asarray(n_cells, float)
    mapped = n_cells * cell_area
    if counts is None:
        unknown = np.full(mapped.shape, np.nan)
        return Areas(mapped, unknown, unknown, unknown, unknown)
    counts, n_classes = np.asarray(counts, float), mapped.shape[1]
    generator = np.random.default_rng(seed)
    in_block = counts.sum(axis=2)
    size = np.where(in_block.any(axis=0), (in_block**2).sum(axis=0) / np.maximum(in_block.sum(axis=0), 1), 1.0)
    prior = np.full((n_classes, n_classes), 0.5 / max(n_classes - 1, 1))
    np.fill_diagonal(prior, 0.5)
    drawn = np.empty((DRAWS, *mapped.shape))
    for draw in range(DRAWS):
        rows = np.tensordot(generator.standard_exponential(len(counts)), counts, 1)
        rows += size[:, None] * generator.standard_gamma(prior)
        share = rows / rows.sum(axis=1, keepdims=True)
        of_date = generator.standard_gamma((n_cells / size)[..., None] * share + 1e-12)
        of_date /= np.maximum(of_date.sum(axis=2, keepdims=True), 1e-300)
        drawn[draw] = np.einsum("ti,tij->tj", mapped, of_date)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    estimate, error = (np.array(part) for part in zip(*(adjusted_areas(counts.sum(axis=0), m) for m in mapped), strict=True))
    return Areas(mapped, estimate, np.minimum(low, estimate), np.maximum(high, estimate), error)


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


def front_position(along_m: np.ndarray, crevassed: np.ndarray, width_m: float, share: float = 0.5) -> tuple[float, float]:
    """Return how far a glacier is crevassed along a line: the furthest upstream point of its crevassed reach.

    The line is cut into pieces of `width_m`; a piece is crevassed when at least `share` of its cells is. From the downstream end of
    the line, the front is the upstream end of the last crevassed piece before two pieces in a row that are not, so that a single
    odd tile upstream does not move it. Pieces that were not observed are passed over.

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
    tuple
        Distance from the downstream end, and how far beyond it the line was not observed (0 where the next piece was): the front may
        stand anywhere in that gap. Both NaN where no piece is crevassed.
    """
    if len(along_m) == 0:
        return float("nan"), float("nan")
    piece = np.floor(along_m / width_m).astype(int)
    n_pieces = piece.max() + 1
    n_cells = np.bincount(piece, minlength=n_pieces)
    part = np.bincount(piece, weights=crevassed, minlength=n_pieces) / np.maximum(n_cells, 1)
    observed = np.flatnonzero(n_cells)
    is_crevassed = part[observed] >= share
    if not is_crevassed.any():
        return float("nan"), float("nan")
    front = first = int(np.argmax(is_crevassed))
    for index in range(first, len(observed)):
        if is_crevassed[index]:
            front = index
        elif index - front >= 2:
            break
    following = observed[front + 1] if front + 1 < len(observed) else np.inf
    return float((observed[front] + 1) * width_m), float((following - observed[front] - 1) * width_m)
