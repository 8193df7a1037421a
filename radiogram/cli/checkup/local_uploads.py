"""What lies on the local IPFS node and no message of the journal needs: told of, and deleted where that is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.cli import hints
from radiogram.cli.checkup.finding import Finding, ok, repaired, some, warning
from radiogram.cli.checkup.sent import text_of
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted, size

if TYPE_CHECKING:
    from radiogram.ipfs.client import Ipfs
    from radiogram.ipfs.pins import Pins
    from radiogram.outgoing.uploads import History

UNPINNED = "unpinned"
"""For --discard: all blocks that no pin needs."""
SMALL_BLOCK = 512  # bytes: Kubo keeps some of its own below that, unpinned
LOOKED_AT = 10_000  # unpinned blocks whose sizes are added up


class LocalUploads:
    """All that the local node has, for whatever purpose. Other nodes are shared: theirs is not looked through."""

    def __init__(self, history: History, pins: Pins, ipfs: Ipfs) -> None:
        self._history, self._pins, self._ipfs = history, pins, ipfs

    def discard(self, what: str) -> Finding:
        """Delete an upload that the journal does not need; or, for `unpinned`, all that is not pinned."""
        from radiogram.ipfs.cid import cid_bytes

        if what == UNPINNED:
            pinned = set(self._pins.pinned())
            if loose := [cid for cid in self._history.needed - pinned if self._pins.size(cid)]:
                fail(f"a message leads to {text_of(loose[0])}, which is not pinned: --repair first")
            self._pins.collect()
            return repaired("deleted what no pin needs")
        cid = cid_bytes(what)
        if cid in self._history.needed:
            fail(f"{what} is what a message leads to: it stays")
        self._pins.remove(cid)
        return repaired(f"deleted {what}")

    def orphans(self, *, repair: bool) -> Finding:
        """Uploads that the journal does not name; with `repair`, those that it says are needless are deleted."""
        pinned = self._pins.pinned()
        needless = self._history.needless & set(pinned)
        if repair and needless:
            for cid in needless:
                self._pins.remove(cid)
            texts = sorted(map(text_of, needless))
            return repaired(f"deleted what no message leads to: {some(texts)}", items=texts)
        if needless:
            texts = sorted(map(text_of, needless))
            return warning(
                f"uploaded for messages that were given up, or are to be erased: {some(texts)}",
                f"`{hints.command('doctor')} --repair` deletes it",
                items=texts,
            )
        unnamed = [cid for cid in pinned if cid not in self._history.needed and not self._is_public_key(cid)]
        if unnamed:
            texts = sorted(map(text_of, unnamed))
            return warning(
                f"no message known here leads to it: {some(texts)}; other software put it there, or a run was killed, "
                "or a page was closed before it had sent",
                f"if nobody needs it: `{hints.command('doctor')} --discard CID`",
                items=texts,
            )
        return ok("the node holds what the journal names, and no other upload")

    def debris(self) -> Finding:
        """Blocks that are not pinned."""
        blocks = self._pins.unpinned()
        sizes = [bytes_ for each in blocks[:LOOKED_AT] if (bytes_ := self._pins.size(each)) > SMALL_BLOCK]
        if not sizes:
            return ok("nothing half uploaded")
        return warning(
            f"{counted(len(sizes), 'block')} ({size(sum(sizes))}) of uploads that were interrupted, or unpinned",
            f"`{hints.command('doctor')} --discard {UNPINNED}` deletes all that is not pinned",
        )

    def _is_public_key(self, cid: bytes) -> bool:
        """Whether it is a hybrid recipient, which `register_key` puts there for senders."""
        from radiogram.errors import IpfsError, KeyFormatError
        from radiogram.formats.hybrid_key import RECIPIENT_CHARACTERS, parse_hybrid_recipient

        try:
            parse_hybrid_recipient(self._ipfs.read(cid, RECIPIENT_CHARACTERS).decode("ascii", "replace"))
        except (IpfsError, KeyFormatError):
            return False
        return True
