"""What every door does with an instance that has come to its end: it is in the outbox for good, or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from radiogram.dicom.instance import Instance, read_instance
from radiogram.errors import CiphertextError, InstanceError, OtherInstanceError, PreviewError, StateFolderError
from radiogram.formats.outbox import Refused
from radiogram.outbox.arrival import Arrival, Whole
from radiogram.outbox.store import Outbox

SUCCESS, NO_ROOM, MISMATCH, UNREADABLE, TAKEN = 0x0000, 0xA700, 0xA900, 0xC000, 0xC001
"""Of C-STORE (PS3.4, table B.2-1) and of the Store Transaction (PS3.18, table I.2-2). TAKEN, which means that another
instance has the UID, is one of those that say `cannot understand`.
"""
_NO_ROOM = "out of resources"


@dataclass(frozen=True)
class Outcome:
    """What became of an instance."""

    status: int
    reason: str = ""
    """Of a refusal; it names no patient."""
    is_new: bool = False
    instance: Instance | None = field(default=None, repr=False)
    """As far as it could be read."""


class Intake:
    """Puts into an outbox what `source` sends."""

    def __init__(self, outbox: Outbox, source: str, note: Callable[[str], None]) -> None:
        """`note` is told what is refused, in lines that name no patient."""
        self._outbox, self._source, self._note = outbox, source, note

    def take(self, arrival: Arrival, check: Callable[[Whole, Instance], None]) -> Outcome:
        """What was written to `arrival`, of which nothing is left but what is in the outbox.

        `check` raises InstanceError for what the source did not say that it would send, PreviewError for what is none.
        """
        instance = None
        try:
            whole = arrival.finish()
            instance = read_instance(whole.head)
            check(whole, instance)
            return Outcome(SUCCESS, is_new=self._outbox.keep(whole, instance), instance=instance)
        except (OSError, CiphertextError, StateFolderError) as error:
            why = getattr(error, "strerror", None) or getattr(error, "message", "") or "it can't be written"
            self._note(f"No room for an instance from {self._source}: {why}")
            return Outcome(NO_ROOM, _NO_ROOM, instance=instance)
        except (PreviewError, InstanceError) as error:
            self._note(f"Refused an instance from {self._source}: {error.message}")
            uid, studies = (instance.uid, (instance.study,)) if instance else ("", ())
            self._outbox.refuse(Refused(now(), self._source, error.message, uid, studies))
            kinds = {OtherInstanceError: TAKEN, PreviewError: UNREADABLE}
            return Outcome(kinds.get(type(error), MISMATCH), error.message, instance=instance)
        finally:
            arrival.discard()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
