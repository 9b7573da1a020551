"""How well the estimators do on Monte Carlo lattices, beside what could be known at best.

Trained on 40 temperatures of 50 lattices, tested on others. Phase: accuracy of whole lattices, and
the window of temperatures in which less than 85 % of single blocks are right. Energy: RMSE, with
pair correlations beside that of counting the bonds inside the blocks. Temperature: RMSE beside the
bound of Cramer and Rao, T / sqrt(N C). Arguments: which of phase, energy, thermometer.
"""

import sys
import time

import numpy as np

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    PairCorrelationDescriptor,
    extract_blocks,
    make_ising,
)
from skising.exact import CRITICAL_TEMPERATURE, kaufman_specific_heat
from skising.scaling import accuracy_curve, temperature_window

N_EPOCHS = 10
FAR = 0.02  # from the critical temperature, where every lattice should be right


def data(seed, n_each, lattice_size=320, temperatures=None):
    temperatures = np.linspace(1.2, 3.6, 40) if temperatures is None else temperatures
    n_samples = n_each * len(temperatures)
    return make_ising(n_samples, lattice_size, temperatures, random_state=seed, n_jobs=2)


def rmse(y, exact):
    return np.sqrt(np.mean((y - exact) ** 2))


def check_phase(train, test):
    phase = train.temperature > CRITICAL_TEMPERATURE
    expected = test.temperature > CRITICAL_TEMPERATURE
    far = np.abs(test.temperature - CRITICAL_TEMPERATURE) > FAR
    print("phase: l, accuracy of lattices further than 0.02 from Tc, of all, window x l, s")
    for block_size in (8, 16, 32):
        start = time.perf_counter()
        model = BlockAveragingClassifier(
            block_size, max_epochs=N_EPOCHS, random_shift=True, random_state=0
        )
        model.fit(train.data, phase)
        seconds = time.perf_counter() - start
        right = model.predict(test.data) == expected
        curve = accuracy_curve(model, test.data, expected, test.temperature)
        window = temperature_window(curve, 0.85)
        print(
            f"{block_size:>4} {right[far].mean():8.4f} {right.mean():8.4f} "
            f"{window.width[0] * block_size:6.2f} +- {window.width_error[0] * block_size:.2f} "
            f"{seconds:6.0f}",
            flush=True,
        )


def bonds_inside(X, block_size):
    """Estimate the energy of lattices from the bonds inside blocks, all that blocks can tell."""
    blocks = extract_blocks(X, block_size)
    pairs = PairCorrelationDescriptor(1).fit_transform(blocks.reshape(-1, block_size, block_size))
    return -2 * pairs.reshape(len(X), -1).mean(axis=1, dtype=np.float64)


def check_energy(train, test):
    print("energy: descriptor, l, RMSE, RMSE of counting bonds, ratio, s")
    for descriptor, block_size in (
        ("d4", 16),
        ("d4", 32),
        ("pair", 16),
        ("pair", 32),
        ("pair", 64),
    ):
        start = time.perf_counter()
        model = BlockAveragingRegressor(
            block_size, descriptor=descriptor, max_epochs=N_EPOCHS, random_state=0
        )
        model.fit(train.data, train.energy)
        seconds = time.perf_counter() - start
        error = rmse(model.predict(test.data), test.energy)
        limit = rmse(bonds_inside(test.data, block_size), test.energy)
        print(
            f"{descriptor:>5} {block_size:>3} {error:9.2e} {limit:9.2e} {error / limit:6.2f} "
            f"{seconds:6.0f}",
            flush=True,
        )


def check_thermometer():
    print("temperature: L, descriptor, l, RMSE / bound over 1.6 <= T <= 3.2, |T - Tc| > 0.15")
    temperatures = np.linspace(1.5, 3.3, 40)
    for lattice_size in (64, 320):
        train, test = (data(seed, 50, lattice_size, temperatures) for seed in (3, 4))
        bound = {
            T: T / np.sqrt(lattice_size**2 * kaufman_specific_heat(T, lattice_size))
            for T in temperatures
        }
        judged = (np.abs(test.temperature - CRITICAL_TEMPERATURE) > 0.15) & (
            np.abs(test.temperature - 2.4) <= 0.8
        )
        for descriptor in ("pair", "d4"):
            model = BlockAveragingRegressor(
                16, descriptor=descriptor, max_epochs=3 * N_EPOCHS, random_state=0
            )
            model.fit(train.data, train.temperature)
            of_bound = np.array([bound[T] for T in test.temperature])
            z = (model.predict(test.data) - test.temperature) / of_bound
            each = [
                np.sqrt(np.mean(z[test.temperature == T] ** 2))
                for T in np.unique(test.temperature[judged])
            ]
            print(
                f"{lattice_size:>4} {descriptor:>5}  16 {np.sqrt(np.mean(z[judged] ** 2)):6.2f} "
                f"(single temperatures {min(each):.2f} to {max(each):.2f})",
                flush=True,
            )


def main():
    asked = sys.argv[1:] or ["phase", "energy", "thermometer"]
    if {"phase", "energy"} & set(asked):
        train, test = data(1, 50), data(2, 50)
    if "phase" in asked:
        check_phase(train, test)
    if "energy" in asked:
        check_energy(train, test)
    if "thermometer" in asked:
        check_thermometer()


if __name__ == "__main__":
    main()
