"""Estimators that learn an intensive property of lattices from the average over their blocks."""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ._block_network import BlockNetworkEstimator
from ._validation import check_choice, check_lattices, check_real_target, check_target_length
from .networks import LatticeCrossEntropyLoss, LatticeMSELoss, class_log_probabilities

__all__ = ["BlockAveragingClassifier", "BlockAveragingRegressor"]


class BlockAveragingRegressor(RegressorMixin, BlockNetworkEstimator):
    """Regression of an intensive property on lattices of any size, by the average over blocks.

    A network f maps the features G of an l x l block to the property; a lattice's prediction is the
    average over its blocks. Training minimises the error of that average (Eq. 2 of Phys. Rev. E
    108, 065304 (2023)),

        loss = | Q - (1 / M) sum_a f(G_a) |^2,

    over the M blocks of the lattice's partition, with `Q` standardised.

    Parameters
    ----------
    block_size : int, default=32
        Sites per side of a block, l >= 2.
    descriptor : {"d4", "pair", "spins"} or transformer, default="d4"
        Blocks (n_blocks, l, l) to float32 features. "d4" is `D4Descriptor`, with a network that
        convolves over orbits; another transformer gets a fully connected one.
    objective : {"lattice", "block"}, default="lattice"
        Whether the loss is that of the lattice's average, or of every block by itself.
    n_blocks : int, default=None
        Blocks to predict a lattice from, N_sample, at random positions. None is the full partition.
        It may be changed after `fit`.
    lr : float, default=1e-3
        Largest learning rate of Adam. It rises to this and falls to almost 0 within the epochs (one
        cycle: Smith and Topin, 2019), unless `callbacks` holds a skorch `LRScheduler`.
    max_epochs : int, default=30
        Passes over the lattices.
    batch_size : int, default=32
        Lattices per step.
    device : str, default="auto"
        Where torch computes; "auto" is "cuda" where there is one, else "cpu".
    random_shift : bool, default=False
        Whether the partition of each training batch starts at a random site, around the boundary:
        more data at no cost, for lattices with periodic boundaries.
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
            Spins, each +1 or -1.
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
        X = check_lattices(X, block_size=self.block_size)
        check_target_length(X, y)
        y = check_real_target(y)
        self._single_output = y.ndim == 1
        y = y.reshape(len(y), -1)
        self.y_mean_ = y.mean(axis=0)
        spread = y.std(axis=0)
        self.y_scale_ = np.where(spread > 0, spread, 1.0)
        target = ((y - self.y_mean_) / self.y_scale_).astype(np.float32)
        self._fit_network(X, target)
        return self

    def predict(self, X, return_std=False):
        """Predict the property of lattices, of any size that holds a block.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1.
        return_std : bool, default=False
            Also return sigma_Q.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, k), float64
            The average over the blocks (Eq. 3).
        sigma : ndarray of the same shape
            With `return_std`: the standard deviation over the blocks (Eq. 4). This is the spread of
            the property at the scale of a block. It is not the error of the average, which is far
            smaller and depends on how neighbouring blocks are correlated.

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError, ValueError
            If `X` is not as described, or a lattice is smaller than a block.
        """
        check_is_fitted(self)
        self._check_parameters()
        moments = [
            (values.mean(axis=1), values.std(axis=1))
            for values in map(self._values, self._outputs(X, self.n_blocks))
        ]
        mean, std = (self._as_y(np.concatenate(part)) for part in zip(*moments, strict=True))
        return (mean, std) if return_std else mean

    def predict_blocks(self, X):
        """Predict the property of every block of the full partition: a map of each lattice.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1.

        Returns
        -------
        y : ndarray of shape (n_samples, n_rows // l, n_cols // l), float64
            With a last axis of length k if `fit` saw y of shape (n_samples, k).

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict`.
        """
        check_is_fitted(self)
        return self._as_y(self._block_map(X, self._values))

    @property
    def _n_outputs(self):
        return len(self.y_mean_)

    def _criterion(self):
        return {"criterion": LatticeMSELoss, "criterion__objective": self.objective}

    def _values(self, outputs):
        return outputs.numpy() * self.y_scale_ + self.y_mean_

    def _as_y(self, values):
        return values[..., 0] if self._single_output else values


class BlockAveragingClassifier(ClassifierMixin, BlockNetworkEstimator):
    """Classification of lattices of any size into phases, by the average over blocks.

    A network f maps the features G of an l x l block to the probabilities of the classes; a
    lattice's probabilities are the averages over its blocks. Training minimises the cross entropy
    of those averages (Eq. 6 of Phys. Rev. E 108, 065304 (2023)); for two classes

        loss = BCE(y, (1 / M) sum_a sigmoid(f(G_a))),

    over the M blocks of the lattice's partition.

    Parameters
    ----------
    block_size : int, default=32
        Sites per side of a block, l >= 2.
    descriptor : {"d4", "pair", "spins"} or transformer, default="d4"
        Blocks (n_blocks, l, l) to float32 features. "d4" is `D4Descriptor`, with a network that
        convolves over orbits; another transformer gets a fully connected one.
    objective : {"lattice", "block"}, default="lattice"
        Whether the loss is that of the lattice's average, or of every block by itself.
    pooling : {"probability", "logit"}, default="probability"
        What is averaged over the blocks: probabilities, as in Eq. 6, or logits.
    n_blocks : int, default=None
        Blocks to predict a lattice from, N_sample, at random positions. None is the full partition.
        It may be changed after `fit`.
    lr : float, default=1e-3
        Largest learning rate of Adam. It rises to this and falls to almost 0 within the epochs (one
        cycle: Smith and Topin, 2019), unless `callbacks` holds a skorch `LRScheduler`.
    max_epochs : int, default=30
        Passes over the lattices.
    batch_size : int, default=32
        Lattices per step.
    device : str, default="auto"
        Where torch computes; "auto" is "cuda" where there is one, else "cpu".
    random_shift : bool, default=False
        Whether the partition of each training batch starts at a random site, around the boundary:
        more data at no cost, for lattices with periodic boundaries.
    callbacks : list of skorch callbacks, default=None
        Called while training.
    random_state : int, RandomState instance or None, default=None
        Seeds weights, batches, dropout, and the positions of `n_blocks`. An int makes `fit` and
        `predict` repeat themselves; torch's global state is left as it was.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    block_size_ : int
        The block size of the fit.
    net_ : skorch.NeuralNet
        The trained network.
    history_ : list of dict
        `train_loss` and `dur` (seconds) of each epoch.
    descriptor_ : transformer
        The fitted descriptor.

    See Also
    --------
    BlockAveragingRegressor : For energies and other intensive properties.

    Examples
    --------
    >>> from skising import BlockAveragingClassifier, make_ising
    >>> X, phase = make_ising(
    ...     40, 16, temperatures=[1.5, 3.5], target="phase", return_X_y=True, random_state=0
    ... )
    >>> model = BlockAveragingClassifier(block_size=8, max_epochs=20, random_state=0).fit(X, phase)
    >>> model.predict(make_ising(2, 64, temperatures=[1.5, 3.5], random_state=1).data)
    array([0, 1])
    """

    def __init__(
        self,
        block_size=32,
        *,
        descriptor="d4",
        objective="lattice",
        pooling="probability",
        n_blocks=None,
        lr=1e-3,
        max_epochs=30,
        batch_size=32,
        device="auto",
        random_shift=False,
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            block_size,
            descriptor=descriptor,
            objective=objective,
            n_blocks=n_blocks,
            lr=lr,
            max_epochs=max_epochs,
            batch_size=batch_size,
            device=device,
            random_shift=random_shift,
            callbacks=callbacks,
            random_state=random_state,
            verbose=verbose,
        )
        self.pooling = pooling

    def _check_parameters(self):
        super()._check_parameters()
        check_choice(self.pooling, "pooling", ("probability", "logit"))

    def fit(self, X, y):
        """Train the network on lattices and their classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1.
        y : array-like of shape (n_samples,)
            Class of each lattice: integers, strings, or booleans; two classes or more.

        Returns
        -------
        self : BlockAveragingClassifier

        Raises
        ------
        TypeError, ValueError
            If a parameter, `X` or `y` is not as described, a lattice is smaller than a block, or
            all lattices are of one class.
        """
        self._check_parameters()
        X = check_lattices(X, block_size=self.block_size)
        check_target_length(X, y)
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        self.classes_, target = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y must hold at least two classes; got one class, {self.classes_.tolist()[0]!r}, "
                f"for all {len(y)} lattices. Add lattices of the other phase."
            )
        self._fit_network(X, target.astype(np.int64))
        return self

    def predict_proba(self, X):
        """Predict the class probabilities of lattices, of any size that holds a block.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes), float64
            The averages over the blocks (Eq. 3), in the order of `classes_`.

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError, ValueError
            If `X` is not as described, or a lattice is smaller than a block.
        """
        check_is_fitted(self)
        self._check_parameters()
        return np.concatenate([self._pool(out) for out in self._outputs(X, self.n_blocks)])

    def predict(self, X):
        """Predict the class of lattices: the one of largest probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1.

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

    def predict_blocks(self, X):
        """Predict the probabilities of every block of the full partition: a map of each lattice.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_rows // l, n_cols // l), float64
            Of two classes, the probability of the second, ``classes_[1]``. Of more, all of them
            along a last axis.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict_proba`.
        """
        check_is_fitted(self)
        probabilities = self._block_map(X, lambda out: class_log_probabilities(out).exp().numpy())
        return probabilities[..., 1] if len(self.classes_) == 2 else probabilities

    @property
    def _n_outputs(self):
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _criterion(self):
        return {
            "criterion": LatticeCrossEntropyLoss,
            "criterion__objective": self.objective,
            "criterion__pooling": self.pooling,
        }

    def _pool(self, outputs):
        if self.pooling == "logit":
            return class_log_probabilities(outputs.mean(dim=1)).exp().numpy()
        return class_log_probabilities(outputs).exp().mean(dim=1).numpy()
