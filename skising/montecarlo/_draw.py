"""The lattices of a data set with their columns, for every model, in memory or on disk."""

from numbers import Integral

import numpy as np

from .._validation import check_choice, check_integer, check_temperatures
from ._diagnostics import diagnose
from ._open_store import open_store
from ._parallel import sample, sample_into_memory
from ._plan import check_parameters, order_by_chain, plan


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
):
    """Draw lattices, and return the entries of a data set as a dict.

    Parameters
    ----------
    model : Model
    n_samples, lattice_size, temperatures, algorithm, target, n_discard, thin, out, random_state, \
    n_jobs, verbose
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
    parameters = {
        "algorithm": str(algorithm),
        "lattice_size": lattice_size,
        "n_discard": n_discard,
        "thin": thin,
        "random_state": random_state,
    }
    check_choice(target, "target", ("energy", "phase"))
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
    if out is None:
        data, times = sample_into_memory(runs, random_state, n_jobs=n_jobs, verbose=verbose)
        energy, order_of_lattice = model.measure(data)
    else:
        arguments = {"n_samples": n_samples, "temperatures": temperatures.tolist()}
        arguments |= model.arguments | _as_json(parameters)
        with open_store(out, arguments, columns, runs) as store:
            finished = sample(runs, random_state, n_jobs=n_jobs, verbose=verbose, done=store.done)
            for k, result in finished:
                store.write(k, result)
            data, energy, order_of_lattice, times = store.finish()
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


def _as_json(parameters):
    """Return the parameters in types that JSON has; raise ValueError without an integer seed."""
    random_state = parameters["random_state"]
    if not isinstance(random_state, Integral):
        raise ValueError(
            "random_state must be an int if out is given, so that a killed run can continue with "
            f"the same lattices; got {random_state!r}. Pass for instance random_state=0."
        )
    return {
        name: int(value) if isinstance(value, Integral) else value
        for name, value in parameters.items()
    }
