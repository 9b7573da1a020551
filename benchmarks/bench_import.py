"""Time of ``import skising`` beside ``import sklearn``, each in new processes, in turns."""

from functools import partial
from statistics import median

from _results import Column, Results, argument_parser
from _timing import median_ratio, run_in_new_process, time_in_turns

N_ROUNDS = 15
BASELINE = "sklearn"
MODULES = ("skising", BASELINE, "skising, skising.block_averaging")


def main():
    options = argument_parser(__doc__).parse_args()
    results = Results(__file__, options)
    functions = [partial(run_in_new_process, f"import {module}") for module in MODULES]
    times = dict(zip(MODULES, time_in_turns(*functions, n_rounds=N_ROUNDS), strict=True))
    table = results.table(
        "A new process that imports",
        {"module": 34},
        [Column("time", "s", ".3f"), Column("ratio to sklearn", "", ".2f", "skising: about 0.02")],
    )
    for module, seconds in times.items():
        table.row([module], [median(seconds), median_ratio(seconds, times[BASELINE])])
    results.write()


if __name__ == "__main__":
    main()
