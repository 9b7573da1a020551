"""
Quickstart: phases and energies of large lattices from small blocks
===================================================================

This example samples 64 x 64 Ising lattices, and trains a classifier and a regressor on blocks of 16
x 16 sites. The models then predict the phase and the energy of lattices with 64 times as many
sites, at temperatures that do not occur in training.
"""

# %%
# Sample training lattices
# ------------------------
# The lattices are in equilibrium at temperatures from 1.2 to 3.6 in units of J / k_B, the range of
# the paper. The target of the regressor is the energy density. The target of the classifier is
# whether the temperature is above the critical temperature.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, BlockAveragingRegressor, exact, make_ising

train = make_ising(n_samples=4000, lattice_size=64, random_state=0, n_jobs=-1, verbose=1)
is_disordered = train.temperature > exact.CRITICAL_TEMPERATURE

# %%
# Train on the averages over blocks
# ---------------------------------
# The loss is taken on the average over the 16 blocks of a lattice. The lattices are periodic, so
# `random_shift` can cut them at different places in each batch.

settings = {
    "block_size": 16,
    "lr": 3e-3,
    "random_shift": True,
    "random_state": 0,
    "verbose": 1,
}
classifier = BlockAveragingClassifier(max_epochs=5, **settings).fit(train.data, is_disordered)
regressor = BlockAveragingRegressor(max_epochs=15, **settings).fit(train.data, train.energy)

# %%
# Predict larger lattices, at other temperatures
# ----------------------------------------------
# `sigma` is the standard deviation over the blocks of a lattice. It measures how much the energy
# density fluctuates on the scale of 16 sites. The error of the prediction is much smaller.

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

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#666666"
figure = plt.figure(figsize=(8, 8.6), layout="constrained")
layout = figure.add_gridspec(3, 3, height_ratios=[1.35, 1, 1.5])

for column, temperature in enumerate([1.9, 2.3, 3.0]):
    row = np.abs(temperatures - temperature).argmin()
    snapshot = figure.add_subplot(layout[0, column])
    snapshot.imshow(test.data[row], cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    snapshot.add_patch(plt.Rectangle((24, 24), 16, 16, fill=False, color=ORANGE, lw=2))
    snapshot.set(xticks=[], yticks=[], title=f"$T = {temperatures[row]:.2f}$")
    snapshot.spines[:].set_visible(False)

phase_axes = figure.add_subplot(layout[1, :])
phase_axes.plot(temperatures, probability, "o-", color=BLUE, ms=5, lw=1.2)
phase_axes.set(ylabel="probability of\nthe disordered phase", ylim=(-0.05, 1.05))

energy_axes = figure.add_subplot(layout[2, :], sharex=phase_axes)
fine = np.linspace(1.2, 3.6, 400)
energy_axes.plot(fine, exact.onsager_energy(fine), color=GREY, lw=1.5, label="exact (Onsager)")
energy_axes.fill_between(
    temperatures,
    energy - sigma,
    energy + sigma,
    color=BLUE,
    alpha=0.18,
    lw=0,
    label=r"spread over blocks, $\sigma_Q$",
)
energy_axes.plot(temperatures, energy, "o", color=BLUE, ms=5, label="predicted, $L = 512$")
energy_axes.set(xlabel="temperature $T$  ($J/k_B$)", ylabel="energy per site  ($J$)")
energy_axes.legend(frameon=False, loc="upper left")

for axes in (phase_axes, energy_axes):
    axes.axvline(exact.CRITICAL_TEMPERATURE, color=ORANGE, ls="--", lw=1.2)
phase_axes.tick_params(labelbottom=False)
phase_axes.text(exact.CRITICAL_TEMPERATURE + 0.03, 0.02, "$T_c$", color=ORANGE, size=13)
figure.suptitle("512 x 512 lattices, read by models that learned from 64 x 64")
figure.savefig("quickstart.png", dpi=150)
print("figure: quickstart.png")
