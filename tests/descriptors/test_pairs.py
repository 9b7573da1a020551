"""Pair correlations: values, the energy of a block, displacements, wrong distances."""

import itertools

import naive_descriptors
import numpy as np
import pytest
from families import FAMILIES, bits, family, family_of, random_blocks, random_spins, spin_operations

from skising import PairCorrelationDescriptor


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(
    ("block_size", "max_distance"), [(2, 1), (3, 2), (5, 4), (8, 2.5), (9, 8), (12, 4)]
)
def test_features_equal_those_of_the_naive_twin(name, block_size, max_distance):
    blocks = family(name, block_size)
    descriptor = PairCorrelationDescriptor(max_distance).fit(blocks)
    for block, features in zip(blocks, descriptor.transform(blocks), strict=True):
        expected = naive_descriptors.pair_correlations(block, max_distance)
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


# Other spins

OTHER_SPINS = [
    ("diluted", None),
    *(("potts", q) for q in (2, 3, 4, 7, 128, 129, 1000, 32768)),
    *(("clock", q) for q in (2, 3, 4, 5, 6, 8, 64, 65536)),
]


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("block_size", "max_distance"), [(2, 1), (5, 4), (9, 8)])
@pytest.mark.parametrize(("spins", "n_states"), OTHER_SPINS)
@pytest.mark.slow
def test_features_of_other_spins_equal_those_of_the_naive_twin(
    spins, n_states, block_size, max_distance, name
):
    blocks = family_of(name, block_size, spins, n_states)
    descriptor = PairCorrelationDescriptor(max_distance, spins=spins, n_states=n_states)
    features = descriptor.fit(blocks).set_output(transform="pandas").transform(blocks)
    for block, (_, found) in zip(blocks, features.iterrows(), strict=True):
        expected = naive_descriptors.pair_correlations(block, max_distance, spins, n_states)
        if spins == "diluted":
            expected["occupied"] = np.count_nonzero(block) / block.size
        assert set(found.index) == set(expected)
        values = [float(expected[name]) for name in found.index]
        np.testing.assert_allclose(found, np.float32(values), rtol=2e-7, atol=1e-9)


@pytest.mark.parametrize("block_size", [2, 3, 8, 16, 33, 64, 65])
def test_two_states_and_full_lattices_have_the_features_of_ising_spins(block_size):
    blocks, max_distance = random_blocks(20, block_size), min(4, block_size - 1)
    states = (blocks + 1) // 2
    ising = bits(PairCorrelationDescriptor(max_distance).fit_transform(blocks))
    for spins in ("potts", "clock"):
        descriptor = PairCorrelationDescriptor(max_distance, spins=spins, n_states=2)
        np.testing.assert_array_equal(bits(descriptor.fit_transform(states)), ising)
    diluted = PairCorrelationDescriptor(max_distance, spins="diluted").fit_transform(blocks)
    np.testing.assert_array_equal(bits(diluted)[:, :-1], ising)
    assert (diluted[:, -1] == 1).all()


def test_three_states_of_both_models_have_the_same_features():
    """The cosine of a third of a turn is -1/2, and so is the product of different Potts states."""
    blocks = random_spins(50, 16, "potts", 3)
    potts = PairCorrelationDescriptor(spins="potts").fit_transform(blocks)
    clock = PairCorrelationDescriptor(spins="clock", n_states=3).fit_transform(blocks)
    np.testing.assert_array_equal(bits(potts), bits(clock))


def test_four_clock_states_are_two_ising_spins():
    """At right angles, cos = (s s' + t t') / 2 of two spins for each state."""
    blocks = random_spins(50, 16, "clock", 4)
    clock = PairCorrelationDescriptor(spins="clock", n_states=4).fit_transform(blocks)
    pair = PairCorrelationDescriptor().fit(random_blocks(1, 16))
    halves = [pair.transform(np.array(signs)[blocks]) for signs in ([1, 1, -1, -1], [1, -1, -1, 1])]
    np.testing.assert_allclose(clock, (halves[0] + halves[1]) / 2, rtol=0, atol=1e-7)


@pytest.mark.parametrize(("spins", "n_states"), [("clock", 64), ("clock", 65536), ("potts", 6)])
def test_features_are_the_same_under_every_operation_on_the_spins(spins, n_states):
    block = random_spins(1, 4, spins, n_states)
    if spins == "potts":
        tables = np.array(list(itertools.permutations(range(n_states))))
        blocks = tables[:, block[0]].astype(np.int8)
    else:
        turns = np.arange(n_states)[:, np.newaxis, np.newaxis]
        blocks = np.concatenate([turns + sign * block.astype(int) for sign in (1, -1)]) % n_states
    descriptor = PairCorrelationDescriptor(3, spins=spins, n_states=n_states)
    features = descriptor.fit_transform(blocks)
    assert len(features) == {6: 720}.get(n_states, 2 * n_states)
    assert len(np.unique(bits(features), axis=0)) == 1
    assert len(np.unique(features)) > 3


def test_random_operations_on_states_keep_them_states():
    for spins, n_states in [("potts", 4), ("potts", 10), ("clock", 8), ("clock", 64)]:
        blocks = random_spins(2, 9, spins, n_states)
        images = [operate(blocks) for operate in spin_operations(spins, n_states)]
        assert len({image.tobytes() for image in images}) > 7
        assert {image.dtype for image in images} == {blocks.dtype}
        assert max(image.max() for image in images) < n_states


def test_number_of_states_is_read_in_fit():
    blocks = random_spins(20, 8, "potts", 5)
    descriptor = PairCorrelationDescriptor(spins="potts").fit(blocks)
    assert descriptor.n_states_ == 5
    assert descriptor.n_states is None
    given = PairCorrelationDescriptor(spins="potts", n_states=5).fit(blocks[:1])
    np.testing.assert_array_equal(descriptor.transform(blocks), given.transform(blocks))
    assert descriptor.fit(np.zeros((1, 8, 8))).n_states_ == 2
    assert PairCorrelationDescriptor().fit(np.ones((1, 8, 8))).n_states_ is None
    message = r"from 0 to 1 \(n_states=2, as read in fit\); got . at index .* n_states=5 or more"
    with pytest.raises(ValueError, match=message):
        descriptor.transform(blocks)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"spins": "xy"}, ValueError, "spins must be one of 'ising', 'diluted', 'potts', 'clock'"),
        ({"spins": "potts", "n_states": 1}, ValueError, "n_states must be .* >= 2 .*; got 1. The "),
        ({"spins": "potts", "n_states": 32769}, ValueError, "n_states must be .* <= 32768; got"),
        ({"spins": "clock", "n_states": 65537}, ValueError, "n_states must be .* <= 65536; got"),
        ({"spins": "potts", "n_states": 3.0}, TypeError, "n_states must be an integer"),
        ({"spins": "clock"}, ValueError, "n_states must be given with spins='clock': the angles"),
        ({"n_states": 2}, ValueError, "n_states is the number of states with .* got n_states=2 wi"),
    ],
)
def test_wrong_spins_and_n_states_are_errors(parameters, error, message):
    with pytest.raises(error, match=message):
        PairCorrelationDescriptor(**parameters).fit(np.ones((2, 5, 5), np.int8))
