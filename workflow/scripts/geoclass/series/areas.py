"""Areas of classes with intervals, transitions between two dates, and the position of the surge front."""

from dataclasses import dataclass

import numpy as np

from geoclass.confidence import untested_block

# Of the posterior: the ends of an interval are then known to about 2 % of its length, 5 % with three blocks of a class.
DRAWS = 4000
LIKELY = 1e-5  # how far the logarithm of the likelihood, a cell, may be below its maximum where the expectation-maximisation ends
ROUNDS = 100  # of it, at most
KEPT = 0.1  # least part of a share that a leap leaves; one that is zero would stay so


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


def adjusted_shares(mapped_as: np.ndarray, mapped: np.ndarray) -> np.ndarray:
    """Correct the shares of mapped classes for the map's errors: the shares that would be mapped as these are.

    With P_ij the probability that class j is mapped as i, and w_i the share of the map in class i, the shares p that make w most
    likely are found by expectation-maximisation, from equal shares on; they are never negative, as those of the inverse P⁻¹ w may be:

        p_j ← p_j g_j, g_j = Σ_i P_ij w_i / Σ_k P_ik p_k

    Two steps tell where many would lead, which is a thousand where two classes are hardly told apart: after them the shares leap as far
    (Varadhan and Roland 2008), if that is likelier. No shares are likelier by more than max g − 1 (Lindsay 1983), which tells the end.
    P is what labels tell that people have drawn class by class, whatever the number of each: it does not depend on how frequent a
    class is, as the probability that what is mapped as i is j does.

    Parameters
    ----------
    mapped_as
        P, (..., C, C): rows as mapped, columns as they are; columns sum to 1.
    mapped
        w, (..., C).

    Returns
    -------
    numpy.ndarray
        p, (..., C); zero for an empty map.

    References
    ----------
    Czaplewski and Catts (1992), Remote Sensing of Environment 39:29–43, doi:10.1016/0034-4257(92)90138-A (the classical estimator).
    Saerens, Latinne and Decaestecker (2002), Neural Computation 14:21–41, doi:10.1162/089976602753284446 (its iteration).
    Varadhan and Roland (2008), Scandinavian Journal of Statistics 35:335–353, doi:10.1111/j.1467-9469.2007.00585.x.
    Lindsay (1983), The Annals of Statistics 11:86–94, doi:10.1214/aos/1176346059.
    """
    shares = np.full(np.broadcast_shapes(mapped_as.shape[:-1], mapped.shape), 1 / mapped.shape[-1])
    mapped_as, mapped = np.broadcast_to(mapped_as, (*shares.shape, shares.shape[-1])), np.broadcast_to(mapped, shares.shape)
    moving = np.ones(shares.shape[:-1], bool)
    for _ in range(ROUNDS):
        errors, seen, start = mapped_as[moving], mapped[moving], shares[moving]
        gain = _gain(errors, seen, start)
        once = start * gain
        twice = once * _gain(errors, seen, once)
        first, bend = once - start, twice - 2 * once + start
        leap = np.sqrt(np.square(first).sum(-1, keepdims=True) / np.maximum(np.square(bend).sum(-1, keepdims=True), 1e-300))
        far = np.maximum(start + 2 * leap * first + leap**2 * bend, KEPT * twice)
        far /= np.maximum(far.sum(axis=-1, keepdims=True), 1e-300)
        likelier = _log_likelihood(errors, seen, far) > _log_likelihood(errors, seen, twice)
        shares[moving] = np.where(likelier[..., None], far, twice)
        moving[moving] = gain.max(axis=-1) - 1 > LIKELY
        if not moving.any():
            break
    return shares


def _gain(mapped_as: np.ndarray, mapped: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return by how much a step of the expectation-maximisation multiplies each share, (..., C)."""
    expected = (mapped_as @ shares[..., None])[..., 0]
    ratio = np.divide(mapped, expected, out=np.zeros_like(expected), where=expected > 0)
    return (ratio[..., None, :] @ mapped_as)[..., 0, :]


def _log_likelihood(mapped_as: np.ndarray, mapped: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the logarithm of the likelihood of shares (..., C), a cell of the map."""
    expected = (mapped_as @ shares[..., None])[..., 0]
    return (mapped * np.log(np.maximum(expected, 1e-300))).sum(axis=-1)


def with_interval(counts: np.ndarray | None, n_cells: np.ndarray, cell_area: float, seed: int = 1) -> Areas:
    """Estimate areas with 95 % intervals that know that tiles of one block are alike.

    The estimate is the median of a posterior, brought to the sum of the areas, the interval its quantiles. The one most likely
    solution, `adjusted_shares` with the confusion as it was counted, is worse where few tiles tell of a class: it may give the class
    no area at all. The posterior is drawn in two steps, the second for the interval alone:

    1. What the confusion is: a Bayesian bootstrap (Rubin 1981) gives every block a weight from the exponential distribution, and
       every class has one block more that nobody has tested (`untested_block`), wrong as a class drawn at random. A class tested in
       three blocks without an error may still be mapped as another elsewhere, but hardly where no class ever is.
    2. What it is on one date: the n_j cells of class j say no more than n_j / b_j blocks do, so that what they are mapped as is drawn
       from the Dirichlet distribution of that concentration.

    b_j = Σ n² / Σ n is the number of reference tiles in the block of a tile of class j, the block's size as a tile meets it (Kish 1965).

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
    area = n_cells.sum(axis=1, keepdims=True) * cell_area
    if counts is None:
        unknown = np.full(n_cells.shape, np.nan)
        return Areas(n_cells * cell_area, unknown, unknown, unknown, unknown)
    counts, n_classes = np.asarray(counts, float), n_cells.shape[1]
    mapped = n_cells / np.maximum(n_cells.sum(axis=1, keepdims=True), 1)

    generator = np.random.default_rng(seed)
    in_block = counts.sum(axis=1)
    size = np.maximum(untested_block.size(in_block), 1)
    tested = np.count_nonzero(in_block, axis=0)
    errors = 1 - np.diagonal(counts.sum(axis=0))[tested > 0] / in_block.sum(axis=0)[tested > 0]
    wrong = untested_block.wrong_share(errors.mean() if len(errors) else 1.0, tested)
    prior = np.tile(wrong / max(n_classes - 1, 1), (n_classes, 1))
    np.fill_diagonal(prior, 1 - wrong)
    drawn = np.tensordot(generator.standard_exponential((DRAWS, len(counts))), counts, 1)
    drawn += size * generator.standard_gamma(prior, (DRAWS, n_classes, n_classes))
    drawn /= drawn.sum(axis=1, keepdims=True)
    estimate, low, high, error = (np.empty_like(mapped) for _ in range(4))
    for date, shares in enumerate(mapped):
        possible = adjusted_shares(drawn, shares)
        middle = np.median(possible, axis=0)
        estimate[date] = middle / max(middle.sum(), 1e-12)
        n_blocks = n_cells[date].sum() * possible / size
        of_date = generator.standard_gamma(drawn * n_blocks[:, None, :] + 1e-12)
        of_date = np.where(n_blocks[:, None, :] > 1e-3, of_date / np.maximum(of_date.sum(axis=1, keepdims=True), 1e-300), drawn)
        possible = adjusted_shares(of_date, shares)
        low[date], high[date] = np.percentile(possible, [2.5, 97.5], axis=0)
        error[date] = possible.std(axis=0)
    low, high = np.minimum(np.where(low < 1e-6, 0, low), estimate), np.maximum(high, estimate)
    return Areas(n_cells * cell_area, *(part * area for part in (estimate, low, high, error)))


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
    """Return how far a glacier is crevassed along a line: the furthest upstream point of its longest crevassed reach.

    The line is cut into pieces of `width_m`; a piece is crevassed when at least `share` of its cells is. Two pieces in a row that are
    not end a reach, so that an odd tile or two, upstream or at the terminus, do not move the front. Pieces that were not observed are
    passed over.

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
    pieces = np.flatnonzero(is_crevassed)
    front = max(np.split(pieces, np.flatnonzero(np.diff(pieces) > 2) + 1), key=len)[-1]
    following = observed[front + 1] if front + 1 < len(observed) else np.inf
    return float((observed[front] + 1) * width_m), float((following - observed[front] - 1) * width_m)
