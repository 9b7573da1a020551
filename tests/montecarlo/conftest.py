"""Fixtures of the tests of stores."""

import pytest
from data_sets import PARAMETERS

from skising import make_ising
from skising.montecarlo import _parallel


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr("skising.montecarlo._zarr_store._SITES_PER_CHUNK", 3 * 12 * 12)


@pytest.fixture
def small_shards(small_chunks, monkeypatch):
    """Three files of four chunks each, for the data set of `data_sets`."""
    monkeypatch.setattr("skising.montecarlo._zarr_store._MOST_FILES", 3)


@pytest.fixture
def unfinished(tmp_path):
    """Return a function that leaves a data set unfinished, by an error in its fourth run."""

    def begin(name, make=make_ising, **changed):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("skising.montecarlo._parallel._run_to_bits", FailsInTheFourthRun())
            with pytest.raises(RuntimeError, match="the fourth run"):
                make(**PARAMETERS | changed, out=tmp_path / name)
        return tmp_path / name

    return begin


class FailsInTheFourthRun:
    def __init__(self):
        self._run_to_bits, self._n_calls = _parallel._run_to_bits, 0

    def __call__(self, *arguments):
        self._n_calls += 1
        if self._n_calls == 4:
            raise RuntimeError("the fourth run")
        return self._run_to_bits(*arguments)
