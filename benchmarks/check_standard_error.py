"""Standard errors of predictions beside the scatter of the predictions over the ensemble.

The errors have the right size if the ratio, their root mean square over the standard deviation of
the predictions, is 1. "1 sigma" and "2 sigma" are the fractions of lattices whose prediction is
within one and two standard errors of the ensemble's average; 68 and 95 % for normal deviations and
many blocks. Lattices without an error, whose blocks all agree, are left out.
"""

import warnings

import numpy as np
from _results import Column, Results, argument_parser

from skising import BlockAveragingRegressor, make_ising

BLOCK_SIZE = 8
SIZES = (12, 16, 24, 32, 64)
TEMPERATURES = (1.8, 2.1, 2.5, 3.0)
LAYOUTS = {
    "partition": {},
    "stride 4": {"stride": 4},
    "stride 2": {"stride": 2},
    "30 random": {"n_blocks": 30},
}


def sample(n_samples, size, temperatures, seed):
    return make_ising(n_samples, size, temperatures, algorithm="swendsen-wang", random_state=seed)


def check_layout(model, X, layout):
    """Return the ratio, and the fractions of lattices within one and two standard errors."""
    model.set_params(**{"stride": None, "n_blocks": None, **layout})
    y, error = model.predict(X, return_error=True)
    has_error = np.isfinite(error)
    if not has_error.any():
        return [np.nan] * 3
    deviation = np.abs(y - y.mean())[has_error] / error[has_error]
    ratio = np.sqrt(np.mean(error[has_error] ** 2)) / y.std()
    return [ratio, 100 * np.mean(deviation < 1), 100 * np.mean(deviation < 2)]


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-each", type=int, default=400, help="lattices per temperature (400)")
    options = parser.parse_args()
    results = Results(__file__, options)
    warnings.simplefilter("ignore")  # of lattices whose blocks all agree
    train = sample(200, 32, [1.6, 2.0, 2.4, 3.0], seed=0)
    model = BlockAveragingRegressor(
        BLOCK_SIZE, descriptor="pair", max_epochs=20, random_state=0
    ).fit(train.data, train.energy)
    table = results.table(
        f"Standard errors in blocks of {BLOCK_SIZE} x {BLOCK_SIZE}, {options.n_each} lattices each",
        {"L": 4, "T": 4, "blocks": 10},
        [
            Column("ratio", "", ".2f", "1"),
            Column("1 sigma", "%", ".0f", "68 %"),
            Column("2 sigma", "%", ".0f", "95 %"),
        ],
    )
    for size in SIZES:
        for T in TEMPERATURES:
            X = sample(options.n_each, size, [T], seed=1).data
            for name, layout in LAYOUTS.items():
                table.row([size, T, name], check_layout(model, X, layout))
    results.write()


if __name__ == "__main__":
    main()
