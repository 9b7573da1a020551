"""
Your own lattices: arrays, files, images
========================================

A lattice is an array of +1 and -1. It may come from your own simulation, from a file that is larger
than memory, or from a picture of a magnet.
"""

# %%
# Arrays
# ------
# The library takes lattices of shape (n_samples, n_rows, n_cols), of any numeric type.
# `as_lattices` makes them from arrays and files of other layouts, and says what it did. It refuses
# what could mean two things. The error says how to ask for each of them.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import ndimage

from skising import BlockAveragingRegressor, as_lattices, make_ising
from skising.display import BlockMapDisplay, LatticeDisplay
from skising.observables import energy_density, magnetization

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
np.savetxt(folder / "mine.csv", rng.integers(0, 2, size=(300, 1024)), fmt="%d", delimiter=",")
X = as_lattices(folder / "mine.csv")
print(f"mean energy of these random spins: {energy_density(X).mean():.3f} J per site")

try:
    as_lattices(rng.integers(0, 2, size=(30, 36)))
except ValueError as error:
    print("ValueError:", error)

# %%
# Files that are larger than memory
# ---------------------------------
# ``fit``, ``predict`` and the observables read a memory map of a .npy file in parts. They read zarr
# arrays, h5py data sets and dask arrays in the same way. For example,
# ``zarr.open("mine.zarr")["data"]`` can replace the memory map below without conversion.

train = make_ising(3000, 64, random_state=0, n_jobs=-1)
np.save(folder / "mine.npy", train.data)
mine = np.load(folder / "mine.npy", mmap_mode="r")
print(f"{len(mine):,} lattices of 64 x 64 sites, {mine.nbytes / 1e6:.0f} MB on disk")

model = BlockAveragingRegressor(16, descriptor="pair", max_epochs=10, random_state=0)
model.fit(mine, energy_density(mine))

# %%
# This model learns the energy, which is computed from the lattices. You can instead pass your own
# measurements as ``y``: one number per lattice, or several in an array of shape (n_samples,
# n_targets). Here they are the energy and the absolute magnetization. The table has five of the
# training lattices, at temperatures from 1.2 to 3.2.

measured = np.column_stack([energy_density(mine), np.abs(magnetization(mine))])
two_targets = BlockAveragingRegressor(16, descriptor="pair", max_epochs=10, random_state=0)
two_targets.fit(mine, measured)
table = np.c_[measured, two_targets.predict(mine)][:: len(mine) // 5]
names = ["energy", "|m|", "predicted energy", "predicted |m|"]
print(pd.DataFrame(table, columns=names).to_string(index=False, float_format="{:.3f}".format))

# %%
# Pictures
# --------
# The picture shows magnetic domains with noise and uneven light, as a microscope would show them.
# It is synthetic, made from smoothed noise. Any PNG file can be read in the same way. With even
# light, ``as_lattices("domains.png", level=...)`` is enough. Here the gradient of the light is
# subtracted first, and the level is midway between dark and bright.

rng = np.random.default_rng(1)
domains = ndimage.gaussian_filter(rng.normal(size=(240, 360)), 5, mode="wrap") > 0
light = 0.5 + 0.3 * np.linspace(0, 1, 360)
grey = light + 0.12 * np.where(domains, 1, -1) + 0.05 * rng.normal(size=domains.shape)
plt.imsave(folder / "domains.png", grey, cmap="gray", vmin=0, vmax=1.2)

picture = plt.imread(folder / "domains.png")[..., :3].mean(axis=-1)
column = np.arange(picture.shape[1])
flat = picture - np.polyval(np.polyfit(column, picture.mean(axis=0), 1), column)
middle = np.quantile(flat, [0.1, 0.9]).mean()
lattice = as_lattices(flat, level=middle, lattice_shape=flat.shape)
accuracy = (lattice[0] == np.where(domains, 1, -1)).mean()
print(f"{accuracy:.1%} of the spins are those of the domains")

# %%
# The model predicts the energy of the picture as if it were an Ising lattice. The map of its blocks
# shows the domain walls. Pictures are not periodic, and models do not require periodic lattices,
# because blocks have open edges. `energy_density` counts the bonds across the boundary unless it is
# called with ``periodic=False``. Its energy is per site, and sites at the edges have fewer bonds;
# here it is scaled to two bonds per site. If you train on pictures, leave ``random_shift`` off. A
# picture that does not come from an Ising magnet has a well-defined energy density, but its
# predicted phase or temperature would mean little.

model.set_params(stride=4)
energy, sigma = model.predict(lattice, return_std=True)
_, n_rows, n_cols = lattice.shape
bonds_per_site = (n_rows * (n_cols - 1) + (n_rows - 1) * n_cols) / (n_rows * n_cols)
counted = 2 / bonds_per_site * energy_density(lattice, periodic=False)[0]
print(f"predicted energy {energy[0]:.3f} J, counted {counted:.3f} J, ", end="")
print(f"spread over blocks {sigma[0]:.3f} J")

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 3, figsize=(12, 2.7), layout="compressed")
axes[0].imshow(picture, cmap="gray")
LatticeDisplay.from_lattice(lattice[0], ax=axes[1])
BlockMapDisplay.from_estimator(model, lattice[0], label="$J$ per site", ax=axes[2])
for panel, title in zip(axes, ("picture", "spins", "energy of the blocks"), strict=True):
    panel.set_title(title)
    panel.axis("off")
figure.savefig("own_lattices.png", dpi=150)
