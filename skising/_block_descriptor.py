"""What every descriptor shares: blocks are checked and described chunk by chunk, in threads."""

from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import gen_even_slices
from sklearn.utils.validation import check_is_fitted

from ._spins import check_block_shape, check_spins
from ._validation import check_n_jobs

# Small enough that the spins which were just checked are still in the cache.
_CHUNK_SPINS = 1 << 19


class BlockDescriptor(TransformerMixin, BaseEstimator):
    """Blocks (n_blocks, l, l) to features (n_blocks, n_features) float32.

    A subclass lays its features out in `_lay_out(block_size)`, which returns their names, and
    computes them in `_describe(spins, out)`, of flat int8 blocks that have been checked.
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
        for rows in _chunks(X, slice(0, len(X))):
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
        n_jobs = joblib.effective_n_jobs(self.n_jobs)
        if n_jobs == 1:
            self._fill(X, slice(0, len(X)), features)
        else:
            self._fill_in_threads(X, features, n_jobs)
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

    def _fill_in_threads(self, X, features, n_threads):
        first, *others = gen_even_slices(len(X), n_threads)
        # Not joblib's threads: they take 10 ms to notice that the last of them has ended. And one
        # part in the caller's thread, as a thread takes up to 1 ms to start.
        with ThreadPoolExecutor(n_threads) as threads:
            started = [threads.submit(self._fill, X, part, features) for part in others]
            self._fill(X, first, features)
            for part in started:
                part.result()

    def _fill(self, X, part, features):
        for rows in _chunks(X, part):
            spins = check_spins(X, rows=rows)
            self._describe(spins.reshape(len(spins), -1), features[rows])


def _chunks(X, part):
    step = max(1, _CHUNK_SPINS // X[0].size)
    for start in range(part.start, part.stop, step):
        yield slice(start, min(start + step, part.stop))
