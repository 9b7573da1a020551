"""Windows of Potts lattices at continuous transitions, q = 2 and 3, against the block size.

Five classifiers of each block size train on different lattices and are tested on other lattices.
All lattices have L = 256 sites per side. Temperatures are closer to each other near Tc.

"Windows": between the temperatures at which a single block is classified with 85 % accuracy, over
    Tc, the mean over the classifiers. The error counts the lattices (correlated within a chain) and
    the training, whose part is also given alone.
"Power law of the width": its exponent against the size l and against l - 1, the bonds across a
    block, should be -1 / nu: -1 for q = 2 and -6/5 for q = 3.
"Both sides of Tc": the error of one block at Tc (1 - 1e-4) and at Tc (1 + 1e-4). Their sum should
    be 1, since the probability that a block is called disordered is continuous at Tc.
"""

import numpy as np
from _potts_blocks import calls_disordered, mean_over_chains, train, training_sets
from _results import Column, Results, argument_parser
from check_first_order import error_of

from skising import make_potts
from skising.exact import potts_critical_temperature
from skising.scaling import PowerLaw, accuracy_curve, temperature_window

LATTICE_SIZE = 256
EPOCHS = {8: 15, 16: 20, 32: 30, 64: 40}  # for each block size
EXPONENTS = {2: "-1", 3: "-6/5"}
# |T / Tc - 1| from a quarter of the narrowest half of a window to twice the widest one.
OFFSETS = {2: np.geomspace(0.003, 0.14, 11), 3: np.geomspace(0.0008, 0.07, 11)}


def grid(n_states):
    offsets = OFFSETS[n_states]
    return potts_critical_temperature(n_states) * (1 + np.sort([*-offsets, *offsets]))


def windows_of(n_states, networks, n_lattices):
    """Return a row for each block size: the window's ends and width over Tc, with errors."""
    temperatures, tc = grid(n_states), potts_critical_temperature(n_states)
    test = make_potts(
        n_lattices * len(temperatures),
        LATTICE_SIZE,
        temperatures,
        n_states=n_states,
        target="phase",
        random_state=50,
    )
    rows = []
    for size, models in networks.items():
        found = [
            temperature_window(
                accuracy_curve(model, test.data, test.target, test.temperature, groups=test.chain),
                0.85,
                random_state=0,
            ).iloc[0]
            for model in models
        ]
        ends = np.array([[w.T_minus / tc - 1, w.T_plus / tc - 1, w.width / tc] for w in found])
        training = error_of(ends[:, 2])
        lattices = np.mean([w.width_error for w in found]) / tc
        rows.append((size, *ends.mean(axis=0), np.hypot(lattices, training), training))
    return rows


def report_windows(results, n_states, rows):
    table = results.table(
        f"Windows, q = {n_states}",
        {"q": 3, "l": 3},
        [
            *(Column("T- / Tc - 1", "", ".5f"), Column("T+ / Tc - 1", "", ".5f")),
            *(Column("width / Tc", "", ".5f"), Column("error", "", ".5f")),
            Column("error of training", "", ".5f"),
        ],
    )
    for row in rows:
        table.row([n_states, row[0]], row[1:])


def report_power_laws(results, n_states, rows):
    table = results.table(
        f"Power law of the width, q = {n_states}",
        {"q": 3, "sizes": 9, "variable": 8},
        [
            Column("exponent", "", ".3f", f"{EXPONENTS[n_states]} for l - 1"),
            Column("error", "", ".3f"),
            Column("p", "", ".2g", "above 0.05"),
        ],
    )
    size, _, _, width, error, _ = np.array(rows).T
    for smallest, largest in ((8, 32), (8, 64), (16, 64)):
        used = (size >= smallest) & (size <= largest)
        for name, variable in (("l", size), ("l - 1", size - 1)):
            law = PowerLaw().fit(variable[used], width[used], error[used])
            case = [n_states, f"{smallest} to {largest}", name]
            table.row(case, [law.exponent_, law.exponent_std_, law.p_value_])


def report_sides(results, n_states, networks, n_calls):
    table = results.table(
        f"Both sides of Tc, q = {n_states}",
        {"q": 3, "l": 3},
        [
            *(Column("wrong just below", "", ".4f"), Column("wrong just above", "", ".4f")),
            *(Column("sum", "", ".4f", "1"), Column("error", "", ".4f")),
            Column("z", "", ".2f", "below 3 in magnitude"),
        ],
    )
    tc = potts_critical_temperature(n_states)
    sides = []
    for phase, factor in enumerate((1 - 1e-4, 1 + 1e-4)):
        calls = [
            make_potts(
                40, LATTICE_SIZE, factor * tc, n_states=n_states, random_state=60 + 10 * phase + k
            )
            for k in range(n_calls)
        ]
        X = np.concatenate([potts.data for potts in calls])
        sides.append((X, np.concatenate([potts.chain + 4 * k for k, potts in enumerate(calls)])))
    for size, models in networks.items():
        (below, first), (above, second) = (
            mean_over_chains(np.mean([calls_disordered(m, X) for m in models], axis=0), chain)
            for X, chain in sides
        )
        total, error = below + 1 - above, np.hypot(first, second)
        table.row([n_states, size], [below, 1 - above, total, error, (total - 1) / error])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--n-lattices", type=int, default=40, help="test lattices of a temperature (40)"
    )
    parser.add_argument("--n-calls", type=int, default=2, help="of 4 chains on each side (2)")
    options = parser.parse_args()
    results = Results(__file__, options)
    for n_states in EXPONENTS:
        sets = training_sets(n_states, LATTICE_SIZE, grid(n_states), 8, 51)
        networks = {size: train(sets, n_states, size, n) for size, n in EPOCHS.items()}
        rows = windows_of(n_states, networks, options.n_lattices)
        report_windows(results, n_states, rows)
        report_power_laws(results, n_states, rows)
        report_sides(results, n_states, networks, options.n_calls)
        results.write()


if __name__ == "__main__":
    main()
