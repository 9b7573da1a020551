"""Temperatures -> equilibrium lattices of the two-dimensional Ising model, by Monte Carlo."""

import warnings
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state

from .._validation import check_choice, check_integer, check_n_jobs, check_temperatures
from ._parallel import sample
from ._run import ALGORITHMS, check_lattice_size, plan


class IsingSampler(TransformerMixin, BaseEstimator):
    """Transform temperatures into equilibrium lattices of the two-dimensional Ising model.

    One lattice is drawn for each temperature, so that a model of lattices becomes a pipeline whose
    input is temperatures. Nothing is learned: `transform` works without `fit`. The lattices are
    those of :func:`make_ising`: the k-th occurrence of a temperature is, for the same parameters,
    the same lattice there and here.

    Parameters
    ----------
    lattice_size : int, default=32
        Sites per side, L >= 2.
    algorithm : {"auto", "swendsen-wang", "wolff", "metropolis"}, default="auto"
        How lattices are updated; see :func:`make_ising`.
    n_discard : int, default=None
        Sweeps of a chain, for Wolff clusters, before its first lattice. None is ten times the
        default of `thin`.
    thin : int, default=None
        Sweeps of a chain, for Wolff clusters, from one lattice to the next. None is that of
        :func:`make_ising`.
    random_state : int, RandomState instance or None, default=None
        An int gives the same lattices in every call, so that a temperature seen by `fit` gives in
        a later `transform` a lattice which a model may have been trained on; this warns. A
        RandomState instance gives fresh lattices in every call.
    n_jobs : int, default=None
        Chains to run side by side, as joblib counts them. It does not change the lattices.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    temperatures_ : ndarray of shape (n_temperatures,), float64
        The temperatures seen by `fit`, each once, in ascending order.

    Examples
    --------
    >>> from skising import IsingSampler
    >>> IsingSampler(lattice_size=16, random_state=0).fit_transform([1.5, 2.0, 3.5]).shape
    (3, 16, 16)
    """

    def __init__(
        self,
        lattice_size=32,
        *,
        algorithm="auto",
        n_discard=None,
        thin=None,
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.lattice_size = lattice_size
        self.algorithm = algorithm
        self.n_discard = n_discard
        self.thin = thin
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X, y=None):
        """Check the parameters and the temperatures; no lattice is drawn.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Temperatures, in units of J / k_B.
        y : None
            Not used.

        Returns
        -------
        self : IsingSampler

        Raises
        ------
        TypeError, ValueError
            If a parameter or a temperature is of another type or outside its range.
        """
        self._check_parameters()
        self.temperatures_ = np.unique(check_temperatures(X, "X"))
        return self

    def transform(self, X):
        """Draw one lattice at each temperature.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Temperatures, in units of J / k_B.

        Returns
        -------
        lattices : ndarray of shape (n_samples, L, L), int8
            Spins, each +1 or -1.

        Raises
        ------
        TypeError, ValueError
            If a parameter or a temperature is of another type or outside its range, or if chains
            would take more than 10^12 sweeps.
        MemoryError
            If there is less memory than the lattices take.

        Warns
        -----
        UserWarning
            If `random_state` is an int and `fit` has seen one of the temperatures: both get the
            same lattices.
        """
        self._check_parameters()
        X = check_temperatures(X, "X")
        self._warn_of_leak(X)
        return self._run(self._plan(X)[0], len(X))[0]

    def fit_transform(self, X, y=None):
        """Do `fit` and then `transform` of the same temperatures, with their errors.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Temperatures, in units of J / k_B.
        y : None
            Not used.

        Returns
        -------
        lattices : ndarray of shape (n_samples, L, L), int8
            Spins, each +1 or -1.
        """
        X = check_temperatures(X, "X")
        return self.fit(X)._run(self._plan(X)[0], len(X))[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _check_parameters(self):
        check_integer(self.lattice_size, "lattice_size", minimum=2)
        check_choice(self.algorithm, "algorithm", ALGORITHMS)
        check_lattice_size(self.algorithm, self.lattice_size)
        check_random_state(self.random_state)
        check_n_jobs(self.n_jobs)
        for name, minimum in (("n_discard", 0), ("thin", 1)):
            if getattr(self, name) is not None:
                check_integer(getattr(self, name), name, minimum=minimum)

    def _warn_of_leak(self, temperature):
        if not isinstance(self.random_state, Integral) or not hasattr(self, "temperatures_"):
            return
        seen = temperature[np.isin(temperature, self.temperatures_)]
        if len(seen):
            warnings.warn(
                f"{len(seen)} of the {len(temperature)} temperatures, the first of them "
                f"{seen[0]:g}, were seen by fit, and random_state={self.random_state} gives them "
                "the lattices of fit_transform again. A score on these is not one on new data. For "
                "fresh lattices in every call pass "
                f"random_state=np.random.RandomState({self.random_state}).",
                stacklevel=4,
            )

    def _plan(self, temperature):
        """Return the runs, and the chain and the frame of each row."""
        return plan(temperature, self.lattice_size, self.algorithm, self.n_discard, self.thin)

    def _fingerprint(self):
        """Return the parameters which lattices depend on, of types that JSON has."""
        if not isinstance(self.random_state, Integral):
            raise ValueError(
                "random_state must be an int if out is given, so that a run that was killed can go "
                f"on with the same lattices; got {self.random_state!r}. Pass for instance "
                "random_state=0."
            )
        names = ("lattice_size", "n_discard", "thin", "random_state")
        values = {name: getattr(self, name) for name in names}
        return {"algorithm": self.algorithm} | {
            name: value if value is None else int(value) for name, value in values.items()
        }

    def _sample(self, runs, done=()):
        """Yield the number and the result of each run that is not done, as it ends."""
        entropy = check_random_state(self.random_state).randint(2**32, size=4, dtype=np.uint32)
        return sample(runs, entropy, n_jobs=self.n_jobs, verbose=self.verbose, done=done)

    def _run(self, runs, n_rows):
        """Put the lattices of every run into their rows; return them and the runs' times."""
        size = self.lattice_size
        try:
            lattices = np.empty((n_rows, size, size), np.int8)
        except (MemoryError, ValueError) as error:
            # ValueError: more bytes than a number of 64 bits can tell.
            raise MemoryError(
                f"{n_rows} lattices of lattice_size={size} take {n_rows * size**2 // 10**9} GB of "
                "memory, more than there is. Ask for fewer or smaller ones, or have make_ising "
                "write them to a file: out."
            ) from error
        times = [None] * len(runs)
        for k, result in self._sample(runs):
            lattices[result.rows] = result.lattices
            times[k] = result.times
        return lattices, times
