"""Correlation lengths of both methods against exact ones, on both sides of the critical point.

The exact exponential length is that of the infinite lattice, xi. The exact second-moment length is
1 / (2 sinh(1 / (2 xi))) above the critical temperature; below it, that of a single pair of domain
walls at momentum 2 pi / L. "sigma" is the deviation in standard errors. Its root mean square is 1
if the errors are right.
"""

import warnings

import numpy as np
from _results import Column, Results, argument_parser

from skising import exact, make_ising
from skising.observables import correlation_length
from skising.observables._correlation_length import wall_pair_structure_factor

METHODS = ("exponential", "second-moment")
TEMPERATURES = (1.95, 2.0, 2.05, 2.1, 2.15, 2.2, 2.4, 2.45, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0)


def exact_second_moment(xi, size, ordered):
    if not ordered:
        return 1 / (2 * np.sinh(1 / (2 * xi)))
    k2 = 4 * np.sin(np.pi / size) ** 2
    at_zero, at_smallest = wall_pair_structure_factor(np.array([0, k2]), xi)
    return np.sqrt((at_zero / at_smallest - 1) / k2)


def check_temperature(T, options, table):
    """Add a row for each method; return the deviations in standard errors."""
    xi = float(exact.correlation_length(T))
    size = int(np.ceil(options.smallest_ratio * xi / 8)) * 8
    X = make_ising(options.n_each, size, [T], algorithm="swendsen-wang", random_state=0).data
    sigmas = []
    for method in METHODS:
        expected = xi
        if method == "second-moment":
            expected = exact_second_moment(xi, size, T < exact.CRITICAL_TEMPERATURE)
        measured, error = correlation_length(X, method=method)
        sigmas.append((measured - expected) / error)
        deviation = 100 * (measured / expected - 1)
        table.row(
            [size, T, round(size / xi, 1), method],
            [expected, measured, error, deviation, sigmas[-1]],
        )
    return sigmas


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-each", type=int, default=400, help="lattices per temperature (400)")
    parser.add_argument(
        "--smallest-ratio", type=float, default=10, metavar="RATIO", help="smallest L / xi (10)"
    )
    options = parser.parse_args()
    results = Results(__file__, options)
    # The second-moment length is noisy below a tenth of L, and NaN at times. The table shows that.
    warnings.simplefilter("ignore")
    table = results.table(
        f"Correlation lengths, {options.n_each} lattices per temperature",
        {"L": 4, "T": 4, "L / xi": 6, "method": 13},
        [
            Column("exact", "", ".3f"),
            Column("measured", "", ".3f"),
            Column("error", "", ".3f"),
            Column("deviation", "%", ".1f", "exponential: within 5 %"),
            Column("sigma", "", ".1f"),
        ],
    )
    sigmas = [check_temperature(T, options, table) for T in TEMPERATURES]
    for method, rms in zip(METHODS, np.sqrt(np.nanmean(np.square(sigmas), axis=0)), strict=True):
        results.line(Column(f"root mean square of sigma, {method}", "", ".2f", "1"), rms)
    results.write()


if __name__ == "__main__":
    main()
