"""Receipts of arrivals: signed by a recipient, and looked at by a sender."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.clinics.opened import owner_of_lists
from radiogram.cli.keyring import Keyring
from radiogram.cli.mailboxes import Mailboxes, mailbox_key, named
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.register.opened import contacts_of
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox, Message
    from radiogram.formats.receipt import SignedReceipt
    from radiogram.formats.register import Contact


def write_arrival(session: Session, name: str, file: Path, key_file: Path | None) -> None:
    """A receipt of the message of that name, signed, in a new file."""
    from radiogram.formats.receipt import arrival, signing_text, to_bytes
    from radiogram.formats.unix_time import iso
    from radiogram.output import files

    files.check_place(file)
    keyring, inbox = Keyring(session, key_file, None), session.network.inbox()
    account, sign = owner_of_lists(session, keyring.in_file)
    if name.startswith("m"):
        message = named(Mailboxes(session, keyring, inbox, keyring.clinics()).read(), name).message
    else:
        message = inbox.message(keyring.recipient, int(name))
    place = message.recipient, message.index, message.cursor
    receipt = arrival(inbox.chain_id, inbox.address, account, place, iso(int(time.time())))
    if not (signature := sign(signing_text(receipt))):
        fail(f"account {account} can't sign a text: use --key-file, or another account")
    files.write_new(file, to_bytes(receipt, signature), 0o600)
    session.terminal.result(
        {"receipt": str(file)} | {each: receipt[each] for each in ("account", "recipient", "index")}
    )
    session.terminal.say(
        f"Signed by {account}: message {name} has arrived",
        f"Nothing is on the chain: give {file} to the sender",
    )


def named_message(receipt: SignedReceipt, inbox: Inbox) -> Message:
    """The message that a receipt is of. Stops if the chain has another one, or none, there."""
    from radiogram.errors import OtherChainError

    if (receipt.chain_id, receipt.inbox) != (inbox.chain_id, inbox.address):
        raise OtherChainError(f"the receipt is of a message on chain {receipt.chain_id}, in contract {receipt.inbox}")
    message = inbox.message(receipt.recipient, receipt.index)
    if message.cursor != receipt.cursor:
        fail(f"message {receipt.index} of {receipt.recipient} is another one than the receipt is of")
    return message


def contact_of(session: Session, receipt: SignedReceipt, message: Message, inbox: Inbox) -> tuple[Contact | None, bool]:
    """Who signed, by the register of whoever looks at it; and whether the message went to them.

    In a mailbox that is for its sender alone to tell, with its account's mailbox key.
    """
    from radiogram.formats.public_key import parse_address
    from radiogram.mailboxes import is_of_pair

    account = session.accounts.own(SENDER_INDEX)
    found = [each for each in contacts_of(session, account) if each.address == receipt.account]
    if message.recipient == receipt.account:
        return (found[0] if found else None), True
    if not found or message.sender != parse_address(account.address):
        return (found[0] if found else None), False
    own = mailbox_key(session, session.accounts.unlocked(account))
    theirs = (each for each in found if is_of_pair(own, each.public_key, message, inbox))
    return found[0], next(theirs, None) is not None
