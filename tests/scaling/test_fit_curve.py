"""Collapses of frames of curves, and the table of their results."""

import numpy as np
import pandas as pd
import pytest
from scaled_curves import THETA, counted_curves
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skising.scaling import DataCollapse

COLLAPSE = DataCollapse(nu=1, theta=THETA, n_resamples=3, random_state=0)


@pytest.fixture(scope="module")
def data():
    return counted_curves(0, sizes=(8, 32), n_temperatures=6)


@pytest.fixture(scope="module")
def resamples(data):
    _, y, yerr, _ = data
    noise = np.random.default_rng(0).normal(size=(len(y), 4))
    return y[:, np.newaxis] + noise * yerr[:, np.newaxis]


@pytest.fixture(scope="module")
def expected(data, resamples):
    return clone(COLLAPSE).fit(*data, resamples=resamples)


@pytest.mark.parametrize(
    ("names", "arguments"),
    [
        (("temperature", "value", "error", "size"), {}),
        (("temperature", "probability", "error", "block_size"), {}),
        (("temperature", "binder", "error", "size"), {"value": "binder"}),
        (("temperature", "binder", "binder_error", "size"), {"value": "binder"}),
        (("temperature", "value", "value_error", "block_size"), {}),
        (("temperature", "value", "error", "width"), {"size": "width"}),
    ],
)
def test_columns_by_name(data, resamples, expected, names, arguments):
    frame = pd.DataFrame(dict(zip(names, data, strict=True)))
    # The rows of a frame, not its index, belong to the resamples.
    frame = frame.set_index(pd.Index(np.arange(len(frame))[::-1])).assign(count=9)
    fit = clone(COLLAPSE).fit_curve(frame, resamples, **arguments)
    assert fit.resamples_.equals(expected.resamples_)
    assert fit.critical_temperature_ == expected.critical_temperature_


def test_accuracies_become_error_rates(data, resamples, expected):
    x, y, yerr, size = data
    curve = pd.DataFrame(
        {"block_size": size, "n_blocks": 1, "temperature": x, "accuracy": 1 - y, "error": yerr}
    )
    for arguments in ({}, {"value": "accuracy"}):
        fit = clone(COLLAPSE).fit_curve(curve, 1 - resamples, **arguments)
        np.testing.assert_allclose(fit.resamples_, expected.resamples_, rtol=1e-6)
        np.testing.assert_allclose(fit.data_, expected.data_, rtol=1e-12)
    several = pd.concat([curve, curve.assign(n_blocks=4)])
    with pytest.raises(ValueError, match=r"twice for size 8.*of one n_blocks at a time"):
        clone(COLLAPSE).fit_curve(several)


@pytest.mark.parametrize(
    ("curve", "arguments", "error", "message"),
    [
        ({}, {}, TypeError, "curve must be a DataFrame with the columns size, temperature, value"),
        (pd.DataFrame({"size": [8]}), {}, ValueError, r"lacks the column\(s\) temperature, value"),
        (
            pd.DataFrame({"size": [8], "temperature": [2], "value": [0], "error": [1]}),
            {"value": "xi", "size": "L"},
            ValueError,
            r"curve lacks the column\(s\) L, xi: .* got size, temperature, value, error",
        ),
    ],
)
def test_fit_curve_refuses(curve, arguments, error, message):
    with pytest.raises(error, match=message):
        DataCollapse().fit_curve(curve, **arguments)


def test_fit_curve_refuses_resamples_of_other_rows(data):
    x, y, yerr, size = data
    frame = pd.DataFrame({"temperature": x, "accuracy": 1 - y, "error": yerr, "size": size})
    with pytest.raises(ValueError, match=r"the 12 measurements .* \(23, 9\)"):
        DataCollapse().fit_curve(frame, np.zeros((23, 9)))


def test_summary_lists_what_was_fitted_and_what_was_given(data, expected):
    summary = expected.summary()
    assert summary.index.tolist() == ["critical_temperature", "nu", "theta"]
    assert summary.columns.tolist() == ["estimate", "std", "lower", "upper", "fitted"]
    assert summary["fitted"].tolist() == [True, False, False]
    assert summary.loc["theta"].tolist() == [THETA, 0, THETA, THETA, False]
    row = summary.loc["critical_temperature"]
    assert row["estimate"] == expected.critical_temperature_
    assert row["std"] == expected.critical_temperature_std_
    assert (row["lower"], row["upper"]) == expected.critical_temperature_interval_
    corrected = clone(COLLAPSE).set_params(correction_exponent=1).fit(*data).summary()
    assert corrected.loc["correction", "fitted"]
    assert corrected.loc["correction", "std"] > 0


def test_print_shows_the_results_and_repr_the_parameters(expected):
    assert repr(expected) == repr(COLLAPSE) == str(COLLAPSE)
    text = str(expected)
    assert text.startswith(repr(COLLAPSE))
    assert f"{expected.critical_temperature_:.5g}" in text
    assert f"quality {expected.quality_:.3g}" in text
    assert "12 measurements of 2 sizes; 0.95 confidence intervals" in text


def test_summary_needs_a_fit():
    with pytest.raises(NotFittedError):
        DataCollapse().summary()
