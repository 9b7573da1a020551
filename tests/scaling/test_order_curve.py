"""Mean probabilities of a phase against sums over blocks."""

import inspect

import numpy as np
import pandas as pd
import pytest
from test_accuracy_curve import FixedProbabilities, Store, random_probabilities

from skising import BlockAveragingClassifier, make_ising
from skising.scaling import accuracy_curve, order_curve


def test_mean_over_lattices_and_blocks_with_its_standard_error():
    probabilities, T = random_probabilities(12), np.repeat([2.5, 2.0], 6)
    curve = order_curve(FixedProbabilities(probabilities), Store(12), T)
    assert curve.columns.tolist() == ["block_size", "temperature", "probability", "error", "count"]
    of_lattices = probabilities.mean(axis=(1, 2)).reshape(2, 6)[::-1]
    np.testing.assert_array_equal(curve["temperature"], [2.0, 2.5])
    np.testing.assert_allclose(curve["probability"], of_lattices.mean(axis=1))
    np.testing.assert_allclose(curve["error"], of_lattices.std(axis=1, ddof=1) / np.sqrt(6))
    assert curve["count"].tolist() == [6, 6]


@pytest.mark.parametrize("pooling", ["probability", "logit"])
def test_probability_is_that_of_the_second_class_in_single_blocks(pooling):
    ising = make_ising(60, 16, [1.5, 2.3, 3.5], target="phase", random_state=0)
    names = np.array(["ordered", "disordered"])[ising.target]
    model = BlockAveragingClassifier(8, descriptor="pair", pooling=pooling, max_epochs=3)
    model.set_params(random_state=0).fit(ising.data, names)
    curve = order_curve(model, ising.data, ising.temperature, groups=ising.chain)
    blocks = pd.Series(model.predict_blocks(ising.data).mean(axis=(1, 2)))
    np.testing.assert_allclose(
        curve["probability"], blocks.groupby(ising.temperature).mean(), rtol=1e-6
    )
    # The second class is "ordered", as the alphabet has it.
    assert curve["probability"].is_monotonic_decreasing


def test_resamples_and_groups_are_those_of_accuracy_curve():
    # Where probabilities are 0 or 1 the mean probability is the fraction of answers.
    votes = (random_probabilities(40) > 0.5).astype(float)
    models = [FixedProbabilities(votes, 4), FixedProbabilities(votes[::-1], 8)]
    T, groups = np.repeat([2.0, 2.5], 20), np.arange(40) // 2
    arguments = {"groups": groups, "n_resamples": 30, "random_state": 0}
    curve, resamples = order_curve(models, Store(40), T, **arguments)
    expected, same = accuracy_curve(models, Store(40), np.ones(40, int), T, **arguments)
    np.testing.assert_allclose(resamples, same, rtol=1e-12)
    np.testing.assert_allclose(curve["probability"], expected["accuracy"])
    assert (curve["error"] <= expected["error"] * (1 + 1e-12)).all()


def test_a_dict_of_classifiers_and_bins():
    T = np.array([3.0, 2.0, 2.25, 2.5, 2.1, 2.6])
    probabilities = random_probabilities(6)
    models = {"a": FixedProbabilities(probabilities, 16), "b": FixedProbabilities(probabilities, 8)}
    curve = order_curve(models, Store(6), T, bins=2)
    assert curve["block_size"].tolist() == [16, 16, 8, 8]
    np.testing.assert_allclose(curve["temperature"][:2], [T[[1, 2, 4]].mean(), T[[0, 3, 5]].mean()])


def test_arguments_are_those_of_accuracy_curve_without_labels_and_numbers_of_blocks():
    names = set(inspect.signature(accuracy_curve).parameters) - {"y", "n_blocks"}
    assert set(inspect.signature(order_curve).parameters) == names


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"estimator": "d4"}, TypeError, "estimator must be a fitted BlockAveragingClassifier"),
        ({"X": np.array(1)}, ValueError, r"X must have shape .*; got shape \(\)"),
        ({"temperature": [2.0] * 5}, ValueError, "X and temperature must have one row .* 6 and 5"),
        ({"temperature": [2.0] * 5 + [3.0]}, ValueError, "temperature 3 has a single lattice"),
        ({"groups": [0] * 6}, ValueError, "at least two groups; got one group of 6"),
        ({"n_resamples": 1}, ValueError, "n_resamples must be an integer >= 2; got 1"),
    ],
)
def test_order_curve_refuses(changes, error, message):
    arguments = {
        "estimator": FixedProbabilities(random_probabilities(6)),
        "X": Store(6),
        "temperature": [2.0] * 6,
    }
    with pytest.raises(error, match=message):
        order_curve(**(arguments | changes))
