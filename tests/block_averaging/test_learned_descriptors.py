"""Descriptors that learn from blocks, such as pipelines with a scaler, inside the estimators."""

import pickle

import numpy as np
import pytest
import sklearn
from estimator_data import BOTH, ENERGY, FAST, PHASE, X, target_of
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from stores import RecordingStore, zarr_array

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    PairCorrelationDescriptor,
    extract_blocks,
    make_ising,
)
from skising.block_averaging._descriptor import sample_training_blocks
from skising.block_averaging._plan import _hold_out
from skising.blocks._open import open_lattices

QUICK = {**FAST, "max_epochs": 2}


def scaled_pairs():
    return make_pipeline(PairCorrelationDescriptor(), StandardScaler())


@pytest.fixture(scope="module")
def scaled():
    return BlockAveragingRegressor(descriptor=scaled_pairs(), **QUICK).fit(X, ENERGY)


@pytest.fixture(scope="module")
def pairs():
    return BlockAveragingRegressor(descriptor=PairCorrelationDescriptor(), **QUICK).fit(X, ENERGY)


class Recorder(TransformerMixin, BaseEstimator):
    """Keep the blocks of `fit`, and give their mean spin and its square."""

    def fit(self, X, y=None):
        self.blocks_ = X
        return self

    def transform(self, X):
        mean = X.mean(axis=(1, 2))
        return np.column_stack([np.abs(mean), mean**2]).astype(np.float32)


def test_a_scaler_has_the_moments_of_the_training_blocks():
    model = BlockAveragingRegressor(descriptor=scaled_pairs(), **QUICK).fit(X, ENERGY)
    scaler = model.descriptor_[-1]
    # 128 of the 240 lattices, with 16 blocks each
    assert scaler.n_samples_seen_ == 128 * 16
    blocks = extract_blocks(X, 8).reshape(-1, 8, 8)
    features = PairCorrelationDescriptor().fit_transform(blocks)
    np.testing.assert_allclose(scaler.mean_, features.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(scaler.scale_, features.std(axis=0), rtol=0.05)
    assert model.score(X, ENERGY) > 0.99


def test_principal_components_are_those_of_the_training_blocks():
    descriptor = make_pipeline(PairCorrelationDescriptor(), PCA(3))
    model = BlockAveragingRegressor(descriptor=descriptor, **QUICK).fit(X, ENERGY)
    blocks = extract_blocks(X, 8).reshape(-1, 8, 8)
    expected = PCA(3).fit(PairCorrelationDescriptor().fit_transform(blocks))
    np.testing.assert_allclose(
        model.descriptor_[-1].explained_variance_ratio_,
        expected.explained_variance_ratio_,
        rtol=0.1,
    )
    assert model.score(X, ENERGY) > 0.99


@pytest.mark.parametrize("last", [StandardScaler(), PCA(3)])
def test_images_have_the_same_prediction_to_the_last_bit(last):
    descriptor = make_pipeline(PairCorrelationDescriptor(), last)
    model = BlockAveragingRegressor(descriptor=descriptor, **QUICK).fit(X, ENERGY)
    turned = [np.rot90(X[150], k) for k in range(4)]
    images = np.array([s * image for t in turned for image in (t, t[::-1]) for s in (1, -1)])
    together = model.predict(images)
    assert np.ptp(together) == 0
    assert {model.predict(image[np.newaxis])[0] for image in images} == {together[0]}


def test_the_sample_is_spread_over_sorted_lattices():
    temperatures = np.repeat(np.linspace(1.5, 3.5, 20), 20)
    sorted_lattices = np.ones((400, 16, 16), np.int8)
    # The number of -1 in each block tells its lattice.
    for k, lattice in enumerate(sorted_lattices):
        lattice.reshape(2, 8, 2, 8)[:, k // 50, :, : 1 + k // 50] = -1
    model = BlockAveragingRegressor(8, descriptor=Recorder(), max_epochs=1, random_state=0).fit(
        sorted_lattices, temperatures
    )
    minus = (model.descriptor_.blocks_ == -1).sum(axis=(1, 2))
    assert len(minus) == 128 * 4
    np.testing.assert_array_equal(np.unique(minus, return_counts=True)[1], np.full(8, 64))


def test_held_out_lattices_are_not_in_the_sample():
    marked = X.copy()
    model = BlockAveragingRegressor(
        descriptor=Recorder(), early_stopping=True, validation_fraction=0.5, **QUICK
    )
    seen = model.fit(marked, ENERGY).descriptor_.blocks_
    rng = np.random.RandomState(0)
    rng.randint(np.iinfo(np.int32).max)
    rank = ENERGY.argsort().argsort()
    training, held_out = _hold_out(np.arange(240), 0.5, rank * 10 // 240, rng)

    def as_set(blocks):
        return {block.tobytes() for block in blocks.reshape(-1, 8, 8)}

    assert as_set(seen) <= as_set(extract_blocks(X[training], 8))
    only_held_out = as_set(extract_blocks(X[held_out], 8)) - as_set(extract_blocks(X[training], 8))
    assert len(only_held_out) > 500


def test_the_sample_is_bounded_and_reads_few_lattices(monkeypatch):
    monkeypatch.setattr("skising.block_averaging._descriptor._MAX_LATTICES", 5)
    monkeypatch.setattr("skising.block_averaging._descriptor._MAX_BLOCKS", 30)
    store = RecordingStore(X, (1, 32, 32))
    blocks = sample_training_blocks(open_lattices(store, 8), np.arange(240), seed=0)
    assert blocks.shape == (30, 8, 8)
    assert store.n_sites_read == 5 * 32 * 32
    monkeypatch.setattr("skising.block_averaging._descriptor._MAX_SITES", 3 * 64)
    blocks = sample_training_blocks(open_lattices(X, 8), np.arange(240), seed=0)
    assert blocks.shape == (3, 8, 8)
    # No block of a lattice comes twice.
    few = sample_training_blocks(open_lattices(X[200:201], 8), np.arange(1), seed=0)
    assert len(np.unique(few, axis=0)) == 3


def test_a_store_gives_the_same_fit_as_an_array(scaled, tmp_path):
    stored = clone(scaled).fit(zarr_array(X, tmp_path), ENERGY)
    np.testing.assert_array_equal(stored.predict(X), scaled.predict(X))


@BOTH
def test_a_descriptor_that_learns_nothing_changes_no_random_number(Estimator):
    wrapped = make_pipeline(PairCorrelationDescriptor(), "passthrough")
    y = target_of(Estimator)
    one = Estimator(descriptor=wrapped, **QUICK).fit(X, y)
    other = Estimator(descriptor="pair", **QUICK).fit(X, y)
    np.testing.assert_array_equal(one.predict_blocks(X), other.predict_blocks(X))


@pytest.mark.parametrize("continued", ["partial_fit", "warm_start"])
def test_further_training_keeps_the_descriptor_of_the_first(continued):
    model = BlockAveragingRegressor(
        descriptor=scaled_pairs(), warm_start=continued == "warm_start", **QUICK
    ).fit(X, ENERGY)
    scale = model.descriptor_[-1].scale_.copy()
    train = model.partial_fit if continued == "partial_fit" else model.fit
    train(X[:40], ENERGY[:40])
    np.testing.assert_array_equal(model.descriptor_[-1].scale_, scale)
    again = BlockAveragingRegressor(descriptor=scaled_pairs(), **QUICK).fit(X[:40], ENERGY[:40])
    assert not np.array_equal(again.descriptor_[-1].scale_, scale)


@pytest.mark.parametrize(
    "descriptor",
    [
        "d4",
        PairCorrelationDescriptor(3),
        make_pipeline(PairCorrelationDescriptor(), StandardScaler(with_mean=False)),
        make_pipeline(PairCorrelationDescriptor(3), StandardScaler()),
    ],
)
def test_further_training_refuses_another_descriptor(descriptor, scaled):
    model = pickle.loads(pickle.dumps(scaled)).set_params(descriptor=descriptor)
    message = "takes the features of Pipeline.*; got descriptor=.*Set warm_start=False and call fit"
    with pytest.raises(ValueError, match=f"(?s){message}"):
        model.partial_fit(X, ENERGY)
    with pytest.raises(ValueError, match=f"(?s){message}"):
        model.set_params(warm_start=True).fit(X, ENERGY)
    # The fix of the message
    model.set_params(warm_start=False).fit(X, ENERGY).predict(X)


# What descriptors may return


class Features(TransformerMixin, BaseEstimator):
    """The mean spins of blocks in a form that `convert` gives them."""

    def __init__(self, convert=None):
        self.convert = convert

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return self.convert(np.abs(X.mean(axis=(1, 2), keepdims=True))[:, 0].astype(np.float32))

    def __sklearn_is_fitted__(self):
        return True


@pytest.fixture(scope="module")
def mean_spins():
    return BlockAveragingClassifier(descriptor=Features(np.asarray), **QUICK).fit(X, PHASE)


@pytest.mark.parametrize(
    "convert",
    [
        lambda features: features.astype(np.float64),
        np.asfortranarray,
        np.ndarray.tolist,
        lambda features: np.column_stack([features, 0 * features])[:, :1],
    ],
    ids=["float64", "fortran", "list", "strided"],
)
def test_features_of_any_dtype_and_layout(convert, mean_spins):
    same = BlockAveragingClassifier(descriptor=Features(convert), **QUICK).fit(X, PHASE)
    np.testing.assert_array_equal(same.predict_proba(X), mean_spins.predict_proba(X))


@pytest.mark.parametrize("name", ["pair", "d4"])
def test_pandas_output_changes_no_result(name):
    expected = BlockAveragingRegressor(descriptor=name, **QUICK).fit(X, ENERGY).predict(X)
    with sklearn.config_context(transform_output="pandas"):
        model = BlockAveragingRegressor(descriptor=name, **QUICK).fit(X, ENERGY)
        np.testing.assert_array_equal(model.predict(X), expected)
        frame = D4Descriptor().fit_transform(X[:3, :8, :8])
    assert list(frame.columns) == list(D4Descriptor().fit(X[:1, :8, :8]).get_feature_names_out())


def test_a_descriptor_set_to_pandas_output_changes_no_result(pairs, scaled):
    framed = PairCorrelationDescriptor().set_output(transform="pandas")
    model = BlockAveragingRegressor(descriptor=framed, **QUICK).fit(X, ENERGY)
    np.testing.assert_array_equal(model.predict(X), pairs.predict(X))
    framed = scaled_pairs().set_output(transform="pandas")
    model = BlockAveragingRegressor(descriptor=framed, **QUICK).fit(X, ENERGY)
    np.testing.assert_array_equal(model.predict(X), scaled.predict(X))


def test_a_pipeline_fitted_under_pandas_output_predicts_without_it(scaled, recwarn):
    with sklearn.config_context(transform_output="pandas"):
        model = BlockAveragingRegressor(descriptor=scaled_pairs(), **QUICK).fit(X, ENERGY)
    np.testing.assert_array_equal(model.predict(X), scaled.predict(X))
    assert not recwarn.list


@pytest.mark.parametrize(
    ("convert", "error", "message"),
    [
        (sparse.csr_array, TypeError, r"as a dense array; got a sparse csr_array\. Set its param"),
        (lambda f: f[:, 0], ValueError, r"one row for each block.* got shape \(512,\) for 512"),
        (lambda f: f[..., np.newaxis], ValueError, r"got shape \(512, 1, 1\) for 512 blocks"),
        (lambda f: f[1:], ValueError, r"got shape \(511, 1\) for 512 blocks"),
        (lambda f: f[:, :0], ValueError, r"at least one column; got shape \(512, 0\)"),
        (
            lambda f: f * np.nan,
            ValueError,
            r"finite as float32; got NaN or inf in the column\(s\) \[0",
        ),
        (lambda f: f + 1e60 * np.ones(1), ValueError, "finite as float32; got NaN or inf"),
        (lambda f: f + 1j, ValueError, ".* must be real. Complex"),
        (lambda f: f.astype(object) + "x", ValueError, "its transform raised TypeE"),
        (lambda f: np.full(f.shape, "x"), TypeError, ".* must hold numbers; got dtype <U1"),
        (lambda f: None, ValueError, r"got shape \(\) for 512 blocks"),
    ],
)
def test_other_output_is_refused(convert, error, message):
    model = BlockAveragingClassifier(descriptor=Features(convert), **QUICK)
    with pytest.raises(error, match=f"(?s)descriptor.*{message}"):
        model.fit(X, PHASE)


@pytest.mark.parametrize(
    ("descriptor", "message"),
    [
        (StandardScaler(), r"must fit blocks of shape .*\(2048, 8, 8\) its fit raised ValueError"),
        (make_pipeline(PairCorrelationDescriptor(), PCA(99)), "raised ValueError: n_components=99"),
        (
            make_pipeline(PairCorrelationDescriptor(99), PCA(2)),
            "max_distance must be at most l - 1",
        ),
    ],
)
def test_a_descriptor_that_cannot_be_fitted_is_named(descriptor, message):
    model = BlockAveragingRegressor(descriptor=descriptor, **QUICK)
    with pytest.raises(ValueError, match=f"(?s)descriptor={type(descriptor).__name__}.*{message}"):
        model.fit(X, ENERGY)


def test_sparse_output_is_refused_with_the_fix():
    sparse_features = make_pipeline(PairCorrelationDescriptor(2), OneHotEncoder())
    with pytest.raises(TypeError, match=r"sparse csr_matrix.*sparse_output=False"):
        BlockAveragingRegressor(descriptor=sparse_features, **QUICK).fit(X, ENERGY)
    dense = make_pipeline(
        PairCorrelationDescriptor(2), OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    )
    few = make_ising(20, 16, 3.0, random_state=0)
    BlockAveragingRegressor(descriptor=dense, **QUICK).fit(few.data, few.energy)
