"""Features that threads compute ahead, while another device trains on earlier batches."""

from collections import deque


class BatchesAhead:
    """The batches of a loader. Threads compute the features of the next few.

    Parameters
    ----------
    loader : iterable
        Of (features, target), with `BatchFeatures`. It is read by the thread that iterates.
    pool : ThreadPoolExecutor
    n_ahead : int
        Batches whose features are computed, or in memory, before they are asked for.
    """

    def __init__(self, loader, pool, n_ahead):
        self._loader, self._pool = loader, pool
        self._n_ahead = n_ahead

    def __len__(self):
        return len(self._loader)

    def __iter__(self):
        started = deque()
        for features, target in self._loader:
            started.append((self._pool.submit(features.compute), features, target))
            if len(started) > self._n_ahead:
                yield _wait(*started.popleft())
        while started:
            yield _wait(*started.popleft())


def _wait(future, features, target):
    """Return a batch when its features have been computed."""
    future.result()
    return features, target
