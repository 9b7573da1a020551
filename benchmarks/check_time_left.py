"""Is the remaining time of the progress bar right? Sampling of about a minute, for each model.

While lattices are drawn, the share of the bar and the processor time of all threads are recorded.
At a share s after a time t, the bar estimates t / s for the whole. Processor time leaves out the
work of other processes.
"""

import sys
import tempfile
import time

import numpy as np
from _results import Column, Results, argument_parser

from skising import make_clock, make_ising, make_potts
from skising.montecarlo import _parallel, _progress

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
CASES = {
    "Ising, L = 320": lambda n, **p: make_ising(40 * n, 320, **p),
    "Ising, L = 64": lambda n, **p: make_ising(40 * 10 * n, 64, **p),
    "Ising, L = 128, Wolff": lambda n, **p: make_ising(10 * n, 128, algorithm="wolff", **p),
    "Potts, q = 3, L = 128": lambda n, **p: make_potts(10 * n, 128, **p),
    "XY, L = 64": lambda n, **p: make_clock(10 * n, 64, **p),
}


class Recorder(_progress.Progress):
    """A progress bar that records its share and the processor time at each update."""

    records: list

    def _update(self):
        super()._update()
        self.records.append((time.process_time(), self._bar.n / self._bar.total, time.time()))


def relative_errors(records):
    """Return how far estimates of the whole time are off at `SHARES`, and the largest from 10 %."""
    seconds, share, _ = np.array(records).T
    seconds = seconds - seconds[0]
    is_late = share >= SHARES[0]
    error = seconds[is_late] / share[is_late] / seconds[-1] - 1
    at = [
        error[np.searchsorted(share[is_late], wanted).clip(max=len(error) - 1)] for wanted in SHARES
    ]
    return [*at, error[np.argmax(np.abs(error))]]


def main():
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--n-each", type=int, default=800, help="Ising lattices, L = 320, per T (800)"
    )
    parser.add_argument("--n-jobs", type=int, default=2, help="threads (2)")
    parser.add_argument("cases", nargs="*", help="of " + "; ".join(CASES))
    options = parser.parse_args()
    results = Results(__file__, options)
    columns = [Column("seconds", "s", ".0f"), Column("updates per second", "", ".1f", "at least 1")]
    columns += [Column(f"error at {share:.0%}", "", "+.2f") for share in SHARES]
    columns += [Column("largest from 10 %", "", "+.2f", "at most 0.3")]
    table = results.table("Estimates of the whole time", {"case": 22, "out": 6}, columns)
    _parallel.Progress = Recorder
    for case in options.cases or CASES:
        for suffix in (".zarr", None):
            with tempfile.TemporaryDirectory() as folder:
                parameters = {"random_state": 0, "n_jobs": options.n_jobs}
                # Loads the compiled kernels.
                CASES[case](4, **parameters | {"thin": 1, "n_discard": 1})
                Recorder.records = []
                out = None if suffix is None else f"{folder}/X{suffix}"
                CASES[case](options.n_each, out=out, **parameters, verbose=1)
            wall = np.diff([record[2] for record in Recorder.records])
            seconds = Recorder.records[-1][0] - Recorder.records[0][0]
            values = [seconds, 1 / wall.mean(), *relative_errors(Recorder.records)]
            table.row([case, suffix], values)
            sys.stdout.flush()
    results.write()


if __name__ == "__main__":
    main()
