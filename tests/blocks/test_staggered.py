"""Staggered lattices: energies and blocks of an antiferromagnet as those of a ferromagnet."""

import re
import warnings

import dask.array
import numpy as np
import pytest
from stores import MEMORY_MAPS, STORAGES, STORES

from skising import D4Descriptor, exact, extract_blocks, make_ising, staggered
from skising.observables import energy_density, magnetization


def random_lattices(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


@pytest.mark.parametrize("shape", [(3, 4, 6), (2, 1, 1), (5, 1, 8), (2, 2, 2), (1, 64, 10)])
@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32])
def test_one_sublattice_is_flipped(shape, dtype):
    X = random_lattices(shape).astype(dtype)
    result = staggered(X)
    assert result.dtype == np.int8
    for index, spin in np.ndenumerate(X):
        assert result[index] == (spin if (index[1] + index[2]) % 2 == 0 else -spin)
    np.testing.assert_array_equal(staggered(result), X)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32])
def test_vacancies_stay_where_they_are(dtype):
    X = random_lattices((3, 4, 6)).astype(dtype)
    expected = staggered(X)
    X[:, ::3] = expected[:, ::3] = 0
    result = staggered(X, spins="diluted")
    assert result.dtype == np.int8
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("periodic", [True, False])
def test_the_energy_of_lattices_with_vacancies_changes_its_sign(periodic):
    X = random_lattices((20, 8, 6))
    X[np.random.default_rng(1).random(X.shape) < 0.2] = 0
    image = staggered(X, periodic=periodic, spins="diluted")
    energy, of_image = (energy_density(x, spins="diluted", periodic=periodic) for x in (X, image))
    np.testing.assert_array_equal(of_image, -energy)


def test_the_array_stays_as_it_is():
    X = np.ones((2, 4, 4), np.int8)
    staggered(X)[:] = 0
    assert (X == 1).all()


@pytest.mark.parametrize("shape", [(20, 8, 8), (5, 2, 6), (7, 1, 4), (3, 16, 2)])
def test_the_energy_of_even_lattices_changes_its_sign(shape):
    X = random_lattices(shape)
    np.testing.assert_array_equal(energy_density(staggered(X)), -energy_density(X))


def test_the_ground_states_of_the_antiferromagnet():
    X = staggered(np.ones((1, 6, 6)))
    np.testing.assert_array_equal(energy_density(X), [2])
    np.testing.assert_array_equal(magnetization(X), [0])
    np.testing.assert_array_equal(magnetization(staggered(X)), [1])


def test_boltzmann_weights_of_an_antiferromagnet():
    # All 2^16 states of 4 x 4 sites: e of the antiferromagnet at T is Kaufman's at T.
    bits = np.arange(2**16)[:, np.newaxis] >> np.arange(16) & 1
    X = (2 * bits - 1).astype(np.int8).reshape(-1, 4, 4)
    energy = -energy_density(X)  # H = +J sum s_i s_j
    weight = np.exp(-16 * (energy + 2) / 2.5)
    expected = exact.kaufman_energy(2.5, 4)
    np.testing.assert_allclose(np.average(energy, weights=weight), expected, rtol=1e-12)
    np.testing.assert_array_equal(energy_density(staggered(X)), energy)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (3, 2), (5, 0)])
def test_blocks_are_staggered_up_to_a_global_sign(row, column):
    # Where a block begins on the other sublattice, its spins have the opposite sign.
    X = random_lattices((3, 12, 12))
    cut = np.s_[:, row : row + 5, column : column + 5]
    blocks, image = staggered(X)[cut], staggered(X[cut], periodic=False)
    np.testing.assert_array_equal(blocks, (-1) ** (row + column) * image)
    descriptor = D4Descriptor().fit(blocks)
    np.testing.assert_array_equal(descriptor.transform(blocks), descriptor.transform(image))


@pytest.mark.parametrize("shape", [(2, 5, 5), (2, 4, 7), (1, 3, 1)])
def test_odd_sides_give_a_warning_unless_the_lattices_are_open(shape):
    X = random_lattices(shape)
    with pytest.warns(UserWarning, match="an odd side.*seam.*periodic=False.*random_shift") as log:
        periodic = staggered(X)
    assert log[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = staggered(X, periodic=False)
    np.testing.assert_array_equal(result, periodic)


def test_the_seam_of_an_odd_lattice():
    # Of the 2 * 5^2 bonds of the antiferromagnet, the 2 * 5 across the boundary are frustrated.
    neel = staggered(np.ones((1, 5, 5)), periodic=False)
    np.testing.assert_array_equal(energy_density(neel), [(40 - 10) / 25])


# Stores

ON_DISK = MEMORY_MAPS | STORES


@pytest.mark.parametrize("store", ON_DISK)
def test_stores_are_refused_and_the_hint_is_followed(store, tmp_path):
    X = random_lattices((7, 6, 8))
    lazy = ON_DISK[store](X, tmp_path)
    with pytest.raises(ValueError, match=r"must be in memory; got a .* of shape \(7, 6, 8\)") as e:
        staggered(lazy)
    line = re.findall("`([^`]+)`", str(e.value))[0]
    result = eval(line, {"X": lazy, "dask": dask, "np": np, "staggered": staggered})
    assert isinstance(result, dask.array.Array)
    assert result.dtype == lazy.dtype
    np.testing.assert_array_equal(energy_density(result), energy_density(staggered(X)))
    np.testing.assert_array_equal(result.compute(), staggered(X))


@pytest.mark.parametrize("storage", sorted(STORAGES.keys() - ON_DISK.keys()))
def test_arrays_of_every_kind(storage, tmp_path):
    X = random_lattices((7, 6, 8))
    np.testing.assert_array_equal(staggered(STORAGES[storage](X, tmp_path)), staggered(X))


def test_a_data_set_of_make_ising_is_staggered_as_it_is_read(tmp_path):
    ising = make_ising(6, 8, [1.5, 3.0], random_state=0, out=tmp_path / "X.zarr")
    with pytest.raises(ValueError, match="must be in memory"):
        staggered(ising.data)
    lazy = dask.array.from_array(ising.data) * staggered(np.ones((1, 8, 8), np.int8))
    np.testing.assert_array_equal(energy_density(lazy), -ising.energy)


def test_blocks_of_a_memory_map_are_in_memory(tmp_path):
    X = random_lattices((2, 8, 8))
    blocks = extract_blocks(MEMORY_MAPS["memory map"](X, tmp_path), 4).reshape(-1, 4, 4)
    np.testing.assert_array_equal(staggered(blocks), blocks * staggered(np.ones((1, 4, 4))))


# Errors


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((4, 4)), r"3 dimensions.*got shape \(4, 4\).*X\[np\.newaxis\]"),
        (np.ones((0, 4, 4)), r"empty.*\(0, 4, 4\)"),
        (np.zeros((1, 4, 4)), r"\+1 or -1; got 0\.0 at index \(0, 0, 0\)"),
        (np.full((1, 4, 4), np.nan), r"\+1 or -1; got nan.*leave out"),
        (np.eye(4)[np.newaxis] - 1, r'A 0 beside -1.*staggered, .* with spins="diluted"'),
        (np.ma.masked_less(np.ones((1, 4, 4)), 2), "is a masked array"),
        (dask.array.ones((4, 4)), r"3 dimensions.*got shape \(4, 4\)"),
    ],
)
def test_other_arrays_than_lattices_are_refused(X, message):
    with pytest.raises(ValueError, match=message):
        staggered(X)


def test_wrong_types_are_refused():
    with pytest.raises(TypeError, match="X must hold numbers"):
        staggered([[["up", "down"]]])
    with pytest.raises(ValueError, match="periodic must be one of True, False; got 1"):
        staggered(np.ones((1, 4, 4)), periodic=1)
    with pytest.raises(ValueError, match="spins must be one of 'ising', 'diluted'; got 'potts'"):
        staggered(np.ones((1, 4, 4)), spins="potts")
