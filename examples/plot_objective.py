"""
The loss of a lattice or the loss of its blocks
===============================================

The paper takes the loss on the average over the blocks of a lattice: ``objective="lattice"``. The
alternative treats each block as a separate sample with the label of its lattice:
``objective="block"``. Which objective is better depends on the task.
"""

# %%
# Train with both objectives
# --------------------------
# Five networks are trained with each objective. They start from different weights and see the same
# lattices in different orders. Their scatter shows which differences between the objectives are
# significant.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, BlockAveragingRegressor, exact, make_ising

BLOCK_SIZE, SEEDS = 16, range(5)
train = make_ising(1600, 64, random_state=0, n_jobs=-1)
is_disordered = train.temperature > exact.CRITICAL_TEMPERATURE
settings = {"lr": 3e-3, "max_epochs": 8, "descriptor": "pair"}
OBJECTIVES = ("lattice", "block")


def fitted(Estimator, y, objective, seed):
    """Return a fitted estimator."""
    model = Estimator(BLOCK_SIZE, objective=objective, random_state=seed, **settings)
    return model.fit(train.data, y)


classifiers, regressors = (
    {name: [fitted(Estimator, y, name, seed) for seed in SEEDS] for name in OBJECTIVES}
    for Estimator, y in [
        (BlockAveragingClassifier, is_disordered),
        (BlockAveragingRegressor, train.energy),
    ]
)

# %%
# Test with single blocks and with lattices
# -----------------------------------------
# The test lattices have 128 x 128 sites and temperatures that do not occur in training. The table
# lists the accuracy for single blocks and for whole lattices, and the error of the energy. The best
# possible accuracy for whole lattices is that of the exact threshold on the energy; see
# :ref:`sphx_glr_gallery_plot_best_classifier.py`.

temperatures = np.linspace(2.0, 2.6, 31)
test = make_ising(31 * 32, 128, temperatures, random_state=1, n_jobs=-1)
truth = test.temperature > exact.CRITICAL_TEMPERATURE
rows, errors, probabilities = [], {}, {}
for objective in OBJECTIVES:
    for classifier, regressor in zip(classifiers[objective], regressors[objective], strict=True):
        blocks = classifier.predict_blocks(test.data).reshape(len(test.data), -1)
        block_is_right = (blocks > 0.5) == truth[:, np.newaxis]
        lattice_is_right = (blocks.mean(axis=1) > 0.5) == truth
        energy = regressor.predict(test.data)
        row = {
            "objective": objective,
            "accuracy, block": block_is_right.mean(),
            "accuracy, lattice": lattice_is_right.mean(),
            "RMSE of the energy": np.sqrt(np.mean((energy - test.energy) ** 2)),
        }
        rows.append(row)
        errors.setdefault(objective, []).append(energy - test.energy)
        probabilities[objective] = blocks
table = pd.DataFrame(rows).groupby("objective", sort=False).agg(["mean", "std"])
print("mean and standard deviation over the networks:")
print(table.to_string(float_format="{:.4f}".format))
p = exact.probability_disordered(test.energy, 128, temperatures)
print(f"best possible accuracy, lattice: {np.mean((p > 0.5) == truth):.4f}")

# %%
# For phases the objectives differ little. Networks that were trained with ``objective="block"``
# classify slightly more single blocks correctly, and equally many lattices. For the energy
# ``objective="lattice"`` is far better. The energy of a block scatters about the energy of its
# lattice. With ``objective="block"`` this scatter is noise in the labels. The loss is then least if
# the network predicts the mean energy of all training lattices that have such a block. This mean
# depends on how frequent the energies are in the training set. Its average over the blocks of a
# lattice is not the energy of the lattice: here it is too high, above all where :math:`T > T_c`.
# More blocks do not remove this bias. With ``objective="lattice"`` only the average matters, so the
# network can predict the energy of the block itself. The left panel shows the output of one network
# for each objective, the right panel the mean error of the five.

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2))
is_shown = np.isclose(test.temperature, 2.3)
for objective, fmt in (("lattice", "o-"), ("block", "s-")):
    label = f'objective="{objective}"'
    blocks = probabilities[objective][is_shown].ravel()
    axes[0].hist(blocks, np.linspace(0, 1, 26), density=True, histtype="step", lw=1.5, label=label)
    bias = np.mean(errors[objective], axis=0).reshape(31, -1).mean(axis=1)
    axes[1].plot(temperatures, bias, fmt, ms=4)
axes[0].set(xlabel="P(disordered) of a block, at $T = 2.3$", ylabel="Density")
axes[0].legend()
axes[1].axhline(0, color="0.6", ls=":")
axes[1].axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--")
axes[1].set(xlabel="Temperature $T$ ($J/k_B$)", ylabel="Predicted - measured energy ($J$)")
figure.savefig("objective.png", dpi=150)
