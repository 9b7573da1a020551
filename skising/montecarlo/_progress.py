"""A progress bar of runs that are side by side, in threads or processes."""

import tempfile
import threading
from pathlib import Path

import numpy as np
from tqdm import tqdm

_SECONDS_BETWEEN_UPDATES = 0.5


class Progress:
    """A progress bar of the processor time that runs take, as estimated.

    Runs write what share of them is done to a file, which a thread reads twice a second. Runs on
    other machines find no such file; they count when their lattices arrive.

    Parameters
    ----------
    description : str
    seconds : float array of shape (n_runs,)
        The estimated time of each run.
    seconds_to_store : float array of shape (n_runs,)
        The estimated time that the caller takes for the lattices of each run.
    done : container of int
        Numbers of runs that count as done from the beginning.
    """

    def __init__(self, description, seconds, seconds_to_store, done=()):
        self._seconds, self._seconds_to_store = seconds, seconds_to_store
        self._is_stored = np.isin(np.arange(len(seconds)), list(done))
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.path = str(Path(self._folder.name, "shares"))
        self._shares = np.memmap(self.path, np.float64, "w+", shape=seconds.shape)
        self._shares[self._is_stored] = 1
        self._total = float(np.sum(seconds + seconds_to_store))
        self._bar = tqdm(
            total=self._total,
            initial=self._seconds_done(),
            desc=description,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
            # The average rate since the start: the current rate varies with the kind of run.
            smoothing=0,
        )
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._update_regularly, daemon=True)

    def __enter__(self):
        self._update()
        self._thread.start()
        return self

    def stored(self, k):
        """Count run k as done, and its lattices as stored."""
        self._shares[k] = 1
        self._is_stored[k] = True

    def __exit__(self, *_):
        self._has_ended.set()
        self._thread.join()
        self._update()
        self._bar.close()
        self._folder.cleanup()

    def _seconds_done(self):
        done = self._shares @ self._seconds + self._is_stored @ self._seconds_to_store
        # Sums in another order may be larger by rounding, of which tqdm warns.
        return min(float(done), self._total)

    def _update_regularly(self):
        while not self._has_ended.wait(_SECONDS_BETWEEN_UPDATES):
            self._update()

    def _update(self):
        self._bar.n = self._seconds_done()
        self._bar.set_postfix_str(f"{self._is_stored.sum()}/{len(self._is_stored)} runs")


def reporter(path, k, n_sweeps):
    """Return a function that writes the share of run k that is done to the file at `path`.

    Return None if there is no such file. The function takes the sweeps that are done, of
    `n_sweeps`.
    """
    try:
        shares = np.memmap(path, np.float64, "r+")
    except OSError:
        return None

    def report(n_done):
        shares[k] = n_done / n_sweeps

    return report
