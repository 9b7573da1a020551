"""Data sets of Ising lattices with their observables, in memory or on disk."""

from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

from .._typing import PathLike, RandomState
from ._draw import draw
from ._models import Ising
from ._sampling_plan import SamplingPlan

_DESCRIPTION = """\
Equilibrium lattices of the Ising model H = -J sum_<ij> s_i s_j, J = k_B = 1, on a square lattice of
L x L sites with periodic boundaries.

data: spins +1 and -1, shape (n_samples, L, L).
target: the energy, or the phase: 0 below the critical temperature 2 / ln(1 + sqrt 2), 1 from it on.
temperature, energy, magnetization: one number for each lattice; the last two are per site.
chain: the Markov chain that a lattice comes from. Lattices of one chain are correlated: pass it as
the groups of a split into training and test data.
frame: the place of a lattice in its chain, in time.
diagnostics: for each temperature, how the chains were run, and how well they sampled.
"""


class IsingData(Bunch):
    """The data set that `make_ising` returns: a Bunch, with the types of its entries."""

    data: NDArray[np.int8]
    target: NDArray[Any]
    temperature: NDArray[np.float64]
    energy: NDArray[np.float64]
    magnetization: NDArray[np.float64]
    chain: NDArray[np.int64]
    frame: NDArray[np.int64]
    diagnostics: pd.DataFrame
    DESCR: str


@overload
def make_ising(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    n_discard: int | None = None,
    thin: int | None = None,
    out: None = None,
    return_X_y: Literal[False] = False,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> IsingData: ...


@overload
def make_ising(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
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
def make_ising(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
    algorithm: str = "auto",
    target: Literal["energy", "phase"] = "energy",
    n_discard: int | None = None,
    thin: int | None = None,
    out: None = None,
    return_X_y: Literal[True],
    random_state: RandomState = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> tuple[NDArray[np.int8], NDArray[Any]]: ...


@overload
def make_ising(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
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
def make_ising(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
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


def make_ising(
    n_samples: int = 1000,
    lattice_size: int = 32,
    temperatures: ArrayLike | None = None,
    *,
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
    """Generate equilibrium lattices of the two-dimensional Ising model.

    Independent Markov chains run at each temperature. Below the critical temperature they start
    from the ordered lattice, above it from a random one (Wolff: always from the ordered one). Both
    signs of the magnetization are equally likely at every temperature, and the signs of different
    lattices are independent.

    Parameters
    ----------
    n_samples : int, default=1000
        Total number of lattices, spread evenly over the temperatures. If it is not a multiple of
        their number, the first temperatures get one lattice more.
    lattice_size : int, default=32
        Sites per side, L >= 2.
    temperatures : float or array-like of shape (n_temperatures,), default=None
        In units of J / k_B. None is ``np.linspace(1.2, 3.6, 40)``.
    algorithm : {"auto", "swendsen-wang", "wolff", "metropolis"}, default="auto"
        Swendsen-Wang sweeps [1]_, Wolff clusters [2]_, or Metropolis sweeps of 64 lattices at a
        time over the two colours of a checkerboard, which needs an even size of at least 4. "auto"
        chooses for each temperature; see Notes.
    target : {"energy", "phase"}, default="energy"
        The target: the energy density of each lattice (float64), or its phase (int64), 0 below the
        critical temperature and 1 from there on.
    n_discard : int, default=None
        Sweeps (Wolff: clusters) of a chain before its first lattice. None is ten times the default
        of `thin`.
    thin : int, default=None
        Sweeps (Wolff: clusters) of a chain from one lattice to the next. None is at least twice the
        integrated autocorrelation time of energy and squared magnetization at this size and
        temperature; see Notes.
    out : str or path, default=None
        A file for data sets larger than memory, to which the lattices are written as they are
        drawn: "lattices.npy", a byte per spin, or "lattices.zarr" (extra ``zarr``), compressed to
        at most a bit per spin. None keeps the lattices in memory. Notes say what the file contains,
        and what happens if it exists.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    random_state : int, RandomState instance or None, default=None
        An int gives the same lattices in every call, a RandomState instance fresh ones. With `out`
        it must be an int.
    n_jobs : int, default=None
        Chains to run side by side, as joblib counts jobs. Neither `n_jobs` nor joblib's backend
        changes the lattices.
    verbose : int, default=0
        Whether to show a progress bar with an estimate of the remaining time.
    plan_only : bool, default=False
        Whether to draw and write nothing, and to return what the call would take instead.

    Returns
    -------
    data : Bunch
        Rows are ordered by temperature (as given), chain and time.

        data : ndarray, memmap or zarr.Array of shape (n_samples, L, L), int8
            Spins, each +1 or -1. With `out` it is read-only, and indexing it reads the file.
        target : ndarray of shape (n_samples,), float64 or int64
            The energy or the phase, as `target` asks.
        temperature : ndarray of shape (n_samples,), float64
            In units of J / k_B.
        energy : ndarray of shape (n_samples,), float64
            Energy per site, in units of J.
        magnetization : ndarray of shape (n_samples,), float64
            Magnetization per site, with its sign.
        chain : ndarray of shape (n_samples,), int64
            The Markov chain of each lattice. Pass it as the `groups` of a split into training and
            test data: lattices of one chain are correlated.
        frame : ndarray of shape (n_samples,), int64
            Place in time within the chain.
        diagnostics : DataFrame with a row for each temperature
            temperature; algorithm; n_chains; n_discard and thin as used; n_samples; tau_energy and
            tau_m2, the integrated autocorrelation times of energy and squared magnetization, in the
            unit of `thin`, with their errors; mean_energy of the lattices, with a standard error
            that allows for their correlation within a chain; exact_energy of this size (Kaufman).
            The times are measured from the second half of the burn-in on, on the first chain, or
            on the first 16 if 64 run at once. They are NaN if this is too short to tell.
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
    MemoryError
        If there is less memory than the lattices take, and no `out`.
    OSError
        If `out` exists and is damaged or not a data set of this function (FileExistsError), if
        another process is writing it (BlockingIOError), if its directory does not exist
        (FileNotFoundError) or cannot be written (PermissionError), or if the disk has too little
        space, which is checked before the first lattice is drawn.
    ImportError
        If `out` ends in .zarr and zarr is not installed.

    See Also
    --------
    IsingSampler : The same lattices from a transformer, for pipelines.

    Notes
    -----
    **What a lattice depends on.** A lattice is a function of `random_state` (an int),
    `lattice_size`, `algorithm`, `n_discard`, `thin`, its temperature, and the number k of lattices
    before it at that temperature. Nothing else changes it. A temperature has n = 4 chains, with
    Metropolis n = 64; lattice k is frame k // n of chain k % n. A chain ends after F lattices, and
    n new chains give the lattices from k = n F on in the same way. With c chains in a run (1, with
    Metropolis 64) and b = ceil(L^2 / 8) bytes in a lattice, F is the larger of 2^25 // (c b) and
    n_discard / thin, rounded up: a run returns at most 32 MiB, unless burn-in would take more than
    half of its sweeps. At L = 320 F is 40 with Metropolis, for 2,560 lattices at a temperature, and
    2,621 otherwise. `plan_only` counts the chains and runs.

    **Thinning.** The default of `thin` is 2 tau, rounded up. With xi the correlation length of the
    infinite lattice, and s = min(L, 4 xi), at least 1,

    - Swendsen-Wang: tau = 1.5 s^0.3 sweeps;
    - Wolff: tau = 0.65 s^0.33 N / c clusters, where c estimates the mean size of a cluster from
      below. Up to the critical temperature c is N times the squared spontaneous magnetization, or
      0.9 L^1.75 if that is more; above it c is 2.2 min(xi, 0.6 L)^1.75, at least 1;
    - Metropolis: tau = 1 + 0.04 min(L, 3.5 xi)^2.17 + T / 14 sweeps.

    The user guide compares these rules with measured times, in :ref:`autocorrelation-times`.

    **The choice of "auto".** It is Metropolis if the size is even and at least 4, and if the
    default `thin` of Metropolis is at most ten times that of Swendsen-Wang. Otherwise it is
    Swendsen-Wang. At a ratio of ten both draw about as many lattices per second, for 25 lattices
    per temperature and with burn-in (benchmarks/bench_algorithms.py). Metropolis gains with the
    number of lattices. The choice ignores `n_samples`, so that asking for more lattices changes
    none of the first ones. Name the algorithm for very few or very many lattices per temperature:

    - for a single one, Swendsen-Wang is up to 4.5 times as fast, as at T = 2.5, because 63 of
      Metropolis's 64 lattices are thrown away; from 4 on it is at most 1.3 times as fast;
    - for 256, Metropolis is still 2 to 3 times as fast where its `thin` is 20 times that of
      Swendsen-Wang.

    **Metropolis.** Flips that cost no energy are accepted with probability 3/4 instead of 1, which
    detailed balance allows. With 1, a lattice whose sites all have two equal neighbours would flip
    back and forth forever.

    **The file.** No part of skising is needed to read `out`. ``np.load("lattices.npy",
    mmap_mode="r")`` gives the lattices, and ``np.load("lattices.npz")`` the arrays temperature,
    energy, magnetization, chain and frame. ``zarr.open("lattices.zarr")`` is a group of these
    arrays and "data"; xarray opens it with ``xarray.open_zarr("lattices.zarr",
    consolidated=False)``. The lattices take at most 10,000 files: beyond that, a file is a shard of
    several chunks, which can be read alone. Memory holds the chains that run, and of finished
    lattices, at a bit per spin, one run per job and up to 256 MB more that wait to be written.

    **Killed runs.** Call again with the same arguments, and a run that was killed at any moment
    continues: chains that are in the file do not run again, and the file becomes bit for bit that
    of an uninterrupted run. Until it is complete its name is "lattices.npy.partial" (or .zarr), and
    a journal lies beside it. Chains whose lattices are damaged, so that they do not have the
    energies that the journal holds, run again, with a warning. A complete file is returned, and
    nothing is drawn. All arguments must be the same, except `target`, `return_X_y`, `n_jobs` and
    `verbose`. While a process writes, "lattices.npy.lock" lies beside the file, and other processes
    are refused. A lock that a kill has left is replaced if the process ran on this computer.
    Otherwise remove it by hand, once you know that the process does not run.

    **Progress.** The bar counts estimated processor time, by the sweeps that are done, the measured
    time of a sweep of each algorithm, and the time to write a lattice. Chains in threads and in
    processes on this computer report several times a second, chains on other computers when their
    run ends.

    **Many machines.** Chains run on the backend of `joblib.parallel_config`, for instance on a
    dask.distributed cluster (extra ``dask``). Workers measure the lattices, and compress them for a
    zarr store. Only the calling process writes `out`::

        from dask.distributed import Client
        from joblib import parallel_config

        client = Client("tcp://scheduler:8786")  # or Client(), for this machine
        with parallel_config(backend="dask"):
            make_ising(48000, 320, out="lattices.zarr", random_state=0, verbose=1)

    References
    ----------
    .. [1] R. H. Swendsen and J.-S. Wang, "Nonuniversal critical dynamics in Monte Carlo
       simulations", Phys. Rev. Lett. 58, 86 (1987).
    .. [2] U. Wolff, "Collective Monte Carlo updating for spin systems", Phys. Rev. Lett. 62, 361
       (1989).

    Examples
    --------
    >>> from skising import make_ising
    >>> ising = make_ising(80, 16, [1.5, 2.0, 3.0, 3.5], target="phase", random_state=0)
    >>> ising.data.shape, ising.data.dtype
    ((80, 16, 16), dtype('int8'))
    >>> ising.target.reshape(4, -1).mean(axis=1)
    array([0., 0., 1., 1.])
    >>> print(*ising.diagnostics.algorithm)
    metropolis metropolis metropolis metropolis
    """
    entries = draw(
        Ising(),
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
    bunch = IsingData(**entries, DESCR=_DESCRIPTION)
    return (bunch.data, bunch.target) if return_X_y else bunch
