"""The lattices of a data set with their columns, for every model, in memory or on disk."""

from numbers import Integral

import numpy as np

from .._validation import check_choice, check_integer, check_temperatures
from ._choose_store import choose_store
from ._diagnostics import diagnose
from ._memory import Memory
from ._parallel import sample
from ._plan import MOST_BYTES, check_parameters, order_by_chain, plan
from ._sampling_plan import plan_sampling


def draw(
    model,
    *,
    n_samples,
    lattice_size,
    temperatures,
    algorithm,
    target,
    n_discard,
    thin,
    out,
    random_state,
    n_jobs,
    verbose,
    plan_only,
):
    """Draw lattices, and return the entries of a data set as a dict, or a `SamplingPlan`.

    Parameters
    ----------
    model : Model
    n_samples, lattice_size, temperatures, algorithm, target, n_discard, thin, out, random_state, \
    n_jobs, verbose, plan_only
        As of `make_ising`.
    """
    lattice_size, n_discard, thin = check_parameters(
        model,
        lattice_size=lattice_size,
        algorithm=algorithm,
        n_discard=n_discard,
        thin=thin,
        random_state=random_state,
        n_jobs=n_jobs,
    )
    check_choice(target, "target", ("energy", "phase"))
    check_choice(plan_only, "plan_only", (True, False))
    n_samples = check_integer(n_samples, "n_samples", minimum=1)
    temperatures = _check_temperatures(temperatures, model)
    temperature = _spread(n_samples, temperatures)
    runs, chain, frame = plan(model, temperature, lattice_size, algorithm, n_discard, thin)
    runs, order = order_by_chain(runs, chain, frame)
    columns = {"temperature": temperature[order], "frame": frame[order]}
    columns["chain"] = np.cumsum(columns["frame"] == 0) - 1
    columns |= model.known_columns(columns["temperature"], chain[order])
    # Before any lattice is drawn, because some models know no phases.
    phase = model.phase(columns) if target == "phase" else None
    destination = Memory(runs)
    if out is not None:
        arguments = {
            "n_samples": n_samples,
            "temperatures": temperatures.tolist(),
            **model.arguments,
            "algorithm": str(algorithm),
            "lattice_size": lattice_size,
            "n_discard": n_discard,
            "thin": thin,
            "random_state": _check_seed(random_state),
            **_arguments_of_long(runs),
        }
        destination = choose_store(out, arguments, columns, runs)
    if plan_only:
        return plan_sampling(runs, destination)
    with destination.lock():
        destination.begin()
        sample(runs, random_state, destination, n_jobs=n_jobs, verbose=verbose)
        data, energy, order_of_lattice, times = destination.finish()
    return {
        "data": data,
        "target": energy if target == "energy" else phase,
        "energy": energy,
        model.order: order_of_lattice,
        **columns,
        "diagnostics": diagnose(runs, times, energy),
    }


def _check_temperatures(temperatures, model):
    """Return the temperatures that are asked for, as a float64 array that may repeat some."""
    if temperatures is None:
        temperatures = model.default_temperatures()
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


def _check_seed(random_state):
    """Return the seed of a data set on disk as an int; raise ValueError for anything else."""
    if not isinstance(random_state, Integral):
        raise ValueError(
            "random_state must be an int if out is given, so that a killed run can continue with "
            f"the same lattices; got {random_state!r}. Pass for instance random_state=0."
        )
    return int(random_state)


def _arguments_of_long(runs):
    """Return what else the lattices depend on if chains end before there are enough of them.

    Earlier versions did not start new chains then, and had other lattices.
    """
    has_new = any(run.first_chain >= run.algorithm.n_chains_per_temperature for run in runs)
    return {"bytes_per_run": MOST_BYTES} if has_new else {}
