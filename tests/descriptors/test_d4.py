"""The features of D4: bounds, separation of inequivalent blocks, values, names and places."""

from ast import literal_eval
from inspect import signature

import naive_descriptors
import numpy as np
import pytest
from families import FAMILIES, SIZES, SPINS, bits, every_block, family, images, random_blocks

from skising import D4Descriptor
from skising._kernels import canonical, d4
from skising.descriptors._d4 import CHANNELS
from skising.symmetry import ELEMENTS, IRREPS, ORBIT_KINDS, components, orbits, site_permutation


def by_orbit(descriptor, features, quantity):
    """Return the powers or the phases (n_blocks, n) of each orbit."""
    names = descriptor.get_feature_names_out()
    points = descriptor.feature_grid_[:, 1]
    chosen = np.array([name.startswith(quantity) for name in names])
    return [features[:, chosen & (points == point)] for point in np.unique(points[chosen])]


def assert_within_bounds(descriptor, features):
    assert np.isfinite(features).all()
    for power in by_orbit(descriptor, features, "power"):
        assert power.min() >= 0
        np.testing.assert_allclose(power.sum(axis=1), 1, rtol=1e-6)
    for phase in by_orbit(descriptor, features, "phase"):
        assert np.abs(phase).max() <= 1


# Bounds and separation


@pytest.mark.parametrize("block_size", SIZES)
def test_powers_and_phases_are_within_their_bounds(block_size):
    blocks = np.concatenate([family(name, block_size) for name in FAMILIES])
    descriptor = D4Descriptor().fit(blocks)
    assert_within_bounds(descriptor, descriptor.transform(blocks))


@pytest.mark.parametrize("block_size", [5, 12, 31])
def test_rounding_keeps_features_within_their_bounds(block_size):
    # Some of many random blocks have an E component parallel to the reference, with a phase of 1.
    blocks = random_blocks(1000, block_size, seed=block_size)
    descriptor = D4Descriptor().fit(blocks)
    assert_within_bounds(descriptor, descriptor.transform(blocks))


@pytest.mark.parametrize(
    ("block_size", "n_orbits", "separated"),
    [(2, 4, (4, 4, 4)), (3, 51, (16, 49, 51)), (4, 4324, (352, 4139, 4324))],
)
def test_number_of_inequivalent_blocks_that_are_separated(block_size, n_orbits, separated):
    blocks = every_block(block_size)
    flat = 2 ** np.arange(block_size**2)
    code = np.min([(image.reshape(len(blocks), -1) > 0) @ flat for image in images(blocks)], axis=0)
    assert len(np.unique(code)) == n_orbits
    # Burnside: the number of orbits is the average number of blocks that an operation fixes.
    fixed = sum((image == blocks).all(axis=(1, 2)).sum() for image in images(blocks))
    assert fixed == 16 * n_orbits
    for invariants, n_separated in zip(("power", "reference", "complete"), separated, strict=True):
        features = D4Descriptor(invariants=invariants).fit_transform(blocks)
        kind = [row.tobytes() for row in bits(features)]
        assert len(set(kind)) == n_separated
        assert len(set(zip(code.tolist(), kind, strict=True))) == n_orbits


def first_images(blocks):
    """Return the first image of each block in some order: equivalent blocks have the same."""
    of_blocks = np.stack([*images(blocks)], axis=1)
    return [min(image.tobytes() for image in of_block) for of_block in of_blocks]


def adversarial_pairs(block_size, n_pairs=300):
    """Yield names and pairs of blocks that are hard to distinguish."""
    rng = np.random.default_rng(block_size)
    blocks = random_blocks(n_pairs, block_size, seed=block_size)
    yield "random", blocks, blocks[::-1]
    flipped = blocks.copy()
    flipped[np.arange(n_pairs), *rng.integers(block_size, size=(2, n_pairs))] *= -1
    yield "one spin apart", blocks, flipped
    # Powers do not change if each orbit is moved by an operation of its own.
    scrambled = blocks.copy()
    for orbit in orbits(block_size):
        move = site_permutation(orbit.kind, int(rng.integers(8)))
        scrambled.reshape(n_pairs, -1)[:, orbit.sites] = blocks.reshape(n_pairs, -1)[
            :, orbit.sites[move]
        ]
    yield "equal powers", blocks, scrambled
    # Blocks that the half turn with a flip leaves unchanged: A1, A2, B1 and B2 vanish, and so do
    # their references. (For odd l the middle row stays random.)
    half = rng.random((n_pairs, block_size, block_size)) < 0.5
    odd = np.where(half, 1, -1).astype(np.int8)
    odd[:, (block_size + 1) // 2 :] = -odd[:, : block_size // 2][:, ::-1, ::-1]
    swapped = odd.copy()
    swapped[:, 0, 0], swapped[:, -1, -1] = odd[:, -1, -1], odd[:, 0, 0]
    yield "no reference", odd, swapped


@pytest.mark.parametrize("block_size", [5, 8, 16, 32])
def test_complete_invariants_separate_exactly_the_inequivalent_blocks(block_size):
    descriptor = D4Descriptor(invariants="complete")
    for name, first, second in adversarial_pairs(block_size):
        differ = (descriptor.fit_transform(first) != descriptor.transform(second)).any(axis=1)
        pairs = zip(first_images(first), first_images(second), strict=True)
        expected = [a != b for a, b in pairs]
        np.testing.assert_array_equal(differ, expected, err_msg=name)


@pytest.mark.parametrize("block_size", SIZES)
def test_canonical_image_is_an_image_of_the_block(block_size):
    blocks = np.concatenate([family(name, block_size) for name in FAMILIES])
    descriptor = D4Descriptor(invariants="complete").fit(blocks)
    n_reference = D4Descriptor().fit(blocks).n_features_out_
    names = descriptor.get_feature_names_out()
    half = (block_size - 1) / 2
    places = [literal_eval(name.removeprefix("canonical_spin")) for name in names[n_reference:]]
    sites = (np.array(places) + half).astype(int).T
    canonical = np.zeros_like(blocks)
    canonical[:, *sites] = descriptor.transform(blocks)[:, n_reference:]
    found = [(image == canonical).all(axis=(1, 2)) for image in images(blocks)]
    assert np.any(found, axis=0).all()


def test_each_set_of_invariants_contains_the_smaller_one():
    blocks = random_blocks(20, 9)
    power, reference, complete = (
        D4Descriptor(invariants=kind).set_output(transform="pandas").fit_transform(blocks)
        for kind in ("power", "reference", "complete")
    )
    assert all(name.startswith("power_") for name in power)
    assert power.equals(reference[list(power)])
    assert reference.equals(complete[list(reference)])


def test_number_of_features_of_a_block_of_32_x_32_sites():
    blocks = family("ordered", 32)
    reference, complete = (
        D4Descriptor(invariants=kind).fit(blocks).n_features_out_
        for kind in ("reference", "complete")
    )
    assert (reference, complete) == (1792, 1792 + 32**2)


@pytest.mark.parametrize("kind", ["bispectrum", None, ["power"]])
def test_unknown_invariants_are_an_error(kind):
    with pytest.raises(ValueError, match="invariants must be one of 'reference', 'power', 'compl"):
        D4Descriptor(invariants=kind).fit(random_blocks(2, 4))


# The features themselves


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("block_size", [*range(2, 10), 16, 31, 32])
def test_features_equal_those_of_the_naive_twin(name, block_size):
    blocks = family(name, block_size)
    descriptor = D4Descriptor().fit(blocks)
    names = descriptor.get_feature_names_out()
    for block, features in zip(blocks, descriptor.transform(blocks), strict=True):
        expected = naive_descriptors.d4_features(block)
        assert set(names) == set(expected)
        np.testing.assert_allclose(features, [expected[name] for name in names], rtol=0, atol=1e-6)


@pytest.mark.slow
def test_features_of_large_blocks_do_not_overflow():
    # The squared reference of a block with two domains, l^4, exceeds 2^31 for l >= 216.
    block = family("striped", 220)[3]
    descriptor = D4Descriptor()
    features = descriptor.fit_transform(block[np.newaxis])
    assert_within_bounds(descriptor, features)
    expected = naive_descriptors.d4_features(block)
    names = descriptor.get_feature_names_out()
    np.testing.assert_allclose(features[0], [expected[name] for name in names], rtol=0, atol=1e-6)


def test_kernels_follow_the_order_of_kinds_and_irreps_in_symmetry():
    for kernel in (d4.power_and_phases, canonical.canonical_images):
        assert list(signature(kernel.py_func).parameters)[1:5] == list(ORBIT_KINDS)
    assert list(IRREPS) == ["A1", "A2", "B1", "B2", "E"]
    assert [d4.A1, d4.A2, d4.B1, d4.B2] == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", ["axis", "diagonal"])
def test_coefficients_of_four_sites_are_those_of_symmetry(kind):
    spins = SPINS[np.arange(2**4) >> np.arange(4)[:, np.newaxis] & 1]
    f = d4.four_site_coefficients.py_func(*spins, kind == "diagonal")
    expected = np.concatenate([part.matrix for part in components(kind)]) @ spins
    np.testing.assert_array_equal(f, expected)


def test_coefficients_of_eight_sites_are_those_of_symmetry():
    spins = SPINS[np.arange(2**8) >> np.arange(8)[:, np.newaxis] & 1]
    f = d4.general_coefficients.py_func(*spins)
    expected = np.concatenate([part.matrix for part in components("general")]) @ spins
    np.testing.assert_array_equal(f, expected)


@pytest.mark.parametrize("dtype", [np.int8, np.float32])
@pytest.mark.parametrize(("n_rows", "n_columns"), [(16, 16), (16, 3), (5, 16), (1, 1)])
def test_transposition_writes_only_its_part_of_the_target(n_rows, n_columns, dtype):
    source = np.random.default_rng(0).integers(-99, 99, (20, 40)).astype(dtype)
    target = np.zeros((30, 35), dtype)
    d4.transpose_part(source, 3, n_rows, 7, n_columns, target, 11, 13)
    expected = np.zeros_like(target)
    expected[11 : 11 + n_columns, 13 : 13 + n_rows] = source[3 : 3 + n_rows, 7 : 7 + n_columns].T
    np.testing.assert_array_equal(target, expected)


@pytest.mark.parametrize("block_size", [4, 7])
def test_features_of_an_ordered_block_are_1_for_a1_and_0_for_other_irreps(block_size):
    blocks = family("ordered", block_size)
    descriptor = D4Descriptor().fit(blocks)
    for name, feature in zip(
        descriptor.get_feature_names_out(), descriptor.transform(blocks)[0], strict=True
    ):
        assert feature == ("A1" in name)


# Names and places


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
    # The power of the single spin of the centre would be 1 in every block.
    assert [name for name in three if name.endswith("(0,0)")] == ["phase_A1(0,0)"]


@pytest.mark.parametrize("invariants", ["power", "reference", "complete"])
@pytest.mark.parametrize("block_size", [2, 3, 8, 15, 31])
def test_feature_grid_gives_each_feature_its_own_place(block_size, invariants):
    descriptor = D4Descriptor(invariants=invariants).fit(family("ordered", block_size))
    grid, by_distance = descriptor.feature_grid_, orbits(block_size)
    assert grid.shape == (descriptor.n_features_out_, 2)
    assert len(np.unique(grid, axis=0)) == len(grid)
    channels = [channel.name for channel in CHANNELS]
    assert len(set(channels)) == len(channels)
    for (channel, point), name in zip(grid, descriptor.get_feature_names_out(), strict=True):
        row, column = by_distance[point].representative
        if channel < len(channels):
            assert name == f"{channels[channel]}({row:g},{column:g})"
        else:
            row, column = ELEMENTS[channel - len(channels)] @ (row, column) + 0.0
            assert name == f"canonical_spin({row:g},{column:g})"


@pytest.mark.parametrize("block_size", [2, 3, 8, 15, 31])
def test_orbit_table_has_one_row_for_each_orbit(block_size):
    table = D4Descriptor().fit(family("ordered", block_size)).orbits_
    assert list(table) == ["row", "column", "distance", "kind", "size", "irreps"]
    assert table["size"].sum() == block_size**2
    assert set(zip(table["row"], table["column"], strict=True)) == {
        orbit.representative for orbit in orbits(block_size)
    }
    np.testing.assert_allclose(table["distance"], np.hypot(table["row"], table["column"]))
    order = list(zip(table["kind"].map(list(ORBIT_KINDS).index), table["distance"], strict=True))
    assert order == sorted(order)
    irreps = {
        "centre": "A1",
        "axis": "A1 + B1 + E1",
        "diagonal": "A1 + B2 + E1",
        "general": "A1 + A2 + B1 + B2 + E1 + E2",
    }
    assert list(table["irreps"]) == [irreps[kind] for kind in table["kind"]]


@pytest.mark.parametrize("block_size", [2, 4, 8, 16])
def test_one_of_l_minus_1_bonds_of_an_even_block_joins_sites_of_one_orbit(block_size):
    orbit = np.empty(block_size**2, int)
    for k, each in enumerate(orbits(block_size)):
        orbit[list(each.sites)] = k
    orbit = orbit.reshape(block_size, block_size)
    within = np.sum(orbit[1:] == orbit[:-1]) + np.sum(orbit[:, 1:] == orbit[:, :-1])
    assert within == 2 * block_size
