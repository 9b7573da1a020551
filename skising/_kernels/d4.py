"""Power spectrum and reference phases of blocks under D4.

The coefficients are those of `skising.symmetry.components`, written out as sums and differences;
the tests hold the two together. They are integers, and every float that is made of them depends on
integers alone that all images of a block share, so that their features agree to the last bit.

Sixteen blocks are described at once, each in a lane of every vector, so that blocks of any size
make whole vectors. `spins` and `tile` hold for each site and for each feature the numbers of the
sixteen blocks side by side.
"""

import numpy as np

from ._jit import inline_jit, jit
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

CHANNELS = (
    *("power_A1", "power_A2", "power_B1", "power_B2", "power_E1", "power_E2"),
    *("phase_A1", "phase_A2", "phase_B1", "phase_B2"),
    *("phase_E1_ref1", "phase_E1_ref2", "phase_E2_ref1", "phase_E2_ref2"),
)
"""What the columns of `starts` stand for, and the channels that a network sees."""

_CENTRE, _AXIS, _DIAGONAL, _GENERAL = range(4)


@inline_jit
def _four_site_coefficients(turned_0, turned_1, turned_2, turned_3, on_diagonal):
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
def _general_coefficients(
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
def _spin(spins, sites, i, k):
    return load(spins, N_LANES * sites[i, k])


@inline_jit
def _four_site_orbit(spins, sites, k, on_diagonal):
    return _four_site_coefficients(
        _spin(spins, sites, 0, k),
        _spin(spins, sites, 1, k),
        _spin(spins, sites, 2, k),
        _spin(spins, sites, 3, k),
        on_diagonal,
    )


@inline_jit
def _general_orbit(spins, sites, k):
    return _general_coefficients(
        _spin(spins, sites, 0, k),
        _spin(spins, sites, 1, k),
        _spin(spins, sites, 2, k),
        _spin(spins, sites, 3, k),
        _spin(spins, sites, 4, k),
        _spin(spins, sites, 5, k),
        _spin(spins, sites, 6, k),
        _spin(spins, sites, 7, k),
    )


@inline_jit
def _compute_reference(spins, centre, axis, diagonal, general, reference):
    """Fill `reference` (8 * 16,) int32: A1, A2, B1, B2, then E1 and E2 (row, column).

    They are twice the coefficients of the reference: a site that several of the triangular domains
    share enters each with an equal part, so that its whole weight is one.
    """
    reference[:] = 0
    zero = load(reference, 0)
    a1, a2, b1, b2 = zero, zero, zero, zero
    row_1, column_1, row_2, column_2 = zero, zero, zero, zero
    for k in range(general.shape[1]):
        f = _general_orbit(spins, general, k)
        a1, a2, b1, b2 = a1 + f[0], a2 + f[1], b1 + f[2], b2 + f[3]
        row_1, column_1 = row_1 + f[4], column_1 + f[5]
        row_2, column_2 = row_2 + f[6], column_2 + f[7]
    for k in range(axis.shape[1]):
        f = _four_site_orbit(spins, axis, k, False)
        a1, b1, row_2, column_2 = a1 + f[0], b1 + f[1], row_2 + f[2], column_2 + f[3]
    for k in range(centre.shape[1]):
        a1 = a1 + _spin(spins, centre, 0, k)
    row, column = zero, zero
    for k in range(diagonal.shape[1]):
        f = _four_site_orbit(spins, diagonal, k, True)
        a1, b2, row, column = a1 + f[0], b2 + f[1], row + f[2], column + f[3]
    store(reference, 0 * N_LANES, a1 + a1)
    store(reference, 1 * N_LANES, a2 + a2)
    store(reference, 2 * N_LANES, b1 + b1)
    store(reference, 3 * N_LANES, b2 + b2)
    store(reference, 4 * N_LANES, row_1 + row_1 + row)
    store(reference, 5 * N_LANES, column_1 + column_1 + column)
    store(reference, 6 * N_LANES, row_2 + row_2 + row)
    store(reference, 7 * N_LANES, column_2 + column_2 + column)


@inline_jit
def _compute_directions(reference, directions):
    """Fill `directions` (6 * 16,) float32: row, column and 1 / |f*| of both E of the reference."""
    for copy in range(2):
        rows = reference[(4 + 2 * copy) * N_LANES :]
        columns = reference[(5 + 2 * copy) * N_LANES :]
        direction = directions[3 * copy * N_LANES :]
        for b in range(N_LANES):
            # In 64 bits: in large blocks the squares pass 2^31.
            row, column = np.int64(rows[b]), np.int64(columns[b])
            squared = row * row + column * column
            direction[b] = row
            direction[N_LANES + b] = column
            direction[2 * N_LANES + b] = (
                np.float32(1.0) / np.sqrt(np.float32(squared)) if squared else np.float32(0.0)
            )


@inline_jit
def _write_one_dimensional(f, scale, reference, irrep, starts, k, tile):
    x = as_floats(f)
    store(tile, (starts[irrep] + k) * N_LANES, splat(scale) * (x * x))
    if starts[6 + irrep] >= 0:
        # Integers to the last: a float sign would make of a phase 0 a -0, another bit pattern.
        phase = sign(f) * sign(load(reference, irrep * N_LANES))
        store(tile, (starts[6 + irrep] + k) * N_LANES, as_floats(phase))


@inline_jit
def _write_two_dimensional(row, column, scale, directions, copy, starts, k, tile):
    r, c = as_floats(row), as_floats(column)
    squared = r * r + c * c
    store(tile, (starts[4 + copy] + k) * N_LANES, splat(scale) * squared)
    inverse = inverse_root(squared)
    for i in range(2):
        start = starts[10 + 2 * copy + i]
        if start >= 0:
            row_star = load(directions, 3 * i * N_LANES)
            column_star = load(directions, (3 * i + 1) * N_LANES)
            inverse_star = load(directions, (3 * i + 2) * N_LANES)
            # Adding 0 makes a 0 of -0. Images exchange the two products or change both their signs
            # and the reference's, which no rounding tells apart.
            along = (r * row_star + c * column_star + splat(np.float32(0))) * (
                inverse * inverse_star
            )
            store(tile, (start + k) * N_LANES, clip(along))


@inline_jit
def _write_centre(spins, sites, reference, starts, tile):
    if starts[6] >= 0:
        for k in range(sites.shape[1]):
            phase = _spin(spins, sites, 0, k) * sign(load(reference, 0))
            store(tile, (starts[6] + k) * N_LANES, as_floats(phase))


@inline_jit
def _write_four_site(spins, sites, on_diagonal, reference, directions, starts, tile):
    alternating = 3 if on_diagonal else 2
    scale, scale_e = np.float32(1 / 16), np.float32(1 / 16) if on_diagonal else np.float32(1 / 8)
    for k in range(sites.shape[1]):
        f = _four_site_orbit(spins, sites, k, on_diagonal)
        _write_one_dimensional(f[0], scale, reference, 0, starts, k, tile)
        _write_one_dimensional(f[1], scale, reference, alternating, starts, k, tile)
        _write_two_dimensional(f[2], f[3], scale_e, directions, 0, starts, k, tile)


@inline_jit
def _write_general(spins, sites, reference, directions, starts, tile):
    scale, scale_e = np.float32(1 / 64), np.float32(1 / 32)
    for k in range(sites.shape[1]):
        f = _general_orbit(spins, sites, k)
        _write_one_dimensional(f[0], scale, reference, 0, starts, k, tile)
        _write_one_dimensional(f[1], scale, reference, 1, starts, k, tile)
        _write_one_dimensional(f[2], scale, reference, 2, starts, k, tile)
        _write_one_dimensional(f[3], scale, reference, 3, starts, k, tile)
        _write_two_dimensional(f[4], f[5], scale_e, directions, 0, starts, k, tile)
        _write_two_dimensional(f[6], f[7], scale_e, directions, 1, starts, k, tile)


@inline_jit
def _transpose(source, row, n_rows, column, n_columns, target, target_row, target_column):
    """Put at most 16 x 16 numbers of `source` into `target` with their axes exchanged."""
    if n_rows == N_LANES and n_columns == N_LANES:
        transpose(source, row, column, target, target_row, target_column)
        return
    for i in range(n_rows):
        for j in range(n_columns):
            target[target_row + j, target_column + i] = source[row + i, column + j]


@jit
def power_and_phases(blocks, centre, axis, diagonal, general, starts, n_features, out):
    """Fill `n_features` columns of `out`, float32, from `blocks` (n, l * l) int8.

    `centre` (1, n), `axis` and `diagonal` (4, n), `general` (8, n) int32 hold the flat sites of the
    orbits of each kind. `starts` (4, 14) int32 holds the column at which a kind's features of a
    channel start; phases that start at -1 are left out.
    """
    n_sites = blocks.shape[1]
    # Zeros, since the last blocks may be fewer than the lanes.
    spins_of_site = np.zeros((n_sites, N_LANES), np.int8)
    tile_of_feature = np.empty((n_features, N_LANES), np.float32)
    spins, tile = spins_of_site.ravel(), tile_of_feature.ravel()
    reference = np.empty(8 * N_LANES, np.int32)
    directions = np.empty(6 * N_LANES, np.float32)
    for first in range(0, len(blocks), N_LANES):
        n = min(N_LANES, len(blocks) - first)
        for site in range(0, n_sites, N_LANES):
            n_rest = min(N_LANES, n_sites - site)
            _transpose(blocks, first, n, site, n_rest, spins_of_site, site, 0)
        _compute_reference(spins, centre, axis, diagonal, general, reference)
        _compute_directions(reference, directions)
        _write_centre(spins, centre, reference, starts[_CENTRE], tile)
        _write_four_site(spins, axis, False, reference, directions, starts[_AXIS], tile)
        _write_four_site(spins, diagonal, True, reference, directions, starts[_DIAGONAL], tile)
        _write_general(spins, general, reference, directions, starts[_GENERAL], tile)
        for column in range(0, n_features, N_LANES):
            n_rest = min(N_LANES, n_features - column)
            _transpose(tile_of_feature, column, n_rest, 0, n, out, first, column)
