"""Every hint is followed: its line of code makes lattices of the right energies, or an error."""

import re
from contextlib import contextmanager

import dask.array
import h5py
import numpy as np
import pandas as pd
import pytest
import torch
import zarr
from stores import RecordingStore

from skising import BlockAveragingRegressor, D4Descriptor, extract_blocks, sample_blocks
from skising._spins import check_lattices
from skising.observables import energy_density, magnetization

SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (7, 4, 4), p=[0.3, 0.7])
ENERGY, MAGNETIZATION = energy_density(SPINS), magnetization(SPINS)


def test_the_lattices_differ_in_energy_and_in_sign():
    bonds = SPINS * np.roll(SPINS, 1, 1) + SPINS * np.roll(SPINS, 1, 2)
    np.testing.assert_array_equal(ENERGY, -bonds.mean(axis=(1, 2)))
    assert len(set(ENERGY)) > 3
    assert abs(MAGNETIZATION.mean()) > 0.2


def error_of(X, function=energy_density, error=(TypeError, ValueError)):
    with pytest.raises(error) as caught:
        function(X)
    return str(caught.value)


def lines(message):
    """Return the lines of code in a message."""
    return re.findall("`([^`]+)`", message)


def follow(X, function=energy_density):
    """Return what the only line of code in the error makes of X."""
    (line,) = lines(error_of(X, function))
    return eval(line, {"X": X, "np": np})


def follow_to_the_end(X, most=4):
    """Follow hints until there is no error. Of rows, the lattices are flattened."""
    for _ in range(most):
        try:
            energy_density(X)
        except (TypeError, ValueError) as error:
            found = lines(str(error))
            (line,) = [line for line in found if "reshape" in line or len(found) == 1]
            X = eval(line, {"X": X, "np": np})
        else:
            return X
    raise AssertionError(f"more than {most} hints")


def assert_same_lattices(X):
    np.testing.assert_array_equal(energy_density(X), ENERGY)
    np.testing.assert_array_equal(magnetization(X), MAGNETIZATION)


# The values


def with_values(minus, plus, dtype):
    return np.where(SPINS > 0, np.array(plus, dtype), np.array(minus, dtype)).astype(dtype)


VALUES = {
    "uint8 of -1": SPINS.astype(np.uint8),
    "uint16 of -1": SPINS.astype(np.uint16),
    "uint32 of -1": SPINS.astype(np.uint32),
    "uint64 of -1": SPINS.astype(np.uint64),
    "uint8 of -1, as int64": SPINS.astype(np.uint8).astype(np.int64),
    "uint16 of -1, as floats": SPINS.astype(np.uint16).astype(float),
    "uint32 of -1, as floats": SPINS.astype(np.uint32).astype(float),
    "bool": SPINS > 0,
    **{f"0 and 1, {dtype}": with_values(0, 1, dtype) for dtype in ("u1", "i1", "i8", "f4", "f8")},
    "1 and 2": with_values(1, 2, "u1"),
    "0 and 255": with_values(0, 255, "u1"),
    "0 and 2": with_values(0, 2, "i8"),
    "spin 1/2": with_values(-0.5, 0.5, "f8"),
    "tenths": with_values(0.1, 0.7, "f4"),
    "half precision": with_values(-0.3, 0.3, "f2"),
    "rounding errors": SPINS * (1 + 1e-6 * np.random.default_rng(0).normal(size=SPINS.shape)),
    "one value with a rounding error": with_values(-1, 1 + 1e-7, "f8"),
}


@pytest.mark.parametrize("name", VALUES)
def test_the_hint_on_two_values_gives_the_lattices(name):
    assert_same_lattices(follow(VALUES[name]))


THIRDS = [
    (name, third)
    for name, X in VALUES.items()
    for third in (0, 3, 64, 128, 129, 254, 256, 257)
    if X.dtype != bool and np.array(third).astype(X.dtype) == third and third not in X
]


@pytest.mark.parametrize(("name", "third"), THIRDS)
def test_the_hint_on_two_values_refuses_a_third_value(name, third):
    """A third value may come in a part of the data that has not been read yet."""
    X = VALUES[name]
    (line,) = lines(error_of(X))
    wider = X.copy()
    wider[3, 1, 2] = third
    with pytest.raises(ValueError, match=r"must hold spins.*at index \(3, 1, 2\)"):
        energy_density(eval(line, {"X": wider, "np": np}))


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (SPINS + 1, r"holds 0 and 2|For 2 as \+1 and 0 as -1"),
        (SPINS * (np.arange(4) > 0), r"It holds -1, 0 and 1. A 0 beside -1 is a vacancy"),
        (np.minimum(SPINS * (np.arange(4) > 0), 0), r"It holds -1 and 0. A 0 beside -1 is a vac"),
        (np.arange(7 * 16).reshape(7, 4, 4) % 3, r"no Ising spins.*it holds 3, 0, 1 and 2\."),
        (
            np.linspace(0, 6.28, 112).reshape(7, 4, 4),
            r"no Ising.*112 different .* from 0.0 to 6.28",
        ),
        (np.full((7, 4, 4), 5), "All numbers read are 5, so that nothing tells which spin"),
    ],
    ids=["0 and 2", "diluted", "diluted without +1", "Potts", "angles", "all 5"],
)
def test_the_hint_names_what_it_found(X, words):
    message = error_of(X, error=ValueError)
    assert re.search(words, message)
    assert bool(lines(message)) is ("as -1" in words)


def test_a_lattice_of_zeros_may_be_one_of_two_values():
    X = with_values(0, 1, "u1")
    X[0] = 0
    message = error_of(X[:1])
    assert "All numbers read are 0. If 0 and 1 are the two spins, pass `" in message
    (line,) = lines(message)
    spins = eval(line, {"X": X, "np": np})
    np.testing.assert_array_equal(energy_density(spins)[1:], ENERGY[1:])
    assert energy_density(spins)[0] == -2


def test_the_hint_on_nan_leaves_out_the_samples():
    X = SPINS.astype(float)
    X[2, 1, 1], X[5, 0, 0] = np.nan, -np.inf
    kept = follow(X)
    np.testing.assert_array_equal(energy_density(kept), ENERGY[[0, 1, 3, 4, 6]])


# The shape

LARGE = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (7, 5, 5))
SHAPES = {
    "flattened": (LARGE.reshape(7, 25), "7 flattened"),
    "a row": (LARGE[:1].reshape(1, 25), "flattened"),
    "flattened, transposed": (LARGE.reshape(7, 25).T, "7 flattened"),
    "one flattened": (LARGE[0].reshape(25), "a single flattened"),
    "one lattice": (LARGE[0], "a single lattice"),
    "channel first": (LARGE[:, np.newaxis], "one channel"),
    "channel last": (LARGE[..., np.newaxis], "one channel"),
    "an axis before": (LARGE[np.newaxis], "lattices of 5 x 5"),
    "an axis before rectangles": (LARGE[np.newaxis, :, :3], "lattices of 3 x 5"),
    "chains and steps": (np.stack([LARGE, -LARGE]), "2 x 7 lattices"),
    "chains, sizes and steps": (np.stack([LARGE, -LARGE])[:, np.newaxis], "lattices of 5 x 5"),
    "an image of 3 rows with a channel": (LARGE[:, :3, :, np.newaxis], "lattices of 3 x 5"),
}


@pytest.mark.parametrize("form", [np.ndarray.copy, np.ndarray.tolist, torch.tensor])
@pytest.mark.parametrize("name", SHAPES)
def test_the_hint_on_the_shape_gives_the_lattices(name, form):
    X, meaning = SHAPES[name]
    expected = {
        "one lattice": LARGE[:1],
        "one flattened": LARGE[:1],
        "a row": LARGE[:1],
        "an axis before rectangles": LARGE[:, :3],
        "an image of 3 rows with a channel": LARGE[:, :3],
        "chains and steps": np.concatenate([LARGE, -LARGE]),
        "chains, sizes and steps": np.concatenate([LARGE, -LARGE]),
    }.get(name, LARGE)
    X = form(X)
    message = error_of(X, error=ValueError)
    readings = re.findall("or ([^`]*?) pass `([^`]+)`", message)
    (line,) = [line for text, line in readings if meaning in text]
    np.testing.assert_array_equal(eval(line, {"X": X, "np": np}), expected)
    assert len(readings) == 1 or "The shape does not tell what the axes are" in message


def test_a_shape_without_a_reading_has_no_line():
    for shape in [(), (5,), (1, 5), (3, 2, 4, 5), (2, 5, 3, 4, 6)]:
        message = error_of(np.ones(shape))
        assert "Reshape your data so that each sample is one lattice" in message
        assert not lines(message)


@pytest.mark.parametrize(
    "function", [lambda X: extract_blocks(X, 4), lambda X: sample_blocks(X, 4, 1)]
)
def test_the_last_axis_may_be_that_of_the_samples(function):
    X = np.moveaxis(LARGE[:3], 0, -1)
    message = error_of(X, function)
    assert "smaller than block_size=4" in message
    assert "3 lattice(s) of 5 x 5 sites" in message
    np.testing.assert_array_equal(follow(X, function), LARGE[:3])


def test_the_target_tells_that_the_last_axis_is_that_of_the_samples():
    X = np.moveaxis(LARGE, 0, -1)
    y = energy_density(LARGE)
    model = BlockAveragingRegressor(2, descriptor="pair", max_epochs=1)
    np.testing.assert_array_equal(follow(X, lambda X: model.fit(X, y)), LARGE)
    assert not lines(error_of(X, lambda X: model.fit(X, y[:6])))


def test_the_hint_on_blocks_gives_blocks():
    X = SPINS.reshape(7, 16)
    np.testing.assert_array_equal(follow(X, D4Descriptor().fit), SPINS)


# The storage and the dtype


@contextmanager
def npz(folder, arrays):
    np.savez(folder / "X.npz", **arrays)
    with np.load(folder / "X.npz") as file:
        yield file


@contextmanager
def h5(folder, arrays):
    with h5py.File(folder / "X.h5", "w") as file:
        for name, array in arrays.items():
            file[name] = array
        yield file


@contextmanager
def zarr_group(folder, arrays):
    group = zarr.create_group(folder / "X.zarr")
    for name, array in arrays.items():
        group.create_array(name, data=array)
    yield group


@contextmanager
def dictionary(folder, arrays):
    yield arrays


@pytest.mark.parametrize("container", [npz, h5, zarr_group, dictionary])
def test_the_hint_names_the_member_that_holds_lattices(container, tmp_path):
    with container(tmp_path, {"energy": ENERGY, "spins": SPINS}) as X:
        message = error_of(X, error=TypeError)
        assert 'X["energy"] (7,)' in message
        assert 'X["spins"] (7, 4, 4)' in message
        assert_same_lattices(follow(X))
        with pytest.raises(TypeError, match=r"y must be one array; got .* Pass the array of them"):
            BlockAveragingRegressor(2).fit(SPINS, X)


def test_members_of_groups_are_named(tmp_path):
    with h5(tmp_path, {"run/cold/spins": SPINS, "run/energy": ENERGY}) as X:
        assert lines(error_of(X)) == ['X["run"]["cold"]["spins"]']
        assert_same_lattices(follow(X))


def test_several_members_that_fit_are_all_named():
    message = error_of({"a": SPINS, "b": SPINS})
    assert 'with X["a"] (7, 4, 4), X["b"] (7, 4, 4). Pass the array of them that' in message
    assert "with no arrays." in error_of({})


def objects(X):
    array = np.empty(len(X), object)
    array[:] = list(X)
    return array


@pytest.mark.parametrize(
    "form",
    [
        objects,
        lambda X: pd.Series(list(X)),
        lambda X: objects(X.reshape(7, -1)),
        lambda X: pd.DataFrame(X.reshape(7, -1)[:1]),
        lambda X: X.astype("u1")[:, np.newaxis],
        lambda X: objects(X.astype("u1")),
        lambda X: ((X + 1) // 2).tolist(),
        lambda X: np.rec.fromarrays([X], names="spin"),
        lambda X: torch.tensor(X.astype(float), requires_grad=True),
        lambda X: torch.tensor(X).bfloat16(),
        lambda X: dask.array.from_array(X.astype("u1"))[:, :, :, np.newaxis],
    ],
)
def test_hints_are_followed_to_the_end(form):
    X = form(LARGE)
    found = energy_density(follow_to_the_end(X))
    np.testing.assert_array_equal(found, energy_density(LARGE)[: len(found)])
    np.testing.assert_array_equal(
        magnetization(follow_to_the_end(X)), magnetization(LARGE)[: len(found)]
    )


@pytest.mark.parametrize(
    "store",
    [
        lambda X, folder: zarr.create_array(folder / "X.zarr", data=X),
        lambda X, folder: h5py.File(folder / "X.h5", "w").create_dataset("X", data=X),
        lambda X, folder: dask.array.from_array(X, chunks=2),
        lambda X, folder: RecordingStore(X),
    ],
    ids=["zarr", "h5py", "dask", "store of a user"],
)
@pytest.mark.parametrize(
    "change", [lambda X: X.astype(np.uint8), lambda X: (X + 1) // 2, lambda X: X[:, np.newaxis]]
)
def test_the_hints_on_a_store_work_on_the_store(store, change, tmp_path):
    X = store(change(SPINS), tmp_path)
    assert_same_lattices(follow(X))
    assert_same_lattices(follow(X, lambda X: sample_blocks(X, 2, 1)))


@pytest.mark.parametrize("read", [lambda X: sample_blocks(X, 3, 2, random_state=0), check_lattices])
def test_every_reader_gives_the_hint(read):
    np.testing.assert_array_equal(follow(SPINS.astype(np.uint8), read), SPINS)
    zeros_and_ones = ((SPINS + 1) // 2).tolist()
    np.testing.assert_array_equal(follow(zeros_and_ones, read), SPINS)
