"""Print a digest of every kind of result, to compare two versions of the library.

Run it before and after a change that must not change any result, and compare the two outputs::

    python benchmarks/check_unchanged.py --files files > before.txt
    python benchmarks/check_unchanged.py --files files > after.txt
    diff before.txt after.txt

The first call leaves in ``files`` what an older version has written: saved estimators, a data set
and a training that were both killed half way. Later calls load these files and resume those runs.
The digests are of bits. Only those from one machine and one set of package versions compare.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from skorch.callbacks import Callback

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    IsingSampler,
    PairCorrelationDescriptor,
    exact,
    extract_blocks,
    load,
    make_ising,
    observables,
    sample_blocks,
    save,
    scaling,
    symmetry,
)
from skising.networks import OrbitNetwork

TEMPERATURES = [1.5, 2.2, 2.3, 3.4]
EPOCHS = 4
STORE = {"n_samples": 24, "lattice_size": 192, "temperatures": TEMPERATURES, "random_state": 0}


def digest(*values):
    found = hashlib.sha256()
    for value in values:
        if isinstance(value, (pd.DataFrame, pd.Series)):
            value = value.to_csv(float_format="%.17g")
        if isinstance(value, (str, bytes, int, float, list, tuple, dict, type(None))):
            found.update(repr(value).encode())
            continue
        array = np.ascontiguousarray(value)
        found.update(f"{array.dtype.str} {array.shape}".encode())
        found.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())
    return found.hexdigest()[:16]


def show(name, *values):
    print(f"{digest(*values)}  {name}", flush=True)


def check_lattices(folder, old):
    for algorithm in ("auto", "swendsen-wang", "wolff", "metropolis"):
        for size in (2, 4, 5, 16, 33, 64, 130):
            if algorithm == "metropolis" and (size % 2 or size < 4):
                continue
            for seed in (0, 1):
                n_samples = 4 * (70 if algorithm == "metropolis" else 6)
                ising = make_ising(
                    n_samples, size, TEMPERATURES, algorithm=algorithm, random_state=seed
                )
                columns = ising.temperature, ising.energy, ising.magnetization
                columns += ising.chain, ising.frame, ising.diagnostics
                show(f"lattices {algorithm} L={size} seed={seed}", ising.data, *columns)
    ising = make_ising(33, 16, 2.2, n_discard=7, thin=3, target="phase", random_state=3, n_jobs=2)
    show("lattices n_discard, thin, n_jobs", ising.data, ising.target)
    sampler = IsingSampler(16, random_state=np.random.RandomState(5))
    temperatures = [3.0, 1.5, 3.0, 2.2, 1.5, 3.0]
    show("sampler", sampler.fit_transform(temperatures), sampler.transform(temperatures))
    show("sampler with an int", IsingSampler(9, random_state=5).transform(temperatures))


def check_descriptors(folder, old):
    rng = np.random.RandomState(0)
    for size in (2, 3, 4, 5, 7, 8, 12, 16, 17, 32, 33):
        blocks = rng.choice([-1, 1], size=(45, size, size)).astype(np.int8)
        blocks[0], blocks[1, : size // 2] = 1, -1
        descriptors = {
            **{f"d4 {kind}": D4Descriptor(invariants=kind) for kind in ("reference", "power")},
            "d4 complete": D4Descriptor(invariants="complete"),
            "pair": PairCorrelationDescriptor(min(4, size - 1)),
        }
        for name, descriptor in descriptors.items():
            features = descriptor.fit_transform(blocks)
            names = descriptor.get_feature_names_out().tolist()
            tables = [getattr(descriptor, t, 0) for t in ("orbits_", "displacements_")]
            tables.append(getattr(descriptor, "feature_grid_", 0))
            show(f"features {name} l={size}", features, names, *tables)
            same = descriptor.set_params(n_jobs=2).fit_transform(np.tile(blocks, (9, 1, 1)) * 1.0)
            show(f"features {name} l={size} of floats, n_jobs=2", same)


def check_blocks(folder, old):
    X = make_ising(10, 37, [2.2, 2.5], random_state=2).data
    np.save(folder / "X.npy", X)
    kinds = {"array": X, "map": np.load(folder / "X.npy", mmap_mode="r"), "floats": X * 1.0}
    kinds["store"] = as_zarr(folder / "X.zarr", X)
    for name, lattices in kinds.items():
        if name != "store":
            show(f"extract_blocks {name}", extract_blocks(lattices, 8, stride=5))
        show(f"sample_blocks {name}", sample_blocks(lattices, 8, 6, random_state=0))
        show(f"energy {name}", observables.energy_density(lattices))
        show(f"magnetization {name}", observables.magnetization(lattices))
        for connected in (True, False):
            function = observables.correlation_function(lattices, connected=connected)
            show(f"correlation_function {name} connected={connected}", function)


def as_zarr(path, X, rows=3):
    import zarr

    store = zarr.create_array(path, shape=X.shape, dtype=X.dtype, chunks=(rows, *X.shape[1:]))
    store[:] = X
    return store


def check_observables(folder, old):
    ising = make_ising(400, 32, [2.6], random_state=1)
    for method in ("exponential", "second-moment"):
        length = observables.correlation_length(ising.data, method=method, groups=ising.chain)
        show(f"correlation_length {method}", *length)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        time_ = observables.integrated_autocorrelation_time(ising.energy.reshape(4, -1))
    show("autocorrelation time", *time_)
    show("binder", float(observables.binder_cumulant(ising.magnetization)))


class StopAt(Callback):
    """Raise in the midst of a training, as a kill would end it."""

    epoch = None

    def on_epoch_begin(self, net, **kwargs):
        if StopAt.epoch is not None and len(net.history) > StopAt.epoch:
            raise InterruptedError


def weights(model):
    return [array.cpu().numpy() for array in model.net_.module_.state_dict().values()]


def show_model(name, model, X):
    show(f"{name} weights", *weights(model))
    for parameters in ({}, {"n_blocks": 7}, {"stride": 3}):
        model.set_params(n_blocks=None, stride=None).set_params(**parameters)
        label = f"{name} {parameters or 'partition'}"
        if isinstance(model, BlockAveragingRegressor):
            show(f"{label} predict", *model.predict(X, return_std=True, return_error=True))
        else:
            show(f"{label} predict_proba", model.predict_proba(X), model.predict(X).tolist())
        show(f"{label} predict_blocks", model.predict_blocks(X))
    model.set_params(n_blocks=None, stride=None)


def check_estimators(folder, old):
    train = make_ising(96, 24, TEMPERATURES, random_state=0)
    phase = (train.temperature > 2.269).astype(int)
    names = np.array(["ordered", "near", "disordered"])[np.digitize(train.temperature, [2, 3])]
    test = make_ising(6, 41, TEMPERATURES, random_state=1).data
    both = np.column_stack([train.energy, train.temperature])
    common = {"max_epochs": EPOCHS, "random_state": 0}
    orbit = {"module": OrbitNetwork, "module__hidden": (16,)}
    regressors = {
        "d4": {},
        "d4 complete": {"descriptor": D4Descriptor(invariants="complete")},
        "pair": {"descriptor": "pair"},
        "spins": {"descriptor": "spins"},
        "block objective": {"objective": "block"},
        "random_shift": {"random_shift": True},
        "early_stopping": {"early_stopping": True, "validation_fraction": 0.25},
        "orbit network": {"net_params": orbit},
    }
    for name, parameters in regressors.items():
        model = BlockAveragingRegressor(8, **common, **parameters).fit(train.data, train.energy)
        show_model(f"regressor {name}", model, test)
    show_model("regressor two", BlockAveragingRegressor(8, **common).fit(train.data, both), test)
    classifiers = {
        "probability": {},
        "logit": {"pooling": "logit"},
        "block": {"objective": "block"},
    }
    for name, parameters in classifiers.items():
        model = BlockAveragingClassifier(8, **common, **parameters).fit(train.data, phase)
        show_model(f"classifier {name}", model, test)
    model = BlockAveragingClassifier(8, early_stopping=True, validation_fraction=0.25, **common)
    show_model("classifier three", model.fit(train.data, names), test)

    model = BlockAveragingRegressor(8, warm_start=True, **common)
    model.fit(train.data, train.energy).fit(train.data, train.energy)
    show_model("regressor warm_start", model, test)
    model = BlockAveragingRegressor(8, **common)
    for _ in range(3):
        model.partial_fit(train.data, train.energy)
    show_model("regressor partial_fit", model, test)
    model = BlockAveragingClassifier(8, **common)
    for _ in range(3):
        model.partial_fit(train.data, phase, classes=[0, 1])
    show_model("classifier partial_fit", model, test)
    store = as_zarr(folder / "train.zarr", train.data, rows=7)
    show_model(
        "regressor store", BlockAveragingRegressor(8, **common).fit(store, train.energy), test
    )


def check_files(folder, old):
    """Load what an older version has saved, and resume what it has begun."""
    train = make_ising(96, 24, TEMPERATURES, random_state=0)
    names = np.array(["ordered", "near", "disordered"])[np.digitize(train.temperature, [2, 3])]
    test = make_ising(6, 41, TEMPERATURES, random_state=1).data
    pair, d4 = PairCorrelationDescriptor(3), D4Descriptor(invariants="complete")
    orbit = {"module": OrbitNetwork, "module__hidden": (16,)}
    common = {"max_epochs": EPOCHS, "random_state": 0}
    models = {
        "pair": BlockAveragingRegressor(8, descriptor=pair, **common),
        "complete": BlockAveragingRegressor(8, descriptor=d4, **common),
        "orbit": BlockAveragingRegressor(8, net_params=orbit, **common),
        "classes": BlockAveragingClassifier(8, **common),
    }
    if not old.exists():
        old.mkdir()
        for name, model in models.items():
            y = names if name == "classes" else train.energy
            save(model.fit(train.data, y), old / f"{name}.safetensors")
        StopAt.epoch = 2
        with contextlib.suppress(InterruptedError):
            half_trained(old / "training", train)
        StopAt.epoch = None
        kill_data_set(old / "lattices.npy")
        kill_data_set(old / "lattices.zarr")
    for name in models:
        model = load(old / f"{name}.safetensors")
        show_model(f"loaded {name}", model, test)
        save(model, folder / "again.safetensors")
        show(f"saved again {name}", *parts_of_file(folder / "again.safetensors"))
    for path in old.iterdir():
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, folder / path.name)
    try:
        resumed = half_trained(folder / "training", train)
    except ValueError as error:  # a checkpoint is only resumed by the version that has written it
        print(f"checkpoint not resumed: {error}", file=sys.stderr)
    else:
        show("checkpoint resumed", *weights(resumed), len(resumed.history_))
    for name in ("lattices.npy", "lattices.zarr"):
        ising = make_ising(out=folder / name, **STORE)
        columns = ising.energy, ising.magnetization, ising.diagnostics
        show(f"data set resumed {name}", np.asarray(ising.data[:]), *columns)
        again = make_ising(out=folder / name, **STORE)
        show(f"data set opened {name}", np.asarray(again.data[:]), again.diagnostics)


def parts_of_file(path):
    """Return the header and the arrays of a safetensors file, whose header is in no fixed order."""
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    return json.dumps(json.loads(data[8:end]), sort_keys=True), data[end:]


def half_trained(path, train):
    model = BlockAveragingRegressor(
        8, max_epochs=EPOCHS, checkpoint="training", callbacks=[StopAt()], random_state=0
    )
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        return model.fit(train.data, train.energy)
    finally:
        os.chdir(here)


def kill_data_set(path):
    """Begin a data set in another process, and kill it after the second of its runs."""
    code = f"from skising import make_ising; make_ising(out={str(path)!r}, **{STORE})"
    process = subprocess.Popen([sys.executable, "-c", code])
    journal = path.with_name(path.name + ".journal")
    while process.poll() is None:
        if journal.exists() and journal.read_bytes().count(b"\n") > 2:
            process.send_signal(signal.SIGKILL)
            process.wait()
        time.sleep(0.001)


def check_scaling(folder, old):
    ising = make_ising(320, 32, np.linspace(1.8, 2.8, 10), target="phase", random_state=0)
    models = [
        BlockAveragingClassifier(size, max_epochs=3, random_state=0).fit(ising.data, ising.target)
        for size in (4, 8)
    ]
    curve, resamples = scaling.accuracy_curve(
        models,
        ising.data,
        ising.target,
        ising.temperature,
        n_blocks=[1, 4, None],
        n_resamples=20,
        random_state=0,
    )
    show("accuracy_curve", curve, resamples)
    single = curve[curve.n_blocks == 1]
    show("temperature_window", scaling.temperature_window(single, 0.95, random_state=0))
    law = scaling.PowerLaw().fit([8, 16, 32], [0.41, 0.20, 0.099], [0.01, 0.005, 0.002])
    show("power law", *(v for k, v in sorted(vars(law).items())))
    arguments = single.temperature, 1 - single.accuracy, single.error, single.block_size
    for parameters in ({}, {"theta": 0.0}, {"nu": 1.0, "critical_temperature": 2.27}):
        collapse = scaling.DataCollapse(n_resamples=5, random_state=0, **parameters)
        collapse.fit(*arguments)
        show(f"collapse {parameters}", collapse.resamples_, collapse.quality_, collapse.p_value_)
        show(f"collapsed {parameters}", collapse.transform(*arguments))
        show(f"curve {parameters}", collapse.scaling_function(np.linspace(-1, 1, 5)))


def check_exact(folder, old):
    T = np.linspace(0.5, 5, 40)
    for name in ("onsager_energy", "spontaneous_magnetization", "correlation_length"):
        show(name, getattr(exact, name)(T))
    for name in ("kaufman_energy", "kaufman_specific_heat", "log_partition_function"):
        show(name, getattr(exact, name)(T, 16))
    for name in ("ELEMENTS", "MULTIPLICATION", "INVERSES"):
        show(name, getattr(symmetry, name))
    for kind in ("centre", "axis", "diagonal", "general"):
        parts = [(c.label, c.matrix.tolist(), c.norm) for c in symmetry.components(kind)]
        show(f"components {kind}", parts)
        moved = [symmetry.site_permutation(kind, g).tolist() for g in range(8)]
        show(f"site_permutation {kind}", moved)
    orbits = [(o.representative, o.kind, o.sites.tolist()) for o in symmetry.orbits(9)]
    show("orbits", orbits)
    block = np.random.RandomState(0).randn(5, 5)
    for irrep in symmetry.IRREPS:
        show(f"project {irrep}", symmetry.project(block, irrep))


PARTS = {
    "exact": check_exact,
    "lattices": check_lattices,
    "descriptors": check_descriptors,
    "observables": check_observables,
    "scaling": check_scaling,
    "blocks": check_blocks,
    "estimators": check_estimators,
    "files": check_files,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="some parts")
    parser.add_argument("--files", type=Path, help="what an older version has left, or is to leave")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for part in arguments.only:
        with tempfile.TemporaryDirectory() as folder:
            old = arguments.files or Path(folder) / "old"
            PARTS[part](Path(folder), old.absolute())


if __name__ == "__main__":
    main()
