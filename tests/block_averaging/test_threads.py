"""Threads and forked processes beside a fit: torch's global generators belong to the process."""

import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
import torch

from skising import BlockAveragingRegressor, load, make_ising, save
from skising.block_averaging._random import seeded

ISING = make_ising(60, 16, [1.6, 2.2, 3.0], random_state=0)
X, ENERGY = ISING.data, ISING.energy
TINY = {"block_size": 8, "descriptor": "pair", "max_epochs": 2, "random_state": 0}
TIMEOUT = 120  # seconds; a deadlock lasts for ever

FORK = """
import os, sys, threading
from skorch.callbacks import Callback
from skising import BlockAveragingRegressor, make_ising

ising = make_ising(60, 16, [1.6, 2.2, 3.0], random_state=0)
fitting, forked = threading.Event(), threading.Event()

class Wait(Callback):
    def on_batch_end(self, net, **kwargs):
        fitting.set()
        assert forked.wait(60)

def fit(**parameters):
    model = BlockAveragingRegressor(8, max_epochs=1, random_state=0, **parameters)
    return model.fit(ising.data, ising.energy).predict(ising.data).sum()

thread = threading.Thread(target=fit, kwargs={"callbacks": [Wait()]})
thread.start()
assert fitting.wait(60)
child = os.fork()
if child == 0:
    print(fit(), flush=True)
    os._exit(0)
forked.set()
thread.join()
_, status = os.waitpid(child, 0)
print(fit())
sys.exit(status)
"""


@pytest.mark.slow
def test_a_child_that_is_forked_during_a_fit_can_fit():
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(FORK)]
    run = subprocess.run(command, check=True, timeout=TIMEOUT, capture_output=True, text=True)
    in_child, in_parent = run.stdout.split()
    assert in_child == in_parent


def in_thread(function):
    """Call a function in a thread; return whether it has returned in time, and its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()), daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    return results[0]


def test_load_does_not_wait_for_a_fit(tmp_path):
    model = BlockAveragingRegressor(**TINY).fit(X, ENERGY)
    save(model, tmp_path / "model")
    with seeded(0, "cpu"):  # as another thread that fits
        loaded = in_thread(lambda: load(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_load_draws_no_random_numbers(tmp_path):
    save(BlockAveragingRegressor(**TINY).fit(X, ENERGY), tmp_path / "model")
    before = torch.get_rng_state()
    load(tmp_path / "model")
    assert torch.equal(torch.get_rng_state(), before)


def test_fits_in_two_threads_have_their_own_random_numbers():
    def fit():
        return BlockAveragingRegressor(**TINY).fit(X, ENERGY).predict(X)

    expected, results = fit(), []
    threads = [threading.Thread(target=lambda: results.append(fit())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert len(results) == 3
    for result in results:
        np.testing.assert_array_equal(result, expected)
