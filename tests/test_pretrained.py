"""The estimators that come with the package are as accurate as the documentation says."""

import numpy as np
import pytest

from skising import exact, load_pretrained, make_ising

TC = exact.CRITICAL_TEMPERATURE


@pytest.fixture(scope="module")
def ising():
    return make_ising(1600, 64, TC + np.linspace(-1, 1, 80), random_state=7)


def test_energies(ising):
    difference = load_pretrained("ising-energy-16").predict(ising.data) - ising.energy
    # 0.0045 and 0.0001 for 4,000 lattices; the second has the error 0.0045 / sqrt(1600).
    assert np.sqrt(np.mean(difference**2)) < 0.006
    assert abs(difference.mean()) < 6e-4


def test_phases(ising):
    model = load_pretrained("ising-phase-16")
    right = model.predict(ising.data) == (ising.temperature > TC)
    # 0.992 for 4,000 lattices; five standard errors below it.
    assert right.mean() > 0.98
    np.testing.assert_array_equal(model.classes_, [0, 1])


def test_other_lattices_than_periodic_squares(ising):
    for name in ("ising-energy-16", "ising-phase-16"):
        assert load_pretrained(name).predict(ising.data[:3, :40, 5:55]).shape == (3,)


def test_each_call_returns_an_estimator_of_its_own():
    first, second = load_pretrained("ising-energy-16"), load_pretrained("ising-energy-16")
    first.set_params(n_blocks=3)
    assert second.n_blocks is None


@pytest.mark.parametrize("name", ["ising", "ising-phase-16.safetensors", None, 3])
def test_other_names_are_refused(name):
    with pytest.raises(ValueError, match="name must be one of 'ising-energy-16', 'ising-phase-16'"):
        load_pretrained(name)
