"""Crossings of synthetic curves with a known truth, and of Binder cumulants.

Every seed is fixed. `benchmarks/check_crossing.py` measures the pulls of 100 sets for each of many
kinds of curves.
"""

import numpy as np
import pandas as pd
import pytest

from skising import exact, make_ising
from skising.scaling import crossing, observable_curve

TC = exact.CRITICAL_TEMPERATURE


def binder_like(z):
    return (2 / 3) / (1 + np.exp(0.45 * z - 2.3))


def probability_like(z):
    return 1 / (1 + np.exp(-0.55 * z))


def curves(function, seed=0, sizes=(8, 16, 32), low=2.07, high=2.49, n=9, noise=0.003, shift=0.0):
    """Return curves that cross at TC + shift size^(-2), with noise as of counts."""
    rng, parts = np.random.default_rng(seed), []
    for k, size in enumerate(sizes):
        T = np.linspace(low, high, n) + 0.001 * k
        exact_value = function((T - TC) * size + 2 * shift / size)
        error = noise * (0.02 + 4 * exact_value * (1 - exact_value))
        value = exact_value + rng.normal(scale=error)
        parts.append(pd.DataFrame({"size": size, "temperature": T, "value": value, "error": error}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.slow
@pytest.mark.parametrize("function", [binder_like, probability_like])
@pytest.mark.parametrize("grid", [{}, {"low": 1.3, "high": 3.3, "n": 33}])
def test_pulls_are_those_of_normal_numbers(function, grid):
    """40 pulls scatter by 11 % about 1; model averages make the errors up to 30 % too large."""
    pulls = []
    for seed in range(20):
        curve = curves(function, seed, noise=0.002, **grid)
        pairs = crossing(curve, random_state=0, n_resamples=60).pairs
        pulls.append((pairs["temperature"] - TC) / pairs["error"])
    pulls = np.array(pulls)
    assert 0.55 < pulls.std() < 1.35
    assert abs(pulls.mean()) < 0.5
    assert np.abs(pulls).max() < 4.5


def test_value_and_rows_of_the_pairs():
    curve = curves(probability_like, noise=0.001)
    result = crossing(curve.sample(frac=1, random_state=0), random_state=0)
    pairs = result.pairs
    assert pairs[["size_1", "size_2"]].to_numpy().tolist() == [[8, 16], [16, 32]]
    np.testing.assert_array_less(np.abs(pairs["value"] - 0.5), 4 * pairs["value_error"])
    assert (result.temperature, result.error) == tuple(pairs.iloc[-1][["temperature", "error"]])
    assert np.isnan(result.p_value)


def test_columns_by_name():
    curve = curves(probability_like)
    expected = crossing(curve, random_state=0)
    curve = curve.rename(columns={"size": "block_size", "value": "probability"})
    found = crossing(curve, value="probability", size="block_size", random_state=0)
    pd.testing.assert_frame_equal(found.pairs, expected.pairs)


def test_errors_follow_from_the_resamples():
    # Noise that all sizes have in common moves the common value, and hardly the crossing.
    curve = curves(probability_like, noise=0.004)
    rng = np.random.default_rng(1)
    independent = curve["value"].to_numpy()[:, np.newaxis] + rng.normal(
        scale=curve["error"].to_numpy()[:, np.newaxis], size=(len(curve), 200)
    )
    common = curve["value"].to_numpy()[:, np.newaxis] + 0.02 * rng.normal(size=200)
    by_noise = crossing(curve, random_state=0)
    by_resamples = crossing(curve, independent, random_state=0)
    in_common = crossing(curve, common, random_state=0)
    assert by_resamples.error == pytest.approx(by_noise.error, rel=0.25)
    # The rest is the scatter between fits.
    assert in_common.error < 0.8 * by_noise.error
    assert in_common.pairs["value_error"].iloc[0] > 0.015


@pytest.mark.slow
def test_extrapolation_to_infinite_size():
    """z of 12 sets; the crossings of the smallest pair are 5 errors off. Fails with 1e-4."""
    sizes, z, smallest = (8, 16, 32, 64), [], []
    for seed in range(12):
        curve = curves(
            probability_like, seed, sizes, low=TC - 0.09, high=TC + 0.05, noise=2e-4, shift=1.0
        )
        result = crossing(curve, exponent=2.0, random_state=0, n_resamples=60)
        assert 0 < result.p_value <= 1
        z.append((result.temperature - TC) / result.error)
        first = result.pairs.iloc[0]
        smallest.append((first["temperature"] - TC) / first["error"])
    assert np.abs(np.mean(smallest)) > 5
    assert np.abs(np.mean(z)) < 4 / np.sqrt(12)
    assert 0.3 < np.std(z) < 1.8


def test_binder_cumulants_cross_at_the_critical_temperature():
    """The deviation at these sizes is well below the error; fails with probability 6e-5."""
    T = np.linspace(2.15, 2.4, 6)
    data = {L: make_ising(6 * 640, L, T, random_state=0) for L in (8, 24)}
    curve, resamples = observable_curve(
        "binder_cumulant",
        {L: ising.magnetization for L, ising in data.items()},
        {L: ising.temperature for L, ising in data.items()},
        groups={L: ising.chain for L, ising in data.items()},
        n_resamples=200,
        random_state=0,
    )
    result = crossing(curve, resamples, random_state=0)
    assert result.error < 0.02
    assert abs(result.temperature - TC) < 4 * result.error
    assert abs(result.pairs["value"][0] - 0.6107) < 4 * result.pairs["value_error"][0]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        (
            {"low": 2.3, "high": 2.6},
            r"sizes 8 and 16 is NaN: the larger size is nowhere significantly above.*Add temp",
        ),
        (
            {"low": 1.9, "high": 2.24},
            "sizes 8 and 16 is NaN: the larger size is nowhere significantly below",
        ),
        ({"noise": 0.5}, "sizes 8 and 16 is NaN: the larger size is nowhere significantly"),
        ({"n": 3}, r"they have \d temperature\(s\) in common. Give at least 4"),
    ],
)
def test_curves_that_do_not_cross_are_nan_with_the_reason(kwargs, message):
    with pytest.warns(UserWarning, match=message) as record:
        result = crossing(curves(binder_like, sizes=(8, 16), **kwargs), random_state=0)
    assert record[0].filename == __file__
    assert np.isnan([result.temperature, result.error]).all()
    assert result.pairs[["temperature", "error", "value", "value_error"]].isna().all(axis=None)


def test_flat_curves_that_cross_by_noise_have_no_crossing():
    # A false crossing of 100 pairs: each has a probability of about 1e-4.
    T = np.linspace(2, 3, 20)
    for seed in range(100):
        value = np.random.default_rng(seed).normal(scale=0.1, size=40)
        curve = pd.DataFrame(
            {"size": np.repeat([8, 16], 20), "temperature": np.tile(T, 2), "value": value}
        )
        with pytest.warns(UserWarning, match="nowhere significantly"):
            crossing(curve.assign(error=0.1), random_state=0, n_resamples=2)


def test_several_crossings_are_named():
    T = np.linspace(2, 3, 30)
    parts = [
        pd.DataFrame({"size": L, "temperature": T, "value": L * np.sin(8 * (T - 2.1))})
        for L in (8, 16)
    ]
    curve = pd.concat(parts, ignore_index=True).assign(error=0.1)
    with pytest.warns(UserWarning, match=r"they cross 3 times, near 2.086, 2.5, 2.879. Leave"):
        crossing(curve, random_state=0)
    single = curve[curve["temperature"] < 2.3]
    assert crossing(single, random_state=0).temperature == pytest.approx(2.1, abs=0.005)


def test_an_extrapolation_without_enough_pairs_is_nan():
    curve = curves(binder_like, sizes=(8, 16, 32, 64), noise=0.001)
    curve.loc[curve["size"] == 64, "temperature"] += 5
    with pytest.warns(UserWarning, match="crossing") as record:
        result = crossing(curve, exponent=2, random_state=0)
    messages = [str(warning.message) for warning in record]
    assert "sizes 32 and 64 is NaN: they have 0 temperature(s) in common" in messages[0]
    assert "needs 3 pairs that cross, and there are 2" in messages[1]
    assert np.isnan(result.temperature)
    assert result.pairs["temperature"].notna().tolist() == [True, True, False]


CURVE = curves(binder_like)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"curve": [1]}, TypeError, "curve must be a DataFrame"),
        ({"value": "U"}, ValueError, r"curve lacks the column\(s\) U.* size, temper[^.]*error\.$"),
        (
            {"curve": CURVE.rename(columns={"value": "probability", "size": "block_size"})},
            ValueError,
            r'lacks .* size, value.*\. For order_curve pass value="probability", size="block_size"',
        ),
        ({"curve": CURVE.assign(error=0.0)}, ValueError, "error must be > 0; got 0 at index 0"),
        ({"curve": CURVE.assign(value=np.nan)}, ValueError, "value must be finite; got nan"),
        ({"curve": CURVE[CURVE["size"] == 8]}, ValueError, "at least two sizes.*got only 8"),
        (
            {"curve": pd.concat([CURVE, CURVE[:1]])},
            ValueError,
            "curve holds the temperature 2.07 twice for size 8",
        ),
        ({"exponent": 2.0}, ValueError, "exponent needs at least 4 sizes.*got 3. Leave"),
        ({"exponent": -1}, ValueError, "exponent must be a finite number > 0; got -1"),
        ({"n_resamples": 1}, ValueError, "n_resamples must be an integer >= 2; got 1"),
        ({"resamples": np.ones((3, 5))}, ValueError, r"resamples must have shape.*\(3, 5\)"),
    ],
)
def test_crossing_refuses(changes, error, message):
    with pytest.raises(error, match=message):
        crossing(**({"curve": CURVE} | changes))
