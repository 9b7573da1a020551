"""Angles to states: the nearest state of every angle, in every kind of storage."""

import dask.array
import numpy as np
import pytest
from stores import STORAGES

from skising import states_from_angles
from skising.blocks import _lattices


def random_angles(shape, largest=np.pi, seed=0):
    return np.random.default_rng(seed).uniform(-largest, largest, shape)


def distance(angles, states, n_states):
    """Return the angles between angles and those of states, from 0 to pi."""
    difference = np.asarray(angles, float) - 2 * np.pi * states.astype(float) / n_states
    return np.abs(np.angle(np.exp(1j * difference)))


@pytest.mark.parametrize("n_states", [2, 3, 7, 300, 65535, 65536])
@pytest.mark.parametrize("largest", [1e-3, np.pi, 100.0, 1e6, 1e9])
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "O"])
def test_every_angle_becomes_the_nearest_state(n_states, largest, dtype):
    angles = random_angles((5, 20, 20), largest).astype(dtype)
    states = states_from_angles(angles, n_states=n_states)
    assert states.dtype == np.uint16
    assert states.max() < n_states
    # The angles above are rounded by 1e-16 of their size when they are reduced modulo 2 pi.
    assert distance(angles, states, n_states).max() <= np.pi / n_states + 4e-16 * largest


@pytest.mark.parametrize("n_states", [2, 3, 6, 1000, 65536])
@pytest.mark.parametrize("turns", [-3, -1, 0, 1, 1000])
def test_the_angles_of_the_states_become_these_states(n_states, turns):
    states = np.arange(n_states).reshape(1, 1, -1)
    angles = 2 * np.pi * states / n_states + 2 * np.pi * turns
    np.testing.assert_array_equal(states_from_angles(angles, n_states=n_states), states)


def test_65536_states_are_the_default():
    angles = random_angles((3, 4, 5))
    expected = states_from_angles(angles, n_states=65536)
    np.testing.assert_array_equal(states_from_angles(angles), expected)


def test_an_angle_just_below_a_full_turn_is_state_0():
    angles = 2 * np.pi * np.array([[[1 - 1e-9, 1 + 1e-9, -1e-9, 0.0]]])
    np.testing.assert_array_equal(states_from_angles(angles), np.zeros((1, 1, 4)))


@pytest.mark.parametrize("storage", STORAGES)
def test_arrays_and_stores_of_every_kind(storage, tmp_path, monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", 600)
    angles = random_angles((7, 6, 8)).astype(np.float32)
    expected = states_from_angles(angles)
    np.testing.assert_array_equal(states_from_angles(STORAGES[storage](angles, tmp_path)), expected)


def test_dask_makes_states_as_they_are_read():
    angles = random_angles((7, 6, 8))
    lazy = dask.array.from_array(angles, chunks=(3, 6, 8))
    states = lazy.map_blocks(states_from_angles, dtype=np.uint16)
    np.testing.assert_array_equal(states.compute(), states_from_angles(angles))


# Errors


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.ones((4, 4)), ValueError, r"3 dimensions.*got shape \(4, 4\).*X\[np\.newaxis\]"),
        (np.ones((0, 4, 4)), ValueError, r"empty.*\(0, 4, 4\)"),
        (np.full((1, 4, 4), np.nan), ValueError, r"got nan at index \(0, 0, 0\).*leave out the"),
        (np.full((1, 4, 4), -np.inf), ValueError, r"got -inf at index \(0, 0, 0\).*leave out the"),
        (
            np.full((1, 4, 4), 1e10),
            ValueError,
            r"10\^9 in magnitude; got 1.*Reduce angles modulo 2",
        ),
        (np.full((1, 4, 4), 1j), ValueError, "must be real"),
        (np.ones((1, 4, 4), bool), ValueError, r"angles in radians, floating.*got True at index"),
        (
            np.ones((1, 4, 4), np.uint16),
            ValueError,
            r"got 1 at.*uint16.*Whole numbers may be states",
        ),
        (np.full((1, 4, 4), "x"), TypeError, "X must hold numbers"),
        (np.ma.masked_less(np.ones((1, 4, 4)), 2), ValueError, "is a masked array"),
    ],
)
def test_other_arrays_than_angles_are_refused(X, error, message):
    with pytest.raises(error, match=message):
        states_from_angles(X)


def test_the_hint_on_whole_numbers_converts_angles():
    X = np.random.default_rng(0).integers(-9, 9, (2, 4, 4))
    with pytest.raises(ValueError, match=r"pass `X\.astype\(float\)`\."):
        states_from_angles(X)
    states = states_from_angles(X.astype(float), n_states=300)
    assert distance(X, states, 300).max() <= np.pi / 300


def test_states_are_not_converted_again():
    states = states_from_angles(random_angles((2, 4, 4)))
    with pytest.raises(ValueError, match="states already, which need no conversion"):
        states_from_angles(states)


@pytest.mark.parametrize(
    ("n_states", "error", "message"),
    [
        (1, ValueError, "n_states must be an integer >= 2 and <= 65536; got 1"),
        (65537, ValueError, "<= 65536; got 65537"),
        (8.0, TypeError, "n_states must be an integer"),
        (None, ValueError, "n_states must be given"),
    ],
)
def test_wrong_numbers_of_states(n_states, error, message):
    with pytest.raises(error, match=message):
        states_from_angles(random_angles((2, 4, 4)), n_states=n_states)
