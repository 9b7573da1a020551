"""The style sheet of the gallery's figures, which users name as ``skising.display.skising``."""

import matplotlib.pyplot as plt
import numpy as np

from skising.display import LatticeDisplay
from skising.display._drawing import BLUE, VERMILION


def test_first_colours_are_those_of_the_displays():
    with plt.style.context("skising.display.skising"):
        colors = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert colors[:2] == [BLUE, VERMILION]
    assert len(set(colors)) == len(colors) == 6


def test_lattices_keep_their_frame():
    with plt.style.context("skising.display.skising"):
        display = LatticeDisplay.from_lattice(np.ones((4, 4), int))
    assert all(spine.get_visible() for spine in display.ax_.spines.values())
