"""
Quickstart: phases and energies of large lattices from small blocks
===================================================================

This example samples Ising lattices of 64 x 64 sites, and trains a classifier and a regressor on
their blocks of 16 x 16 sites. The models then predict the phase and the energy of lattices with 64
times as many sites, at temperatures that do not occur in training.
"""

# %%
# Sample training lattices
# ------------------------
# The lattices are in equilibrium at temperatures from 1.2 to 3.6 in units of :math:`J / k_B`, the
# range of the paper. The target of the regressor is the energy density. The target of the
# classifier is whether the temperature is above the critical temperature :math:`T_c`.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, BlockAveragingRegressor, exact, make_ising
from skising.display import EnergyCurveDisplay, LatticeDisplay

train = make_ising(n_samples=4000, lattice_size=64, random_state=0, n_jobs=-1, verbose=1)
is_disordered = train.temperature > exact.CRITICAL_TEMPERATURE

# %%
# Train on the averages over blocks
# ---------------------------------
# The loss is taken on the average over the 16 blocks of a lattice. The lattices are periodic, so
# ``random_shift`` can cut them at different places in each batch.

settings = {"block_size": 16, "lr": 3e-3, "random_shift": True, "random_state": 0, "verbose": 1}
classifier = BlockAveragingClassifier(max_epochs=5, **settings).fit(train.data, is_disordered)
regressor = BlockAveragingRegressor(max_epochs=15, **settings).fit(train.data, train.energy)

# %%
# Predict larger lattices, at other temperatures
# ----------------------------------------------
# ``sigma`` is the standard deviation over the blocks of a lattice, :math:`\sigma_Q`. It measures
# how much the energy density fluctuates on the scale of 16 sites. The error of the prediction is
# much smaller.

temperatures = np.linspace(1.23, 3.57, 27)
test = make_ising(27, 512, temperatures, random_state=1, n_jobs=-1, verbose=1)
probability = classifier.predict_proba(test.data)[:, 1]
energy, sigma = regressor.predict(test.data, return_std=True)

table = pd.DataFrame(
    {
        "T": temperatures,
        "phase": np.where(probability > 0.5, "para", "ferro"),
        "P(para)": probability,
        "energy": energy,
        "sigma_Q": sigma,
        "Onsager": exact.onsager_energy(temperatures),
    }
)
table["difference"] = table["energy"] - table["Onsager"]
print(table.to_string(index=False, float_format="{:.3f}".format))
print(f"largest difference from Onsager: {table['difference'].abs().max():.3f}")

# %%
# One figure
# ----------
# The squares in the lattices show the size of a block. The bars of the energies are
# :math:`\sigma_Q`.

plt.style.use("skising.display.skising")
figure, axes = plt.subplot_mosaic(
    [[0, 1, 2], ["phase"] * 3, ["energy"] * 3], figsize=(8, 8.6), height_ratios=[1.5, 1, 1.5]
)
for panel, temperature in enumerate([1.9, 2.3, 3.0]):
    row = np.abs(temperatures - temperature).argmin()
    LatticeDisplay.from_lattice(test.data[row], block_size=16, ax=axes[panel])
    axes[panel].set_title(f"$T = {temperatures[row]:.2f}$")

axes["phase"].plot(temperatures, probability, "o-")
axes["phase"].axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--")
axes["phase"].text(exact.CRITICAL_TEMPERATURE + 0.03, 0.02, "$T_c$")
axes["phase"].set(ylabel="Probability of\nthe disordered phase")
EnergyCurveDisplay.from_predictions(temperatures, energy, sigma=sigma, ax=axes["energy"])
axes["phase"].sharex(axes["energy"])
axes["phase"].tick_params(labelbottom=False)
figure.suptitle("Lattices of 512 x 512 sites, read by models that learned from 64 x 64")
figure.savefig("quickstart.png", dpi=150)
print("The figure is in quickstart.png.")
