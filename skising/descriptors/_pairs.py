"""Pair correlations of blocks."""

from typing import Literal

import numpy as np
import pandas as pd

from .. import symmetry
from .._kernels.clock_pairs import ONE, share_clock_pair_correlations
from .._kernels.pairs import share_pair_correlations
from .._kernels.state_pairs import share_diluted_pair_correlations, share_potts_pair_correlations
from .._spins import vectors_of_kind
from .._validation import check_positive
from ._base import BlockDescriptor


class PairCorrelationDescriptor(BlockDescriptor):
    """Correlations of the spins of blocks at each displacement, averaged over its D4 images.

    A feature is the average of e_i . e_j over all pairs of sites in a block whose displacement is
    (dx, dy) or one of its images under D4. It is named by the image with 0 <= dx <= dy. Here e_i is
    the unit vector of the spin at site i: for Ising spins, e_i . e_j is s_i s_j. Both sites are
    inside the block, which has open boundaries. The energy of the bonds inside a block is linear in
    one feature: a block has 2 l (l - 1) bonds, and for Ising and clock spins their energy
    is -J times this number times ``pair(0,1)``.

    The sums are integers and are divided once. All images of a block have bit-identical features:
    those under the 8 operations of D4, and under every operation on the spins that keeps all
    e_i . e_j, such as the flip of all Ising spins.

    Parameters
    ----------
    max_distance : float, default=4
        Euclidean length of the longest displacement, in lattice constants; at least 1, and at most
        l - 1, the longest displacement along a row. An estimator's ``descriptor="pair"`` takes
        l - 1 in blocks with l < 5.
    spins : {"ising", "diluted", "potts", "clock"}, default="ising"
        What the numbers in a block are:

        - "ising": +1 and -1;
        - "diluted": +1, -1, and 0 for a vacancy. e_i . e_j is s_i s_j, and 0 for a pair with a
          vacancy. One more feature, ``occupied``, is the share of the sites with a spin;
        - "potts": states from 0 to q - 1, where q is `n_states`. e_i . e_j is
          (q delta(s_i, s_j) - 1) / (q - 1): 1 for equal states, and -1 / (q - 1) for others. The
          features are those of all q! permutations of the states;
        - "clock": states s from 0 to q - 1, which stand for the angles 2 pi s / q. e_i . e_j is
          cos(2 pi (s_i - s_j) / q), from a table of integers that rounds it by at most 5e-10. The
          features are those of all q rotations and all reflections of the spins. Angles of the XY
          model, in radians, become states with q = 65,536 by `states_from_angles`.
    n_states : int, default=None
        Number of states q of each spin, at most 32,768 for "potts" and 65,536 for "clock", at least
        2. None reads it in `fit` for "potts": the highest state of the blocks plus 1. An estimator
        reads it from all lattices that it is fitted to. Give it if a state may be missing there.
        "clock" needs it.
    n_jobs : int, default=None
        Number of threads; None means 1, and -1 means all cores (as in joblib).

    Attributes
    ----------
    block_size_ : int
        Sites per side of the blocks seen in `fit`, l.
    n_states_ : int or None
        Number of states of each spin; None for Ising and diluted spins.
    displacements_ : DataFrame
        A row for each displacement: `dx`, `dy`, `distance`, and `n_pairs`, the number of pairs in a
        block. Sorted by distance.
    n_features_out_ : int
        Number of features.

    See Also
    --------
    D4Descriptor : Invariants of all spins of a block.

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

    n_states_: int | None
    displacements_: pd.DataFrame

    def __init__(
        self,
        max_distance: float = 4,
        *,
        spins: Literal["ising", "diluted", "potts", "clock"] = "ising",
        n_states: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.max_distance = max_distance
        self.spins = spins
        self.n_states = n_states
        self.n_jobs = n_jobs

    @classmethod
    def _for_block_size(cls, block_size):
        # With the default, a search over block_size could not include blocks of fewer than 5 sites.
        return cls(max_distance=min(4, int(block_size) - 1))

    def _check_parameters(self):
        if check_positive(self.max_distance, "max_distance") < 1:
            raise ValueError(
                f"max_distance must be >= 1, the distance of neighbours; got {self.max_distance}."
            )
        vectors_of_kind(self.spins, self.n_states)

    def _check_max_distance(self, block_size):
        if self.max_distance > block_size - 1:
            raise ValueError(
                f"max_distance must be at most l - 1 = {block_size - 1} in blocks of {block_size} "
                f"x {block_size} sites, as pairs lie inside a block; got {self.max_distance}. "
                "Give a smaller max_distance or larger blocks."
            )

    def _lay_out(self, block_size):
        self._check_max_distance(block_size)
        displacements = _displacements(block_size, float(self.max_distance))
        images = [_images(dx, dy) for dx, dy in displacements]
        n_pairs = [
            len(group) * (block_size - dx) * (block_size - dy)
            for group, (dx, dy) in zip(images, displacements, strict=True)
        ]
        self.displacements_ = pd.DataFrame(displacements, columns=["dx", "dy"])
        self.displacements_["distance"] = np.hypot(*self.displacements_.to_numpy().T)
        self.displacements_["n_pairs"] = n_pairs
        self.n_states_ = self._spins.n_states
        self._tables = self._lay_out_tables(block_size, images, n_pairs)
        names = [f"pair({dx},{dy})" for dx, dy in displacements]
        return [*names, "occupied"] if self._spins.kind == "diluted" else names

    def _lay_out_tables(self, block_size, images, n_pairs):
        all_images = np.concatenate(images)
        ends = np.cumsum([0, *map(len, images)])
        if self._spins.kind == "clock":
            n_states = self._spins.n_states
            return n_states, _cosines(n_states), all_images, ends, np.array(n_pairs)
        shifts = all_images @ (block_size, 1)
        masks = np.empty((len(all_images), _n_words(block_size)), np.uint64)
        for mask, image in zip(masks, all_images, strict=True):
            mask[:] = _pair_mask(block_size, *image)
        tables = shifts, masks, ends, np.array(n_pairs)
        return (self._spins.n_states, *tables) if self._spins.kind == "potts" else tables

    def _count_features(self, block_size):
        self._check_max_distance(block_size)
        n_pairs = int(_are_features(block_size, float(self.max_distance)).sum())
        return n_pairs + (self.spins == "diluted")

    def _count_table_bytes(self, block_size):
        if self.spins == "clock":
            return np.int32().nbytes * self.n_states
        # Of each feature, at most 4 of the 8 images point forward in row order.
        return 4 * self._count_features(block_size) * _n_words(block_size) * np.uint64().nbytes

    def _describe(self, next_block, share_size, blocks, out):
        share = _SHARES[self._spins.kind]
        return share(next_block, share_size, blocks, self._tables, out)


_SHARES = {
    "ising": share_pair_correlations,
    "diluted": share_diluted_pair_correlations,
    "potts": share_potts_pair_correlations,
    "clock": share_clock_pair_correlations,
}


def _cosines(n_states):
    """Return the cosines of 2 pi d / q as integers, for each difference d of states."""
    differences = np.arange(n_states)
    # The smaller of d and q - d, so that both have the same integer.
    turns = np.minimum(differences, n_states - differences) / n_states
    return np.rint(ONE * np.cos(2 * np.pi * turns)).astype(np.int32)


# np.float32(2**0.5) is below the distance of (1, 1). Different distances differ by more than this.
_UP_TO_ROUNDING = 1 + 1e-7


def _displacements(block_size, max_distance):
    found = map(tuple, np.argwhere(_are_features(block_size, max_distance)).tolist())
    return sorted(found, key=lambda d: (np.hypot(*d), d))


def _are_features(block_size, max_distance):
    """Tell for each displacement [dx, dy] of a block whether it is that of a feature."""
    dx, dy = np.indices((block_size, block_size))
    return (dx <= dy) & (dy > 0) & (np.hypot(dx, dy) <= max_distance * _UP_TO_ROUNDING)


def _images(dx, dy):
    """Return the images under D4 that point forward in row order, one for each pair of sites."""
    images = np.unique(symmetry.ELEMENTS @ (dx, dy), axis=0)
    return [image for image in images.tolist() if image > [0, 0]]


def _n_words(block_size):
    """Return the number of 64-bit words that hold a bit for each site."""
    return -(-(block_size**2) // 64)


def _pair_mask(block_size, d_row, d_column):
    """Return the sites whose partner is inside the block, as bits, packed as in `pack_down`."""
    bits = np.zeros(64 * _n_words(block_size), bool)
    sites = bits[: block_size**2].reshape(block_size, block_size)
    sites[: block_size - d_row, max(0, -d_column) : block_size - max(0, d_column)] = True
    return np.packbits(bits, bitorder="little").view("<u8").astype(np.uint64)
