"""Forked children sample after their parent has sampled in threads."""

import subprocess
import sys

import pytest

FORK = """
import os
from skising import make_ising

parameters = {"lattice_size": 12, "temperatures": [1.5, 2.3], "random_state": 0}
expected = make_ising(40, **parameters, n_jobs=2).data
for n_jobs in (None, 2):
    child = os.fork()
    if child == 0:
        X = make_ising(40, **parameters, n_jobs=n_jobs).data
        os._exit(int((X != expected).any()))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
def test_forked_children_draw_the_same_lattices():
    command = [sys.executable, "-W", "ignore", "-c", FORK]
    process = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    assert process.stdout.split() == ["0", "0"]
