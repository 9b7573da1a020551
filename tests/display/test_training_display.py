"""TrainingDisplay by the lines that it draws."""

import numpy as np
import pandas as pd
import pytest
from display_data import legend_labels
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising
from skising.display import TrainingDisplay

ISING = make_ising(24, 8, [1.4, 3.5], target="phase", random_state=0)
FAST = {"descriptor": "pair", "max_epochs": 3, "random_state": 0}


def test_losses_of_a_training_with_validation():
    model = BlockAveragingClassifier(4, early_stopping=True, **FAST).fit(ISING.data, ISING.target)
    display = TrainingDisplay.from_estimator(model)
    for line, key in [(display.train_, "train_loss"), (display.valid_, "valid_loss")]:
        x, y = line.get_data()
        np.testing.assert_array_equal(x, [1, 2, 3])
        np.testing.assert_array_equal(y, [epoch[key] for epoch in model.history_])
    assert legend_labels(display.ax_) == ["training", "validation"]
    assert (display.ax_.get_xlabel(), display.ax_.get_yscale()) == ("Epoch", "log")


def test_losses_of_a_search_without_validation():
    model = BlockAveragingRegressor(4, **FAST)
    search = GridSearchCV(model, {"lr": [1e-3]}, cv=2).fit(ISING.data, ISING.energy)
    display = TrainingDisplay.from_estimator(search, color="k", lw=0.5)
    losses = [epoch["train_loss"] for epoch in search.best_estimator_.history_]
    np.testing.assert_array_equal(display.train_.get_ydata(), losses)
    assert (display.train_.get_color(), display.train_.get_linewidth()) == ("k", 0.5)
    assert display.valid_ is None


def test_epochs_without_a_validation_loss_are_left_out_of_its_line():
    history = [{"train_loss": 0.5}, {"train_loss": 0.4, "valid_loss": 0.6}, {"train_loss": 0.3}]
    for given in (history, tuple(history), pd.DataFrame(history)):
        display = TrainingDisplay(given).plot()
        assert display.train_.get_xdata().tolist() == [1, 2, 3]
        assert np.transpose(display.valid_.get_data()).tolist() == [[2, 0.6]]


@pytest.mark.parametrize(
    ("history", "error", "message"),
    [
        ({"train_loss": [1]}, TypeError, "history must be a list with a dict for each epoch.*got"),
        ([1.0], TypeError, r"history must be a list with a dict .* got \[1.0\]"),
        ([], ValueError, r"history lacks the column\(s\) train_loss"),
        ([{"loss": 1.0}], ValueError, r"history lacks the column\(s\) train_loss.*got loss"),
        ([{"train_loss": 0.0}], ValueError, "history must hold finite numbers > 0 in the column"),
    ],
)
def test_histories_are_refused(history, error, message):
    with pytest.raises(error, match=message):
        TrainingDisplay(history).plot()


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (BlockAveragingRegressor(4), NotFittedError, "BlockAveragingRegressor instance is not fit"),
        (None, TypeError, "estimator must be a fitted BlockAveragingRegressor or .* got None"),
    ],
)
def test_estimators_are_refused(estimator, error, message):
    with pytest.raises(error, match=message):
        TrainingDisplay.from_estimator(estimator)
