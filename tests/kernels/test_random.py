"""The random number generator against its reference and its slow twin, and a bad generator."""

import itertools

import naive
import numpy as np
import pytest
from numba import njit
from scipy import stats
from statistical import assert_p_value, seeded_state

from skising._kernels.random import bernoulli_word, next_word
from skising.exact import CRITICAL_TEMPERATURE, kaufman_energy

TC = CRITICAL_TEMPERATURE
ALL = 2**64 - 1


def test_the_first_words_are_those_of_the_reference():
    # Printed by the authors' C code, https://prng.di.unimi.it.
    state = np.array([1, 2, 3, 4], np.uint64)
    assert [next_word(state) for _ in range(5)] == [
        41943041,
        58720359,
        3588806011781223,
        3591011842654386,
        9228616714210784205,
    ]


@pytest.mark.parametrize("seed", range(3))
def test_words_equal_those_of_the_twin(seed):
    state = seeded_state(seed)
    twin = naive.xoshiro256plusplus(state.tolist())
    assert [next_word(state) for _ in range(1000)] == list(itertools.islice(twin, 1000))


@pytest.mark.parametrize("candidates", [0, 1, 1 << 63, 0x0123456789ABCDEF, ALL])
@pytest.mark.parametrize("threshold", [0, 1, 1 << 63, (1 << 63) + 1, 0x95F619980C4336F7, ALL])
def test_bernoulli_word_equals_that_of_the_twin(threshold, candidates):
    for seed in range(10):
        state = seeded_state(seed)
        words = list(itertools.islice(naive.xoshiro256plusplus(state.tolist()), 64))
        kept = bernoulli_word(np.uint64(threshold), np.uint64(candidates), state)
        assert kept == naive.bernoulli_word(threshold, candidates, words)


@pytest.mark.parametrize("probability", [0.001, 0.3, 0.585786, 0.81])
def test_bernoulli_word_has_its_probability_in_every_bit(probability):
    state, n_words = seeded_state(5), 20000
    threshold = np.uint64(int(probability * 2**64))
    words = [bernoulli_word(threshold, np.uint64(ALL), state) for _ in range(n_words)]
    bits = np.array(words, np.uint64)[:, np.newaxis] >> np.arange(64, dtype=np.uint64)
    kept = np.count_nonzero(bits & np.uint64(1), axis=0)
    z = (kept - n_words * probability) / np.sqrt(n_words * probability * (1 - probability))
    assert_p_value(stats.chi2.sf(z @ z, 64))


# A bad generator, which the tests of equilibrium would notice


@njit
def r250(words, position):
    """Return the next 32-bit number x(n) = x(n - 103) ^ x(n - 250), and the position after it."""
    words[position] ^= words[(position + 147) % 250]
    return words[position], (position + 1) % 250


@njit
def mean_wolff_energies(size, probability, words, n_blocks, n_steps):
    """Return mean energies over blocks of Wolff steps that draw each bond from R250."""
    n_sites, position = size * size, 0
    spins, stack = np.ones(n_sites, np.int64), np.empty(n_sites, np.int64)
    means = np.zeros(n_blocks)
    for step in range(n_blocks * n_steps):
        word, position = r250(words, position)
        stack[0] = word * n_sites >> 32
        n_waiting, spin = 1, spins[stack[0]]
        spins[stack[0]] = -spin
        while n_waiting > 0:
            n_waiting -= 1
            i, j = divmod(stack[n_waiting], size)
            up, down = (i - 1 if i else size - 1), (i + 1 if i + 1 < size else 0)
            left, right = (j - 1 if j else size - 1), (j + 1 if j + 1 < size else 0)
            for a, b in ((i, left), (i, right), (up, j), (down, j)):
                neighbour = a * size + b
                if spins[neighbour] == spin:
                    word, position = r250(words, position)
                    if word < probability * 2**32:
                        spins[neighbour] = -spin
                        stack[n_waiting] = neighbour
                        n_waiting += 1
        energy = 0
        for i in range(size):
            for j in range(size):
                energy -= spins[i * size + j] * (
                    spins[(i - 1) * size + j] + spins[i * size + j - 1]
                )
            # Index i * size - 1 is the last site of the row above; the neighbour is in row i.
            energy -= spins[i * size] * (spins[i * size + size - 1] - spins[i * size - 1])
        means[step // n_steps] += energy / n_sites / n_steps
    return means


@pytest.mark.slow
def test_a_bad_generator_is_noticed():
    # 8e6 steps give e = -1.4551(1); R250 is known for this error (Ferrenberg, Landau, Wong 1992).
    words = np.random.default_rng(0).integers(0, 2**32, 250)
    means = mean_wolff_energies(16, 1 - np.exp(-2 / TC), words, 65, 20000)[5:]
    error = means.std(ddof=1) / np.sqrt(len(means))
    assert (means.mean() - kaufman_energy(TC, 16)) / error < -5
    assert abs(means.mean() + 1.4551) < 4 * error
