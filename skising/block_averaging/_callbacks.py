"""The callbacks of a fit: learning rate, early stopping, progress bar."""

import math

from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau
from tqdm.auto import tqdm


def fit_callbacks(parameters, description, n_samples):
    """Return the user's callbacks and those that the parameters of an estimator ask for.

    Without early stopping, and unless a callback sets the learning rate, it goes through one cycle.

    Parameters
    ----------
    parameters : SimpleNamespace
        The checked parameters of the parameters.
    description : str
        The text before the progress bar.
    n_samples : int
        Lattices to train on.

    Returns
    -------
    callbacks : list
        Of skorch callbacks, or of (name, callback).
    """
    callbacks = list(parameters.callbacks or [])
    if parameters.early_stopping:
        callbacks += _early_stopping(parameters.n_iter_no_change)
    elif not _has_schedule(callbacks):
        n_steps = parameters.max_epochs * math.ceil(n_samples / parameters.batch_size)
        callbacks.append(("one_cycle", _one_cycle(parameters.lr, n_steps)))
    if parameters.verbose:
        callbacks.append(("epoch_bar", EpochBar(description)))
    return callbacks


def _one_cycle(lr, n_steps):
    """Return a learning rate that rises to `lr` and falls to almost 0 within `n_steps` batches."""
    return LRScheduler(OneCycleLR, max_lr=lr, total_steps=n_steps, step_every="batch")


def _early_stopping(patience):
    """Return callbacks that stop after `patience` epochs without a better validation loss.

    The learning rate falls tenfold after half as many epochs. The best weights are kept.
    """
    slower = LRScheduler(
        ReduceLROnPlateau, monitor="valid_loss", patience=patience // 2, threshold=1e-4
    )
    stop = EarlyStopping(patience=patience, load_best=True)
    return [("slower", slower), ("early_stopping", stop)]


def _has_schedule(callbacks):
    """Tell whether one of the callbacks, named or not, sets the learning rate."""
    unnamed = [callback[1] if isinstance(callback, tuple) else callback for callback in callbacks]
    return any(isinstance(callback, LRScheduler) for callback in unnamed)


class EpochBar(Callback):
    """A progress bar over the epochs, with the losses.

    Parameters
    ----------
    description : str
        The text before the bar.
    """

    def __init__(self, description):
        self.description = description

    def on_train_begin(self, net, **kwargs):
        """Open the bar."""
        self.bar_ = tqdm(total=net.max_epochs, desc=self.description, unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        """Advance the bar, and show the losses of the epoch."""
        losses = {
            name: f"{net.history[-1][key]:.4f}"
            for name, key in (("loss", "train_loss"), ("valid", "valid_loss"))
            if key in net.history[-1]
        }
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        """Close the bar."""
        self.bar_.close()
        del self.bar_
