"""Coverage of the errors of `observable_curve` for correlated chains.

A set of data is several chains of an AR(1) process, x_t = phi x_(t-1) + noise, whose
autocorrelation time is tau = (1 + phi) / (1 - phi) / 2. x is normal with variance 1, so that the
exact mean of x^2 is 1, the variance of |x| is 1 - 2 / pi, and Binder's cumulant is 0. The chains
are the groups, or a single chain is cut in time into pieces.

The errors are right if the intervals of one error contain the truth as often as they do for
Student's t with one degree of freedom less than there are groups, and if the bias is well below
the scatter.
"""

import numpy as np
from _results import Column, Results, argument_parser
from joblib import Parallel, delayed
from scipy import stats
from scipy.signal import lfilter

from skising.scaling import observable_curve

TRUTH = {
    "unconnected_susceptibility": 1.0,
    "susceptibility": 1 - 2 / np.pi,
    "binder_cumulant": 0.0,
}
N_SAMPLES = 4800
# Chains, pieces of each, and phi.
CASES = [
    (4800, 1, 0.0),
    (4, 1, 0.8),
    (16, 1, 0.8),
    (64, 1, 0.8),
    (16, 1, 0.95),
    (1, 20, 0.8),
    (1, 60, 0.8),
    (1, 20, 0.95),
]


def ar1(n_chains, phi, seed):
    shape = n_chains, N_SAMPLES // n_chains
    noise = np.random.default_rng(seed).normal(size=shape)
    noise[:, 1:] *= np.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], noise)


def measure(n_chains, n_pieces, phi, seed):
    """Return value and error of each observable (3, 2)."""
    x = ar1(n_chains, phi, seed).ravel()
    groups = np.arange(N_SAMPLES) // (N_SAMPLES // (n_chains * n_pieces))
    found = []
    for name in TRUTH:
        # For L = 1 and T = 1 a susceptibility is a variance.
        data = name, {1: x}, {1: np.ones(N_SAMPLES)}
        found.append(observable_curve(*data, groups={1: groups})[["value", "error"]].iloc[0])
    return np.array(found)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-sets", type=int, default=300, help="sets of each case (300)")
    parser.add_argument("--n-jobs", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    results = Results(__file__, options)
    table = results.table(
        f"{N_SAMPLES} samples, {options.n_sets} sets",
        {"chains": 6, "pieces": 6, "phi": 4, "observable": 26},
        [
            Column("bias / scatter", "", ".2f", "0"),
            Column("error / scatter", "", ".2f", "1"),
            Column("in 1 error", "", ".1%"),
            Column("by Student's t", "", ".1%"),
            Column("in 2 errors", "", ".1%"),
            Column("by Student's t, 2", "", ".1%"),
        ],
    )
    parallel = Parallel(n_jobs=options.n_jobs)
    for case in CASES:
        tasks = (delayed(measure)(*case, seed) for seed in range(options.n_sets))
        found = np.array(parallel(tasks))
        n_bins = min(64, case[0] * case[1])
        for k, (name, truth) in enumerate(TRUTH.items()):
            values, errors = found[:, k].T
            z, scatter = (values - truth) / errors, values.std()
            row = [(values.mean() - truth) / scatter, np.sqrt(np.mean(errors**2)) / scatter]
            for n in (1, 2):
                row += [np.mean(np.abs(z) < n), 1 - 2 * stats.t.sf(n, n_bins - 1)]
            table.row([*case, name], row)
    results.write()


if __name__ == "__main__":
    main()
