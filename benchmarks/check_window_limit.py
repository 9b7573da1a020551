"""Accuracy of trained classifiers for single blocks against the best possible one, l = 3 and 4.

Under D4 x Z2 there are 51 inequivalent blocks of 3 x 3 sites and 4,324 of 4 x 4. The script counts
how often each occurs at each temperature. If the 40 temperatures are equally likely, Bayes' rule
calls a block disordered where P(T > Tc | orbit) > 1/2. The mean accuracy of Bayes' rule over the
temperatures is the limit. The rule is taken from one half of the lattices and tested on the other
half, and the other way round. The answer of a network is evaluated once for each orbit, so that its
accuracy comes from the same frequencies, without further noise.

Columns of the summary:

classes
    Number of orbits that the descriptor distinguishes.
limit
    Accuracy of Bayes' rule for these classes.
accuracy, gap
    Mean accuracy of the network, and how far it is above the limit of all orbits.
largest gap, at T, T over 0.3
    The largest gap at a temperature, that temperature, and the number of temperatures with a gap of
    more than 0.3 percentage points.
differ, loss
    Share of all blocks for which the network and Bayes' rule differ, and the cost of that per such
    block, the mean of |2 P - 1|.
no ties
    The largest gap at a temperature if Bayes' rule decides the orbits with |2 P - 1| < 0.04.

The most frequent of these tied orbits is printed below the summary. For 4 x 4 it is a single
flipped spin in a corner: 4 % of all blocks, and up to 8 % of those at one temperature.

The last two tables have the accuracy of Bayes' rule and the gap of each network at each
temperature, and their standard errors. At a single temperature a network can be above the limit: it
may assign blocks for which both phases are nearly as likely to either phase. This changes the mean
accuracy very little, but is a gain on one side of Tc and a loss on the other.
"""

import numpy as np
from _results import Column, Results, argument_parser
from _timing import timed

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
    """Return the code of each block (n, l, l) of zeros and ones, as `all_blocks` numbers them."""
    return bits.reshape(len(bits), -1) @ (1 << np.arange(bits[0].size))


def orbits(size):
    """Return the orbit of each block, and the code of one block of each orbit."""
    bits = (all_blocks(size) > 0).astype(int)
    turned = [np.rot90(b, k, axes=(1, 2)) for b in (bits, bits[:, ::-1]) for k in range(4)]
    images = np.array([code_of(image) for b in turned for image in (b, 1 - b)])
    codes, orbit = np.unique(images.min(axis=0), return_inverse=True)
    return orbit, codes


def count_orbits(n_blocks, sizes):
    """Return for each l the counts of the orbits, shape (n_temperatures, N_BATCHES, n_orbits)."""
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
    """Return the accuracies of Bayes' rule, which each half takes from the other half."""
    halves = counts[:, ::2], counts[:, 1::2]
    parts = [
        accuracies(judged, probability_disordered(other) > 0.5)
        for judged, other in (halves, halves[::-1])
    ]
    return np.stack(parts, axis=-1).reshape(len(counts), -1)


def classes_of(descriptor, representatives):
    """Return a class for each orbit; orbits of one class have the same features."""
    features = descriptor.fit_transform(representatives)
    return np.unique(features, axis=0, return_inverse=True)[1].ravel()


def merged(counts, classes):
    """Return the counts of the classes."""
    out = np.zeros((*counts.shape[:2], classes.max() + 1), counts.dtype)
    np.add.at(out, (slice(None), slice(None), classes), counts)
    return out


def mean_and_error(values):
    return values.mean(axis=-1), values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1])


def print_largest_tie(representatives, counts, P, weight):
    """Print the most frequent orbit that is nearly as likely in both phases."""
    is_tie = np.abs(2 * P - 1) < TIE
    if not is_tie.any():
        return
    k = np.argmax(weight * is_tie)
    most = 100 * frequencies(counts.sum(axis=1))[:, k].max()
    print(
        f"most frequent tie: P = {P[k]:.4f}, {100 * weight[k]:.2f} % of all blocks, up to "
        f"{most:.2f} % at one T"
    )
    print(representatives[k])


def calls_of(size, objective, descriptor, train, max_epochs, representatives):
    """Fit a classifier; return the orbits that it calls disordered and the seconds of the fit."""
    model = BlockAveragingClassifier(
        size,
        descriptor=descriptor,
        objective=objective,
        lr=3e-3,
        max_epochs=max_epochs,
        random_shift=True,
        random_state=0,
    )
    phase = train.temperature > exact.CRITICAL_TEMPERATURE
    seconds, _ = timed(lambda: model.fit(train.data, phase))
    return model.predict_proba(representatives)[:, 1] > 0.5, seconds


def summary(calls, counts, bayes, P, weight):
    """Return the gap at each temperature with its error, and the values of the summary."""
    found = accuracies(counts, calls)
    gap, error = mean_and_error(found - bayes)
    overall, overall_error = mean_and_error((found - bayes).mean(axis=0))
    differ = calls != (P > 0.5)
    loss = (weight * np.abs(2 * P - 1))[differ].sum() / max(weight[differ].sum(), 1e-300)
    worst = np.abs(gap).argmax()
    is_tie = np.abs(2 * P - 1) < TIE
    without_ties, _ = mean_and_error(accuracies(counts, np.where(is_tie, P > 0.5, calls)) - bayes)
    return (gap, error), [
        found.mean(),
        overall,
        overall_error,
        gap[worst],
        TEMPERATURES[worst],
        np.sum(np.abs(gap) > TOLERANCE),
        100 * weight[differ].sum(),
        loss,
        np.abs(without_ties).max(),
    ]


def report(results, size, counts, train, max_epochs):
    representatives = all_blocks(size)[orbits(size)[1]]
    bayes = bayes_accuracies(counts)
    P = probability_disordered(counts)
    weight = frequencies(counts.sum(axis=1)).mean(axis=0)
    title = f"l = {size}: {len(P)} orbits, {counts.sum():,} blocks"
    table = results.table(
        title,
        {"objective": 9, "invariants": 10},
        [
            Column("classes", "", "d"),
            Column("limit", "%", ".3f"),
            Column("accuracy", "%", ".3f"),
            Column("gap", "points", ".3f", "about 0"),
            Column("error", "points", ".3f"),
            Column("largest gap", "points", ".2f"),
            Column("at T", "", ".2f"),
            Column("T over 0.3", "", "d"),
            Column("differ", "%", ".2f"),
            Column("loss", "", ".2f"),
            Column("no ties", "points", ".2f", "at most 0.3"),
            Column("fit", "s", ".0f"),
        ],
    )
    gaps = []
    for objective, invariants in NETWORKS:
        descriptor = D4Descriptor(invariants=invariants)
        classes = classes_of(descriptor, representatives)
        limit = bayes_accuracies(merged(counts, classes)).mean()
        calls, seconds = calls_of(size, objective, descriptor, train, max_epochs, representatives)
        gap, values = summary(calls, counts, bayes, P, weight)
        gaps.append(gap)
        table.row([objective, invariants], [classes.max() + 1, limit, *values, seconds])
    print_largest_tie(representatives, counts, P, weight)
    report_temperatures(results, size, bayes, gaps)


def report_temperatures(results, size, bayes, gaps):
    """Print the limit and the gaps at each temperature, then the standard errors of the same."""
    columns = [Column("limit", "%", ".2f")]
    columns += [Column(" ".join(network), "points", ".2f") for network in NETWORKS]
    values = [mean_and_error(bayes), *gaps]
    for k, title in enumerate(("Bayes' rule, and gaps of the networks", "standard errors")):
        table = results.table(f"l = {size}: {title}", {"T": 5}, columns)
        for T, row in zip(TEMPERATURES, np.transpose([pair[k] for pair in values]), strict=True):
            table.row([round(T, 3)], row)
    limit, error = mean_and_error(bayes.mean(axis=0))
    results.line(Column(f"l = {size}, mean limit", "%", ".3f"), limit)
    results.line(Column(f"l = {size}, its standard error", "%", ".3f"), error)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-blocks", type=float, default=1e8, help="blocks to count (1e8)")
    parser.add_argument("--n-train", type=int, default=2000, help="lattices to train with (2000)")
    parser.add_argument("--max-epochs", type=int, default=20, help="epochs of training (20)")
    options = parser.parse_args()
    results = Results(__file__, options)
    counts = count_orbits(options.n_blocks, (3, 4))
    train = make_ising(options.n_train, LATTICE_SIZE, TEMPERATURES, random_state=0)
    for size in (3, 4):
        report(results, size, counts[size], train, options.max_epochs)
    results.write()


if __name__ == "__main__":
    main()
