"""Time of the descriptors per block, beside a copy of their output in the same run; memory.

Two threads are timed on ten times the blocks, with 1 GB of features. They need two cores that are
free, and memory that serves both: on a machine that others use as well, the medians tell what they
left, and the fastest runs what the code can do. The first lines tell how many others want the
cores, and what two threads gain here by computing in their caches and by copying an array. Half the
time of "reference" goes into fresh memory, which the system fills with zeros first.
"""

import os
import statistics
import threading
import time
import tracemalloc

import numpy as np

from skising import D4Descriptor, PairCorrelationDescriptor

N_REPEATS = 15
BYTES_OF_OUTPUT = 100_000_000
MORE_FOR_THREADS = 10
CASES = [
    *((D4Descriptor(), block_size) for block_size in (16, 32, 64)),
    *((D4Descriptor(invariants="complete"), block_size) for block_size in (16, 32, 64)),
    (PairCorrelationDescriptor(), 32),
]


def random_blocks(n_blocks, block_size):
    spins = np.array([-1, 1], np.int8)
    return np.random.default_rng(0).choice(spins, (n_blocks, block_size, block_size))


def measure(clock, *functions):
    """Return the times of each function, sorted; they take turns, so that noise meets them all."""
    times = [[] for _ in functions]
    for _ in range(N_REPEATS):
        for function, of_one in zip(functions, times, strict=True):
            start = clock()
            result = function()
            of_one.append(clock() - start)
            del result  # which takes its time as well
    return [sorted(of_one) for of_one in times]


def ratio(times, others, of=statistics.median):
    return of(times) / of(others)


def bench(descriptor, block_size):
    n_features = descriptor.fit(random_blocks(1, block_size)).n_features_out_
    n_blocks = min(BYTES_OF_OUTPUT // (4 * n_features), 20_000 * 32**2 // block_size**2)
    blocks = random_blocks(n_blocks, block_size)
    features = descriptor.transform(blocks)

    def transform(n_jobs):
        return descriptor.set_params(n_jobs=n_jobs).transform(blocks)

    # What other processes take of the core does not count in the thread's own time.
    one, copy = measure(time.thread_time, lambda: transform(1), features.copy)
    tracemalloc.start()
    descriptor.set_params(n_jobs=1).transform(blocks.astype(np.float32))
    extra = tracemalloc.get_traced_memory()[1] - features.nbytes - 4 * blocks.size
    tracemalloc.stop()
    del features
    blocks = np.tile(blocks, (MORE_FOR_THREADS, 1, 1))
    serial, threaded = measure(time.perf_counter, lambda: transform(1), lambda: transform(2))
    kind = getattr(descriptor, "invariants", "pair")
    print(
        f"{kind:>10} {block_size:>4} {n_features:>9} "
        f"{1e6 * statistics.median(one) / n_blocks:>8.2f} "
        f"{1e6 * statistics.median(copy) / n_blocks:>8.2f} {ratio(one, copy):>7.1f} "
        f"{ratio(serial, threaded):>9.2f} {ratio(serial, threaded, min):>7.2f} "
        f"{extra / 2**20:>6.1f}"
    )


def gain_of_the_machine():
    """Return how much faster two threads are at work within their caches, and at copying."""
    cached = np.ones(100_000, np.float32)
    source = np.ones(BYTES_OF_OUTPUT // 4, np.float32)
    target = np.ones_like(source)
    half = slice(0, len(source) // 2), slice(len(source) // 2, None)

    def compute(_):
        for _ in range(300):
            np.sqrt(cached)

    def copy(half):
        np.copyto(target[half], source[half])

    def twice(work):
        work(half[0])
        work(half[1])

    def in_threads(work):
        thread = threading.Thread(target=work, args=(half[0],))
        thread.start()
        work(half[1])
        thread.join()

    for work in (compute, copy):
        runs = (lambda work=work: twice(work), lambda work=work: in_threads(work))
        yield ratio(*measure(time.perf_counter, *runs))


def main():
    print(f"cores: {os.cpu_count()}, load before: {os.getloadavg()[0]:.1f}")
    compute, copy = gain_of_the_machine()
    print(f"two threads against one: computing {compute:.2f}, copying {copy:.2f}")
    print("us per block: one thread; a copy of the output. MiB: memory beside input and output")
    print(
        f"{'kind':>10} {'l':>4} {'features':>9} {'one':>8} {'copy':>8} {'ratio':>7} "
        f"{'2 threads':>9} {'fastest':>7} {'MiB':>6}"
    )
    for descriptor, block_size in CASES:
        bench(descriptor, block_size)


if __name__ == "__main__":
    main()
