"""Error of a single block at the first-order transition of q = 10, against the block size.

The correlation length at Tc is 10.56. Chains start in either phase at Tc exactly, and their
lattices are labelled by the start. No chain may have a lattice in the other phase. Five classifiers
of each block size train on different lattices of nine temperatures, Tc among them, and are tested
on other lattices. All lattices have L = 192 sites per side.

"Phases at Tc": the test lattices, beside exact energies.
"Error of one block at Tc": the mean over the classifiers. The error of sampling is that of the mean
    of independent chains, so that correlated frames and blocks count; the error of training is from
    the scatter of the five classifiers. Where no block is wrong, the 95 % limit is 3 / n, and n is
    the number of blocks times (1 - r) / (1 + r), with r the correlation of successive energies of
    a chain, which is more than that of a block.
"Thresholds": the same error for the best threshold of one number, without a network: the energy of
    the bonds inside the block, and its order parameter. It is chosen on half of the chains and
    tested on the other half. The overlap, half of the common area of the histograms of both phases,
    is the error of Bayes' rule for this number, on the same data and therefore too small.
"Accuracy at other temperatures": of one block, mean over the classifiers.
"Decay with the block size": a fit of a exp(-l / length) to the errors. The errors of different
    sizes are from the same lattices, and chi2 does not know that.
"""

import numpy as np
from _potts_blocks import (
    calls_disordered,
    mean_over_chains,
    open_energy,
    order_parameter,
    train,
    training_sets,
)
from _results import Column, Results, argument_parser
from scipy.optimize import curve_fit
from sklearn.utils import Bunch

from skising import extract_blocks, make_potts
from skising.exact import (
    potts_correlation_length,
    potts_critical_temperature,
    potts_phase_energies,
)

N_STATES, LATTICE_SIZE = 10, 192
EPOCHS = {4: 20, 8: 40, 12: 60, 16: 80, 24: 80, 32: 80}  # for each block size
TC = potts_critical_temperature(N_STATES)
# About two integrated autocorrelation times, and a burn-in of 20.
AT_TC = {"thin": 250, "n_discard": 2500}
OFFSETS = np.array([0.002, 0.005, 0.015, 0.05])  # |T / Tc - 1|
PHASES = "ordered", "disordered"


def sets_to_train_on():
    at_tc = training_sets(N_STATES, LATTICE_SIZE, [TC], 40, 1, **AT_TC)
    temperatures = TC * np.concatenate([1 - OFFSETS, 1 + OFFSETS])
    others = training_sets(N_STATES, LATTICE_SIZE, temperatures, 8, 2)
    return [
        tuple(np.concatenate(pair) for pair in zip(*both, strict=True))
        for both in zip(at_tc, others, strict=True)
    ]


def lattices_at_tc(n_calls, n_lattices):
    """Return lattices of both phases. Each call has four independent chains, two of each phase."""
    calls = [
        make_potts(
            n_lattices,
            LATTICE_SIZE,
            TC,
            n_states=N_STATES,
            target="phase",
            random_state=100 + call,
            **AT_TC,
        )
        for call in range(n_calls)
    ]
    chain = np.concatenate([potts.chain + 4 * k for k, potts in enumerate(calls)])
    names = ("data", "target", "energy", "order_parameter")
    columns = {name: np.concatenate([potts[name] for potts in calls]) for name in names}
    diagnostics = [potts.diagnostics.iloc[0] for potts in calls]
    return Bunch(**columns, chain=chain, diagnostics=diagnostics)


def report_phases(results, test):
    table = results.table(
        "Phases at Tc",
        {"phase": 10},
        [
            *(Column("exact energy", "", ".5f"), Column("measured", "", ".5f")),
            *(Column("error", "", ".5f"), Column("z", "", ".2f", "below 3 in magnitude")),
            *(Column("chains", "", "d"), Column("lattices", "", "d")),
        ],
    )
    for phase, exact in enumerate(potts_phase_energies(N_STATES)):
        rows = test.target == phase
        mean, error = mean_over_chains(test.energy[rows], test.chain[rows])
        counts = len(np.unique(test.chain[rows])), int(rows.sum())
        table.row([PHASES[phase]], [exact, mean, error, (mean - exact) / error, *counts])
    n_changed = sum(row.n_changed_phase for row in test.diagnostics)
    results.line(Column("chains that changed their phase", "", ".0f", "0"), n_changed)
    correlation = correlation_of_frames(test)
    results.line(Column("correlation of successive energies", "", ".2f"), correlation)
    return correlation


def correlation_of_frames(test):
    """Return the correlation of the energies of successive lattices of a chain."""
    phase_mean = np.array([test.energy[test.target == phase].mean() for phase in (0, 1)])
    deviation = test.energy - phase_mean[test.target]
    chains = [deviation[test.chain == k] for k in np.unique(test.chain)]
    return np.mean([np.mean(x[1:] * x[:-1]) for x in chains]) / np.mean(deviation**2)


def report_errors(results, test, networks, correlation):
    table = results.table(
        "Error of one block at Tc",
        {"l": 3, "phase": 10},
        [
            *(Column("wrong", "", ".6f"), Column("error of sampling", "", ".6f")),
            *(Column("error of training", "", ".6f"), Column("95 % limit", "", ".1e")),
        ],
    )
    found = []
    for size, models in networks.items():
        called = np.stack([calls_disordered(model, test.data) for model in models], axis=1)
        wrong = np.abs(called - test.target[:, np.newaxis])
        independent = (LATTICE_SIZE // size) ** 2 * (1 - correlation) / (1 + correlation)
        means, errors, training_means = [], [], []
        for phase in (0, 1):
            rows = test.target == phase
            mean, error = mean_over_chains(wrong[rows].mean(axis=1), test.chain[rows])
            means, errors = [*means, mean], [*errors, error]
            training_means.append(wrong[rows].mean(axis=0))
            limit = None if mean else 3 / (independent * rows.sum())
            table.row([size, PHASES[phase]], [mean, error, error_of(training_means[-1]), limit])
        both = np.mean(means), np.hypot(*errors) / 2, error_of(np.mean(training_means, axis=0))
        limit = None if both[0] else 3 / (independent * len(test.target))
        table.row([size, "mean"], [*both, limit])
        table.row([size, "sum"], [2 * value for value in both] + [limit and 2 * limit])
        found.append((size, *both))
    return np.array(found)


def error_of(values):
    """Return the standard error of the mean of the networks."""
    return values.std(ddof=1) / np.sqrt(len(values))


def histograms(values, phase):
    """Return the different values, and the share of each in the blocks of both phases."""
    different, index = np.unique(values, return_inverse=True)
    counts = [np.bincount(index[phase == k], minlength=len(different)) for k in (0, 1)]
    return different, *(count / count.sum() for count in counts)


def threshold_errors(values, phase, in_first_half):
    """Return whether each block is wrong by the best threshold of the other half of the chains."""
    wrong = np.empty(len(values), bool)
    for half in (in_first_half, ~in_first_half):
        different, ordered, disordered = histograms(values[~half], phase[~half])
        # At a threshold, the fraction of one phase minus that of the other, on its lower side.
        balance = np.cumsum(disordered - ordered)
        best = np.argmax(np.abs(balance))
        is_below = values[half] <= different[best]
        wrong[half] = (is_below if balance[best] > 0 else ~is_below) != phase[half]
    return wrong


def report_thresholds(results, test):
    table = results.table(
        "Thresholds: error of one block at Tc, mean of both phases",
        {"l": 3, "threshold of": 15},
        [
            *(Column("wrong", "", ".6f"), Column("error of sampling", "", ".6f")),
            Column("overlap", "", ".6f"),
        ],
    )
    for size in EPOCHS:
        blocks = extract_blocks(test.data, size, spins="potts").reshape(-1, size, size)
        n_each = len(blocks) // len(test.data)
        phase, chain = np.repeat(test.target, n_each), np.repeat(test.chain, n_each)
        for name, values in (
            ("energy", open_energy(blocks)),
            ("order parameter", order_parameter(blocks, N_STATES)),
        ):
            # Chains 0 and 2 of a call are of the ordered phase, 1 and 3 of the disordered one.
            wrong = threshold_errors(values, phase, chain // 4 % 2 == 0)
            parts = [mean_over_chains(wrong[phase == k], chain[phase == k]) for k in (0, 1)]
            (first, first_error), (second, second_error) = parts
            both = np.minimum(*histograms(values, phase)[1:]).sum() / 2
            mean, error = (first + second) / 2, np.hypot(first_error, second_error) / 2
            table.row([size, name], [mean, error, both])


def report_other_temperatures(results, networks):
    offsets = np.array([0.0005, 0.002, 0.005, 0.01, 0.02])
    temperatures = TC * np.sort([*(1 - offsets), *(1 + offsets)])
    table = results.table(
        "Accuracy of one block at other temperatures",
        {"l": 3, "T / Tc": 6},
        [Column("accuracy", "", ".5f"), Column("error of sampling", "", ".5f")],
    )
    for T in temperatures:
        potts = make_potts(40, LATTICE_SIZE, T, n_states=N_STATES, target="phase", random_state=3)
        for size, models in networks.items():
            called = np.mean([calls_disordered(model, potts.data) for model in models], axis=0)
            mean, error = mean_over_chains(1 - np.abs(called - potts.target), potts.chain)
            table.row([size, f"{T / TC:.4f}"], [mean, error])


def report_decay(results, errors):
    table = results.table(
        "Decay with the block size",
        {"smallest l": 3, "largest l": 3},
        [
            *(Column("length", "", ".2f"), Column("error of the length", "", ".2f")),
            *(Column("xi / length", "", ".2f"), Column("chi2 / dof", "", ".1f", "about 1")),
        ],
    )
    size, wrong, sampling, training = errors[errors[:, 1] > 0].T
    error = np.hypot(sampling, training) / wrong
    for first in range(len(size) - 2):
        (_, rate), covariance = curve_fit(
            lambda size, a, rate: a - rate * size,
            size[first:],
            np.log(wrong[first:]),
            p0=(0, 0.3),
            sigma=error[first:],
            absolute_sigma=True,
        )
        fit = np.polyfit(size[first:], np.log(wrong[first:]), 1, w=1 / error[first:])
        residuals = (np.log(wrong) - np.polyval(fit, size))[first:] / error[first:]
        length, length_error = 1 / rate, np.sqrt(covariance[1, 1]) / rate**2
        chi2 = np.sum(residuals**2) / (len(residuals) - 2)
        ratio = potts_correlation_length(N_STATES) / length
        table.row([int(size[first]), int(size[-1])], [length, length_error, ratio, chi2])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-calls", type=int, default=6, help="of 4 test chains each (6)")
    parser.add_argument("--n-lattices", type=int, default=96, help="test lattices of a call (96)")
    options = parser.parse_args()
    results = Results(__file__, options)
    test = lattices_at_tc(options.n_calls, options.n_lattices)
    correlation = report_phases(results, test)
    report_thresholds(results, test)
    results.write()
    sets = sets_to_train_on()
    networks = {size: train(sets, N_STATES, size, n) for size, n in EPOCHS.items()}
    errors = report_errors(results, test, networks, correlation)
    report_decay(results, errors)
    results.write()
    report_other_temperatures(results, networks)
    results.write()


if __name__ == "__main__":
    main()
