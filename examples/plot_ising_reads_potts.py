"""
An Ising network reads Potts lattices
=====================================

A classifier is trained on Ising lattices alone. It then finds the transition of the 3-state and of
the 10-state Potts model, without further training. This works because the features of a block mean
the same for all spins.
"""

# %%
# Spins as vectors
# ----------------
# A spin is a unit vector, and the features of `PairCorrelationDescriptor` are averages of the inner
# products of two spins. For Ising spins the product is :math:`s_i s_j`. For Potts spins it is
# :math:`(q \, \delta_{s_i s_j} - 1) / (q - 1)`, which is 1 for equal states. In a random lattice it
# averages to 0, as :math:`s_i s_j` does. The first feature is therefore an energy per bond on the
# same scale for every :math:`q`, the second the correlation of next-nearest neighbours, and so on.

import copy

import matplotlib.pyplot as plt
import numpy as np

from skising import (
    BlockAveragingClassifier,
    PairCorrelationDescriptor,
    exact,
    make_ising,
    make_potts,
)

BLOCK_SIZES, N_NETWORKS = (8, 16, 32), 3

# %%
# Train on Ising lattices
# -----------------------
# The temperatures are in units of the critical temperature. Three networks of each block size are
# trained on different lattices. Their scatter is the error of the training.

offsets = np.geomspace(0.005, 0.2, 10)
ising_temperatures = exact.CRITICAL_TEMPERATURE * (1 + np.sort([*-offsets, *offsets]))
models = {size: [] for size in BLOCK_SIZES}
for seed in range(N_NETWORKS):
    ising = make_ising(400, 128, ising_temperatures, target="phase", random_state=seed)
    for size in BLOCK_SIZES:
        model = BlockAveragingClassifier(
            size,
            descriptor="pair",
            max_epochs=8,
            batch_size=8,
            random_shift=True,
            net_params={"module__hidden": (64,)},
            random_state=seed,
        )
        models[size].append(model.fit(ising.data, ising.target))

# %%
# Let them read Potts lattices
# ----------------------------
# A fitted estimator predicts with its descriptor and its network. A copy of the estimator gets the
# same descriptor for Potts spins, and keeps the network.


def reader(model, n_states):
    """Return a copy of an Ising classifier that takes Potts lattices."""
    size = model.block_size_
    descriptor = PairCorrelationDescriptor(spins="potts", n_states=n_states)
    model = copy.copy(model)
    model.descriptor_ = descriptor.fit(np.zeros((1, size, size), np.int8))
    return model


def disordered(model, X, chain):
    """Return the mean probability of the disordered phase for each of the four chains."""
    probability = model.predict_proba(X)[:, 1]
    return np.array([probability[chain == k].mean() for k in np.unique(chain)])


lattices = {}
for q, factors, n_each in (
    (2, 1 + np.linspace(-0.012, 0.012, 9), 40),
    (3, 1 + np.linspace(-0.012, 0.012, 9), 40),
    (10, 1 + np.array([-0.012, -0.006, -0.002, 0.002, 0.006, 0.012]), 8),
):
    Tc = exact.potts_critical_temperature(q)
    lattices[q] = [
        (factor, make_potts(n_each, 128, factor * Tc, n_states=q, random_state=10))
        for factor in factors
    ]
# Shape (networks, temperatures, chains), for each q and block size.
answers = {
    (q, size): np.array(
        [
            [disordered(reader(model, q), potts.data, potts.chain) for _, potts in lattices[q]]
            for model in models[size]
        ]
    )
    for q in lattices
    for size in BLOCK_SIZES
}

# %%
# Where the probability crosses one half
# --------------------------------------
# A straight line through the three temperatures nearest to the crossing gives the temperature at
# which the network finds both phases equally likely. Its error includes the scatter of the chains
# and of the training: chains and networks are drawn again, with replacement. For :math:`q = 2` the
# Potts lattices are Ising lattices, at half the temperature. For :math:`q = 10` the probability
# jumps. The crossing of :math:`q = 3` is closer to :math:`T_c` than that of :math:`q = 2`. Its
# curve is steeper, so that the same error of the probability is a smaller error of the temperature.


def crossing(factors, curve):
    """Return where a curve crosses 1/2, from a line through the three nearest points."""
    near = np.argsort(np.abs(curve - 0.5))[:3]
    slope, intercept = np.polyfit(factors[near], curve[near], 1)
    return (0.5 - intercept) / slope


rng = np.random.default_rng(0)
found = {}
for q in (2, 3):
    factors = np.array([factor for factor, _ in lattices[q]])
    for size in BLOCK_SIZES:
        values = answers[q, size]
        n_networks, n_temperatures, n_chains = values.shape
        resampled = []
        for _ in range(200):
            drawn = values[rng.integers(n_networks, size=n_networks)]
            chains = rng.integers(n_chains, size=(1, n_temperatures, n_chains))
            curve = np.take_along_axis(drawn, np.repeat(chains, n_networks, 0), 2).mean(axis=(0, 2))
            resampled.append(crossing(factors, curve))
        # The variance of n values drawn from n values is too small by (n - 1) / n; n is 3 or 4.
        error = np.std(resampled) * np.sqrt(3 / 2)
        found[q, size] = crossing(factors, values.mean(axis=(0, 2))), error
        at, error = found[q, size]
        print(f"q = {q}, l = {size}: crosses 1/2 at T / Tc = {at:.4f}({1e4 * error:.0f})")
for size in BLOCK_SIZES:
    below, above = answers[10, size].mean(axis=(0, 2))[2:4]
    print(f"q = 10, l = {size}: P = {below:.3f} at T / Tc = 0.998, {above:.3f} at 1.002")

# %%
# The figure shows the mean probability of the disordered phase of a lattice. The larger the block,
# the steeper the curve. At the first-order transition of :math:`q = 10` the energy jumps, and the
# probability jumps with it, for every block size.

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 3, figsize=(11.5, 3.8), sharey=True)
titles = ("$q = 2$ (Ising)", "$q = 3$, continuous", "$q = 10$, first order")
for ax, q, title in zip(axes, lattices, titles, strict=True):
    factors = [factor for factor, _ in lattices[q]]
    for size, fmt in zip(BLOCK_SIZES, ("o-", "s-", "^-"), strict=True):
        values = answers[q, size]
        mean, error = values.mean(axis=(0, 2)), values.mean(axis=0).std(axis=1, ddof=1) / 2
        ax.errorbar(factors, mean, error, fmt=fmt, ms=4, label=rf"$\ell = {size}$")
    ax.axvline(1, color="0.6", ls="--")
    ax.axhline(0.5, color="0.6", ls=":")
    ax.set(xlabel="Temperature $T / T_c(q)$", title=title)
axes[0].set_ylabel("Probability of the disordered phase")
axes[0].legend()
figure.savefig("ising_reads_potts.png", dpi=150)
