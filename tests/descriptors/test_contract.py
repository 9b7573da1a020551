"""The contract of every descriptor: invariance, threads, the conventions of scikit-learn, errors.

These tests run on each descriptor of the registry; a new one needs no change here. Its settings
beside the defaults may be added to `OTHER_SETTINGS`.
"""

import pickle
from itertools import product

import numpy as np
import pytest
from families import (
    FAMILIES,
    SIZES,
    any_block,
    bits,
    family,
    family_of,
    images,
    random_blocks,
    random_spins,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skising import PairCorrelationDescriptor
from skising.descriptors._registry import DESCRIPTORS, resolve_descriptor

OTHER_SETTINGS = {
    "d4": [
        {"invariants": "power"},
        {"invariants": "complete"},
        {"invariants": "power", "spins": "potts", "n_states": 3},
        *({"spins": "potts", "n_states": q} for q in (2, 4, 10)),
        *({"invariants": "complete", "spins": "potts", "n_states": q} for q in (2, 3, 4, 1000)),
        *({"invariants": kind, "spins": "diluted"} for kind in ("reference", "complete")),
        *({"spins": "clock", "n_states": q} for q in (3, 65536)),
        *({"invariants": "complete", "spins": "clock", "n_states": q} for q in (2, 5)),
    ],
    "pair": [
        {"spins": "diluted"},
        *({"spins": "potts", "n_states": q} for q in (2, 3, 4, 10, 1000)),
        *({"spins": "clock", "n_states": q} for q in (2, 3, 4, 5, 6, 8, 64, 65536)),
    ],
}
NOT_INVARIANT = {"spins"}
CASES = [(name, {}) for name in DESCRIPTORS] + [
    (name, setting) for name, others in OTHER_SETTINGS.items() for setting in others
]
INVARIANT_CASES = [case for case in CASES if case[0] not in NOT_INVARIANT]
ISING_CASES = [case for case in CASES if "spins" not in case[1]]
FEWER_SIZES = (2, 3, 4, 5, 9, 33)
FEWER_CASES = [case for case in INVARIANT_CASES if case[1].get("n_states") in (None, 3, 65536)]


def label(case):
    name, setting = case
    return "-".join([name, *map(str, setting.values())])


def make(case, block_size=2):
    """Return an unfitted descriptor for blocks of at least this size."""
    name, setting = case
    return resolve_descriptor(name, block_size).set_params(**setting)


@pytest.fixture(params=CASES, ids=label)
def descriptor(request):
    return make(request.param)


@pytest.fixture(params=ISING_CASES, ids=label)
def ising_descriptor(request):
    return make(request.param)


def what_spins(descriptor):
    """Return what the spins of a descriptor are, as arguments of the functions of `families`."""
    return {"spins": descriptor.spins, "n_states": descriptor.n_states}


def blocks_for(descriptor, n_blocks, block_size):
    return random_spins(n_blocks, block_size, **what_spins(descriptor))


def assert_images_have_the_same_bits(descriptor, blocks):
    features = descriptor.fit_transform(blocks)
    assert np.isfinite(features).all()
    every_image = np.concatenate([*images(blocks, **what_spins(descriptor))])
    of_images = bits(descriptor.transform(every_image)).reshape(-1, *features.shape)
    assert len(of_images) >= 16
    assert (of_images == bits(features)).all()


# Invariance


@pytest.mark.parametrize(
    ("case", "block_size"),
    [
        (case, block_size)
        for case in INVARIANT_CASES
        for block_size in (SIZES if case in ISING_CASES else FEWER_SIZES)
    ],
    ids=lambda value: label(value) if isinstance(value, tuple) else None,
)
@pytest.mark.slow
def test_features_of_all_images_are_bit_identical(block_size, case):
    descriptor = make(case, block_size)
    families = [family_of(name, block_size, **what_spins(descriptor)) for name in FAMILIES]
    assert_images_have_the_same_bits(descriptor, np.concatenate(families))


@pytest.mark.parametrize("case", FEWER_CASES, ids=label)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_features_of_all_images_of_any_block_are_bit_identical(case, data):
    block = data.draw(any_block(**what_spins(make(case))))
    assert_images_have_the_same_bits(make(case, block.shape[1]), block)


def test_features_of_a_block_do_not_depend_on_the_other_blocks(descriptor):
    blocks = blocks_for(descriptor, 40, 9)
    features = descriptor.fit_transform(blocks)
    np.testing.assert_array_equal(descriptor.transform(blocks[::-1]), features[::-1])
    np.testing.assert_array_equal(descriptor.transform(blocks[7:8]), features[7:8])


@pytest.fixture
def shares_of_16_blocks(monkeypatch):
    monkeypatch.setattr("skising.descriptors._base._SPINS_PER_SHARE", 1)


@pytest.mark.parametrize("n_blocks", [1, 16, 17, 100])
def test_features_do_not_depend_on_shares_threads_or_dtype(n_blocks, descriptor, request):
    blocks = blocks_for(descriptor, n_blocks, 9)
    features = descriptor.fit_transform(blocks)
    request.getfixturevalue("shares_of_16_blocks")
    for n_jobs, dtype in product([1, 2, 5, -1], [blocks.dtype, np.float64]):
        in_shares = descriptor.set_params(n_jobs=n_jobs).transform(blocks.astype(dtype))
        np.testing.assert_array_equal(bits(in_shares), bits(features), f"{n_jobs=}, {dtype=}")


@pytest.mark.usefixtures("shares_of_16_blocks")
@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("dtype", [None, np.float64])
def test_wrong_spin_in_one_share_is_an_error(n_jobs, dtype, descriptor):
    blocks = blocks_for(descriptor, 100, 9)
    wrong = {"ising": 0, "diluted": 2, "potts": -1, "clock": descriptor.n_states}[descriptor.spins]
    if dtype or wrong == 65536:
        blocks = blocks.astype(dtype or np.int32)
    descriptor.set_params(n_jobs=n_jobs).fit(blocks)
    blocks[38, 1, 2] = wrong
    place = r" at index \(38, 1, 2\), in.* \(100, 9, 9\)"
    with pytest.raises(ValueError, match=f"got {wrong}.*{place}"):
        descriptor.transform(blocks)


def test_every_int8_number_that_is_not_a_spin_is_an_error():
    blocks = random_blocks(3, 5)
    descriptor = resolve_descriptor("spins", 5).fit(blocks)
    for number in sorted({*range(-128, 128)} - {-1, 1}):
        blocks[1, 2, 3] = number
        with pytest.raises(ValueError, match=rf"got {number} at index \(1, 2, 3\)"):
            descriptor.transform(blocks)


# The conventions of scikit-learn


@pytest.mark.parametrize("block_size", [2, 3, 8, 15, 31])
def test_each_feature_has_a_unique_name(descriptor, block_size):
    blocks = family("ordered", block_size)  # state 1 of states
    assert descriptor.fit(blocks) is descriptor
    names = descriptor.get_feature_names_out()
    assert len(set(names)) == len(names) == descriptor.n_features_out_
    assert descriptor.transform(blocks).shape == (1, descriptor.n_features_out_)
    assert all(isinstance(name, str) for name in names)


def test_pandas_output_has_the_names_as_columns(descriptor):
    blocks = blocks_for(descriptor, 6, 5)
    plain = clone(descriptor).fit(blocks)
    frame = descriptor.set_output(transform="pandas").fit_transform(blocks)
    assert list(frame.columns) == list(plain.get_feature_names_out())
    assert set(frame.dtypes) == {np.dtype(np.float32)}
    np.testing.assert_array_equal(frame.to_numpy(), plain.transform(blocks))


@pytest.mark.parametrize(
    ("n_jobs", "error", "message"),
    [
        (0, ValueError, "n_jobs must be None, a number of workers, or -1 for all cores; got 0"),
        ("2", TypeError, "n_jobs must be .*; got '2' of type str"),
        (1.5, TypeError, r"n_jobs must be .*; got 1\.5 of type float"),
        (True, TypeError, "n_jobs must be .*; got True of type bool"),
    ],
)
def test_wrong_n_jobs_is_an_error(n_jobs, error, message, descriptor):
    blocks = np.ones((2, 8, 8), np.int8)
    with pytest.raises(error, match=message):
        clone(descriptor).set_params(n_jobs=n_jobs).fit(blocks)
    with pytest.raises(error, match=message):
        descriptor.fit(blocks).set_params(n_jobs=n_jobs).transform(blocks)


def test_clone_is_unfitted_and_pickle_keeps_the_fit(descriptor):
    blocks = blocks_for(descriptor, 6, 5)
    descriptor.set_params(n_jobs=2).fit(blocks)
    copy = clone(descriptor)
    assert copy.get_params() == descriptor.get_params()
    with pytest.raises(NotFittedError):
        copy.transform(blocks)
    loaded = pickle.loads(pickle.dumps(descriptor))
    np.testing.assert_array_equal(loaded.transform(blocks), descriptor.transform(blocks))
    np.testing.assert_array_equal(
        loaded.get_feature_names_out(), descriptor.get_feature_names_out()
    )


NUMPY_PARAMETERS = {"n_jobs": np.int64(2), "invariants": np.str_("complete")}


def test_numpy_parameters_are_those_of_python(descriptor):
    blocks = blocks_for(descriptor, 40, 5)
    given = {name: NUMPY_PARAMETERS.get(name) for name in descriptor.get_params()}
    given = {name: value for name, value in given.items() if value is not None}
    plain = {name: value.item() for name, value in given.items()}
    features = clone(descriptor).set_params(**given).fit_transform(blocks)
    np.testing.assert_array_equal(features, descriptor.set_params(**plain).fit_transform(blocks))
    assert all(clone(descriptor).get_params()[name] == value for name, value in plain.items())


@pytest.mark.parametrize("setting", OTHER_SETTINGS["d4"][:2])
def test_parameters_changed_after_fit_take_effect_in_the_next_fit(setting):
    blocks = random_blocks(6, 5)
    for before, after in ((setting, {"invariants": "reference"}), ({}, setting)):
        changed = make(("d4", before)).fit(blocks).set_params(**after)
        features = make(("d4", before)).fit_transform(blocks)
        np.testing.assert_array_equal(changed.transform(blocks), features)
        np.testing.assert_array_equal(
            changed.fit_transform(blocks), make(("d4", after)).fit_transform(blocks)
        )


def test_second_fit_replaces_the_block_size(descriptor):
    other = clone(descriptor).fit(blocks_for(descriptor, 2, 5))
    blocks = blocks_for(descriptor, 2, 8)
    np.testing.assert_array_equal(
        other.fit(blocks).transform(blocks), descriptor.fit_transform(blocks)
    )
    assert other.block_size_ == 8


def read_only(blocks):
    blocks = blocks.copy()
    blocks.flags.writeable = False
    return blocks


def padded(blocks):
    """Return a view of the same blocks in every second row and column of a larger array."""
    larger = np.zeros((len(blocks), 2 * blocks.shape[1], 2 * blocks.shape[2]), blocks.dtype)
    larger[:, ::2, ::2] = blocks
    return larger[:, ::2, ::2]


@pytest.mark.parametrize(
    "form",
    [
        read_only,
        padded,
        np.asfortranarray,
        np.ndarray.tolist,
        lambda blocks: blocks.astype(np.float64),
        lambda blocks: padded(blocks.astype(np.float32)),
        lambda blocks: blocks.astype(np.int64),
        lambda blocks: blocks.astype(object),
        lambda blocks: blocks.astype(">i4"),
    ],
    ids=["read-only", "strided", "fortran", "list", "f8", "strided f4", "i8", "object", ">i4"],
)
def test_features_do_not_depend_on_layout_or_dtype_of_the_input(form, descriptor):
    blocks = blocks_for(descriptor, 6, 5)
    before = blocks.copy()
    features = descriptor.fit_transform(form(blocks))
    np.testing.assert_array_equal(features, descriptor.fit_transform(before))
    np.testing.assert_array_equal(blocks, before)


BLOCKS = random_blocks(3, 4)
WITH_NAN = BLOCKS.astype(float)
WITH_NAN[1, 2, 3] = np.nan
BAD_BLOCKS = {
    "single block": (BLOCKS[0], ValueError, r"X must have 3 dimensions.*shape \(4, 4\).*newaxis"),
    "flat rows": (
        BLOCKS.reshape(3, -1),
        ValueError,
        r"X must have 3 dimensions, \(n_samples, l, l\); got shape \(3, 16\)",
    ),
    "4-D": (BLOCKS[np.newaxis], ValueError, r"got shape \(1, 3, 4, 4\).*X.reshape\(-1, 4, 4\)"),
    "not square": (BLOCKS[:, 1:], ValueError, r"square blocks.*\(3, 3, 4\).*extract_blocks"),
    "l = 1": (np.ones((3, 1, 1)), ValueError, r"square blocks of l x l sites with l >= 2"),
    "empty": (BLOCKS[:0], ValueError, r"X is empty: shape \(0, 4, 4\)"),
    "NaN": (WITH_NAN, ValueError, r"got nan at index \(1, 2, 3\).*dtype float64.*NaN and inf"),
    "inf": (np.where(WITH_NAN == 1, np.inf, 1), ValueError, r"got inf at index .*NaN and inf"),
    "0/1": (
        BLOCKS > 0,
        ValueError,
        r"got True at index.*dtype bool.*2 \* X.astype\(np.int8\) - 1`",
    ),
    "0/1 ints": ((BLOCKS + 1) // 2, ValueError, r"got 0 at index.*int8.*`\(X == 1\).astype"),
    "+-2": (2 * BLOCKS, ValueError, r"got -?2 at index \(0, 0, 0\).*`\(X == 2\).astype"),
    "strings": (np.full((3, 4, 4), "up"), TypeError, r"X must hold numbers; got dtype <U2"),
    "sparse": (sparse.eye_array(4), TypeError, r"X must be a dense array; got a sparse dia_array"),
    "complex": (BLOCKS * 1j, ValueError, r"X must be real.*complex"),
    "None": (None, ValueError, r"X must have 3 dimensions.*got shape \(\)"),
}


@pytest.mark.parametrize("name", BAD_BLOCKS)
def test_input_other_than_blocks_of_spins_is_an_error(name, ising_descriptor):
    descriptor, (bad, error, message) = ising_descriptor, BAD_BLOCKS[name]
    with pytest.raises(error, match=message):
        descriptor.fit(bad)
    with pytest.raises(NotFittedError):
        descriptor.transform(BLOCKS)
    with pytest.raises(error, match=message):
        descriptor.fit(BLOCKS).transform(bad)


def test_blocks_of_another_size_than_in_fit_are_an_error(descriptor):
    descriptor.fit(blocks_for(descriptor, 3, 4))
    with pytest.raises(ValueError, match=r"blocks of 4 x 4 sites, as seen in fit; got .*\(2, 5, 5"):
        descriptor.transform(blocks_for(descriptor, 2, 5))


@pytest.mark.parametrize(
    "call", [lambda d: d.transform(BLOCKS), lambda d: d.get_feature_names_out()]
)
def test_call_before_fit_is_an_error(call, descriptor):
    message = f"{type(descriptor).__name__} instance is not fitted yet"
    with pytest.raises(NotFittedError, match=message):
        call(descriptor)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_features_are_counted_without_laying_them_out(case):
    for block_size in range(2, 20):
        descriptor = make(case, block_size)
        n_features = descriptor._count_features(block_size)
        n_bytes = descriptor._count_table_bytes(block_size)
        descriptor.fit(np.ones((1, block_size, block_size)))
        assert n_features == descriptor.n_features_out_
        if n_bytes:
            assert n_bytes >= sum(np.asarray(table).nbytes for table in descriptor._tables[1:2])


def test_pairs_of_every_distance_are_counted():
    for block_size in range(2, 20):
        descriptor = PairCorrelationDescriptor(block_size - 1)
        n_features = descriptor._count_features(block_size)
        assert n_features == descriptor.fit(np.ones((1, block_size, block_size))).n_features_out_
