"""EnergyCurveDisplay by the data and labels that it draws."""

import numpy as np
import pandas as pd
import pytest
from display_data import drawn_points, legend_labels
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skising import BlockAveragingRegressor, exact, make_ising
from skising.display import EnergyCurveDisplay


def test_energy_curve_is_the_mean_at_each_temperature():
    T = [2.0, 1.5, 2.0, 1.5]
    display = EnergyCurveDisplay.from_predictions(
        T, [-1.7, -1.95, -1.5, -1.85], sigma=[0.3, 0.1, 0.4, 0.1], y=[-1.8, -1.9, -1.6, -2.0]
    )
    x, y, bars = drawn_points(display.predicted_)
    np.testing.assert_array_equal(x, [1.5, 2.0])
    np.testing.assert_allclose(y, [-1.9, -1.6])
    # Bars are root mean squares of sigma: the spread within lattices.
    np.testing.assert_allclose(bars, [0.1, np.sqrt((0.09 + 0.16) / 2)])
    np.testing.assert_allclose(display.measured_.get_ydata(), [-1.95, -1.7])
    x, y = display.exact_.get_data()
    np.testing.assert_allclose(y, exact.onsager_energy(x))
    assert (x[0], x[-1]) == (1.5, 2.0)
    assert legend_labels(display.ax_) == [
        "exact, infinite",
        "measured",
        r"predicted $\pm\,\sigma_Q$",
    ]
    assert display.ax_.get_xlabel() == "Temperature $T$ ($J/k_B$)"
    assert display.ax_.get_ylabel() == "Energy density $e$ ($J$)"


def test_energy_curve_without_spread():
    display = EnergyCurveDisplay.from_predictions([2.0, 1.5], [-1.7, -1.9], color="k")
    assert display.curve.columns.tolist() == ["temperature", "energy"]
    assert legend_labels(display.ax_) == ["exact, infinite", "predicted"]
    assert display.predicted_.lines[0].get_color() == "k"
    assert display.measured_ is None


def test_energy_curve_of_an_estimator():
    X = np.ones((3, 4, 4))
    sigma = np.array([0.1, 0.2, 0.3])

    class Regressor:
        def predict(self, X, return_std=False):
            assert return_std
            return np.full(len(X), -1.5), sigma

    display = EnergyCurveDisplay.from_estimator(Regressor(), X, [1.0, 2.0, 3.0], y=[-2, -1.7, -0.8])
    np.testing.assert_allclose(drawn_points(display.predicted_), [[1, 2, 3], [-1.5] * 3, sigma])
    np.testing.assert_allclose(display.measured_.get_ydata(), [-2, -1.7, -0.8])


@pytest.mark.parametrize(
    ("temperature", "y_pred", "parameters", "message"),
    [
        ([1.0, 0.0], [-1, -2], {}, "temperature must be finite and > 0"),
        (
            [1.0, 2.0],
            [-1],
            {},
            r"y_pred must hold one number .* shape \(2,\).*\(1,\)",
        ),
        ([1.0, 2.0], [-1, np.nan], {}, r"y_pred must be finite; got nan at index \(1,\)"),
        ([1.0], [-1], {"sigma": [[1]]}, r"sigma must hold one number.*got shape \(1, 1\)"),
        ([1.0], [-1], {"y": [1, 2]}, r"y must hold one number.*got shape \(2,\)"),
    ],
)
def test_energy_curve_refuses(temperature, y_pred, parameters, message):
    with pytest.raises(ValueError, match=message):
        EnergyCurveDisplay.from_predictions(temperature, y_pred, **parameters)


def test_energy_curve_display_refuses_frames():
    with pytest.raises(ValueError, match=r"curve lacks.*energy; got no column"):
        EnergyCurveDisplay(pd.DataFrame()).plot()
    curve = pd.DataFrame({"temperature": [1.0], "energy": [-2.0]})
    with pytest.raises(TypeError, match=r"exact_curve must be a DataFrame.*got dict"):
        EnergyCurveDisplay(curve, exact_curve={}).plot()


def test_a_search_and_a_pipeline_draw_what_their_regressor_predicts():
    ising = make_ising(40, 16, temperatures=[1.5, 3.5], random_state=0)
    data = ising.data, ising.energy
    model = BlockAveragingRegressor(8, descriptor="pair", max_epochs=2, random_state=0)
    search = GridSearchCV(model, {"lr": [1e-3]}, cv=2).fit(*data)
    expected = EnergyCurveDisplay.from_estimator(
        search.best_estimator_, ising.data, ising.temperature
    ).curve
    assert expected["sigma"].min() > 0
    for estimator in (search, make_pipeline(search.best_estimator_)):
        display = EnergyCurveDisplay.from_estimator(estimator, ising.data, ising.temperature)
        pd.testing.assert_frame_equal(display.curve, expected)


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (GridSearchCV(BlockAveragingRegressor(), {}), NotFittedError, "GridSearchCV .*not fitted"),
        (LinearRegression(), TypeError, "estimator must be a fitted BlockAveragingRegressor; got"),
        (make_pipeline(LinearRegression()), TypeError, "fitted BlockAveragingRegressor; got Pipe"),
        (BlockAveragingRegressor, TypeError, "fitted BlockAveragingRegressor; got <class"),
        (None, TypeError, "fitted BlockAveragingRegressor; got None"),
    ],
)
def test_energy_curve_refuses_estimators(estimator, error, message):
    with pytest.raises(error, match=message):
        EnergyCurveDisplay.from_estimator(estimator, np.ones((2, 32, 32)), [1.0, 2.0])


def test_temperatures_that_differ_by_rounding_are_one():
    T = [2.0, 2.0 + 4e-16, 1.0]
    display = EnergyCurveDisplay.from_predictions(T, [-1.7, -1.5, -1.9])
    assert display.curve["temperature"].tolist() == [1.0, 2.0]
    np.testing.assert_allclose(display.curve["energy"], [-1.9, -1.6])
