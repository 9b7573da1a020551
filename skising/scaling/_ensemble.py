"""The average over several networks of one block size, with the scatter of the training."""

import numpy as np


def training_error(values):
    """Return the standard error of the mean over networks, NaN of a single one.

    Parameters
    ----------
    values : ndarray of shape (n_networks, ...)
        What each network gives for the same lattices.
    """
    n_networks = len(values)
    if n_networks == 1:
        return np.full(np.shape(values)[1:], np.nan)
    return np.std(values, axis=0, ddof=1) / np.sqrt(n_networks)


def training_noise(values, draws):
    """Return deviations of resampled means over networks from the mean, (n_resamples, ...).

    Parameters
    ----------
    values : ndarray of shape (n_networks, ...)
        What each network gives for the same lattices.
    draws : ndarray of int of shape (n_resamples, n_networks)
        The networks of each sample.
    """
    n_networks = len(values)
    deviations = values - np.mean(values, axis=0)
    # The variance of n values drawn from n values is too small by the factor (n - 1) / n.
    return deviations[draws].mean(axis=1) * np.sqrt(n_networks / (n_networks - 1))


def draw_networks(n_networks, n_resamples, rng):
    """Draw networks with replacement, (n_resamples, n_networks); None of a single one."""
    if n_networks == 1:
        return None
    return rng.randint(n_networks, size=(n_resamples, n_networks))


def add_training(curve, resamples, training):
    """Include the scatter of the training in the errors and the resamples of a curve, in place.

    Parameters
    ----------
    curve : DataFrame
        With the column `error`. It gets the column `training_error`, unless each block size has a
        single network.
    resamples : ndarray of shape (len(curve), n_resamples)
        Means over the networks for resampled lattices.
    training : list of tuple (rows, values, draws)
        For each curve of one block size, its rows; the values of its networks there, of shape
        (n_networks, len(rows)); and what `draw_networks` has returned.
    """
    if all(draws is None for _, _, draws in training):
        return
    curve["training_error"] = np.nan
    for rows, values, draws in training:
        if draws is None:
            continue
        error = training_error(values)
        curve.loc[rows, "training_error"] = error
        curve.loc[rows, "error"] = np.hypot(curve["error"].to_numpy()[rows], error)
        resamples[rows] += training_noise(values, draws).T
