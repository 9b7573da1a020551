"""The structure factor S(k) of lattices, and the forms that it has in the two phases."""

import numpy as np
from scipy import fft, optimize

SHORTEST_LENGTH = 0.1  # in lattice constants, that a fit considers

_LARGEST_MOMENTUM = 4  # in inverse correlation lengths, of the fit to S(k)

# ln of the ratio of likelihoods that tells the phases apart.
_EVIDENCE = 10

# A shell of momenta is as wide as the smallest momentum of the lattice, 2 pi / L, over this number.
_SHELLS_PER_MOMENTUM = 16

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(32)  # on [-1, 1]


class Momenta:
    """The momenta of `rfft2` of a periodic lattice, grouped into shells of about equal length.

    Parameters
    ----------
    sides : tuple of int
        (n_rows, n_cols)

    Attributes
    ----------
    squared : ndarray of shape (n_rows, n_cols // 2 + 1)
        4 sin^2(k_x / 2) + 4 sin^2(k_y / 2) of each component of `rfft2`.
    weight : ndarray of shape (n_rows, n_cols // 2 + 1)
        The number of momenta, 1 or 2, for which each component of `rfft2` stands.
    shell : int array of shape (n_rows, n_cols // 2 + 1)
        The shell of each component of `rfft2`, from 0 on; shell 0 holds k = 0 alone.
    shell_squared : ndarray of shape (n_shells - 1,)
        The mean of `squared` in each shell, without that of k = 0.
    n_modes : ndarray of shape (n_shells - 1,)
        The number of momenta in each of these shells.
    """

    def __init__(self, sides):
        self.sides = sides
        squares = [
            4 * np.sin(np.pi * f) ** 2 for f in (fft.fftfreq(sides[0]), fft.rfftfreq(sides[1]))
        ]
        self.squared = np.add.outer(*squares)
        # A component of `rfft2` stands for both k and -k. The first column and, for an even number
        # of columns, the last hold the components of k and of -k separately.
        self.weight = np.full(self.squared.shape, 2.0)
        self.weight[:, 0] = 1
        if sides[1] % 2 == 0:
            self.weight[:, -1] = 1
        unit = 2 * np.pi / (max(sides) * _SHELLS_PER_MOMENTUM)
        labels = np.unique(np.rint(np.sqrt(self.squared) / unit), return_inverse=True)[1]
        self.shell = labels.reshape(self.squared.shape)
        n_modes = self._sum_in_shells(np.ones_like(self.squared))
        self.n_modes = n_modes[1:]
        self.shell_squared = self._sum_in_shells(self.squared)[1:] / self.n_modes

    def structure_factor(self, power):
        """Return the mean in each shell of |s_k|^2 / N, without that of k = 0."""
        # The component of k = 0 fluctuates unlike the others.
        return self._sum_in_shells(power)[1:] / self.n_modes

    def spectrum(self, form, xi, near=slice(None)):
        """Return a form of S(k), a function of squared momenta and xi, in shells."""
        return form(self.shell_squared[near], xi)

    def spectrum_at_zero(self, form, xi):
        """Return a form of S(k) at k = 0."""
        return form(0.0, xi)

    def _sum_in_shells(self, values):
        return np.bincount(self.shell.ravel(), (self.weight * values).ravel())


class LengthFit:
    """A fit of the form that S(k) has in one phase, by Whittle's likelihood.

    Parameters
    ----------
    momenta : Momenta
    is_ordered : bool
        The form is M^2 times that of a pair of domain walls, or else a pole of any amplitude.
    near : bool array of shape (n_shells - 1,), default=slice(None)
        The shells to fit.
    """

    def __init__(self, momenta, is_ordered, near=slice(None)):
        self.momenta, self.is_ordered, self.near = momenta, is_ordered, near
        self.n_modes = momenta.n_modes[near]

    def adapt(self, S, M):
        """Return the fit of the momenta 0 < k < 4 / xi, for a mean S(k) and |m|."""
        fit, size = self, min(self.momenta.sides)
        for _ in range(4):
            # Fit at least the momenta (1, 0) and (1, 1): the ratio of their S(k) determines xi.
            largest = max(_LARGEST_MOMENTUM / fit.length(S, M), 3 * np.pi / size)
            near = self.momenta.shell_squared <= largest**2
            fit = LengthFit(self.momenta, self.is_ordered, near)
        return fit

    def length(self, S, M):
        """Return the xi of largest likelihood, given S(k) of shape (n_shells - 1,) and <|m|>."""
        if not S[self.near].any() or (self.is_ordered and M == 0):
            return SHORTEST_LENGTH
        bounds = np.log([SHORTEST_LENGTH, min(self.momenta.sides)])
        found = optimize.minimize_scalar(
            lambda log_xi: self.loss(np.exp(log_xi), S, M), bounds=bounds, method="bounded"
        )
        return np.exp(found.x)

    def loss(self, xi, S, M):
        """Return -2 ln of the likelihood of S(k), per lattice."""
        model, S = self.model(xi, S, M), S[self.near]
        return self.n_modes @ (np.log(model) + S / model)

    def model(self, xi, S, M):
        """Return the form of the fitted S(k), with its amplitude."""
        if self.is_ordered:
            return M**2 * self.momenta.spectrum(wall_pair_structure_factor, xi, self.near)
        return self._pole(xi) * self.amplitude(xi, S)

    def amplitude(self, xi, S):
        """Return the amplitude of the pole; where the likelihood is largest it is closed."""
        return self.n_modes @ (S[self.near] / self._pole(xi)) / self.n_modes.sum()

    def _pole(self, xi):
        return self.momenta.spectrum(pole_structure_factor, xi, self.near)


def is_ordered(momenta, n_samples, S, M, m2):
    """Return whether lattices are in the ordered phase, or None if that cannot be told.

    The two forms of S(k) are fitted to the same momenta k > 0. In the disordered phase the
    component of k = 0 is a normal number, too, whose variance is the fitted S(0).

    Parameters
    ----------
    momenta : Momenta
    n_samples : int
        The number of lattices.
    S : ndarray of shape (n_shells - 1,)
        The mean structure factor in each shell.
    M, m2 : float
        The mean of |m| and of m^2.
    """
    if M == 0:
        return False
    pole = LengthFit(momenta, is_ordered=False).adapt(S, M)
    if not S[pole.near].any():
        return True
    walls = LengthFit(momenta, is_ordered=True, near=pole.near)
    xi = pole.length(S, M)
    at_zero = pole.amplitude(xi, S) * momenta.spectrum_at_zero(pole_structure_factor, xi)
    difference = pole.loss(xi, S, M) - walls.loss(walls.length(S, M), S, M)
    difference += np.prod(momenta.sides) * m2 / at_zero - 1
    evidence = n_samples / 2 * difference
    return None if abs(evidence) < _EVIDENCE else bool(evidence > 0)


def pole_structure_factor(momentum2, xi):
    """Return S(k), up to a factor, in the disordered phase."""
    return 1 / (momentum2 + 4 * np.sinh(1 / (2 * xi)) ** 2)


def wall_pair_structure_factor(momentum2, xi):
    """Return S(k) / M^2 in the ordered phase, as far as pairs of domain walls contribute.

    The two walls have opposite momenta p along the other axis. With cosh gamma(p) =
    1 + cosh(1 / (2 xi)) - cos p, the result is the integral of sin^2 p / sinh^4 gamma times
    sinh 2 gamma / (cosh 2 gamma - cos k) over p from 0 to pi, divided by 2 pi.
    """
    rest = np.sinh(1 / (4 * xi))
    # Substitute sin(p / 2) = rest sinh t: the integrand is smooth in t for any xi, even at p = 0.
    half = np.arcsinh(1 / rest) / 2
    t = half * (1 + _NODES)
    x, s = rest * np.sinh(t), rest * np.cosh(t)
    sinh2 = 4 * s**2 * (1 + s**2)
    measure = s * x**2 * np.sqrt(np.maximum(1 - x**2, 0)) * (1 + 2 * s**2) / sinh2**1.5
    measure *= 4 * half / np.pi * _NODE_WEIGHTS
    return (1 / (sinh2 + momentum2[:, np.newaxis] / 4)) @ measure
