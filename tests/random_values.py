"""Good and bad arguments of all public functions, by their names, and a random choice of them."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    PairCorrelationDescriptor,
    exact,
    make_ising,
    make_potts,
    symmetry,
)

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
