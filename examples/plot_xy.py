"""
The XY model: what a classifier sees across the Kosterlitz-Thouless transition
==============================================================================

In the XY model each spin is an angle. Its phases differ from those of the Ising model. Below the
transition, at a temperature of 0.8929, there is no long-range order, and the correlation length is
infinite at every temperature. Above it the spins are disordered, with a finite correlation length.
This example trains classifiers of the phase, and says what their curves mean and what they do not
mean.
"""

# %%
# The lattices
# ------------
# The clock model with 65,536 states stands for the XY model. The classifiers of the phase are
# trained on temperatures well below and well above the transition, which is at
# :math:`T_\mathrm{BKT} = 0.8929`.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, PairCorrelationDescriptor, make_clock
from skising.observables import helicity_modulus
from skising.scaling import accuracy_curve, temperature_window

N_STATES, T_BKT = 65_536, 0.8929
temperatures = np.linspace(0.5, 1.4, 19)
test = make_clock(19 * 80, 32, temperatures, random_state=0)
train = make_clock(
    800, 32, [*np.linspace(0.5, 0.875, 8), *np.linspace(1.05, 1.4, 8)], random_state=1
)

# %%
# Energy and helicity modulus
# ---------------------------
# The energy is smooth, and its derivative has no singularity that could be seen. The helicity
# modulus, the stiffness against a twist of the spins, tells the phases apart. In the infinite
# lattice it jumps from :math:`2 T / \pi` to 0 at the transition. In a lattice of 32 x 32 sites the
# jump is rounded, and the curve crosses the line :math:`2 T / \pi` above the transition.

rows = []
for T in temperatures:
    at_T = test.temperature == T
    upsilon = helicity_modulus(test.data[at_T], T, n_states=N_STATES, groups=test.chain[at_T])
    rows.append((T, test.energy[at_T].mean(), *upsilon))
stiffness = pd.DataFrame(rows, columns=["T", "energy", "helicity modulus", "error"])
stiffness["2 T / pi"] = 2 * temperatures / np.pi
print(stiffness[::2].to_string(index=False, float_format="{:.3f}".format))

k = np.flatnonzero(stiffness["helicity modulus"] < stiffness["2 T / pi"])[0]
print(f"2 T / pi is crossed between T = {temperatures[k - 1]:.2f} and {temperatures[k]:.2f}")

# %%
# Classifiers
# -----------
# There is one classifier for each block size :math:`\ell`. The features of a block are its pair
# correlations, which are invariant under rotations and reflections of all spins. The accuracy is
# that of single blocks, and its window is the range of temperatures where it is below 70 %.


def accuracies(boundary, is_trained, max_epochs):
    """Train classifiers of T >= boundary; return the accuracy curve and mean probabilities."""
    X, y = train.data[is_trained], (train.temperature >= boundary).astype(int)[is_trained]
    models = []
    for size in (4, 8, 16):
        pairs = PairCorrelationDescriptor(min(4, size - 1), spins="clock", n_states=N_STATES)
        model = BlockAveragingClassifier(
            size, descriptor=pairs, max_epochs=max_epochs, batch_size=16, random_state=0
        )
        models.append(model.fit(X, y))
    is_above = (test.temperature >= boundary).astype(int)
    curve = accuracy_curve(models, test.data, is_above, test.temperature, groups=test.chain)
    probability = [model.predict_proba(test.data)[:, 1] for model in models]
    means = [[P[test.temperature == T].mean() for T in temperatures] for P in probability]
    return curve, dict(zip((4, 8, 16), means, strict=True))


def print_windows(curve):
    """Print where the accuracy of blocks is below 70 %."""
    windows = temperature_window(curve, threshold=0.7, n_resamples=200, random_state=0)
    for window in windows.itertuples():
        size, width, error = window.block_size, window.width, window.width_error
        print(f"l = {size:2}: width {width:.3f} +- {error:.3f}, times l {size * width:.2f}")


far = (train.temperature < 0.77) | (train.temperature > T_BKT)
curve, probability = accuracies(T_BKT, far, max_epochs=6)
print("classifiers of the phase")
print_windows(curve)

# %%
# A control without a transition
# ------------------------------
# The windows shrink, more slowly than :math:`1 / \ell`. In the Ising model a block fails where it
# is smaller than the correlation length, which is finite on both sides of the transition. Here the
# correlation length is infinite at every temperature below the transition. So the window cannot
# close for that reason, and something else makes blocks right. The control shows what it is.
# Classifiers are trained to tell :math:`T < 0.7` from :math:`T > 0.7`. All their training lattices
# are below the transition, and the model has no transition at 0.7.

T_CONTROL = 0.7
near = (train.temperature > T_CONTROL + 0.06) & (train.temperature < T_BKT)
near |= train.temperature < T_CONTROL - 0.06
control, _ = accuracies(T_CONTROL, near, max_epochs=15)
print("classifiers of T > 0.7")
print_windows(control)

# %%
# The windows of the control shrink in the same way. Both kinds of classifiers are thermometers. The
# correlations of neighbours change smoothly with the temperature, and their average over a block
# fluctuates by an amount that falls as :math:`1 / \ell`, because the specific heat is finite. So a
# larger block is right closer to the temperature at which the labels change, wherever that is.
#
# Blocks of the XY model tell temperatures apart, larger ones better. But these windows measure no
# correlation length, no exponent and no critical temperature. The classifiers of the phase know the
# transition from their labels alone. The helicity modulus, a response of the whole lattice, does
# show it, within the known size dependence of the jump.

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(2, 2, figsize=(10.5, 7.4))
energies, moduli, probabilities, windows = axes.flat
energies.plot(temperatures, stiffness["energy"], "o-")
energies.set(ylabel="Energy per site ($J$)", title="energy")
moduli.errorbar(temperatures, stiffness["helicity modulus"], stiffness["error"], fmt="o-")
moduli.plot(temperatures, stiffness["2 T / pi"], "k", label=r"$2 T / \pi$")
moduli.set(ylabel=r"$\Upsilon$ ($J$)", title="helicity modulus")
for (size, P), fmt in zip(probability.items(), ("C0o", "C1s", "C2^"), strict=True):
    probabilities.plot(temperatures, P, fmt + "-", label=rf"$\ell = {size}$")
    windows.plot("temperature", "accuracy", fmt + "-", data=curve[curve.block_size == size])
    of_control = control[control.block_size == size]
    windows.plot("temperature", "accuracy", fmt + "--", data=of_control, mfc="white")
probabilities.set(ylabel="Mean over blocks", title=r"probability of $T > T_\mathrm{BKT}$")
windows.axvline(T_CONTROL, color="0.6", ls=":")
windows.set(ylabel="Accuracy of a block", title="accuracy; dashed: the control, $T > 0.7$")
for panel in axes.flat:
    panel.axvline(T_BKT, color="0.6", ls="--")
    panel.set_xlabel("Temperature $T$ ($J/k_B$)")
for panel in (moduli, probabilities):
    panel.legend()
figure.savefig("xy.png", dpi=150)
