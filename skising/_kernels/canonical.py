"""The canonical image of a block: the first of its 16 images under D4 x Z2 in a fixed order.

Images are compared orbit by orbit. The signs of the spins of an orbit form its code, a number of
one bit for each site. An operation maps a code to another one, by a table. The operations that give
the smallest code are kept and compared in the next orbit. One or two orbits decide for a random
block.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inline_jit, jit
from .d4 import PowerAndPhaseTables, power_and_phases
from .shares import kernel_for


class ImageTables(NamedTuple):
    """The orbits of one kind, and how the 16 operations act on each of them.

    Attributes
    ----------
    sites : int32 array of shape (size, n_orbits)
        Flat sites of the orbits.
    sources : int32 array of shape (16, size)
        Operation o moves the spin at site sources[o, i] of an orbit to its site i.
    codes : uint8 array of shape (16, 2**size)
        Operation o turns the code c of an orbit into codes[o, c].
    first_column : int
        The first of the size * n_orbits columns of features, which are ordered site by site.
    """

    sites: np.ndarray
    sources: np.ndarray
    codes: np.ndarray
    first_column: int


class CanonicalTables(NamedTuple):
    """Tables for each kind of orbit."""

    centre: ImageTables
    axis: ImageTables
    diagonal: ImageTables
    general: ImageTables


class CompleteTables(NamedTuple):
    """Tables of the powers and phases, and of the canonical image."""

    power_and_phases: PowerAndPhaseTables
    canonical: CanonicalTables


@inline_jit
def _code(spins, sites, k):
    """Return the code of orbit k: bit i is set if the spin at its site i is down."""
    code = np.uint8(0)
    for i in range(sites.shape[0]):
        code |= np.uint8(spins[np.uint32(sites[i, k])] < 0) << np.uint8(i)
    return code


@jit
def _keep_smallest(spins, orbits, candidates, n_candidates):
    """Move the operations with the smallest images to the front of `candidates`; return how many.

    Only the first `n_candidates` of `candidates` are compared.
    """
    sites, codes = orbits.sites, orbits.codes
    for k in range(sites.shape[1]):
        if n_candidates == 1:
            break
        code = _code(spins, sites, k)
        smallest, n_kept = np.int64(256), 0
        for c in range(n_candidates):
            operation = candidates[c]
            moved_code = np.int64(codes[operation, code])
            if moved_code < smallest:
                smallest, n_kept = moved_code, 0
            if moved_code == smallest:
                candidates[n_kept] = operation
                n_kept += 1
        n_candidates = n_kept
    return n_candidates


@inline_jit
def _write_image(spins, orbits, operation, out):
    sites, n_orbits = orbits.sites, orbits.sites.shape[1]
    # Operations 8 to 15 include the global flip.
    sign = np.int8(1 - 2 * (operation >> 3))
    for i in range(sites.shape[0]):
        first = orbits.first_column + i * n_orbits
        columns, source_sites = out[first : first + n_orbits], sites[orbits.sources[operation, i]]
        for k in range(n_orbits):
            columns[k] = np.float32(sign * spins[np.uint32(source_sites[k])])


@jit
def canonical_images(blocks, tables, out):
    """Fill l * l columns of `out` (n, n_features) float32 with the spins of the canonical images.

    `blocks` (n, l * l) int8 are spins, and `tables` are `CanonicalTables`.
    """
    candidates = np.empty(16, np.int64)
    for b in range(len(blocks)):
        spins, features = blocks[b], out[b]
        for operation in range(16):
            candidates[operation] = operation
        # A loop over the kinds would take longer, because numba copies the tables in every step.
        n_candidates = _keep_smallest(spins, tables.general, candidates, 16)
        n_candidates = _keep_smallest(spins, tables.diagonal, candidates, n_candidates)
        n_candidates = _keep_smallest(spins, tables.axis, candidates, n_candidates)
        _keep_smallest(spins, tables.centre, candidates, n_candidates)
        # The remaining operations all give the same image.
        operation = candidates[0]
        _write_image(spins, tables.centre, operation, features)
        _write_image(spins, tables.axis, operation, features)
        _write_image(spins, tables.diagonal, operation, features)
        _write_image(spins, tables.general, operation, features)


@kernel_for(CompleteTables)
@jit
def complete_invariants(blocks, tables, out):
    """Fill `out` (n, n_features) float32 from `blocks` (n, l * l) int8.

    The columns hold the powers, the phases, and the spins of the canonical image.
    """
    power_and_phases(blocks, tables.power_and_phases, out)
    canonical_images(blocks, tables.canonical, out)
