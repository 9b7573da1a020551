"""How a network is trained on lattices: whole batches of features, seeded, with a bar."""

import threading
from contextlib import contextmanager

import numpy as np
import torch
from skorch.callbacks import Callback, LRScheduler
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from .blocks import partition

_GLOBAL_GENERATOR = threading.RLock()


class LatticeDataset(Dataset):
    """Lattices as the features of their blocks, computed batch by batch.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_rows, n_cols), int8
    target : ndarray of shape (n_samples, ...)
    block_size : int
    descriptor : transformer
        Fitted.
    random_shift : bool
        Whether each batch's partition starts at a random site, around the periodic boundary.
    """

    def __init__(self, X, target, block_size, descriptor, random_shift):
        self.X = X
        self.target = torch.as_tensor(target)
        self.block_size = block_size
        self.descriptor = descriptor
        self.random_shift = random_shift

    def __len__(self):
        return len(self.X)

    def __getitems__(self, indices):
        """Return features (len(indices), n_blocks, n_features) and targets of a whole batch."""
        X = self.X[indices]
        if self.random_shift:
            X = np.roll(X, torch.randint(self.block_size, (2,)).tolist(), axis=(1, 2))
        blocks = partition(X, self.block_size, self.block_size)
        return block_features(self.descriptor, blocks), self.target[indices]


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


def one_cycle(lr, n_steps):
    """Return a learning rate that rises to `lr` and falls to almost 0 within `n_steps` batches."""
    return LRScheduler(OneCycleLR, max_lr=lr, total_steps=n_steps, step_every="batch")


def holds_schedule(callbacks):
    """Tell whether one of the callbacks, named or not, sets the learning rate."""
    plain = [callback[1] if isinstance(callback, tuple) else callback for callback in callbacks]
    return any(isinstance(callback, LRScheduler) for callback in plain)


class EpochBar(Callback):
    """A progress bar over the epochs, with the training loss.

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
        self.bar_.set_postfix(loss=f"{net.history[-1, 'train_loss']:.4f}", refresh=False)
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        """Close it."""
        self.bar_.close()
        del self.bar_
