"""Invariants of blocks under D4 and the symmetry of the spins."""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import symmetry
from .._kernels.canonical import share_complete_invariants
from .._kernels.clock_d4 import share_clock_invariants
from .._kernels.d4 import share_power_and_phases
from .._kernels.diluted_d4 import share_diluted_invariants, share_diluted_power_and_phases
from .._kernels.few_states_d4 import (
    share_few_states_invariants,
    share_few_states_power_and_phases,
)
from .._kernels.potts_d4 import share_potts_invariants, share_potts_power_and_phases
from .._spins import vectors_of_kind
from .._validation import check_choice
from ._base import BlockDescriptor
from ._d4_layout import (
    CHANNELS,
    count_orbits,
    describe_orbit,
    has_channel,
    image_tables,
    lay_out_image,
    lay_out_powers_and_phases,
)
from ._d4_tables import are_few_states, tables_of_spins


class D4Descriptor(BlockDescriptor):
    """Invariants of spin blocks under D4 and the symmetry of the spins, such as the global flip.

    The spins of each orbit of sites are split into irreps of D4 (`skising.symmetry`). The
    coefficients f of each irrep give these features:

    - the power ``|f|^2``, scaled so that the powers of one orbit add up to 1 (Eq. A3);
    - the phase ``f . f* / (|f| |f*|)`` against the reference ``f*`` (Eq. A4). The reference is the
      same irrep of the spins averaged over the eight triangular domains of the block. It has two
      copies of E, and each E of an orbit has a phase against both. The phase is 0 if ``|f|`` or
      ``|f*|`` is 0.

    All images of a block have bit-identical features. For Ising spins there are 16: those under the
    8 operations of the square, with and without a flip of all spins. The equations are those of
    Phys. Rev. E 108, 065304 (2023) with two corrections: the alternating irrep of sites on the
    diagonals is B2, and all E have the same basis.

    Powers and phases do not distinguish all inequivalent blocks. There are 4,324 classes of
    equivalent 4 x 4 blocks; powers and phases separate 96 % of them, and powers alone 8 %.
    "complete" separates all of them. It adds the spins of the canonical image, which is the first
    of the images of a block in a fixed order.

    Other spins are unit vectors e, and so is each coefficient f a sum of vectors: ``|f|^2`` and
    ``f . f*`` are sums over its components. `spins` says what the vectors are. With two states, or
    without vacancies, the features are those of Ising spins.

    Parameters
    ----------
    invariants : {"reference", "power", "complete"}, default="reference"
        "power": the powers; "reference": the powers and phases; "complete": the powers, the phases
        and the spins of the canonical image.
    spins : {"ising", "diluted", "potts", "clock"}, default="ising"
        What the numbers in a block are:

        - "ising": +1 and -1;
        - "diluted": +1, -1, and 0 for a vacancy, the vector 0. The powers of an orbit add up to its
          share of occupied sites. One more feature, ``occupied``, is the share of all sites of the
          block that have a spin. It is the last;
        - "potts": states s from 0 to q - 1, where q is `n_states`, with
          e_i . e_j = (q delta(s_i, s_j) - 1) / (q - 1). The features are those of all q!
          permutations of the states. In the canonical image the states are relabelled in the order
          in which they first occur; label c is given as the number 1 - 2 c / (q - 1);
        - "clock": states s from 0 to q - 1, which stand for the angles 2 pi s / q. The features are
          those of all q rotations and all reflections of the spins. The cosines and sines of the
          angles are rounded by at most 4e-9. ``|f|`` is taken as 0 if it may be due to this
          rounding. The canonical image is given by the cosines and the sines of its angles, 2 l^2
          features. Angles of the XY model become states as in `PairCorrelationDescriptor`.
    n_states : int, default=None
        Number of states q of each spin, from 2 to 32,768 for "potts" and to 65,536 for "clock".
        None reads it in `fit` for "potts", as in `PairCorrelationDescriptor`. "clock" needs it.
    n_jobs : int, default=None
        Number of threads; None means 1, and -1 means all cores (as in joblib).

    Attributes
    ----------
    block_size_ : int
        Sites per side of the blocks seen in `fit`, l.
    orbits_ : DataFrame
        A row for each orbit of sites: the `row` and `column` distance of its representative from
        the centre, `distance`, `kind`, `size` and `irreps`. Sorted by kind, then by distance.
    n_features_out_ : int
        Number of features.
    n_states_ : int or None
        Number of states of each spin; None for Ising and diluted spins.
    feature_grid_ : ndarray of shape (n_features, 2)
        Place of each feature in the input of a convolutional network: its channel (kind of
        invariant), and its point, the index of its orbit in order of distance. ``occupied`` is a
        channel of the first point alone.

    See Also
    --------
    PairCorrelationDescriptor : Invariants that make energies easy to learn.
    extract_blocks : Cut lattices into blocks.

    Notes
    -----
    The canonical image is invariant, because all images of a block have the same images. It is
    complete, because it is itself an image of the block: two blocks with the same canonical image
    are images of each other.

    Powers and phases are computed from integers that all images of a block share, up to signs and
    order. The vectors of clock states are rounded. So that all rotations of a block have the same
    integers, each block is first rotated as its canonical image is.

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

    # Descriptors in pickles of earlier versions have no attribute of their own.
    _has_few_states: bool = False
    n_states_: int | None
    orbits_: pd.DataFrame
    feature_grid_: NDArray[np.int64]

    def __init__(
        self,
        *,
        invariants: Literal["reference", "power", "complete"] = "reference",
        spins: Literal["ising", "diluted", "potts", "clock"] = "ising",
        n_states: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.invariants = invariants
        self.spins = spins
        self.n_states = n_states
        self.n_jobs = n_jobs

    def _check_parameters(self):
        check_choice(self.invariants, "invariants", ("reference", "power", "complete"))
        vectors_of_kind(self.spins, self.n_states)

    def _lay_out(self, block_size):
        orbits = symmetry.orbits(block_size)
        by_kind = {
            kind: [orbit for orbit in orbits if orbit.kind == kind] for kind in symmetry.ORBIT_KINDS
        }
        self.orbits_ = pd.DataFrame(
            [describe_orbit(orbit) for kind in by_kind for orbit in by_kind[kind]]
        )
        spins, self._is_complete = self._spins, self.invariants == "complete"
        names, places, irreps = lay_out_powers_and_phases(by_kind, self._quantities)
        # Clock states are rotated as in their canonical image, also where it is no feature.
        needs_image = self._is_complete or spins.kind == "clock"
        images = image_tables(by_kind, len(names)) if needs_image else ()
        if self._is_complete:
            components = _COMPONENTS.get(spins.kind, ("spin",))
            image_names, image_places = lay_out_image(by_kind, block_size, components)
            names, places = names + image_names, places + image_places
        if spins.kind == "diluted":
            # The share belongs to no orbit: it is a channel of the first point alone.
            channel = 1 + max(channel for channel, _ in places)
            names, places = [*names, "occupied"], [*places, (channel, orbits[0])]
        self.n_states_ = spins.n_states
        self._has_few_states = are_few_states(spins, block_size)
        self._tables = tables_of_spins(
            spins, by_kind, block_size, irreps, images, self._is_complete
        )
        point = {orbit: k for k, orbit in enumerate(orbits)}
        self.feature_grid_ = np.array(
            [(channel, point[orbit]) for channel, orbit in places], dtype=np.int64
        )
        return names

    def _count_features(self, block_size):
        n_features = sum(
            n_orbits * sum(has_channel(kind, channel, self._quantities) for channel in CHANNELS)
            for kind, n_orbits in count_orbits(block_size).items()
        )
        if self.invariants == "complete":
            n_features += len(_COMPONENTS.get(self.spins, ("spin",))) * block_size**2
        return n_features + (self.spins == "diluted")

    def _count_table_bytes(self, block_size):
        return 2 * np.int32().nbytes * self.n_states if self.spins == "clock" else 0

    @property
    def _quantities(self):
        return ("power",) if self.invariants == "power" else ("power", "phase")

    def _describe(self, next_block, share_size, blocks, out):
        # `invariants` may have changed since `fit`.
        kind = "few states" if self._has_few_states else self._spins.kind
        share = _SHARES[kind][self._is_complete]
        return share(next_block, share_size, blocks, self._tables, out)


_COMPONENTS = {"clock": ("cos", "sin")}
"""The components of the spins of the canonical image, where they are not single numbers."""

_SHARES = {
    "ising": (share_power_and_phases, share_complete_invariants),
    "diluted": (share_diluted_power_and_phases, share_diluted_invariants),
    "few states": (share_few_states_power_and_phases, share_few_states_invariants),
    "potts": (share_potts_power_and_phases, share_potts_invariants),
    "clock": (share_clock_invariants, share_clock_invariants),
}
"""The kernels for each kind of spins: without and with the canonical image."""
