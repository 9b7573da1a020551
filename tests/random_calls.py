"""Random calls of all public functions, with good and bad arguments by their names."""

import importlib
import inspect
import tempfile
from pathlib import Path

import numpy as np
from random_values import (
    CURVE,
    FITTED,
    GOOD,
    PARAMETERS,
    PHASE,
    TEMPERATURE,
    X,
    draw,
    some,
)
from sklearn.model_selection import GridSearchCV

from skising import (
    BlockAveragingClassifier,
    ClockSampler,
    D4Descriptor,
    IsingSampler,
    PairCorrelationDescriptor,
    PottsSampler,
    as_lattices,
    exact,
    extract_blocks,
    load,
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
from skising.scaling import DataCollapse, PowerLaw


def estimator_call(rng, folder):
    kind = ["regressor", "classifier"][rng.integers(2)]
    cls = type(FITTED[kind])
    # Few parameters at a time, so that most calls get as far as the network.
    parameters = draw(rng, **dict.fromkeys(PARAMETERS, 0.12))
    parameters = {"block_size": 8, "max_epochs": 1, "descriptor": "pair"} | parameters
    model = cls(**parameters)
    y = "energy" if kind == "regressor" else "labels"
    arguments = draw(rng, y, rename={y: "y"}) | {"X": X}
    if rng.random() < 0.2:
        arguments |= draw(rng, "X")
    if rng.random() < 0.2:
        more = {"classes": [0, 1]} if kind == "classifier" else {}
        return model.partial_fit(**arguments, **more)
    return predictions(rng, model.fit(**arguments), folder)


def fitted_call(rng, folder):
    kind = ["regressor", "classifier"][rng.integers(2)]
    names = ["n_blocks", "stride", "device", "random_state", "checkpoint", "block_size", "n_jobs"]
    model = shallow_copy(FITTED[kind]).set_params(**draw(rng, **dict.fromkeys(names, 0.1)))
    return predictions(rng, model, folder)


def shallow_copy(model):
    """Return a copy that shares the network."""
    copy = object.__new__(type(model))
    vars(copy).update(vars(model))
    return copy


def predictions(rng, model, folder):
    arguments = draw(rng, "X")
    if rng.random() < 0.2:
        save(model, folder / "model")
        model = load(folder / "model")
    if isinstance(model, BlockAveragingClassifier):
        method = ["predict", "predict_proba", "predict_blocks"][rng.integers(3)]
        if method == "predict_proba":
            arguments |= draw(rng, **some("return_error"))
    else:
        method = ["predict", "predict_blocks"][rng.integers(2)]
        if method == "predict":
            arguments |= draw(rng, **some("return_std", "return_error"))
    return getattr(model, method)(**arguments)


def search_call(rng, folder):
    grid = draw(rng, "max_epochs", "batch_size")
    model = BlockAveragingClassifier(8, descriptor="pair", random_state=0)
    model.set_params(**grid)
    search = GridSearchCV(model, {"n_blocks": [None, 2]}, cv=2, error_score="raise")
    return search.fit(X, PHASE).cv_results_["mean_test_score"]


def load_call(rng, folder):
    data = bytearray(SAVED)
    for _ in range(rng.integers(4)):
        data[rng.integers(len(data))] = rng.integers(256)
    path = folder / "damaged"
    path.write_bytes(data[: rng.integers(len(data) + 1) if rng.random() < 0.3 else None])
    return load(path).predict(X)


def saved_bytes():
    with tempfile.TemporaryDirectory() as folder:
        save(FITTED["classifier"], Path(folder) / "model")
        return (Path(folder) / "model").read_bytes()


SAVED = saved_bytes()


def descriptor_call(rng, folder):
    if rng.random() < 0.5:
        descriptor = D4Descriptor(**draw(rng, **some("invariants", "n_jobs")))
    else:
        descriptor = PairCorrelationDescriptor(**draw(rng, **some("max_distance", "n_jobs")))
    descriptor.fit(**draw(rng, "X"))
    names = descriptor.get_feature_names_out()
    assert len(names) == len(set(names))
    return descriptor.transform(**draw(rng, "X"))


def conversion_call(rng, folder):
    names = ["n_states", "spins", "values_of_spins", "level", "cell", "lattice_shape"]
    optional = dict.fromkeys([*names, "samples_axis"], 0.15)
    arguments = draw(rng, "source", rename={"values_of_spins": "values"}, **optional)
    return as_lattices(**arguments, verbose=0)


def sampler_call(rng, folder):
    optional = some("lattice_size", "algorithm", "n_discard", "thin", "random_state", "n_jobs")
    sampler = IsingSampler(**draw(rng, **optional))
    if rng.random() < 0.5:
        sampler = PottsSampler(**draw(rng, **optional, **some("n_states", "start")))
    elif rng.random() < 0.5:
        sampler = ClockSampler(**draw(rng, **optional, **some("n_states")))
    return sampler.fit_transform(**draw(rng, "temperatures", rename={"temperatures": "X"}))


def dataset_call(rng, folder):
    optional = some("temperatures", "algorithm", "target", "n_discard", "thin", "return_X_y")
    arguments = draw(rng, "n_samples", "lattice_size", **optional, **some("random_state", "n_jobs"))
    if rng.random() < 0.2:
        arguments["out"] = [folder / "a.npy", folder / "b.zarr", "x", 3][rng.integers(4)]
    if rng.random() < 0.1:
        arguments["plan_only"] = [True, True, False, "no"][rng.integers(4)]
    if rng.random() < 0.5:
        return make_ising(**arguments)
    if rng.random() < 0.5:
        return make_clock(**arguments, **draw(rng, **some("n_states")))
    return make_potts(**arguments, **draw(rng, **some("n_states", "start")))


def collapse_call(rng, folder):
    optional = ("critical_temperature", "nu", "theta", "correction_exponent", "confidence_level")
    parameters = draw(rng, **some(*optional, "n_resamples", "random_state"))
    parameters |= draw(rng, **dict.fromkeys(("scaling_form", "log_constant", "size_offset"), 0.1))
    collapse = DataCollapse(**{"n_resamples": 3} | parameters)
    if rng.random() < 0.15:
        collapse.fit_curve(**draw(rng, "curve"))
        stability = scaling.collapse_stability(
            collapse, **draw(rng, **some("distances", "smallest_sizes"))
        )
        return [stability, collapse.summary(), str(collapse)]
    data = draw(rng, "x", "values", "yerr", "size", rename={"values": "y"})
    collapsed = collapse.fit(**data).transform(**data)
    # Beyond the data the function is NaN, as documented.
    return [collapsed, collapse.scaling_function(collapsed["x"])]


def power_law_call(rng, folder):
    data = draw(rng, "size", "values", "yerr", rename={"size": "x", "values": "y"})
    model = PowerLaw(**draw(rng, size_offset=0.2, rename={"size_offset": "x_offset"})).fit(**data)
    return [vars(model), model.predict(**draw(rng, "size", rename={"size": "x"}))]


def accuracy_curve_call(rng, folder):
    estimator = [FITTED["classifier"], FITTED["regressor"], BlockAveragingClassifier(), None]
    estimator = estimator[0 if rng.random() < GOOD[0] else rng.integers(4)]
    arguments = draw(rng, **some("n_blocks", "n_resamples", "random_state"))
    arguments |= {"X": X, "y": PHASE, "temperature": TEMPERATURE}
    if rng.random() > GOOD[0]:
        arguments |= draw(rng, "labels", rename={"labels": "y"})
    if rng.random() > GOOD[0]:
        arguments |= draw(rng, "series", rename={"series": "temperature"})
    return scaling.accuracy_curve(estimator, **arguments)


def order_curve_call(rng, folder):
    estimator = [FITTED["classifier"], FITTED["regressor"]][int(rng.random() > GOOD[0])]
    arguments = draw(rng, "X", **some("n_resamples", "random_state", "groups"))
    temperature = draw(rng, "series")["series"] if rng.random() > GOOD[0] else TEMPERATURE
    return scaling.order_curve(estimator, temperature=temperature, **arguments)


def observable_curve_call(rng, folder):
    names = ["susceptibility", "specific_heat", "binder_cumulant", "correlation_length_ratio"]
    observable = [*names, np.std, None, "chi"][rng.integers(7)]
    arguments = draw(rng, **some("n_resamples", "random_state"))
    if rng.random() < 0.5:
        arguments |= draw(rng, "X", **some("groups")) | {"temperature": TEMPERATURE}
    else:
        series = draw(rng, "magnetization")["magnetization"]
        arguments |= {"X": {16: series}, "temperature": {16: TEMPERATURE}}
    return scaling.observable_curve(observable, **arguments)


def crossing_call(rng, folder):
    curve = draw(rng, "curve")["curve"]
    arguments = draw(rng, **some("n_resamples", "random_state", "exponent"))
    result = scaling.crossing(curve, value="accuracy", size="block_size", **arguments)
    # Without extrapolation there is no p-value, as documented.
    return [result.temperature, result.error, result.pairs]


def display_call(rng, folder):
    display = importlib.import_module("skising.display")
    choice = rng.integers(6)
    if choice == 0:
        # An n_blocks of NaN stands for all blocks.
        curve = display.AccuracyCurveDisplay.from_frame(**draw(rng, "curve")).curve
        return curve.drop(columns="n_blocks")
    if choice == 1:
        arguments = draw(rng, "lattice", **some("block_size", "temperature"))
        return display.LatticeDisplay.from_lattice(**arguments).lattice
    if choice == 2:
        windows = scaling.temperature_window(CURVE, n_resamples=2, random_state=0)
        power_law = [None, PowerLaw(), 3][rng.integers(3)]
        return display.TemperatureWindowDisplay.from_frame(windows, power_law=power_law).windows
    if choice == 3:
        arguments = draw(rng, "lattice", **some("output", "show_lattice"))
        model = FITTED[["regressor", "classifier"][rng.integers(2)]]
        return display.BlockMapDisplay.from_estimator(model, **arguments).values
    if choice == 4:
        losses = np.ravel(draw(rng, "values")["values"])
        history = [{"train_loss": loss} for loss in losses]
        return display.TrainingDisplay(history).plot().train_.get_ydata()
    arguments = draw(rng, "x", "values", rename={"x": "temperature", "values": "y_pred"})
    return display.EnergyCurveDisplay.from_predictions(**arguments).curve


def lattices_of_spins(rng):
    """Return lattices, mostly of the spins that they are said to have."""
    if rng.random() < 0.4:
        return draw(rng, "X")
    return draw(rng, "states", "spins", **some("n_states"), rename={"states": "X"})


def simple(function, *required, **optional):
    """Return an operation that calls a function with arguments drawn by their names."""
    return lambda rng, folder: function(**draw(rng, *required, **optional))


OPERATIONS = {
    "estimator": estimator_call,
    "fitted": fitted_call,
    "search": search_call,
    "load": load_call,
    "descriptor": descriptor_call,
    "IsingSampler": sampler_call,
    "make_ising": dataset_call,
    "DataCollapse": collapse_call,
    "PowerLaw": power_law_call,
    "accuracy_curve": accuracy_curve_call,
    "order_curve": order_curve_call,
    "observable_curve": observable_curve_call,
    "crossing": crossing_call,
    "display": display_call,
    "temperature_window": simple(
        scaling.temperature_window, "curve", **some("threshold", "n_resamples", "random_state")
    ),
    "extract_blocks": simple(extract_blocks, "X", "block_size", **some("stride")),
    "sample_blocks": simple(sample_blocks, "X", "block_size", "n_blocks", **some("random_state")),
    "as_lattices": conversion_call,
    "staggered": simple(staggered, "X", **some("periodic", "spins")),
    "states_from_angles": simple(
        states_from_angles, "angles", rename={"angles": "X"}, **some("n_states")
    ),
    "energy_density": lambda rng, folder: observables.energy_density(
        **lattices_of_spins(rng), **draw(rng, **some("periodic"))
    ),
    "order_parameter": lambda rng, folder: observables.order_parameter(**lattices_of_spins(rng)),
    "helicity_modulus": simple(
        observables.helicity_modulus,
        "states",
        "temperature",
        "n_states",
        rename={"states": "X"},
        **some("groups"),
    ),
    "magnetization": simple(observables.magnetization, "X"),
    "correlation_function": simple(
        observables.correlation_function, "X", **some("connected", "groups", "periodic")
    ),
    "correlation_length": simple(
        observables.correlation_length, "X", **some("connected", "groups", "method", "periodic")
    ),
    "susceptibility": simple(
        observables.susceptibility,
        "magnetization",
        "temperature",
        "lattice_size",
        **some("connected", "groups"),
    ),
    "specific_heat": simple(
        observables.specific_heat, "energy", "temperature", "lattice_size", **some("groups")
    ),
    "binder_cumulant": simple(observables.binder_cumulant, "magnetization", **some("axis")),
    "integrated_autocorrelation_time": simple(
        observables.integrated_autocorrelation_time, "series", **some("window")
    ),
    "exact": lambda rng, folder: EXACT[rng.integers(len(EXACT))](rng),
    "orbits": simple(symmetry.orbits, "block_size"),
    "components": simple(symmetry.components, "kind"),
    "site_permutation": simple(symmetry.site_permutation, "kind", "element"),
    "project": simple(symmetry.project, "block", "irrep"),
}
EXACT = [
    lambda rng, function=function: function(
        **draw(rng, *(name for name in inspect.signature(function).parameters))
    )
    for function in (getattr(exact, name) for name in exact.__all__)
    if callable(function)
]
