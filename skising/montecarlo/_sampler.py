"""Transformers from temperatures to equilibrium lattices: a class for each model."""

import warnings
from abc import abstractmethod
from numbers import Integral
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from .._typing import RandomState
from .._validation import check_temperatures
from ._memory import Memory
from ._models import Clock, Ising, Model, Potts
from ._parallel import sample
from ._plan import check_parameters, plan

Spin = TypeVar("Spin", bound=np.generic)


class Sampler(TransformerMixin, BaseEstimator, Generic[Spin]):
    """What the samplers of all models share.

    A subclass has a constructor with the parameters below, and says what its model is.
    """

    temperatures_: NDArray[np.float64]

    lattice_size: int
    algorithm: str
    n_discard: int | None
    thin: int | None
    random_state: RandomState
    n_jobs: int | None
    verbose: int

    @abstractmethod
    def _model(self) -> Model:
        """Return the model, if its parameters are right."""

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Check the parameters and the temperatures; no lattice is drawn.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Temperatures, in units of J / k_B.
        y : None
            Not used.

        Returns
        -------
        self : the sampler

        Raises
        ------
        TypeError, ValueError
            If a parameter or a temperature has the wrong type or is out of range.
        """
        self._check_parameters()
        self.temperatures_ = np.unique(check_temperatures(X, "X"))
        return self

    def transform(self, X: ArrayLike) -> NDArray[Spin]:
        """Draw one lattice at each temperature.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Temperatures, in units of J / k_B.

        Returns
        -------
        lattices : ndarray of shape (n_samples, L, L)
            Spins of the model.

        Raises
        ------
        TypeError, ValueError
            If a parameter or a temperature has the wrong type or is out of range, or if a chain
            would take more than 10^12 sweeps.
        MemoryError
            If there is less memory than the lattices take.

        Warns
        -----
        UserWarning
            If `random_state` is an int and `fit` has seen one of the temperatures, which then gets
            the same lattice again.
        """
        self._check_parameters()
        X = check_temperatures(X, "X")
        self._warn_of_leak(X)
        return self._sample(X)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Do nothing, so that a pipeline can set the output of its other steps.

        Lattices are arrays of shape (n_samples, L, L), which no DataFrame can hold.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Not used.

        Returns
        -------
        self : the sampler
        """
        return self

    def fit_transform(self, X: ArrayLike, y: object = None) -> NDArray[Spin]:
        """Do `fit` and then `transform` of the same temperatures, without the warning.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Temperatures, in units of J / k_B.
        y : None
            Not used.

        Returns
        -------
        lattices : ndarray of shape (n_samples, L, L)
            Spins of the model.

        Raises
        ------
        TypeError, ValueError, MemoryError
            As `fit` and `transform` do.
        """
        X = check_temperatures(X, "X")
        return self.fit(X)._sample(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _check_parameters(self):
        """Return `lattice_size`, `n_discard` and `thin` as int or None."""
        return check_parameters(
            self._model(),
            lattice_size=self.lattice_size,
            algorithm=self.algorithm,
            n_discard=self.n_discard,
            thin=self.thin,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
        )

    def _sample(self, temperature):
        """Return the lattices, one for each temperature."""
        lattice_size, n_discard, thin = self._check_parameters()
        runs, _, _ = plan(self._model(), temperature, lattice_size, self.algorithm, n_discard, thin)
        memory = Memory(runs, has_measurements=False)
        memory.begin()
        sample(runs, self.random_state, memory, n_jobs=self.n_jobs, verbose=self.verbose)
        return memory.lattices

    def _warn_of_leak(self, temperature):
        if not isinstance(self.random_state, Integral) or not hasattr(self, "temperatures_"):
            return
        seen = temperature[np.isin(temperature, self.temperatures_)]
        if len(seen):
            seed = self.random_state
            warnings.warn(
                f"fit has seen {len(seen)} of the {len(temperature)} temperatures, the first of "
                f"them {seen[0]:g}. random_state={seed} gives them the lattices of fit_transform "
                "again, and a score on these is not one on new data. For fresh lattices in every "
                f"call pass random_state=np.random.RandomState({seed}).",
                stacklevel=4,
            )


class IsingSampler(Sampler[np.int8]):
    """Transform temperatures into equilibrium lattices of the two-dimensional Ising model.

    The sampler draws one lattice for each temperature. In a pipeline, an estimator of lattices can
    follow it; the input of the pipeline is then temperatures. The sampler learns nothing:
    `transform` works without `fit`. With the same parameters, the k-th lattice of a temperature is
    that of :func:`make_ising`.

    Parameters
    ----------
    lattice_size : int, default=32
        Sites per side, L >= 2.
    algorithm : {"auto", "swendsen-wang", "wolff", "metropolis"}, default="auto"
        How lattices are updated; see :func:`make_ising`.
    n_discard : int, default=None
        Sweeps (Wolff: clusters) of a chain before its first lattice. None is ten times the default
        of `thin`.
    thin : int, default=None
        Sweeps (Wolff: clusters) of a chain from one lattice to the next. None is the default of
        :func:`make_ising`.
    random_state : int, RandomState instance or None, default=None
        An int gives the same lattices in every call. A temperature that `fit` has seen then gives
        in `transform` a lattice on which a model may have been trained; this warns. A RandomState
        instance gives fresh lattices in every call.
    n_jobs : int, default=None
        Chains to run side by side, as joblib counts jobs. It does not change the lattices.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    temperatures_ : ndarray of shape (n_temperatures,), float64
        The distinct temperatures that `fit` has seen, in ascending order.

    Examples
    --------
    >>> from skising import IsingSampler
    >>> IsingSampler(lattice_size=16, random_state=0).fit_transform([1.5, 2.0, 3.5]).shape
    (3, 16, 16)
    """

    def __init__(
        self,
        lattice_size: int = 32,
        *,
        algorithm: str = "auto",
        n_discard: int | None = None,
        thin: int | None = None,
        random_state: RandomState = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.lattice_size = lattice_size
        self.algorithm = algorithm
        self.n_discard = n_discard
        self.thin = thin
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _model(self) -> Model:
        return Ising()


class PottsSampler(Sampler[np.integer[Any]]):
    """Transform temperatures into equilibrium lattices of the two-dimensional Potts model.

    The sampler draws one lattice for each temperature. In a pipeline, an estimator of lattices can
    follow it; the input of the pipeline is then temperatures. The sampler learns nothing:
    `transform` works without `fit`. With the same parameters, the k-th lattice of a temperature is
    that of :func:`make_potts`.

    Parameters
    ----------
    lattice_size : int, default=32
        Sites per side, L >= 2.
    n_states : int, default=3
        q, from 2 to 32768.
    algorithm : {"auto", "swendsen-wang", "wolff"}, default="auto"
        How lattices are updated; see :func:`make_potts`.
    start : {"auto", "ordered", "disordered"}, default="auto"
        How chains start; see :func:`make_potts`.
    n_discard : int, default=None
        Sweeps (Wolff: clusters) of a chain before its first lattice. None is ten times the default
        of `thin`.
    thin : int, default=None
        Sweeps (Wolff: clusters) of a chain from one lattice to the next. None is the default of
        :func:`make_potts`.
    random_state : int, RandomState instance or None, default=None
        An int gives the same lattices in every call. A temperature that `fit` has seen then gives
        in `transform` a lattice on which a model may have been trained; this warns. A RandomState
        instance gives fresh lattices in every call.
    n_jobs : int, default=None
        Chains to run side by side, as joblib counts jobs. It does not change the lattices.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    temperatures_ : ndarray of shape (n_temperatures,), float64
        The distinct temperatures that `fit` has seen, in ascending order.

    Examples
    --------
    >>> from skising import PottsSampler
    >>> PottsSampler(16, n_states=4, random_state=0).fit_transform([0.7, 0.9, 1.2]).shape
    (3, 16, 16)
    """

    def __init__(
        self,
        lattice_size: int = 32,
        *,
        n_states: int = 3,
        algorithm: str = "auto",
        start: str = "auto",
        n_discard: int | None = None,
        thin: int | None = None,
        random_state: RandomState = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.lattice_size = lattice_size
        self.n_states = n_states
        self.algorithm = algorithm
        self.start = start
        self.n_discard = n_discard
        self.thin = thin
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _model(self) -> Model:
        return Potts.check(self.n_states, self.start)


class ClockSampler(Sampler[np.uint16]):
    """Transform temperatures into equilibrium lattices of the two-dimensional clock model.

    The sampler draws one lattice for each temperature. In a pipeline, an estimator of lattices can
    follow it; the input of the pipeline is then temperatures. The sampler learns nothing:
    `transform` works without `fit`. With the same parameters, the k-th lattice of a temperature is
    that of :func:`make_clock`.

    Parameters
    ----------
    lattice_size : int, default=32
        Sites per side, L >= 2.
    n_states : int, default=65536
        q, from 2 to 65536. The default is the XY model.
    algorithm : {"auto", "wolff"}, default="auto"
        How lattices are updated; see :func:`make_clock`.
    n_discard : int, default=None
        Clusters of a chain before its first lattice. None is ten times the default
        of `thin`.
    thin : int, default=None
        Clusters of a chain from one lattice to the next. None is the default of
        :func:`make_clock`.
    random_state : int, RandomState instance or None, default=None
        An int gives the same lattices in every call. A temperature that `fit` has seen then gives
        in `transform` a lattice on which a model may have been trained; this warns. A RandomState
        instance gives fresh lattices in every call.
    n_jobs : int, default=None
        Chains to run side by side, as joblib counts jobs. It does not change the lattices.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    temperatures_ : ndarray of shape (n_temperatures,), float64
        The distinct temperatures that `fit` has seen, in ascending order.

    Examples
    --------
    >>> from skising import ClockSampler
    >>> ClockSampler(16, random_state=0).fit_transform([0.7, 0.9, 1.2]).shape
    (3, 16, 16)
    """

    def __init__(
        self,
        lattice_size: int = 32,
        *,
        n_states: int = 65536,
        algorithm: str = "auto",
        n_discard: int | None = None,
        thin: int | None = None,
        random_state: RandomState = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.lattice_size = lattice_size
        self.n_states = n_states
        self.algorithm = algorithm
        self.n_discard = n_discard
        self.thin = thin
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _model(self) -> Model:
        return Clock.check(self.n_states)
