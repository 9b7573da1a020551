"""Blocks of spins -> features that no operation of the square and no global flip changes."""

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import gen_even_slices
from sklearn.utils.validation import check_is_fitted

from . import symmetry
from ._kernels.d4 import CHANNELS, power_and_phases
from ._validation import check_blocks

__all__ = ["D4Descriptor"]

_SIZES = {"centre": 1, "axis": 4, "diagonal": 4, "general": 8}


class D4Descriptor(TransformerMixin, BaseEstimator):
    """Power spectrum and reference phases of spin blocks under D4 x Z2.

    The spins of each orbit of sites are split into irreps of D4 (`skising.symmetry`). Of each
    irrep's coefficients f the features are

    - the power |f|^2, scaled so that the powers of one orbit add up to 1 (Eq. A3);
    - the phase f . f* / (|f| |f*|) against the reference f*, the same irrep of the spins averaged
      over the block's eight triangular domains (Eq. A4). E occurs twice in the reference, and each
      E of an orbit has a phase against both. Where |f| or |f*| is 0 the phase is 0.

    All 16 images of a block, by the operations of the square and the flip of all spins, have
    bit-identical features. The equations are those of Phys. Rev. E 108, 065304 (2023) but for two
    corrections: the alternating irrep of sites on the diagonals is B2, and one basis serves all E.
    The features do not tell all inequivalent blocks apart, as no power spectrum with one reference
    can: of the 4,324 kinds of 4 x 4 blocks they separate 96 %.

    Parameters
    ----------
    n_jobs : int, default=None
        Threads to use, by joblib; None is 1, -1 all cores.

    Attributes
    ----------
    block_size_ : int
        Sites per side of the blocks seen in `fit`, l.
    orbits_ : DataFrame
        A row per orbit of sites: its representative's `row` and `column` distance from the centre,
        `distance`, `kind`, `size` and `irreps`. Kind by kind, each by distance.
    n_features_out_ : int
        Number of features.
    feature_grid_ : ndarray of shape (n_features_out_, 2)
        How a convolutional network lays the features out: each one's channel (kind of invariant)
        and point, which counts the orbits by distance alone, whatever their kind.

    See Also
    --------
    extract_blocks : Cuts lattices into blocks.

    Examples
    --------
    >>> import numpy as np
    >>> from skising import D4Descriptor
    >>> block = np.ones((1, 4, 4), dtype=np.int8)
    >>> block[0, 0, 1] = -1
    >>> images = np.concatenate([block, np.rot90(block, axes=(1, 2)), -block.swapaxes(1, 2)])
    >>> features = D4Descriptor().fit_transform(images)
    >>> features.shape
    (3, 28)
    >>> bool((features == features[0]).all())
    True
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
        self : D4Descriptor

        Raises
        ------
        TypeError, ValueError
            If `X` is not an array of square blocks of spins.
        """
        self.block_size_ = check_blocks(X).shape[1]
        orbits = symmetry.orbits(self.block_size_)
        by_kind = [[orbit for orbit in orbits if orbit.kind == kind] for kind in _SIZES]
        self.orbits_ = pd.DataFrame([_describe_orbit(o) for kind in by_kind for o in kind])
        starts, features = _feature_table(by_kind)
        self.n_features_out_ = len(features)
        place = {orbit.representative: k for k, orbit in enumerate(orbits)}
        self.feature_grid_ = np.array(
            [(channel, place[orbit.representative]) for channel, orbit in features], dtype=np.int64
        )
        self._feature_names = np.array(
            [_feature_name(channel, orbit) for channel, orbit in features], dtype=object
        )
        self._tables = (*map(_site_table, by_kind, _SIZES.values()), starts)
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
            Powers in [0, 1] and phases in [-1, 1].

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError, ValueError
            If `X` is not an array of square blocks of spins, or of another size than in `fit`.
        """
        check_is_fitted(self)
        X = check_blocks(X)
        if X.shape[1] != self.block_size_:
            raise ValueError(
                f"X must hold blocks of {self.block_size_} x {self.block_size_} sites, as seen in "
                f"fit; got shape {X.shape}. Fit the descriptor again for another block size."
            )
        flat = X.reshape(len(X), -1)
        features = np.empty((len(X), self.n_features_out_), np.float32)
        n_jobs = joblib.effective_n_jobs(self.n_jobs)
        if n_jobs == 1:
            power_and_phases(flat, *self._tables, features)
        else:
            joblib.Parallel(n_jobs=n_jobs, require="sharedmem")(
                joblib.delayed(power_and_phases)(flat[part], *self._tables, features[part])
                for part in gen_even_slices(len(X), n_jobs)
            )
        return features

    def get_feature_names_out(self, input_features=None):
        """Return a name for each feature: kind of invariant, irrep, and orbit.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of shape (n_features,), str
            Such as ``power_B2(0.5,1.5)``, for the orbit with a site 0.5 rows and 1.5 columns from
            the block's centre.
        """
        check_is_fitted(self)
        return self._feature_names


def _site_table(orbits, size):
    """Flat sites (size, n_orbits) of the orbits of one kind."""
    table = np.empty((size, len(orbits)), np.int32)
    for k, orbit in enumerate(orbits):
        table[:, k] = orbit.sites
    return table


def _feature_table(by_kind):
    """Lay the features out channel by channel, and within a channel kind by kind.

    Returns
    -------
    starts : ndarray of shape (4, n_channels)
        The column at which a kind's features of a channel start; -1 where it has none.
    features : list of (channel, orbit)
    """
    starts = np.full((len(by_kind), len(CHANNELS)), -1, np.int32)
    features = []
    for channel, name in enumerate(CHANNELS):
        what, irrep = name.split("_")[:2]
        for kind, orbits in enumerate(by_kind):
            if not orbits or irrep not in _labels(orbits[0].kind):
                continue
            if orbits[0].kind == "centre" and what == "power":
                continue  # the square of a single spin is always 1
            starts[kind, channel] = len(features)
            features += [(channel, orbit) for orbit in orbits]
    return starts, features


def _labels(kind):
    return [component.label for component in symmetry.components(kind)]


def _feature_name(channel, orbit):
    row, column = orbit.representative
    return f"{CHANNELS[channel]}({row:g},{column:g})"


def _describe_orbit(orbit):
    row, column = orbit.representative
    return {
        "row": row,
        "column": column,
        "distance": orbit.distance,
        "kind": orbit.kind,
        "size": len(orbit.sites),
        "irreps": " + ".join(_labels(orbit.kind)),
    }
