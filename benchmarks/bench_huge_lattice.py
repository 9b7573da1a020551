"""Time and memory of a prediction for a lattice of 10^10 sites from 1,000 of its blocks.

The lattice is a file of 10 GB in the given folder. The baseline is a file of 10^6 sites. Both hold
random spins; the time does not depend on them. The mapped part of a file counts as memory of the
process, but belongs to the page cache of the system, which takes it back when memory is short.

The larger lattice takes longer because its 32,000 rows of blocks lie on a page of the file each,
those of the small one on 250 pages. Every program that reads these rows has this cost.
"""

import multiprocessing
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from _results import Column, Results, argument_parser
from _timing import in_turns, median_ratio, timed

from skising import BlockAveragingRegressor, make_ising

SIZES = (1_000, 100_000)
N_ROUNDS = 9


def write_lattice(path, size):
    """Write random spins (1, size, size) int8 to a .npy file, 1,000 rows at a time."""
    data = np.lib.format.open_memmap(path, "w+", np.int8, (1, size, size))
    rng = np.random.default_rng(0)
    for start in range(0, size, 1000):
        noise = rng.integers(0, 2, (1000, size), dtype=np.int8)
        noise *= 2
        noise -= 1
        data[0, start : start + 1000] = noise
    data.flush()


def memory():
    """Return the peak memory with mapped files and the present memory without them, in MB."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return np.array([int(status[name].split()[0]) * 1024 / 1e6 for name in ("VmHWM", "RssAnon")])


def prediction_seconds(model, path):
    lattice = np.load(path, mmap_mode="r")
    return timed(lambda: model.predict(lattice))[0]


def bench(results, model, folder):
    paths = [Path(folder) / f"{size}.npy" for size in SIZES]
    for path, size in zip(paths, SIZES, strict=True):
        # The memory of another process is not counted here.
        writer = multiprocessing.get_context("spawn").Process(
            target=write_lattice, args=(path, size)
        )
        writer.start()
        writer.join()
    before = memory()
    first = prediction_seconds(model, paths[1])
    small, huge = in_turns(
        *(lambda path=path: prediction_seconds(model, path) for path in paths), n_rounds=N_ROUNDS
    )
    peak, own = memory() - before
    print("1,000 blocks of 32 x 32 sites; memory above that before the first prediction")
    results.line(Column("10^6 sites", "s", ".4f"), median(small))
    results.line(Column("10^10 sites", "s", ".4f", "at most 2"), median(huge))
    results.line(Column("ratio", "", ".2f", "at most 1.5"), median_ratio(huge, small))
    results.line(Column("10^10 sites, first prediction", "s", ".3f"), first)
    results.line(Column("peak memory with the mapped file", "MB", ".0f", "at most 200"), peak)
    results.line(Column("memory without mapped files", "MB", ".0f"), own)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--folder", help="folder with 10 GB of free disk (the system's folder of temporary files)"
    )
    options = parser.parse_args()
    results = Results(__file__, options)
    X, y = make_ising(200, 64, [1.5, 2.0, 2.5, 3.0], return_X_y=True, random_state=0)
    model = BlockAveragingRegressor(32, max_epochs=3, n_blocks=1000, random_state=0).fit(X, y)
    model.predict(X[:1])
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench(results, model, folder)
    results.write()


if __name__ == "__main__":
    main()
