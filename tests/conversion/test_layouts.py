"""Which axes of an array are samples, rows and columns: found, asked for, or refused."""

import numpy as np
import pytest

from skising import as_lattices


def spins(n, n_rows, n_cols, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n, n_rows, n_cols))


SQUARE, RECTANGLES = spins(50, 12, 12), spins(40, 6, 10)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (SQUARE, SQUARE),
        (SQUARE.tolist(), SQUARE),
        (list(SQUARE), SQUARE),
        (SQUARE.reshape(50, 144), SQUARE),
        (np.moveaxis(SQUARE, 0, -1), SQUARE),
        (SQUARE[:, np.newaxis], SQUARE),
        (SQUARE[..., np.newaxis], SQUARE),
        (SQUARE[:1, np.newaxis], SQUARE[:1]),
        (SQUARE[:1, ..., np.newaxis], SQUARE[:1]),
        (np.moveaxis(SQUARE, 0, -1)[:, :, np.newaxis], SQUARE),
        (SQUARE[0].ravel(), SQUARE[:1]),
        (SQUARE[:1], SQUARE[:1]),
        (SQUARE[:7], SQUARE[:7]),
        (SQUARE[:16], SQUARE[:16]),  # rectangles of 16 x 12 with the samples last are not meant
        (SQUARE[0, :10, :11], SQUARE[:1, :10, :11]),
        (RECTANGLES, RECTANGLES),
        (np.moveaxis(RECTANGLES, 0, -1), RECTANGLES),
        (np.asfortranarray(RECTANGLES), RECTANGLES),
    ],
)
def test_what_is_clear_is_found(source, expected):
    found = as_lattices(source)
    assert found.dtype == np.int8
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("source", "arguments", "expected"),
    [
        (SQUARE[0], {"lattice_shape": (12, 12)}, SQUARE[:1]),
        (SQUARE[0], {"lattice_shape": 12}, SQUARE[:1]),
        (SQUARE[:12], {"samples_axis": 0}, SQUARE[:12]),
        (SQUARE[:12], {"samples_axis": -1}, np.moveaxis(SQUARE[:12], -1, 0)),
        (SQUARE.reshape(600, 12), {"lattice_shape": 12}, SQUARE),
        (SQUARE.reshape(50, 144).T, {"samples_axis": -1}, SQUARE),
        (RECTANGLES.reshape(40, 60), {"lattice_shape": (6, 10)}, RECTANGLES),
        (RECTANGLES.reshape(40, 60).T, {"lattice_shape": (6, 10)}, RECTANGLES),
        (RECTANGLES.reshape(240, 10), {"lattice_shape": (6, 10)}, RECTANGLES),
        (RECTANGLES[0].ravel(), {"lattice_shape": [6, 10]}, RECTANGLES[:1]),
        (RECTANGLES[0], {"lattice_shape": (6, 10)}, RECTANGLES[:1]),
        (np.moveaxis(RECTANGLES, 0, -1), {"lattice_shape": (6, 10)}, RECTANGLES),
        (spins(1, 3, 90), {"samples_axis": 0}, spins(1, 3, 90)),
    ],
)
def test_what_is_asked_for_is_given(source, arguments, expected):
    np.testing.assert_array_equal(as_lattices(source, **arguments), expected)


@pytest.mark.parametrize(
    ("shape", "ways"),
    [
        ((40, 40, 40), ["samples_axis=0", "samples_axis=-1"]),
        ((40, 40, 60), ["samples_axis=0", "samples_axis=-1"]),
        ((30, 40, 50), ["samples_axis=0", "samples_axis=-1"]),
        ((64, 64), ["lattice_shape=(64, 64)", "samples_axis=0"]),
        ((30, 36), ["lattice_shape=(30, 36)", "samples_axis=0"]),
    ],
)
def test_what_is_not_clear_is_refused_and_every_advice_works(shape, ways):
    source = np.resize([1, -1, 1, 1, -1], shape)
    with pytest.raises(ValueError, match="can be read in 2 ways: pass") as error:
        as_lattices(source)
    results = []
    for way in ways:
        assert f"{way} for " in str(error.value)
        results.append(as_lattices(source, **eval(f"dict({way})")))
        n, n_rows, n_cols = results[-1].shape
        assert f"{way} for {n} lattice{'s' * (n > 1)} of {n_rows} x {n_cols}" in str(error.value)
    assert not np.array_equal(*results)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4000, 40), r"does not show how large a lattice is.*lattices below each other"),
        ((13,), r"not an array of lattices .* got|not an array of lattices"),
        ((3, 4, 5, 6, 7), "not an array of lattices"),
        ((0, 4, 4), "not an array of lattices"),
        ((4, 0), "not an array of lattices"),
        ((), "not an array of lattices"),
        ((5, 40, 40, 3), r"has 3 channels.*`np.take\(source, 0, axis=-1\)`"),
        ((5, 3, 40, 40), r"has 3 channels.*`np.take\(source, 0, axis=1\)`"),
    ],
)
def test_what_is_no_lattices_is_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        as_lattices(np.ones(shape))


def test_a_channel_that_the_error_suggests_is_taken():
    source = np.stack([SQUARE, -SQUARE, SQUARE], axis=-1)
    np.testing.assert_array_equal(as_lattices(np.take(source, 0, axis=-1)), SQUARE)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lattice_shape": (5, 5)}, r"does not hold lattices of lattice_shape=\(5, 5\)"),
        ({"lattice_shape": (12, 12), "samples_axis": -1}, "with samples_axis=-1"),
        ({"lattice_shape": (12, 12, 12)}, "must be rows and columns"),
        ({"lattice_shape": (1, 12)}, "lattice_shape must be"),
        ({"samples_axis": 1}, "samples_axis must be one of 0, -1; got 1"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        as_lattices(SQUARE, **arguments)


@pytest.mark.parametrize("source", [None, object(), "missing.npy", {"X": SQUARE}, SQUARE * 1j])
def test_what_is_no_array_is_refused(source):
    with pytest.raises((TypeError, ValueError, FileNotFoundError), match="source"):
        as_lattices(source)


def test_the_source_stays_as_it_is():
    source = SQUARE.copy()
    as_lattices(source)[:] = 0
    np.testing.assert_array_equal(source, SQUARE)


def test_it_says_what_it_did_unless_told_otherwise(capsys):
    as_lattices((SQUARE > 0).reshape(50, 144))
    assert capsys.readouterr().out == (
        "source of shape (50, 144), a flattened lattice in each row -> 50 lattices of 12 x 12\n"
        "True is +1, False is -1\n"
    )
    as_lattices(SQUARE, verbose=0)
    assert capsys.readouterr().out == ""
