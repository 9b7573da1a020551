"""The canonical image of a block: the first of its 16 images under D4 x Z2 in a fixed order.

Images are compared orbit by orbit. The signs of the spins of an orbit form its code, a number of
one bit for each site. An operation maps a code to another one, by a table. The operations that give
the smallest code are kept and compared in the next orbit. One or two orbits decide for a random
block.
"""

import numpy as np

from ._jit import inline_jit, jit
from .d4 import power_and_phases
from .shares import share_work


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
    sites, _, codes, _ = orbits
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
    sites, sources, _, first_column = orbits
    n_orbits = sites.shape[1]
    # Operations 8 to 15 include the global flip.
    sign = np.int8(1 - 2 * (operation >> 3))
    for i in range(sites.shape[0]):
        first = first_column + i * n_orbits
        columns, source_sites = out[first : first + n_orbits], sites[sources[operation, i]]
        for k in range(n_orbits):
            columns[k] = np.float32(sign * spins[np.uint32(source_sites[k])])


@jit
def canonical_images(blocks, centre, axis, diagonal, general, out):
    """Fill l * l columns of `out` with the spins of the canonical images.

    Parameters
    ----------
    blocks : int8 array of shape (n, l * l)
    centre, axis, diagonal, general : tuple
        For the orbits of each kind:

        - the flat sites, int32 (size, n_orbits);
        - the sources, int32 (16, size): operation o moves the spin at site sources[o, i] of an
          orbit to its site i;
        - the codes, uint8 (16, 2**size): operation o turns code c of an orbit into codes[o, c];
        - the first of the size * n_orbits columns, an int. The columns are ordered site by site.
    out : float32 array of shape (n, n_columns)
    """
    candidates = np.empty(16, np.int64)
    for b in range(len(blocks)):
        spins, features = blocks[b], out[b]
        for operation in range(16):
            candidates[operation] = operation
        # A loop over the kinds would take longer, because numba copies the tables in every step.
        n_candidates = _keep_smallest(spins, general, candidates, 16)
        n_candidates = _keep_smallest(spins, diagonal, candidates, n_candidates)
        n_candidates = _keep_smallest(spins, axis, candidates, n_candidates)
        _keep_smallest(spins, centre, candidates, n_candidates)
        # The remaining operations all give the same image.
        operation = candidates[0]
        _write_image(spins, centre, operation, features)
        _write_image(spins, axis, operation, features)
        _write_image(spins, diagonal, operation, features)
        _write_image(spins, general, operation, features)


@jit
def complete_invariants(blocks, power_and_phase_tables, canonical_tables, out):
    """Fill `out` (n, n_features) float32 with powers, phases, and spins of the canonical images.

    `blocks` (n, l * l) int8 are spins. The tables are the arguments of `power_and_phases` and of
    `canonical_images` between `blocks` and `out`.
    """
    power_and_phases(blocks, *power_and_phase_tables, out)
    canonical_images(blocks, *canonical_tables, out)


share_complete_invariants = share_work(complete_invariants)
