"""Time, memory and disk of the paper's data set: 40 temperatures at L = 320, written to zarr.

``--n-each 1200`` is the paper's size. Fewer lattices per temperature give an estimate of it. The
baseline is the same sampling, kept in memory, once in the same run.
"""

import tempfile
from pathlib import Path

from _results import Column, Results, argument_parser
from _timing import peak_memory, timed

from skising import make_ising

PAPER = 1200  # lattices per temperature
N_TEMPERATURES = 40


def n_bytes_on_disk(path):
    return sum(file.stat().st_blocks * 512 for file in Path(path).rglob("*") if file.is_file())


def bench(results, options):
    """Write the data set, read it again, sample it in memory; return seconds and MB on disk."""
    n_samples = N_TEMPERATURES * options.n_each
    parameters = {
        "n_samples": n_samples,
        "lattice_size": options.lattice_size,
        "random_state": 0,
        "n_jobs": options.n_jobs,
        "verbose": 1,
    }
    n_sites = n_samples * options.lattice_size**2
    print(f"{N_TEMPERATURES} T x {options.n_each} lattices, L = {options.lattice_size}")
    results.line(Column("peak memory before", "MB", ".0f"), peak_memory())
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "lattices.zarr"
        seconds, ising = timed(lambda: make_ising(**parameters, out=out))
        memory, disk = peak_memory(), n_bytes_on_disk(out) / 1e6
        results.line(Column("sampling to zarr", "s", ".1f"), seconds)
        results.line(
            Column("peak memory", "MB", ".0f", "at most 1000 for the paper's data set"), memory
        )
        results.line(Column("disk", "MB", ".1f"), disk)
        bits = disk * 8e6 / n_sites
        results.line(Column("disk per spin, with all columns", "bit", ".3f", "about 0.6"), bits)
        reading, _ = timed(lambda: [ising.data[i : i + 10] for i in range(0, n_samples, 10)])
        results.line(Column("reading", "s", ".1f"), reading)
        results.line(Column("reading per spin", "ns", ".2f"), 1e9 * reading / n_sites)
    if not options.no_baseline:
        in_memory, _ = timed(lambda: make_ising(**parameters))
        results.line(Column("sampling in memory", "s", ".1f"), in_memory)
        results.line(Column("zarr / memory", "", ".2f"), seconds / in_memory)
    return seconds, disk


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-each", type=int, default=20, help="lattices per temperature (20)")
    parser.add_argument("--lattice-size", type=int, default=320, help="L (320)")
    parser.add_argument("--n-jobs", type=int, default=2, help="threads (2)")
    parser.add_argument("--no-baseline", action="store_true", help="do not sample in memory")
    options = parser.parse_args()
    results = Results(__file__, options)
    # Loads the compiled kernels.
    make_ising(8, 32, 2.0, random_state=0, n_jobs=options.n_jobs)
    seconds, disk = bench(results, options)
    # Upper bounds: the burn-in of a chain does not grow with its number of lattices.
    factor = PAPER / options.n_each
    time_bound = Column(
        f"time for {PAPER} per temperature, at most", "min", ".1f", "at most 10, better 4"
    )
    disk_bound = Column(f"disk for {PAPER} per temperature, at most", "MB", ".0f", "at most 700")
    results.line(time_bound, factor * seconds / 60)
    results.line(disk_bound, factor * disk)
    results.write()


if __name__ == "__main__":
    main()
