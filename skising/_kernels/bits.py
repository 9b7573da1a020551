"""Spins as bits of 64-bit words, and the count of set bits."""

import numpy as np
from numba import types
from numba.extending import intrinsic

from ._jit import jit


@intrinsic
def count_ones(typingctx, word):
    """Return the number of set bits of a uint64."""

    def codegen(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


@jit
def pack_down(spins, words):
    """Set bit k % 64 of words[k // 64] if spin k is down, and clear their other bits."""
    n_full = len(spins) // 64
    for w in range(n_full):
        # The compiler turns this loop of known length into a few vector comparisons.
        part, word = spins[64 * w : 64 * w + 64], np.uint64(0)
        for k in range(64):
            word |= np.uint64(part[k] < 0) << np.uint64(k)
        words[w] = word
    rest = spins[64 * n_full :]
    if len(rest):
        words[n_full] = 0
        for k in range(len(rest)):
            words[n_full] |= np.uint64(rest[k] < 0) << np.uint64(k)


@jit
def pack_bit(numbers, bit, words):
    """Set bit k % 64 of words[k // 64] if a bit of number k is set, and clear their other bits."""
    n_full = len(numbers) // 64
    one = numbers.dtype.type(1)
    mask = numbers.dtype.type(one << bit)
    for w in range(n_full):
        part, word = numbers[64 * w : 64 * w + 64], np.uint64(0)
        for k in range(64):
            word |= np.uint64((part[k] & mask) != 0) << np.uint64(k)
        words[w] = word
    rest = numbers[64 * n_full :]
    if len(rest):
        words[n_full] = 0
        for k in range(len(rest)):
            words[n_full] |= np.uint64((rest[k] & mask) != 0) << np.uint64(k)
