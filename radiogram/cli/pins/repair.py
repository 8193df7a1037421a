"""Has homes keep what fell short: it is pinned again, or copied from whoever still has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radiogram.cli.pins.studies import Study
    from radiogram.errors import IpfsError
    from radiogram.ipfs.client import Ipfs
    from radiogram.ipfs.homes.home import Home
    from radiogram.ipfs.homes.keeping import Waits
    from radiogram.outgoing.journal import Journal
    from radiogram.outgoing.uploads import Attempt


@dataclass(frozen=True)
class Repairs:
    """Those of one run. `patience`: seconds that homes are waited for, as in the list of homes."""

    homes: Sequence[Home]
    wanted: int
    patience: float
    own: Ipfs
    journal_of: Callable[[Attempt], Journal]
    told: Callable[[Waits], None]

    def repair(self, study: Study, away: dict[str, IpfsError]) -> None:
        """Once as many homes keep the study as are wanted, `seen` says so; otherwise it says what is missing.

        `away` as `look` has it: those are not waited for. The journal's entry is held meanwhile, so that no erasure
        overlooks the copy that is made; what has been erased is left alone, and marked so. Raises StateFolderError.
        """
        with self.journal_of(study.attempt).entry_with(study.attempt.tag) as entry:
            study.is_erased = study.sealed.envelope in entry.erased
            if not study.is_erased:
                self._repair(study, away)

    def _repair(self, study: Study, away: dict[str, IpfsError]) -> None:
        from radiogram.errors import HomesError
        from radiogram.ipfs.homes.home import Origin
        from radiogram.ipfs.homes.keeping import keep, look, places

        near = [place for _, place in places(self.homes) if place.node not in away]
        wanted = min(self.wanted, len(near))
        for file in study.files:
            holders = [seen.place.client for seen in look(self.homes, [file], away) if seen.trouble is None]
            origin = Origin((holders or [self.own])[0])
            try:
                keep(
                    [file],
                    self.homes,
                    wanted,
                    origin,
                    patience=self.patience,
                    told=self.told,
                    away=away,
                    until_quiet=True,
                )
            except HomesError:
                break  # what is missing is looked at below
        study.seen = look(self.homes, study.files, away)
        study.was_repaired = len(study.held_by) >= self.wanted
