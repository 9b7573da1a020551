"""A training on one process and on two processes of this machine, which gloo connects, in turns.

Each process has one thread. "strong": the same batches of 32 lattices, of which each process
computes its part. "weak": twice as many lattices in batches of 64. The lattices are random spins.
This is the cost of the communication within one machine. It says nothing about networks.
"""

import subprocess
import sys
import tempfile
from functools import partial
from statistics import median

from _results import Column, Results, argument_parser
from _timing import in_turns, median_ratio

LATTICE_SIZE, N_EPOCHS, BATCH = 320, 2, 32
CASES = [(descriptor, block_size) for descriptor in ("d4", "pair") for block_size in (16, 32)]

PROCESS = """
import sys, time
import numpy as np
import torch.distributed as dist
from skising import BlockAveragingRegressor, DistributedTraining

folder, *numbers, descriptor = sys.argv[1:]
rank, n_processes, n_lattices, batch_size, size, block_size, n_epochs = map(int, numbers)
spins = np.array([-1, 1], np.int8)
X = np.random.default_rng(0).choice(spins, size=(n_lattices, size, size))
y = np.random.default_rng(1).random(len(X))
callbacks = []
if n_processes > 1:
    store = f"file://{folder}/store"
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=n_processes)
    callbacks.append(DistributedTraining())
model = BlockAveragingRegressor(
    block_size,
    descriptor=descriptor,
    max_epochs=n_epochs,
    batch_size=batch_size,
    callbacks=callbacks,
    n_jobs=1,
    random_state=0,
)
model.fit(X[:8], y[:8])
start = time.perf_counter()
model.fit(X, y)
print(time.perf_counter() - start, flush=True)
if n_processes > 1:
    dist.barrier()
    dist.destroy_process_group()
"""


def seconds_of_fit(descriptor, block_size, n_processes, n_lattices, batch_size):
    """Return the seconds of a fit, the longest of its processes."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = [n_processes, n_lattices, batch_size, LATTICE_SIZE, block_size, N_EPOCHS]
        command = [sys.executable, "-W", "ignore", "-c", PROCESS, folder]
        processes = [
            subprocess.Popen(
                [*command, *map(str, [rank, *numbers]), descriptor],
                stdout=subprocess.PIPE,
                text=True,
            )
            for rank in range(n_processes)
        ]
        outputs = [process.communicate()[0] for process in processes]
    return max(float(output) for output in outputs)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-lattices", type=int, default=128, help="lattices (128)")
    parser.add_argument("--n-rounds", type=int, default=3, help="rounds of each case (3)")
    options = parser.parse_args()
    results, n = Results(__file__, options), options.n_lattices
    table = results.table(
        f"fit, L = {LATTICE_SIZE}",
        {"descriptor": 10, "l": 3},
        [
            Column("1 process, µs per block and epoch", "", ".1f"),
            Column("strong, speed-up by 2", "", ".2f"),
            Column("weak, speed-up by 2", "", ".2f"),
        ],
    )
    for descriptor, block_size in CASES:
        runs = [(1, n, BATCH), (2, n, BATCH), (2, 2 * n, 2 * BATCH)]
        fits = [partial(seconds_of_fit, descriptor, block_size, *run) for run in runs]
        one, strong, weak = in_turns(*fits, n_rounds=options.n_rounds)
        n_blocks = n * (LATTICE_SIZE // block_size) ** 2
        table.row(
            [descriptor, block_size],
            [
                median(one) / n_blocks / N_EPOCHS * 1e6,
                median_ratio(one, strong),
                2 * median_ratio(one, weak),
            ],
        )
    results.write()


if __name__ == "__main__":
    main()
