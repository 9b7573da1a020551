"""One contract for every kind of storage: all read the same lattices, and only when asked."""

import re

import numpy as np
import pytest
from scipy import sparse
from stores import ARRAYS, MEMORY_MAPS, STORAGES, RecordingStore, memory_map

from skising import extract_blocks
from skising.blocks import _arrays, _lattices
from skising.blocks._arrays import LatticesInMemory, LatticesInMemoryMap
from skising.blocks._open import open_lattices
from skising.blocks._stores import LatticesInStore

BLOCK_SIZE = 4
X = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (11, 13, 10))

# Everything fits, two chunks of three lattices fit, and less than one lattice fits.
CACHES = [1 << 25, 2 * 3 * 130, 60]


@pytest.fixture(params=STORAGES, scope="module")
def storage(request, tmp_path_factory):
    return STORAGES[request.param](X, tmp_path_factory.mktemp("storage"))


@pytest.fixture(params=CACHES)
def cache(request, monkeypatch):
    monkeypatch.setattr(_lattices, "_CACHE_SITES", request.param)
    return request.param


def expected_class(name):
    if name in MEMORY_MAPS:
        return LatticesInMemoryMap
    return LatticesInMemory if name in ARRAYS else LatticesInStore


# The contract


@pytest.mark.parametrize("name", STORAGES)
def test_the_class_fits_the_storage(name, tmp_path):
    lattices = open_lattices(STORAGES[name](X, tmp_path), BLOCK_SIZE)
    assert type(lattices) is expected_class(name)
    assert lattices.shape == X.shape
    assert all(type(size) is int for size in lattices.shape)
    assert len(lattices) == len(X)
    assert lattices.block_size == BLOCK_SIZE
    assert lattices.lattices_per_chunk >= 1


@pytest.mark.parametrize("indices", [[0], [10, 3, 3, 7], range(11), [9, 0, 8, 1]])
def test_lattices_are_taken_by_index(storage, indices, cache):
    lattices = open_lattices(storage, BLOCK_SIZE)
    for _ in range(2):
        result = lattices.take(np.array(indices))
        np.testing.assert_array_equal(result, X[list(indices)], strict=True)
        assert result.flags.c_contiguous


@pytest.mark.parametrize("piece_bytes", [1, 700, 1 << 24])
def test_pieces_are_all_lattices_in_order(storage, piece_bytes, monkeypatch):
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", piece_bytes)
    pieces = list(open_lattices(storage).pieces())
    assert all(piece.flags.c_contiguous for piece in pieces)
    assert len(pieces) == 11 or piece_bytes > 1
    assert len(pieces) == 1 or piece_bytes < 1 << 24
    np.testing.assert_array_equal(np.concatenate(pieces), X, strict=True)


@pytest.mark.parametrize(
    ("stride", "n_at_once"), [(3, 1), (1, 5), (BLOCK_SIZE, 40), (BLOCK_SIZE, 10**6)]
)
def test_partitions_are_those_of_extract_blocks(storage, stride, n_at_once, cache):
    lattices = open_lattices(storage, BLOCK_SIZE)
    partitions = []
    for parts in lattices.partitions(stride, n_at_once):
        parts = list(parts)
        assert all(np.prod(part.shape[:2]) <= max(n_at_once, len(part)) for part in parts)
        partitions.append(np.concatenate(parts, axis=1))
    expected = extract_blocks(X, BLOCK_SIZE, stride=stride)
    assert np.prod([len(first) for first in lattices.partition_grid(stride)]) == expected.shape[1]
    np.testing.assert_array_equal(np.concatenate(partitions), expected, strict=True)


@pytest.mark.parametrize("samples", [slice(0, 11), slice(4, 9)])
def test_blocks_are_those_at_their_positions(storage, samples, cache):
    n = samples.stop - samples.start
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(0, 13 - 3, (n, 6)), rng.integers(0, 10 - 3, (n, 6))
    # The corners.
    rows[:, :2], columns[:, :2] = [0, 9], [0, 6]
    blocks = open_lattices(storage, BLOCK_SIZE).blocks_at(samples, rows, columns)
    expected = [
        [lattice[i : i + 4, j : j + 4] for i, j in zip(*positions, strict=True)]
        for lattice, *positions in zip(X[samples], rows, columns, strict=True)
    ]
    np.testing.assert_array_equal(blocks, expected, strict=True)


@pytest.mark.parametrize(
    "read",
    [
        lambda lattices: lattices.take(np.arange(11)),
        lambda lattices: list(lattices.pieces()),
        lambda lattices: [list(parts) for parts in lattices.partitions(1, 50)],
        lambda lattices: lattices.read(slice(0, 11), slice(0, 13), slice(0, 10)),
    ],
    ids=["take", "pieces", "partitions", "read"],
)
@pytest.mark.parametrize("name", STORAGES)
def test_a_wrong_spin_is_named_with_its_index_in_the_whole(name, read, cache, tmp_path):
    wrong = X.copy()
    wrong[7, 12, 3] = 5
    lattices = open_lattices(STORAGES[name](wrong, tmp_path), BLOCK_SIZE)
    message = r"X must hold spins.*got 5(\.0)? at index \(7, 12, 3\).* shape \(11, 13, 10\)"
    with pytest.raises(ValueError, match=message):
        read(lattices)


@pytest.mark.parametrize("name", STORAGES)
def test_a_wrong_spin_in_a_block_is_refused(name, tmp_path):
    wrong = X.copy()
    wrong[7, 2, 3] = 5
    lattices = open_lattices(STORAGES[name](wrong, tmp_path), BLOCK_SIZE)
    with pytest.raises(ValueError, match=r"X.* must hold spins, each \+1 or -1; got 5"):
        lattices.blocks_at(slice(7, 8), *np.zeros((2, 1, 1), int))


@pytest.mark.parametrize("name", STORAGES)
def test_spins_are_checked_at_once_only_in_memory(name, tmp_path):
    wrong = X.copy()
    wrong[7, 2, 3] = 5
    lattices = open_lattices(STORAGES[name](wrong, tmp_path), BLOCK_SIZE)
    if name in ARRAYS:
        with pytest.raises(ValueError, match=r"got 5\S* at index \(7, 2, 3\)"):
            lattices.check_spins_in_memory()
    else:
        lattices.check_spins_in_memory()


@pytest.mark.parametrize("name", [*ARRAYS, *MEMORY_MAPS, "zarr", "h5py", "store of a user"])
@pytest.mark.parametrize(
    ("lattices", "message"),
    [
        (X[0], "X must have 3 dimensions, (n_samples, n_rows, n_cols); got shape (13, 10)."),
        (X[:, :3], "X holds lattices of 3 x 10 sites, smaller than block_size=4"),
    ],
)
def test_other_shapes_are_refused(name, lattices, message, tmp_path):
    storage = STORAGES[name](lattices, tmp_path)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        open_lattices(storage, BLOCK_SIZE)


# What single storages add


def test_contiguous_int8_in_memory_is_not_copied():
    assert all(np.shares_memory(piece, X) for piece in open_lattices(X).pieces())


def test_copies_of_a_memory_map_are_in_memory(tmp_path):
    mapped = memory_map(X, tmp_path)
    for copy in (mapped.copy(), mapped.astype(float)):
        assert isinstance(copy, np.memmap)
        assert type(open_lattices(copy)) is LatticesInMemory
    assert type(open_lattices(-mapped)) is LatticesInMemory
    for part in (mapped, mapped[2:5], mapped[:, ::2]):
        assert type(open_lattices(part)) is LatticesInMemoryMap


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_blocks_of_huge_lattices_in_a_memory_map(mode, tmp_path, monkeypatch):
    changed, mapped = X.copy(), memory_map(X, tmp_path, mode)
    if mode != "r":
        # In the mode "c" the change is in memory alone: pages that are dropped would lose it.
        changed[0, 0] *= -1
        mapped[0, 0] *= -1
    rows, columns = np.random.default_rng(0).integers(0, 7, (2, len(X), 40))
    rows[:, 0] = columns[:, 0] = 0
    expected = open_lattices(changed, 4).blocks_at(slice(0, len(X)), rows, columns)
    monkeypatch.setattr(_lattices, "_CACHE_SITES", 1)
    monkeypatch.setattr(_arrays, "_MAPPED_ROWS", 4 * len(X) * 3)
    for _ in range(2):
        found = open_lattices(mapped, 4).blocks_at(slice(0, len(X)), rows, columns)
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(mapped, changed)


def test_opening_reads_nothing():
    store = RecordingStore(X)
    open_lattices(store, BLOCK_SIZE).check_spins_in_memory()
    assert store.keys == []


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [(None, 1), ((3, 13, 10), 3), (((3, 3, 3, 2), (13,), (10,)), 3), (((2, 4, 5), (13,)), 5)],
)
def test_lattices_per_chunk_of_a_store(chunks, expected):
    assert open_lattices(RecordingStore(X, chunks)).lattices_per_chunk == expected


def test_the_cache_holds_the_last_whole_chunks(monkeypatch):
    monkeypatch.setattr(_lattices, "_CACHE_SITES", 2 * 3 * 130)
    store = RecordingStore(X, (3, 13, 10))
    lattices = open_lattices(store)
    assert lattices.n_chunks_in_cache == 2
    lattices.take(np.array([1, 4]))
    assert store.lattices_read == [range(0, 3), range(3, 6)]
    # Chunks in the cache are used before another one evicts the oldest.
    lattices.take(np.array([10, 0, 5]))
    assert store.lattices_read[2:] == [range(9, 11)]
    lattices.take(np.array([3, 9]))
    assert len(store.keys) == 3
    lattices.take(np.array([0]))
    assert store.lattices_read[3:] == [range(0, 3)]


def test_partitions_read_every_chunk_once():
    store = RecordingStore(X, (3, 13, 10))
    for parts in open_lattices(store, BLOCK_SIZE).partitions(BLOCK_SIZE, 4 * 6):
        assert sum(part.shape[0] * part.shape[1] for part in parts) <= 4 * 6
    assert store.lattices_read == [range(0, 3), range(3, 6), range(6, 9), range(9, 11)]


def test_blocks_of_huge_lattices_in_a_store_are_read_alone(monkeypatch):
    monkeypatch.setattr(_lattices, "_CACHE_SITES", 1)
    store = RecordingStore(X, (3, 13, 10))
    rows = columns = np.array([[5, 1]])
    open_lattices(store, BLOCK_SIZE).blocks_at(slice(2, 3), rows, columns)
    assert store.keys == [
        (slice(2, 3), slice(5, 9), slice(5, 9)),
        (slice(2, 3), slice(1, 5), slice(1, 5)),
    ]


def test_sparse_matrices_are_refused_as_arrays():
    with pytest.raises(TypeError, match=r"X must be a dense array; got a sparse csr_array"):
        open_lattices(sparse.csr_array(np.eye(4)))


def test_stores_that_do_not_hold_numbers_are_refused():
    lattices = open_lattices(RecordingStore(np.full((2, 4, 4), "up")))
    with pytest.raises(TypeError, match="X must hold numbers"):
        list(lattices.pieces())
