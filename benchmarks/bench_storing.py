"""Processor time of the process that calls `make_ising`, while other processes draw lattices.

The lattices of a temperature come in runs of at most 32 MiB. Two processes of joblib draw them, and
the calling process puts them into memory or into a file. Its time limits how many processes are of
use. ``all`` is the time of the same call in a single process, which does everything.
"""

import tempfile
import time
from pathlib import Path

from _results import Column, Results, argument_parser
from _timing import timed
from joblib import parallel_config

from skising import make_ising
from skising.montecarlo import _zarr_store

# Every sweep gives a lattice, so that most of the time is not that of the sweeps.
PARAMETERS = {"algorithm": "metropolis", "n_discard": 10, "thin": 1, "random_state": 0}
TEMPERATURES = [1.8, 2.27, 3.0]  # the compression takes longest near the critical temperature
LATTICES_PER_RUN = {64: 65536, 320: 2560}


def seconds(n_samples, size, suffix, backend):
    """Return the processor time of the calling process."""
    with tempfile.TemporaryDirectory() as folder:
        first, out = (suffix and Path(folder, f"{name}{suffix}") for name in ("first", "X"))
        with parallel_config(backend=backend, n_jobs=2 if backend == "loky" else 1):
            # Starts the processes, imports zarr, and loads the compiled kernels.
            make_ising(6, size, TEMPERATURES, out=first, **PARAMETERS)
            return timed(
                lambda: make_ising(n_samples, size, TEMPERATURES, out=out, **PARAMETERS),
                time.process_time,
            )[0]


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-runs", type=int, default=1, help="runs at each of 3 temperatures (1)")
    parser.add_argument("--most-files", type=int, help="of a zarr store (10,000)")
    options = parser.parse_args()
    if options.most_files:
        _zarr_store._MOST_FILES = options.most_files
    results = Results(__file__, options)
    columns = [
        Column("calling process", "us", ".1f"),
        Column("all", "us", ".1f"),
        Column("share", "", ".3f"),
    ]
    table = results.table("Processor time per lattice", {"L": 5, "out": 6}, columns)
    for size, n_each in LATTICES_PER_RUN.items():
        n_samples = len(TEMPERATURES) * options.n_runs * n_each
        for suffix in (None, ".npy", ".zarr"):
            caller, whole = (
                1e6 * seconds(n_samples, size, suffix, backend) / n_samples
                for backend in ("loky", "sequential")
            )
            table.row([size, suffix], [caller, whole, caller / whole])
    results.write()


if __name__ == "__main__":
    main()
