"""Autocorrelation times and mean energies of Markov chains."""

import numpy as np
import pandas as pd

from ..observables._series import windowed_time

_ENOUGH_CHAINS = 16  # for the spread of their means to give the standard error


def autocorrelation_times(series, measurement_interval):
    """Return tau of the two observables that are recorded, with their errors, in sweeps.

    Parameters
    ----------
    series : float64 array of shape (n_chains, n, 2)
        The series that `run_chains` recorded.
    measurement_interval : int
        Sweeps from one measurement to the next.

    Returns
    -------
    tau_energy, tau_energy_error, tau_order, tau_order_error : float
        NaN if the series are too short to tell.
    """
    tau = [_tau(series[:, :, observable]) for observable in range(2)]
    return tuple(float(steps) * measurement_interval for pair in tau for steps in pair)


def diagnose(runs, times, energy):
    """Return a row for each temperature, in the order of the runs; see `make_potts`.

    Parameters
    ----------
    runs : list of Run
        The runs of a temperature are consecutive.
    times : sequence of (float, float, float, float)
        The `autocorrelation_times` of each run.
    energy : float64 array of shape (n_rows,)
        Energy density of each lattice.
    """
    first = [k for k, run in enumerate(runs) if run.first_chain == 0]
    return pd.DataFrame(
        [
            _diagnose_temperature(runs[start:stop], times[start], energy)
            for start, stop in zip(first, [*first[1:], len(runs)], strict=True)
        ]
    )


def _diagnose_temperature(runs, times, energy):
    """Return the diagnostics of the runs of one temperature, given the times of the first run."""
    run, rows = runs[0], np.concatenate([run.rows for run in runs])
    model = run.model
    n_together = run.algorithm.n_chains_per_run
    chain_energies = [
        energy[run.rows[k::n_together]] for run in runs for k in range(n_together)[: len(run.rows)]
    ]
    tau_energy, tau_energy_error, tau_order, tau_order_error = times
    return {
        "temperature": run.temperature,
        "algorithm": run.algorithm.name,
        "n_chains": len(chain_energies),
        "n_discard": run.n_discard,
        "thin": run.thin,
        "n_samples": len(rows),
        "tau_energy": tau_energy,
        "tau_energy_error": tau_energy_error,
        f"tau_{model.recorded_order}": tau_order,
        f"tau_{model.recorded_order}_error": tau_order_error,
        "mean_energy": energy[rows].mean(),
        "mean_energy_error": _standard_error(chain_energies, run.thin, tau_energy),
        "exact_energy": model.exact_energy(run.temperature, run.lattice_size),
        **model.diagnose(runs, chain_energies),
    }


def _standard_error(chains, thin, tau):
    """Return the standard error of the mean of snapshots that are correlated within chains.

    With enough chains it is the standard error of their independent means. With fewer, the
    correlation is the larger of two estimates: the measured one of the snapshots, which is noisy,
    and exp(-thin / tau), which misses the slow tail of a correlation that is more than one
    exponential. If neither can be told, it is that of the means of the few chains.

    Parameters
    ----------
    chains : list of float64 arrays
        One value for each snapshot of a chain.
    thin : int
        Sweeps from one snapshot to the next.
    tau : float
        Integrated autocorrelation time, in sweeps.
    """
    x, n_chains = np.concatenate(chains), len(chains)
    if len(x) < 2 or n_chains < 2:
        return np.nan
    deviations = np.array([np.sum(chain - x.mean()) for chain in chains])
    error_of_chains = np.sqrt(np.sum(deviations**2) * n_chains / (n_chains - 1)) / len(x)
    if n_chains >= _ENOUGH_CHAINS:
        return error_of_chains
    error, n_frames = np.sqrt(x.var(ddof=1) / len(x)), min(map(len, chains))
    if len(x) == n_chains or error == 0:
        return error
    correlation = np.exp(-thin / tau)
    exponential = (1 + correlation) / (1 - correlation)
    snapshot_tau, _ = _tau(np.array([chain[:n_frames] for chain in chains]))
    inflation = np.fmax(exponential, 2 * snapshot_tau)
    return error_of_chains if np.isnan(inflation) else error * np.sqrt(inflation)


def _tau(series):
    """Return the integrated autocorrelation time of chains (n_chains, n), and its error, in steps.

    Both are NaN if the chains are shorter than the window of the sum, or constant.
    """
    if series.shape[1] < 2 or np.ptp(series) == 0:
        return np.nan, np.nan
    tau, error, _, is_complete = windowed_time(series, window=6)
    return (tau, error) if is_complete else (np.nan, np.nan)
