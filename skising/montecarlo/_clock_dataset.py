"""Data sets of clock and XY lattices with their observables, in memory or on disk."""

from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

from .._typing import PathLike, RandomState
from ._draw import draw
from ._models import Clock
from ._sampling_plan import SamplingPlan

_DESCRIPTION = """\
Equilibrium lattices of the {n_states}-state clock model H = -J sum_<ij> cos(2 pi (s_i - s_j) / q),
J = k_B = 1, q = {n_states}, on a square lattice of L x L sites with periodic boundaries.

data: states 0 to {n_states} - 1, uint16 of shape (n_samples, L, L). State s is the angle
2 pi s / q.
target: the energy, or the phase: 0 below the critical temperature, 1 from it on.
temperature, energy, order_parameter: one number for each lattice. The energy is per site. The order
parameter is |m|^2, where m is the mean of the unit vectors of the sites.
chain: the Markov chain that a lattice comes from. Lattices of one chain are correlated: pass it as
the groups of a split into training and test data.
frame: the place of a lattice in its chain, in time.
diagnostics: for each temperature, how the chains were run, and how well they sampled.
"""


class ClockData(Bunch):
    """The data set that `make_clock` returns: a Bunch, with the types of its entries."""

    data: NDArray[np.uint16]
    target: NDArray[Any]
    temperature: NDArray[np.float64]
    energy: NDArray[np.float64]
    order_parameter: NDArray[np.float64]
    chain: NDArray[np.int64]
    frame: NDArray[np.int64]
    diagnostics: pd.DataFrame
    DESCR: str


@overload
def make_clock(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 65536,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    n_discard: int | None = None,
    thin: int | None = None,
    out: None = None,
    return_X_y: Literal[False] = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> ClockData: ...


@overload
def make_clock(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 65536,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    n_discard: int | None = None,
    thin: int | None = None,
    out: PathLike,
    return_X_y: Literal[False] = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Bunch: ...


@overload
def make_clock(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 65536,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    n_discard: int | None = None,
    thin: int | None = None,
    out: None = None,
    return_X_y: Literal[True],
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> tuple[NDArray[Any], NDArray[Any]]: ...


@overload
def make_clock(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 65536,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    n_discard: int | None = None,
    thin: int | None = None,
    out: PathLike,
    return_X_y: Literal[True],
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> tuple[Any, NDArray[Any]]: ...


@overload
def make_clock(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 65536,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    n_discard: int | None = None,
    thin: int | None = None,
    out: PathLike | None = None,
    return_X_y: bool = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    plan_only: Literal[True],
) -> SamplingPlan: ...


def make_clock(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 65536,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    n_discard: int | None = None,
    thin: int | None = None,
    out: PathLike | None = None,
    return_X_y: bool = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    plan_only: bool = False,
) -> Any:
    """Generate equilibrium lattices of the two-dimensional q-state clock model.

    H = -J sum_<ij> cos(2 pi (s_i - s_j) / q), with states 0 to q - 1 on a periodic square lattice.
    The spin in state s is the unit vector at the angle 2 pi s / q. The default of 65,536 states,
    the most that uint16 holds, is the XY model. Independent Markov chains run at each temperature.
    All else is as in :func:`make_ising`.

    Parameters
    ----------
    n_samples : int, default=1000
        Total number of lattices, spread evenly over the temperatures. If it is not a multiple of
        their number, the first temperatures get one lattice more.
    lattice_size : int, default=32
        Sites per side, L >= 2.
    temperatures : float or array-like of shape (n_temperatures,), default=None
        In units of J / k_B. None is ``np.linspace(0.5, 1.5, 40)`` times the temperature T2 in the
        Notes; for q = 5, 6 and 7 it is that of the XY model.
    n_states : int, default=65536
        q, from 2 to 65536.
    algorithm : {"auto", "wolff"}, default="auto"
        Wolff clusters [1]_; "auto" is the same.
    target : {"energy", "phase"}, default="energy"
        The target: the energy per site of each lattice (float64), or its phase (int64), 0 below T2
        in the Notes and 1 from there on. q = 5, 6 and 7 have no "phase".
    n_discard : int, default=None
        Clusters of a chain before its first lattice. None is ten times the default of `thin`.
    thin : int, default=None
        Clusters of a chain from one lattice to the next. None is twice an estimate of the
        integrated autocorrelation time; see Notes.
    out : str or path, default=None
        A file for data sets larger than memory: "lattices.npy" or "lattices.zarr" (extra ``zarr``).
        None keeps the lattices in memory.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    random_state : int, RandomState instance or None, default=None
        An int gives the same lattices in every call, a RandomState instance fresh ones. With `out`
        it must be an int.
    n_jobs : int, default=None
        Chains to run side by side, as joblib counts jobs. It does not change the lattices.
    verbose : int, default=0
        Whether to show a progress bar with an estimate of the remaining time.
    plan_only : bool, default=False
        Whether to draw and write nothing, and to return what the call would take instead.

    Returns
    -------
    data : Bunch
        Rows are ordered by temperature (as given), chain and time.

        data : ndarray, memmap or zarr.Array of shape (n_samples, L, L), uint16
            States 0 to q - 1. With `out` it is read-only.
        target : ndarray of shape (n_samples,), float64 or int64
            The energy or the phase, as `target` asks.
        temperature : ndarray of shape (n_samples,), float64
            In units of J / k_B.
        energy : ndarray of shape (n_samples,), float64
            Energy per site, in units of J: from -2 to 2.
        order_parameter : ndarray of shape (n_samples,), float64
            abs(m)^2, where m = (1/N) sum_j exp(2 pi i s_j / q) is the mean of the unit vectors of
            the N sites. It is 1 if all sites are in one state.
        chain, frame : ndarrays of shape (n_samples,), int64
            The Markov chain of each lattice, and the place in time within it. Pass `chain` as the
            `groups` of a split into training and test data.
        diagnostics : DataFrame with a row for each temperature
            As that of :func:`make_ising`, with tau_order_parameter in place of tau_m2. exact_energy
            is NaN except for q = 2 and 4.
        DESCR : str
            A description of the data.
    (data, target) : tuple if `return_X_y` is True
    plan : SamplingPlan if `plan_only` is True
        Its attributes are the number of runs, their bytes, times and files; see
        :ref:`sampling-plan`.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range, if there are fewer samples than
        temperatures, if L exceeds 65536, if a chain would take more than 10^12 clusters, or if
        `out` exists and was made with other arguments.
    MemoryError, OSError, ImportError
        As :func:`make_ising`.

    See Also
    --------
    ClockSampler : The same lattices from a transformer, for pipelines.

    Notes
    -----
    **Transitions.** q = 2 is the Ising model. q = 3 is the Potts model with coupling 3/2, because
    the cosine is 1 or -1/2. q = 4 is two Ising models with coupling 1/2. So the critical
    temperatures are exact: T2 = 2 / ln(1 + sqrt 2), 1.5 / ln(1 + sqrt 3) and 1 / ln(1 + sqrt 2).
    From q = 5 on there are two Kosterlitz-Thouless transitions: order below T1, correlations that
    fall off as a power between T1 and T2, disorder above T2. The XY model has T2 alone, 0.8929
    [3]_. "phase" takes this value for q >= 8: published values of T2 for q = 8 and 12 agree with it
    to 0.001 [2]_. For q = 5, 6 and 7 T2 is higher, published values disagree, and "phase" raises an
    error. Phase 0 is the ordered phase and the one of power laws together.

    **Clusters.** The first site of a cluster gets a random other state, within 2 sqrt(T) radians or
    next to its own. The reflection s -> r - s (modulo q) that takes it there acts on the whole
    cluster. A bond between sites with the components x_i and x_j along the normal of the mirror
    joins them with probability 1 - exp(-2 x_i x_j / T), if x_i x_j > 0. A reflection maps the q
    states to themselves, so that the update is exact. It is ergodic for every q without a local
    update: a cluster is a single site with a probability that is not 0, and such clusters can take
    every site to every state. For q = 2 and 3 it is the Wolff update of the Ising and the Potts
    model. Mirrors farther away from the spins would reflect nearly the whole lattice at a low
    temperature, and so change little.

    **Thinning.** The default of `thin` is 2 tau, rounded up, with tau = f s^z N / c clusters. Here
    f = 0.8, 2.5, 1.5 and 1.7 and z = 0.3, 0.5, 0.33 and 0.35 for q = 2, 3, 4 and q > 4, s is a
    length, and c estimates the mean size of a cluster from below: 1 + 0.5 s^1.75 above T2, and up
    to it 0.9 N s^-0.25 for q <= 4 and 0.5 N s^-0.25 for q > 4. s is at least 1 and at most L:

    - for q <= 4 it is 1.3 abs(1 - T / T2)^-nu, with nu = 5/6 for q = 3 and 1 otherwise;
    - for q > 4 it is 0.45 exp(1.7 (T / T2 - 1)^-0.5) above T2 = 0.8929,
      0.1 exp(1.7 (1 - T q^2 / 22)^-0.5) below T = 22 / q^2, and L between.

    The user guide compares the rules with measured times, in :ref:`autocorrelation-times`.

    **What a lattice depends on.** A lattice is a function of `random_state` (an int),
    `lattice_size`, `n_states`, `algorithm`, `n_discard`, `thin`, its temperature, and the number k
    of lattices before it at that temperature. A temperature has n = 4 chains, which start with all
    sites in state 0; lattice k is frame k // n of chain k % n. A chain ends after F lattices, and
    new chains follow, as :func:`make_ising` says, with ceil(log2 q) bits for a site. Each lattice
    is rotated and reflected at random as a whole.

    **The file.** As that of :func:`make_ising`, with order_parameter in place of magnetization. A
    killed run continues in the same way.

    References
    ----------
    .. [1] U. Wolff, "Collective Monte Carlo updating for spin systems", Phys. Rev. Lett. 62, 361
       (1989).
    .. [2] Y. Tomita and Y. Okabe, "Probability-changing cluster algorithm for two-dimensional XY
       and clock models", Phys. Rev. B 65, 184405 (2002).
    .. [3] M. Hasenbusch, "The two-dimensional XY model at the transition temperature: a
       high-precision Monte Carlo study", J. Phys. A 38, 5869 (2005).

    Examples
    --------
    >>> from skising import make_clock
    >>> xy = make_clock(40, 32, [0.4, 1.4], random_state=0)
    >>> xy.order_parameter.reshape(2, 20).mean(axis=1).round(2)
    array([0.77, 0.01])
    """
    entries = draw(
        Clock.check(n_states),
        n_samples=n_samples,
        lattice_size=lattice_size,
        temperatures=temperatures,
        algorithm=algorithm,
        target=target,
        n_discard=n_discard,
        thin=thin,
        out=out,
        random_state=random_state,
        n_jobs=n_jobs,
        verbose=verbose,
        plan_only=plan_only,
    )
    if plan_only:
        return entries
    bunch = ClockData(**entries, DESCR=_DESCRIPTION.format(n_states=int(n_states)))
    return (bunch.data, bunch.target) if return_X_y else bunch
