"""The Metropolis kernel against its slow twin; p-values as in `statistical`."""

import naive
import numpy as np
import pytest
from scipy import stats
from statistical import assert_p_value, assert_standard_normal

from skising._kernels import metropolis as multispin
from skising.exact import CRITICAL_TEMPERATURE
from skising.observables import energy_density

TC = CRITICAL_TEMPERATURE


def flip_thresholds(temperature):
    return np.array([int(np.exp(-cost / temperature) * 2**64) for cost in (4, 8)], np.uint64)


def seeded_generators(seed):
    return np.random.SeedSequence(seed).generate_state(multispin.N_STATE_WORDS, np.uint64)


def packed(lattices):
    """Pack 64 lattices site by site into words, in the layout of `_kernels.metropolis`."""
    size = lattices.shape[1]
    words = np.zeros(multispin.n_words(size), np.uint64)
    for i, j in np.ndindex(size, size):
        colour, k = (i + j) % 2, j // 2
        bits = (lattices[:, i, j] > 0) @ (1 << np.arange(64, dtype=np.uint64))
        for copy in (k, k - size // 2, k + size // 2):
            if -1 <= copy <= size // 2:
                words[multispin.row_start(size, colour, i) + copy] = bits
    return words


def unpacked(words, size):
    lattices = np.empty((64, size, size), np.int8)
    multispin.unpack(words, size, np.uint64(0), lattices)
    return lattices


@pytest.mark.parametrize("size", [4, 6, 32, 34, 66])
def test_unpack_undoes_packing(size):
    lattices = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (64, size, size))
    np.testing.assert_array_equal(unpacked(packed(lattices), size), lattices)


@pytest.mark.parametrize("temperature", [1.5, TC, 5.0])
@pytest.mark.parametrize("size", [4, 6, 34])
@pytest.mark.slow
def test_one_sweep_flips_sites_as_often_as_the_twin(size, temperature):
    # Compares how many sites flip, for each colour and number of equal neighbours.
    rng, state = np.random.default_rng(size), seeded_generators(size)
    possible, flipped = np.zeros((2, 5)), np.zeros((2, 5))
    for _ in range(1 + 2000 // size**2):
        fraction_up = rng.uniform(0.05, 0.95, (64, 1, 1))
        before = np.where(rng.random((64, size, size)) < fraction_up, 1, -1).astype(np.int8)
        words = packed(before)
        multispin.metropolis(words, size, flip_thresholds(temperature), 0, 2 * size, state)
        naive.count_flips(before, unpacked(words, size), possible, flipped)
    p = np.array([naive.metropolis_acceptance(n, temperature) for n in range(5)])
    assert (flipped[:, :2] == possible[:, :2]).all()
    z = (flipped - possible * p)[:, 2:] / np.sqrt(possible * p * (1 - p))[:, 2:]
    assert_standard_normal(z.ravel())


@pytest.mark.parametrize("temperature", [1.8, 2.6, 3.6])
def test_the_lattices_of_a_word_are_uncorrelated(temperature):
    size, n_times = 16, 400
    state, words = seeded_generators(1), np.zeros(multispin.n_words(size), np.uint64)
    multispin.fill_ordered(words)
    thresholds = flip_thresholds(temperature)
    multispin.metropolis(words, size, thresholds, 0, 400 * size, state)
    energies = np.empty((64, n_times))
    for t in range(n_times):
        multispin.metropolis(words, size, thresholds, 0, 120 * size, state)
        energies[:, t] = energy_density(unpacked(words, size))
    pairs = np.corrcoef(energies)[np.triu_indices(64, 1)]
    # The correlation of n independent pairs has the variance 1 / (n - 1).
    assert np.abs(pairs).max() * np.sqrt(n_times - 1) < 5.5
    assert_p_value(stats.norm.sf((np.mean(pairs**2) * (n_times - 1) - 1) / np.sqrt(2 / len(pairs))))


@pytest.mark.parametrize("size", [4, 34])
def test_the_work_of_a_call_changes_nothing(size):
    words, state = (np.zeros(multispin.n_words(size), np.uint64), seeded_generators(2))
    multispin.fill_ordered(words)
    parts, same_state, n_steps = words.copy(), state.copy(), 2 * size * 5
    multispin.metropolis(words, size, flip_thresholds(TC), 0, n_steps, state)
    for first in range(0, n_steps, 3):
        stop = min(first + 3, n_steps)
        multispin.metropolis(parts, size, flip_thresholds(TC), first, stop, same_state)
    np.testing.assert_array_equal(parts, words)
    np.testing.assert_array_equal(same_state, state)
