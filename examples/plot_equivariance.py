"""
Invariant by construction, or only by training
==============================================

The same network learns the energy of Ising lattices twice: from the invariants of their blocks, and
from the raw spins. A lattice and its rotated and mirrored images have the same energy, so a model
should predict the same number for all of them. From raw spins the network has to learn this
symmetry, and learns it only roughly. From invariants the predictions are always equal. Fig. 8 of
Phys. Rev. E 108, 065304 (2023) shows the same comparison.
"""

# %%
# Train one network on two kinds of features
# ------------------------------------------
# In a pipeline, `D4Descriptor` gives the network only a table of features. Both models therefore
# have the same layers.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from skising import BlockAveragingRegressor, D4Descriptor, make_ising

train = make_ising(2000, 64, random_state=0, n_jobs=-1, verbose=1)
settings = {"block_size": 16, "max_epochs": 8, "lr": 3e-3, "random_state": 0, "verbose": 1}
models = {
    "D4 invariants": BlockAveragingRegressor(descriptor=make_pipeline(D4Descriptor()), **settings),
    "raw spins": BlockAveragingRegressor(descriptor="spins", **settings),
}
for model in models.values():
    model.fit(train.data, train.energy)

# %%
# Predict the eight images of each block
# --------------------------------------
# Each model predicts single blocks of new lattices, and their rotations and reflections.

temperatures = np.linspace(1.5, 3.5, 41)
test = make_ising(41, 32, temperatures, random_state=1)
blocks = test.data[:, :16, :16]
images = [np.rot90(x, k, (1, 2)) for x in (blocks, blocks[:, :, ::-1]) for k in range(4)]
differences = {}
for name, model in models.items():
    predictions = np.array([model.predict(image) for image in images])
    differences[name] = predictions - predictions[0]
    ranges = np.ptp(predictions, axis=0)
    print(f"{name}: range over the images {ranges.mean():.2g} J on average, ", end="")
    print(f"{ranges.max():.2g} J at most")

# %%
# Differences between the predictions
# -----------------------------------

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
for panel, (name, values), color in zip(axes, differences.items(), ("C0", "C1"), strict=True):
    panel.plot(temperatures, values.T, ".", color=color, alpha=0.6)
    panel.set(title=name, xlabel="Temperature $T$ ($J/k_B$)")
axes[0].set_ylabel("Energy of an image, relative to\nthe upright block ($J$ per site)")
figure.savefig("equivariance.png", dpi=150)
