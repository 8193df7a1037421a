"""Everything that the journal says was sent: whether the chain has its message, and the IPFS node its ciphertext."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from radiogram.cli import hints
from radiogram.cli.checkup.finding import Finding, ok, problem, repaired, some, warning
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox
    from radiogram.ipfs.pins import Pins
    from radiogram.outgoing.uploads import Attempt, History

NOT_ALLOWED = warning(
    "not looked at: the node does not let these credentials ask what it keeps", "ask its owner, or use theirs"
)


def journal(history: History) -> Finding:
    if history.unreadable:
        names = [str(path) for path in history.unreadable]
        return problem(f"can't be read: {some(names)}", "see the permissions above", items=names)
    whole = f"{counted(len(history.attempts), 'send')} recorded"
    if unfinished := sum(each.is_unfinished for each in history.attempts):
        return warning(
            f"{whole}, {unfinished:,} of them not finished", f"`{hints.command('outgoing')}` lists and finishes them"
        )
    if history.cut_lines:  # what they would have said had not happened yet: that is what they are written for
        return ok(f"{whole}; {counted(history.cut_lines, 'line')} cut short when the computer stopped, to no harm")
    return ok(whole)


def messages(history: History, inbox: Inbox) -> Finding:
    """Whether each is in its inbox, as it was sent."""
    here = [each for each in history.attempts if _is_of(each, inbox)]
    arrived = [each for each in here if each.arrived]
    elsewhere = len(history.attempts) - len(here)
    note = f" ({elsewhere:,} on other chains, not looked at)" if elsewhere else ""
    wanted: dict[ChecksumAddress, dict[int, bytes]] = {}
    for each in arrived:
        if each.arrived and each.sealed:
            wanted.setdefault(each.begun.recipient, {})[each.arrived.index] = each.sealed.envelope
    missing = [
        f"message {index} to {recipient}"
        for recipient, envelopes in wanted.items()
        for index in _missing(recipient, envelopes, inbox)
    ]
    if missing:
        return problem(
            f"no longer on the chain, which was reorganised or reset: {some(missing)}{note}",
            "run the command that sent it again: it goes on with the same envelope",
            items=missing,
        )
    if not arrived:
        return ok(f"nothing was sent from this state folder{note}")
    return ok(f"{counted(len(arrived), 'message')} sent, each in its inbox{note}")


def _missing(recipient: ChecksumAddress, envelopes: dict[int, bytes], inbox: Inbox) -> list[int]:
    left = dict(envelopes)
    for message in inbox.messages(recipient):
        if left.get(message.index) == message.envelope:
            del left[message.index]
        if not left or message.index <= min(left):
            break
    return sorted(left)


class Uploads:
    """What messages of one chain need of one node."""

    def __init__(self, history: History, inbox: Inbox, pins: Pins) -> None:
        self._history, self._inbox, self._pins = history, inbox, pins

    @cached_property
    def needed(self) -> dict[bytes, Attempt]:
        """What leads to each CID that a message of this chain needs, or will need."""
        needed = [each for each in self._history.attempts if not each.is_needless and _is_of(each, self._inbox)]
        return {cid: each for each in needed for cid in each.cids}

    @cached_property
    def _may_look(self) -> bool:
        """Whether the node answers such questions: a token may be for adding alone, a service may not know them."""
        from radiogram.errors import IpfsIncomplete, IpfsNotFound, IpfsRefused

        try:
            for cid in list(self.needed)[:1]:
                self._pins.is_pinned(cid)
                self._pins.blocks(cid)
        except (IpfsNotFound, IpfsRefused):
            return False
        except IpfsIncomplete:
            pass
        return True

    @cached_property
    def broken(self) -> list[bytes]:
        """Those that the node has not, or not whole."""
        from radiogram.errors import IpfsIncomplete

        found = []
        for cid in self.needed:
            try:
                self._pins.blocks(cid)
            except IpfsIncomplete:
                found.append(cid)
        return found

    @cached_property
    def lost(self) -> list[bytes]:
        """Those of them that were not sent again since."""
        return [cid for cid in self.broken if not self.needed[cid].is_repeated]

    @cached_property
    def unpinned(self) -> list[bytes]:
        return [cid for cid in self.needed if cid not in self.broken and not self._pins.is_pinned(cid)]

    def contents(self) -> Finding:
        """Whether all blocks are there."""
        if not self.needed:
            return ok("nothing is kept for messages of this chain")
        if not self._may_look:
            return NOT_ALLOWED
        if self.lost:
            lost = [f"{text_of(cid)} (for {self.needed[cid].begun.recipient})" for cid in self.lost]
            return problem(
                f"not whole on this node: {some(lost)}",
                "send the same images again, with --again, unless another node has it",
                items=lost,
            )
        whole = f"{counted(len(self.needed) - len(self.broken), 'upload')} on the node, each whole"
        return ok(f"{whole}; {counted(len(self.broken), 'other')} gone, and sent again since" if self.broken else whole)

    def pinned(self, *, repair: bool) -> Finding:
        """Whether the node has promised to keep them."""
        if self.needed and not self._may_look:
            return NOT_ALLOWED
        texts = [text_of(cid) for cid in self.unpinned]
        if not texts:
            return ok(f"{counted(len(self.needed) - len(self.broken), 'upload')} pinned")
        if repair:
            for cid in self.unpinned:
                self._pins.pin(cid)
            del self.unpinned
            return repaired(f"pinned again: {some(texts)}", items=texts)
        return problem(
            f"not pinned, so that the node may delete it: {some(texts)}",
            f"`{hints.command('doctor')} --repair` pins it again",
            items=texts,
        )


def _is_of(attempt: Attempt, inbox: Inbox) -> bool:
    return (attempt.begun.chain, attempt.begun.inbox) == (inbox.chain, inbox.address)


def text_of(cid: bytes) -> str:
    """A CID as it is written."""
    from radiogram.ipfs.cid import cid_text

    return cid_text(cid)
