"""
Antiferromagnets: flip one sublattice
=====================================

In an antiferromagnet neighbouring spins tend to be antiparallel. `staggered` flips the spins of one
sublattice, as of the black squares of a chessboard, and turns antiferromagnets into ferromagnets.
All of the library then applies to them. The same holds for other systems with an order of two
sublattices, such as arrays of Rydberg atoms.
"""

# %%
# The lattices
# ------------
# On the square lattice every bond joins the two sublattices. Flipping one of them changes the sign
# of every s_i s_j, so the antiferromagnet, H = +J sum s_i s_j, has the Boltzmann weights of the
# ferromagnet. The antiferromagnets here are made from the ferromagnets of `make_ising`. This is
# exact, but it is no independent simulation. Your own lattices would take their place.

import matplotlib.pyplot as plt
import numpy as np

from skising import BlockAveragingClassifier, exact, make_ising, staggered
from skising.observables import correlation_length, energy_density, magnetization

temperatures = np.linspace(1.6, 3.0, 15)
train = make_ising(1500, 64, temperatures, target="phase", random_state=0)
test = make_ising(300, 128, temperatures, target="phase", random_state=1)
X = staggered(test.data)

# %%
# Energy and order
# ----------------
# The magnetization of an antiferromagnet is about 0 at all temperatures. The magnetization of
# ``staggered(X)`` is the staggered magnetization, which tells the phases apart. The energy of
# ``staggered(X)`` is that of the antiferromagnet.

order, m = np.abs(magnetization(staggered(X))), np.abs(magnetization(X))
energy = energy_density(staggered(X))
for T in temperatures[[2, 6, 7, 12]]:
    e, exact_e = energy[test.temperature == T].mean(), exact.kaufman_energy(T, 128)
    means = [values[test.temperature == T].mean() for values in (m, order)]
    print(f"T = {T:.1f}: energy {e:+.3f}, exact {exact_e:+.3f}, ", end="")
    print("|m| {:.3f}, staggered {:.3f}".format(*means))

# %%
# A classifier
# ------------
# A classifier that was trained on ferromagnets predicts the phases of the staggered lattices. It
# does not know those of `X`, whose blocks are unlike all that it was trained on.

model = BlockAveragingClassifier(16, descriptor="pair", max_epochs=10, random_state=0)
model.fit(train.data, train.target)
print(f"accuracy, staggered: {model.score(staggered(X), test.target):.1%}")
print(f"accuracy, not staggered: {model.score(X, test.target):.1%}")
disordered = {
    "staggered": model.predict_proba(staggered(X))[:, 1],
    "not staggered": model.predict_proba(X)[:, 1],
}

# %%
# Odd sides and open boundaries
# -----------------------------
# A periodic lattice with an odd side has no two sublattices, and `staggered` warns. A part of a
# larger lattice, as an experiment sees it, has open boundaries and may have any sides: pass
# ``periodic=False``, to the observables, too.

T = 2.6
part = staggered(make_ising(40, 512, [T], random_state=2).data)[:, :151, :151]
xi, error = correlation_length(staggered(part, periodic=False), periodic=False)
print(
    f"correlation length of parts of 151 x 151 sites at T = {T}: {xi:.2f}({100 * error:.0f}), ",
    end="",
)
print(f"exact {exact.correlation_length(T):.2f}")

# %%
# The figure shows 64 x 64 sites of an antiferromagnet just above the critical temperature, and the
# same sites staggered, where the domains are easy to see. The other panels are averages over all
# lattices. The classifier takes antiferromagnets that are not staggered for disordered at every
# temperature.

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
BLUE, RED = "#0072b2", "#d55e00"
shown = np.flatnonzero(test.temperature == temperatures[7])[0]
figure, axes = plt.subplots(1, 4, figsize=(14, 3.6), layout="constrained")
for panel, lattice, title in (
    (axes[0], X[shown], f"antiferromagnet, $T = {temperatures[7]:.1f}$"),
    (axes[1], staggered(X[shown : shown + 1])[0], "the same, staggered"),
):
    panel.imshow(lattice[:64, :64], cmap="gray_r", interpolation="nearest")
    panel.set(title=title, xticks=[], yticks=[])
    panel.spines[:].set_visible(True)
line = np.linspace(1.6, 3.0, 400)
axes[2].plot(
    line,
    exact.spontaneous_magnetization(line),
    color="black",
    lw=1.2,
    label=r"exact, $L = \infty$",
)
for values, color, marker, label in (
    (order, BLUE, "o", "staggered"),
    (m, RED, "s", "not staggered"),
):
    means = [values[test.temperature == T].mean() for T in temperatures]
    axes[2].plot(temperatures, means, color=color, marker=marker, ls="", ms=5, label=label)
axes[2].set(xlabel="temperature $T$  ($J/k_B$)", ylabel="$|m|$", title="magnetization")
axes[2].legend(frameon=False, fontsize=9, loc="upper right")
for (label, values), color, marker in zip(disordered.items(), (BLUE, RED), "os", strict=True):
    means = [values[test.temperature == T].mean() for T in temperatures]
    axes[3].plot(temperatures, means, color=color, marker=marker, ms=5, lw=1, label=label)
axes[3].axvline(exact.CRITICAL_TEMPERATURE, color="0.6", lw=1, ls="--")
axes[3].set(xlabel="temperature $T$  ($J/k_B$)", ylabel="probability", title="the disordered phase")
axes[3].legend(frameon=False, fontsize=9)
figure.savefig("antiferromagnet.png", dpi=150)
print("figure: antiferromagnet.png")
