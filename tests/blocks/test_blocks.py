"""Blocks of the partition and at random positions, from every kind of array."""

import numpy as np
import pytest
from scipy import stats
from stores import MEMORY_MAPS

from skising import extract_blocks, sample_blocks

SPINS = np.array([-1, 1], dtype=np.int8)


def random_lattices(n_samples, n_rows, n_cols, seed=0):
    return np.random.default_rng(seed).choice(SPINS, (n_samples, n_rows, n_cols))


def sample_three(X, block_size):
    return sample_blocks(X, block_size, 3, random_state=0)


def first_sites(size, block_size, stride):
    """Return where blocks begin, cut from the first site on or from the last site back."""
    forward = range(0, size - block_size + 1, stride)
    return sorted({*forward, *(size - block_size - first for first in forward)})


def naive_blocks(lattice, block_size, stride):
    """Cut a lattice into blocks row by row, one by one."""
    rows, columns = (first_sites(n, block_size, stride or block_size) for n in lattice.shape)
    blocks = [lattice[i : i + block_size, j : j + block_size] for i in rows for j in columns]
    return np.array(blocks)


def positions_of(blocks, lattice):
    """Return the position of each block in a lattice in which no two blocks are equal."""
    size = blocks.shape[-1]
    found = {}
    for i in range(lattice.shape[0] - size + 1):
        for j in range(lattice.shape[1] - size + 1):
            block = lattice[i : i + size, j : j + size].astype(np.int8).tobytes()
            assert block not in found
            found[block] = (i, j)
    return np.array([found[block.tobytes()] for block in blocks])


# Kinds of arrays. All except contiguous int8 are converted.


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def strided(X):
    larger = np.zeros((len(X), 2 * X.shape[1], 3 * X.shape[2]), X.dtype)
    larger[:, ::2, ::3] = X
    return larger[:, ::2, ::3]


FORMS = {
    "int8": lambda X, path: X,
    "read-only": lambda X, path: read_only(X),
    "strided": lambda X, path: strided(X),
    "fortran": lambda X, path: np.asfortranarray(X),
    "float": lambda X, path: X.astype(float),
    "int64": lambda X, path: X.astype(np.int64),
    "list": lambda X, path: X.tolist(),
    **MEMORY_MAPS,
}


# The partition


@pytest.mark.parametrize(
    ("shape", "block_size", "stride"),
    [
        ((2, 8, 8), 4, None),
        ((2, 8, 8), 8, None),
        ((2, 9, 11), 4, None),
        ((1, 12, 6), 3, 1),
        ((3, 7, 10), 3, 2),
        ((2, 10, 7), 2, 5),
        ((1, 4, 5), 4, 100),
    ],
)
def test_extract_blocks_cuts_row_by_row(shape, block_size, stride):
    X = random_lattices(*shape)
    expected = [naive_blocks(lattice, block_size, stride) for lattice in X]
    blocks = extract_blocks(X, block_size, stride=stride)
    np.testing.assert_array_equal(blocks, expected, strict=True)
    assert blocks.flags.c_contiguous


@pytest.mark.parametrize("block_size", [2, 3, 6])
def test_the_partition_holds_every_site_once(block_size):
    X = random_lattices(4, 18, 12)
    blocks = extract_blocks(X, block_size)
    assert blocks.shape == (4, 18 * 12 // block_size**2, block_size, block_size)
    grid = blocks.reshape(4, 18 // block_size, 12 // block_size, block_size, block_size)
    np.testing.assert_array_equal(grid.swapaxes(2, 3).reshape(X.shape), X)


@pytest.mark.parametrize(
    ("shape", "block_size", "stride", "n_blocks"),
    [
        ((48, 48), 32, None, 4),
        ((30, 30), 16, None, 4),
        ((40, 40), 16, None, 16),
        ((65, 65), 32, None, 16),
        ((33, 32), 32, None, 2),
        ((33, 64), 32, None, 4),
        ((45, 20), 8, 3, 26 * 5),
        ((45, 20), 8, 7, 12 * 4),
        ((19, 31), 19, 19, 2),
    ],
)
def test_blocks_hold_every_site_and_most_sites_equally_often(shape, block_size, stride, n_blocks):
    number = np.arange(np.prod(shape)).reshape(shape)
    blocks = naive_blocks(number, block_size, stride)
    X = random_lattices(1, *shape)
    cut = extract_blocks(X, block_size, stride=stride)[0]
    np.testing.assert_array_equal(cut, X[0].flat[blocks])
    assert len(blocks) == n_blocks
    counts = np.bincount(blocks.ravel(), minlength=number.size).reshape(shape)
    assert counts.min() == 1
    for image in (counts[::-1], counts[:, ::-1]):
        np.testing.assert_array_equal(counts, image)
    if stride is None:
        # The remainder at each edge is in the cuts from that edge alone.
        inner = tuple(slice(n % block_size, n - n % block_size) for n in shape)
        assert np.ptp(counts[inner]) == 0


@pytest.mark.parametrize("stride", [None, 3])
@pytest.mark.parametrize("shape", [(13, 13), (12, 17), (9, 8)])
def test_all_images_of_a_lattice_have_the_same_blocks(shape, stride):
    lattice = random_lattices(1, *shape)[0]
    for image in (np.transpose, np.flipud, np.fliplr, np.rot90):
        ((blocks,), (moved,)) = (
            extract_blocks(X[np.newaxis], 8, stride=stride) for X in (lattice, image(lattice))
        )
        assert sorted(image(b).tobytes() for b in blocks) == sorted(b.tobytes() for b in moved)


@pytest.mark.parametrize("form", FORMS)
def test_extract_blocks_accepts_every_kind_of_array(form, tmp_path):
    X = random_lattices(3, 8, 9)
    blocks = extract_blocks(FORMS[form](X, tmp_path), 4)
    np.testing.assert_array_equal(blocks, extract_blocks(X, 4), strict=True)


@pytest.mark.parametrize("cut", [extract_blocks, sample_three])
@pytest.mark.parametrize("form", ["int8", "read-only", "memory map"])
@pytest.mark.parametrize("block_size", [3, 6])  # 6 is the whole lattice
def test_blocks_are_a_copy(cut, form, block_size, tmp_path):
    X = random_lattices(2, 6, 6)
    lattices = FORMS[form](X, tmp_path)
    blocks = cut(lattices, block_size)
    assert blocks.dtype == np.int8
    assert not np.shares_memory(blocks, lattices)
    before = X.copy()
    blocks[:] = 0
    np.testing.assert_array_equal(lattices, before)


# Random positions


@pytest.mark.parametrize(
    ("n_rows", "n_cols", "block_size"), [(12, 12, 5), (9, 20, 6), (20, 9, 6), (6, 6, 6), (6, 7, 6)]
)
def test_every_sampled_block_lies_in_its_lattice(n_rows, n_cols, block_size):
    X = random_lattices(4, n_rows, n_cols)
    blocks = sample_blocks(X, block_size, 50, random_state=0)
    assert blocks.shape == (4, 50, block_size, block_size)
    assert blocks.dtype == np.int8
    for sampled, lattice in zip(blocks, X, strict=True):
        positions_of(sampled, lattice)


def test_each_lattice_has_its_own_positions():
    X = np.repeat(random_lattices(1, 20, 20), 8, axis=0)
    positions = [positions_of(blocks, X[0]) for blocks in sample_blocks(X, 6, 10, random_state=0)]
    assert len({tuple(p.flat) for p in positions}) == 8


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_positions_are_uniform_up_to_the_last_row_and_column(seed):
    X = random_lattices(1, 12, 15)
    blocks = sample_blocks(X, 6, 20_000, random_state=seed)
    counts = np.zeros((7, 10), int)
    np.add.at(counts, tuple(positions_of(blocks[0], X[0]).T), 1)
    assert stats.chisquare(counts, axis=None).pvalue > 1e-4


def test_the_seed_determines_the_blocks():
    X = random_lattices(3, 20, 20)
    first, second, other = (sample_blocks(X, 6, 10, random_state=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_random_state_instance_advances():
    X = random_lattices(3, 20, 20)
    rng = np.random.RandomState(7)
    first, second = (sample_blocks(X, 6, 10, random_state=rng) for _ in range(2))
    np.testing.assert_array_equal(first, sample_blocks(X, 6, 10, random_state=7))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("form", FORMS)
def test_sample_blocks_accepts_every_kind_of_array(form, tmp_path):
    X = random_lattices(3, 8, 9)
    blocks = sample_blocks(FORMS[form](X, tmp_path), 4, 5, random_state=0)
    np.testing.assert_array_equal(blocks, sample_blocks(X, 4, 5, random_state=0), strict=True)


def test_sites_outside_the_sampled_blocks_are_not_checked():
    X = random_lattices(2, 20, 20).astype(float)
    expected = sample_blocks(X, 6, 3, random_state=0)
    sampled = np.zeros(X.shape, bool)
    for k, blocks in enumerate(expected):
        for i, j in positions_of(blocks, X[k]):
            sampled[k, i : i + 6, j : j + 6] = True
    assert not sampled.all()
    poisoned = np.where(sampled, X, np.nan)
    np.testing.assert_array_equal(sample_blocks(poisoned, 6, 3, random_state=0), expected)
    k, i, j = np.argwhere(sampled)[0]
    poisoned[k, i, j] = np.nan
    with pytest.raises(ValueError, match=r"X, as blocks .*got nan at index \(0, "):
        sample_blocks(poisoned, 6, 3, random_state=0)


@pytest.mark.parametrize("dtype", [np.int8, np.float64])
def test_a_lattice_larger_than_any_memory_can_be_sampled(dtype):
    X = np.broadcast_to(np.ones((), dtype), (2, 20_000_000, 20_000_000))
    blocks = sample_blocks(X, 16, 5, random_state=0)
    np.testing.assert_array_equal(blocks, np.ones((2, 5, 16, 16), np.int8), strict=True)


# What is refused

LATTICES = random_lattices(2, 8, 6)
INVALID = {
    "2-D": (LATTICES[0], ValueError, r"X must have 3 dimensions.*\(8, 6\).*X\[np.newaxis\]"),
    "empty": (LATTICES[:0], ValueError, r"X is empty: shape \(0, 8, 6\)"),
    "zeros": (0 * LATTICES, ValueError, r"X.* must hold spins, each \+1 or -1; got 0 at index"),
    "strings": (np.full((1, 4, 4), "up"), TypeError, r"X must hold numbers; got dtype <U2"),
    "too small": (
        LATTICES[:, :3],
        ValueError,
        r"lattices of 3 x 6 sites, smaller than block_size=4: not one block fits",
    ),
}


@pytest.mark.parametrize("cut", [extract_blocks, sample_three])
@pytest.mark.parametrize("name", INVALID)
def test_other_arrays_than_lattices_of_spins_are_refused(cut, name):
    bad, error, message = INVALID[name]
    with pytest.raises(error, match=message):
        cut(bad, 4)


@pytest.mark.parametrize("cut", [extract_blocks, sample_three])
@pytest.mark.parametrize(
    ("block_size", "error", "message"),
    [
        (1, ValueError, "block_size must be an integer >= 2; got 1. .*one site has no neighbour"),
        (0, ValueError, "block_size must be an integer >= 2; got 0"),
        (-4, ValueError, "block_size must be an integer >= 2; got -4"),
        (4.0, TypeError, "block_size must be an integer >= 2; got 4.0 of type float"),
        (True, TypeError, "block_size must be an integer >= 2; got True of type bool"),
        (None, TypeError, "block_size must be an integer >= 2; got None of type NoneType"),
        ((4, 4), TypeError, r"block_size must be an integer >= 2; got \(4, 4\) of type tuple"),
    ],
)
def test_bad_block_size(cut, block_size, error, message):
    with pytest.raises(error, match=message):
        cut(LATTICES, block_size)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "must be an integer >= 1; got 0"),
        (-1, ValueError, "must be an integer >= 1; got -1"),
        (1.5, TypeError, "must be an integer >= 1; got 1.5 of type float"),
        ("2", TypeError, "must be an integer >= 1; got '2' of type str"),
    ],
)
def test_bad_stride_and_number_of_blocks(value, error, message):
    with pytest.raises(error, match=f"stride {message}"):
        extract_blocks(LATTICES, 4, stride=value)
    with pytest.raises(error, match=f"n_blocks {message}"):
        sample_blocks(LATTICES, 4, value)


def test_numpy_integers_are_integers():
    size, two = np.int64(4), np.uint8(2)
    np.testing.assert_array_equal(
        extract_blocks(LATTICES, size, stride=two), extract_blocks(LATTICES, 4, stride=2)
    )
    np.testing.assert_array_equal(
        sample_blocks(LATTICES, size, two, random_state=0),
        sample_blocks(LATTICES, 4, 2, random_state=0),
    )
