"""A loaded estimator equals the saved one to the last bit. Other and damaged files are refused."""

import copy
import errno
import json
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    PairCorrelationDescriptor,
    load,
    make_ising,
    persistence,
    save,
)
from skising.networks import OrbitNetwork

ISING = make_ising(48, 12, [1.5, 2.2, 3.5], random_state=0)
X = ISING.data
FAST = {"block_size": 4, "max_epochs": 2, "random_state": 0}
THREE = np.searchsorted([2.0, 3.0], ISING.temperature)
DATA = Path(__file__).parent / "data"


def fitted(Estimator, y, **parameters):
    return Estimator(**{**FAST, **parameters}).fit(X, y)


@pytest.fixture(scope="module")
def regressor():
    return fitted(BlockAveragingRegressor, ISING.energy)


@pytest.fixture
def file(regressor, tmp_path):
    save(regressor, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize(
    ("Estimator", "y", "parameters"),
    [
        (BlockAveragingRegressor, ISING.energy, {}),
        (BlockAveragingRegressor, np.column_stack([ISING.energy, ISING.temperature]), {}),
        (BlockAveragingRegressor, ISING.energy, {"descriptor": D4Descriptor(n_jobs=2)}),
        (BlockAveragingRegressor, ISING.energy, {"descriptor": "pair", "block_size": 6}),
        (BlockAveragingRegressor, ISING.energy, {"descriptor": PairCorrelationDescriptor(2)}),
        (BlockAveragingClassifier, THREE, {"descriptor": "spins"}),
        (BlockAveragingRegressor, ISING.energy, {"n_blocks": np.int64(3), "verbose": True}),
        (BlockAveragingClassifier, THREE > 0, {}),
        (BlockAveragingClassifier, np.array(["cold", "warm", "hot"])[THREE], {"pooling": "logit"}),
        (BlockAveragingClassifier, np.array(["cold", "warm", "hot"], object)[THREE], {}),
        (BlockAveragingClassifier, (THREE - 1).astype(np.int8), {"objective": "block"}),
    ],
)
def test_a_loaded_estimator_equals_the_saved_one(Estimator, y, parameters, tmp_path):
    model = fitted(Estimator, y, **parameters)
    save(model, tmp_path / "model")
    loaded = load(str(tmp_path / "model"))
    assert type(loaded) is Estimator
    assert repr(loaded.get_params()) == repr(
        {**model.get_params(), **{k: int(v) for k, v in parameters.items() if k == "n_blocks"}}
    )
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    np.testing.assert_array_equal(loaded.predict_blocks(X), model.predict_blocks(X))
    assert loaded.history_ == model.history_
    if Estimator is BlockAveragingClassifier:
        assert loaded.classes_.dtype == model.classes_.dtype
        np.testing.assert_array_equal(loaded.classes_, model.classes_)
    assert loaded.set_params(verbose=0).fit(X, y).net_ is not None


def lattices_by_formula():
    """Return an ordered lattice, stripes, and a pattern without symmetry."""
    rows, columns = np.indices((8, 8))
    stripes = 1 - 2 * (rows // 2 % 2)
    return np.array([np.ones((8, 8)), stripes, 1 - 2 * ((rows * columns + columns) % 3 % 2)])


def test_a_regressor_of_format_1_loads():
    model = load(DATA / "regressor_format_1.safetensors")
    assert isinstance(model, BlockAveragingRegressor)
    assert model.net_params == {"module__hidden": [6, 4]}
    assert len(model.history_) == 12
    energy, sigma = model.predict(lattices_by_formula(), return_std=True)
    np.testing.assert_allclose(energy, [-2.02597155, -0.82969196, -0.33780517], rtol=1e-5)
    np.testing.assert_allclose(sigma, [0, 0, 0.13891815], rtol=1e-5, atol=1e-6)


def test_a_classifier_of_format_1_loads():
    model = load(DATA / "classifier_format_1.safetensors")
    assert isinstance(model, BlockAveragingClassifier)
    assert model.classes_.tolist() == ["cold", "hot", "near"]
    expected = [
        [0.33883600, 0.31795630, 0.34320769],
        [0.09354465, 0.67885777, 0.22759758],
        [0.22815978, 0.45914811, 0.31269210],
    ]
    np.testing.assert_allclose(model.predict_proba(lattices_by_formula()), expected, rtol=1e-5)
    assert model.predict(lattices_by_formula()).tolist() == ["near", "hot", "hot"]


@pytest.mark.parametrize("name", ["regressor_format_1", "classifier_format_1"])
def test_a_file_of_format_1_is_saved_again_with_the_same_contents(name, tmp_path):
    old, new = DATA / f"{name}.safetensors", tmp_path / "new"
    save(load(old), new)
    (old_header, old_data), (new_header, new_data) = (
        header_and_data(path.read_bytes()) for path in (old, new)
    )
    old_state, new_state = (
        json.loads(header.pop("__metadata__")["skising"]) for header in (old_header, new_header)
    )
    for state in (old_state, new_state):
        del state["versions"]
    assert new_state == old_state
    assert list(new_state) == list(old_state)
    assert new_header == old_header
    assert new_data == old_data


def test_the_file_is_plain_safetensors(file, regressor):
    tensors = load_file(file)
    weights = regressor.net_.module_.state_dict()
    assert set(tensors) == {"y_mean_", "y_scale_", *weights}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"callbacks": []}, "callbacks must be a number, a string or None.*set_params"),
        ({"random_state": np.random.RandomState(0)}, "random_state must be a number"),
        ({"descriptor": StandardScaler()}, "descriptor must be a number"),
    ],
)
def test_parameters_that_are_not_data_are_refused(regressor, tmp_path, change, match):
    model = pickle.loads(pickle.dumps(regressor)).set_params(**change)
    with pytest.raises(TypeError, match=match):
        save(model, tmp_path / "model")
    assert not os.listdir(tmp_path)


def test_save_refuses_other_classes_and_unfitted_estimators(tmp_path):
    with pytest.raises(TypeError, match=r"estimator must be a BlockAveragingRegressor or .*Scaler"):
        save(StandardScaler(), tmp_path / "model")
    with pytest.raises(NotFittedError):
        save(BlockAveragingClassifier(), tmp_path / "model")


def test_missing_files_and_folders_are_os_errors(regressor, tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match=r"path=.*: the directory .*none' does not exist"):
        save(regressor, tmp_path / "none" / "model")
    with pytest.raises(IsADirectoryError, match=r"path=.* is a directory\. Give the path"):
        save(regressor, tmp_path)
    with pytest.raises(TypeError, match="path must be a path; got 3 of type int"):
        save(regressor, 3)
    with pytest.raises(IsADirectoryError):
        load(tmp_path)


def test_a_full_disk_keeps_the_old_file(file, regressor, monkeypatch):
    before = file.read_bytes()

    def no_space(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        save(regressor, file)
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


def header_and_data(raw):
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def rewritten(file, change, *, signed):
    """Change the header of a file. If `signed`, give it the right checksum."""
    tensors = load_file(file)
    header, data = header_and_data(file.read_bytes())
    state = json.loads(header["__metadata__"]["skising"])
    change(header, state)
    if "skising" in header["__metadata__"]:
        state = header["__metadata__"]["skising"] = json.dumps(state)
        if signed:
            header["__metadata__"]["sha256"] = persistence._digest(state, tensors)
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return file


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda header, state: state.update(format=2), "its format is 2, and this version reads 1"),
        (lambda header, state: state.update(estimator="os.system"), "os.system"),
        (lambda header, state: state["parameters"].pop("lr"), "its parameters are not those"),
        (lambda header, state: state["parameters"].update(block_size=1), "block_size must be"),
        (lambda header, state: state["parameters"].update(block_size=10**9), "its block_size is"),
        (lambda header, state: state["parameters"].update(block_size=6), "its arrays are not"),
        (
            lambda header, state: state["parameters"].update(descriptor="spins"),
            "its arrays are not",
        ),
        (lambda header, state: state["fitted"].pop("single_output"), "single_output"),
        (lambda header, state: state["parameters"].update(net_params={"module": "Popen"}), "Popen"),
        (lambda header, state: state["parameters"].update(net_params={"lr": 1}), "net_params"),
        (
            lambda header, state: state["parameters"].update(
                net_params={"module__hidden": [10**9, 10**9]}
            ),
            "its arrays are not",
        ),
        (
            lambda header, state: state["parameters"].update(net_params={"module__hidden": "x"}),
            "must be tuple of ints",
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


@pytest.mark.parametrize(
    "net_params",
    [
        {"module__hidden": (16, 8), "module__dropout": 0.0},
        {"module": OrbitNetwork, "module__channels": [4], "module__hidden": []},
    ],
)
def test_net_params_are_restored(net_params, tmp_path):
    model = fitted(BlockAveragingRegressor, ISING.energy, net_params=net_params)
    save(model, tmp_path / "model")
    same = load(tmp_path / "model")
    assert same.net_params.get("module") is net_params.get("module")
    assert str(same.net_.module_) == str(model.net_.module_)
    np.testing.assert_array_equal(same.predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("net_params", "match"),
    [
        ({"optimizer": torch.optim.SGD}, r"got optimizer=<class.*leave out the rest"),
        ({"module": torch.nn.Linear}, r"a network of skising.*got module=<class"),
        ({"module__hidden": "x"}, "sizes as numbers"),
    ],
)
def test_net_params_that_hold_code_are_not_saved(net_params, match, regressor, tmp_path):
    model = copy.copy(regressor).set_params(net_params=net_params)
    with pytest.raises(TypeError, match=match):
        save(model, tmp_path / "model")


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


def mutate(raw, rng):
    raw = bytearray(raw)
    (length,) = struct.unpack("<Q", raw[:8])
    # Half of the changes are in the header, which is a small part of the file.
    start, stop = (0, 8 + length) if rng.random() < 0.5 else (0, len(raw))
    place = int(rng.integers(start, stop))
    kind = rng.integers(4)
    if kind == 0:
        raw[place] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        raw[place] = (raw[place] + int(rng.integers(1, 256))) % 256
    elif kind == 2:
        del raw[place : place + int(rng.integers(1, 9))]
    else:
        raw[place:place] = rng.bytes(int(rng.integers(1, 9)))
    return bytes(raw)


def test_every_damaged_file_is_refused(file, tmp_path):
    raw = file.read_bytes()
    rng = np.random.default_rng(0)
    damaged = tmp_path / "damaged"
    for _ in range(10_000):
        damaged.write_bytes(mutate(raw, rng))
        with pytest.raises(ValueError, match="path must name a whole, undamaged file"):
            load(damaged)


@pytest.mark.parametrize("fraction", np.linspace(0, 0.999, 12))
def test_truncated_files_are_refused(file, fraction):
    raw = file.read_bytes()
    file.write_bytes(raw[: int(fraction * len(raw))])
    with pytest.raises(ValueError, match="path must name a whole, undamaged file"):
        load(file)
