"""Checks of arrays of spins: what passes without a copy, and the messages of the errors."""

import re

import numpy as np
import pytest
from scipy import sparse

from skising import _spins
from skising._spins import check_block_shape, check_lattice_shape, check_lattices, check_spins

SPINS = np.array([-1, 1], dtype=np.int8)


def random_lattices(shape=(6, 4, 5), dtype=np.int8):
    return np.random.default_rng(0).choice(SPINS, shape).astype(dtype)


def strided(X):
    larger = np.zeros((len(X), 2 * X.shape[1], 2 * X.shape[2]), X.dtype)
    larger[:, ::2, 1::2] = X
    return larger[:, ::2, 1::2]


# What passes


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "f2", "f4", "f8", ">f8", "O"])
@pytest.mark.parametrize("arrange", [np.ndarray.copy, strided, np.asfortranarray])
@pytest.mark.parametrize("bytes_at_once", [1, 100, 1 << 24])
def test_lattices_pass_as_contiguous_int8(monkeypatch, dtype, arrange, bytes_at_once):
    monkeypatch.setattr(_spins, "_BYTES_AT_ONCE", bytes_at_once)
    X = random_lattices()
    result = check_lattices(arrange(X.astype(dtype)))
    np.testing.assert_array_equal(result, X, strict=True)
    assert result.flags.c_contiguous


@pytest.mark.parametrize("writeable", [True, False])
@pytest.mark.parametrize("check", [check_lattices, check_spins])
def test_contiguous_int8_is_not_copied_or_changed(check, writeable):
    X = random_lattices((6, 5, 5))
    before = X.copy()
    X.flags.writeable = writeable
    result = check(X)
    assert np.shares_memory(result, X)
    assert result.flags.writeable is writeable
    np.testing.assert_array_equal(X, before)


def test_check_of_the_shape_reads_no_spins():
    X = np.zeros((2, 3, 4))
    assert check_lattice_shape(X) is X


# What is refused


@pytest.mark.parametrize("dtype", ["i1", "i8", "f4", "f8"])
@pytest.mark.parametrize("arrange", [np.ndarray.copy, strided])
@pytest.mark.parametrize("bytes_at_once", [1, 100, 1 << 24])
@pytest.mark.parametrize("index", [(0, 0, 0), (0, 3, 4), (2, 1, 3), (5, 3, 4)])
def test_the_error_names_the_first_wrong_number(monkeypatch, dtype, arrange, bytes_at_once, index):
    monkeypatch.setattr(_spins, "_BYTES_AT_ONCE", bytes_at_once)
    X = random_lattices(dtype=dtype)
    X.reshape(-1)[np.ravel_multi_index(index, X.shape) :] *= 3
    X[index] = 5
    value = re.escape(str(X[index]))
    place = re.escape(f"at index {index}, in an array of dtype {X.dtype} and shape (6, 4, 5).")
    message = rf"^lattices must hold spins, each \+1 or -1; got {value} {place} These are no Ising"
    with pytest.raises(ValueError, match=message):
        check_lattices(arrange(X), "lattices")


@pytest.mark.parametrize("bytes_at_once", [1, 1 << 24])
@pytest.mark.parametrize(
    ("wrong", "dtype"),
    # Numbers that become +1 or -1 when they are cast to int8, and -128, whose absolute value
    # overflows.
    [(-128, "i1"), (255, "u1"), (257, "i8"), (65535, "u2"), (1.5, "f8"), (1 + 1e-7, "f8")],
)
def test_wrong_numbers_are_found_before_the_cast(monkeypatch, bytes_at_once, wrong, dtype):
    monkeypatch.setattr(_spins, "_BYTES_AT_ONCE", bytes_at_once)
    X = np.ones((6, 4, 5), dtype)
    X[4, 2, 1] = wrong
    with pytest.raises(ValueError, match=rf"got {X[4, 2, 1]} at index \(4, 2, 1\).*{X.dtype}"):
        check_lattices(X)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (
            np.ones((7, 5)),
            ValueError,
            "data must have 3 dimensions, (n_samples, n_rows, n_cols); got shape (7, 5). For a "
            "single lattice of 7 x 5 sites pass `data[np.newaxis]`.",
        ),
        (
            np.ones((3, 2, 4, 5)),
            ValueError,
            "data must have 3 dimensions, (n_samples, n_rows, n_cols); got shape (3, 2, 4, 5). "
            "Reshape your data so that each sample is one lattice.",
        ),
        (3, ValueError, "data must have 3 dimensions, (n_samples, n_rows, n_cols); got shape ()."),
        (np.ones((0, 4, 4)), ValueError, "data is empty: shape (0, 4, 4), where (n_samples, n_ro"),
        (np.ones((2, 0, 4)), ValueError, "data is empty: shape (2, 0, 4), where (n_samples, n_ro"),
        (
            np.ones((2, 9, 3)),
            ValueError,
            "data holds lattices of 9 x 3 sites, smaller than block_size=4: not one block fits. "
            "Give larger lattices or a smaller block_size.",
        ),
        (
            np.full((1, 4, 4), "up"),
            TypeError,
            "data must hold numbers; got dtype <U2 and shape (1, 4, 4), which does not convert: ",
        ),
        (np.full((1, 4, 4), object()), TypeError, "data must hold numbers; got dtype object and"),
        (np.ones((1, 4, 4)) * 1j, ValueError, "data must be real. Complex data not supported; got"),
        (
            sparse.csr_matrix(np.eye(4)),
            TypeError,
            "data must be a dense array; got a sparse csr_matrix. Pass `data.toarray()`.",
        ),
        (
            sparse.dok_array(np.eye(4)),
            TypeError,
            "data must be a dense array; got a sparse dok_array. Pass `data.toarray()`.",
        ),
        ([[[1, 1], [1]]], ValueError, "data must "),
    ],
)
def test_other_arrays_than_lattices_are_refused(X, error, message):
    for check in (check_lattices, check_lattice_shape):
        with pytest.raises(error, match=f"^{re.escape(message)}"):
            check(X, "data", block_size=4)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            (3, 4, 5),
            "data must hold square blocks of l x l sites with l >= 2, shape (n_blocks, l, l); got "
            "shape (3, 4, 5). extract_blocks cuts lattices into such blocks.",
        ),
        ((3, 1, 1), "data must hold square blocks of l x l sites with l >= 2, shape (n_blocks, l"),
        (
            (4, 4),
            "data must have 3 dimensions, (n_samples, l, l); got shape (4, 4). The shape does not "
            "tell what the axes are: for a single block of 4 x 4 sites pass `data[np.newaxis]`, ",
        ),
        ((0, 4, 4), "data is empty: shape (0, 4, 4), where (n_samples, l, l) needs at least one b"),
    ],
)
def test_other_arrays_than_square_blocks_are_refused(shape, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        check_block_shape(np.ones(shape), "data")


def test_blocks_pass_without_a_copy():
    X = random_lattices((3, 5, 5), float)
    assert check_block_shape(X) is X


@pytest.mark.parametrize("dtype", [np.int8, float])
def test_only_the_given_rows_are_checked(dtype):
    X = random_lattices((9, 5, 5), dtype)
    part = check_spins(X, rows=slice(3, 7))
    np.testing.assert_array_equal(part, X[3:7])
    assert part.dtype == np.int8
    X[6, 1, 2] = 0
    check_spins(X, rows=slice(3, 6))
    with pytest.raises(ValueError, match=r"got 0\S* at index \(6, 1, 2\).* shape \(9, 5, 5\)"):
        check_spins(X, rows=slice(3, 7))
