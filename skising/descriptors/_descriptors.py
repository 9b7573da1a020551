"""Blocks of spins -> features that no operation of the square and no global flip changes."""

import numpy as np
import pandas as pd
from sklearn.base import clone

from .. import symmetry
from .._kernels.d4 import CHANNELS
from .._kernels.shares import (
    share_complete,
    share_pair_correlations,
    share_power_and_phases,
    share_spins,
)
from .._validation import check_choice, check_positive
from ._base import BlockDescriptor

_SIZES = {"centre": 1, "axis": 4, "diagonal": 4, "general": 8}


class D4Descriptor(BlockDescriptor):
    """Invariants of spin blocks under D4 x Z2: the operations of the square and the global flip.

    The spins of each orbit of sites are split into irreps of D4 (`skising.symmetry`). Of each
    irrep's coefficients f the features are

    - the power ``|f|^2``, scaled so that the powers of one orbit add up to 1 (Eq. A3);
    - the phase ``f . f* / (|f| |f*|)`` against the reference ``f*``, the same irrep of the spins
      averaged over the block's eight triangular domains (Eq. A4). E occurs twice in the
      reference, and each E of an orbit has a phase against both. Where ``|f|`` or ``|f*|`` is 0
      the phase is 0.

    All 16 images of a block have bit-identical features. The equations are those of Phys. Rev. E
    108, 065304 (2023) but for two corrections: the alternating irrep of sites on the diagonals is
    B2, and one basis serves all E. Powers and phases do not tell all inequivalent blocks apart: of
    the 4,324 kinds of 4 x 4 blocks they separate 96 %, the powers alone 8 %. "complete" adds the
    spins of the canonical image, of a block's 16 images the first in a fixed order, which separate
    all of them.

    Parameters
    ----------
    invariants : {"reference", "power", "complete"}, default="reference"
        "power" is the powers alone, "reference" the powers and the phases, "complete" both with the
        spins of the canonical image.
    n_jobs : int, default=None
        Threads to use; None is 1, -1 all cores (as in joblib).

    Attributes
    ----------
    block_size_ : int
        Sites per side of the blocks seen in `fit`, l.
    orbits_ : DataFrame
        A row per orbit of sites: its representative's `row` and `column` distance from the centre,
        `distance`, `kind`, `size` and `irreps`. Kind by kind, each by distance.
    n_features_out_ : int
        Number of features.
    feature_grid_ : ndarray of shape (n_features, 2)
        How a convolutional network lays the features out: each one's channel (kind of invariant)
        and point, which counts the orbits by distance alone, whatever their kind.

    See Also
    --------
    PairCorrelationDescriptor : Invariants that make energies easy to learn.
    extract_blocks : Cuts lattices into blocks.

    Notes
    -----
    Why "complete" is complete: images of one block have the same 16 images, and so the same
    canonical one. And as the canonical image is an image of its block, two blocks that share it are
    images of each other.

    Examples
    --------
    >>> import numpy as np
    >>> from skising import D4Descriptor
    >>> block = np.ones((1, 4, 4), dtype=np.int8)
    >>> block[0, 0, 1] = -1
    >>> images = np.concatenate([block, np.rot90(block, axes=(1, 2)), -block.swapaxes(1, 2)])
    >>> features = D4Descriptor().fit_transform(images)
    >>> features.shape
    (3, 28)
    >>> bool((features == features[0]).all())
    True
    """

    def __init__(self, *, invariants="reference", n_jobs=None):
        self.invariants = invariants
        self.n_jobs = n_jobs

    def _check_parameters(self):
        check_choice(self.invariants, "invariants", ("reference", "power", "complete"))

    def _lay_out(self, block_size):
        orbits = symmetry.orbits(block_size)
        by_kind = [[orbit for orbit in orbits if orbit.kind == kind] for kind in _SIZES]
        self.orbits_ = pd.DataFrame([_describe_orbit(o) for kind in by_kind for o in kind])
        wanted = ("power",) if self.invariants == "power" else ("power", "phase")
        starts, features = _feature_table(by_kind, wanted)
        sites = tuple(map(_site_table, by_kind, _SIZES.values()))
        n_columns = len(features)
        self._tables = (*sites, starts, n_columns)
        names = [_feature_name(channel, orbit) for channel, orbit in features]
        if self.invariants == "complete":
            spins = [(i, o) for kind in by_kind for i in range(_n_sites(kind)) for o in kind]
            names += [_spin_name(orbit, i, block_size) for i, orbit in spins]
            features += [(len(CHANNELS) + i, orbit) for i, orbit in spins]
            self._canonical_tables = (*sites, *_operation_tables(), n_columns)
        place = {orbit.representative: k for k, orbit in enumerate(orbits)}
        self.feature_grid_ = np.array(
            [(channel, place[orbit.representative]) for channel, orbit in features], dtype=np.int64
        )
        return names

    def _describe(self, taken, n_at_once, spins, out):
        if self.invariants == "complete":
            tables = self._tables, self._canonical_tables
            return share_complete(taken, n_at_once, spins, *tables, out)
        return share_power_and_phases(taken, n_at_once, spins, self._tables, out)


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


class SpinDescriptor(BlockDescriptor):
    """The spins of a block themselves, row by row: no invariants, for comparison with those.

    Parameters
    ----------
    n_jobs : int, default=None
        Threads to use; None is 1, -1 all cores (as in joblib).

    Attributes
    ----------
    block_size_ : int
        Sites per side of the blocks seen in `fit`, l.
    n_features_out_ : int
        Number of features, l * l.
    """

    def _lay_out(self, block_size):
        return [f"spin({row},{column})" for row, column in np.ndindex(block_size, block_size)]

    def _describe(self, taken, n_at_once, spins, out):
        return share_spins(taken, n_at_once, spins, out)


_BY_NAME = {
    "d4": D4Descriptor,
    "pair": PairCorrelationDescriptor,
    "spins": SpinDescriptor,
}


def resolve_descriptor(descriptor, block_size):
    """Return an unfitted descriptor for blocks of a size, from its name, or as a clone."""
    if isinstance(descriptor, str):
        check_choice(descriptor, "descriptor", tuple(_BY_NAME))
        # So that a search over block_size can go down to the smallest.
        near = {"max_distance": min(4, block_size - 1)} if descriptor == "pair" else {}
        return _BY_NAME[descriptor](**near)
    is_instance = not isinstance(descriptor, type)
    if not (is_instance and hasattr(descriptor, "fit") and hasattr(descriptor, "transform")):
        raise TypeError(
            "descriptor must be 'd4', 'pair', 'spins' or a transformer with fit and transform, "
            "from blocks (n_blocks, l, l) to features (n_blocks, n_features); got "
            f"{descriptor!r}."
        )
    return clone(descriptor)


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


def _n_sites(orbits):
    return len(orbits[0].sites) if orbits else 0


def _spin_name(orbit, site, block_size):
    half = (block_size - 1) / 2
    row, column = np.divmod(orbit.sites[site], block_size) - np.float64(half)
    return f"canonical_spin({row:g},{column:g})"


def _operation_tables():
    """Return what each operation does to the spins of an orbit, for `canonical_images`."""
    sources = np.zeros((len(_SIZES), 16, 8), np.int32)
    moved = np.zeros((len(_SIZES), 16, 256), np.uint8)
    for kind, (name, size) in enumerate(_SIZES.items()):
        numbers = np.arange(2**size)
        for operation in range(16):
            source = symmetry.site_permutation(name, operation % 8)
            flipped = numbers ^ (2**size - 1) if operation >= 8 else numbers
            bits = flipped[:, np.newaxis] >> source & 1
            sources[kind, operation, :size] = source
            moved[kind, operation, : 2**size] = bits @ 2 ** np.arange(size)
    return sources, moved


def _site_table(orbits, size):
    """Flat sites (size, n_orbits) of the orbits of one kind."""
    table = np.empty((size, len(orbits)), np.int32)
    for k, orbit in enumerate(orbits):
        table[:, k] = orbit.sites
    return table


def _feature_table(by_kind, wanted):
    """Lay the `wanted` features out channel by channel, and within a channel kind by kind.

    Returns
    -------
    starts : ndarray of shape (4, n_channels)
        The column at which a kind's features of a channel start; -1 where it has none.
    features : list of (channel, orbit)
    """
    starts = np.full((len(by_kind), len(CHANNELS)), -1, np.int32)
    features = []
    for channel, name in enumerate(CHANNELS):
        what, irrep = name.split("_")[:2]
        if what not in wanted:
            continue
        for kind, orbits in enumerate(by_kind):
            if not orbits or irrep not in _labels(orbits[0].kind):
                continue
            if orbits[0].kind == "centre" and what == "power":
                continue  # the square of a single spin is always 1
            starts[kind, channel] = len(features)
            features += [(channel, orbit) for orbit in orbits]
    return starts, features


def _labels(kind):
    return [component.label for component in symmetry.components(kind)]


def _feature_name(channel, orbit):
    row, column = orbit.representative
    return f"{CHANNELS[channel]}({row:g},{column:g})"


def _describe_orbit(orbit):
    row, column = orbit.representative
    return {
        "row": row,
        "column": column,
        "distance": orbit.distance,
        "kind": orbit.kind,
        "size": len(orbit.sites),
        "irreps": " + ".join(_labels(orbit.kind)),
    }
