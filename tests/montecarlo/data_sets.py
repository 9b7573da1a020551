"""A small data set that the tests of stores write, and its contents on disk."""

from pathlib import Path

# A zarr chunk has 3 lattices (see the fixture `small_chunks`), a chain 4 or 5.
PARAMETERS = {
    "n_samples": 35,
    "lattice_size": 12,
    "temperatures": [2.3, 1.5],
    "n_discard": 5,
    "thin": 2,
    "random_state": 0,
    "algorithm": "swendsen-wang",
}
COLUMNS = ("temperature", "energy", "magnetization", "chain", "frame")
FORMATS = [".npy", ".zarr"]


def contents(directory):
    """Return the bytes of every file below a directory."""
    files = (path for path in Path(directory).rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}
