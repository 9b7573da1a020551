"""Train the estimators that come with the package, and measure them on other lattices.

The files in ``skising/pretrained`` are written by this script, and the tables that it prints are
those of the documentation. Lattices of 64 x 64 sites at 160 temperatures, symmetric about the
critical one, are for training; those of the tests are larger and smaller. The phase is judged
beside the best possible classifier, which knows the exact distribution of the energy.
"""

from pathlib import Path

import numpy as np
from _results import Column, Results, argument_parser

from skising import BlockAveragingClassifier, BlockAveragingRegressor, exact, make_ising, save
from skising.exact import probability_disordered

OUT = Path(__file__).parents[1] / "skising" / "pretrained"
TC = exact.CRITICAL_TEMPERATURE
TEMPERATURES = TC + np.linspace(-1.1, 1.1, 160)
TEST_TEMPERATURES = TC + np.linspace(-1, 1, 80)
TEST_SIZES = (16, 32, 64, 256)
NEAR = 0.1


def train(n_each):
    """Return the regressor and the classifier."""
    ising = make_ising(n_each * len(TEMPERATURES), 64, TEMPERATURES, random_state=0, n_jobs=2)
    energy = BlockAveragingRegressor(
        16, descriptor="pair", net_params={"module__hidden": (32, 32)}, random_state=0
    )
    phase = BlockAveragingClassifier(
        16,
        net_params={"module__hidden": (64, 64)},
        max_epochs=15,
        random_shift=True,
        random_state=0,
    )
    disordered = (ising.temperature > TC).astype(int)
    return energy.fit(ising.data, ising.energy), phase.fit(ising.data, disordered)


def report_energy(results, model, tests):
    table = results.table(
        "ising-energy-16",
        {"L": 4},
        [Column("RMSE", "J", ".5f"), Column("mean error", "J", ".5f", "0")],
    )
    for size, test in tests.items():
        difference = model.predict(test.data) - test.energy
        table.row([size], [np.sqrt(np.mean(difference**2)), difference.mean()])


def report_phase(results, model, tests):
    table = results.table(
        f"ising-phase-16, all temperatures and those within {NEAR} of Tc",
        {"L": 4},
        [
            Column("accuracy", "", ".4f"),
            Column("best possible", "", ".4f"),
            Column("near Tc", "", ".3f"),
            Column("best near Tc", "", ".3f"),
        ],
    )
    for size, test in tests.items():
        is_disordered = test.temperature > TC
        right = model.predict(test.data) == is_disordered
        best = probability_disordered(test.energy, size, TEST_TEMPERATURES) > 0.5
        best_right, near = best == is_disordered, np.abs(test.temperature - TC) < NEAR
        shares = [
            share[rows].mean() for rows in (slice(None), near) for share in (right, best_right)
        ]
        table.row([size], shares)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-each", type=int, default=60, help="lattices at each temperature (60)")
    parser.add_argument("--write", action="store_true", help="replace the files of the package")
    options = parser.parse_args()
    results = Results(__file__, options)
    energy, phase = train(options.n_each)
    tests = {
        size: make_ising(50 * len(TEST_TEMPERATURES), size, TEST_TEMPERATURES, random_state=1)
        for size in TEST_SIZES
    }
    report_energy(results, energy, tests)
    report_phase(results, phase, tests)
    if options.write:
        OUT.mkdir(exist_ok=True)
        for name, model in (("ising-energy-16", energy), ("ising-phase-16", phase)):
            path = OUT / f"{name}.safetensors"
            path.unlink(missing_ok=True)
            for epoch in model.history_:
                del epoch["batches"]  # which would be most of the file
            save(model.set_params(device="auto"), path)
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    results.write()


if __name__ == "__main__":
    main()
