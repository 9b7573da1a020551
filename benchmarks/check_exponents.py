"""The exponents of the closing window and of the data collapse, at l = 8, 16, 32 and 64, L = 320.

Classifiers of single blocks, several of each size, each trained on lattices of its own at 80
temperatures around the critical one; all are judged on the same other lattices. Errors hold both
what is due to the lattices judged on and what is due to training. Prints the widths at 85 % and
their power law; the collapse of 1 - A where |T - Tc| l < 4, with all exponents free, with nu = 1,
with a correction to scaling, and with the paper's; and these again without the smallest blocks.
Argument: the descriptor, or "d4".
"""

import sys
import time

import joblib
import numpy as np

from skising import BlockAveragingClassifier, make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.scaling import DataCollapse, PowerLaw, accuracy_curve, temperature_window

SIZES = (8, 16, 32, 64)
LATTICE_SIZE = 320
N_NETWORKS = 3  # of each size
N_RESAMPLES = 200


def data(temperatures, n_each, seed):
    n_samples = n_each * len(temperatures)
    return make_ising(n_samples, LATTICE_SIZE, temperatures, random_state=seed, n_jobs=2)


def trained(X, temperature, block_size, descriptor, seed):
    start = time.perf_counter()
    model = BlockAveragingClassifier(
        block_size,
        descriptor=descriptor,
        objective="block",
        max_epochs=12,
        batch_size=16,
        random_shift=True,
        random_state=seed,
    ).fit(X, temperature > CRITICAL_TEMPERATURE)
    print(f"l = {block_size}: {time.perf_counter() - start:.0f} s", flush=True)
    return model


def train(descriptor):
    """Return a list of networks, one of each size, for each training set."""
    temperatures = CRITICAL_TEMPERATURE + np.linspace(-0.8, 0.8, 80)
    sets = [data(temperatures, 60, 10 + k) for k in range(N_NETWORKS)]
    jobs = [
        joblib.delayed(trained)(ising.data, ising.temperature, block_size, descriptor, k)
        for k, ising in enumerate(sets)
        for block_size in SIZES
    ]
    found = joblib.Parallel(n_jobs=2)(jobs)
    return [found[k : k + len(SIZES)] for k in range(0, len(found), len(SIZES))]


def averaged(curves, resamples):
    """Return the mean curve of several networks, and resamples of lattices and of networks."""
    curve, rng = curves[0].copy(), np.random.default_rng(0)
    curve["accuracy"] = np.mean([c.accuracy for c in curves], axis=0)
    n, of_lattices = len(curves), np.mean(resamples, axis=0)
    of_networks = np.empty_like(of_lattices)
    deviations = np.array([c.accuracy - curve.accuracy for c in curves])
    for rows in curve.groupby("block_size").indices.values():
        drawn = rng.integers(n, size=(N_RESAMPLES, n))
        # Among n that are drawn from n, the variance comes out too small by (n - 1) / n.
        of_networks[rows] = deviations[drawn][:, :, rows].mean(axis=1).T * np.sqrt(n / (n - 1))
    resamples = of_lattices + of_networks
    curve["error"] = np.hypot(np.mean([c.error for c in curves], axis=0), of_networks.std(axis=1))
    return curve, resamples


def windows_of(curves):
    """Return the mean windows of several networks, with errors."""
    found = [temperature_window(curve, 0.85) for curve in curves]
    windows = found[0][["block_size"]].copy()
    for name in ("T_minus", "T_plus", "width"):
        windows[name] = np.mean([window[name] for window in found], axis=0)
    of_training = np.std([window.width for window in found], axis=0, ddof=1) / len(found) ** 0.5
    of_lattices = np.mean([window.width_error for window in found], axis=0)
    windows["width_error"] = np.hypot(of_lattices, of_training)
    windows["of_training"] = of_training
    windows["width * l"] = windows.width * windows.block_size
    return windows


def report(name, collapse):
    print(f"  {name}", end=": ")
    for parameter in ("critical_temperature", "nu", "theta"):
        value, std = (getattr(collapse, parameter + end) for end in ("_", "_std_"))
        print(f"{parameter} {value:.4f}({std:.4f})", end=", ")
    print(f"quality {collapse.quality_:.2f}, p = {collapse.p_value_:.2g}", flush=True)


def analyse(windows, curve, resamples):
    law = PowerLaw().fit(windows.block_size, windows.width, windows.width_error)
    print(f"width ~ l^{law.exponent_:.3f}({law.exponent_std_:.3f}), p = {law.p_value_:.2g}")
    near = ((curve.temperature - CRITICAL_TEMPERATURE) * curve.block_size).abs() < 4
    curve, resamples = curve[near], resamples[near]
    measured = curve.temperature, 1 - curve.accuracy, curve.error, curve.block_size
    for name, held in (
        ("free", {}),
        ("free, corrected", {"correction_exponent": 1}),
        ("nu = 1", {"nu": 1}),
        ("Tc exact, nu = 1", {"critical_temperature": CRITICAL_TEMPERATURE, "nu": 1}),
        ("the paper's", {"critical_temperature": CRITICAL_TEMPERATURE, "nu": 1, "theta": 0.12}),
    ):
        collapse = DataCollapse(**held, random_state=0)
        report(name, collapse.fit(*measured, resamples=1 - resamples))


def main():
    networks = train(sys.argv[1] if len(sys.argv) > 1 else "d4")
    temperatures = np.union1d(np.linspace(2.0, 2.56, 29), np.linspace(2.22, 2.32, 21)).round(6)
    test = data(np.unique(temperatures), 48, 1)
    phase = test.temperature > CRITICAL_TEMPERATURE
    curves, resamples = zip(
        *(
            accuracy_curve(
                models,
                test.data,
                phase,
                test.temperature,
                n_resamples=N_RESAMPLES,
                random_state=0,
            )
            for models in networks
        ),
        strict=True,
    )
    windows = windows_of(curves)
    print(windows.to_string(index=False, float_format="{:.4f}".format))
    curve, resamples = averaged(curves, resamples)
    for smallest in SIZES[:2]:
        print(f"l >= {smallest}")
        kept = curve.block_size >= smallest
        analyse(windows[windows.block_size >= smallest], curve[kept], resamples[kept])


if __name__ == "__main__":
    main()
