"""Has homes keep what fell short: it is pinned again, or copied from whoever still has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radiogram.cli.pins.studies import Study
    from radiogram.ipfs.client import Ipfs
    from radiogram.ipfs.homes.home import Home
    from radiogram.ipfs.homes.home_list import HomeList
    from radiogram.ipfs.homes.keeping import Waits


def repair(
    study: Study,
    listed: HomeList,
    homes: Sequence[Home],
    wanted: int,
    own: Ipfs,
    told: Callable[[Waits], None],
) -> None:
    """Once as many homes keep the study as are wanted, `seen` says so; otherwise it says what is missing."""
    from radiogram.errors import HomesError
    from radiogram.ipfs.homes.home import Origin
    from radiogram.ipfs.homes.keeping import keep, look

    for file in study.files:
        holders = [seen.place.client for seen in look(homes, [file]) if seen.trouble is None]
        try:
            keep([file], homes, wanted, Origin((holders or [own])[0]), patience=listed.patience, told=told)
        except HomesError:
            break  # what is missing is looked at below
    study.seen = look(homes, study.files)
    study.was_repaired = len(study.held_by) >= wanted
