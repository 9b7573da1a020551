"""The memory of a regression does not grow with the number of its lattices."""

import subprocess
import sys

import pytest

# In a new process, because the free memory of an old one hides what is allocated. All lattices are
# one in memory, so that only what is kept from the batches can grow. Sizes are in MB.
PEAK_OF_MOMENTS = """
import resource, sys
import numpy as np, torch
from skising import BlockAveragingRegressor, make_ising
from skising.block_averaging._dataset import LatticeDataset
from skising.block_averaging._last_layer import _inputs_and_target
from skising.blocks._arrays import LatticesInMemory

torch.set_num_threads(1)
small = make_ising(32, 32, [1.5, 3.0], random_state=0)
model = BlockAveragingRegressor(32, max_epochs=1, random_state=0).fit(small.data, small.energy)
model.net_.module_.eval()

def peak(n):
    X = np.broadcast_to(np.ones((1, 512, 512), np.int8), (n, 512, 512))
    lattices, y = LatticesInMemory(X, 32), np.zeros((n, 1), np.float32)
    dataset = LatticeDataset(lattices, y, model.descriptor_, np.arange(n))
    averages, blocks, target = _inputs_and_target(model.net_, dataset, 8)
    assert averages.shape == (n, 128) and blocks.mean.shape == (128,) and target.shape == (n, 1)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6

print(*map(peak, (32, 320)))
"""


@pytest.mark.slow
def test_the_memory_of_the_last_layer_does_not_grow_with_the_lattices():
    """The peak rose by 78 MB while a small array was kept from each batch, and rises by 11 now."""
    command = [sys.executable, "-c", PEAK_OF_MOMENTS]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    few, many = map(float, output.split())
    assert many - few < 35
