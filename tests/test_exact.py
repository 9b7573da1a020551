"""The exact results for Ising against enumeration, known values, series, duality, one another."""

from fractions import Fraction

import numpy as np
import pytest

from skising import exact
from skising.exact import (
    CRITICAL_TEMPERATURE,
    correlation_length,
    kaufman_energy,
    kaufman_specific_heat,
    log_partition_function,
    onsager_energy,
    probability_disordered,
    spontaneous_magnetization,
)

INFINITE = (onsager_energy, spontaneous_magnetization, correlation_length)
FINITE = (kaufman_energy, kaufman_specific_heat, log_partition_function)
TEMPERATURES = np.array([0.3, 0.7, 1.5, 2.2, CRITICAL_TEMPERATURE, 2.3, 3.5, 10.0, 50.0, 100.0])


def dual(temperature):
    return 2 / np.arcsinh(1 / np.sinh(2 / np.asarray(temperature)))


def enumerate_lattice(size):
    """Return the energy levels of a lattice above the ground state, and their degeneracies."""
    bits = np.arange(2 ** (size * size))[:, np.newaxis] >> np.arange(size * size) & 1
    spins = (2 * bits - 1).reshape(-1, size, size)
    bonds = spins * np.roll(spins, 1, 1) + spins * np.roll(spins, 1, 2)
    return np.unique(2 * size * size - bonds.sum((1, 2)), return_counts=True)


def test_critical_temperature_is_self_dual():
    np.testing.assert_allclose(CRITICAL_TEMPERATURE, 2.269185314213022, rtol=1e-15)
    np.testing.assert_allclose(dual(CRITICAL_TEMPERATURE), CRITICAL_TEMPERATURE, rtol=1e-15)
    names = [function.__name__ for function in INFINITE + FINITE]
    names += ["CRITICAL_TEMPERATURE", "probability_disordered"]
    ising = [name for name in exact.__all__ if not name.startswith("potts")]
    assert sorted(ising) == sorted(names)


# The four products of the partition function were evaluated with 110 digits and rounded.
@pytest.mark.parametrize(
    ("size", "energy", "specific_heat"),
    [
        (4, -1.5656237876383, 0.7832668259289),
        (8, -1.4915891074397, 1.1455592398944),
        (16, -1.4530648528135, 1.4987049594000),
        (32, -1.4336584661462, 1.8467675900396),
        (64, -1.4239383898330, 2.1922113931406),
        (128, -1.4190762720850, 2.5363313351086),
        (256, -1.4166449541968, 2.8797862552025),
        (512, -1.4154292629050, 3.2229079544931),
        (1024, -1.4148214132165, 3.5658628737173),
    ],
)
def test_kaufman_at_the_critical_temperature(size, energy, specific_heat):
    assert abs(kaufman_energy(CRITICAL_TEMPERATURE, size) - energy) < 1e-13
    assert abs(kaufman_specific_heat(CRITICAL_TEMPERATURE, size) - specific_heat) < 1e-13


def test_kaufman_at_the_usual_rounding_of_the_critical_coupling():
    assert abs(kaufman_energy(1 / 0.4406868, 16) + 1.4530649029) < 5e-11
    assert abs(kaufman_specific_heat(1 / 0.4406868, 16) - 1.4987048885) < 5e-11


@pytest.mark.parametrize("size", [2, 3, 4])
def test_kaufman_equals_the_sum_over_all_states(size):
    excess, counts = enumerate_lattice(size)
    weights = counts * np.exp(-excess / TEMPERATURES[:, np.newaxis])
    weights /= weights.sum(1, keepdims=True)
    mean = weights @ excess
    variance = (weights * (excess - mean[:, np.newaxis]) ** 2).sum(1)
    energy = mean / size**2 - 2
    specific_heat = variance / (size * TEMPERATURES) ** 2
    np.testing.assert_allclose(kaufman_energy(TEMPERATURES, size), energy, rtol=1e-13)
    np.testing.assert_allclose(kaufman_specific_heat(TEMPERATURES, size), specific_heat, rtol=1e-10)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_partition_function_is_the_sum_over_all_states(size):
    excess, counts = enumerate_lattice(size)
    assert counts.sum() == 2 ** (size * size)
    total = np.exp(-excess / TEMPERATURES[:, np.newaxis]) @ counts
    expected = 2 * size**2 / TEMPERATURES + np.log(total)
    np.testing.assert_allclose(log_partition_function(TEMPERATURES, size), expected, rtol=2e-15)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_probability_of_disorder_is_that_of_all_states(size):
    excess, counts = enumerate_lattice(size)
    weights = np.exp(-excess / TEMPERATURES[:, np.newaxis])
    weights /= (weights @ counts)[:, np.newaxis]
    expected = weights[TEMPERATURES > CRITICAL_TEMPERATURE].sum(0) / weights.sum(0)
    energy = excess / size**2 - 2
    found = probability_disordered(energy, size, TEMPERATURES)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    # One energy, and energies of any shape.
    assert probability_disordered(energy[1], size, TEMPERATURES) == found[1]
    same = probability_disordered(energy[:, np.newaxis], size, TEMPERATURES)
    np.testing.assert_array_equal(same, found[:, np.newaxis])


def test_probability_of_disorder_counts_a_temperature_as_often_as_it_occurs():
    found = probability_disordered(-1.4, 8, [2.0, 2.0, 2.0, 2.5])
    alone = probability_disordered(-1.4, 8, [2.0, 2.5])
    np.testing.assert_allclose(found / (1 - found), alone / (1 - alone) / 3, rtol=1e-12)


def test_probability_of_disorder_rises_with_the_energy_of_huge_and_cold_lattices():
    energies = np.linspace(-2, 2, 1001)
    for size, temperatures in [(1 << 14, [1e-300, 2.2, 2.3]), (32, [1e-300, 1.0, 1e300])]:
        found = probability_disordered(energies, size, temperatures)
        assert np.all(np.diff(found) >= 0)
        assert found[0] < 1e-9
        assert found[-1] == 1
    assert probability_disordered(-1.0, 32, [1.0, 2.0]) == 0


@pytest.mark.parametrize(
    ("energy", "message"),
    [
        (-1024.0, r"from -2 to 2 .* got -1024\.0\. Divide the energy of a whole lattice"),
        ([-1.0, -2.1], r"got -2\.1 at index \(1,\)\. Clip energies that a model has predicted"),
        ([[np.nan]], r"got nan at index \(0, 0\)"),
    ],
)
def test_wrong_energies_are_named(energy, message):
    with pytest.raises(ValueError, match=message):
        probability_disordered(energy, 32, [2.0, 2.5])
    clipped = np.clip(np.nan_to_num(energy), -2, 2)
    assert np.all(probability_disordered(clipped, 32, [2.0, 2.5]) <= 1)


@pytest.mark.parametrize("size", [2, 5, 16, 33, 128])
@pytest.mark.parametrize("temperature", [1.2, 2.2, CRITICAL_TEMPERATURE, 2.35, 5.0, 40.0])
def test_specific_heat_is_the_derivative_of_the_energy(size, temperature):
    step = 2e-4
    energy = kaufman_energy(temperature + step * np.array([-2, -1, 1, 2]), size)
    slope = (energy[0] - 8 * energy[1] + 8 * energy[2] - energy[3]) / (12 * step)
    assert abs(kaufman_specific_heat(temperature, size) - slope) < 1e-9


@pytest.mark.parametrize("temperature", [0.3, 1.5, 2.1, 2.5, 3.5, 100.0])
def test_kaufman_tends_to_onsager(temperature):
    np.testing.assert_allclose(
        kaufman_energy(temperature, 256), onsager_energy(temperature), rtol=1e-13
    )


def test_kaufman_tends_to_onsager_exponentially_with_the_correlation_length():
    sizes = np.array([32, 33, 64, 65])
    temperature = 3.0
    gaps = np.array([kaufman_energy(temperature, size) for size in sizes])
    gaps -= onsager_energy(temperature)
    assert (gaps < 0).all()
    decay = 1 / correlation_length(temperature)
    # The prefactor is a power of L. It adds 1 / (2 L) to the logarithm of the ratio at L and L + 1.
    assert abs(np.log(gaps[0] / gaps[1]) - decay) < 0.5 / 32
    assert abs(np.log(gaps[0] / gaps[2]) / 32 - decay) < 0.5 * np.log(2) / 32 * 1.1


def test_specific_heat_at_the_critical_temperature_grows_with_the_logarithm_of_the_size():
    values = np.array(
        [kaufman_specific_heat(CRITICAL_TEMPERATURE, size) for size in (256, 512, 1024)]
    )
    first, second = np.diff(values)
    amplitude = 8 / (np.pi * CRITICAL_TEMPERATURE**2)
    # The differences approach their limit as 1 / L. This combination cancels the 1 / L term.
    assert abs(2 * second - first - amplitude * np.log(2)) < 1e-5


@pytest.mark.parametrize("size", [2, 3, 16, 101])
def test_kaufman_is_smooth_across_the_critical_temperature(size):
    near = CRITICAL_TEMPERATURE * (1 + 1e-13 * np.arange(-50, 51))
    for function in (kaufman_energy, kaufman_specific_heat):
        values = function(near, size)
        assert np.ptp(values) < 1e-11 * size


@pytest.mark.parametrize("size", [2, 3, 10, 1024])
def test_kaufman_at_extreme_temperatures(size):
    cold = np.array([5e-324, 1e-300, 1e-3, 0.05])
    np.testing.assert_array_equal(kaufman_energy(cold, size), -2)
    specific_heat = kaufman_specific_heat(cold, size)
    assert (specific_heat >= 0).all()
    np.testing.assert_array_less(specific_heat, 1e-45)
    # For L = 2, two bonds join each pair of spins, which doubles the sum of the squared couplings.
    bonds = 4 if size == 2 else 2
    hot = np.array([1e5, 1e10, 1e100])
    np.testing.assert_allclose(kaufman_energy(hot, size), -bonds / hot, rtol=5e-5)
    np.testing.assert_allclose(kaufman_specific_heat(hot, size), bonds / hot**2, rtol=5e-5)
    assert abs(kaufman_energy(np.finfo(float).max, size)) < 1e-99


def test_onsager_at_the_critical_temperature():
    # The slope is infinite: rounding the temperature by 1e-16 changes the energy by a few 1e-15.
    np.testing.assert_allclose(onsager_energy(CRITICAL_TEMPERATURE), -np.sqrt(2), rtol=1e-14)
    near = CRITICAL_TEMPERATURE * (1 + np.array([-1e-15, 1e-15]))
    np.testing.assert_allclose(onsager_energy(near), -np.sqrt(2), rtol=1e-13)


@pytest.mark.parametrize("temperature", [0.2, 0.4, 0.6])
def test_onsager_low_temperature_series(temperature):
    x = np.exp(-2 / temperature)
    series = -2 + 8 * x**4 + 24 * x**6 + 72 * x**8 + 240 * x**10
    np.testing.assert_allclose(onsager_energy(temperature), series, rtol=1e-14)


@pytest.mark.parametrize("temperature", [25.0, 50.0, 63.0, 64.0, 100.0, 1e6])
def test_onsager_high_temperature_series(temperature):
    v = np.tanh(1 / temperature)
    polygons = 4 * v**3 + 12 * v**5 + 36 * v**7 + 120 * v**9 + 448 * v**11
    series = -2 * v - (1 - v**2) * polygons
    np.testing.assert_allclose(onsager_energy(temperature), series, rtol=3e-13)


def test_onsager_duality():
    temperature = np.linspace(0.8, 2.26, 50)
    low = onsager_energy(temperature) * np.tanh(2 / temperature)
    high = onsager_energy(dual(temperature)) * np.tanh(2 / dual(temperature))
    np.testing.assert_allclose(low + high, -2, rtol=1e-13)


def test_energy_increases_with_temperature():
    temperature = np.linspace(0.6, 6, 400)
    assert (np.diff(onsager_energy(temperature)) > 0).all()
    for size in (2, 7, 64):
        assert (np.diff(kaufman_energy(temperature, size)) > 0).all()
        assert (kaufman_specific_heat(temperature, size) > 0).all()


def test_spontaneous_magnetization_in_the_form_of_yang():
    temperature = np.linspace(0.5, 2.26, 50)
    x2 = np.exp(-4 / temperature)
    yang = ((1 + x2) / (1 - x2) ** 2 * np.sqrt(1 - 6 * x2 + x2**2)) ** 0.25
    np.testing.assert_allclose(spontaneous_magnetization(temperature), yang, rtol=1e-13)
    np.testing.assert_allclose(spontaneous_magnetization(2.0), 0.911319377877496, rtol=1e-14)


def test_spontaneous_magnetization_limits():
    above = CRITICAL_TEMPERATURE * np.array([1, 1 + 1e-15, 1.1, 10, 1e100, 1e307])
    np.testing.assert_array_equal(spontaneous_magnetization(above), 0)
    np.testing.assert_array_equal(spontaneous_magnetization([1e-300, 0.1]), 1)
    # Flipping one spin breaks four bonds, so that one spin in exp(8K) is flipped.
    reduction = 1 - spontaneous_magnetization(0.5)
    np.testing.assert_allclose(reduction, 2 * np.exp(-8 / 0.5), rtol=0.1)
    below = spontaneous_magnetization(CRITICAL_TEMPERATURE * (1 - np.array([1e-6, 1e-8])))
    np.testing.assert_allclose(np.log(below[0] / below[1]) / np.log(100), 1 / 8, rtol=1e-5)


def test_correlation_length_formula_and_duality():
    above = np.array([2.27, 2.5, 3.0, 10.0])
    expected = 1 / (np.log(1 / np.tanh(1 / above)) - 2 / above)
    np.testing.assert_allclose(correlation_length(above), expected, rtol=1e-12)
    np.testing.assert_allclose(
        correlation_length(dual(above)), correlation_length(above) / 2, rtol=1e-11
    )


def test_correlation_length_limits():
    assert correlation_length(CRITICAL_TEMPERATURE) == np.inf
    distance = np.array([1e-6, 1e-5])
    coupling = 1 / CRITICAL_TEMPERATURE
    above, below = 1 / (coupling - distance), 1 / (coupling + distance)
    np.testing.assert_allclose(correlation_length(above), 1 / (4 * distance), rtol=1e-4)
    np.testing.assert_allclose(correlation_length(below), 1 / (8 * distance), rtol=1e-4)
    cold = np.array([1e-300, 1e-3, 0.1])
    np.testing.assert_allclose(correlation_length(cold), cold / 4, rtol=1e-8)
    hot = np.array([1e8, 1e300])
    np.testing.assert_allclose(correlation_length(hot), 1 / np.log(hot), rtol=1e-8)


def test_correlation_length_diverges_only_at_the_critical_temperature():
    steps = np.arange(1, 60)
    near = CRITICAL_TEMPERATURE + np.spacing(CRITICAL_TEMPERATURE) * steps
    for temperature in (near, 2 * CRITICAL_TEMPERATURE - near):
        assert (correlation_length(temperature) > 1e12).all()
    below, above = np.linspace(0.3, 2.26, 100), np.linspace(2.28, 10, 100)
    assert (np.diff(correlation_length(below)) > 0).all()
    assert (np.diff(correlation_length(above)) < 0).all()


def call(function, temperature):
    return function(temperature, 6) if function in FINITE else function(temperature)


@pytest.mark.parametrize("function", INFINITE + FINITE)
def test_result_has_the_shape_of_the_temperatures(function):
    temperatures = np.linspace(1, 4, 6).reshape(1, 2, 3)
    values = call(function, temperatures)
    assert values.shape == (1, 2, 3)
    assert values.dtype == np.float64
    assert call(function, [1, 2]).shape == (2,)
    for index in np.ndindex(1, 2, 3):
        scalar = call(function, float(temperatures[index]))
        assert isinstance(scalar, float)
        np.testing.assert_allclose(scalar, values[index], rtol=1e-13)
    assert isinstance(call(function, 2), float)
    assert isinstance(call(function, np.array(2.5)), float)


@pytest.mark.parametrize("function", INFINITE + FINITE)
@pytest.mark.parametrize(
    ("temperature", "error", "message"),
    [
        (0, ValueError, "temperature must be finite and > 0, in units of J / k_B; got 0.0"),
        (-1.5, ValueError, "temperature must be finite and > 0.*got -1.5"),
        (np.nan, ValueError, "temperature must be finite and > 0.*got nan"),
        (np.inf, ValueError, "temperature must be finite and > 0.*got inf"),
        ([[1.0, 2.0], [3.0, -4.0]], ValueError, "got -4.0 at index 3"),
        ([], ValueError, "temperature is empty"),
        (2 + 1j, ValueError, "temperature must be real"),
        ("warm", TypeError, "temperature must hold numbers"),
        (True, TypeError, "temperature must be numbers > 0; got booleans"),
        (np.array([2j]), ValueError, "temperature must be real"),
        (np.datetime64("2020-01-01"), TypeError, "temperature must hold numbers; got dtype dateti"),
        (np.timedelta64(3, "s"), TypeError, "temperature must hold numbers; got dtype timedelta"),
        ([10**400], ValueError, "temperature must hold numbers below 1.8e308"),
        ([[1.0, 2.0], [3.0]], ValueError, "temperature must be one array"),
        (np.ones((2, 0)), ValueError, "temperature is empty"),
        ({"T": 2.0}, TypeError, "temperature must be one array; got dict"),
        (None, ValueError, "temperature must be finite and > 0.*got nan"),
    ],
)
def test_invalid_temperature_raises(function, temperature, error, message):
    with pytest.raises(error, match=message):
        call(function, temperature)


@pytest.mark.parametrize("function", FINITE)
@pytest.mark.parametrize(
    ("size", "error", "message"),
    [
        (1, ValueError, "lattice_size must be an integer >= 2 and <= 16777216; got 1"),
        (0, ValueError, "lattice_size must be an integer >= 2 and <= 16777216; got 0"),
        (-4, ValueError, "lattice_size must be an integer >= 2 and <= 16777216; got -4"),
        (
            4.0,
            TypeError,
            "lattice_size must be an integer >= 2 and <= 16777216; got 4.0 of type float",
        ),
        (
            True,
            TypeError,
            "lattice_size must be an integer >= 2 and <= 16777216; got True of type bool",
        ),
        (
            "4",
            TypeError,
            "lattice_size must be an integer >= 2 and <= 16777216; got '4' of type str",
        ),
        (np.float32(4), TypeError, r"lattice_size must .*got np.float32\(4.0\) of type float32"),
        (np.nan, TypeError, "lattice_size must .*got nan of type float"),
        (np.uint64(2**63), ValueError, "lattice_size must .*; got 9223372036854775808"),
        (10**30, ValueError, "lattice_size must .*; got an integer of 100 bits"),
        (None, TypeError, "lattice_size must be an integer >= 2 and <= 16777216; got None"),
    ],
)
def test_invalid_lattice_size_raises(function, size, error, message):
    with pytest.raises(error, match=message):
        function(2.0, size)


@pytest.mark.parametrize("function", INFINITE + FINITE)
@pytest.mark.parametrize(
    "temperature",
    [np.float32(2.5), np.float16(2.5), np.longdouble(2.5), np.array(2.5, ">f8"), Fraction(5, 2)],
)
def test_numbers_of_any_type_are_temperatures(function, temperature):
    assert call(function, temperature) == call(function, 2.5)


@pytest.mark.parametrize("function", INFINITE + FINITE)
def test_extreme_temperatures_have_finite_results_without_a_warning(function):
    results = call(function, [5e-324, 1e-300, 1e-10, 1e10, 1e300, float(np.finfo(float).max)])
    assert np.isfinite(results).all()


@pytest.mark.parametrize("function", FINITE)
def test_a_lattice_size_of_numpy_is_an_integer(function):
    assert function(2.5, np.int8(100)) == function(2.5, 100)
