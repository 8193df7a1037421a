"""What `inbox` tells of the messages of an inbox: what anyone may see, or what the recipient's keys show too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from radiogram.cli import inbox_table
from radiogram.cli.clinics.opened import clinics_unasked
from radiogram.cli.known_senders import STRANGER, KnownSenders, SenderNames
from radiogram.cli.mailboxes import Mailboxes, name_of
from radiogram.cli.session import Session
from radiogram.cli.signer import signer_of
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.cli.accounts import Accounts
    from radiogram.cli.keyring import Keyring
    from radiogram.inbox_listing import Row

LAST_SEEN_FILE = "inbox-looks.json"
OPENED_HAS_MORE = "What checked clinics send into mailboxes, `inbox --open` finds."
MORE_IN_MAILBOXES = (
    "A clinic may also send where the chain does not tell whose it is: that is found once you have checked its card "
    "(`clinics add`)"
)
FETCH_SECONDS = 15.0  # of silence or too few bytes, for the beginning of a study


def since_moment(text: str | None) -> datetime | None:
    """The moment that --since names."""
    from radiogram.inbox_listing import parse_since

    if text is None:
        return None
    try:
        return parse_since(text, datetime.now(UTC))
    except (ValueError, OverflowError):
        fail(f"--since {text!r} is not a date: write it as 2026-11-01, or as 7d for the last seven days")


def sender_address(accounts: Accounts, text: str | None) -> ChecksumAddress | None:
    """The account that --from names."""
    from radiogram.formats.public_key import parse_address

    if text is None:
        return None
    return parse_address(text if text.startswith("0x") else accounts.named(text).address)


def tell_public(session: Session, recipient: ChecksumAddress, messages: list[Message]) -> None:
    """What anyone may see; and the names of checked clinics, where their list opens without a question."""
    names = SenderNames(session, clinics_unasked(session))
    fields = [public_fields(message, recipient) | names.fields(message.sender) for message in messages]
    session.terminal.result({"recipient": recipient, "count": len(messages), "messages": fields})
    session.terminal.say(
        f"Inbox of {recipient}, {counted(len(messages), 'message')}, newest first",
        f"{'Index':>5}  {'From':<42}  {'Sent (UTC)':<19}  {'Key':>3}  Status",
    )
    for message in messages:
        sent_at = f"{message.sent_at:%Y-%m-%d %H:%M:%S}"
        sender = names.shown[message.sender] if message.sender in names.checked else message.sender
        session.terminal.say(f"{message.index:>5}  {sender:<42}  {sent_at}  {message.key_version:>3}  {message.status}")


def tell_opened(
    session: Session,
    inbox: Inbox,
    keyring: Keyring,
    select: Callable[[list[Message]], list[Message]],
    *,
    is_whole: bool,
    strangers_too: bool,
    from_state: datetime | None,
) -> None:
    """What the recipient's keys show, of messages of known senders or, with `strangers_too`, of all.

    `select` adds those of the inbox to those in mailboxes. Of a whole inbox it is noted up to which message it was
    seen. `from_state` as Mailboxes.read has it.
    """
    from radiogram.inbox_listing import LastSeen, open_rows

    terminal, recipient = session.terminal, keyring.recipient
    clinics = keyring.clinics()
    mailboxes = Mailboxes(session, keyring, inbox, clinics)
    mail = mailboxes.read(from_state)
    is_new_mail = {each.message: each.is_new and each.message.status == "sent" for each in mail}
    messages = select(list(is_new_mail))
    if not messages:
        tell_empty(session, recipient, is_whole=is_whole, more="" if clinics else MORE_IN_MAILBOXES)
        return
    senders, names = KnownSenders(session, inbox, recipient, clinics), SenderNames(session, clinics)

    def passed_over(message: Message) -> str:
        return STRANGER if not strangers_too and senders.is_of_stranger(message) else ""

    ipfs = session.network.ipfs_to_read(FETCH_SECONDS)
    with terminal.counter("Opening", len(messages)) as done:
        rows = open_rows(
            messages, lambda message: keyring.open_envelope(message, inbox), ipfs, done, passed_over=passed_over
        )
    last_seen = LastSeen(session.network.home / LAST_SEEN_FILE, inbox.chain_id, inbox.address, recipient)
    count = inbox.count(recipient)
    new = [is_new_mail[message] if message in is_new_mail else last_seen.is_new(message, count) for message in messages]
    listed = list(zip(rows, new, strict=True))
    fields = [
        public_fields(row.message, recipient)
        | {"new": is_new}
        | names.fields(row.message.sender)
        | opened_fields(row, names.shown)
        for row, is_new in listed
    ]
    terminal.result({"recipient": recipient, "count": len(messages), "messages": fields})
    if terminal.as_json:
        return
    if not clinics:
        terminal.note(MORE_IN_MAILBOXES)
    terminal.say(f"Inbox of {recipient}, {counted(len(messages), 'message')}, {sum(new)} new, newest first")
    if keys := keyring.public_keys(inbox):
        terminal.say(f"Words of your public key, for a sender to compare: {' '.join(keys.words)}")
    inbox_table.show(
        [
            inbox_table.line(row, name_of(row.message, recipient), is_new, names.shown, names.checked)
            for row, is_new in listed
        ]
    )
    if unopened := sum(row.problem == STRANGER for row in rows):
        terminal.say(f"{counted(unopened, 'message')} of senders who are not known here: --all opens them too")
    if is_whole:
        last_seen.note(count)
        mailboxes.note_seen()


def tell_empty(session: Session, recipient: ChecksumAddress, *, is_whole: bool, more: str) -> None:
    """That there is no message, or none of those asked for; `more`: where else there may be some."""
    session.terminal.result({"recipient": recipient, "count": 0, "messages": []})
    session.terminal.say(
        f"The inbox of {recipient} is empty. Give the sender this address, and your key card."
        if is_whole
        else f"The inbox of {recipient} has no such message: leave out --since and --from to see all.",
        *([more] if more else []),
    )


def public_fields(message: Message, owner: ChecksumAddress) -> dict[str, Any]:
    """What --json says of every message in the inbox of `owner`, or in a mailbox of theirs."""
    return {
        "index": message.index,
        "mailbox": None if message.recipient == owner else message.recipient,
        "name": name_of(message, owner),
        "sender": message.sender,
        "sent_at": message.sent_at.isoformat(),
        "key_version": message.key_version,
        "status": message.status,
    }


def opened_fields(row: Row, aliases: Mapping[str, str]) -> dict[str, Any]:
    """What --open adds; null where it is not known."""
    from radiogram.ipfs.cid import cid_text

    reference, preview = row.opened.reference if row.opened else None, row.preview
    manifest = preview.manifest if preview else None
    return {
        "problem": row.problem or None,
        "quantum_safe": row.opened.is_quantum_safe if row.opened else None,
        "cid": cid_text(reference.cid) if reference else None,
        "ciphertext_bytes": reference.ciphertext_bytes if reference else None,
        "plaintext_bytes": manifest.plaintext_bytes if manifest else None,
        "files": len(manifest.files) if manifest else None,
        "created": manifest.created if manifest else None,
        "sender_label": (manifest.sender_label or None) if manifest else None,
        **signer_of(preview.signed_by if preview else None, row.message, aliases).fields("manifest_"),
        "studies": [study.to_json() for study in manifest.studies] if manifest else None,
    }
