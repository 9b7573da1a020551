"""The predictions of the classifier: probabilities, classes and their score."""

from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin

from .._numbers import as_numbers
from .._typing import LatticesLike
from .._validation import as_labels
from ._pooling import (
    pool_log_probabilities,
    pool_probabilities,
    pooled_values,
    probabilities_of,
)
from ._standard_error import standard_error, warn_of_nan


class ClassPredictions(ClassifierMixin):
    """The methods of a fitted `BlockAveragingClassifier` that predict."""

    classes_: NDArray[Any]

    @overload
    def predict_proba(
        self, X: LatticesLike, return_error: Literal[False] = False
    ) -> NDArray[np.float64]: ...

    @overload
    def predict_proba(
        self, X: LatticesLike, return_error: Literal[True]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

    def predict_proba(
        self, X: LatticesLike, return_error: bool = False
    ) -> NDArray[np.float64] | tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predict the class probabilities of lattices of any size that holds a block.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins as the descriptor takes them, by default +1 and -1: an array, or a store that is
            read by slices, such as a zarr array, an h5py data set or a dask array.
        return_error : bool, default=False
            Also return the standard errors of the probabilities against their averages over the
            ensemble, not against the class of this lattice.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes), float64
            The averages over the blocks (Eq. 3), in the order of `classes_`.
        error : ndarray of the same shape
            With `return_error`: the standard errors of these averages, as for
            :meth:`BlockAveragingRegressor.predict`. With ``pooling="logit"`` they are of first
            order in the error of the averaged logits. NaN, with a warning, where all blocks of a
            lattice have the same probabilities.

        Warns
        -----
        UserWarning
            If a standard error is NaN.

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError, ValueError
            If `X` is not as described, or a lattice is smaller than a block.
        """
        if not return_error:
            return self._pooled(X, pool_probabilities)
        lattices = self._open(X)
        positions = self._random_positions(lattices)
        rows, columns = positions or lattices.partition_positions(self._stride)
        probabilities, errors = [], []
        for outputs in self._outputs(lattices, positions):
            probabilities.append(pool_probabilities(outputs, self.pooling))
            values = pooled_values(outputs, self.pooling)
            errors.append(standard_error(values, rows, columns, self.block_size_))
        error = np.concatenate(errors)
        warn_of_nan(error, len(rows))
        return np.concatenate(probabilities), error

    def predict_log_proba(self, X: LatticesLike) -> NDArray[np.float64]:
        """Predict the logarithms of the class probabilities of lattices.

        With ``pooling="probability"`` this is the logarithm of the average over the blocks, not the
        average of their logarithms. It is finite where the probability is too small for a float64.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins as the descriptor takes them, by default +1 and -1: an array, or a store that is
            read by slices, such as a zarr array, an h5py data set or a dask array.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes), float64
            In the order of `classes_`.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict_proba`.
        """
        return self._pooled(X, pool_log_probabilities)

    def predict(self, X: LatticesLike) -> NDArray[Any]:
        """Predict the class of lattices: the class of largest probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins as the descriptor takes them, by default +1 and -1: an array, or a store that is
            read by slices, such as a zarr array, an h5py data set or a dask array.

        Returns
        -------
        y : ndarray of shape (n_samples,)

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict_proba`.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_blocks(self, X: LatticesLike) -> NDArray[np.float64]:
        """Predict the probabilities of every block of the full partition: a map of each lattice.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins as the descriptor takes them, by default +1 and -1: an array, or a store that is
            read by slices, such as a zarr array, an h5py data set or a dask array.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_down, n_across), float64
            A value for each block of `extract_blocks`: n_rows / l down and n_cols / l across if l
            divides both, more if not or if `stride` is smaller than l. For two classes,
            the probability of the second, ``classes_[1]``. For more, all of them along a last axis.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict_proba`.
        """
        probabilities = self._map_blocks(X, probabilities_of)
        return probabilities[..., 1] if len(self.classes_) == 2 else probabilities

    def score(self, X: LatticesLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy of `predict`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            As in `predict`.
        y : array-like of shape (n_samples,)
            The true labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the lattices. None weights them equally.

        Returns
        -------
        score : float

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict`, and if `y` or `sample_weight` has masked entries,
            or a label is missing.
        """
        weights = None if sample_weight is None else as_numbers(sample_weight, "sample_weight")
        return super().score(X, as_labels(y, "y"), weights)

    def _pooled(self, X, pool):
        """Return (n_samples, n_classes) values, pooled over the blocks of each lattice."""
        lattices = self._open(X)
        all_outputs = self._outputs(lattices, self._random_positions(lattices))
        return np.concatenate([pool(outputs, self.pooling) for outputs in all_outputs])
