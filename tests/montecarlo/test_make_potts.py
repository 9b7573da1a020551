"""`make_potts`: its results, starts of chains, stores, diagnostics, and bad parameters."""

import naive
import numpy as np
import pandas as pd
import pytest
from data_sets import FORMATS, PARAMETERS, contents

from skising import make_ising, make_potts
from skising.exact import kaufman_energy, potts_critical_temperature
from skising.montecarlo import _algorithms, _potts_algorithms
from skising.montecarlo._potts_algorithms import POTTS_ALGORITHMS

TC10 = potts_critical_temperature(10)
POTTS = PARAMETERS | {"temperatures": [1.1, 0.8]}
COLUMNS = ("temperature", "energy", "order_parameter", "chain", "frame", "start")


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
@pytest.mark.parametrize(("n_states", "dtype"), [(2, np.int8), (128, np.int8), (300, np.int16)])
def test_entries_are_those_of_the_lattices(algorithm, n_states, dtype):
    potts = make_potts(
        23, 7, [2.0, 0.3], n_states=n_states, algorithm=algorithm, thin=1, random_state=0
    )
    assert potts.data.shape == (23, 7, 7)
    assert potts.data.dtype == dtype
    assert potts.data.min() >= 0
    assert n_states / 2 <= potts.data.max() < n_states
    np.testing.assert_array_equal(potts.temperature, [2.0] * 12 + [0.3] * 11)
    np.testing.assert_array_equal(
        potts.chain, [*np.repeat(range(4), 3), *np.repeat([4, 5, 6], 3), 7, 7]
    )
    np.testing.assert_array_equal(potts.frame, [*[0, 1, 2] * 7, 0, 1])
    energy, squares = np.transpose(
        [naive.potts_energy_and_squares(lattice, n_states) for lattice in potts.data]
    )
    np.testing.assert_array_equal(potts.energy, energy / 49)
    order = (n_states * squares / 49**2 - 1) / (n_states - 1)
    np.testing.assert_allclose(potts.order_parameter, order, rtol=1e-12, atol=1e-15)
    assert f"{n_states}-state Potts" in potts.DESCR


def test_default_temperatures_surround_the_critical_one():
    for n_states in (3, 10):
        tc = potts_critical_temperature(n_states)
        temperature = make_potts(40, 4, n_states=n_states, random_state=0).temperature
        np.testing.assert_allclose(temperature, np.linspace(0.5, 1.5, 40) * tc)


# Starts


def test_auto_starts_ordered_below_and_disordered_above():
    tc = potts_critical_temperature(3)
    T = [0.9 * tc, tc, 1.1 * tc]
    potts = make_potts(24, 16, T, n_discard=0, thin=1, target="phase", random_state=0)
    np.testing.assert_array_equal(potts.start, np.repeat([0, 0, 1], 8))
    np.testing.assert_array_equal(potts.target, np.repeat([0, 1, 1], 8))
    assert potts.target.dtype == potts.start.dtype == np.int64
    first = potts.frame == 0
    assert (potts.order_parameter[first & (potts.start == 0)] == 1).all()
    assert (potts.order_parameter[first & (potts.start == 1)] < 0.1).all()


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
def test_auto_starts_half_of_the_chains_in_each_phase_at_a_first_order_transition(algorithm):
    T = [TC10 * (1 - 1e-5), round(TC10, 10), TC10 * (1 + 1e-5)]
    parameters = {"n_states": 10, "algorithm": algorithm, "n_discard": 0, "thin": 1}
    potts = make_potts(24, 16, T, **parameters, target="phase", random_state=0)
    np.testing.assert_array_equal(potts.start[8:16], [0, 0, 1, 1, 0, 0, 1, 1])
    np.testing.assert_array_equal(potts.target, potts.start)
    np.testing.assert_array_equal(potts.start[[0, 16]], [0, 1])
    order = potts.order_parameter[
        (potts.frame == 0) & (np.abs(potts.temperature / TC10 - 1) < 1e-6)
    ]
    np.testing.assert_array_equal(order == 1, [True, False, True, False])


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
@pytest.mark.parametrize("temperature", [0.6, TC10, 0.8])
def test_start_holds_at_every_temperature(temperature, algorithm):
    parameters = {"n_states": 10, "algorithm": algorithm, "n_discard": 0, "random_state": 0}
    ordered, disordered = (
        make_potts(4, 32, temperature, start=start, **parameters)
        for start in ("ordered", "disordered")
    )
    np.testing.assert_array_equal(ordered.order_parameter, 1)
    assert (disordered.order_parameter < 0.05).all()
    assert ordered.start.tolist() == [0] * 4
    assert disordered.start.tolist() == [1] * 4


def test_diagnostics_tell_which_chains_have_changed_their_phase():
    parameters = {"n_states": 20, "n_discard": 300, "thin": 30, "random_state": 0}
    tc = potts_critical_temperature(20)
    stay = make_potts(40, 32, [0.9 * tc, tc, 1.1 * tc], **parameters)
    assert stay.diagnostics.n_ordered_starts.tolist() == [4, 2, 0]
    assert stay.diagnostics.n_changed_phase.tolist() == [0, 0, 0]
    assert stay.diagnostics.mean_energy_error.isna().tolist() == [False, True, False]
    for start, factor in (("ordered", 1.3), ("disordered", 0.7)):
        table = make_potts(12, 32, factor * tc, start=start, **parameters).diagnostics
        assert table.n_ordered_starts.tolist() == [4 * (start == "ordered")]
        assert table.n_changed_phase.tolist() == [4]
    assert (
        make_potts(4, 8, 1.0, n_states=4, random_state=0).diagnostics.n_changed_phase.isna().all()
    )


def test_diagnostics_have_the_parameters_that_were_used():
    T = np.array([0.9, 1.3])
    table = make_potts(300, 16, T, n_states=2, random_state=0).diagnostics
    assert list(table.algorithm) == ["swendsen-wang"] * 2
    assert list(table.n_chains) == [4, 4]
    np.testing.assert_array_equal(table.n_discard, 10 * table.thin)
    np.testing.assert_array_equal(table.exact_energy, (kaufman_energy(2 * T, 16) - 2) / 2)
    assert (table.tau_order_parameter > 0).all()
    assert (table.mean_energy_error > 0).all()
    assert make_potts(8, 4, 1.0, random_state=0).diagnostics.exact_energy.isna().all()


# What a lattice depends on


@pytest.mark.parametrize(
    "changed",
    [
        *({"random_state": 1}, {"n_discard": 7}, {"thin": 3}, {"temperatures": 1.2000001}),
        *({"algorithm": "wolff"}, {"n_states": 4}, {"start": "ordered"}),
    ],
)
def test_every_parameter_changes_the_lattices(changed):
    parameters = {"temperatures": 1.2, "random_state": 0, "n_discard": 8, "thin": 2}
    first = make_potts(40, 8, **parameters).data
    assert not np.array_equal(make_potts(40, 8, **(parameters | changed)).data, first)


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
def test_n_jobs_and_other_lattices_change_nothing(algorithm):
    parameters = {"n_states": 5, "algorithm": algorithm, "random_state": 0}
    one = make_potts(60, 12, [0.7, 0.9], **parameters)
    np.testing.assert_array_equal(
        make_potts(60, 12, [0.7, 0.9], **parameters, n_jobs=2).data, one.data
    )
    more = make_potts(48, 12, 0.9, **parameters)
    rows = one.temperature == 0.9
    np.testing.assert_array_equal(more.data[more.frame < 7][:7], one.data[rows][:7])


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
def test_the_bound_of_the_work_changes_no_lattice(algorithm, monkeypatch):
    parameters = {"algorithm": algorithm, "n_states": 5, "random_state": 0}
    expected = make_potts(12, 34, [0.6, 1.2], **parameters)
    for module in (_algorithms, _potts_algorithms):
        monkeypatch.setattr(module, "SITES_AT_ONCE", 100)
    np.testing.assert_array_equal(make_potts(12, 34, [0.6, 1.2], **parameters).data, expected.data)


# Stores


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("n_states", [3, 200])
@pytest.mark.usefixtures("small_chunks")
def test_stores_hold_the_same_data_set(suffix, n_states, tmp_path):
    expected, path = make_potts(**POTTS, n_states=n_states), tmp_path / f"X{suffix}"
    for n_jobs in (None, 2):  # the second call only reads
        potts = make_potts(**POTTS, n_states=n_states, out=path, n_jobs=n_jobs)
        assert potts.data.dtype == expected.data.dtype
        np.testing.assert_array_equal(potts.data[:], expected.data)
        for name in COLUMNS:
            np.testing.assert_array_equal(potts[name], expected[name])
        pd.testing.assert_frame_equal(potts.diagnostics, expected.diagnostics)
    if suffix == ".npy":
        with np.load(path.with_suffix(".npz")) as table:
            assert {*COLUMNS} < set(table.files)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("n_states", [3, 200])
@pytest.mark.usefixtures("small_chunks")
def test_a_killed_run_continues(suffix, n_states, unfinished, tmp_path):
    path = unfinished(f"X{suffix}", make_potts, temperatures=[1.1, 0.8], n_states=n_states)
    make_potts(**POTTS, n_states=n_states, out=path)
    (tmp_path / "whole").mkdir()
    whole = make_potts(**POTTS, n_states=n_states, out=tmp_path / "whole" / path.name)
    np.testing.assert_array_equal(
        np.asarray(whole.data[:]), make_potts(**POTTS, n_states=n_states).data
    )
    found = contents(tmp_path)
    same = {name: found[f"whole/{name}"] for name in found if not name.startswith("whole")}
    assert {name: found[name] for name in same} == same


def test_damaged_states_are_drawn_again(unfinished):
    path = unfinished("X.npy", make_potts, temperatures=[1.1, 0.8], n_states=3)
    partial = path.with_name("X.npy.partial")
    content = bytearray(partial.read_bytes())
    content[-35 * 144] = 3  # the first lattice
    partial.write_bytes(content)
    with pytest.warns(UserWarning, match="1 of the 3 finished runs .* are damaged") as record:
        potts = make_potts(**POTTS, n_states=3, out=path)
    assert record[0].filename == __file__
    np.testing.assert_array_equal(potts.data, make_potts(**POTTS, n_states=3).data)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n_states": 4}, "n_states=3 in the file and 4 in this call"),
        ({"start": "ordered"}, "start='auto' in the file and 'ordered' in this call"),
    ],
)
def test_other_arguments_are_refused(suffix, changed, message, tmp_path):
    path = tmp_path / f"X{suffix}"
    make_potts(**POTTS, n_states=3, out=path)
    with pytest.raises(ValueError, match=f"other arguments.*{message}.*remove .*X{suffix}"):
        make_potts(**POTTS | {"n_states": 3} | changed, out=path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_data_set_of_another_model_is_refused(suffix, tmp_path):
    path = tmp_path / f"X{suffix}"
    make_ising(**POTTS, out=path)
    with pytest.raises(ValueError, match="n_states=None in the file and 2 in this call"):
        make_potts(**POTTS, n_states=2, out=path)
    (tmp_path / "Y.npy").write_text("precious")
    with pytest.raises(FileExistsError, match="a data set that make_potts has written there"):
        make_potts(**POTTS, out=tmp_path / "Y.npy")


# Bad parameters


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_states": 1}, ValueError, "n_states must be an integer >= 2 and <= 32768; got 1"),
        ({"n_states": 40000}, ValueError, "n_states must be an integer >= 2 and <= 32768; got 4"),
        ({"n_states": 3.0}, TypeError, r"n_states must be an integer >= 2 .*; got 3\.0"),
        ({"start": "hot"}, ValueError, "start must be one of 'auto', 'ordered', 'disordered'; got"),
        ({"algorithm": "metropolis"}, ValueError, "one of 'auto', 'swendsen-wang', 'wolff'; got"),
        ({"algorithm": "wolff", "lattice_size": 65537}, ValueError, "'wolff' .* at most 65536"),
        ({"target": "state"}, ValueError, "target must be one of 'energy', 'phase'; got 'state'"),
        ({"lattice_size": 1}, ValueError, "lattice_size must be an integer >= 2; got 1"),
        ({"temperatures": 0}, ValueError, r"temperatures .*finite and > 0.*got 0\.0"),
        ({"n_samples": 39}, ValueError, "n_samples=39 for 40 temperatures"),
        ({"random_state": "no"}, ValueError, "random_state must be an integer .*; got 'no'"),
        (
            {"lattice_size": 10**9, "n_states": 200, "n_samples": 40, "thin": 1, "n_discard": 1},
            MemoryError,
            "40 lattices of lattice_size=1000000000 take 80000000000 GB .* have make_potts write",
        ),
    ],
)
def test_bad_parameters_are_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        make_potts(**parameters)


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
def test_lattices_are_ordered_or_random_at_extreme_temperatures(algorithm):
    potts = make_potts(64, 16, [1e-300, 1e300], n_states=5, algorithm=algorithm, random_state=0)
    cold, hot = np.split(potts.data, 2)
    assert (cold == cold[:, :1, :1]).all()
    counts = np.bincount(hot.ravel(), minlength=5)
    # A right sampler fails for fewer than one seed in 10^5.
    assert np.abs(counts - hot.size / 5).max() < 5 * np.sqrt(hot.size * 0.16)
