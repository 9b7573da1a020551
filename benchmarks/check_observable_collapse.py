"""Collapses and crossings of Monte Carlo observables of Ising lattices against exact exponents.

Fresh lattices of L = 8 to 64 at |T - T_c| L of at most 6, by Metropolis, whose 64 chains at each
temperature are the groups. For several seeds: the collapse of Binder's cumulant, with theta held at
0, and of the absolute magnetization and both susceptibilities, with all parameters free, for
several smallest sizes and ranges, without and with a correction to scaling. Then the stability of
the collapse of the absolute magnetization, and the crossings of Binder's cumulant and of xi / L,
of the largest sizes and extrapolated.

Parameters are right if their pulls are at most about 3, and the quality is about 1. Fits with small
sizes or temperatures far from T_c need not be: there scaling has corrections.
"""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
from _results import Column, Results, argument_parser

from skising import make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.scaling import DataCollapse, collapse_stability, crossing, observable_curve

SIZES = (8, 12, 16, 24, 32, 48, 64)
# Their ratio is the same for all pairs, as an extrapolation needs.
DOUBLED = (8, 16, 32, 64)
# Not symmetric about T_c, so that no result is right by symmetry.
POSITIONS = np.linspace(-5.8, 6.0, 21)
# theta of each: beta / nu or -gamma / nu.
COLLAPSED = {
    "binder_cumulant": 0.0,
    "absolute_magnetization": 1 / 8,
    "susceptibility": -7 / 4,
    "unconnected_susceptibility": -7 / 4,
}
CROSSING = ("binder_cumulant", "correlation_length_ratio")
# Smallest size, largest |T - T_c| L, exponent of a correction to scaling.
CUTS = ((8, 6, None), (16, 3, None), (32, 3, None), (8, 3, 1.75))
# 1 / nu + omega with omega = 7 / 4, as in the notes of `crossing`.
EXPONENT = 2.75
PULLS = [
    Column("exact", "", ".5f"),
    Column("estimate", "", ".5f"),
    Column("error", "", ".5f"),
    Column("mean pull", "", ".2f", "0"),
    Column("largest pull", "", ".1f", "at most about 3"),
    Column("smallest p", "", ".1g", "above 0.01"),
]


def curves(n_each, n_resamples, seed):
    """Return, by observable, the curve of all sizes and its resamples."""
    rng, found = np.random.RandomState(seed), {name: [] for name in {*COLLAPSED, *CROSSING}}
    for size in SIZES:
        T = CRITICAL_TEMPERATURE + POSITIONS / size
        ising = make_ising(n_each * len(T), size, T, algorithm="metropolis", random_state=seed)
        for name, parts in found.items():
            data = ising.data if name == "correlation_length_ratio" else ising.magnetization
            data = {size: data}, {size: ising.temperature}
            settings = {"n_resamples": n_resamples, "random_state": rng}
            parts.append(observable_curve(name, *data, groups={size: ising.chain}, **settings))
    return {
        name: (
            pd.concat([c for c, _ in parts], ignore_index=True),
            np.vstack([r for _, r in parts]),
        )
        for name, parts in found.items()
    }


def collapse(curve, resamples, theta, smallest, largest_z, omega):
    """Return the collapse of one observable from the measurements within a range."""
    z = (curve["temperature"] - CRITICAL_TEMPERATURE) * curve["size"]
    kept = ((curve["size"] >= smallest) & (np.abs(z) <= largest_z)).to_numpy()
    fit = DataCollapse(theta=0 if theta == 0 else None, correction_exponent=omega, random_state=0)
    return fit.fit_curve(curve[kept], resamples[kept])


def row(exact, estimates, errors, p):
    """Return a row of `PULLS` from the estimates of all seeds."""
    estimates, errors = np.array(estimates), np.array(errors)
    pulls = (estimates - exact) / errors
    largest = pulls[np.argmax(np.abs(pulls))]
    return [exact, estimates.mean(), np.sqrt(np.mean(errors**2)), pulls.mean(), largest, min(p)]


def report_collapses(results, data, options):
    table = results.table(
        f"collapses, {options.n_each} lattices at each temperature, {options.n_seeds} seeds",
        {"observable": 26, "L from": 6, "|z| to": 6, "omega": 5, "parameter": 20},
        [*PULLS, Column("quality", "", ".2f", "1")],
    )
    for name, theta in COLLAPSED.items():
        truth = {"critical_temperature": CRITICAL_TEMPERATURE, "nu": 1.0, "theta": theta}
        if theta == 0:
            del truth["theta"]
        for smallest, largest_z, omega in CUTS:
            fits = [collapse(*one[name], theta, smallest, largest_z, omega) for one in data]
            p, quality = [fit.p_value_ for fit in fits], np.mean([fit.quality_ for fit in fits])
            for parameter, exact in truth.items():
                estimates = [getattr(fit, f"{parameter}_") for fit in fits]
                errors = [getattr(fit, f"{parameter}_std_") for fit in fits]
                case = [name, smallest, largest_z, omega or "-", parameter]
                table.row(case, [*row(exact, estimates, errors, p), quality])


def report_stability(results, one):
    name = "absolute_magnetization"
    fit = collapse(*one[name], COLLAPSED[name], 8, 6, None)
    stability = collapse_stability(fit, distances=[0.75, 0.1], smallest_sizes=[8, 16, 32])
    table = results.table(
        "stability of the collapse of the absolute magnetization, first seed",
        {"L from": 6, "|T - T_c| to": 6},
        [
            Column("T_c", "", ".5f", f"{CRITICAL_TEMPERATURE:.5f}"),
            Column("pull of T_c", "", ".1f"),
            Column("nu", "", ".4f", "1"),
            Column("pull of nu", "", ".1f"),
            Column("theta", "", ".5f", "0.125"),
            Column("pull of theta", "", ".1f"),
            Column("quality", "", ".2f", "1"),
            Column("p", "", ".1g"),
        ],
    )
    truth = {"critical_temperature": CRITICAL_TEMPERATURE, "nu": 1.0, "theta": COLLAPSED[name]}
    for _, found in stability.iterrows():
        numbers = []
        for parameter, exact in truth.items():
            numbers += [found[parameter], (found[parameter] - exact) / found[f"{parameter}_std"]]
        case = [f"{found['smallest_size']:g}", f"{found['distance']:g}"]
        table.row(case, [*numbers, found["quality"], found["p_value"]])


def report_crossings(results, data):
    table = results.table("crossings", {"observable": 26, "sizes": 10, "exponent": 8}, PULLS)
    for name in CROSSING:
        found = []
        for curve, resamples in (one[name] for one in data):
            kept = curve["size"].isin(DOUBLED).to_numpy()
            doubled = curve[kept].reset_index(drop=True), resamples[kept]
            extrapolated = crossing(*doubled, exponent=EXPONENT, random_state=0)
            found.append((*extrapolated.pairs.itertuples(), extrapolated))
        cases = [(f"{a}, {b}", "-") for a, b in pairwise(DOUBLED)] + [("8 to 64", EXPONENT)]
        for case, seeds in zip(cases, zip(*found, strict=True), strict=True):
            T, errors = np.transpose([(one.temperature, one.error) for one in seeds])
            p = [getattr(one, "p_value", np.nan) for one in seeds]
            table.row([name, *case], row(CRITICAL_TEMPERATURE, T, errors, p))


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-each", type=int, default=3200, help="lattices per temperature (3200)")
    parser.add_argument("--n-seeds", type=int, default=3, help="independent data sets (3)")
    parser.add_argument("--n-resamples", type=int, default=60, help="resamples per fit (60)")
    options = parser.parse_args()
    results = Results(__file__, options)
    # A crossing that is NaN is seen in the table.
    warnings.simplefilter("ignore")
    seeds = range(options.n_seeds)
    data = [curves(options.n_each, options.n_resamples, seed) for seed in seeds]
    report_crossings(results, data)
    report_collapses(results, data, options)
    report_stability(results, data[0])
    results.write()


if __name__ == "__main__":
    main()
