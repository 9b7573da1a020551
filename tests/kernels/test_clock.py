"""The kernels of the clock model against their slow twins; p-values as in `statistical`."""

import naive
import naive_clock
import numpy as np
import pytest
from scipy import stats
from statistical import assert_frequencies, assert_p_value, seeded_state

from skising._kernels import clock

NO_LIMIT = 10**9


def random_lattice(size, n_states, seed):
    return np.random.default_rng(seed).integers(n_states, size=(size, size)).astype(np.uint16)


def index(lattice, n_states):
    return lattice.ravel().astype(int) @ n_states ** np.arange(lattice.size)


def wolff(states, n_states, temperature, n_clusters, state, n_at_once=NO_LIMIT, n_images=None):
    """Reflect clusters, visit so many sites in each call of the kernel, and return their size."""
    arrays, n_reflected = clock.wolff_arrays(len(states)), 0
    n_images = n_states - 1 if n_images is None else n_images
    normals, limits = clock.normal_components(n_states), clock.bond_limits(temperature)
    while n_clusters:
        n_clusters, n_visited = clock.wolff(
            states,
            n_states,
            n_images,
            normals,
            limits,
            temperature,
            n_clusters,
            n_at_once,
            *arrays,
            state,
        )
        assert n_visited <= n_at_once
        n_reflected += n_visited
    return n_reflected


@pytest.mark.parametrize("n_states", [2, 3, 4, 5, 8, 12, 101, 65536])
def test_tables_are_exact_in_their_symmetries(n_states):
    cosines, sines = clock.unit_vectors(n_states)
    states = np.arange(n_states)
    exact = naive_clock.vectors(states, n_states)
    np.testing.assert_allclose(cosines + 1j * sines, exact, rtol=0, atol=3e-15)
    np.testing.assert_array_equal([cosines, sines], [cosines[-states], -sines[-states]])
    for divisor in (2, 3, 4, 6):
        if n_states % divisor == 0:
            assert 2 * cosines[n_states // divisor] in (-2, -1, 0, 1)
    assert cosines[0] == 1
    normals = clock.normal_components(n_states)
    for mirror in (0, 1, n_states - 1):
        components = normals[mirror % 2, (states - (mirror + 1) // 2) % n_states]
        exact = np.sin(2 * np.pi * states / n_states - np.pi * mirror / n_states)
        np.testing.assert_allclose(components, exact, rtol=0, atol=1e-14)
        images = (mirror - states) % n_states
        np.testing.assert_array_equal(components, -components[images])
        np.testing.assert_array_equal(components == 0, images == states)


@pytest.mark.parametrize("n_states", [2, 3, 8, 65536])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (1, 4), (4, 1), (1, 1), (7, 7)])
def test_sums_are_those_of_the_twin(n_states, periodic, shape):
    X = np.random.default_rng(0).integers(n_states, size=(3, *shape)).astype(np.uint16)
    X[1] = n_states - 1
    vectors, bonds, spins = clock.unit_vectors(n_states), np.empty(3), np.empty((3, 2))
    clock.bond_sums(X, vectors[0], bonds, periodic)
    clock.spin_sums(X, vectors, spins)
    energy, spin = zip(
        *(naive_clock.energy_and_spin(x, n_states, periodic) for x in X), strict=True
    )
    np.testing.assert_allclose(-bonds, energy, atol=1e-12)
    np.testing.assert_allclose(spins[:, 0] + 1j * spins[:, 1], spin, atol=1e-12)
    assert bonds[1] == round(bonds[1])


@pytest.mark.parametrize("size", [2, 5, 66])
@pytest.mark.parametrize("temperature", [0.3, 0.9, 3.0])
def test_the_work_of_a_call_changes_nothing(size, temperature):
    whole = random_lattice(size, 7, size)
    parts, state, same_state = whole.copy(), seeded_state(size), seeded_state(size)
    wolff(whole, 7, temperature, 7, state)
    wolff(parts, 7, temperature, 7, same_state, n_at_once=3)
    np.testing.assert_array_equal(parts, whole)
    np.testing.assert_array_equal(same_state, state)


@pytest.mark.parametrize(
    ("size", "n_states", "n_images"),
    [
        *((2, 2, 1), (2, 3, 2), (2, 4, 2), (2, 4, 3), (2, 5, 4), (2, 6, 2), (2, 6, 5), (2, 8, 4)),
        *((3, 2, 1), (3, 3, 2)),
    ],
)
@pytest.mark.parametrize("temperature", [0.4, 1.5])
@pytest.mark.slow
def test_one_cluster_reaches_lattices_as_often_as_the_twin(size, n_states, n_images, temperature):
    start, state = random_lattice(size, n_states, 1), seeded_state(1)
    counts = np.zeros(n_states**start.size, int)
    for _ in range(8000):
        states = start.copy()
        wolff(states, n_states, temperature, 1, state, n_images=n_images)
        counts[index(states, n_states)] += 1
    expected = naive_clock.wolff_probabilities(start, temperature, n_states, n_images)
    assert_frequencies(counts, expected)


@pytest.mark.parametrize("n_images", [2, 6, 20, 100])
def test_the_first_site_gets_one_of_the_nearest_states(n_images):
    n_states, state = 101, seeded_state(0)
    states, steps = np.zeros((2, 2), np.uint16), []
    for _ in range(100 * n_images):
        states[:] = 40
        wolff(states, n_states, 1e-300, 1, state, n_images=n_images)
        steps.append(int(states[0, 0]) - 40)
    found, counts = np.unique(np.mod(steps, n_states), return_counts=True)
    up, down = (n_images + 1) // 2, n_images // 2
    np.testing.assert_array_equal(found, [*range(1, up + 1), *range(n_states - down, n_states)])
    assert_frequencies(counts, np.full(n_images, 1 / n_images))


@pytest.mark.parametrize("size", [2, 3, 16, 31])
@pytest.mark.parametrize("n_states", [2, 3, 8, 65536])
def test_a_cluster_at_zero_temperature_is_all_on_one_side_of_the_mirror(size, n_states):
    start, state = random_lattice(size, n_states, size), seeded_state(size)
    for _ in range(20):
        states = start.copy()
        n_reflected = wolff(states, n_states, 1e-300, 1, state)
        changed = states != start
        assert n_reflected == np.count_nonzero(changed)
        # The same r takes every state of the cluster to its image.
        sums = (states[changed].astype(int) + start[changed]) % n_states
        (mirror,) = np.unique(sums)
        side = np.sign(np.round(np.sin((2 * start.astype(int) - mirror) * np.pi / n_states), 12))
        domains = naive.domains(side)
        (domain,) = np.unique(domains[changed])
        np.testing.assert_array_equal(changed, domains == domain)
    assert wolff(start, n_states, 1e300, 100, state) == 100


def test_bonds_that_the_first_digits_do_not_decide_are_as_frequent():
    # A bond between equal spins joins with the probability 1 - exp(-2 x^2 / T) of 1.5 / 2^10: only
    # the digits after the first ten tell it from 1 / 2^10 and 2 / 2^10.
    probability, n_clusters, state = 1.5 / 2**10, 10**6, seeded_state(0)
    temperature = -2 / np.log1p(-probability)
    states = np.zeros((16, 16), np.uint16)
    n_joined = wolff(states, 2, temperature, n_clusters, state) - n_clusters
    # The spins are random after a while: two of four bonds are between equal ones.
    assert_p_value(stats.binom.sf(n_joined, 4 * n_clusters, probability / 2))


def test_two_states_have_the_mean_cluster_of_the_ising_model():
    size, temperature = 16, 2.4
    states, state, sizes, order = np.zeros((size, size), np.uint16), seeded_state(3), [], []
    for _ in range(2000):
        order.append((1 - 2 * states.mean()) ** 2)
        sizes.append(wolff(states, 2, temperature, 100, state) / 100 / size**2)
    # By Fortuin and Kasteleyn the mean cluster is N times the mean of the squared magnetization.
    difference = np.array(sizes[10:]) - np.array(order[10:])
    assert_p_value(stats.ttest_1samp(difference, 0).pvalue / 2)
