"""
The best possible accuracy of a block: Bayes' rule for blocks of 3 and 4 sites
==============================================================================

One small block contains limited information about the phase of the whole lattice. For blocks of 3 x
3 and 4 x 4 sites the best possible accuracy can be computed by counting blocks. This example
compares a trained network with this limit.
"""

# %%
# All blocks and their orbits
# ---------------------------
# Rotations, reflections and a flip of all spins map blocks to each other that contain the same
# information about the phase. Such blocks form an orbit. There are 51 orbits of blocks of 3 x 3
# sites and 4,324 of 4 x 4. The code below represents a block by an integer with a binary digit for
# each site.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, exact, make_ising
from skising.display import AccuracyCurveDisplay

DIGITS = {size: 1 << np.arange(size * size).reshape(size, size) for size in (3, 4)}


def all_blocks(size):
    """Return all blocks of size x size sites, with 0 and 1 for the spins."""
    numbers = np.arange(2 ** (size * size))
    return (numbers[:, np.newaxis, np.newaxis] & DIGITS[size] > 0).astype(int)


def orbits(size):
    """Return the orbit number of each block, and one block of each orbit, as spins."""
    bits = all_blocks(size)
    turned = [np.rot90(b, k, axes=(1, 2)) for b in (bits, bits[:, ::-1]) for k in range(4)]
    images = [np.tensordot(image, DIGITS[size]) for b in turned for image in (b, 1 - b)]
    first_blocks, orbit_numbers = np.unique(np.min(images, axis=0), return_inverse=True)
    return orbit_numbers, 2 * bits[first_blocks] - 1


orbit_of_block = {size: orbits(size)[0] for size in DIGITS}
for size, orbit_numbers in orbit_of_block.items():
    print(f"{size} x {size}: {orbit_numbers.max() + 1:,} orbits")

# %%
# Count the orbits
# ----------------
# The code counts how often each orbit occurs at each temperature, at all positions of periodic
# lattices. Ten batches of independent lattices give the errors.

temperatures = np.linspace(1.2, 3.6, 40)
is_disordered = temperatures > exact.CRITICAL_TEMPERATURE
N_BATCHES, LATTICES_PER_BATCH, LATTICE_SIZE = 10, 8, 64


def count(size, X):
    """Return how often each orbit occurs in each batch, shape (n_batches, n_orbits)."""
    numbers = np.zeros(X.shape, np.int32)
    for (i, j), digit in np.ndenumerate(DIGITS[size]):
        numbers += digit.astype(np.int32) * (np.roll(X, (-i, -j), axis=(1, 2)) > 0)
    batches = orbit_of_block[size][numbers].reshape(N_BATCHES, -1)
    n_orbits = orbit_of_block[size].max() + 1
    return [np.bincount(batch, minlength=n_orbits) for batch in batches]


counts = {size: [] for size in DIGITS}
n_lattices = N_BATCHES * LATTICES_PER_BATCH
for seed, temperature in enumerate(temperatures):
    X = make_ising(n_lattices, LATTICE_SIZE, [temperature], random_state=seed).data
    for size in DIGITS:
        counts[size].append(count(size, X))
n_blocks = n_lattices * LATTICE_SIZE**2
frequency = {size: np.array(c) / (n_blocks / N_BATCHES) for size, c in counts.items()}
print(f"{n_blocks * len(temperatures):,} blocks of each size")

# %%
# Bayes' rule
# -----------
# Let all 40 temperatures be equally likely. The best rule then calls a block disordered if most
# blocks of its orbit come from temperatures above the critical temperature. This is Bayes' rule.
# Its accuracy would be too high on the data that determine the rule. The rule is therefore
# determined from one half of the batches and tested on the other half, and vice versa.


def accuracy(frequency, calls_disordered):
    """Return the fraction of correct answers, shape (n_temperatures, n_batches)."""
    called_disordered = frequency @ calls_disordered
    return np.where(is_disordered[:, np.newaxis], called_disordered, 1 - called_disordered)


def probability_disordered(frequency):
    """Return P(T > Tc | orbit)."""
    mean = frequency.mean(axis=1)
    return mean[is_disordered].sum(axis=0) / np.maximum(mean.sum(axis=0), 1e-300)


def limit(frequency):
    """Return the accuracy of Bayes' rule."""
    even, odd = frequency[:, ::2], frequency[:, 1::2]
    halves = [
        accuracy(test, probability_disordered(train) > 0.5)
        for test, train in ((even, odd), (odd, even))
    ]
    return np.stack(halves, axis=-1).reshape(len(frequency), -1)


def mean_and_error(values):
    """Return the mean over the batches at each temperature, and its standard error."""
    return values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(N_BATCHES)


limits = {size: limit(f) for size, f in frequency.items()}

# %%
# A trained network
# -----------------
# With ``objective="block"`` the loss is taken on each block. It is least if the network returns
# :math:`P(T > T_c \,|\, \text{block})`, which leads to Bayes' rule. With ``objective="lattice"``,
# the default, the loss is least if the averages over lattices are right. The probabilities of
# single blocks then differ. The network predicts one block of each orbit. These predictions and the
# counts give its accuracy on all counted blocks.

train = make_ising(2000, LATTICE_SIZE, temperatures, target="phase", random_state=1000)
model = BlockAveragingClassifier(
    4, objective="block", lr=3e-3, max_epochs=10, random_shift=True, random_state=0
)
model.fit(train.data, train.target)
representatives = orbits(4)[1]
calls_disordered = model.predict(representatives) == 1

# %%
# Compare the network with the limit
# ----------------------------------
# No rule can be better than Bayes' rule on average over the temperatures. At a single temperature a
# rule can be better because of ties. A tie is a block that is equally likely in both phases. To
# call it ordered or disordered does not change the mean accuracy. But it raises the accuracy on one
# side of the critical temperature and lowers it on the other. For 4 x 4 sites the block with one
# flipped spin in its corner is nearly a tie, and it occurs often. To compare the network with
# Bayes' rule at a single temperature, both must decide ties in the same way. Here a block counts as
# a tie if its probability is from 0.48 to 0.52.

P = probability_disordered(frequency[4])
weight = frequency[4].mean(axis=(0, 1))
is_tie = np.abs(P - 0.5) < 0.02
tie = np.argmax(weight * is_tie)
for row in representatives[tie]:
    print(*np.where(row == 1, "+", "-"))
print(f"{weight[tie]:.1%} of all blocks are in the orbit of this block, ", end="")
print(f"P(T > Tc | block) = {P[tie]:.3f}")

same_ties = np.where(is_tie, P > 0.5, calls_disordered)
gap = 100 * (accuracy(frequency[4], calls_disordered) - limits[4])
gap_same_ties = 100 * (accuracy(frequency[4], same_ties) - limits[4])
for size, values in limits.items():
    mean = 100 * values.mean(axis=0)
    error = mean.std(ddof=1) / np.sqrt(N_BATCHES)
    print(
        f"{size} x {size}: the best rule is right in {mean.mean():.2f}({100 * error:.0f}) %", end=""
    )
    print(" of the blocks")
print("network minus limit for 4 x 4, in percentage points:")
print(f"  mean over the temperatures            {gap.mean():+.2f}")
print(f"  largest at one temperature            {np.abs(gap.mean(axis=1)).max():.2f}")
print(f"  largest, with ties as in Bayes' rule  {np.abs(gap_same_ties.mean(axis=1)).max():.2f}")

curves = pd.concat(
    pd.DataFrame({"temperature": temperatures, "accuracy": mean, "error": error}).assign(
        block_size=size, n_blocks=1
    )
    for size, (mean, error) in ((size, mean_and_error(v)) for size, v in limits.items())
)
plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2))
AccuracyCurveDisplay.from_frame(curves, ax=axes[0], marker="", capsize=0)
of_network = accuracy(frequency[4], same_ties).mean(axis=1)
axes[0].plot(temperatures, of_network, "C1o", ms=4, label=r"network, $\ell = 4$")
axes[0].legend(title="limit and network")
axes[1].axhspan(-0.3, 0.3, color="0.9", label=r"$\pm$ 0.3")
axes[1].axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--")
for values, fmt, label in [
    (gap, "s", "network"),
    (gap_same_ties, "o", "network, ties as in Bayes' rule"),
]:
    axes[1].errorbar(temperatures, *mean_and_error(values), fmt=fmt, ms=4, label=label)
axes[1].set(xlabel="Temperature $T$ ($J/k_B$)", ylabel="Network minus limit (percentage points)")
axes[1].legend()
figure.savefig("window_limit.png", dpi=150)
