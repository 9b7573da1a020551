"""Compressed chunks of a zarr array: made in workers, and put into files by the calling process."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._destination import concatenated

_NO_CHUNK = 2**64 - 1  # in the index of a shard


class EncodedLattices(dict):
    """The lattices of a run, by the number of their chunk.

    A chunk with lattices of this run alone is compressed: bytes, as in a file. Of another chunk
    there are the packed lattices of this run, uint8 of shape (n, n_bytes).
    """

    @property
    def nbytes(self):
        """Bytes that are sent to the calling process."""
        return sum(memoryview(part).nbytes for part in self.values())


@dataclass(frozen=True)
class ChunkEncoder:
    """Compress the chunks of a run that no other run has lattices in."""

    n_rows: int
    rows_per_chunk: int
    compressors: tuple[dict[str, Any], ...]

    def __call__(self, run, packed):
        """Return `EncodedLattices`, and a list of the energies and orders."""
        model, size = run.model, run.lattice_size
        start = int(run.rows.min())
        stop, measured, parts = start + len(packed), [], EncodedLattices()
        chunk = None
        for number in range(start // self.rows_per_chunk, (stop - 1) // self.rows_per_chunk + 1):
            first = number * self.rows_per_chunk
            end = min(first + self.rows_per_chunk, self.n_rows)
            # A copy, so that the other lattices of the run need not stay in memory.
            rows = packed[max(first, start) - start : min(end, stop) - start].copy()
            lattices = model.unpack(rows, size)
            measured.append(model.measure(lattices))
            if len(rows) == end - first:
                shape = (self.rows_per_chunk, size, size)
                chunk = chunk or Chunk(shape, model.dtype, self.compressors)
                parts[number] = chunk.encode(lattices)
            else:
                parts[number] = rows
        return parts, concatenated(measured)


class Chunk:
    """A zarr array of one chunk in memory, which encodes the chunk as zarr does.

    Parameters
    ----------
    shape : tuple of int
    dtype : data-type
    compressors : sequence of codecs
    """

    def __init__(self, shape, dtype, compressors):
        import zarr

        self._encoded = {}
        self._array = zarr.create_array(
            zarr.storage.MemoryStore(self._encoded),
            shape=shape,
            chunks=shape,
            dtype=dtype,
            compressors=compressors,
            chunk_key_encoding={"name": "default", "separator": "."},
            # By default zarr writes nothing for a chunk in which all sites are in state 0.
            config={"write_empty_chunks": True},
        )
        self._key = ".".join(["c"] + ["0"] * len(shape))

    def encode(self, values):
        """Return the bytes of a chunk; where there are no values for its last rows, they are 0."""
        missing = self._array.shape[0] - len(values)
        if missing > 0:
            values = np.pad(values, [(0, missing)] + [(0, 0)] * (values.ndim - 1))
        self._array[...] = values
        return self._encoded[self._key].to_bytes()


class Shards:
    """Read and write files of several chunks, which zarr calls shards.

    The chunks of a shard follow each other. The index comes last: offset and number of bytes of
    each chunk, and a checksum [1]_. zarr itself cannot take chunks that are encoded already.

    Parameters
    ----------
    n_chunks : int
        Chunks in a shard.

    References
    ----------
    .. [1] https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html
    """

    def __init__(self, n_chunks):
        import zarr

        self._n_chunks = n_chunks
        self._index = Chunk((n_chunks, 2), np.uint64, [zarr.codecs.Crc32cCodec()])

    def split(self, shard):
        """Return the chunks of a shard as a dict from their number in it to their bytes.

        Raises
        ------
        ValueError
            If the index is damaged.
        """
        n_bytes = 16 * self._n_chunks
        end = shard[-n_bytes - 4 :]
        if len(end) < n_bytes + 4:
            raise ValueError(f"a shard of {len(shard)} bytes has no index")
        index = np.frombuffer(end, "<u8", 2 * self._n_chunks).reshape(-1, 2)
        if self._index.encode(index) != end:
            raise ValueError("the checksum of the index of a shard is wrong")
        return {
            k: shard[offset : offset + length]
            for k, (offset, length) in enumerate(index.tolist())
            if offset != _NO_CHUNK
        }

    def join(self, chunks):
        """Return the shard of some chunks, a dict from their number in it to their bytes."""
        index, offset = np.full((self._n_chunks, 2), _NO_CHUNK, np.uint64), 0
        for k in sorted(chunks):
            index[k] = offset, len(chunks[k])
            offset += len(chunks[k])
        return b"".join([*(chunks[k] for k in sorted(chunks)), self._index.encode(index)])
