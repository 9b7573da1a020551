"""
Ten billion sites, of which hardly any is looked at
===================================================

A prediction costs what its blocks cost, whatever the size of the lattice: 400 random blocks are
enough to tell the energy density of 10^5 x 10^5 sites. The lattice does not even have to exist. An
object that has a shape and a dtype, and returns the part that it is asked for, is as good as an
array.
"""

# %%
# A lattice that is made where it is looked at
# --------------------------------------------
# It is paved with periodic lattices of 512 x 512 sites, and a hash of the coordinates says which
# one lies where. Only `shape`, `dtype` and slices are needed.

import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingRegressor, exact, make_ising
from skising.display import LatticeDisplay


class PavedLattices:
    """Lattices of any size, each paved with patches of its own temperature."""

    dtype = np.dtype(np.int8)

    def __init__(self, patches, lattice_size):
        self.patches = patches
        self.shape = (len(patches), lattice_size, lattice_size)
        self.n_sites_read = 0

    def __getitem__(self, part):
        sample, row, column = np.ix_(
            *(np.arange(*of_axis.indices(n)) for of_axis, n in zip(part, self.shape, strict=True))
        )
        size = self.patches.shape[-1]
        patch = (row // size * 73_856_093 ^ column // size * 19_349_663) % self.patches.shape[1]
        spins = self.patches[sample, patch, row % size, column % size]
        self.n_sites_read += spins.size
        return spins


temperatures = [1.8, 2.2, 2.5, 3.2]
bank = make_ising(4 * 32, 512, temperatures, random_state=1, n_jobs=-1).data
huge = PavedLattices(bank.reshape(4, 32, 512, 512), 100_000)
print(f"{huge.shape[0]} lattices of {huge.shape[1] ** 2:,} sites; the patches take ", end="")
print(f"{bank.nbytes / 1e6:.0f} MB")

# %%
# Learn from small lattices
# -------------------------

train = make_ising(2000, 64, random_state=0, n_jobs=-1)
model = BlockAveragingRegressor(16, descriptor="pair", max_epochs=10, n_blocks=400, random_state=0)
model.fit(train.data, train.energy)

# %%
# Predict the huge ones
# ---------------------
# From 400 blocks. `error` is that of the average, as the blocks tell it.

start = time.perf_counter()
energy, sigma, error = model.predict(huge, return_std=True, return_error=True)
seconds = time.perf_counter() - start
table = pd.DataFrame({"T": temperatures, "energy": energy, "error": error, "sigma_Q": sigma})
table["Onsager"] = exact.onsager_energy(temperatures)
table["(energy - Onsager) / error"] = (table.energy - table.Onsager) / table.error
print(table.to_string(index=False, float_format="{:.4f}".format))
read, of_all = huge.n_sites_read, np.prod(huge.shape)
print(f"{read:,} sites were read, {read / of_all:.1e} of all, in {seconds:.2f} s")

# %%
# What it costs, and what more blocks give
# ----------------------------------------
# The time does not depend on the size of the lattice. The error falls with the root of the number
# of blocks, until it is as small as the model's own error.

sizes = [10_000, 100_000, 1_000_000, 10_000_000]
durations = []
for size in sizes:
    lattices = PavedLattices(huge.patches, size)
    start = time.perf_counter()
    model.predict(lattices)
    durations.append(time.perf_counter() - start)
    print(f"L = {size:>10,}: {durations[-1]:.2f} s")

numbers = [25, 100, 400, 1600, 6400]
found = np.array([model.set_params(n_blocks=n).predict(huge, return_error=True) for n in numbers])
for n, (_, errors) in zip(numbers, found, strict=True):
    print(f"{n:>5} blocks: errors of {errors.min():.5f} to {errors.max():.5f}")

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(1, 3, figsize=(13, 4.4), layout="constrained")
corner = huge[1:2, 49_800:50_200, 49_800:50_200][0]
LatticeDisplay.from_lattice(corner, block_size=16, temperature=temperatures[1], ax=axes[0])
axes[0].set_title("400 x 400 of $10^{10}$ sites, with a block", size=11)
COLORS, MARKERS = ["#0072b2", "#56b4e9", "#009e73", "#d55e00"], "os^D"
for k, (color, marker) in enumerate(zip(COLORS, MARKERS, strict=True)):
    style = {"color": color, "marker": marker, "ms": 5, "lw": 1.2}
    axes[1].plot(numbers, found[:, 1, k], **style, label=f"$T = {temperatures[k]}$")
    difference = np.abs(found[:, 0, k] - exact.onsager_energy(temperatures[k]))
    axes[1].plot(numbers, difference, color=color, marker=marker, ms=5, ls="", mfc="none")
axes[1].plot([], [], "o", color="0.4", ms=5, mfc="none", label="|energy - Onsager|")
axes[1].set(xscale="log", yscale="log", xlabel="blocks", ylabel="error of the energy  ($J$)")
axes[1].legend(frameon=False, fontsize=10)
axes[2].plot(sizes, durations, "o-", color="#0072b2", ms=5, lw=1.2)
axes[2].set(xscale="log", xlabel="lattice size $L$  (sites)", ylim=0)
axes[2].set(ylabel="time for four lattices, 400 blocks  (s)")
figure.savefig("huge_lattice.png", dpi=150)
print("figure: huge_lattice.png")
