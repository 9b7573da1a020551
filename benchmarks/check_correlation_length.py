"""Correlation lengths of both methods against exact ones, on both sides of the critical point.

The exponential length is compared with that of the infinite lattice; the second-moment one with
1 / (2 sinh(1 / (2 xi))) above the critical temperature, and below it with that of a single pair of
domain walls at momentum 2 pi / L. "dev" is the deviation from it in per cent, "sigma" in standard
errors; the last row has the root mean square of the latter, which is 1 where the errors are right.
Options: the lattices per temperature, and the smallest L / xi.
"""

import sys
import warnings

import numpy as np

from skising import exact, make_ising
from skising.observables import correlation_length
from skising.observables._correlation_length import wall_pair_structure_factor

TEMPERATURES = (1.95, 2.0, 2.05, 2.1, 2.15, 2.2, 2.4, 2.45, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0)


def exact_second_moment(xi, size, ordered):
    if not ordered:
        return 1 / (2 * np.sinh(1 / (2 * xi)))
    k2 = 4 * np.sin(np.pi / size) ** 2
    at_zero, at_smallest = wall_pair_structure_factor(np.array([0, k2]), xi)
    return np.sqrt((at_zero / at_smallest - 1) / k2)


def main():
    n_each = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    smallest = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    # The second-moment length scatters over a tenth of L, and to NaN, which the table shows.
    warnings.simplefilter("ignore")
    print(f"{'':>21} | {'exponential':^33} | {'second-moment':^33}")
    columns = f"{'exact':>7} {'xi':>7} {'error':>6} {'dev %':>5} {'sigma':>5}"
    print(f"{'L':>4} {'T':>5} {'L / xi':>6} {'n':>4} | {columns} | {columns}")
    sigmas = []
    for T in TEMPERATURES:
        xi = float(exact.correlation_length(T))
        size = int(np.ceil(smallest * xi / 8)) * 8
        X = make_ising(n_each, size, [T], algorithm="swendsen-wang", random_state=0).data
        row = f"{size:>4} {T:>5} {size / xi:>6.1f} {n_each:>4}"
        for method in ("exponential", "second-moment"):
            expected = xi
            if method == "second-moment":
                expected = exact_second_moment(xi, size, T < exact.CRITICAL_TEMPERATURE)
            measured, error = correlation_length(X, method=method)
            sigmas.append((measured - expected) / error)
            deviation = 100 * (measured / expected - 1)
            row += f" | {expected:>7.3f} {measured:>7.3f} {error:>6.3f} {deviation:>5.1f}"
            row += f" {sigmas[-1]:>5.1f}"
        print(row, flush=True)
    z = np.sqrt(np.nanmean(np.square(np.reshape(sigmas, (-1, 2))), axis=0))
    print(f"root mean square of sigma: exponential {z[0]:.2f}, second-moment {z[1]:.2f}")


if __name__ == "__main__":
    main()
