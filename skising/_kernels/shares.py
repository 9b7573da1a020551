"""Work sharing: threads take shares of the blocks from an atomic counter and describe them.

A thread whose core is busy takes fewer shares. The loop over the shares is compiled, so that a
thread needs Python's interpreter lock only once. The spins are checked inside the loop, while they
are in the processor's cache.

Each kernel describes blocks by the tables of one class, a named tuple. The compiler chooses the
kernel by the class of the tables. (A kernel that is passed as an argument could not be cached.)
"""

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from ._jit import jit


def _describe(blocks, tables, out):
    """Call, in compiled code, the kernel for the class of the tables."""


def kernel_for(tables_class):
    """Return a decorator that registers a compiled kernel for a class of tables.

    Parameters
    ----------
    tables_class : type
        A named tuple of arrays, numbers and further tuples.

    Returns
    -------
    decorator : callable
        For a kernel that takes `blocks` (n, l * l) int8, `tables` of this class, and `out`
        (n, n_features) float32, which it fills.
    """

    def register(kernel):
        @overload(_describe)
        def choose(blocks, tables, out):
            # The Python function, because a call of the compiled one would be optimized once more.
            return kernel.py_func if tables.instance_class is tables_class else None

        return kernel

    return register


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
def _has_only_spins(blocks):
    """Return whether all numbers of some blocks (n, l * l) int8 are +1 or -1."""
    wrong_bits = np.int8(0)
    for number in blocks.reshape(-1):
        # A spin plus 1 is 2 or 0: only bit 1 may be set.
        wrong_bits |= np.int8(number + 1) & ~np.int8(2)
    return wrong_bits == 0


@jit
def describe_shares(next_block, share_size, blocks, tables, out):
    """Describe shares of blocks until all are taken.

    Parameters
    ----------
    next_block : int64 array of shape (1,)
        Atomic counter: the index of the first block that no thread has taken. All threads get the
        same array, which holds 0 at first.
    share_size : int
        Blocks in a share.
    blocks : int8 array of shape (n_blocks, l * l)
    tables : named tuple
        Of a class that has a kernel.
    out : float32 array of shape (n_blocks, n_features)
        Filled with the features.

    Returns
    -------
    only_spins : bool
        Whether all numbers in the blocks that this call took are +1 or -1. If not, their features
        are meaningless.
    """
    only_spins = True
    while True:
        first = _fetch_and_add(next_block, share_size)
        share = blocks[first : first + share_size]
        if len(share) == 0:
            return only_spins
        only_spins &= _has_only_spins(share)
        _describe(share, tables, out[first : first + share_size])
