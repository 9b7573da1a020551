"""The losses agree with the equations, and the networks have the right shapes and layers."""

import numpy as np
import pytest
import torch

from skising import D4Descriptor
from skising.networks import (
    FullyConnectedNetwork,
    LatticeCrossEntropyLoss,
    LatticeMSELoss,
    OrbitNetwork,
    class_log_probabilities,
)

RNG = np.random.default_rng(0)
OUTPUTS = RNG.normal(size=(5, 7, 1))
CLASS_OUTPUTS = RNG.normal(size=(5, 7, 3))
Y = np.array([0, 1, 1, 0, 1])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_regression_loss_is_equation_2():
    y = RNG.normal(size=(5, 1))
    expected = np.mean([(y[m, 0] - sum(OUTPUTS[m, :, 0]) / 7) ** 2 for m in range(5)])
    loss = LatticeMSELoss()(torch.tensor(OUTPUTS), torch.tensor(y))
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-12)


def test_classification_loss_is_equation_6():
    mean = [sum(sigmoid(OUTPUTS[m, :, 0])) / 7 for m in range(5)]
    terms = [Y[m] * np.log(mean[m]) + (1 - Y[m]) * np.log(1 - mean[m]) for m in range(5)]
    loss = LatticeCrossEntropyLoss()(torch.tensor(OUTPUTS), torch.tensor(Y))
    np.testing.assert_allclose(loss.item(), -np.mean(terms), rtol=1e-12)


def test_classification_loss_of_three_classes_averages_probabilities():
    y = torch.tensor([0, 2, 1, 1, 2])
    exponentials = np.exp(CLASS_OUTPUTS)
    mean = (exponentials / exponentials.sum(axis=2, keepdims=True)).mean(axis=1)
    loss = LatticeCrossEntropyLoss()(torch.tensor(CLASS_OUTPUTS), y)
    np.testing.assert_allclose(loss.item(), -np.log(mean[range(5), y]).mean(), rtol=1e-12)


def test_logit_pooling_averages_before_the_sigmoid():
    p = sigmoid(OUTPUTS[..., 0].mean(axis=1))
    expected = -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))
    loss = LatticeCrossEntropyLoss(pooling="logit")(torch.tensor(OUTPUTS), torch.tensor(Y))
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-12)


@pytest.mark.parametrize("pooling", ["probability", "logit"])
def test_block_objective_averages_the_losses_of_blocks(pooling):
    p = sigmoid(OUTPUTS[..., 0])
    y = Y[:, np.newaxis]
    expected = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    loss = LatticeCrossEntropyLoss("block", pooling)(torch.tensor(OUTPUTS), torch.tensor(Y))
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-12)
    loss = LatticeMSELoss("block")(torch.tensor(OUTPUTS), torch.tensor(y))
    np.testing.assert_allclose(loss.item(), np.mean((OUTPUTS[..., 0] - y) ** 2), rtol=1e-12)


def test_classification_loss_is_finite_where_probabilities_round_to_0_and_1():
    outputs = torch.full((1, 4, 1), 200.0, requires_grad=True)
    loss = LatticeCrossEntropyLoss()(outputs, torch.tensor([0]))
    loss.backward()
    assert loss.item() == pytest.approx(200)
    assert torch.allclose(outputs.grad, torch.tensor(0.25))


def test_one_output_is_the_logit_of_the_second_class():
    p = class_log_probabilities(torch.tensor(OUTPUTS)).exp().numpy()
    np.testing.assert_allclose(p[..., 1], sigmoid(OUTPUTS[..., 0]), rtol=1e-12)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-12)


@pytest.mark.parametrize("block_size", [2, 3, 5, 8])
def test_orbit_network_lays_features_out_by_channel_and_distance(block_size):
    descriptor = D4Descriptor().fit(np.ones((1, block_size, block_size)))
    network = OrbitNetwork(descriptor.feature_grid_, 1)
    seen = []
    network.convolutions.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    features = torch.arange(1.0, 1 + descriptor.n_features_out_)
    assert network(features.repeat(4, 3, 1)).shape == (4, 3, 1)
    grid = seen[0][5]
    distances = np.sort(descriptor.orbits_["distance"])
    for k, name in enumerate(descriptor.get_feature_names_out()):
        channel, point = descriptor.feature_grid_[k]
        assert grid[channel, point] == k + 1
        row, column = map(float, name[name.index("(") + 1 : -1].split(","))
        assert np.hypot(row, column) == pytest.approx(distances[point])
    assert (grid != 0).sum() == descriptor.n_features_out_


@pytest.mark.parametrize(
    "network",
    [
        FullyConnectedNetwork(28, 2, dropout=0.2),
        OrbitNetwork(D4Descriptor().fit(np.ones((1, 4, 4))).feature_grid_, 2),
    ],
)
def test_dropout_precedes_the_output_and_follows_the_mode(network):
    layers = getattr(network, "head", network).layers
    assert isinstance(layers[-2], torch.nn.Dropout)
    assert layers[-2].p == 0.2
    assert layers[-1].out_features == 2
    features = torch.randn(6, 28)
    assert not torch.equal(network.train()(features), network(features))
    assert torch.equal(network.eval()(features), network(features))
    for is_training in (True, True, False, False, True):
        network.train(is_training)
        assert {module.training for module in network.modules()} == {is_training}


@pytest.mark.parametrize(
    ("n_threads", "all_n_features"),
    [
        (1, (*range(1, 41), 130, 257)),
        (2, (5, 257)),
        pytest.param(2, (28, 30), marks=pytest.mark.slow),
    ],
)
def test_a_row_has_the_same_output_at_each_place_in_the_batch(n_threads, all_n_features):
    torch.manual_seed(0)
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        for n_features in all_n_features:
            for width in range(1, 41):
                network = FullyConnectedNetwork(n_features, 1 + width % 5, hidden=(width, 7)).eval()
                rows = torch.randn(1, n_features).repeat(512, 1)
                with torch.inference_mode():
                    outputs = network(rows)
                assert (outputs == outputs[0]).all(), (n_features, width)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("channels", [(1,), (3, 5), (6, 13), (7, 10)])
def test_a_row_has_the_same_output_at_each_place_in_a_batch_of_orbits(channels):
    torch.manual_seed(0)
    for block_size in (3, 4, 7):
        descriptor = D4Descriptor().fit(np.ones((1, block_size, block_size)))
        for width in (1, 3, 6, 9):
            network = OrbitNetwork(
                descriptor.feature_grid_, 3, channels=channels, hidden=(width,)
            ).eval()
            rows = torch.randn(1, descriptor.n_features_out_).repeat(512, 1)
            with torch.inference_mode():
                outputs = network(rows)
            assert (outputs == outputs[0]).all(), (block_size, width)


@pytest.mark.parametrize(("n_features", "width"), [(28, 8), (9, 16), (9, 1), (12, 5), (3, 7)])
def test_layers_that_need_no_padding_are_those_of_torch_to_the_last_bit(n_features, width):
    torch.manual_seed(0)
    layer = FullyConnectedNetwork(n_features, width, hidden=()).eval()
    rows = torch.randn(512, n_features)
    expected = torch.nn.functional.linear(rows, layer.output_layer.weight, layer.output_layer.bias)
    assert torch.equal(layer(rows), expected)


@pytest.mark.parametrize(("n_features", "width"), [(9, 8), (5, 3), (130, 11)])
def test_padded_layers_and_their_gradients_are_those_of_torch(n_features, width):
    torch.manual_seed(0)
    layer = FullyConnectedNetwork(n_features, width, hidden=()).double()
    weight, bias = layer.output_layer.weight, layer.output_layer.bias
    rows = torch.randn(50, n_features, dtype=torch.float64)
    expected = torch.nn.functional.linear(rows, weight, bias)
    torch.testing.assert_close(layer(rows), expected, rtol=1e-12, atol=1e-12)
    gradients = torch.autograd.grad(expected.square().sum(), (weight, bias))
    padded = torch.autograd.grad(layer(rows).square().sum(), (weight, bias))
    torch.testing.assert_close(padded, gradients, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize(
    "network",
    [
        FullyConnectedNetwork(28, 2, hidden=(), dropout=0.3),
        FullyConnectedNetwork(28, 2, hidden=tuple(range(3, 16))),
        FullyConnectedNetwork(28, 2, linear_path=True),
        FullyConnectedNetwork(28, 2, hidden=(), linear_path=True),
        OrbitNetwork(D4Descriptor().fit(np.ones((1, 4, 4))).feature_grid_, 2, kernel_size=5),
        OrbitNetwork(D4Descriptor().fit(np.ones((1, 4, 4))).feature_grid_, 2, channels=()),
    ],
)
def test_the_sizes_of_a_network_follow_from_its_weights(network):
    sizes = network._sizes({name: tuple(w.shape) for name, w in network.state_dict().items()})
    if isinstance(network, OrbitNetwork):
        assert sizes.pop("n_features") == 28
        sizes["feature_grid"] = D4Descriptor().fit(np.ones((1, 4, 4))).feature_grid_
    again = type(network)(**sizes, dropout=network.dropout)
    assert str(again) == str(network)


def test_the_linear_path_is_added_to_the_output_of_the_layers():
    torch.manual_seed(0)
    network = FullyConnectedNetwork(5, 2, hidden=(7,), linear_path=True).eval()
    torch.manual_seed(0)
    layers = FullyConnectedNetwork(5, 2, hidden=(7,)).eval()
    features, weight = torch.randn(4, 3, 5), torch.randn(2, 5)
    assert torch.equal(network(features), layers(features))
    network.linear_path.weight.copy_(weight)
    torch.testing.assert_close(network(features), layers(features) + features @ weight.T)
    assert not network.linear_path.weight.requires_grad


def test_a_network_of_an_earlier_version_has_a_linear_path_of_zeros():
    earlier = FullyConnectedNetwork(5, 2)
    state, pickled = earlier.state_dict(), vars(earlier).copy()
    del pickled["linear_path"]  # as in a pickle of an earlier version
    network = FullyConnectedNetwork(5, 2, linear_path=True)
    network.linear_path.weight.fill_(3)
    network.load_state_dict(state)
    assert not network.linear_path.weight.any()
    assert set(state) == set(earlier.state_dict())
    restored = FullyConnectedNetwork.__new__(FullyConnectedNetwork)
    restored.__setstate__(pickled)
    features = torch.randn(3, 5)
    assert torch.equal(restored(features), earlier(features))
    assert torch.equal(network(features), earlier(features))
