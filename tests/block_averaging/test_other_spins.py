"""The estimators on lattices of Potts, clock and diluted spins, and of any numbers."""

import numpy as np
import pytest
from families import images, spin_operations
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from stores import STORAGES, zarr_array

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    PairCorrelationDescriptor,
    extract_blocks,
    load,
    sample_blocks,
    save,
)
from skising.networks import OrbitNetwork

QUICK = {"block_size": 8, "max_epochs": 4, "random_state": 0}


def lattices(spins, n_states, n_samples=60, size=24):
    """Return lattices whose sites are in one state, or else random, and the share in one state."""
    rng = np.random.default_rng(0)
    share = np.sqrt(rng.uniform(0, 1, n_samples))
    shape = n_samples, size, size
    random = rng.uniform(0, 1, shape) > share[:, np.newaxis, np.newaxis]
    if n_states is None:
        values = rng.choice(np.array([-1, 0, 1], np.int8), shape)
        return np.where(random, values, rng.choice([-1, 1], (n_samples, 1, 1))).astype(np.int8)
    states = rng.integers(0, n_states, shape)
    X = np.where(random, states, rng.integers(0, n_states, (n_samples, 1, 1)))
    return X.astype(np.uint16 if spins == "clock" else np.int8)


def bond_energy(X, spins, n_states):
    """Return the energy per site -(1 / N) sum e_i . e_j of each lattice."""
    energy = 0
    for axis in (1, 2):
        one, other = X.astype(int), np.roll(X, 1, axis).astype(int)
        if spins == "potts":
            product = (n_states * (one == other) - 1) / (n_states - 1)
        elif spins == "clock":
            product = np.cos(2 * np.pi * (one - other) / n_states)
        else:
            product = one * other
        energy = energy - product.mean(axis=(1, 2))
    return energy


KINDS = {"diluted": None, "potts": 3, "clock": 65536}
EVERY_KIND = pytest.mark.parametrize("spins", KINDS)
DATA = {spins: lattices(spins, q) for spins, q in KINDS.items()}
ENERGY = {spins: bond_energy(DATA[spins], spins, q) for spins, q in KINDS.items()}


def regressor(spins, **parameters):
    descriptor = PairCorrelationDescriptor(spins=spins, n_states=KINDS[spins])
    return BlockAveragingRegressor(descriptor=descriptor, **(QUICK | parameters))


@pytest.fixture(scope="module")
def fitted():
    return {spins: regressor(spins).fit(DATA[spins], ENERGY[spins]) for spins in KINDS}


@EVERY_KIND
def test_energies_are_learned(spins, fitted):
    assert fitted[spins].score(DATA[spins], ENERGY[spins]) > 0.98


@EVERY_KIND
def test_predictions_of_all_images_are_those_of_the_lattices(spins, fitted):
    X = DATA[spins][:5]
    expected = fitted[spins].predict(X)
    assert len(set(expected)) == 5
    for image in images(X, spins, KINDS[spins]):
        # The blocks come in another order, in which their sum may round differently.
        np.testing.assert_allclose(fitted[spins].predict(image), expected, rtol=0, atol=1e-12)
    for operate in spin_operations(spins, KINDS[spins]):
        np.testing.assert_array_equal(fitted[spins].predict(operate(X)), expected)


@pytest.mark.parametrize("storage", STORAGES)
@EVERY_KIND
def test_every_storage_gives_the_same_blocks_and_predictions(spins, storage, fitted, tmp_path):
    X = DATA[spins][:9]
    stored = STORAGES[storage](X, tmp_path)
    model, expected = fitted[spins], fitted[spins].predict(X)
    np.testing.assert_array_equal(model.predict(stored), expected)
    np.testing.assert_array_equal(model.predict_blocks(stored), model.predict_blocks(X))
    # Stores in chunks are shuffled chunk by chunk, so that the weights differ.
    again = clone(model).set_params(max_epochs=1).fit(stored, expected)
    assert again.score(stored, expected) > 0.98
    np.testing.assert_array_equal(
        sample_blocks(stored, 8, 5, spins=spins, random_state=0),
        sample_blocks(X, 8, 5, spins=spins, random_state=0),
    )


@EVERY_KIND
def test_extracted_blocks_hold_the_lattices(spins):
    X = DATA[spins]
    blocks = extract_blocks(X, 8, spins=spins)
    assert blocks.dtype == X.dtype
    np.testing.assert_array_equal(blocks[:, 4], X[:, 8:16, 8:16])


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("spins", ["diluted", "potts", "clock"])
def test_a_saved_model_is_loaded_with_its_spins(spins, given, tmp_path):
    descriptor = PairCorrelationDescriptor(spins=spins, n_states=KINDS[spins])
    if spins == "potts" and not given:
        descriptor.n_states = None
    model = BlockAveragingRegressor(descriptor=descriptor, **QUICK).fit(DATA[spins], ENERGY[spins])
    save(model, tmp_path / "model.safetensors")
    loaded = load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict(DATA[spins]), model.predict(DATA[spins]))
    assert loaded.descriptor_.n_states_ == KINDS[spins]
    assert loaded.descriptor.n_states == descriptor.n_states
    save(loaded, tmp_path / "again.safetensors")
    loaded.partial_fit(DATA[spins], ENERGY[spins])


def test_number_of_states_is_read_from_all_lattices(tmp_path):
    """The last state is on one site of all lattices, and in none of the sampled blocks."""
    X, y = DATA["potts"].copy(), ENERGY["potts"]
    X[17, 3, 5] = 6
    descriptor = PairCorrelationDescriptor(spins="potts")
    for data in (X, zarr_array(X, tmp_path)):
        model = BlockAveragingRegressor(descriptor=descriptor, **QUICK).fit(data, y)
        assert model.descriptor_.n_states_ == 7
        assert descriptor.n_states is None
    given = PairCorrelationDescriptor(spins="potts", n_states=7)
    same = BlockAveragingRegressor(descriptor=given, **QUICK).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), same.predict(X))


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_state_that_fit_has_not_seen_is_an_error(in_memory, tmp_path):
    X, y = DATA["potts"], ENERGY["potts"]
    descriptor = PairCorrelationDescriptor(spins="potts")
    model = BlockAveragingRegressor(descriptor=descriptor, **QUICK).fit(X, y)
    wider = X.copy()
    wider[7, 2, 1] = 3
    wider = wider if in_memory else zarr_array(wider, tmp_path)
    message = r"from 0 to 2 \(n_states=3, as read in fit\); got 3 at index \(7, 2, 1\).*n_states=4"
    with pytest.raises(ValueError, match=message):
        model.predict(wider)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(wider, y)
    with pytest.raises(ValueError, match=message):
        clone(model).fit(X, y).set_params(warm_start=True).fit(wider, y)
    np.testing.assert_array_equal(model.fit(X, y).partial_fit(X[:9], y[:9]).predict(X).shape, 60)


@pytest.mark.parametrize(
    ("spins", "invariants"),
    [
        ("diluted", "complete"),
        ("potts", "reference"),
        ("potts", "complete"),
        ("clock", "reference"),
        ("clock", "complete"),
    ],
)
def test_irreps_in_the_network_that_convolves_over_orbits(spins, invariants, tmp_path):
    X, y, n_states = DATA[spins], ENERGY[spins], KINDS[spins]
    given = None if spins == "potts" else n_states
    model = BlockAveragingRegressor(
        descriptor=D4Descriptor(invariants=invariants, spins=spins, n_states=given),
        net_params={"module": OrbitNetwork},
        **{**QUICK, "max_epochs": 6},
    ).fit(X, y)
    assert model.descriptor_.n_states_ == n_states
    assert model.score(X, y) > 0.95
    expected = model.predict_blocks(X)
    for operate in spin_operations(spins, n_states):
        turned = np.rot90(operate(X), axes=(1, 2))
        blocks = np.rot90(model.predict_blocks(turned), -1, axes=(1, 2))
        np.testing.assert_array_equal(blocks, expected)
    np.testing.assert_array_equal(model.predict_blocks(zarr_array(X, tmp_path)), expected)
    save(model, tmp_path / "model.safetensors")
    loaded = load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict_blocks(X), expected)


@EVERY_KIND
def test_random_shift_and_a_pipeline_take_the_spins(spins):
    pairs = PairCorrelationDescriptor(spins=spins, n_states=KINDS[spins])
    model = regressor(spins, random_shift=True, early_stopping=True)
    model.set_params(descriptor=make_pipeline(pairs, StandardScaler()))
    assert model.fit(DATA[spins], ENERGY[spins]).score(DATA[spins], ENERGY[spins]) > 0.95
    wrong = np.ones((2, 8, 8))
    wrong[1, 2, 3] = 9.5
    with pytest.raises(ValueError, match=r"X must hold .* got 9\.5 at index \(1, 2, 3\)"):
        model.predict(wrong)


@EVERY_KIND
def test_a_classifier_tells_order_from_disorder(spins):
    X, energy = DATA[spins], ENERGY[spins]
    y = np.where(energy < np.median(energy), "ordered", "disordered")
    descriptor = PairCorrelationDescriptor(spins=spins, n_states=KINDS[spins])
    model = BlockAveragingClassifier(descriptor=descriptor, **{**QUICK, "max_epochs": 20})
    assert model.fit(X, y).score(X, y) > 0.9


@pytest.mark.parametrize("descriptor", ["d4", "pair", "spins"])
def test_ising_descriptors_refuse_other_spins(descriptor):
    model = BlockAveragingRegressor(descriptor=descriptor, **QUICK)
    for spins, word in (("diluted", 'spins="diluted"'), ("potts", 'with spins="potts" or "clock"')):
        with pytest.raises(ValueError, match=rf"X must hold spins, each \+1 or -1; got .*{word}"):
            model.fit(DATA[spins], ENERGY[spins])


def test_a_potts_descriptor_refuses_ising_lattices_with_the_line_that_converts_them():
    X = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (6, 8, 8))
    y = np.arange(6.0)
    descriptor = PairCorrelationDescriptor(spins="potts")
    model = BlockAveragingRegressor(descriptor=descriptor, **QUICK)
    with pytest.raises(ValueError, match=r"For Ising spins.*\(X \+ 1\) // 2, -1\)`"):
        model.fit(X, y)
    ising = BlockAveragingRegressor(descriptor="pair", **QUICK).fit(X, y)
    np.testing.assert_array_equal(
        model.fit((X + 1) // 2, y).predict((X + 1) // 2), ising.predict(X)
    )


class MeanAndSpread(TransformerMixin, BaseEstimator):
    """The mean and the spread of the numbers of a block. It keeps the dtypes that it gets."""

    def fit(self, X, y=None):
        self.dtypes_ = {X.dtype}
        return self

    def transform(self, X):
        self.dtypes_.add(X.dtype)
        return np.column_stack([X.mean(axis=(1, 2)), X.std(axis=(1, 2))])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
@pytest.mark.parametrize("on_disk", [True, False])
def test_a_descriptor_of_a_user_takes_any_finite_numbers(dtype, on_disk, tmp_path):
    rng = np.random.default_rng(0)
    X = (100 * rng.normal(rng.normal(size=(60, 1, 1)), 0.2, (60, 16, 16))).astype(dtype)
    y = X.mean(axis=(1, 2))
    data = zarr_array(X, tmp_path) if on_disk else X
    model = BlockAveragingRegressor(descriptor=MeanAndSpread(), **QUICK).fit(data, y)
    assert model.score(data, y) > 0.9
    # One block of int8 stands for all where only the number of features matters.
    assert model.descriptor_.dtypes_ - {np.dtype(np.int8)} == {np.dtype(dtype)}


def test_numbers_for_a_descriptor_of_a_user_must_be_finite():
    X = np.ones((6, 8, 8))
    X[2, 1, 7] = np.nan
    model = BlockAveragingRegressor(descriptor=MeanAndSpread(), **QUICK)
    with pytest.raises(ValueError, match=r"X must hold finite numbers; got nan at index \(2, 1, 7"):
        model.fit(X, np.arange(6.0))


class StatesOnly(MeanAndSpread):
    spins, n_states = "potts", 3


class Misspelt(MeanAndSpread):
    spins = "pots"


def test_a_descriptor_of_a_user_may_say_which_spins_it_takes():
    model = BlockAveragingRegressor(descriptor=StatesOnly(), **QUICK)
    with pytest.raises(ValueError, match=r"from 0 to 2 \(n_states=3\); got -1 at index"):
        model.fit(DATA["diluted"], ENERGY["diluted"])
    model.fit(DATA["potts"], ENERGY["potts"])
    assert model.descriptor_.dtypes_ == {np.dtype(np.int8)}
    with pytest.raises(ValueError, match=r"spins must be one of 'ising', .*; got 'pots'"):
        BlockAveragingRegressor(descriptor=Misspelt(), **QUICK).fit(DATA["potts"], ENERGY["potts"])
