"""Data for the tests of displays, and readers of the drawn figures."""

import numpy as np
import pandas as pd

from skising.scaling import Crossing


def drawn_points(container):
    """Return the drawn x, y and errors of an ErrorbarContainer."""
    x, y = container.lines[0].get_data()
    ends = np.array([segment[:, 1] for segment in container.lines[2][0].get_segments()])
    return np.asarray(x, float), np.asarray(y, float), (ends[:, 1] - ends[:, 0]) / 2


def legend_labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def accuracy_curves(sizes=(8, 16), n_blocks=(1,)):
    T = np.linspace(2.0, 2.6, 5)[::-1]
    rows = [
        pd.DataFrame(
            {
                "block_size": size,
                "n_blocks": n,
                "temperature": T,
                "accuracy": 1 - 2 / size * np.exp(-np.abs(T - 2.3)),
                "error": 0.01 * T,
                "count": 10,
            }
        )
        for size in sizes
        for n in n_blocks
    ]
    return pd.concat(rows, ignore_index=True)


def temperature_windows():
    width = [0.8, np.nan, 0.2]
    return pd.DataFrame(
        {"block_size": [8, 16, 32], "n_blocks": 1, "width": width, "width_error": 0.02}
    )


def collapsed_data():
    x = np.tile(np.linspace(-2, 2, 5), 2)
    return pd.DataFrame({"size": np.repeat([8, 16], 5), "x": x, "y": x**2, "yerr": 0.1})


def size_curves():
    T = np.tile(np.linspace(2.0, 2.6, 5), 2)
    size = np.repeat([8, 16], 5)
    value = 0.6 - (T - 2.3) * size / 30
    return pd.DataFrame({"size": size, "temperature": T, "value": value, "error": 0.01 * T})


def order_curves():
    return size_curves().rename(columns={"size": "block_size", "value": "probability"})


def crossing_of():
    pairs = {"size_1": [8], "size_2": [16], "temperature": [2.3], "error": [0.02]}
    return Crossing(
        2.3, 0.02, pd.DataFrame(pairs | {"value": [0.6], "value_error": [0.01]}), np.nan
    )


def collapse_stabilities():
    return pd.DataFrame(
        {
            "smallest_size": [8, 8, 16, 16, 16],
            "distance": [0.4, 0.2, 0.4, 0.2, 0.1],
            "nu": [0.9, 0.93, 0.95, 0.99, np.nan],
            "nu_std": [0.01, 0.01, 0.02, 0.03, np.nan],
            "p_value": [0.001, 0.2, 0.3, 0.6, np.nan],
        }
    )
