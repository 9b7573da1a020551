"""The exponents of the closing window and of the data collapse, at l = 8, 16, 32 and 64, L = 320.

Classifiers of single blocks, trained at 80 temperatures around the critical one and judged on other
lattices. Prints the widths at 85 % and their power law; the collapse of 1 - A where |T - Tc| l < 4,
with all exponents free, with nu = 1, and with the paper's. Argument: the descriptor, or "d4".
"""

import sys
import time

import numpy as np

from skising import BlockAveragingClassifier, make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.scaling import DataCollapse, PowerLaw, accuracy_curve, temperature_window

SIZES = (8, 16, 32, 64)
LATTICE_SIZE = 320


def data(temperatures, n_each, seed):
    n_samples = n_each * len(temperatures)
    return make_ising(n_samples, LATTICE_SIZE, temperatures, random_state=seed, n_jobs=2)


def trained(train, block_size, descriptor):
    start = time.perf_counter()
    model = BlockAveragingClassifier(
        block_size,
        descriptor=descriptor,
        objective="block",
        max_epochs=6,
        batch_size=16,
        random_shift=True,
        random_state=0,
    ).fit(train.data, train.temperature > CRITICAL_TEMPERATURE)
    print(f"l = {block_size}: {time.perf_counter() - start:.0f} s", flush=True)
    return model


def report(name, collapse):
    print(name, end=": ")
    for parameter in ("critical_temperature", "nu", "theta"):
        value, std = (getattr(collapse, parameter + end) for end in ("_", "_std_"))
        print(f"{parameter} {value:.4f}({std:.4f})", end=", ")
    print(f"quality {collapse.quality_:.2f}, p = {collapse.p_value_:.2g}", flush=True)


def main():
    descriptor = sys.argv[1] if len(sys.argv) > 1 else "d4"
    tc = CRITICAL_TEMPERATURE
    train = data(np.linspace(tc - 0.8, tc + 0.8, 80), 12, 0)
    models = [trained(train, block_size, descriptor) for block_size in SIZES]
    del train
    test = data(np.linspace(2.0, 2.56, 29), 24, 1)
    curve, resamples = accuracy_curve(
        models,
        test.data,
        test.temperature > tc,
        test.temperature,
        n_resamples=200,
        random_state=0,
    )
    windows = temperature_window(curve, 0.85)
    print(windows[["block_size", "T_minus", "T_plus", "width", "width_error"]].to_string())
    law = PowerLaw().fit(windows.block_size, windows.width, windows.width_error)
    print(f"width ~ l^{law.exponent_:.3f}({law.exponent_std_:.3f}), p = {law.p_value_:.2g}")
    near = ((curve.temperature - tc) * curve.block_size).abs() < 4
    curve, resamples = curve[near], resamples[near]
    measured = curve.temperature, 1 - curve.accuracy, curve.error, curve.block_size
    for name, held in (
        ("free", {}),
        ("nu = 1", {"nu": 1}),
        ("the paper's", {"critical_temperature": tc, "nu": 1, "theta": 0.12}),
    ):
        collapse = DataCollapse(**held, random_state=0)
        report(name, collapse.fit(*measured, resamples=1 - resamples))


if __name__ == "__main__":
    main()
