"""Irreps and canonical images of Potts states: values, completeness, the Ising limit."""

import itertools

import naive_descriptors
import numpy as np
import pytest
from families import FAMILIES, bits, family_of, images, random_blocks, random_spins

from skising import D4Descriptor
from skising._spins import States
from skising.descriptors._d4_tables import are_few_states


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("block_size", [2, 3, 4, 5, 7])
@pytest.mark.parametrize("n_states", [2, 3, 4, 10])
def test_features_equal_those_of_the_naive_twin(n_states, block_size, name):
    blocks = family_of(name, block_size, "potts", n_states)
    descriptor = D4Descriptor(spins="potts", n_states=n_states).set_output(transform="pandas")
    frame = descriptor.fit_transform(blocks)
    for block, (_, features) in zip(blocks, frame.iterrows(), strict=True):
        expected = naive_descriptors.vector_d4_features(block, "potts", n_states)
        assert set(features.index) == set(expected)
        values = [expected[name] for name in features.index]
        np.testing.assert_allclose(features, values, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("invariants", ["power", "reference", "complete"])
@pytest.mark.parametrize("block_size", [2, 3, 4, 5, 8, 9, 16, 31, 32, 64])
def test_two_states_have_the_features_of_ising_spins(block_size, invariants):
    spins = random_blocks(40, block_size)
    ising = D4Descriptor(invariants=invariants).fit(spins)
    potts = D4Descriptor(invariants=invariants, spins="potts", n_states=2)
    features = potts.fit_transform((1 - spins) // 2)
    np.testing.assert_array_equal(bits(features), bits(ising.transform(spins)))
    np.testing.assert_array_equal(ising.get_feature_names_out(), potts.get_feature_names_out())
    np.testing.assert_array_equal(ising.feature_grid_, potts.feature_grid_)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("invariants", ["power", "reference", "complete"])
@pytest.mark.parametrize("block_size", [3, 16])
@pytest.mark.parametrize("n_states", [3, 64])
@pytest.mark.slow
def test_both_kernels_give_the_same_bits(n_states, block_size, invariants, name, monkeypatch):
    blocks = family_of(name, block_size, "potts", n_states)
    descriptor = D4Descriptor(invariants=invariants, spins="potts", n_states=n_states)
    few = descriptor.fit_transform(blocks)
    assert descriptor._has_few_states
    monkeypatch.setattr("skising.descriptors._d4_tables._MOST_FEW_STATES", 0)
    many = descriptor.fit_transform(blocks)
    assert not descriptor._has_few_states
    np.testing.assert_array_equal(bits(few), bits(many))


@pytest.mark.parametrize(("n_states", "block_size"), [(2, 8), (64, 1024)])
def test_largest_sums_of_few_states_are_below_the_limit_of_integers(n_states, block_size):
    # All sites in one state: q times the sum of the products of A1, whose coefficients are 8 and
    # twice the number of sites.
    assert n_states * 8 * 2 * block_size**2 < 2**31
    assert are_few_states(States("potts", n_states), block_size)
    assert not are_few_states(States("potts", n_states), 8192)


def every_block(n_states):
    digits = np.arange(n_states**9)[:, np.newaxis] // n_states ** np.arange(9) % n_states
    return digits.astype(np.int8).reshape(-1, 3, 3)


def orbits(blocks, n_states):
    """Number the orbits of blocks under D4 x S_q: each by the smallest code of its images."""
    smallest = np.full(len(blocks), n_states**9)
    for image in images(blocks, "potts", n_states):
        codes = image.reshape(-1, 9).astype(int) @ n_states ** np.arange(9)
        smallest = np.minimum(smallest, codes)
    return smallest


# All blocks of two-spin invariants that REFERENCE counts: none can separate more.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_states", "invariants", "n_separate"),
    [
        (3, "reference", 446),
        (3, "complete", 490),
        (4, "reference", 1119),
        (4, "complete", 1555),
    ],
)
def test_number_of_inequivalent_blocks_that_are_separated(n_states, invariants, n_separate):
    blocks = every_block(n_states)
    numbers, first = np.unique(orbits(blocks, n_states), return_index=True)
    assert len(numbers) == {3: 490, 4: 1555}[n_states]
    descriptor = D4Descriptor(invariants=invariants, spins="potts", n_states=n_states)
    features = descriptor.fit_transform(blocks)
    # Each orbit has one row of features, to the last bit.
    assert len(np.unique(bits(features), axis=0)) == n_separate
    assert len(np.unique(bits(features[first]), axis=0)) == n_separate


@pytest.mark.parametrize("block_size", [3, 4, 9])
def test_the_canonical_image_is_a_relabelled_image_of_the_block(block_size):
    n_states = 3
    blocks = random_spins(10, block_size, "potts", n_states)
    descriptor = D4Descriptor(invariants="complete", spins="potts", n_states=n_states)
    frame = descriptor.set_output(transform="pandas").fit_transform(blocks)
    half = (block_size - 1) / 2
    names = [
        f"canonical_spin({row - half:g},{column - half:g})"
        for row, column in itertools.product(range(block_size), repeat=2)
    ]
    labels = np.rint((1 - frame[names].to_numpy()) * (n_states - 1) / 2).astype(np.int8)
    canonical = labels.reshape(blocks.shape)
    found = np.zeros(len(blocks), bool)
    for image in images(blocks, "potts", n_states):
        found |= (image == canonical).all(axis=(1, 2))
    assert found.all()


@pytest.mark.parametrize("n_states", [2, 3, 10])
def test_powers_of_an_orbit_add_up_to_one(n_states):
    blocks = random_spins(20, 9, "potts", n_states)
    descriptor = D4Descriptor(invariants="power", spins="potts", n_states=n_states)
    frame = descriptor.set_output(transform="pandas").fit_transform(blocks)
    of_orbit = frame.T.groupby(lambda name: name.split("(")[1]).sum().T
    np.testing.assert_allclose(of_orbit, 1, rtol=0, atol=1e-6)


def test_number_of_states_is_read_in_fit():
    blocks = random_spins(20, 8, "potts", 5)
    descriptor = D4Descriptor(spins="potts").fit(blocks)
    assert descriptor.n_states_ == 5
    assert D4Descriptor().fit(random_blocks(2, 8)).n_states_ is None
    with pytest.raises(ValueError, match=r"from 0 to 4 \(n_states=5, as read in fit\); got 5 at"):
        descriptor.transform(blocks + 1)
