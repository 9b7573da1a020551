"""Classification of lattices into phases by the average over blocks."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._typing import DescriptorLike, LatticesLike, PathLike, RandomState
from .._validation import check_choice
from ..networks import LatticeCrossEntropyLoss
from ._base import BlockNetworkEstimator
from ._class_predictions import ClassPredictions
from ._labels import (
    check_classes,
    check_known_labels,
    check_labels,
    check_two_classes,
    encode_labels,
    labels_as_data,
    labels_from_data,
    n_outputs_of,
)
from ._plan import plan_fit, plan_partial_fit


class BlockAveragingClassifier(ClassPredictions, BlockNetworkEstimator):
    """Classification of lattices of any size into phases, by the average over blocks.

    A network f maps the features G of an l x l block to the probabilities of the classes; a
    lattice's probabilities are the averages over its blocks. Training minimises the cross entropy
    of those averages (Eq. 6 of Phys. Rev. E 108, 065304 (2023)); for two classes ::

        loss = BCE(y, (1 / M) sum_a sigmoid(f(G_a))),

    over the M blocks of the lattice's partition.

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
    pooling : {"probability", "logit"}, default="probability"
        What is averaged over the blocks: probabilities, as in Eq. 6, or logits.
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
        is `FullyConnectedNetwork` from `skising.networks`. It may be another class whose
        constructor takes `n_features` and `n_outputs`, or `OrbitNetwork`, the network of the paper.
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
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    block_size_ : int
        The block size of the fit.
    descriptor_ : transformer
        The fitted descriptor.
    net_ : skorch.NeuralNet
        The trained network.
    history_ : skorch.history.History
        A list with a dict for each epoch, as of :class:`BlockAveragingRegressor`.

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

    classes_: NDArray[Any]

    def __init__(
        self,
        block_size: int = 32,
        *,
        descriptor: DescriptorLike = "d4",
        objective: Literal["lattice", "block"] = "lattice",
        pooling: Literal["probability", "logit"] = "probability",
        n_blocks: int | None = None,
        stride: int | None = None,
        lr: float = 3e-3,
        max_epochs: int = 30,
        batch_size: int = 32,
        random_shift: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        checkpoint: PathLike | None = None,
        net_params: dict[str, Any] | None = None,
        device: str = "auto",
        callbacks: Sequence[Any] | None = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            block_size,
            descriptor=descriptor,
            objective=objective,
            n_blocks=n_blocks,
            stride=stride,
            lr=lr,
            max_epochs=max_epochs,
            batch_size=batch_size,
            random_shift=random_shift,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            warm_start=warm_start,
            checkpoint=checkpoint,
            net_params=net_params,
            device=device,
            callbacks=callbacks,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.pooling = pooling

    def _check_parameters(self):
        checked = super()._check_parameters()
        checked.pooling = check_choice(self.pooling, "pooling", ("probability", "logit"))
        return checked

    def fit(self, X: LatticesLike, y: ArrayLike) -> Self:
        """Train the network on lattices and their classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins as the descriptor takes them, by default +1 and -1: an array, or a store that is
            read by slices, such as a zarr array, an h5py data set or a dask array.
        y : array-like of shape (n_samples,)
            Class of each lattice: integers, strings or booleans, of at least two classes.

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
        lattices = self._lattices_to_train(X)
        y = check_labels(lattices, y)
        classes = check_two_classes(y)
        if self.warm_start and self._is_fitted:
            classes = self._known_classes(y)
        target = encode_labels(y, classes)
        plan = plan_fit(self, lattices, target, strata=target.values, solve_last_layer=False)
        return self._train(lattices, target, plan)

    def partial_fit(self, X: LatticesLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Train for one epoch, after those of earlier calls, at the constant learning rate `lr`.

        Parameters
        ----------
        X, y
            As in `fit`, but `y` need not hold all the classes.
        classes : array-like of shape (n_classes,), default=None
            All the classes of this and later calls. Required in the first call.

        Returns
        -------
        self : BlockAveragingClassifier

        Raises
        ------
        TypeError, ValueError
            As `fit`, and if `block_size` or `classes` have changed, or `y` holds another class.
        """
        self._check_parameters()
        lattices = self._lattices_to_train(X)
        y = check_labels(lattices, y)
        labels = None if classes is None else check_classes(classes)
        if self._is_fitted:
            if labels is not None and not np.array_equal(labels, self.classes_):
                raise ValueError(
                    f"classes={labels.tolist()} is not the same as on last call to "
                    f"partial_fit, was: {self.classes_.tolist()}. Call fit to begin anew."
                )
            labels = self._known_classes(y)
        elif labels is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        else:
            check_known_labels(y, labels)
        plan = plan_partial_fit(self, lattices, solve_last_layer=False)
        return self._train(lattices, encode_labels(y, labels), plan)

    def _known_classes(self, y):
        """Return the classes of the last fit, if its network can be trained further on `y`."""
        self._check_continued(self._n_outputs)
        check_known_labels(y, self.classes_)
        return self.classes_

    @property
    def _n_outputs(self):
        return n_outputs_of(self.classes_)

    def _criterion(self):
        return {
            "criterion": LatticeCrossEntropyLoss,
            "criterion__objective": self.objective,
            "criterion__pooling": self.pooling,
        }

    def _target_state(self):
        return labels_as_data(self.classes_), {}

    def _restore_target_state(self, state, arrays):
        self.classes_ = labels_from_data(state)
