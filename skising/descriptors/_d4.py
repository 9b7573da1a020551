"""Invariants of blocks under D4 x Z2: powers, phases, and the canonical image."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import symmetry
from .._kernels.canonical import share_complete_invariants
from .._kernels.d4 import share_power_and_phases
from .._kernels.potts_d4 import (
    N_COMPONENTS,
    share_potts_invariants,
    share_potts_power_and_phases,
)
from .._spins import spins_of_kind
from .._validation import check_choice
from ._base import BlockDescriptor


class Channel(NamedTuple):
    """One kind of power or phase, of which an orbit of sites has at most one.

    Attributes
    ----------
    quantity : {"power", "phase"}
    component : symmetry.Component
        The irrep, and which copy of it.
    reference : int or None
        For a phase of E: which copy of E of the reference, 0 or 1.
    """

    quantity: str
    component: symmetry.Component
    reference: int | None = None

    @property
    def name(self):
        suffix = "" if self.reference is None else f"_ref{self.reference + 1}"
        return f"{self.quantity}_{self.component.label}{suffix}"


def _channels():
    # A general orbit has every component that occurs in any orbit.
    every_component = symmetry.components("general")
    powers = [Channel("power", component) for component in every_component]
    phases = [
        Channel("phase", component, reference)
        for component in every_component
        for reference in ((0, 1) if component.irrep == "E" else (None,))
    ]
    return (*powers, *phases)


CHANNELS = _channels()
"""The powers and phases in the order of the features and of the channels of a network."""


class D4Descriptor(BlockDescriptor):
    """Invariants of spin blocks under D4 x Z2: the operations of the square and the global flip.

    The spins of each orbit of sites are split into irreps of D4 (`skising.symmetry`). The
    coefficients f of each irrep give these features:

    - the power ``|f|^2``, scaled so that the powers of one orbit add up to 1 (Eq. A3);
    - the phase ``f . f* / (|f| |f*|)`` against the reference ``f*`` (Eq. A4). The reference is the
      same irrep of the spins averaged over the eight triangular domains of the block. It has two
      copies of E, and each E of an orbit has a phase against both. The phase is 0 if ``|f|`` or
      ``|f*|`` is 0.

    All 16 images of a block have bit-identical features. The equations are those of Phys. Rev. E
    108, 065304 (2023) with two corrections: the alternating irrep of sites on the diagonals is B2,
    and all E have the same basis.

    Powers and phases do not distinguish all inequivalent blocks. There are 4,324 classes of
    equivalent 4 x 4 blocks; powers and phases separate 96 % of them, and powers alone 8 %.
    "complete" separates all of them. It adds the spins of the canonical image, which is the first
    of the 16 images of a block in a fixed order.

    Potts states are unit vectors e with e_i . e_j = (q delta(s_i, s_j) - 1) / (q - 1), and so is
    each coefficient f a vector: ``|f|^2`` and ``f . f*`` are sums over its components. The features
    are invariant under D4 and all q! permutations of the states. The canonical image is the first
    of the 8 images of a block under D4 whose states are relabelled in the order in which they first
    occur; label c is given as the number 1 - 2 c / (q - 1). For q = 2 the features are those of the
    Ising spins 1 - 2 s.

    Parameters
    ----------
    invariants : {"reference", "power", "complete"}, default="reference"
        "power": the powers; "reference": the powers and phases; "complete": the powers, the phases
        and the spins of the canonical image.
    spins : {"ising", "potts"}, default="ising"
        What the numbers in a block are: spins +1 and -1, or states from 0 to q - 1, where q is
        `n_states`.
    n_states : int, default=None
        Number of Potts states q of each spin, from 2 to 32,768. None reads it in `fit`, as in
        `PairCorrelationDescriptor`.
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
        Number of Potts states of each spin; None for Ising spins.
    feature_grid_ : ndarray of shape (n_features, 2)
        Place of each feature in the input of a convolutional network: its channel (kind of
        invariant), and its point, the index of its orbit in order of distance.

    See Also
    --------
    PairCorrelationDescriptor : Invariants that make energies easy to learn.
    extract_blocks : Cut lattices into blocks.

    Notes
    -----
    The canonical image is invariant, because all images of a block have the same 16 images. It is
    complete, because it is itself an image of the block: two blocks with the same canonical image
    are images of each other.

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

    n_states_: int | None
    orbits_: pd.DataFrame
    feature_grid_: NDArray[np.int64]

    def __init__(
        self,
        *,
        invariants: Literal["reference", "power", "complete"] = "reference",
        spins: Literal["ising", "potts"] = "ising",
        n_states: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.invariants = invariants
        self.spins = spins
        self.n_states = n_states
        self.n_jobs = n_jobs

    def _check_parameters(self):
        check_choice(self.invariants, "invariants", ("reference", "power", "complete"))
        if spins_of_kind(self.spins, self.n_states).kind not in ("ising", "potts"):
            raise ValueError(
                f"spins must be 'ising' or 'potts' for a D4Descriptor; got {self.spins!r}. "
                "PairCorrelationDescriptor takes these spins."
            )

    def _lay_out(self, block_size):
        orbits = symmetry.orbits(block_size)
        by_kind = {
            kind: [orbit for orbit in orbits if orbit.kind == kind] for kind in symmetry.ORBIT_KINDS
        }
        self.orbits_ = pd.DataFrame(
            [_describe_orbit(orbit) for kind in by_kind for orbit in by_kind[kind]]
        )
        names, places, tables = _lay_out_powers_and_phases(by_kind, self._quantities)
        self._is_complete = self.invariants == "complete"
        if self._is_complete:
            spin_names, spin_places, canonical = _lay_out_image(by_kind, block_size, len(names))
            names, places = names + spin_names, places + spin_places
            tables = tables, canonical
        self.n_states_ = self._spins.n_states
        if self.n_states_ is not None:
            tables = _lay_out_states(by_kind, block_size, self.n_states_, tables, self._is_complete)
        self._tables = tables
        point = {orbit: k for k, orbit in enumerate(orbits)}
        self.feature_grid_ = np.array(
            [(channel, point[orbit]) for channel, orbit in places], dtype=np.int64
        )
        return names

    def _count_features(self, block_size):
        n_features = sum(
            n_orbits * sum(_has_channel(kind, channel, self._quantities) for channel in CHANNELS)
            for kind, n_orbits in _count_orbits(block_size).items()
        )
        return n_features + (block_size**2 if self.invariants == "complete" else 0)

    @property
    def _quantities(self):
        return ("power",) if self.invariants == "power" else ("power", "phase")

    def _describe(self, next_block, share_size, blocks, out):
        # `invariants` may have changed since `fit`.
        if self._spins.kind == "potts":
            share = share_potts_invariants if self._is_complete else share_potts_power_and_phases
        else:
            share = share_complete_invariants if self._is_complete else share_power_and_phases
        return share(next_block, share_size, blocks, self._tables, out)


def _count_orbits(block_size):
    """Return the number of orbits of each kind, by `symmetry.ORBIT_KINDS`."""
    half, is_odd = divmod(block_size, 2)
    few = {"centre": is_odd, "axis": half * is_odd, "diagonal": half}
    n_sites = sum(n * symmetry.ORBIT_KINDS[kind].size for kind, n in few.items())
    return few | {"general": (block_size**2 - n_sites) // symmetry.ORBIT_KINDS["general"].size}


def _lay_out_powers_and_phases(by_kind, quantities):
    """Lay out features channel by channel, and within a channel kind by kind.

    Parameters
    ----------
    by_kind : dict of {str: list of Orbit}
    quantities : tuple of {"power", "phase"}

    Returns
    -------
    names : list of str
    places : list of (int, Orbit)
        Channel and orbit of each feature.
    tables : tuple
        The arguments of the kernel `power_and_phases` after the blocks.
    """
    names, places = [], []
    columns = {kind: _Columns.empty() for kind in by_kind}
    for index, channel in enumerate(CHANNELS):
        for kind, orbits in by_kind.items():
            if orbits and _has_channel(kind, channel, quantities):
                columns[kind].set(channel, len(names))
                names += [_name(channel.name, *orbit.representative) for orbit in orbits]
                places += [(index, orbit) for orbit in orbits]
    tables = [(_sites(kind, by_kind[kind]), *columns[kind]) for kind in by_kind]
    return names, places, (*tables, len(names))


class _Columns(NamedTuple):
    """The first column of the features of each channel in one kind of orbits; -1 for none."""

    power: np.ndarray
    power_e: np.ndarray
    phase: np.ndarray
    phase_e: np.ndarray

    @classmethod
    def empty(cls):
        return cls(*(np.full(shape, -1, np.int32) for shape in (4, 2, 4, (2, 2))))

    def set(self, channel, column):
        irrep, copy = channel.component.irrep, channel.component.copy
        if irrep != "E":
            columns = self.power if channel.quantity == "power" else self.phase
            columns[list(symmetry.IRREPS).index(irrep)] = column
        elif channel.quantity == "power":
            self.power_e[copy] = column
        else:
            self.phase_e[copy, channel.reference] = column


def _has_channel(kind, channel, quantities):
    if channel.quantity not in quantities:
        return False
    if kind == "centre" and channel.quantity == "power":
        return False  # the square of a single spin is always 1
    return channel.component.label in _labels(kind)


def _lay_out_image(by_kind, block_size, first_column):
    """Lay out the spins of the canonical image kind by kind, and within a kind site by site.

    Returns
    -------
    names, places
        As in `_lay_out_powers_and_phases`. Site i of each orbit is a channel of its own.
    tables : tuple
        The arguments of the kernel `canonical_images` between `blocks` and `out`.
    """
    names, places, tables = [], [], []
    for kind, orbits in by_kind.items():
        sources, codes = _operations_on_sites(kind), _operations_on_codes(kind)
        tables.append((_sites(kind, orbits), sources, codes, first_column + len(names)))
        for i in range(symmetry.ORBIT_KINDS[kind].size):
            for orbit in orbits:
                site = np.array(divmod(orbit.sites[i], block_size)) - (block_size - 1) / 2
                names.append(_name("canonical_spin", *site))
                places.append((len(CHANNELS) + i, orbit))
    return names, places, tuple(tables)


def _operations_on_sites(kind):
    """Return where each of the 16 operations takes the spins of an orbit from, (16, size)."""
    sources = [symmetry.site_permutation(kind, element) for element in range(8)]
    return np.array(2 * sources, np.int32)


def _operations_on_codes(kind):
    """Return the code of an orbit after each of the 16 operations, (16, 2**size).

    Operations 8 to 15 are the elements of the group followed by the global flip.
    """
    size = symmetry.ORBIT_KINDS[kind].size
    codes = np.arange(2**size)
    flipped = np.repeat([codes, codes ^ (2**size - 1)], 8, axis=0)
    bits = flipped[:, :, np.newaxis] >> _operations_on_sites(kind)[:, np.newaxis] & 1
    return (bits @ 2 ** np.arange(size)).astype(np.uint8)


def _lay_out_states(by_kind, block_size, n_states, tables, is_complete):
    """Return the arguments of the kernels for Potts states, given those for Ising spins."""
    powers_and_phases, canonical = tables if is_complete else (tables, None)
    weights = {kind: _component_weights(kind) for kind in by_kind}
    orbits = tuple(
        (*columns, weights[kind], _scales(kind))
        for kind, columns in zip(by_kind, powers_and_phases, strict=False)
    )
    reference = np.zeros((block_size**2, N_COMPONENTS), np.int64)
    for kind, kind_orbits in by_kind.items():
        for orbit in kind_orbits:
            reference[orbit.sites] = _reference_weights(kind)
    if not is_complete:
        return n_states, reference, *orbits
    images = tuple((sites, sources[:8], first) for sites, sources, _, first in canonical)
    return n_states, reference, orbits, images


def _component_weights(kind):
    """Return the weight of each site of an orbit in A1, A2, B1, B2, and both copies of E."""
    weights = np.zeros((symmetry.ORBIT_KINDS[kind].size, N_COMPONENTS), np.int64)
    for component in symmetry.components(kind):
        if component.irrep == "E":
            first = 4 + 2 * component.copy
            weights[:, first : first + 2] = component.matrix.T
        else:
            weights[:, list(symmetry.IRREPS).index(component.irrep)] = component.matrix[0]
    return weights


def _reference_weights(kind):
    """Return the weight of each site of an orbit in twice the reference.

    Of the two domains at an axis, or at a diagonal, each counts a site on it by half.
    """
    weights = 2 * _component_weights(kind)
    if kind == "axis":
        weights[:, 6:8], weights[:, 4:6] = weights[:, 4:6], 0
    elif kind == "diagonal":
        weights[:, 6:8] = weights[:, 4:6] = weights[:, 4:6] // 2
    return weights


def _scales(kind):
    """Return the factors that make the powers of an orbit add up to 1, of dimensions 1 and 2."""
    size, norms = symmetry.ORBIT_KINDS[kind].size, {1: 1, 2: 1}
    for component in symmetry.components(kind):
        norms[len(component.matrix)] = component.norm
    return np.array([1 / (size * norms[1]), 1 / (size * norms[2])], np.float32)


def _sites(kind, orbits):
    """Return the flat sites (size, n_orbits) of the orbits of one kind."""
    sites = np.empty((symmetry.ORBIT_KINDS[kind].size, len(orbits)), np.int32)
    for k, orbit in enumerate(orbits):
        sites[:, k] = orbit.sites
    return sites


def _labels(kind):
    return [component.label for component in symmetry.components(kind)]


def _name(invariant, row, column):
    return f"{invariant}({row:g},{column:g})"


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
