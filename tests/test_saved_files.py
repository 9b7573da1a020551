"""`load` refuses damaged, forged and other files with a ValueError, before it allocates memory."""

import os
import pickle
import struct
import subprocess
import sys
import textwrap
import warnings
from copy import deepcopy

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from saved_files import contents, forge, rewritten

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    PairCorrelationDescriptor,
    load,
    make_ising,
    save,
)
from skising.networks import OrbitNetwork

ISING = make_ising(48, 12, [1.5, 2.2, 3.5], random_state=0)
X = ISING.data


@pytest.fixture(scope="module")
def regressor():
    # Small, so that every byte of its file can be damaged.
    net_params = {"module__hidden": [3]}
    model = BlockAveragingRegressor(
        4, descriptor="pair", max_epochs=1, net_params=net_params, random_state=0
    )
    return model.fit(X, ISING.energy)


@pytest.fixture(scope="module")
def classifier():
    net_params = {"module": OrbitNetwork, "module__channels": [2], "module__hidden": [3]}
    model = BlockAveragingClassifier(3, max_epochs=1, net_params=net_params, random_state=0)
    return model.fit(X, np.searchsorted([2.0, 3.0], ISING.temperature))


@pytest.fixture
def file(regressor, tmp_path):
    save(regressor, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda header, state: state.update(format=3),
            "its format is 3, and this version reads 1 to",
        ),
        (lambda header, state: state.update(estimator="os.system"), "os.system"),
        (lambda header, state: state["parameters"].pop("lr"), "its parameters are not those"),
        (lambda header, state: state["parameters"].update(block_size=1), "block_size must be"),
        (
            lambda header, state: state["fitted"].update(block_size=10**9),
            "block_size must be at mo",
        ),
        (
            lambda header, state: state["fitted"].update(block_size=3),
            "max_distance must be at most",
        ),
        (
            lambda header, state: state["fitted"]["descriptor"].update({"class": "SpinDescriptor"}),
            "max_distance",
        ),
        (
            lambda header, state: state["fitted"].update(
                descriptor={"class": "SpinDescriptor", "parameters": {}}
            ),
            "its arrays are not those of a network for SpinDescriptor",
        ),
        (lambda header, state: state["target"].pop("single_output"), "single_output"),
        (lambda header, state: state["target"].update(single_output=1), "single_output does not"),
        (lambda header, state: state["fitted"]["network"].update(dropout=2), "its dropout is 2"),
        (lambda header, state: state["fitted"]["network"].update({"class": "Popen"}), "Popen"),
        (lambda header, state: state.update(history={"dur": 1}), "its history is not a list"),
        (lambda header, state: state["parameters"].update(device=3), "its device is 3"),
        (
            lambda header, state: state["parameters"].update(callbacks=[1]),
            r"its callbacks is \[1\]",
        ),
        (lambda header, state: state["parameters"].update(net_params={"module": "Popen"}), "Popen"),
        (lambda header, state: state["parameters"].update(net_params={"lr": 1}), "net_params"),
        (
            lambda header, state: state["parameters"].update(net_params={"module__hidden": "x"}),
            "its net_params are not those of a network",
        ),
        (
            lambda header, state: state["parameters"].update(
                descriptor={"class": "Popen", "parameters": {}}
            ),
            "Popen",
        ),
        (lambda header, state: header["__metadata__"].pop("skising"), "its header does not hold"),
        (lambda header, state: header["__metadata__"].update(more="x"), "its header does not hold"),
    ],
)
def test_forged_files_are_refused(file, change, match):
    with pytest.raises(ValueError, match=rf"(?s)path must name a whole, undamaged.*{match}"):
        load(rewritten(file, change, signed=True))


def test_a_wrong_checksum_is_refused(file):
    with pytest.raises(ValueError, match="checksum does not fit"):
        load(rewritten(file, lambda header, state: state.update(history=[]), signed=False))


class Payload:
    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"skising",
        pickle.dumps(Payload()),
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", 60_000) + b"[" * 60_000,
    ],
    ids=["empty", "text", "pickle", "endless header", "deep header"],
)
def test_other_files_are_refused(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"path must name a whole, undamaged file of skising\.save"
    ):
        load("model")
    assert os.listdir(tmp_path) == ["model"]


def test_safetensors_of_other_programs_are_refused(file, tmp_path):
    save_file(load_file(file), tmp_path / "other")
    with pytest.raises(ValueError, match="its header does not hold what skising writes there"):
        load(tmp_path / "other")


@pytest.mark.slow
def test_every_damaged_byte_and_every_truncation_is_refused(file):
    raw = file.read_bytes()
    rng = np.random.default_rng(0)
    cut = [raw[:k] for k in range(0, len(raw), 3)]
    flipped = [
        raw[:k] + bytes([raw[k] ^ 1 << rng.integers(8)]) + raw[k + 1 :] for k in range(len(raw))
    ]
    longer = [raw[:k] + rng.bytes(1) + raw[k:] for k in range(0, len(raw) + 1, 5)]
    shorter = [raw[:k] + raw[k + 1 :] for k in range(0, len(raw), 5)]
    for damaged in (*cut, *flipped, *longer, *shorter):
        if damaged == raw:
            continue
        file.write_bytes(damaged)
        with pytest.raises(ValueError, match="path must name a whole, undamaged file"):
            load(file)


WRONG = (None, True, -1, 0, 7, 1e308, float("nan"), 10**30, "x", [], [[1]], {}, {"class": 1})


def places(value, path=()):
    """Yield the path to every value in nested dicts and lists."""
    yield path
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["regressor", "classifier"])
def test_a_field_of_any_wrong_type_is_a_value_error_or_does_no_harm(name, request, tmp_path):
    model = request.getfixturevalue(name)
    path = tmp_path / "model"
    save(model, path)
    state, tensors = contents(path)
    n_loaded = 0
    for place in places(state):
        for wrong in WRONG:
            forged = {"state": deepcopy(state)}
            inner = forged
            for key in ("state", *place)[:-1]:
                inner = inner[key]
            inner[("state", *place)[-1]] = wrong
            forge(path, forged["state"], tensors)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "device='x' of the saved estimator")
                try:
                    loaded = load(path)
                except ValueError:
                    continue
            n_loaded += 1
            # Some parameters change the blocks that a prediction reads.
            loaded.set_params(n_blocks=None, stride=None, block_size=loaded.block_size_)
            predicted = loaded.predict_blocks(X)
            assert np.isfinite(predicted).all()
            if place[0] != "fitted":  # which may describe another descriptor
                np.testing.assert_array_equal(predicted, model.predict_blocks(X))
    assert n_loaded > 50  # as with another lr


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda tensors: tensors.update(y_scale_=torch.zeros(1).double()), "y_mean_ and y_scale_"),
        (lambda tensors: tensors.update(y_mean_=torch.zeros(1)), "y_mean_ and y_scale_ are not"),
        (lambda tensors: tensors.update(y_mean_=torch.zeros(2).double()), "do not standardise"),
        (
            lambda tensors: tensors.update(more=torch.zeros(1)),
            "its arrays are not those of its net",
        ),
        (lambda tensors: tensors.pop("layers.0.bias"), "its arrays are not those of its network"),
        (lambda tensors: tensors.update({"layers.0.bias": torch.zeros(3).double()}), "its arrays"),
        (lambda tensors: tensors.update({"layers.0.bias": torch.zeros(3).bfloat16()}), "BFloat16"),
        (
            lambda tensors: tensors.update({"layers.0.bias": torch.zeros(0)}),
            r"arrays is empty|buffer length \(0\)",  # the latter from torch, by safetensors 0.4
        ),
    ],
)
def test_forged_arrays_are_refused(change, match, file):
    state, tensors = contents(file)
    change(tensors)
    if "bfloat16" in str([tensor.dtype for tensor in tensors.values()]):
        save_file(tensors, file, metadata={"skising": '{"format": 2}', "sha256": ""})
    else:
        forge(file, state, tensors)
    with pytest.raises(ValueError, match=match):
        load(file)


def test_forged_positions_of_features_are_refused(classifier, tmp_path):
    save(classifier, tmp_path / "model")
    state, tensors = contents(tmp_path / "model")
    tensors["position"] = tensors["position"] + 10**9
    with pytest.raises(ValueError, match="its array 'position' is not that of its descriptor"):
        load(forge(tmp_path / "model", state, tensors))


@pytest.mark.parametrize(
    "classes", [[1, 0, 2], [0, 0, 1], [0, 1.5, 2], [float("nan"), 1, 2], "abc"]
)
def test_forged_classes_are_refused(classes, classifier, tmp_path):
    save(classifier, tmp_path / "model")
    state, tensors = contents(tmp_path / "model")
    state["target"]["classes"] = classes
    with pytest.raises(ValueError, match="path must name a whole, undamaged file"):
        load(forge(tmp_path / "model", state, tensors))


# Small files that ask for much memory


def of_large_d4_blocks(state, tensors):
    descriptor = {"class": "D4Descriptor", "parameters": {"invariants": "complete", "n_jobs": None}}
    state["fitted"].update(block_size=1024, descriptor=descriptor)


def of_long_distances(state, tensors):
    state["fitted"]["block_size"] = 1024
    state["fitted"]["descriptor"]["parameters"]["max_distance"] = 1023


def of_long_distances_that_fit_the_arrays(state, tensors):
    of_long_distances(state, tensors)
    n_features = PairCorrelationDescriptor(1023)._count_features(1024)
    tensors["layers.0.weight"] = torch.zeros(1, n_features)
    tensors["layers.0.bias"] = torch.zeros(1)
    tensors["layers.3.weight"] = torch.zeros(1, 1)


def of_many_classes(state, tensors):
    state["estimator"] = "classifier"
    state["parameters"]["pooling"] = "logit"
    state["target"] = {"classes": list(range(20_000)), "dtype": "i8"}
    del tensors["y_mean_"], tensors["y_scale_"]


def of_format_1(state, tensors):
    state.update(format=1, fitted=state.pop("target"))
    state["parameters"].update(block_size=1024, descriptor="d4")


def with_sizes(hidden):
    def change(state, tensors):
        state["parameters"]["net_params"] = {"module__hidden": hidden}

    return change


REFUSED = {
    of_large_d4_blocks: "its arrays are not those of a network for D4Descriptor",
    of_long_distances: "its arrays are not those of a network for PairCorrelationDescriptor",
    of_long_distances_that_fit_the_arrays: "sites may have 1024 MiB; they have 205916",
    of_many_classes: "its arrays are not those of its network",
    of_format_1: "its arrays are not those of a network for D4Descriptor",
}
# The network has the sizes of its arrays, whatever the parameters for the next fit are.
LOADED = (with_sizes([1] * 200_000), with_sizes([10**9, 10**9]))


@pytest.mark.slow
def test_a_small_file_that_asks_for_much_memory_is_refused_in_little(file):
    paths = []
    for k, change in enumerate([*REFUSED, *LOADED]):
        state, tensors = contents(file)
        change(state, tensors)
        paths.append(forge(file.with_name(f"forged {k}"), state, tensors))
        assert paths[-1].stat().st_size < 2e6
    lines = load_in_little_memory(paths)
    for line, message in zip(lines, REFUSED.values(), strict=False):
        assert line.startswith("ValueError path must name a whole, undamaged file")
        assert message in line
    assert lines[len(REFUSED) :] == ["loaded"] * len(LOADED)


def load_in_little_memory(paths):
    """Load files in a process that may allocate 100 MB beyond what it has after its imports."""
    script = """
    import resource, sys
    from pathlib import Path
    import numpy as np
    from skising import BlockAveragingRegressor, load
    BlockAveragingRegressor(2, descriptor="pair", max_epochs=1).fit(np.ones((4, 4, 4)), range(4))
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 100_000_000, resource.RLIM_INFINITY))
    for path in sys.argv[1:]:
        try:
            load(path)
            print("loaded")
        except (MemoryError, ValueError) as error:
            print(type(error).__name__, error)
    """
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script), *paths]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
