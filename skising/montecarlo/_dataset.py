"""Data sets of Ising lattices with what is known of them, in memory or on disk."""

import numpy as np
from sklearn.utils import Bunch

from .._validation import check_choice, check_integer, check_temperatures
from ..exact import CRITICAL_TEMPERATURE
from ..observables import energy_density, magnetization
from ._diagnostics import diagnose
from ._run import order_by_chain
from ._sampler import IsingSampler
from ._store import open_store

_DESCRIPTION = """\
Lattices of the Ising model H = -J sum_<ij> s_i s_j, J = k_B = 1, on an L x L square lattice with
periodic boundaries, in equilibrium. data: spins +1 and -1, shape (n_samples, L, L). target: the
energy, or the phase: 0 below the critical temperature 2 / ln(1 + sqrt 2), 1 from there on.
temperature, energy, magnetization: of each lattice; the last two per site. chain: the Markov chain
that a lattice is of, the groups of a split into training and test data, since lattices of one chain
are correlated. frame: its place in time within the chain. diagnostics: of each temperature, how it
was simulated and how well.
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
    out=None,
    return_X_y=False,
    random_state=None,
    n_jobs=None,
    verbose=0,
):
    """Generate equilibrium lattices of the two-dimensional Ising model.

    Independent Markov chains run at each temperature, from the ordered lattice below the critical
    temperature and, but for Wolff's algorithm, from a random one above it. Both signs of the
    magnetization are equally likely at all temperatures, and independent from snapshot to snapshot.

    Parameters
    ----------
    n_samples : int, default=1000
        Lattices in total, spread evenly over the temperatures; the first may get one more.
    lattice_size : int, default=32
        Sites per side, L >= 2.
    temperatures : float or array-like of shape (n_temperatures,), default=None
        In units of J / k_B. None is ``np.linspace(1.2, 3.6, 40)``.
    algorithm : {"auto", "swendsen-wang", "wolff", "metropolis"}, default="auto"
        How lattices are updated: by Swendsen-Wang sweeps [1]_, by Wolff clusters [2]_, or by
        Metropolis sweeps over the two colours of a checkerboard, 64 lattices at a time, which takes
        even sizes from 4 on. "auto" chooses for each temperature; see Notes.
    target : {"energy", "phase"}, default="energy"
        What to return as the target: the energy density of each lattice (float64), or its phase, 0
        below the critical temperature and 1 from there on (int64).
    n_discard : int, default=None
        Sweeps of a chain, for Wolff clusters, before its first lattice. None is ten times the
        default of `thin`.
    thin : int, default=None
        Sweeps of a chain, for Wolff clusters, from one lattice to the next. None is at least twice
        the integrated autocorrelation time of energy and squared magnetization at this size and
        temperature; see Notes.
    out : str or path, default=None
        A file to write the lattices to as they are drawn, for data sets larger than memory:
        "lattices.npy", a byte per spin, or "lattices.zarr" (extra ``zarr``), compressed to at most
        a bit per spin. None keeps them in memory. See Notes for what is in it, and for what happens
        if the file exists.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    random_state : int, RandomState instance or None, default=None
        An int gives the same lattices in every call, a RandomState instance fresh ones. With `out`
        it must be an int.
    n_jobs : int, default=None
        Chains to run side by side, as joblib counts them. Neither it nor joblib's backend changes
        the lattices.
    verbose : int, default=0
        Whether to show a progress bar, with an estimate of the time that is left.

    Returns
    -------
    data : Bunch
        Rows are ordered by temperature (as given), chain and time.

        data : ndarray, memmap or zarr.Array of shape (n_samples, L, L), int8
            Spins, each +1 or -1. With `out` it is read-only, and reads from the file what is asked
            of it.
        target : ndarray of shape (n_samples,), float64 or int64
            The energy or the phase, as `target` asks.
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
        diagnostics : DataFrame with a row for each temperature
            temperature; algorithm; n_chains; n_discard and thin as used; n_samples; tau_energy and
            tau_m2, the integrated autocorrelation times of energy and squared magnetization, in the
            unit of `thin`, with their errors; mean_energy of the lattices with its error, which
            takes their correlation within a chain into account; exact_energy of this size
            (Kaufman). The times are of the first chain, or the first 16 where 64 run at once,
            from the second half of the burn-in on; NaN where this is too short to tell them.
        DESCR : str
            What the data are.
    (data, target) : tuple if `return_X_y` is True

    Raises
    ------
    TypeError, ValueError
        If a parameter is of another type or outside its range, if there are fewer samples than
        temperatures, if the algorithm cannot take the size, if chains would take more than 10^12
        sweeps, or if `out` exists and was made with other arguments.
    MemoryError
        If there is less memory than the lattices take and no `out`.
    OSError
        If `out` exists and is something else (FileExistsError), if its directory does not exist
        (FileNotFoundError) or cannot be written (PermissionError), or if the disk has less space
        than is needed, which is checked before the first lattice is drawn.
    ImportError
        If `out` ends in .zarr and zarr is not installed.

    See Also
    --------
    IsingSampler : The same as a transformer, for pipelines.

    Notes
    -----
    A lattice is a function of `random_state` (an int), `lattice_size`, `algorithm`, `n_discard`,
    `thin`, its temperature and the number k of lattices before it at that temperature, and of
    nothing else. With n chains at a temperature, 4 or, for Metropolis, 64, it is frame k // n of
    chain k % n.

    The default of `thin` is 2 tau, rounded up, with xi the correlation length of the infinite
    lattice and s = min(L, 4 xi), at least 1, in

    - Swendsen-Wang: tau = 1.5 s^0.3 sweeps. Measured at the critical temperature 1.6, 2.5, 3.4,
      4.1, 4.9 and 6.5 for L = 2, 8, 16, 32, 64 and 128 (the rule gives 1.8, 2.8, 3.4, 4.2, 5.2 and
      6.4); at L = 64 and T = 1.2, 2.0, 2.2, 2.32, 2.5 and 3.6 1.5, 2.2, 3.4, 4.0, 2.1 and 1.0 (1.7,
      2.9, 4.4, 5.2, 3.7 and 2.5). The energy's is the longest.
    - Wolff: tau = 0.65 s^0.33 N / c clusters, where c estimates the mean size of a cluster from
      below: the spontaneous magnetization squared times N, or 0.9 L^1.75 if that is more, up to the
      critical temperature, and 2.2 min(xi, 0.6 L)^1.75, at least 1, above it. Measured tau c / N at
      the critical temperature 1.1, 1.4, 1.8, 2.2 and 2.7 for L = 8, 16, 32, 64 and 128 (1.3, 1.6,
      2.0, 2.6 and 3.2); at L = 64 and T = 1.2, 2.0, 2.2, 2.32, 2.5, 3.0 and 3.6 0.6, 0.8, 1.3, 1.5,
      1.0, 0.6 and 0.5 (0.8, 1.3, 2.1, 2.6, 1.9, 1.3 and 1.1). The energy's is the longest.
    - Metropolis: tau = 1 + 0.04 min(L, 3.5 xi)^2.17 + T / 14 sweeps. Measured at the critical
      temperature 1.3, 3.8, 15, 58, 263 and 1350 for L = 4, 8, 16, 32, 64 and 128 (2.0, 4.8, 18, 75,
      333 and 1500); at L = 64 and T = 1.2, 1.8, 2.0, 2.1, 2.2, 2.4, 2.5, 2.7 and 3.6 0.6, 1.6, 4.3,
      10, 39, 63, 24, 6.7 and 1.1 (1.2, 2.0, 4.5, 11, 75, 96, 31, 9.9 and 2.4). The squared
      magnetization's is the longest, but above T = 10 the energy's is, and 69 at T = 1000.

    "auto" is Metropolis where its `thin` is at most ten times that of Swendsen-Wang and its
    checkerboard fits, else Swendsen-Wang. Where the two are equal by this rule, they are about
    equal in lattices per second at 25 lattices per temperature, burn-in included, and Metropolis
    wins the more the more lattices are asked for: benchmarks/bench_algorithms.py. The choice does
    not depend on `n_samples`, so that a lattice stays what it is when more are asked for. That has
    a price at the ends. For a single lattice at a temperature, where 63 of Metropolis's 64 are
    thrown away, Swendsen-Wang is up to 4.5 times as fast, as at T = 2.5, but from 4 lattices on at
    most 1.3 times; for 256 lattices Metropolis is still 2 to 3 times as fast where its `thin` is 20
    times that of Swendsen-Wang. For such data name the algorithm.

    Metropolis flips that cost no energy are accepted with probability 3/4, not 1, as detailed
    balance leaves free: with 1, a lattice whose sites all have two equal neighbours would only flip
    back and forth.

    With `out` the file can be read without this package. ``np.load("lattices.npy", mmap_mode="r")``
    are the lattices, and ``np.load("lattices.npz")`` has the arrays temperature, energy,
    magnetization, chain and frame; ``zarr.open("lattices.zarr")`` is a group of these arrays and
    "data". Memory holds the chains that run, and 256 MB or one chain for each job of those that
    wait for being written, in bits.

    A run that is killed, at any moment, goes on when it is started again with the same arguments:
    chains that are in the file are not run again, and it becomes bit for bit that of a run without
    interruption. Until then it is called "lattices.npy.partial" (or .zarr), with a journal beside
    it. Where the file is complete it is returned and nothing is drawn. All arguments count except
    `target`, `return_X_y`, `n_jobs` and `verbose`. Only one process may write a file at a time.

    Chains run in whatever `joblib.parallel_config` says, for instance on the machines of a
    dask.distributed cluster (extra ``dask``). Only the process that calls writes `out`::

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
    n_samples = check_integer(n_samples, "n_samples", minimum=1)
    temperatures = _as_temperatures(temperatures)
    temperature = _spread(n_samples, temperatures)
    runs, chain, frame = sampler._plan(temperature)
    runs, order = order_by_chain(runs, chain, frame)
    columns = {"temperature": temperature[order], "frame": frame[order]}
    columns["chain"] = np.cumsum(columns["frame"] == 0) - 1
    if out is None:
        data, times = sampler._run(runs, n_samples)
        energy, m = energy_density(data), magnetization(data)
    else:
        asked = {"n_samples": n_samples, "temperatures": temperatures.tolist()}
        store = open_store(out, asked | sampler._fingerprint(), columns, runs)
        for k, result in sampler._sample(runs, done=store.done):
            store.write(k, result)
        data, energy, m, times = store.finish()
    phase = (columns["temperature"] >= CRITICAL_TEMPERATURE).astype(np.int64)
    bunch = Bunch(
        data=data,
        target=energy if target == "energy" else phase,
        energy=energy,
        magnetization=m,
        **columns,
        diagnostics=diagnose(runs, times, energy),
        DESCR=_DESCRIPTION,
    )
    return (bunch.data, bunch.target) if return_X_y else bunch


def _as_temperatures(temperatures):
    """Return the temperatures that are asked for, each once or as often as it was given."""
    if temperatures is None:
        temperatures = np.linspace(1.2, 3.6, 40)
    return check_temperatures([temperatures] if np.ndim(temperatures) == 0 else temperatures)


def _spread(n_samples, temperatures):
    """Return the temperature of each of `n_samples` rows."""
    each, left_over = divmod(n_samples, len(temperatures))
    if each == 0:
        raise ValueError(
            f"n_samples must be at least the number of temperatures; got n_samples={n_samples} for "
            f"{len(temperatures)} temperatures. Ask for more samples, or give fewer temperatures."
        )
    return np.repeat(temperatures, each + (np.arange(len(temperatures)) < left_over))
