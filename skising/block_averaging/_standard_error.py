"""The standard error of an average over blocks, which are correlated where they are close."""

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.sparse import csr_array

_WINDOW = 3  # of the summed covariance, in units of the square root of the correlated area


def standard_error(values, rows, columns, block_size):
    """Return the standard error of the mean over the blocks of each lattice.

    The variance of the mean is the sum of the covariances of all pairs of blocks, divided by their
    number. Those of distant pairs are noise, so that the sum ends at a window, which grows until it
    is wide against the area that the sum itself finds correlated: in two dimensions what A. D.
    Sokal's window (Cargese lectures, 1996) does for the autocorrelation time of a series.

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
    sums_of = csr_array(
        (np.ones(n_blocks), (cell, np.arange(n_blocks))), (np.prod(shape), n_blocks)
    )
    counts = sums_of.sum(axis=1).reshape(shape)
    deviations = values - values.mean(axis=1, keepdims=True)
    flat = deviations.transpose(1, 0, 2).reshape(n_blocks, -1)
    sums = (sums_of @ flat).T.reshape(-1, *shape)
    variances = [_variance_of_sum(of_cells, counts) for of_cells in sums]
    return np.sqrt(variances).reshape(n_samples, k) / n_blocks


def _cells(rows, columns, block_size):
    """Return the cell of each block, and the shape of the grid of cells.

    Cells are as large as a block, or larger where blocks are sparse.
    """
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    side = max(block_size, int(np.sqrt(height * width / len(rows))))
    i, j = (rows - rows.min()) // side, (columns - columns.min()) // side
    shape = int(i.max()) + 1, int(j.max()) + 1
    return i * shape[1] + j, shape


def _variance_of_sum(sums, counts):
    """Return the variance of the sum over all cells, of deviations from the mean.

    Parameters
    ----------
    sums : float64 array of shape (n_down, n_across)
        Of the deviations in each cell.
    counts : float64 array of the same shape
        Of the blocks in each cell.
    """
    variance = of_single_cells = None
    for reach in range(max(sums.shape)):
        share = _pairs_within(counts, reach) / counts.sum() ** 2
        if share > 0.5:
            break
        # The deviations are from the sample's own mean, so that all pairs together add up to 0:
        # each lacks its share of the variance of the mean.
        variance = _pairs_within(sums, reach) / (1 - share)
        if reach == 0:
            of_single_cells = variance
        area = variance / of_single_cells if of_single_cells > 0 else 1
        if 2 * reach + 1 >= _WINDOW * np.sqrt(max(area, 0)):
            break
    if variance is None:
        return np.nan
    return max(variance, of_single_cells)


def _pairs_within(values, reach):
    """Return the sum of v_a v_b over all pairs of cells, at most `reach` rows and columns apart."""
    size = 2 * reach + 1
    return np.vdot(values, uniform_filter(values, size, mode="constant")) * size**2
