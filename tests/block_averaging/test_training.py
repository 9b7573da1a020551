"""Training that stops early, continues, is interrupted or is resumed."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback, LRScheduler

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising
from skising.networks import OrbitNetwork

ISING = make_ising(240, 16, [1.4, 1.8, 2.1, 2.5, 3.0, 3.5], target="phase", random_state=0)
X, ENERGY, PHASE = ISING.data, ISING.energy, ISING.target
SMALL = {"block_size": 8, "max_epochs": 6, "random_state": 0}
BOTH = pytest.mark.parametrize("Estimator", [BlockAveragingRegressor, BlockAveragingClassifier])


def target_of(Estimator):
    return ENERGY if Estimator is BlockAveragingRegressor else PHASE


def weights(model):
    return [tensor.numpy() for tensor in model.net_.module_.state_dict().values()]


def assert_same_weights(one, other):
    for a, b in zip(weights(one), weights(other), strict=True):
        np.testing.assert_array_equal(a, b)


# Early stopping


@BOTH
def test_early_stopping_keeps_the_best_weights(Estimator):
    y = target_of(Estimator)
    model = Estimator(8, max_epochs=100, early_stopping=True, n_iter_no_change=3, random_state=0)
    losses = [epoch["valid_loss"] for epoch in model.fit(X, y).history_]
    assert 3 < len(losses) < 100
    best = int(np.argmin(losses))
    # The threshold of an improvement is 1e-4 of the loss.
    assert len(losses) - 1 - best <= 3


class RecordHeldOutRows(Callback):
    def on_train_begin(self, net, **kwargs):
        self.rows = net.train_split(None)[1].rows if net.train_split else None


@BOTH
def test_held_out_lattices_are_random_and_stratified(Estimator):
    seen = RecordHeldOutRows()
    model = Estimator(8, max_epochs=1, early_stopping=True, callbacks=[seen], random_state=0)
    model.fit(X, target_of(Estimator))
    assert len(set(seen.rows)) == len(seen.rows) == 24
    assert PHASE[seen.rows].mean() == pytest.approx(PHASE.mean(), abs=0.05)
    # A sequential split would hold out the last lattices, of one temperature.
    assert len(set(ISING.temperature[seen.rows])) > 3
    assert (np.diff(np.sort(seen.rows)) > 1).any()


def test_too_few_lattices_to_hold_out_are_refused():
    model = BlockAveragingClassifier(8, early_stopping=True, validation_fraction=0.01)
    with pytest.raises(ValueError, match=r"validation_fraction=0\.01 of 6 lattices cannot be held"):
        model.fit(X[::40], PHASE[::40])


# Continued


@BOTH
def test_warm_start_continues_the_last_fit(Estimator):
    model, y = Estimator(**SMALL, warm_start=True), target_of(Estimator)
    first = model.fit(X, y).history_[-1]["train_loss"]
    last = model.fit(X, y).history_[-1]["train_loss"]
    assert last < first
    assert [epoch["epoch"] for epoch in model.history_] == list(range(1, 13))
    assert len(model.set_params(warm_start=False).fit(X, y).history_) == 6


def test_partial_fit_learns_as_epochs_do():
    model = BlockAveragingRegressor(**SMALL)
    for _ in range(30):
        model.partial_fit(X, ENERGY)
    assert len(model.history_) == 30
    assert model.score(X, ENERGY) > 0.98
    phases = BlockAveragingClassifier(**SMALL)
    for _ in range(12):
        for start in (0, 120):
            rows = slice(start, start + 120)  # lattices of one phase
            phases.partial_fit(X[rows], PHASE[rows], classes=[0, 1])
    assert set(phases.predict(X)) == {0, 1}


def test_partial_fit_after_fit_keeps_the_standardisation():
    model = BlockAveragingRegressor(**SMALL).fit(X, ENERGY)
    mean, scale = model.y_mean_, model.y_scale_
    model.partial_fit(X[:40], ENERGY[:40])
    np.testing.assert_array_equal([model.y_mean_, model.y_scale_], [mean, scale])
    assert len(model.history_) == 7
    assert model.net_.optimizer_.param_groups[0]["lr"] == model.lr


def test_partial_fit_is_reproducible():
    def trained():
        model = BlockAveragingRegressor(**SMALL)
        for _ in range(3):
            model.partial_fit(X, ENERGY)
        return model

    assert_same_weights(trained(), trained())


def test_invalid_continuations_are_refused():
    model = BlockAveragingClassifier(**SMALL)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        model.partial_fit(X, PHASE)
    with pytest.raises(ValueError, match=r"an output for, \[0, 2\]; got \[1\]"):
        model.partial_fit(X, PHASE, classes=[0, 2])
    with pytest.raises(NotFittedError):
        model.predict(X)
    model.fit(X, PHASE)
    with pytest.raises(ValueError, match=r"y must hold classes .* \[0, 1\]; got \[2\]"):
        model.partial_fit(X, PHASE + (ISING.temperature > 3))
    with pytest.raises(ValueError, match=r"classes=\[0, 1, 2\] is not the same as on last call"):
        model.partial_fit(X, PHASE, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"y must hold classes .* \[0, 1\]; got \[2\]"):
        model.set_params(warm_start=True).fit(X, PHASE + (ISING.temperature > 3))
    with pytest.raises(ValueError, match=r"of block_size=8 and 1 outputs; got block_size=4 and 1"):
        model.set_params(block_size=4).fit(X, PHASE)
    energy = BlockAveragingRegressor(**SMALL).fit(X, ENERGY)
    with pytest.raises(ValueError, match="8 and 1 outputs; got block_size=8 and 2 outputs"):
        energy.partial_fit(X, np.column_stack([ENERGY, PHASE]))


# Interrupted


class RaiseInEpoch3(Callback):
    def __init__(self, error):
        self.error = error

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 3:
            raise self.error


@BOTH
def test_an_error_in_a_callback_keeps_the_last_fit(Estimator):
    y = target_of(Estimator)
    model = Estimator(**SMALL).fit(X, y)
    before, state = model.predict(X), set(vars(model))
    broken = model.set_params(callbacks=[RaiseInEpoch3(RuntimeError("mine"))])
    with pytest.raises(RuntimeError, match="mine"):
        broken.fit(X[:160], y[:160])
    np.testing.assert_array_equal(model.predict(X), before)
    assert set(vars(model)) == state
    unfitted = Estimator(**SMALL, callbacks=[RaiseInEpoch3(RuntimeError("mine"))])
    with pytest.raises(RuntimeError, match="mine"):
        unfitted.fit(X, y)
    with pytest.raises(NotFittedError):
        unfitted.predict(X)


@BOTH
def test_interrupted_fit_predicts(Estimator):
    y = target_of(Estimator)
    model = Estimator(**SMALL, callbacks=[RaiseInEpoch3(KeyboardInterrupt())])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.predict(X).shape == y.shape
    assert len(model.history_) == 3


class InterruptWithinEpoch(Callback):
    def on_batch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise KeyboardInterrupt


@BOTH
def test_fit_interrupted_within_an_epoch_predicts(Estimator):
    y = target_of(Estimator)
    model = Estimator(**SMALL, callbacks=[InterruptWithinEpoch()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.predict(X).shape == y.shape


class Interrupt(Callback):
    def on_batch_end(self, net, **kwargs):
        raise KeyboardInterrupt


def test_an_interrupted_partial_fit_changes_nothing():
    model = BlockAveragingClassifier(**SMALL).partial_fit(X, PHASE, classes=[0, 1])
    before = model.predict_proba(X)
    with pytest.raises(KeyboardInterrupt):
        model.set_params(callbacks=[Interrupt()]).partial_fit(X, PHASE)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    assert len(model.history_) == 1


@BOTH
def test_an_interrupt_ends_a_search(Estimator):
    search = GridSearchCV(
        Estimator(**SMALL, callbacks=[RaiseInEpoch3(KeyboardInterrupt())]),
        {"lr": [0.001, 0.003]},
        cv=2,
    )
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, target_of(Estimator))
    assert not hasattr(search, "best_estimator_")


# Parameters of skorch


class Linear(torch.nn.Module):
    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.layer = torch.nn.Linear(n_features, n_outputs)

    def forward(self, features):
        return self.layer(features)


def test_net_params_reach_the_network():
    short = {**SMALL, "max_epochs": 1}
    model = BlockAveragingRegressor(
        **short,
        net_params={"module__hidden": (7,), "optimizer": torch.optim.AdamW},
    ).fit(X, ENERGY)
    shapes = [tuple(array.shape) for array in weights(model)]
    assert shapes == [(7, 112), (7,), (1, 7), (1,), (1, 112)]  # the last is the linear path
    assert isinstance(model.net_.optimizer_, torch.optim.AdamW)
    plain, decayed = (
        BlockAveragingRegressor(**SMALL, net_params={"optimizer__weight_decay": decay})
        for decay in (0.0, 0.5)
    )
    assert weights(decayed.fit(X, ENERGY))[0].std() < weights(plain.fit(X, ENERGY))[0].std()
    for how in ("fused", "foreach"):
        model = BlockAveragingRegressor(**short, net_params={f"optimizer__{how}": True})
        assert model.fit(X, ENERGY).net_.optimizer_.defaults[how]
    linear = BlockAveragingRegressor(**short, net_params={"module": Linear}, descriptor="pair")
    assert len(weights(linear.fit(X, ENERGY))) == 2
    orbits = BlockAveragingRegressor(**short, net_params={"module": OrbitNetwork}).fit(X, ENERGY)
    assert isinstance(orbits.net_.module_, OrbitNetwork)


@pytest.mark.parametrize(
    ("parameters", "error", "match"),
    [
        ({"net_params": [1]}, TypeError, "net_params must be a dict"),
        (
            {"net_params": {"lr": 1}},
            ValueError,
            "net_params must not hold lr. Set lr, max_epochs, ",
        ),
        (
            {"net_params": {"module": OrbitNetwork}, "descriptor": "pair"},
            ValueError,
            "needs descriptor='d4'; got PairCorrelationDescriptor",
        ),
        ({"stride": 0}, ValueError, "stride must be an integer >= 1; got 0"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction must be a number between"),
        ({"n_iter_no_change": 0}, ValueError, "n_iter_no_change must be an integer >= 1"),
        ({"early_stopping": "yes"}, ValueError, "early_stopping must be one of False, True"),
        ({"warm_start": 3}, ValueError, "warm_start must be one of False, True; got 3"),
        ({"lr": 1e38, "max_epochs": 3}, ValueError, "training has diverged: .*lr=1e.38. Lower lr"),
        ({"device": "cuda:77"}, ValueError, "device must be 'auto' or a device"),
    ],
)
def test_invalid_parameters_of_training_are_refused(parameters, error, match):
    with pytest.raises(error, match=match):
        BlockAveragingRegressor(**{**SMALL, **parameters}).fit(X, ENERGY)


def test_a_schedule_in_callbacks_replaces_one_cycle():
    steps = LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=2)
    model = BlockAveragingRegressor(**SMALL, callbacks=[steps]).fit(X, ENERGY)
    assert model.net_.optimizer_.param_groups[0]["lr"] == pytest.approx(model.lr * 0.1**3)
