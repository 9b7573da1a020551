"""Pair correlations of blocks."""

import numpy as np
import pandas as pd

from .._kernels.shares import (
    share_pair_correlations,
)
from .._validation import check_positive
from ._base import BlockDescriptor


class PairCorrelationDescriptor(BlockDescriptor):
    """Correlations s_i s_j of spin blocks at each displacement, up to D4.

    A feature is the average over all pairs of sites of one block whose displacement is (dx, dy) or
    one of its images under D4: 0 <= dx <= dy names them all. Both sites lie inside the block, whose
    boundaries are open. The energy of the bonds inside a block is linear in one feature: there are
    2 l (l - 1) of them, and -J times their number times ``pair(0,1)`` is their energy.

    The sums are integers and are divided once, so that all 16 images of a block have bit-identical
    features.

    Parameters
    ----------
    max_distance : float, default=4
        Longest displacement, by Euclidean distance, in lattice constants; at least 1, and at most
        l - 1, the longest along a row.
    n_jobs : int, default=None
        Threads to use; None is 1, -1 all cores (as in joblib).

    Attributes
    ----------
    block_size_ : int
        Sites per side of the blocks seen in `fit`, l.
    displacements_ : DataFrame
        A row per feature: `dx`, `dy`, `distance`, and `n_pairs`, the number of pairs in a block.
        By distance.
    n_features_out_ : int
        Number of features.

    See Also
    --------
    D4Descriptor : Invariants that are not limited to pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from skising import PairCorrelationDescriptor
    >>> rows, columns = np.indices((8, 8))
    >>> checkerboard = np.where((rows + columns) % 2, 1, -1)
    >>> descriptor = PairCorrelationDescriptor(max_distance=2).set_output(transform="pandas")
    >>> descriptor.fit_transform(checkerboard[np.newaxis])
       pair(0,1)  pair(1,1)  pair(0,2)
    0       -1.0        1.0        1.0
    """

    def __init__(self, max_distance=4, *, n_jobs=None):
        self.max_distance = max_distance
        self.n_jobs = n_jobs

    def _check_parameters(self):
        if check_positive(self.max_distance, "max_distance") < 1:
            raise ValueError(
                f"max_distance must be >= 1, the distance of neighbours; got {self.max_distance}."
            )

    def _lay_out(self, block_size):
        if self.max_distance > block_size - 1:
            raise ValueError(
                f"max_distance must be at most l - 1 = {block_size - 1} in blocks of {block_size} "
                f"x {block_size} sites, as pairs lie inside a block; got {self.max_distance}. "
                "Give a smaller max_distance or larger blocks."
            )
        found = _displacements(block_size, self.max_distance)
        images = [_images(dx, dy) for dx, dy in found]
        n_pairs = [
            len(i) * (block_size - dx) * (block_size - dy)
            for i, (dx, dy) in zip(images, found, strict=True)
        ]
        self.displacements_ = pd.DataFrame(found, columns=["dx", "dy"])
        self.displacements_["distance"] = np.hypot(*self.displacements_.to_numpy().T)
        self.displacements_["n_pairs"] = n_pairs
        moves = np.array([move for group in images for move in group])
        self._tables = (
            moves @ (block_size, 1),
            np.array([_pair_mask(block_size, *move) for move in moves]),
            np.cumsum([0, *map(len, images)]),
            np.array(n_pairs),
        )
        return [f"pair({dx},{dy})" for dx, dy in found]

    def _describe(self, taken, n_at_once, spins, out):
        return share_pair_correlations(taken, n_at_once, spins, self._tables, out)


def _displacements(block_size, max_distance):
    found = [
        (dx, dy)
        for dy in range(1, block_size)
        for dx in range(dy + 1)
        if np.hypot(dx, dy) <= max_distance
    ]
    return sorted(found, key=lambda d: (np.hypot(*d), d))


def _images(dx, dy):
    """Return the images of a displacement that point onwards in a block that is read row by row."""
    images = {(a * i, b * j) for i, j in ((dx, dy), (dy, dx)) for a in (1, -1) for b in (1, -1)}
    return sorted(image for image in images if image > (0, 0))


def _pair_mask(block_size, rows, columns):
    """Return the sites whose partner is inside the block, packed as the kernel packs spins."""
    first, second = np.indices((block_size, block_size))
    ahead = (first + rows < block_size) & (second + columns >= 0) & (second + columns < block_size)
    bits = np.zeros(-(-(block_size**2) // 64) * 64, bool)
    bits[: block_size**2] = ahead.ravel()
    return np.packbits(bits, bitorder="little").view("<u8").astype(np.uint64)
