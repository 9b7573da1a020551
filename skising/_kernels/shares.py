"""Blocks that several threads describe, share by share until none is left.

A number in memory tells how many are taken. So a thread whose core is busy takes fewer of them, and
none goes back to the interpreter between two of its own, where one would wait for the other. For
the same reason the spins are checked here; what is wrong with them the caller finds out.

The kernels differ in one call, and each has the loop: numba does not cache a kernel that is given
the function to call, and fails on a generator that it has cached.
"""

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ._jit import jit
from .canonical import canonical_images
from .d4 import power_and_phases
from .pairs import pair_correlations


@intrinsic
def _fetch_and_add(typingctx, number, step):
    """Add `step` to number[0], in a single step for all threads, and return what it was before."""

    def codegen(context, builder, signature, args):
        array_type, _ = signature.args
        array = context.make_array(array_type)(context, builder, args[0])
        first = cgutils.get_item_pointer(
            context, builder, array_type, array, [context.get_constant(types.intp, 0)]
        )
        return builder.atomic_rmw("add", first, args[1], "monotonic")

    return types.int64(number, types.int64), codegen


@jit
def _are_spins(blocks):
    """Return whether all of some blocks (n, l * l) int8 is +1 or -1."""
    wrong = np.int8(0)
    for number in blocks.reshape(-1):
        # One more than a spin is 2 or 0, all of whose bits but one are clear.
        wrong |= np.int8(number + 1) & ~np.int8(2)
    return wrong == 0


@jit
def _take_share(taken, n_at_once, blocks, out):
    """Return the next share of blocks, empty where none is left, its rows of `out`, and a check.

    The check is whether the share holds spins.
    """
    first = _fetch_and_add(taken, n_at_once)
    part = blocks[first : first + n_at_once]
    return part, out[first : first + n_at_once], _are_spins(part)


@jit
def share_power_and_phases(taken, n_at_once, blocks, tables, out):
    """Describe shares of `blocks` (n, l * l) int8 by `power_and_phases`, whose `tables` are given.

    A share is of `n_at_once` blocks. `taken` (1,) int64 counts the blocks that are taken: it is 0
    at first, and the same array in all threads. Returns whether the blocks that this call has taken
    hold spins, +1 and -1; features of others mean nothing.
    """
    all_spins = True
    while True:
        part, part_out, are_spins = _take_share(taken, n_at_once, blocks, out)
        if len(part) == 0:
            return all_spins
        all_spins &= are_spins
        power_and_phases(part, *tables, part_out)


@jit
def share_complete(taken, n_at_once, blocks, tables, canonical_tables, out):
    """Describe shares by `power_and_phases` and `canonical_images`, as `share_power_and_phases`."""
    all_spins = True
    while True:
        part, part_out, are_spins = _take_share(taken, n_at_once, blocks, out)
        if len(part) == 0:
            return all_spins
        all_spins &= are_spins
        power_and_phases(part, *tables, part_out)
        canonical_images(part, *canonical_tables, part_out)


@jit
def share_pair_correlations(taken, n_at_once, blocks, tables, out):
    """Describe shares by `pair_correlations`, as `share_power_and_phases`."""
    all_spins = True
    while True:
        part, part_out, are_spins = _take_share(taken, n_at_once, blocks, out)
        if len(part) == 0:
            return all_spins
        all_spins &= are_spins
        pair_correlations(part, *tables, part_out)


@jit
def share_spins(taken, n_at_once, blocks, out):
    """Describe shares by their spins, `out` (n, l * l), as `share_power_and_phases`."""
    all_spins = True
    while True:
        part, part_out, are_spins = _take_share(taken, n_at_once, blocks, out)
        if len(part) == 0:
            return all_spins
        all_spins &= are_spins
        part_out[:] = part
