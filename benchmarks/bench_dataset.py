"""Time, memory and disk of the paper's data set, 40 temperatures at L = 320, written to zarr.

``python benchmarks/bench_dataset.py 1200`` is the paper's; fewer lattices at each temperature give
an estimate of it. The baseline, in the same run, is the same sampling kept in memory.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from skising import make_ising

PAPER = 1200  # lattices at each temperature
N_TEMPERATURES = 40


def warm_up(n_jobs):
    make_ising(8, 32, 2.0, random_state=0, n_jobs=n_jobs)


def peak_memory():
    """Return the peak resident memory of this process in MB (chains run in its threads)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def n_bytes_on_disk(path):
    return sum(file.stat().st_blocks * 512 for file in Path(path).rglob("*") if file.is_file())


def timed(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_each", type=int, nargs="?", default=20, help="lattices a temperature")
    parser.add_argument("--lattice-size", type=int, default=320)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--no-baseline", action="store_true")
    options = parser.parse_args()
    warm_up(options.n_jobs)
    n_samples = N_TEMPERATURES * options.n_each
    parameters = {
        "n_samples": n_samples,
        "lattice_size": options.lattice_size,
        "random_state": 0,
        "n_jobs": options.n_jobs,
        "verbose": 1,
    }
    print(f"{N_TEMPERATURES} T x {options.n_each} lattices, L = {options.lattice_size}")
    before = peak_memory()
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "lattices.zarr"
        seconds, ising = timed(lambda: make_ising(**parameters, out=out))
        disk, memory = n_bytes_on_disk(out) / 1e6, peak_memory()
        read, _ = timed(lambda: [ising.data[i : i + 10] for i in range(0, n_samples, 10)])
    sites = n_samples * options.lattice_size**2
    print(
        f"to zarr    {seconds:9.1f} s    peak memory {memory:.0f} MB ({before:.0f} before)",
        flush=True,
    )
    print(f"disk       {disk:9.1f} MB   {disk * 8e6 / sites:.3f} bits per spin with all columns")
    print(f"read back  {read:9.1f} s    {1e9 * read / sites:.2f} ns per spin")
    if not options.no_baseline:
        in_memory, _ = timed(lambda: make_ising(**parameters))
        print(f"in memory  {in_memory:9.1f} s    baseline; zarr / memory {seconds / in_memory:.2f}")
    if options.n_each != PAPER:
        factor = PAPER / options.n_each
        # An upper bound: the sweeps before a chain's first lattice do not grow with their number.
        minutes, disk = factor * seconds / 60, factor * disk
        print(f"{PAPER} a temperature, in proportion: below {minutes:.1f} min, {disk:.0f} MB")


if __name__ == "__main__":
    main()
