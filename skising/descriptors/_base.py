"""The base class of descriptors: it checks blocks and shares the work among threads."""

from abc import ABCMeta, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Self

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from .._kernels.vectors import N_LANES
from .._numbers import name_array
from .._spins import ISING, AnyNumbers, check_block_shape, check_spins, spins_of_kind
from .._validation import check_n_jobs

# Small enough that the spins of a share stay in the processor's cache after their check. Large
# enough that two threads rarely write to the same page of memory (up to 2 MB), where one would wait
# for the other.
_SPINS_PER_SHARE = 1 << 19


class BlockDescriptor(TransformerMixin, BaseEstimator, metaclass=ABCMeta):
    """Transformer from blocks (n_blocks, l, l) to features (n_blocks, n_features), float32.

    A subclass implements `_lay_out`, which names the features, `_count_features`, and `_describe`,
    which computes them by a kernel. A subclass with parameters implements `_check_parameters`, too.
    A subclass for other spins than Ising spins has the parameters `spins` and `n_states`.
    """

    spins: str = "ising"
    n_states: int | None = None
    block_size_: int
    n_features_out_: int
    # Descriptors in pickles of earlier versions have no attribute of their own, and Ising spins.
    _spins: AnyNumbers = ISING

    def __init__(self, *, n_jobs: int | None = None) -> None:
        self.n_jobs = n_jobs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the size of the blocks and lay out the features.

        The spins are checked. Nothing else is learned from them but the number of Potts states, if
        the descriptor has a parameter `n_states` and it is None.

        Parameters
        ----------
        X : array-like of shape (n_blocks, l, l)
            Spins; l >= 2.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError, ValueError
            If a parameter is invalid, or `X` is not an array of square blocks of spins.
        """
        self._check_parameters()
        check_n_jobs(self.n_jobs)
        spins = spins_of_kind(self.spins, self.n_states)
        name, X = name_array(X, "X"), check_block_shape(X)
        for rows in gen_batches(len(X), _share_size(X)):
            check_spins(X, name, rows=rows, spins=spins)
        self._spins = spins.learn(X)
        names = self._lay_out(X.shape[1])
        self.block_size_ = X.shape[1]
        self.n_features_out_ = len(names)
        self._feature_names = np.array(names, dtype=object)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Compute the features of blocks.

        Parameters
        ----------
        X : array-like of shape (n_blocks, l, l)
            Spins, in blocks of the size seen in `fit`.

        Returns
        -------
        features : ndarray of shape (n_blocks, n_features), float32

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError, ValueError
            If `X` is not an array of square blocks of spins, or their size differs from that in
            `fit`.
        """
        check_is_fitted(self)
        n_jobs = check_n_jobs(self.n_jobs)
        name, X = name_array(X, "X"), check_block_shape(X)
        if X.shape[1] != self.block_size_:
            raise ValueError(
                f"X must hold blocks of {self.block_size_} x {self.block_size_} sites, as seen in "
                f"fit; got shape {X.shape}. Fit the descriptor again for another block size."
            )
        features = np.empty((len(X), self.n_features_out_), np.float32)
        share_size = _share_size(X)
        if self._spins.are_kept(X):
            next_block = np.zeros(1, np.int64)
            work = partial(self._describe, next_block, share_size, _flat(X), features)
        else:
            shares = iter(list(gen_batches(len(X), share_size)))
            work = partial(self._convert_and_describe, X, shares, features)
        n_shares = -(-len(X) // share_size)
        n_threads = min(joblib.effective_n_jobs(n_jobs), n_shares)
        if not all(_in_threads(work, n_threads)):
            check_spins(
                X, name, spins=self._spins
            )  # Raises an error that names the first wrong spin.
        return features

    def _describe_here(self, X, out):
        """Fill `out` (n_blocks, n_features) with features, in the caller's thread and unchecked.

        The checks of `transform` take longer than the kernel does for a few blocks. Return whether
        the features are right: all numbers are spins, in an array of the spins' dtype.
        """
        if not self._spins.are_kept(X):
            return False
        return self._describe(np.zeros(1, np.int64), _share_size(X), _flat(X), out)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return a name for each feature: the kind of invariant, and its sites or displacement.

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

    @classmethod
    def _for_block_size(cls, block_size):
        """Return an unfitted descriptor whose parameters are the defaults for blocks of a size.

        A subclass overrides this if its defaults do not suit every size.
        """
        return cls()

    def _check_parameters(self):
        """Raise a TypeError or ValueError if a parameter other than `n_jobs` is invalid."""

    @abstractmethod
    def _lay_out(self, block_size):
        """Lay out the features of blocks of a size, and set fitted attributes of the subclass.

        Parameters
        ----------
        block_size : int
            Sites per side of the blocks, l.

        Returns
        -------
        names : list of str
            A name for each feature, in the order of the columns.
        """

    @abstractmethod
    def _count_features(self, block_size):
        """Return the number of features of blocks of a size, without laying them out.

        `load` compares it with the arrays in a file before it lays the features out: a small file
        may ask for blocks of any size.
        """

    def _count_table_bytes(self, block_size):
        """Return the memory of the kernel's tables for blocks of a size, if it exceeds the names'.

        A subclass overrides this if its tables grow faster than the number of features.
        """
        return 0

    @abstractmethod
    def _describe(self, next_block, share_size, blocks, out):
        """Compute the features of blocks share by share, by a kernel of `share_work`.

        Several threads may call this method at the same time, with the same arguments.

        Parameters
        ----------
        next_block : int64 array of shape (1,)
            Atomic counter: the index of the first block that no thread has taken.
        share_size : int
            Blocks in a share.
        blocks : array of shape (n_blocks, l * l)
            Of the dtype of the spins. Not yet checked.
        out : float32 array of shape (n_blocks, n_features)
            Filled with the features.

        Returns
        -------
        only_spins : bool
            Whether all numbers in the blocks that this call described are spins.
        """

    def _convert_and_describe(self, X, shares, features):
        """Describe blocks that are not of the dtype of the spins, share by share.

        `shares` is an iterator over slices of `X` that all threads use. Each thread converts the
        share that it describes, so that there is never a converted copy of the whole of `X`.
        """
        for rows in shares:
            spins = _flat(check_spins(X, rows=rows, spins=self._spins))
            next_block = np.zeros(1, np.int64)
            self._describe(next_block, len(spins), spins, features[rows])
        return True


def _flat(blocks):
    """Return blocks (n, l * l), always read-only, so that kernels compile for a single type."""
    flat = np.asarray(blocks).reshape(len(blocks), -1)
    flat.flags.writeable = False
    return flat


def _share_size(X):
    """Return the number of blocks in a share: a multiple of the lanes of a kernel."""
    return max(1, _SPINS_PER_SHARE // (X[0].size * N_LANES)) * N_LANES


def _in_threads(work, n_threads):
    """Call `work` in `n_threads` threads at the same time and return the results.

    The caller's thread is one of them, since starting a thread takes time. A thread pool of Python
    is used because joblib needs 10 ms to notice that its last thread has finished.
    """
    if n_threads == 1:
        return [work()]
    with ThreadPoolExecutor(n_threads - 1) as pool:
        futures = [pool.submit(work) for _ in range(n_threads - 1)]
        results = [work()]
    return results + [future.result() for future in futures]
