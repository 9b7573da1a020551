"""Pulls of `crossing`: how far the crossings are from the truth, in units of their errors.

First synthetic curves that cross at a known temperature: like Binder cumulants, which approach
2 / 3 from below within a few per cent on one side, and like probabilities of a phase. The grids of
temperatures are narrow and coarse, or wide, so that both curves are flat at most temperatures.
Then Binder cumulants of Ising lattices, whose crossings have known limits but deviate for small
sizes, and their extrapolation.

The errors are right if the pulls have a standard deviation of about 1, and none is far above 3.
"""

import warnings

import numpy as np
import pandas as pd
from _results import Column, Results, argument_parser
from joblib import Parallel, delayed

from skising import make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.scaling import crossing, observable_curve

SIZES = (8, 16, 32)
GRIDS = {"9 within 0.2": (9, 0.2), "21 within 0.5": (21, 0.5), "41 within 1": (41, 1.0)}
# The method was chosen with seeds below 100.
SEEDS = range(1000, 2000)
PULLS = [
    Column("mean", "", ".2f", "0"),
    Column("std", "", ".2f", "1"),
    Column("largest", "", ".1f", "at most about 3"),
    Column("NaN", "", ".1%", "0 but for large noise"),
    Column("error", "", ".5f"),
]


def binder_like(z):
    return (2 / 3) / (1 + np.exp(0.45 * z - 2.3))


def probability_like(z):
    return 1 / (1 + np.exp(-0.55 * z))


# The standard error where a value is 1 / 2.
NOISES = {binder_like: 0.003, probability_like: 0.01}


def synthetic(function, n, span, noise, seed):
    """Return a curve of three sizes; the temperatures are not symmetric about the crossing."""
    rng, parts = np.random.default_rng(seed), []
    T = CRITICAL_TEMPERATURE + np.linspace(-span, span, n) + 0.13 * 2 * span / n
    for size in SIZES:
        exact = function((T - CRITICAL_TEMPERATURE) * size)
        error = noise * (0.02 + 4 * exact * (1 - exact))
        value = exact + error * rng.normal(size=n)
        parts.append(pd.DataFrame({"size": size, "temperature": T, "value": value, "error": error}))
    return pd.concat(parts, ignore_index=True)


def binder(sizes, temperatures, n_each, seed):
    """Return the Binder cumulants of Ising lattices, and resamples."""
    settings = {"algorithm": "swendsen-wang", "random_state": seed}
    n_samples = n_each * len(temperatures)
    data = {L: make_ising(n_samples, L, temperatures, **settings) for L in sizes}
    return observable_curve(
        "binder_cumulant",
        {L: ising.magnetization for L, ising in data.items()},
        {L: ising.temperature for L, ising in data.items()},
        # Four chains give no good error; frames are two autocorrelation times apart.
        n_resamples=200,
        random_state=seed,
    )


def cross(curve, resamples=None, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return crossing(curve, resamples, random_state=0, **kwargs)


def synthetic_pairs(function, n, span, noise, seed):
    return cross(synthetic(function, n, span, noise, seed)).pairs[["temperature", "error"]]


def ising_pairs(temperatures, n_each, seed):
    return cross(*binder(SIZES, temperatures, n_each, seed)).pairs[["temperature", "error"]]


def report(table, case, found):
    """Print a row for each pair of sizes, from the pairs of many sets (n_sets, n_pairs, 2)."""
    found = np.array(found)
    for k in range(found.shape[1]):
        T, error = found[:, k].T
        known = np.isfinite(T)
        pulls = (T[known] - CRITICAL_TEMPERATURE) / error[known]
        if known.any():
            numbers = [pulls.mean(), pulls.std(), np.abs(pulls).max(), np.mean(~known)]
            numbers.append(np.median(error[known]))
        else:
            numbers = [None, None, None, 1.0, None]
        table.row([*case, f"{SIZES[k]}, {SIZES[k + 1]}"], numbers)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-sets", type=int, default=100, help="synthetic sets (100)")
    parser.add_argument("--n-ising", type=int, default=20, help="sets of Ising lattices (20)")
    parser.add_argument("--n-each", type=int, default=400, help="lattices per temperature (400)")
    parser.add_argument("--n-large", type=int, default=2000, help="the same of L up to 64 (2000)")
    parser.add_argument("--n-jobs", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    results, parallel = Results(__file__, options), Parallel(n_jobs=options.n_jobs)
    table = results.table(
        f"synthetic curves, {options.n_sets} sets",
        {"curve": 16, "temperatures": 13, "noise": 6, "sizes": 7},
        PULLS,
    )
    for function, noise in NOISES.items():
        for name, (n, span) in GRIDS.items():
            seeds = SEEDS[: options.n_sets]
            tasks = (delayed(synthetic_pairs)(function, n, span, noise, s) for s in seeds)
            report(table, [function.__name__, name, noise], parallel(tasks))
    table = results.table(
        f"Binder cumulants of Ising lattices, {options.n_ising} sets, {options.n_each} lattices at "
        "each of 11 temperatures",
        {"temperatures": 13, "sizes": 7},
        PULLS,
    )
    for low, high in ((2.1, 2.45), (1.9, 2.7)):
        T = np.linspace(low, high, 11)
        tasks = (delayed(ising_pairs)(T, options.n_each, s) for s in SEEDS[: options.n_ising])
        report(table, [f"{low} to {high}"], parallel(tasks))
    curve, resamples = binder((8, 16, 32, 64), np.linspace(2.2, 2.34, 9), options.n_large, 0)
    found = cross(curve, resamples, exponent=2.75)
    table = results.table(
        f"Binder cumulants, {options.n_large} lattices at each of 9 temperatures",
        {"sizes": 20},
        [Column("crossing", "", ".5f", f"{CRITICAL_TEMPERATURE:.5f}"), Column("error", "", ".5f")],
    )
    for row in found.pairs.itertuples():
        table.row([f"{row.size_1:g}, {row.size_2:g}"], [row.temperature, row.error])
    table.row(["extrapolated"], [found.temperature, found.error])
    results.line(Column("p-value of the extrapolation", "", ".2f"), found.p_value)
    results.write()


if __name__ == "__main__":
    main()
