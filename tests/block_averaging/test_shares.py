"""Threads that share the batches of a fit and the blocks of a prediction."""

import pickle
import threading

import joblib
import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback
from torch import nn

from skising import BlockAveragingClassifier, BlockAveragingRegressor, D4Descriptor, make_ising
from skising.block_averaging import _prediction, _sharing_net
from skising.block_averaging._sharing_net import shares_of
from skising.block_averaging._threads import count_threads, open_threads
from skising.networks import FullyConnectedNetwork, OrbitNetwork

ISING = make_ising(64, 32, [1.5, 2.0, 2.5, 3.5], target="phase", random_state=0)
X, ENERGY, PHASE = ISING.data, ISING.energy, ISING.target
FAST = {"block_size": 8, "max_epochs": 2, "random_state": 0}


@pytest.fixture(autouse=True)
def small_shares(monkeypatch):
    """Cut small batches into shares, too, and small predictions into pieces."""
    monkeypatch.setattr(_sharing_net, "_MIN_BLOCKS", 40)
    monkeypatch.setattr(_sharing_net, "_BLOCKS_PER_SHARE", 40)
    monkeypatch.setattr(_prediction, "_ROWS_PER_FORWARD", 48)


def in_new_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def weights(model):
    return np.concatenate([w.numpy().ravel() for w in model.net_.module_.state_dict().values()])


class Flat(FullyConnectedNetwork):
    """A network of the user, though it computes what the default one does."""


# Shares


@pytest.mark.parametrize(
    "shape", [(1, 1), (32, 1), (32, 100), (16, 400), (7, 900), (1, 10_000), (3, 5000), (1000, 1)]
)
def test_shares_hold_each_block_once(shape):
    n_times = np.zeros(shape, int)
    shares = shares_of(*shape)
    for share in shares:
        assert n_times[share].size > 0
        n_times[share] += 1
    np.testing.assert_array_equal(n_times, 1)
    assert len(shares) <= 32
    if n_times.size >= 1000:
        assert len(shares) > 8


@pytest.mark.parametrize("n_lattices", [40, 2])  # shares of whole lattices, shares of one lattice
@pytest.mark.parametrize("objective", ["lattice", "block"])
def test_gradients_of_shares_add_up_to_that_of_the_batch(n_lattices, objective):
    class Compare(Callback):
        def on_grad_computed(self, net, named_parameters, batch, **kwargs):
            features, target = batch
            outputs = net.module_(features[:, :])
            loss = net.get_loss(outputs, target)
            parameters = {name: p for name, p in named_parameters if p.requires_grad}
            expected = torch.autograd.grad(loss, parameters.values())
            for parameter, gradient in zip(parameters.values(), expected, strict=True):
                scale = float(gradient.abs().max())  # the terms of the sum cancel
                torch.testing.assert_close(parameter.grad, gradient, rtol=0, atol=1e-4 * scale)
            self.n_shares = len(net.shares(features))
            self.loss = loss.item()

    compare = Compare()
    model = BlockAveragingRegressor(
        **FAST | {"block_size": 2, "max_epochs": 1}, objective=objective, callbacks=[compare]
    )
    model.fit(X[:n_lattices], ENERGY[:n_lattices])
    assert compare.n_shares > 2
    assert np.isfinite(compare.loss)


# The number of threads


CASES = {
    "default": {},
    "parts of lattices": {"block_size": 2, "batch_size": 24, "descriptor": "pair"},
    "stopping": {"early_stopping": True, "random_shift": True},
    "blocks": {"objective": "block"},
    "dropout": {"net_params": {"module__dropout": 0.3}},
    "orbits": {"net_params": {"module": OrbitNetwork}},
    "other": {"descriptor": make_pipeline(D4Descriptor(), PCA(5, svd_solver="full"))},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("Estimator", [BlockAveragingRegressor, BlockAveragingClassifier])
def test_results_do_not_depend_on_the_number_of_threads(Estimator, case):
    y, results = ENERGY if Estimator is BlockAveragingRegressor else PHASE, []
    for n_jobs in (1, 2, 4):
        model = Estimator(**FAST | CASES[case], n_jobs=n_jobs).fit(X, y)
        losses = [epoch["train_loss"] for epoch in model.history_]
        results.append((weights(model), losses, model.predict_blocks(X)))
        if Estimator is BlockAveragingRegressor:
            model.partial_fit(X[:20], y[:20])
            results[-1] += (weights(model),)
    for result in results[1:]:
        for array, expected in zip(result, results[0], strict=True):
            np.testing.assert_array_equal(array, expected)


def test_dropout_drops_the_fraction_that_it_is_given():
    for p in (0.0, 0.25, 1.0):
        with _sharing_net._Dropout(0):
            outputs = nn.Dropout(p).train()(torch.ones(100, 100))
        kept = outputs[outputs != 0]
        # A standard deviation of the fraction is 0.004: a correct one fails once in 10^6.
        assert abs(len(kept) / 10_000 - (1 - p)) < 0.022
        torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - p) if p < 1 else 0.0))


@pytest.mark.parametrize("Module", [FullyConnectedNetwork, Flat])
def test_torch_has_its_threads_back(Module):
    before = torch.get_num_threads(), in_new_thread(torch.get_num_threads)
    n_threads, n_alive = [], threading.active_count()

    class Count(Callback):
        def on_batch_end(self, net, **kwargs):
            n_threads.append((torch.get_num_threads(), in_new_thread(torch.get_num_threads)))

    torch.set_num_threads(3)
    try:
        model = BlockAveragingRegressor(
            **FAST, n_jobs=2, callbacks=[Count()], net_params={"module": Module}
        ).fit(X, ENERGY)
        model.predict(X)
        assert torch.get_num_threads() == in_new_thread(torch.get_num_threads) == 3
    finally:
        torch.set_num_threads(before[0])
    # A network of the user's has torch's own threads.
    assert set(n_threads) == {(2 if Module is Flat else 1, 3)}
    assert threading.active_count() == n_alive


def test_a_network_of_the_user_sees_whole_batches():
    shapes = []

    class Record(FullyConnectedNetwork):
        def forward(self, features):
            if self.training:
                shapes.append(tuple(features.shape[:2]))
            return super().forward(features)

    BlockAveragingRegressor(**FAST, net_params={"module": Record}, n_jobs=2).fit(X, ENERGY)
    assert set(shapes) == {(32, 16)}


def test_the_meaning_of_n_jobs():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert count_threads(None) == 3
        assert in_new_thread(lambda: count_threads(None)) == 3
        with joblib.parallel_config(n_jobs=5):
            assert count_threads(None) == 5
            assert count_threads(2) == 2
        with joblib.parallel_config(backend="threading"):
            tasks = [joblib.delayed(count_threads)(n_jobs) for n_jobs in (None, 2)]
            assert joblib.Parallel(n_jobs=2)(tasks) == [1, 2]
    finally:
        torch.set_num_threads(before)
    assert count_threads(-1) == joblib.cpu_count()
    assert count_threads(-(10**6)) == 1


# Errors and interrupts


def test_the_first_exception_is_raised():
    def fail(number):
        if number >= 3:
            raise ValueError(number)
        return number

    def numbers():
        yield from range(2)
        raise OSError("unreadable")

    for n_threads in (1, 2, 4):
        with open_threads(n_threads) as threads:
            assert threads.map(fail, range(3)) == [0, 1, 2]
            assert threads.map(fail, []) == []
            with pytest.raises(ValueError, match="3"):
                threads.map(fail, range(1000))
            with pytest.raises(OSError, match="unreadable"):
                threads.map(fail, numbers())


def test_a_wrong_spin_is_found_whatever_thread_reads_it():
    class Store:
        """Spins that are checked when they are read."""

        shape, dtype = X.shape, X.dtype

        def __len__(self):
            return len(X)

        def __getitem__(self, part):
            spins = np.array(X[part])
            spins[..., -1, -1] = 3
            return spins

    n_alive = threading.active_count()
    model = BlockAveragingRegressor(**FAST, n_jobs=2)
    with pytest.raises(ValueError, match="3"):
        model.fit(Store(), ENERGY)
    with pytest.raises(ValueError, match="3"):
        model.fit(X, ENERGY).predict(Store())
    assert threading.active_count() == n_alive


def test_an_interrupt_ends_the_threads():
    class Interrupt(Callback):
        def on_grad_computed(self, net, **kwargs):
            raise KeyboardInterrupt

    n_alive, before = threading.active_count(), torch.get_num_threads()
    model = BlockAveragingRegressor(**FAST, n_jobs=2, callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, ENERGY)
    assert np.isfinite(model.predict(X)).all()
    assert threading.active_count() == n_alive
    assert torch.get_num_threads() == before


# skorch


class Pickle(Callback):
    def on_batch_end(self, net, **kwargs):
        self.copy = pickle.loads(pickle.dumps(net))


def test_a_callback_may_pickle_the_network():
    kept = Pickle()
    BlockAveragingRegressor(**FAST, n_jobs=2, callbacks=[kept]).fit(X[:20], ENERGY[:20])
    features = torch.zeros(3, kept.copy.module_.layers[0].in_features)
    assert kept.copy.infer(features).shape == (3, 1)
