"""The two plots of docs/scale.md, as SVG whose bytes are the same in every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

INK, FAINT, CHAIN, BYTES = "#1f2933", "#9aa5b1", "#1d5fa8", "#b5541c"
STYLE = {
    "svg.hashsalt": "radiogram",
    "svg.fonttype": "none",  # text, which viewers set in a font of theirs
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "ytick.left": False,
}


def plot_breaks(path: Path, breaks: Mapping[str, float], of_bytes: Sequence[str], places: Mapping[str, float]) -> None:
    """A line for each limit, which ends at the studies a day that use it up."""
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(9.6, 5.6))
        names = sorted(breaks, key=lambda name: -breaks[name])
        least, most = 10, 10**8
        for row, name in enumerate(names):
            colour = BYTES if name in of_bytes else CHAIN
            axes.plot([least, breaks[name]], [row, row], color=colour, linewidth=2, solid_capstyle="butt")
            axes.plot(breaks[name], row, "o", color=colour, markersize=6)
            label = axes.text(breaks[name] * 1.25, row, f"{rounded(breaks[name]):,}", va="center", fontsize=9)
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
        for name, a_day in places.items():
            axes.axvline(a_day, color=FAINT, linewidth=1, linestyle=(0, (3, 3)), zorder=0)
            axes.text(a_day, len(names) - 0.3, f"{name}\n{rounded(a_day):,}", ha="center", va="bottom", fontsize=9)
        axes.set_xscale("log")
        axes.set_xlim(least, most)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_yticks(range(len(names)), names)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.set_xlabel("studies a day that use it up")
        _legend(axes, {"the chain": CHAIN, "the bytes": BYTES})
        _save(figure, path)


def plot_fees(path: Path, fees: Mapping[str, Sequence[float]], gas_prices: Sequence[float]) -> None:
    """A line for each way of sending, from the lowest to the highest gas price of L1, and a dot at each."""
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(9.6, 5.4))
        names = list(fees)[::-1]
        shades = [
            plt.get_cmap("Blues")(0.35 + 0.6 * number / (len(gas_prices) - 1)) for number in range(len(gas_prices))
        ]
        for row, name in enumerate(names):
            axes.plot(fees[name], [row] * len(gas_prices), color=FAINT, linewidth=1.5, zorder=1)
            axes.scatter(
                fees[name], [row] * len(gas_prices), c=shades, edgecolors=CHAIN, linewidths=0.7, s=46, zorder=2
            )
        axes.set_xscale("log")
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(-0.6, len(names) - 0.4)
        ticks = {0.001: "0.1 ¢", 0.01: "1 ¢", 0.1: "10 ¢", 1: "$1", 10: "$10", 100: "$100"}
        axes.set_xticks(list(ticks), list(ticks.values()))
        axes.set_xticks([], minor=True)
        axes.grid(axis="x", color=FAINT, linewidth=0.5, alpha=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel("fee a study")
        for shade, price in zip(shades, gas_prices, strict=True):
            axes.scatter([], [], color=[shade], edgecolors=CHAIN, linewidths=0.7, s=46, label=f"{price:g} gwei")
        axes.legend(
            title="gas price of L1", frameon=False, ncols=len(gas_prices), loc="lower left", bbox_to_anchor=(0, 1)
        )
        _save(figure, path)


def rounded(number: float) -> int:
    """To two digits."""
    digits = len(str(int(number))) - 2
    return int(round(number, -digits) if digits > 0 else round(number))


def _legend(axes: Axes, colours: Mapping[str, str]) -> None:
    for label, colour in colours.items():
        axes.plot([], [], "o-", color=colour, linewidth=2, label=label)
    axes.legend(title="limit of", frameon=False, loc="upper right")


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, format="svg", bbox_inches="tight", facecolor="white", metadata={"Date": None})
    plt.close(figure)
