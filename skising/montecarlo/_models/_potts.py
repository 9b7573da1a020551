"""The Potts model."""

from dataclasses import dataclass

import numpy as np

from ..._kernels.observables import equal_bonds, squared_counts
from ..._validation import check_choice, check_integer
from ...exact import kaufman_energy, potts_critical_temperature, potts_phase_energies
from ...observables._lattice import potts_order
from .._potts_algorithms import POTTS_ALGORITHMS, coexist
from ._base import StatesModel


@dataclass(frozen=True)
class Potts(StatesModel):
    """H = -J sum_<ij> delta(s_i, s_j) with states 0 to q - 1.

    `start` is "auto", "ordered" or "disordered", as `make_potts` says.
    """

    n_states: int
    start: str = "auto"

    name = "Potts"
    function = "make_potts"
    order = "order_parameter"
    recorded_order = "order_parameter"
    algorithms = POTTS_ALGORITHMS
    seconds_to_measure = 2e-9

    @property
    def arguments(self):
        return {"n_states": self.n_states, "start": self.start}

    @property
    def critical_temperature(self):
        return potts_critical_temperature(self.n_states)

    @property
    def dtype(self):
        return np.int8 if self.n_states <= 128 else np.int16

    def choose_algorithm(self, lattice_size, temperature):
        return self.algorithms["swendsen-wang"]

    @classmethod
    def check(cls, n_states, start):
        """Return the model, if its parameters are right.

        Raises
        ------
        TypeError, ValueError
            If a parameter has the wrong type or is out of range.
        """
        n_states = check_integer(n_states, "n_states", minimum=2, maximum=1 << 15)
        check_choice(start, "start", ("auto", "ordered", "disordered"))
        return cls(n_states, str(start))

    def is_ordered_start(self, temperature, chain):
        """Tell whether chains start ordered, given their numbers at their temperatures."""
        if self.start != "auto":
            return np.full(np.shape(temperature), self.start == "ordered")
        below = np.asarray(temperature) <= self.critical_temperature
        return np.where(coexist(self.n_states, temperature), np.asarray(chain) % 2 == 0, below)

    def parameters(self, temperature, chain):
        is_ordered = bool(self.is_ordered_start(temperature, chain))
        return {"n_states": self.n_states, "is_ordered": is_ordered}

    def seed_key(self, run):
        parameters = self.parameters(run.temperature, run.first_chain)
        return *run.algorithm.seed_key, *map(int, parameters.values())

    def measure(self, lattices):
        n_sites, q = lattices[0].size, self.n_states
        equal, squares = np.empty(len(lattices), np.int64), np.empty(len(lattices))
        equal_bonds(lattices, equal)
        squared_counts(lattices, q, squares)
        return -equal / n_sites, potts_order(squares, q, n_sites)

    def record(self, lattices):
        return np.column_stack(self.measure(lattices))

    def known_columns(self, temperature, chain):
        return {"start": (~self.is_ordered_start(temperature, chain)).astype(np.int64)}

    def phase(self, columns):
        temperature = columns["temperature"]
        phase = (temperature >= self.critical_temperature).astype(np.int64)
        return np.where(coexist(self.n_states, temperature), columns["start"], phase)

    def exact_energy(self, temperature, lattice_size):
        if self.n_states > 2:
            return np.nan
        return (float(kaufman_energy(2 * temperature, lattice_size)) - 2) / 2

    def diagnose(self, runs, chain_energies):
        temperature = runs[0].temperature
        is_ordered = self.is_ordered_start(
            np.full(len(runs), temperature), np.array([run.first_chain for run in runs])
        )
        n_changed = np.nan
        if self.n_states > 4:
            middle = np.mean(potts_phase_energies(self.n_states))
            # A change of phase is a lattice in the other phase than the start.
            has_changed = [
                np.any((energy > middle) == ordered)
                for ordered, energy in zip(is_ordered, chain_energies, strict=True)
            ]
            n_changed = float(np.sum(has_changed))
        found = {"n_ordered_starts": int(is_ordered.sum()), "n_changed_phase": n_changed}
        # The shares of both phases are not those of equilibrium.
        is_mixed = is_ordered.any() and not is_ordered.all()
        return found | ({"mean_energy_error": np.nan} if is_mixed else {})
