"""List the messages of an inbox."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radiogram.cli.keyring import Opener, opening
from radiogram.cli.session import RECIPIENT_INDEX, Command, Session, counted, fail

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.inbox_listing import Row

LAST_SEEN_FILE = "inbox-looks.json"
FETCH_SECONDS = 15.0  # without a byte, for the beginning of a study


@click.command("inbox", cls=Command)
@click.option(
    "--open",
    "opened",
    is_flag=True,
    help="Open each message, and show what it holds: patient, study, images, size. Of the images no more than the "
    "beginning is fetched.",
)
@click.option("--since", metavar="DATE", help="Only messages sent since then: 2026-11-01 (UTC), or 7d for seven days.")
@click.option("--from", "sender", metavar="SENDER", help="Only messages of this sender: an address, or an Ape alias.")
@opening
def cli(
    session: Session, opened: bool, since: str | None, sender: str | None, key_file: Path | None, of: str | None
) -> None:
    """List an inbox, newest first: index, sender, time, status. Needs no key: all this is public.

    With --open your key opens the messages too. What came since you last looked so is called new. Nothing that the
    list then says has been checked as retrieve_image checks it; what a sender calls itself is its own claim.
    """
    from radiogram.formats.public_key import parse_address

    if key_file and not opened:
        fail("--key-file belongs to --open: add that, or leave this out")
    start = since_moment(since)
    inbox = session.inbox()
    opener = Opener(session, key_file, of) if opened else None
    recipient = opener.recipient if opener else parse_address(of or session.account(RECIPIENT_INDEX).address)
    wanted = sender_address(session, sender)
    messages = chosen(inbox, recipient, start, wanted)
    if not messages:
        session.result({"recipient": recipient, "count": 0, "messages": []})
        narrowed = start is not None or wanted is not None
        session.say(
            f"The inbox of {recipient} has no such message: leave out --since and --from to see all."
            if narrowed
            else f"The inbox of {recipient} is empty. Give the sender this address, and your public key."
        )
    elif opener:
        list_opened(session, inbox, opener, messages, is_whole=start is None and wanted is None)
    else:
        list_public(session, recipient, messages)


def list_public(session: Session, recipient: ChecksumAddress, messages: list[Message]) -> None:
    """What anyone may see."""
    shown = [public_fields(message) for message in messages]
    session.result({"recipient": recipient, "count": len(messages), "messages": shown})
    session.say(f"Inbox of {recipient}, {counted(len(messages), 'message')}, newest first")
    session.say(f"{'Index':>5}  {'From':<42}  {'Sent (UTC)':<19}  {'Key':>3}  Status")
    for message in messages:
        sent_at = f"{message.sent_at:%Y-%m-%d %H:%M:%S}"
        session.say(f"{message.index:>5}  {message.sender}  {sent_at}  {message.key_version:>3}  {message.status}")


def list_opened(session: Session, inbox: Inbox, opener: Opener, messages: list[Message], is_whole: bool) -> None:
    """What the recipient's keys show."""
    from radiogram.cli import table
    from radiogram.formats.public_key import fingerprint
    from radiogram.inbox_listing import LastSeen, open_rows

    recipient = opener.recipient
    ipfs = session.ipfs("recipient", timeout=FETCH_SECONDS)
    with session.counter("Opening", len(messages)) as done:
        rows = open_rows(messages, lambda message: opener.open(message, inbox), ipfs, done)
    last_seen, count = (
        LastSeen(session.home / LAST_SEEN_FILE, inbox.chain_id, inbox.address, recipient),
        inbox.count(recipient),
    )
    new = [last_seen.is_new(message, count) for message in messages]
    shown = [
        public_fields(row.message) | {"new": is_new} | opened_fields(row) for row, is_new in zip(rows, new, strict=True)
    ]
    session.result({"recipient": recipient, "count": len(messages), "messages": shown})
    if session.as_json:
        return
    session.say(f"Inbox of {recipient}, {counted(len(messages), 'message')}, {sum(new)} new, newest first")
    if key := opener.public_key(inbox):
        session.say(f"Words of your public key, for a sender to compare: {' '.join(fingerprint(key))}")
    aliases = session.aliases()
    table.show([table.line(row, is_new, aliases) for row, is_new in zip(rows, new, strict=True)])
    if is_whole:
        last_seen.note(count)


def public_fields(message: Message) -> dict[str, Any]:
    """What --json says of every message."""
    return {
        "index": message.index,
        "sender": message.sender,
        "sent_at": message.sent_at.isoformat(),
        "key_version": message.key_version,
        "status": message.status,
    }


def opened_fields(row: Row) -> dict[str, Any]:
    """What --open adds; null where it is not known."""
    from radiogram.ipfs.cid import cid_text

    contents, preview = row.contents, row.preview
    manifest = preview.manifest if preview else None
    return {
        "problem": row.problem or None,
        "cid": cid_text(contents.cid) if contents else None,
        "ciphertext_bytes": contents.ciphertext_bytes if contents else None,
        "plaintext_bytes": manifest.plaintext_bytes if manifest else None,
        "files": len(manifest.files) if manifest else None,
        "created": manifest.created if manifest else None,
        "sender_label": (manifest.sender_label or None) if manifest else None,
        "manifest_signed_by": preview.signed_by if preview else None,
        "studies": [study.to_json() for study in manifest.studies] if manifest else None,
    }


def chosen(
    inbox: Inbox, recipient: ChecksumAddress, start: datetime | None, sender: ChecksumAddress | None
) -> list[Message]:
    """The messages asked for, newest first; older pages are not read."""
    messages = []
    for message in inbox.messages(recipient):
        if start and message.sent_at < start:
            break
        if sender in (None, message.sender):
            messages.append(message)
    return messages


def since_moment(text: str | None) -> datetime | None:
    from radiogram.inbox_listing import parse_since

    if text is None:
        return None
    try:
        return parse_since(text, datetime.now(UTC))
    except (ValueError, OverflowError):
        fail(f"--since {text!r} is not a date: write it as 2026-11-01, or as 7d for the last seven days")


def sender_address(session: Session, text: str | None) -> ChecksumAddress | None:
    from radiogram.formats.public_key import parse_address

    if text is None:
        return None
    return parse_address(text if text.startswith("0x") else session.named_account(text).address)
