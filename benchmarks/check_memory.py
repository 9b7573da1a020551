"""Whether the memory of fit, predict and the observables grows with the number of lattices.

Each case runs in new processes, on a memory map and on a zarr array of few lattices and of many.
Its figure is the peak of the memory of the process itself: pages of mapped files belong to the
system's cache. The exit status is 1 if the peak grows by more than the limit. Results that have a
value for each lattice or block grow with the data, but are small beside the limit.
"""

import multiprocessing
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
from _results import Column, Results, argument_parser

LIMIT = 60.0  # MB
BLOCK_SIZE, BATCH_SIZE = 32, 8
CASES = (
    "regressor fit",
    "classifier fit",
    "partial_fit",
    "predict",
    "predict_proba",
    "predict_blocks",
    "random blocks",
    "energy_density",
    "magnetization",
    "correlation_function",
)


def write_lattices(path, n_lattices, size):
    """Write random spins to a .npy file, or to a .zarr array with a lattice in each chunk."""
    shape = (n_lattices, size, size)
    if path.suffix == ".npy":
        data = np.lib.format.open_memmap(path, "w+", np.int8, shape)
    else:
        import zarr

        data = zarr.create_array(path, shape=shape, dtype=np.int8, chunks=(1, size, size))
    rng = np.random.default_rng(0)
    for k in range(n_lattices):
        data[k] = 2 * rng.integers(0, 2, (size, size), dtype=np.int8) - 1


def open_lattices(path):
    if path.suffix == ".npy":
        return np.load(path, mmap_mode="r")
    import zarr

    return zarr.open_array(path, mode="r")


def anonymous_memory():
    """Return the present memory of the process without mapped files, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (kilobytes,) = [line.split()[1] for line in lines if line.startswith("RssAnon")]
    return int(kilobytes) * 1024 / 1e6


def peak_while(function):
    """Return the peak of the memory, looked at every 2 ms while ``function()`` runs."""
    peak, done = anonymous_memory(), threading.Event()

    def watch():
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, anonymous_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    function()
    done.set()
    watcher.join()
    return peak


def function_of(case, X):
    """Return what is measured, without arguments, and fit what it needs."""
    from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising, observables

    if hasattr(observables, case):
        return lambda: getattr(observables, case)(X)
    common = {"max_epochs": 1, "batch_size": BATCH_SIZE, "random_state": 0}
    regressor = BlockAveragingRegressor(BLOCK_SIZE, **common)
    classifier = BlockAveragingClassifier(BLOCK_SIZE, **common)
    y = np.linspace(-2, 0, X.shape[0])
    if case in ("regressor fit", "classifier fit", "partial_fit"):
        return {
            "regressor fit": lambda: regressor.fit(X, y),
            "classifier fit": lambda: classifier.fit(X, y > -1),
            "partial_fit": lambda: regressor.partial_fit(X, y),
        }[case]
    small = make_ising(32, 64, [1.5, 3.0], target="phase", random_state=0)
    if case == "predict_proba":
        classifier.fit(small.data, small.target)
        return lambda: classifier.predict_proba(X)
    regressor.fit(small.data, small.energy)
    if case == "random blocks":
        regressor.set_params(n_blocks=1000)
    predict = regressor.predict_blocks if case == "predict_blocks" else regressor.predict
    return lambda: predict(X)


def measure(case, path, pipe):
    import torch

    torch.set_num_threads(1)
    pipe.send(peak_while(function_of(case, open_lattices(path))))


def in_new_process(target, *arguments):
    """Call a function in a new process; return what it sends, or None."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(*arguments, sender))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    finally:
        process.join()


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--size", type=int, default=1024, help="sites per side, L (1024)")
    parser.add_argument(
        "--n-lattices", type=int, nargs=2, default=[100, 300], help="few and many (100 300)"
    )
    parser.add_argument("--cases", nargs="+", default=CASES, choices=CASES, help="some cases")
    parser.add_argument(
        "--folder", help="folder with 1 GB of free disk (the system's folder of temporary files)"
    )
    options = parser.parse_args()
    results = Results(__file__, options)
    few, many = options.n_lattices
    columns = [
        Column(f"{few} lattices", "MB", ".0f"),
        Column(f"{many} lattices", "MB", ".0f"),
        Column("growth", "MB", ".0f", f"at most {LIMIT:.0f}"),
    ]
    title = f"Peak memory without mapped files, L = {options.size}"
    table = results.table(title, {"case": 20, "store": 5}, columns)
    growths = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for suffix in (".npy", ".zarr"):
            paths = [Path(folder) / f"{n}{suffix}" for n in options.n_lattices]
            for path, n in zip(paths, options.n_lattices, strict=True):
                write_lattices(path, n, options.size)
            for case in options.cases:
                peaks = [in_new_process(measure, case, path) for path in paths]
                growths.append(peaks[1] - peaks[0])
                table.row((case, suffix), (*peaks, growths[-1]))
    results.write()
    return 1 if max(growths) > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
