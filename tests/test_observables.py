"""Observables against sums over single sites, and what they refuse."""

import naive
import numpy as np
import pytest

from skising.observables import energy_density, magnetization

SHAPES = [(3, 1, 1), (16, 2, 2), (4, 2, 5), (4, 7, 3), (5, 8, 8), (2, 1, 6), (2, 65, 66)]


def random_lattices(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


@pytest.mark.parametrize("observable", ["energy_density", "magnetization"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32])
def test_sums_over_sites(observable, shape, dtype):
    X = random_lattices(shape).astype(dtype)
    measured = {"energy_density": energy_density, "magnetization": magnetization}[observable](X)
    assert measured.shape == shape[:1]
    assert measured.dtype == np.float64
    np.testing.assert_array_equal(measured, getattr(naive, observable)(X))


def test_ground_states():
    X = np.ones((2, 4, 4), np.int8)
    X[1, ::2, ::2] = X[1, 1::2, 1::2] = -1
    np.testing.assert_array_equal(energy_density(X), [-2, 2])
    np.testing.assert_array_equal(magnetization(X), [1, 0])


def test_two_by_two_lattice_counts_double_bonds():
    X = np.array([[[1, 1], [1, 1]], [[1, 1], [1, -1]], [[1, 1], [-1, -1]], [[1, -1], [-1, 1]]])
    np.testing.assert_array_equal(energy_density(X), [-2, 0, 0, 2])


def test_symmetries():
    X = random_lattices((6, 9, 9))
    energy, m = energy_density(X), magnetization(X)
    for image in (X[:, ::-1], X.transpose(0, 2, 1), np.rot90(X, axes=(1, 2)), np.roll(X, 4, 1)):
        np.testing.assert_array_equal(energy_density(image), energy)
        np.testing.assert_array_equal(magnetization(image), m)
    np.testing.assert_array_equal(energy_density(-X), energy)
    np.testing.assert_array_equal(magnetization(-X), -m)


@pytest.mark.parametrize("observable", [energy_density, magnetization])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((4, 4)), r"3 dimensions.*got shape \(4, 4\).*X\[np\.newaxis\]"),
        (np.ones((0, 4, 4)), r"empty.*\(0, 4, 4\)"),
        (np.zeros((1, 4, 4)), r"\+1 or -1; got 0\.0 at index \(0, 0, 0\)"),
        (np.full((1, 4, 4), np.nan), r"\+1 or -1; got nan"),
    ],
)
def test_refuses_what_is_no_lattice(observable, X, message):
    with pytest.raises(ValueError, match=message):
        observable(X)


@pytest.mark.parametrize("observable", [energy_density, magnetization])
def test_refuses_what_is_no_number(observable):
    with pytest.raises(TypeError, match="X must hold numbers"):
        observable([[["up", "down"]]])
