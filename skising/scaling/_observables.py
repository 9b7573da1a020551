"""The observables that curves are made of: functions of means over lattices."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..blocks._open import open_lattices
from ..observables import energy_density, magnetization
from ..observables._fluctuations import squares, variance


class Observable(NamedTuple):
    """A function of the means, over lattices of one temperature, of some numbers of each lattice.

    `estimate` takes the means (..., k) of what `columns` returns, the temperature, and the number
    of sites per side.
    """

    source: str  # what `columns` takes: "energy" or "magnetization" of each lattice, or "lattices"
    columns: Callable[[Any], Any]  # to an array of shape (n, k)
    estimate: Callable[[Any, float, int], Any]


def first_mean(means, temperature, size):
    """Return the mean of the only column."""
    return means[..., 0]


def column(values):
    """Return numbers of lattices (n,) as the only column."""
    return values[:, np.newaxis]


def _susceptibility(means, temperature, size):
    return size**2 / temperature * variance(means)


def _specific_heat(means, temperature, size):
    return (size / temperature) ** 2 * variance(means)


def _powers(m):
    # The scale cancels. Without it, powers of a tiny or huge m leave the range of float64.
    m2 = np.square(m / (np.abs(m).max() or 1.0))
    return np.stack([m2, m2**2], axis=1)


def _binder_cumulant(means, temperature, size):
    return 1 - means[..., 1] / (3 * means[..., 0] ** 2)


def _structure_factors(lattices):
    """Return S(0) and S(2 pi / L), the mean of both axes, of each lattice: shape (n, 2)."""
    size = lattices.shape[1]
    wave = np.exp(2j * np.pi * np.arange(size) / size)
    parts = []
    for piece in lattices.pieces():
        rows, columns = (piece.sum(axis=axis, dtype=np.float64) for axis in (2, 1))
        smallest = (np.abs(rows @ wave) ** 2 + np.abs(columns @ wave) ** 2) / 2
        parts.append(np.stack([rows.sum(axis=1) ** 2, smallest], axis=1) / size**2)
    return np.concatenate(parts)


def _length_ratio(means, temperature, size):
    squared = (means[..., 0] / means[..., 1] - 1) / (4 * np.sin(np.pi / size) ** 2)
    return np.sqrt(squared) / size


OBSERVABLES = {
    "energy_density": Observable("energy", column, first_mean),
    "specific_heat": Observable("energy", squares, _specific_heat),
    "magnetization": Observable("magnetization", column, first_mean),
    "absolute_magnetization": Observable("magnetization", lambda m: column(np.abs(m)), first_mean),
    "susceptibility": Observable("magnetization", lambda m: squares(np.abs(m)), _susceptibility),
    "unconnected_susceptibility": Observable(
        "magnetization", lambda m: squares(m, centre=False), _susceptibility
    ),
    "binder_cumulant": Observable("magnetization", _powers, _binder_cumulant),
    "correlation_length_ratio": Observable("lattices", lambda values: values, _length_ratio),
}

# What a source is of lattices.
SOURCES = {
    "energy": energy_density,
    "magnetization": magnetization,
    "lattices": lambda X: _structure_factors(open_lattices(X)),
}
