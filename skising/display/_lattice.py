"""A lattice, with a block and the correlation length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import exact
from .._numbers import as_array, name_array
from .._spins import check_lattices
from .._validation import check_integer, check_positive, check_temperatures
from ._drawing import BLUE, VERMILION, as_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle


class LatticeDisplay:
    """A lattice with a block and the correlation length, drawn to scale.

    It is drawn as in Fig. 4 of Phys. Rev. E 108, 065304 (2023). A block that is larger than the
    correlation length tells as much as the whole lattice. `from_lattice` makes a display and draws
    it.

    Parameters
    ----------
    lattice : ndarray of shape (n_rows, n_cols)
        Spins; +1 is drawn white, -1 black.
    block_size : int, default=None
        Sites per side of the block. None draws no block.
    correlation_length : float, default=None
        Length of the scale bar, in lattice constants. None draws no bar.
    temperature : float, default=None
        Temperature in the title, in units of J / k_B. None writes no title.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage
    block_ : matplotlib Rectangle or None
    scale_bars_ : dict of str to matplotlib Line2D
        The drawn bars, with the keys "block" and "correlation_length".

    Examples
    --------
    >>> from skising import make_ising
    >>> from skising.display import LatticeDisplay
    >>> lattice = make_ising(1, 64, temperatures=[2.4], random_state=0).data[0]
    >>> display = LatticeDisplay.from_lattice(lattice, block_size=16, temperature=2.4)
    >>> float(round(display.correlation_length, 2))
    10.23
    """

    ax_: Axes
    figure_: Figure | SubFigure
    image_: AxesImage
    block_: Rectangle | None
    scale_bars_: dict[str, Line2D]
    _is_exact_length = False

    def __init__(
        self,
        lattice: NDArray[np.int8],
        *,
        block_size: int | None = None,
        correlation_length: float | None = None,
        temperature: float | None = None,
    ) -> None:
        self.lattice = lattice
        self.block_size = block_size
        self.correlation_length = correlation_length
        self.temperature = temperature

    @classmethod
    def from_lattice(
        cls,
        lattice: ArrayLike,
        *,
        block_size: int | None = None,
        correlation_length: float | None = None,
        temperature: float | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a lattice.

        Parameters
        ----------
        lattice : array-like of shape (n_rows, n_cols)
            Spins, each +1 or -1.
        block_size : int, default=None
            Sites per side of the block, at least 1. None draws no block.
        correlation_length : float, default=None
            In lattice constants. None takes the exact value of the infinite lattice in equilibrium
            at `temperature`, if that is given, and the label says so. It is not measured: for a
            lattice that may not be in equilibrium, or is not an Ising model, give the result of
            `skising.observables.correlation_length`. A bar of infinite length (at the critical
            temperature) is as long as the lattice.
        temperature : float, default=None
            Temperature in the title, in units of J / k_B. None writes no title.
        ax : matplotlib Axes, default=None
            Where to draw. A figure with ``layout="compressed"`` has room for title and bars. None
            makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : LatticeDisplay

        Raises
        ------
        TypeError, ValueError
            If the lattice does not have two dimensions, holds anything but +1 and -1, or is smaller
            than the block, or if a size, length or temperature is not above zero.
        """
        if correlation_length is not None:
            correlation_length = check_positive(correlation_length, "correlation_length")
        is_exact = correlation_length is None and temperature is not None
        spins, block_size, temperature = _check(lattice, block_size, temperature)
        if is_exact:
            correlation_length = float(exact.correlation_length(temperature))
        display = cls(
            spins,
            block_size=block_size,
            correlation_length=correlation_length,
            temperature=temperature,
        )
        display._is_exact_length = is_exact
        return display.plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the lattice, a block at its centre, and both lengths as bars below.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. A figure with ``layout="compressed"`` has room for title and bars. None
            makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        self : LatticeDisplay

        Raises
        ------
        TypeError, ValueError
            As `from_lattice`, except that the correlation length may be infinite.
        """
        lattice, _, _ = _check(self.lattice, self.block_size, self.temperature)
        if self.correlation_length != np.inf and self.correlation_length is not None:
            check_positive(self.correlation_length, "correlation_length")
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        style: dict[str, Any] = {"cmap": "gray", "vmin": -1, "vmax": 1, "interpolation": "nearest"}
        self.image_ = ax.imshow(lattice, **(style | kwargs))
        ax.set(xticks=[], yticks=[])
        # A frame, also in a style that hides the upper and the right axis.
        ax.spines[:].set_visible(True)
        if self.temperature is not None:
            ax.set_title(f"$T = {self.temperature:.4g}\\,J/k_B$")
        self.block_ = None if self.block_size is None else self._draw_block(ax)
        self.scale_bars_ = self._draw_scale_bars(ax)
        return self

    def _draw_block(self, ax):
        from matplotlib.patches import Rectangle
        from matplotlib.patheffects import Normal, Stroke

        size = self.block_size
        corner = [(n - size) // 2 - 0.5 for n in reversed(self.image_.get_array().shape)]
        # A white outline makes the coloured line visible on spins of both signs.
        outline = [Stroke(linewidth=5, foreground="white"), Normal()]
        style = {"edgecolor": VERMILION, "linewidth": 2.5, "path_effects": outline}
        return ax.add_patch(Rectangle(corner, size, size, fill=False, **style))

    def _draw_scale_bars(self, ax):
        from matplotlib.transforms import ScaledTranslation

        n_cols = self.image_.get_array().shape[1]
        lengths = {
            "block": (self.block_size, r"$\ell$", VERMILION),
            "correlation_length": (self.correlation_length, r"$\xi$", BLUE),
        }
        bars = {}
        for key, (length, symbol, color) in lengths.items():
            if length is None:
                continue
            down = ScaledTranslation(0, -(8 + 24 * len(bars)) / 72, self.figure_.dpi_scale_trans)
            style = {"transform": ax.get_xaxis_transform() + down, "clip_on": False}
            end = min(length, n_cols) - 0.5
            (bars[key],) = ax.plot(
                [-0.5, end], [0, 0], color=color, linewidth=4, solid_capstyle="butt", **style
            )
            value = f"{length:.3g}" if np.isfinite(length) else r"$\infty$"
            if key == "correlation_length" and self._is_exact_length:
                value += " in equilibrium"
            beyond = ", longer than the lattice" if length > n_cols else ""
            ax.annotate(
                f"{symbol} = {value}{beyond}",
                (-0.5, 0),
                xycoords=style["transform"],
                xytext=(0, -4),
                textcoords="offset points",
                va="top",
            )
        ax.set_xlim(-0.5, n_cols - 0.5)
        return bars


def _check(lattice, block_size, temperature):
    """Return the lattice as int8, an int and a float, if they are as described."""
    name, lattice = name_array(lattice, "lattice"), as_array(lattice, "lattice")
    if lattice.ndim != 2:
        raise ValueError(
            "lattice must have 2 dimensions, (n_rows, n_cols); got shape "
            f"{lattice.shape}. Of several lattices, draw one, such as X[0]."
        )
    if block_size is not None:
        block_size = check_integer(block_size, "block_size", minimum=1)
    spins = check_lattices(lattice[np.newaxis], name, block_size=block_size or 1)[0]
    if temperature is not None:
        temperature = float(check_temperatures([temperature], "temperature")[0])
    return spins, block_size, temperature
