"""Public tools for the same tasks: samplers of the Ising model, and data collapse.

The samplers are peapods and mcising, whose kernels are in Rust: nanoseconds for each spin of a
sweep, on one thread, in turns, with the measured mean energy beside the exact one. `pip install
peapods mcising` installs them; a sampler that is missing is left out.

The data collapse is that of fssa 0.7.6, the last version, from 2015. It needs numpy below 2, where
this library needs 2, and three names that scipy no longer has; the script puts them back. Give the
Python of an environment with ``"numpy<2" "scipy<1.12" fssa`` by ``--fssa-python``. Both get the
same synthetic data sets. Their curves are like Binder cumulants, with the exponents of the
two-dimensional Ising model. The tables have the scatter of the estimates, the quoted errors, and
how often these contain the truth.
"""

import json
import os
import subprocess
import time
from importlib.util import find_spec

import numpy as np
from _results import Column, Results, argument_parser

from skising import exact, make_ising
from skising.scaling import DataCollapse

TC = exact.CRITICAL_TEMPERATURE
SIZES, TEMPERATURES = (16, 24, 32, 48, 64), np.linspace(2.15, 2.4, 21)
ERROR = 0.005  # of each value
TEMPERATURE = 2.4  # of the samplers
FSSA = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
import scipy.optimize._optimize as names
import scipy.optimize.optimize as old

def wrap_function(function, args):
    n_calls = [0]
    def wrapped(*values):
        n_calls[0] += 1
        return function(*(values + args))
    return n_calls, wrapped

old._status_message, old.OptimizeResult = names._status_message, names.OptimizeResult
old.wrap_function, np.int, np.float, np.bool = wrap_function, int, float, bool
import fssa

sets = json.load(sys.stdin)
found = []
for values in sets["values"]:
    start = time.perf_counter()
    y = np.array(values)
    fit = fssa.autoscale(
        sets["sizes"], sets["temperatures"], y, np.full(y.shape, sets["error"]), 2.25, 1.1, 0.0
    )
    found.append([fit["rho"], fit["drho"], fit["nu"], fit["dnu"], time.perf_counter() - start])
json.dump(np.nan_to_num(np.array(found), nan=-1).tolist(), sys.stdout)
"""


def data_sets(n_sets):
    """Return values (n_sets, n_sizes, n_temperatures) with noise."""
    z = (TEMPERATURES - TC) * np.array(SIZES)[:, np.newaxis]
    rng = np.random.default_rng(0)
    return rng.normal(0.33 * (1 - np.tanh(z / 4)), ERROR, (n_sets, *z.shape))


def of_fssa(python, values):
    """Return Tc, nu, their errors and the seconds of each data set by fssa."""
    sets = {"values": values.tolist(), "sizes": SIZES, "error": ERROR}
    sets["temperatures"] = TEMPERATURES.tolist()
    command = [python, "-c", FSSA]
    environment = os.environ | {"PYTHONPATH": ""}
    run = subprocess.run(
        command, input=json.dumps(sets), capture_output=True, text=True, check=True, env=environment
    )
    found = np.array(json.loads(run.stdout))
    return np.where(found == -1, np.nan, found)


def of_skising(values, theta):
    """Return the same by `DataCollapse`."""
    size = np.repeat(SIZES, len(TEMPERATURES))
    x, found = np.tile(TEMPERATURES, len(SIZES)), []
    for k, y in enumerate(values):
        start = time.perf_counter()
        fit = DataCollapse(theta=theta, random_state=k)
        fit.fit(x, y.ravel(), np.full(y.size, ERROR), size)
        row = (fit.critical_temperature_, fit.critical_temperature_std_, fit.nu_, fit.nu_std_)
        found.append((*row, time.perf_counter() - start))
    return np.array(found)


def compare_collapses(results, python, n_sets):
    values = data_sets(n_sets)
    rows = {
        "skising, theta = 0": of_skising(values, 0),
        "skising, theta free": of_skising(values, None),
    }
    if python is not None:
        rows["fssa, zeta free"] = of_fssa(python, values)
    table = results.table(
        f"Data collapse of {n_sets} data sets",
        {"tool": 20, "parameter": 9},
        [
            Column("bias", "", ".5f", "well below the scatter"),
            Column("scatter", "", ".5f"),
            Column("quoted error", "", ".5f", "the scatter"),
            Column("within 1 error", "", ".2f", "0.68"),
            Column("no error", "", ".2f", "0"),
            Column("time", "s", ".2f"),
        ],
    )
    for tool, found in rows.items():
        for name, truth, k in (("Tc", TC, 0), ("nu", 1.0, 2)):
            estimate, error = found[:, k], found[:, k + 1]
            has_error = np.isfinite(error)
            within = np.abs(estimate - truth)[has_error] < error[has_error]
            numbers = estimate.mean() - truth, estimate.std(ddof=1), np.nanmedian(error)
            shares = within.mean(), 1 - has_error.mean()
            table.row([tool, name], [*numbers, *shares, np.median(found[:, -1])])


def sweeps_of_skising(algorithm, size, n_sweeps, seed):
    """Return the seconds for sweeps of one run, its chains, and the energy of its last lattices."""
    n_chains = 64 if algorithm == "metropolis" else 1
    start = time.perf_counter()
    ising = make_ising(
        n_chains,
        size,
        TEMPERATURE,
        algorithm=algorithm,
        n_discard=n_sweeps,
        thin=1,
        random_state=seed,
    )
    return time.perf_counter() - start, n_chains, ising.energy.mean()


def sweeps_of_mcising(algorithm, size, n_sweeps, seed):
    """Return the same for mcising."""
    from mcising import Algorithm, LatticeConfig, Simulation, SimulationConfig

    name = {"metropolis": Algorithm.METROPOLIS, "swendsen-wang": Algorithm.SWENDSEN_WANG}[algorithm]
    config = SimulationConfig(lattice=LatticeConfig(size=size), algorithm=name, seed=seed)
    simulation = Simulation(config)
    start = time.perf_counter()
    energy = simulation.sweep(n_sweeps, temperature=TEMPERATURE)["energy"]
    return time.perf_counter() - start, 1, energy


def sweeps_of_peapods(algorithm, size, n_sweeps, seed):
    """Return the same for peapods: no seed, and cluster updates on top of Metropolis sweeps."""
    from peapods import Ising

    model = Ising((size, size), temperatures=np.array([TEMPERATURE]))
    interval = None if algorithm == "metropolis" else 1
    start = time.perf_counter()
    model.sample(n_sweeps, cluster_update_interval=interval, sequential=True)
    return time.perf_counter() - start, 1, -float(model.get_energies()[0])


SAMPLERS = {
    "skising": sweeps_of_skising,
    "mcising": sweeps_of_mcising,
    "peapods": sweeps_of_peapods,
}


def compare_samplers(results, n_rounds):
    table = results.table(
        f"Sweeps at T = {TEMPERATURE}, one thread, {n_rounds} rounds in turns",
        {"algorithm": 13, "L": 4, "tool": 8},
        [
            Column("chains at once", "", "d"),
            Column("time", "ns per spin", ".2f"),
            Column("time / skising", "", ".2f"),
            Column("energy of the last lattices", "J", ".3f"),
            Column("exact", "J", ".3f"),
        ],
    )
    tools = [name for name in SAMPLERS if find_spec(name)]
    for algorithm, n_spins in (("metropolis", 3e7), ("swendsen-wang", 6e6)):
        for size in (64, 256):
            n_sweeps, found = int(n_spins / size**2), {name: [] for name in tools}
            for name in tools:  # compiled, and in the caches
                SAMPLERS[name](algorithm, size, 10, 0)
            for seed in range(n_rounds):
                for name in tools:
                    found[name].append(SAMPLERS[name](algorithm, size, n_sweeps, seed))
            times = {
                name: [
                    seconds * 1e9 / (n_sweeps * n_chains * size**2) for seconds, n_chains, _ in runs
                ]
                for name, runs in found.items()
            }
            for name, runs in found.items():
                ratio = np.median(np.divide(times[name], times["skising"]))
                energy = np.mean([energy for *_, energy in runs])
                values = runs[0][1], np.median(times[name]), ratio, energy
                exact_energy = exact.kaufman_energy(TEMPERATURE, size)
                table.row([algorithm, size, name], [*values, float(exact_energy)])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--fssa-python", help="Python of an environment with fssa")
    parser.add_argument("--n-sets", type=int, default=100, help="data sets to collapse (100)")
    parser.add_argument("--n-rounds", type=int, default=7, help="of the samplers (7)")
    options = parser.parse_args()
    results = Results(__file__, options)
    compare_samplers(results, options.n_rounds)
    compare_collapses(results, options.fssa_python, options.n_sets)
    results.write()


if __name__ == "__main__":
    main()
