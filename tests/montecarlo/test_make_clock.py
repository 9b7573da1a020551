"""`make_clock`: its results, phases, stores, diagnostics, and bad parameters."""

import naive_clock
import numpy as np
import pandas as pd
import pytest
from data_sets import FORMATS, PARAMETERS, contents

from skising import make_clock, make_potts
from skising.exact import CRITICAL_TEMPERATURE, kaufman_energy, potts_critical_temperature
from skising.montecarlo import _clock_algorithms

CLOCK = PARAMETERS | {"temperatures": [1.1, 0.8], "algorithm": "wolff"}
COLUMNS = ("temperature", "energy", "order_parameter", "chain", "frame")


@pytest.mark.parametrize("n_states", [2, 7, 65536])
def test_entries_are_those_of_the_lattices(n_states):
    clock = make_clock(23, 7, [4.0, 0.2], n_states=n_states, thin=1, random_state=0)
    assert clock.data.shape == (23, 7, 7)
    assert clock.data.dtype == np.uint16
    assert n_states / 2 <= clock.data.max() < n_states
    np.testing.assert_array_equal(clock.temperature, [4.0] * 12 + [0.2] * 11)
    np.testing.assert_array_equal(
        clock.chain, [*np.repeat(range(4), 3), *np.repeat([4, 5, 6], 3), 7, 7]
    )
    np.testing.assert_array_equal(clock.frame, [*[0, 1, 2] * 7, 0, 1])
    expected = [naive_clock.energy_and_spin(lattice, n_states) for lattice in clock.data]
    energy, spin = np.transpose(expected)
    np.testing.assert_allclose(clock.energy, energy.real / 49, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        clock.order_parameter, np.abs(spin / 49) ** 2, rtol=1e-12, atol=1e-15
    )
    np.testing.assert_array_equal(clock.target, clock.energy)
    assert f"{n_states}-state clock" in clock.DESCR


def test_the_default_is_the_xy_model():
    clock = make_clock(40, 4, random_state=0)
    np.testing.assert_allclose(clock.temperature, np.linspace(0.5, 1.5, 40) * 0.8929)
    assert len(np.unique(clock.data)) > 300
    data, target = make_clock(4, 4, 1.0, return_X_y=True, random_state=0)
    assert data.shape == (4, 4, 4)
    assert target.shape == (4,)


# Phases


@pytest.mark.parametrize(
    ("n_states", "critical"),
    [
        (2, CRITICAL_TEMPERATURE),
        (3, 1.5 * potts_critical_temperature(3)),
        (4, CRITICAL_TEMPERATURE / 2),
        (8, 0.8929),
        (65536, 0.8929),
    ],
)
def test_phases_change_at_the_critical_temperature(n_states, critical):
    T = critical * np.array([1 - 1e-9, 1 + 1e-9])
    clock = make_clock(4, 2, T, n_states=n_states, target="phase", random_state=0)
    np.testing.assert_array_equal(clock.target, [0, 0, 1, 1])
    assert clock.target.dtype == np.int64


@pytest.mark.parametrize("n_states", [5, 6, 7])
def test_phases_without_a_known_temperature_are_refused(n_states, tmp_path):
    message = f"5, 6 and 7 .*got n_states={n_states}. Give target='energy', and compare .*'temp"
    with pytest.raises(ValueError, match=message):
        make_clock(4, 4, 1.0, n_states=n_states, target="phase", out=tmp_path / "X.npy")
    assert not list(tmp_path.iterdir())
    clock = make_clock(4, 4, [0.5, 1.0], n_states=n_states, target="energy", random_state=0)
    assert (clock.temperature < 0.9).tolist() == [True, True, False, False]


def test_diagnostics_have_the_parameters_that_were_used():
    T = np.array([0.9, 1.3])
    table = make_clock(300, 8, T, n_states=4, random_state=0).diagnostics
    assert list(table.algorithm) == ["wolff"] * 2
    assert list(table.n_chains) == [4, 4]
    np.testing.assert_array_equal(table.n_discard, 10 * table.thin)
    np.testing.assert_allclose(table.exact_energy, kaufman_energy(2 * T, 8))
    assert (table.tau_order_parameter > 0).all()
    assert (table.mean_energy_error > 0).all()
    assert make_clock(8, 4, 1.0, random_state=0).diagnostics.exact_energy.isna().all()


# What a lattice depends on


@pytest.mark.parametrize(
    "changed",
    [{"random_state": 1}, {"n_discard": 7}, {"thin": 3}, {"temperatures": 1.2001}, {"n_states": 7}],
)
def test_every_parameter_changes_the_lattices(changed):
    parameters = {"temperatures": 1.2, "n_states": 6, "random_state": 0, "n_discard": 8, "thin": 2}
    first = make_clock(40, 8, **parameters).data
    assert not np.array_equal(make_clock(40, 8, **(parameters | changed)).data, first)


def test_n_jobs_and_other_lattices_change_nothing():
    parameters = {"n_states": 5, "random_state": 0}
    one = make_clock(60, 12, [0.7, 0.9], **parameters)
    np.testing.assert_array_equal(
        make_clock(60, 12, [0.7, 0.9], **parameters, n_jobs=2).data, one.data
    )
    more = make_clock(48, 12, 0.9, **parameters)
    rows = one.temperature == 0.9
    np.testing.assert_array_equal(more.data[more.frame < 7][:7], one.data[rows][:7])


def test_the_bound_of_the_work_changes_no_lattice(monkeypatch):
    expected = make_clock(12, 34, [0.6, 1.2], random_state=0)
    monkeypatch.setattr(_clock_algorithms, "SITES_AT_ONCE", 100)
    np.testing.assert_array_equal(
        make_clock(12, 34, [0.6, 1.2], random_state=0).data, expected.data
    )


# Stores


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("n_states", [3, 65536])
@pytest.mark.usefixtures("small_chunks")
def test_stores_hold_the_same_data_set(suffix, n_states, tmp_path):
    expected, path = make_clock(**CLOCK, n_states=n_states), tmp_path / f"X{suffix}"
    for n_jobs in (None, 2):  # the second call only reads
        clock = make_clock(**CLOCK, n_states=n_states, out=path, n_jobs=n_jobs)
        assert clock.data.dtype == np.uint16
        np.testing.assert_array_equal(clock.data[:], expected.data)
        for name in COLUMNS:
            np.testing.assert_array_equal(clock[name], expected[name])
        pd.testing.assert_frame_equal(clock.diagnostics, expected.diagnostics)
    if suffix == ".npy":
        with np.load(path.with_suffix(".npz")) as table:
            assert {*COLUMNS} < set(table.files)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("n_states", [3, 65536])
@pytest.mark.usefixtures("small_chunks")
def test_a_killed_run_continues(suffix, n_states, unfinished, tmp_path):
    parameters = CLOCK | {"n_states": n_states}
    path = unfinished(f"X{suffix}", make_clock, **parameters)
    make_clock(**parameters, out=path)
    (tmp_path / "whole").mkdir()
    whole = make_clock(**parameters, out=tmp_path / "whole" / path.name)
    np.testing.assert_array_equal(np.asarray(whole.data[:]), make_clock(**parameters).data)
    found = contents(tmp_path)
    same = {name: found[f"whole/{name}"] for name in found if not name.startswith("whole")}
    assert {name: found[name] for name in same} == same


def test_damaged_states_are_drawn_again(unfinished):
    parameters = CLOCK | {"n_states": 3}
    path = unfinished("X.npy", make_clock, **parameters)
    partial = path.with_name("X.npy.partial")
    content = bytearray(partial.read_bytes())
    content[-35 * 144 * 2] = 3  # the first lattice
    partial.write_bytes(content)
    with pytest.warns(UserWarning, match="1 of the 3 finished runs .* are damaged") as record:
        clock = make_clock(**parameters, out=path)
    assert record[0].filename == __file__
    np.testing.assert_array_equal(clock.data, make_clock(**parameters).data)


@pytest.mark.parametrize("suffix", FORMATS)
def test_other_arguments_and_other_models_are_refused(suffix, tmp_path):
    path = tmp_path / f"X{suffix}"
    make_clock(**CLOCK, n_states=3, out=path)
    message = f"other arguments.*n_states=3 in the file and 4 in this call.*remove .*X{suffix}"
    with pytest.raises(ValueError, match=message):
        make_clock(**CLOCK, n_states=4, out=path)
    with pytest.raises(ValueError, match="start=None in the file and 'auto' in this call"):
        make_potts(**CLOCK, n_states=3, out=path)
    (tmp_path / "Y.npy").write_text("precious")
    with pytest.raises(FileExistsError, match="a data set that make_clock has written there"):
        make_clock(**CLOCK, out=tmp_path / "Y.npy")


# Bad parameters


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_states": 1}, ValueError, "n_states must be an integer >= 2 and <= 65536; got 1"),
        (
            {"n_states": 65537},
            ValueError,
            "n_states must be an integer >= 2 and <= 65536; got 65537",
        ),
        ({"n_states": 3.0}, TypeError, r"n_states must be an integer >= 2 .*; got 3\.0"),
        ({"algorithm": "metropolis"}, ValueError, "one of 'auto', 'wolff'; got 'metropolis'"),
        ({"algorithm": "wolff", "lattice_size": 65537}, ValueError, "at most 65536; got 65537"),
        ({"lattice_size": 65537}, ValueError, "lattice_size of at most 65536; got 65537"),
        ({"target": "state"}, ValueError, "target must be one of 'energy', 'phase'; got 'state'"),
        ({"lattice_size": 1}, ValueError, "lattice_size must be an integer >= 2; got 1"),
        ({"temperatures": 0}, ValueError, r"temperatures .*finite and > 0.*got 0\.0"),
        ({"n_samples": 39}, ValueError, "n_samples=39 for 40 temperatures"),
        ({"random_state": "no"}, ValueError, "random_state must be an integer .*; got 'no'"),
        (
            {"lattice_size": 65536, "n_samples": 40000, "thin": 1, "n_discard": 1},
            MemoryError,
            "40000 lattices of lattice_size=65536 take 343597 GB .* have make_clock write",
        ),
    ],
)
def test_bad_parameters_are_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        make_clock(**parameters)


@pytest.mark.parametrize("n_states", [2, 5, 65536])
def test_lattices_are_ordered_or_random_at_extreme_temperatures(n_states):
    # At the high temperature a cluster is one site: each is turned 23 times before the first
    # lattice, and 8 times from one lattice of a chain to the next.
    clock = make_clock(
        64, 16, [1e-300, 1e300], n_states=n_states, n_discard=6000, thin=2000, random_state=0
    )
    cold, hot = np.split(clock.data, 2)
    assert (cold == cold[:, :1, :1]).all()
    mean = np.exp(2j * np.pi * hot / n_states).mean()
    # A right sampler fails for one seed in 10^5.
    assert abs(mean) < 3.5 / np.sqrt(hot.size)
