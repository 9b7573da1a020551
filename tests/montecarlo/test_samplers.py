"""The samplers of all models: randomness, what fit has seen, pipelines, bad parameters."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skising import ClockSampler, IsingSampler, PottsSampler, make_clock, make_potts
from skising.exact import potts_critical_temperature
from skising.montecarlo._potts_algorithms import POTTS_ALGORITHMS


@pytest.fixture(params=[IsingSampler, PottsSampler, ClockSampler])
def Sampler(request):
    return request.param


def share_of_equal(X):
    """Return the share of sites of each lattice that equal their neighbour on the left.

    A site of the clock model counts by the cosine of half the angle to its neighbour.
    """
    if X.dtype == np.uint16:
        angle = 2 * np.pi / 65536 * (np.roll(X, 1, axis=2) - X)  # modulo 65536
        return np.abs(np.cos(angle / 2)).mean(axis=(1, 2))
    return (np.roll(X, 1, axis=2) == X).mean(axis=(1, 2))


def test_an_int_gives_the_same_lattices_and_an_instance_fresh_ones(Sampler):
    T = [2.0, 2.5, 2.5]
    repeated = Sampler(8, random_state=0)
    np.testing.assert_array_equal(repeated.transform(T), repeated.transform(T))
    fresh = Sampler(8, random_state=np.random.RandomState(0))
    first, second = fresh.transform(T), fresh.transform(T)
    assert not np.array_equal(first, second)
    again = Sampler(8, random_state=np.random.RandomState(0))
    np.testing.assert_array_equal(again.transform(T), first)
    np.testing.assert_array_equal(again.transform(T), second)
    unseeded = Sampler(8)
    assert not np.array_equal(unseeded.transform(T), unseeded.transform(T))


def test_fit_transform_is_fit_and_transform_without_the_warning(Sampler):
    T = [2.0, 2.5, 2.5]
    X = Sampler(8, random_state=0).fit_transform(T)
    sampler = Sampler(8, random_state=0).fit(T)
    np.testing.assert_array_equal(sampler.temperatures_, [2.0, 2.5])
    message = r"seen 2 of the 3 temperatures.*2\.5.*random_state=np\.random\.RandomState\(0\)"
    with pytest.warns(UserWarning, match=message) as record:
        leaked = sampler.transform([2.1, 2.5, 2.5])
    assert record[0].filename == __file__
    np.testing.assert_array_equal(leaked[1:], X[1:])


@pytest.mark.parametrize(
    ("random_state", "temperatures"),
    [(0, [2.1, 3.0]), (None, [2.0, 2.5]), (np.random.RandomState(0), [2.0, 2.5])],
)
def test_no_warning_where_nothing_leaks(Sampler, random_state, temperatures):
    sampler = Sampler(8, random_state=random_state).fit([2.0, 2.5])
    sampler.transform(temperatures)  # pytest turns warnings into errors


def test_the_sampler_works_in_a_pipeline(Sampler):
    equal = FunctionTransformer(lambda X: share_of_equal(X).reshape(-1, 1))
    pipeline = make_pipeline(Sampler(16, random_state=np.random.RandomState(0)), equal)
    T = np.array([[0.5], [3.6]])
    assert pipeline.fit_transform(T).shape == (2, 1)
    cold, hot = clone(pipeline).transform(T)
    assert cold > 0.95 > 0.8 > hot


def test_set_output_leaves_lattices_arrays(Sampler):
    T, expected = [2.0, 3.0], Sampler(8, random_state=0).fit_transform([2.0, 3.0])
    energies = FunctionTransformer(lambda X: pd.DataFrame({"equal": share_of_equal(X)}))
    pipeline = make_pipeline(Sampler(8, random_state=0), energies, StandardScaler())
    for kind in ("default", "pandas"):
        sampler = Sampler(8, random_state=0)
        assert sampler.set_output(transform=kind) is sampler
        np.testing.assert_array_equal(sampler.fit_transform(T), expected, strict=True)
        with config_context(transform_output=kind):
            np.testing.assert_array_equal(
                Sampler(8, random_state=0).fit_transform(T), expected, strict=True
            )
        scaled = pipeline.set_output(transform=kind).fit_transform(T)
        assert isinstance(scaled, pd.DataFrame) == (kind == "pandas")
        np.testing.assert_allclose(np.abs(scaled), 1)


@pytest.mark.parametrize("shape", [(), (2, 2), (2, 1, 1)])
def test_temperatures_of_a_wrong_shape_are_refused(Sampler, shape):
    message = r"X must have shape \(n,\) or \(n, 1\).*Reshape your data"
    for method in (Sampler(4).fit, Sampler(4).transform):
        with pytest.raises(ValueError, match=message):
            method(np.full(shape, 2.0))


# Potts alone


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
@pytest.mark.parametrize("start", ["auto", "disordered"])
def test_make_potts_and_the_sampler_give_the_same_lattices(algorithm, start):
    temperatures = [0.6, potts_critical_temperature(7)]
    parameters = {"n_states": 7, "algorithm": algorithm, "start": start, "random_state": 0}
    potts = make_potts(42, 8, temperatures, **parameters)
    X = PottsSampler(8, **parameters).transform(temperatures * 21)
    for first, temperature in enumerate(temperatures):
        rows = potts.temperature == temperature
        k = 4 * potts.frame[rows] + potts.chain[rows] - potts.chain[rows].min()
        np.testing.assert_array_equal(X[first::2][k], potts.data[rows])


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_states": 1}, ValueError, "n_states must be an integer >= 2 and <= 32768; got 1"),
        ({"start": "hot"}, ValueError, "start must be one of 'auto', .*; got 'hot'"),
        ({"algorithm": "metropolis"}, ValueError, "algorithm must be one of .*; got 'metropolis'"),
        ({"lattice_size": 1}, ValueError, "lattice_size must be an integer >= 2; got 1"),
        ({"thin": 0}, ValueError, "thin must be an integer >= 1; got 0"),
        (
            {"lattice_size": 10**9},
            MemoryError,
            "1 lattices of lattice_size=10{9} take .* make_potts",
        ),
    ],
)
def test_bad_parameters_of_the_potts_sampler_are_refused(parameters, error, message):
    sampler = PottsSampler(**parameters)
    for method in (sampler.transform, sampler.fit_transform):
        with pytest.raises(error, match=message):
            method([2.0])
    if error is not MemoryError:
        with pytest.raises(error, match=message):
            sampler.fit([2.0])


# Clock alone


def test_make_clock_and_the_sampler_give_the_same_lattices():
    temperatures, parameters = [0.6, 0.9], {"n_states": 7, "random_state": 0}
    clock = make_clock(42, 8, temperatures, **parameters)
    X = ClockSampler(8, **parameters).transform(temperatures * 21)
    assert X.dtype == np.uint16
    for first, temperature in enumerate(temperatures):
        rows = clock.temperature == temperature
        k = 4 * clock.frame[rows] + clock.chain[rows] - clock.chain[rows].min()
        np.testing.assert_array_equal(X[first::2][k], clock.data[rows])


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_states": 1}, ValueError, "n_states must be an integer >= 2 and <= 65536; got 1"),
        ({"algorithm": "metropolis"}, ValueError, "algorithm must be one of .*; got 'metropolis'"),
        ({"lattice_size": 65537}, ValueError, "lattice_size of at most 65536; got 65537"),
        ({"thin": 0}, ValueError, "thin must be an integer >= 1; got 0"),
    ],
)
def test_bad_parameters_of_the_clock_sampler_are_refused(parameters, error, message):
    sampler = ClockSampler(**parameters)
    for method in (sampler.fit, sampler.transform, sampler.fit_transform):
        with pytest.raises(error, match=message):
            method([2.0])


# All


@pytest.mark.parametrize("temperature", [0, -1, np.nan, np.inf])
def test_bad_temperatures_are_refused(Sampler, temperature):
    for method in (Sampler(4).fit, Sampler(4).transform, Sampler(4).fit_transform):
        with pytest.raises(ValueError, match=r"X .*finite and > 0.*got .* at index"):
            method([temperature])
