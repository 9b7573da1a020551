"""What the models of spins have in common."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from ..._validation import check_choice


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
    seconds_to_measure: ClassVar[float]
    """Estimated processor time to measure a lattice, for each site."""

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

    @property
    @abstractmethod
    def seconds_to_pack(self) -> float:
        """Estimated processor time to copy and pack a lattice, for each site."""

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


class StatesModel(Model):
    """A model whose spins are states 0 to `n_states` - 1."""

    n_states: int

    @property
    def n_bits(self):
        return (self.n_states - 1).bit_length()

    @property
    def seconds_to_pack(self):
        return 3e-9 * self.n_bits

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
