"""`make_ising` and `IsingSampler`: their results, what lattices depend on, and bad parameters."""

import joblib
import numpy as np
import pytest

from skising import IsingSampler, make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.montecarlo._algorithms import ALGORITHMS
from skising.observables import energy_density, magnetization

TC = CRITICAL_TEMPERATURE


# What a lattice depends on


def test_rows_are_ordered_by_temperature_as_given_chain_and_frame():
    ising = make_ising(23, 8, [3.0, 1.5], algorithm="swendsen-wang", random_state=0)
    np.testing.assert_array_equal(ising.temperature, [3.0] * 12 + [1.5] * 11)
    np.testing.assert_array_equal(
        ising.chain, [*np.repeat(range(4), 3), *np.repeat([4, 5, 6], 3), 7, 7]
    )
    np.testing.assert_array_equal(ising.frame, [*[0, 1, 2] * 7, 0, 1])
    np.testing.assert_array_equal(ising.energy, energy_density(ising.data))
    np.testing.assert_array_equal(ising.magnetization, magnetization(ising.data))
    assert ising.data.shape == (23, 8, 8)
    assert ising.data.dtype == np.int8
    assert ising.chain.dtype == ising.frame.dtype == np.int64


def test_targets_are_energy_or_phase():
    parameters = {"n_samples": 12, "temperatures": [2.2, TC, 2.3], "random_state": 0}
    energy, phase = (make_ising(**parameters, target=target) for target in ("energy", "phase"))
    np.testing.assert_array_equal(energy.target, energy.energy)
    assert energy.target.dtype == np.float64
    np.testing.assert_array_equal(phase.target, np.repeat([0, 1, 1], 4))
    assert phase.target.dtype == np.int64
    X, y = make_ising(**parameters, target="phase", return_X_y=True)
    np.testing.assert_array_equal(X, phase.data)
    np.testing.assert_array_equal(y, phase.target)


def test_temperatures_default_to_40_and_may_be_a_single_one():
    ising = make_ising(85, 4, random_state=0)
    temperatures, counts = np.unique(ising.temperature, return_counts=True)
    np.testing.assert_array_equal(temperatures, np.linspace(1.2, 3.6, 40))
    np.testing.assert_array_equal(counts, [3] * 5 + [2] * 35)
    np.testing.assert_array_equal(make_ising(2, 4, 2.0).temperature, [2.0, 2.0])


def test_a_temperature_given_twice_is_one_temperature():
    twice = make_ising(21, 8, [2.0, 3.0, 2.0], random_state=0)
    once = make_ising(14, 8, 2.0, random_state=0)
    np.testing.assert_array_equal(twice.temperature, [2.0] * 14 + [3.0] * 7)
    np.testing.assert_array_equal(twice.data[:14], once.data)
    np.testing.assert_array_equal(twice.chain[:14], once.chain)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_make_ising_and_the_sampler_give_the_same_lattices(algorithm):
    n_chains = ALGORITHMS[algorithm].n_chains_per_temperature
    ising = make_ising(202, 8, [2.0, 3.0], algorithm=algorithm, random_state=0)
    X = IsingSampler(8, algorithm=algorithm, random_state=0).transform([2.0, 3.0] * 101)
    for start, temperature in enumerate([2.0, 3.0]):
        rows = ising.temperature == temperature
        chain = ising.chain[rows] - ising.chain[rows].min()
        k = n_chains * ising.frame[rows] + chain
        np.testing.assert_array_equal(X[start::2][k], ising.data[rows])


@pytest.mark.parametrize("algorithm", ["auto", *ALGORITHMS])
def test_a_lattice_depends_on_no_other_temperature_and_no_later_lattice(algorithm):
    sampler = IsingSampler(12, algorithm=algorithm, random_state=0)
    alone = sampler.transform(np.full(9, 2.5))
    among = sampler.transform([1.5, 2.5, 2.5, 3.0] * 20)
    np.testing.assert_array_equal(among[np.sort([*range(1, 80, 4), *range(2, 80, 4)])][:9], alone)


@pytest.mark.parametrize(
    "changed",
    [
        *({"random_state": 1}, {"n_discard": 7}, {"thin": 3}, {"temperatures": 2.5000001}),
        *({"algorithm": "swendsen-wang"}, {"algorithm": "wolff"}),
    ],
)
def test_every_parameter_changes_the_lattices(changed):
    parameters = {"temperatures": 2.5, "random_state": 0, "n_discard": 8, "thin": 2}
    first = make_ising(140, 8, **parameters).data
    assert not np.array_equal(make_ising(140, 8, **(parameters | changed)).data, first)


def test_chains_start_ordered_below_the_critical_temperature_and_random_above():
    parameters = {"algorithm": "swendsen-wang", "n_discard": 0, "random_state": 0}
    ising = make_ising(8, 8, [1.5, 3.0], **parameters)
    assert (ising.data[:4] == 1).all()
    assert np.abs(ising.magnetization[4:]).max() < 0.6
    fine = make_ising(52, 8, 1.5, thin=1, **parameters)
    coarse = make_ising(20, 8, 1.5, thin=3, **parameters)
    np.testing.assert_array_equal(coarse.data, fine.data[fine.frame % 3 == 0])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_neither_n_jobs_nor_the_backend_changes_the_lattices(algorithm):
    parameters = {
        "n_samples": 160,
        "algorithm": algorithm,
        "lattice_size": 20,
        "temperatures": [2.0, 2.3],
        "random_state": 0,
    }
    expected = make_ising(**parameters).data
    for n_jobs in (1, 2, -1):
        np.testing.assert_array_equal(make_ising(**parameters, n_jobs=n_jobs).data, expected)
    for backend in ("threading", "loky"):
        with joblib.parallel_config(backend=backend, n_jobs=2):
            np.testing.assert_array_equal(make_ising(**parameters).data, expected)


# Numbers of numpy


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int64])
@pytest.mark.parametrize("suffix", [None, ".npy", ".zarr"])
def test_integers_of_numpy_are_those_of_python(dtype, suffix, tmp_path):
    parameters = {"n_samples": 8, "lattice_size": 100, "n_discard": 3, "thin": 2, "random_state": 1}
    expected = make_ising(**parameters, temperatures=2).data
    out = tmp_path / f"X{suffix}" if suffix else None
    same = {name: dtype(value) for name, value in parameters.items()}
    for _ in range(2):  # the second call only reads
        found = make_ising(**same, temperatures=np.float32(2), out=out, algorithm=np.str_("auto"))
        np.testing.assert_array_equal(found.data[:], expected)
    parameters.pop("n_samples")
    same.pop("n_samples")
    np.testing.assert_array_equal(
        IsingSampler(**same).transform([2.0]), IsingSampler(**parameters).transform([2.0])
    )


# Bad parameters

BAD_PARAMETERS = [
    ({"lattice_size": 1}, ValueError, "lattice_size must be an integer >= 2; got 1"),
    ({"lattice_size": 8.0}, TypeError, r"lattice_size must be an integer >= 2; got 8\.0"),
    ({"n_discard": -1}, ValueError, "n_discard must be an integer >= 0; got -1"),
    ({"n_discard": 1.5}, TypeError, "n_discard must be an integer >= 0; got 1.5"),
    ({"thin": 0}, ValueError, "thin must be an integer >= 1; got 0"),
    ({"n_jobs": 0}, ValueError, "n_jobs must be None, .*; got 0"),
    ({"n_jobs": "2"}, TypeError, "n_jobs must be None, .*; got '2' of type str"),
    ({"thin": "2"}, TypeError, "thin must be an integer >= 1; got '2'"),
    ({"algorithm": "wolf"}, ValueError, "algorithm must be one of 'auto', .*'wolff', .*; got"),
    (
        {"algorithm": "metropolis", "lattice_size": 9},
        ValueError,
        "'metropolis' .* even lattice_size of at least 4; got 9. Give algorithm='auto'",
    ),
    ({"algorithm": "metropolis", "lattice_size": 2}, ValueError, "at least 4; got 2"),
    (
        {"algorithm": "wolff", "lattice_size": 65537},
        ValueError,
        "'wolff' .* at most 65536; got 65537. Give algorithm='auto', which takes any size",
    ),
    *(
        (
            {"lattice_size": size},
            MemoryError,
            f"lattices of lattice_size={size} take .* GB of memory, .* Ask for fewer or .* out",
        )
        for size in (10**9, 10**10)
    ),
    (
        {"n_discard": 10**30},
        ValueError,
        "at temperature 2 .*more than 1e.12 sweeps each, with n_discard=10{30} and thin=None",
    ),
    ({"random_state": "no"}, ValueError, "random_state must be an integer from 0 to"),
]
BAD_TEMPERATURES = [
    (0, ValueError, "finite and > 0.*got 0.0 at index"),
    (-1, ValueError, "finite and > 0.*got -1.0 at index"),
    (np.nan, ValueError, "finite and > 0.*got nan at index"),
    (np.inf, ValueError, "finite and > 0.*got inf at index"),
    ("warm", TypeError, "must hold numbers"),
]


@pytest.mark.parametrize(("parameters", "error", "message"), BAD_PARAMETERS)
def test_bad_parameters_are_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        make_ising(4, temperatures=2.0, **parameters)
    with pytest.raises(error, match=message):
        IsingSampler(**parameters).transform([2.0])
    with pytest.raises(error, match=message):
        IsingSampler(**parameters).fit_transform([2.0])


@pytest.mark.parametrize(("temperature", "error", "message"), BAD_TEMPERATURES)
def test_bad_temperatures_are_refused(temperature, error, message):
    with pytest.raises(error, match="temperatures .*" + message):
        make_ising(4, 4, temperature)
    for method in (IsingSampler(4).fit, IsingSampler(4).transform, IsingSampler(4).fit_transform):
        with pytest.raises(error, match="X .*" + message):
            method([temperature])


@pytest.mark.parametrize("algorithm", ["auto", "swendsen-wang", "wolff"])
def test_lattices_are_ordered_or_random_at_extreme_temperatures(algorithm):
    ising = make_ising(64, 16, [1e-300, 1e300], algorithm=algorithm, random_state=0)
    cold, hot = np.split(ising.data, 2)
    assert (cold == cold[:, :1, :1]).all()
    # 8192 independent spins: a right sampler fails for one seed in 10^6.
    assert abs(hot.mean()) < 5 / np.sqrt(hot.size)
    # Where all energies are equal, the standard error of the mean is 0.
    assert ising.diagnostics.mean_energy_error[0] == 0


def test_chains_that_would_run_forever_are_refused():
    message = "at temperature 1e.300 .*'metropolis' .*more than 1e.12 sweeps.* algorithm='auto'"
    with pytest.raises(ValueError, match=message):
        make_ising(4, 8, 1e300, algorithm="metropolis")


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_samples": 0}, ValueError, "n_samples must be an integer >= 1; got 0"),
        ({"n_samples": 4.0}, TypeError, r"n_samples must be an integer >= 1; got 4\.0"),
        ({"target": "spin"}, ValueError, "target must be one of 'energy', 'phase'; got 'spin'"),
        ({"n_samples": 39}, ValueError, "n_samples=39 for 40 temperatures"),
        ({"temperatures": []}, ValueError, "temperatures is empty"),
        ({"temperatures": [[1, 2], [3, 4]]}, ValueError, r"temperatures must have shape \(n,\)"),
    ],
)
def test_bad_parameters_of_make_ising_are_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        make_ising(**parameters)


def test_progress_is_shown_on_demand(capfd):
    make_ising(4, 4, 2.0)
    assert capfd.readouterr() == ("", "")
    make_ising(4, 4, 2.0, verbose=1)
    assert "Ising chains: 100%" in capfd.readouterr().err
