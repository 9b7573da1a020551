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
from scipy import special

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
print(table.to_string(float_format="{:.4f}".format))
log_p = -(128**2) * test.energy[:, np.newaxis] / temperatures
log_p = log_p - exact.log_partition_function(temperatures, 128)
p = special.softmax(log_p, axis=1)[:, temperatures > exact.CRITICAL_TEMPERATURE].sum(axis=1)
print(f"best possible accuracy, lattice: {np.mean((p > 0.5) == truth):.4f}")

# %%
# For phases the objectives differ little. Networks that were trained with ``objective="block"``
# classify slightly more single blocks correctly, and equally many lattices. For the energy
# ``objective="lattice"`` is far better. The energy of a block scatters about the energy of its
# lattice. With ``objective="block"`` this scatter is noise in the labels. The loss is then least if
# the network predicts the mean energy of all lattices that have such a block, which is biased
# towards the mean of the training set. Averaging over blocks does not remove this bias. With
# ``objective="lattice"`` only the average matters, so the network can predict the energy of the
# block itself.

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
STYLES = {"lattice": ("#0072b2", "o"), "block": ("#d55e00", "s")}
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2), layout="constrained")
is_shown = np.isclose(test.temperature, 2.3)
for objective, (color, marker) in STYLES.items():
    axes[0].hist(
        probabilities[objective][is_shown].ravel(),
        bins=np.linspace(0, 1, 26),
        density=True,
        histtype="step",
        color=color,
        lw=1.5,
        label=f'objective="{objective}"',
    )
    bias = np.mean(errors[objective], axis=0).reshape(31, -1).mean(axis=1)
    axes[1].plot(temperatures, bias, color=color, marker=marker, ms=4, lw=1.2)
axes[0].set(xlabel="P(disordered) of a block, at $T = 2.3$", ylabel="density")
axes[0].legend(frameon=False)
axes[1].axhline(0, color="0.6", lw=0.8, zorder=0)
axes[1].axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--", lw=1, zorder=0)
axes[1].set(xlabel="temperature $T$  ($J/k_B$)", ylabel="predicted - measured energy  ($J$)")
figure.savefig("objective.png", dpi=150)
print("figure: objective.png")
