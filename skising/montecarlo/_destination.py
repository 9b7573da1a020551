"""Where the lattices of runs go, and what workers do with them before they return them."""

from abc import ABC, abstractmethod
from contextlib import nullcontext

import numpy as np

_SITES_AT_ONCE = 1 << 20  # that are unpacked


class Destination(ABC):
    """What collects the lattices of runs: memory, or a data set on disk.

    `sample` calls `encode` in the worker that has drawn a run, and `write` in the calling process.

    Attributes
    ----------
    model : Model
    encode : callable
        ``encode(run, packed)`` takes the packed lattices of a `Run` in the order of their rows. It
        returns what `write` takes, and a list of the energies and orders. It is pickled.
    done : container of int
        The numbers of the runs that need not run.
    """

    done = ()

    def lock(self):
        """Return a context in which nobody else writes to the destination."""
        return nullcontext()

    @abstractmethod
    def begin(self):
        """Prepare for lattices, in the context of `lock`."""

    @abstractmethod
    def write(self, k, lattices, measured):
        """Store run number `k`: what `encode` returns, with the autocorrelation times appended."""

    @abstractmethod
    def finish(self):
        """Return the lattices, energies and orders of all rows, and the times of all runs."""

    @property
    @abstractmethod
    def n_files(self):
        """Number of files, at most."""

    @property
    @abstractmethod
    def n_bytes(self):
        """Bytes that the lattices and their columns take, at most."""

    def seconds_to_encode(self, run):
        """Estimate the processor time that `encode` takes in a worker."""
        seconds_per_site = self.model.seconds_to_pack + self.model.seconds_to_measure
        return len(run.rows) * run.lattice_size**2 * seconds_per_site

    @abstractmethod
    def seconds_to_store(self, run):
        """Estimate the processor time that `write` takes in the calling process."""


def measured_bits(run, packed):
    """Return packed lattices as they are, with a list of their energies and orders."""
    pieces = unpacked(run.model, packed, run.lattice_size)
    return packed, concatenated([run.model.measure(lattices) for lattices in pieces])


def unpacked(model, packed, lattice_size):
    """Yield lattices, few at a time, so that they take little memory and are still in a cache."""
    n_at_once = max(1, _SITES_AT_ONCE // lattice_size**2)
    for start in range(0, len(packed), n_at_once):
        yield model.unpack(packed[start : start + n_at_once], lattice_size)


def concatenated(measured):
    """Return the energies and the orders of all pieces, given a pair for each piece."""
    return [np.concatenate(column) for column in zip(*measured, strict=True)]
