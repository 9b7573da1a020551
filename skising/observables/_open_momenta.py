"""The structure factor of lattices with open boundaries: parts of a larger system."""

from functools import cached_property

import numpy as np
from scipy import fft

from ._structure_factor import Momenta

_STEP = 0.25  # in ln xi, between the lengths for which a ratio is computed


class OpenMomenta(Momenta):
    """The momenta of `rfft2` of lattices with open boundaries, in the shells of `Momenta`.

    A lattice is taken for a part of an infinite system with the correlation function C(r). Its
    squared Fourier components then have the mean [1]_::

        |s_k|^2 / N = sum_r (1 - |r_x| / n_cols) (1 - |r_y| / n_rows) C(r) cos(k r)

    because a displacement r fits into the lattice less often than into a periodic one. A constant
    M^2 in C(r) contributes to k = 0 alone.

    References
    ----------
    .. [1] A. M. Sykulski, S. C. Olhede, A. P. Guillaumin, J. M. Lilly and J. J. Early, "The
       debiased Whittle likelihood", Biometrika 106, 251 (2019).
    """

    def __init__(self, sides):
        super().__init__(sides)
        self._share = np.multiply.outer(*(1 - np.arange(n + 1) / n for n in sides))
        self._ratios = {}

    @cached_property
    def _larger(self):
        """The squared momenta and the shells of a periodic lattice of twice the side.

        Its C(r) is that of the infinite system, because its images are far apart.
        """
        larger = Momenta(tuple(2 * n for n in self.sides))
        return np.append(0.0, larger.shell_squared), larger.shell[: len(self._share)].copy()

    def spectrum(self, form, xi, near=slice(None)):
        """Return the mean of |s_k|^2 / N in shells, for a form of S(k)."""
        return super().spectrum(form, xi, near) * self._ratio(form, xi)[1:][near]

    def spectrum_at_zero(self, form, xi):
        """Return the mean of |s_k|^2 / N at k = 0, for a form of S(k)."""
        return super().spectrum_at_zero(form, xi) * self._ratio(form, xi)[0]

    def _ratio(self, form, xi):
        """Return the ratio of the mean of |s_k|^2 / N to S(k), by cubic interpolation in ln xi."""
        position = np.log(xi) / _STEP
        node = int(np.floor(position))
        t = position - node
        weights = {
            node - 1: -t * (t - 1) * (t - 2) / 6,
            node: (t + 1) * (t - 1) * (t - 2) / 2,
            node + 1: -(t + 1) * t * (t - 2) / 2,
            node + 2: (t + 1) * t * (t - 1) / 6,
        }
        return sum(weight * self._ratio_at(form, node) for node, weight in weights.items())

    def _ratio_at(self, form, node):
        if (form, node) not in self._ratios:
            xi, (k2, shell) = np.exp(node * _STEP), self._larger
            S = form(k2, xi)[shell]
            C = fft.dctn(S, type=1, overwrite_x=True) / (4 * np.prod(self.sides))
            means = fft.rfft2(_wrap(_wrap(self._share * C).T).T).real
            means = np.append(means[0, 0], self.structure_factor(means))
            self._ratios[form, node] = means / form(np.append(0.0, self.shell_squared), xi)
        return self._ratios[form, node]


def _wrap(C):
    """Return C(r) + C(L - r) for a C(r) from r = 0 to L along the first axis, with C(L) = 0."""
    wrapped = C[:-1].copy()
    wrapped[1:] += C[-2:0:-1]
    return wrapped
