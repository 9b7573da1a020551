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
# `as_lattices` makes them of arrays and files of other layouts, and says what it did. What could
# mean two things is refused, and the error says how to ask for each.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy import ndimage

from skising import BlockAveragingRegressor, as_lattices, make_ising
from skising.display import LatticeDisplay
from skising.observables import energy_density, magnetization

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
np.savetxt(folder / "mine.csv", rng.integers(0, 2, size=(300, 1024)), fmt="%d", delimiter=",")
X = as_lattices(folder / "mine.csv")
print("mean energy:", energy_density(X).mean().round(3))

try:
    as_lattices(rng.integers(0, 2, size=(30, 36)))
except ValueError as error:
    print("ValueError:", error)

# %%
# Files that are larger than memory
# ---------------------------------
# `fit`, `predict` and the observables read a memory map of a .npy file in parts. They read zarr
# arrays, h5py data sets and dask arrays in the same way. For example,
# ``zarr.open("mine.zarr")["data"]`` can replace the memory map below without conversion.

train = make_ising(3000, 64, random_state=0, n_jobs=-1)
np.save(folder / "mine.npy", train.data)
mine = np.load(folder / "mine.npy", mmap_mode="r")
print(type(mine).__name__, mine.shape, mine.dtype)

model = BlockAveragingRegressor(16, descriptor="pair", max_epochs=10, random_state=0)
model.fit(mine, energy_density(mine))

# %%
# This model learns the energy, which is computed from the lattices. You can instead pass your own
# measurements as ``y``: one number per lattice, or several in an array of shape (n_samples, k).
# Here they are the energy and the absolute magnetization.

measured = np.column_stack([energy_density(mine), np.abs(magnetization(mine))])
two_targets = BlockAveragingRegressor(16, descriptor="pair", max_epochs=10, random_state=0)
two_targets.fit(mine, measured)
predicted = two_targets.predict(mine[:1])
print("energy and |m| of the first lattice, predicted:", predicted[0].round(3))
print("energy and |m| of the first lattice, measured: ", measured[0].round(3))

# %%
# Pictures
# --------
# The picture shows magnetic domains with noise and uneven light, as a microscope would show them.
# It is synthetic, made from smoothed noise. Any PNG file can be read in the same way. With even
# light, ``as_lattices("domains.png", level=...)`` would do. Here the gradient of the light is
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
print(f"spins of shape {lattice.shape}, {accuracy:.1%} of them correct")

# %%
# The model predicts the energy of the picture as if it were an Ising lattice. The map of its blocks
# shows the domain walls. Pictures are not periodic, and models do not require periodic lattices,
# because blocks have open edges. `energy_density` counts the bonds across the boundary unless it is
# called with ``periodic=False``. Its energy is per site, and sites at the edges have fewer bonds;
# here it is scaled to two bonds per site. If you train on pictures, leave `random_shift` off. A
# picture that does not come from an Ising magnet has a well-defined energy density, but its
# predicted phase or temperature would mean little.

model.set_params(stride=4)
energy, sigma = model.predict(lattice, return_std=True)
_, n_rows, n_cols = lattice.shape
bonds_per_site = (n_rows * (n_cols - 1) + (n_rows - 1) * n_cols) / (n_rows * n_cols)
counted = 2 / bonds_per_site * energy_density(lattice, periodic=False)[0]
print(f"predicted energy {energy[0]:.3f}, counted {counted:.3f}, ", end="")
print(f"spread over blocks {sigma[0]:.3f}")

figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
axes[0].imshow(picture, cmap="gray")
axes[0].set(title="picture", xticks=[], yticks=[])
LatticeDisplay.from_lattice(lattice[0], ax=axes[1])
axes[1].set_title("spins")
energy_map = axes[2].imshow(
    model.predict_blocks(lattice)[0], cmap="cividis", interpolation="nearest"
)
axes[2].set(title="energy of the blocks  ($J$ per site)", xticks=[], yticks=[])
figure.colorbar(energy_map, ax=axes[2], shrink=0.8)
figure.savefig("own_lattices.png", dpi=150)
print("figure: own_lattices.png")
