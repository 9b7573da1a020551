"""Curves of several sizes that obey the scaling hypothesis with known parameters."""

import numpy as np

from skising import make_ising
from skising.observables import magnetization

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


def binder_like_curves(seed, **kwargs):
    """Return x, y, yerr and size of theta = 0, with standard errors from 3e-5 to 0.03."""
    x, _, size = exact_curves(**kwargs)
    z = (x - TC) * size ** (1 / NU)
    yerr = 0.03 / (1 + np.exp(-z / 3)) + 3e-5
    return x, np.random.default_rng(seed).normal(0.65 / (1 + np.exp(z / 4)), yerr), yerr, size


def binder_curves(seed, n_samples=300, sizes=(10, 20, 30), n_temperatures=8):
    """Return x, y, yerr and size of Binder cumulants, with bootstrap errors from 5e-5 to 0.1."""
    T, rows = np.linspace(1.936, 2.664, n_temperatures), []
    rng = np.random.default_rng(seed)
    for L in sizes:
        ising = make_ising(n_samples * n_temperatures, L, T, random_state=seed)
        m = magnetization(ising.data)
        for t in T:
            at_t = m[ising.temperature == t]
            draws = at_t[rng.integers(n_samples, size=(400, n_samples))]
            rows.append((t, _binder(at_t), _binder(draws).std(ddof=1), L))
    return np.transpose(rows)


def _binder(m):
    return 1 - np.mean(m**4, axis=-1) / (3 * np.mean(m**2, axis=-1) ** 2)
