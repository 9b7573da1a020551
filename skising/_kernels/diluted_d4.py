"""Power spectrum, phases and canonical images of blocks with vacancies under D4 x Z2.

A vacancy is a spin 0: it adds nothing to a coefficient. The last feature is the share of the sites
that have a spin.
"""

import numpy as np

from ._jit import jit
from .canonical_rotations import N_OPERATIONS, find_canonical, write_canonical
from .d4 import power_and_phases
from .shares import has_only_diluted_spins, share_work


@jit
def _write_occupied(blocks, out):
    last = out.shape[1] - 1
    for b in range(len(blocks)):
        n_occupied = 0
        for spin in blocks[b]:
            n_occupied += spin != 0
        out[b, last] = np.float32(n_occupied) / np.float32(blocks.shape[1])


@jit
def diluted_power_and_phases(blocks, power_and_phase_tables, out):
    """Fill `out` with powers, phases, and the share of occupied sites.

    `blocks` (n, l * l) int8 are spins and vacancies. The tables are the arguments of
    `skising._kernels.d4.power_and_phases` between `blocks` and `out`.
    """
    power_and_phases(blocks, *power_and_phase_tables, out)
    _write_occupied(blocks, out)


@jit
def diluted_invariants(blocks, power_and_phase_tables, orbits, values, out):
    """Fill `out` with powers, phases, canonical images, and the share of occupied sites.

    `orbits` and `values` are those of `find_canonical` and `write_canonical`.
    """
    diluted_power_and_phases(blocks, power_and_phase_tables, out)
    candidates, origins = np.empty(N_OPERATIONS, np.int64), np.empty(N_OPERATIONS, np.int64)
    for b in range(len(blocks)):
        spins = blocks[b]
        operation, origin = find_canonical(spins, 3, orbits, 0, candidates, origins)
        write_canonical(spins, 3, orbits, operation, origin, values, out[b])


share_diluted_power_and_phases = share_work(diluted_power_and_phases, has_only_diluted_spins)
share_diluted_invariants = share_work(diluted_invariants, has_only_diluted_spins)
