"""Which chains to run for the lattices that are asked for."""

from dataclasses import replace

import numpy as np

from .._validation import check_integer, check_n_jobs, check_random_state
from ._run import Run

_DEFAULT_DISCARD = 10  # in units of the default of thin
_MOST_SWEEPS = 10**12  # of a chain: hours for the smallest lattice

MOST_BYTES = 1 << 25
"""Bytes that the lattices of a run take, packed, unless its chains would mostly burn in."""


def check_parameters(model, *, lattice_size, algorithm, n_discard, thin, random_state, n_jobs):
    """Return `lattice_size`, `n_discard` and `thin` as int or None, if chains can run with them.

    numpy's integers overflow, and would be written into files as such.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range.
    """
    lattice_size = check_integer(lattice_size, "lattice_size", minimum=2)
    model.check_algorithm(algorithm, lattice_size)
    check_random_state(random_state)
    check_n_jobs(n_jobs)
    if n_discard is not None:
        n_discard = check_integer(n_discard, "n_discard", minimum=0)
    if thin is not None:
        thin = check_integer(thin, "thin", minimum=1)
    return lattice_size, n_discard, thin


def plan(model, temperature, lattice_size, algorithm, n_discard=None, thin=None):
    """Plan the runs of chains that give one lattice for each row.

    Of n chains at a temperature, chain k % n gives its k-th row, in frame k // n. If the chains
    have `frames_per_chain` frames, n new chains give the rows that follow, in the same way.

    Parameters
    ----------
    model : Model
    temperature : float64 array of shape (n_rows,)
    lattice_size : int
    algorithm : str
    n_discard, thin : int or None

    Returns
    -------
    runs : list of Run
        Ordered by the first row of their temperature.
    chain, frame : int64 arrays of shape (n_rows,)
        `chain` counts from 0 at each temperature.

    Raises
    ------
    ValueError
        If a chain would take more than 10^12 sweeps.
    """
    chain, frame = (np.empty(len(temperature), np.int64) for _ in range(2))
    runs = []
    for value, rows in _rows_by_temperature(temperature):
        cls = model.resolve_algorithm(algorithm, lattice_size, value)
        n_chains, n_together = cls.n_chains_per_temperature, cls.n_chains_per_run
        n_frames = frames_per_chain(model, cls, lattice_size, value, n_discard, thin)
        for first_row in range(0, len(rows), n_chains * n_frames):
            part = rows[first_row : first_row + n_chains * n_frames]
            frame[part], chain_of_part = np.divmod(np.arange(len(part)), n_chains)
            older = first_row // n_frames  # chains of the earlier rows
            chain[part] = older + chain_of_part
            for first in range(0, min(n_chains, len(part)), n_together):
                run = _plan_run(model, cls, value, lattice_size, n_discard, thin, older + first)
                is_in_run = chain_of_part // n_together == first // n_together
                runs.append(replace(run, rows=part[is_in_run]))
                _check_n_sweeps(runs[-1], n_discard, thin)
    return runs, chain, frame


def frames_per_chain(model, algorithm, lattice_size, temperature, n_discard, thin):
    """Return the lattices that a chain gives at most.

    A run has at most `MOST_BYTES`, so that results stay small however many lattices are asked for.
    But its chains give so many lattices that burn-in takes no more than half of their sweeps.
    """
    run = _plan_run(model, algorithm, temperature, lattice_size, n_discard, thin, first_chain=0)
    bytes_per_frame = algorithm.n_chains_per_run * model.n_bytes(lattice_size)
    return max(MOST_BYTES // bytes_per_frame, -(-run.n_discard // run.thin), 1)


def _plan_run(model, algorithm, temperature, lattice_size, n_discard, thin, first_chain):
    """Return a run without rows."""
    default_thin = model.default_thin(algorithm, lattice_size, temperature, first_chain)
    return Run(
        model=model,
        algorithm=algorithm,
        temperature=temperature,
        lattice_size=lattice_size,
        n_discard=_DEFAULT_DISCARD * default_thin if n_discard is None else n_discard,
        thin=default_thin if thin is None else thin,
        measurement_interval=max(1, default_thin // 8),
        first_chain=first_chain,
        rows=np.empty(0, np.int64),
    )


def order_by_chain(runs, chain, frame):
    """Renumber rows so that they are ordered by run, chain and time.

    Returns the runs with their new rows, and the old row of each new one.
    """
    ordered, order, start = [], [], 0
    for run in runs:
        within = np.lexsort((frame[run.rows], chain[run.rows]))
        rows = np.empty_like(run.rows)
        rows[within] = start + np.arange(len(rows))
        ordered.append(replace(run, rows=rows))
        order.append(run.rows[within])
        start += len(rows)
    return ordered, np.concatenate(order)


def _rows_by_temperature(temperature):
    """Yield each temperature with its rows, in the order in which temperatures first occur."""
    values, first, counts = np.unique(temperature, return_index=True, return_counts=True)
    rows = np.split(np.argsort(temperature, kind="stable"), np.cumsum(counts)[:-1])
    for k in np.argsort(first):
        yield float(values[k]), rows[k]


def _check_n_sweeps(run, n_discard, thin):
    if run.n_sweeps > _MOST_SWEEPS:
        raise ValueError(
            f"at temperature {run.temperature:g} chains of algorithm={run.algorithm.name!r} would "
            f"take more than {_MOST_SWEEPS:.0e} sweeps each, with n_discard={n_discard} and "
            f"thin={thin}. Give smaller ones, or None for both and algorithm='auto', which needs "
            "few sweeps at every temperature."
        )
