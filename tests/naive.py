"""Slow, obvious implementations of the kernels, to compare the kernels with."""

import itertools
import math

import numpy as np

# Monte Carlo and observables


def xoshiro256plusplus(state):
    """Yield the words of the generator, given its state of four Python ints."""
    mask = 2**64 - 1

    def rotate_left(word, n_bits):
        return (word << n_bits | word >> (64 - n_bits)) & mask

    s = list(state)
    while True:
        yield (rotate_left((s[0] + s[3]) & mask, 23) + s[0]) & mask
        shifted = s[1] << 17 & mask
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate_left(s[3], 45)


def bernoulli_word(threshold, candidates, words):
    """Return the candidate bits whose random number is below the threshold.

    The binary digit k of the number of a bit is in word k.
    """
    kept = 0
    for bit in range(64):
        number = sum((words[k] >> bit & 1) << (63 - k) for k in range(64))
        if candidates >> bit & 1 and number < threshold:
            kept |= 1 << bit
    return kept


def bonds(size):
    """Return the pairs of neighbours of a periodic lattice, as indices of its flat array."""
    pairs = []
    for i in range(size):
        for j in range(size):
            pairs.append((i * size + j, i * size + (j + 1) % size))
            pairs.append((i * size + j, (i + 1) % size * size + j))
    return pairs


def integrated_autocorrelation_time(chains, window):
    """Sum the autocovariances, pair of steps by pair of steps, up to lag window * tau."""
    n_steps, mean = len(chains[0]), sum(map(sum, chains)) / (len(chains) * len(chains[0]))

    def autocovariance(t):
        products = [
            (chain[i] - mean) * (chain[i + t] - mean)
            for chain in chains
            for i in range(n_steps - t)
        ]
        return sum(products) / len(products)

    tau = alternating = 0.5
    for t in range(1, n_steps):
        rho = autocovariance(t) / autocovariance(0)
        tau += rho
        alternating += (-1) ** t * rho
        memory = max(tau, 0.5, alternating if alternating >= 0.75 else 0)
        if t >= window * memory:
            break
    if memory > max(tau, 0.5):
        tau -= rho / 2
    return tau, tau * np.sqrt(2 * (2 * t + 1) / (n_steps * len(chains)))


def energy_density(X, periodic=True):
    """Sum over the sites of each lattice in a loop."""
    energies = []
    for lattice in X:
        n_rows, n_cols = lattice.shape
        total = 0
        for i in range(n_rows):
            for j in range(n_cols):
                if n_cols > 1 and (periodic or j + 1 < n_cols):
                    total -= int(lattice[i, j]) * int(lattice[i, (j + 1) % n_cols])
                if n_rows > 1 and (periodic or i + 1 < n_rows):
                    total -= int(lattice[i, j]) * int(lattice[(i + 1) % n_rows, j])
        energies.append(total / (n_rows * n_cols))
    return np.array(energies)


def product(one, other, spins, n_states):
    """Return the inner product of the unit vectors of two spins."""
    if spins == "potts":
        return (n_states * (one == other) - 1) / (n_states - 1)
    if spins == "clock":
        return math.cos(2 * math.pi * (int(one) - int(other)) / n_states)
    return int(one) * int(other)


def bond_energies(X, spins, n_states, periodic=True):
    """Return the energy per site of each lattice, bond by bond."""
    energies = []
    for lattice in X:
        n_rows, n_cols = lattice.shape
        total = 0
        for i, j in np.ndindex(n_rows, n_cols):
            for d_row, d_column in ((1, 0), (0, 1)):
                if (d_row and n_rows == 1) or (d_column and n_cols == 1):
                    continue
                if not periodic and (i + d_row == n_rows or j + d_column == n_cols):
                    continue
                one, other = lattice[i, j], lattice[(i + d_row) % n_rows, (j + d_column) % n_cols]
                total -= one == other if spins == "potts" else product(one, other, spins, n_states)
        energies.append(total / lattice.size)
    return np.array(energies)


def order_parameter(X, spins, n_states):
    """Average the inner products of all pairs of sites."""
    return np.array(
        [
            sum(product(a, b, spins, n_states) for a in lattice.flat for b in lattice.flat)
            / lattice.size**2
            for lattice in X
        ]
    )


def twisted_log_sum(lattices, n_states, temperature, twist, axis):
    """Return ln Z over some lattices, whose bonds along an axis are cos(phi_j - phi_i + twist)."""
    angles = 2 * np.pi * lattices / n_states
    energy = -np.cos(np.roll(angles, -1, axis + 1) - angles + twist).sum(axis=(1, 2))
    energy -= np.cos(np.roll(angles, -1, 2 - axis) - angles).sum(axis=(1, 2))
    return np.log(np.sum(np.exp(-energy / temperature)))


def magnetization(X):
    """Sum over the sites of each lattice in a loop."""
    return np.array([sum(int(s) for s in lattice.flat) / lattice.size for lattice in X])


def clusters(n_sites, connected):
    """Return the cluster of each site, given the connected pairs, by a graph search."""
    neighbours = [[] for _ in range(n_sites)]
    for a, b in connected:
        neighbours[a].append(b)
        neighbours[b].append(a)
    labels = np.full(n_sites, -1)
    for start in range(n_sites):
        if labels[start] >= 0:
            continue
        labels[start] = start
        to_visit = [start]
        while to_visit:
            for site in neighbours[to_visit.pop()]:
                if labels[site] < 0:
                    labels[site] = start
                    to_visit.append(site)
    return labels


def swendsen_wang_probabilities(lattice, temperature):
    """Return the probability of every lattice after one sweep: a sum over all sets of bonds.

    The index of a lattice is a binary number: bit k is 1 if spin k of the flat array is up.
    """
    flat = lattice.ravel()
    equal = [(a, b) for a, b in bonds(len(lattice)) if flat[a] == flat[b]]
    p = 1 - np.exp(-2 / temperature)
    result = np.zeros(2**flat.size)
    for is_bond in itertools.product((False, True), repeat=len(equal)):
        labels = clusters(flat.size, itertools.compress(equal, is_bond))
        roots, members = np.unique(labels, return_inverse=True)
        up = np.array(list(itertools.product((0, 1), repeat=len(roots))))[:, members]
        n_bonds = sum(is_bond)
        weight = p**n_bonds * (1 - p) ** (len(equal) - n_bonds) / 2 ** len(roots)
        np.add.at(result, up @ 2 ** np.arange(flat.size), weight)
    return result


def domains(lattice):
    """Return the domain of each site: a connected set of neighbours with equal spins."""
    flat = lattice.ravel()
    equal = [(a, b) for a, b in bonds(len(lattice)) if flat[a] == flat[b]]
    return clusters(flat.size, equal).reshape(lattice.shape)


def wolff_probabilities(lattice, temperature):
    """Return the probability of every lattice after one cluster, as `swendsen_wang_probabilities`.

    The bonds form clusters, and the cluster of a random site flips.
    """
    flat = lattice.ravel()
    equal = [(a, b) for a, b in bonds(len(lattice)) if flat[a] == flat[b]]
    p = 1 - np.exp(-2 / temperature)
    result = np.zeros(2**flat.size)
    for is_bond in itertools.product((False, True), repeat=len(equal)):
        labels = clusters(flat.size, itertools.compress(equal, is_bond))
        n_bonds = sum(is_bond)
        weight = p**n_bonds * (1 - p) ** (len(equal) - n_bonds)
        for root, n_members in zip(*np.unique(labels, return_counts=True), strict=True):
            up = np.where(labels == root, -flat, flat) > 0
            result[up @ 2 ** np.arange(flat.size)] += weight * n_members / flat.size
    return result


def metropolis_acceptance(n_equal, temperature):
    """Return the probability that a site with `n_equal` equal neighbours flips."""
    cost = 4 * (n_equal - 2)
    return 0.75 if cost == 0 else min(1, np.exp(-cost / temperature))


def count_flips(before, after, possible, flipped):
    """Count the sites, and those that flipped, by colour and number of equal neighbours.

    The lattices are given before and after a sweep. Black sites are updated first: they see the old
    spins of their neighbours, and white sites see the new spins.
    """
    for lattice, new in zip(before, after, strict=True):
        size = len(lattice)
        for i in range(size):
            for j in range(size):
                colour = (i + j) % 2
                seen = new if colour else lattice
                neighbours = [seen[i - 1, j], seen[i, j - 1]]
                neighbours += [seen[(i + 1) % size, j], seen[i, (j + 1) % size]]
                n_equal = sum(spin == lattice[i, j] for spin in neighbours)
                possible[colour, n_equal] += 1
                flipped[colour, n_equal] += new[i, j] != lattice[i, j]


def boltzmann_distribution(size, temperature):
    """Return the probability of each pair of total energy and total magnetization."""
    up = np.arange(2**size**2)[:, np.newaxis] >> np.arange(size**2) & 1
    spins = 2 * up - 1
    energy = -sum(spins[:, a] * spins[:, b] for a, b in bonds(size))
    weight = np.exp(-(energy - energy.min()) / temperature)
    pairs, inverse = np.unique(np.column_stack([energy, spins.sum(1)]), axis=0, return_inverse=True)
    probability = np.bincount(inverse.ravel(), weight / weight.sum())
    return dict(zip(map(tuple, pairs.tolist()), probability, strict=True))


def potts_swendsen_wang_probabilities(lattice, temperature, n_states):
    """Return the probability of every lattice after one sweep: a sum over all sets of bonds.

    The index of a lattice is a number in base q: digit k is the state of site k of the flat array.
    """
    flat = lattice.ravel().astype(int)
    equal = [(a, b) for a, b in bonds(len(lattice)) if flat[a] == flat[b]]
    p = 1 - np.exp(-1 / temperature)
    result = np.zeros(n_states**flat.size)
    for is_bond in itertools.product((False, True), repeat=len(equal)):
        labels = clusters(flat.size, itertools.compress(equal, is_bond))
        roots, members = np.unique(labels, return_inverse=True)
        states = np.array(list(itertools.product(range(n_states), repeat=len(roots))))[:, members]
        n_bonds = sum(is_bond)
        weight = p**n_bonds * (1 - p) ** (len(equal) - n_bonds) / n_states ** len(roots)
        np.add.at(result, states @ n_states ** np.arange(flat.size), weight)
    return result


def potts_wolff_probabilities(lattice, temperature, n_states):
    """Return the same after one cluster: that of a random site takes another state."""
    flat = lattice.ravel().astype(int)
    equal = [(a, b) for a, b in bonds(len(lattice)) if flat[a] == flat[b]]
    p = 1 - np.exp(-1 / temperature)
    result = np.zeros(n_states**flat.size)
    for is_bond in itertools.product((False, True), repeat=len(equal)):
        labels = clusters(flat.size, itertools.compress(equal, is_bond))
        n_bonds = sum(is_bond)
        weight = p**n_bonds * (1 - p) ** (len(equal) - n_bonds) / flat.size / (n_states - 1)
        for site in range(flat.size):
            for new in set(range(n_states)) - {flat[site]}:
                states = np.where(labels == labels[site], new, flat)
                result[states @ n_states ** np.arange(flat.size)] += weight
    return result


def potts_energy_and_squares(lattice, n_states):
    """Return the total energy, and the sum over the states of the squared number of its sites."""
    flat = lattice.ravel().tolist()
    energy = -sum(flat[a] == flat[b] for a, b in bonds(len(lattice)))
    return energy, sum(flat.count(state) ** 2 for state in range(n_states))


def potts_distribution(size, temperature, n_states):
    """Return the probability of each pair of energy and sum of squares in equilibrium."""
    lattices = np.array(list(itertools.product(range(n_states), repeat=size**2)), np.int8)
    energy = -sum((lattices[:, a] == lattices[:, b]).astype(int) for a, b in bonds(size))
    squares = sum((lattices == state).sum(1) ** 2 for state in range(n_states))
    weight = np.exp(-(energy - energy.min()) / temperature)
    pairs, inverse = np.unique(np.column_stack([energy, squares]), axis=0, return_inverse=True)
    probability = np.bincount(inverse.ravel(), weight / weight.sum())
    return dict(zip(map(tuple, pairs.tolist()), probability, strict=True))


# Correlations


def open_correlation_function(X):
    """Return what `correlation_function` returns, for the pairs inside the lattices only."""
    _, n_rows, n_cols = X.shape
    n_distances = min(n_rows, n_cols) // 2 + 1
    axis = [[] for _ in range(n_distances)]
    radial, lengths = ([[] for _ in range(n_distances)] for _ in range(2))
    sites = list(itertools.product(range(n_rows), range(n_cols)))
    for (i, j), (k, m) in itertools.product(sites, sites):
        length = np.hypot(i - k, j - m)
        if round(length) < n_distances:
            product = np.mean(X[:, i, j] * X[:, k, m])
            radial[round(length)].append(product)
            lengths[round(length)].append(length)
            if i == k or j == m:
                axis[round(length)].append(product)
    means = [[np.mean(values) for values in lists] for lists in (axis, lengths, radial)]
    return {"axis": (np.arange(n_distances), means[0]), "radial": (means[1], means[2])}


def mean_periodogram(S, sides):
    """Return the mean of |s_k|^2 / N of parts of a periodic lattice, from its S(k), by sums.

    Parameters
    ----------
    S : ndarray of shape (N_rows, N_cols)
        At all momenta of the periodic lattice.
    sides : tuple of int
        (n_rows, n_cols) of the part.
    """
    C = np.fft.ifft2(S).real
    phases = [np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n) for n in sides]
    result = np.zeros(sides)
    for dx, dy in itertools.product(*(range(1 - n, n) for n in sides)):
        pairs = (sides[0] - abs(dx)) * (sides[1] - abs(dy))
        wave = np.outer(phases[0][dx % sides[0]], phases[1][dy % sides[1]])
        result += pairs * C[dx, dy] * wave.real / (sides[0] * sides[1])
    return result


def correlation_function(X):
    """Average s_0 s_r pair by pair: distances and values along the axes and in all directions."""
    _, n_rows, n_cols = X.shape
    pairs = {"axis": {}, "radial": {}}
    for di, dj in itertools.product(range(n_rows), range(n_cols)):
        length = np.hypot(min(di, n_rows - di), min(dj, n_cols - dj))
        product = np.mean(X * np.roll(X, (-di, -dj), axis=(1, 2)))
        pairs["radial"].setdefault(round(length), []).append((length, product))
        if 0 in (di, dj):
            # Both axes share the displacement of length 0.
            for _ in range(2 if di == dj == 0 else 1):
                pairs["axis"].setdefault((length, di == 0), []).append((length, product))
    n_distances = min(n_rows, n_cols) // 2 + 1
    axis = [
        (r, np.mean([np.mean([p for _, p in pairs["axis"][r, k]]) for k in (True, False)]))
        if r
        else (0, 1)
        for r in range(n_distances)
    ]
    radial = [np.mean(pairs["radial"][r], axis=0) for r in range(n_distances)]
    return {"axis": np.transpose(axis), "radial": np.transpose(radial)}
