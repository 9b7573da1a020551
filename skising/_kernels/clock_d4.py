"""Power spectrum, phases and canonical images of blocks of clock states under D4 and O(2).

The spins are vectors at the angles 2 pi s / q. Their components come from tables of integers. Sums
of these are exact, and so are all products that the features are made of, up to signs and order,
under the operations of D4 and the reflection s to -s. A rotation would round the vectors another
way. Hence each block is first rotated as its canonical image is. Then all images of a block have
the same integers.

Sixteen blocks are described at once, as in `skising._kernels.d4`.
"""

import numpy as np

from ._jit import inline_jit, jit
from .canonical_rotations import N_OPERATIONS, UNKNOWN, find_canonical, write_canonical
from .d4 import A1, A2, B1, B2, four_site_orbit, general_orbit, spin, sum_domains, transpose_part
from .shares import has_only_states, share_work
from .vectors import (
    N_LANES,
    as_floats,
    clip,
    inverse_root,
    load,
    splat,
    square_root,
    store,
    zero_below,
)

ONE = 1 << 27
"""The integer that stands for 1 in the tables of components: eight of them are below 2^31."""

_SQUARE = np.float32(2.0**-54)
# Rounding changes a component of a coefficient by at most 4 units, and a squared length of 0, of at
# most 4 components, by 64.
_ROUNDING = np.float32(65.0)


@jit
def _compute_reference(planes, sites, sums, reference):
    """Fill the arrays of `reference`, given the integers of both components of the spins.

    They hold the coefficients A1, A2, B1 and B2 of both components of the spins, (2 * 4 * 16,);
    the rows of both copies of E, (2 * 2 * 16,); their columns, likewise; the lengths of A1, A2, B1
    and B2, (4 * 16,); and the inverse lengths of E, (2 * 16,). A length and an inverse length are 0
    if the coefficient is 0 up to rounding.
    """
    one_dimensional, e_row, e_column, lengths, e_inverse_lengths = reference
    squares, e_squares = np.zeros(4 * N_LANES), np.zeros(2 * N_LANES)
    for c in range(2):
        sum_domains(planes[c], *sites, *sums)
        for i in range(4 * N_LANES):
            x = np.float64(np.int64(sums[0][i]))
            one_dimensional[4 * N_LANES * c + i] = x
            squares[i] += x * x
        for i in range(2 * N_LANES):
            x, y = np.float64(np.int64(sums[1][i])), np.float64(np.int64(sums[2][i]))
            e_row[2 * N_LANES * c + i], e_column[2 * N_LANES * c + i] = x, y
            e_squares[i] += x * x + y * y
    # Each site has a weight of at most 2 and is rounded by at most 1/2, in each of two components.
    n_sites = len(planes[0]) // N_LANES
    limit = 4.0 * n_sites * n_sites
    for i in range(4 * N_LANES):
        lengths[i] = np.sqrt(squares[i]) if squares[i] > limit else 0.0
    for i in range(2 * N_LANES):
        squared = np.float32(e_squares[i])
        e_inverse_lengths[i] = np.float32(0.0)
        if e_squares[i] > limit:
            e_inverse_lengths[i] = np.float32(1.0) / np.sqrt(squared)


@inline_jit
def _without_rounding(squared):
    return zero_below(squared, splat(_ROUNDING), squared)


@inline_jit
def _write_power(squared, scale, column, tile):
    store(tile, column * N_LANES, splat(scale * _SQUARE) * squared)


@inline_jit
def _write_phase_of_irrep(x, y, squared, one_dimensional, lengths, irrep, column, tile):
    x_reference = load(one_dimensional, irrep * N_LANES)
    y_reference = load(one_dimensional, (4 + irrep) * N_LANES)
    inner = x * x_reference + y * y_reference + splat(np.float32(0))
    # A quotient, because it is exactly 1 or -1 for parallel vectors along the first axis.
    length = square_root(squared) * load(lengths, irrep * N_LANES)
    phase = clip(zero_below(inner / length, splat(np.float32(0.5)), length))
    store(tile, column * N_LANES, phase)


@inline_jit
def _write_one_dimensional(f, g, scale, one_dimensional, lengths, irrep, powers, phases, k, tile):
    """Write the features of a coefficient whose two components are `f` and `g`."""
    x, y = as_floats(f), as_floats(g)
    squared = _without_rounding(x * x + y * y)
    if powers[irrep] >= 0:
        _write_power(squared, scale, powers[irrep] + k, tile)
    if phases[irrep] >= 0:
        column = phases[irrep] + k
        _write_phase_of_irrep(x, y, squared, one_dimensional, lengths, irrep, column, tile)


@inline_jit
def _write_phase_of_e(x, y, u, v, inverse_length, e_row, e_column, inverses, i, column, tile):
    first = x * load(e_row, i * N_LANES) + y * load(e_column, i * N_LANES)
    second = u * load(e_row, (2 + i) * N_LANES) + v * load(e_column, (2 + i) * N_LANES)
    inner = first + second + splat(np.float32(0))
    phase = inner * (inverse_length * load(inverses, i * N_LANES))
    store(tile, column * N_LANES, clip(phase))


@inline_jit
def _write_e(f, g, scale, e_row, e_column, inverses, copy, powers, phases, k, tile):
    """Write the features of a coefficient whose components have the rows and columns `f`, `g`."""
    x, y, u, v = as_floats(f[0]), as_floats(f[1]), as_floats(g[0]), as_floats(g[1])
    squared = _without_rounding((x * x + y * y) + (u * u + v * v))
    _write_power(squared, scale, powers[copy] + k, tile)
    if phases[copy, 0] >= 0:
        inverse, first, second = inverse_root(squared), phases[copy, 0] + k, phases[copy, 1] + k
        _write_phase_of_e(x, y, u, v, inverse, e_row, e_column, inverses, 0, first, tile)
        _write_phase_of_e(x, y, u, v, inverse, e_row, e_column, inverses, 1, second, tile)


@jit
def _write_centre(planes, orbits, reference, tile):
    cosines, sines = planes
    one_dimensional, _, _, lengths, _ = reference
    sites, powers, _, phases, _ = orbits
    scale = np.float32(1)
    for k in range(sites.shape[1]):
        f, g = spin(cosines, sites, 0, k), spin(sines, sites, 0, k)
        _write_one_dimensional(f, g, scale, one_dimensional, lengths, A1, powers, phases, k, tile)


@jit
def _write_four_site(planes, orbits, on_diagonal, reference, tile):
    irrep = B2 if on_diagonal else B1
    scale, scale_e = np.float32(1 / 16), np.float32(1 / 16) if on_diagonal else np.float32(1 / 8)
    cosines, sines = planes
    sites, powers, powers_e, phases, phases_e = orbits
    ones, e_row, e_column, lengths, inverses = reference
    for k in range(sites.shape[1]):
        f = four_site_orbit(cosines, sites, k, on_diagonal)
        g = four_site_orbit(sines, sites, k, on_diagonal)
        _write_one_dimensional(f[0], g[0], scale, ones, lengths, A1, powers, phases, k, tile)
        _write_one_dimensional(f[1], g[1], scale, ones, lengths, irrep, powers, phases, k, tile)
        _write_e(f[2:4], g[2:4], scale_e, e_row, e_column, inverses, 0, powers_e, phases_e, k, tile)


@jit
def _write_general(planes, orbits, reference, tile):
    scale, scale_e = np.float32(1 / 64), np.float32(1 / 32)
    cosines, sines = planes
    sites, powers, powers_e, phases, phases_e = orbits
    ones, e_row, e_column, lengths, inverses = reference
    for k in range(sites.shape[1]):
        f = general_orbit(cosines, sites, k)
        g = general_orbit(sines, sites, k)
        _write_one_dimensional(f[0], g[0], scale, ones, lengths, A1, powers, phases, k, tile)
        _write_one_dimensional(f[1], g[1], scale, ones, lengths, A2, powers, phases, k, tile)
        _write_one_dimensional(f[2], g[2], scale, ones, lengths, B1, powers, phases, k, tile)
        _write_one_dimensional(f[3], g[3], scale, ones, lengths, B2, powers, phases, k, tile)
        _write_e(f[4:6], g[4:6], scale_e, e_row, e_column, inverses, 0, powers_e, phases_e, k, tile)
        _write_e(f[6:8], g[6:8], scale_e, e_row, e_column, inverses, 1, powers_e, phases_e, k, tile)


@jit
def _fill_lane(states, n_states, origin, vectors, planes, lane):
    """Write the vectors of one block, rotated so that `origin` becomes 0."""
    cosines, sines = planes
    for site in range(len(states)):
        state = np.int64(states[site]) - origin
        state += n_states if state < 0 else 0
        cosines[site * N_LANES + lane] = vectors[0, state]
        sines[site * N_LANES + lane] = vectors[1, state]


@jit
def clock_invariants(
    blocks, n_states, vectors, power_and_phase_tables, canonical_orbits, values, out
):
    """Fill `out` with powers, phases, and canonical images if `values` is not empty.

    Parameters
    ----------
    blocks : uint16 array of shape (n, l * l)
        States from 0 to q - 1.
    n_states : int
        q.
    vectors : int32 array of shape (2, q)
        ``ONE * cos(2 pi s / q)`` and ``ONE * sin(2 pi s / q)``, rounded. Under the reflection s to
        -s the cosines stay, and the sines change their sign.
    power_and_phase_tables : tuple
        The arguments of `skising._kernels.d4.power_and_phases` between `blocks` and `out`.
    canonical_orbits, values
        As in `find_canonical` and `write_canonical`. `values` (0, q) leaves the images out.
    out : float32 array of shape (n, n_columns)
    """
    centre, axis, diagonal, general, n_features = power_and_phase_tables
    n_sites = blocks.shape[1]
    planes = np.zeros(n_sites * N_LANES, np.int32), np.zeros(n_sites * N_LANES, np.int32)
    tile_of_feature = np.empty((n_features, N_LANES), np.float32)
    tile = tile_of_feature.ravel()
    candidates, origins = np.empty(N_OPERATIONS, np.int64), np.empty(N_OPERATIONS, np.int64)
    sums = (
        np.empty(4 * N_LANES, np.uint64),
        np.empty(2 * N_LANES, np.uint64),
        np.empty(2 * N_LANES, np.uint64),
    )
    reference = (
        np.empty(2 * 4 * N_LANES, np.float32),
        np.empty(2 * 2 * N_LANES, np.float32),
        np.empty(2 * 2 * N_LANES, np.float32),
        np.empty(4 * N_LANES, np.float32),
        np.empty(2 * N_LANES, np.float32),
    )
    sites = centre[0], axis[0], diagonal[0], general[0]
    for first in range(0, len(blocks), N_LANES):
        n = min(N_LANES, len(blocks) - first)
        for lane in range(n):
            states = blocks[first + lane]
            operation, origin = find_canonical(
                states, n_states, canonical_orbits, UNKNOWN, candidates, origins
            )
            _fill_lane(states, n_states, origin, vectors, planes, lane)
            features = out[first + lane]
            write_canonical(states, n_states, canonical_orbits, operation, origin, values, features)
        _compute_reference(planes, sites, sums, reference)
        _write_centre(planes, centre, reference, tile)
        _write_four_site(planes, axis, False, reference, tile)
        _write_four_site(planes, diagonal, True, reference, tile)
        _write_general(planes, general, reference, tile)
        for column in range(0, n_features, N_LANES):
            n_rest = min(N_LANES, n_features - column)
            transpose_part(tile_of_feature, column, n_rest, 0, n, out, first, column)


share_clock_invariants = share_work(clock_invariants, has_only_states)
