"""Checks of parameters: what passes, and the messages of the errors."""

import re
from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse

from skising._validation import (
    check_choice,
    check_finite,
    check_fraction,
    check_integer,
    check_n_jobs,
    check_positive,
    check_temperatures,
)

# Single numbers and names


@pytest.mark.parametrize("value", [2, 7, np.int8(7), np.uint64(7), np.int64(2), 10**30])
def test_integers_pass_as_int(value):
    result = check_integer(value, "n", minimum=2)
    assert result == value
    assert type(result) is int


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (1, ValueError, "n must be an integer >= 2; got 1. Try more."),
        (np.int32(-3), ValueError, "n must be an integer >= 2; got -3. Try more."),
        (2.0, TypeError, "n must be an integer >= 2; got 2.0 of type float. Try more."),
        (np.float64(3), TypeError, "n must be an integer >= 2; got np.float64(3.0) of type flo"),
        (True, TypeError, "n must be an integer >= 2; got True of type bool. Try more."),
        (np.True_, TypeError, "n must be an integer >= 2; got np.True_ of type bool"),
        ("3", TypeError, "n must be an integer >= 2; got '3' of type str. Try more."),
        (None, TypeError, "n must be an integer >= 2; got None of type NoneType. Try more."),
        pytest.param(
            -(10**5000),
            ValueError,
            "n must be an integer >= 2; got an integer of 16610 bits. Try more.",
            id="huge",
        ),
        (np.array(3), TypeError, "n must be an integer >= 2; got array(3) of type ndarray."),
    ],
)
def test_other_values_than_integers_in_range_are_refused(value, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        check_integer(value, "n", minimum=2, hint="Try more.")
    with pytest.raises(error, match=r"[^ ]$"):
        check_integer(value, "n", minimum=2)


@pytest.mark.parametrize(
    "value", [1, 0.5, np.float32(0.5), np.float64(2), np.int8(3), 5e-324, Fraction(1, 2)]
)
def test_positive_numbers_pass_as_float(value):
    result = check_positive(value, "lr")
    assert result == value
    assert type(result) is float


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "lr must be a finite number > 0; got 0."),
        (-1.5, ValueError, "lr must be a finite number > 0; got -1.5."),
        (float("nan"), ValueError, "lr must be a finite number > 0; got nan."),
        (np.float32("inf"), ValueError, "lr must be a finite number > 0; got inf."),
        (10**400, ValueError, "lr must be a finite number > 0; got an integer of 1329 bits."),
        (Fraction(1, 10**400), ValueError, "lr must be a finite number > 0; got 1/1"),
        (True, TypeError, "lr must be a number > 0; got True of type bool."),
        (np.False_, TypeError, "lr must be a number > 0; got np.False_ of type bool"),
        ("1", TypeError, "lr must be a number > 0; got '1' of type str."),
        (None, TypeError, "lr must be a number > 0; got None of type NoneType."),
        (1j, TypeError, "lr must be a number > 0; got 1j of type complex."),
        ([1.0], TypeError, "lr must be a number > 0; got [1.0] of type list."),
    ],
)
def test_other_values_than_positive_numbers_are_refused(value, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        check_positive(value, "lr")


@pytest.mark.parametrize("value", [0, 2.5, np.float32(-1), Fraction(1, 2)])
def test_finite_numbers_pass_as_float(value):
    result = check_finite(value, "x")
    assert result == value
    assert type(result) is float


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (True, TypeError, "x must be a number; got True of type bool."),
        (None, TypeError, "x must be a number; got None of type NoneType."),
        (float("nan"), ValueError, "x must be a finite number; got nan."),
        (-(10**400), ValueError, "x must be a finite number; got an integer of 1329 bits."),
    ],
)
def test_other_values_than_finite_numbers_are_refused(value, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        check_finite(value, "x")


@pytest.mark.parametrize("value", [None, 1, -1, np.int64(4), np.uint8(2)])
def test_n_jobs_passes_as_none_or_int(value):
    result = check_n_jobs(value)
    assert result == value
    assert type(result) in (int, type(None))


def test_an_integer_may_have_a_maximum():
    assert check_integer(np.uint8(7), "n", minimum=0, maximum=7) == 7
    for value in (8, -1, np.uint64(2**63)):
        message = rf"^n must be an integer >= 0 and <= 7; got {value}\.$"
        with pytest.raises(ValueError, match=message):
            check_integer(value, "n", minimum=0, maximum=7)


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.float64(0.25), Fraction(1, 3)])
def test_fractions_pass_as_float(value):
    result = check_fraction(value, "f")
    assert result == float(value)
    assert type(result) is float


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, "f must be a number between 0 and 1; got 1."),
        (np.float32(1.5), "f must be a number between 0 and 1; got 1.5."),
        (0, "f must be a finite number > 0; got 0."),
    ],
)
def test_other_numbers_than_fractions_are_refused(value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_fraction(value, "f")


@pytest.mark.parametrize(
    ("value", "error", "got"),
    [
        (True, TypeError, "True of type bool"),
        (2.0, TypeError, "2.0 of type float"),
        (0, ValueError, "0"),
    ],
)
def test_other_n_jobs_are_refused(value, error, got):
    message = f"n_jobs must be None, a number of workers, or -1 for all cores; got {got}."
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        check_n_jobs(value)


def test_a_choice_passes():
    assert check_choice("energy", "target", ("energy", "phase")) == "energy"


@pytest.mark.parametrize(
    ("value", "plain"),
    [(np.bool_(True), True), (np.bool_(False), False), (np.str_("auto"), "auto"), (True, True)],
)
def test_a_choice_is_returned_as_a_value_of_python(value, plain):
    result = check_choice(value, "connected", ("auto", True, False))
    assert result == plain
    assert type(result) is type(plain)


@pytest.mark.parametrize("value", [np.int64(1), np.float64(1), np.array(True), np.bytes_(b"auto")])
def test_other_scalars_of_numpy_are_no_choice(value):
    message = f"connected must be one of 'auto', True, False; got {value!r}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_choice(value, "connected", ("auto", True, False))


def test_a_choice_has_the_type_of_the_allowed_value():
    assert check_choice(True, "connected", ("auto", True)) is True
    with pytest.raises(ValueError, match="connected must be one of 'auto', True; got 1"):
        check_choice(1, "connected", ("auto", True))


@pytest.mark.parametrize("value", ["Energy", "", "energ", None, 1, ["energy"], True])
def test_other_values_than_the_choices_are_refused(value):
    message = f"target must be one of 'energy', 'phase'; got {value!r}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_choice(value, "target", ("energy", "phase"))


# Temperatures


@pytest.mark.parametrize(
    "given",
    [
        [1, 2, 3],
        [[1.0], [2.0], [3.0]],
        np.array([1, 2, 3], dtype=np.uint8),
        np.array([[1], [2], [3]], dtype=np.float32),
        np.array([1, 0, 2, 0, 3])[::2],
        range(1, 4),
    ],
)
def test_temperatures_pass_as_a_float_vector(given):
    np.testing.assert_array_equal(check_temperatures(given), np.array([1.0, 2.0, 3.0]), strict=True)


def test_temperatures_are_a_copy():
    given = np.array([1.0, 2.0])
    assert not np.shares_memory(check_temperatures(given), given)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            2.0,
            ValueError,
            "T must have shape (n,) or (n, 1), one temperature per row; got sha",
        ),
        (
            [[1.0, 2.0]],
            ValueError,
            "T must have shape (n,) or (n, 1), one temperature per row; got s",
        ),
        (np.ones((2, 1, 1)), ValueError, "T must have shape (n,) or (n, 1), one temperature per r"),
        ([], ValueError, "T is empty (shape (0,)); give at least one temperature."),
        (np.ones((0, 1)), ValueError, "T is empty (shape (0,)); give at least one temperature."),
        ([1, 0], ValueError, "T must be finite and > 0, in units of J / k_B; got 0.0 at index 1."),
        (
            [1, 2, -3.5, -1],
            ValueError,
            "T must be finite and > 0, in units of J / k_B; got -3.5 at",
        ),
        (
            [1, np.nan],
            ValueError,
            "T must be finite and > 0, in units of J / k_B; got nan at index",
        ),
        ([[np.inf]], ValueError, "T must be finite and > 0, in units of J / k_B; got inf at index"),
        (["cold"], TypeError, "T must hold numbers; got dtype <U4 and shape (1,), which does not"),
        ([1j], ValueError, "T must be real. Complex data not supported; got dtype complex128 and"),
        (sparse.eye_array(3), TypeError, "T must be a dense array; got a sparse dia_array."),
    ],
)
def test_other_arrays_than_temperatures_are_refused(given, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        check_temperatures(given, "T")


def test_the_fix_for_a_grid_of_temperatures_works():
    grid = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"flatten a grid .* array\.reshape\(-1\)"):
        check_temperatures(grid)
    assert check_temperatures(grid.reshape(-1)).shape == (6,)
