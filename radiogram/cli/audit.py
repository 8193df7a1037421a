"""What commands put into the audit log of what they sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.cli import hints
from radiogram.cli.session import Session
from radiogram.errors import RadiogramError

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.outgoing.audit_log import Audited
    from radiogram.transfer import Sent


def note(session: Session, inbox: Inbox, sent: Sent, files: int) -> None:
    """That one study was sent. What was sent is sent, though the log can't be written: that is said."""
    try:
        session.audit_log().add([audited(inbox, sent, files)])
    except RadiogramError as error:
        session.terminal.note(f"The audit log does not have it: {hints.line(error)}")


def audited(inbox: Inbox, sent: Sent, files: int, line: int | None = None) -> Audited:
    """Of a study that was sent, `line` of a day's list."""
    from radiogram.ipfs.cid import cid_text
    from radiogram.outgoing.audit_log import SENT, SENT_BEFORE, Audited

    return Audited(
        outcome=SENT_BEFORE if sent.was_sent else SENT,
        chain_id=inbox.chain_id,
        contract=inbox.address,
        sender=sent.sender,
        line=line,
        inbox=sent.mailbox or sent.recipient.address,
        index=sent.index,
        cid=cid_text(sent.cid),
        packet_cid=cid_text(sent.packet_cid) if sent.packet_cid else None,
        ciphertext_bytes=sent.ciphertext_bytes,
        files=files,
        tx_hash=sent.receipt.tx_hash if sent.receipt else None,
    )
