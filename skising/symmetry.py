"""The symmetry of the square: the group D4, its irreps, and the sites of a block under it.

The point group D4 consists of the eight operations that map a square onto itself: four turns and
four mirrors. They also map a block of l x l sites onto itself. A site is given by its row and
column distance from the centre of the block; in a block of even l both are half-integers.

The images of a site under the group form its orbit. There are four kinds of orbits (`ORBIT_KINDS`).
The spins of an orbit span a representation of D4, which splits into irreducible representations
(irreps): A1, A2, B1 and B2 of dimension one, and E of dimension two.

Every orbit uses the same basis of every irrep. The basis of E is the pair (row, column). Hence all
E components of a block transform by the same matrix, and the inner product of any two of them is
invariant. (Eqs. A1 and A2 of Phys. Rev. E 108, 065304 (2023) use different bases for different
kinds of orbits. They also give B1 for the sites on the diagonals, where the irrep is B2.)
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._numbers import as_numbers
from ._validation import check_choice, check_integer, first_index

__all__ = [
    "CHARACTERS",
    "CLASSES",
    "ELEMENTS",
    "INVERSES",
    "IRREPS",
    "MULTIPLICATION",
    "ORBIT_KINDS",
    "Component",
    "Orbit",
    "OrbitKind",
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
    return tuple(sorted({tuple(sorted(set(members))) for members in conjugates.T.tolist()}))


ELEMENTS = _elements()
"""The elements of the group as matrices (8, 2, 2) that act on (row, column).

Elements 0 to 3 are the turns by 0, 90, 180 and 270 degrees. Elements 4 to 7 are the mirror that
reverses the columns, followed by each of these turns."""

MULTIPLICATION = _multiplication()
"""Indices (8, 8) of the products: entry (g, h) is element h followed by element g."""

INVERSES = np.argmin(MULTIPLICATION, axis=1)
"""Indices (8,) of the inverses: element g followed by INVERSES[g] is the identity, element 0."""

CLASSES = _classes()
"""The conjugacy classes as tuples of indices: the identity; the quarter turns; the half turn; the
mirrors that reverse the rows or the columns; the mirrors along the diagonals."""

IRREPS = _irreps()
"""Integer matrices (8, d, d) of each irrep, by name: one matrix for each element of the group.

A1 is the trivial irrep. A2 transforms as the sense of rotation, B1 as row^2 - column^2, B2 as
row * column, and E as (row, column)."""

CHARACTERS = {name: np.trace(d, axis1=1, axis2=2) for name, d in IRREPS.items()}
"""Characters (8,) of each irrep, by name: the traces of its matrices."""

for _table in (ELEMENTS, MULTIPLICATION, INVERSES, *IRREPS.values(), *CHARACTERS.values()):
    _table.flags.writeable = False


class OrbitKind(NamedTuple):
    """What the orbits of one kind have in common.

    Attributes
    ----------
    representative : (int, int)
        Row and column of a site of such an orbit, the smaller one first. The other orbits of the
        kind split into irreps in the same way.
    size : int
        Number of sites.
    """

    representative: tuple[int, int]
    size: int


_MAX_BLOCK_SIZE = 4096

ORBIT_KINDS = {
    "centre": OrbitKind((0, 0), 1),
    "axis": OrbitKind((0, 1), 4),
    "diagonal": OrbitKind((1, 1), 4),
    "general": OrbitKind((1, 2), 8),
}
"""The kinds of orbits, by name. A block has a centre and axis orbits only if l is odd."""


@dataclass(frozen=True, eq=False)
class Orbit:
    """Sites of a block that D4 maps onto one another.

    Attributes
    ----------
    representative : (float, float)
        Row and column distance of one site from the centre, the smaller one first.
    kind : {"centre", "axis", "diagonal", "general"}
        A key of `ORBIT_KINDS`: orbits of 1, 4, 4 and 8 sites.
    sites : ndarray of shape (size,)
        Flat indices into the block. Element k of `ELEMENTS` moves the representative to site k.
        Orbits of four sites are reached by the four turns alone, the centre by the identity.
    """

    representative: tuple[float, float]
    kind: str
    sites: np.ndarray

    @property
    def distance(self) -> float:
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
        Integers. The coefficients of the irrep are f = matrix @ spins of the orbit, and are exact.
    norm : int
        The squared length of each row of `matrix`. The sum of ``|f|^2 / norm`` over the components
        of an orbit is its number of sites (Parseval).
    """

    irrep: str
    copy: int
    matrix: np.ndarray
    norm: int

    @property
    def label(self) -> str:
        """The name of the irrep. E has a number, 1 or 2, as an orbit may hold two copies of it."""
        return f"{self.irrep}{self.copy + 1}" if self.irrep == "E" else self.irrep


def orbits(block_size: int) -> list[Orbit]:
    """Return the orbits of the sites of an l x l block under D4, by distance from the centre.

    Parameters
    ----------
    block_size : int
        Sites per side, 1 <= l <= 4096. There are about l^2 / 8 orbits.

    Returns
    -------
    list of Orbit
        Orbits at equal distance, such as those of (1, 7) and (5, 5), are distinct.

    Raises
    ------
    TypeError
        If `block_size` is not an integer.
    ValueError
        If `block_size` is below 1 or above 4096.

    Examples
    --------
    >>> from skising.symmetry import orbits
    >>> [(orbit.representative, orbit.kind) for orbit in orbits(4)]
    [((0.5, 0.5), 'diagonal'), ((0.5, 1.5), 'general'), ((1.5, 1.5), 'diagonal')]
    """
    block_size = check_integer(block_size, "block_size", minimum=1, maximum=_MAX_BLOCK_SIZE)
    distances = np.arange(block_size) - (block_size - 1) / 2
    found = [
        _orbit(row, column, block_size)
        for row in distances[distances >= 0]
        for column in distances[distances >= row]
    ]
    return sorted(found, key=lambda orbit: (orbit.distance, orbit.representative))


def _orbit(row, column, block_size):
    kind = _kind_of_orbit(row, column)
    images = ELEMENTS[: ORBIT_KINDS[kind].size] @ np.array([row, column])
    rows, columns = np.rint(images + (block_size - 1) / 2).astype(np.int64).T
    return Orbit((float(row), float(column)), kind, rows * block_size + columns)


def _kind_of_orbit(row, column):
    kinds = {_position(*kind.representative): name for name, kind in ORBIT_KINDS.items()}
    return kinds[_position(row, column)]


def _position(row, column):
    """Return whether a site with 0 <= row <= column is on an axis, and whether on a diagonal."""
    return row == 0, row == column


def components(kind: str) -> tuple[Component, ...]:
    """Return how the spins of an orbit split into irreps.

    The stabilizer of a site r consists of the elements that keep r in place. An irrep D occurs
    once for each linearly independent vector v that the stabilizer leaves unchanged (Frobenius
    reciprocity). Its coefficients are f = sum of D(g) v s(g r) over the sites g r of the orbit.
    The orbits split as 1 = A1 (centre), 4 = A1 + B1 + E (axis), 4 = A1 + B2 + E (diagonal) and
    8 = A1 + A2 + B1 + B2 + 2 E (general).

    Parameters
    ----------
    kind : {"centre", "axis", "diagonal", "general"}

    Returns
    -------
    tuple of Component
        In the order A1, A2, B1, B2, E.

    Raises
    ------
    ValueError
        If `kind` is not a key of `ORBIT_KINDS`.
    """
    return _components(check_choice(kind, "kind", tuple(ORBIT_KINDS)))


@cache
def _components(kind):
    representative, size = ORBIT_KINDS[kind]
    stabilizer = (ELEMENTS @ np.array(representative) == representative).all(axis=1)
    found = []
    for irrep, matrices in IRREPS.items():
        # Up to a factor, this sum is the projector onto the unchanged vectors.
        projector = matrices[stabilizer].sum(axis=0)
        vectors = [v // np.abs(v).max() for v in _independent(projector.T)]
        for copy, v in enumerate(vectors):
            matrix = (matrices[:size] @ v).T
            matrix.flags.writeable = False
            found.append(Component(irrep, copy, matrix, int((matrix[0] ** 2).sum())))
    return tuple(found)


def _independent(vectors):
    kept = []
    for v in vectors:
        if np.linalg.matrix_rank([*kept, v]) > len(kept):
            kept.append(v)
    return kept


def site_permutation(kind: str, element: int) -> NDArray[np.intp]:
    """Return the permutation of the sites of an orbit under an element of the group.

    Parameters
    ----------
    kind : {"centre", "axis", "diagonal", "general"}
    element : int
        Index into `ELEMENTS`, from 0 to 7.

    Returns
    -------
    sources : ndarray of shape (size,)
        The element moves the spin at site ``sources[k]`` of the orbit to site k.

    Raises
    ------
    TypeError
        If `element` is not an integer.
    ValueError
        If `kind` is not a key of `ORBIT_KINDS`, or `element` is below 0 or above 7.
    """
    kind = check_choice(kind, "kind", tuple(ORBIT_KINDS))
    element = check_integer(element, "element", minimum=0, maximum=len(ELEMENTS) - 1)
    representative, size = ORBIT_KINDS[kind]
    sites = ELEMENTS[:size] @ np.array(representative)
    sources = sites @ _inverse(element).T
    return (sources[:, np.newaxis] == sites).all(axis=2).argmax(axis=1)


def _inverse(element):
    return ELEMENTS[INVERSES[element]]


def project(block: ArrayLike, irrep: str) -> NDArray[np.float64]:
    """Project a block onto an irrep: the part of the block that transforms as the irrep.

    The projector is (d / 8) times the sum of chi(g) g over the elements g of the group, with the
    dimension d and the character chi of the irrep. The projections onto all irreps add up to the
    block.

    Parameters
    ----------
    block : array-like of shape (l, l)
        Finite real numbers on the sites of a block, l >= 1. Booleans count as 0 and 1.
    irrep : {"A1", "A2", "B1", "B2", "E"}

    Returns
    -------
    part : ndarray of shape (l, l), float64
        Exact for spins: a multiple of 1/8.

    Raises
    ------
    TypeError
        If `block` does not hold numbers.
    ValueError
        If `block` is not square, is empty, is complex, has masked entries, or holds NaN or inf, or
        if `irrep` is not a key of `IRREPS`.

    Examples
    --------
    >>> import numpy as np
    >>> from skising.symmetry import project
    >>> project([[1, -1], [-1, 1]], "B2")
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    irrep = check_choice(irrep, "irrep", tuple(IRREPS))
    block = as_numbers(block, "block").astype(np.float64, copy=False)
    if block.ndim != 2 or block.shape[0] != block.shape[1] or block.size == 0:
        raise ValueError(
            "block must be one square array of l x l sites, l >= 1; got shape "
            f"{block.shape}.{_single_block_hint(block.shape)}"
        )
    bad = ~np.isfinite(block)
    if bad.any():
        first = first_index(bad)
        raise ValueError(
            f"block must hold finite numbers; got {block[first]} at index {first}. Each NaN or inf "
            "would spread to its images: replace such numbers, or choose another block."
        )
    weights = IRREPS[irrep].shape[1] / 8 * CHARACTERS[irrep]
    images = [_moved(block, element) for element in range(8)]
    return np.tensordot(weights, images, axes=1)


def _single_block_hint(shape):
    return " Of several blocks, project one at a time, such as block[0]." if len(shape) > 2 else ""


def _moved(block, element):
    """Return the image of a block: the element g moves the number at site r to site g r."""
    # Twice the distances from the centre, which are integers for even l, too.
    sites = 2 * np.indices(block.shape) - (len(block) - 1)
    sources = np.tensordot(_inverse(element), sites, axes=1)
    rows, columns = (sources + len(block) - 1) // 2
    return block[rows, columns]
