"""The clock model."""

from dataclasses import dataclass

import numpy as np

from ..._kernels import clock as clock_kernels
from ..._validation import check_integer
from ...exact import kaufman_energy
from .._clock_algorithms import CLOCK_ALGORITHMS, clock_critical_temperature
from ._base import StatesModel


@dataclass(frozen=True)
class Clock(StatesModel):
    """H = -J sum_<ij> cos(2 pi (s_i - s_j) / q) with states 0 to q - 1."""

    n_states: int

    name = "clock"
    function = "make_clock"
    order = "order_parameter"
    recorded_order = "order_parameter"
    algorithms = CLOCK_ALGORITHMS
    seconds_to_measure = 5e-9
    dtype = np.uint16

    @classmethod
    def check(cls, n_states):
        """Return the model, if its parameter is right.

        Raises
        ------
        TypeError, ValueError
            If `n_states` has the wrong type or is out of range.
        """
        return cls(check_integer(n_states, "n_states", minimum=2, maximum=1 << 16))

    @property
    def arguments(self):
        return {"n_states": self.n_states}

    @property
    def critical_temperature(self):
        return clock_critical_temperature(self.n_states)

    def check_algorithm(self, name, lattice_size):
        super().check_algorithm(name, lattice_size)
        # There is no other choice for "auto".
        self.algorithms["wolff"].check_lattice_size(lattice_size)

    def choose_algorithm(self, lattice_size, temperature):
        return self.algorithms["wolff"]

    def parameters(self, temperature, chain):
        return {"n_states": self.n_states}

    def seed_key(self, run):
        return *run.algorithm.seed_key, self.n_states

    def measure(self, lattices):
        n_sites, vectors = lattices[0].size, clock_kernels.unit_vectors(self.n_states)
        bonds, spins = np.empty(len(lattices)), np.empty((len(lattices), 2))
        clock_kernels.bond_sums(lattices, vectors[0], bonds)
        clock_kernels.spin_sums(lattices, vectors, spins)
        return -bonds / n_sites, np.sum((spins / n_sites) ** 2, axis=1)

    def record(self, lattices):
        return np.column_stack(self.measure(lattices))

    def known_columns(self, temperature, chain):
        return {}

    def phase(self, columns):
        if self.n_states in (5, 6, 7):
            raise ValueError(
                f"target='phase' needs the temperature above which the clock model is disordered, "
                f"and for n_states=5, 6 and 7 published values differ by more than 1 %; got "
                f"n_states={self.n_states}. Give target='energy', and compare the column "
                "'temperature' with a value of your choice."
            )
        return (columns["temperature"] >= self.critical_temperature).astype(np.int64)

    def exact_energy(self, temperature, lattice_size):
        # q = 4 is two Ising models of coupling 1/2.
        factor = {2: 1, 4: 2}.get(self.n_states, np.nan)
        return float(kaufman_energy(factor * temperature, lattice_size)) if factor > 0 else np.nan

    def diagnose(self, runs, chain_energies):
        return {}
