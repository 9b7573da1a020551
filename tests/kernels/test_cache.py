"""Damaged files in numba's cache: the kernels are compiled again."""

import os
import subprocess
import sys

import pytest

RUN = """
import numpy as np
from skising._kernels.wolff import wolff, work_arrays

state, spins = np.arange(1, 5, dtype=np.uint64), np.ones((4, 4), np.int8)
wolff(spins, np.uint64(2**62), 9, 1000, *work_arrays(4), state)
print(spins.tolist(), state.tolist())
print(sum(wolff.stats.cache_hits.values()))
"""


def run(cache):
    """Return what a new process computes, and whether it has found the kernel in the cache."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", RUN]
    process = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    result, n_hits = process.stdout.splitlines()
    return result, int(n_hits)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def expected(cache):
    result, n_hits = run(cache)
    assert n_hits == 0
    assert run(cache) == (result, 1)
    return result


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("part", [0, 0.5])
def test_damaged_files_are_written_anew(kind, part, cache, expected):
    files = list(cache.rglob(f"*.{kind}"))
    assert files
    for file in files:
        os.truncate(file, int(part * file.stat().st_size))
    assert run(cache) == (expected, 0)
    assert run(cache) == (expected, 1)
