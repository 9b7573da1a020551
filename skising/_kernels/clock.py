"""Wolff updates and observables of the clock model, whose spins are unit vectors in the plane.

State s of q stands for the vector at the angle 2 pi s / q. A reflection s -> r - s (modulo q) maps
the q vectors to themselves, so that states stay integers. Wolff's cluster is a set of sites that
are reflected together: a bond between sites with the components x_i and x_j along the normal of the
mirror joins them with probability 1 - exp(-2 x_i x_j / T), if x_i x_j > 0.
"""

from functools import lru_cache

import numpy as np

from . import wolff as clusters
from ._jit import jit
from .random import next_word, random_below

_N_DIGITS = 10
_FIRST_DIGITS = np.uint64(2**_N_DIGITS - 1)
_DIGITS_IN_WORD = np.uint64(16)
_TO_FRACTION = np.uint64(11)


@lru_cache(maxsize=8)
def unit_vectors(n_states):
    """Return the vectors of the states, a float64 array of shape (2, n_states).

    The rows are cosines and sines. They are rounded to 15 decimals, so that multiples of 1/2 are
    exact, and the sums of equal spins too.
    """
    states = np.arange(n_states)
    # From -pi to pi, so that the cosines of s and q - s are equal to the last bit.
    angles = 2 * np.pi * np.where(2 * states > n_states, states - n_states, states) / n_states
    vectors = np.round([np.cos(angles), np.sin(angles)], 15) + 0.0  # no -0.0
    vectors.flags.writeable = False
    return vectors


@lru_cache(maxsize=8)
def normal_components(n_states):
    """Return the components of spins along the normals of mirrors, for `wolff`.

    Returns
    -------
    normals : float64 array of shape (2, n_states)
        ``normals[p, m]`` is sin(pi (2 m + p) / q). The spin in state s has this component along the
        normal of the mirror of s -> r - s, with p = r % 2 and m = s - (r + 1) // 2 modulo q. The
        signs are exact: a spin and its image have opposite components, and a spin in the mirror 0.
    """
    k = np.arange(2 * n_states)
    folded = np.minimum(k % n_states, n_states - k % n_states)
    sines = np.where(k < n_states, 1, -1) * np.sin(np.pi * folded / n_states)
    normals = np.ascontiguousarray(sines.reshape(n_states, 2).T)
    normals.flags.writeable = False
    return normals


def bond_limits(temperature):
    """Return the products x_i x_j at which the first digits of a bond's probability change.

    Returns
    -------
    limits : float64 array of shape (2**10 + 1,)
        The first 10 binary digits of 1 - exp(-2 x_i x_j / T) are d from ``limits[d]`` on.
    """
    with np.errstate(divide="ignore", over="ignore"):
        return -np.log1p(-np.arange(2**_N_DIGITS + 1) / 2**_N_DIGITS) * (temperature / 2)


def wolff_arrays(size):
    """Return what `wolff` needs beside the lattice, in the order of its arguments.

    Returns
    -------
    queue, ends
        The `work_arrays` of the Ising model's Wolff kernel.
    mirror : int64 array of shape (1,)
        The r of the reflection s -> r - s of a cluster that is not complete.
    """
    return *clusters.work_arrays(size), np.zeros(1, np.int64)


@jit
def _grow_cluster(
    states, size, n_states, mirror, normals, limits, temperature, queue, head, tail, stop, state
):
    """Visit sites of a cluster; reflect and append the neighbours that join it.

    Visit `queue[head:stop]`, or all sites that join if these are fewer. Return the new head and
    tail of the queue; they are equal if the cluster is complete.

    The components of all sites of a cluster have the same sign. Sites that were reflected have the
    other one, so that no site joins twice.

    A bond joins if a random number below 1 is below the probability. One word gives the first 10
    binary digits for four bonds: they decide, unless they equal those of the probability.
    """
    n_sites, offset = len(states), (mirror + 1) // 2
    while head < tail and head < stop:
        site, column = np.int64(queue[head]), np.int64(queue[head] % np.uint32(size))
        head += 1
        left = site - 1 if column > 0 else site + size - 1
        right = site + 1 if column + 1 < size else site + 1 - size
        above = site - size if site >= size else site - size + n_sites
        below = site + size if site + size < n_sites else site + size - n_sites
        word = next_word(state)
        # The site was reflected: its component has changed its sign.
        component = -normals[np.int64(states[site]) - offset]
        for neighbour in (left, right, above, below):
            digits = np.int64(word & _FIRST_DIGITS)
            word >>= _DIGITS_IN_WORD
            before = np.int64(states[neighbour])
            product = component * normals[before - offset]
            # A sum, because a processor could not predict a branch on either comparison.
            n_reached = np.int64(product > limits[digits]) + np.int64(product >= limits[digits + 1])
            joins = n_reached >> 1
            if n_reached == 1:
                probability = -np.expm1(-2 * product / temperature)
                rest = np.float64(next_word(state) >> _TO_FRACTION) / 2.0**53
                joins = np.int64(rest < probability * 2.0**_N_DIGITS - digits)
            after = mirror - before
            after += n_states & (after >> 63)
            states[neighbour] = before ^ ((before ^ after) & -joins)
            queue[tail] = neighbour
            tail += joins
    return head, tail


@jit
def wolff(
    states,
    n_states,
    n_images,
    normals,
    limits,
    temperature,
    n_clusters,
    n_visits,
    queue,
    ends,
    mirror,
    state,
):
    """Update one lattice in place by reflecting clusters, until so many sites have been visited.

    The site from which a cluster grows gets a random other state, which is its image in the mirror
    of the cluster. The reverse update is as likely: it takes the same step in states, backwards.

    Parameters
    ----------
    states : uint16 array of shape (L, L)
        States 0 to n_states - 1, L >= 2.
    n_states : int
        q.
    n_images : int
        Number of the states that this site can get, the nearest ones: an even number, half of them
        on either side of its state, or all other q - 1.
    normals : float64 array of shape (2, q)
        From `normal_components`.
    limits : float64 array of shape (2**10 + 1,)
        From `bond_limits`.
    temperature : float
    n_clusters : int
        Clusters to complete, the one that an earlier call has begun among them.
    n_visits : int
        Sites to visit at most.
    queue, ends, mirror
        The `wolff_arrays`, which hold a cluster that is not complete.
    state : uint64 array of shape (4,)
        State of the generator, advanced in place.

    Returns
    -------
    n_left : int
        Clusters that are not complete.
    n_visited : int
        Sites that were visited: the sum of the sizes of the clusters, if they are complete.
    """
    size = states.shape[0]
    flat, n_visited = states.ravel(), 0
    while n_clusters > 0 and n_visited < n_visits:
        if ends[0] == ends[1]:
            site = random_below(len(flat), state)
            old = np.int64(flat[site])
            k, n_up = random_below(n_images, state), (n_images + 1) // 2
            new = (old + (k + 1 if k < n_up else n_up - 1 - k)) % n_states
            flat[site], mirror[0] = new, (old + new) % n_states
            queue[0], ends[0], ends[1] = site, 0, 1
        first, stop = ends[0], ends[0] + n_visits - n_visited
        ends[0], ends[1] = _grow_cluster(
            flat,
            size,
            n_states,
            mirror[0],
            normals[mirror[0] & 1],
            limits,
            temperature,
            queue,
            first,
            ends[1],
            stop,
            state,
        )
        n_visited += ends[0] - first
        n_clusters -= ends[0] == ends[1]
    return n_clusters, n_visited


@jit
def bond_sums(X, cosines, sums, periodic=True):
    """Fill `sums` with the sum of cos(2 pi (s_i - s_j) / q) over the bonds of each lattice.

    Along a side of one site there are no bonds: a site is no neighbour of itself.

    Parameters
    ----------
    X : uint16 array of shape (n_samples, n_rows, n_cols)
        States 0 to q - 1.
    cosines : float64 array of shape (q,)
        The first row of the `unit_vectors`.
    sums : float64 array of shape (n_samples,)
    periodic : bool
        Whether there are bonds across the boundary.
    """
    n_samples, n_rows, n_cols = X.shape
    vertical, horizontal = n_rows > 1, n_cols > 1
    for k in range(n_samples):
        total = 0.0
        for i in range(n_rows):
            row, of_row = X[k, i], 0.0
            if horizontal:
                if periodic:
                    of_row += cosines[abs(np.int32(row[0]) - np.int32(row[-1]))]
                for j in range(1, n_cols):
                    of_row += cosines[abs(np.int32(row[j]) - np.int32(row[j - 1]))]
            if vertical and (periodic or i > 0):
                above = X[k, i - 1]
                for j in range(n_cols):
                    of_row += cosines[abs(np.int32(row[j]) - np.int32(above[j]))]
            total += of_row
        sums[k] = total


@jit
def spin_sums(X, vectors, sums):
    """Fill `sums` with the sum of the unit vectors of the sites of each lattice.

    Parameters
    ----------
    X : uint16 array of shape (n_samples, n_rows, n_cols)
        States 0 to q - 1.
    vectors : float64 array of shape (2, q)
        The `unit_vectors`.
    sums : float64 array of shape (n_samples, 2)
    """
    for k in range(X.shape[0]):
        x, y = 0.0, 0.0
        for i in range(X.shape[1]):
            x_of_row, y_of_row = 0.0, 0.0
            for state in X[k, i]:
                x_of_row += vectors[0, state]
                y_of_row += vectors[1, state]
            x += x_of_row
            y += y_of_row
        sums[k, 0], sums[k, 1] = x, y
