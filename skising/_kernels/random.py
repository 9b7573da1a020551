"""The generator of the Monte Carlo kernels: xoshiro256++ of Blackman and Vigna (2021).

Its state is a uint64 array of shape (4,), not all zero, which every call advances in place. Seed it
by ``np.random.SeedSequence(...).generate_state(4, np.uint64)``. The generator has to be a good one:
cluster updates with weak generators give wrong energies (Ferrenberg, Landau and Wong, Phys. Rev.
Lett. 69, 3382 (1992)).
"""

import numpy as np

from ._jit import jit

_ONE = np.uint64(1)
_SIGN_BIT = np.uint64(63)


@jit
def _rotate_left(word, n_bits):
    return (word << np.uint64(n_bits)) | (word >> np.uint64(64 - n_bits))


@jit
def next_word(state):
    """Return 64 uniform random bits."""
    word = _rotate_left(state[0] + state[3], 23) + state[0]
    shifted = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = _rotate_left(state[3], 45)
    return word


@jit
def bernoulli_word(threshold, candidates, state):
    """Return `candidates` with each set bit kept with probability threshold / 2**64.

    A candidate is kept if its own uniform number u below 2**64 is less than the threshold. The
    numbers of all candidates are compared with the threshold at once, digit by digit from the top.
    The first digit that differs decides, so that about 7 random words suffice for 64 candidates.
    """
    kept = np.uint64(0)
    while candidates != 0 and threshold != 0:
        word = next_word(state)
        digit = np.uint64(0) - (threshold >> _SIGN_BIT)
        kept |= candidates & digit & ~word
        candidates &= ~(word ^ digit)
        threshold <<= _ONE
    return kept


@jit
def random_below(n, state):
    """Return a random integer below n, uniform up to a relative deviation below n / 2**32."""
    return np.int64(((next_word(state) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))
