"""Power spectrum and reference phases of blocks under D4.

The coefficients are those of `skising.symmetry.components`, written out as sums and differences;
the tests hold the two together. They are integers, and every float that is made of them depends on
integers alone that all images of a block share, so that their features agree to the last bit.

Every inner loop runs over the orbits of one kind, so that the compiler makes vector code of it.
"""

import numpy as np

from ._jit import jit

CHANNELS = (
    *("power_A1", "power_A2", "power_B1", "power_B2", "power_E1", "power_E2"),
    *("phase_A1", "phase_A2", "phase_B1", "phase_B2"),
    *("phase_E1_ref1", "phase_E1_ref2", "phase_E2_ref1", "phase_E2_ref2"),
)
"""What the columns of `starts` stand for, and the channels that a network sees."""

# Of |f|^2, which is at most 32 where an orbit has eight sites; 0 for a coefficient 0.
_INVERSE_ROOTS = np.array([0, *(1 / np.sqrt(np.arange(1, 33)))], np.float32)


@jit
def _gather(spins, sites, s):
    for i in range(sites.shape[0]):
        for k in range(sites.shape[1]):
            s[i, k] = spins[np.uint32(sites[i, k])]  # unsigned: no test for negative indices


@jit
def _four_site_coefficients(s, on_diagonal, f):
    """Coefficients (4, n): A1, then B1 (axis) or B2 (diagonal), then E (row, column)."""
    for k in range(s.shape[1]):
        f[0, k] = s[0, k] + s[1, k] + s[2, k] + s[3, k]
        f[1, k] = s[0, k] - s[1, k] + s[2, k] - s[3, k]
        row, column = s[3, k] - s[1, k], s[0, k] - s[2, k]
        f[2, k] = row + column if on_diagonal else row
        f[3, k] = column - row if on_diagonal else column


@jit
def _general_coefficients(s, f):
    """Coefficients (8, n): A1, A2, B1, B2, then E1 and E2 (row, column)."""
    for k in range(s.shape[1]):
        # In 32 bits: sums of narrower integers are of 64 bits, which makes slower vectors.
        turned_0, mirrored_0 = np.int32(s[0, k]), np.int32(s[4, k])
        turned_1, mirrored_1 = np.int32(s[1, k]), np.int32(s[5, k])
        turned_2, mirrored_2 = np.int32(s[2, k]), np.int32(s[6, k])
        turned_3, mirrored_3 = np.int32(s[3, k]), np.int32(s[7, k])
        sum_0, difference_0 = turned_0 + mirrored_0, turned_0 - mirrored_0
        sum_1, difference_1 = turned_1 + mirrored_1, turned_1 - mirrored_1
        sum_2, difference_2 = turned_2 + mirrored_2, turned_2 - mirrored_2
        sum_3, difference_3 = turned_3 + mirrored_3, turned_3 - mirrored_3
        f[0, k] = sum_0 + sum_1 + sum_2 + sum_3
        f[1, k] = difference_0 + difference_1 + difference_2 + difference_3
        f[2, k] = sum_0 - sum_1 + sum_2 - sum_3
        f[3, k] = difference_0 - difference_1 + difference_2 - difference_3
        f[4, k] = sum_0 - sum_2
        f[5, k] = sum_1 - sum_3
        f[6, k] = difference_3 - difference_1
        f[7, k] = difference_0 - difference_2


@jit
def _total(f):
    total = np.int32(0)
    for k in range(len(f)):
        total += f[k]
    return total


@jit
def _inverse_norm(row, column):
    squared = row * row + column * column
    return np.float32(1.0) / np.sqrt(np.float32(squared)) if squared else np.float32(0.0)


@jit
def _write_one_dimensional(f, scale, reference, out, power, phase):
    # Integers to the last: a float sign would make of a phase 0 a -0, another bit pattern.
    sign = np.int16((reference > 0) - (reference < 0))
    n = len(f)
    powers, phases = out[power : power + n], out[phase : phase + n]
    for k in range(n):
        powers[k] = scale * np.float32(f[k] * f[k])
        phases[k] = np.float32(np.int16(sign * (np.int16(f[k] > 0) - np.int16(f[k] < 0))))


@jit
def _write_two_dimensional(row, column, scale, reference, out, power, phase_1, phase_2):
    inverse_1 = _inverse_norm(reference[4], reference[5])
    inverse_2 = _inverse_norm(reference[6], reference[7])
    row_1, column_1 = np.float32(reference[4]), np.float32(reference[5])
    row_2, column_2 = np.float32(reference[6]), np.float32(reference[7])
    n, one, zero = len(row), np.float32(1.0), np.float32(0.0)
    powers = out[power : power + n]
    phases_1, phases_2 = out[phase_1 : phase_1 + n], out[phase_2 : phase_2 + n]
    for k in range(n):
        r, c = np.float32(row[k]), np.float32(column[k])
        squared = r * r + c * c
        powers[k] = scale * squared
        inverse = _INVERSE_ROOTS[np.uint32(np.int32(squared))]
        # Adding 0 makes a 0 of -0. Images exchange the two products or change both their signs
        # and the reference's, which no rounding tells apart.
        along_1 = (r * row_1 + c * column_1 + zero) * (inverse * inverse_1)
        along_2 = (r * row_2 + c * column_2 + zero) * (inverse * inverse_2)
        along_1 = along_1 if along_1 < one else one
        along_2 = along_2 if along_2 < one else one
        phases_1[k] = along_1 if along_1 > -one else -one
        phases_2[k] = along_2 if along_2 > -one else -one


@jit
def _add_four_site_reference(f, on_diagonal, reference):
    reference[0] += 2 * _total(f[0])
    if on_diagonal:
        reference[3] += 2 * _total(f[1])
        row, column = _total(f[2]), _total(f[3])
        reference[4] += row
        reference[5] += column
        reference[6] += row
        reference[7] += column
    else:
        reference[2] += 2 * _total(f[1])
        reference[6] += 2 * _total(f[2])
        reference[7] += 2 * _total(f[3])


@jit
def _write_four_site(f, on_diagonal, reference, starts, out):
    alternating = 3 if on_diagonal else 2
    for i, irrep in ((0, 0), (1, alternating)):
        _write_one_dimensional(
            f[i],
            np.float32(1 / 16),
            reference[irrep],
            out,
            starts[irrep],
            starts[6 + irrep],
        )
    scale = np.float32(1 / 16) if on_diagonal else np.float32(1 / 8)
    _write_two_dimensional(f[2], f[3], scale, reference, out, starts[4], starts[10], starts[11])


@jit
def _write_general(f, reference, starts, out):
    for irrep in range(4):
        _write_one_dimensional(
            f[irrep],
            np.float32(1 / 64),
            reference[irrep],
            out,
            starts[irrep],
            starts[6 + irrep],
        )
    for copy in range(2):
        _write_two_dimensional(
            f[4 + 2 * copy],
            f[5 + 2 * copy],
            np.float32(1 / 32),
            reference,
            out,
            starts[4 + copy],
            starts[10 + 2 * copy],
            starts[11 + 2 * copy],
        )


@jit
def power_and_phases(blocks, centre, axis, diagonal, general, starts, out):
    """Fill `out` (n, n_features) float32 from `blocks` (n, l * l) int8.

    `centre` (1, n), `axis` and `diagonal` (4, n), `general` (8, n) int32 hold the flat sites of the
    orbits of each kind. `starts` (4, 14) int32 holds the column at which a kind's features of a
    channel start.
    """
    s_axis, f_axis = np.empty(axis.shape, np.int16), np.empty(axis.shape, np.int16)
    s_diagonal, f_diagonal = np.empty(diagonal.shape, np.int16), np.empty(diagonal.shape, np.int16)
    s_general, f_general = np.empty(general.shape, np.int16), np.empty(general.shape, np.int16)
    # Twice the coefficients of the reference: a site that several of the triangular domains share
    # enters each with an equal part, so that its whole weight is one.
    reference = np.empty(8, np.int32)
    for b in range(len(blocks)):
        spins, row = blocks[b], out[b]
        _gather(spins, axis, s_axis)
        _gather(spins, diagonal, s_diagonal)
        _gather(spins, general, s_general)
        _four_site_coefficients(s_axis, False, f_axis)
        _four_site_coefficients(s_diagonal, True, f_diagonal)
        _general_coefficients(s_general, f_general)
        for i in range(8):
            reference[i] = 2 * _total(f_general[i])
        _add_four_site_reference(f_axis, False, reference)
        _add_four_site_reference(f_diagonal, True, reference)
        for k in range(centre.shape[1]):
            reference[0] += 2 * spins[centre[0, k]]
        for k in range(centre.shape[1]):
            sign = (reference[0] > 0) - (reference[0] < 0)
            row[starts[0, 6] + k] = sign * spins[centre[0, k]]
        _write_four_site(f_axis, False, reference, starts[1], row)
        _write_four_site(f_diagonal, True, reference, starts[2], row)
        _write_general(f_general, reference, starts[3], row)
