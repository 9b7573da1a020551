"""A user's script, which the type checker reads and nobody runs: the type of each result.

`warn_unused_ignores` makes the ignored lines tests, too: the checker must refuse these calls.
"""

from typing import Any, assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    ClockSampler,
    D4Descriptor,
    DistributedTraining,
    IsingSampler,
    PairCorrelationDescriptor,
    PottsSampler,
    as_lattices,
    exact,
    extract_blocks,
    load,
    load_pretrained,
    make_clock,
    make_ising,
    make_potts,
    observables,
    sample_blocks,
    save,
    scaling,
    staggered,
    states_from_angles,
    symmetry,
)
from skising.display import (
    AccuracyCurveDisplay,
    BlockMapDisplay,
    CurveDisplay,
    EnergyCurveDisplay,
    LatticeDisplay,
    TrainingDisplay,
)

Floats = NDArray[np.float64]
Spins = NDArray[np.int8]


def script() -> None:
    ising = make_ising(1000, lattice_size=64, temperatures=[2.1, 2.5], random_state=0)
    assert_type(ising.data, Spins)
    assert_type(ising.energy, Floats)
    assert_type(ising.chain, NDArray[np.int64])
    assert_type(ising.diagnostics, pd.DataFrame)
    X, y = make_ising(target="phase", return_X_y=True)
    assert_type(X, Spins)
    plan = make_ising(10**6, out="lattices.zarr", random_state=0, plan_only=True)
    assert_type(plan.n_runs, int)
    make_ising(target="magnetization")  # type: ignore[call-overload]
    potts = make_potts(100, 64, n_states=10, start="ordered", random_state=0)
    assert_type(potts.order_parameter, Floats)
    assert_type(potts.start, NDArray[np.int64])
    make_potts(start="hot")  # type: ignore[call-overload]
    assert_type(as_lattices("lattices.csv", lattice_shape=64), NDArray[Any])
    as_lattices(X, level="grey")  # type: ignore[arg-type]
    xy = make_clock(100, 64, target="phase", random_state=0)
    assert_type(xy.data, NDArray[np.uint16])
    assert_type(xy.order_parameter, Floats)
    make_clock(start="ordered")  # type: ignore[call-overload]

    assert_type(ClockSampler(16, n_states=6).fit_transform([0.8]), NDArray[np.uint16])
    assert_type(PottsSampler(16, n_states=4).fit_transform([0.8]), NDArray[np.integer[Any]])
    assert_type(IsingSampler(16, random_state=0).fit_transform([1.5, 2.5]), Spins)
    assert_type(extract_blocks(ising.data, 8), NDArray[Any])
    assert_type(
        sample_blocks(ising.data, 8, 100, random_state=np.random.RandomState(0)), NDArray[Any]
    )
    assert_type(staggered(ising.data), Spins)
    assert_type(states_from_angles([[[0.5, -0.5]]], n_states=8), NDArray[np.uint16])
    assert_type(D4Descriptor().fit(extract_blocks(X, 8)[:, 0]).transform(X), NDArray[np.float32])
    assert_type(PairCorrelationDescriptor(2).fit(X).displacements_, pd.DataFrame)
    D4Descriptor(invariants="all")  # type: ignore[arg-type]

    energy = BlockAveragingRegressor(16, descriptor="pair", random_state=0)
    assert_type(energy.fit(ising.data, ising.energy), BlockAveragingRegressor)
    assert_type(energy.predict(ising.data), Floats)
    assert_type(energy.predict(ising.data, return_std=True), tuple[Floats, Floats])
    assert_type(energy.predict(ising.data, return_error=True), tuple[Floats, Floats])
    assert_type(
        energy.predict(ising.data, return_std=True, return_error=True),
        tuple[Floats, Floats, Floats],
    )
    assert_type(energy.predict_blocks(ising.data), Floats)
    assert_type(energy.score(ising.data, ising.energy), float)
    assert_type(energy.block_size_, int)
    assert_type(energy.history_, list[dict[str, Any]])
    BlockAveragingRegressor("16")  # type: ignore[arg-type]
    BlockAveragingRegressor(16, 8)  # type: ignore[call-arg, arg-type]

    phase = BlockAveragingClassifier(16, descriptor=D4Descriptor(), pooling="logit").fit(X, y)
    BlockAveragingRegressor(16, callbacks=[DistributedTraining()], n_jobs=2)
    assert_type(phase, BlockAveragingClassifier)
    assert_type(phase.predict_proba(X), Floats)
    assert_type(phase.predict_proba(X, return_error=True), tuple[Floats, Floats])
    assert_type(phase.classes_, NDArray[Any])
    save(phase, "phase.safetensors")
    assert_type(load("phase.safetensors"), BlockAveragingRegressor | BlockAveragingClassifier)
    assert_type(
        load_pretrained("ising-phase-16"), BlockAveragingRegressor | BlockAveragingClassifier
    )

    assert_type(observables.energy_density(X, periodic=False), Floats)
    assert_type(observables.order_parameter(potts.data, spins="potts", n_states=10), Floats)
    observables.order_parameter(potts.data, spins="heisenberg")  # type: ignore[arg-type]
    angles = states_from_angles(np.zeros((9, 8, 8)))
    assert_type(observables.helicity_modulus(angles, 0.9, n_states=65536).upsilon, float)
    assert_type(observables.correlation_function(X), pd.DataFrame)
    xi, xi_error = observables.correlation_length(X)
    assert_type(xi + xi_error, float)
    chi, chi_error = observables.susceptibility(ising.magnetization, 2.5, 64, connected=False)
    assert_type(chi + chi_error, float)
    assert_type(observables.specific_heat(ising.energy, 2.5, 64), observables.Estimate)
    assert_type(observables.integrated_autocorrelation_time(ising.energy).tau, float)

    assert_type(exact.CRITICAL_TEMPERATURE, float)
    assert_type(exact.onsager_energy(2.0), np.float64)
    assert_type(exact.onsager_energy([2.0, 2.5]), Floats)
    assert_type(exact.kaufman_energy(ising.temperature, 64), Floats)
    assert_type(exact.log_partition_function(ising.temperature, 64), Floats)
    assert_type(exact.probability_disordered(ising.energy, 64, [2.0, 2.5]), Floats)
    assert_type(exact.probability_disordered(-1.4, 64, [2.0, 2.5]), np.float64)
    assert_type(exact.potts_critical_temperature(10), float)
    assert_type(exact.potts_phase_energies(10), tuple[float, float])
    assert_type(exact.potts_dual_temperature([0.7, 0.8], 10), Floats)

    curve = scaling.accuracy_curve(phase, X, y, ising.temperature)
    assert_type(curve, pd.DataFrame)
    resampled = scaling.accuracy_curve(phase, X, y, ising.temperature, n_resamples=100)
    assert_type(resampled, tuple[pd.DataFrame, Floats])
    order = scaling.order_curve(phase, X, ising.temperature)
    assert_type(order, pd.DataFrame)
    crossing = scaling.crossing(order, value="probability", size="block_size")
    assert_type(crossing.temperature, float)
    assert_type(crossing.pairs, pd.DataFrame)
    binder = scaling.observable_curve(
        "binder_cumulant", {16: y}, {16: ising.temperature}, n_resamples=100
    )
    assert_type(binder, tuple[pd.DataFrame, Floats])
    heat = scaling.observable_curve(
        lambda x: x.mean(), [X], [ising.temperature], groups=[ising.chain]
    )
    assert_type(heat, pd.DataFrame)
    window = scaling.temperature_window(curve)
    law = scaling.PowerLaw().fit(window["block_size"], window["width"], window["width_error"])
    assert_type(law.exponent_, float)
    collapse = scaling.DataCollapse(nu=1.0).fit([2.0], [0.1], [0.01], [8])
    assert_type(collapse.critical_temperature_interval_, tuple[float, float])
    assert_type(collapse.fit_curve(curve, value="accuracy"), scaling.DataCollapse)
    assert_type(collapse.summary(), pd.DataFrame)
    assert_type(scaling.collapse_stability(collapse, distances=[0.2]), pd.DataFrame)

    assert_type(symmetry.orbits(4), list[symmetry.Orbit])
    assert_type(symmetry.components("axis")[0].label, str)
    assert_type(symmetry.project([[1, -1], [-1, 1]], "B2"), Floats)

    assert_type(LatticeDisplay.from_lattice(X[0]), LatticeDisplay)
    assert_type(AccuracyCurveDisplay.from_frame(curve).plot(), AccuracyCurveDisplay)
    assert_type(BlockMapDisplay.from_estimator(energy, X[0]), BlockMapDisplay)
    assert_type(TrainingDisplay(energy.history_).plot(), TrainingDisplay)
    assert_type(CurveDisplay.from_frame(order, crossing=crossing), CurveDisplay)
    EnergyCurveDisplay.from_estimator(energy, X, ising.temperature).ax_.set_title("Energy")
