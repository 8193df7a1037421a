"""Draws docs/speed.svg:  plot.py FILE.svg < figures (JSON).

{"sizes": […], "panels": [{"title": …, "bars": {label: [seconds of each size]}}, and three more]}
"""

import json
import sys

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "radiogram", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}

from matplotlib import pyplot as plt  # noqa: E402 - after its settings

COLOURS = ["#0b5c8a", "#c56a00", "#7a7a7a", "#3f8f4f"]


def main() -> None:
    figures = json.load(sys.stdin)
    sizes, panels = figures["sizes"], figures["panels"]
    figure, axes = plt.subplots(2, 2, figsize=(10, 6.4), sharey="row", layout="constrained")
    for axis, panel in zip(axes.flat, panels, strict=True):
        width = 0.8 / len(panel["bars"])
        for number, (label, seconds) in enumerate(panel["bars"].items()):
            places = [place + (number - (len(panel["bars"]) - 1) / 2) * width for place in range(len(sizes))]
            axis.bar(places, seconds, width, label=label, color=COLOURS[number])
        axis.set(title=panel["title"], xticks=range(len(sizes)), xticklabels=sizes, ylabel="seconds")
        axis.set_xlim(left=-1.1)  # room for the legend
        axis.legend(frameon=False, loc="upper left")
        axis.grid(axis="y", alpha=0.3)
        axis.set_axisbelow(True)
    figure.savefig(sys.argv[1], metadata={"Date": None})


if __name__ == "__main__":
    main()
