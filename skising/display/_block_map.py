"""A value for each block of a lattice, as a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._numbers import as_array, as_numbers, name_array
from .._spins import check_lattices
from .._validation import check_integer, first_index
from ..blocks._lattices import partition_grid
from ._checks import check_block_estimator
from ._drawing import as_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage


class BlockMapDisplay:
    """A value for each block of a lattice, drawn as a map in the coordinates of the sites.

    Each block has a rectangle around its centre. It reaches halfway to the centres of the next
    blocks, so the rectangles of blocks that overlap do not.

    Parameters
    ----------
    values : array-like of shape (n_down, n_across)
        One number for each block.
    block_size : int
        Sites per side of a block, l.
    rows : array-like of shape (n_down,), default=None
        The first row of the blocks, ascending. None puts blocks side by side, from row 0.
    columns : array-like of shape (n_across,), default=None
        The first column of the blocks, ascending. None puts blocks side by side, from column 0.
    lattice : array-like of shape (n_rows, n_cols), default=None
        The spins or states, drawn in grey below the map. None draws the map alone.
    label : str, default=None
        What the values are, for the colour bar. None writes no label.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    map_ : matplotlib QuadMesh
    image_ : matplotlib AxesImage or None
    colorbar_ : matplotlib Colorbar

    See Also
    --------
    skising.BlockAveragingClassifier.predict_blocks : Such values of a classifier.
    skising.BlockAveragingRegressor.predict_blocks : Such values of a regressor.

    Examples
    --------
    >>> from skising import BlockAveragingRegressor, make_ising
    >>> from skising.display import BlockMapDisplay
    >>> X, y = make_ising(60, 32, temperatures=[1.5, 2.5], return_X_y=True, random_state=0)
    >>> model = BlockAveragingRegressor(8, stride=4, max_epochs=5, random_state=0).fit(X, y)
    >>> display = BlockMapDisplay.from_estimator(model, X[0], label="energy density")
    >>> display.values.shape
    (7, 7)
    >>> display.rows.tolist()
    [0, 4, 8, 12, 16, 20, 24]
    """

    ax_: Axes
    figure_: Figure | SubFigure
    map_: QuadMesh
    image_: AxesImage | None
    colorbar_: Colorbar

    def __init__(
        self,
        values: ArrayLike,
        block_size: int,
        *,
        rows: ArrayLike | None = None,
        columns: ArrayLike | None = None,
        lattice: ArrayLike | None = None,
        label: str | None = None,
    ) -> None:
        self.values = values
        self.block_size = block_size
        self.rows = rows
        self.columns = columns
        self.lattice = lattice
        self.label = label

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        lattice: ArrayLike,
        *,
        output: int | None = None,
        show_lattice: bool = False,
        label: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Predict every block of a lattice and draw the map.

        Parameters
        ----------
        estimator : BlockAveragingRegressor or BlockAveragingClassifier
            Fitted. A search, such as `GridSearchCV`, stands for its best estimator. Its `stride`
            sets the distance of the blocks.
        lattice : array-like of shape (n_rows, n_cols)
            Spins as the estimator's descriptor takes them.
        output : int, default=None
            Which property, or which class of `classes_`, is drawn. None is the only property, or
            the second of two classes. Estimators with more than that need it.
        show_lattice : bool, default=False
            Whether the lattice is drawn in grey below the map, which is then half transparent.
        label : str, default=None
            What the values are, for the colour bar. None writes "Probability of class ..." or
            "Prediction".
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.pcolormesh`.

        Returns
        -------
        display : BlockMapDisplay

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        TypeError, ValueError
            If `estimator` predicts no blocks, the lattice does not have two dimensions or is not
            as `predict_blocks` takes it, or `output` does not name one of the outputs.
        """
        # Imported here, because it loads numba, which displays of other data do not need.
        from ..descriptors._registry import spins_of

        model = check_block_estimator(estimator)
        name, spins = name_array(lattice, "lattice"), spins_of(model.descriptor_)
        X = _check_axes(as_array(lattice, "lattice"))[np.newaxis]
        X = check_lattices(X, name, block_size=model.block_size_, spins=spins)
        values = model.predict_blocks(X)[0]
        classes = getattr(model, "classes_", None)
        values, number = _one_output(values, output, classes)
        if label is None:
            label = "Prediction" if classes is None else f"Probability of class {classes[number]}"
        stride = model.block_size_ if model.stride is None else int(model.stride)
        rows, columns = partition_grid(X.shape, model.block_size_, stride)
        display = cls(
            values,
            model.block_size_,
            rows=rows,
            columns=columns,
            lattice=X[0] if show_lattice else None,
            label=label,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the map, and the lattice below it if there is one.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.pcolormesh`.

        Returns
        -------
        self : BlockMapDisplay

        Raises
        ------
        TypeError, ValueError
            If the values are not finite numbers in two dimensions, or `block_size`, `rows`,
            `columns` or `lattice` is not as described.
        """
        values = _check_values(self.values)
        block_size = check_integer(self.block_size, "block_size", minimum=1)
        firsts = (("rows", self.rows), ("columns", self.columns))
        y, x = (
            _edges(first, name, n_blocks, block_size)
            for (name, first), n_blocks in zip(firsts, values.shape, strict=True)
        )
        lattice = self.lattice
        if lattice is not None:
            lattice = _check_axes(as_numbers(lattice, "lattice"))
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        self.image_ = None
        style: dict[str, Any] = {"cmap": "viridis"}
        if lattice is not None:
            # Without black, below which no colour of the map could be told.
            lowest, highest = float(lattice.min()), float(lattice.max())
            darkest = lowest - (highest - lowest or 1)
            self.image_ = ax.imshow(
                lattice, cmap="gray", vmin=darkest, vmax=highest, interpolation="nearest"
            )
            style["alpha"] = 0.5
        self.map_ = ax.pcolormesh(x, y, values, **(style | kwargs))
        self.colorbar_ = self.figure_.colorbar(self.map_, ax=ax, label=self.label or "")
        # Row 0 is at the top, as in an image.
        if self.image_ is not None:
            ax.set(xlim=self.image_.get_extent()[:2], ylim=self.image_.get_extent()[2:])
        else:
            ax.set(xlim=(x[0], x[-1]), ylim=(y[-1], y[0]))
        ax.set(aspect="equal", xlabel="Column (sites)", ylabel="Row (sites)")
        return self


def _one_output(values, output, classes):
    """Return the map of one output, and its number."""
    if values.ndim == 2:
        n_outputs = 1 if classes is None else 2
        number = n_outputs - 1
        if output is not None:
            number = check_integer(output, "output", minimum=0, maximum=n_outputs - 1)
        is_first_of_two = number < n_outputs - 1
        return (1 - values if is_first_of_two else values), number
    n_outputs = values.shape[-1]
    if output is None:
        what = "properties" if classes is None else f"classes, {classes.tolist()}"
        raise ValueError(
            f"output must be given for an estimator of {n_outputs} {what}: which one to draw, from "
            f"0 to {n_outputs - 1}; got None."
        )
    number = check_integer(output, "output", minimum=0, maximum=n_outputs - 1)
    return values[..., number], number


def _check_values(values):
    values = as_numbers(values, "values").astype(np.float64)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(
            "values must hold a number for each block, in the shape (n_down, n_across); got shape "
            f"{values.shape}. Of several lattices, draw one, such as values[0]."
        )
    bad = ~np.isfinite(values)
    if bad.any():
        first = first_index(bad)
        raise ValueError(f"values must be finite; got {values[first]} in the block {first}.")
    return values


def _check_axes(lattice):
    if lattice.ndim != 2 or lattice.size == 0:
        raise ValueError(
            f"lattice must have 2 dimensions, (n_rows, n_cols); got shape {lattice.shape}. Of "
            "several lattices, draw one, such as X[0]."
        )
    return lattice


def _edges(first, name, n_blocks, block_size) -> NDArray[np.float64]:
    """Return the edges (n_blocks + 1,) between blocks, in sites: site i reaches over i -+ 1/2."""
    if first is None:
        first = np.arange(n_blocks) * block_size
    first = as_numbers(first, name).astype(np.float64)
    if first.shape != (n_blocks,) or not np.isfinite(first).all() or (np.diff(first) <= 0).any():
        raise ValueError(
            f"{name} must hold the first site of each of the {n_blocks} blocks in that direction, "
            f"ascending; got {first.tolist()}."
        )
    centre = first + (block_size - 1) / 2
    if n_blocks == 1:
        return centre[0] + np.array([-0.5, 0.5]) * block_size
    between = (centre[1:] + centre[:-1]) / 2
    before, after = centre[0] - np.diff(centre)[0] / 2, centre[-1] + np.diff(centre)[-1] / 2
    return np.concatenate([[before], between, [after]])
