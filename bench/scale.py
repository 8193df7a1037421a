"""What Radiogram costs and loads for a clinic, a city and a country, and what breaks first.

    python bench/scale.py [--write | --check] [--study-mb 50] [--ether-price 3000] …

Prints the report. `--write` writes docs/scale.md and its plots, `--check` says whether they are what it would write.
Every assumed figure is an option (`--help`); measured ones come from docs/gas.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

from scale_inputs import ROOT, SOURCES, Assumed, read
from scale_page import draw, render

PAGE, PLOTS = ROOT / "docs" / "scale.md", ROOT / "docs" / "scale"
COMMAND = "python bench/scale.py --write"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/scale.md and its plots")
    parser.add_argument("--check", action="store_true", help="exit with 1 if they are not what would be written")
    for field in fields(Assumed):
        help_ = f"{SOURCES[field.name][0]} [{field.default:,}]".replace("%", "%%")
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=float, default=field.default, help=help_)
    options = vars(parser.parse_args())
    assumed = Assumed(**{field.name: options[field.name] for field in fields(Assumed)})
    changed = assumed != Assumed()
    if options["write"] and changed:
        parser.error("docs/scale.md has the usual figures: leave out --write to see others")
    measured = read()
    page = render(measured, assumed)
    if options["write"]:
        PAGE.write_text(page)
        draw(PLOTS, measured, assumed)
    elif options["check"]:
        return check(page, measured, assumed)
    else:
        print(page)
    return 0


def check(page: str, measured: object, assumed: Assumed) -> int:
    with tempfile.TemporaryDirectory() as folder:
        drawn = draw(Path(folder), measured, assumed)
        stale = [] if PAGE.read_text() == page else [PAGE]
        stale += [PLOTS / path.name for path in drawn if (PLOTS / path.name).read_bytes() != path.read_bytes()]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not what the simulation gives: {COMMAND}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
