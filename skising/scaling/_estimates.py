"""An observable at one temperature, with its jackknife and its bootstrap."""

import numpy as np

from .._numbers import as_numbers
from ..observables._jackknife import bins_of, combine_left_out, jackknife
from ._observables import OBSERVABLES, SOURCES, column


class MeanEstimate:
    """A function of the means of columns over lattices of one temperature."""

    def __init__(self, function, columns, bins):
        self._function, self._counts = function, np.bincount(bins)
        self._sums = np.stack([np.bincount(bins, values) for values in columns.T], axis=1)
        self.n_bins = len(self._counts)

    def with_error(self):
        """Return the value and its standard error."""
        # What is undefined becomes NaN, which the caller reports.
        with np.errstate(all="ignore"):
            return jackknife(self._function, self._counts, self._sums)

    def resampled(self, draws):
        """Return the values (n_resamples,) of draws (n_resamples, n) of bins."""
        counts = self._counts[draws].sum(axis=1)
        with np.errstate(all="ignore"):
            return self._function(self._sums[draws].sum(axis=1) / counts[:, np.newaxis])


class SampleEstimate:
    """A user's function of all lattices, or of a part of a series, of one temperature."""

    def __init__(self, function, values, bins):
        self._function, self._values = function, values
        self._members = [np.flatnonzero(bins == k) for k in range(bins.max() + 1)]
        self.n_bins = len(self._members)

    def with_error(self):
        """Return the value and its standard error."""
        everything = range(self.n_bins)
        left_out = [self._of([k for k in everything if k != i]) for i in everything]
        counts = np.array([len(members) for members in self._members])
        return combine_left_out(self._of(everything), left_out, counts)

    def resampled(self, draws):
        """Return the values (n_resamples,) of draws (n_resamples, n) of bins."""
        return np.array([self._of(draw) for draw in draws])

    def _of(self, bins):
        rows = np.concatenate([self._members[k] for k in bins])
        return float(as_numbers(self._function(self._values[rows]), "observable(X)"))


def check_observable(observable):
    """Return a function from a `Sample` to its estimates, temperature by temperature."""
    if callable(observable):
        return lambda sample: _of_function(observable, sample)
    if not isinstance(observable, str) or observable not in OBSERVABLES:
        raise ValueError(
            f"observable must be one of {', '.join(map(repr, OBSERVABLES))}, or a function of "
            f"lattices; got {observable!r}."
        )
    return lambda sample: _of_name(observable, sample)


def _of_name(name, sample):
    source, columns_of, estimate = OBSERVABLES[name]
    if sample.holds_lattices:
        values = SOURCES[source](sample.X)
    elif source == "lattices":
        raise ValueError(
            f"X must hold lattices for observable={name!r}, which no series tells; got shape "
            f"{sample.X.shape} for size {sample.size}."
        )
    elif sample.X.ndim > 1:
        raise ValueError(
            f"X must hold the {source} of each lattice, shape (n_samples,), for "
            f"observable={name!r}; got shape {sample.X.shape} for size {sample.size}. Flatten it "
            "with .ravel(), the temperatures too."
        )
    else:
        values = sample.X
    for t, row in sample.rows.items():

        def of_means(means, t=t):
            return estimate(means, t, sample.size)

        yield MeanEstimate(of_means, columns_of(values[row]), _bins(sample, row))


def _of_function(function, sample):
    for row in sample.rows.values():
        taken = sample.take(row)
        result = as_numbers(function(taken), "observable(X)")
        if result.ndim == 0:
            yield SampleEstimate(function, taken, _bins(sample, row))
        elif result.shape == row.shape:
            columns = column(result.astype(np.float64))
            yield MeanEstimate(lambda means: means[..., 0], columns, _bins(sample, row))
        else:
            raise ValueError(
                f"observable must return one number, or one for each of the {len(row)} lattices "
                f"that it gets; got shape {result.shape}."
            )


def _bins(sample, row):
    return bins_of(np.unique(sample.labels[row], return_inverse=True)[1])
