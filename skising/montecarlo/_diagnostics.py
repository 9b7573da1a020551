"""What the recorded series tell of a set of Markov chains."""

import numpy as np
import pandas as pd

from ..exact import kaufman_energy
from ..observables._series import windowed_time

_ENOUGH_CHAINS = 16


def autocorrelation_times(series, stride):
    """Return tau of energy and squared magnetization with their errors, in sweeps.

    Parameters
    ----------
    series : float64 array of shape (n_chains, n, 2)
        What was recorded of a run.
    stride : int
        Sweeps from one measurement to the next.

    Returns
    -------
    tau_energy, tau_energy_error, tau_m2, tau_m2_error : float
        NaN where the series are too short to tell.
    """
    return tuple(float(value) * stride for k in range(2) for value in _tau(series[:, :, k]))


def diagnose(runs, times, energy):
    """Return a row for each temperature, in the order of the runs; see `make_ising`.

    Parameters
    ----------
    runs : list of Run
        Those of one temperature side by side.
    times : sequence of (float, float, float, float)
        The `autocorrelation_times` of each run.
    energy : float64 array of shape (n_rows,)
        Of each lattice.
    """
    first = [k for k, run in enumerate(runs) if run.first_chain == 0]
    rows = []
    for start, stop in zip(first, [*first[1:], len(runs)], strict=True):
        run = runs[start]
        of_rows = np.concatenate([other.rows for other in runs[start:stop]])
        n_chains = min(run.n_chains, len(of_rows))
        if stop - start == n_chains:
            of_chains = [energy[other.rows] for other in runs[start:stop]]
        else:
            of_chains = [energy[of_rows[k::n_chains]] for k in range(n_chains)]
        tau_e, error_e, tau_m2, error_m2 = times[start]
        rows.append(
            {
                "temperature": run.temperature,
                "algorithm": run.algorithm,
                "n_chains": n_chains,
                "n_discard": run.n_discard,
                "thin": run.thin,
                "n_samples": len(of_rows),
                "tau_energy": tau_e,
                "tau_energy_error": error_e,
                "tau_m2": tau_m2,
                "tau_m2_error": error_m2,
                "mean_energy": energy[of_rows].mean(),
                "mean_energy_error": _error_of_mean(of_chains, run.thin, tau_e),
                "exact_energy": float(kaufman_energy(run.temperature, run.lattice_size)),
            }
        )
    return pd.DataFrame(rows)


def _error_of_mean(of_chains, thin, tau):
    """Return the standard error of the mean of snapshots, correlated within their chains.

    It is that of independent chain means where there are enough of them to tell it. Otherwise the
    correlation is the larger of that of the snapshots and of exp(-thin / tau): the one has noise,
    the other misses the slow tail of a correlation that is more than one exponential.
    """
    x, n_chains = np.concatenate(of_chains), len(of_chains)
    if len(x) < 2 or n_chains < 2:
        return np.nan
    if n_chains >= _ENOUGH_CHAINS:
        deviations = np.array([np.sum(of_chain - x.mean()) for of_chain in of_chains])
        return np.sqrt(np.sum(deviations**2) * n_chains / (n_chains - 1)) / len(x)
    error, n_frames = np.sqrt(x.var(ddof=1) / len(x)), min(map(len, of_chains))
    if len(x) == n_chains or error == 0:
        return error
    correlation = np.exp(-thin / tau)
    excess = (1 + correlation) / (1 - correlation)
    tau_of_snapshots, _ = _tau(np.array([of_chain[:n_frames] for of_chain in of_chains]))
    return error * np.sqrt(np.fmax(excess, 2 * tau_of_snapshots))


def _tau(series):
    """Return the integrated autocorrelation time of chains (n_chains, n), and its error.

    NaN where the chains are shorter than its window, or do not vary.
    """
    if series.shape[1] < 2 or np.ptp(series) == 0:
        return np.nan, np.nan
    tau, error, is_complete = windowed_time(series, window=6)
    return (tau, error) if is_complete else (np.nan, np.nan)
