"""Time and memory of predicting a lattice of 10^10 sites from 1,000 of its blocks.

The lattice is a file on disk, of 10 GB in the folder given, beside one of 10^6 sites as the
baseline. It holds noise, on which the time does not depend. Of the memory, what is mapped of the
file is the system's cache, and goes where it is needed elsewhere.

What the larger lattice takes longer is to find 32,000 rows, each on a page of the file of its own,
which the small one has on 250. Any program that reads them pays for that.
"""

import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from skising import BlockAveragingRegressor, make_ising

SIZES = (1_000, 100_000)
N_REPEATS = 9


def write_lattice(path, size):
    """Write spins (1, size, size) int8, a band after another."""
    data = np.lib.format.open_memmap(path, "w+", np.int8, (1, size, size))
    rng = np.random.default_rng(0)
    for start in range(0, size, 1000):
        noise = rng.integers(0, 2, (1000, size), dtype=np.int8)
        noise *= 2
        noise -= 1
        data[0, start : start + 1000] = noise
    data.flush()


def memory():
    """Return the peak memory with all that is mapped, and the present one of its own, in MB."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return np.array([int(status[name].split()[0]) / 1024 for name in ("VmHWM", "RssAnon")])


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else None
    X, y = make_ising(200, 64, [1.5, 2.0, 2.5, 3.0], return_X_y=True, random_state=0)
    model = BlockAveragingRegressor(32, max_epochs=3, n_blocks=1000, random_state=0).fit(X, y)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        paths = [Path(name) / f"{size}.npy" for size in SIZES]
        for path, size in zip(paths, SIZES, strict=True):
            # In a process of its own, whose memory is not counted.
            writer = multiprocessing.get_context("spawn").Process(
                target=write_lattice, args=(path, size)
            )
            writer.start()
            writer.join()
        model.predict(X[:1])
        before, times = memory(), [[] for _ in SIZES]
        for _ in range(N_REPEATS):
            for path, of_size in zip(paths, times, strict=True):
                lattice = np.load(path, mmap_mode="r")
                start = time.perf_counter()
                model.predict(lattice)
                of_size.append(time.perf_counter() - start)
    small, huge = map(statistics.median, times)
    print(f"1,000 blocks of 32 x 32: {small:.2f} s of 10^6 sites, {huge:.2f} s of 10^10")
    print(f"ratio {huge / small:.2f}, first {times[1][0]:.2f} s")
    peak, own = memory() - before
    print(f"memory above that before: peak {peak:.0f} MB with the mapped file, own {own:.0f} MB")


if __name__ == "__main__":
    main()
