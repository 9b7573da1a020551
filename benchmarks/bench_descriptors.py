"""Time of the descriptors per block, beside a copy of their output in the same run; memory.

The time on one thread is the thread's processor time, which leaves out the work of other processes.

Two threads are timed on ten times the blocks, with 1 GB of features. They need two free cores. On a
machine that others use, the median of the rounds is what they left; the ratio of the fastest rounds
("fastest") is what the code can do. The first lines print the load of the machine and what two
threads gain on it by computing within their caches and by copying an array. Half of the time of
"reference" is the system's: it fills fresh memory with zeros.
"""

import os
import threading
import time
import tracemalloc
from statistics import median

import numpy as np
from _results import Column, Results, argument_parser
from _timing import median_ratio, time_in_turns

from skising import D4Descriptor, PairCorrelationDescriptor

N_ROUNDS = 15
BYTES_OF_OUTPUT = 100_000_000
TILES_FOR_THREADS = 10
CASES = [
    *((D4Descriptor(), block_size) for block_size in (16, 32, 64)),
    *((D4Descriptor(invariants="complete"), block_size) for block_size in (16, 32, 64)),
    (PairCorrelationDescriptor(), 32),
]
OTHER_SPINS = [
    ("diluted", None),
    *(("potts", q) for q in (3, 10, 64, 1000)),
    *(("clock", q) for q in (8, 65536)),
]
N_BLOCKS_OF_OTHER_SPINS = 2000
GAIN = "at least 1.8"
COLUMNS = [
    Column("one thread", "us", ".2f", "pair correlations: at most 2"),
    Column("copy", "us", ".2f"),
    Column("one / copy", "", ".1f", "reference: at most 4; complete: at most 10"),
    Column("one / two threads", "", ".2f", GAIN),
    Column("fastest", "", ".2f", GAIN),
    Column("extra memory", "MiB", ".1f"),
]


def random_blocks(n_blocks, block_size):
    spins = np.array([-1, 1], np.int8)
    return np.random.default_rng(0).choice(spins, (n_blocks, block_size, block_size))


def extra_memory(descriptor, blocks, n_output_bytes):
    """Return the peak memory in bytes beside the input and the output."""
    blocks = blocks.astype(np.float32)
    tracemalloc.start()
    descriptor.set_params(n_jobs=1).transform(blocks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - n_output_bytes


def bench(descriptor, block_size):
    """Return the number of features and a value for each of ``COLUMNS``."""
    n_features = descriptor.fit(random_blocks(1, block_size)).n_features_out_
    n_blocks = min(BYTES_OF_OUTPUT // (4 * n_features), 20_000 * 32**2 // block_size**2)
    blocks = random_blocks(n_blocks, block_size)
    features = descriptor.transform(blocks)

    def transform(n_jobs):
        return descriptor.set_params(n_jobs=n_jobs).transform(blocks)

    one, copy = time_in_turns(
        lambda: transform(1), features.copy, n_rounds=N_ROUNDS, clock=time.thread_time
    )
    extra = extra_memory(descriptor, blocks, features.nbytes)
    del features
    blocks = np.tile(blocks, (TILES_FOR_THREADS, 1, 1))
    serial, threaded = time_in_turns(lambda: transform(1), lambda: transform(2), n_rounds=N_ROUNDS)
    return n_features, [
        1e6 * median(one) / n_blocks,
        1e6 * median(copy) / n_blocks,
        median_ratio(one, copy),
        median_ratio(serial, threaded),
        min(serial) / min(threaded),
        extra / 2**20,
    ]


def blocks_of(spins, n_states):
    """Return random blocks of 32 x 32 sites, in the dtype that the library keeps them in."""
    rng, shape = np.random.default_rng(0), (N_BLOCKS_OF_OTHER_SPINS, 32, 32)
    if n_states is None:
        return rng.integers(-1, 2, shape, dtype=np.int8)
    dtype = np.uint16 if spins == "clock" else np.int8 if n_states <= 128 else np.int16
    return rng.integers(0, n_states, shape).astype(dtype)


def bench_spins(invariants, spins, n_states):
    """Return the time per block of other spins, in us, and its ratio to that of Ising spins."""
    ising, blocks = random_blocks(N_BLOCKS_OF_OTHER_SPINS, 32), blocks_of(spins, n_states)
    of_ising = D4Descriptor(invariants=invariants).fit(ising)
    descriptor = D4Descriptor(invariants=invariants, spins=spins, n_states=n_states).fit(blocks)
    time_, baseline = time_in_turns(
        lambda: descriptor.transform(blocks),
        lambda: of_ising.transform(ising),
        n_rounds=N_ROUNDS,
        clock=time.thread_time,
    )
    return 1e6 * median(time_) / len(blocks), median_ratio(time_, baseline)


def gain_of_two_threads(work):
    """Return how much faster two threads do ``work(0)`` and ``work(1)`` than one."""

    def serial():
        work(0)
        work(1)

    def threaded():
        thread = threading.Thread(target=work, args=(0,))
        thread.start()
        work(1)
        thread.join()

    return median_ratio(*time_in_turns(serial, threaded, n_rounds=N_ROUNDS))


def gains_of_machine():
    """Return what two threads gain by computing within their caches, and by copying an array."""
    cached = np.ones(100_000, np.float32)
    source = np.ones((2, BYTES_OF_OUTPUT // 8), np.float32)
    target = np.ones_like(source)

    def compute(_):
        for _ in range(300):
            np.sqrt(cached)

    def copy(half):
        np.copyto(target[half], source[half])

    return gain_of_two_threads(compute), gain_of_two_threads(copy)


def main():
    options = argument_parser(__doc__).parse_args()
    results = Results(__file__, options)
    print(f"cores: {os.cpu_count()}")
    results.line(Column("load before", "", ".1f"), os.getloadavg()[0])
    computing, copying = gains_of_machine()
    results.line(Column("gain of two threads by computing", "", ".2f"), computing)
    results.line(Column("gain of two threads by copying", "", ".2f"), copying)
    table = results.table(
        "Time per block; memory beside input and output",
        {"kind": 9, "l": 2, "features": 8},
        COLUMNS,
    )
    for descriptor, block_size in CASES:
        n_features, values = bench(descriptor, block_size)
        kind = getattr(descriptor, "invariants", "pair")
        table.row([kind, block_size, n_features], values)
    table = results.table(
        "D4Descriptor on other spins, 32 x 32 sites, one thread",
        {"kind": 9, "spins": 7, "q": 5},
        [Column("one thread", "us", ".2f"), Column("/ Ising", "", ".1f")],
    )
    for invariants in ("reference", "complete"):
        for spins, n_states in OTHER_SPINS:
            table.row(
                [invariants, spins, n_states or "-"], bench_spins(invariants, spins, n_states)
            )
    results.write()


if __name__ == "__main__":
    main()
