"""The timing and the JSON files of the scripts in benchmarks/."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

import skising

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def timing(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("_timing")


@pytest.fixture
def results(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("_results")


class Clock:
    """A clock that moves on only when it is told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def worker(self, *durations):
        """Return a function that takes the given times, one per call."""
        remaining = iter(durations)

        def work():
            self.now += next(remaining)
            return self.now

        return work


def test_timed_returns_seconds_and_result(timing):
    clock = Clock()
    clock.now = 10.0
    assert timing.timed(clock.worker(2.5), clock) == (2.5, 12.5)


def test_measurements_take_turns_and_the_first_round_is_dropped(timing):
    calls = []

    def measurement(name, value):
        def measure():
            calls.append(name)
            return value + len(calls)

        return measure

    rounds = timing.in_turns(measurement("a", 100), measurement("b", 200), n_rounds=2)
    assert calls == ["a", "b"] * 3
    np.testing.assert_array_equal(rounds, [[103, 105], [204, 206]])


def test_measurements_of_several_numbers(timing):
    rounds = timing.in_turns(lambda: [1, 2], lambda: [3, 4], lambda: [5, 6], n_rounds=4)
    assert rounds.shape == (3, 4, 2)
    np.testing.assert_array_equal(rounds[1], [[3, 4]] * 4)


def test_times_of_known_clocks(timing):
    clock = Clock()
    slow, fast = clock.worker(9, 2, 4, 6), clock.worker(7, 1, 2, 3)
    times = timing.time_in_turns(slow, fast, n_rounds=3, clock=clock)
    np.testing.assert_array_equal(times, [[2, 4, 6], [1, 2, 3]])


def test_ratio_cancels_what_slows_all_functions_of_a_round(timing):
    slowdown = np.array([1, 1, 8, 8, 1])
    noise = np.array([1.0, 1.1, 1.0, 0.9, 1.0])
    assert timing.median_ratio(3 * slowdown * noise, slowdown) == pytest.approx(3)


def test_code_runs_in_a_new_process(timing):
    assert timing.run_in_new_process("import sys; print('numpy' in sys.modules)") == "False\n"


def test_peak_memory_is_in_megabytes(timing):
    assert 10 < timing.peak_memory() < 1e6


def measured(results, arguments):
    parser = results.argument_parser("A script.")
    parser.add_argument("--n-each", type=int, default=5)
    found = results.Results("some/folder/bench_nothing.py", parser.parse_args(arguments))
    ratio = results.Column("ratio", "", ".1f", expected="at most 4")
    table = found.table("Times", {"kind": 9, "l": 2}, [results.Column("time", "us", ".2f"), ratio])
    table.row(["reference", np.int64(16)], [np.float32(1.5), np.nan])
    table.row(["complete", 32], [None, 2])
    found.line(results.Column("choice", "", ""), "wolff")
    found.write()


def test_json_file_has_figures_and_their_circumstances(results, tmp_path):
    measured(results, ["--n-each", "7", "--json", str(tmp_path / "figures.json")])
    content = json.loads((tmp_path / "figures.json").read_text())
    assert content["script"] == "bench_nothing.py"
    assert content["arguments"] == {"n_each": 7}
    assert set(content["machine"]) == {"processor", "cores", "memory_GB"}
    packages = {"numpy", "numba", "torch", "scikit-learn"}
    assert set(content["versions"]) == {"python", "skising"} | packages
    assert content["versions"]["skising"] == skising.__version__
    assert content["versions"]["numpy"] == np.__version__
    assert content["date"].endswith("+00:00")
    time = {"name": "time", "unit": "us", "expected": None}
    ratio = {"name": "ratio", "unit": "", "expected": "at most 4"}
    first = {"table": "Times", "case": {"kind": "reference", "l": 16}}
    second = {"table": "Times", "case": {"kind": "complete", "l": 32}}
    choice = {"name": "choice", "value": "wolff", "unit": "", "expected": None}
    assert content["figures"] == [
        first | time | {"value": 1.5},
        first | ratio | {"value": None},
        second | time | {"value": None},
        second | ratio | {"value": 2},
        {"table": None, "case": {}} | choice,
    ]


def test_tables_are_printed(results, capsys):
    measured(results, [])
    assert capsys.readouterr().out.splitlines() == [
        "",
        "Times",
        "     kind   l  time, us     ratio",
        "reference  16      1.50       nan",
        " complete  32         -       2.0",
        "choice: wolff",
    ]
