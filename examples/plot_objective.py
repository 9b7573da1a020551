"""
The loss of a lattice, or of its blocks
=======================================

The paper takes the loss on the average over a lattice's blocks: ``objective="lattice"``. One may as
well take every block for a sample of its own, with the label of its lattice: ``objective="block"``.
Which is better? It depends on what is asked for.
"""

# %%
# Train both ways
# ---------------
# Five networks each, which see the same lattices in different orders and start from other
# weights, so that differences can be laid beside chance.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, BlockAveragingRegressor, exact, make_ising

BLOCK_SIZE, SEEDS = 16, range(5)
train = make_ising(1600, 64, random_state=0, n_jobs=-1)
is_disordered = train.temperature > exact.CRITICAL_TEMPERATURE
settings = {"lr": 3e-3, "max_epochs": 8, "descriptor": "pair"}
OBJECTIVES = ("lattice", "block")


def fit(Estimator, y, objective, seed):
    """Return a fitted estimator."""
    model = Estimator(BLOCK_SIZE, objective=objective, random_state=seed, **settings)
    return model.fit(train.data, y)


classifiers, regressors = (
    {which: [fit(Estimator, y, which, seed) for seed in SEEDS] for which in OBJECTIVES}
    for Estimator, y in [
        (BlockAveragingClassifier, is_disordered),
        (BlockAveragingRegressor, train.energy),
    ]
)

# %%
# Judge both ways
# ---------------
# By the answer for a lattice of 128 x 128 sites, and by that for a single block of it, of
# temperatures that were not seen in training.

temperatures = np.linspace(2.0, 2.6, 31)
test = make_ising(31 * 32, 128, temperatures, random_state=1, n_jobs=-1)
truth = test.temperature > exact.CRITICAL_TEMPERATURE
rows, errors, probabilities = [], {}, {}
for which in OBJECTIVES:
    for model, energy_model in zip(classifiers[which], regressors[which], strict=True):
        blocks = model.predict_blocks(test.data).reshape(len(test.data), -1)
        right = (blocks > 0.5) == truth[:, np.newaxis]
        lattice_is_right = (blocks.mean(axis=1) > 0.5) == truth
        energy = energy_model.predict(test.data)
        row = {
            "objective": which,
            "accuracy, block": right.mean(),
            "accuracy, lattice": lattice_is_right.mean(),
            "RMSE of the energy": np.sqrt(np.mean((energy - test.energy) ** 2)),
        }
        rows.append(row)
        errors.setdefault(which, []).append(energy - test.energy)
        probabilities[which] = blocks
table = pd.DataFrame(rows).groupby("objective", sort=False).agg(["mean", "std"])
print(table.to_string(float_format="{:.4f}".format))

# %%
# For phases there is little to choose. Single blocks are told right a little more often by the
# networks that were trained to do so, and lattices equally often. For the energy the lattice's
# loss is better by far: a block has not the energy of its lattice, but one of its own that
# scatters about it. To a network that is punished for every block by itself this scatter is noise
# in the label, and it does what is best then: it moves its answer from what the block shows
# towards the mean energy of all lattices that have such blocks. The average over blocks does not
# undo this. Where it is the average that counts, the network may answer what it sees.

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
STYLES = {"lattice": ("#0072b2", "o"), "block": ("#d55e00", "s")}
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2), layout="constrained")
near = np.isclose(test.temperature, 2.3)
for which, (color, marker) in STYLES.items():
    axes[0].hist(
        probabilities[which][near].ravel(),
        bins=np.linspace(0, 1, 26),
        density=True,
        histtype="step",
        color=color,
        lw=1.5,
        label=f'objective="{which}"',
    )
    bias = np.mean(errors[which], axis=0).reshape(31, -1).mean(axis=1)
    axes[1].plot(temperatures, bias, color=color, marker=marker, ms=4, lw=1.2)
axes[0].set(xlabel="P(disordered) of a block, at $T = 2.3$", ylabel="density")
axes[0].legend(frameon=False)
axes[1].axhline(0, color="0.6", lw=0.8, zorder=0)
axes[1].axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--", lw=1, zorder=0)
axes[1].set(xlabel="temperature $T$  ($J/k_B$)", ylabel="predicted - measured energy  ($J$)")
figure.savefig("objective.png", dpi=150)
print("figure: objective.png")
