"""Windows of accuracy curves whose crossings are known.

Every seed is fixed.
"""

import numpy as np
import pandas as pd
import pytest
from scaled_curves import TC

from skising.scaling import PowerLaw, temperature_window


def dip(block_size, T, width=1.2):
    """Return the accuracy 1 - exp(-|T - Tc| l / width) / 2."""
    return 1 - 0.5 * np.exp(-np.abs(T - TC) * block_size / width)


def dip_frame(block_size=8, n=41, error=0.005, span=0.5, n_blocks=1):
    T = TC + np.linspace(-span, span, n)
    columns = {"block_size": block_size, "n_blocks": n_blocks, "temperature": T}
    return pd.DataFrame({**columns, "accuracy": dip(block_size, T), "error": error})


@pytest.mark.parametrize("threshold", [0.6, 0.85, 0.95])
def test_window_of_a_known_curve(threshold):
    curve = pd.concat([dip_frame(8), dip_frame(16), dip_frame(8, n_blocks=4)])
    curve = curve.sample(frac=1, random_state=0)
    window = temperature_window(curve, threshold, n_resamples=50, random_state=0)
    assert window["block_size"].tolist() == [8, 8, 16]
    assert window["n_blocks"].tolist() == [1, 4, 1]
    half = -1.2 / window["block_size"] * np.log(2 * (1 - threshold))
    np.testing.assert_allclose(window["T_minus"], TC - half, atol=1e-3)
    np.testing.assert_allclose(window["T_plus"], TC + half, atol=1e-3)
    np.testing.assert_allclose(window["width"], window["T_plus"] - window["T_minus"])


def test_width_is_inverse_to_block_size():
    curve = pd.concat([dip_frame(size, n=201, span=8 / size) for size in (8, 16, 32, 64)])
    window = temperature_window(curve, random_state=0)
    fit = PowerLaw().fit(window["block_size"], window["width"], window["width_error"])
    assert fit.exponent_ == pytest.approx(-1, abs=1e-3)


@pytest.mark.slow
def test_errors_agree_with_the_scatter_of_repeated_measurements():
    exact, rng = dip_frame(error=0.01, n=21), np.random.default_rng(0)
    windows = []
    for seed in range(60):
        noisy = exact.assign(accuracy=rng.normal(exact["accuracy"], exact["error"]))
        windows.append(temperature_window(noisy, n_resamples=30, random_state=seed))
    windows = pd.concat(windows)
    for name in ("T_minus", "T_plus", "width"):
        scatter, error = windows[name].std(), np.sqrt((windows[f"{name}_error"] ** 2).mean())
        # The scatter of 60 windows has a relative standard deviation of 9 %.
        assert 0.7 < error / scatter < 1.45


def test_plateau_on_the_threshold():
    T = np.linspace(2, 2.6, 7)
    accuracy = np.array([1.0, 0.75, 0.75, 0.5, 0.6, 0.9, 1.0])
    curve = pd.DataFrame({"block_size": 8, "n_blocks": 1, "temperature": T, "error": 0.01})
    window = temperature_window(curve.assign(accuracy=accuracy), 0.75, random_state=0)
    assert 2.1 <= window["T_minus"][0] <= 2.2


@pytest.mark.parametrize(
    ("rows", "nan", "message"),
    [
        (slice(15, None), "T_minus", r"block_size 8, n_blocks 1: .* below the minimum.*T_minus is"),
        (slice(None, 25), "T_plus", r"block_size 8, n_blocks 1: .* above the minimum.*T_plus is"),
    ],
)
def test_curve_that_crosses_the_threshold_on_one_side_only(rows, nan, message):
    with pytest.warns(UserWarning, match=message) as caught:
        window = temperature_window(dip_frame().iloc[rows], random_state=0)
    assert len(caught) == 1
    finite = window.notna().iloc[0]
    expected = {"block_size", "n_blocks", "T_minus", "T_plus", "width"}
    expected |= {"T_minus_error", "T_plus_error", "width_error"}
    assert set(finite.index[finite]) == expected - {nan, f"{nan}_error", "width", "width_error"}


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_number_of_blocks_is_a_curve(missing):
    curve = pd.concat([dip_frame(8, n_blocks=missing), dip_frame(8, n_blocks=4)])
    window = temperature_window(curve, n_resamples=50, random_state=0)
    assert window["n_blocks"].isna().tolist() == [False, True]
    half = -1.2 / 8 * np.log(2 * 0.15)
    np.testing.assert_allclose(window["width"], 2 * half, atol=2e-3)
    alone = temperature_window(dip_frame(8, n_blocks=missing), n_resamples=50, random_state=0)
    assert len(alone) == 1
    assert alone["width"][0] == pytest.approx(2 * half, abs=2e-3)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.sample(frac=1, random_state=0),
        lambda c: c.astype(object),
        lambda c: c.convert_dtypes(),
        lambda c: c.set_index("temperature", drop=False),
        lambda c: c.set_index(pd.CategoricalIndex(["a"] * len(c))),
        lambda c: c.assign(block_size=pd.Categorical(c["block_size"], categories=[8, 16])),
        lambda c: c.assign(block_size="8"),
    ],
)
def test_window_depends_on_the_values_alone(change):
    window = temperature_window(dip_frame(), n_resamples=20, random_state=0)
    other = temperature_window(change(dip_frame()), n_resamples=20, random_state=0)
    assert len(other) == 1
    assert other.iloc[0, 2:].tolist() == window.iloc[0, 2:].tolist()


def test_an_end_that_few_resampled_curves_have_is_named():
    curve = dip_frame(span=0.18, error=0.02)
    with pytest.warns(
        UserWarning, match=r"only \d+ of 200 .*T_(minus|plus)_error is too"
    ) as caught:
        temperature_window(curve, 0.849, random_state=0)
    assert len(caught) == 2


def test_threshold_may_be_a_numpy_number():
    expected = temperature_window(dip_frame(), 0.75, n_resamples=20, random_state=0)
    window = temperature_window(
        dip_frame(), np.float32(0.75), n_resamples=np.int64(20), random_state=0
    )
    pd.testing.assert_frame_equal(window, expected)


def test_curve_that_is_always_above_the_threshold():
    curve = dip_frame().query("accuracy > 0.9")
    with pytest.warns(UserWarning, match="never falls below it"):
        window = temperature_window(curve, random_state=0)
    assert window[["T_minus", "T_plus", "width", "width_error"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda c: c.drop(columns="error"), ValueError, r"curve lacks the column\(s\) error"),
        (lambda c: c.to_numpy(), TypeError, "curve must be a DataFrame .* got ndarray"),
        (lambda c: pd.concat([c, c[:1]]), ValueError, "twice for block_size 8, n_blocks 1"),
        (lambda c: c.assign(error=0.0), ValueError, "error must be > 0; got 0 at index 0"),
        (lambda c: c.assign(accuracy=np.nan), ValueError, "accuracy must be finite"),
        (lambda c: c.assign(block_size=np.nan), ValueError, "block_size must be finite; got nan"),
        (lambda c: c.assign(block_size=-8), ValueError, "block_size must be > 0; got -8"),
        (lambda c: c.assign(n_blocks=0), ValueError, "n_blocks must be > 0; got 0"),
        (lambda c: c.assign(n_blocks="all"), TypeError, "n_blocks must hold numbers"),
        (
            lambda c: c.assign(accuracy=c["accuracy"].astype("Float64").where(c["accuracy"] > 0.6)),
            ValueError,
            "accuracy must be finite; got nan",
        ),
        (lambda c: c[:0], ValueError, "curve has no rows"),
    ],
)
def test_temperature_window_refuses_curves(change, error, message):
    with pytest.raises(error, match=message):
        temperature_window(change(dip_frame()))


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"threshold": 1}, ValueError, "threshold must be a number between 0 and 1; got 1"),
        ({"threshold": "low"}, TypeError, "threshold must be a number > 0; got 'low'"),
        ({"n_resamples": 1}, ValueError, "n_resamples must be an integer >= 2; got 1"),
    ],
)
def test_temperature_window_refuses_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        temperature_window(dip_frame(), **parameters)
