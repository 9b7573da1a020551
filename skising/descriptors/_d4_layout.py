"""The features of D4: their channels, names and places, and the tables of the Ising kernels."""

from typing import NamedTuple

import numpy as np

from .. import symmetry


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


_MOST_SITES = max(kind.size for kind in symmetry.ORBIT_KINDS.values())


def count_orbits(block_size):
    """Return the number of orbits of each kind, by `symmetry.ORBIT_KINDS`."""
    half, is_odd = divmod(block_size, 2)
    few = {"centre": is_odd, "axis": half * is_odd, "diagonal": half}
    n_sites = sum(n * symmetry.ORBIT_KINDS[kind].size for kind, n in few.items())
    return few | {"general": (block_size**2 - n_sites) // symmetry.ORBIT_KINDS["general"].size}


def lay_out_powers_and_phases(by_kind, quantities):
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
            if orbits and has_channel(kind, channel, quantities):
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


def has_channel(kind, channel, quantities):
    if channel.quantity not in quantities:
        return False
    if kind == "centre" and channel.quantity == "power":
        return False  # the square of a single spin is always 1
    return channel.component.label in _labels(kind)


def lay_out_image(by_kind, block_size, components):
    """Lay out the spins of the canonical image kind by kind, and within a kind site by site.

    The components of the spins follow one after the other.

    Returns
    -------
    names, places
        As in `lay_out_powers_and_phases`. Site i of each orbit is a channel of its own, and so is
        each component.
    """
    names, places = [], []
    for c, component in enumerate(components):
        for kind, orbits in by_kind.items():
            for i in range(symmetry.ORBIT_KINDS[kind].size):
                for orbit in orbits:
                    site = np.array(divmod(orbit.sites[i], block_size)) - (block_size - 1) / 2
                    names.append(_name(f"canonical_{component}", *site))
                    places.append((len(CHANNELS) + _MOST_SITES * c + i, orbit))
    return names, places


def image_tables(by_kind, first_column):
    """Return the arguments of the kernel `canonical_images` between `blocks` and `out`."""
    tables = []
    for kind, orbits in by_kind.items():
        sources, codes = _operations_on_sites(kind), _operations_on_codes(kind)
        tables.append((_sites(kind, orbits), sources, codes, first_column))
        first_column += symmetry.ORBIT_KINDS[kind].size * len(orbits)
    return tuple(tables)


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


def describe_orbit(orbit):
    row, column = orbit.representative
    return {
        "row": row,
        "column": column,
        "distance": orbit.distance,
        "kind": orbit.kind,
        "size": len(orbit.sites),
        "irreps": " + ".join(_labels(orbit.kind)),
    }
