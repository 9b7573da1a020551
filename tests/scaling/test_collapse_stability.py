"""Tables of a collapse over the range of x and the smallest size.

Every seed is fixed.
"""

import numpy as np
import pandas as pd
import pytest
from scaled_curves import TC, THETA, counted_curves, smooth_curve
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skising.scaling import DataCollapse, collapse_stability


@pytest.fixture(scope="module")
def collapse():
    data = counted_curves(0, n_temperatures=13)
    return DataCollapse(theta=THETA, n_resamples=5, random_state=0).fit(*data)


@pytest.mark.slow
def test_rows_are_the_fits_of_parts_of_the_data(collapse):
    stability = collapse_stability(collapse, distances=[0.2, 1], smallest_sizes=[16, 8])
    assert stability.columns.tolist() == [
        *("smallest_size", "distance", "count", "critical_temperature", "critical_temperature_std"),
        *("nu", "nu_std", "quality", "p_value"),
    ]
    assert stability["smallest_size"].tolist() == [8, 8, 16, 16]
    assert stability["distance"].tolist() == [1, 0.2, 1, 0.2]
    for row in stability.itertuples():
        data = collapse.data_
        kept = data[
            (data["size"] >= row.smallest_size)
            & ((data["x"] - collapse.critical_temperature_).abs() <= row.distance)
        ]
        fit = clone(collapse).fit(kept["x"], kept["y"], kept["yerr"], kept["size"])
        assert row.count == len(kept)
        assert (row.nu, row.nu_std, row.quality) == (fit.nu_, fit.nu_std_, fit.quality_)
        assert row.p_value == fit.p_value_


def test_resamples_of_the_fit_are_used():
    x, y, yerr, size = counted_curves(1, n_temperatures=8)
    noise = np.random.default_rng(1).normal(size=(len(y), 6)) * yerr[:, np.newaxis]
    fit = DataCollapse(nu=1, theta=THETA, n_resamples=99, random_state=0)
    fit.fit(x, y, yerr, size, resamples=y[:, np.newaxis] + noise)
    table = collapse_stability(fit, distances=1, smallest_sizes=16)
    kept = size >= 16
    arguments = x[kept], y[kept], yerr[kept], size[kept]
    other = clone(fit).fit(*arguments, resamples=(y[:, np.newaxis] + noise)[kept])
    assert table["critical_temperature_std"].tolist() == [other.critical_temperature_std_]


def test_default_ranges_and_sizes():
    x, y, yerr, size = counted_curves(0, sizes=(8, 16, 32), n_temperatures=9)
    fit = DataCollapse(nu=1.0, n_resamples=2, random_state=0).fit(x, y, yerr, size)
    table = collapse_stability(fit)
    largest = np.abs(x - fit.critical_temperature_).max()
    np.testing.assert_allclose(table["distance"].max(), largest)
    assert table["smallest_size"].unique().tolist() == [8, 16]
    assert (table["count"] >= 12).all()
    assert (np.diff(table["distance"][table["smallest_size"] == 8]) < 0).all()
    assert (table.loc[0, "theta"], table.loc[0, "quality"]) == (fit.theta_, fit.quality_)


@pytest.mark.slow
def test_a_drift_shows_a_bias_that_the_quality_hides():
    x, _, _, size = counted_curves(0, n_temperatures=13)
    exact = (1 + 0.8 / size) * size**-THETA * smooth_curve((x - TC) * size)
    yerr = 0.02 * exact
    y = np.random.default_rng(1).normal(exact, yerr)
    fit = DataCollapse(critical_temperature=TC, nu=1, n_resamples=30, random_state=0)
    table = collapse_stability(fit.fit(x, y, yerr, size), distances=[0.5])
    pulls = (table["theta"] - THETA) / table["theta_std"]
    assert table["smallest_size"].tolist() == [8, 16, 32]
    assert table["quality"][0] < 1.4
    assert pulls[0] > 4
    assert (table["theta"][1:] < table["theta"][0]).all()
    assert pulls[2] < 3


@pytest.mark.slow
def test_fits_without_a_critical_temperature_inside_are_nan_with_a_warning():
    x, y, yerr, size = counted_curves(4, n_temperatures=17)
    fit = DataCollapse(nu=1, n_resamples=2, random_state=0).fit(x, y, yerr, size)
    # Without the rows above it, the critical temperature is at the end of the range.
    fit.data_ = fit.data_[fit.data_["x"] > 2.28]
    with pytest.warns(UserWarning, match=r"1 of 1 fits have their critical .* distance 0\.4"):
        table = collapse_stability(fit, distances=0.4, smallest_sizes=9)
    assert table[["theta", "theta_std", "quality", "p_value"]].isna().all(axis=None)
    assert table["count"].tolist() == [24]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"distances": [0]}, ValueError, "distances must be a finite number > 0; got 0"),
        ({"distances": []}, ValueError, "distances is empty: give at least one number, or None"),
        ({"smallest_sizes": ["8"]}, TypeError, "smallest_sizes must be a number > 0; got '8'"),
        ({"distances": [1e-3]}, ValueError, r"must leave 12 measurements of 2 sizes; got .*0\.001"),
        ({"smallest_sizes": [64]}, ValueError, r"and smallest_sizes \[64\.0\], which leave fewer"),
    ],
)
def test_stability_refuses(collapse, arguments, error, message):
    with pytest.raises(error, match=message):
        collapse_stability(collapse, **arguments)


def test_stability_needs_a_fitted_collapse():
    with pytest.raises(NotFittedError):
        collapse_stability(DataCollapse())
    with pytest.raises(TypeError, match="collapse must be a fitted DataCollapse; got Empty"):
        collapse_stability(pd.DataFrame())
