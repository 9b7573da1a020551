"""What the regressor and the classifier share: parameters, and the steps of fit and predict."""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from skorch import NeuralNet
from skorch.history import History

from .._typing import Descriptor, DescriptorLike, PathLike, RandomState
from ..blocks._open import open_lattices
from ..descriptors._registry import resolve_descriptor, spins_of
from ._dataset import LatticeDataset
from ._descriptor import fit_descriptor, have_same_settings
from ._last_layer import LastLayerSolution, solution_as_data, solution_from_data
from ._network import (
    Uninitialized,
    build_network,
    choose_module,
    layout_of,
    resolve_device,
    state_layout,
)
from ._parameters import check_parameters
from ._prediction import block_outputs, random_block_positions
from ._training import train_network


class BlockNetworkEstimator(BaseEstimator, metaclass=ABCMeta):
    """A network on the blocks of lattices, whose outputs are averaged over each lattice.

    A subclass provides the abstract members. Its `fit` and `partial_fit` check the parameters, open
    `X` with `_lattices_to_train`, encode `y` as an `EncodedTarget`, and call `_train` with the plan
    that `plan_fit` or `plan_partial_fit` returns. Its methods that predict open `X` with `_open`
    and average `_outputs`.
    """

    # Whether the default network has a linear path.
    _has_linear_path = False
    block_size_: int
    net_: NeuralNet
    history_: list[dict[str, Any]]
    descriptor_: Descriptor
    n_jobs: int | None = None  # pickles of earlier versions have no attribute of their own
    # None: the last layer was not solved for. "unknown": the model is of an earlier version of
    # skising, which did not record the solution.
    _last_layer_solution: LastLayerSolution | Literal["unknown"] | None = "unknown"

    def __init__(
        self,
        block_size: int = 32,
        *,
        descriptor: DescriptorLike = "d4",
        objective: Literal["lattice", "block"] = "lattice",
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
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags

    @property
    @abstractmethod
    def _n_outputs(self):
        """Outputs of the fitted network for each block, an int."""

    @abstractmethod
    def _criterion(self):
        """Return the loss: a dict with the parameters "criterion..." of `skorch.NeuralNet`."""

    @abstractmethod
    def _target_state(self):
        """Return the attributes that an `EncodedTarget` has set, as data.

        Returns
        -------
        state : dict
            Of values that JSON can hold.
        arrays : dict of str to ndarray
            No name may be that of a weight of the network.

        Raises
        ------
        TypeError
            If an attribute cannot be written as data.
        """

    @abstractmethod
    def _restore_target_state(self, state, arrays):
        """Set the attributes that `_target_state` has returned as data.

        The data may come from a file that a stranger has written.

        Parameters
        ----------
        state : dict
        arrays : dict of str to ndarray
            Holds the weights of the network, too. The method removes its own arrays.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the data are not what `_target_state` returns.
        """

    def _check_parameters(self):
        """Return all parameters, with numbers as Python's own, if they are as described.

        Raises
        ------
        TypeError, ValueError, OSError
            If a parameter is not as described.
        """
        return check_parameters(self)

    def _lattices_to_train(self, X):
        """Return lattices to train on, with all spins checked if they are in memory."""
        block_size = self._check_parameters().block_size
        spins = spins_of(resolve_descriptor(self.descriptor, block_size))
        lattices = open_lattices(X, block_size, spins)
        lattices.learn_n_states()
        lattices.check_spins_in_memory()
        return lattices

    def _open(self, X):
        """Return lattices to predict, of any size."""
        check_is_fitted(self)
        block_size = self._check_parameters().block_size
        if block_size != self.block_size_:
            raise ValueError(
                f"block_size was {self.block_size_} in fit, and the network is made for that; got "
                f"block_size={block_size} since. Fit again, or set it back."
            )
        return open_lattices(X, block_size, spins_of(self.descriptor_))

    @property
    def _is_fitted(self):
        return hasattr(self, "net_")

    def _check_continued(self, n_outputs):
        """Raise ValueError unless `net_` fits `block_size` and has `n_outputs` outputs."""
        if self.block_size != self.block_size_ or n_outputs != self._n_outputs:
            raise ValueError(
                "warm_start and partial_fit continue the network of the last fit, of block_size="
                f"{self.block_size_} and {self._n_outputs} outputs; got block_size="
                f"{self.block_size} and {n_outputs} outputs. Set warm_start=False and call fit."
            )
        descriptor = resolve_descriptor(self.descriptor, self.block_size)
        if not have_same_settings(descriptor, self.descriptor_):
            raise ValueError(
                "warm_start and partial_fit continue the network of the last fit, which takes the "
                f"features of {self.descriptor_!r}; got descriptor={self.descriptor!r}. Set "
                "warm_start=False and call fit, or set the descriptor back."
            )

    def _train(self, lattices, target, plan):
        """Train a network by a plan. Only if that succeeds, set the fitted attributes.

        If a KeyboardInterrupt ends the training, the plan says whether to set them.

        Parameters
        ----------
        lattices : Lattices
        target : EncodedTarget
        plan : TrainingPlan

        Returns
        -------
        self : BlockNetworkEstimator
        """
        descriptor = self._descriptor_to_train(lattices, plan)
        net = self._build_network(descriptor, target.n_outputs, plan.callbacks)
        data = LatticeDataset(lattices, target.values, descriptor, plan.rows, self.random_shift)
        held_out = None
        if plan.held_out_rows is not None:
            held_out = LatticeDataset(lattices, target.values, descriptor, plan.held_out_rows)
        solution, interrupted = train_network(
            net, data, held_out, plan, self.net_params, self.n_jobs
        )
        if not interrupted or plan.keep_interrupted:
            vars(self).update(target.attributes)
            self._set_network(net, descriptor, solution)
        if interrupted:
            # A loop or a search around this call must end, too.
            raise KeyboardInterrupt
        return self

    def _descriptor_to_train(self, lattices, plan):
        """Return the descriptor of the network that is trained further, or else fit a new one."""
        if plan.earlier is not None:
            lattices.spins = spins_of(self.descriptor_)
            lattices.check_spins_in_memory()
            return self.descriptor_
        descriptor = resolve_descriptor(self.descriptor, self.block_size)
        return fit_descriptor(descriptor, lattices, plan.rows, plan.seed)

    def _build_network(self, descriptor, n_outputs, callbacks):
        """Return the untrained network for a fitted descriptor."""
        parameters = self._check_parameters()
        return build_network(
            *choose_module(
                self.net_params,
                descriptor,
                parameters.block_size,
                n_outputs,
                self._has_linear_path,
            ),
            self._criterion(),
            self.net_params,
            lr=parameters.lr,
            max_epochs=parameters.max_epochs,
            batch_size=parameters.batch_size,
            callbacks=callbacks,
            device=resolve_device(self.device),
        )

    def _set_network(self, net, descriptor, solution):
        net.module_.eval()
        self.block_size_ = int(self.block_size)
        self.descriptor_ = descriptor
        self.net_ = net
        self._last_layer_solution = solution
        self.history_ = net.history

    def _fitted_state(self):
        """Return what `fit` has found, as data.

        Returns
        -------
        state : dict
            Of values that JSON can hold: "target", from `_target_state`, "last_layer", from
            `solution_as_data`, and "history", a dict for each epoch.
        tensors : dict of str to Tensor
            The weights of the network, and the arrays of both. On the CPU.

        Raises
        ------
        TypeError
            If a fitted attribute cannot be written as data.
        """
        state, arrays = self._target_state()
        last_layer, more_arrays = solution_as_data(self._last_layer_solution)
        weights = self.net_.module_.state_dict()
        tensors = weights | {
            name: torch.from_numpy(np.array(array))
            for name, array in (arrays | more_arrays).items()
        }
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        history = self.history_.to_list()
        return {"target": state, "last_layer": last_layer, "history": history}, tensors

    def _restore_fitted_state(self, state, tensors, descriptor, module, device):
        """Become fitted with what `_fitted_state` has returned.

        The data may come from a file that a stranger has written: memory is allocated only after
        the tensors are known to be the weights of the network.

        Parameters
        ----------
        state : dict
        tensors : dict of str to Tensor
        descriptor : transformer
            Fitted.
        module : (type, dict)
            The class of the torch module, and the arguments of its constructor.
        device : str
            Of the network.

        Raises
        ------
        KeyError, RuntimeError, TypeError, ValueError
            If the data are not what `_fitted_state` returns for such a network.
        """
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        self._restore_target_state(state["target"], arrays)
        solution = solution_from_data(state["last_layer"], arrays)
        weights = {name: tensors[name] for name in arrays}
        n_outputs = module[1]["n_outputs"]
        if n_outputs != self._n_outputs or layout_of(weights) != state_layout(*module):
            raise ValueError("its arrays are not those of its network")
        net = build_network(
            *module,
            self._criterion(),
            None,
            lr=self.lr,
            max_epochs=self.max_epochs,
            batch_size=self.batch_size,
            callbacks=[],
            device=device,
        )
        with Uninitialized():
            net.initialize()
        for name, buffer in net.module_.named_buffers():
            if not torch.equal(buffer.cpu(), weights[name]):
                raise ValueError(f"its array {name!r} is not that of its descriptor")
        net.module_.load_state_dict(weights)
        if isinstance(solution, LastLayerSolution):
            solution.check_layer(net.module_.output_layer)
        net.history_ = History(state["history"])
        self._set_network(net, descriptor, solution)
        # The parameter may have changed after fit.
        self.block_size_ = descriptor.block_size_

    @property
    def _stride(self):
        return int(self.block_size if self.stride is None else self.stride)

    def _random_positions(self, lattices):
        """Return rows and columns of `n_blocks` random blocks, or None for the full partition."""
        if self.n_blocks is None:
            return None
        return random_block_positions(lattices, int(self.n_blocks), self.random_state)

    def _outputs(self, lattices, positions):
        """Yield the network's outputs for the blocks of some lattices after others.

        Parameters
        ----------
        lattices : Lattices
        positions : (rows, columns), or None
            Where the blocks begin in every lattice; None is the full partition.

        Yields
        ------
        outputs : float64 tensor of shape (n, n_blocks, n_outputs)
            Of the next n lattices, on the CPU.
        """
        return block_outputs(
            self.net_,
            self.descriptor_,
            lattices,
            self._stride,
            positions,
            self.n_jobs,
            self.verbose,
        )

    def _map_blocks(self, X, convert):
        """Return converted outputs for the full partition, laid out as in the lattices.

        Parameters
        ----------
        X : array-like or store of shape (n_samples, n_rows, n_cols)
        convert : callable
            Maps outputs (n, n_blocks, n_outputs) to an array (n, n_blocks, k).

        Returns
        -------
        values : ndarray of shape (n_samples, n_down, n_across, k)
        """
        lattices = self._open(X)
        values = np.concatenate([convert(outputs) for outputs in self._outputs(lattices, None)])
        shape = map(len, lattices.partition_grid(self._stride))
        return values.reshape(len(values), *shape, -1)
