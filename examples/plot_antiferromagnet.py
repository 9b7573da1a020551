"""
Antiferromagnets: flip one sublattice
=====================================

In an antiferromagnet neighbouring spins tend to be antiparallel. `staggered` flips the spins of one
sublattice, such as the black squares of a chessboard, and turns antiferromagnets into ferromagnets.
All of the library then applies to them. The same holds for other systems whose order has two
sublattices, such as arrays of Rydberg atoms.
"""

# %%
# The lattices
# ------------
# On the square lattice every bond joins the two sublattices. Flipping one of them changes the sign
# of every :math:`s_i s_j`, so the antiferromagnet,
# :math:`H = +J \sum_{\langle ij \rangle} s_i s_j`, has the Boltzmann weights of the ferromagnet.
# The antiferromagnets here are made from the ferromagnets of `make_ising`. This is exact, but it is
# not an independent simulation. Your own lattices would take their place.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, exact, make_ising, staggered
from skising.display import LatticeDisplay
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

table = pd.DataFrame(
    {
        "T": test.temperature,
        "energy": energy_density(staggered(X)),
        "exact": exact.kaufman_energy(test.temperature, 128),
        "|m|": np.abs(magnetization(X)),
        "|m| staggered": np.abs(magnetization(staggered(X))),
    }
)
means = table.groupby("T").mean()
print(means.iloc[[2, 6, 7, 12]].reset_index().to_string(index=False, float_format="{:.3f}".format))

# %%
# A classifier
# ------------
# A classifier that was trained on ferromagnets predicts the phases of the staggered lattices. It
# fails for ``X``, whose blocks are unlike all blocks of its training: it calls every lattice
# disordered.

model = BlockAveragingClassifier(16, descriptor="pair", max_epochs=10, random_state=0)
model.fit(train.data, train.target)
print(f"accuracy, staggered: {model.score(staggered(X), test.target):.1%}")
print(f"accuracy, not staggered: {model.score(X, test.target):.1%}")
print(f"called disordered, not staggered: {model.predict(X).mean():.1%}")

# %%
# Odd sides and open boundaries
# -----------------------------
# A periodic lattice with an odd side has no two sublattices, and `staggered` warns. A part of a
# larger lattice, as an experiment sees it, has open boundaries and may have any sides: pass
# ``periodic=False`` to `staggered` and to the observables.

T = 2.6
part = staggered(make_ising(40, 512, [T], random_state=2).data)[:, :151, :151]
xi, error = correlation_length(staggered(part, periodic=False), periodic=False)
print(
    f"parts of 151 x 151 sites at T = {T}: correlation length {xi:.2f}({100 * error:.0f}), ", end=""
)
print(f"exact {exact.correlation_length(T):.2f}")

# %%
# The figure shows 64 x 64 sites of an antiferromagnet just above the critical temperature, and the
# same sites staggered, where the domains are easy to see. The other panels are averages over the
# lattices of each temperature.

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 4, figsize=(14, 3.6))
near_tc = X[test.temperature == temperatures[7]][:1, :64, :64]
for panel, lattice, title in (
    (axes[0], near_tc[0], f"antiferromagnet, $T = {temperatures[7]:.1f}$"),
    (axes[1], staggered(near_tc)[0], "the same, staggered"),
):
    LatticeDisplay.from_lattice(lattice, ax=panel)
    panel.set_title(title)

fine = np.linspace(1.6, 3.0, 400)
axes[2].plot(fine, exact.spontaneous_magnetization(fine), "k", label=r"exact, $L = \infty$")
axes[2].plot(temperatures, means["|m| staggered"], "o", label="staggered")
axes[2].plot(temperatures, means["|m|"], "s", label="not staggered")
axes[2].set(title="magnetization", ylabel="$|m|$")
for marker, label, lattices in (("o", "staggered", staggered(X)), ("s", "not staggered", X)):
    probability = model.predict_proba(lattices)[:, 1].reshape(len(temperatures), -1)
    axes[3].plot(temperatures, probability.mean(axis=1), marker=marker, label=label)
axes[3].axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--")
axes[3].set(title="the disordered phase", ylabel="Probability")
for panel in axes[2:]:
    panel.set(xlabel="Temperature $T$ ($J/k_B$)")
    panel.legend()
figure.savefig("antiferromagnet.png", dpi=150)
