"""The Ising model."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..._kernels.observables import bond_sums
from ...exact import CRITICAL_TEMPERATURE, kaufman_energy
from .._algorithms import ALGORITHMS, resolve_algorithm
from ._base import Model


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
    seconds_to_measure = 0.7e-9
    seconds_to_pack = 0.5e-9

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
        n_sites, bond_sum = lattices[0].size, np.empty(len(lattices), np.int64)
        bond_sums(lattices, bond_sum)
        return -bond_sum / n_sites, lattices.sum(axis=(1, 2), dtype=np.int64) / n_sites

    def record(self, lattices):
        energy, magnetization = self.measure(lattices)
        return np.column_stack([energy, magnetization**2])

    def known_columns(self, temperature, chain):
        return {}

    def phase(self, columns):
        return (columns["temperature"] >= CRITICAL_TEMPERATURE).astype(np.int64)

    def exact_energy(self, temperature, lattice_size):
        return float(kaufman_energy(temperature, lattice_size))

    def diagnose(self, runs, chain_energies):
        return {}
