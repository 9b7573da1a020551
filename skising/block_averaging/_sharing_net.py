"""The skorch network of the estimators: threads take shares of each batch.

The shares follow from the shape of the batch alone, and sums run over them in order. So the results
do not depend on the number of threads, to the last bit.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from itertools import pairwise

import torch
from skorch import NeuralNet
from skorch.dataset import unpack_data
from skorch.utils import to_tensor
from torch import nn
from torch.overrides import TorchFunctionMode

from ..networks import FullyConnectedNetwork, OrbitNetwork
from ._ahead import BatchesAhead
from ._dataset import BatchFeatures
from ._threads import count_threads, open_threads

# A share of fewer blocks takes less time than Python needs for it.
_MIN_BLOCKS = 256
# With 1,792 features such shares take about 3 % longer than a single one, half as large ones 7 %.
_BLOCKS_PER_SHARE = 800
_MAX_SHARES = 16
# Of features that are computed ahead. A batch may have 100 MB, and a machine 100 cores.
_MAX_BATCHES_AHEAD = 8


def shares_of(n_lattices, n_blocks):
    """Cut a batch into shares: whole lattices, or parts of one lattice that has many blocks.

    Parameters
    ----------
    n_lattices : int
    n_blocks : int
        Of each lattice.

    Returns
    -------
    shares : list of (slice, slice)
        Lattices and blocks of each share. The shares of one lattice follow one another.
    """
    n_all = n_lattices * n_blocks
    size = min(-(-n_all // 2), max(_BLOCKS_PER_SHARE, -(-n_all // _MAX_SHARES)))
    size = max(_MIN_BLOCKS, size)
    blocks = _even_slices(n_blocks, max(1, n_blocks // size))
    lattices = _even_slices(n_lattices, -(-n_lattices // max(1, size // n_blocks)))
    return [(some, part) for some in lattices for part in blocks]


def _even_slices(size, n_slices):
    edges = [k * size // n_slices for k in range(n_slices + 1)]
    return [slice(*pair) for pair in pairwise(edges)]


def _join(outputs, shares):
    """Return the outputs (n_lattices, n_blocks, n_outputs) of lattices from those of the shares."""
    n_parts = sum(lattices == shares[0][0] for lattices, _ in shares)
    if n_parts > 1:
        starts = range(0, len(outputs), n_parts)
        outputs = [torch.cat(outputs[start : start + n_parts], dim=1) for start in starts]
    return torch.cat(outputs)


def can_share(net):
    """Tell whether the outputs for a block depend on nothing but the block, whatever the thread.

    This is so for the networks of this package. Others may compute averages over a batch, draw
    random numbers, or keep what they have computed.
    """
    is_known = type(net.module_) in (FullyConnectedNetwork, OrbitNetwork)
    return is_known and is_on_cpu(net)


def is_on_cpu(net):
    """Tell whether a network is on the CPU, which computes the features, too."""
    return torch.device(net.device).type == "cpu"


class SharingNet(NeuralNet):
    """A skorch network that computes batches in shares while it has threads for them.

    Attributes
    ----------
    group_ : Group or None
        Processes of which each computes a part of every batch, too.
    """

    _threads = _read_ahead = group_ = None

    @contextmanager
    def sharing(self, n_jobs):
        """Have the threads of an estimator's `n_jobs` in this context.

        A network that threads cannot share has so many threads of torch's own. While it computes on
        another device, threads compute the features of the next batches.
        """
        n_threads = count_threads(n_jobs)
        with ExitStack() as stack:
            counts = (n_threads, 1) if can_share(self) else (1, n_threads)
            self._threads = stack.enter_context(open_threads(*counts))
            if not is_on_cpu(self):
                n_ahead = min(n_threads, _MAX_BATCHES_AHEAD)
                pool = stack.enter_context(ThreadPoolExecutor(n_ahead))
                self._read_ahead = partial(BatchesAhead, pool=pool, n_ahead=n_ahead)
            try:
                yield
            finally:
                self._threads = self._read_ahead = self.group_ = None

    def __getstate__(self):
        """Return the state for a pickle. A callback may save the network during a fit."""
        state = dict.fromkeys(("_threads", "_read_ahead", "group_"))
        return super().__getstate__() | state

    def get_iterator(self, dataset, training=False):
        """Return an iterable of the batches of a data set."""
        batches = super().get_iterator(dataset, training=training)
        return self._read_ahead(batches) if self._read_ahead else batches

    def map_shares(self, function, X, *arguments):
        """Return the results of a function for all shares of a batch.

        Parameters
        ----------
        function : callable
            ``function(features, *arguments)``, with features (n, m, n_features) on the device.
        X : BatchFeatures
        *arguments : lists
            With a value for each share.

        Returns
        -------
        results : list
        """

        def compute(work):
            share, *values = work
            return function(to_tensor(X[share], device=self.device), *values)

        work = zip(self.shares(X), *arguments, strict=True)
        return self._threads.map(compute, work) if self._threads else list(map(compute, work))

    def shares(self, X):
        """Return the shares of a batch: one, if threads cannot share it, none, if it is empty."""
        if X.shape[0] == 0:
            return []
        return shares_of(*X.shape) if self._computes_shares else [(slice(None), slice(None))]

    @property
    def _computes_shares(self):
        return self._threads is not None and can_share(self)

    def infer(self, x, **fit_params):
        """Return the outputs for a batch."""
        if not isinstance(x, BatchFeatures):
            return super().infer(x, **fit_params)
        return self._whole_batch(self._outputs(x), x)

    def train_step_single(self, batch, **fit_params):
        """Return the loss and the outputs for a batch, and set the gradients of the weights.

        The loss is that of the whole batch. Its gradient with respect to the outputs of a share is
        all that the share needs for that with respect to the weights.
        """
        if not (self._computes_shares or self.group_):
            return super().train_step_single(batch, **fit_params)
        self._set_training(True)
        X, y = unpack_data(batch)
        outputs = self._outputs(X)
        y_pred = self._whole_batch([part.detach() for part in outputs], X).requires_grad_()
        loss = self.get_loss(y_pred, y, X=X, training=True)
        loss.backward()
        own = self.group_.part(len(X)) if self.group_ else slice(None)
        self._set_gradients(outputs, self.shares(X), y_pred.grad[own])
        return {"loss": loss, "y_pred": y_pred}

    def _whole_batch(self, outputs, X):
        """Return the outputs (n_lattices, n_blocks, n_outputs) for a batch from its shares."""
        if outputs:
            whole = _join(outputs, self.shares(X))
        else:
            whole = torch.empty(*X.shape, self.module__n_outputs, device=self.device)
        return self.group_.gather(whole, len(X)) if self.group_ else whole

    def _set_gradients(self, outputs, shares, gradient):
        """Set the gradients of the weights, by the gradient with respect to all outputs."""
        weights = [weight for weight in self.module_.parameters() if weight.requires_grad]
        if not weights:
            return

        def of_weights(work):
            part, share = work
            return torch.autograd.grad(part, weights, gradient[share])

        parts = self._threads.map(of_weights, zip(outputs, shares, strict=True))
        if parts:
            totals = [_sum(terms) for terms in zip(*parts, strict=True)]
        else:
            totals = [torch.zeros_like(weight) for weight in weights]
        if self.group_:
            self.group_.add(totals)
        for weight, total in zip(weights, totals, strict=True):
            weight.grad = total if weight.grad is None else weight.grad + total

    def _outputs(self, X):
        """Return the outputs for the shares of a batch."""
        n_shares, with_gradient = len(self.shares(X)), torch.is_grad_enabled()
        generator = _Dropout if self._computes_shares else _seeded
        seeds = [None] * n_shares
        if self._has_random_numbers:
            # The random numbers must not depend on the order in which threads take the shares, and
            # all processes must draw as many from the global generator.
            first = torch.randint(1 << 62, ()).item()
            own = torch.Generator().manual_seed(first + (self.group_.rank if self.group_ else 0))
            seeds = torch.randint(1 << 62, (n_shares,), generator=own).tolist()

        def forward(features, seed):
            numbers = nullcontext() if seed is None else generator(seed)
            with torch.set_grad_enabled(with_gradient), numbers:
                return self.module_(features)

        return self.map_shares(forward, X, seeds)

    @property
    def _has_random_numbers(self):
        """Whether the shares of a batch need random numbers of their own."""
        if not self.module_.training:
            return False
        return self.module_.dropout > 0 if self._computes_shares else self.group_ is not None

    def add_over_processes(self, *arrays):
        """Replace each float64 array by its sum over the processes that train together."""
        if self.group_:
            self.group_.add([torch.from_numpy(array) for array in arrays])


@contextmanager
def _seeded(seed):
    """Have random numbers of a seed in this context."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        yield


def _sum(terms):
    """Return the sum of tensors, in order, in the memory of the first."""
    total, *others = terms
    for term in others:
        total += term
    return total


class _Dropout(TorchFunctionMode):
    """A context in which dropout draws its random numbers from a generator of its own."""

    def __init__(self, seed):
        super().__init__()
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Call the function, unless it is dropout in training."""
        if func is not nn.functional.dropout:
            return func(*args, **(kwargs or {}))
        inputs, p = args[0], kwargs["p"] if kwargs and "p" in kwargs else args[1]
        is_kept = torch.rand(inputs.shape, generator=self._generator) >= p
        return inputs * is_kept / (1 - p) if p < 1 else inputs * 0
