"""The symmetry of the square: the group D4, its irreps, and a block's sites under it.

A block of l x l sites is mapped onto itself by the eight operations of the point group D4. Sites
are named by their row and column distances from the block's centre: (0.5, 1.5), say, in a block of
even l. The spins of one orbit of sites span a representation of D4, which splits into irreducible
ones (irreps): A1, A2, B1, B2 of dimension one and E of dimension two.

One basis serves every orbit and every irrep. For E it is the pair (row, column) itself, so that any
two E components of a block turn into each other by the same matrix and their inner product is
invariant. (In Eqs. A1 and A2 of Phys. Rev. E 108, 065304 (2023) the bases differ between kinds of
orbits, and the sites on the diagonals are given B1 where they carry B2.)
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ._validation import check_choice

__all__ = [
    "CHARACTERS",
    "CLASSES",
    "ELEMENTS",
    "INVERSES",
    "IRREPS",
    "MULTIPLICATION",
    "Component",
    "Orbit",
    "components",
    "orbits",
    "project",
    "site_permutation",
]


def __dir__():
    return __all__


def _elements():
    quarter_turn = np.array([[0, -1], [1, 0]])
    mirror = np.array([[1, 0], [0, -1]])
    turns = [np.linalg.matrix_power(quarter_turn, k) for k in range(4)]
    return np.array([*turns, *(turn @ mirror for turn in turns)])


def _irreps():
    determinant = ELEMENTS[:, 0, 0] * ELEMENTS[:, 1, 1] - ELEMENTS[:, 0, 1] * ELEMENTS[:, 1, 0]
    keeps_axes = np.where(ELEMENTS[:, 0, 0] != 0, 1, -1)
    one_dimensional = {
        "A1": np.ones(8, int),
        "A2": determinant,
        "B1": keeps_axes,
        "B2": keeps_axes * determinant,
    }
    return {name: d.reshape(8, 1, 1) for name, d in one_dimensional.items()} | {"E": ELEMENTS}


def _multiplication():
    products = ELEMENTS[:, np.newaxis] @ ELEMENTS
    return (products[:, :, np.newaxis] == ELEMENTS).all(axis=(3, 4)).argmax(axis=2)


def _classes():
    conjugates = MULTIPLICATION[MULTIPLICATION, INVERSES[:, np.newaxis]]
    return tuple(sorted({tuple(sorted(set(of_one))) for of_one in conjugates.T.tolist()}))


ELEMENTS = _elements()
"""The group as matrices (8, 2, 2) on (row, column): the turns by 0, 90, 180, 270 degrees, then each
of them after the mirror that reverses the columns."""

MULTIPLICATION = _multiplication()
"""The index of element g after element h, (8, 8)."""

INVERSES = np.argmin(MULTIPLICATION, axis=1)
"""The index of each element's inverse, (8,): where its row of products has the identity, 0."""

CLASSES = _classes()
"""The conjugacy classes as tuples of indices: the identity, the quarter turns, the half turn, the
mirrors of rows or columns, the mirrors along the diagonals."""

IRREPS = _irreps()
"""Name -> matrices (8, d, d), one for each element, all of integers.

B1 transforms as row^2 - column^2, B2 as row * column, A2 as a turn's sense, E as (row, column)."""

for _matrices in (ELEMENTS, MULTIPLICATION, INVERSES, *IRREPS.values()):
    _matrices.flags.writeable = False

CHARACTERS = {name: np.trace(d, axis1=1, axis2=2) for name, d in IRREPS.items()}
"""Name -> traces (8,)."""


_REPRESENTATIVES = {"centre": (0, 0), "axis": (0, 1), "diagonal": (1, 1), "general": (1, 2)}


@dataclass(frozen=True, eq=False)
class Orbit:
    """The sites of a block that D4 maps onto one another.

    Attributes
    ----------
    representative : (float, float)
        Row and column distance from the centre of one of them, the smaller one first.
    kind : {"centre", "axis", "diagonal", "general"}
        Of 1, 4, 4 and 8 sites. Only odd l has a centre and axis orbits.
    sites : ndarray of shape (size,)
        Flat indices into the block. Site k is the representative moved by element k of `ELEMENTS`;
        where a mirror keeps the representative in place, only the four turns are listed.
    """

    representative: tuple[float, float]
    kind: str
    sites: np.ndarray

    @property
    def distance(self):
        """Distance from the block's centre, in lattice constants."""
        return float(np.hypot(*self.representative))


@dataclass(frozen=True, eq=False)
class Component:
    """One copy of an irrep in the spins of an orbit.

    Attributes
    ----------
    irrep : str
        A key of `IRREPS`.
    copy : int
        0, or 1 for the second copy of E in a general orbit.
    matrix : ndarray of shape (d, size)
        Takes the orbit's spins to the irrep's coefficients f. Integers: f is exact.
    norm : int
        The squared length of each row of `matrix`: sum over the components of ``|f|^2 / norm`` is
        the number of sites (Parseval).
    """

    irrep: str
    copy: int
    matrix: np.ndarray
    norm: int

    @property
    def label(self):
        """The irrep's name; E, of which an orbit may hold two copies, is numbered."""
        return f"{self.irrep}{self.copy + 1}" if self.irrep == "E" else self.irrep


def orbits(block_size):
    """Return the orbits of the sites of an l x l block under D4, by distance from the centre.

    Parameters
    ----------
    block_size : int
        Sites per side, l >= 1.

    Returns
    -------
    list of Orbit
        Orbits at equal distance, such as (1, 7) and (5, 5), stay apart.

    Examples
    --------
    >>> from skising.symmetry import orbits
    >>> [(orbit.representative, orbit.kind) for orbit in orbits(4)]
    [((0.5, 0.5), 'diagonal'), ((0.5, 1.5), 'general'), ((1.5, 1.5), 'diagonal')]
    """
    half = (block_size - 1) / 2
    offsets = np.arange(block_size) - half
    found = [
        _orbit(row, column, half)
        for row in offsets[offsets >= 0]
        for column in offsets[offsets >= row]
    ]
    return sorted(found, key=lambda orbit: (orbit.distance, orbit.representative))


def _orbit(row, column, half):
    images = ELEMENTS @ np.array([row, column])
    size = len(np.unique(images, axis=0))
    four = "axis" if row == 0 else "diagonal"
    kind = {1: "centre", 4: four, 8: "general"}[size]
    rows, columns = np.rint(images[:size] + half).astype(np.int64).T
    return Orbit((float(row), float(column)), kind, rows * round(2 * half + 1) + columns)


@cache
def components(kind):
    """Return how the spins of an orbit split into irreps.

    An irrep occurs once for each vector v of its space that the mirror or turns which keep the
    representative in place leave alone (Frobenius reciprocity); the coefficients are
    f = sum over sites g r of D(g) v s(g r). Hence 1 = A1, 4 = A1 + B1 + E on the axes,
    4 = A1 + B2 + E on the diagonals and 8 = A1 + A2 + B1 + B2 + 2 E elsewhere.

    Parameters
    ----------
    kind : {"centre", "axis", "diagonal", "general"}

    Returns
    -------
    tuple of Component
        In the order A1, A2, B1, B2, E.
    """
    representative = _REPRESENTATIVES[kind]
    images = ELEMENTS @ np.array(representative)
    stabilizer = (images == representative).all(axis=1)
    n_sites = 8 // int(stabilizer.sum())
    found = []
    for irrep, matrices in IRREPS.items():
        invariant = matrices[stabilizer].sum(axis=0)
        vectors = [v // np.abs(v).max() for v in _independent(invariant.T)]
        for copy, v in enumerate(vectors):
            matrix = (matrices[:n_sites] @ v).T
            matrix.flags.writeable = False
            found.append(Component(irrep, copy, matrix, int((matrix[0] ** 2).sum())))
    return tuple(found)


def site_permutation(kind, element):
    """Return which site of an orbit an element of the group moves to each site.

    Parameters
    ----------
    kind : {"centre", "axis", "diagonal", "general"}
    element : int
        Index into `ELEMENTS`.

    Returns
    -------
    sources : ndarray of shape (size,)
        The moved block has at site k of the orbit the spin that was at site ``sources[k]``.
    """
    sites = ELEMENTS @ np.array(_REPRESENTATIVES[kind])
    sites = sites[: len(np.unique(sites, axis=0))]
    before = sites @ ELEMENTS[element]  # the inverse of g is its transpose, which acts on rows
    return (before[:, np.newaxis] == sites).all(axis=2).argmax(axis=1)


def project(block, irrep):
    """Project a block onto an irrep: its part that transforms as the irrep says.

    The projector is (d / 8) times the sum over the elements g of chi(g) g, with the irrep's
    dimension d and character chi. The projections of a block onto all the irreps add up to it.

    Parameters
    ----------
    block : array-like of shape (l, l)
        Numbers on the sites of a block.
    irrep : {"A1", "A2", "B1", "B2", "E"}

    Returns
    -------
    part : ndarray of shape (l, l), float64
        Exact for spins: a multiple of 1/8.

    Raises
    ------
    ValueError
        If `block` is not square, or `irrep` is none.

    Examples
    --------
    >>> import numpy as np
    >>> from skising.symmetry import project
    >>> project([[1, -1], [-1, 1]], "B2")
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    check_choice(irrep, "irrep", tuple(IRREPS))
    block = np.asarray(block, dtype=np.float64)
    if block.ndim != 2 or block.shape[0] != block.shape[1]:
        raise ValueError(f"block must be one square array of l x l sites; got shape {block.shape}.")
    images = [np.rot90(block, k) for k in range(4)]
    images += [np.rot90(block[:, ::-1], k) for k in range(4)]
    weights = IRREPS[irrep].shape[1] / 8 * CHARACTERS[irrep]
    return np.tensordot(weights, images, axes=1)


def _independent(vectors):
    kept = []
    for v in vectors:
        if np.linalg.matrix_rank([*kept, v]) > len(kept):
            kept.append(v)
    return kept
