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
# At temperature :math:`T` the probability of a lattice of energy :math:`E` is
# :math:`e^{-E / T} / Z(T)`. It depends on the lattice through :math:`E` alone, and Kaufman's exact
# formula gives :math:`\ln Z` of the periodic lattice. If all temperatures of the test are equally
# likely, `probability_disordered` returns
#
# .. math::
#    P(T > T_c \,|\, E) = \frac{\sum_{T > T_c} e^{-E / T} / Z(T)}{\sum_{T} e^{-E / T} / Z(T)} .
#
# It rises with :math:`E`. The best classifier calls a lattice disordered if this probability is
# above 1/2, that is, if its energy is above a threshold. No other classifier has a larger mean
# accuracy over these temperatures. It uses the whole lattice and knows the temperatures of the
# test.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, exact, make_ising
from skising.scaling import accuracy_curve

LATTICE_SIZE = 32
tc = exact.CRITICAL_TEMPERATURE
temperatures = np.linspace(tc - 0.6, tc + 0.6, 40)

energies = np.linspace(-1.8, -1.0, 401)
probability = exact.probability_disordered(energies, LATTICE_SIZE, temperatures)
threshold = np.interp(0.5, probability, energies)
print(f"threshold: {threshold:.4f} J per spin; ", end="")
print(f"mean energy at Tc: {exact.kaufman_energy(tc, LATTICE_SIZE):.4f} J")

# %%
# The threshold is close to the mean energy of these lattices at the critical temperature.
#
# Two networks
# ------------
# The networks average over blocks of 8 x 8 sites. They differ in the features of a block. With
# ``"pair"`` the energy of the bonds inside a block is one of the features. No block contains the
# bonds between blocks.

train = make_ising(2000, LATTICE_SIZE, temperatures, random_state=0)
test = make_ising(300 * len(temperatures), LATTICE_SIZE, temperatures, random_state=1)
is_disordered = test.temperature > tc
p = exact.probability_disordered(test.energy, LATTICE_SIZE, temperatures)
is_right = {"best": (p > 0.5) == is_disordered}
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
# All classifiers are tested on the same lattices. The gap is the mean of the differences, lattice
# by lattice. "near Tc" means within 0.15 of the critical temperature.

near = np.abs(test.temperature - tc) < 0.15
rows = []
for name, right in is_right.items():
    gap = is_right["best"].astype(float) - right
    row = {"classifier": name, "accuracy": right.mean(), "accuracy near Tc": right[near].mean()}
    # The lattices of a chain are correlated, so the error is from the scatter of the chains.
    gap_of_chain = pd.Series(gap[near]).groupby(test.chain[near]).mean()
    row |= {"gap near Tc": gap[near].mean(), "error": gap_of_chain.sem()}
    rows.append(row)
print(pd.DataFrame(rows).to_string(index=False, float_format="{:.3f}".format))

# %%
# The left panel shows the energies of the lattices at two temperatures, 0.08 below :math:`T_c` and
# 0.08 above it. The line is the probability of disorder, which passes 1/2 at the threshold.

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 2, figsize=(11, 4.3))
for T in temperatures[[17, 22]]:
    at_T = np.isclose(test.temperature, T)
    label = f"lattices at $T = {T:.2f}$"
    axes[0].hist(test.energy[at_T], 15, density=True, alpha=0.4, label=label)
axes[0].set(xlabel="Energy per spin ($J$)", ylabel="Density")
axes[0].margins(y=0.3)
axes[0].legend(loc="upper left")
right_axis = axes[0].twinx()
right_axis.spines["right"].set_visible(True)
right_axis.plot(energies, probability, color="0.2")
right_axis.axvline(threshold, color="0.6", ls="--")
right_axis.set(ylabel="Probability of disorder $P(T > T_c | E)$", ylim=(0, 1.05))

best = pd.Series(is_right["best"]).groupby(test.temperature.round(6)).mean()
axes[1].plot(best.index, best, color="0.2", label="best possible")
for (descriptor, curve), fmt in zip(curves.items(), ("s", "o"), strict=True):
    label = f'network, "{descriptor}"'
    axes[1].errorbar(curve.temperature, curve.accuracy, curve.error, fmt=fmt, label=label)
axes[1].axvline(tc, color="0.6", ls="--")
axes[1].set(xlabel="Temperature $T$ ($J/k_B$)", ylabel="Accuracy of whole lattices")
axes[1].legend()
figure.savefig("best_classifier.png", dpi=150)
