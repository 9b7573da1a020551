"""Classifiers of single blocks of Potts lattices, trained several times on different lattices."""

import time

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from skising import BlockAveragingClassifier, PairCorrelationDescriptor, make_potts

N_NETWORKS = 5  # of each size, each trained on lattices of its own


class PottsBlockFeatures(TransformerMixin, BaseEstimator):
    """Pair correlations of a block up to distance 4, and the block's own order parameter."""

    spins = "potts"

    def __init__(self, n_states):
        self.n_states = n_states

    def fit(self, X, y=None):
        distance = min(4, X.shape[1] - 1)
        self.pairs_ = PairCorrelationDescriptor(distance, spins="potts", n_states=self.n_states)
        self.pairs_.fit(X)
        return self

    def transform(self, X):
        return np.column_stack([self.pairs_.transform(X), order_parameter(X, self.n_states)])


def order_parameter(blocks, n_states):
    """Return (q sum m_a^2 - 1) / (q - 1) of each block, shape (n_blocks,)."""
    counts = [np.count_nonzero(blocks == state, axis=(1, 2)) for state in range(n_states)]
    n_sites = blocks.shape[1] * blocks.shape[2]
    squares = np.sum(np.square(counts), axis=0) / n_sites**2
    return ((n_states * squares - 1) / (n_states - 1)).astype(np.float32)


def open_energy(blocks):
    """Return the energy per bond of the bonds inside each block, shape (n_blocks,)."""
    bonds = [blocks[:, 1:] == blocks[:, :-1], blocks[:, :, 1:] == blocks[:, :, :-1]]
    return -np.mean([pairs.mean(axis=(1, 2)) for pairs in bonds], axis=0)


def training_sets(n_states, lattice_size, temperatures, n_each, seed, **options):
    """Return lattices and phases of each network's training set: different parts of the chains.

    A set has `n_each` lattices of each temperature, a multiple of the 4 chains.
    """
    n_samples = N_NETWORKS * n_each * len(temperatures)
    potts = make_potts(
        n_samples,
        lattice_size,
        temperatures,
        n_states=n_states,
        target="phase",
        random_state=seed,
        **options,
    )
    part = potts.frame // (n_each // 4)
    return [(potts.data[part == k], potts.target[part == k]) for k in range(N_NETWORKS)]


def train(sets, n_states, block_size, max_epochs):
    """Return the fitted classifiers of one block size, one of each training set."""
    start, models = time.perf_counter(), []
    for seed, (X, phase) in enumerate(sets):
        model = BlockAveragingClassifier(
            block_size,
            descriptor=PottsBlockFeatures(n_states),
            objective="block",
            max_epochs=max_epochs,
            batch_size=8,
            random_shift=True,
            net_params={"module__hidden": (64,)},
            device="cpu",
            random_state=seed,
        )
        models.append(model.fit(X, phase))
    seconds = time.perf_counter() - start
    print(f"q = {n_states}, l = {block_size}: trained in {seconds:.0f} s", flush=True)
    return models


def calls_disordered(model, X):
    """Return the fraction of the blocks of each lattice that are called disordered."""
    probability = model.predict_blocks(X)[..., 1]
    return (probability > 0.5).reshape(len(X), -1).mean(axis=1)


def mean_over_chains(values, chain):
    """Return the mean of values and its standard error from the means of independent chains."""
    means = np.array([values[chain == k].mean(axis=0) for k in np.unique(chain)])
    return means.mean(axis=0), means.std(axis=0, ddof=1) / np.sqrt(len(means))
