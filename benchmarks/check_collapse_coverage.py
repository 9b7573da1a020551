"""How often the intervals of `DataCollapse` hold the truth, on data whose truth is known.

Each data set has four sizes, 25 temperatures and the error 1 - A of 1000 classifications at each,
with the errors that the counts themselves give. The master curve is either smooth or has a kink at
the critical temperature; last, small sizes need a correction to scaling. Intervals are right if
they hold the truth as often as they say, and the estimate is so if its bias is well below its
scatter. Options: data sets, resamplings, processes.
"""

import sys
import time

import numpy as np
from joblib import Parallel, delayed
from scipy import stats

from skising.exact import CRITICAL_TEMPERATURE
from skising.scaling import DataCollapse

TRUTH = {"critical_temperature": CRITICAL_TEMPERATURE, "nu": 1.0, "theta": 0.12}
SIZES = (8, 16, 32, 64)
TEMPERATURES = np.linspace(1.9, 2.7, 25)
COUNT = 1000
LEVELS = (0.68, 0.95)
# Not the first ones, by which the method was chosen.
SEEDS = range(10_000, 20_000)


def smooth_curve(z):
    return 0.9 / (np.exp(-z / 4) + np.exp(z / 6))


def kinked_curve(z):
    return 0.45 * np.where(z < 0, np.exp(z / 5), np.exp(-z / 7))


def collapse_of(curve, truth, seed, n_resamples):
    """Return estimates, standard errors, quality and seconds of the collapse of one data set."""
    size = np.repeat(np.array(SIZES, float), len(TEMPERATURES))
    x = np.tile(TEMPERATURES, len(SIZES))
    z = (x - truth["critical_temperature"]) * size ** (1 / truth["nu"])
    y = size ** -truth["theta"] * (1 + truth.get("correction", 0) / size) * curve(z)
    wrong = np.random.default_rng(seed).binomial(COUNT, y)
    likely = (wrong + 0.5) / (COUNT + 1)
    yerr = np.sqrt(likely * (1 - likely) / (COUNT + 1))
    start = time.thread_time()
    omega = 1 if "correction" in truth else None
    fit = DataCollapse(correction_exponent=omega, n_resamples=n_resamples, random_state=seed)
    fit.fit(x, wrong / COUNT, yerr, size)
    seconds = time.thread_time() - start
    numbers = [(getattr(fit, f"{name}_"), getattr(fit, f"{name}_std_")) for name in truth]
    return *np.transpose(numbers), fit.p_value_, seconds


def report(curve, truth, n_sets, n_resamples, n_jobs):
    tasks = (delayed(collapse_of)(curve, truth, seed, n_resamples) for seed in SEEDS[:n_sets])
    estimates, stds, p, seconds = map(np.array, zip(*Parallel(n_jobs=n_jobs)(tasks), strict=True))
    deviations = estimates - list(truth.values())
    print(f"{curve.__name__}: {n_sets} data sets, {n_resamples} resamplings")
    print(f"{'':>22} {'truth':>8} {'mean':>8} {'scatter':>8} {'std_':>8} {'bias/s':>7}", end="")
    print("".join(f"{f'{level:.0%} holds':>11}" for level in LEVELS))
    for i, (name, true) in enumerate(truth.items()):
        scatter = estimates[:, i].std(ddof=1)
        inside = [
            np.abs(deviations[:, i]) < stats.norm.ppf(0.5 + level / 2) * stds[:, i]
            for level in LEVELS
        ]
        print(f"{name:>22} {true:8.5f} {estimates[:, i].mean():8.5f} {scatter:8.5f}", end=" ")
        print(
            f"{np.sqrt(np.mean(stds[:, i] ** 2)):8.5f} {deviations[:, i].mean() / scatter:7.2f}"
            + "".join(f"{held.mean():11.1%}" for held in inside)
        )
    print(
        f"p_value_ below 5 %: {np.mean(p < 0.05):.1%}; seconds a fit: median "
        f"{np.median(seconds):.2f}, longest {seconds.max():.2f}\n",
        flush=True,
    )


def main():
    n_sets, n_resamples, n_jobs = (
        int(given) if given else default
        for given, default in zip((*sys.argv[1:], None, None, None), (200, 200, 2), strict=False)
    )
    corrected = TRUTH | {"correction": 1.0}
    for curve, truth in (
        (smooth_curve, TRUTH),
        (kinked_curve, TRUTH),
        (smooth_curve, corrected),
        (kinked_curve, corrected),
    ):
        report(curve, truth, n_sets, n_resamples, n_jobs)


if __name__ == "__main__":
    main()
