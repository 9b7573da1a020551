"""Correlation lengths of both methods against exact ones, on both sides of the critical point.

The exact exponential length is that of the infinite lattice, xi. The exact second-moment length is
1 / (2 sinh(1 / (2 xi))) above the critical temperature; below it, that of a single pair of domain
walls at momentum 2 pi / L. "sigma" is the deviation in standard errors. Its root mean square is 1
if the errors are right.

The second part asks how often the exponential length of 1 to 64 lattices is within its error, for
lattices of 32 to 512 sites per side that are 10 and 20 correlation lengths wide. The third part
asks the same of open lattices, quarters of lattices of twice the side.
"""

import warnings

import numpy as np
from _results import Column, Results, argument_parser
from scipy import optimize

from skising import exact, extract_blocks, make_ising
from skising.observables import correlation_length
from skising.observables._structure_factor import wall_pair_structure_factor

METHODS = ("exponential", "second-moment")
TEMPERATURES = (1.95, 2.0, 2.05, 2.1, 2.15, 2.2, 2.4, 2.45, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0)

N_LATTICES = {32: 1280, 64: 640, 128: 320, 256: 128, 512: 64}
RATIOS = (10, 20)
SAMPLE_SIZES = (1, 2, 4, 8, 16, 64)

N_LARGER_LATTICES = {32: 80, 64: 40, 128: 20}
OPEN_SAMPLE_SIZES = (1, 2, 4, 8, 16)


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


def temperature_of(xi, ordered):
    """Return the temperature of a correlation length, in one of the phases."""
    critical = exact.CRITICAL_TEMPERATURE
    low, high = (0.1, critical - 1e-6) if ordered else (critical + 1e-6, 1e3)
    return optimize.brentq(lambda T: np.log(exact.correlation_length(T) / xi), low, high)


def measure_samples(size, ratio, ordered):
    """Return xi / exact xi and its error of samples of each number of lattices."""
    T = temperature_of(size / ratio, ordered)
    # Groups of successive lattices must be independent: take one in 12 sweeps.
    X = make_ising(
        N_LATTICES[size], size, [T], algorithm="swendsen-wang", thin=12, random_state=1
    ).data
    return {n: lengths(X, n) / exact.correlation_length(T) for n in SAMPLE_SIZES}


def measure_open_samples(size, ratio, ordered):
    """Return what `measure_samples` does, for quarters of larger lattices."""
    T, n_lattices = temperature_of(size / ratio, ordered), N_LARGER_LATTICES[size]
    X = make_ising(
        n_lattices, 2 * size, [T], algorithm="swendsen-wang", thin=12, random_state=1
    ).data
    # Successive quarters are from different lattices.
    X = extract_blocks(X, size).swapaxes(0, 1).reshape(-1, size, size)
    return {
        n: lengths(X, n, periodic=False) / exact.correlation_length(T) for n in OPEN_SAMPLE_SIZES
    }


def lengths(X, n, **parameters):
    """Return xi and its error of each n successive lattices."""
    starts = range(0, len(X) - n + 1, n)
    return np.array([correlation_length(X[k : k + n], **parameters) for k in starts])


def check_coverage(results, title, measure, sizes, sample_sizes):
    """Write how often the exact length is within the error, for each size and for all."""
    columns = [
        Column("samples", "", "d"),
        Column("NaN", "%", ".1f"),
        Column("mean deviation", "%", ".1f"),
        Column("within 1 error", "%", ".0f", "60 to 80 %"),
        Column("beyond 3 errors", "%", ".1f"),
        Column("beyond 5 errors", "%", ".2f", "2 % of single lattices of 10 xi, else below"),
    ]
    measured = {
        (size, ratio, ordered): measure(size, ratio, ordered)
        for size in sizes
        for ratio in RATIOS
        for ordered in (True, False)
    }
    keys = {"L": 4, "L / xi": 6, "phase": 10, "lattices": 8}
    table = results.table(title, keys, columns)
    for (size, ratio, ordered), samples in measured.items():
        for n, values in samples.items():
            phase = "ordered" if ordered else "disordered"
            table.row([size, ratio, phase, n], coverage(values))
    table = results.table(f"{title}, all sizes", keys, columns)
    for ratio in RATIOS:
        for ordered in (True, False):
            for n in sample_sizes:
                values = np.concatenate([measured[size, ratio, ordered][n] for size in sizes])
                phase = "ordered" if ordered else "disordered"
                table.row(["all", ratio, phase, n], coverage(values))


def coverage(lengths):
    """Return the figures of a row, given xi / exact xi and its error of many samples."""
    told = lengths[~np.isnan(lengths[:, 0])]
    sigma = np.abs(told[:, 0] - 1) / told[:, 1]
    return [
        len(lengths),
        100 * (1 - len(told) / len(lengths)),
        100 * (np.mean(told[:, 0]) - 1) if len(told) else np.nan,
        *(
            100 * np.mean(hits) if len(told) else np.nan
            for hits in (sigma < 1, sigma > 3, sigma > 5)
        ),
    ]


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-each", type=int, default=400, help="lattices per temperature (400)")
    parser.add_argument(
        "--smallest-ratio", type=float, default=10, metavar="RATIO", help="smallest L / xi (10)"
    )
    options = parser.parse_args()
    results = Results(__file__, options)
    # Lengths that the lattices cannot tell are NaN, with a warning. The tables count them.
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
    title = "Coverage of the exponential length"
    check_coverage(results, title, measure_samples, N_LATTICES, SAMPLE_SIZES)
    title = "Coverage of the exponential length of open lattices"
    check_coverage(results, title, measure_open_samples, N_LARGER_LATTICES, OPEN_SAMPLE_SIZES)
    results.write()


if __name__ == "__main__":
    main()
