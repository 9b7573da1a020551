"""What a data set would take, before any lattice is drawn."""

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class SamplingPlan:
    """What `make_ising`, `make_potts` or `make_clock` would do; print it to read it.

    Times are estimates for one core of an AMD EPYC, from the measured times of a sweep of each
    algorithm.

    Attributes
    ----------
    n_samples, lattice_size : int
    n_runs : int
        Tasks that can be done side by side.
    lattices_per_run, sites_per_run, bytes_per_run : int
        Of the largest run: its lattices, their sites, and the bytes that a worker returns.
    cpu_seconds : float
        Processor time of all runs, in which workers draw and measure the lattices, and compress
        them for a zarr store.
    burn_in : float
        The share of `cpu_seconds` that chains take before their first lattices.
    longest_run_seconds : float
        Processor time of the longest run. No number of workers is faster.
    storing_seconds : float
        Processor time of the calling process, which writes the lattices. No number of workers makes
        it less.
    n_files : int
        Files of the complete data set, at most; 0 without `out`.
    n_bytes : int
        Bytes on disk, at most; without `out`, bytes of the lattices in memory.
    temperatures : DataFrame with a row for each temperature
        temperature, algorithm, n_chains, n_runs, n_discard, thin, n_samples, cpu_seconds.
    """

    n_samples: int
    lattice_size: int
    n_runs: int
    lattices_per_run: int
    sites_per_run: int
    bytes_per_run: int
    cpu_seconds: float
    burn_in: float
    longest_run_seconds: float
    storing_seconds: float
    n_files: int
    n_bytes: int
    temperatures: pd.DataFrame = field(repr=False)

    def __str__(self) -> str:
        where = f"on disk, in {self.n_files:,} files at most" if self.n_files else "in memory"
        lines = {
            "lattices": f"{self.n_samples:,} of {self.lattice_size} x {self.lattice_size} sites, "
            f"at {len(self.temperatures)} temperatures",
            "runs": f"{self.n_runs:,}, side by side",
            "largest run": f"{self.lattices_per_run:,} lattices, {self.sites_per_run:,} sites, "
            f"{_in_units(self.bytes_per_run)} returned",
            "runs take": f"{_in_time(self.cpu_seconds)} on one core, {self.burn_in:.0%} of it "
            f"burn-in; the longest {_in_time(self.longest_run_seconds)}",
            "storing takes": f"{_in_time(self.storing_seconds)} of the calling process",
            "size": f"{_in_units(self.n_bytes)} {where}",
        }
        return "\n".join(f"{name + ':':15}{line}" for name, line in lines.items())


def plan_sampling(runs, destination):
    """Return the `SamplingPlan` of runs.

    Parameters
    ----------
    runs : list of Run
        The runs of a temperature are consecutive.
    destination : Destination
        Nothing is written to it.
    """
    table = pd.DataFrame(
        {
            "temperature": run.temperature,
            "algorithm": run.algorithm.name,
            "n_chains": min(len(run.rows), run.algorithm.n_chains_per_run),
            "n_discard": run.n_discard,
            "thin": run.thin,
            "n_samples": len(run.rows),
            "n_bytes": run.n_bytes,
            "cpu_seconds": run.seconds + destination.seconds_to_encode(run),
            "burn_in_seconds": run.n_discard * run.seconds_per_sweep,
        }
        for run in runs
    )
    groups = table.groupby("temperature", sort=False)
    temperatures = groups.agg(
        algorithm=("algorithm", "first"),
        n_chains=("n_chains", "sum"),
        n_runs=("n_samples", "size"),
        n_discard=("n_discard", "first"),
        thin=("thin", "first"),
        n_samples=("n_samples", "sum"),
        cpu_seconds=("cpu_seconds", "sum"),
    ).reset_index()
    n_sites, n_samples = runs[0].lattice_size ** 2, int(table.n_samples.sum())
    return SamplingPlan(
        n_samples=n_samples,
        lattice_size=runs[0].lattice_size,
        n_runs=len(runs),
        lattices_per_run=int(table.n_samples.max()),
        sites_per_run=int(table.n_samples.max()) * n_sites,
        bytes_per_run=int(table.n_bytes.max()),
        cpu_seconds=float(table.cpu_seconds.sum()),
        burn_in=float(table.burn_in_seconds.sum() / table.cpu_seconds.sum()),
        longest_run_seconds=float(table.cpu_seconds.max()),
        storing_seconds=sum(map(destination.seconds_to_store, runs)),
        n_files=destination.n_files,
        n_bytes=destination.n_bytes,
        temperatures=temperatures,
    )


def _in_units(n_bytes):
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if n_bytes >= size:
            return f"{n_bytes / size:.3g} {unit}"
    return f"{n_bytes / 1000:.3g} kB"


def _in_time(seconds):
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} s"
