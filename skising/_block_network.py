"""A network on the blocks of lattices: what the regressor and the classifier share."""

import math
from types import NoneType

import numpy as np
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from skorch import NeuralNet
from torch import nn

from ._training import (
    EpochBar,
    LatticeDataset,
    block_features,
    holds_schedule,
    keep_batch,
    one_cycle,
    seeded,
)
from ._validation import (
    check_choice,
    check_integer,
    check_lattice_shape,
    check_lattices,
    check_positive,
)
from .blocks import check_block_size, partition, sample_blocks
from .descriptors import D4Descriptor, PairCorrelationDescriptor, SpinDescriptor
from .networks import FullyConnectedNetwork, OrbitNetwork

_DESCRIPTORS = {
    "d4": D4Descriptor,
    "pair": PairCorrelationDescriptor,
    "spins": SpinDescriptor,
}
_BLOCKS_AT_ONCE = 4096
_ROWS = 512


class BlockNetworkEstimator(BaseEstimator):
    """The network of the regressor and the classifier: how it is fitted and run on blocks."""

    def __init__(
        self,
        block_size=32,
        *,
        descriptor="d4",
        objective="lattice",
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
        self.block_size = block_size
        self.descriptor = descriptor
        self.objective = objective
        self.n_blocks = n_blocks
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.device = device
        self.random_shift = random_shift
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags

    def _check_parameters(self):
        check_block_size(self.block_size)
        check_choice(self.objective, "objective", ("lattice", "block"))
        if self.n_blocks is not None:
            check_integer(self.n_blocks, "n_blocks", minimum=1, hint="None is the full partition.")
        check_positive(self.lr, "lr")
        check_integer(self.max_epochs, "max_epochs", minimum=1)
        check_integer(self.batch_size, "batch_size", minimum=1)
        if not isinstance(self.callbacks, (list, tuple, NoneType)):
            raise TypeError(
                f"callbacks must be a list of skorch callbacks, or None; got {self.callbacks!r}."
            )

    def _fit_network(self, X, target):
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        net = self._build_network(X[:1, : self.block_size, : self.block_size], len(X))
        dataset = LatticeDataset(X, target, self.block_size, self.descriptor_, self.random_shift)
        with seeded(seed, net.device):
            net.fit(dataset, y=None)
        self._keep_network(net)

    def _build_network(self, block, n_samples):
        """Fit the descriptor to one block (1, l, l), and return the untrained network."""
        self.descriptor_ = resolve_descriptor(self.descriptor).fit(block)
        return NeuralNet(
            **_module_for(self.descriptor_, block, self._n_outputs),
            **self._criterion(),
            optimizer=torch.optim.Adam,
            lr=self.lr,
            max_epochs=self.max_epochs,
            batch_size=self.batch_size,
            iterator_train__shuffle=True,
            iterator_train__collate_fn=keep_batch,
            train_split=None,
            callbacks=self._training_callbacks(n_samples),
            device=_resolve_device(self.device),
            verbose=0,
        )

    def _keep_network(self, net):
        net.module_.eval()
        self.block_size_ = self.block_size
        self.net_ = net
        self.history_ = net.history

    def _training_callbacks(self, n_samples):
        callbacks = list(self.callbacks or [])
        if not holds_schedule(callbacks):
            n_steps = self.max_epochs * math.ceil(n_samples / self.batch_size)
            callbacks.append(("one_cycle", one_cycle(self.lr, n_steps)))
        if self.verbose:
            callbacks.append(("epoch_bar", EpochBar(type(self).__name__)))
        return callbacks

    def _run(self, blocks):
        """Return the network's outputs (n_lattices, n_blocks, n_outputs) in float64, on the CPU.

        The network always sees the same number of rows, so that a block's output does not depend,
        by rounding, on which other blocks it is computed with.
        """
        features = block_features(self.descriptor_, blocks).flatten(0, 1)
        n_rows = len(features)
        features = nn.functional.pad(features, (0, 0, 0, -n_rows % _ROWS)).to(self.net_.device)
        with torch.inference_mode():
            outputs = torch.cat([self.net_.module_(rows) for rows in features.split(_ROWS)])
        return outputs[:n_rows].double().cpu().unflatten(0, blocks.shape[:2])

    def _outputs(self, X, n_blocks):
        """Yield the outputs (n_lattices, n_blocks, n_outputs) of some lattices after others.

        What is held at a time are the blocks of one lattice and the features of a few thousand.
        """
        check_is_fitted(self)
        if self.block_size != self.block_size_:
            raise ValueError(
                f"block_size was {self.block_size_} in fit, and the network is made for that; got "
                f"block_size={self.block_size} since. Fit again, or set it back."
            )
        if n_blocks is None:
            X = check_lattices(X, block_size=self.block_size)
            per_lattice = (X.shape[1] // self.block_size) * (X.shape[2] // self.block_size)
            step = max(1, _BLOCKS_AT_ONCE // per_lattice)
            batches = (
                partition(X[i : i + step], self.block_size, self.block_size)
                for i in range(0, len(X), step)
            )
        else:
            X = check_lattice_shape(X, "X", self.block_size)
            seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
            # The same positions in every lattice: a lattice's prediction does not hang on its row.
            batches = (
                sample_blocks(X[i : i + 1], self.block_size, n_blocks, random_state=seed)
                for i in range(len(X))
            )
        for blocks in batches:
            parts = range(0, blocks.shape[1], _BLOCKS_AT_ONCE)
            yield torch.cat([self._run(blocks[:, i : i + _BLOCKS_AT_ONCE]) for i in parts], dim=1)

    def _block_map(self, X, values):
        """Lay the values of the full partition's blocks out as (n_samples, rows, cols, k)."""
        values = np.concatenate([values(outputs) for outputs in self._outputs(X, None)])
        rows, columns = (size // self.block_size for size in np.asarray(X).shape[1:])
        return values.reshape(len(values), rows, columns, -1)


def resolve_descriptor(descriptor):
    """Return an unfitted descriptor from its name, or as a clone."""
    if isinstance(descriptor, str):
        return _DESCRIPTORS[check_choice(descriptor, "descriptor", tuple(_DESCRIPTORS))]()
    is_instance = not isinstance(descriptor, type)
    if not (is_instance and hasattr(descriptor, "fit") and hasattr(descriptor, "transform")):
        raise TypeError(
            "descriptor must be 'd4', 'pair', 'spins' or a transformer with fit and transform, "
            "from blocks (n_blocks, l, l) to features (n_blocks, n_features); got "
            f"{descriptor!r}."
        )
    return clone(descriptor)


def _module_for(descriptor, block, n_outputs):
    """Return skorch's module arguments: the network that suits a fitted descriptor."""
    grid = getattr(descriptor, "feature_grid_", None)
    if grid is not None:
        return {
            "module": OrbitNetwork,
            "module__feature_grid": grid,
            "module__n_outputs": n_outputs,
        }
    return {
        "module": FullyConnectedNetwork,
        "module__n_features": descriptor.transform(block).shape[1],
        "module__n_outputs": n_outputs,
    }


def _resolve_device(device):
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (AssertionError, RuntimeError, TypeError) as error:
        raise ValueError(
            f"device must be 'auto' or a device that torch has here, such as 'cpu'; got "
            f"{device!r}: {str(error).splitlines()[0]}"
        ) from error
    return device
