"""How often the intervals of `DataCollapse` contain the true parameters of synthetic data.

A data set has four sizes and 25 temperatures. Most are error rates 1 - A of 1,000 classifications
at each, with the standard errors that the counts themselves give; the master curve is smooth or has
a kink at the critical temperature. The others are like Binder cumulants, whose standard errors span
three decades. Each is fitted with all parameters free, and with theta held at the truth. Further
cases add a correction to scaling for small sizes, or have the form of a
Berezinskii-Kosterlitz-Thouless transition.

The intervals are right if they contain the truth as often as their level says. The estimates are
right if their bias is well below their scatter.
"""

import time

import numpy as np
from _results import Column, Results, argument_parser
from joblib import Parallel, delayed
from scipy import stats

from skising.exact import CRITICAL_TEMPERATURE
from skising.scaling import DataCollapse

TRUTH = {"critical_temperature": CRITICAL_TEMPERATURE, "nu": 1.0, "theta": 0.12}
BINDER_TRUTH = TRUTH | {"theta": 0.0}
BKT_TRUTH = {"critical_temperature": CRITICAL_TEMPERATURE, "log_constant": 0.5, "theta": 0.12}
SIZES = (8, 16, 32, 64)
TEMPERATURES = np.linspace(1.9, 2.7, 25)
COUNT = 1000
LEVELS = (0.68, 0.95)
# The method was chosen with lower seeds.
SEEDS = range(10_000, 20_000)


def smooth_curve(z):
    return 0.9 / (np.exp(-z / 4) + np.exp(z / 6))


def kinked_curve(z):
    return 0.45 * np.where(z < 0, np.exp(z / 5), np.exp(-z / 7))


def binder_like_curve(z):
    return 0.65 / (1 + np.exp(z / 4))


def data_set(curve, truth, seed):
    """Return x, y, yerr and size of a data set."""
    size = np.repeat(np.array(SIZES, float), len(TEMPERATURES))
    x, rng = np.tile(TEMPERATURES, len(SIZES)), np.random.default_rng(seed)
    if "nu" in truth:
        factor = size ** (1 / truth["nu"])
    else:
        factor = (np.log(size) + truth["log_constant"]) ** 2
    z = (x - truth["critical_temperature"]) * factor
    y = size ** -truth["theta"] * (1 + truth.get("correction", 0) / size) * curve(z)
    if curve is binder_like_curve:
        yerr = 0.03 / (1 + np.exp(-z / 3)) + 3e-5
        return x, rng.normal(y, yerr), yerr, size
    n_wrong = rng.binomial(COUNT, y)
    rate = (n_wrong + 0.5) / (COUNT + 1)
    return x, n_wrong / COUNT, np.sqrt(rate * (1 - rate) / (COUNT + 1)), size


def collapse_of(curve, truth, held, seed, n_resamples):
    """Return estimates, standard errors, p-value and seconds of the collapse of one data set."""
    fit = DataCollapse(
        theta=truth["theta"] if held else None,
        correction_exponent=1 if "correction" in truth else None,
        scaling_form="power" if "nu" in truth else "bkt",
        n_resamples=n_resamples,
        random_state=seed,
    )
    start = time.thread_time()
    fit.fit(*data_set(curve, truth, seed))
    seconds = time.thread_time() - start
    names = [name for name in truth if not (held and name == "theta")]
    numbers = [(getattr(fit, f"{name}_"), getattr(fit, f"{name}_std_")) for name in names]
    return *np.transpose(numbers), fit.p_value_, seconds


def report(results, curve, truth, held, options):
    seeds = SEEDS[: options.n_sets]
    tasks = (delayed(collapse_of)(curve, truth, held, seed, options.n_resamples) for seed in seeds)
    found = Parallel(n_jobs=options.n_jobs)(tasks)
    estimates, stds, p, seconds = map(np.array, zip(*found, strict=True))
    title = curve.__name__.replace("_", " ")
    title += ", corrected" * ("correction" in truth) + ", BKT" * ("nu" not in truth)
    title += ", theta held" * held
    table = results.table(
        f"{title}: {options.n_sets} data sets, {options.n_resamples} resamples",
        {"parameter": 20},
        [
            Column("truth", "", ".5f"),
            Column("mean", "", ".5f"),
            Column("scatter", "", ".5f"),
            Column("std_", "", ".5f"),
            Column("bias / scatter", "", ".2f", "well below 1"),
            *(Column(f"in {level:.0%}", "", ".1%", f"{level:.0%}") for level in LEVELS),
        ],
    )
    for i, (name, true) in enumerate(list(truth.items())[: estimates.shape[1]]):
        deviations, scatter = estimates[:, i] - true, estimates[:, i].std(ddof=1)
        coverage = [
            np.mean(np.abs(deviations) < stats.norm.ppf(0.5 + level / 2) * stds[:, i])
            for level in LEVELS
        ]
        std = np.sqrt(np.mean(stds[:, i] ** 2))
        mean, bias = estimates[:, i].mean(), deviations.mean() / scatter
        table.row([name], [true, mean, scatter, std, bias, *coverage])
    goodness = results.table(
        f"{title}: goodness of fit and time of a fit",
        {},
        [
            Column("p_value_ < 5 %", "", ".1%", "5%"),
            Column("median time", "s", ".2f"),
            Column("longest time", "s", ".2f", "at most 10"),
        ],
    )
    goodness.row([], [np.mean(p < 0.05), np.median(seconds), seconds.max()])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-sets", type=int, default=100, help="data sets (100)")
    parser.add_argument("--n-resamples", type=int, default=60, help="resamples per fit (60)")
    parser.add_argument("--n-jobs", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    results = Results(__file__, options)
    for held in (False, True):
        report(results, smooth_curve, TRUTH, held, options)
        report(results, kinked_curve, TRUTH, held, options)
        report(results, binder_like_curve, BINDER_TRUTH, held, options)
    report(results, smooth_curve, BKT_TRUTH, False, options)
    for curve in (smooth_curve, kinked_curve):
        report(results, curve, TRUTH | {"correction": 1.0}, False, options)
    results.write()


if __name__ == "__main__":
    main()
