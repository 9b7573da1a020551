"""Run every script with its default arguments, one after another, and keep their figures as JSON.

Run it on a machine that does nothing else. A script that fails keeps its previous file, does not
stop the others, and makes the exit status 1. The output of each script is printed as it comes.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
# Minutes on two free cores, from README.md. check_unchanged.py has no figures.
MINUTES = {
    "bench_import": 1.2,
    "bench_swendsen_wang": 0.2,
    "bench_algorithms": 1.3,
    "bench_dataset": 0.1,
    "bench_storing": 1.5,
    "bench_descriptors": 1.2,
    "bench_potts": 0.5,
    "bench_estimators": 3,
    "bench_threads": 8,
    "bench_distributed": 6,
    "bench_huge_lattice": 1,
    "check_against_exact": 20,
    "check_potts": 15,
    "check_first_order": 10,
    "check_potts_windows": 9,
    "check_clock": 5,
    "check_vacancies": 3.2,
    "check_correlation_length": 4,
    "check_standard_error": 0.3,
    "check_separation": 0.9,
    "check_accuracy": 9.4,
    "check_memory": 10,
    "check_window_limit": 5,
    "check_exponents": 18,
    "check_collapse_coverage": 14,
    "check_tc_bias": 3,
    "check_unknown_tc": 3,
    "compare_best_classifier": 5,
    "check_observable_curve": 1,
    "check_observable_collapse": 2.8,
    "check_crossing": 2,
    "check_time_left": 6,
    "compare_invariants": 0.3,
    "compare_networks": 25,
    "compare_partitions": 5,
    "compare_tools": 7,
    "compare_training": 35,
    "make_pretrained": 1,
}


def run(script, out):
    """Run a script; return whether it succeeded."""
    print(f"\n=== {script}.py, about {MINUTES[script]:g} min", flush=True)
    start = time.perf_counter()
    command = [sys.executable, FOLDER / f"{script}.py", "--json", out / f"{script}.json"]
    status = subprocess.run(command, check=False).returncode
    minutes = (time.perf_counter() - start) / 60
    print(f"=== {script}.py: exit status {status} after {minutes:.1f} min", flush=True)
    return status == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--limit", type=float, default=float("inf"), help="skip scripts of more minutes (no limit)"
    )
    parser.add_argument(
        "--out", type=Path, default=FOLDER / "results", help="folder of the files (results)"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    chosen = [script for script, minutes in MINUTES.items() if minutes <= options.limit]
    failed = [script for script in chosen if not run(script, options.out)]
    skipped = [script for script in MINUTES if script not in chosen]
    print(f"\n{len(chosen) - len(failed)} of {len(chosen)} scripts succeeded")
    print(f"failed: {', '.join(failed) or 'none'}")
    print(f"skipped: {', '.join(skipped) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
