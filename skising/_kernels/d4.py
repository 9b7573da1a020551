"""Power spectrum and phases of blocks under D4.

The irrep coefficients are those of `skising.symmetry.components`, written out as sums and
differences; tests compare the two. The coefficients are integers. Every float is computed from
integers that all images of a block share, so that the features of the images are bit-identical.

Sixteen blocks are described at once, one in each lane of a vector, so that blocks of any size fill
whole vectors. For each site, `spins` holds the numbers of the sixteen blocks side by side, and so
does `tile` for each feature.

The tuple `reference` holds twice the coefficients of the reference of the sixteen blocks, side by
side, in four arrays: A1, A2, B1 and B2, int32 (4 * 16,); the rows of both copies of E, int32
(2 * 16,); their columns, likewise; and their inverse lengths, float32 (2 * 16,), which are 0 where
the length is 0.
"""

import numpy as np

from ._jit import inline_jit, jit
from .shares import share_work
from .vectors import (
    N_LANES,
    as_floats,
    clip,
    inverse_root,
    load,
    sign,
    splat,
    store,
    transpose,
)

# Indices in tables and references, in the order of `skising.symmetry.IRREPS`.
A1, A2, B1, B2 = range(4)


@inline_jit
def four_site_coefficients(turned_0, turned_1, turned_2, turned_3, on_diagonal):
    """Return A1, then B1 (axis) or B2 (diagonal), then E (row, column)."""
    row, column = turned_3 - turned_1, turned_0 - turned_2
    if on_diagonal:
        row, column = row + column, column - row
    return (
        turned_0 + turned_1 + turned_2 + turned_3,
        turned_0 - turned_1 + turned_2 - turned_3,
        row,
        column,
    )


@inline_jit
def general_coefficients(
    turned_0, turned_1, turned_2, turned_3, mirrored_0, mirrored_1, mirrored_2, mirrored_3
):
    """Return A1, A2, B1, B2, then E1 and E2 (row, column)."""
    sum_0, difference_0 = turned_0 + mirrored_0, turned_0 - mirrored_0
    sum_1, difference_1 = turned_1 + mirrored_1, turned_1 - mirrored_1
    sum_2, difference_2 = turned_2 + mirrored_2, turned_2 - mirrored_2
    sum_3, difference_3 = turned_3 + mirrored_3, turned_3 - mirrored_3
    return (
        sum_0 + sum_1 + sum_2 + sum_3,
        difference_0 + difference_1 + difference_2 + difference_3,
        sum_0 - sum_1 + sum_2 - sum_3,
        difference_0 - difference_1 + difference_2 - difference_3,
        sum_0 - sum_2,
        sum_1 - sum_3,
        difference_3 - difference_1,
        difference_0 - difference_2,
    )


@inline_jit
def spin(spins, sites, i, k):
    return load(spins, N_LANES * sites[i, k])


@inline_jit
def four_site_orbit(spins, sites, k, on_diagonal):
    return four_site_coefficients(
        spin(spins, sites, 0, k),
        spin(spins, sites, 1, k),
        spin(spins, sites, 2, k),
        spin(spins, sites, 3, k),
        on_diagonal,
    )


@inline_jit
def general_orbit(spins, sites, k):
    return general_coefficients(
        spin(spins, sites, 0, k),
        spin(spins, sites, 1, k),
        spin(spins, sites, 2, k),
        spin(spins, sites, 3, k),
        spin(spins, sites, 4, k),
        spin(spins, sites, 5, k),
        spin(spins, sites, 6, k),
        spin(spins, sites, 7, k),
    )


@inline_jit
def sum_domains(spins, centre, axis, diagonal, general, one_dimensional, e_row, e_column):
    """Compute twice the coefficients of the reference, given the sites of the orbits of each kind.

    A site that several triangular domains share counts in equal parts for each of them, so that its
    total weight is one. The last three arrays are filled. They are int32, or uint64 if sums of
    `spins` may exceed 2^31.
    """
    one_dimensional[:] = 0
    zero = load(one_dimensional, 0)
    a1, a2, b1, b2 = zero, zero, zero, zero
    row_1, column_1, row_2, column_2 = zero, zero, zero, zero
    for k in range(general.shape[1]):
        f = general_orbit(spins, general, k)
        f_a1, f_a2, f_b1, f_b2, f_row_1, f_column_1, f_row_2, f_column_2 = f
        a1, a2, b1, b2 = a1 + f_a1, a2 + f_a2, b1 + f_b1, b2 + f_b2
        row_1, column_1 = row_1 + f_row_1, column_1 + f_column_1
        row_2, column_2 = row_2 + f_row_2, column_2 + f_column_2
    for k in range(axis.shape[1]):
        f_a1, f_b1, f_row, f_column = four_site_orbit(spins, axis, k, False)
        a1, b1, row_2, column_2 = a1 + f_a1, b1 + f_b1, row_2 + f_row, column_2 + f_column
    for k in range(centre.shape[1]):
        a1 = a1 + spin(spins, centre, 0, k)
    # The E of a diagonal orbit counts half for each copy of E.
    row, column = zero, zero
    for k in range(diagonal.shape[1]):
        f_a1, f_b2, f_row, f_column = four_site_orbit(spins, diagonal, k, True)
        a1, b2, row, column = a1 + f_a1, b2 + f_b2, row + f_row, column + f_column
    store(one_dimensional, A1 * N_LANES, a1 + a1)
    store(one_dimensional, A2 * N_LANES, a2 + a2)
    store(one_dimensional, B1 * N_LANES, b1 + b1)
    store(one_dimensional, B2 * N_LANES, b2 + b2)
    store(e_row, 0, row_1 + row_1 + row)
    store(e_row, N_LANES, row_2 + row_2 + row)
    store(e_column, 0, column_1 + column_1 + column)
    store(e_column, N_LANES, column_2 + column_2 + column)


@inline_jit
def _compute_inverse_lengths(rows, columns, inverse_lengths):
    for i in range(len(rows)):
        # In 64 bits, because the squares exceed 2^31 in large blocks.
        row, column = np.int64(rows[i]), np.int64(columns[i])
        squared = row * row + column * column
        inverse_lengths[i] = (
            np.float32(1.0) / np.sqrt(np.float32(squared)) if squared else np.float32(0.0)
        )


@inline_jit
def _compute_reference(spins, centre, axis, diagonal, general, reference):
    """Fill the arrays of `reference`, given the sites of the orbits of each kind."""
    one_dimensional, e_row, e_column, e_inverse_length = reference
    sum_domains(spins, centre, axis, diagonal, general, one_dimensional, e_row, e_column)
    _compute_inverse_lengths(e_row, e_column, e_inverse_length)


@inline_jit
def _write_one_dimensional(f, scale, references, irrep, powers, phases, k, tile):
    x = as_floats(f)
    store(tile, (powers[irrep] + k) * N_LANES, splat(scale) * (x * x))
    if phases[irrep] >= 0:
        # A product of integers, because a product of float signs could be -0, which has other bits.
        phase = sign(f) * sign(load(references, irrep * N_LANES))
        store(tile, (phases[irrep] + k) * N_LANES, as_floats(phase))


@inline_jit
def _write_e(row, column, scale, reference, copy, powers, phases, k, tile):
    x, y = as_floats(row), as_floats(column)
    squared = x * x + y * y
    store(tile, (powers[copy] + k) * N_LANES, splat(scale) * squared)
    inverse_length = inverse_root(squared)
    _, e_row, e_column, e_inverse_length = reference
    for i in range(2):
        if phases[copy, i] >= 0:
            x_reference = as_floats(load(e_row, i * N_LANES))
            y_reference = as_floats(load(e_column, i * N_LANES))
            inverse_reference = load(e_inverse_length, i * N_LANES)
            # An image exchanges the two products, or changes the signs of both factors, so that
            # rounding does not depend on the image. Adding 0 turns -0 into 0.
            inner = x * x_reference + y * y_reference + splat(np.float32(0))
            phase = inner * (inverse_length * inverse_reference)
            store(tile, (phases[copy, i] + k) * N_LANES, clip(phase))


@inline_jit
def _write_centre(spins, orbits, references, tile):
    sites, _, _, phase, _ = orbits
    if phase[A1] >= 0:
        for k in range(sites.shape[1]):
            product = spin(spins, sites, 0, k) * sign(load(references, A1 * N_LANES))
            store(tile, (phase[A1] + k) * N_LANES, as_floats(product))


@inline_jit
def _write_four_site(spins, orbits, on_diagonal, reference, tile):
    alternating = B2 if on_diagonal else B1
    scale, scale_e = np.float32(1 / 16), np.float32(1 / 16) if on_diagonal else np.float32(1 / 8)
    sites, power, power_e, phase, phase_e = orbits
    references = reference[0]
    for k in range(sites.shape[1]):
        a1, b, row, column = four_site_orbit(spins, sites, k, on_diagonal)
        _write_one_dimensional(a1, scale, references, A1, power, phase, k, tile)
        _write_one_dimensional(b, scale, references, alternating, power, phase, k, tile)
        _write_e(row, column, scale_e, reference, 0, power_e, phase_e, k, tile)


@inline_jit
def _write_general(spins, orbits, reference, tile):
    scale, scale_e = np.float32(1 / 64), np.float32(1 / 32)
    sites, power, power_e, phase, phase_e = orbits
    references = reference[0]
    for k in range(sites.shape[1]):
        a1, a2, b1, b2, row_1, column_1, row_2, column_2 = general_orbit(spins, sites, k)
        _write_one_dimensional(a1, scale, references, A1, power, phase, k, tile)
        _write_one_dimensional(a2, scale, references, A2, power, phase, k, tile)
        _write_one_dimensional(b1, scale, references, B1, power, phase, k, tile)
        _write_one_dimensional(b2, scale, references, B2, power, phase, k, tile)
        _write_e(row_1, column_1, scale_e, reference, 0, power_e, phase_e, k, tile)
        _write_e(row_2, column_2, scale_e, reference, 1, power_e, phase_e, k, tile)


@inline_jit
def transpose_part(source, row, n_rows, column, n_columns, target, target_row, target_column):
    """Copy at most 16 x 16 numbers of `source` to `target`, with rows and columns exchanged."""
    if n_rows == N_LANES and n_columns == N_LANES:
        transpose(source, row, column, target, target_row, target_column)
        return
    for i in range(n_rows):
        for j in range(n_columns):
            target[target_row + j, target_column + i] = source[row + i, column + j]


@jit
def power_and_phases(blocks, centre, axis, diagonal, general, n_features, out):
    """Fill the first columns of `out` with powers and phases.

    Parameters
    ----------
    blocks : int8 array of shape (n, l * l)
    centre, axis, diagonal, general : tuple of int32 arrays
        For the orbits of each kind:

        - the flat sites, (size, n_orbits);
        - the columns of the powers of A1, A2, B1 and B2, (4,);
        - the columns of the powers of both copies of E, (2,);
        - the columns of the phases of A1, A2, B1 and B2, (4,);
        - the columns of the phases of each copy of E against each E of the reference, (2, 2).

        These are the columns of the first orbit; the other orbits follow. A column is -1 where the
        kind does not have the feature or the feature is left out.
    n_features : int
        Number of columns to fill.
    out : float32 array of shape (n, n_columns)
    """
    n_sites = blocks.shape[1]
    # Zeros, because the last blocks may not fill all lanes.
    spins_of_site = np.zeros((n_sites, N_LANES), np.int8)
    tile_of_feature = np.empty((n_features, N_LANES), np.float32)
    spins, tile = spins_of_site.ravel(), tile_of_feature.ravel()
    reference = (
        np.empty(4 * N_LANES, np.int32),
        np.empty(2 * N_LANES, np.int32),
        np.empty(2 * N_LANES, np.int32),
        np.empty(2 * N_LANES, np.float32),
    )
    for first in range(0, len(blocks), N_LANES):
        n = min(N_LANES, len(blocks) - first)
        for site in range(0, n_sites, N_LANES):
            n_rest = min(N_LANES, n_sites - site)
            transpose_part(blocks, first, n, site, n_rest, spins_of_site, site, 0)
        _compute_reference(spins, centre[0], axis[0], diagonal[0], general[0], reference)
        _write_centre(spins, centre, reference[0], tile)
        _write_four_site(spins, axis, False, reference, tile)
        _write_four_site(spins, diagonal, True, reference, tile)
        _write_general(spins, general, reference, tile)
        for column in range(0, n_features, N_LANES):
            n_rest = min(N_LANES, n_features - column)
            transpose_part(tile_of_feature, column, n_rest, 0, n, out, first, column)


share_power_and_phases = share_work(power_and_phases)
