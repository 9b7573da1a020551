"""Errors of the estimators on Monte Carlo lattices, beside the best that can be expected.

Every model trains on 50 lattices at each of 40 temperatures and is tested on other lattices.

phase
    Accuracy for whole lattices, beside that of the best possible classifier, and the window of
    temperatures in which less than 85 % of single blocks are classified correctly.
energy
    RMSE. The limit of every descriptor is the energy that the bonds inside the blocks give.
thermometer
    RMSE of the temperature in units of the Cramer-Rao bound, T / sqrt(N C) for N sites of specific
    heat C.
"""

import numpy as np
from _results import Column, Results, argument_parser
from _timing import timed

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    PairCorrelationDescriptor,
    extract_blocks,
    make_ising,
)
from skising.exact import CRITICAL_TEMPERATURE, kaufman_specific_heat, probability_disordered
from skising.scaling import accuracy_curve, temperature_window

PARTS = ("phase", "energy", "thermometer")
N_EPOCHS = 10
FAR = 0.02  # every lattice further from the critical temperature should be classified correctly
FIT_TIME = Column("fit", "s", ".0f")


def data(seed, lattice_size=320, temperatures=None, n_each=50):
    temperatures = np.linspace(1.2, 3.6, 40) if temperatures is None else temperatures
    n_samples = n_each * len(temperatures)
    return make_ising(n_samples, lattice_size, temperatures, random_state=seed, n_jobs=2)


def rmse(y, exact):
    return np.sqrt(np.mean((y - exact) ** 2))


def check_phase(results, train, test):
    phase = train.temperature > CRITICAL_TEMPERATURE
    expected = test.temperature > CRITICAL_TEMPERATURE
    p = probability_disordered(test.energy, test.data.shape[1], np.unique(test.temperature))
    best = ((p > 0.5) == expected).mean()
    far = np.abs(test.temperature - CRITICAL_TEMPERATURE) > FAR
    table = results.table(
        "Phase",
        {"l": 3},
        [
            Column(f"accuracy, |T - Tc| > {FAR}", "", ".4f", "1"),
            Column("accuracy", "", ".4f"),
            Column("best possible", "", ".4f"),
            Column("window x l", "", ".2f"),
            Column("its error", "", ".2f"),
            FIT_TIME,
        ],
    )
    for block_size in (8, 16, 32):
        model = BlockAveragingClassifier(
            block_size, max_epochs=N_EPOCHS, random_shift=True, random_state=0
        )
        seconds, _ = timed(lambda model=model: model.fit(train.data, phase))
        correct = model.predict(test.data) == expected
        curve = accuracy_curve(model, test.data, expected, test.temperature)
        window = temperature_window(curve, 0.85)
        width, error = window.width[0] * block_size, window.width_error[0] * block_size
        accuracies = correct[far].mean(), correct.mean(), best
        table.row([block_size], [*accuracies, width, error, seconds])


def energy_inside_blocks(X, block_size):
    """Estimate the energy of lattices from the bonds inside their blocks."""
    blocks = extract_blocks(X, block_size)
    pairs = PairCorrelationDescriptor(1).fit_transform(blocks.reshape(-1, block_size, block_size))
    return -2 * pairs.reshape(len(X), -1).mean(axis=1, dtype=np.float64)


def check_energy(results, train, test):
    table = results.table(
        "Energy",
        {"descriptor": 10, "l": 3},
        [
            Column("RMSE", "J", ".2e"),
            Column("limit", "J", ".2e"),
            Column("RMSE / limit", "", ".2f", "pair: about 1"),
            FIT_TIME,
        ],
    )
    cases = [("d4", 16), ("d4", 32), ("pair", 16), ("pair", 32), ("pair", 64)]
    for descriptor, block_size in cases:
        model = BlockAveragingRegressor(
            block_size, descriptor=descriptor, max_epochs=N_EPOCHS, random_state=0
        )
        seconds, _ = timed(lambda model=model: model.fit(train.data, train.energy))
        error = rmse(model.predict(test.data), test.energy)
        limit = rmse(energy_inside_blocks(test.data, block_size), test.energy)
        table.row([descriptor, block_size], [error, limit, error / limit, seconds])


def check_thermometer(results):
    table = results.table(
        "Temperature, 1.6 <= T <= 3.2, |T - Tc| > 0.15, l = 16",
        {"L": 3, "descriptor": 10},
        [
            Column("RMSE / bound", "", ".2f", "at least 1"),
            Column("smallest at one T", "", ".2f"),
            Column("largest at one T", "", ".2f"),
        ],
    )
    temperatures = np.linspace(1.5, 3.3, 40)
    for lattice_size in (64, 320):
        train, test = (data(seed, lattice_size, temperatures) for seed in (3, 4))
        heats = {T: kaufman_specific_heat(T, lattice_size) for T in temperatures}
        bounds = np.array([T / np.sqrt(lattice_size**2 * heats[T]) for T in test.temperature])
        counted = (np.abs(test.temperature - CRITICAL_TEMPERATURE) > 0.15) & (
            np.abs(test.temperature - 2.4) <= 0.8
        )
        for descriptor in ("pair", "d4"):
            model = BlockAveragingRegressor(
                16, descriptor=descriptor, max_epochs=3 * N_EPOCHS, random_state=0
            )
            model.fit(train.data, train.temperature)
            z = (model.predict(test.data) - test.temperature) / bounds
            each = [rmse(z[test.temperature == T], 0) for T in np.unique(test.temperature[counted])]
            table.row([lattice_size, descriptor], [rmse(z[counted], 0), min(each), max(each)])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)} (all)", default=PARTS
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    results = Results(__file__, options)
    if {"phase", "energy"} & set(options.parts):
        train, test = data(1), data(2)
    if "phase" in options.parts:
        check_phase(results, train, test)
    if "energy" in options.parts:
        check_energy(results, train, test)
    if "thermometer" in options.parts:
        check_thermometer(results)
    results.write()


if __name__ == "__main__":
    main()
