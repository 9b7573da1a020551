"""Regression of an intensive property, by the average over blocks."""

import numpy as np
from sklearn.base import RegressorMixin

from .._validation import check_real_target, check_target_length
from ..networks import LatticeMSELoss
from ._base import BlockNetworkEstimator
from ._last_layer import solve_last_layer
from ._standard_error import standard_error


class BlockAveragingRegressor(RegressorMixin, BlockNetworkEstimator):
    """Regression of an intensive property on lattices of any size, by the average over blocks.

    A network f maps the features G of an l x l block to the property; a lattice's prediction is the
    average over its blocks. Training minimises the error of that average (Eq. 2 of Phys. Rev. E
    108, 065304 (2023)), ::

        loss = | Q - (1 / M) sum_a f(G_a) |^2,

    over the M blocks of the lattice's partition, with `Q` standardised. The last layer, in which
    this loss is that of a linear regression, is in the end solved for, with a small ridge penalty.

    Parameters
    ----------
    block_size : int, default=32
        Sites per side of a block, l >= 2.
    descriptor : {"d4", "pair", "spins"} or transformer, default="d4"
        Blocks (n_blocks, l, l) to float32 features: `D4Descriptor`, `PairCorrelationDescriptor`,
        the spins as they are, or a transformer with the same contract.
    objective : {"lattice", "block"}, default="lattice"
        Whether the loss is that of the lattice's average, or of every block by itself.
    n_blocks : int, default=None
        Blocks to predict a lattice from, N_sample, at random positions. None is the full partition.
        It may be changed after `fit`.
    stride : int, default=None
        Sites from one block of the full partition to the next, in prediction; None is `block_size`.
        Where it is smaller, blocks overlap. It may be changed after `fit`.
    lr : float, default=3e-3
        Largest learning rate of Adam. It rises to this and falls to almost 0 within the epochs (one
        cycle: Smith and Topin, 2019), unless `callbacks` holds a skorch `LRScheduler`.
    max_epochs : int, default=30
        Passes over the lattices.
    batch_size : int, default=32
        Lattices per step.
    random_shift : bool, default=False
        Whether the partition of each training batch starts at a random site, around the boundary:
        more data at no cost, for lattices with periodic boundaries.
    early_stopping : bool, default=False
        Whether to hold out some lattices, at random and of small and large y alike, and to stop
        where the loss on them, `valid_loss`, no longer falls. The learning rate then starts at `lr`
        and falls tenfold where the loss has not fallen for half of `n_iter_no_change` epochs; the
        best weights are kept.
    validation_fraction : float, default=0.1
        The share of the lattices to hold out.
    n_iter_no_change : int, default=10
        Epochs without a better `valid_loss` before training stops.
    warm_start : bool, default=False
        Whether `fit` goes on with the weights of the last fit.
    checkpoint : str or path-like, default=None
        A file to keep the state of the training in, after each epoch. If `fit` is killed, and
        called again with the same arguments, it goes on there and ends with the weights of an
        uninterrupted run. It takes an int `random_state`. The file stays; it is no place to `load`
        an estimator from.
    net_params : dict, default=None
        What else to pass to `skorch.NeuralNet`: "module__hidden", "optimizer", ... . The "module"
        is `FullyConnectedNetwork` from `skising.networks`, and may be another class whose
        constructor takes `n_features` and `n_outputs`; or `OrbitNetwork`, the paper's.
    device : str, default="auto"
        Where torch computes; "auto" is "cuda" where there is one, else "cpu".
    callbacks : list of skorch callbacks, default=None
        Called while training.
    random_state : int, RandomState instance or None, default=None
        Seeds weights, batches, dropout, and the positions of `n_blocks`. An int makes `fit` and
        `predict` repeat themselves; torch's global state is left as it was.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    block_size_ : int
        The block size of the fit.
    net_ : skorch.NeuralNet
        The trained network.
    history_ : list of dict
        `train_loss` (of the standardised property) and `dur` (seconds) of each epoch.
    descriptor_ : transformer
        The fitted descriptor.
    y_mean_, y_scale_ : ndarray of shape (k,)
        What the property was standardised by.

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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X, y):
        """Train the network on lattices and their properties.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1: an array, or a store that is read by slices, as a zarr array, an
            h5py data set or a dask array.
        y : array-like of shape (n_samples,) or (n_samples, k)
            The intensive property of each lattice, or several.

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
        target, fitted = self._standardise(
            lattices, y, anew=not (self.warm_start and self._is_fitted)
        )
        # Shares of equally many small, ..., large values.
        rank = target[:, 0].argsort().argsort()
        n_strata = min(10, max(1, int(self.validation_fraction * len(rank)) // 2))
        self._fit_network(lattices, target, rank * n_strata // len(rank), target.shape[1], fitted)
        return self

    def partial_fit(self, X, y):
        """Train for one epoch more, or begin with one, at the constant learning rate `lr`.

        Parameters
        ----------
        X, y
            As in `fit`. The first call's `y` is what all are standardised by.

        Returns
        -------
        self : BlockAveragingRegressor

        Raises
        ------
        TypeError, ValueError
            As `fit`, and if `block_size` or the number of properties has changed.
        """
        self._check_parameters()
        lattices = self._lattices_to_train(X)
        target, fitted = self._standardise(lattices, y, anew=not self._is_fitted)
        self._fit_network_further(lattices, target, target.shape[1], fitted)
        return self

    def _standardise(self, lattices, y, *, anew):
        """Return the target of the network, and the attributes that tell how it was made."""
        check_target_length(lattices, y)
        y = check_real_target(y)
        fitted = {"_single_output": y.ndim == 1}
        y = y.reshape(len(y), -1)
        if anew:
            spread = y.std(axis=0)
            fitted["y_mean_"] = y.mean(axis=0)
            fitted["y_scale_"] = np.where(spread > 0, spread, 1.0)
        else:
            self._check_continued(y.shape[1])
            fitted |= {"y_mean_": self.y_mean_, "y_scale_": self.y_scale_}
        return ((y - fitted["y_mean_"]) / fitted["y_scale_"]).astype(np.float32), fitted

    def predict(self, X, return_std=False, return_error=False):
        """Predict the property of lattices, of any size that holds a block.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1: an array, or a store that is read by slices, as a zarr array, an
            h5py data set or a dask array. With `n_blocks`, only the blocks are read of lattices of
            more than 32 million sites.
        return_std : bool, default=False
            Also return sigma_Q.
        return_error : bool, default=False
            Also return the standard error of the average.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, k), float64
            The average over the blocks (Eq. 3).
        sigma : ndarray of the same shape
            With `return_std`: the standard deviation over the blocks (Eq. 4). This is the spread of
            the property at the scale of a block. It is not the error of the average.
        error : ndarray of the same shape
            With `return_error`: how far the average over these blocks is from that over all
            lattices of the ensemble, as its standard deviation. Blocks that are close, or overlap,
            are correlated, which counts: their covariances are summed up to a window (after Sokal's
            for time series). Too small where the correlation length is not small against the
            lattice, which no single lattice can tell; NaN for a single block.

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError, ValueError
            If `X` is not as described, or a lattice is smaller than a block.
        """
        lattices = self._open(X)
        positions = self._positions(lattices)
        results = []
        for outputs in self._outputs(lattices, None if self.n_blocks is None else positions):
            values = self._values(outputs)
            error = standard_error(values, *positions, self.block_size) if return_error else None
            # The images of a lattice have the same blocks in other orders, and sums are rounded by
            # their order.
            values = np.sort(values, axis=1)
            results.append((values.mean(axis=1), values.std(axis=1), error))
        wanted = [True, return_std, return_error]
        parts = [
            self._as_y(np.concatenate(part))
            for part, is_wanted in zip(zip(*results, strict=True), wanted, strict=True)
            if is_wanted
        ]
        return tuple(parts) if len(parts) > 1 else parts[0]

    def predict_blocks(self, X):
        """Predict the property of every block of the full partition: a map of each lattice.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1: an array, or a store that is read by slices, as a zarr array, an
            h5py data set or a dask array.

        Returns
        -------
        y : ndarray of shape (n_samples, n_rows // l, n_cols // l), float64
            Of more rows and columns where `stride` is smaller than l. With a last axis of length k
            if `fit` saw y of shape (n_samples, k).

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict`.
        """
        return self._as_y(self._block_map(X, self._values))

    @property
    def _n_outputs(self):
        return len(self.y_mean_)

    def _criterion(self):
        return {"criterion": LatticeMSELoss, "criterion__objective": self.objective}

    def _finish(self, net, data):
        if self.objective == "lattice" and hasattr(net.module_, "output_layer"):
            data.random_shift = False
            solve_last_layer(net, data, self.batch_size)

    def _values(self, outputs):
        return outputs.numpy() * self.y_scale_ + self.y_mean_

    def _as_y(self, values):
        return values[..., 0] if self._single_output else values
