"""Which number stands for which spin: found, asked for, or refused."""

import numpy as np
import pytest

from skising import as_lattices

SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (20, 8, 8))
STATES = np.random.default_rng(1).integers(0, 4, (20, 8, 8))


@pytest.mark.parametrize(
    "source",
    [
        SPINS,
        SPINS.astype(float),
        SPINS > 0,
        (SPINS + 1) // 2,
        (SPINS > 0).astype(np.uint8) * 255,
        (SPINS + 3) // 2,
        SPINS * 0.5,
        np.where(SPINS > 0, 7.25, -1e300),
        np.where(SPINS > 0, np.uint64(2**63), np.uint64(3)),
        SPINS.astype(str),
    ],
)
def test_two_values_are_two_spins(source):
    np.testing.assert_array_equal(as_lattices(source, samples_axis=0), SPINS)


@pytest.mark.parametrize("spin", [1, -1])
def test_equal_spins_stay(spin):
    np.testing.assert_array_equal(as_lattices(np.full((3, 4, 4), spin)), np.full((3, 4, 4), spin))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (SPINS.view(np.uint8), r"holds 1 and 255: pass values=\[1, 255\] if 255 is \+1"),
        ((SPINS - 1) // 2, r"values=\[-1, 0\] if 0 is \+1, .* spins=.diluted. if 0 is a vacancy"),
        (np.zeros((2, 4, 4)), "All numbers of source are 0.0, so that nothing tells"),
        (np.full((2, 4, 4), 7), r"values=\[7, 8\]"),
        (STATES, r"holds 0, 1, 2 and 3, .* level=.* spins=.potts."),
        (STATES[:, :, :] % 3 - 1, "spins=.diluted. takes 0 for a vacancy"),
        (np.linspace(0, 1, 128).reshape(2, 8, 8), "8 or more different numbers|128 or more"),
        (np.where(SPINS > 0, 1, np.nan), "NaN or inf, which are no Ising spins"),
        (np.where(SPINS > 0, 1, np.inf), "NaN or inf, which are no Ising spins"),
        (np.ma.masked_equal(SPINS, -1), "mask"),
    ],
)
def test_numbers_that_are_not_clear_are_refused(source, message):
    with pytest.raises(ValueError, match=message):
        as_lattices(source)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"values": (1, 255)}, lambda x: np.where(x == 1, -1, 1)),
        ({"values": [255, 1]}, lambda x: np.where(x == 1, 1, -1)),
        ({"spins": "potts", "n_states": 2, "values": [1, 255]}, lambda x: x != 1),
    ],
)
def test_values_say_which_is_which(arguments, expected):
    source = SPINS.view(np.uint8)
    np.testing.assert_array_equal(as_lattices(source, **arguments), expected(source))


def test_vacancies():
    diluted = np.where(STATES == 0, 0, SPINS)
    for source in (
        diluted,
        diluted.astype(float),
        np.where(STATES == 0, np.nan, SPINS),
        np.ma.masked_array(SPINS, STATES == 0),
    ):
        found = as_lattices(source, spins="diluted")
        assert found.dtype == np.int8
        np.testing.assert_array_equal(found, diluted)
    found = as_lattices(diluted + 1, spins="diluted", values=[0, 1, 2])
    np.testing.assert_array_equal(found, diluted)
    with pytest.raises(ValueError, match=r"holds 0, 1 and 2. Pass values=\[...\] with .*vacancy"):
        as_lattices(diluted + 1, spins="diluted")


@pytest.mark.parametrize(("spins", "dtype"), [("potts", np.int8), ("clock", np.uint16)])
def test_states(spins, dtype):
    for arguments in ({}, {"n_states": 4}):
        found = as_lattices(STATES.astype(float), spins=spins, **arguments)
        np.testing.assert_array_equal(found, STATES)
    labels = np.array([10, 30, 20, 5])
    found = as_lattices(labels[STATES], spins=spins, n_states=4, values=labels)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, STATES)
    with pytest.raises(ValueError, match=r"states from 1 to 4.*n_states=5 if state 0 is"):
        as_lattices(STATES + 1, spins=spins)
    found = as_lattices(STATES + 1, spins=spins, values=[1, 2, 3, 4])
    np.testing.assert_array_equal(found, STATES)
    np.testing.assert_array_equal(as_lattices(STATES + 1, spins=spins, n_states=5), STATES + 1)
    with pytest.raises(ValueError, match=r"from 0 to 2 .n_states=3.*holds 0, 1, 2 and 3"):
        as_lattices(STATES, spins=spins, n_states=3)
    with pytest.raises(ValueError, match=r"holds .*0.5.*values=\[...\] with the numbers of state"):
        as_lattices(STATES * 0.5, spins=spins)


def test_a_level_makes_spins_of_grey_levels(capsys):
    noise = np.random.default_rng(2).normal(scale=0.2, size=SPINS.shape)
    np.testing.assert_array_equal(as_lattices(SPINS + noise, level=0.0), SPINS)
    assert f"above 0 is +1, the rest -1: {np.mean(SPINS == 1):.1%}" in capsys.readouterr().out


def test_cells_are_averaged_before_the_level():
    large = np.repeat(np.repeat(SPINS, 3, axis=1), 3, axis=2) * 100.0
    large[:, ::3, ::3] *= -1  # one of nine
    np.testing.assert_array_equal(as_lattices(large, level=0, cell=3), SPINS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cell": 2}, "cell=2 averages numbers.*Give level"),
        ({"cell": 3, "level": 0}, r"cell must divide .* 8 x 8 .* `\[:, :6, :6\]`"),
        ({"cell": 0, "level": 0}, "cell must be an integer >= 1; got 0"),
        ({"level": 2}, r"level=2 must lie between .* from -1 to 1"),
        ({"level": 1}, "level=1 must lie between"),
        ({"level": np.nan}, "level must be"),
        ({"level": 0, "values": [0, 1]}, "level and values exclude each other"),
        ({"level": 0, "spins": "diluted"}, 'level makes Ising spins; got spins="diluted"'),
        ({"values": [0, 1]}, r"values must name every number of source; got \[0, 1\].*holds -1"),
        ({"values": [-1, -1]}, "values must hold 2 different numbers, those of the spins -1 and 1"),
        ({"values": [-1, 0, 1]}, "values must hold 2 different numbers"),
        ({"values": [-1, 1], "spins": "potts", "n_states": 3}, "3 different numbers, .*state 0"),
        ({"spins": "heisenberg"}, "spins must be one of"),
        ({"n_states": 3}, "n_states"),
        ({"key": "X"}, "key names an array in a file; got key='X' with a ndarray"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        as_lattices(SPINS, **arguments)
