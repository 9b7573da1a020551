"""Temperatures -> equilibrium lattices of the two-dimensional Ising model, by Monte Carlo."""

import warnings
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Bunch, check_random_state
from tqdm import tqdm

from ._kernels.swendsen_wang import swendsen_wang
from ._validation import check_choice, check_integer, check_temperatures
from .exact import CRITICAL_TEMPERATURE, correlation_length
from .observables import energy_density, magnetization

__all__ = ["IsingSampler", "make_ising"]

_N_CHAINS = 4  # at each temperature

_DESCRIPTION = """\
Lattices of the Ising model H = -J sum_<ij> s_i s_j, J = k_B = 1, on an L x L square lattice with
periodic boundaries, in equilibrium, by the algorithm of Swendsen and Wang, Phys. Rev. Lett. 58, 86
(1987). data: spins +1 and -1, shape (n_samples, L, L). target: the energy, or the phase: 0 below
the critical temperature 2 / ln(1 + sqrt 2), 1 from there on. temperature, energy, magnetization: of
each lattice; the last two per site. chain: the Markov chain that a lattice is of, the groups of a
split into training and test data, since lattices of one chain are correlated. frame: its place in
time within the chain.
"""


def make_ising(
    n_samples=1000,
    lattice_size=32,
    temperatures=None,
    *,
    algorithm="auto",
    target="energy",
    n_discard=None,
    thin=None,
    return_X_y=False,
    random_state=None,
    n_jobs=None,
    verbose=0,
):
    """Generate equilibrium lattices of the two-dimensional Ising model.

    Four independent Markov chains run at each temperature, from the ordered lattice below the
    critical temperature and from a random one above it. Every sweep gives every cluster a fresh
    random sign, so both signs of the magnetization are equally likely at all temperatures.

    Parameters
    ----------
    n_samples : int, default=1000
        Lattices in total, spread evenly over the temperatures; the first may get one more.
    lattice_size : int, default=32
        Sites per side, L >= 2.
    temperatures : float or array-like of shape (n_temperatures,), default=None
        In units of J / k_B. None is ``np.linspace(1.2, 3.6, 40)``.
    algorithm : {"auto", "swendsen-wang"}, default="auto"
        How lattices are updated. "auto" is Swendsen-Wang [1]_.
    target : {"energy", "phase"}, default="energy"
        What to return as the target: the energy density of each lattice (float64), or its phase, 0
        below the critical temperature and 1 from there on (int64).
    n_discard : int, default=None
        Sweeps of a chain before its first lattice. None is ten times the default of `thin`.
    thin : int, default=None
        Sweeps of a chain from one lattice to the next. None is twice the integrated
        autocorrelation time of the energy at this size and temperature; see Notes.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    random_state : int, RandomState instance or None, default=None
        An int gives the same lattices in every call, a RandomState instance fresh ones.
    n_jobs : int, default=None
        Chains to run side by side, as joblib counts them. It does not change the lattices.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    data : Bunch
        Rows are ordered by temperature (as given), chain and time.

        data : ndarray of shape (n_samples, L, L), int8
            Spins, each +1 or -1.
        target : ndarray of shape (n_samples,), float64 or int64
        temperature : ndarray of shape (n_samples,), float64
            In units of J / k_B.
        energy : ndarray of shape (n_samples,), float64
            Energy per site, in units of J.
        magnetization : ndarray of shape (n_samples,), float64
            Magnetization per site, with its sign.
        chain : ndarray of shape (n_samples,), int64
            The Markov chain of each lattice: the `groups` of a split that does not leak.
        frame : ndarray of shape (n_samples,), int64
            Place in time within the chain.
        DESCR : str
            What the data are.
    (data, target) : tuple if `return_X_y` is True

    Raises
    ------
    TypeError, ValueError
        If a parameter is of another type or outside its range, or if there are fewer samples than
        temperatures.

    See Also
    --------
    IsingSampler : The same as a transformer, for pipelines.

    Notes
    -----
    A lattice is a function of `random_state` (an int), `lattice_size`, `n_discard`, `thin`, its
    temperature and the number of lattices before it at that temperature, and of nothing else.

    The default of `thin` is 2 tau with tau = 1.5 s^0.3 sweeps and s = min(L, 4 xi), at least 1,
    where xi is the correlation length of the infinite lattice. This follows the measured
    integrated autocorrelation times, of which the energy's is the longest: at the critical
    temperature 1.6, 2.5, 3.4, 4.1, 4.9 and 6.5 sweeps for L = 2, 8, 16, 32, 64 and 128 (the rule
    gives 1.8, 2.8, 3.4, 4.2, 5.2 and 6.4); at L = 64 and T = 1.2, 2.0, 2.2, 2.32, 2.5 and 3.6 they
    are 1.5, 2.2, 3.4, 4.0, 2.1 and 1.0 (1.7, 2.9, 4.4, 5.2, 3.7 and 2.5).

    References
    ----------
    .. [1] R. H. Swendsen and J.-S. Wang, "Nonuniversal critical dynamics in Monte Carlo
       simulations", Phys. Rev. Lett. 58, 86 (1987).

    Examples
    --------
    >>> from skising import make_ising
    >>> ising = make_ising(80, 16, [1.5, 2.0, 3.0, 3.5], target="phase", random_state=0)
    >>> ising.data.shape, ising.data.dtype
    ((80, 16, 16), dtype('int8'))
    >>> ising.target.reshape(4, -1).mean(axis=1)
    array([0., 0., 1., 1.])
    >>> len(set(ising.chain))
    16
    """
    sampler = IsingSampler(
        lattice_size,
        algorithm=algorithm,
        n_discard=n_discard,
        thin=thin,
        random_state=random_state,
        n_jobs=n_jobs,
        verbose=verbose,
    )
    sampler._check_parameters()
    check_choice(target, "target", ("energy", "phase"))
    temperature = _spread(check_integer(n_samples, "n_samples", minimum=1), temperatures)
    rank, chain, frame = _plan(temperature)
    order = np.lexsort((frame, chain, rank))
    temperature, rank, chain, frame = (a[order] for a in (temperature, rank, chain, frame))
    data = sampler._run(temperature, chain, frame)
    energy, phase = energy_density(data), temperature >= CRITICAL_TEMPERATURE
    bunch = Bunch(
        data=data,
        target=energy if target == "energy" else phase.astype(np.int64),
        temperature=temperature,
        energy=energy,
        magnetization=magnetization(data),
        chain=np.cumsum(frame == 0) - 1,
        frame=frame,
        DESCR=_DESCRIPTION,
    )
    return (bunch.data, bunch.target) if return_X_y else bunch


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
    algorithm : {"auto", "swendsen-wang"}, default="auto"
        How lattices are updated. "auto" is Swendsen-Wang.
    n_discard : int, default=None
        Sweeps of a chain before its first lattice. None is ten times the default of `thin`.
    thin : int, default=None
        Sweeps of a chain from one lattice to the next. None is that of :func:`make_ising`.
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
            If a parameter or a temperature is of another type or outside its range.

        Warns
        -----
        UserWarning
            If `random_state` is an int and `fit` has seen one of the temperatures: both get the
            same lattices.
        """
        self._check_parameters()
        X = check_temperatures(X, "X")
        self._warn_of_leak(X)
        return self._run(X, *_plan(X)[1:])

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
        return self.fit(X)._run(X, *_plan(X)[1:])

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
        check_choice(self.algorithm, "algorithm", ("auto", "swendsen-wang"))
        check_random_state(self.random_state)
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

    def _run(self, temperature, chain, frame):
        """Run every chain that rows are planned on, and put its lattices into their rows."""
        order = np.lexsort((frame, chain, temperature))
        rows_of_chain = np.split(order, np.flatnonzero(frame[order] == 0)[1:])
        entropy = check_random_state(self.random_state).randint(2**32, size=4, dtype=np.uint32)
        size, sweeps = self.lattice_size, (self.n_discard, self.thin)
        frames_of_chain = Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")(
            delayed(_run_chain)(temperature[i[0]], size, len(i), *sweeps, entropy, chain[i[0]])
            for i in rows_of_chain
        )
        lattices = np.empty((len(temperature), size, size), np.int8)
        progress = tqdm(rows_of_chain, desc="Ising chains", disable=not self.verbose)
        for rows, frames in zip(progress, frames_of_chain, strict=True):
            lattices[rows] = frames
        return lattices


def _spread(n_samples, temperatures):
    """Return the temperature of each of `n_samples` rows."""
    if temperatures is None:
        temperatures = np.linspace(1.2, 3.6, 40)
    if np.ndim(temperatures) == 0:
        temperatures = [temperatures]
    temperatures = check_temperatures(temperatures)
    each, left_over = divmod(n_samples, len(temperatures))
    if each == 0:
        raise ValueError(
            f"n_samples must be at least the number of temperatures; got n_samples={n_samples} for "
            f"{len(temperatures)} temperatures. Ask for more samples, or give fewer temperatures."
        )
    return np.repeat(temperatures, each + (np.arange(len(temperatures)) < left_over))


def _plan(temperature):
    """Lay rows on chains: the k-th row of a temperature is frame k // 4 of its chain k % 4.

    Returns the row of each temperature's first appearance, the chain and the frame, each (n,).
    """
    _, first, inverse, counts = np.unique(
        temperature, return_index=True, return_inverse=True, return_counts=True
    )
    occurrence = np.empty(len(temperature), np.int64)
    occurrence[np.argsort(inverse, kind="stable")] = np.concatenate([np.arange(n) for n in counts])
    return first[inverse], occurrence % _N_CHAINS, occurrence // _N_CHAINS


def _run_chain(temperature, size, n_frames, n_discard, thin, entropy, chain):
    """Return the first lattices of one chain, whose random numbers are its own."""
    bits = int(np.float64(temperature).view(np.uint64))
    seed = np.random.SeedSequence(entropy, spawn_key=(bits, int(chain)))
    state = seed.generate_state(4, np.uint64)
    default_thin = _default_thin(size, temperature)
    n_discard = 10 * default_thin if n_discard is None else n_discard
    thin = default_thin if thin is None else thin
    # The probability of a bond in units of 2^-64, where 1 becomes 1 - 2^-64.
    threshold = np.uint64(min(int(-np.expm1(-2 / float(temperature)) * 2**64), 2**64 - 1))

    spins = np.ones((size, size), np.int8)
    if temperature > CRITICAL_TEMPERATURE:
        # A random lattice: without bonds every site is a cluster, with a random sign of its own.
        swendsen_wang(spins, np.uint64(0), 1, state)
    frames = np.empty((n_frames, size, size), np.int8)
    for frame in range(n_frames):
        swendsen_wang(spins, threshold, n_discard if frame == 0 else thin, state)
        frames[frame] = spins
    return frames


def _default_thin(size, temperature):
    """Return twice the integrated autocorrelation time in sweeps, rounded up; see `make_ising`."""
    s = np.clip(4 * correlation_length(temperature), 1, size)
    return int(np.ceil(2 * 1.5 * s**0.3))
