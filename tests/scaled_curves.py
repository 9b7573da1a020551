"""Curves of several sizes that obey the scaling hypothesis with known parameters."""

import numpy as np

TC, NU, THETA = 2.26919, 1.0, 0.12


def smooth_curve(z):
    return 0.9 / (np.exp(-z / 4) + np.exp(z / 6))


def kinked_curve(z):
    return 0.45 * np.where(z < 0, np.exp(z / 5), np.exp(-z / 7))


def exact_curves(curve=smooth_curve, sizes=(8, 16, 32, 64), n_temperatures=25):
    """Return x, y and size, without noise."""
    size = np.repeat(np.array(sizes, float), n_temperatures)
    x = np.tile(np.linspace(1.9, 2.7, n_temperatures), len(sizes))
    return x, size**-THETA * curve((x - TC) * size ** (1 / NU)), size


def counted_curves(seed, curve=smooth_curve, count=1000, **kwargs):
    """Return x, y, yerr and size, where y is the fraction of `count` answers that are wrong."""
    x, y, size = exact_curves(curve, **kwargs)
    n_wrong = np.random.default_rng(seed).binomial(count, y)
    p = (n_wrong + 0.5) / (count + 1)
    return x, n_wrong / count, np.sqrt(p * (1 - p) / (count + 1)), size
