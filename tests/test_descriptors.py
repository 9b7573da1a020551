"""Invariance to the last bit, the mathematics behind each feature, and the door for blocks."""

import pickle
from itertools import product

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skising import D4Descriptor
from skising._kernels import d4
from skising.symmetry import components, orbits

SPINS = np.array([-1, 1], dtype=np.int8)


def random_blocks(n_blocks, block_size, seed=0):
    return np.random.default_rng(seed).choice(SPINS, (n_blocks, block_size, block_size))


def family(name, block_size):
    """Return blocks whose coefficients and references are zero in many different ways."""
    rows, columns = np.indices((block_size, block_size))
    ordered = np.ones((block_size, block_size), int)
    if name == "ordered":
        return np.array([ordered], dtype=np.int8)
    if name == "striped":
        stripes = [1 - 2 * (rows // width % 2) for width in (1, 2, 3)]
        halves = [np.where(rows < block_size // 2, 1, -1), np.where(rows < columns, 1, -1)]
        return np.array(stripes + halves, dtype=np.int8)
    if name == "checkerboard":
        return np.array([1 - 2 * ((rows // w + columns // w) % 2) for w in (1, 2)], dtype=np.int8)
    if name == "single flip":
        middle = block_size // 2
        sites = [(0, 0), (0, 1), (0, middle), (middle, middle), (1, middle)]
        return np.array(
            [np.where((rows == i) & (columns == j), -1, 1) for i, j in sites], dtype=np.int8
        )
    return random_blocks(5, block_size, seed=block_size)


FAMILIES = ("ordered", "striped", "checkerboard", "single flip", "random")


def every_block(block_size):
    bits = np.arange(2 ** (block_size**2))[:, np.newaxis] >> np.arange(block_size**2) & 1
    return SPINS[bits].reshape(-1, block_size, block_size)


def images(blocks):
    """Yield the blocks under each of the 16 operations of D4 x Z2."""
    for turns, mirrored, sign in product(range(4), (False, True), (1, -1)):
        image = blocks[:, :, ::-1] if mirrored else blocks
        yield sign * np.rot90(image, turns, axes=(1, 2))


def bits(features):
    assert features.dtype == np.float32
    return features.view(np.uint32)


def by_channel(descriptor, features, what):
    """Return the features whose name starts with `what`, orbit by orbit: place -> (n, ...)."""
    names = descriptor.get_feature_names_out()
    places = descriptor.feature_grid_[:, 1]
    chosen = np.array([name.startswith(what) for name in names])
    return {k: features[:, chosen & (places == k)] for k in np.unique(places[chosen])}


def assert_within_bounds(descriptor, features):
    assert np.isfinite(features).all()
    for power in by_channel(descriptor, features, "power").values():
        assert power.min() >= 0
        np.testing.assert_allclose(power.sum(axis=1), 1, rtol=1e-6)
    for phase in by_channel(descriptor, features, "phase").values():
        assert np.abs(phase).max() <= 1


# Invariance


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("block_size", [*range(2, 13), 16, 31, 32, 33, 64])
def test_all_images_have_the_same_bits(name, block_size):
    blocks = family(name, block_size)
    descriptor = D4Descriptor().fit(blocks)
    features = descriptor.transform(blocks)
    assert_within_bounds(descriptor, features)
    for image in images(blocks):
        np.testing.assert_array_equal(bits(descriptor.transform(image)), bits(features))


@pytest.mark.parametrize("block_size", [5, 12, 31])
def test_rounding_takes_no_feature_out_of_its_bounds(block_size):
    # Among many blocks some have an E component parallel to the reference, where 1 is nearest.
    blocks = random_blocks(1000, block_size, seed=block_size)
    descriptor = D4Descriptor().fit(blocks)
    assert_within_bounds(descriptor, descriptor.transform(blocks))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(2, 12).flatmap(
        lambda block_size: hypothesis_numpy.arrays(
            np.int8, (1, block_size, block_size), elements=st.sampled_from([-1, 1])
        )
    )
)
def test_all_images_of_any_block_have_the_same_bits(block):
    descriptor = D4Descriptor().fit(block)
    features = descriptor.transform(block)
    assert_within_bounds(descriptor, features)
    for image in images(block):
        np.testing.assert_array_equal(bits(descriptor.transform(image)), bits(features))


@pytest.mark.parametrize(
    ("block_size", "n_orbits", "n_separated"), [(2, 4, 4), (3, 51, 49), (4, 4324, 4139)]
)
def test_how_many_inequivalent_blocks_are_told_apart(block_size, n_orbits, n_separated):
    blocks = every_block(block_size)
    flat = 2 ** np.arange(block_size**2)
    code = np.min([(image.reshape(len(blocks), -1) > 0) @ flat for image in images(blocks)], axis=0)
    assert len(np.unique(code)) == n_orbits
    # Burnside: an orbit for each block that an operation leaves alone, averaged over operations.
    fixed = sum((image == blocks).all(axis=(1, 2)).sum() for image in images(blocks))
    assert fixed == 16 * n_orbits
    kinds, kind = np.unique(bits(D4Descriptor().fit_transform(blocks)), axis=0, return_inverse=True)
    assert len(kinds) == n_separated
    assert len(np.unique(np.column_stack([code, kind.ravel()]), axis=0)) == n_orbits


# The features themselves


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("block_size", [*range(2, 10), 16, 31, 32])
def test_features_are_those_of_the_naive_twin(name, block_size):
    blocks = family(name, block_size)
    descriptor = D4Descriptor().fit(blocks)
    names = descriptor.get_feature_names_out()
    for block, features in zip(blocks, descriptor.transform(blocks), strict=True):
        expected = naive.d4_features(block)
        assert set(names) == set(expected)
        np.testing.assert_allclose(features, [expected[name] for name in names], rtol=0, atol=1e-6)


def test_features_of_large_blocks_do_not_overflow():
    # The squared reference of two halves, l^4, passes 2^31 from 216 sites per side on.
    block = family("striped", 220)[3]
    descriptor = D4Descriptor()
    features = descriptor.fit_transform(block[np.newaxis])
    assert_within_bounds(descriptor, features)
    expected = naive.d4_features(block)
    names = descriptor.get_feature_names_out()
    np.testing.assert_allclose(features[0], [expected[name] for name in names], rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["axis", "diagonal"])
def test_kernel_of_four_sites_is_the_projection(kind):
    spins = SPINS[np.arange(2**4) >> np.arange(4)[:, np.newaxis] & 1].astype(np.int16)
    f = np.empty((4, spins.shape[1]), np.int16)
    d4._four_site_coefficients(spins, kind == "diagonal", f)
    expected = np.concatenate([part.matrix for part in components(kind)]) @ spins
    np.testing.assert_array_equal(f, expected)


def test_kernel_of_eight_sites_is_the_projection():
    spins = SPINS[np.arange(2**8) >> np.arange(8)[:, np.newaxis] & 1].astype(np.int16)
    f = np.empty((8, spins.shape[1]), np.int16)
    d4._general_coefficients(spins, f)
    expected = np.concatenate([part.matrix for part in components("general")]) @ spins
    np.testing.assert_array_equal(f, expected)


@pytest.mark.parametrize("block_size", [4, 7])
def test_phases_of_the_orbits_of_an_ordered_block_are_those_of_its_mean_spin(block_size):
    blocks = family("ordered", block_size)
    descriptor = D4Descriptor().fit(blocks)
    for name, feature in zip(
        descriptor.get_feature_names_out(), descriptor.transform(blocks)[0], strict=True
    ):
        assert feature == ("A1" in name)


def test_features_do_not_depend_on_the_other_blocks_or_their_order():
    blocks = random_blocks(40, 9)
    descriptor = D4Descriptor().fit(blocks)
    features = descriptor.transform(blocks)
    np.testing.assert_array_equal(descriptor.transform(blocks[::-1]), features[::-1])
    np.testing.assert_array_equal(descriptor.transform(blocks[7:8]), features[7:8])


# What describes them


@pytest.mark.parametrize("block_size", [2, 3, 8, 15, 31])
def test_names_are_unique_and_as_many_as_features(block_size):
    blocks = family("ordered", block_size)
    descriptor = D4Descriptor().fit(blocks)
    names = descriptor.get_feature_names_out()
    assert len(set(names)) == len(names) == descriptor.n_features_out_
    assert descriptor.transform(blocks).shape == (1, descriptor.n_features_out_)
    assert all(isinstance(name, str) for name in names)


def test_names_of_the_smallest_blocks():
    two = D4Descriptor().fit(family("ordered", 2)).get_feature_names_out()
    site = "(0.5,0.5)"
    assert list(two) == [
        name + site
        for name in (
            *("power_A1", "power_B2", "power_E1"),
            *("phase_A1", "phase_B2", "phase_E1_ref1", "phase_E1_ref2"),
        )
    ]
    three = D4Descriptor().fit(family("ordered", 3)).get_feature_names_out()
    # A power of the centre's single spin would be 1 for every block.
    assert [name for name in three if name.endswith("(0,0)")] == ["phase_A1(0,0)"]


@pytest.mark.parametrize("block_size", [2, 3, 8, 15, 31])
def test_feature_grid_gives_each_feature_a_place_of_its_own(block_size):
    descriptor = D4Descriptor().fit(family("ordered", block_size))
    grid, by_distance = descriptor.feature_grid_, orbits(block_size)
    assert grid.shape == (descriptor.n_features_out_, 2)
    assert len(np.unique(grid, axis=0)) == len(grid)
    assert len(set(d4.CHANNELS)) == len(d4.CHANNELS)
    for (channel, place), name in zip(grid, descriptor.get_feature_names_out(), strict=True):
        row, column = by_distance[place].representative
        assert name == f"{d4.CHANNELS[channel]}({row:g},{column:g})"


@pytest.mark.parametrize("block_size", [2, 3, 8, 15, 31])
def test_orbit_table_has_a_row_for_each_orbit(block_size):
    table = D4Descriptor().fit(family("ordered", block_size)).orbits_
    assert list(table) == ["row", "column", "distance", "kind", "size", "irreps"]
    assert table["size"].sum() == block_size**2
    assert set(zip(table["row"], table["column"], strict=True)) == {
        orbit.representative for orbit in orbits(block_size)
    }
    np.testing.assert_allclose(table["distance"], np.hypot(table["row"], table["column"]))
    order = {"centre": 0, "axis": 1, "diagonal": 2, "general": 3}
    place = list(zip(table["kind"].map(order), table["distance"], strict=True))
    assert place == sorted(place)
    irreps = {
        "centre": "A1",
        "axis": "A1 + B1 + E1",
        "diagonal": "A1 + B2 + E1",
        "general": "A1 + A2 + B1 + B2 + E1 + E2",
    }
    assert list(table["irreps"]) == [irreps[kind] for kind in table["kind"]]


# The scikit-learn contract


def test_pandas_output_has_the_names_as_columns():
    blocks = random_blocks(6, 5)
    frame = D4Descriptor().set_output(transform="pandas").fit_transform(blocks)
    plain = D4Descriptor().fit(blocks)
    assert list(frame.columns) == list(plain.get_feature_names_out())
    assert set(frame.dtypes) == {np.dtype(np.float32)}
    np.testing.assert_array_equal(frame.to_numpy(), plain.transform(blocks))


@pytest.mark.parametrize("n_blocks", [1, 2, 3, 100])
@pytest.mark.parametrize("n_jobs", [2, -1])
def test_threads_change_nothing(n_blocks, n_jobs):
    blocks = random_blocks(n_blocks, 11)
    one = D4Descriptor(n_jobs=1).fit_transform(blocks)
    many = D4Descriptor(n_jobs=n_jobs).fit_transform(blocks)
    np.testing.assert_array_equal(bits(many), bits(one))


def test_clone_and_pickle():
    blocks = random_blocks(6, 5)
    descriptor = D4Descriptor(n_jobs=2).fit(blocks)
    copy = clone(descriptor)
    assert copy.get_params() == {"n_jobs": 2}
    with pytest.raises(NotFittedError):
        copy.transform(blocks)
    loaded = pickle.loads(pickle.dumps(descriptor))
    np.testing.assert_array_equal(loaded.transform(blocks), descriptor.transform(blocks))
    np.testing.assert_array_equal(
        loaded.get_feature_names_out(), descriptor.get_feature_names_out()
    )
    assert loaded.orbits_.equals(descriptor.orbits_)


def test_fit_again_for_another_size():
    descriptor = D4Descriptor().fit(random_blocks(2, 5))
    blocks = random_blocks(2, 8)
    np.testing.assert_array_equal(
        descriptor.fit(blocks).transform(blocks), D4Descriptor().fit_transform(blocks)
    )
    assert descriptor.block_size_ == 8


def read_only(blocks):
    blocks = blocks.copy()
    blocks.flags.writeable = False
    return blocks


def padded(blocks):
    """Return the same blocks as every other row and column of a larger array."""
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
def test_form_of_the_input_does_not_matter(form):
    blocks = random_blocks(6, 5)
    before = blocks.copy()
    features = D4Descriptor().fit_transform(form(blocks))
    np.testing.assert_array_equal(features, D4Descriptor().fit_transform(before))
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
    "4-D": (BLOCKS[np.newaxis], ValueError, r"got shape \(1, 3, 4, 4\).*Reshape your data"),
    "not square": (BLOCKS[:, 1:], ValueError, r"square blocks.*\(3, 3, 4\).*extract_blocks"),
    "l = 1": (np.ones((3, 1, 1)), ValueError, r"square blocks of l x l sites with l >= 2"),
    "empty": (BLOCKS[:0], ValueError, r"X is empty: shape \(0, 4, 4\)"),
    "NaN": (WITH_NAN, ValueError, r"got nan at index \(1, 2, 3\).*dtype float64.*NaN and inf"),
    "inf": (np.where(WITH_NAN == 1, np.inf, 1), ValueError, r"got inf at index .*NaN and inf"),
    "0/1": (BLOCKS > 0, ValueError, r"got True at index.*dtype bool.*np.where\(X, 1, -1\)"),
    "0/1 ints": ((BLOCKS + 1) // 2, ValueError, r"got 0 at index.*int8.*np.where\(X, 1, -1\)"),
    "+-2": (2 * BLOCKS, ValueError, r"got -?2 at index \(0, 0, 0\).*np.where\(X > 0, 1, -1\)"),
    "strings": (np.full((3, 4, 4), "up"), TypeError, r"X must hold numbers; got dtype <U2"),
    "sparse": (sparse.eye_array(4), TypeError, r"X must be a dense array; got a sparse dia_array"),
    "complex": (BLOCKS * 1j, ValueError, r"X must be real.*complex"),
    "None": (None, ValueError, r"X must have 3 dimensions.*got shape \(\)"),
}


@pytest.mark.parametrize("name", BAD_BLOCKS)
def test_what_is_no_block_of_spins_is_refused(name):
    bad, error, message = BAD_BLOCKS[name]
    with pytest.raises(error, match=message):
        D4Descriptor().fit(bad)
    with pytest.raises(error, match=message):
        D4Descriptor().fit(BLOCKS).transform(bad)


def test_blocks_of_another_size_than_in_fit_are_refused():
    descriptor = D4Descriptor().fit(BLOCKS)
    with pytest.raises(ValueError, match=r"blocks of 4 x 4 sites, as seen in fit; got .*\(2, 5, 5"):
        descriptor.transform(random_blocks(2, 5))


@pytest.mark.parametrize(
    "call", [lambda d: d.transform(BLOCKS), lambda d: d.get_feature_names_out()]
)
def test_before_fit(call):
    with pytest.raises(NotFittedError, match="D4Descriptor instance is not fitted yet"):
        call(D4Descriptor())
