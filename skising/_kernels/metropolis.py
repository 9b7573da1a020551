"""Metropolis updates of 64 lattices at once, each in one bit of every word (multi-spin coding).

A lattice of even size L has two sublattices, the black and the white squares of a checkerboard.
All neighbours of a site are on the other sublattice. The one-dimensional uint64 array `words` holds
the sublattices row by row. Site (i, j) has colour (i + j) % 2 and the word at
``row_start(size, colour, i) + j // 2``. Bit r of this word is set if the spin in lattice r is up.
A copy of the last word of a row precedes the row, and a copy of its first word follows it, so that
the row is periodic. Unused words fill it up to whole vectors.

A flip that costs energy, 4 or 8 J, is accepted if a random number of 64 binary digits is below
exp(-4 / T) or exp(-8 / T). The numbers are compared digit by digit from the top, in all lattices at
once, until every comparison is decided. A flip that costs no energy is accepted with probability
3/4, which detailed balance allows. With probability 1 some lattices would flip back and forth
forever: those in which every site has two equal neighbours and, at high temperatures, nearly all.
"""

import numpy as np

from ._jit import jit
from .random import next_word
from .vectors import N_LANES, is_any_set, load, rotate_left, shift_left, splat, store

N_LATTICES = 64
N_STATE_WORDS = 4 * N_LANES
"""State of N_LANES generators: the first words of all their states, then the second words, ..."""

_ONE = np.uint64(1)
_SIGN_BIT = np.uint64(63)


@jit
def _row_length(size):
    return (size // 2 + N_LANES - 1) // N_LANES * N_LANES + N_LANES


@jit
def row_start(size, colour, row):
    """Return the index in `words` where a row of one colour starts."""
    return (colour * size + row) * _row_length(size) + N_LANES // 2


def n_words(size):
    """Return the number of words of 64 lattices."""
    return 2 * size * _row_length(size)


@jit
def _close_row(words, start, half):
    """Copy the last word of a row before the row, and its first word behind it."""
    words[start - 1] = words[start + half - 1]
    words[start + half] = words[start]


@jit
def fill_ordered(words):
    """Turn every spin up."""
    words[:] = np.uint64(2**64 - 1)


@jit
def fill_random(words, size, state):
    """Turn every spin up or down with equal probability; `state` is that of a single generator."""
    for row in range(2 * size):
        start = row_start(size, 0, row)
        for k in range(size // 2):
            words[start + k] = next_word(state)
        _close_row(words, start, size // 2)


@jit
def _next_words(s0, s1, s2, s3):
    """Return the next words of the generators (xoshiro256++) and their new states."""
    words = rotate_left(s0 + s3, 23) + s0
    shifted = shift_left(s1, 17)
    s2 = s2 ^ s0
    s3 = s3 ^ s1
    s1 = s1 ^ s2
    s0 = s0 ^ s3
    s2 = s2 ^ shifted
    s3 = rotate_left(s3, 45)
    return words, s0, s1, s2, s3


@jit
def _accept(costs_4, costs_8, costs_0, threshold_4, threshold_8, s0, s1, s2, s3):
    """Return the flips to accept of those that cost 4 J, 8 J and nothing, and the new states."""
    accepted = costs_0 ^ costs_0
    undecided = costs_4 | costs_8
    refused = costs_0
    for n_drawn in range(64):
        digit_4 = splat(np.uint64(0) - (threshold_4 >> _SIGN_BIT))
        digit_8 = splat(np.uint64(0) - (threshold_8 >> _SIGN_BIT))
        threshold_4 <<= _ONE
        threshold_8 <<= _ONE
        words, s0, s1, s2, s3 = _next_words(s0, s1, s2, s3)
        digit = (costs_4 & digit_4) | (costs_8 & digit_8)
        accepted = accepted | (undecided & digit & ~words)
        undecided = undecided & ~(words ^ digit)
        if n_drawn < 2:
            refused = refused & words
        elif n_drawn > 6 and not is_any_set(undecided):
            break
    return accepted | (costs_0 & ~refused), s0, s1, s2, s3


@jit
def _update_row(words, row, beside_1, beside_2, above, below, half, thresholds, state):
    """Update the `half` sites of a row of one colour.

    `row` is the index in `words` of the first site, `above` and `below` are those of its vertical
    neighbours, `beside_1` and `beside_2` those of its horizontal ones, in either order.
    """
    s0, s1 = load(state, 0), load(state, N_LANES)
    s2, s3 = load(state, 2 * N_LANES), load(state, 3 * N_LANES)
    for k in range(0, half, N_LANES):
        spins = load(words, row + k)
        # A bit of a, b, c or d is set if that neighbour is opposite.
        a, b = spins ^ load(words, beside_1 + k), spins ^ load(words, beside_2 + k)
        c, d = spins ^ load(words, above + k), spins ^ load(words, below + k)
        two_ab, two_cd = a & b, c & d
        one_ab, one_cd = a ^ b, c ^ d
        is_odd, is_four = one_ab ^ one_cd, two_ab & two_cd
        two_or_more = two_ab | two_cd | (one_ab & one_cd)
        lowers_energy = (two_or_more & is_odd) | is_four
        accepted, s0, s1, s2, s3 = _accept(
            is_odd & ~two_or_more,
            ~(is_odd | two_or_more),
            two_or_more & ~lowers_energy,
            thresholds[0],
            thresholds[1],
            s0,
            s1,
            s2,
            s3,
        )
        store(words, row + k, spins ^ accepted ^ lowers_energy)
    store(state, 0, s0)
    store(state, N_LANES, s1)
    store(state, 2 * N_LANES, s2)
    store(state, 3 * N_LANES, s3)
    _close_row(words, row, half)


@jit
def metropolis(words, size, thresholds, first, stop, state):
    """Update 64 lattices in place by a part of some Metropolis sweeps over the two sublattices.

    A sweep has 2 L steps: each updates a row of one sublattice.

    Parameters
    ----------
    words : uint64 array of shape (n_words(size),)
    size : int
        L, even and at least 4.
    thresholds : uint64 array of shape (2,)
        exp(-4 / T) and exp(-8 / T), times 2**64.
    first, stop : int
        The range of the steps. The first call begins with step 0, the next with `stop` of the call
        before it.
    state : uint64 array of shape (N_STATE_WORDS,)
        State of the generators, advanced in place.
    """
    half = size // 2
    for step in range(first, stop):
        colour, i = step // size & 1, step % size
        other = 1 - colour
        beside = row_start(size, other, i)
        _update_row(
            words,
            row_start(size, colour, i),
            beside,
            beside + 2 * ((i + colour) & 1) - 1,
            row_start(size, other, i - 1 if i > 0 else size - 1),
            row_start(size, other, i + 1 if i + 1 < size else 0),
            half,
            thresholds,
            state,
        )


@jit
def unpack(words, size, flips, spins):
    """Copy the first lattices into `spins`, and reverse those whose bit of `flips` is set.

    Parameters
    ----------
    words : uint64 array of shape (n_words(size),)
    size : int
    flips : uint64
    spins : int8 array of shape (n, L, L)
        Set to +1 and -1.
    """
    row = np.empty(size, np.uint64)
    for i in range(size):
        for colour in range(2):
            start, offset = row_start(size, colour, i), (i + colour) & 1
            for k in range(size // 2):
                row[2 * k + offset] = words[start + k] ^ flips
        for r in range(len(spins)):
            target = spins[r, i]
            for j in range(size):
                target[j] = np.int8(2) * np.int8((row[j] >> np.uint64(r)) & _ONE) - np.int8(1)
