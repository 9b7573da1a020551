"""Work sharing: threads take shares of the blocks from an atomic counter and describe them.

A thread whose core is busy takes fewer shares. The loop over the shares is compiled, so that a
thread needs Python's interpreter lock only once. The spins are checked inside the loop, while they
are in the processor's cache.
"""

from types import FunctionType

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ._jit import jit


def share_work(kernel, check=None):
    """Return a kernel `share(next_block, share_size, blocks, tables, out)` that shares the work.

    It calls ``kernel(blocks, *tables, out)`` for one share of the blocks after the other, until all
    are taken. See `_take_and_describe` for its parameters.

    Parameters
    ----------
    kernel : compiled function
        Its first argument is blocks (n, l * l), its last is `out` (n, n_features) float32.
    check : compiled function, default=None
        ``check(blocks, tables)`` tells whether all numbers in some blocks are spins. None allows
        +1 and -1.
    """
    # Numba's cache does not work for a kernel that receives a function or closes over one. So each
    # kernel has a copy of the loop, with its own globals, and its own name, which the cache needs.
    name = f"share_{kernel.__name__}"
    functions = {"_describe": kernel, "_check": check or has_only_ising_spins}
    loop = FunctionType(_take_and_describe.__code__, globals() | functions, name)
    loop.__qualname__ = name
    return jit(loop)


def _describe(share, *tables_and_out):
    """Stand for the kernel in the loop below."""


def _check(share, tables):
    """Stand for the check in the loop below."""


@intrinsic
def _fetch_and_add(typingctx, counter, step):
    """Add `step` to counter[0] atomically and return its former value."""

    def codegen(context, builder, signature, args):
        array_type, _ = signature.args
        array = context.make_array(array_type)(context, builder, args[0])
        first = cgutils.get_item_pointer(
            context, builder, array_type, array, [context.get_constant(types.intp, 0)]
        )
        return builder.atomic_rmw("add", first, args[1], "monotonic")

    return types.int64(counter, types.int64), codegen


@jit
def has_only_ising_spins(blocks, tables):
    """Return whether all numbers of some blocks (n, l * l) int8 are +1 or -1."""
    wrong_bits = np.int8(0)
    for number in blocks.reshape(-1):
        # A spin plus 1 is 2 or 0: only bit 1 may be set.
        wrong_bits |= np.int8(number + 1) & ~np.int8(2)
    return wrong_bits == 0


@jit
def has_only_diluted_spins(blocks, tables):
    """Return whether all numbers of some blocks (n, l * l) int8 are +1, 0 or -1."""
    is_wrong = False
    for number in blocks.reshape(-1):
        is_wrong |= (number < -1) | (number > 1)
    return not is_wrong


@jit
def has_only_states(blocks, tables):
    """Return whether all numbers of some blocks (n, l * l) are from 0 to tables[0] - 1."""
    highest, signs = np.int32(tables[0] - 1), np.int32(0)
    for number in blocks.reshape(-1):
        # Either number is negative if the state is wrong.
        signs |= np.int32(number) | np.int32(highest - np.int32(number))
    return signs >= 0


def _take_and_describe(next_block, share_size, blocks, tables, out):
    """Describe shares of blocks until all are taken.

    Parameters
    ----------
    next_block : int64 array of shape (1,)
        Atomic counter: the index of the first block that no thread has taken. All threads get the
        same array, which holds 0 at first.
    share_size : int
        Blocks in a share.
    blocks : array of shape (n_blocks, l * l)
    tables : tuple of arrays, numbers and tuples
        What the kernel needs beside the blocks.
    out : float32 array of shape (n_blocks, n_features)
        Filled with the features.

    Returns
    -------
    only_spins : bool
        Whether all numbers in the blocks that this call took are spins. Shares with others have no
        features.
    """
    only_spins = True
    while True:
        first = _fetch_and_add(next_block, share_size)
        share = blocks[first : first + share_size]
        if len(share) == 0:
            return only_spins
        # A kernel that takes states as indices would write outside of its arrays.
        if _check(share, tables):
            _describe(share, *tables, out[first : first + share_size])
        else:
            only_spins = False
