"""One training on several processes: each computes its part of every batch.

The outputs of all processes are gathered, so that each computes the loss of the whole batch, and
their gradients are added. So weights, losses, and what callbacks decide by losses, are the same in
all processes.
"""

import hashlib
from itertools import pairwise
from typing import Any

import torch
import torch.distributed as dist
from skorch.callbacks import Callback


class DistributedTraining(Callback):
    """Train one network on several processes, on one machine or on many.

    Give it in `callbacks` of an estimator, in each of the processes that `torch.distributed` has
    connected, and call `fit` in all of them with the same parameters, `X` and `y`. Each process
    reads and computes its part of every batch, and all end with the same network, which is that of
    a single process up to rounding. A checkpoint is written by the process of rank 0, to a disk
    that all processes can read.

    Parameters
    ----------
    process_group : torch.distributed.ProcessGroup, default=None
        The processes that train together. None is all of them.

    Raises
    ------
    RuntimeError
        In `fit`, if the processes are not connected.
    ValueError
        In `fit`, if the processes do not train the same network on the same data.

    Examples
    --------
    In a script that ``torchrun`` starts, `init_process_group` needs the argument "gloo" alone. This
    is one process by itself:

    >>> import torch.distributed as dist
    >>> from skising import BlockAveragingRegressor, DistributedTraining, make_ising
    >>> dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    >>> ising = make_ising(100, 32, temperatures=[1.5, 2.5], random_state=0)
    >>> model = BlockAveragingRegressor(8, callbacks=[DistributedTraining()], random_state=0)
    >>> round(model.fit(ising.data, ising.energy).score(ising.data, ising.energy), 2)
    1.0
    >>> dist.destroy_process_group()
    """

    def __init__(self, process_group: Any = None) -> None:
        self.process_group = process_group

    def on_train_begin(self, net: Any, X: Any = None, **kwargs: Any) -> None:
        """Let the network compute only the part of this process from now on."""
        if not (dist.is_available() and dist.is_initialized()):
            raise RuntimeError(
                "DistributedTraining needs processes that are connected, and they are not. Call "
                "torch.distributed.init_process_group in each process before fit, and start them "
                "with torchrun, for instance."
            )
        group = Group(self.process_group, net.device)
        sha = hashlib.sha256(X.target.numpy())
        sha.update(X.rows)
        for weight in net.module_.state_dict().values():
            sha.update(weight.cpu().numpy())
        if not group.are_equal((X.lattices.shape, net.batch_size, sha.digest())):
            raise ValueError(
                "DistributedTraining must have the same parameters, X, y and first weights in all "
                "processes, and got different ones. Pass the same, with an int random_state."
            )
        net.group_ = group


class Group:
    """The processes that train together.

    Parameters
    ----------
    process_group : torch.distributed.ProcessGroup or None
        None is the default group.
    device : str
        Of the network.
    """

    def __init__(self, process_group, device):
        self._group, self._device = process_group, device
        self.rank = dist.get_rank(process_group)
        self.n_processes = dist.get_world_size(process_group)

    def part(self, n_lattices):
        """Return the slice of a batch that this process computes. It may be empty."""
        return self._parts(n_lattices)[self.rank]

    def _parts(self, n_lattices):
        edges = [n_lattices * k // self.n_processes for k in range(self.n_processes + 1)]
        return [slice(*pair) for pair in pairwise(edges)]

    def gather(self, outputs, n_lattices):
        """Return the outputs (n_lattices, ...) of all processes for a batch.

        Parameters
        ----------
        outputs : tensor of shape (n, ...)
            Of this process, for its part.
        n_lattices : int
            Of the batch.
        """
        n_most = -(-n_lattices // self.n_processes)
        own = outputs.new_zeros(n_most, *outputs.shape[1:])
        own[: len(outputs)] = outputs
        padded = [torch.empty_like(own) for _ in range(self.n_processes)]
        dist.all_gather(padded, own, group=self._group)
        parts = zip(padded, self._parts(n_lattices), strict=True)
        return torch.cat([outputs[: part.stop - part.start] for outputs, part in parts])

    def add(self, tensors):
        """Replace each tensor by its sum over the processes."""
        flat = torch.cat([tensor.flatten() for tensor in tensors]).to(self._device)
        dist.all_reduce(flat, group=self._group)
        totals = flat.split([tensor.numel() for tensor in tensors])
        for tensor, total in zip(tensors, totals, strict=True):
            tensor.copy_(total.view_as(tensor))

    def are_equal(self, value):
        """Tell whether a value is the same in all processes."""
        values = [None] * self.n_processes
        dist.all_gather_object(values, value, group=self._group)
        return all(other == values[0] for other in values)
