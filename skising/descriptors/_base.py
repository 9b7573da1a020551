"""What every descriptor shares: blocks are checked and described share by share, in threads."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import joblib
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from .._kernels.vectors import N_LANES
from .._spins import check_block_shape, check_spins, is_int8
from .._validation import check_n_jobs

# Small enough that spins which were just checked are still in the cache; and large enough that two
# threads seldom write to the same page of memory, of up to 2 MB, which one would wait for.
_SHARE_SPINS = 1 << 19


class BlockDescriptor(TransformerMixin, BaseEstimator):
    """Blocks (n_blocks, l, l) to features (n_blocks, n_features) float32.

    A subclass lays its features out in `_lay_out(block_size)`, which returns their names, and
    computes them in `_describe(taken, n_at_once, spins, out)` of flat int8 blocks, by a kernel of
    `_kernels.shares`, which tells what these are and what to return.
    """

    def __init__(self, *, n_jobs=None):
        self.n_jobs = n_jobs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(self, X, y=None):
        """Note the size of the blocks; nothing is learned from their spins.

        Parameters
        ----------
        X : array-like of shape (n_blocks, l, l)
            Spins, each +1 or -1; l >= 2.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError, ValueError
            If a parameter is not as described, or `X` is not an array of square blocks of spins.
        """
        self._check_parameters()
        check_n_jobs(self.n_jobs)
        X = check_block_shape(X)
        for rows in gen_batches(len(X), _share_size(X)):
            check_spins(X, rows=rows)
        names = self._lay_out(X.shape[1])
        self.block_size_ = X.shape[1]
        self.n_features_out_ = len(names)
        self._feature_names = np.array(names, dtype=object)
        return self

    def transform(self, X):
        """Compute the features of blocks.

        Parameters
        ----------
        X : array-like of shape (n_blocks, l, l)
            Spins, each +1 or -1, in blocks of the size that `fit` saw.

        Returns
        -------
        features : ndarray of shape (n_blocks, n_features), float32

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError, ValueError
            If `X` is not an array of square blocks of spins, or of another size than in `fit`.
        """
        check_is_fitted(self)
        check_n_jobs(self.n_jobs)
        X = check_block_shape(X)
        if X.shape[1] != self.block_size_:
            raise ValueError(
                f"X must hold blocks of {self.block_size_} x {self.block_size_} sites, as seen in "
                f"fit; got shape {X.shape}. Fit the descriptor again for another block size."
            )
        features = np.empty((len(X), self.n_features_out_), np.float32)
        n_at_once = _share_size(X)
        if is_int8(X):
            taken = np.zeros(1, np.int64)
            work = partial(self._describe, taken, n_at_once, _flat(X), features)
        else:
            shares = iter(list(gen_batches(len(X), n_at_once)))
            work = partial(self._convert_and_describe, X, shares, features)
        n_shares = -(-len(X) // n_at_once)
        n_threads = min(joblib.effective_n_jobs(self.n_jobs), n_shares)
        if not all(_in_threads(work, n_threads)):
            check_spins(X)  # Raises, and tells where the wrong one is.
        return features

    def get_feature_names_out(self, input_features=None):
        """Return a name for each feature: kind of invariant, and which sites it is of.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of shape (n_features,), str
        """
        check_is_fitted(self)
        return self._feature_names

    def _check_parameters(self):
        pass

    def _convert_and_describe(self, X, shares, features):
        """Describe the shares of blocks, slices of `X`, which an iterator has left."""
        for rows in shares:
            spins = _flat(check_spins(X, rows=rows))
            self._describe(np.zeros(1, np.int64), len(spins), spins, features[rows])
        return True


def _flat(blocks):
    """Return blocks (n, l * l), read-only, as all are then of one type, which is compiled once."""
    flat = np.asarray(blocks).reshape(len(blocks), -1)
    flat.flags.writeable = False
    return flat


def _share_size(X):
    """Return how many blocks make a share: a multiple of those that a kernel has side by side."""
    return max(1, _SHARE_SPINS // (X[0].size * N_LANES)) * N_LANES


def _in_threads(work, n_threads):
    """Call `work` in some threads side by side, of which one is the caller's; return the results.

    Not joblib's threads: they take 10 ms to notice that the last of them has ended. And not all
    in others than the caller's, as a thread takes its time to start.
    """
    if n_threads == 1:
        return [work()]
    with ThreadPoolExecutor(n_threads - 1) as threads:
        started = [threads.submit(work) for _ in range(n_threads - 1)]
        results = [work()]
    return results + [of_thread.result() for of_thread in started]
