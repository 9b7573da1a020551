"""Random calls of all public functions, with good and bad arguments and fixed seeds.

Every call must return, or raise a ValueError or a TypeError of skising's own. Calls that take files
may raise an OSError. No number that comes back may be NaN without a warning, except in the
diagnostics of a data set, where the documentation says so.
"""

import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
from random_calls import OPERATIONS
from sklearn.base import BaseEstimator

import skising

N_CALLS = 150  # for each seed
TAKE_FILES = {"make_ising", "estimator", "fitted", "load", "as_lattices"}


def numbers_in(result):
    """Yield all floating-point arrays in a result."""
    if isinstance(result, pd.DataFrame):
        result = [result[column] for column in result]
    if isinstance(result, dict):
        result = [value for key, value in result.items() if key != "diagnostics"]
    if isinstance(result, BaseEstimator):
        result = [value for name, value in vars(result).items() if name.endswith("_")]
    if isinstance(result, (list, tuple)):
        for item in result:
            yield from numbers_in(item)
    elif isinstance(result, (float, np.ndarray, np.generic, pd.Series)):
        array = np.asarray(result)
        if array.dtype.kind in "fc":
            yield array


def is_clear(error):
    """Tell whether skising has raised an error itself, or by a check of scikit-learn's."""
    file = traceback.extract_tb(error.__traceback__)[-1].filename
    folders = [Path(module.__file__).parent for module in (skising, sklearn)]
    return any(folder in Path(file).parents for folder in folders) and len(str(error)) > 20


def outcome_of(name, rng, folder):
    """Return "returned", "refused", or a text that says what is wrong with a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = OPERATIONS[name](rng, folder)
        except (ValueError, TypeError) as error:
            return "refused" if is_clear(error) else f"unclear error: {error!r}"
        except OSError as error:
            return "refused" if name in TAKE_FILES else f"error of a file: {error!r}"
        except Exception as error:
            return f"error of another type: {error!r}"
    if not caught and any(np.isnan(array).any() for array in numbers_in(result)):
        return f"NaN without a warning: {result}"
    return "returned"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_random_operations(seed, tmp_path):
    names, outcomes = list(OPERATIONS), Counter()
    for call in range(N_CALLS):
        name = names[call % len(names)]
        outcome = outcome_of(name, np.random.default_rng([seed, call]), tmp_path)
        assert outcome in {"returned", "refused"}, (name, call)
        outcomes[outcome] += 1
    # Enough good arguments that calls reach what is behind the checks, and enough bad ones.
    assert outcomes["returned"] > N_CALLS / 4
    assert outcomes["refused"] > N_CALLS / 10
