"""Several classifiers of one block size: their average, and the training in the errors.

Every seed is fixed; `tests/statistical.py` states the failure probabilities.
"""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator
from statistical import assert_p_value

from skising import BlockAveragingClassifier, make_ising
from skising.scaling import DataCollapse, accuracy_curve, order_curve


class Network(BaseEstimator):
    """A classifier whose probability is a sigmoid of what X holds, with a shift of its own."""

    def __init__(self, shift=0.0, block_size=8, random_state=None, descriptor="d4"):
        self.shift, self.block_size, self.random_state = shift, block_size, random_state
        self.descriptor = descriptor
        self.block_size_, self.classes_ = block_size, np.array([0, 1])

    def get_params(self, deep=True):
        return {"descriptor": self.descriptor, "random_state": self.random_state}

    def fit(self):
        return self

    def predict_blocks(self, X):
        return 1 / (1 + np.exp(self.shift - X[:, ::8, ::8]))


def values(n, seed):
    """Return n lattices of 2 x 2 blocks at each of three temperatures, labels and temperatures."""
    rng = np.random.default_rng(seed)
    temperature = np.repeat([2.1, 2.3, 2.5], n)
    means = 5 * (temperature - 2.28) + rng.normal(scale=0.5, size=3 * n)
    blocks = means[:, None, None] + rng.normal(size=(3 * n, 2, 2))
    return np.kron(blocks, np.ones((8, 8))), temperature > 2.28, temperature


CURVES = {
    "accuracy": lambda networks, X, y, T, **more: accuracy_curve(networks, X, y, T, **more),
    "probability": lambda networks, X, y, T, **more: order_curve(networks, X, T, **more),
}


@pytest.mark.parametrize("column", CURVES)
def test_the_average_over_networks(column):
    X, y, T = values(40, 0)
    networks = [Network(shift) for shift in (-0.3, 0.1, 0.5)]
    alone = [CURVES[column](network, X, y, T) for network in networks]
    together = CURVES[column](networks, X, y, T)
    of_networks = np.array([curve[column] for curve in alone])
    np.testing.assert_allclose(together[column], of_networks.mean(axis=0))
    training = of_networks.std(axis=0, ddof=1) / 3**0.5
    np.testing.assert_allclose(together["training_error"], training)
    assert (together["error"] > training).all()
    lattices = np.sqrt(together["error"] ** 2 - training**2)
    np.testing.assert_allclose(lattices, alone[1]["error"], rtol=0.3)
    assert "training_error" not in alone[0]


@pytest.mark.parametrize("column", CURVES)
def test_one_network_of_each_size_gives_what_it_gives_alone(column):
    X, y, T = values(40, 0)
    mixed = CURVES[column]([Network(0.1, 16), Network(-0.3), Network(0.5)], X, y, T)
    alone = CURVES[column](Network(0.1, 16), X, y, T)
    assert mixed["training_error"].isna().tolist() == [True] * 3 + [False] * 3
    for name in alone:
        np.testing.assert_array_equal(mixed[name][:3], alone[name])


@pytest.mark.parametrize("column", CURVES)
def test_the_error_is_the_scatter_over_lattices_and_trainings(column):
    rng = np.random.default_rng(1)
    n_sets, found, errors, spreads = 150, [], [], []
    for seed in range(n_sets):
        X, y, T = values(30, seed)
        networks = [Network(shift) for shift in rng.normal(scale=0.3, size=5)]
        curve, resamples = CURVES[column](networks, X, y, T, n_resamples=100, random_state=0)
        found.append(curve[column])
        errors.append(curve["error"])
        spreads.append(resamples.std(axis=1))
    variance = np.var(found, axis=0, ddof=1)
    for estimates in (errors, spreads):
        ratio = variance / np.mean(np.square(estimates), axis=0)
        # Both estimates scatter less than the variance of 150 sets, by a factor of some 5.
        chi2 = ratio * (n_sets - 1)
        for value in chi2:
            p = 2 * min(stats.chi2.cdf(value, n_sets - 1), stats.chi2.sf(value, n_sets - 1))
            assert_p_value(p)


@pytest.mark.parametrize("column", CURVES)
def test_resamples_of_one_network_are_correlated_along_its_curve(column):
    X, y, T = values(4000, 3)
    networks = [Network(shift) for shift in (-1.0, -0.2, 1.2)]
    _, resamples = CURVES[column](networks, X, y, T, n_resamples=400, random_state=0)
    correlation = np.corrcoef(resamples)
    if column == "probability":
        assert (correlation > 0.9).all()
    else:  # a shift raises the accuracy on one side and lowers it on the other
        assert correlation[0, 2] < -0.5
        assert correlation[1, 2] > 0.5 or correlation[1, 2] < -0.5


@pytest.mark.parametrize("column", CURVES)
@pytest.mark.parametrize(
    ("networks", "message"),
    [
        ([Network(0.1), Network(0.1)], "block_size 8 with the same outputs"),
        (
            [Network(0.1)] * 2,
            "holds the same classifier of block_size 8 twice. Fit clones of it, .* that differ in",
        ),
        (
            [Network(0.1), Network(0.2, descriptor="pair")],
            "got descriptor='d4' and descriptor='pair' for block_size 8. Measure the curve of each",
        ),
        ([], "at least one fitted classifier"),
    ],
)
def test_what_is_no_ensemble_is_refused(column, networks, message):
    X, y, T = values(10, 0)
    with pytest.raises(ValueError, match=message):
        CURVES[column](networks, X, y, T)


@pytest.mark.parametrize("column", CURVES)
def test_networks_that_are_all_certain_are_no_copies(column):
    X, y, T = values(10, 0)
    certain = np.full_like(X, 1000.0)
    curve = CURVES[column]([Network(0.1), Network(0.2)], certain, np.ones_like(y), T)
    assert (curve[column] == 1).all()
    assert (curve["training_error"] == 0).all()


def test_real_networks_of_two_sizes():
    temperatures = [1.8, 2.1, 2.2, 2.3, 2.4, 2.8]
    train = make_ising(240, 16, temperatures, target="phase", random_state=0)
    test = make_ising(240, 16, temperatures, target="phase", random_state=1)
    networks = [
        BlockAveragingClassifier(size, descriptor="pair", max_epochs=3, random_state=seed).fit(
            train.data, train.target
        )
        for size in (5, 8)
        for seed in range(3)
    ]
    arguments = {"groups": test.chain, "n_resamples": 20, "random_state": 0}
    curve, resamples = accuracy_curve(
        networks, test.data, test.target, test.temperature, **arguments
    )
    assert curve["block_size"].tolist() == [5] * 6 + [8] * 6
    assert (curve["training_error"] > 0).any()
    assert (curve["error"] >= curve["training_error"]).all()
    collapse = DataCollapse(nu=1, theta=0, critical_temperature=2.27, size_offset=1, n_resamples=20)
    assert np.isfinite(collapse.fit_curve(curve, resamples).quality_)
