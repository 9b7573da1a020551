"""The canonical image of a block: of its 16 images under D4 x Z2, the one that comes first.

Images are compared orbit by orbit. The signs of an orbit's spins form a number, and `moved` holds
what each of the 16 operations makes of it; the operations that make the smallest number go on to
the next orbit. A random block is decided after one or two orbits.
"""

import numpy as np

from ._jit import jit


@jit
def _write_codes(spins, sites, codes):
    """Set bit i of codes[k] where the spin at site i of orbit k is down."""
    for k in range(sites.shape[1]):
        code = np.uint8(0)
        for i in range(sites.shape[0]):
            code |= np.uint8(spins[np.uint32(sites[i, k])] < 0) << np.uint8(i)
        codes[k] = code


@jit
def _keep_smallest(codes, moved, candidates, n_candidates):
    """Keep the operations, in front of `candidates`, whose images come first; return how many."""
    for k in range(len(codes)):
        if n_candidates == 1:
            break
        smallest, n_kept = np.int64(256), 0
        for c in range(n_candidates):
            operation = candidates[c]
            number = np.int64(moved[operation, codes[k]])
            if number < smallest:
                smallest, n_kept = number, 0
            if number == smallest:
                candidates[n_kept] = operation
                n_kept += 1
        n_candidates = n_kept
    return n_candidates


@jit
def _write_image(spins, sites, source, sign, out):
    n = sites.shape[1]
    for i in range(sites.shape[0]):
        part, orbit_sites = out[i * n : (i + 1) * n], sites[source[i]]
        for k in range(n):
            part[k] = np.float32(sign * spins[np.uint32(orbit_sites[k])])


@jit
def canonical_images(blocks, centre, axis, diagonal, general, sources, moved, first, out):
    """Fill l * l columns of `out`, float32, from column `first` on, from `blocks` (n, l * l) int8.

    The columns are laid out kind by kind, and within a kind site by site.

    `centre` (1, n), `axis` and `diagonal` (4, n), `general` (8, n) int32 hold the flat sites of the
    orbits of each kind. For each of the kinds and operations, `sources` (4, 16, 8) holds the site
    whose spin is moved to a site, and `moved` (4, 16, 256) what becomes of an orbit's number.
    """
    codes_centre = np.empty(centre.shape[1], np.uint8)
    codes_axis = np.empty(axis.shape[1], np.uint8)
    codes_diagonal = np.empty(diagonal.shape[1], np.uint8)
    codes_general = np.empty(general.shape[1], np.uint8)
    candidates = np.empty(16, np.int64)
    end_centre, end_axis = centre.size, centre.size + axis.size
    end_diagonal = end_axis + diagonal.size
    for b in range(len(blocks)):
        spins, row = blocks[b], out[b, first:]
        for c in range(16):
            candidates[c] = c
        _write_codes(spins, general, codes_general)
        left = _keep_smallest(codes_general, moved[3], candidates, 16)
        if left > 1:
            _write_codes(spins, diagonal, codes_diagonal)
            left = _keep_smallest(codes_diagonal, moved[2], candidates, left)
        if left > 1:
            _write_codes(spins, axis, codes_axis)
            left = _keep_smallest(codes_axis, moved[1], candidates, left)
        if left > 1:
            _write_codes(spins, centre, codes_centre)
            _keep_smallest(codes_centre, moved[0], candidates, left)
        # Any two operations that are left make the same image.
        operation = candidates[0]
        sign = np.int8(1 - 2 * (operation >> 3))
        _write_image(spins, centre, sources[0, operation], sign, row[:end_centre])
        _write_image(spins, axis, sources[1, operation], sign, row[end_centre:end_axis])
        _write_image(spins, diagonal, sources[2, operation], sign, row[end_axis:end_diagonal])
        _write_image(spins, general, sources[3, operation], sign, row[end_diagonal:])
