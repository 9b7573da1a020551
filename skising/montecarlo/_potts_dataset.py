"""Data sets of Potts lattices with their observables, in memory or on disk."""

from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

from .._typing import PathLike, RandomState
from ._draw import draw
from ._models import Potts
from ._sampling_plan import SamplingPlan

_DESCRIPTION = """\
Equilibrium lattices of the {n_states}-state Potts model H = -J sum_<ij> delta(s_i, s_j),
J = k_B = 1, on a square lattice of L x L sites with periodic boundaries.

data: states 0 to {n_states} - 1, shape (n_samples, L, L).
target: the energy, or the phase: 0 below the critical temperature 1 / ln(1 + sqrt q), 1 from it on.
At the critical temperature, for q > 4, it is the phase in which the chain started.
temperature, energy, order_parameter: one number for each lattice. The energy is per site. The order
parameter is (q sum_a m_a^2 - 1) / (q - 1), where m_a is the fraction of sites in state a.
chain: the Markov chain that a lattice comes from. Lattices of one chain are correlated: pass it as
the groups of a split into training and test data.
frame: the place of a lattice in its chain, in time.
start: how the chain started, 0 ordered and 1 disordered.
diagnostics: for each temperature, how the chains were run, and how well they sampled.
"""


class PottsData(Bunch):
    """The data set that `make_potts` returns: a Bunch, with the types of its entries."""

    data: NDArray[Any]
    target: NDArray[Any]
    temperature: NDArray[np.float64]
    energy: NDArray[np.float64]
    order_parameter: NDArray[np.float64]
    chain: NDArray[np.int64]
    frame: NDArray[np.int64]
    start: NDArray[np.int64]
    diagnostics: pd.DataFrame
    DESCR: str


@overload
def make_potts(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 3,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    start: Literal["auto", "ordered", "disordered"] = "auto",
    n_discard: int | None = None,
    thin: int | None = None,
    out: None = None,
    return_X_y: Literal[False] = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> PottsData: ...


@overload
def make_potts(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 3,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    start: Literal["auto", "ordered", "disordered"] = "auto",
    n_discard: int | None = None,
    thin: int | None = None,
    out: PathLike,
    return_X_y: Literal[False] = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Bunch: ...


@overload
def make_potts(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 3,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    start: Literal["auto", "ordered", "disordered"] = "auto",
    n_discard: int | None = None,
    thin: int | None = None,
    out: None = None,
    return_X_y: Literal[True],
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> tuple[NDArray[Any], NDArray[Any]]: ...


@overload
def make_potts(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 3,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    start: Literal["auto", "ordered", "disordered"] = "auto",
    n_discard: int | None = None,
    thin: int | None = None,
    out: PathLike,
    return_X_y: Literal[True],
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> tuple[Any, NDArray[Any]]: ...


@overload
def make_potts(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 3,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    start: Literal["auto", "ordered", "disordered"] = "auto",
    n_discard: int | None = None,
    thin: int | None = None,
    out: PathLike | None = None,
    return_X_y: bool = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    plan_only: Literal[True],
) -> SamplingPlan: ...


def make_potts(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    n_states: int = 3,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    start: Literal["auto", "ordered", "disordered"] = "auto",
    n_discard: int | None = None,
    thin: int | None = None,
    out: PathLike | None = None,
    return_X_y: bool = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    plan_only: bool = False,
) -> Any:
    """Generate equilibrium lattices of the two-dimensional q-state Potts model.

    H = -J sum_<ij> delta(s_i, s_j), with states 0 to q - 1 on a periodic square lattice.
    Independent Markov chains run at each temperature. All else is as in :func:`make_ising`.

    Parameters
    ----------
    n_samples : int, default=1000
        Total number of lattices, spread evenly over the temperatures. If it is not a multiple of
        their number, the first temperatures get one lattice more.
    lattice_size : int, default=32
        Sites per side, L >= 2.
    temperatures : float or array-like of shape (n_temperatures,), default=None
        In units of J / k_B. None is ``np.linspace(0.5, 1.5, 40)`` times the critical temperature,
        :func:`skising.exact.potts_critical_temperature`.
    n_states : int, default=3
        q, from 2 to 32768. The transition is continuous up to q = 4, and first order from q = 5 on.
    algorithm : {"auto", "swendsen-wang", "wolff"}, default="auto"
        Swendsen-Wang sweeps [1]_ or Wolff clusters [2]_. "auto" is Swendsen-Wang.
    target : {"energy", "phase"}, default="energy"
        The target: the energy per site of each lattice (float64), or its phase (int64), 0 below the
        critical temperature and 1 from there on. At the critical temperature, for q > 4, it is the
        phase in which the chain started.
    start : {"auto", "ordered", "disordered"}, default="auto"
        How chains start: with all sites in one state, or each in a random one. "auto" is ordered up
        to the critical temperature and disordered above; at the critical temperature, for q > 4,
        every other chain of a temperature starts disordered. See Notes.
    n_discard : int, default=None
        Sweeps (Wolff: clusters) of a chain before its first lattice. None is ten times the default
        of `thin`.
    thin : int, default=None
        Sweeps (Wolff: clusters) of a chain from one lattice to the next. None is twice an estimate
        of the integrated autocorrelation time; see Notes.
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

        data : ndarray, memmap or zarr.Array of shape (n_samples, L, L), int8 or int16
            States 0 to q - 1, int16 if q > 128. With `out` it is read-only.
        target : ndarray of shape (n_samples,), float64 or int64
            The energy or the phase, as `target` asks.
        temperature : ndarray of shape (n_samples,), float64
            In units of J / k_B.
        energy : ndarray of shape (n_samples,), float64
            Energy per site, in units of J: from -2 to 0.
        order_parameter : ndarray of shape (n_samples,), float64
            (q sum_a m_a^2 - 1) / (q - 1), where m_a is the fraction of sites in state a. It is 1 if
            all sites are in one state. In the ordered phase its mean tends to the squared
            spontaneous magnetization for large L. For q = 2 it is the squared magnetization of the
            Ising model.
        chain, frame : ndarrays of shape (n_samples,), int64
            The Markov chain of each lattice, and the place in time within it. Pass `chain` as the
            `groups` of a split into training and test data.
        start : ndarray of shape (n_samples,), int64
            How the chain of each lattice started: 0 ordered, 1 disordered.
        diagnostics : DataFrame with a row for each temperature
            As that of :func:`make_ising`, with tau_order_parameter in place of tau_m2. exact_energy
            is NaN for q > 2, and mean_energy_error where chains of both starts are averaged.
            n_ordered_starts counts the chains that started ordered.
            n_changed_phase counts the chains with a lattice in the other phase than they started
            in: its energy is on the other side of -(1 + 1 / sqrt q), the mean of the energies of
            both phases. It is NaN for q <= 4, where two phases do not coexist.
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
        temperatures, if the algorithm cannot update lattices of this size, if a chain would take
        more than 10^12 sweeps, or if `out` exists and was made with other arguments.
    MemoryError, OSError, ImportError
        As :func:`make_ising`.

    See Also
    --------
    PottsSampler : The same lattices from a transformer, for pipelines.
    skising.exact.potts_phase_energies : Exact energies of both phases at the critical temperature.

    Notes
    -----
    **First order.** For q > 4 the ordered and the disordered phase coexist at the critical
    temperature. A chain stays in the phase in which it starts for a time that grows exponentially
    with L, once L exceeds the correlation length (:func:`skising.exact.potts_correlation_length`).
    A temperature counts as critical within a relative deviation of 1e-6. "auto" starts half of the
    chains in each phase, so that both occur there, in equal shares by construction and not in the
    shares of equilibrium. `start` labels the lattices, and n_changed_phase tells whether a chain
    has changed its phase: then the label of some of its lattices is wrong. A larger L helps. Away
    from the critical temperature a chain with the other `start` shows the metastable phase, until
    it changes.

    **Thinning.** The default of `thin` is 2 tau, rounded up. With xi the correlation length at the
    critical temperature (inf for q <= 4), nu = 1, 5/6 and 2/3 for q = 2, 3 and q >= 4, and
    s = min(L, 4 xi, 1.3 abs(1 - T / Tc)^-nu), at least 1,

    - Swendsen-Wang: tau = 1.5 s^0.3, 2.5 s^0.5, 2 s^0.85 and 6 s sweeps for q = 2, 3, 4 and q > 4;
    - Wolff: the same number times N / c clusters, where c estimates the mean size of a cluster from
      below. Up to the critical temperature, for an ordered start, c / N is the larger of
      0.9 s^-0.25 and the squared spontaneous magnetization at the critical temperature. Otherwise c
      is 0.45 s^1.75 for q <= 4 and s / 2 for q > 4, at least 1: with Wolff a disordered start below
      the critical temperature takes long, with Swendsen-Wang it does not. If chains of both starts
      run, the diagnostics give `thin` and `n_discard` of the first chain.

    For q > 4 these are the times within a phase. Changes of phase are slower. The user guide
    compares the rules with measured times, in :ref:`autocorrelation-times`.

    **What a lattice depends on.** A lattice is a function of `random_state` (an int),
    `lattice_size`, `n_states`, the start of its chain, `algorithm`, `n_discard`, `thin`, its
    temperature, and the number k of lattices before it at that temperature. A temperature has n = 4
    chains; lattice k is frame k // n of chain k % n. A chain ends after F lattices, and new chains
    follow, as :func:`make_ising` says, with ceil(log2 q) bits for a site.

    **The file.** As that of :func:`make_ising`, with order_parameter in place of magnetization, and
    with start. A killed run continues in the same way.

    References
    ----------
    .. [1] R. H. Swendsen and J.-S. Wang, "Nonuniversal critical dynamics in Monte Carlo
       simulations", Phys. Rev. Lett. 58, 86 (1987).
    .. [2] U. Wolff, "Collective Monte Carlo updating for spin systems", Phys. Rev. Lett. 62, 361
       (1989).

    Examples
    --------
    >>> from skising import make_potts
    >>> from skising.exact import potts_critical_temperature
    >>> potts = make_potts(16, 32, potts_critical_temperature(20), n_states=20, random_state=0)
    >>> potts.start
    array([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1])
    >>> potts.energy.reshape(4, 4).mean(axis=1).round(1)
    array([-1.8, -0.6, -1.8, -0.6])
    """
    entries = draw(
        Potts.check(n_states, start),
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
    bunch = PottsData(**entries, DESCR=_DESCRIPTION.format(n_states=int(n_states)))
    return (bunch.data, bunch.target) if return_X_y else bunch
