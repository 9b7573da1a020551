"""The helicity modulus against the free energy of twisted lattices, all of which are enumerated."""

import itertools

import naive
import numpy as np
import pytest
from statistical import assert_standard_normal
from stores import STORAGES

from skising import states_from_angles
from skising._spins import spins_of_kind
from skising.blocks import _lattices
from skising.blocks._open import open_lattices
from skising.observables import energy_density, helicity_modulus
from skising.observables._helicity import _modulus_of_each

ENUMERATED = [(4, (3, 3)), (4, (2, 3)), (5, (2, 3)), (6, (2, 3)), (6, (3, 2)), (3, (3, 3))]


def all_lattices(n_states, shape):
    """Return all lattices whose first spin is in state 0. Rotated spins give the others."""
    states = itertools.product(range(n_states), repeat=shape[0] * shape[1] - 1)
    rest = np.array(list(states), np.uint16)
    return np.insert(rest, 0, 0, axis=1).reshape(-1, *shape)


def exact_distribution(n_states, shape, T):
    """Return all lattices, the modulus of each, and their probabilities."""
    X = all_lattices(n_states, shape)
    modulus = _modulus_of_each(open_lattices(X, spins=spins_of_kind("clock", n_states)), T)
    energy = energy_density(X, spins="clock", n_states=n_states) * X[0].size
    weight = np.exp(-(energy - energy.min()) / T)
    return X, modulus, weight / weight.sum()


def random_states(shape, n_states=8, seed=0):
    return np.random.default_rng(seed).integers(n_states, size=shape).astype(np.uint16)


# Exact results


@pytest.mark.parametrize(("n_states", "shape"), ENUMERATED)
@pytest.mark.parametrize("T", [0.4, 0.9, 3.0])
def test_the_average_over_all_lattices_is_the_second_derivative_of_the_free_energy(
    n_states, shape, T
):
    X, modulus, probability = exact_distribution(n_states, shape, T)
    h = 0.005
    second_derivatives = []
    for axis in (0, 1):
        lower, low, middle, high, higher = (
            naive.twisted_log_sum(X, n_states, T, k * h, axis) for k in (-2, -1, 0, 1, 2)
        )
        difference = -lower + 16 * low - 30 * middle + 16 * high - higher
        second_derivatives.append(difference / (12 * h**2))
    expected = -T * np.mean(second_derivatives) / X[0].size
    assert abs(probability @ modulus - expected) < 1e-7


@pytest.mark.parametrize(("n_states", "shape"), [(4, (3, 3)), (6, (2, 3))])
def test_samples_of_small_lattices_give_the_modulus_and_its_error(n_states, shape):
    rng, z, errors = np.random.default_rng(0), [], []
    for T in (0.5, 0.8, 1.2, 2.0):
        X, modulus, probability = exact_distribution(n_states, shape, T)
        mean = probability @ modulus
        deviation = np.sqrt(probability @ (modulus - mean) ** 2)
        for _ in range(5):
            sample = X[rng.choice(len(X), 6400, p=probability)]
            upsilon, error = helicity_modulus(sample, T, n_states=n_states)
            z.append((upsilon - mean) / (deviation / 80))
            errors.append(error / (deviation / 80))
    assert_standard_normal(z)
    # Each has a relative error of 1 / sqrt(2 * 63); this bound fails with probability 6e-5.
    assert abs(np.mean(np.square(errors)) - 1) < 4 * np.sqrt(2 / (63 * len(errors)))


@pytest.mark.parametrize("n_states", [2, 5, 300, 65536])
def test_parallel_spins_have_a_modulus_of_one(n_states):
    X = np.empty((6, 5, 7), np.uint16)
    X[:] = np.arange(6)[:, np.newaxis, np.newaxis] % n_states
    with pytest.warns(UserWarning, match="All 6 groups of lattices in X of shape .*same helicity"):
        upsilon, error = helicity_modulus(X, 1e-3, n_states=n_states)
    assert abs(upsilon - 1) < 1e-14
    assert np.isnan(error)


def test_spin_waves_reduce_the_modulus_as_theory_says():
    """At low T the spins are Gaussian: Upsilon = 1 - T / 4 to first order."""
    T, size, rng = 0.02, 32, np.random.default_rng(0)
    k2 = 4 * np.sin(np.pi * np.arange(size) / size) ** 2
    k2 = np.add.outer(k2, k2)
    k2[0, 0] = np.inf
    noise = np.fft.fft2(rng.normal(size=(400, size, size)))
    angles = np.fft.ifft2(noise * np.sqrt(T / k2)).real
    upsilon, error = helicity_modulus(states_from_angles(angles), T, n_states=65536)
    # <cos> is exp(-T / 4 (1 - 1 / N)); the sines contribute T^2 / 100 at most.
    assert abs(upsilon - np.exp(-T / 4 * (1 - 1 / size**2))) < 4 * error + T**2 / 10
    assert error < 1e-4


def test_random_spins_have_no_modulus():
    X = random_states((500, 16, 16), 65536)
    results = [helicity_modulus(X[k::10], 10.0, n_states=65536) for k in range(10)]
    # The mean is that of independent spins, -1 / (2 T).
    assert_standard_normal([(upsilon + 0.05) / error for upsilon, error in results])
    upsilon, error = helicity_modulus(X, 1e6, n_states=65536)
    assert abs(upsilon) < 4 * error < 0.02


def test_all_lattices_together_have_the_mean_of_independent_spins():
    X = all_lattices(4, (3, 3))
    upsilon, _ = helicity_modulus(X, 0.7, n_states=4)
    assert abs(upsilon + 1 / (2 * 0.7)) < 1e-12


def test_ising_spins_have_no_sines():
    X = random_states((9, 6, 6), 2)
    upsilon, _ = helicity_modulus(X, 0.1, n_states=2)
    energy = energy_density(X, spins="clock", n_states=2)
    assert abs(upsilon + energy.mean() / 2) < 1e-14


# Symmetries, groups and stores


def test_symmetries_keep_the_modulus():
    X, q = random_states((20, 6, 9)), 8
    expected = helicity_modulus(X, 0.7, n_states=q)
    for image in (X[:, ::-1], X.transpose(0, 2, 1), np.roll(X, 4, 2), (q - X) % q, (X + 3) % q):
        result = helicity_modulus(image, 0.7, n_states=q)
        np.testing.assert_allclose(result, expected, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:All 2 groups")
def test_groups_give_the_error():
    X = random_states((30, 6, 6))
    single = helicity_modulus(X, 0.7, n_states=8)
    copies = helicity_modulus(np.repeat(X, 4, axis=0), 0.7, n_states=8)
    grouped = helicity_modulus(
        np.repeat(X, 4, axis=0), 0.7, n_states=8, groups=np.repeat(np.arange(30), 4)
    )
    np.testing.assert_allclose(grouped, single, rtol=1e-12)
    assert copies.error < 0.8 * single.error
    values = [helicity_modulus(np.repeat(X[k : k + 1], 2, 0), 0.7, n_states=8) for k in (0, 1)]
    mean = np.mean([value.upsilon for value in values])
    result = helicity_modulus(X[[0, 0, 0, 1, 1, 1]], 0.7, n_states=8, groups=[0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(result.upsilon, mean, rtol=1e-12)
    half = abs(values[0].upsilon - values[1].upsilon) / 2
    np.testing.assert_allclose(result.error, half, rtol=1e-12)


@pytest.mark.parametrize("storage", STORAGES)
def test_arrays_and_stores_of_every_kind(storage, tmp_path, monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", 600)
    X = random_states((11, 6, 7))
    data = STORAGES[storage](X, tmp_path)
    expected = helicity_modulus(X, 0.7, n_states=8)
    assert helicity_modulus(data, 0.7, n_states=8) == expected


# Errors


@pytest.mark.parametrize(
    ("X", "parameters", "error", "message"),
    [
        (random_states((4, 6, 6)), {"temperature": 0}, ValueError, "temperature must be a finite"),
        (random_states((4, 6, 6)), {"temperature": "x"}, TypeError, "temperature must be a number"),
        (
            random_states((4, 6, 6)),
            {"temperature": [0.5] * 4},
            ValueError,
            r"temperature must be one number, .*shape \(4,\)\..*`X\[temperature == T\]`",
        ),
        (random_states((4, 6, 6)), {"n_states": 7}, ValueError, r"n_states=7\); got 7 at .*8 or"),
        (random_states((4, 6, 6)), {"n_states": None}, ValueError, "n_states must be given with"),
        (random_states((4, 6, 6)), {"n_states": 1}, ValueError, "n_states must be an integer >= 2"),
        (random_states((1, 6, 6)), {}, ValueError, "needs lattices of at least two groups"),
        (random_states((4, 6, 6)), {"groups": [1, 2]}, ValueError, "groups must hold one label"),
        (random_states((4, 6, 6)), {"groups": [1] * 4}, ValueError, "at least two groups; got one"),
        (random_states((4, 1, 6)), {}, ValueError, r"at least 2 sites per side.*\(4, 1, 6\)"),
        (random_states((6, 6)), {}, ValueError, "must have 3 dimensions"),
        (
            random_states((4, 6, 6), 5) + 0.3,
            {},
            ValueError,
            r"`skising\.states_from_angles\(X, n_st",
        ),
        (np.full((4, 6, 6), "x"), {}, TypeError, "X must hold numbers"),
    ],
)
def test_wrong_calls(X, parameters, error, message):
    with pytest.raises(error, match=message):
        helicity_modulus(X, **({"temperature": 0.7, "n_states": 8} | parameters))
