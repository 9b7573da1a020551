"""A network on the blocks of lattices: what the regressor and the classifier share."""

import math
from types import NoneType

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils.validation import check_is_fitted
from skorch import NeuralNet
from torch import nn

from .._validation import (
    check_choice,
    check_file_path,
    check_fraction,
    check_integer,
    check_positive,
)
from ..blocks._blocks import check_block_size, random_positions
from ..blocks._open import open_lattices
from ..descriptors._registry import resolve_descriptor
from ..networks import FullyConnectedNetwork, OrbitNetwork
from ._checkpoint import Checkpoint, arguments_of
from ._training import (
    EpochBar,
    LatticeDataset,
    block_features,
    continue_from,
    early_stopping,
    holds_schedule,
    join_histories,
    keep_batch,
    one_cycle,
    seeded,
    train,
)

_BLOCKS_AT_ONCE = 4096
_ROWS = 512
_OWN = ("lr", "max_epochs", "batch_size", "device", "callbacks", "verbose", "train_split")


class BlockNetworkEstimator(BaseEstimator):
    """The network of the regressor and the classifier: how it is fitted and run on blocks."""

    def __init__(
        self,
        block_size=32,
        *,
        descriptor="d4",
        objective="lattice",
        n_blocks=None,
        stride=None,
        lr=3e-3,
        max_epochs=30,
        batch_size=32,
        random_shift=False,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        checkpoint=None,
        net_params=None,
        device="auto",
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        self.block_size = block_size
        self.descriptor = descriptor
        self.objective = objective
        self.n_blocks = n_blocks
        self.stride = stride
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.random_shift = random_shift
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.checkpoint = checkpoint
        self.net_params = net_params
        self.device = device
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
        if self.stride is not None:
            check_integer(self.stride, "stride", minimum=1, hint="None is block_size.")
        check_positive(self.lr, "lr")
        for name in ("max_epochs", "batch_size", "n_iter_no_change"):
            check_integer(getattr(self, name), name, minimum=1)
        check_fraction(self.validation_fraction, "validation_fraction")
        for name in ("random_shift", "early_stopping", "warm_start"):
            check_choice(getattr(self, name), name, (False, True))
        if self.checkpoint is not None:
            check_file_path(self.checkpoint, "checkpoint")
            check_integer(
                self.random_state,
                "random_state",
                minimum=0,
                hint="With checkpoint, fit must hold out the same lattices when it goes on.",
            )
        if not isinstance(self.callbacks, (list, tuple, NoneType)):
            raise TypeError(
                f"callbacks must be a list of skorch callbacks, or None; got {self.callbacks!r}."
            )
        self._check_net_params()

    def _check_net_params(self):
        if not isinstance(self.net_params, (dict, NoneType)):
            raise TypeError(
                "net_params must be a dict of parameters of skorch.NeuralNet, or None; got "
                f"{self.net_params!r}."
            )
        taken = [name for name in self.net_params or () if name in _OWN]
        if taken:
            raise ValueError(
                f"net_params must not hold {', '.join(taken)}: {', '.join(_OWN[:-1])} are "
                "parameters of the estimator, whose early_stopping splits the lattices."
            )

    def _fit_network(self, lattices, target, strata, n_outputs, fitted):
        """Train a new network, and become fitted once that has gone well.

        Parameters
        ----------
        lattices : Lattices
        target : ndarray of shape (n_samples, ...)
            What the criterion takes.
        strata : ndarray of shape (n_samples,)
            What a split for early stopping keeps the shares of.
        n_outputs : int
        fitted : dict
            Attributes of the fitted estimator.
        """
        rng = check_random_state(self.random_state)
        seed = int(rng.randint(np.iinfo(np.int32).max))
        rows, held_out = np.arange(len(lattices)), []
        if self.early_stopping:
            rows, held_out = self._split(rows, strata, rng)
        descriptor = self._fitted_descriptor(lattices)
        net = self._build_network(descriptor, n_outputs, self._training_callbacks(len(rows)))
        if self.checkpoint is not None:
            arguments = arguments_of(self, lattices, target)
            net.callbacks.append(("checkpoint", Checkpoint(self.checkpoint, arguments)))
        data, valid = (
            LatticeDataset(lattices, target, descriptor, part, shift)
            for part, shift in ((rows, self.random_shift), (held_out, False))
        )
        earlier = self.net_ if self.warm_start and self._is_fitted else None
        with seeded(seed, net.device):
            net.initialize()
            if earlier:
                continue_from(net, earlier, optimizer=False)
            train(net, data, valid if len(valid) else None, self.max_epochs)
            self._finish(net, data)
        if earlier:
            net.history = join_histories(earlier.history, net.history)
        self._become_fitted(net, descriptor, fitted)

    def _finish(self, net, data):
        """Do what is left to do when the network is trained."""

    def _fit_network_further(self, lattices, target, n_outputs, fitted):
        """Train for one epoch more, at a constant learning rate, as `_fit_network`."""
        descriptor = self._fitted_descriptor(lattices)
        net = self._build_network(descriptor, n_outputs, list(self.callbacks or []))
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        data = LatticeDataset(
            lattices, target, descriptor, np.arange(len(lattices)), self.random_shift
        )
        earlier = getattr(self, "net_", None)
        # Each epoch has random numbers of its own, where random_state is an int, too.
        with seeded(int(seed) + (len(earlier.history) if earlier else 0), net.device):
            net.initialize()
            if earlier:
                continue_from(net, earlier, optimizer=True)
            train(net, data, None, 1)
        if earlier:
            net.history = join_histories(earlier.history, net.history)
        self._become_fitted(net, descriptor, fitted)

    def _lattices_to_train(self, X):
        """Return lattices to train on, with all spins checked if they are in memory."""
        lattices = open_lattices(X, self.block_size)
        lattices.check_spins_in_memory()
        return lattices

    def _split(self, rows, strata, rng):
        try:
            return train_test_split(
                rows, test_size=self.validation_fraction, stratify=strata, random_state=rng
            )
        except ValueError as error:
            raise ValueError(
                f"validation_fraction={self.validation_fraction} of {len(rows)} lattices cannot be "
                f"held out for early_stopping: {error} Give more lattices or another fraction."
            ) from error

    @property
    def _is_fitted(self):
        return hasattr(self, "net_")

    def _check_continued(self, n_outputs):
        """Raise ValueError if `net_` cannot be trained further."""
        if self.block_size != self.block_size_ or n_outputs != self._n_outputs:
            raise ValueError(
                "warm_start and partial_fit go on with the network of the last fit, of block_size="
                f"{self.block_size_} and {self._n_outputs} outputs; got block_size="
                f"{self.block_size} and {n_outputs} outputs. Set warm_start=False and call fit."
            )

    def _fitted_descriptor(self, lattices):
        """Return the descriptor, fitted to a block of one of the lattices."""
        block = lattices.blocks_at(slice(0, 1), *np.zeros((2, 1, 1), int))[0]
        return resolve_descriptor(self.descriptor, self.block_size).fit(block)

    def _build_network(self, descriptor, n_outputs, callbacks=()):
        """Return the untrained network for a fitted descriptor."""
        parameters = {
            "optimizer": torch.optim.Adam,
            "iterator_train__collate_fn": keep_batch,
            "iterator_valid__collate_fn": keep_batch,
        }
        module, arguments = self._module(descriptor, n_outputs)
        given = self.net_params or {}
        if not given.keys() & {"optimizer", "optimizer__foreach"}:
            # One kernel a step, where torch's default takes a tenth of the time of a fit.
            parameters["optimizer__fused"] = True
        parameters |= self._criterion() | given
        parameters |= {"module": module} | {f"module__{k}": v for k, v in arguments.items()}
        return NeuralNet(
            **parameters,
            lr=self.lr,
            max_epochs=self.max_epochs,
            batch_size=self.batch_size,
            train_split=None,
            callbacks=list(callbacks),
            device=_resolve_device(self.device),
            verbose=0,
        )

    def _module(self, descriptor, n_outputs):
        """Return the class of the torch module, and the arguments of its constructor."""
        given = self.net_params or {}
        module = given.get("module", FullyConnectedNetwork)
        if module is OrbitNetwork:
            if not hasattr(descriptor, "feature_grid_"):
                raise ValueError(
                    "net_params with the module OrbitNetwork, which convolves over orbits, needs "
                    f"descriptor='d4'; got {descriptor!r}."
                )
            arguments = {"feature_grid": descriptor.feature_grid_}
        else:
            block = np.ones((1, self.block_size, self.block_size), np.int8)
            arguments = {"n_features": descriptor.transform(block).shape[1]}
        chosen = {k.removeprefix("module__"): v for k, v in given.items() if k[:8] == "module__"}
        return module, arguments | {"n_outputs": n_outputs} | chosen

    def _become_fitted(self, net, descriptor, fitted):
        net.module_.eval()
        vars(self).update(fitted)
        self.block_size_ = self.block_size
        self.descriptor_ = descriptor
        self.net_ = net
        self.history_ = net.history

    def _training_callbacks(self, n_samples):
        callbacks = list(self.callbacks or [])
        if self.early_stopping:
            callbacks += early_stopping(self.n_iter_no_change)
        elif not holds_schedule(callbacks):
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
        *whole, last = features.to(self.net_.device).split(_ROWS)
        last = nn.functional.pad(last, (0, 0, 0, _ROWS - len(last)))
        with torch.inference_mode():
            outputs = torch.cat([self.net_.module_(rows) for rows in (*whole, last)])
        return outputs[:n_rows].double().cpu().unflatten(0, blocks.shape[:2])

    def _open(self, X):
        """Return lattices to predict, of any size."""
        check_is_fitted(self)
        self._check_parameters()
        if self.block_size != self.block_size_:
            raise ValueError(
                f"block_size was {self.block_size_} in fit, and the network is made for that; got "
                f"block_size={self.block_size} since. Fit again, or set it back."
            )
        return open_lattices(X, self.block_size)

    def _positions(self, lattices):
        """Return the first rows and columns of a lattice's blocks, each of shape (n_blocks,).

        They are the same in every lattice, so that its prediction does not hang on its row.
        """
        if self.n_blocks is not None:
            rng = check_random_state(self.random_state)
            rng = np.random.RandomState(rng.randint(np.iinfo(np.int32).max))
            shape = (1, *lattices.shape[1:])
            rows, columns = random_positions(shape, self.block_size, self.n_blocks, rng)
            return rows[0], columns[0]
        n_down, n_across = lattices.partition_shape(self._stride)
        return (
            np.repeat(np.arange(n_down), n_across) * self._stride,
            np.tile(np.arange(n_across), n_down) * self._stride,
        )

    @property
    def _stride(self):
        return self.block_size if self.stride is None else self.stride

    def _outputs(self, lattices, positions=None):
        """Yield the outputs (n_lattices, n_blocks, n_outputs) of some lattices after others.

        Of the blocks at `positions`, or else of the full partition. What is held at a time are the
        blocks and the features of a few thousand.
        """
        for pieces in self._blocks(lattices, positions):
            yield torch.cat([self._run(blocks) for blocks in pieces], dim=1)

    def _blocks(self, lattices, positions):
        if positions is None:
            yield from lattices.partitions(self._stride, _BLOCKS_AT_ONCE)
            return
        n_blocks = len(positions[0])
        step = max(1, _BLOCKS_AT_ONCE // n_blocks)
        for start in range(0, len(lattices), step):
            samples = slice(start, min(start + step, len(lattices)))
            shape = samples.stop - start, n_blocks
            rows, columns = (np.broadcast_to(position, shape) for position in positions)
            yield (
                lattices.blocks_at(samples, rows[:, part], columns[:, part])
                for part in gen_batches(n_blocks, _BLOCKS_AT_ONCE)
            )

    def _block_map(self, X, values):
        """Lay the values of the full partition's blocks out as (n_samples, rows, cols, k)."""
        lattices = self._open(X)
        values = np.concatenate([values(outputs) for outputs in self._outputs(lattices)])
        return values.reshape(len(values), *lattices.partition_shape(self._stride), -1)


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
