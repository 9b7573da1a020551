"""LatticeDisplay by the image, bars and labels that it draws."""

import numpy as np
import pytest

from skising import exact
from skising.display import LatticeDisplay


def lattice(shape=(12, 16)):
    return np.random.default_rng(0).choice([-1, 1], shape)


def test_lattice_with_block_and_both_lengths():
    X = lattice()
    display = LatticeDisplay.from_lattice(X, block_size=4, temperature=2.6)
    np.testing.assert_array_equal(display.image_.get_array(), X)
    # A square of 4 x 4 sites; site (i, j) has its centre at x = j, y = i.
    assert display.block_.get_bbox().bounds == (5.5, 3.5, 4, 4)
    xi = exact.correlation_length(2.6)
    for key, length in [("block", 4), ("correlation_length", xi)]:
        x = display.scale_bars_[key].get_xdata()
        assert np.ptp(x) == pytest.approx(length)
    assert display.ax_.get_title() == r"$T = 2.6\,J/k_B$"
    texts = [text.get_text() for text in display.ax_.texts]
    assert texts == [r"$\ell$ = 4", rf"$\xi$ = {xi:.3g} in equilibrium"]
    assert display.ax_.get_xlim() == (-0.5, 15.5)


@pytest.mark.parametrize(
    ("temperature", "text"),
    [
        (exact.CRITICAL_TEMPERATURE, r"$\xi$ = $\infty$ in equilibrium, longer than the lattice"),
        (2.28, r"$\xi$ = 119 in equilibrium, longer than the lattice"),
    ],
)
def test_bar_is_not_longer_than_the_lattice(temperature, text):
    display = LatticeDisplay.from_lattice(lattice(), temperature=temperature)
    np.testing.assert_array_equal(
        display.scale_bars_["correlation_length"].get_xdata(), [-0.5, 15.5]
    )
    assert [t.get_text() for t in display.ax_.texts] == [text]
    assert display.block_ is None


def test_given_correlation_length_replaces_the_exact_one():
    display = LatticeDisplay.from_lattice(
        lattice(), correlation_length=5, temperature=3.0, cmap="binary"
    )
    assert display.correlation_length == 5.0
    # Only the exact length is one of equilibrium.
    assert [text.get_text() for text in display.ax_.texts] == [r"$\xi$ = 5"]
    assert display.image_.get_cmap().name == "binary"


def test_lattice_without_block_or_temperature():
    display = LatticeDisplay.from_lattice(lattice())
    assert display.scale_bars_ == {}
    assert display.ax_.get_title() == ""


def test_block_size_may_be_a_numpy_integer():
    display = LatticeDisplay.from_lattice(lattice(), block_size=np.int64(4))
    assert type(display.block_size) is int


@pytest.mark.parametrize(
    ("X", "parameters", "error", "message"),
    [
        (
            lattice((2, 4, 4)),
            {},
            ValueError,
            r"must have 2 dimensions.*\(2, 4, 4\).*X\[0\]",
        ),
        (np.zeros((4, 4)), {}, ValueError, r"lattice must hold spins, each \+1 or -1; got 0\.0"),
        (lattice(), {"block_size": 13}, ValueError, "smaller than block_size=13"),
        (lattice(), {"block_size": 2.0}, TypeError, "block_size must be an integer >= 1; got 2.0"),
        (lattice(), {"temperature": -1}, ValueError, "temperature must be finite and > 0"),
        (lattice(), {"correlation_length": 0}, ValueError, "correlation_length must be a finite"),
    ],
)
def test_lattice_refuses(X, parameters, error, message):
    with pytest.raises(error, match=message):
        LatticeDisplay.from_lattice(X, **parameters)
    with pytest.raises(error, match=message):
        LatticeDisplay(X, **parameters).plot()


def test_a_display_of_a_list_is_drawn():
    X = lattice()
    display = LatticeDisplay(X.tolist(), block_size=4, correlation_length=np.inf).plot()
    np.testing.assert_array_equal(display.image_.get_array(), X)
    assert [text.get_text() for text in display.ax_.texts][1].endswith("longer than the lattice")
