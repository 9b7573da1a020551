"""
What a window can tell at best: Bayes' rule for blocks of 3 and 4 sites
=======================================================================

A network that sees one small block can only say so much about the phase of the whole lattice. How
much, exactly? For blocks of 3 x 3 and 4 x 4 sites it can be counted, and a trained network laid
beside it.
"""

# %%
# An alphabet of blocks
# ---------------------
# Blocks that rotations, reflections and a flip of all spins take to each other tell the same about
# the phase. They form an orbit: there are 51 of 3 x 3 sites and 4,324 of 4 x 4. A block is a number
# here, with a binary digit for each site.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, exact, make_ising
from skising.display import AccuracyCurveDisplay

SITE = {size: 1 << np.arange(size * size).reshape(size, size) for size in (3, 4)}


def all_blocks(size):
    """Return all blocks, of zeros and ones."""
    numbers = np.arange(2 ** (size * size))
    return (numbers[:, np.newaxis, np.newaxis] & SITE[size] > 0).astype(int)


def orbits(size):
    """Return the orbit of each block, and one block of each orbit, as spins."""
    bits = all_blocks(size)
    turned = [np.rot90(b, k, axes=(1, 2)) for b in (bits, bits[:, ::-1]) for k in range(4)]
    images = [np.tensordot(i, SITE[size]) for b in turned for i in (b, 1 - b)]
    first, orbit = np.unique(np.min(images, axis=0), return_inverse=True)
    return orbit, 2 * bits[first] - 1


orbit = {size: orbits(size)[0] for size in SITE}
print({size: table.max() + 1 for size, table in orbit.items()})

# %%
# Count them
# ----------
# How often does each orbit come up at each temperature, at all positions of periodic lattices? Ten
# batches of independent lattices give the errors.

temperatures = np.linspace(1.2, 3.6, 40)
is_disordered = temperatures > exact.CRITICAL_TEMPERATURE
N_BATCHES, LATTICES, LATTICE_SIZE = 10, 8, 64


def count(size, X):
    """Return how often each orbit comes up in each batch."""
    numbers = np.zeros(X.shape, np.int32)
    for (i, j), digit in np.ndenumerate(SITE[size]):
        numbers += digit.astype(np.int32) * (np.roll(X, (-i, -j), axis=(1, 2)) > 0)
    found = orbit[size][numbers].reshape(N_BATCHES, -1)
    return [np.bincount(batch, minlength=orbit[size].max() + 1) for batch in found]


counts = {size: [] for size in SITE}
for seed, temperature in enumerate(temperatures):
    X = make_ising(N_BATCHES * LATTICES, LATTICE_SIZE, [temperature], random_state=seed).data
    for size in SITE:
        counts[size].append(count(size, X))
n_blocks = N_BATCHES * LATTICES * LATTICE_SIZE**2
frequency = {size: np.array(c) / (n_blocks / N_BATCHES) for size, c in counts.items()}
print(f"{n_blocks * len(temperatures):,} blocks of each size")

# %%
# Bayes' rule
# -----------
# A lattice is equally likely to be of any of the 40 temperatures. Then no rule is right more often
# than the one that calls a block disordered where most of the blocks like it come from above the
# critical temperature. The rule is learnt from one half of the batches and judged on the other, and
# the other way round, since it would look too good on what it was learnt from.


def accuracy(frequency, calls_disordered):
    """Return the fraction of right answers, of shape (n_temperatures, n_batches)."""
    right = frequency @ calls_disordered
    return np.where(is_disordered[:, np.newaxis], right, 1 - right)


def probability_disordered(frequency):
    """Return P(T > Tc | orbit)."""
    mean = frequency.mean(axis=1)
    return mean[is_disordered].sum(axis=0) / np.maximum(mean.sum(axis=0), 1e-300)


def limit(frequency):
    """Return the accuracy of Bayes' rule."""
    even, odd = frequency[:, ::2], frequency[:, 1::2]
    parts = [
        accuracy(here, probability_disordered(there) > 0.5)
        for here, there in ((even, odd), (odd, even))
    ]
    return np.stack(parts, axis=-1).reshape(len(frequency), -1)


def mean_and_error(values):
    """Return the mean over the batches at each temperature, and its error."""
    return values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(N_BATCHES)


limits = {size: limit(f) for size, f in frequency.items()}

# %%
# A trained network
# -----------------
# With ``objective="block"`` the loss is that of each block by itself, and is least where the
# network knows P(T > Tc | block): the rule of Bayes. (The loss of the default, "lattice", is least
# where the averages over lattices are right, which asks for other probabilities of single blocks.)
# What the network answers to one block of each orbit gives its accuracy on the blocks that were
# counted.

train = make_ising(2000, LATTICE_SIZE, temperatures, target="phase", random_state=1000)
model = BlockAveragingClassifier(
    4, objective="block", lr=3e-3, max_epochs=10, random_shift=True, random_state=0
)
model.fit(train.data, train.target)
one_of_each = orbits(4)[1]
calls_disordered = model.predict(one_of_each) == 1

# %%
# At the limit, but for ties
# --------------------------
# No rule can be better on average over the temperatures. At one of them it can: a block that is as
# likely in either phase may be called ordered or disordered at no cost in the mean, to the benefit
# of one side of the critical temperature and the loss of the other. For 4 x 4 such a tie weighs
# much: the block with one flipped spin, in its corner. Two rules, of Bayes and of the network, can
# only be compared at a single temperature if both decide it, and all others with a probability from
# 0.48 to 0.52, in the same way.

P = probability_disordered(frequency[4])
weight = frequency[4].mean(axis=(0, 1))
is_tie = np.abs(P - 0.5) < 0.02
tie = np.argmax(weight * is_tie)
print(f"{weight[tie]:.1%} of all blocks are as this one, P(T > Tc | block) = {P[tie]:.3f}:")
print(one_of_each[tie])

with_ties = np.where(is_tie, P > 0.5, calls_disordered)
gap = 100 * (accuracy(frequency[4], calls_disordered) - limits[4])
gap_but_for_ties = 100 * (accuracy(frequency[4], with_ties) - limits[4])
for size, values in limits.items():
    mean = 100 * values.mean(axis=0)
    error = mean.std(ddof=1) / np.sqrt(N_BATCHES)
    print(
        f"{size} x {size}: the best rule is right in {mean.mean():.2f}({error:.2f}) % of the blocks"
    )
print(f"network: {gap.mean():+.2f} percentage points from that on average, at one temperature")
print(f"at most {np.abs(gap.mean(axis=1)).max():.2f}, or but for ties", end=" ")
print(f"{np.abs(gap_but_for_ties.mean(axis=1)).max():.2f}")

curves = pd.concat(
    pd.DataFrame({"temperature": temperatures, "accuracy": mean, "error": error}).assign(
        block_size=size, n_blocks=1
    )
    for size, (mean, error) in ((size, mean_and_error(v)) for size, v in limits.items())
)
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2), layout="constrained")
AccuracyCurveDisplay.from_frame(curves, ax=axes[0], marker="", capsize=0)
axes[0].plot(
    temperatures,
    accuracy(frequency[4], with_ties).mean(axis=1),
    "o",
    color="#d55e00",
    markersize=4,
    label=r"network, $\ell = 4$",
)
axes[0].legend(frameon=False, title="limit, and network")
axes[1].axhspan(-0.3, 0.3, color="0.9", label=r"$\pm$ 0.3")
axes[1].axvline(exact.CRITICAL_TEMPERATURE, color="0.6", linewidth=0.8)
for values, color, marker, label in [
    (gap, "#0072b2", "s", "network"),
    (gap_but_for_ties, "#d55e00", "o", "network, ties as the limit"),
]:
    style = {"color": color, "marker": marker, "markersize": 4, "linestyle": "", "capsize": 2}
    axes[1].errorbar(temperatures, *mean_and_error(values), label=label, **style)
axes[1].set(xlabel="Temperature $T$ ($J/k_B$)", ylabel="Network above limit (percentage points)")
axes[1].legend(frameon=False)
figure.savefig("window_limit.png", dpi=150)
print("figure: window_limit.png")
