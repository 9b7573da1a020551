"""Exponents of the closing window and of the data collapse, at l = 8, 16, 32 and 64, L = 320.

Classifiers of single blocks train at 80 temperatures around the critical one: three of each size,
on different lattices. All are tested on the same other lattices. The standard errors include both
the scatter of the test lattices and that of the training.

The script prints the windows at 85 % accuracy and the sum of the error rates 1 - A on the two sides
of the critical temperature, which is 1 for any classifier. Then come the power law of the windows'
widths for the sizes l, l - 0.5, l - 1 and l - 1.2, and collapses of the error rate where
|T - Tc| l < 4. These have the size l or l - 1, and theta held at 0, which is exact, or free; one
has the paper's exponents. Both are for all sizes, and again for all but the smallest. Last comes
the stability of the fit with theta = 0 and the size l - 1.

Nearly all of the time goes into lattices and training. With ``--curves FILE`` the accuracy curves
are kept in that file, and a second run with it repeats the analysis alone.
"""

import time
from pathlib import Path

import joblib
import numpy as np
from _results import Column, Results, argument_parser

from skising import BlockAveragingClassifier, make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.scaling import (
    DataCollapse,
    PowerLaw,
    accuracy_curve,
    collapse_stability,
    temperature_window,
)

SIZES = (8, 16, 32, 64)
LATTICE_SIZE = 320
N_NETWORKS = 3  # of each size
N_RESAMPLES = 200
OFFSETS = (0, 0.5, 1, 1.2)
BESIDE = 0.001  # the distance from Tc at which the two error rates are compared
COLLAPSES = {
    "theta = 0, l - 1": {"theta": 0, "size_offset": 1},
    "theta = 0": {"theta": 0},
    "none, l - 1": {"size_offset": 1},
    "none": {},
    "paper": {"critical_temperature": CRITICAL_TEMPERATURE, "nu": 1, "theta": 0.12},
}


def data(temperatures, n_each, seed):
    n_samples = n_each * len(temperatures)
    return make_ising(n_samples, LATTICE_SIZE, temperatures, random_state=seed, n_jobs=2)


def fitted(X, temperature, block_size, descriptor, seed):
    start = time.perf_counter()
    model = BlockAveragingClassifier(
        block_size,
        descriptor=descriptor,
        objective="block",
        max_epochs=12,
        batch_size=16,
        random_shift=True,
        random_state=seed,
    ).fit(X, temperature > CRITICAL_TEMPERATURE)
    print(f"l = {block_size} fitted in {time.perf_counter() - start:.0f} s", flush=True)
    return model


def train(descriptor):
    """Return for each training set a list of classifiers, one of each size."""
    temperatures = CRITICAL_TEMPERATURE + np.linspace(-0.8, 0.8, 80)
    training_sets = [data(temperatures, 60, 10 + k) for k in range(N_NETWORKS)]
    jobs = [
        joblib.delayed(fitted)(ising.data, ising.temperature, block_size, descriptor, k)
        for k, ising in enumerate(training_sets)
        for block_size in SIZES
    ]
    models = joblib.Parallel(n_jobs=2)(jobs)
    return [models[k : k + len(SIZES)] for k in range(0, len(models), len(SIZES))]


def curves_of(networks):
    """Return the curves of each training set, and the curve of all networks with its resamples."""
    temperatures = np.union1d(np.linspace(2.0, 2.56, 29), np.linspace(2.22, 2.32, 21)).round(6)
    beside = CRITICAL_TEMPERATURE + np.array([-BESIDE, BESIDE])
    test = data(np.union1d(np.unique(temperatures), beside), 48, 1)
    arguments = test.data, test.temperature > CRITICAL_TEMPERATURE, test.temperature
    of_all = accuracy_curve(
        [model for models in networks for model in models],
        *arguments,
        n_resamples=N_RESAMPLES,
        random_state=0,
    )
    return [accuracy_curve(models, *arguments) for models in networks], *of_all


def windows_of(curves):
    """Return the mean windows of several networks, with standard errors."""
    found = [temperature_window(curve, 0.85, random_state=0) for curve in curves]
    windows = found[0][["block_size"]].copy()
    for name in ("T_minus", "T_plus", "width"):
        windows[name] = np.mean([window[name] for window in found], axis=0)
    training_error = np.std([window.width for window in found], axis=0, ddof=1) / len(found) ** 0.5
    lattice_error = np.mean([window.width_error for window in found], axis=0)
    windows["width_error"] = np.hypot(lattice_error, training_error)
    windows["training_error"] = training_error
    windows["width_times_l"] = windows.width * windows.block_size
    return windows


def report_windows(results, windows):
    columns = [
        Column(name.replace("_", " "), "", ".4f", "about 2.2" if name == "width_times_l" else None)
        for name in windows.columns[1:]
    ]
    table = results.table("Windows below 85 % accuracy", {"l": 3}, columns)
    for row in windows.itertuples(index=False):
        table.row([row.block_size], row[1:])


def report_sum(results, curve):
    beside = np.isclose((curve.temperature - CRITICAL_TEMPERATURE).abs(), BESIDE)
    table = results.table(
        f"Sum of the error rates at Tc - {BESIDE} and Tc + {BESIDE}",
        {"l": 3},
        [Column("sum", "", ".4f", "1, less the slope of p"), Column("error", "", ".4f")],
    )
    for size, part in curve[beside].groupby("block_size"):
        table.row([size], [(1 - part.accuracy).sum(), np.hypot(*part.error)])


def report_power_law(results, windows):
    table = results.table(
        f"Power law of the width, l >= {windows.block_size.min()}",
        {"size": 8},
        [
            Column("exponent", "", ".3f", "-1, for l - 1"),
            Column("error", "", ".3f"),
            Column("chi-square", "", ".1f"),
            Column("p", "", ".2g", "above 0.05, for l - 1"),
        ],
    )
    for offset in OFFSETS:
        law = PowerLaw(x_offset=offset)
        law.fit(windows.block_size, windows.width, windows.width_error)
        table.row([f"l - {offset}"], [law.exponent_, law.exponent_std_, law.chi2_, law.p_value_])


def report_collapses(results, curve, resamples):
    table = results.table(
        f"Data collapse, l >= {curve.block_size.min()}",
        {"held": 16},
        [
            Column("Tc", "", ".4f", "2.2692"),
            Column("error of Tc", "", ".4f"),
            Column("nu", "", ".4f", "1"),
            Column("error of nu", "", ".4f"),
            Column("theta", "", ".4f", "0"),
            Column("error of theta", "", ".4f"),
            Column("quality", "", ".2f", "about 1"),
            Column("p", "", ".2g", "above 0.05"),
        ],
    )
    for name, held in COLLAPSES.items():
        collapse = DataCollapse(**held, random_state=0).fit_curve(curve, resamples)
        values = collapse.summary()[["estimate", "std"]].to_numpy().ravel()
        table.row([name], [*values, collapse.quality_, collapse.p_value_])


def report_stability(results, curve, resamples):
    collapse = DataCollapse(theta=0, size_offset=1, random_state=0).fit_curve(curve, resamples)
    stability = collapse_stability(collapse)
    table = results.table(
        "Stability of the collapse with theta = 0 and l - 1",
        {"l >=": 4, "|T - Tc| <=": 12},
        [
            Column("measurements", "", "d"),
            Column("Tc", "", ".4f", "2.2692"),
            Column("error of Tc", "", ".4f"),
            Column("nu", "", ".3f", "1"),
            Column("error of nu", "", ".3f"),
            Column("quality", "", ".2f", "about 1"),
            Column("p", "", ".2g", "above 0.05"),
        ],
    )
    for size, distance, *values in stability.itertuples(index=False):
        table.row([size, round(distance, 3)], values)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--descriptor", default="d4", help='descriptor of the blocks ("d4")')
    parser.add_argument("--curves", type=Path, help="file that keeps the accuracy curves")
    options = parser.parse_args()
    results = Results(__file__, options)
    if options.curves and options.curves.exists():
        curves, curve, resamples = joblib.load(options.curves)
    else:
        curves, curve, resamples = curves_of(train(options.descriptor))
        if options.curves:
            joblib.dump((curves, curve, resamples), options.curves)
    windows = windows_of(curves)
    report_windows(results, windows)
    report_sum(results, curve)
    near = ((curve.temperature - CRITICAL_TEMPERATURE) * curve.block_size).abs() < 4
    curve, resamples = curve[near], resamples[near]
    for smallest in SIZES[:2]:
        report_power_law(results, windows[windows.block_size >= smallest])
        kept = curve.block_size >= smallest
        report_collapses(results, curve[kept], resamples[kept])
    report_stability(results, curve, resamples)
    results.write()


if __name__ == "__main__":
    main()
