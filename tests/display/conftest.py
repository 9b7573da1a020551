"""Draw the figures of the tests off screen, and close them afterwards."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def _draw_off_screen():
    plt.close("all")
    with mpl.rc_context(), plt.ioff():
        plt.switch_backend("agg")
        yield
    plt.close("all")
