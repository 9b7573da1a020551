"""Energy and magnetization against sums over single sites, of arrays and of stores."""

import naive
import numpy as np
import pytest
from stores import MEMORY_MAPS, STORES, RecordingStore

from skising import PairCorrelationDescriptor, exact, extract_blocks, make_ising
from skising.blocks import _lattices
from skising.observables import energy_density, magnetization

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


@pytest.mark.parametrize("shape", [*SHAPES, (3, 1, 2), (2, 3, 1)])
@pytest.mark.parametrize("dtype", [np.int8, np.float32])
def test_the_energy_of_open_lattices_has_no_bond_across_the_boundary(shape, dtype):
    X = random_lattices(shape).astype(dtype)
    measured = energy_density(X, periodic=False)
    np.testing.assert_array_equal(measured, naive.energy_density(X, periodic=False))
    n_bonds = shape[1] * (shape[2] - 1) + (shape[1] - 1) * shape[2]
    ground = energy_density(np.ones(shape), periodic=False)
    np.testing.assert_array_equal(ground, np.full(shape[0], -n_bonds / (shape[1] * shape[2])))


@pytest.mark.parametrize("block_size", [2, 5, 8])
def test_the_energy_of_blocks_is_that_of_their_descriptor(block_size):
    X = random_lattices((4, 16, 16))
    blocks = extract_blocks(X, block_size).reshape(-1, block_size, block_size)
    pair = PairCorrelationDescriptor(1).fit(blocks).transform(blocks)[:, 0]
    n_bonds = 2 * block_size * (block_size - 1)
    energy = energy_density(blocks, periodic=False)
    np.testing.assert_array_equal(np.float32(-energy * block_size**2 / n_bonds), pair)


def test_bonds_between_blocks_are_those_that_open_blocks_lack():
    X = random_lattices((3, 8, 8))
    blocks = extract_blocks(X, 4).reshape(-1, 4, 4)
    inside = energy_density(blocks, periodic=False).reshape(3, -1).mean(axis=1)
    X = X.astype(int)
    between = X[:, 3::4] * np.roll(X, -1, axis=1)[:, 3::4]
    across = X[:, :, 3::4] * np.roll(X, -1, axis=2)[:, :, 3::4]
    sums = between.sum(axis=(1, 2)) + across.sum(axis=(1, 2))
    np.testing.assert_allclose(inside - sums / 64, energy_density(X), rtol=1e-13)


def test_the_bonds_inside_lattices_in_equilibrium_have_the_exact_energy():
    T, size = 2.8, 512
    blocks = make_ising(1, size, [T], random_state=0).data[:, :-1, :-1]
    bond = energy_density(blocks, periodic=False)[0] * (size - 1) / (2 * (size - 2))
    # The energy of N sites has the standard deviation T sqrt(C / N). Fails with probability 6e-5.
    deviation = T * np.sqrt(exact.kaufman_specific_heat(T, 64)) / size / 2
    assert abs(bond - exact.onsager_energy(T) / 2) < 4 * deviation


def test_ferromagnetic_and_antiferromagnetic_ground_states():
    X = np.ones((2, 4, 4), np.int8)
    X[1, ::2, ::2] = X[1, 1::2, 1::2] = -1
    np.testing.assert_array_equal(energy_density(X), [-2, 2])
    np.testing.assert_array_equal(magnetization(X), [1, 0])


def test_two_by_two_lattice_counts_double_bonds():
    X = np.array([[[1, 1], [1, 1]], [[1, 1], [1, -1]], [[1, 1], [-1, -1]], [[1, -1], [-1, 1]]])
    np.testing.assert_array_equal(energy_density(X), [-2, 0, 0, 2])


@pytest.mark.parametrize(
    ("shape", "energy"),
    [
        ((1, 1, 1), 0),
        ((1, 1, 2), -1),
        ((1, 1, 7), -1),
        ((1, 7, 1), -1),
        ((1, 2, 7), -2),
        ((1, 2, 2), -2),
    ],
)
def test_no_site_is_its_own_neighbour(shape, energy):
    # A ring of L sites has L bonds. With a side of 2, each pair of neighbours has two bonds.
    np.testing.assert_array_equal(energy_density(np.ones(shape, np.int8)), [energy])


def test_alternating_ring():
    X = np.array([[[1, -1, 1, -1]]])
    np.testing.assert_array_equal(energy_density(X), [1])
    np.testing.assert_array_equal(energy_density(X.transpose(0, 2, 1)), [1])


def test_symmetries_keep_the_energy():
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
def test_other_arrays_than_lattices_are_refused(observable, X, message):
    with pytest.raises(ValueError, match=message):
        observable(X)


def test_periodic_is_a_bool():
    with pytest.raises(ValueError, match="periodic must be one of True, False; got 'no'"):
        energy_density(np.ones((1, 4, 4)), periodic="no")


@pytest.mark.parametrize("observable", [energy_density, magnetization])
def test_lattices_that_do_not_hold_numbers_are_refused(observable):
    with pytest.raises(TypeError, match="X must hold numbers"):
        observable([[["up", "down"]]])


# Stores

LAZY = MEMORY_MAPS | STORES


@pytest.mark.parametrize("store", LAZY)
@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.float32])
@pytest.mark.parametrize("piece", [1, 600, 1 << 24])
def test_stores_give_the_same_as_arrays(store, dtype, piece, tmp_path, monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", piece)
    X = random_lattices((11, 6, 7))
    lazy = LAZY[store](X.astype(dtype), tmp_path)
    np.testing.assert_array_equal(energy_density(lazy), energy_density(X))
    np.testing.assert_array_equal(magnetization(lazy), magnetization(X))
    energy = energy_density(X, periodic=False)
    np.testing.assert_array_equal(energy_density(lazy, periodic=False), energy)


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
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", piece)
    store = RecordingStore(random_lattices((11, 4, 4)), chunks)
    observable(store)
    assert [index for lattices in store.lattices_read for index in lattices] == list(range(11))
    assert max(map(len, store.lattices_read)) == n_read


@pytest.mark.parametrize("store", LAZY)
def test_a_wrong_spin_in_a_store_is_named(store, tmp_path, monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", 2)
    X = random_lattices((5, 4, 4))
    X[4, 2, 1] = 3
    message = r"\+1 or -1; got 3(\.0)? at index \(4, 2, 1\).*shape \(5, 4, 4\)"
    with pytest.raises(ValueError, match=message):
        energy_density(LAZY[store](X, tmp_path))


def test_a_store_of_another_shape_is_refused_unread():
    store = RecordingStore(np.ones((4, 4), np.int8))
    with pytest.raises(ValueError, match=r"3 dimensions.*got shape \(4, 4\)"):
        magnetization(store)
    assert store.keys == []
