"""Stores and files that fail, or that return something else than they promise."""

import dask.array
import h5py
import numpy as np
import pytest
import zarr
from stores import RecordingStore

from skising.blocks import _lattices
from skising.blocks._open import open_lattices

BLOCK_SIZE = 4
X = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (11, 13, 10))


@pytest.fixture(params=[1 << 25, 60], ids=["lattices fit", "no lattice fits"])
def cache(request, monkeypatch):
    monkeypatch.setattr(_lattices, "_CACHE_SITES", request.param)


class FaultyStore(RecordingStore):
    """A store that changes or refuses what it reads."""

    def __init__(self, X, change=lambda piece: piece, **attributes):
        super().__init__(X)
        self._change = change
        vars(self).update(attributes)

    def __getitem__(self, key):
        return self._change(super().__getitem__(key))


READERS = {
    "take": lambda lattices: lattices.take(np.array([2, 3])),
    "pieces": lambda lattices: list(lattices.pieces()),
    "partitions": lambda lattices: [list(parts) for parts in lattices.partitions(4, 50)],
    "blocks": lambda lattices: lattices.blocks_at(slice(2, 4), *np.zeros((2, 2, 3), int)),
}


def fail_with(error):
    def change(piece):
        raise error

    return change


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (KeyError("chunk 3"), ValueError),
        (RuntimeError("checksum"), ValueError),
        (TypeError("no slices"), ValueError),
        (OSError("disk"), OSError),
        (PermissionError("locked"), OSError),
    ],
)
def test_a_store_that_fails_is_named_with_the_part_that_was_read(read, raised, error, cache):
    lattices = open_lattices(FaultyStore(X, fail_with(raised)), BLOCK_SIZE)
    what = f"cannot be read from the FaultyStore: {type(raised).__name__}: .*Check that its file is"
    with pytest.raises(error, match=rf"^X\[\d+:\d+.*\] {what}") as caught:
        read(lattices)
    assert caught.value.__cause__ is raised


def test_a_shortage_of_memory_is_not_blamed_on_the_store():
    lattices = open_lattices(FaultyStore(X, fail_with(MemoryError())))
    with pytest.raises(MemoryError):
        lattices.take(np.array([0]))


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    "change",
    [
        lambda piece: piece[:-1],
        lambda piece: np.concatenate([piece, piece]),
        lambda piece: piece[:, :-1],
        lambda piece: piece[0],
        lambda piece: piece[..., np.newaxis],
        lambda piece: piece.ravel(),
        lambda piece: None,
    ],
    ids=["fewer", "more", "rows", "a lattice", "channel", "flat", "None"],
)
def test_a_store_that_returns_another_shape_is_refused(read, change, cache):
    lattices = open_lattices(FaultyStore(X, change), BLOCK_SIZE)
    with pytest.raises(ValueError, match=r"^X\[.*\] must have shape .* FaultyStore returned shape"):
        read(lattices)


def test_a_store_whose_shape_is_too_long_is_refused():
    lattices = open_lattices(FaultyStore(X, shape=(20, 13, 10)))
    message = (
        r"X\[0:20\] must have shape \(20, 13, 10\), because X.shape is .* shape \(11, 13, 10\)"
    )
    with pytest.raises(ValueError, match=message):
        list(lattices.pieces())


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_store_may_return_another_dtype_if_it_holds_spins(read):
    expected = read(open_lattices(X, BLOCK_SIZE))
    for change in (np.float64, "U2", object):
        lattices = open_lattices(
            FaultyStore(X, lambda piece, to=change: piece.astype(to)), BLOCK_SIZE
        )
        found = read(lattices)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    lattices = open_lattices(FaultyStore(X, lambda piece: piece.astype(np.uint8)), BLOCK_SIZE)
    with pytest.raises(ValueError, match=r"255 is -1 that was stored as uint8: pass `"):
        read(lattices)


@pytest.mark.parametrize(
    "chunks",
    [(0, 13, 10), (-3,), (None, 13, 10), "auto", (2.5, 1, 1), (), 3, [], ((), ()), ((0,),)],
)
def test_chunks_that_are_no_numbers_count_as_single_lattices(chunks):
    lattices = open_lattices(FaultyStore(X, chunks=chunks))
    assert lattices.lattices_per_chunk == 1
    np.testing.assert_array_equal(lattices.take(np.array([10, 2])), X[[10, 2]])


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((None, 13, 10), r"X must have a known shape of integers, .*; got \(None, 13, 10\)\.$"),
        ((11.0, 13, 10), r"X must have a known shape of integers, .*; got \(11\.0, 13, 10\)\.$"),
        ((-1, 13, 10), r"X is empty: shape \(-1, 13, 10\)"),
        ((0, 13, 10), r"X is empty: shape \(0, 13, 10\)"),
        ((), r"X must have 3 dimensions.*got shape \(\)"),
    ],
)
def test_a_store_without_a_shape_of_lattices_is_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        open_lattices(FaultyStore(X, shape=shape))


def test_closed_and_damaged_files_are_named(tmp_path):
    with h5py.File(tmp_path / "X.h5", "w") as file:
        closed = file.create_dataset("X", data=X)
    with pytest.raises(ValueError, match=r"the Dataset does not tell its shape .*Open its file ag"):
        open_lattices(closed)
    with pytest.raises(
        TypeError, match=r"X must be one array; got File, which does not tell its m"
    ):
        open_lattices(file)
    np.savez(tmp_path / "X.npz", X=X)
    with np.load(tmp_path / "X.npz") as file:
        pass
    with pytest.raises(TypeError, match=r"got NpzFile, which does not tell its members.*Open it"):
        open_lattices(file)
    store = zarr.create_array(tmp_path / "X.zarr", data=X, chunks=(1, 13, 10))
    chunk = tmp_path / "X.zarr" / "c" / "3" / "0" / "0"
    chunk.write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"^X\[3:4\] cannot be read from the Array: .*its file is"):
        open_lattices(store).take(np.array([3]))


def test_a_dask_array_that_fails_is_named():
    def fail(piece):
        raise KeyError("chunk 3")

    lattices = dask.array.from_array(X, chunks=4).map_blocks(fail, dtype=X.dtype, meta=X[:0])
    with pytest.raises(TypeError, match=r"X must be an array; got Array.*KeyError: 'chunk 3'"):
        open_lattices(lattices).take(np.array([3]))
