"""Observables against sums over single sites and steps, and what they refuse."""

import dask.array
import h5py
import naive
import numpy as np
import pytest
import zarr
from scipy.signal import lfilter

from skising import _spins
from skising.observables import (
    binder_cumulant,
    energy_density,
    integrated_autocorrelation_time,
    magnetization,
)

SHAPES = [(3, 1, 1), (16, 2, 2), (4, 2, 5), (4, 7, 3), (5, 8, 8), (2, 1, 6), (2, 65, 66)]


def random_lattices(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


@pytest.mark.parametrize("observable", ["energy_density", "magnetization"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32])
def test_sums_over_sites(observable, shape, dtype):
    X = random_lattices(shape).astype(dtype)
    measured = {"energy_density": energy_density, "magnetization": magnetization}[observable](X)
    assert measured.shape == shape[:1]
    assert measured.dtype == np.float64
    np.testing.assert_array_equal(measured, getattr(naive, observable)(X))


def test_ground_states():
    X = np.ones((2, 4, 4), np.int8)
    X[1, ::2, ::2] = X[1, 1::2, 1::2] = -1
    np.testing.assert_array_equal(energy_density(X), [-2, 2])
    np.testing.assert_array_equal(magnetization(X), [1, 0])


def test_two_by_two_lattice_counts_double_bonds():
    X = np.array([[[1, 1], [1, 1]], [[1, 1], [1, -1]], [[1, 1], [-1, -1]], [[1, -1], [-1, 1]]])
    np.testing.assert_array_equal(energy_density(X), [-2, 0, 0, 2])


def test_symmetries():
    X = random_lattices((6, 9, 9))
    energy, m = energy_density(X), magnetization(X)
    for image in (X[:, ::-1], X.transpose(0, 2, 1), np.rot90(X, axes=(1, 2)), np.roll(X, 4, 1)):
        np.testing.assert_array_equal(energy_density(image), energy)
        np.testing.assert_array_equal(magnetization(image), m)
    np.testing.assert_array_equal(energy_density(-X), energy)
    np.testing.assert_array_equal(magnetization(-X), -m)


@pytest.mark.parametrize("observable", [energy_density, magnetization])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((4, 4)), r"3 dimensions.*got shape \(4, 4\).*X\[np\.newaxis\]"),
        (np.ones((0, 4, 4)), r"empty.*\(0, 4, 4\)"),
        (np.zeros((1, 4, 4)), r"\+1 or -1; got 0\.0 at index \(0, 0, 0\)"),
        (np.full((1, 4, 4), np.nan), r"\+1 or -1; got nan"),
    ],
)
def test_refuses_what_is_no_lattice(observable, X, message):
    with pytest.raises(ValueError, match=message):
        observable(X)


@pytest.mark.parametrize("observable", [energy_density, magnetization])
def test_refuses_what_is_no_number(observable):
    with pytest.raises(TypeError, match="X must hold numbers"):
        observable([[["up", "down"]]])


# Lazily read stores


def memory_map(X, path):
    np.save(path / "X.npy", X)
    return np.load(path / "X.npy", mmap_mode="r")


def zarr_array(X, path):
    return zarr.create_array(path / "X.zarr", data=X, chunks=(3, *X.shape[1:]))


def h5py_dataset(X, path):
    return h5py.File(path / "X.h5", "w").create_dataset("X", data=X, chunks=(3, *X.shape[1:]))


def h5py_dataset_without_chunks(X, path):
    return h5py.File(path / "X.h5", "w").create_dataset("X", data=X)


def dask_array(X, path):
    return dask.array.from_array(X, chunks=(3, 2, -1))


STORES = [memory_map, zarr_array, h5py_dataset, h5py_dataset_without_chunks, dask_array]


class RecordingStore:
    """What a lazily read store offers, and a record of the slices that it was asked for."""

    def __init__(self, X, chunks=None):
        self._X, self.shape, self.dtype, self.chunks = X, X.shape, X.dtype, chunks
        self.read = []

    def __getitem__(self, rows):
        assert isinstance(rows, slice)
        self.read.append(range(self.shape[0])[rows])
        return self._X[rows]


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.float32])
@pytest.mark.parametrize("piece", [1, 600, 1 << 24])
def test_stores_are_as_arrays(store, dtype, piece, tmp_path, monkeypatch):
    monkeypatch.setattr(_spins, "_CHUNK_BYTES", piece)
    X = random_lattices((11, 6, 7))
    lazy = store(X.astype(dtype), tmp_path)
    np.testing.assert_array_equal(energy_density(lazy), energy_density(X))
    np.testing.assert_array_equal(magnetization(lazy), magnetization(X))


@pytest.mark.parametrize("observable", [energy_density, magnetization])
@pytest.mark.parametrize(
    ("piece", "chunks", "n_read"),
    [
        (1, None, 1),
        (1, (3, 4, 4), 1),
        (16 * 7, None, 7),
        (16 * 7, (3, 4, 4), 6),
        (16 * 7, ((3, 3, 3, 2), (4,), (4,)), 6),
    ],
)
def test_stores_are_read_once_and_in_pieces(observable, piece, chunks, n_read, monkeypatch):
    monkeypatch.setattr(_spins, "_CHUNK_BYTES", piece)
    store = RecordingStore(random_lattices((11, 4, 4)), chunks)
    observable(store)
    assert [row for rows in store.read for row in rows] == list(range(11))
    assert max(map(len, store.read)) == n_read


@pytest.mark.parametrize("store", STORES)
def test_stores_are_checked(store, tmp_path, monkeypatch):
    monkeypatch.setattr(_spins, "_CHUNK_BYTES", 2)
    X = random_lattices((5, 4, 4))
    X[4, 2, 1] = 3
    message = r"\+1 or -1; got 3 at index \(4, 2, 1\).*shape \(5, 4, 4\)"
    with pytest.raises(ValueError, match=message):
        energy_density(store(X, tmp_path))


def test_a_store_of_another_shape_is_refused_unread():
    store = RecordingStore(np.ones((4, 4), np.int8))
    with pytest.raises(ValueError, match=r"3 dimensions.*got shape \(4, 4\)"):
        magnetization(store)
    assert store.read == []


# Series


def ar1(shape, phi, seed):
    """Return stationary chains x_t = phi x_{t-1} + noise, whose rho(t) is phi^t."""
    noise = np.random.default_rng(seed).normal(size=shape)
    noise[..., 0] /= np.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], noise)


def test_binder_cumulant_in_its_limits():
    assert binder_cumulant([0.5, -0.5, 0.5]) == pytest.approx(2 / 3, abs=1e-15)
    # <m^4> = 3 <m^2>^2 for normal numbers; four standard errors, by simulation 0.0014 each.
    m = np.random.default_rng(0).normal(size=10**6)
    assert abs(binder_cumulant(m)) < 4 * 0.0014
    # Uniform on [-1, 1]: <m^2> = 1/3, <m^4> = 1/5.
    m = np.linspace(-1, 1, 100001)
    assert binder_cumulant(m) == pytest.approx(1 - 9 / 15, abs=1e-4)


def test_binder_cumulant_of_the_two_by_two_lattice():
    energy, m = [np.array(x) for x in zip(*naive.boltzmann_distribution(2, 2.0), strict=True)]
    assert energy.shape == m.shape
    p = np.array(list(naive.boltzmann_distribution(2, 2.0).values()))
    expected = 1 - p @ m**4 / (3 * (p @ m**2) ** 2)
    counts = np.rint(p * 10**6).astype(int)
    assert binder_cumulant(np.repeat(m, counts) / 4) == pytest.approx(expected, abs=1e-5)


def test_binder_cumulant_along_an_axis():
    m = np.random.default_rng(0).uniform(-1, 1, size=(3, 50, 2))
    expected = [[binder_cumulant(m[i, :, j]) for j in range(2)] for i in range(3)]
    np.testing.assert_allclose(binder_cumulant(m, axis=1), expected, rtol=1e-14)
    assert binder_cumulant(m).shape == (3, 50)


@pytest.mark.parametrize("shape", [(200,), (3, 80), (2, 101)])
@pytest.mark.parametrize("phi", [-0.6, 0.0, 0.4])
@pytest.mark.parametrize("window", [4, 6])
def test_autocorrelation_time_against_the_twin(shape, phi, window):
    series = ar1(shape, phi, 0) + 3
    tau, error = integrated_autocorrelation_time(series, window=window)
    chains = np.atleast_2d(series).tolist()
    np.testing.assert_allclose(
        (tau, error), naive.integrated_autocorrelation_time(chains, window), rtol=1e-10
    )


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("n_chains", [1, 4])
def test_autocorrelation_time_of_ar1_and_its_error(phi, n_chains):
    tau = (1 + phi) / (1 - phi) / 2
    n_steps = int(2000 * tau) // n_chains
    measured = [
        integrated_autocorrelation_time(ar1((n_chains, n_steps), phi, seed)) for seed in range(300)
    ]
    taus, errors = np.array(measured).T
    # The bias is -exp(-6) from the window and some -(2 W + 1) / n = -0.6 % from the mean.
    assert abs(taus.mean() / tau - 1) < 0.02
    # The error is right to some 20 %: it counts the tail in full that the window leaves out.
    assert 0.75 < np.std((taus - tau) / errors) < 1.15
    # 95 % would lie within 2 errors of a normal distribution; 300 trials scatter by 1.3 %.
    assert np.mean(np.abs(taus - tau) < 2 * errors) > 0.91


def test_chains_are_compared_with_the_mean_of_all():
    # Each stuck at a value of its own: their average over time tells nothing of the other's.
    stuck = np.repeat([[1.0], [-1.0]], 100, axis=1) + ar1((2, 100), 0.0, 0) / 10
    with pytest.warns(UserWarning, match="too short"):
        tau, _ = integrated_autocorrelation_time(stuck)
    assert tau > 50


@pytest.mark.parametrize("shape", [(12,), (2, 8), (4, 50)])
def test_warns_of_chains_too_short(shape):
    message = r"series of shape .* is too short to tell.*likely too small.*Run longer chains"
    with pytest.warns(UserWarning, match=message) as record:
        integrated_autocorrelation_time(ar1(shape, 0.95, 1))
    assert record[0].filename == __file__


def test_series_of_a_store(tmp_path):
    series = ar1((2, 500), 0.5, 0)
    lazy = zarr.create_array(tmp_path / "series.zarr", data=series)
    assert integrated_autocorrelation_time(lazy) == integrated_autocorrelation_time(series)
    assert binder_cumulant(lazy).shape == (2,)


@pytest.mark.parametrize("measure", [binder_cumulant, integrated_autocorrelation_time])
@pytest.mark.parametrize(
    ("series", "error", "message"),
    [
        ([1.0, np.nan, 2.0], ValueError, r"must be finite; got nan at index \(1,\)"),
        ([[1.0, 2.0], [-np.inf, 2.0]], ValueError, r"must be finite; got -inf at index \(1, 0\)"),
        ([], ValueError, r"one number for each measurement; got shape \(0,\)"),
        (3.0, ValueError, r"one number for each measurement; got shape \(\)"),
        (["a", "b"], TypeError, "must hold numbers"),
    ],
)
def test_refuses_what_is_no_series(measure, series, error, message):
    with pytest.raises(error, match=message):
        measure(series)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (np.full((2, 50), 0.1), "series is constant: all of its 100 values are 0.1.*0/0"),
        (np.ones((2, 3, 4)), r"shape \(n_steps,\) or \(n_chains, n_steps\).*got shape \(2, 3, 4\)"),
        (np.ones((5, 1)), r"with 2 steps or more; got shape \(5, 1\)"),
    ],
)
def test_autocorrelation_time_refuses(series, message):
    with pytest.raises(ValueError, match=message):
        integrated_autocorrelation_time(series)


@pytest.mark.parametrize(
    ("window", "error", "message"),
    [
        (0, ValueError, "window must be a finite number > 0; got 0"),
        ("6", TypeError, "window must be a number > 0; got '6'"),
    ],
)
def test_bad_window(window, error, message):
    with pytest.raises(error, match=message):
        integrated_autocorrelation_time([1.0, 2.0, 1.5], window=window)


def test_binder_cumulant_refuses_zeros():
    with pytest.raises(ValueError, match=r"magnetization is 0 in every sample.*axis=-1.*0/0"):
        binder_cumulant([[0.5, 0.1], [0.0, 0.0]])
