"""Curves of observables against the functions for one temperature, and against known errors.

Every seed is fixed; the failure probabilities of the statistical tests are stated there.
"""

import numpy as np
import pandas as pd
import pytest
import zarr
from scipy.signal import lfilter

from skising import exact, make_ising, make_potts
from skising.observables import (
    binder_cumulant,
    correlation_length,
    specific_heat,
    susceptibility,
)
from skising.scaling import observable_curve

TC = exact.CRITICAL_TEMPERATURE
DATA = {L: make_ising(192, L, [2.2, 2.6], random_state=L) for L in (8, 12)}
X, T, GROUPS, ENERGY, M = (
    {L: ising[name] for L, ising in DATA.items()}
    for name in ("data", "temperature", "chain", "energy", "magnetization")
)


def ar1(n_chains, n_steps, phi, seed):
    """Return stationary chains of variance 1 whose rho(t) is phi^t."""
    noise = np.random.default_rng(seed).normal(size=(n_chains, n_steps)) * np.sqrt(1 - phi**2)
    noise[:, 0] /= np.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], noise)


@pytest.mark.parametrize(
    ("name", "series", "function"),
    [
        ("specific_heat", ENERGY, specific_heat),
        ("susceptibility", M, susceptibility),
        (
            "unconnected_susceptibility",
            M,
            lambda *args, **kwargs: susceptibility(*args, connected=False, **kwargs),
        ),
    ],
)
def test_curves_are_the_functions_at_each_temperature(name, series, function):
    curve = observable_curve(name, X, T, groups=GROUPS)
    assert curve.columns.tolist() == ["size", "temperature", "value", "error", "count"]
    for row in curve.itertuples():
        here = T[row.size] == row.temperature
        expected = function(
            series[row.size][here], row.temperature, row.size, groups=GROUPS[row.size][here]
        )
        np.testing.assert_allclose((row.value, row.error), expected, rtol=1e-9)
    assert curve["size"].tolist() == [8, 8, 12, 12]
    assert curve["count"].tolist() == [96] * 4


@pytest.mark.parametrize(
    ("name", "of_series"),
    [
        ("energy_density", lambda e: e),
        ("magnetization", lambda m: m),
        ("absolute_magnetization", np.abs),
    ],
)
def test_means_have_the_standard_error_of_the_mean(name, of_series):
    series = {L: v[::2][:40] for L, v in (ENERGY if name == "energy_density" else M).items()}
    curve = observable_curve(name, series, {L: np.full(40, 2.0) for L in series})
    for row in curve.itertuples():
        values = of_series(series[row.size])
        assert row.value == pytest.approx(values.mean(), abs=1e-12)
        assert row.error == pytest.approx(values.std(ddof=1) / np.sqrt(40))


def test_binder_cumulant_of_copies_in_one_group_is_the_plain_one():
    curve = observable_curve("binder_cumulant", M, T, groups=GROUPS)
    for row in curve.itertuples():
        here = T[row.size] == row.temperature
        plain = binder_cumulant(M[row.size][here])
        # The jackknife removes a bias of order 1 / n, which is below the error.
        assert abs(row.value - plain) < row.error
        assert row.value != plain


def test_correlation_length_ratio():
    ising = make_ising(640, 24, [2.4], random_state=0)
    curve = observable_curve("correlation_length_ratio", ising.data, ising.temperature)
    with pytest.warns(UserWarning, match="more than a tenth of the side"):
        xi, error = correlation_length(ising.data, method="second-moment", connected=False)
    assert curve["value"][0] == pytest.approx(xi / 24, rel=0.01)
    assert curve["error"][0] == pytest.approx(error / 24, rel=0.05)


def test_correlation_length_ratio_at_the_critical_temperature():
    # 0.90505 for infinite size (Salas and Sokal); fails with probability 6e-5.
    ising = make_ising(2560, 32, [TC], random_state=0)
    curve = observable_curve("correlation_length_ratio", [ising.data], [ising.temperature])
    assert curve["error"][0] < 0.02
    assert abs(curve["value"][0] - 0.9050488292) < 4 * curve["error"][0]


def test_all_kinds_of_input_give_the_same(tmp_path):
    expected = observable_curve("specific_heat", X, T, groups=GROUPS)
    np.save(tmp_path / "X.npy", X[8])
    kinds = {
        "list": [X[8], X[12]],
        "stores": [np.load(tmp_path / "X.npy", mmap_mode="r"), zarr.array(X[12])],
        "floats": [X[8] * 1.0, X[12].tolist()],
    }
    for lattices in kinds.values():
        found = observable_curve(
            "specific_heat", lattices, list(T.values()), groups=list(GROUPS.values())
        )
        pd.testing.assert_frame_equal(found, expected)
    series = {L: ENERGY[L].tolist() for L in ENERGY}
    found = observable_curve("specific_heat", series, T, groups=GROUPS)
    pd.testing.assert_frame_equal(found, expected)
    one = observable_curve("specific_heat", X[12], T[12], groups=GROUPS[12])
    pd.testing.assert_frame_equal(one, expected[2:].reset_index(drop=True))


def test_functions_of_lattices_and_of_series():
    expected = observable_curve("unconnected_susceptibility", X, T, groups=GROUPS)
    factor = expected["size"] ** 2 / expected["temperature"]
    functions = {
        "of each lattice": (lambda x: x.mean(axis=(1, 2)) ** 2, X),
        "of each of a series": (lambda m: m**2, M),
        "of all lattices": (lambda x: np.mean(x.mean(axis=(1, 2)) ** 2), X),
        "of all columns": (
            lambda s: np.mean(s[:, 1] ** 2),
            {L: np.c_[ENERGY[L], M[L]] for L in M},
        ),
    }
    for function, data in functions.values():
        found, resamples = observable_curve(
            function, data, T, groups=GROUPS, n_resamples=50, random_state=0
        )
        np.testing.assert_allclose(found["value"] * factor, expected["value"], rtol=1e-9)
        np.testing.assert_allclose(found["error"] * factor, expected["error"], rtol=1e-9)
        assert resamples.shape == (4, 50)
    named = observable_curve(
        "unconnected_susceptibility", X, T, groups=GROUPS, n_resamples=50, random_state=0
    )[1]
    np.testing.assert_allclose(resamples * factor.to_numpy()[:, np.newaxis], named, rtol=1e-9)


def test_lattices_of_other_spins_by_a_function_or_a_series():
    potts = make_potts(64, 8, temperatures=[0.9, 1.1], n_states=3, random_state=0)
    series = {8: potts.order_parameter}
    curve = observable_curve("absolute_magnetization", series, {8: potts.temperature})
    by_lattices = observable_curve(
        lambda x: (x == 0).mean(axis=(1, 2)), potts.data, potts.temperature
    )
    assert curve["value"].is_monotonic_decreasing
    assert by_lattices["value"].between(0, 1).all()


@pytest.mark.parametrize(
    ("phi", "n_chains", "cut"),
    [pytest.param(0.0, 200, 1, marks=pytest.mark.slow), (0.8, 12, 1), (0.8, 1, 25)],
)
def test_errors_of_correlated_chains_are_right(phi, n_chains, cut):
    """AR(1) chains, m^2 of which has the mean 1 and tau (1 + phi^2) / (1 - phi^2) / 2 = 2.3.

    500 sets give the scatter to 3.2 %; errors without groups are 47 % of it for phi = 0.8.
    """
    n_steps, values, errors = 2400 // n_chains, [], []
    groups = np.repeat(np.arange(n_chains * cut), n_steps // cut)
    for seed in range(500):
        series = {1: ar1(n_chains, n_steps, phi, seed).ravel()}
        curve = observable_curve(
            "unconnected_susceptibility", series, {1: np.ones(2400)}, groups={1: groups}
        )
        values.append(curve["value"][0])
        errors.append(curve["error"][0])
    values, errors = np.array(values), np.array(errors)
    assert np.sqrt(np.mean(errors**2)) / values.std() == pytest.approx(1, abs=0.13)
    assert abs(values.mean() - 1) < 4 * values.std() / np.sqrt(500)
    # P(|t| < 1) is 66.1 % for 12 groups and 68 % for many; 500 sets scatter by 2.1 %.
    assert np.mean(np.abs(values - 1) < errors) == pytest.approx(0.67, abs=0.09)


@pytest.mark.parametrize("n_chains", [3, 6, 80])
def test_resamples_have_the_value_as_their_mean_and_the_error_as_their_scatter(n_chains):
    m = ar1(n_chains, 40, 0.6, 1).ravel() * 0.3
    groups = {8: np.repeat(np.arange(n_chains), 40)}
    curve, resamples = observable_curve(
        "susceptibility",
        {8: m},
        {8: np.full(m.size, 2.0)},
        groups=groups,
        n_resamples=6000,
        random_state=0,
    )
    assert resamples.mean() == pytest.approx(curve["value"][0], rel=1e-12)
    assert resamples.std() == pytest.approx(curve["error"][0], rel=0.08)


def test_bins_take_different_temperatures_together():
    rng = np.random.default_rng(0)
    temperatures, m = np.linspace(2.0, 2.4, 40), rng.normal(size=40)
    curve = observable_curve("susceptibility", {8: m}, {8: temperatures}, bins=[2, 2.2, 2.4])
    assert curve["count"].tolist() == [20, 20]
    value, error = susceptibility(m[:20], temperatures[:20].mean(), 8)
    np.testing.assert_allclose(curve.loc[0, ["value", "error"]].astype(float), (value, error))


def test_what_is_undefined_is_nan_with_a_warning():
    message = r"binder_cumulant is NaN at 1 temperature\(s\), the first is temperature 2 of size 8"
    with pytest.warns(UserWarning, match=message) as record:
        curve, resamples = observable_curve(
            "binder_cumulant",
            {8: np.r_[np.zeros(4), 0.1, 0.2]},
            {8: [2.0] * 4 + [2.5] * 2},
            n_resamples=3,
            random_state=0,
        )
    assert record[0].filename == __file__
    assert curve["value"].isna().tolist() == [True, False]
    assert np.isnan(resamples).all(axis=1).tolist() == [True, False]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"observable": "chi"}, ValueError, "one of 'energy_density', .*a function.*got 'chi'"),
        ({"observable": None}, ValueError, "or a function of lattices; got None"),
        ({"X": M[8]}, ValueError, r"X holds a series.*got shape \(192,\).*\{16: series\}"),
        ({"X": {8: M[8]}}, ValueError, r"temperature must be a dict with the same keys.*\[8\]"),
        ({"X": [X[8]]}, ValueError, r"temperature must be a list of the same length.*1 size\(s\)"),
        ({"X": {}, "temperature": {}}, ValueError, "X is an empty dict"),
        (
            {"X": [X[8]], "temperature": [T[8]], "groups": GROUPS[8]},
            ValueError,
            "groups must be a list of the same length as X",
        ),
        ({"X": {16: X[8]}, "temperature": {16: T[8]}}, ValueError, "its key must be 8; got 16"),
        ({"X": {"8": M[8]}, "temperature": {"8": T[8]}}, TypeError, "A key of X.*must be an int"),
        ({"X": [X[8], X[8]], "temperature": [T[8]] * 2}, ValueError, r"each size once.*\[8, 8\]"),
        ({"X": X[8][:, :4]}, ValueError, r"square lattices.*got shape \(192, 4, 8\)"),
        ({"X": X[8][:9]}, ValueError, "X and temperature must have one row for each lattice.*9"),
        ({"temperature": np.arange(192) + 1.0}, ValueError, "has a single lattice.*give bins"),
        ({"groups": np.zeros(192)}, ValueError, "at least two groups"),
        ({"n_resamples": 1}, ValueError, "n_resamples must be an integer >= 2; got 1"),
        ({"X": X[8] * 2}, ValueError, r"\+1 or -1; got"),
        (
            {"observable": "correlation_length_ratio", "X": {8: M[8]}, "temperature": {8: T[8]}},
            ValueError,
            "X must hold lattices for observable='correlation_length_ratio'",
        ),
        (
            {"X": {8: np.c_[M[8], M[8]]}, "temperature": {8: T[8]}},
            ValueError,
            r"X must hold the magnetization of each lattice.*got shape \(192, 2\) for size 8",
        ),
        (
            {"observable": lambda x: x},
            ValueError,
            r"one number, or one for each of the 96 lattices.*got shape \(96, 8, 8\)",
        ),
        ({"observable": lambda x: "high"}, TypeError, r"observable\(X\) must hold numbers"),
    ],
)
def test_observable_curve_refuses(changes, error, message):
    arguments = {"observable": "binder_cumulant", "X": X[8], "temperature": T[8]}
    with pytest.raises(error, match=message):
        observable_curve(**(arguments | changes))
