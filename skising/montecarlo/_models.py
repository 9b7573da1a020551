"""The models of spins: what `make_ising` and `make_potts` have in common, and where they differ."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .._kernels import potts as potts_kernels
from .._kernels.observables import bond_sums
from .._validation import check_choice, check_integer
from ..exact import (
    CRITICAL_TEMPERATURE,
    kaufman_energy,
    potts_critical_temperature,
    potts_phase_energies,
)
from ..observables import energy_density, magnetization
from ._algorithms import ALGORITHMS, resolve_algorithm
from ._potts_algorithms import POTTS_ALGORITHMS, coexist


class Model(ABC):
    """What the plan, the runs, the stores and the diagnostics ask of a model.

    Its order is the number per lattice that tells the ordered from the disordered phase. It is a
    column of data sets.
    """

    name: ClassVar[str]
    function: ClassVar[str]
    """The function that makes data sets of the model, as error messages name it."""
    order: ClassVar[str]
    """The name of the order among the columns."""
    recorded_order: ClassVar[str]
    """The name of the observable whose autocorrelation time is measured beside the energy's."""
    algorithms: ClassVar[dict]
    """Name to class."""

    @property
    @abstractmethod
    def arguments(self) -> dict[str, Any]:
        """What users choose of the model, in types that JSON has."""

    @property
    @abstractmethod
    def critical_temperature(self) -> float:
        """In units of J / k_B."""

    @property
    @abstractmethod
    def dtype(self) -> type:
        """Of the lattices."""

    @property
    @abstractmethod
    def n_bits(self) -> int:
        """Bits that a site takes, packed."""

    @abstractmethod
    def choose_algorithm(self, lattice_size, temperature):
        """Return the class that "auto" means."""

    @abstractmethod
    def parameters(self, temperature, chain):
        """Return what the algorithms take beside lattice size, temperature and seed, as a dict.

        `chain` is the number of a chain at its temperature.
        """

    @abstractmethod
    def seed_key(self, run):
        """Return what distinguishes the seeds of a run, beside temperature and chain."""

    @abstractmethod
    def pack(self, lattices):
        """Return lattices (n, L, L) as uint8 of shape (n, n_bytes)."""

    @abstractmethod
    def unpack(self, packed, lattice_size):
        """Undo `pack`."""

    @abstractmethod
    def is_lattices(self, lattices):
        """Tell whether every number of an array is a spin of the model."""

    @abstractmethod
    def measure(self, lattices):
        """Return energy and order of each lattice, float64 arrays of shape (n,)."""

    @abstractmethod
    def record(self, lattices):
        """Return the energy and the recorded order of each lattice, shape (n, 2)."""

    @abstractmethod
    def known_columns(self, temperature, chain):
        """Return further columns of a data set, given the chain of each row at its temperature."""

    @abstractmethod
    def phase(self, columns):
        """Return the phase of each row as int64: 0 ordered, 1 disordered."""

    @abstractmethod
    def exact_energy(self, temperature, lattice_size):
        """Return the exact energy per site, NaN where none is known."""

    @abstractmethod
    def diagnose(self, runs, chain_energies):
        """Return further diagnostics of the runs of one temperature, or other values, as a dict.

        `chain_energies` are the energies of the lattices of each chain.
        """

    def n_bytes(self, lattice_size):
        """Return the bytes that a lattice takes, packed."""
        return self.n_bits * ((lattice_size**2 + 7) // 8)

    def default_temperatures(self):
        """Return what `temperatures=None` means."""
        return np.linspace(0.5, 1.5, 40) * self.critical_temperature

    def check_algorithm(self, name, lattice_size):
        """Raise ValueError unless `name` is "auto" or an algorithm that can update this size."""
        check_choice(name, "algorithm", ("auto", *self.algorithms))
        if name != "auto":
            self.algorithms[name].check_lattice_size(lattice_size)

    def resolve_algorithm(self, name, lattice_size, temperature):
        """Return the class of an algorithm, given its name."""
        if name == "auto":
            return self.choose_algorithm(lattice_size, temperature)
        return self.algorithms[name]

    def default_thin(self, algorithm, lattice_size, temperature, chain):
        """Return the default of `thin` for a chain, given by its number at its temperature."""
        parameters = self.parameters(temperature, chain)
        return algorithm.default_thin(lattice_size, temperature, **parameters)

    def start_chains(self, run, seed):
        """Return the chains of a run at their start."""
        parameters = self.parameters(run.temperature, run.first_chain)
        return run.algorithm(run.lattice_size, run.temperature, seed, **parameters)


@dataclass(frozen=True)
class Ising(Model):
    """H = -J sum_<ij> s_i s_j with spins +1 and -1."""

    name = "Ising"
    function = "make_ising"
    order = "magnetization"
    recorded_order = "m2"
    algorithms = ALGORITHMS
    arguments: ClassVar[dict] = {}
    critical_temperature = CRITICAL_TEMPERATURE
    dtype = np.int8
    n_bits = 1

    def default_temperatures(self):
        return np.linspace(1.2, 3.6, 40)

    def choose_algorithm(self, lattice_size, temperature):
        return resolve_algorithm("auto", lattice_size, temperature)

    def parameters(self, temperature, chain):
        return {}

    def seed_key(self, run):
        return run.algorithm.seed_key

    def pack(self, lattices):
        return np.packbits(lattices.reshape(len(lattices), -1) > 0, axis=1)

    def unpack(self, packed, lattice_size):
        spins = np.unpackbits(packed, axis=1, count=lattice_size**2).view(np.int8)
        # In place, because the lattices of a run take most of the memory.
        spins *= 2
        spins -= 1
        return spins.reshape(len(packed), lattice_size, lattice_size)

    def is_lattices(self, lattices):
        return bool(np.all(np.abs(lattices) == 1))

    def measure(self, lattices):
        return energy_density(lattices), magnetization(lattices)

    def record(self, lattices):
        n_sites, bond_sum = lattices[0].size, np.empty(len(lattices), np.int64)
        bond_sums(lattices, bond_sum)
        magnetization = lattices.sum(axis=(1, 2), dtype=np.int64) / n_sites
        return np.column_stack([-bond_sum / n_sites, magnetization**2])

    def known_columns(self, temperature, chain):
        return {}

    def phase(self, columns):
        return (columns["temperature"] >= CRITICAL_TEMPERATURE).astype(np.int64)

    def exact_energy(self, temperature, lattice_size):
        return float(kaufman_energy(temperature, lattice_size))

    def diagnose(self, runs, chain_energies):
        return {}


@dataclass(frozen=True)
class Potts(Model):
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

    @property
    def arguments(self):
        return {"n_states": self.n_states, "start": self.start}

    @property
    def critical_temperature(self):
        return potts_critical_temperature(self.n_states)

    @property
    def dtype(self):
        return np.int8 if self.n_states <= 128 else np.int16

    @property
    def n_bits(self):
        return (self.n_states - 1).bit_length()

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

    def pack(self, lattices):
        flat = lattices.reshape(len(lattices), -1)
        planes = [np.packbits(flat >> bit & 1, axis=1) for bit in range(self.n_bits)]
        return np.concatenate(planes, axis=1)

    def unpack(self, packed, lattice_size):
        states = np.zeros((len(packed), lattice_size**2), self.dtype)
        for bit, plane in enumerate(np.split(packed, self.n_bits, axis=1)):
            bits = np.unpackbits(plane, axis=1, count=lattice_size**2)
            states |= bits.astype(self.dtype) << bit
        return states.reshape(len(packed), lattice_size, lattice_size)

    def is_lattices(self, lattices):
        return bool(lattices.min() >= 0 and lattices.max() < self.n_states)

    def measure(self, lattices):
        n_sites, q = lattices[0].size, self.n_states
        equal, squares = np.empty(len(lattices), np.int64), np.empty(len(lattices))
        potts_kernels.measure(lattices, q, equal, squares)
        return -equal / n_sites, (q * squares / n_sites**2 - 1) / (q - 1)

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
