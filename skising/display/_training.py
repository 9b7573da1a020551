"""The loss of a training against the epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from ._checks import check_block_estimator, check_frame
from ._drawing import BLUE, VERMILION, as_axes, expand_aliases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D


class TrainingDisplay:
    """The loss against the epoch, on a logarithmic axis.

    The loss of a validation set is drawn, too, if the training had one: with ``early_stopping``.

    Parameters
    ----------
    history : list of dict, or DataFrame
        A dict or a row for each epoch, with the key `train_loss` and optionally `valid_loss`, as in
        the attribute `history_` of an estimator. All are numbers > 0. Epochs without a `valid_loss`
        are left out of its line.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    train_ : matplotlib Line2D
    valid_ : matplotlib Line2D or None

    Examples
    --------
    >>> from skising import BlockAveragingClassifier, make_ising
    >>> from skising.display import TrainingDisplay
    >>> X, phase = make_ising(
    ...     40, 16, temperatures=[1.5, 3.5], target="phase", return_X_y=True, random_state=0
    ... )
    >>> model = BlockAveragingClassifier(8, max_epochs=5, early_stopping=True, random_state=0)
    >>> display = TrainingDisplay.from_estimator(model.fit(X, phase))
    >>> display.train_.get_xdata().tolist()
    [1, 2, 3, 4, 5]
    """

    ax_: Axes
    figure_: Figure | SubFigure
    train_: Line2D
    valid_: Line2D | None

    def __init__(self, history: Sequence[dict[str, Any]] | pd.DataFrame) -> None:
        self.history = history

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the history of a fitted estimator.

        Parameters
        ----------
        estimator : BlockAveragingRegressor or BlockAveragingClassifier
            Fitted. A search, such as `GridSearchCV`, stands for its best estimator.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : TrainingDisplay

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If `estimator` is not one of this library's.
        """
        return cls(check_block_estimator(estimator).history_).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the losses.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot`.

        Returns
        -------
        self : TrainingDisplay

        Raises
        ------
        TypeError, ValueError
            If `history` is neither a list of dicts nor a DataFrame, has no epoch, lacks
            `train_loss`, or holds losses that are not numbers > 0.
        """
        history = check_frame(
            _as_frame(self.history),
            "history",
            ["train_loss"],
            optional=("valid_loss",),
            positive=("train_loss", "valid_loss"),
            may_be_nan=("valid_loss",),
        )
        from matplotlib.ticker import MaxNLocator

        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        epoch = history.index + 1
        style: dict[str, Any] = {"marker": "o", "markersize": 3, "linewidth": 1.2}
        style |= expand_aliases(kwargs)
        (self.train_,) = ax.plot(
            epoch, history.train_loss, **({"color": BLUE, "label": "training"} | style)
        )
        self.valid_ = None
        if "valid_loss" in history and history.valid_loss.notna().any():
            style = {"color": VERMILION, "label": "validation"} | style | {"linestyle": "--"}
            valid = history.valid_loss.dropna()
            (self.valid_,) = ax.plot(valid.index + 1, valid, **style)
        ax.set(xlabel="Epoch", ylabel="Loss", yscale="log")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend(frameon=False)
        return self


def _as_frame(history):
    if isinstance(history, pd.DataFrame):
        return history
    if not isinstance(history, (list, tuple)) or not all(isinstance(h, dict) for h in history):
        raise TypeError(
            "history must be a list with a dict for each epoch, such as the history_ of a fitted "
            f"estimator, or a DataFrame; got {history!r}."
        )
    return pd.DataFrame(list(history))
