"""The standard error of an average over blocks, of which close ones are correlated."""

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.sparse import csr_array

# Width of the window of summed covariances, in units of the square root of the correlated area.
_WINDOW = 3


def standard_error(values, rows, columns, block_size):
    """Return the standard error of the mean over the blocks of each lattice.

    The variance of the mean is the sum of the covariances of all pairs of blocks, divided by the
    number of pairs. The covariances of distant pairs are noise, so the sum has a summation window.
    The window grows until it is wide compared to the correlated area that the sum gives. This is
    A. D. Sokal's window for autocorrelation times (Cargese lectures, 1996) in two dimensions.

    Parameters
    ----------
    values : float64 array of shape (n_samples, n_blocks, k)
    rows, columns : int arrays of shape (n_blocks,)
        The first row and column of each block.
    block_size : int

    Returns
    -------
    error : float64 array of shape (n_samples, k)
        NaN for a single block.
    """
    n_samples, n_blocks, k = values.shape
    if n_blocks < 2:
        return np.full((n_samples, k), np.nan)
    cell, shape = _cells(rows, columns, block_size)
    membership = csr_array(
        (np.ones(n_blocks), (cell, np.arange(n_blocks))), (np.prod(shape), n_blocks)
    )
    counts = membership.sum(axis=1).reshape(shape)
    deviations = values - values.mean(axis=1, keepdims=True)
    by_block = deviations.transpose(1, 0, 2).reshape(n_blocks, -1)
    cell_sums = (membership @ by_block).T.reshape(-1, *shape)
    variances = [_variance_of_sum(sums, counts) for sums in cell_sums]
    return np.sqrt(variances).reshape(n_samples, k) / n_blocks


def _cells(rows, columns, block_size):
    """Return the cell index of each block, and the shape of the grid of cells.

    A cell has the size of a block, or is larger if the blocks are sparse.
    """
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    side = max(block_size, int(np.sqrt(height * width / len(rows))))
    i, j = (rows - rows.min()) // side, (columns - columns.min()) // side
    shape = int(i.max()) + 1, int(j.max()) + 1
    return i * shape[1] + j, shape


def _variance_of_sum(sums, counts):
    """Return the variance of the sum of all deviations from the mean.

    Parameters
    ----------
    sums : float64 array of shape (n_down, n_across)
        Sum of the deviations in each cell.
    counts : float64 array of the same shape
        Number of blocks in each cell.
    """
    variance = single_cell_variance = None
    for reach in range(max(sums.shape)):
        fraction = _sum_over_pairs(counts, reach) / counts.sum() ** 2  # of all pairs of blocks
        if fraction > 0.5:
            break
        # The deviations are from the sample's own mean, so the products of all pairs add up to 0.
        # The sum over this fraction of the pairs is too small by this fraction of the variance.
        variance = _sum_over_pairs(sums, reach) / (1 - fraction)
        if reach == 0:
            single_cell_variance = variance
        area = variance / single_cell_variance if single_cell_variance > 0 else 1
        if 2 * reach + 1 >= _WINDOW * np.sqrt(max(area, 0)):
            break
    if variance is None:
        return np.nan
    return max(variance, single_cell_variance)


def _sum_over_pairs(values, reach):
    """Return the sum of v_a v_b over all pairs of cells at most `reach` rows and columns apart."""
    size = 2 * reach + 1
    return np.vdot(values, uniform_filter(values, size, mode="constant")) * size**2
