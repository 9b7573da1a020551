"""
How good can a classifier of phases be? The exact threshold on the energy
=========================================================================

Near the critical temperature a finite lattice does not determine its phase, so no classifier is
always right. In equilibrium the best possible classifier of whole lattices is known exactly. This
example compares networks with it.
"""

# %%
# Bayes' rule
# -----------
# At temperature T the probability of a lattice of energy E is exp(-E / T) / Z(T). It depends on the
# lattice through E alone. Kaufman's exact partition function Z of the periodic lattice is
# `log_partition_function`. If all temperatures of the test are equally likely, the probability of
# disorder is therefore
#
# .. math::
#    P(T > T_c \,|\, E) = \frac{\sum_{T > T_c} e^{-E / T} / Z(T)}{\sum_{T} e^{-E / T} / Z(T)} .
#
# It rises with E. The best classifier calls a lattice disordered if this probability is above 1/2,
# that is, if its energy is above a threshold. No other classifier has a larger mean accuracy over
# these temperatures. It uses the whole lattice and knows the temperatures of the test.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import special

from skising import BlockAveragingClassifier, exact, make_ising
from skising.scaling import accuracy_curve

LATTICE_SIZE = 32
tc = exact.CRITICAL_TEMPERATURE
temperatures = np.linspace(tc - 0.6, tc + 0.6, 40)


def probability_disordered(energy):
    """Return P(T > Tc | E), given energies per spin."""
    total = LATTICE_SIZE**2 * np.asarray(energy)[:, np.newaxis]
    log_p = -total / temperatures - exact.log_partition_function(temperatures, LATTICE_SIZE)
    return special.softmax(log_p, axis=1)[:, temperatures > tc].sum(axis=1)


energies = np.linspace(-1.8, -1.0, 401)
threshold = np.interp(0.5, probability_disordered(energies), energies)
print(f"threshold: {threshold:.4f} J per spin; ", end="")
print(f"mean energy at Tc: {exact.kaufman_energy(tc, LATTICE_SIZE):.4f} J")

# %%
# The threshold is close to the mean energy of these lattices at the critical temperature.
#
# Three classifiers
# -----------------
# The networks average over blocks of 8 x 8 sites. They differ in the features of a block. With
# ``"pair"`` the energy of the bonds inside a block is one of the features. No block contains the
# bonds between blocks.

train = make_ising(2000, LATTICE_SIZE, temperatures, random_state=0)
test = make_ising(300 * len(temperatures), LATTICE_SIZE, temperatures, random_state=1)
is_disordered = test.temperature > tc
is_right = {"best": (probability_disordered(test.energy) > 0.5) == is_disordered}
curves = {}
for descriptor in ("d4", "pair"):
    model = BlockAveragingClassifier(8, descriptor=descriptor, max_epochs=10, random_state=0)
    model.fit(train.data, train.temperature > tc)
    is_right[descriptor] = model.predict(test.data) == is_disordered
    curves[descriptor] = accuracy_curve(
        model, test.data, is_disordered, test.temperature, n_blocks=None, groups=test.chain
    )

# %%
# Accuracy, and the gap to the best
# ---------------------------------
# The accuracies are measured on the same lattices. The gap is the mean of the differences, lattice
# by lattice, and its error is much smaller than that of the accuracies.

near = np.abs(test.temperature - tc) < 0.15
rows = []
for name, right in is_right.items():
    gap = is_right["best"].astype(float) - right
    row = {"classifier": name, "accuracy": right.mean(), "near Tc": right[near].mean()}
    # The lattices of a chain are correlated, so the error is from the scatter of the chains.
    gap_of_chain = pd.Series(gap[near]).groupby(test.chain[near]).mean()
    row |= {"gap near Tc": gap[near].mean(), "error": gap_of_chain.sem()}
    rows.append(row)
print(pd.DataFrame(rows).to_string(index=False, float_format="{:.3f}".format))

best = pd.Series(is_right["best"]).groupby(test.temperature.round(6)).mean()
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(1, 2, figsize=(11, 4.3), layout="constrained")
for k, color in ((17, "#0072b2"), (22, "#d55e00")):
    selected = np.isclose(test.temperature, temperatures[k])
    label = f"lattices at T = {temperatures[k]:.2f}"
    axes[0].hist(test.energy[selected], 15, density=True, color=color, alpha=0.4, label=label)
right_axis = axes[0].twinx()
right_axis.plot(energies, probability_disordered(energies), color="0.2")
right_axis.axvline(threshold, color="0.5", linewidth=0.8, linestyle="--")
right_axis.set(ylabel="probability of disorder, $P(T > T_c | E)$", ylim=(0, 1.05))
axes[0].set(xlabel="energy per spin  ($J$)", ylabel="density")
axes[0].set_ylim(0, 1.3 * axes[0].get_ylim()[1])  # room for the legend
axes[0].legend(frameon=False, fontsize=10, loc="upper left")
axes[1].plot(best.index, best, color="0.2", label="best possible")
styles = {"d4": ("#0072b2", "s"), "pair": ("#d55e00", "o")}
for descriptor, curve in curves.items():
    color, marker = styles[descriptor]
    style = {"color": color, "marker": marker, "markersize": 4, "linestyle": "", "capsize": 2}
    label = f'network, "{descriptor}"'
    axes[1].errorbar(curve.temperature, curve.accuracy, curve.error, label=label, **style)
axes[1].axvline(tc, color="0.6", linewidth=0.8)
axes[1].set(xlabel="temperature $T$  ($J/k_B$)", ylabel="accuracy of whole lattices")
axes[1].legend(frameon=False, fontsize=10)
figure.savefig("best_classifier.png", dpi=150)
print("figure: best_classifier.png")
