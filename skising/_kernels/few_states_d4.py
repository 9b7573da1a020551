"""Power spectrum and phases of blocks of few Potts states under D4 and S_q.

The features are those of `skising._kernels.potts_d4`, to the last bit. Sixteen blocks are described
at once, as in `skising._kernels.d4`, and each sum over the states is a loop over all of them. The
time is proportional to q, so that many states take longer here than there.
"""

import numpy as np

from ._jit import inline_jit, jit
from .d4 import (
    A1,
    A2,
    B1,
    B2,
    four_site_coefficients,
    general_coefficients,
    sum_domains,
    transpose_part,
)
from .potts_d4 import inverse_root_of_product, potts_canonical_images
from .shares import has_only_states, share_work
from .vectors import (
    N_LANES,
    as_doubles,
    as_floats,
    clip,
    equal,
    inverse_root,
    load,
    splat,
    square_root,
    store,
    zero_below,
)

MOST_PRODUCTS = 1 << 26
"""The largest q l^2 for which no sum of products exceeds 2^31: a sum is at most 16 q l^2."""


@inline_jit
def _is_in(spins, sites, i, k, state):
    """Return 1 in the lanes whose site i of orbit k is in a state, and 0 in the others."""
    return equal(load(spins, N_LANES * sites[i, k]), state)


@inline_jit
def _four_site_orbit(spins, sites, k, state, on_diagonal):
    return four_site_coefficients(
        _is_in(spins, sites, 0, k, state),
        _is_in(spins, sites, 1, k, state),
        _is_in(spins, sites, 2, k, state),
        _is_in(spins, sites, 3, k, state),
        on_diagonal,
    )


@inline_jit
def _general_orbit(spins, sites, k, state):
    return general_coefficients(
        _is_in(spins, sites, 0, k, state),
        _is_in(spins, sites, 1, k, state),
        _is_in(spins, sites, 2, k, state),
        _is_in(spins, sites, 3, k, state),
        _is_in(spins, sites, 4, k, state),
        _is_in(spins, sites, 5, k, state),
        _is_in(spins, sites, 6, k, state),
        _is_in(spins, sites, 7, k, state),
    )


@jit
def _compute_reference(spins, plane, n_states, centre, axis, diagonal, general, reference):
    """Fill the arrays of `reference`.

    For each state c, its coefficients are at c * 4 * 16 and on of the first array, and at
    c * 2 * 16 and on of the second and the third. The last two arrays are filled with the products
    of the reference with itself, (4 * 16,), and with the inverse lengths of E, (2 * 16,).
    """
    one_dimensional, e_row, e_column, norms, e_inverse_length = reference
    norms[:] = 0
    wholes, e_norms = np.zeros(N_LANES), np.zeros(2 * N_LANES)
    for c in range(n_states):
        for k in range(len(spins)):
            plane[k] = spins[k] == c
        f = one_dimensional[4 * N_LANES * c : 4 * N_LANES * (c + 1)]
        row = e_row[2 * N_LANES * c : 2 * N_LANES * (c + 1)]
        column = e_column[2 * N_LANES * c : 2 * N_LANES * (c + 1)]
        sum_domains(plane, centre, axis, diagonal, general, f, row, column)
        # Doubles hold these integers exactly.
        for i in range(4 * N_LANES):
            norms[i] += np.float64(n_states) * (np.float64(f[i]) * np.float64(f[i]))
        for i in range(N_LANES):
            wholes[i] += f[A1 * N_LANES + i]
        for i in range(2 * N_LANES):
            x, y = np.float64(row[i]), np.float64(column[i])
            e_norms[i] += np.float64(n_states) * (x * x + y * y)
    for i in range(N_LANES):
        norms[A1 * N_LANES + i] -= wholes[i] * wholes[i]
    for i in range(2 * N_LANES):
        e_inverse_length[i] = inverse_root_of_product(e_norms[i], n_states)


@inline_jit
def _write_power(product, scale, n_states, column, tile):
    power = splat(scale) * (as_floats(product) / splat(np.float32(n_states - 1)))
    store(tile, column * N_LANES, power)


@inline_jit
def _write_phase(product, own_product, norms, irrep, column, tile):
    reference = load(norms, irrep * N_LANES)
    own = as_doubles(own_product)
    squared = own * reference
    cosine = clip(as_doubles(product) / square_root(squared))
    half = splat(np.float64(0.5))
    store(tile, column * N_LANES, as_floats(zero_below(cosine, half, squared)))


@inline_jit
def _write_one_dimensional(own, product, scale, n_states, norms, irrep, powers, phases, k, tile):
    if powers[irrep] >= 0:
        _write_power(own, scale, n_states, powers[irrep] + k, tile)
    if phases[irrep] >= 0:
        _write_phase(product, own, norms, irrep, phases[irrep] + k, tile)


@inline_jit
def _write_e(own, product_1, product_2, scale, n_states, inverses, copy, powers, phases, k, tile):
    _write_power(own, scale, n_states, powers[copy] + k, tile)
    if phases[copy, 0] >= 0:
        others = splat(np.float64(n_states - 1))
        inverse = inverse_root(as_floats(as_doubles(own) / others))
        first = as_floats(as_doubles(product_1) / others) * (inverse * load(inverses, 0))
        second = as_floats(as_doubles(product_2) / others) * (inverse * load(inverses, N_LANES))
        store(tile, (phases[copy, 0] + k) * N_LANES, clip(first))
        store(tile, (phases[copy, 1] + k) * N_LANES, clip(second))


@jit
def _write_centre(spins, orbits, n_states, reference, n_sites, tile):
    sites, _, _, phases, _ = orbits
    one_dimensional, _, _, norms, _ = reference
    if phases[A1] < 0:
        return
    q = splat(np.int32(n_states))
    for k in range(sites.shape[1]):
        product = splat(np.int32(-2 * n_sites))
        for c in range(n_states):
            f = _is_in(spins, sites, 0, k, splat(np.int32(c)))
            product = product + q * (f * load(one_dimensional, (4 * c + A1) * N_LANES))
        own = splat(np.int32(n_states - 1))
        _write_phase(product, own, norms, A1, phases[A1] + k, tile)


@jit
def _write_four_site(spins, orbits, on_diagonal, n_states, reference, n_sites, tile):
    irrep = B2 if on_diagonal else B1
    scale, scale_e = np.float32(1 / 16), np.float32(1 / 16) if on_diagonal else np.float32(1 / 8)
    sites, powers, powers_e, phases, phases_e = orbits
    one_dimensional, e_row, e_column, norms, inverses = reference
    q, zero = splat(np.int32(n_states)), splat(np.int32(0))
    for k in range(sites.shape[1]):
        # The sums over all states are 4 for A1, and 0 for the other irreps.
        a1, b, e = zero, zero, zero
        a1_phase, b_phase, e_phase_1, e_phase_2 = zero, zero, zero, zero
        for c in range(n_states):
            state = splat(np.int32(c))
            f_a1, f_b, x, y = _four_site_orbit(spins, sites, k, state, on_diagonal)
            a1, b, e = a1 + f_a1 * f_a1, b + f_b * f_b, e + (x * x + y * y)
            first, first_e = 4 * N_LANES * c, 2 * N_LANES * c
            a1_phase = a1_phase + f_a1 * load(one_dimensional, first + A1 * N_LANES)
            b_phase = b_phase + f_b * load(one_dimensional, first + irrep * N_LANES)
            second_e = first_e + N_LANES
            e_phase_1 = e_phase_1 + (x * load(e_row, first_e) + y * load(e_column, first_e))
            e_phase_2 = e_phase_2 + (x * load(e_row, second_e) + y * load(e_column, second_e))
        a1 = q * a1 - splat(np.int32(16))
        a1_phase = q * a1_phase - splat(np.int32(8 * n_sites))
        _write_one_dimensional(a1, a1_phase, scale, n_states, norms, A1, powers, phases, k, tile)
        _write_one_dimensional(
            q * b, q * b_phase, scale, n_states, norms, irrep, powers, phases, k, tile
        )
        products = q * e_phase_1, q * e_phase_2
        _write_e(q * e, *products, scale_e, n_states, inverses, 0, powers_e, phases_e, k, tile)


@jit
def _write_general(spins, orbits, n_states, reference, n_sites, tile):
    scale, scale_e = np.float32(1 / 64), np.float32(1 / 32)
    sites, powers, powers_e, phases, phases_e = orbits
    one_dimensional, e_row, e_column, norms, inverses = reference
    q, zero = splat(np.int32(n_states)), splat(np.int32(0))
    for k in range(sites.shape[1]):
        # The sums over all states are 8 for A1, and 0 for the other irreps.
        a1, a2, b1, b2, e_1, e_2 = zero, zero, zero, zero, zero, zero
        a1_phase, a2_phase, b1_phase, b2_phase = zero, zero, zero, zero
        e_phase_11, e_phase_12, e_phase_21, e_phase_22 = zero, zero, zero, zero
        for c in range(n_states):
            f = _general_orbit(spins, sites, k, splat(np.int32(c)))
            f_a1, f_a2, f_b1, f_b2, x_1, y_1, x_2, y_2 = f
            a1, a2 = a1 + f_a1 * f_a1, a2 + f_a2 * f_a2
            b1, b2 = b1 + f_b1 * f_b1, b2 + f_b2 * f_b2
            e_1, e_2 = e_1 + (x_1 * x_1 + y_1 * y_1), e_2 + (x_2 * x_2 + y_2 * y_2)
            first, first_e = 4 * N_LANES * c, 2 * N_LANES * c
            a1_phase = a1_phase + f_a1 * load(one_dimensional, first + A1 * N_LANES)
            a2_phase = a2_phase + f_a2 * load(one_dimensional, first + A2 * N_LANES)
            b1_phase = b1_phase + f_b1 * load(one_dimensional, first + B1 * N_LANES)
            b2_phase = b2_phase + f_b2 * load(one_dimensional, first + B2 * N_LANES)
            x, y = load(e_row, first_e), load(e_column, first_e)
            e_phase_11 = e_phase_11 + (x_1 * x + y_1 * y)
            e_phase_21 = e_phase_21 + (x_2 * x + y_2 * y)
            x, y = load(e_row, first_e + N_LANES), load(e_column, first_e + N_LANES)
            e_phase_12 = e_phase_12 + (x_1 * x + y_1 * y)
            e_phase_22 = e_phase_22 + (x_2 * x + y_2 * y)
        a1 = q * a1 - splat(np.int32(64))
        a1_phase = q * a1_phase - splat(np.int32(16 * n_sites))
        one = scale, n_states, norms
        columns = powers, phases, k, tile
        _write_one_dimensional(a1, a1_phase, *one, A1, *columns)
        _write_one_dimensional(q * a2, q * a2_phase, *one, A2, *columns)
        _write_one_dimensional(q * b1, q * b1_phase, *one, B1, *columns)
        _write_one_dimensional(q * b2, q * b2_phase, *one, B2, *columns)
        two, columns = (scale_e, n_states, inverses), (powers_e, phases_e, k, tile)
        _write_e(q * e_1, q * e_phase_11, q * e_phase_12, *two, 0, *columns)
        _write_e(q * e_2, q * e_phase_21, q * e_phase_22, *two, 1, *columns)


@jit
def few_states_power_and_phases(blocks, n_states, centre, axis, diagonal, general, n_features, out):
    """Fill the first columns of `out` with powers and phases.

    Parameters
    ----------
    blocks : int8 array of shape (n, l * l)
        States from 0 to q - 1.
    n_states : int
        q. At most `MOST_PRODUCTS` / l^2, so that sums of products are below 2^31.
    centre, axis, diagonal, general, n_features
        As in `skising._kernels.d4.power_and_phases`.
    out : float32 array of shape (n, n_columns)
    """
    n_sites = blocks.shape[1]
    spins_of_site = np.zeros((n_sites, N_LANES), np.int8)
    tile_of_feature = np.empty((n_features, N_LANES), np.float32)
    spins, tile = spins_of_site.ravel(), tile_of_feature.ravel()
    plane = np.empty(n_sites * N_LANES, np.int8)
    reference = (
        np.empty(n_states * 4 * N_LANES, np.int32),
        np.empty(n_states * 2 * N_LANES, np.int32),
        np.empty(n_states * 2 * N_LANES, np.int32),
        np.empty(4 * N_LANES, np.float64),
        np.empty(2 * N_LANES, np.float32),
    )
    sites = centre[0], axis[0], diagonal[0], general[0]
    for first in range(0, len(blocks), N_LANES):
        n = min(N_LANES, len(blocks) - first)
        for site in range(0, n_sites, N_LANES):
            n_rest = min(N_LANES, n_sites - site)
            transpose_part(blocks, first, n, site, n_rest, spins_of_site, site, 0)
        _compute_reference(spins, plane, n_states, *sites, reference)
        _write_centre(spins, centre, n_states, reference, n_sites, tile)
        _write_four_site(spins, axis, False, n_states, reference, n_sites, tile)
        _write_four_site(spins, diagonal, True, n_states, reference, n_sites, tile)
        _write_general(spins, general, n_states, reference, n_sites, tile)
        for column in range(0, n_features, N_LANES):
            n_rest = min(N_LANES, n_features - column)
            transpose_part(tile_of_feature, column, n_rest, 0, n, out, first, column)


@jit
def few_states_invariants(blocks, n_states, power_and_phase_tables, canonical, out):
    """Fill `out` with powers, phases, and the canonical images.

    The tables are the arguments of `few_states_power_and_phases` and of `potts_canonical_images`
    between `n_states` and `out`.
    """
    few_states_power_and_phases(blocks, n_states, *power_and_phase_tables, out)
    potts_canonical_images(blocks, n_states, *canonical, out)


share_few_states_power_and_phases = share_work(few_states_power_and_phases, has_only_states)
share_few_states_invariants = share_work(few_states_invariants, has_only_states)
