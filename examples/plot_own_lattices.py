"""
Your own lattices: arrays, files, images
========================================

A lattice is a table of +1 and -1. Where it comes from does not matter: from your own simulation,
from a file that is larger than memory, from a picture of a magnet.
"""

# %%
# Arrays
# ------
# Any array-like of shape (n_samples, n_rows, n_cols) will do, of any dtype. Other values than +1
# and -1 are refused, with a hint.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy import ndimage

from skising import BlockAveragingRegressor, make_ising
from skising.display import LatticeDisplay
from skising.observables import energy_density, magnetization

spins = np.random.default_rng(0).integers(0, 2, size=(3, 16, 24))
try:
    energy_density(spins)
except ValueError as error:
    print("refused:", error)
print("energies:", energy_density(np.where(spins, 1, -1)))

# %%
# Files that are larger than memory
# ---------------------------------
# A memory map of a .npy file is read by the piece, by `fit`, `predict` and the observables. So
# are zarr arrays, h5py data sets and dask arrays: ``zarr.open("mine.zarr")["data"]`` takes the
# place of the memory map below, and need not be converted.

folder = Path(tempfile.mkdtemp())
train = make_ising(3000, 64, random_state=0, n_jobs=-1)
np.save(folder / "mine.npy", train.data)
mine = np.load(folder / "mine.npy", mmap_mode="r")
print(type(mine).__name__, mine.shape, mine.dtype)

model = BlockAveragingRegressor(16, descriptor="pair", max_epochs=10, random_state=0)
model.fit(mine, energy_density(mine))

# %%
# The energy was computed here. For a property that you measured yourself give one number for each
# lattice, or several: ``y`` of shape (n_samples, k).

both = np.column_stack([energy_density(mine), np.abs(magnetization(mine))])
of_both = BlockAveragingRegressor(16, descriptor="pair", max_epochs=10, random_state=0)
of_both.fit(mine, both)
print(
    "energy and |m| of the first lattice:", of_both.predict(mine[:1])[0].round(3), both[0].round(3)
)

# %%
# Pictures
# --------
# A picture of magnetic domains, with noise and uneven light, as a microscope gives. (It is made
# up here: a smoothed noise. Any PNG can be read in the same way.) To make spins of it, the light
# is flattened, and the grey cut midway between dark and bright.

rng = np.random.default_rng(1)
domains = ndimage.gaussian_filter(rng.normal(size=(240, 360)), 5, mode="wrap") > 0
light = 0.5 + 0.3 * np.linspace(0, 1, 360)
grey = light + 0.12 * np.where(domains, 1, -1) + 0.05 * rng.normal(size=domains.shape)
plt.imsave(folder / "domains.png", grey, cmap="gray", vmin=0, vmax=1.2)

picture = plt.imread(folder / "domains.png")[..., :3].mean(axis=-1)
column = np.arange(picture.shape[1])
flat = picture - np.polyval(np.polyfit(column, picture.mean(axis=0), 1), column)
middle = np.quantile(flat, [0.1, 0.9]).mean()
lattice = np.where(flat > middle, 1, -1)[np.newaxis]
right = (lattice[0] == np.where(domains, 1, -1)).mean()
print(f"spins {lattice.shape}, {right:.1%} of them right")

# %%
# What does the model say? It returns the energy of a lattice that it takes the picture for, and
# its map shows where the walls are. Pictures are not periodic, and models do not need them to be:
# blocks have open edges anyway. (`energy_density` does count the bonds across the boundary, but
# with `fit` for pictures leave `random_shift` off.) Mind what it was trained for: a picture that
# is no Ising magnet has an energy density all the same, but a phase or a temperature of it would
# mean little.

model.set_params(stride=4)
energy, sigma = model.predict(lattice, return_std=True)
print(f"predicted energy {energy[0]:.3f}, counted {energy_density(lattice)[0]:.3f}, ", end="")
print(f"spread over blocks {sigma[0]:.3f}")

figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
axes[0].imshow(picture, cmap="gray")
axes[0].set(title="the picture", xticks=[], yticks=[])
LatticeDisplay.from_lattice(lattice[0], ax=axes[1])
axes[1].set_title("its spins")
where = axes[2].imshow(model.predict_blocks(lattice)[0], cmap="cividis", interpolation="nearest")
axes[2].set(title="energy of its blocks  ($J$ per site)", xticks=[], yticks=[])
figure.colorbar(where, ax=axes[2], shrink=0.8)
figure.savefig("own_lattices.png", dpi=150)
print("figure: own_lattices.png")
