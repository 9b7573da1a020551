"""Regression of an intensive property by the average over blocks."""

from typing import Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin

from .._numbers import as_numbers
from .._typing import LatticesLike
from ..networks import LatticeMSELoss
from ._base import BlockNetworkEstimator
from ._plan import plan_fit, plan_partial_fit
from ._standard_error import standard_error, warn_of_nan
from ._targets import EncodedTarget, check_properties, mean_and_scale, strata_of


class BlockAveragingRegressor(RegressorMixin, BlockNetworkEstimator):
    """Regression of an intensive property of lattices of any size, by the average over blocks.

    A network f maps the features G of an l x l block to the property; a lattice's prediction is the
    average over its blocks. Training minimises the error of that average (Eq. 2 of Phys. Rev. E
    108, 065304 (2023)), ::

        loss = | Q - (1 / M) sum_a f(G_a) |^2,

    over the M blocks of the lattice's partition, with `Q` standardised. After the last epoch, the
    weights of the last layer are solved for: for them this loss is a linear regression. It has a
    small ridge penalty. Before the first epoch, a linear path from at most 16 features to the
    output is solved for, where `Q` is nearly linear in so few. The layers learn what it leaves.

    Parameters
    ----------
    block_size : int, default=32
        Sites per side of a block, l >= 2.
    descriptor : {"d4", "pair", "spins"} or transformer, default="d4"
        Maps blocks (n_blocks, l, l) to features (n_blocks, n_features): `D4Descriptor`,
        `PairCorrelationDescriptor`, the spins themselves, or another transformer, such as a
        pipeline with a scaler. Another transformer is cloned and fitted to at most 4096 blocks (and
        2^25 sites) from at most 128 lattices, spread evenly over the training lattices. Its
        features are converted to float32. `warm_start` and `partial_fit` keep the fitted one.
    objective : {"lattice", "block"}, default="lattice"
        Whether the loss is computed for the lattice's average or for each of its blocks.
    n_blocks : int, default=None
        Blocks to predict a lattice from, N_sample, at random positions. None is the full partition.
        It may be changed after `fit`.
    stride : int, default=None
        Sites from one block of the full partition to the next, in prediction. None is `block_size`.
        Blocks overlap if it is smaller. It may be changed after `fit`.
    lr : float, default=3e-3
        Largest learning rate of Adam. The rate rises to `lr` and falls to almost 0 over the epochs
        (one cycle: Smith and Topin, 2019), unless `callbacks` holds a skorch `LRScheduler`.
    max_epochs : int, default=30
        Passes over the lattices.
    batch_size : int, default=32
        Lattices per step.
    random_shift : bool, default=False
        Whether the partition of each training batch starts at a random site, around the periodic
        boundary. This gives more training blocks at no cost. Lattices must be periodic.
    early_stopping : bool, default=False
        Whether to hold out a random part of the lattices, stratified by `y`, and to stop when the
        loss on them, `valid_loss`, no longer falls. The learning rate then starts at `lr`, and
        falls tenfold when the loss has not fallen for half of `n_iter_no_change` epochs. The
        weights with the smallest loss are kept.
    validation_fraction : float, default=0.1
        Fraction of the lattices to hold out.
    n_iter_no_change : int, default=10
        Epochs without a better `valid_loss` before training stops.
    warm_start : bool, default=False
        Whether `fit` begins with the weights of the last fit.
    checkpoint : str or path-like, default=None
        File for the state of the training, written after each epoch. If `fit` is killed, the same
        call continues from the file, and ends with the weights of an uninterrupted fit. An existing
        directory gives each fit a file of its own there, as a search needs. It needs an int
        `random_state`. The files stay. `load` cannot read them.
    net_params : dict, default=None
        Further parameters of `skorch.NeuralNet`: "module__hidden", "optimizer", ... . The "module"
        is `FullyConnectedNetwork` from `skising.networks`, with "module__linear_path" True. It may
        be another class whose constructor takes `n_features` and `n_outputs`, or `OrbitNetwork`,
        the network of the paper.
    device : str, default="auto"
        Where torch computes. "auto" is "cuda" if there is one, else "cpu".
    callbacks : list of skorch callbacks, default=None
        Called during training.
    n_jobs : int, default=None
        Threads of `fit` and `predict`. The results do not depend on it. None is the number of
        torch's own threads: all cores, unless `OMP_NUM_THREADS`, `torch.set_num_threads` or a
        parallel search lowers it; in a `joblib.parallel_config` with `n_jobs` it is that number.
        -1 is all cores.
    random_state : int, RandomState instance or None, default=None
        Seeds weights, batches, dropout, the blocks that a descriptor is fitted to, and the
        positions of `n_blocks`. With an int, `fit` and `predict` give the same results in each
        call. The state of torch's global generators is restored.
    verbose : int, default=0
        1 shows a progress bar: of epochs in `fit`, of sites in predictions that take over a second.

    Attributes
    ----------
    block_size_ : int
        The block size of the fit.
    descriptor_ : transformer
        The fitted descriptor.
    net_ : skorch.NeuralNet
        The trained network.
    history_ : skorch.history.History
        A list with a dict for each epoch: `epoch`, `train_loss` (of the standardised property),
        `dur` (seconds), with `early_stopping` also `valid_loss`, and `batches`, a list with
        `train_loss`, `train_batch_size` and `event_lr` of each step. `history_[:, "train_loss"]` is
        the list of the losses.
    y_mean_, y_scale_ : ndarray of shape (k,)
        Mean and standard deviation by which the property was standardised. The scale of a constant
        property is 1.

    See Also
    --------
    BlockAveragingClassifier : For phases.

    Examples
    --------
    >>> from skising import BlockAveragingRegressor, make_ising
    >>> X, y = make_ising(200, 32, temperatures=[1.5, 2.0, 3.0], return_X_y=True, random_state=0)
    >>> model = BlockAveragingRegressor(8, lr=0.005, max_epochs=10, random_state=0).fit(X, y)
    >>> larger = make_ising(2, 128, temperatures=[1.5, 3.0], random_state=1)
    >>> energy, sigma = model.predict(larger.data, return_std=True)
    >>> bool(abs(energy - larger.energy).max() < 0.1)
    True
    """

    _has_linear_path = True
    y_mean_: NDArray[np.float64]
    y_scale_: NDArray[np.float64]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: LatticesLike, y: ArrayLike) -> Self:
        """Train the network on lattices and their properties.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins as the descriptor takes them, by default +1 and -1: an array, or a store that is
            read by slices, such as a zarr array, an h5py data set or a dask array.
        y : array-like of shape (n_samples,) or (n_samples, k)
            The intensive property of each lattice, or k properties.

        Returns
        -------
        self : BlockAveragingRegressor

        Raises
        ------
        TypeError, ValueError
            If a parameter, `X` or `y` is not as described, or a lattice is smaller than a block.
        """
        self._check_parameters()
        lattices = self._lattices_to_train(X)
        target = self._standardise(lattices, y, keep_scale=self.warm_start)
        strata = strata_of(target.values[:, 0], self.validation_fraction)
        plan = plan_fit(self, lattices, target, strata, solve_last_layer=self._solves_last_layer)
        return self._train(lattices, target, plan)

    @property
    def _solves_last_layer(self):
        """Whether `fit` solves for the last layer: for the loss of averages, not of blocks."""
        return self.objective == "lattice"

    def partial_fit(self, X: LatticesLike, y: ArrayLike) -> Self:
        """Train further on lattices that may be others than before.

        After earlier calls of `partial_fit` alone, this is one more epoch at the constant learning
        rate `lr`. After `fit`, which has solved for the last layer, the layers before it stay, and
        the last layer is solved for anew, for the lattices of `fit` and of all calls since
        (recursive least squares). To train all layers further, call `fit` with `warm_start`.

        Parameters
        ----------
        X, y
            As in `fit`. Every `y` is standardised by the mean and scale of the first.

        Returns
        -------
        self : BlockAveragingRegressor

        Raises
        ------
        TypeError, ValueError
            As `fit`, and if `block_size` or the number of properties has changed, or an earlier
            version of skising has fitted the model.
        """
        self._check_parameters()
        lattices = self._lattices_to_train(X)
        target = self._standardise(lattices, y, keep_scale=True)
        plan = plan_partial_fit(self, lattices, solve_last_layer=self._solves_last_layer)
        return self._train(lattices, target, plan)

    def _standardise(self, lattices, y, *, keep_scale):
        """Return the standardised target; with `keep_scale`, by the scale of an earlier fit."""
        y = check_properties(lattices, y)
        is_single = y.ndim == 1
        y = y.reshape(len(y), -1)
        if keep_scale and self._is_fitted:
            self._check_continued(y.shape[1])
            mean, scale = self.y_mean_, self.y_scale_
        else:
            mean, scale = mean_and_scale(y)
        with np.errstate(over="ignore"):
            values = ((y - mean) / scale).astype(np.float32)
        if not np.isfinite(values).all():
            raise ValueError(
                "y must be of the same scale in all calls of partial_fit and in a warm start: "
                f"the first fit saw values within about {scale} of {mean}; got values from "
                f"{y.min():g} to {y.max():g}. Set warm_start=False and call fit."
            )
        attributes = {"_single_output": is_single, "y_mean_": mean, "y_scale_": scale}
        return EncodedTarget(values, y.shape[1], attributes)

    @overload
    def predict(
        self,
        X: LatticesLike,
        return_std: Literal[False] = False,
        return_error: Literal[False] = False,
    ) -> NDArray[np.float64]: ...

    @overload
    def predict(
        self, X: LatticesLike, return_std: Literal[True], return_error: Literal[False] = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

    @overload
    def predict(
        self,
        X: LatticesLike,
        return_std: Literal[False] = False,
        *,
        return_error: Literal[True],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

    @overload
    def predict(
        self, X: LatticesLike, return_std: Literal[True], return_error: Literal[True]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...

    def predict(
        self, X: LatticesLike, return_std: bool = False, return_error: bool = False
    ) -> NDArray[np.float64] | tuple[NDArray[np.float64], ...]:
        """Predict the property of lattices of any size that holds a block.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins as the descriptor takes them, by default +1 and -1: an array, or a store that is
            read by slices, such as a zarr array, an h5py data set or a dask array. With `n_blocks`,
            only the blocks are read from lattices of more than 32 million sites.
        return_std : bool, default=False
            Also return sigma_Q.
        return_error : bool, default=False
            Also return the standard error of the prediction against the average over the ensemble,
            not against the property of this lattice.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, k), float64
            The average over the blocks (Eq. 3).
        sigma : ndarray of the same shape
            With `return_std`: the standard deviation over the blocks (Eq. 4). This is the spread of
            the property at the scale of a block, not the error of the average.
        error : ndarray of the same shape
            With `return_error`: the standard error of the average, as an estimate of the average
            over all lattices of the ensemble. Blocks that are close or overlap are correlated: the
            error includes their covariances, up to a summation window (after Sokal's for series).
            It is too small unless the correlation length is small against the lattice, which no
            single lattice can tell. NaN, with a warning, where all blocks of a lattice have the
            same value, as in perfect order: how much the blocks of the ensemble vary is then not
            known.

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
        lattices = self._open(X)
        positions = self._random_positions(lattices)
        rows, columns = positions or lattices.partition_positions(self._stride)
        results = []
        for outputs in self._outputs(lattices, positions):
            values = self._rescale(outputs)
            error = (
                standard_error(values, rows, columns, self.block_size_) if return_error else None
            )
            # The images of a lattice have the same blocks in other orders, and the rounding of a
            # sum depends on the order.
            values = np.sort(values, axis=1)
            results.append((values.mean(axis=1), values.std(axis=1), error))
        if return_error:
            warn_of_nan(np.concatenate([error for *_, error in results]), len(rows))
        wanted = [True, return_std, return_error]
        parts = [
            self._shape_as_y(np.concatenate(part))
            for part, is_wanted in zip(zip(*results, strict=True), wanted, strict=True)
            if is_wanted
        ]
        return tuple(parts) if len(parts) > 1 else parts[0]

    def predict_blocks(self, X: LatticesLike) -> NDArray[np.float64]:
        """Predict the property of every block of the full partition: a map of each lattice.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins as the descriptor takes them, by default +1 and -1: an array, or a store that is
            read by slices, such as a zarr array, an h5py data set or a dask array.

        Returns
        -------
        y : ndarray of shape (n_samples, n_down, n_across), float64
            A value for each block of `extract_blocks`: n_rows / l down and n_cols / l across if l
            divides both, more if not or if `stride` is smaller than l. With a last axis of
            length k if `fit` saw y of shape (n_samples, k).

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict`.
        """
        return self._shape_as_y(self._map_blocks(X, self._rescale))

    def score(self, X: LatticesLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the coefficient of determination, R^2, of `predict`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            As in `predict`.
        y : array-like of shape (n_samples,) or (n_samples, k)
            The true values of the property.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the lattices. None weights them equally.

        Returns
        -------
        score : float

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict`, and if `y` or `sample_weight` has masked entries or does not hold
            numbers.
        """
        weights = None if sample_weight is None else as_numbers(sample_weight, "sample_weight")
        return super().score(X, as_numbers(y, "y"), weights)

    @property
    def _n_outputs(self):
        return len(self.y_mean_)

    def _criterion(self):
        return {"criterion": LatticeMSELoss, "criterion__objective": self.objective}

    def _target_state(self):
        arrays = {"y_mean_": self.y_mean_, "y_scale_": self.y_scale_}
        return {"single_output": self._single_output}, arrays

    def _restore_target_state(self, state, arrays):
        self.y_mean_, self.y_scale_ = arrays.pop("y_mean_"), arrays.pop("y_scale_")
        self._single_output = state["single_output"]
        for array in (self.y_mean_, self.y_scale_):
            if array.dtype != np.float64 or array.ndim != 1 or not np.isfinite(array).all():
                raise ValueError("its y_mean_ and y_scale_ are not finite numbers")
        if len(self.y_mean_) != len(self.y_scale_) or not (self.y_scale_ > 0).all():
            raise ValueError("its y_mean_ and y_scale_ do not standardise the same properties")
        if type(self._single_output) is not bool or (self._single_output and self._n_outputs > 1):
            raise ValueError("its single_output does not fit its y_mean_")

    def _rescale(self, outputs):
        """Map the network's outputs to values of the property, as float64."""
        return outputs.numpy() * self.y_scale_ + self.y_mean_

    def _shape_as_y(self, values):
        """Drop the last axis, of the properties, if `fit` saw y of shape (n_samples,)."""
        return values[..., 0] if self._single_output else values
