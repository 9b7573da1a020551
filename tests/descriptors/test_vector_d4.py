"""Irreps and canonical images of clock states and of spins with vacancies."""

import naive_descriptors
import numpy as np
import pytest
from families import (
    FAMILIES,
    bits,
    family_of,
    images,
    random_blocks,
    random_spins,
    spin_operations,
)

from skising import D4Descriptor
from skising.symmetry import orbits

OTHER_SPINS = [("diluted", None), *(("clock", q) for q in (2, 3, 5, 8, 65536))]


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("block_size", [2, 3, 4, 7])
@pytest.mark.parametrize(("spins", "n_states"), OTHER_SPINS)
def test_features_equal_those_of_the_naive_twin(spins, n_states, block_size, name):
    blocks = family_of(name, block_size, spins, n_states)
    descriptor = D4Descriptor(spins=spins, n_states=n_states).set_output(transform="pandas")
    frame = descriptor.fit_transform(blocks)
    for block, (_, features) in zip(blocks, frame.iterrows(), strict=True):
        expected = naive_descriptors.vector_d4_features(block, spins, n_states)
        assert set(features.index) == set(expected)
        values = [expected[name] for name in features.index]
        np.testing.assert_allclose(features, values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("invariants", ["power", "reference", "complete"])
@pytest.mark.parametrize("block_size", [2, 3, 4, 5, 9, 16, 32, 33])
def test_full_lattices_and_two_states_have_the_features_of_ising_spins(block_size, invariants):
    spins = random_blocks(40, block_size)
    ising = D4Descriptor(invariants=invariants).fit_transform(spins)
    n_features = ising.shape[1]
    diluted = D4Descriptor(invariants=invariants, spins="diluted").fit_transform(spins)
    np.testing.assert_array_equal(bits(diluted)[:, :-1], bits(ising))
    assert (diluted[:, -1] == 1).all()
    clock = D4Descriptor(invariants=invariants, spins="clock", n_states=2)
    features = clock.fit_transform((1 - spins) // 2)
    np.testing.assert_array_equal(bits(features)[:, :n_features], bits(ising))
    # What remains are the sines of the canonical image.
    assert features.shape[1] - n_features == (block_size**2 if invariants == "complete" else 0)
    assert not features[:, n_features:].any()


def test_three_states_of_both_models_have_the_same_powers_and_phases():
    states = random_spins(100, 9, "clock", 3)
    clock = D4Descriptor(spins="clock", n_states=3).fit_transform(states)
    potts = D4Descriptor(spins="potts", n_states=3).fit_transform(states)
    np.testing.assert_allclose(clock, potts, rtol=0, atol=1e-6)


def every_block(values):
    digits = np.arange(len(values) ** 9)[:, np.newaxis] // len(values) ** np.arange(9)
    return values[digits % len(values)].reshape(-1, 3, 3)


def number_orbits(blocks, spins, n_states):
    """Number the orbits of blocks, each by the smallest code of its images."""
    base = n_states or 3
    first = 0 if n_states else 1
    # In floats, whose products are faster and exact below 2^53.
    powers = base ** np.arange(9.0)
    own = (blocks.reshape(-1, 9) + first) @ powers
    smallest, n_fixed, n_images = own, 0, 0
    for image in images(blocks, spins, n_states):
        codes = (image.reshape(-1, 9) + first) @ powers
        smallest = np.minimum(smallest, codes)
        n_fixed, n_images = n_fixed + (codes == own).sum(), n_images + 1
    # Burnside: the number of orbits is the average number of blocks that an operation fixes.
    assert n_fixed == n_images * len(np.unique(smallest))
    return smallest


@pytest.mark.parametrize(
    ("spins", "n_states", "n_orbits", "n_separate"),
    [
        *(("diluted", None, 1444, 1306), ("clock", 3, 490, 446)),
        pytest.param("clock", 4, 4468, 1123, marks=pytest.mark.slow),
    ],
)
def test_number_of_inequivalent_blocks_that_are_separated(spins, n_states, n_orbits, n_separate):
    values = np.array([-1, 0, 1], np.int8) if n_states is None else np.arange(n_states)
    blocks = every_block(values)
    numbers, first = np.unique(number_orbits(blocks, spins, n_states), return_index=True)
    assert len(numbers) == n_orbits
    parameters = {"spins": spins, "n_states": n_states}
    complete = D4Descriptor(invariants="complete", **parameters).fit_transform(blocks[first])
    assert len(np.unique(bits(complete), axis=0)) == n_orbits
    features = D4Descriptor(**parameters).fit_transform(blocks[first])
    # Rounded, because equal features of blocks that are no images may differ in their last bit.
    assert len(np.unique(features.round(5) + 0, axis=0)) == n_separate


@pytest.mark.parametrize("n_states", [64, 4096])
def test_features_are_the_same_under_every_rotation_and_reflection(n_states):
    block = random_spins(1, 4, "clock", n_states).astype(int)
    turns = np.arange(n_states)[:, np.newaxis, np.newaxis]
    blocks = np.concatenate([turns + sign * block for sign in (1, -1)]) % n_states
    descriptor = D4Descriptor(invariants="complete", spins="clock", n_states=n_states)
    features = descriptor.fit_transform(blocks.astype(np.uint16))
    assert len(features) == 2 * n_states
    assert len(np.unique(bits(features), axis=0)) == 1
    assert len(np.unique(features)) > 9


@pytest.mark.parametrize("block_size", [3, 4, 9])
@pytest.mark.parametrize(("spins", "n_states"), [("diluted", None), ("clock", 7)])
def test_the_canonical_image_is_an_image_of_the_block(spins, n_states, block_size):
    blocks = random_spins(10, block_size, spins, n_states)
    descriptor = D4Descriptor(invariants="complete", spins=spins, n_states=n_states)
    frame = descriptor.set_output(transform="pandas").fit_transform(blocks)
    half = (block_size - 1) / 2

    def component(name):
        sites = np.ndindex(block_size, block_size)
        names = [f"canonical_{name}({row - half:g},{column - half:g})" for row, column in sites]
        return frame[names].to_numpy().reshape(blocks.shape)

    if spins == "diluted":
        canonical = component("spin")
    else:
        angles = np.arctan2(component("sin"), component("cos"))
        canonical = np.rint(angles * n_states / (2 * np.pi)) % n_states
    found = np.zeros(len(blocks), bool)
    for image in images(blocks, spins, n_states):
        found |= (image == canonical).all(axis=(1, 2))
    assert found.all()


def test_a_sum_of_unit_vectors_that_is_zero_has_no_power_and_no_phase():
    """Five fifths and three thirds of a turn add up to 0, but their rounded components do not."""
    (general,) = [orbit for orbit in orbits(4) if orbit.kind == "general"]
    block = np.zeros((1, 4, 4), np.uint16)
    block.reshape(-1)[general.sites] = [0, 3, 6, 9, 12, 1, 6, 11]
    descriptor = D4Descriptor(spins="clock", n_states=15).set_output(transform="pandas")
    frame = descriptor.fit_transform(block)
    assert frame["power_A1(0.5,1.5)"][0] == frame["phase_A1(0.5,1.5)"][0] == 0
    assert frame["power_A2(0.5,1.5)"][0] > 0.01


@pytest.mark.parametrize("invariants", ["power", "reference", "complete"])
def test_a_block_of_vacancies_has_features_0(invariants):
    descriptor = D4Descriptor(invariants=invariants, spins="diluted")
    features = descriptor.fit_transform(np.zeros((3, 5, 5), np.int8))
    assert not bits(features).any()
    assert descriptor.get_feature_names_out()[-1] == "occupied"


def test_powers_of_an_orbit_add_up_to_its_share_of_occupied_sites():
    blocks = random_spins(20, 4, "diluted")
    descriptor = D4Descriptor(invariants="power", spins="diluted").set_output(transform="pandas")
    frame = descriptor.fit_transform(blocks).drop(columns="occupied")
    of_orbit = frame.T.groupby(lambda name: name.split("(")[1]).sum().T
    flat = blocks.reshape(len(blocks), -1)
    for orbit in orbits(4):
        share = np.abs(flat[:, orbit.sites]).mean(axis=1)
        name = "{:g},{:g})".format(*orbit.representative)
        np.testing.assert_allclose(of_orbit[name], share, rtol=0, atol=1e-6)


@pytest.mark.parametrize("invariants", ["power", "reference", "complete"])
@pytest.mark.parametrize(("spins", "n_states"), [("diluted", None), ("clock", 5)])
def test_feature_grid_gives_each_feature_its_own_place(spins, n_states, invariants):
    descriptor = D4Descriptor(invariants=invariants, spins=spins, n_states=n_states)
    descriptor.fit(random_spins(2, 5, spins, n_states))
    assert descriptor.feature_grid_.shape == (descriptor.n_features_out_, 2)
    assert len(np.unique(descriptor.feature_grid_, axis=0)) == descriptor.n_features_out_


def test_clock_states_need_their_number():
    with pytest.raises(ValueError, match="n_states must be given with spins='clock'"):
        D4Descriptor(spins="clock").fit(random_spins(2, 5, "clock", 4))
    descriptor = D4Descriptor(spins="clock", n_states=4).fit(random_spins(2, 5, "clock", 4))
    assert descriptor.n_states_ == 4
    with pytest.raises(ValueError, match=r"from 0 to 3 \(n_states=4\); got 4 at index"):
        descriptor.transform(np.full((1, 5, 5), 4, np.uint16))


def test_large_blocks_of_clock_states_do_not_overflow():
    block = random_spins(1, 220, "clock", 8) % 2
    descriptor = D4Descriptor(spins="clock", n_states=8)
    features = descriptor.fit_transform(block)
    assert np.isfinite(features).all()
    assert abs(features).max() <= 1
    for operate in spin_operations("clock", 8):
        turned = operate(np.rot90(block, axes=(1, 2)))
        np.testing.assert_array_equal(bits(descriptor.transform(turned)), bits(features))
