"""Energies and order parameters of Potts, clock and diluted spins."""

import itertools

import naive
import numpy as np
import pytest
from stores import STORAGES, STORES, RecordingStore

from skising import (
    PairCorrelationDescriptor,
    exact,
    extract_blocks,
    make_clock,
    make_potts,
    states_from_angles,
)
from skising.blocks import _lattices
from skising.observables import (
    correlation_function,
    correlation_length,
    energy_density,
    magnetization,
    order_parameter,
)

KINDS = [("ising", None), ("diluted", None), ("potts", 2), ("potts", 3), ("potts", 300)]
KINDS += [("clock", 2), ("clock", 3), ("clock", 8), ("clock", 65536)]
EVERY_KIND = pytest.mark.parametrize(("spins", "n_states"), KINDS)
SHAPES = [(3, 1, 1), (9, 2, 2), (4, 2, 5), (4, 7, 3), (2, 1, 6), (2, 3, 1)]


def random_lattices(shape, spins, n_states, seed=0):
    rng = np.random.default_rng(seed)
    if n_states is None:
        values = np.array([-1, 0, 1] if spins == "diluted" else [-1, 1], np.int8)
        return rng.choice(values, shape)
    return rng.integers(n_states, size=shape).astype(np.int64)


def all_lattices(n_states, shape):
    states = itertools.product(range(n_states), repeat=shape[0] * shape[1])
    return np.array(list(states), np.int8).reshape(-1, *shape)


# Against sums over bonds and over pairs of sites


@EVERY_KIND
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("periodic", [True, False])
def test_the_energy_is_a_sum_over_bonds(spins, n_states, shape, periodic):
    X = random_lattices(shape, spins, n_states)
    measured = energy_density(X, periodic=periodic, spins=spins, n_states=n_states)
    expected = naive.bond_energies(X, spins, n_states, periodic)
    np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-14)
    assert measured.dtype == np.float64


@EVERY_KIND
@pytest.mark.parametrize("shape", SHAPES)
def test_the_order_parameter_averages_all_pairs_of_sites(spins, n_states, shape):
    X = random_lattices(shape, spins, n_states)
    measured = order_parameter(X, spins=spins, n_states=n_states)
    expected = naive.order_parameter(X, spins, n_states)
    np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-14)
    assert measured.dtype == np.float64


@EVERY_KIND
def test_the_energy_of_blocks_follows_from_the_first_feature_of_their_descriptor(spins, n_states):
    X = random_lattices((6, 8, 8), spins, n_states)
    descriptor = PairCorrelationDescriptor(1, spins=spins, n_states=n_states)
    bond = descriptor.fit_transform(X)[:, 0].astype(float)
    if spins == "potts":
        bond = ((n_states - 1) * bond + 1) / n_states
    energy = energy_density(X, periodic=False, spins=spins, n_states=n_states)
    np.testing.assert_allclose(energy, -bond * 2 * 7 / 8, rtol=0, atol=3e-7)


# Exact results


@pytest.mark.parametrize(
    ("n_states", "energy", "order"),
    [
        (2, -1.805623190766, 0.809429989272),
        (3, -1.742122214653, 0.811056654864),
        (4, -1.716879642276, 0.816132096848),
    ],
)
def test_all_potts_lattices_of_3_x_3_sites_have_the_exact_averages(n_states, energy, order):
    X = all_lattices(n_states, (3, 3))
    e = energy_density(X, spins="potts")
    weight = np.exp(-9 * (e + 2) / exact.potts_critical_temperature(n_states))
    M2 = order_parameter(X, spins="potts", n_states=n_states)
    np.testing.assert_allclose(weight @ e / weight.sum(), energy, rtol=1e-11)
    np.testing.assert_allclose(weight @ M2 / weight.sum(), order, rtol=1e-11)


@pytest.mark.parametrize(("spins", "n_states"), [("potts", 2), ("potts", 5), ("clock", 5)])
def test_the_mean_order_of_independent_spins_is_one_over_the_number_of_sites(spins, n_states):
    X = all_lattices(n_states, (2, 3))
    order = order_parameter(X, spins=spins, n_states=n_states)
    np.testing.assert_allclose(order.mean(), 1 / 6, rtol=1e-12)


@EVERY_KIND
def test_equal_spins_are_the_ground_state(spins, n_states):
    X = np.full((2, 5, 6), 1 if n_states is None else n_states - 1)
    parameters = {"spins": spins, "n_states": n_states}
    np.testing.assert_allclose(energy_density(X, **parameters), -2, rtol=1e-15)
    np.testing.assert_allclose(order_parameter(X, **parameters), 1, rtol=3e-15)


def test_spins_of_two_states_are_ising_spins():
    X = random_lattices((20, 7, 8), "ising", None)
    states = (X + 1) // 2
    energy, order = energy_density(X), order_parameter(X)
    np.testing.assert_array_equal(order, magnetization(X) ** 2)
    np.testing.assert_array_equal(energy_density(X, spins="diluted"), energy)
    np.testing.assert_array_equal(order_parameter(X, spins="diluted"), order)
    potts = energy_density(states, spins="potts")
    np.testing.assert_allclose(potts, (energy - 2) / 2, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(energy_density(states, spins="clock", n_states=2), energy)
    for spins in ("potts", "clock"):
        measured = order_parameter(states, spins=spins, n_states=2)
        np.testing.assert_allclose(measured, order, rtol=0, atol=1e-15)


def test_a_clock_of_three_states_is_a_potts_model_and_one_of_four_is_two_ising_models():
    X = random_lattices((20, 7, 8), "potts", 3)
    potts, clock = ({"spins": spins, "n_states": 3} for spins in ("potts", "clock"))
    expected = (3 * energy_density(X, **potts) + 2) / 2
    np.testing.assert_allclose(energy_density(X, **clock), expected, rtol=0, atol=1e-14)
    order = order_parameter(X, **potts)
    np.testing.assert_allclose(order_parameter(X, **clock), order, rtol=0, atol=1e-14)
    one, other = random_lattices((2, 20, 7, 8), "ising", None)
    # The angle of a state is 45 degrees more than a multiple of 90 degrees.
    states = np.where(one > 0, np.where(other > 0, 0, 3), np.where(other > 0, 1, 2))
    quarters = {"spins": "clock", "n_states": 4}
    expected = (energy_density(one) + energy_density(other)) / 2
    measured = energy_density(states, **quarters)
    np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-15)
    expected = (magnetization(one) ** 2 + magnetization(other) ** 2) / 2
    np.testing.assert_allclose(order_parameter(states, **quarters), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("n_states", [2, 3, 10, 200])
@pytest.mark.parametrize("algorithm", ["swendsen-wang", "wolff"])
def test_the_columns_of_make_potts_are_the_same_numbers(n_states, algorithm):
    potts = make_potts(
        12, 9, [0.5, 0.9], n_states=n_states, algorithm=algorithm, thin=1, random_state=0
    )
    energy = energy_density(potts.data, spins="potts", n_states=n_states)
    order = order_parameter(potts.data, spins="potts", n_states=n_states)
    np.testing.assert_array_equal(potts.energy, energy)
    np.testing.assert_array_equal(potts.order_parameter, order)


@pytest.mark.parametrize("n_states", [2, 5, 65536])
def test_the_columns_of_make_clock_are_the_same_numbers(n_states):
    clock = make_clock(12, 9, [0.5, 1.5], n_states=n_states, thin=1, random_state=0)
    energy = energy_density(clock.data, spins="clock", n_states=n_states)
    order = order_parameter(clock.data, spins="clock", n_states=n_states)
    np.testing.assert_array_equal(clock.energy, energy)
    np.testing.assert_array_equal(clock.order_parameter, order)


def test_vacant_sites_count_in_the_number_of_sites():
    X = np.ones((1, 4, 4), np.int8)
    X[0, ::2, ::2] = X[0, 1::2, 1::2] = 0
    # No energy is -0.0.
    assert str(energy_density(X, spins="diluted")) == "[0.]"
    assert str(energy_density(X, spins="clock", n_states=4)) == "[0.]"
    assert order_parameter(X, spins="diluted") == [1 / 4]
    X[0, 0, 0] = 1
    assert energy_density(X, spins="diluted") == [-4 / 16]
    assert order_parameter(X, spins="diluted") == [(9 / 16) ** 2]


@EVERY_KIND
def test_symmetries_keep_energy_and_order(spins, n_states):
    X = random_lattices((6, 9, 9), spins, n_states)
    images = [X[:, ::-1], X.transpose(0, 2, 1), np.rot90(X, axes=(1, 2)), np.roll(X, 4, 1)]
    if spins == "potts":
        images.append(np.random.default_rng(1).permutation(n_states)[X])
    elif spins == "clock":
        images += [(X + 1) % n_states, (n_states - X) % n_states, (1 - X) % n_states]
    else:
        images.append(-X)
    parameters = {"spins": spins, "n_states": n_states}
    energy, order = energy_density(X, **parameters), order_parameter(X, **parameters)
    for image in images:
        same = energy_density(image, **parameters), order_parameter(image, **parameters)
        # Only the sums of cosines are rounded.
        np.testing.assert_allclose(same, (energy, order), rtol=0, atol=2e-15 * (spins == "clock"))


def test_the_number_of_potts_states_is_read_from_all_lattices(monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", 40)
    X = random_lattices((11, 5, 5), "potts", 3)
    X[9, 2, 3] = 6
    given = order_parameter(X, spins="potts", n_states=7)
    for data in (X, RecordingStore(X)):
        np.testing.assert_array_equal(order_parameter(data, spins="potts"), given)
    assert (order_parameter(X[:9], spins="potts") != given[:9]).all()


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize(("spins", "n_states"), [("diluted", None), ("potts", 3), ("clock", 300)])
def test_arrays_and_stores_of_every_kind(storage, spins, n_states, tmp_path, monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", 600)
    X = random_lattices((11, 6, 7), spins, n_states)
    data = STORAGES[storage](X, tmp_path)
    for function in (energy_density, order_parameter):
        expected = function(X, spins=spins, n_states=n_states)
        np.testing.assert_array_equal(function(data, spins=spins, n_states=n_states), expected)


@pytest.mark.parametrize("function", [energy_density, order_parameter])
def test_stores_are_read_once_if_the_number_of_states_is_known(function, monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", 1)
    store = RecordingStore(random_lattices((7, 4, 4), "potts", 3))
    function(store, spins="potts", n_states=3)
    assert [index for lattices in store.lattices_read for index in lattices] == list(range(7))


# Errors


@pytest.mark.parametrize("function", [energy_density, order_parameter])
@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"spins": "xy"}, ValueError, r"spins must be one of 'ising', .* 'clock'; got 'xy'"),
        ({"spins": "clock"}, ValueError, r"n_states must be given with spins='clock'.*65536 for"),
        (
            {"spins": "potts", "n_states": 1},
            ValueError,
            r"n_states must be an integer >= 2 .*got 1",
        ),
        ({"spins": "potts", "n_states": 2.0}, TypeError, r"n_states must be an integer.*got 2\.0"),
        ({"n_states": 3}, ValueError, r"got n_states=3 with spins='ising'\. Leave it out, or"),
        (
            {"spins": "potts", "n_states": 2},
            ValueError,
            r"n_states=2\); got 2 .*n_states=3 or more",
        ),
        ({}, ValueError, r"each \+1 or -1; got .*order_parameter .* take states of other models"),
        ({"spins": "diluted"}, ValueError, r"\+1, 0 or -1; got 2.*It holds 0, 1 and 2\. .*potts"),
    ],
)
def test_parameters_and_states_that_contradict_each_other(function, parameters, error, message):
    X = random_lattices((4, 6, 6), "potts", 3)
    with pytest.raises(error, match=message):
        function(X, **parameters)


@pytest.mark.parametrize("function", [energy_density, order_parameter])
@pytest.mark.parametrize(("spins", "n_states"), [("potts", 3), ("clock", 8)])
def test_ising_lattices_are_refused_and_the_hint_is_right(function, spins, n_states):
    X = random_lattices((4, 6, 6), "ising", None)
    with pytest.raises(ValueError, match=r"For Ising spins.*pass `np\.where\(.*\)`\.") as caught:
        function(X, spins=spins, n_states=n_states)
    line = str(caught.value).split("`")[1]
    states = eval(line, {"X": X, "np": np})
    np.testing.assert_array_equal(states, (X + 1) // 2)
    function(states, spins=spins, n_states=n_states)


@pytest.mark.parametrize("function", [energy_density, order_parameter])
def test_angles_are_refused_and_the_hint_is_right(function):
    angles = np.random.default_rng(0).uniform(-np.pi, np.pi, (4, 6, 6))
    with pytest.raises(
        ValueError, match=r"For angles in radians pass `skising\.states_from_angles"
    ):
        function(angles, spins="clock", n_states=300)
    states = states_from_angles(angles, n_states=300)
    x, y = np.cos(angles), np.sin(angles)
    bonds = sum(np.mean(a * (np.roll(a, 1, 1) + np.roll(a, 1, 2)), axis=(1, 2)) for a in (x, y))
    expected = -bonds
    if function is order_parameter:
        expected = x.mean(axis=(1, 2)) ** 2 + y.mean(axis=(1, 2)) ** 2
    measured = function(states, spins="clock", n_states=300)
    # Each angle is rounded by up to pi / 300.
    np.testing.assert_allclose(measured, expected, rtol=0, atol=4 * np.pi / 300)


@pytest.mark.parametrize("function", [magnetization, correlation_function, correlation_length])
@pytest.mark.parametrize(("spins", "n_states"), [("potts", 3), ("clock", 12), ("diluted", None)])
def test_functions_of_ising_spins_name_those_of_other_spins(function, spins, n_states):
    X = random_lattices((4, 8, 8), spins, n_states)
    message = r"each \+1 or -1; got .*PairCorrelationDescriptor, and energy_density and order_param"
    with pytest.raises(ValueError, match=message):
        function(X)


@pytest.mark.parametrize("store", STORES)
def test_a_wrong_state_in_a_store_is_named(store, tmp_path, monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", 2)
    X = random_lattices((5, 4, 4), "potts", 3)
    X[4, 2, 1] = 3
    for function in (energy_density, order_parameter):
        with pytest.raises(ValueError, match=r"n_states=3\); got 3 at index \(4, 2, 1\)"):
            function(STORES[store](X, tmp_path), spins="potts", n_states=3)
        for path in tmp_path.iterdir():
            path.rename(tmp_path.with_name(f"{tmp_path.name}-{function.__name__}"))


def test_blocks_are_measured_as_open_lattices():
    X = random_lattices((3, 12, 12), "clock", 6)
    blocks = extract_blocks(X, 4, spins="clock").reshape(-1, 4, 4)
    energy = energy_density(blocks, periodic=False, spins="clock", n_states=6)
    expected = naive.bond_energies(blocks, "clock", 6, periodic=False)
    np.testing.assert_allclose(energy, expected, rtol=0, atol=1e-14)
