"""A fit that was killed is resumed, and no fit takes the weights of another."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from skorch.callbacks import Callback

from skising import BlockAveragingClassifier, BlockAveragingRegressor, load, make_ising, save
from skising.block_averaging import _fit_arguments
from skising.block_averaging._checkpoint import _random_state, _set_random_state
from skising.blocks._open import open_lattices

ISING = make_ising(240, 16, [1.4, 1.8, 2.1, 2.5, 3.0, 3.5], target="phase", random_state=0)
X, ENERGY, PHASE = ISING.data, ISING.energy, ISING.target
SMALL = {"block_size": 8, "max_epochs": 6, "random_state": 0}
TINY = {"block_size": 8, "descriptor": "pair", "max_epochs": 2, "random_state": 0}


def weights(model):
    return [tensor.numpy() for tensor in model.net_.module_.state_dict().values()]


def assert_same_weights(one, other):
    for a, b in zip(weights(one), weights(other), strict=True):
        np.testing.assert_array_equal(a, b)


KILLED = """
import sys
import numpy as np
from skorch.callbacks import Callback
from skising import BlockAveragingRegressor

class Kill(Callback):
    def on_batch_end(self, net, batch=None, training=True, **kwargs):
        if len(net.history) == 4 and len(net.history[-1]["batches"]) == 2:
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)

data = np.load(sys.argv[1])
parameters = dict(block_size=8, max_epochs=6, random_state=0, random_shift=True, {more})
BlockAveragingRegressor(
    callbacks=[Kill()], checkpoint=sys.argv[2], **parameters
).fit(data["X"], data["y"])
"""


class Kill(Callback):
    """Does nothing. Its name is that of the callback in the script."""


Kill.__module__ = "__main__"  # the module of the callback in the script


class Count(Callback):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, {"early_stopping": True, "n_iter_no_change": 2}])
def test_a_killed_fit_is_resumed_to_the_same_weights(more, tmp_path):
    np.savez(tmp_path / "data.npz", X=X, y=ENERGY)
    script = KILLED.replace("{more}", ", ".join(f"{k}={v!r}" for k, v in more.items()))
    file = tmp_path / "fit.checkpoint"
    command = [sys.executable, "-c", textwrap.dedent(script), tmp_path / "data.npz", file]
    assert subprocess.run(command, check=False).returncode == -9
    assert file.exists()
    parameters = {**SMALL, "random_shift": True, "callbacks": [Kill()], **more}
    resumed = BlockAveragingRegressor(checkpoint=file, n_jobs=2, **parameters)
    count = Count()
    resumed.callbacks.append(count)
    with pytest.raises(ValueError, match="callbacks="):
        resumed.fit(X, ENERGY)
    resumed.callbacks.remove(count)
    resumed.fit(X, ENERGY)
    whole = BlockAveragingRegressor(**parameters).fit(X, ENERGY)
    assert_same_weights(resumed, whole)
    losses = ("train_loss", "valid_loss") if more else ("train_loss",)
    for loss in losses:
        assert resumed.history_[:, loss] == whole.history_[:, loss]
    # The file of a finished fit is loaded, and nothing is trained.
    again = BlockAveragingRegressor(checkpoint=file, **parameters).fit(X, ENERGY)
    assert_same_weights(again, whole)


def test_a_checkpoint_keeps_the_random_numbers_of_its_device(monkeypatch):
    drawn_from = {"cuda:0": torch.zeros(16, dtype=torch.uint8), "cuda:1": torch.ones(16).byte()}
    found = dict(drawn_from)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device="cuda:0": drawn_from[device])
    monkeypatch.setattr(
        torch.cuda, "set_rng_state", lambda state, device="cuda:0": found.update({device: state})
    )
    before = torch.get_rng_state()
    states = _random_state("cuda:1")
    drawn_from["cuda:1"] = found["cuda:1"] = torch.full((16,), 2, dtype=torch.uint8)
    torch.rand(3)
    _set_random_state(states, "cuda:1")
    assert torch.equal(torch.get_rng_state(), before)
    assert (found["cuda:1"] == 1).all()
    assert (found["cuda:0"] == 0).all()
    _set_random_state(states, "cpu")


def test_a_checkpoint_of_another_fit_is_refused(tmp_path):
    file = tmp_path / "fit.checkpoint"
    BlockAveragingRegressor(**SMALL, checkpoint=file).fit(X, ENERGY)
    message = r"other arguments, lr=0\.003 in the file and 0\.1 in this call\. Give"
    with pytest.raises(ValueError, match=message):
        BlockAveragingRegressor(**SMALL, checkpoint=file, lr=0.1).fit(X, ENERGY)
    with pytest.raises(ValueError, match=r"other arguments, sha256 of y="):
        BlockAveragingRegressor(**SMALL, checkpoint=file).fit(X, -ENERGY)
    with pytest.raises(ValueError, match=r"shape of X=\(240, 16, 16\) in the file"):
        BlockAveragingRegressor(**SMALL, checkpoint=file).fit(X[:200], ENERGY[:200])
    file.write_bytes(b"something else")
    with pytest.raises(ValueError, match="checkpoint must be the path of a file that a fit of"):
        BlockAveragingRegressor(**SMALL, checkpoint=file).fit(X, ENERGY)
    assert file.read_bytes() == b"something else"


def one_spin(X):
    X = X.copy()
    X[100, 3, 5] *= -1
    return X


def test_more_epochs_than_in_the_checkpoint_are_had_by_a_warm_start(tmp_path):
    model = BlockAveragingRegressor(**TINY, checkpoint=tmp_path / "fit").fit(X, ENERGY)
    model.set_params(max_epochs=model.max_epochs + 2)
    with pytest.raises(ValueError, match=r"max_epochs=.* set warm_start=True and another path\."):
        model.fit(X, ENERGY)
    n_before = len(model.history_)
    model.set_params(warm_start=True, checkpoint=tmp_path / "more").fit(X, ENERGY)
    assert len(model.history_) == n_before + model.max_epochs


@pytest.mark.parametrize("change", [one_spin, np.flip, lambda X: X[np.arange(len(X)) - 1]])
def test_lattices_that_differ_are_refused(change, tmp_path):
    model = BlockAveragingRegressor(**TINY, checkpoint=tmp_path / "fit").fit(X, ENERGY)
    with pytest.raises(
        ValueError, match=r"other arguments, sha256 of X=\w+ in the file and \w+ in"
    ):
        clone(model).fit(change(X), ENERGY)


def test_the_same_lattices_in_other_storage_are_resumed(tmp_path):
    model = BlockAveragingRegressor(**TINY, checkpoint=tmp_path / "fit").fit(X, ENERGY)
    np.save(tmp_path / "X.npy", X)
    for same in (X.astype(float), np.asfortranarray(X), np.load(tmp_path / "X.npy", mmap_mode="r")):
        assert_same_weights(clone(model).fit(same, ENERGY), model)


def test_a_sample_of_large_data_is_compared(monkeypatch):
    """A change of every lattice is seen, and of most lattices a part is read."""
    whole = _fit_arguments._digest_of_lattices(open_lattices(X, 8))
    monkeypatch.setattr(_fit_arguments, "_MAX_SITES", 60 * 32)
    monkeypatch.setattr(_fit_arguments, "_MAX_SAMPLED_LATTICES", 60)
    sampled = _fit_arguments._digest_of_lattices(open_lattices(X, 8))
    assert sampled != whole
    for other in (-X, X[::-1], np.flip(X, axis=2), X.transpose(0, 2, 1)):
        assert _fit_arguments._digest_of_lattices(open_lattices(other, 8)) != sampled
    assert _fit_arguments._digest_of_lattices(open_lattices(X.copy(), 8)) == sampled


@pytest.mark.parametrize("value", [np.arange(2000.0), torch.linspace(0, 1, 2000)])
def test_arrays_in_parameters_are_compared_as_a_whole(value, tmp_path):
    """numpy and torch abbreviate the text of a long array."""
    other = value + 0
    other[1000] += 1e-3
    describe = _fit_arguments._describe
    assert describe({"a": [value]}) == describe({"a": [value + 0]})
    assert describe({"a": [value]}) != describe({"a": [other]})


class Threshold(Callback):
    def __init__(self, value):
        self.value = value


def test_attributes_of_callbacks_are_compared(tmp_path):
    model = BlockAveragingRegressor(
        **TINY, checkpoint=tmp_path / "fit", callbacks=[Threshold(1)]
    ).fit(X, ENERGY)
    with pytest.raises(ValueError, match=r"callbacks=list\(.*'value': 1.*'value': 2"):
        clone(model).set_params(callbacks=[Threshold(2)]).fit(X, ENERGY)
    clone(model).set_params(callbacks=[Threshold(1)]).fit(X, ENERGY)


# A fit after a fit


def test_a_warm_start_is_another_fit(tmp_path):
    model = BlockAveragingRegressor(**TINY, warm_start=True, checkpoint=tmp_path / "fit")
    model.fit(X, ENERGY)
    with pytest.raises(ValueError, match="other arguments, first weights="):
        model.fit(X, ENERGY)
    assert len(model.history_) == 2
    model.set_params(checkpoint=tmp_path / "second").fit(X, ENERGY)
    assert len(model.history_) == 4
    plain = BlockAveragingRegressor(**TINY, warm_start=True).fit(X, ENERGY).fit(X, ENERGY)
    assert_same_weights(model, plain)


def test_each_fit_has_its_own_file_in_a_directory(tmp_path):
    model = BlockAveragingRegressor(**TINY, warm_start=True, checkpoint=tmp_path)
    model.fit(X, ENERGY).fit(X, ENERGY)
    assert len(list(tmp_path.iterdir())) == 2
    assert len(model.history_) == 4
    again = clone(model).fit(X, ENERGY).fit(X, ENERGY)
    assert_same_weights(again, model)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.slow
def test_a_search_with_a_directory_is_that_without_a_checkpoint(n_jobs, tmp_path):
    def search(checkpoint):
        model = BlockAveragingRegressor(**TINY, checkpoint=checkpoint)
        grid = {"lr": [1e-4, 3e-3]}
        return GridSearchCV(model, grid, cv=3, n_jobs=n_jobs).fit(X, ENERGY)

    plain, kept = search(None), search(tmp_path)
    # A file for each fit: candidates times folds, and the last on all lattices.
    assert len(list(tmp_path.iterdir())) == 7
    for with_files in (kept, search(tmp_path)):
        for key in ("mean_test_score", "std_test_score"):
            np.testing.assert_array_equal(with_files.cv_results_[key], plain.cv_results_[key])
        assert_same_weights(with_files.best_estimator_, plain.best_estimator_)


def test_a_cross_validation_with_one_file_fails_after_its_first_fold(tmp_path):
    """Labels without a meaning: a fold with the network of another would be right too often."""
    rng = np.random.default_rng(0)
    noise = rng.choice([-1, 1], (200, 16, 16)).astype(np.int8)
    labels = np.repeat([0, 1], 100)
    model = BlockAveragingClassifier(**TINY, checkpoint=tmp_path / "fit")
    with pytest.warns(
        FitFailedWarning, match="For a search or a cross validation give a directory"
    ):
        scores = cross_val_score(model, noise, labels, cv=5)
    assert np.isfinite(scores).tolist() == [True] + 4 * [False]
    (tmp_path / "folds").mkdir()
    scores = cross_val_score(model.set_params(checkpoint=tmp_path / "folds"), noise, labels, cv=5)
    # 200 fair coins: outside of these bounds with a probability of 5e-5.
    assert 0.36 < scores.mean() < 0.64


# Damage, and files that are no longer there


@pytest.mark.slow
def test_damage_is_refused(tmp_path):
    file = tmp_path / "fit"
    model = BlockAveragingRegressor(**TINY, net_params={"module__hidden": (4,)}, checkpoint=file)
    data = bytearray(model.fit(X, ENERGY) and file.read_bytes())
    rng = np.random.default_rng(0)
    message = "is damaged: its checksum does not fit|holds something else"
    for position in (0, 20, 30, 60, *rng.integers(len(data), size=100)):
        changed = bytearray(data)
        changed[position] ^= 1 << rng.integers(8)
        file.write_bytes(changed)
        with pytest.raises(ValueError, match=message):
            clone(model).fit(X, ENERGY)
    for length in (0, 10, 40, 60, len(data) // 2, len(data) - 1):
        file.write_bytes(data[:length])
        with pytest.raises(ValueError, match=message):
            clone(model).fit(X, ENERGY)
    file.write_bytes(data)
    assert_same_weights(clone(model).fit(X, ENERGY), model)


def test_a_file_of_an_earlier_version_is_refused(tmp_path):
    """It does not tell of which lattices it is."""
    torch.save({"arguments": {}}, tmp_path / "fit")
    with pytest.raises(
        ValueError, match="a fit of this version of skising has written, or of a new"
    ):
        BlockAveragingRegressor(**TINY, checkpoint=tmp_path / "fit").fit(X, ENERGY)


def test_prediction_needs_no_checkpoint(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    model = BlockAveragingRegressor(**TINY, checkpoint=str(folder / "fit")).fit(X, ENERGY)
    expected = model.predict(X)
    save(model, tmp_path / "model")
    (folder / "fit").unlink()
    folder.rmdir()
    np.testing.assert_array_equal(model.predict(X), expected)
    np.testing.assert_array_equal(load(tmp_path / "model").predict(X), expected)
    model.partial_fit(X, ENERGY)
    with pytest.raises(FileNotFoundError, match=f"the directory {str(folder)!r} does not exist"):
        model.fit(X, ENERGY)


@pytest.mark.parametrize(
    ("parameters", "error", "match"),
    [
        ({"checkpoint": "x", "random_state": None}, TypeError, "random_state must be an integer"),
        ({"checkpoint": 3}, TypeError, "checkpoint must be a path; got 3"),
        (
            {"checkpoint": Path("none/x")},
            FileNotFoundError,
            "checkpoint='none/x': the directory 'none' does not exist",
        ),
    ],
)
def test_invalid_parameters_are_refused(parameters, error, match):
    with pytest.raises(error, match=match):
        BlockAveragingRegressor(**{**TINY, **parameters}).fit(X, ENERGY)
