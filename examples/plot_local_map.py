"""
A map of order in an inhomogeneous lattice
==========================================

A network that was trained on uniform lattices can be applied to each block of an inhomogeneous
lattice: ``predict_blocks`` returns a map. The lattice of this example is cold on the left and hot
on the right.
"""

# %%
# A lattice with a temperature gradient
# -------------------------------------
# A Metropolis simulation in numpy has a different temperature in each column. It updates the two
# colours of a checkerboard in turn, because all neighbours of a site have the other colour.
# Detailed balance does not hold between columns of different temperature, so there is a small heat
# current and no exact result. Where the temperature changes little over a correlation length, the
# spins are in local equilibrium. The left and right boundaries are open.

import matplotlib.pyplot as plt
import numpy as np

from skising import BlockAveragingClassifier, BlockAveragingRegressor, exact, make_ising
from skising.display import BlockMapDisplay

N_ROWS, N_COLS, BLOCK_SIZE = 192, 768, 16
local_temperature = np.linspace(1.6, 3.2, N_COLS)


def sample_gradient(temperature, n_rows, n_sweeps, seed):
    """Return a lattice (n_rows, len(temperature)) whose columns have these temperatures."""
    rng = np.random.default_rng(seed)
    spins = np.ones((n_rows, len(temperature)), np.int8)
    is_black = np.indices(spins.shape).sum(axis=0) % 2 == 0
    for _ in range(n_sweeps):
        for colour in (is_black, ~is_black):
            neighbours = np.roll(spins, 1, axis=0) + np.roll(spins, -1, axis=0)
            neighbours[:, 1:] += spins[:, :-1]
            neighbours[:, :-1] += spins[:, 1:]
            cost = 2 * spins * neighbours
            accepted = rng.random(spins.shape) < np.exp(-cost / temperature)
            spins[accepted & colour] *= -1
    return spins


lattice = sample_gradient(local_temperature, N_ROWS, 1500, seed=0)

# %%
# Train on uniform lattices
# -------------------------

train = make_ising(2000, 64, random_state=0, n_jobs=-1)
settings = {"lr": 3e-3, "max_epochs": 8, "stride": 4, "random_state": 0}
classifier = BlockAveragingClassifier(BLOCK_SIZE, **settings)
classifier.fit(train.data, train.temperature > exact.CRITICAL_TEMPERATURE)
thermometer = BlockAveragingRegressor(BLOCK_SIZE, descriptor="pair", **settings)
thermometer.fit(train.data, train.temperature)

# %%
# Two maps
# --------
# The blocks overlap: there is one every 4 sites. The first map is the probability of the disordered
# phase. The second is that of the temperature.

disorder = classifier.predict_blocks(lattice[np.newaxis])[0]
temperature = thermometer.predict_blocks(lattice[np.newaxis])[0]
print(f"{disorder.shape[0]} x {disorder.shape[1]} blocks")
rows, columns = (np.arange(n_blocks) * 4 for n_blocks in disorder.shape)
centre = columns + (BLOCK_SIZE - 1) / 2
profile = disorder.mean(axis=0)
true_profile = np.interp(centre, np.arange(N_COLS), local_temperature)
crossing = true_profile[np.argmax(profile > 0.5)]
print(f"P(disordered) passes 1/2 at T = {crossing:.2f}; Tc = {exact.CRITICAL_TEMPERATURE:.2f}")
difference = temperature.mean(axis=0) - true_profile
print(f"mean temperature of a column: RMSE {np.sqrt(np.mean(difference**2)):.3f}, ", end="")
print(f"mean difference {difference.mean():+.3f}")

# %%
# The panels show, from top to bottom, the spins, the map of the disordered phase, the map of the
# temperature, and the averages of both maps along each column. The predictions for single blocks
# scatter, because some blocks of 16 x 16 sites in a warm place look cold. The averages follow the
# gradient. `BlockMapDisplay` draws each block at its sites. The vertical line marks the critical
# temperature.

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(5, 1, figsize=(9, 9.4), sharex=True)
axes[0].imshow(lattice, cmap="gray", aspect="auto")
grid = {"block_size": BLOCK_SIZE, "rows": rows, "columns": columns}
BlockMapDisplay(disorder, label="P(disordered)", **grid).plot(axes[1], cmap="cividis")
BlockMapDisplay(temperature, label="Predicted $T$", **grid).plot(axes[2])
for panel, name in zip(axes, ("Spins", "Map", "Map"), strict=False):
    panel.set(aspect="auto", xlabel="", ylabel=name, yticks=[])

axes[3].plot(centre, profile)
axes[3].set(ylabel="P(disordered)")
axes[4].plot(local_temperature, "k", label="simulated")
axes[4].plot(centre, temperature.mean(axis=0), label="predicted, mean of each column")
axes[4].set(xlabel="Column (sites)", ylabel="$T$ ($J/k_B$)", xlim=(-0.5, N_COLS - 0.5))
axes[4].legend(loc="lower right")
critical_column = np.interp(exact.CRITICAL_TEMPERATURE, local_temperature, np.arange(N_COLS))
for panel in axes:
    panel.axvline(critical_column, color="C1")
figure.savefig("local_map.png", dpi=150)
