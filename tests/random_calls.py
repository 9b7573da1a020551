"""Random calls of all public functions, with good and bad arguments by their names."""

import importlib
import inspect
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
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

GOOD = (0.75, 0.95)  # probability of a good value for an argument; one of them for each call
GIVEN = 0.5  # probability that an optional argument is given

ISING = make_ising(24, 16, [1.4, 2.2, 2.6, 3.5], target="phase", random_state=0)
X, ENERGY, PHASE, TEMPERATURE = ISING.data, ISING.energy, ISING.target, ISING.temperature
LARGER = make_ising(4, 21, [1.8, 3.0], random_state=1).data
STATES = make_potts(24, 16, [0.8, 1.2], n_states=5, random_state=2).data
ANGLES = np.linspace(-9, 9, STATES.size).reshape(STATES.shape)

NOT_NUMBERS = [None, "x", "", [], (), {}, object(), b"4", 1j, np.datetime64("2020-01-01"), print]
BAD_NUMBERS = [
    -1,
    0,
    0.5,
    np.nan,
    np.inf,
    -np.inf,
    True,
    np.bool_(0),
    1e300,
    1e-320,
    [4],
    *NOT_NUMBERS,
]


def with_nan(values):
    values = np.array(values, float)
    values.flat[-1] = np.nan
    return values


def masked(values):
    return np.ma.masked_array(values, np.arange(np.size(values)).reshape(np.shape(values)) % 5 == 2)


GOOD_LATTICES = [
    *(X, X[:1], X[::4], LARGER, X[:, :12], X.astype(float), np.asfortranarray(X), X.tolist()),
    *(np.ones((3, 16, 16), np.int8), X[:, ::-1, ::-1], X.astype(">i4"), torch.from_numpy(X[:5])),
]
BAD_LATTICES = [
    *(X[0], X[:0], X[:, np.newaxis], X.reshape(24, 256), np.moveaxis(X, 0, -1), (X + 1) // 2),
    *(X.view(np.uint8), X > 0, with_nan(X), masked(X), X * 0.5, X.astype(complex), X.astype(str)),
    *([X[0], LARGER[0]], X[:, :1], X[:, :, :1], X[:, :2, :3], X * 1e300, pd.DataFrame(X[0])),
    *(X.astype(object), np.zeros((2, 8, 8)), 3, *NOT_NUMBERS),
]
GOOD_STATES = [
    *(STATES, STATES[:2], STATES.astype(np.uint16), STATES.astype(float), STATES.tolist()),
    *((X + 1) // 2, (LARGER > 0) * 3, STATES[:, :1], STATES[:, :12]),
]
SERIES = [
    ENERGY,
    ENERGY[:1],
    ENERGY[:2],
    np.ones(24),
    np.arange(24),
    X.mean(axis=1),
    ENERGY * 1e150,
]
BAD_SERIES = [with_nan(ENERGY), masked(ENERGY), ENERGY.astype(str), 1.0, ENERGY[:0], *NOT_NUMBERS]
SIZES = np.repeat([4.0, 8.0, 16.0], 8)
SIMPLE_CURVE = np.tile(np.linspace(2.0, 2.6, 8), 3)
CURVE = pd.DataFrame(
    {
        "temperature": SIMPLE_CURVE,
        "block_size": SIZES.astype(int),
        "n_blocks": 1,
        "accuracy": 1 - 0.5 / (1 + SIZES * np.abs(SIMPLE_CURVE - 2.27)),
        "error": 0.01,
        "n_lattices": 50,
    }
)
FITTED = {
    "regressor": BlockAveragingRegressor(8, descriptor="pair", max_epochs=1, random_state=0).fit(
        X, ENERGY
    ),
    "classifier": BlockAveragingClassifier(8, descriptor="pair", max_epochs=1, random_state=0).fit(
        X, PHASE
    ),
}
DESCRIPTORS = [
    "d4",
    "pair",
    "spins",
    D4Descriptor(invariants="power"),
    PairCorrelationDescriptor(2),
]

# Good values, then bad values, of each argument by its name.
VALUES = {
    "X": (GOOD_LATTICES, BAD_LATTICES),
    "states": (GOOD_STATES, [ANGLES, X, STATES + 0.5, STATES.astype(int) + 60000, *BAD_LATTICES]),
    "angles": ([ANGLES, ANGLES[:1], 100 * ANGLES, ANGLES.astype("f4")], [STATES, *BAD_LATTICES]),
    "spins": (["ising", "diluted", "potts", "clock"], ["xy", None, 1, "Potts"]),
    "lattice": ([X[0], LARGER[1]], BAD_LATTICES),
    "block": ([X[0][:8, :8], np.arange(9.0).reshape(3, 3)], BAD_LATTICES),
    "block_size": ([2, 4, 8, np.int64(8), 3], [1, 40, 8.0, 2.5, *BAD_NUMBERS]),
    "stride": ([None, 1, 3, 8, np.int32(2)], [1.5, *BAD_NUMBERS[:-11]]),
    "n_blocks": ([None, 1, 5, np.int64(3)], [0, 2.5, *BAD_NUMBERS]),
    "descriptor": (DESCRIPTORS, ["D4", 3, D4Descriptor, StandardScaler(), make_pipeline("pair")]),
    "objective": (["lattice", "block"], ["site", None, 1]),
    "pooling": (["probability", "logit"], ["mean", None]),
    "lr": ([1e-3, np.float32(0.01), 1], [10**400, *BAD_NUMBERS]),
    "max_epochs": ([1, 2, np.int64(1)], [0, 1.0, *BAD_NUMBERS[4:]]),
    "batch_size": ([4, 32, np.int64(7)], [0, 1.5, *BAD_NUMBERS]),
    "random_shift": ([True, False, np.bool_(1)], [1, "yes", None]),
    "early_stopping": ([True, False], [1, "yes", None]),
    "warm_start": ([True, False], [1, "yes", None]),
    "validation_fraction": ([0.2, 0.5], [1.0, 1e-9, *BAD_NUMBERS]),
    "n_iter_no_change": ([1, 5], BAD_NUMBERS),
    "checkpoint": ([None], [3, "none/x", b"x", *NOT_NUMBERS[3:]]),
    "net_params": (
        [None, {}, {"module__hidden": (5,)}, {"module__hidden": ()}],
        [{"module__hidden": (0,)}, {"module__hidden": 3}, {"lr": 1}, {"modul": 1}, 3, "x", [1]],
    ),
    "device": (["auto", "cpu"], [None, "gpu", "cuda:99", 3, "meta"]),
    "callbacks": ([None, []], [[3], 3, "x", ["epoch"]]),
    "random_state": ([0, 7, None, np.random.RandomState(0)], [-1, "x", 1.5, [], 2**40]),
    "verbose": ([0], ["x", None]),
    "n_jobs": ([None, 1, 2, -1], [0, 1.5, "x", True]),
    "invariants": (["reference", "power", "complete"], ["all", None, 1]),
    "max_distance": ([1, 2.5, 4, np.float32(3)], [100, 10**400, *BAD_NUMBERS]),
    "n_samples": ([1, 4, np.int64(6)], [2.0, *BAD_NUMBERS[:-11], *NOT_NUMBERS]),
    "lattice_size": ([2, 3, 4, 8, 13], [1, 8.0, *BAD_NUMBERS]),
    "temperatures": (
        [None, [2.0], [1.5, 3.0], np.array([[2.3]]), [1000.0], [0.3], [np.float32(2.5)]],
        [
            2.0,
            [],
            [0.0],
            [-1.0],
            [np.nan],
            [np.inf],
            [1e-320],
            ["x"],
            [[1.0, 2.0]],
            masked([2, 2, 2.0]),
        ],
    ),
    "algorithm": (["auto", "metropolis", "swendsen-wang", "wolff"], ["heat-bath", None, 1]),
    "target": (["energy", "phase"], ["spin", None]),
    "n_discard": ([None, 0, 3], [1.5, -1, "x", True, np.nan]),
    "thin": ([None, 1, 2], [0, 1.5, -1, "x", True]),
    "return_X_y": ([True, False], ["x", None, 2]),
    "return_std": ([True, False], []),
    "return_error": ([True, False], []),
    "connected": (["auto", True, False], ["yes", None, 2]),
    "periodic": ([True, False], ["yes", None, 1]),
    "method": (["exponential", "second-moment"], ["moment", None]),
    "groups": (
        [None, np.arange(24) // 2],
        [np.zeros(24), [1, 2], with_nan(ENERGY), *NOT_NUMBERS[1:]],
    ),
    "series": (SERIES, BAD_SERIES),
    "magnetization": (SERIES, BAD_SERIES),
    "axis": ([-1, 0], [5, 1.5, "x", None]),
    "window": ([6, 4.0], BAD_NUMBERS),
    "n_states": ([2, 3, 5, np.int64(10), 200], [1, 3.0, *BAD_NUMBERS]),
    "source": (
        [*GOOD_LATTICES, X.reshape(24, 256), X > 0, np.moveaxis(X, 0, -1), X[0], X[:, np.newaxis]],
        [*BAD_LATTICES, "none.npy", Path("x.docx"), [Path("a.csv"), "b.csv"]],
    ),
    "values_of_spins": ([[-1, 1], [1, -1], [-1, 0, 1], (0.0, 1.0)], [[1], [1, 1], *BAD_SERIES]),
    "level": ([0, 0.5, -0.5], BAD_NUMBERS),
    "cell": ([1, 2, 4], [1.5, 3, *BAD_NUMBERS]),
    "lattice_shape": ([16, (16, 16), [12, 16], (21, 21)], [(4,), (1, 2), "ab", *BAD_NUMBERS]),
    "samples_axis": ([0, -1], [1, "x", None, 0.5]),
    "start": (["auto", "ordered", "disordered"], ["hot", None, 1]),
    "temperature": ([2.0, 3.0, [1.5, 2.5], exact.CRITICAL_TEMPERATURE, 1000, 0.1], BAD_NUMBERS),
    "kind": (list(symmetry.ORBIT_KINDS), ["edge", None, 3, 0]),
    "element": ([0, 7, np.int64(3)], [8, 1.5, *BAD_NUMBERS]),
    "irrep": (list(symmetry.IRREPS), ["A3", None, 0]),
    "x": ([SIMPLE_CURVE, SIMPLE_CURVE.tolist()], [SIMPLE_CURVE[:3], *BAD_SERIES]),
    "size": ([SIZES], [-SIZES, SIZES * 0, SIZES[:2], np.ones(24), *BAD_SERIES]),
    "yerr": ([np.full(24, 0.01), CURVE["error"]], [np.zeros(24), -np.ones(24), *BAD_SERIES]),
    "values": ([CURVE["accuracy"], SIZES**-1.5], [np.zeros(24), -SIZES, *BAD_SERIES]),
    "curve": (
        [CURVE, CURVE[::-1]],
        [
            *(CURVE[:0], CURVE[:1], CURVE[CURVE.block_size == 4], CURVE.drop(columns="error")),
            *(CURVE.assign(accuracy=np.nan), CURVE.assign(n_blocks=None), CURVE.to_dict(), None, 3),
        ],
    ),
    "output": ([None, 0], [2, 0.5, -1, "x", True]),
    "show_lattice": ([True, False], []),
    "threshold": ([0.85, 0.7], BAD_NUMBERS),
    "exponent": ([None, 1.5], BAD_NUMBERS),
    "n_resamples": ([0, 2, 20], [1.5, "x", True, -1]),
    "critical_temperature": ([None, 2.27, 2], ["x", np.nan, np.inf, [2]]),
    "nu": ([None, 1, 1.0], BAD_NUMBERS),
    "theta": ([None, 0, 0.1, -0.1], ["x", np.nan, np.inf, [2]]),
    "scaling_form": (["power", "bkt"], ["log", None, 2]),
    "log_constant": ([None, 0.5], ["x", -9, np.inf, [2]]),
    "size_offset": ([0, 1, -0.5], [4, "x", None, np.nan]),
    "distances": ([None, [0.3, 1], 0.5], [[], [0], ["x"], -1]),
    "smallest_sizes": ([None, [4], 4], [[], [0], ["x"], [99]]),
    "correction_exponent": ([None, 1.0], BAD_NUMBERS),
    "confidence_level": ([0.95, 0.5], BAD_NUMBERS),
    "energy": ([ENERGY, np.c_[ENERGY, PHASE], ENERGY * 1e-300, ENERGY * 1e200], BAD_SERIES),
    "labels": (
        [PHASE, PHASE.astype(str), PHASE > 0, np.arange(24) % 3],
        [np.zeros(24), ENERGY, [0, "x"] * 12, PHASE[:3], [None, 1] * 12, *BAD_SERIES],
    ),
}
PARAMETERS = [
    name for name in inspect.signature(BlockAveragingRegressor).parameters if name in VALUES
]


def draw(rng, *names, rename=None, **optional):
    """Return keyword arguments by name: required, then optional with their probability."""
    given = [*names, *(name for name, share in optional.items() if rng.random() < share)]
    arguments, share_of_good = {}, GOOD[rng.integers(2)]
    for name in given:
        good, bad = VALUES[name]
        pool = good if not bad or rng.random() < share_of_good else bad
        arguments[(rename or {}).get(name, name)] = pool[rng.integers(len(pool))]
    return arguments


def some(*names):
    return dict.fromkeys(names, GIVEN)


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
    names = ["n_blocks", "stride", "device", "random_state", "checkpoint", "block_size"]
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
    "staggered": simple(staggered, "X", **some("periodic")),
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
