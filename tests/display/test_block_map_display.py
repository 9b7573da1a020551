"""BlockMapDisplay by the values that it draws, and where."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    PairCorrelationDescriptor,
    make_ising,
    make_potts,
)
from skising.display import BlockMapDisplay

ISING = make_ising(24, 16, [1.4, 2.2, 3.5], target="phase", random_state=0)
X, FAST = ISING.data, {"descriptor": "pair", "max_epochs": 1, "random_state": 0}


def fitted(y, **parameters):
    kind = BlockAveragingClassifier if y.dtype.kind in "iU" else BlockAveragingRegressor
    return kind(4, **(FAST | parameters)).fit(X, y)


def drawn(display):
    """Return the drawn values, and the edges between them, down and across."""
    edges = display.map_.get_coordinates()
    return np.asarray(display.map_.get_array()), edges[:, 0, 1], edges[0, :, 0]


def test_blocks_side_by_side_cover_their_sites():
    display = BlockMapDisplay([[1.0, 2, 3], [4, 5, 6]], 4, label="f").plot(vmin=0, cmap="cividis")
    values, down, across = drawn(display)
    np.testing.assert_array_equal(values, [[1, 2, 3], [4, 5, 6]])
    # Site (i, j) is the square around x = j, y = i.
    np.testing.assert_array_equal(down, [-0.5, 3.5, 7.5])
    np.testing.assert_array_equal(across, [-0.5, 3.5, 7.5, 11.5])
    assert display.ax_.get_xlim() == (-0.5, 11.5)
    assert display.ax_.get_ylim() == (7.5, -0.5)
    assert display.image_ is None
    assert display.colorbar_.ax.get_ylabel() == "f"
    assert (display.map_.get_cmap().name, display.map_.get_clim()) == ("cividis", (0, 6))


def test_blocks_that_overlap_meet_between_their_centres():
    display = BlockMapDisplay([[1, 2, 3]], 4, rows=[2], columns=[0, 1, 4]).plot()
    values, down, across = drawn(display)
    np.testing.assert_array_equal(values, [[1, 2, 3]])
    np.testing.assert_array_equal(down, [1.5, 5.5])
    np.testing.assert_array_equal(across, [1, 2, 4, 7])


@pytest.mark.parametrize(("shape", "stride"), [((16, 16), None), ((13, 21), 3), ((4, 9), 4)])
def test_map_of_a_regressor_has_the_blocks_of_predict_blocks(shape, stride):
    model = fitted(ISING.energy, stride=stride)
    lattice = make_ising(1, 21, [2.0], random_state=1).data[0, : shape[0], : shape[1]]
    display = BlockMapDisplay.from_estimator(model, lattice, show_lattice=True)
    expected = model.predict_blocks(lattice[np.newaxis])[0]
    np.testing.assert_array_equal(display.values, expected)
    np.testing.assert_array_equal(drawn(display)[0], expected)
    # The prediction of the block that begins at each drawn row and column alone.
    for i, row in enumerate(display.rows):
        for j, column in enumerate(display.columns):
            block = lattice[row : row + 4, column : column + 4]
            alone = model.predict_blocks(block[np.newaxis])
            np.testing.assert_allclose(alone, [[[display.values[i, j]]]], atol=1e-6)
    np.testing.assert_array_equal(display.image_.get_array(), lattice)
    assert display.ax_.get_xlim() == (-0.5, shape[1] - 0.5)
    assert display.map_.get_alpha() == 0.5
    assert display.colorbar_.ax.get_ylabel() == "Prediction"


def test_map_of_a_classifier_is_the_probability_of_a_class():
    model = fitted(np.where(ISING.target == 1, "hot", "cold"))
    second = BlockMapDisplay.from_estimator(model, X[0])
    np.testing.assert_array_equal(second.values, model.predict_blocks(X[:1])[0])
    assert second.label == "Probability of class hot"
    assert second.lattice is None
    first = BlockMapDisplay.from_estimator(model, X[0].tolist(), output=0)
    np.testing.assert_array_equal(first.values, 1 - second.values)
    assert first.label == "Probability of class cold"


def test_one_of_several_outputs_is_drawn():
    three = fitted(np.arange(24) % 3)
    display = BlockMapDisplay.from_estimator(three, X[0], output=2, label="P")
    np.testing.assert_array_equal(display.values, three.predict_blocks(X[:1])[0, ..., 2])
    assert display.label == "P"
    two = fitted(np.c_[ISING.energy, ISING.energy**2])
    display = BlockMapDisplay.from_estimator(two, X[0], output=1)
    np.testing.assert_array_equal(display.values, two.predict_blocks(X[:1])[0, ..., 1])
    for model, message in [(three, r"3 classes, \[0, 1, 2\]"), (two, "2 properties")]:
        with pytest.raises(ValueError, match=f"output must be given for an estimator of {message}"):
            BlockMapDisplay.from_estimator(model, X[0])
    for output in (3, -1):
        with pytest.raises(ValueError, match="output must be an integer >= 0 and <= 2"):
            BlockMapDisplay.from_estimator(three, X[0], output=output)


def test_map_of_potts_states_and_of_a_search():
    potts = make_potts(20, 16, [0.8, 1.2], n_states=3, random_state=0)
    descriptor = PairCorrelationDescriptor(2, spins="potts")
    model = BlockAveragingRegressor(4, **(FAST | {"descriptor": descriptor}))
    search = GridSearchCV(model, {"lr": [1e-3]}, cv=2).fit(potts.data, potts.energy)
    display = BlockMapDisplay.from_estimator(search, potts.data[0], show_lattice=True)
    expected = search.best_estimator_.predict_blocks(potts.data[:1])[0]
    np.testing.assert_array_equal(display.values, expected)
    np.testing.assert_array_equal(display.image_.get_array(), potts.data[0])


@pytest.mark.parametrize(
    ("lattice", "message"),
    [
        (X, r"lattice must have 2 dimensions.*\(24, 16, 16\).*X\[0\]"),
        (X[0] * 2, r"lattice must hold spins, each \+1 or -1"),
        (X[0, :3], "lattice.*smaller than block_size=4"),
        (np.ma.masked_array(X[0], X[0] > 0), "lattice is a masked array"),
    ],
)
def test_lattices_are_refused_by_their_name(lattice, message):
    with pytest.raises(ValueError, match=message):
        BlockMapDisplay.from_estimator(fitted(ISING.energy), lattice)


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (BlockAveragingRegressor(4), NotFittedError, "BlockAveragingRegressor instance is not fit"),
        (GridSearchCV(BlockAveragingRegressor(), {}), NotFittedError, "GridSearchCV .*not fitted"),
        (LinearRegression(), TypeError, "estimator must be a fitted BlockAveragingRegressor or"),
        (
            make_pipeline(BlockAveragingRegressor(4)),
            TypeError,
            r"(?s)got Pipeline.*\. Pass the last step of the pipeline, pipeline\[-1\]\.",
        ),
        (BlockAveragingRegressor, TypeError, "estimator must be a fitted .* got <class"),
    ],
)
def test_estimators_are_refused(estimator, error, message):
    with pytest.raises(error, match=message):
        BlockMapDisplay.from_estimator(estimator, X[0])


@pytest.mark.parametrize(
    ("values", "parameters", "error", "message"),
    [
        ([1.0, 2], {}, ValueError, r"values must hold a number for each block.*got shape \(2,\)"),
        (np.ones((0, 2)), {}, ValueError, r"values must hold a number.*got shape \(0, 2\)"),
        ([[1, np.nan]], {}, ValueError, r"values must be finite; got nan in the block \(0, 1\)"),
        ([["a"]], {}, TypeError, "values must hold numbers"),
        ([[1]], {"block_size": 0}, ValueError, "block_size must be an integer >= 1; got 0"),
        ([[1]], {"rows": [0, 4]}, ValueError, r"rows must hold the first site of each of the 1 "),
        ([[1, 2]], {"columns": [4, 4]}, ValueError, r"columns must hold .* ascending; got \[4.0"),
        ([[1, 2]], {"columns": [0, np.inf]}, ValueError, "columns must hold the first site of"),
        ([[1]], {"lattice": X}, ValueError, "lattice must have 2 dimensions"),
        ([[1]], {"lattice": [["a"]]}, TypeError, "lattice must hold numbers"),
    ],
)
def test_values_and_positions_are_refused(values, parameters, error, message):
    with pytest.raises(error, match=message):
        BlockMapDisplay(values, **({"block_size": 4} | parameters)).plot()
