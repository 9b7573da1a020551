"""The cluster kernels of the Potts model against their slow twins; p-values as in `statistical`."""

import naive
import numpy as np
import pytest
from scipy import stats
from statistical import assert_frequencies, assert_p_value, seeded_state

from skising._kernels import potts
from skising._kernels.observables import equal_bonds, squared_counts

ALWAYS, NEVER = np.uint64(2**64 - 1), np.uint64(0)


def bond_threshold(temperature):
    return np.uint64(int((1 - np.exp(-1 / temperature)) * 2**64))


def random_lattice(size, n_states, seed, dtype=np.int8):
    rng = np.random.default_rng(seed)
    return rng.integers(n_states, size=(size, size)).astype(dtype)


def index(lattice, n_states):
    return lattice.ravel().astype(int) @ n_states ** np.arange(lattice.size)


def packed(states, n_states):
    n_planes = max(1, (n_states - 1).bit_length())
    planes = np.empty((n_planes, len(states), (len(states) + 63) // 64), np.uint64)
    potts.pack(states, planes)
    return planes


def swendsen_wang(states, n_states, threshold, n_sweeps, state, n_at_once=10**9):
    """Make whole sweeps of a lattice, so many steps in each call of the kernel."""
    size = len(states)
    planes = packed(states, n_states)
    arrays, n_steps = potts.swendsen_wang_arrays(size), 2 * size * n_sweeps
    for first in range(0, n_steps, n_at_once):
        stop = min(first + n_at_once, n_steps)
        potts.swendsen_wang(planes, size, n_states, threshold, first, stop, *arrays, state)
    potts.unpack(planes, states)


def wolff(states, n_states, threshold, n_clusters, state, n_at_once=10**9):
    """Change clusters, visit so many sites in each call of the kernel, and return their size."""
    arrays, n_changed = potts.wolff_arrays(len(states)), 0
    while n_clusters:
        n_clusters, n_visited = potts.wolff(
            states, n_states, threshold, n_clusters, n_at_once, *arrays, state
        )
        assert n_visited <= n_at_once
        n_changed += n_visited
    return n_changed


@pytest.mark.parametrize("update", [swendsen_wang, wolff])
@pytest.mark.parametrize("size", [2, 5, 64, 66])
@pytest.mark.parametrize("temperature", [0.6, 1.0, 3.0])
def test_the_work_of_a_call_changes_nothing(update, size, temperature):
    whole = random_lattice(size, 5, size)
    parts, state, same_state = whole.copy(), seeded_state(size), seeded_state(size)
    update(whole, 5, bond_threshold(temperature), 7, state)
    update(parts, 5, bond_threshold(temperature), 7, same_state, n_at_once=3)
    np.testing.assert_array_equal(parts, whole)
    np.testing.assert_array_equal(same_state, state)


@pytest.mark.parametrize(("size", "n_states"), [(2, 2), (3, 3), (64, 10), (65, 128), (9, 300)])
def test_unpack_undoes_pack_and_the_observables_count(size, n_states):
    dtype = np.int8 if n_states <= 128 else np.int16
    states, same = random_lattice(size, n_states, 0, dtype), np.empty((size, size), dtype)
    potts.unpack(packed(states, n_states), same)
    np.testing.assert_array_equal(same, states)
    lattices = np.array([states, np.zeros_like(states), states // 2])
    equal, squares = np.empty(3, np.int64), np.empty(3)
    equal_bonds(lattices, equal)
    squared_counts(lattices, n_states, squares)
    expected = [naive.potts_energy_and_squares(lattice, n_states) for lattice in lattices]
    np.testing.assert_array_equal(np.column_stack([-equal, squares]), expected)


def test_random_states_are_uniform_and_independent():
    states = np.empty(70000, np.int16)
    potts.fill_random(states, 7, seeded_state(0))
    assert_frequencies(np.bincount(states), np.full(7, 1 / 7))
    assert_frequencies(np.bincount((states[1:] - states[:-1]) % 7), np.full(7, 1 / 7))


# One update

STARTS = [(2, 2), (2, 3), (2, 5), (3, 2)]


@pytest.mark.parametrize(("size", "n_states"), STARTS)
@pytest.mark.parametrize("temperature", [0.6, 1.0, 3.0])
@pytest.mark.parametrize(
    ("update", "probabilities"),
    [
        (swendsen_wang, naive.potts_swendsen_wang_probabilities),
        (wolff, naive.potts_wolff_probabilities),
    ],
)
@pytest.mark.slow
def test_one_update_reaches_lattices_as_often_as_the_twin(
    update, probabilities, size, n_states, temperature
):
    start, state = random_lattice(size, n_states, 1), seeded_state(1)
    counts = np.zeros(n_states**start.size, int)
    for _ in range(20000):
        states = start.copy()
        update(states, n_states, bond_threshold(temperature), 1, state)
        counts[index(states, n_states)] += 1
    assert_frequencies(counts, probabilities(start, temperature, n_states))


# Swendsen-Wang


@pytest.mark.parametrize("size", [2, 3, 31, 63, 64, 65, 127, 128, 130])
@pytest.mark.parametrize("n_states", [2, 3, 7, 200])
def test_a_sweep_at_zero_temperature_gives_each_domain_a_state(size, n_states):
    start = random_lattice(size, min(n_states, 3), size, np.int16)
    states = start.copy()
    swendsen_wang(states, n_states, ALWAYS, 1, seeded_state(size))
    domains = naive.domains(start)
    np.testing.assert_array_equal(states, states.ravel()[domains])
    counts = np.bincount(states.ravel()[np.unique(domains)], minlength=n_states)
    if counts.sum() > 10 * n_states:
        assert_frequencies(counts, np.full(n_states, 1 / n_states))


@pytest.mark.parametrize("size", [2, 63, 64, 65, 130])
def test_a_sweep_without_bonds_makes_independent_states(size):
    n_sweeps, state = 2 + 40000 // size**2, seeded_state(size)
    X = np.zeros((n_sweeps, size, size), np.int16)
    for states in X:
        swendsen_wang(states, 5, NEVER, 1, state)
    for difference in (X, X[:, 1:] - X[:, :-1], X[:, :, 1:] - X[:, :, :-1], X[1:] - X[:-1]):
        assert_frequencies(np.bincount(difference.ravel() % 5, minlength=5), np.full(5, 0.2))


# Wolff


@pytest.mark.parametrize("size", [2, 3, 16, 31, 65])
@pytest.mark.parametrize("dtype", [np.int8, np.int16])
def test_a_cluster_at_zero_temperature_is_a_whole_domain(size, dtype):
    states, state = random_lattice(size, 3, size, dtype), seeded_state(size)
    domains = naive.domains(states)
    for _ in range(20):
        before = states.copy()
        assert wolff(states, 3, ALWAYS, 1, state) == np.count_nonzero(states != before)
        (changed,) = np.unique(domains[states != before])
        np.testing.assert_array_equal(states != before, domains == changed)
        assert len(np.unique(states[domains == changed])) == 1
        assert states.min() >= 0
        assert states.max() < 3
        states[:] = before
    assert wolff(states, 3, NEVER, 100, state) == 100


def test_the_mean_cluster_is_the_mean_order_parameter():
    size, n_states, temperature = 16, 3, 1.0
    states, state = np.zeros((size, size), np.int8), seeded_state(3)
    threshold, sizes, order = bond_threshold(temperature), [], []
    for _ in range(2000):
        counts = np.bincount(states.ravel(), minlength=n_states)
        order.append((n_states * (counts**2).sum() / size**4 - 1) / (n_states - 1))
        sizes.append(wolff(states, n_states, threshold, 100, state) / 100 / size**2)
    # By Fortuin and Kasteleyn the mean cluster is N times the mean of the order parameter.
    difference = np.array(sizes[10:]) - np.array(order[10:])
    assert_p_value(stats.ttest_1samp(difference, 0).pvalue / 2)
