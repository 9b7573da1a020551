"""
Energy density from blocks of 32 and 64 sites
=============================================

A model predicts the energy density of a whole lattice from its blocks, as in Fig. 3 of Phys. Rev. E
108, 065304 (2023). The paper's lattices have 320 x 320 sites; these have 256 x 256. This example
measures the error of the model, and explains the spread over the blocks.
"""

# %%
# Train at two block sizes
# ------------------------
# To save time, the models are trained on 1,600 lattices of 128 x 128 sites; the paper uses 40,000
# of 320 x 320. Two models use the invariants of D4, as in the paper. Two models use the
# correlations of pairs of spins, one of which is the energy of the bonds inside the block.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import PredictionErrorDisplay

from skising import BlockAveragingRegressor, exact, extract_blocks, make_ising
from skising.display import EnergyCurveDisplay

train = make_ising(1600, 128, random_state=0, n_jobs=-1)
test = make_ising(4 * 40, 256, random_state=1, n_jobs=-1)
settings = {"lr": 3e-3, "max_epochs": 12, "batch_size": 16, "random_shift": True, "random_state": 0}
models = {
    (descriptor, block_size): BlockAveragingRegressor(
        block_size, descriptor=descriptor, **settings
    ).fit(train.data, train.energy)
    for descriptor in ("d4", "pair")
    for block_size in (32, 64)
}

# %%
# Predictions against temperature, and against measured energies
# --------------------------------------------------------------
# These predictions are from the invariants of D4. The bars are :math:`\sigma_Q`, the standard
# deviation over the blocks.

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(2, 2, figsize=(10, 7.6))
predictions = {key: model.predict(test.data, return_std=True) for key, model in models.items()}
for row, block_size in zip(axes, (32, 64), strict=True):
    energy, sigma = predictions["d4", block_size]
    EnergyCurveDisplay.from_predictions(
        test.temperature, energy, sigma=sigma, y=test.energy, ax=row[0]
    )
    PredictionErrorDisplay.from_predictions(
        test.energy,
        energy,
        kind="actual_vs_predicted",
        ax=row[1],
        scatter_kwargs={"color": "C0", "s": 14},
        line_kwargs={"ls": "-", "lw": 1},
    )
    row[1].set(xticks=[-2, -1.5, -1, -0.5], yticks=[-2, -1.5, -1, -0.5])
    row[1].set(xlabel="Predicted $e$ ($J$)", ylabel="Measured $e$ ($J$)")
    for panel in row:
        panel.set_title(rf"$\ell = {block_size}$")
figure.savefig("energy.png", dpi=150)

# %%
# Error and bias
# --------------
# The paper's models predict energies that are too high above the critical temperature and too low
# below it, less so for the larger blocks. The table shows the bias of these models, which is the
# mean difference, with the standard error of the mean over lattices. No mean difference is much
# more than two standard errors from 0. At the highest temperatures the figure shows predictions of
# the model with D4 invariants and :math:`\ell = 64` that are too low. With so little data, the
# larger blocks give larger errors with D4 invariants: there are four times as many features, and a
# fourth of the blocks to learn from. With pair correlations both sizes are accurate.


def mean_and_error(x):
    """Return the mean with its standard error in brackets, both in units of 0.001 J."""
    return f"{1e3 * x.mean():+.2f}({1e3 * x.std(ddof=1) / np.sqrt(len(x)):.2f})"


rows = []
tc = exact.CRITICAL_TEMPERATURE
ranges = {
    "below Tc": test.temperature < tc - 0.15,
    "near Tc": np.abs(test.temperature - tc) <= 0.15,
    "above Tc": test.temperature > tc + 0.15,
}
for (descriptor, block_size), (energy, _) in predictions.items():
    error = energy - test.energy
    row = {
        "descriptor": descriptor,
        "l": block_size,
        "RMSE": f"{1e3 * np.sqrt(np.mean(error**2)):.2f}",
    }
    bias = {f"bias {name}": mean_and_error(error[selected]) for name, selected in ranges.items()}
    rows.append(row | bias)
print("in units of 0.001 J:")
print(pd.DataFrame(rows).to_string(index=False))

# %%
# The meaning of the spread
# -------------------------
# The spread :math:`\sigma_Q` is mainly a property of the lattices: the energy of
# :math:`\ell \times \ell` sites fluctuates. In a lattice of :math:`N` sites the variance of the
# energy density is :math:`T^2 C / N`, where :math:`C` is the specific heat per site. If blocks were
# independent periodic lattices with :math:`N = \ell^2`, :math:`\sigma_Q` would be
# :math:`T \sqrt{C} / \ell`. The solid lines show this value, with Kaufman's :math:`C` of a periodic
# lattice of :math:`\ell \times \ell` sites. The crosses show the spread of the energy of the bonds
# inside blocks. They follow the lines, and so does :math:`\sigma_Q` of the models with pair
# correlations. For the models with D4 invariants :math:`\sigma_Q` is larger, most of all in the
# disordered phase, because it also contains the network's error for a single block. This error
# averages out over the blocks, and more training data would reduce it.


def energy_within_blocks(X, block_size):
    """Return the energy per bond within each block, times 2 bonds per site: (n_samples, M)."""
    blocks = extract_blocks(X, block_size)
    across = (blocks[..., 1:] * blocks[..., :-1]).mean(axis=(-2, -1))
    down = (blocks[..., 1:, :] * blocks[..., :-1, :]).mean(axis=(-2, -1))
    return -(across + down)


figure, axes = plt.subplots(1, 2, figsize=(11, 4.4), sharey=True)
temperatures = np.unique(test.temperature)
fine = np.linspace(1.2, 3.6, 200)
for (descriptor, block_size), (_, sigma) in predictions.items():
    panel = axes[["d4", "pair"].index(descriptor)]
    color, marker = {32: ("C0", "o"), 64: ("C1", "s")}[block_size]
    sigma_bonds = energy_within_blocks(test.data, block_size).std(axis=1)
    model_spread, bond_spread = (
        np.sqrt(np.mean(x.reshape(40, -1) ** 2, axis=1)) for x in (sigma, sigma_bonds)
    )
    heat = exact.kaufman_specific_heat(fine, block_size)
    panel.plot(fine, fine * np.sqrt(heat) / block_size, color=color, lw=1)
    label = rf"$\sigma_Q$ of the model, $\ell = {block_size}$"
    panel.plot(temperatures, model_spread, marker, color=color, mfc="none", label=label)
    panel.plot(temperatures, bond_spread, "x", color=color, ms=4)
    panel.set(title=f'descriptor="{descriptor}"', xlabel="Temperature $T$ ($J/k_B$)")
    ratio = model_spread / bond_spread
    print(f"{descriptor}, l = {block_size}: sigma_Q is {ratio.min():.2f} to ", end="")
    print(f"{ratio.max():.2f} times the spread of the bonds")
axes[0].plot([], [], "x", color="0.3", ms=4, label="bonds inside blocks")
axes[0].plot([], [], color="0.3", lw=1, label=r"$T \sqrt{C} / \ell$")
axes[0].set(ylabel="Spread over the blocks ($J$)", ylim=0)
axes[0].legend()
figure.savefig("sigma.png", dpi=150)
