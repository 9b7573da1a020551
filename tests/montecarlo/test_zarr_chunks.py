"""Chunks that workers compress: they are those of zarr, and only shared ones are left to others."""

import pickle
import threading

import numpy as np
import pytest
import zarr
from data_sets import PARAMETERS

from skising import make_clock, make_ising, make_potts
from skising.montecarlo import _destination, _models
from skising.montecarlo._models import Ising
from skising.montecarlo._run import Run
from skising.montecarlo._zarr_chunks import Chunk, ChunkEncoder, Shards
from skising.montecarlo._zarr_store import ZarrStore

BLOSC = {"name": "blosc", "configuration": {"cname": "zstd", "clevel": 3, "shuffle": "bitshuffle"}}
COMPRESSORS = (BLOSC | {"configuration": BLOSC["configuration"] | {"typesize": 1}},)
COMPRESSORS += ({"name": "crc32c"},)
MAKERS = {
    "ising": lambda **p: make_ising(40, 12, [1.5, 2.3], **p),
    "potts": lambda **p: make_potts(40, 12, n_states=5, temperatures=[0.7, 0.9], **p),
    "clock": lambda **p: make_clock(40, 12, temperatures=[0.7, 0.9], **p),
}


def files_of_zarr(path, lattices, shards=None):
    """Write lattices with zarr, in chunks of 3, and return the bytes of its files."""
    array = zarr.create_array(
        path,
        shape=lattices.shape,
        dtype=lattices.dtype,
        chunks=(3, *lattices.shape[1:]),
        shards=shards and (shards, *lattices.shape[1:]),
        compressors=COMPRESSORS,
        chunk_key_encoding={"name": "default", "separator": "."},
        config={"write_empty_chunks": True},
    )
    array[...] = lattices
    return [file.read_bytes() for file in sorted(path.glob("c.*"))]


def chunks(lattices):
    chunk = Chunk((3, *lattices.shape[1:]), lattices.dtype, COMPRESSORS)
    return [chunk.encode(lattices[first : first + 3]) for first in range(0, len(lattices), 3)]


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16])
def test_chunks_are_those_of_zarr(dtype, tmp_path):
    lattices = np.random.default_rng(0).integers(0, 100, (8, 6, 6)).astype(dtype)
    lattices[3:6] = 0  # zarr would leave out this chunk by default
    assert chunks(lattices) == files_of_zarr(tmp_path / "X", lattices)


def test_shards_are_those_of_zarr(tmp_path):
    lattices = np.random.default_rng(0).integers(0, 2, (17, 6, 6)).astype(np.int8)
    files = files_of_zarr(tmp_path / "X", lattices, shards=12)
    encoded, shards = chunks(lattices), Shards(4)
    assert shards.join(dict(enumerate(encoded[:4]))) == files[0]
    # zarr writes no chunk that begins after the last lattice.
    assert shards.join(dict(enumerate(encoded[4:]))) == files[1]
    assert shards.split(files[0]) == dict(enumerate(encoded[:4]))
    assert shards.split(files[1]) == dict(enumerate(encoded[4:]))
    # In any order.
    part = shards.split(shards.join({3: encoded[3], 1: encoded[1]}))
    assert shards.join(part | {2: encoded[2], 0: encoded[0]}) == files[0]


@pytest.mark.parametrize("byte", [-70, -5, -4, -1])
def test_a_damaged_index_of_a_shard_is_an_error(byte):
    shards = Shards(4)
    damaged = bytearray(shards.join({0: b"chunk", 2: b"another"}))
    damaged[byte] ^= 1
    # The last bytes are 4 x 2 numbers of 8 bytes and a checksum of 4.
    if byte < -68:
        assert shards.split(bytes(damaged))[2] != b"another"
    else:
        with pytest.raises(ValueError, match="the checksum of the index of a shard is wrong"):
            shards.split(bytes(damaged))
    with pytest.raises(ValueError, match="a shard of 10 bytes has no index"):
        shards.split(bytes(damaged[:10]))


def test_a_worker_compresses_the_chunks_that_its_run_has_alone():
    lattices = (2 * np.random.default_rng(0).integers(0, 2, (11, 6, 6)) - 1).astype(np.int8)
    model = Ising()
    run = Run(model, model.algorithms["wolff"], 2.0, 6, 0, 1, 1, 0, np.arange(2, 13))
    packed = model.pack(lattices)
    # Rows 2 to 12 of 14: chunks 0 and 4 have other rows, too.
    encode = ChunkEncoder(14, 3, COMPRESSORS)
    parts, measured = encode(run, packed)
    assert list(parts) == [0, 1, 2, 3, 4]
    assert [type(part) is bytes for part in parts.values()] == [False, True, True, True, False]
    np.testing.assert_array_equal(model.unpack(parts[0], 6), lattices[:1])
    assert [parts[number] for number in (1, 2, 3)] == chunks(lattices[1:10])
    np.testing.assert_array_equal(model.unpack(parts[4], 6), lattices[10:])
    np.testing.assert_array_equal(measured, model.measure(lattices))
    # Of 13 rows, the last chunk is whole.
    assert ChunkEncoder(13, 3, COMPRESSORS)(run, packed)[0][4] == chunks(lattices[10:])[0]
    assert parts.nbytes == sum(len(parts[number]) for number in (1, 2, 3)) + 2 * packed[0].nbytes


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("suffix", [None, ".npy", ".zarr"])
def test_workers_measure_what_the_caller_would_measure(maker, suffix, tmp_path, monkeypatch):
    monkeypatch.setattr("skising.montecarlo._zarr_store._SITES_PER_CHUNK", 3 * 12 * 12)
    monkeypatch.setattr(_destination, "_SITES_AT_ONCE", 2 * 12 * 12)
    Model = getattr(_models, maker.title())
    measure, names = Model.measure, set()

    def record(self, lattices):
        names.add(threading.current_thread().name)
        return measure(self, lattices)

    monkeypatch.setattr(Model, "measure", record)
    out = suffix and tmp_path / f"X{suffix}"
    found = MAKERS[maker](n_jobs=2, out=out, random_state=0)
    assert names
    assert "MainThread" not in names
    model = Ising() if maker == "ising" else Model({"potts": 5, "clock": 65536}[maker])
    energy, order = measure(model, found.data[:])
    np.testing.assert_array_equal(found.energy, energy)
    np.testing.assert_array_equal(found[model.order], order)


@pytest.mark.usefixtures("small_chunks")
def test_the_caller_compresses_only_chunks_of_several_runs(tmp_path, monkeypatch):
    numbers, complete = [], ZarrStore._complete_chunk

    def record(self, number, *arguments):
        numbers.append(number)
        return complete(self, number, *arguments)

    monkeypatch.setattr(ZarrStore, "_complete_chunk", record)
    make_ising(**PARAMETERS, out=tmp_path / "X.zarr")
    # The runs begin at rows 0, 5, 10, 14, 18, 23, 27 and 31, the chunks of 3 rows at 0, 3, 6, ...
    ends = np.array([5, 10, 14, 23, 31])
    assert sorted(numbers) == sorted(2 * (ends // 3).tolist())


def test_what_workers_get_is_small(tmp_path):
    encode = ChunkEncoder(10**9, 10, COMPRESSORS)
    assert len(pickle.dumps(encode)) < 500
