"""Other spins than Ising spins: what passes, and where each hint on wrong numbers leads."""

import re

import numpy as np
import pytest

import skising
from skising import PairCorrelationDescriptor, extract_blocks
from skising._spins import ANY_NUMBERS, KINDS, check_lattices, spins_of_kind

RNG = np.random.default_rng(0)
STATES = RNG.integers(0, 3, (7, 4, 4)).astype(np.int8)
SPINS = np.where(STATES > 0, 1, -1).astype(np.int8)
DILUTED = STATES - 1
ANGLES = RNG.uniform(0, 2 * np.pi, (7, 4, 4))
POTTS, CLOCK = spins_of_kind("potts", 3), spins_of_kind("clock", 8)
ANY_POTTS, ANY_CLOCK = spins_of_kind("potts"), spins_of_kind("clock")


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i4", "u8", "f2", "f4", "f8", ">f8", "O"])
@pytest.mark.parametrize(
    ("kind", "n_states", "kept"),
    [
        ("potts", 3, "i1"),
        ("potts", 128, "i1"),
        ("potts", 129, "i2"),
        ("potts", 32768, "i2"),
        ("clock", 3, "u2"),
        ("clock", 65536, "u2"),
    ],
)
def test_states_pass_in_the_dtype_of_their_number(dtype, kind, n_states, kept):
    found = check_lattices(STATES.astype(dtype), spins=spins_of_kind(kind, n_states))
    np.testing.assert_array_equal(found, STATES.astype(kept), strict=True)
    again = check_lattices(found, spins=spins_of_kind(kind, n_states))
    assert np.shares_memory(found, again)


@pytest.mark.parametrize("dtype", ["i1", "i4", "f4", "f8", "O"])
def test_diluted_spins_pass_as_int8(dtype):
    found = check_lattices(DILUTED.astype(dtype), spins=spins_of_kind("diluted"))
    np.testing.assert_array_equal(found, DILUTED, strict=True)


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "f4", "f8"])
def test_any_finite_numbers_keep_their_dtype(dtype):
    X = (10 * ANGLES).astype(dtype)
    found = check_lattices(X, spins=ANY_NUMBERS)
    assert np.shares_memory(found, X)
    assert found.dtype == X.dtype


def test_any_numbers_must_be_finite():
    X = ANGLES.copy()
    X[2, 1, 3] = np.inf
    with pytest.raises(ValueError, match=r"X must hold finite numbers; got inf at index \(2, 1, 3"):
        check_lattices(X, spins=ANY_NUMBERS)


@pytest.mark.parametrize(
    ("spins", "first", "last"), [(POTTS, 0, 2), (CLOCK, 0, 7), (ANY_POTTS, 0, 32767)]
)
@pytest.mark.parametrize("dtype", [np.int32, np.float64])
def test_the_states_end_at_their_number(spins, first, last, dtype):
    X = np.zeros((2, 3, 3), dtype)
    for number in (first, last):
        X[1, 2, 0] = number
        check_lattices(X, spins=spins)
    for number in (first - 1, last + 1):
        X[1, 2, 0] = number
        with pytest.raises(ValueError, match=rf"got {number}\S* at index \(1, 2, 0\)"):
            check_lattices(X, spins=spins)


def error_of(X, spins):
    with pytest.raises(ValueError, match="X must hold") as caught:
        check_lattices(X, spins=spins)
    return str(caught.value)


def follow(X, spins):
    (line,) = re.findall("`([^`]+)`", error_of(X, spins))
    return line, eval(line, {"X": X, "np": np, "skising": skising})


TO_STATES = {
    "Ising": (SPINS, POTTS, (SPINS + 1) // 2),
    "Ising as floats": (SPINS.astype(float), CLOCK, (SPINS + 1) // 2),
    "from 1": (STATES + 1, POTTS, STATES),
    "from 1, unsigned": ((STATES + 1).astype(np.uint8), POTTS, STATES),
    "rounding errors": (STATES + RNG.normal(0, 1e-6, STATES.shape), POTTS, STATES),
    "bool": (STATES > 0, POTTS, STATES > 0),
    "angles near 0": (ANGLES / 1e4, spins_of_kind("clock", 65536), np.rint(ANGLES * 1.0430378)),
    "angles": (ANGLES, CLOCK, np.rint(ANGLES * 8 / (2 * np.pi)) % 8),
    "angles from -pi": (ANGLES - np.pi, CLOCK, np.rint((ANGLES - np.pi) * 8 / (2 * np.pi)) % 8),
}


@pytest.mark.parametrize("name", TO_STATES)
def test_the_hint_gives_the_states(name):
    X, spins, expected = TO_STATES[name]
    _, states = follow(X, spins)
    np.testing.assert_array_equal(check_lattices(states, spins=spins), expected)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("Ising", 0),
        ("Ising", 3),
        ("from 1", 0),
        ("from 1", 5),
        ("rounding errors", 0.5),
        ("rounding errors", np.nan),
        ("angles", np.nan),
    ],
)
def test_the_hint_refuses_another_number(name, wrong):
    """It may come in a part of the data that has not been read yet."""
    X, spins, _ = TO_STATES[name]
    line, _ = follow(X, spins)
    wider = X.copy()
    wider[3, 1, 2] = wrong
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=r"at index \(3, 1, 2\)"):
        check_lattices(eval(line, {"X": wider, "np": np, "skising": skising}), spins=spins)


def test_unsigned_ising_spins_become_states_in_two_steps():
    _, signed = follow(SPINS.astype(np.uint8), POTTS)
    np.testing.assert_array_equal(signed, SPINS)
    with pytest.raises(ValueError, match="n_states cannot be read from X: its highest number, 255"):
        PairCorrelationDescriptor(3, spins="potts").fit(SPINS.astype(np.uint8))


@pytest.mark.parametrize(
    ("X", "spins", "message"),
    [
        (DILUTED, POTTS, 'Ising spins with vacancies, which spins="diluted" takes'),
        (STATES + 1, spins_of_kind("potts", 2), "Give n_states=4 or more if these are the states"),
        (STATES - 3, POTTS, "It holds -3 to -1. Number the states from 0"),
        (STATES.astype(int) * 30000, ANY_POTTS, "from 0 to 32767; got 60000"),
        (ANGLES, POTTS, r'clock model: pass `skising.*_angles\(X\)`, with spins="clock" and n_s'),
        (ANGLES, ANY_CLOCK, r"pass `skising.states_from_angles\(X\)`, with n_states=65536\."),
        (100 * ANGLES, CLOCK, r"States are whole numbers; it holds 112 .* skising.states_from_ang"),
        (STATES + 0.5, ANY_POTTS, "Angles in radians are states of a clock model"),
        (np.where(STATES > 1, np.nan, 0), POTTS, "NaN and inf are not spins"),
        (STATES, spins_of_kind("diluted"), r'got 2 .*It holds 0, 1 and 2. .* states .*"potts"'),
        (9 * STATES, spins_of_kind("diluted"), r"It holds 0, 9 and 18\. extract_blocks, .* states"),
        (4 * DILUTED, spins_of_kind("diluted"), r"It holds -4, 0 and 4\. Give \+1 and -1 for the"),
        (ANGLES, spins_of_kind("diluted"), r"It holds 0.\d+ to 6.2\d+. Give \+1 and -1 for the"),
        (SPINS > 0, spins_of_kind("diluted"), "got True|got False"),
    ],
)
def test_the_hint_names_the_fix(X, spins, message):
    assert re.search(message, error_of(X, spins))


def test_rounding_errors_of_diluted_spins_are_removed_by_the_hint():
    X = DILUTED + RNG.normal(0, 1e-6, DILUTED.shape)
    _, spins = follow(X, spins_of_kind("diluted"))
    np.testing.assert_array_equal(check_lattices(spins, spins=spins_of_kind("diluted")), DILUTED)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (DILUTED, r'PairCorrelationDescriptor, and .* take vacancies with spins="diluted"\.'),
        (DILUTED, r'An estimator takes them with descriptor=D4Descriptor\(spins="diluted"\)\.$'),
        (STATES, r'take states of other models with spins="potts" or "clock"\.'),
        (
            STATES,
            r"takes them with descriptor=D4Descriptor\(spins=\.\.\., n_states=\.\.\.\)\.$",
        ),
        (ANGLES, r"n_states=\.\.\.\)\. skising\.states_from_angles makes states of angles\. Grey"),
    ],
)
def test_the_errors_of_ising_lattices_name_the_other_spins(X, message):
    with pytest.raises(ValueError, match=message):
        extract_blocks(X, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_named_in_its_own_word(kind):
    assert spins_of_kind(kind).kind == kind
