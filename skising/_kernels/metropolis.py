"""Metropolis updates of 64 lattices at once, each in one bit of every word (multi-spin coding).

A lattice of even size L is two sublattices, black and white as the squares of a checkerboard, with
neighbours only in each other. `words` (one-dimensional, uint64) holds them row by row: site (i, j)
of colour (i + j) % 2 is at ``row_start(size, colour, i) + j // 2``, and bit r there is its spin in
lattice r, set where it is up. Each row has a copy of its last word before it and one of its first
behind it, which makes it periodic, and is filled up to whole vectors by words without a meaning.

A flip that would cost energy, 4 or 8 J, is accepted where a random number of 64 binary digits is
below exp(-4 / T) or exp(-8 / T): digit by digit from the top, in all lattices at once, until the
comparison is decided everywhere. One that costs none is accepted with probability 3/4, as detailed
balance leaves free. With probability 1 whole lattices would flip back and forth for ever: those in
which every site has two equal neighbours, and, at high temperatures, nearly all.
"""

import numpy as np

from ._jit import jit
from .random import next_word
from .vectors import N_LANES, is_any_set, load, rotate_left, shift_left, splat, store

N_LATTICES = 64
N_STATE_WORDS = 4 * N_LANES
"""Of the generators: as many as a vector has words, the first word of each state first."""

_ONE = np.uint64(1)
_SIGN_BIT = np.uint64(63)


@jit
def _row_length(size):
    return (size // 2 + N_LANES - 1) // N_LANES * N_LANES + N_LANES


@jit
def row_start(size, colour, row):
    """Return where the row of one colour starts in `words`."""
    return (colour * size + row) * _row_length(size) + N_LANES // 2


def n_words(size):
    """Return how many words 64 lattices of a size take."""
    return 2 * size * _row_length(size)


@jit
def _close_row(words, start, half):
    words[start - 1] = words[start + half - 1]
    words[start + half] = words[start]


@jit
def fill_ordered(words):
    """Let every spin be up."""
    words[:] = np.uint64(2**64 - 1)


@jit
def fill_random(words, size, state):
    """Let every spin be up or down with equal probability; `state` is that of one generator."""
    for row in range(2 * size):
        start = row_start(size, 0, row)
        for k in range(size // 2):
            words[start + k] = next_word(state)
        _close_row(words, start, size // 2)


@jit
def _next_words(s0, s1, s2, s3):
    """Return the generators' next words (xoshiro256++) and their new states."""
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
def _accepted(one, none, free, threshold_4, threshold_8, s0, s1, s2, s3):
    """Return which flips to accept of those that cost 4 J, 8 J and nothing, and the new states."""
    kept = free ^ free
    undecided = one | none
    refused = free
    for n_drawn in range(64):
        digit_4 = splat(np.uint64(0) - (threshold_4 >> _SIGN_BIT))
        digit_8 = splat(np.uint64(0) - (threshold_8 >> _SIGN_BIT))
        threshold_4 <<= _ONE
        threshold_8 <<= _ONE
        words, s0, s1, s2, s3 = _next_words(s0, s1, s2, s3)
        digit = (one & digit_4) | (none & digit_8)
        kept = kept | (undecided & digit & ~words)
        undecided = undecided & ~(words ^ digit)
        if n_drawn < 2:
            refused = refused & words
        elif n_drawn > 6 and not is_any_set(undecided):
            break
    return kept | (free & ~refused), s0, s1, s2, s3


@jit
def _update_row(words, here, beside, aside, above, below, half, thresholds, state):
    s0, s1 = load(state, 0), load(state, N_LANES)
    s2, s3 = load(state, 2 * N_LANES), load(state, 3 * N_LANES)
    for k in range(0, half, N_LANES):
        spins = load(words, here + k)
        a, b = spins ^ load(words, beside + k), spins ^ load(words, aside + k)
        c, d = spins ^ load(words, above + k), spins ^ load(words, below + k)
        # Of the four neighbours, how many are opposite.
        two_ab, two_cd = a & b, c & d
        one_ab, one_cd = a ^ b, c ^ d
        is_odd, are_four = one_ab ^ one_cd, two_ab & two_cd
        two_or_more = two_ab | two_cd | (one_ab & one_cd)
        always = (two_or_more & is_odd) | are_four
        flips, s0, s1, s2, s3 = _accepted(
            is_odd & ~two_or_more,
            ~(is_odd | two_or_more),
            two_or_more & ~always,
            thresholds[0],
            thresholds[1],
            s0,
            s1,
            s2,
            s3,
        )
        store(words, here + k, spins ^ flips ^ always)
    store(state, 0, s0)
    store(state, N_LANES, s1)
    store(state, 2 * N_LANES, s2)
    store(state, 3 * N_LANES, s3)
    _close_row(words, here, half)


@jit
def metropolis(words, size, thresholds, n_sweeps, state):
    """Update 64 lattices in place by Metropolis sweeps over the two sublattices.

    Parameters
    ----------
    words : uint64 array of shape (n_words(size),)
    size : int
        L, even and at least 4.
    thresholds : uint64 array of shape (2,)
        exp(-4 / T) and exp(-8 / T), times 2**64.
    n_sweeps : int
    state : uint64 array of shape (N_STATE_WORDS,)
        State of the generators.
    """
    half = size // 2
    for _ in range(n_sweeps):
        for colour in range(2):
            other = 1 - colour
            for i in range(size):
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
    """Put the first lattices into `spins` (n, L, L) int8, reversed where their bit of `flips` is.

    `flips` is a uint64.
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
