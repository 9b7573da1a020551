"""The best possible classifier of the phase of whole lattices in equilibrium."""

import numpy as np
from scipy import special

from skising.exact import CRITICAL_TEMPERATURE, log_partition_function


def probability_disordered(energy, lattice_size, temperatures):
    """Return P(T > Tc | E) by Bayes' rule, all `temperatures` being equally likely.

    The best classifier calls a lattice disordered if this is above 1/2. `energy` is per spin and
    has any shape.
    """
    total = lattice_size**2 * np.asarray(energy)[..., np.newaxis]
    log_p = -total / temperatures - log_partition_function(temperatures, lattice_size)
    p = special.softmax(log_p, axis=-1)
    return p[..., temperatures > CRITICAL_TEMPERATURE].sum(axis=-1)
