"""How a collapse scales its x axis with the size: by a power of it, or by its logarithm.

Each form has one parameter besides the critical point. `stretch` takes it as the optimiser varies
it, without bounds that depend on the data; `inner` and `outer` convert it from and to the number
that users give and get.
"""

from dataclasses import dataclass

import numpy as np


class PowerForm:
    """z = (x - x_c) size^(1 / nu), with the correlation length xi ~ |x - x_c|^(-nu)."""

    parameter = "nu"
    # Where data do not determine the exponent, the bounds keep its powers from overflowing.
    bounds = np.log([0.05, 20.0])
    starts = np.log([0.6, 1.0, 1.6])

    def stretch(self, log_nu, log_sizes):
        """Return size^(1 / nu) (n,) and the derivative of its logarithm by log nu (n,)."""
        rate = np.exp(-log_nu) * log_sizes
        return np.exp(rate), -rate

    def outer(self, log_nu):
        return np.exp(log_nu)

    def inner(self, nu):
        return np.log(nu)

    def factor(self, nu, sizes):
        """Return the factor of x - x_c for sizes in the user's units."""
        return sizes ** (1 / nu)


@dataclass(frozen=True)
class BKTForm:
    """z = (x - x_c) (ln size + C)^2, with xi ~ exp(b / (x - x_c)^(1/2)).

    The parameter of the optimiser is log w, where w = ln(smallest size) + C is above 0.

    Attributes
    ----------
    log_smallest : float
        Logarithm of the smallest size, in the user's units.
    """

    log_smallest: float

    parameter = "log_constant"
    bounds = np.log([0.02, 200.0])
    starts = np.log([1.0, 2.5, 6.0])

    def stretch(self, log_w, log_sizes):
        """Return (ln size + C)^2 (n,), relative to the mean size, and its logarithm's derivative.

        `log_sizes` are relative to the mean.
        """
        w = np.exp(log_w)
        logs, mean = w + log_sizes - log_sizes.min(), w - log_sizes.min()
        return (logs / mean) ** 2, 2 * w * (1 / logs - 1 / mean)

    def outer(self, log_w):
        return np.exp(log_w) - self.log_smallest

    def inner(self, constant):
        return np.log(constant + self.log_smallest)

    def factor(self, constant, sizes):
        """Return the factor of x - x_c for sizes in the user's units, which must exceed e^-C."""
        logs = np.log(sizes) + constant
        if np.min(logs) <= 0:
            raise ValueError(
                "size - size_offset must exceed exp(-log_constant), which is "
                f"{np.exp(-constant):g}; got {np.min(sizes):g}. Leave out smaller sizes."
            )
        return logs**2
