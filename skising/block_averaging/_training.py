"""How a network is trained on lattices: whole batches of features, seeded, with a bar."""

import threading
import warnings
from contextlib import contextmanager

import numpy as np
import torch
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.helper import predefined_split
from skorch.history import History
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau
from torch.utils.data import Dataset, Sampler
from tqdm.auto import tqdm

from ..blocks._blocks import partition

_GLOBAL_GENERATOR = threading.RLock()


class LatticeDataset(Dataset):
    """Lattices as the features of their blocks, read and computed batch by batch.

    Parameters
    ----------
    lattices : Lattices
    target : ndarray of shape (n_samples, ...)
    descriptor : transformer
        Fitted to blocks of the size to cut.
    rows : int array of shape (n,)
        Which of the lattices.
    random_shift : bool
        Whether each batch's partition starts at a random site, around the periodic boundary.
    """

    def __init__(self, lattices, target, descriptor, rows, random_shift=False):
        self.lattices = lattices
        self.target = torch.as_tensor(target)
        self.descriptor = descriptor
        self.rows = rows
        self.random_shift = random_shift

    def __len__(self):
        return len(self.rows)

    def __getitems__(self, indices):
        """Return features (len(indices), n_blocks, n_features) and targets of a whole batch."""
        rows = self.rows[indices]
        X, block_size = self.lattices.take(rows), self.lattices.block_size
        if self.random_shift:
            X = np.roll(X, torch.randint(block_size, (2,)).tolist(), axis=(1, 2))
        blocks = partition(X, block_size, block_size)
        return block_features(self.descriptor, blocks), self.target[rows]


class ChunkwiseShuffle(Sampler):
    """A random order of the rows of a dataset, such that a store reads few chunks for a batch.

    Chunks of lattices that are stored together come in random order; rows are shuffled within the
    next few chunks, as many as the store keeps in memory. Where each lattice is stored by itself,
    that is a shuffle of all rows.
    """

    def __init__(self, dataset):
        self.chunk = dataset.rows // dataset.lattices.lattices_per_chunk
        self.n_at_once = dataset.lattices.n_chunks_in_cache

    def __len__(self):
        return len(self.chunk)

    def __iter__(self):
        chunks, chunk = np.unique(self.chunk, return_inverse=True)
        if len(chunks) == len(chunk):
            return iter(torch.randperm(len(chunk)).tolist())
        place = torch.randperm(len(chunks))[chunk]
        window, within = place // self.n_at_once, torch.rand(len(chunk))
        return iter(np.lexsort((within.numpy(), window.numpy())).tolist())


def block_features(descriptor, blocks):
    """Return a tensor (n_lattices, n_blocks, n_features) of blocks (n_lattices, n_blocks, l, l)."""
    features = torch.from_numpy(descriptor.transform(blocks.reshape(-1, *blocks.shape[2:])))
    return features.unflatten(0, blocks.shape[:2])


def keep_batch(batch):
    """Collate nothing: the dataset's `__getitems__` returns whole batches."""
    return batch


@contextmanager
def seeded(seed, device):
    """Run torch from `seed`, and leave its global generators as they were.

    The generators belong to the whole process, so one thread at a time is let in.
    """
    devices = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield


def train(net, dataset, held_out, n_epochs):
    """Train an initialized skorch network for `n_epochs`, or until it stops.

    The network keeps no reference to the data. ValueError is raised where the loss is not finite.

    Parameters
    ----------
    net : skorch.NeuralNet
    dataset : LatticeDataset
    held_out : LatticeDataset or None
        What `valid_loss` is of.
    n_epochs : int
    """
    net.iterator_train__sampler = ChunkwiseShuffle(dataset)
    net.train_split = predefined_split(held_out) if held_out else None
    net.notify("on_train_begin", X=dataset, y=None)
    try:
        # A checkpoint has put the epochs of an earlier run into the history.
        net.fit_loop(dataset, None, epochs=n_epochs - len(net.history))
    except KeyboardInterrupt:
        if not _has_stopped(net):
            warnings.warn(
                f"fit was interrupted in epoch {len(net.history)} of {n_epochs}; the estimator "
                "predicts with the weights of that moment.",
                stacklevel=4,
            )
    net.notify("on_train_end", X=dataset, y=None)
    net.iterator_train__sampler = net.train_split = None
    # An interrupted epoch has no loss.
    loss = net.history[-1].get("train_loss", 0.0) if net.history else 0.0
    if not np.isfinite(loss):
        raise ValueError(
            f"training has diverged: train_loss is {loss} in epoch {len(net.history)}, with "
            f"lr={net.lr:g}. Lower lr."
        )


def _has_stopped(net):
    """Tell whether it was skorch's early stopping that has interrupted."""
    plain = [callback for _, callback in net.callbacks_]
    return any(isinstance(c, EarlyStopping) and c.misses_ >= c.patience for c in plain)


def continue_from(net, earlier, *, optimizer):
    """Give an initialized network the weights of an earlier one.

    With `optimizer`, its moments as well; the learning rate is the new one's.
    """
    net.module_.load_state_dict(earlier.module_.state_dict())
    if optimizer and type(net.optimizer_) is type(earlier.optimizer_):
        new = net.optimizer_.state_dict()["param_groups"]
        net.optimizer_.load_state_dict(earlier.optimizer_.state_dict() | {"param_groups": new})


def join_histories(earlier, later):
    """Return a history of the epochs of both, numbered from 1."""
    epochs = [dict(epoch) for epoch in [*earlier, *later]]
    return History(epoch | {"epoch": k} for k, epoch in enumerate(epochs, start=1))


def one_cycle(lr, n_steps):
    """Return a learning rate that rises to `lr` and falls to almost 0 within `n_steps` batches."""
    return LRScheduler(OneCycleLR, max_lr=lr, total_steps=n_steps, step_every="batch")


def early_stopping(patience):
    """Return callbacks that stop after `patience` epochs without a better validation loss.

    The learning rate falls tenfold after half as many, and the best weights are kept.
    """
    slower = LRScheduler(
        ReduceLROnPlateau, monitor="valid_loss", patience=patience // 2, threshold=1e-4
    )
    stop = EarlyStopping(patience=patience, load_best=True)
    return [("slower", slower), ("early_stopping", stop)]


def holds_schedule(callbacks):
    """Tell whether one of the callbacks, named or not, sets the learning rate."""
    plain = [callback[1] if isinstance(callback, tuple) else callback for callback in callbacks]
    return any(isinstance(callback, LRScheduler) for callback in plain)


class EpochBar(Callback):
    """A progress bar over the epochs, with the losses.

    Parameters
    ----------
    description : str
        Stands before the bar.
    """

    def __init__(self, description):
        self.description = description

    def on_train_begin(self, net, **kwargs):
        """Open the bar."""
        self.bar_ = tqdm(total=net.max_epochs, desc=self.description, unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        """Advance it."""
        losses = {
            name: f"{net.history[-1][key]:.4f}"
            for name, key in (("loss", "train_loss"), ("valid", "valid_loss"))
            if key in net.history[-1]
        }
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        """Close it."""
        self.bar_.close()
        del self.bar_
