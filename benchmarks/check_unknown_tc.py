"""Ways to find an unknown Tc from lattices and classifiers of their blocks, beside the exact Tc.

Each repetition has new lattices and networks. Networks for blocks of l = 8 and 16 sites are
trained on lattices far from the transition only, whose phase is obvious. Their mean probability of
disorder, `order_curve`, is measured on 64 x 64 lattices at 12 temperatures from 0.93 to 1.09 Tc,
where no labels are used. The descriptors are "d4", which sees all distances in a block, and "pair",
which sees correlations up to a distance of 4. The labelled temperatures end at 0.85 and 1.15 Tc,
"even", or at 0.9 and 1.3 Tc, "uneven": a user who does not know Tc cannot choose them symmetric
about it. The ways are:

crossing
    Where the order curves of l = 8 and 16 cross.
p = 1/2
    Where the order curve of l = 16 is 1/2.
steepest
    Where the order curve of l = 16 is steepest: the centre of a fitted tanh with a linear
    background.
variance
    Where the variance over lattices of the mean probability, l = 16, is largest.
confusion
    E. P. L. van Nieuwenburg, Y.-H. Liu and S. D. Huber, Nature Physics 13, 435 (2017): a network
    is trained with each guess of Tc as if it were right, on half of the chains, and is tested on
    the other half. The accuracy for single blocks has a maximum between two minima.
binder
    Where <m^4> / <m^2>^2 of 16 x 16 and 32 x 32 lattices cross, 300 at each temperature. It needs
    the order parameter.

The last table has networks of l = 8 and 16 that are trained again, on lattices at temperatures
around Tc with labels by a guess of it: it shows whether their crossing depends on the guess.
"""

import warnings

import numpy as np
from _results import Column, Results, argument_parser
from joblib import Parallel, delayed
from scipy import optimize

from skising import (
    BlockAveragingClassifier,
    D4Descriptor,
    PairCorrelationDescriptor,
    exact,
    make_ising,
    make_potts,
)
from skising.scaling import crossing, observable_curve, order_curve

EXACT = {
    "Ising": exact.CRITICAL_TEMPERATURE,
    "Potts, q = 3": exact.potts_critical_temperature(3),
}
SIZES = (8, 16)
DESCRIPTORS = ("d4", "pair")
GAPS = {"even": (0.85, 1.15), "uneven": (0.9, 1.3)}
TESTED = np.linspace(0.93, 1.09, 12)
GUESSES = (0.98, 1.0, 1.02)
N_RESAMPLES = 60
WAYS = ("crossing", "p = 1/2", "steepest", "variance", "confusion", "binder")
COLUMNS = [
    Column("found", "", ".0f"),
    Column("deviation", "% of Tc", ".2f", "0"),
    Column("scatter", "% of Tc", ".2f"),
    Column("mean error", "% of Tc", ".2f", "the scatter"),
    Column("mean pull", "", ".1f", "0"),
    Column("rms pull", "", ".1f", "1"),
]


def sample(model, n_each, lattice_size, temperatures, seed):
    """Return lattices at temperatures in units of Tc."""
    T = EXACT[model] * np.asarray(temperatures)
    if model == "Ising":
        data = make_ising(n_each * len(T), lattice_size, T, random_state=seed)
        return data, data.magnetization**2
    data = make_potts(n_each * len(T), lattice_size, T, n_states=3, random_state=seed)
    return data, data.order_parameter


def train(model, block_size, X, is_disordered, seed, descriptor="pair", epochs=8):
    spins = {} if model == "Ising" else {"spins": "potts", "n_states": 3}
    kind = D4Descriptor if descriptor == "d4" else PairCorrelationDescriptor
    return BlockAveragingClassifier(
        block_size,
        descriptor=kind(**spins),
        objective="block",
        max_epochs=epochs,
        batch_size=16,
        random_state=seed,
    ).fit(X, is_disordered)


def value_and_error(find, values, resamples):
    """Return what `find` finds in values, and its standard deviation over resamples."""
    found = np.array([find(column) for column in np.transpose(resamples)])
    # A quarter of the resamples without a result is no result.
    if np.isfinite(found).mean() < 0.75:
        return np.nan, np.nan
    return find(values), np.nanstd(found)


def half(p):
    """Return the temperature at which a curve crosses 1/2 upwards, by linear interpolation."""
    k = np.flatnonzero((p[:-1] < 0.5) & (p[1:] >= 0.5))
    if len(k) != 1:
        return np.nan
    k = k[0]
    return TESTED[k] + (0.5 - p[k]) / (p[k + 1] - p[k]) * (TESTED[k + 1] - TESTED[k])


def steepest(p):
    """Return the centre of the tanh in a tanh with a linear background."""

    def curve(T, low, slope, height, centre, width):
        return low + slope * (T - 1) + height * np.tanh((T - centre) / width)

    start = TESTED[np.argmax(np.diff(p))] + (TESTED[1] - TESTED[0]) / 2
    bounds = [-2, -20, 0, TESTED[0], 0.005], [2, 20, 2, TESTED[-1], 0.2]
    first = [p.mean(), 0.5, 0.2, start, 0.02]
    try:
        return optimize.curve_fit(curve, TESTED, p, first, bounds=bounds)[0][3]
    except RuntimeError:  # not converged
        return np.nan


def peak(values, temperatures=TESTED):
    """Return the top of a parabola through the largest inner value and its two neighbours.

    Maxima at the ends, where a single class is left, do not count: a value must exceed both
    neighbours.
    """
    inner = np.arange(1, len(values) - 1)
    inner = inner[(values[inner] > values[inner - 1]) & (values[inner] >= values[inner + 1])]
    if len(inner) == 0:
        return np.nan
    k = inner[np.argmax(values[inner])]
    a, b, _ = np.polyfit(temperatures[k - 1 : k + 2], values[k - 1 : k + 2], 2)
    return -b / (2 * a)


def crossing_of(curve, resamples, tc, **columns):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = crossing(curve, resamples, random_state=0, **columns)
    return found.temperature / tc, found.error / tc


def by_order_curves(model, near, gap, descriptor, seed, n_networks):
    """Return (value, error) in units of Tc of four ways, for networks trained far from Tc."""
    tc, (low, high) = EXACT[model], GAPS[gap]
    T = np.r_[np.linspace(0.5, low, 8), np.linspace(high, high + 0.35, 8)]
    far, _ = sample(model, 10, 64, T, seed)
    models = [
        train(model, size, far.data, far.temperature > tc, 100 * seed + k, descriptor)
        for size in SIZES
        for k in range(n_networks)
    ]
    curve, resamples = order_curve(
        models,
        near.data,
        near.temperature,
        groups=near.chain,
        n_resamples=N_RESAMPLES,
        random_state=seed,
    )
    p = {size: curve.probability[curve.block_size == size].to_numpy() for size in SIZES}
    drawn = {size: resamples[(curve.block_size == size).to_numpy()] for size in SIZES}
    outputs = [m.predict_blocks(near.data).mean(axis=(1, 2)) for m in models if m.block_size == 16]
    outputs = np.mean(outputs, axis=0).reshape(len(TESTED), -1)
    rng = np.random.default_rng(seed)
    draws = rng.integers(outputs.shape[1], size=(N_RESAMPLES, outputs.shape[1]))
    variances = outputs[:, draws].var(axis=2)
    columns = {"value": "probability", "size": "block_size"}
    return {
        "crossing": crossing_of(curve, resamples, tc, **columns),
        "p = 1/2": value_and_error(half, p[16], drawn[16]),
        "steepest": value_and_error(steepest, p[16], drawn[16]),
        "variance": value_and_error(peak, outputs.var(axis=1), variances),
    }


def by_confusion(model, near, seed):
    """Return (value, error) in units of Tc by the method of confusion."""
    tc, is_trained = EXACT[model], near.chain % 2 == 0
    guesses = (TESTED[:-1] + TESTED[1:]) / 2
    right = []
    for guess in guesses:
        label = near.temperature > guess * tc
        net = train(model, 16, near.data[is_trained], label[is_trained], seed, epochs=4)
        p = net.predict_blocks(near.data[~is_trained]).reshape(np.sum(~is_trained), -1)
        right.append(((p > 0.5) == label[~is_trained, np.newaxis]).mean(axis=1))
    right = np.array(right)
    rng = np.random.default_rng(seed)
    draws = rng.integers(right.shape[1], size=(N_RESAMPLES, right.shape[1]))
    resamples = right[:, draws].mean(axis=2)
    return value_and_error(lambda a: peak(a, guesses), right.mean(axis=1), resamples)


def by_binder(model, seed):
    temperatures, order = {}, {}
    for size in (16, 32):
        data, order[size] = sample(model, 300, size, TESTED, seed)
        temperatures[size] = data.temperature
    curve, resamples = observable_curve(
        lambda m2: np.mean(m2**2) / np.mean(m2) ** 2,
        order,
        temperatures,
        n_resamples=N_RESAMPLES,
        random_state=seed,
    )
    return crossing_of(curve, resamples, EXACT[model])


def by_guess(model, near, X, guess, seed):
    """Return the crossing of networks that are trained on X with labels by a guess."""
    tc = EXACT[model]
    nets = [train(model, size, X.data, X.temperature > guess * tc, seed) for size in (8, 16)]
    curve, resamples = order_curve(
        nets,
        near.data,
        near.temperature,
        groups=near.chain,
        n_resamples=N_RESAMPLES,
        random_state=seed,
    )
    return crossing_of(curve, resamples, tc, value="probability", size="block_size")


def row(table, case, found):
    """Print the statistics of (value, error) in units of Tc."""
    value, error = np.reshape(found, (-1, 2)).T
    known = np.isfinite(value) & np.isfinite(error)
    deviation, error = 100 * (value[known] - 1), 100 * error[known]
    numbers = [known.sum()] + [None] * 5
    if known.sum() > 1:
        pulls = deviation / error
        numbers[1:] = [deviation.mean(), deviation.std(ddof=1), error.mean()]
        numbers += [pulls.mean(), np.sqrt(np.mean(pulls**2))]
    table.row(case, numbers)


def repetition(model, seed, n_networks):
    """Return (value, error) of all ways, and of all guesses, for new lattices and networks."""
    near, _ = sample(model, 40, 64, TESTED, 1000 + seed)
    ways = {}
    for gap in GAPS:
        for descriptor in DESCRIPTORS:
            found = by_order_curves(model, near, gap, descriptor, 2000 + seed, n_networks)
            ways |= {(way, descriptor, gap): estimate for way, estimate in found.items()}
    ways["confusion", "pair", "none"] = by_confusion(model, near, seed)
    ways["binder", "none", "none"] = by_binder(model, 3000 + seed)
    X, _ = sample(model, 8, 64, np.linspace(0.8, 1.2, 30), 4000 + seed)
    return ways, {guess: by_guess(model, near, X, guess, seed) for guess in GUESSES}


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-sets", type=int, default=5, help="repetitions (5)")
    parser.add_argument("--n-networks", type=int, default=2, help="networks of each size (2)")
    parser.add_argument("--n-jobs", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    results, found, again = Results(__file__, options), {}, {}
    parallel = Parallel(n_jobs=options.n_jobs)
    cases = [(model, seed) for model in EXACT for seed in range(options.n_sets)]
    tasks = (delayed(repetition)(*case, options.n_networks) for case in cases)
    for (model, _), (ways, guesses) in zip(cases, parallel(tasks), strict=True):
        for way, estimate in ways.items():
            found.setdefault((model, *way), []).append(estimate)
        for guess, estimate in guesses.items():
            again.setdefault((model, guess), []).append(estimate)
    widths = {"model": 12, "way": 10, "descriptor": 10, "labels": 7}
    table = results.table(f"Tc by {options.n_sets} repetitions", widths, COLUMNS)
    for case in sorted(found, key=lambda c: (c[0], WAYS.index(c[1]))):
        row(table, case, found[case])
    widths = {"model": 12, "guess, in Tc": 12}
    table = results.table("crossing of networks trained with a guess", widths, COLUMNS)
    for case, estimates in again.items():
        row(table, case, estimates)
    results.write()


if __name__ == "__main__":
    main()
