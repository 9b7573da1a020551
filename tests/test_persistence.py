"""A loaded estimator equals the saved one to the last bit, whatever was changed after fit."""

import copy
import errno
import json
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from saved_files import header_and_data, rewritten
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    PairCorrelationDescriptor,
    load,
    make_ising,
    save,
)
from skising.block_averaging._random import seeded
from skising.networks import FullyConnectedNetwork, OrbitNetwork

ISING = make_ising(48, 12, [1.5, 2.2, 3.5], random_state=0)
X = ISING.data
FAST = {"block_size": 4, "max_epochs": 2, "random_state": 0}
THREE = np.searchsorted([2.0, 3.0], ISING.temperature)
MOMENTS = ("count", "mean", "covariance")
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
    assert new_state.pop("format") == old_state.pop("format") + 1
    assert new_state.pop("target") == old_state.pop("fitted")
    assert set(new_state.pop("fitted")) == {"block_size", "descriptor", "network"}
    assert new_state.pop("last_layer") == "unknown"
    assert new_state["parameters"].pop("n_jobs") is None
    assert new_state == old_state
    assert new_header == old_header
    assert new_data == old_data


def test_the_file_is_plain_safetensors(file, regressor):
    tensors = load_file(file)
    weights = regressor.net_.module_.state_dict()
    moments = [f"{of}.{name}" for of in ("lattices", "blocks") for name in MOMENTS]
    solution = [f"last_layer.{name}" for name in ("weight", "bias", "penalty", *moments)]
    assert set(tensors) == {"y_mean_", "y_scale_", *weights, *solution}


def test_a_loaded_model_is_trained_further_as_the_saved_one(file, regressor):
    X, y = make_ising(20, 8, [1.5, 3.0], return_X_y=True, random_state=5)
    loaded, kept = load(file), copy.deepcopy(regressor)
    np.testing.assert_array_equal(
        loaded.partial_fit(X, y).predict(X), kept.partial_fit(X, y).predict(X)
    )
    for model in (loaded, kept):
        model.set_params(warm_start=True, max_epochs=1).fit(X, y)
    np.testing.assert_array_equal(loaded.predict(X), kept.predict(X))


# What was changed after fit


def changed_net_params(model):
    model.net_params["module__hidden"][0] = 3
    model.net_params["module__dropout"] = 0.5


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.set_params(descriptor="pair"),
        lambda model: model.set_params(descriptor=D4Descriptor(invariants="complete")),
        lambda model: model.descriptor.set_params(max_distance=1, n_jobs=2),
        lambda model: model.set_params(net_params=None),
        lambda model: model.set_params(net_params={"module": OrbitNetwork, "module__channels": []}),
        changed_net_params,
        lambda model: model.set_params(objective="block", lr=0.1, batch_size=3, warm_start=True),
        lambda model: model.set_params(n_blocks=2, stride=3, random_state=1, verbose=1),
    ],
)
def test_what_was_fitted_is_saved_whatever_was_changed_since(change, tmp_path):
    model = fitted(
        BlockAveragingRegressor,
        ISING.energy,
        descriptor=PairCorrelationDescriptor(2),
        net_params={"module__hidden": [8, 4], "module__dropout": 0.1},
    )
    change(model)
    save(model, tmp_path / "model")
    loaded = load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert repr(loaded.get_params()) == repr(model.get_params())
    assert loaded.descriptor_.max_distance == 2
    assert str(loaded.net_.module_) == str(model.net_.module_)
    assert loaded.net_.module_.dropout == 0.1


def test_a_block_size_changed_since_fit_is_refused_by_predict_and_can_be_set_back(tmp_path):
    model = fitted(BlockAveragingRegressor, ISING.energy, descriptor="pair")
    expected = model.predict(X)
    save(model.set_params(block_size=6), tmp_path / "model")
    loaded = load(tmp_path / "model")
    for estimator in (model, loaded):
        with pytest.raises(ValueError, match=r"block_size was 4 in fit.*got block_size=6 since"):
            estimator.predict(X)
    np.testing.assert_array_equal(loaded.set_params(block_size=4).predict(X), expected)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda model: model.descriptor_.set_params(invariants="power"),
            r"could not be loaded: its arrays are not those of a network for D4Descriptor\(inv",
        ),
        (
            lambda model: setattr(model.net_.module_.layers, "1", torch.nn.Tanh()),
            r"its descriptor_ or net_ was changed after fit .* Fit again, or keep it as a pickle",
        ),
        (lambda model: model.net_.module_.double(), "its arrays are not those of its network"),
        (lambda model: model.set_params(lr=-1), "lr must be a finite number > 0; got -1"),
        (lambda model: setattr(model, "y_scale_", np.zeros(1)), "y_mean_ and y_scale_"),
    ],
)
def test_what_would_not_load_to_the_same_estimator_is_not_saved(change, match, file, regressor):
    before = file.read_bytes()
    model = copy.deepcopy(regressor)
    change(model)
    with pytest.raises(ValueError, match=rf"estimator cannot be saved as it is: .*{match}"):
        save(model, file)
    assert file.read_bytes() == before


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
    # The hint of the error is followed.
    save(
        model.set_params(**{name: regressor.get_params()[name] for name in change}), tmp_path / "m"
    )
    np.testing.assert_array_equal(load(tmp_path / "m").predict(X), regressor.predict(X))


class HalfD4(D4Descriptor):
    pass


class Network(FullyConnectedNetwork):
    pass


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"descriptor": HalfD4()}, "descriptor must be one of skising in fit.* HalfD4, .*a pickle"),
        ({"net_params": {"module": Network}}, "net_params must name a network of skising in fit"),
    ],
)
def test_fitted_objects_of_other_classes_are_refused(parameters, match, tmp_path):
    model = fitted(BlockAveragingRegressor, ISING.energy, **parameters)
    with pytest.raises(TypeError, match=match):
        save(model, tmp_path / "model")
    with pytest.raises(TypeError, match=match):  # another parameter would not mend the fitted one
        save(model.set_params(descriptor="pair", net_params=None), tmp_path / "model")
    # The hint of the error is followed.
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_a_checkpoint_is_neither_saved_nor_loaded(file, regressor, tmp_path):
    path = str(tmp_path / "training.pt")
    save(copy.copy(regressor).set_params(checkpoint=path), tmp_path / "model")
    assert load(tmp_path / "model").checkpoint is None

    def forge(header, state):
        state["parameters"]["checkpoint"] = path

    assert load(rewritten(file, forge, signed=True)).checkpoint is None


def test_a_history_that_is_not_data_is_refused(regressor, tmp_path):
    model = copy.deepcopy(regressor)
    model.history_[0]["figure"] = object()
    with pytest.raises(TypeError, match="history_ must hold numbers and strings to be saved"):
        save(model, tmp_path / "model")


# Devices


@pytest.mark.parametrize("device", ["cuda:97", "a device of another machine"])
def test_a_device_that_is_not_here_becomes_auto(device, regressor, tmp_path):
    model = copy.copy(regressor).set_params(device=device)
    save(model, tmp_path / "model")  # a pickle of a model of a GPU has this parameter
    with pytest.warns(UserWarning, match=rf"device='{device}' of the saved .* is not on this mach"):
        loaded = load(tmp_path / "model")
    assert loaded.device == "auto"
    if not torch.cuda.is_available():
        np.testing.assert_array_equal(loaded.predict(X), regressor.predict(X))
    assert loaded.set_params(warm_start=True).fit(X, ISING.energy).predict(X).shape == (48,)


def test_a_pickle_of_a_model_of_a_gpu_predicts_without_one(regressor, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    model = copy.deepcopy(regressor).set_params(device="cuda")
    model.net_.device = "cuda"
    on_cpu, loading = "device = cpu since the requested device", "no CUDA devices are available"
    with pytest.warns(UserWarning, match=on_cpu), pytest.warns(UserWarning, match=loading):
        loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict(X), regressor.predict(X))
    with pytest.raises(ValueError, match="device must be 'auto' or a device that torch has here"):
        loaded.partial_fit(X, ISING.energy)


def test_load_neither_draws_random_numbers_nor_waits_for_a_fit(file):
    before = torch.get_rng_state()
    with seeded(0, "cpu"), ThreadPoolExecutor(1) as pool:
        drawn = torch.rand(3)
        torch.manual_seed(0)
        pool.submit(load, file).result(timeout=60)
        assert torch.equal(torch.rand(3), drawn)
    assert torch.equal(torch.get_rng_state(), before)


def test_save_refuses_other_classes_and_unfitted_estimators(tmp_path):
    with pytest.raises(TypeError, match=r"estimator must be a BlockAveragingRegressor or .*Scaler"):
        save(StandardScaler(), tmp_path / "model")
    with pytest.raises(NotFittedError):
        save(BlockAveragingClassifier(), tmp_path / "model")


def test_save_names_the_estimator_inside_a_pipeline_and_a_search(regressor, tmp_path):
    pipeline = Pipeline([("lattices", FunctionTransformer()), ("model", regressor)])
    with pytest.raises(TypeError, match=r"Save estimator\[-1\], its BlockAveragingRegressor\.$"):
        save(pipeline, tmp_path / "model")
    save(pipeline[-1], tmp_path / "model")
    search = GridSearchCV(
        Pipeline([("model", BlockAveragingClassifier(4, max_epochs=1, random_state=0))]),
        {"model__lr": [1e-3]},
        cv=2,
    ).fit(X, ISING.temperature > 2.3)
    with pytest.raises(TypeError, match=r"Save estimator\.best_estimator_\[-1\], its .*Classifier"):
        save(search, tmp_path / "search")
    save(search.best_estimator_[-1], tmp_path / "search")
    same = load(tmp_path / "search")
    np.testing.assert_array_equal(same.predict_proba(X), search.predict_proba(X))


def test_save_says_that_it_replaces_a_model(regressor, file, tmp_path):
    with pytest.warns(UserWarning, match=r"save has replaced the model in '.*'\.$"):
        save(regressor, file)
    np.testing.assert_array_equal(load(file).predict(X), regressor.predict(X))
    empty = tmp_path / "empty"
    empty.touch()
    save(regressor, empty)
    np.testing.assert_array_equal(load(empty).predict(X), regressor.predict(X))


@pytest.mark.parametrize("content", [b"1", b"+1 -1 +1\n" * 100, b"\x93NUMPY" + bytes(1000)])
def test_save_keeps_a_file_that_is_no_model(content, regressor, tmp_path):
    path = tmp_path / "lattices.npy"
    path.write_bytes(content)
    with pytest.raises(FileExistsError, match=r"holds something else .* Give another path"):
        save(regressor, path)
    assert path.read_bytes() == content


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
        ({"optimizer": torch.optim.SGD}, r"got optimizer=<class.*Leave out the rest"),
        ({"module": torch.nn.Linear}, r"a network of skising.*got module=<class"),
        ({"module__hidden": "x"}, "sizes as numbers"),
    ],
)
def test_net_params_that_hold_code_are_not_saved(net_params, match, regressor, tmp_path):
    model = copy.copy(regressor).set_params(net_params=net_params)
    with pytest.raises(TypeError, match=match):
        save(model, tmp_path / "model")
