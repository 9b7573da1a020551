"""Pair correlations: values, the energy of a block, displacements, wrong distances."""

import naive
import numpy as np
import pytest
from families import FAMILIES, family, random_blocks

from skising import PairCorrelationDescriptor


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(
    ("block_size", "max_distance"), [(2, 1), (3, 2), (5, 4), (8, 2.5), (9, 8), (12, 4)]
)
def test_features_equal_those_of_the_naive_twin(name, block_size, max_distance):
    blocks = family(name, block_size)
    descriptor = PairCorrelationDescriptor(max_distance).fit(blocks)
    for block, features in zip(blocks, descriptor.transform(blocks), strict=True):
        expected = naive.pair_correlations(block, max_distance)
        names = descriptor.get_feature_names_out()
        assert set(names) == set(expected)
        np.testing.assert_array_equal(features, np.float32([expected[name] for name in names]))


@pytest.mark.parametrize("block_size", [31, 32, 33, 64, 65])
def test_pairs_across_words_of_64_bits(block_size):
    blocks = random_blocks(3, block_size).astype(int)
    descriptor = PairCorrelationDescriptor(max_distance=block_size - 1).fit(blocks)
    frame = descriptor.set_output(transform="pandas").transform(blocks)
    far = block_size - 1
    corner_rows = (blocks[:, 0] * blocks[:, -1]).sum(axis=1)
    corner_columns = (blocks[:, :, 0] * blocks[:, :, -1]).sum(axis=1)
    expected = (corner_rows + corner_columns) / (2 * block_size)
    np.testing.assert_array_equal(frame[f"pair(0,{far})"], np.float32(expected))
    diagonal = (blocks[:, 2:, 2:] * blocks[:, :-2, :-2]).sum(axis=(1, 2))
    diagonal += (blocks[:, 2:, :-2] * blocks[:, :-2, 2:]).sum(axis=(1, 2))
    expected = diagonal / (2 * (block_size - 2) ** 2)
    np.testing.assert_array_equal(frame["pair(2,2)"], np.float32(expected))


def test_energy_is_linear_in_one_feature():
    blocks = random_blocks(50, 16).astype(int)
    descriptor = PairCorrelationDescriptor().set_output(transform="pandas").fit(blocks)
    energy = -(blocks[:, 1:] * blocks[:, :-1]).sum(axis=(1, 2))
    energy -= (blocks[:, :, 1:] * blocks[:, :, :-1]).sum(axis=(1, 2))
    n_bonds = descriptor.displacements_["n_pairs"][0]
    assert n_bonds == 2 * 16 * 15
    found = -n_bonds * descriptor.transform(blocks)["pair(0,1)"]
    np.testing.assert_allclose(found, energy, rtol=1e-6, atol=1e-4)


def test_displacements_are_those_up_to_the_euclidean_distance():
    descriptor = PairCorrelationDescriptor().fit(random_blocks(1, 8))
    assert list(descriptor.get_feature_names_out()) == [
        *("pair(0,1)", "pair(1,1)", "pair(0,2)", "pair(1,2)", "pair(2,2)"),
        *("pair(0,3)", "pair(1,3)", "pair(2,3)", "pair(0,4)"),
    ]
    table = descriptor.displacements_
    assert list(table) == ["dx", "dy", "distance", "n_pairs"]
    np.testing.assert_array_equal(table["distance"], np.hypot(table["dx"], table["dy"]))
    assert table["distance"].is_monotonic_increasing
    assert table["n_pairs"][3] == 4 * 7 * 6


def test_number_of_features_for_each_max_distance():
    blocks = random_blocks(2, 5)
    n_features = [PairCorrelationDescriptor(d).fit_transform(blocks).shape[1] for d in (1, 1.5, 4)]
    assert n_features == [1, 2, 9]


@pytest.mark.parametrize("number_type", [np.float32, np.float64, np.longdouble])
def test_max_distance_may_be_a_distance_in_any_precision(number_type):
    blocks = random_blocks(1, 32)
    for dx, dy in [(1, 1), (1, 2), (2, 2), (2, 3), (3, 13), (13, 27)]:
        distance = number_type(dx**2 + dy**2) ** number_type(0.5)
        table = PairCorrelationDescriptor(distance).fit(blocks).displacements_
        last = table[["dx", "dy"]].iloc[-1]
        assert (last**2).sum() == dx**2 + dy**2


@pytest.mark.parametrize(
    ("max_distance", "error", "message"),
    [
        (5, ValueError, r"max_distance must be at most l - 1 = 4 in blocks of 5 x 5.*got 5\. Give"),
        (4.1, ValueError, "max_distance must be at most l - 1 = 4 .*got 4.1"),
        (0.5, ValueError, "max_distance must be >= 1, the distance of neighbours; got 0.5"),
        (0, ValueError, "max_distance must be a finite number > 0; got 0"),
        (np.inf, ValueError, "max_distance must be a finite number > 0; got inf"),
        ("far", TypeError, "max_distance must be a number > 0; got 'far'"),
        (None, TypeError, "max_distance must be a number > 0; got None"),
    ],
)
def test_wrong_max_distance_is_an_error(max_distance, error, message):
    with pytest.raises(error, match=message):
        PairCorrelationDescriptor(max_distance).fit(random_blocks(2, 5))


@pytest.mark.parametrize(("block_size", "max_distance"), [(2, 1), (4, 3), (5, 4), (32, 4)])
def test_default_for_a_block_size_fits_into_the_block(block_size, max_distance):
    assert PairCorrelationDescriptor._for_block_size(block_size).max_distance == max_distance
