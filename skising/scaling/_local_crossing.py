"""Where two noisy curves cross: first which temperatures lie on either side, then a local fit.

Far from the crossing both curves may be flat, and their noise crosses many times. Of all points
together, the likely signs of the difference are therefore found first. Polynomials are then fitted
to both curves near the change of sign, in several windows and of several degrees. The crossing is
the average over these fits with Akaike's weights, in which a point that a window leaves out counts
as a parameter (W. I. Jay and E. T. Neil, Phys. Rev. D 103, 114502, 2021).
"""

from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from scipy import linalg

# What a change of sign costs, in units of ln(likelihood). Two points of 4 standard errors each pay
# for it; a single outlier and noise do not.
_COST_OF_A_CHANGE = 20.0
_LARGEST_Z = 4.0

# Of the largest difference between the curves. Smaller ones, in the flat parts, are ignored.
_SMALLEST_LOBE = 0.02

_LARGEST_DEGREE = 4
_LARGEST_DIFFERENCE = 30.0  # of a fit's criterion from the best one, for a weight above 3e-7
_N_GRID, _N_NEWTON, _FLAT = 200, 4, 1e-300  # to find where polynomials cross
_POINTS_BEYOND = 2  # the extrema of the difference, on either side, in the widest window


class Curve(NamedTuple):
    """Measurements of one size, at ascending temperatures; arrays of shape (n,)."""

    temperature: np.ndarray
    value: np.ndarray
    error: np.ndarray
    rows: np.ndarray  # their places in the resamples


class _Fit(NamedTuple):
    """Polynomials fitted to two curves in a window of temperatures."""

    maps: list  # of each curve: the matrix from its values to polynomial coefficients, and a mask
    criterion: float
    root: float  # in scaled temperature
    value: float


class PairFit:
    """Fits of two curves near their crossing.

    Parameters
    ----------
    curves : tuple of two Curve

    Attributes
    ----------
    problem : str or None
        Why there is no crossing, and what to do.
    temperature, value : float
        Of the crossing; NaN if there is a problem.
    """

    def __init__(self, curves):
        self._curves = curves
        self.temperature = self.value = np.nan
        self.problem = self._locate()
        if self.problem is None:
            self._fit()

    def resampled(self, resamples, rng):
        """Return the temperature and the value (n_resamples,) of the crossing in each resample.

        Each resample is fitted by one of the fits, drawn by their weights, so that the scatter
        includes that between the fits. Both are NaN where the curves of a resample do not cross.
        """
        found = np.full((2, resamples.shape[1]), np.nan)
        drawn = rng.choice(len(self._fits), size=resamples.shape[1], p=self._weights)
        for k in np.unique(drawn):
            coefficients = [
                matrix @ resamples[np.ix_(curve.rows[inside], drawn == k)]
                for (matrix, inside), curve in zip(self._fits[k].maps, self._curves, strict=True)
            ]
            roots = self._roots(coefficients, self._limits)
            values = np.polyval(coefficients[0], roots)
            found[:, drawn == k] = self._centre + self._scale * roots, values
        return found

    def _locate(self):
        """Find the change of sign of the difference; return why there is none, or None."""
        T, difference, error = _difference(*self._curves)
        if len(T) < 4:
            return (
                f"they have {len(T)} temperature(s) in common. Give at least 4, on both sides of "
                "the crossing."
            )
        lobes = _lobes(difference, difference / error)
        if len(lobes) < 2:
            sign = "above" if np.sum(difference / error) > 0 else "below"
            return (
                f"the larger size is nowhere significantly {_other(sign)} the smaller one from "
                f"{T[0]:g} to {T[-1]:g}. Add temperatures on the other side, or lattices."
            )
        if len(lobes) > 2:
            changes = ", ".join(
                f"{(T[lobe.stop - 1] + T[lobe.stop]) / 2:.4g}" for lobe in lobes[:-1]
            )
            return (
                f"they cross {len(lobes) - 1} times, near {changes}. Leave out the temperatures "
                "beyond the crossing that you mean."
            )
        left, right = lobes
        self._rises = difference[right].sum() > 0
        self._centre = (T[left.stop - 1] + T[right.start]) / 2
        peaks = [lobe.start + int(np.argmax(np.abs(difference[lobe]))) for lobe in lobes]
        self._peaks = T[peaks[0]], T[peaks[1]]
        self._scale = max(self._peaks[1] - self._peaks[0], T[right.start] - T[left.stop - 1])
        return None

    def _fit(self):
        starts, ends = self._window_ends()
        self._limits = starts[0], ends[-1]
        self._scaled = [(c.temperature - self._centre) / self._scale for c in self._curves]
        # Wide windows first: narrow ones leave out so many points that few can have a weight.
        windows = sorted(product(starts, ends), key=lambda window: window[0] - window[1])
        fits, best = [], np.inf
        for window in windows:
            found = list(self._fit_window(*window, best + _LARGEST_DIFFERENCE))
            fits += found
            best = min([best, *(fit.criterion for fit in found)])
        if not fits:
            self.problem = (
                "no smooth curves through the measurements near "
                f"{self._centre:.4g} cross. Add temperatures there."
            )
            return
        criteria = np.array([fit.criterion for fit in fits])
        weights = np.exp(-0.5 * (criteria - criteria.min()))
        self._fits, self._weights = fits, weights / weights.sum()
        root, self.value = self._weights @ [(fit.root, fit.value) for fit in fits]
        self.temperature = self._centre + self._scale * root

    def _window_ends(self):
        """Return the scaled temperatures at which windows may begin, and end, ascending."""
        T = np.unique(np.concatenate([curve.temperature for curve in self._curves]))
        per_point = sum(len(curve.temperature) for curve in self._curves) / len(T)
        beyond = int(np.ceil(_POINTS_BEYOND * 2 / per_point))
        first = max(np.searchsorted(T, self._peaks[0]) - beyond, 0)
        last = min(np.searchsorted(T, self._peaks[1]) + beyond, len(T) - 1)
        scaled = (T[first : last + 1] - self._centre) / self._scale
        return scaled[scaled < 0], scaled[scaled > 0]

    def _fit_window(self, low, high, largest):
        """Yield a `_Fit` for each degree, except for criteria above `largest`.

        There is none if the curves do not tell the polynomials, or if these do not cross.
        """
        inside = [(t >= low) & (t <= high) for t in self._scaled]
        n_near = sum(
            np.count_nonzero((t >= self._limits[0]) & (t <= self._limits[1])) for t in self._scaled
        )
        n_inside = [np.count_nonzero(mask) for mask in inside]
        n_cut = n_near - sum(n_inside)
        if 2 * (4 + n_cut) > largest:
            return
        polynomials = [
            _Polynomials(t[mask], curve.value[mask], curve.error[mask])
            for t, curve, mask in zip(self._scaled, self._curves, inside, strict=True)
        ]
        for degree in range(1, min(_LARGEST_DEGREE + 1, *n_inside)):
            chi2 = sum(polynomial.chi2[degree] for polynomial in polynomials)
            criterion = chi2 + 2 * (2 * (degree + 1) + n_cut)
            if criterion > largest:
                continue
            matrices = [polynomial.matrix(degree) for polynomial in polynomials]
            coefficients = [
                (matrix @ curve.value[mask])[:, np.newaxis]
                for matrix, curve, mask in zip(matrices, self._curves, inside, strict=True)
            ]
            (root,) = self._roots(coefficients, (low, high))
            if not np.isnan(root):
                maps = list(zip(matrices, inside, strict=True))
                yield _Fit(maps, criterion, root, np.polyval(coefficients[0], root)[0])

    def _roots(self, coefficients, limits):
        """Return the scaled temperatures (n,) where polynomials cross in the right direction.

        The coefficients of both are of shape (degree + 1, n). Of several crossings it is the one
        next to 0, of none NaN.
        """
        difference = (coefficients[1] - coefficients[0]) * (1 if self._rises else -1)
        slope = difference[:-1] * np.arange(len(difference) - 1, 0, -1)[:, np.newaxis]
        t = np.linspace(*limits, _N_GRID)
        values = np.vander(t, len(difference)) @ difference
        crosses = (values[:-1] < 0) & (values[1:] >= 0)
        distance = np.where(crosses, np.abs(t[1:] + t[:-1])[:, np.newaxis], np.inf)
        k = np.argmin(distance, axis=0)
        low, high = t[k], t[k + 1]
        roots = np.where(crosses.any(axis=0), (low + high) / 2, np.nan)
        for _ in range(_N_NEWTON):
            # On so short a piece the slope is about constant, and above 0.
            step = np.polyval(difference, roots) / np.maximum(np.polyval(slope, roots), _FLAT)
            roots = np.clip(roots - step, low, high)
        return roots


class _Polynomials:
    """Least-squares polynomials of all degrees, by one orthogonal decomposition.

    `chi2` holds chi-square by degree, from 0 on.
    """

    def __init__(self, t, value, error):
        self._weight = 1 / error
        powers = np.vander(t, min(_LARGEST_DEGREE + 1, len(t)), increasing=True)
        self._q, self._r = np.linalg.qr(powers * self._weight[:, np.newaxis])
        scaled = value * self._weight
        fitted = np.cumsum(self._q * (scaled @ self._q), axis=1)
        self.chi2 = np.sum((scaled[:, np.newaxis] - fitted) ** 2, axis=0)

    def matrix(self, degree):
        """Return the matrix from values to coefficients, that of the highest power first."""
        n = degree + 1
        solved = linalg.solve_triangular(self._r[:n, :n], self._q[:, :n].T)
        return solved[::-1] * self._weight


def _other(sign):
    return "below" if sign == "above" else "above"


def _difference(first, second):
    """Return temperatures, second less first curve there, and the error of the difference."""
    low = max(first.temperature[0], second.temperature[0])
    high = min(first.temperature[-1], second.temperature[-1])
    # Interpolated at more temperatures than measured, neighbouring differences would be dependent.
    T = min(
        (c.temperature[(c.temperature >= low) & (c.temperature <= high)] for c in (first, second)),
        key=len,
    )
    values, errors = (
        [np.interp(T, c.temperature, getattr(c, name)) for c in (first, second)]
        for name in ("value", "error")
    )
    return T, values[1] - values[0], np.hypot(*errors)


def _lobes(difference, z):
    """Return slices of the points in which the difference has the same sign, from left to right.

    The signs are the likeliest, where each change has a cost (Viterbi's algorithm). Neighbouring
    lobes of one sign, which are left when a small one between them is ignored, are joined.
    """
    gain = np.sign(z) * np.minimum(np.abs(z), _LARGEST_Z) ** 2 / 2
    best, came_from = np.array([gain[0], -gain[0]]), []
    for g in gain[1:]:
        changed = best[::-1] - _COST_OF_A_CHANGE
        came_from.append(changed > best)
        best = np.maximum(best, changed) + np.array([g, -g])
    state = int(np.argmax(best))
    states = [state]
    for changes in came_from[::-1]:
        state = 1 - state if changes[state] else state
        states.append(state)
    states = np.array(states[::-1])
    ends = [0, *(np.flatnonzero(np.diff(states)) + 1), len(states)]
    lobes = [slice(a, b) for a, b in pairwise(ends)]
    sizes = [np.abs(difference[lobe]).max() for lobe in lobes]
    kept = [k for k, size in enumerate(sizes) if size >= _SMALLEST_LOBE * max(sizes)]
    joined = [lobes[kept[0]]]
    for k in kept[1:]:
        if states[lobes[k].start] == states[joined[-1].start]:
            joined[-1] = slice(joined[-1].start, lobes[k].stop)
        else:
            joined.append(lobes[k])
    return joined
