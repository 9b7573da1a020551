"""The standard error of an average over blocks, of which close ones are correlated."""

import warnings

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.sparse import csr_array

# Width of the window of summed covariances, in units of the square root of the correlated area.
_WINDOW = 3
# Of all pairs of blocks. The noise of a sum over more of them exceeds what it is to tell.
_MAX_FRACTION = 0.5


def standard_error(values, rows, columns, block_size):
    """Return the standard error of the mean over the blocks of each lattice.

    The variance of the mean is the sum of the covariances of all pairs of blocks, divided by the
    number of pairs. The covariances of distant pairs are noise, so the sum has a summation window.
    The window grows until it is wide compared to the correlated area that the sum gives. This is
    A. D. Sokal's window for autocorrelation times (Cargese lectures, 1996) in two dimensions.

    A lattice of a few blocks across has no distant pairs. There only the covariances of blocks that
    share sites are known: in proportion to these sites.

    Parameters
    ----------
    values : float64 array of shape (n_samples, n_blocks, k)
    rows, columns : int arrays of shape (n_blocks,)
        The first row and column of each block.
    block_size : int

    Returns
    -------
    error : float64 array of shape (n_samples, k)
        NaN where all blocks have the same value, as a single block has. Nothing is then known of
        how they vary.
    """
    n_samples, n_blocks, k = values.shape
    cell, shape = _cells(rows, columns, block_size)
    membership = csr_array(
        (np.ones(n_blocks), (cell, np.arange(n_blocks))), (np.prod(shape), n_blocks)
    )
    counts = membership.sum(axis=1).reshape(shape)
    deviations = values - values.mean(axis=1, keepdims=True)
    by_block = deviations.transpose(1, 0, 2).reshape(n_blocks, -1)
    if _fraction_of_pairs(counts, reach=1) > _MAX_FRACTION:
        squares = np.square(by_block).sum(axis=0)
        variances = squares * _variance_by_square(rows, columns, block_size)
    else:
        cell_sums = (membership @ by_block).T.reshape(-1, *shape)
        variances = np.array([_variance_of_sum(sums, counts) for sums in cell_sums])
    errors = np.sqrt(variances).reshape(n_samples, k) / n_blocks
    errors[np.ptp(values, axis=1) == 0] = np.nan
    return errors


def _cells(rows, columns, block_size):
    """Return the cell index of each block, and the shape of the grid of cells.

    A cell has the size of a block, or is larger if the blocks are sparse.
    """
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    side = max(block_size, int(np.sqrt(height * width / len(rows))))
    i, j = (rows - rows.min()) // side, (columns - columns.min()) // side
    shape = int(i.max()) + 1, int(j.max()) + 1
    return i * shape[1] + j, shape


def _variance_by_square(rows, columns, block_size):
    """Return the variance of the sum of all blocks, for a sum of squared deviations of 1.

    Blocks that share no site are taken for independent, and the covariance of the others as
    proportional to the number of sites that they share. Let s be the sum of these fractions of
    shared sites over all pairs of the n blocks, each with itself included, and v the variance of a
    block. Then the variance of the sum is v s, and v (n - s / n) is the expected sum of the squared
    deviations from the mean of the blocks.
    """
    counts, overlaps = [], []
    for first in (rows, columns):
        values, inverse = np.unique(first, return_inverse=True)
        distances = np.abs(values[:, np.newaxis] - values)
        overlaps.append(np.clip(1 - distances / block_size, 0, None))
        counts.append(inverse)
    table = np.zeros([len(overlap) for overlap in overlaps])
    np.add.at(table, tuple(counts), 1)
    shared = np.vdot(table, overlaps[0] @ table @ overlaps[1])
    unexplained = len(rows) - shared / len(rows)
    # All blocks at one place
    return shared / unexplained if unexplained > 1e-9 * len(rows) else np.nan


def _variance_of_sum(sums, counts):
    """Return the variance of the sum of all deviations from the mean.

    Parameters
    ----------
    sums : float64 array of shape (n_down, n_across)
        Sum of the deviations in each cell.
    counts : float64 array of the same shape
        Number of blocks in each cell.
    """
    single_cell_variance = variance = None
    for reach in range(max(sums.shape)):
        fraction = _fraction_of_pairs(counts, reach)
        if fraction > _MAX_FRACTION:
            break
        # The deviations are from the sample's own mean, so the products of all pairs add up to 0.
        # The sum over this fraction of the pairs is too small by this fraction of the variance.
        variance = _sum_over_pairs(sums, reach) / (1 - fraction)
        if reach == 0:
            single_cell_variance = variance
        area = variance / single_cell_variance if single_cell_variance > 0 else 1
        if 2 * reach + 1 >= _WINDOW * np.sqrt(max(area, 0)):
            break
    return max(variance, single_cell_variance)


def _fraction_of_pairs(counts, reach):
    """Return which fraction of all pairs of blocks are in cells at most `reach` apart."""
    return _sum_over_pairs(counts, reach) / counts.sum() ** 2


def _sum_over_pairs(values, reach):
    """Return the sum of v_a v_b over all pairs of cells at most `reach` rows and columns apart."""
    size = 2 * reach + 1
    return np.vdot(values, uniform_filter(values, size, mode="constant")) * size**2


def warn_of_nan(errors, n_blocks):
    """Warn the caller of `predict` of lattices without a standard error."""
    n_without = int(np.isnan(errors).any(axis=1).sum())
    if n_without:
        reason = (
            f"all {n_blocks} blocks of such a lattice have the same value"
            if n_blocks > 1
            else "a single block of each lattice is used"
        )
        warnings.warn(
            f"return_error is NaN for {n_without} of {len(errors)} lattices: {reason}, so that "
            "nothing is known of how blocks vary. Use more blocks (n_blocks, or a smaller stride), "
            "or larger lattices.",
            stacklevel=3,
        )
