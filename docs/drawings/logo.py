"""Draw the logo: the letter s as a domain of a lattice, with a block of it in a frame.

Run it in this folder. It writes to ``docs/_static``: the logo for light and dark pages, the logo
with the name for the README, the icon of browser tabs, and the card that social networks show.
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from matplotlib.textpath import TextPath

from skising import exact, make_ising

OUT = Path(__file__).parents[1] / "_static"
UP = {"light": "#0072b2", "dark": "#3d9fe0"}
FRAME = "#e66100"
DOWN = {"light": "#d5dde3", "dark": "#46525d"}
INK = {"light": "#1d2830", "dark": "#eef2f5"}
LATTICE = """
.......
..####.
.##....
..####.
....##.
.####..
.......
"""
CELL, GAP, ROUND = 20, 3, 4
BLOCK = (3, 3, 3)  # first row, first column, sites per side


def spins():
    """Return the sites of the logo as (row, column, is up)."""
    rows = LATTICE.split()
    return [(r, c, site == "#") for r, row in enumerate(rows) for c, site in enumerate(row)]


def square(x, y, size, rounding, style):
    """Return a square with rounded corners."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}" rx="{rounding:g}" {style}/>'
    )


def lattice_svg(theme):
    """Return the logo's rectangles, in a square of 7 cells."""
    parts = []
    for row, column, is_up in spins():
        color = (UP if is_up else DOWN)[theme]
        x, y = column * CELL + GAP / 2, row * CELL + GAP / 2
        parts.append(square(x, y, CELL - GAP, ROUND, f'fill="{color}"'))
    row, column, size = BLOCK
    style = f'fill="none" stroke="{FRAME}" stroke-width="4.5"'
    parts.append(square(column * CELL, row * CELL, size * CELL, ROUND + 2, style))
    return "\n".join(parts)


def favicon_svg():
    """Return the letter alone, whose cells are still seen on 16 pixels."""
    side = 7 * CELL
    cell = side / 5
    parts = [square(0, 0, side, 12, 'fill="white"')]
    for row, column, is_up in spins():
        if is_up:
            x, y = (column - 1) * cell + 1, (row - 1) * cell + 1
            parts.append(square(x, y, cell - 2, ROUND, f'fill="{UP["light"]}"'))
    return "\n".join(parts)


def name_svg(theme, x, baseline, size):
    """Return the name as outlines, so that it looks the same without its font."""
    path = TextPath((0, 0), "skising", size=size, prop=FontProperties(family="DejaVu Sans"))
    commands, letters = [], {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    for vertices, code in path.iter_segments(curves=True):
        numbers = " ".join(f"{x + a:.1f} {baseline - b:.1f}" for a, b in vertices.reshape(-1, 2))
        commands.append(letters[code] + ("" if code == 79 else numbers))
    width = path.get_extents().x1
    return f'<path fill="{INK[theme]}" d="{"".join(commands)}"/>', x + width


def write_svg(name, width, height, body):
    """Write a file of `docs/_static`."""
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-label="skising">\n{body}\n</svg>\n'
    )
    (OUT / name).write_text(text, encoding="utf-8")


def draw_social_card():
    """Draw the card of 1200 x 630 pixels: the logo, a sentence, and a lattice near Tc."""
    figure = plt.figure(figsize=(12, 6.3), facecolor="white")
    lattice = make_ising(1, 96, [exact.CRITICAL_TEMPERATURE], random_state=4).data[0]
    picture = figure.add_axes((0.585, 0, 0.415, 1))
    picture.imshow(lattice, cmap=plt.matplotlib.colors.ListedColormap([DOWN["light"], UP["light"]]))
    picture.set(xlim=(-0.5, 75.5), ylim=(95.5, -0.5), aspect="auto")
    for edge in (20, 52):
        frame = plt.Rectangle((edge - 0.5, edge + 3.5), 16, 16, fill=False, ec=FRAME, lw=5)
        picture.add_patch(frame)
    picture.set_axis_off()
    logo = figure.add_axes((0.045, 0.55, 0.19, 0.36))
    for row, column, is_up in spins():
        box = (column + 0.1, 6.1 - row), 0.8, 0.8
        color = (UP if is_up else DOWN)["light"]
        logo.add_patch(FancyBboxPatch(*box, "round,pad=0,rounding_size=0.2", fc=color, ec="none"))
    row, column, size = BLOCK
    box = (column, 7 - row - size), size, size
    style = {"fc": "none", "ec": FRAME, "lw": 5}
    logo.add_patch(FancyBboxPatch(*box, "round,pad=0,rounding_size=0.3", **style))
    logo.set(xlim=(0, 7), ylim=(0, 7), aspect="equal")
    logo.set_axis_off()
    figure.text(0.255, 0.66, "skising", size=62, color=INK["light"], va="baseline")
    sentence = "Energy, phase and temperature\nof huge spin lattices,\nlearned from small blocks"
    figure.text(0.05, 0.16, sentence, size=27, color=INK["light"], linespacing=1.45)
    figure.savefig(OUT / "social_card.png", dpi=100)
    plt.close(figure)


def main():
    """Write all files."""
    side = 7 * CELL
    for theme in ("light", "dark"):
        write_svg(f"logo_{theme}.svg", side, side, lattice_svg(theme))
        name, right = name_svg(theme, side + 26, 104, 96)
        write_svg(f"logo_name_{theme}.svg", right + 8, side, f"{lattice_svg(theme)}\n{name}")
    write_svg("favicon.svg", side, side, favicon_svg())
    draw_social_card()


if __name__ == "__main__":
    main()
