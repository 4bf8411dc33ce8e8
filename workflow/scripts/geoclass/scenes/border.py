"""The border of a scene, filled with a constant and connected to the image's edge, found while it streams by in strips of rows."""

import numpy as np
from scipy import ndimage, sparse

# Counts that programs fill the outside of an image with, whether a nodata tag says so or not; 255 is left out, bright snow has it.
SIGNED = (0, -9999, -32768)
LEAST = (np.finfo(np.float32).min, np.finfo(np.float64).min)  # the first also in what was turned from one into the other
FILLS = {"u1": (0,), "u2": (0, 65535), "i2": SIGNED, "f4": (*SIGNED, LEAST[0]), "f8": (*SIGNED, *LEAST)}


def empty(counts: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return which pixels may be border: those that are invalid or have a count that outsides are filled with."""
    dtype = counts.dtype
    found = ~valid
    for fill in FILLS[f"{dtype.kind}{dtype.itemsize}"]:
        found |= counts == dtype.type(fill)
    return found


class Border:
    """Finds the border of a scene in two sweeps over the same strips, from top to bottom.

    A pixel is *empty* where it is invalid or has a count that outsides are filled with (see `empty`). The border is every empty
    pixel that can be reached from the image's edge through empty pixels, up, down, left and right (4-connectivity); an empty region
    inside the scene is none.

    The first sweep labels the regions of each strip and notes which of them touch across the seam to the next strip, or touch the
    edge; `close` then joins regions over all strips. The second sweep marks those regions that are joined to the edge; it labels again
    the strips that have others as well. Between the sweeps only the regions at seams and edge are kept, a few numbers a strip.
    """

    def __init__(self) -> None:
        self.seams: list[np.ndarray] = []  # labels, within its strip, of the regions at the seams of each strip
        self.links: list[np.ndarray] = []  # pairs of regions that are one, (2, N); region 0 is the edge
        self.sides: list[np.ndarray] = []  # labels, within its strip, of the regions at the first and last column of each strip
        self.n_labels: list[int] = []  # of each strip
        self.n_regions = 1
        self.bottom: np.ndarray | None = None  # regions along the last row of the strip before, -1 = not empty
        self.index = 0

    def add(self, empty: np.ndarray) -> None:
        """Take the next strip of the first sweep, booleans (rows, columns)."""
        labels, n_labels = ndimage.label(empty)
        seam = np.union1d(labels[0], labels[-1])
        seam = seam[seam > 0]
        top, bottom = (self._regions(row, seam) for row in (labels[0], labels[-1]))
        if self.bottom is None:
            self._link(np.zeros_like(top), top)
        else:
            self._link(self.bottom, top)
        sides = np.unique(labels[:, [0, -1]])
        at_edge = np.intersect1d(seam, sides)
        self._link(np.zeros_like(at_edge), self._regions(at_edge, seam))
        self.seams.append(seam)
        self.sides.append(sides)
        self.n_labels.append(n_labels)
        self.n_regions += len(seam)
        self.bottom = bottom

    def close(self) -> None:
        """End the first sweep: join the regions of all strips."""
        self._link(np.zeros_like(self.bottom), self.bottom)
        one, other = np.concatenate(self.links, axis=1)
        graph = sparse.coo_array((np.ones(len(one), bool), (one, other)), shape=(self.n_regions, self.n_regions))
        _, component = sparse.csgraph.connected_components(graph, directed=False)
        joined = component == component[0]
        bounds = np.cumsum([1, *map(len, self.seams)])
        self.seams = [seam[joined[first:last]] for seam, first, last in zip(self.seams, bounds, bounds[1:], strict=False)]

    def mark(self, empty: np.ndarray) -> np.ndarray:
        """Take the next strip of the second sweep and return which of its pixels are border, booleans (rows, columns)."""
        is_border = np.zeros(self.n_labels[self.index] + 1, bool)
        is_border[self.sides[self.index]] = True
        is_border[self.seams[self.index]] = True
        is_border[0] = False
        self.index += 1
        return empty if is_border[1:].all() else is_border[ndimage.label(empty)[0]]

    def _regions(self, labels: np.ndarray, seam: np.ndarray) -> np.ndarray:
        """Number labels of the present strip through all strips; -1 where there is no region."""
        return np.where(labels > 0, self.n_regions + np.searchsorted(seam, labels), -1)

    def _link(self, one: np.ndarray, other: np.ndarray) -> None:
        """Note that regions which lie at the same places are one."""
        pairs = np.stack([one, other])[:, (one >= 0) & (other >= 0)]
        self.links.append(np.unique(pairs, axis=1))
