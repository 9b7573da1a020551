"""Per-block accuracy of trained classifiers against the best that any rule can have, l = 3 and 4.

Under D4 x Z2 there are 51 different blocks of 3 x 3 sites and 4,324 of 4 x 4, so that it can be
counted how often each comes up at each temperature. With the 40 temperatures equally likely, Bayes'
rule calls a block disordered where P(T > Tc | orbit) > 1/2; its mean accuracy over the temperatures
is the limit. Its rule is taken from one half of the lattices and its accuracy from the other half,
and the other way round. What a network answers is looked up for every orbit, so that its accuracy
is from the same frequencies, without further noise.

The table has, for each temperature, the accuracy of Bayes' rule in per cent with its error, and by
how many percentage points each network is above it. At a single temperature a network can be above
the limit: blocks for which both phases are nearly as likely may go to either at almost no cost in
mean accuracy, which is a gain on one side of Tc and a loss on the other.

The summary has "classes", how many orbits the descriptor tells apart; "limit", the accuracy of
Bayes' rule for these; "mean", that of the network; "gap", the network's above the limit of all
orbits, with its error; the largest gap at a temperature, and at how many temperatures it is over
0.3 points; how many per cent of all blocks the network decides otherwise than Bayes' rule; "loss",
what that costs per such block, the mean of |2 P - 1|; "no ties", the largest gap at a temperature
if orbits with |2 P - 1| < 0.04 are decided as by Bayes' rule; and the seconds of the fit. The
largest such orbit is listed first: for 4 x 4 it is a single flipped spin in a corner, 4 % of all
blocks and up to 8 % of those at a temperature.

Options: blocks to count (default 1e8), lattices and epochs to train with.
"""

import sys
import time

import numpy as np

from skising import BlockAveragingClassifier, D4Descriptor, exact, make_ising

TEMPERATURES = np.linspace(1.2, 3.6, 40)
IS_DISORDERED = TEMPERATURES > exact.CRITICAL_TEMPERATURE
LATTICE_SIZE = 64
N_BATCHES = 20
TOLERANCE = 0.3  # percentage points
TIE = 0.04
NETWORKS = [
    (objective, invariants)
    for objective in ("block", "lattice")
    for invariants in ("reference", "complete")
]


def all_blocks(size):
    """Return all blocks of l x l sites; block k has spin +1 where k has a bit."""
    bits = np.arange(2 ** (size * size))[:, np.newaxis] >> np.arange(size * size) & 1
    return (2 * bits - 1).astype(np.int8).reshape(-1, size, size)


def code_of(bits):
    """Return the number of each block (n, l, l) of zeros and ones."""
    return bits.reshape(len(bits), -1) @ (1 << np.arange(bits[0].size))


def orbits(size):
    """Return the orbit of each block, and the number of one block of each."""
    bits = (all_blocks(size) > 0).astype(int)
    turned = [np.rot90(b, k, axes=(1, 2)) for b in (bits, bits[:, ::-1]) for k in range(4)]
    images = np.array([code_of(image) for b in turned for image in (b, 1 - b)])
    codes, orbit = np.unique(images.min(axis=0), return_inverse=True)
    return orbit, codes


def count_orbits(n_blocks, sizes):
    """Return for each l how often each orbit comes up, (n_temperatures, N_BATCHES, n_orbits)."""
    each = int(np.ceil(n_blocks / len(TEMPERATURES) / LATTICE_SIZE**2 / N_BATCHES)) * N_BATCHES
    tables = {size: orbits(size)[0] for size in sizes}
    counts = {size: [] for size in sizes}
    for k, T in enumerate(TEMPERATURES):
        X = make_ising(each, LATTICE_SIZE, [T], random_state=1000 + k).data
        bits = (X > 0).astype(np.int32).reshape(N_BATCHES, -1, LATTICE_SIZE, LATTICE_SIZE)
        for size, table in tables.items():
            codes = np.zeros_like(bits)
            for n in range(size * size):
                # Blocks at all positions of the periodic lattice.
                codes |= np.roll(bits, (-(n // size), -(n % size)), axis=(2, 3)) << n
            n_orbits = table.max() + 1
            counts[size].append([np.bincount(table[c.ravel()], minlength=n_orbits) for c in codes])
    return {size: np.array(c) for size, c in counts.items()}


def frequencies(counts):
    return counts / counts.sum(axis=-1, keepdims=True)


def probability_disordered(counts):
    """Return P(T > Tc | orbit) with all temperatures equally likely."""
    f = frequencies(counts.sum(axis=1))
    return f[IS_DISORDERED].sum(axis=0) / np.maximum(f.sum(axis=0), 1e-300)


def accuracies(counts, calls_disordered):
    """Return the accuracy of a rule in per cent, (n_temperatures, n_batches)."""
    right = frequencies(counts) @ calls_disordered
    return 100 * np.where(IS_DISORDERED[:, np.newaxis], right, 1 - right)


def bayes_accuracies(counts):
    """Return those of Bayes' rule, of each half of the batches by the other's rule."""
    halves = counts[:, ::2], counts[:, 1::2]
    parts = [
        accuracies(here, probability_disordered(there) > 0.5)
        for here, there in (halves, halves[::-1])
    ]
    return np.stack(parts, axis=-1).reshape(len(counts), -1)


def classes_of(descriptor, representatives):
    """Return which orbits have the same features."""
    features = descriptor.fit_transform(representatives)
    return np.unique(features, axis=0, return_inverse=True)[1].ravel()


def merged(counts, classes):
    out = np.zeros((*counts.shape[:2], classes.max() + 1), counts.dtype)
    np.add.at(out, (slice(None), slice(None), classes), counts)
    return out


def mean_and_error(values):
    return values.mean(axis=-1), values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1])


def report(size, counts, train, max_epochs):
    representatives = all_blocks(size)[orbits(size)[1]]
    bayes = bayes_accuracies(counts)
    P = probability_disordered(counts)
    weight = frequencies(counts.sum(axis=1)).mean(axis=0)
    is_tie = np.abs(2 * P - 1) < TIE
    print(f"\nl = {size}: {len(P)} orbits, {counts.sum():,} blocks")
    if is_tie.any():
        k = np.argmax(weight * is_tie)
        most = 100 * frequencies(counts.sum(axis=1))[:, k].max()
        share = f"{100 * weight[k]:.2f} % of all blocks, up to {most:.2f} % at one T"
        print(f"tie: P = {P[k]:.4f}, {share}")
        print(representatives[k])
    print(f"{'objective':>9} {'invariants':>10} {'classes':>7} {'limit':>7} {'mean':>7}", end=" ")
    print(f"{'gap':>12} {'max |gap|':>9} {'at T':>5} {'> 0.3 at':>8} {'differ %':>8}", end=" ")
    print(f"{'loss':>5} {'no ties':>7} {'s':>4}")
    gaps = []
    for objective, invariants in NETWORKS:
        descriptor = D4Descriptor(invariants=invariants)
        classes = classes_of(descriptor, representatives)
        limit = bayes_accuracies(merged(counts, classes)).mean()
        start = time.perf_counter()
        model = BlockAveragingClassifier(
            size,
            descriptor=descriptor,
            objective=objective,
            lr=3e-3,
            max_epochs=max_epochs,
            random_shift=True,
            random_state=0,
        ).fit(train.data, train.temperature > exact.CRITICAL_TEMPERATURE)
        seconds = time.perf_counter() - start
        calls = model.predict_proba(representatives)[:, 1] > 0.5
        gap, error = mean_and_error(accuracies(counts, calls) - bayes)
        overall, overall_error = mean_and_error((accuracies(counts, calls) - bayes).mean(axis=0))
        gaps.append((gap, error))
        differ = calls != (P > 0.5)
        loss = (weight * np.abs(2 * P - 1))[differ].sum() / max(weight[differ].sum(), 1e-300)
        worst = np.abs(gap).argmax()
        without_ties, _ = mean_and_error(
            accuracies(counts, np.where(is_tie, P > 0.5, calls)) - bayes
        )
        print(
            f"{objective:>9} {invariants:>10} {classes.max() + 1:>7} {limit:>7.3f} "
            f"{accuracies(counts, calls).mean():>7.3f} {overall:>6.3f}({overall_error:.3f}) "
            f"{gap[worst]:>9.2f} {TEMPERATURES[worst]:>5.2f} "
            f"{np.sum(np.abs(gap) > TOLERANCE):>5}/{len(gap)} "
            f"{100 * weight[differ].sum():>8.2f} {loss:>5.2f} "
            f"{np.abs(without_ties).max():>7.2f} {seconds:>4.0f}",
            flush=True,
        )
    limit, error = mean_and_error(bayes)
    print(
        f"\n{'T':>6} {'limit':>7} {'error':>5} |"
        + "".join(f"{o + ' ' + i:>20}" for o, i in NETWORKS)
    )
    for k, T in enumerate(TEMPERATURES):
        row = "".join(f"{gap[k]:>13.2f} ({e[k]:.2f})" for gap, e in gaps)
        print(f"{T:>6.3f} {limit[k]:>7.2f} {error[k]:>5.2f} |{row}")
    limit, error = mean_and_error(bayes.mean(axis=0))
    print(f"{'mean':>6} {limit:>7.3f} {error:>5.3f} |")


def main():
    n_blocks = float(sys.argv[1]) if len(sys.argv) > 1 else 1e8
    n_train = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    max_epochs = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    counts = count_orbits(n_blocks, (3, 4))
    train = make_ising(n_train, LATTICE_SIZE, TEMPERATURES, random_state=0)
    for size in (3, 4):
        report(size, counts[size], train, max_epochs)


if __name__ == "__main__":
    main()
