"""
Predict lattices of ten billion sites from 400 blocks
=====================================================

The cost of a prediction depends on the number of blocks and not on the size of the lattice. 400
random blocks are enough to predict the energy density of 100,000 x 100,000 sites. The lattice need
not be stored as a whole. Any object with a shape and a dtype that returns slices can take the place
of an array.
"""

# %%
# A lattice whose spins are computed when they are read
# -----------------------------------------------------
# The huge lattice consists of patches of 512 x 512 sites, which are periodic lattices. A hash of
# the coordinates determines which patch is at which place. The class needs only ``shape``,
# ``dtype`` and ``__getitem__`` for slices.

import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingRegressor, exact, make_ising
from skising.display import LatticeDisplay


class PavedLattices:
    """Lattices of any size, each made of patches at its own temperature."""

    dtype = np.dtype(np.int8)

    def __init__(self, patches, lattice_size):
        self.patches = patches
        self.shape = (len(patches), lattice_size, lattice_size)
        self.n_sites_read = 0

    def __getitem__(self, slices):
        sample, row, column = np.ix_(
            *(np.arange(*part.indices(n)) for part, n in zip(slices, self.shape, strict=True))
        )
        size = self.patches.shape[-1]
        patch = (row // size * 73_856_093 ^ column // size * 19_349_663) % self.patches.shape[1]
        spins = self.patches[sample, patch, row % size, column % size]
        self.n_sites_read += spins.size
        return spins


temperatures = [1.8, 2.2, 2.5, 3.2]
patches = make_ising(4 * 32, 512, temperatures, random_state=1, n_jobs=-1).data
huge = PavedLattices(patches.reshape(4, 32, 512, 512), 100_000)
print(f"{huge.shape[0]} lattices of {huge.shape[1] ** 2:,} sites; the patches take ", end="")
print(f"{patches.nbytes / 1e6:.0f} MB")

# %%
# Train on small lattices
# -----------------------

train = make_ising(2000, 64, random_state=0, n_jobs=-1)
model = BlockAveragingRegressor(16, descriptor="pair", max_epochs=10, n_blocks=400, random_state=0)
model.fit(train.data, train.energy)

# %%
# Predict the huge lattices
# -------------------------
# Each prediction uses 400 blocks. ``error`` is the standard error of the average over these blocks.

start = time.perf_counter()
energy, sigma, error = model.predict(huge, return_std=True, return_error=True)
seconds = time.perf_counter() - start
table = pd.DataFrame({"T": temperatures, "energy": energy, "error": error, "sigma_Q": sigma})
table["Onsager"] = exact.onsager_energy(temperatures)
table["(energy - Onsager) / error"] = (table.energy - table.Onsager) / table.error
print(table.to_string(index=False, float_format="{:.4f}".format))
fraction = huge.n_sites_read / np.prod(huge.shape)
print(f"{huge.n_sites_read:,} sites were read, a fraction of {fraction:.1e}, in {seconds:.2f} s")

# %%
# Time and error
# --------------
# The time does not depend on the size of the lattice. The standard error falls as the inverse
# square root of the number of blocks. The difference from Onsager's energy falls with it, until the
# bias of the model dominates.

sizes = [10_000, 100_000, 1_000_000, 10_000_000]
durations = []
for size in sizes:
    lattices = PavedLattices(huge.patches, size)
    start = time.perf_counter()
    model.predict(lattices)
    durations.append(time.perf_counter() - start)
    print(f"L = {size:>10,}: four lattices in {durations[-1]:.2f} s")

block_counts = [25, 100, 400, 1600, 6400]
predictions = [
    model.set_params(n_blocks=n_blocks).predict(huge, return_error=True)
    for n_blocks in block_counts
]
energies, errors = np.array(predictions).swapaxes(0, 1)
for n_blocks, row in zip(block_counts, errors, strict=True):
    print(f"{n_blocks:>5} blocks: errors of {row.min():.5f} to {row.max():.5f}")

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 3, figsize=(13, 4.4))
corner = huge[1:2, 49_800:50_200, 49_800:50_200][0]
LatticeDisplay.from_lattice(corner, block_size=16, temperature=temperatures[1], ax=axes[0])
axes[0].set_title("400 x 400 of $10^{10}$ sites, with a block")
for k, temperature in enumerate(temperatures):
    color, marker = f"C{k}", "os^D"[k]
    difference = np.abs(energies[:, k] - exact.onsager_energy(temperature))
    axes[1].plot(block_counts, errors[:, k], color + marker + "-", label=f"$T = {temperature}$")
    axes[1].plot(block_counts, difference, color + marker, mfc="none")
axes[1].plot([], [], "o", color="0.4", mfc="none", label="|energy - Onsager|")
axes[1].set(xscale="log", yscale="log", xlabel="Number of blocks")
axes[1].set_ylabel("Error of the energy ($J$)")
axes[1].legend()
axes[2].plot(sizes, durations, "o-")
axes[2].set(xscale="log", xlabel="Lattice size $L$ (sites)", ylim=(0, 1.2 * max(durations)))
axes[2].set_ylabel("Time for four lattices (s)")
figure.savefig("huge_lattice.png", dpi=150)
