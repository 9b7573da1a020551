"""
Energy density through windows of 32 and 64 sites
=================================================

A model that sees blocks of l x l sites predicts the energy density of whole lattices, as in Fig. 3
of Phys. Rev. E 108, 065304 (2023), there of 320 x 320 sites, here of 256 x 256. Two questions: how
far off is it, and what does the spread over the blocks mean?
"""

# %%
# Train at two block sizes
# ------------------------
# On 1,600 lattices of 128 x 128 sites, for the time's sake; the paper has 40,000 of 320 x 320.
# Once from the invariants of D4, which are of the block as a whole, as in the paper, and once
# from the correlations of pairs of spins, among which is the energy itself.

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
# Predictions against temperature, and against the truth
# ------------------------------------------------------
# From the invariants of D4. The bars are sigma_Q, the standard deviation over the blocks.

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(2, 2, figsize=(10, 7.6), layout="constrained")
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
        scatter_kwargs={"color": "#0072b2", "s": 14, "alpha": 0.7},
        line_kwargs={"color": "black", "lw": 1},
    )
    row[0].set_title(rf"$\ell = {block_size}$", size=11, loc="left")
    row[1].set_title(rf"$\ell = {block_size}$", size=11, loc="left")
    row[1].set(xticks=[-2, -1.5, -1, -0.5], yticks=[-2, -1.5, -1, -0.5])
    row[1].set(xlabel="predicted $e$  ($J$)", ylabel="measured $e$  ($J$)")
figure.savefig("energy.png", dpi=150)
print("figure: energy.png")

# %%
# How far off, and to which side
# ------------------------------
# The paper finds energies too high above the critical temperature and too low below it, less so
# for the larger blocks. The mean differences tell whether these models do so, too; their errors
# are those of the mean over lattices. They do not: no mean difference from D4's invariants is
# much more than two errors from 0. With so little data the larger blocks are the worse ones, if
# the network is to find the energy in all of the block's invariants: there are four times as many
# of these, and a fourth of the blocks to learn from. From pairs it is easy.


def mean_and_error(x):
    """Return the mean in units of 10^-3, with the error in its last digits."""
    return f"{1e3 * x.mean():+.2f}({1e3 * x.std(ddof=1) / np.sqrt(len(x)):.2f})"


rows = []
tc = exact.CRITICAL_TEMPERATURE
parts = {
    "below Tc": test.temperature < tc - 0.15,
    "near Tc": np.abs(test.temperature - tc) <= 0.15,
    "above Tc": test.temperature > tc + 0.15,
}
for (descriptor, block_size), (energy, _) in predictions.items():
    error = energy - test.energy
    row = {
        "descriptor": descriptor,
        "l": block_size,
        "RMSE (10^-3 J)": f"{1e3 * np.sqrt(np.mean(error**2)):.2f}",
    }
    rows.append(row | {f"bias {name}": mean_and_error(error[at]) for name, at in parts.items()})
print(pd.DataFrame(rows).to_string(index=False))

# %%
# What sigma_Q is
# ---------------
# First of all a property of the lattices: the energy of l x l sites fluctuates. In a lattice of N
# sites the variance of the energy density is T^2 C / N, with C the specific heat per site. If
# blocks were lattices of their own, with N = l^2, sigma_Q would be T sqrt(C) / l: the solid
# lines, with Kaufman's C of a periodic lattice of l x l sites. The bonds within the blocks,
# counted, are the crosses; they follow the lines. So does sigma_Q of the models that learnt from
# pairs. That of the models that learnt from D4's invariants is larger, most of all in the
# disordered phase: to the fluctuation of the energy it adds the network's own error for a block,
# which the average over blocks takes away, and which more data would.


def energy_within_blocks(X, block_size):
    """Return the energy per bond within each block, times 2 bonds per site: (n_samples, M)."""
    blocks = extract_blocks(X, block_size)
    across = (blocks[..., 1:] * blocks[..., :-1]).mean(axis=(-2, -1))
    down = (blocks[..., 1:, :] * blocks[..., :-1, :]).mean(axis=(-2, -1))
    return -(across + down)


STYLES = {32: ("#0072b2", "o"), 64: ("#d55e00", "s")}
figure, axes = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained", sharey=True)
temperatures = np.unique(test.temperature)
fine = np.linspace(1.2, 3.6, 200)
for (descriptor, block_size), (_, sigma) in predictions.items():
    panel = axes[["d4", "pair"].index(descriptor)]
    color, marker = STYLES[block_size]
    counted = energy_within_blocks(test.data, block_size).std(axis=1)
    spread, of_bonds = (np.sqrt(np.mean(x.reshape(40, -1) ** 2, axis=1)) for x in (sigma, counted))
    heat = exact.kaufman_specific_heat(fine, block_size)
    panel.plot(fine, fine * np.sqrt(heat) / block_size, color=color, lw=1)
    label = rf"$\sigma_Q$ of the model, $\ell = {block_size}$"
    panel.plot(temperatures, spread, marker, color=color, ms=5, mfc="none", label=label)
    panel.plot(temperatures, of_bonds, "x", color=color, ms=4)
    panel.set_title(f'descriptor="{descriptor}"', size=11, loc="left")
    ratio = spread / of_bonds
    print(f"{descriptor}, l = {block_size}: sigma_Q is {ratio.min():.2f} to ", end="")
    print(f"{ratio.max():.2f} times the spread of the bonds")
for panel in axes:
    panel.plot([], [], "x", color="0.3", ms=4, label="counted within the blocks")
    panel.plot([], [], color="0.3", lw=1, label=r"$T \sqrt{C} / \ell$")
    panel.set(xlabel="temperature $T$  ($J/k_B$)")
axes[0].set(ylabel="spread over the blocks  ($J$)", ylim=0)
axes[0].legend(frameon=False, fontsize=10)
figure.savefig("sigma.png", dpi=150)
print("figure: sigma.png")
