"""Masked arrays: no function reads the numbers below a mask, and every hint is followed."""

import re
import warnings

import dask.array
import numpy as np
import pytest

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    IsingSampler,
    exact,
    extract_blocks,
    make_ising,
    observables,
    sample_blocks,
    staggered,
    symmetry,
)
from skising._numbers import as_numbers
from skising._validation import check_series
from skising.display import BlockMapDisplay, EnergyCurveDisplay, LatticeDisplay
from skising.scaling import DataCollapse, PowerLaw, accuracy_curve

ISING = make_ising(24, 8, [1.5, 3.5], random_state=0)
X, ENERGY, PHASE = ISING.data, ISING.energy, ISING.temperature > 2.27
FAST = {"block_size": 4, "descriptor": "pair", "max_epochs": 1, "random_state": 0}


def masked(array, rows=3):
    """Return an array with the numbers of some rows masked, and made wrong below the mask."""
    mask = np.zeros(np.shape(array), bool)
    mask[:rows] = True
    return np.ma.array(array, mask=mask)


@pytest.fixture(scope="module")
def regressor():
    return BlockAveragingRegressor(**FAST).fit(X, ENERGY)


@pytest.fixture(scope="module")
def classifier():
    return BlockAveragingClassifier(**FAST).fit(X, PHASE)


SIZE = np.repeat([8.0, 16, 32], 7)
T = np.tile(np.linspace(2.1, 2.5, 7), 3)
CURVES = {"x": T, "y": np.exp(-np.abs(T - 2.27) * SIZE), "yerr": np.full(21, 0.01), "size": SIZE}
MASKABLE = {
    **{
        function.__name__: (X, function)
        for function in (
            observables.energy_density,
            observables.magnetization,
            observables.correlation_function,
            observables.correlation_length,
        )
    },
    "groups": (
        np.arange(24),
        lambda groups: observables.correlation_function(X[-len(groups) :], groups=groups),
    ),
    "extract_blocks": (X, lambda X: extract_blocks(X, 4)),
    "sample_blocks": (X, lambda X: sample_blocks(X, 4, 2)),
    "staggered": (X, staggered),
    "descriptor.fit": (X, D4Descriptor().fit),
    "descriptor.transform": (X, D4Descriptor().fit(X).transform),
    "regressor.fit, X": (X, lambda X: BlockAveragingRegressor(**FAST).fit(X, ENERGY[: len(X)])),
    "regressor.fit, y": (ENERGY, lambda y: BlockAveragingRegressor(**FAST).fit(X[: len(y)], y)),
    "classifier.fit, y": (PHASE, lambda y: BlockAveragingClassifier(**FAST).fit(X[-len(y) :], y)),
    "series": (ENERGY, observables.binder_cumulant),
    "chains": (ENERGY.reshape(6, 4), observables.binder_cumulant),
    "autocorrelation": (
        np.random.default_rng(0).normal(size=500),
        observables.integrated_autocorrelation_time,
    ),
    "temperatures": (ISING.temperature, lambda t: make_ising(24, 4, t)),
    "sampler": (ISING.temperature, IsingSampler(4).fit),
    "exact": (ISING.temperature, exact.onsager_energy),
    "exact of a grid": (ISING.temperature.reshape(4, 6), exact.spontaneous_magnetization),
    **{
        f"DataCollapse, {name}": (
            CURVES[name],
            lambda values, name=name: DataCollapse(nu=1.0, n_resamples=2).fit(
                **{key: values if key == name else CURVES[key][-len(values) :] for key in CURVES}
            ),
        )
        for name in CURVES
    },
    "resamples": (
        np.ones((21, 3)),
        lambda r: DataCollapse(nu=1.0).fit(
            **{key: CURVES[key][-len(r) :] for key in CURVES}, resamples=r
        ),
    ),
    "PowerLaw": (SIZE, lambda x: PowerLaw().fit(x, 1 / x, np.full(len(x), 0.01))),
    "PowerLaw.predict": (SIZE, PowerLaw().fit([1, 2, 3], [1, 2, 3], [1, 1, 1]).predict),
    "energies of a display": (
        ENERGY,
        lambda e: EnergyCurveDisplay.from_predictions(ISING.temperature[: len(e)], e),
    ),
}


@pytest.mark.parametrize("name", MASKABLE)
def test_a_mask_is_refused_and_the_hint_is_followed(name):
    array, function = MASKABLE[name]
    array = masked(array)
    with pytest.raises(ValueError, match=r"is a masked array: .* are masked") as caught:
        function(array)
    name = str(caught.value).split()[0]
    (line,) = re.findall("`([^`]+)`", str(caught.value))
    kept = eval(line, {name: array, "np": np})
    np.testing.assert_array_equal(kept, array.data[3:])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        function(kept)


def test_a_mask_of_y_and_of_temperatures_is_refused_in_an_accuracy_curve(classifier):
    for y, t in [(masked(PHASE), ISING.temperature), (PHASE, masked(ISING.temperature))]:
        with pytest.raises(ValueError, match="is a masked array: 3 of its 24"):
            accuracy_curve(classifier, X, y, t)


def test_a_masked_block_and_a_masked_lattice_are_refused():
    with pytest.raises(ValueError, match="block is a masked array: 4 of its 16"):
        symmetry.project(masked(np.ones((4, 4)), 1), "A1")
    with pytest.raises(ValueError, match="lattice is a masked array: 24 of its 64"):
        LatticeDisplay.from_lattice(masked(X[0]))
    with pytest.raises(ValueError, match="values is a masked array: 6 of its 8"):
        BlockMapDisplay(masked(np.ones((4, 2))), 4).plot()


def test_masked_lattices_are_refused_in_predict(regressor):
    for n_blocks in (None, 2):
        with pytest.raises(ValueError, match="X is a masked array"):
            regressor.set_params(n_blocks=n_blocks).predict(masked(X))
    regressor.set_params(n_blocks=None)


def test_masks_are_refused_in_score(regressor, classifier):
    for model, y in [(regressor, ENERGY), (classifier, PHASE)]:
        expected = model.score(X[3:], y[3:])
        assert model.score(X[3:], np.ma.array(y[3:]), np.full(21, 2.0)) == pytest.approx(expected)
        with pytest.raises(ValueError, match="y is a masked array: 3 of its 24"):
            model.score(X, masked(y))
        with pytest.raises(ValueError, match="sample_weight is a masked array: 3 of its 24"):
            model.score(X, y, masked(np.ones(24)))


def test_the_collapse_of_masked_curves_does_not_read_below_the_mask():
    """The issue's case: outliers below a mask changed nu from 1.0 to 2.0."""
    y = CURVES["y"].copy()
    y[4] += 5
    bad = np.ma.array(y, mask=np.arange(21) == 4)
    fit = DataCollapse(theta=0.0, n_resamples=2, random_state=0).fit
    with pytest.raises(ValueError, match="y is a masked array: 1 of its 21"):
        fit(**{**CURVES, "y": bad})


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        lambda X: [list(lattice) for lattice in X],
        lambda X: [[list(row) for row in lattice] for lattice in X],
    ],
    ids=["list", "tuple", "lists of rows", "lists of numbers"],
)
def test_masks_inside_lists_are_refused_and_the_hint_is_followed(form):
    lattices = form(masked(X))
    with pytest.raises(ValueError, match="X is a masked array: 192 of its 1536") as caught:
        observables.energy_density(lattices)
    (line,) = re.findall("`([^`]+)`", str(caught.value))
    kept = eval(line, {"X": lattices, "np": np})
    np.testing.assert_array_equal(observables.energy_density(kept), ENERGY[3:])


def test_the_masked_constant_in_a_list_is_refused():
    with pytest.raises(ValueError, match="s is a masked array: 1 of its 3"):
        check_series([1.0, np.ma.masked, 2.0], "s")
    objects = np.empty(2, object)
    objects[:] = [np.ma.masked, 1.0]
    with pytest.raises(ValueError, match="s is a masked array: 1 of its 2"):
        check_series(objects, "s")


def test_the_mask_of_a_dask_array_is_refused_and_the_hint_is_followed():
    store = dask.array.ma.masked_array(X.astype(float), mask=masked(X).mask)
    with pytest.raises(ValueError, match="X is a masked array") as caught:
        observables.energy_density(store)
    (line,) = re.findall("`([^`]+)`", str(caught.value))
    kept = eval(line, {"X": store, "np": np})
    np.testing.assert_array_equal(observables.energy_density(kept), ENERGY[3:])


class MaskedStore:
    """A store whose slices are masked arrays, as those of netCDF variables."""

    def __init__(self, array):
        self._array, self.shape, self.dtype = array, array.shape, array.dtype

    def __getitem__(self, key):
        return self._array[key]


def test_the_mask_of_a_slice_of_a_store_is_refused_and_the_hint_is_followed():
    store = MaskedStore(masked(X))
    with pytest.raises(ValueError, match="X is a masked array") as caught:
        observables.energy_density(store)
    (line,) = re.findall("`([^`]+)`", str(caught.value))
    kept = eval(line, {"X": store, "np": np})
    np.testing.assert_array_equal(observables.energy_density(kept), ENERGY[3:])
    nothing_masked = MaskedStore(np.ma.array(X))
    np.testing.assert_array_equal(observables.energy_density(nothing_masked), ENERGY)


def test_a_masked_array_without_masked_entries_is_its_data():
    array = np.ma.array(X, mask=np.zeros(X.shape, bool))
    for given in (array, np.ma.array(X), list(array)):
        np.testing.assert_array_equal(observables.energy_density(given), ENERGY)
    assert type(as_numbers(array, "X")) is np.ndarray
    assert np.shares_memory(as_numbers(array, "X"), X)
