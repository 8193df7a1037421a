"""Finds the outbox of an account, makes it, and opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.outbox.store import Outbox, Waiting

SHOWN = 8  # hex digits of a study's name


def made(session: Session) -> Outbox:
    """The outbox of --account. The account signs, once, for the key to a new one; for one that is there it need not."""
    from radiogram.formats.ciphertext import age_recipient
    from radiogram.formats.public_key import parse_address
    from radiogram.outbox.store import Outbox

    account = session.accounts.own(SENDER_INDEX)
    address = parse_address(account.address)
    folder = session.network.home / "outbox" / address
    if (folder / "outbox.json").exists():
        return Outbox(folder)
    secret = _secret(session, account)
    if _secret(session, account) != secret:
        fail("this account signs the same text differently each time: keep the outbox of another")
    session.terminal.note(f"Made an outbox of {address}: it encrypts what arrives, and that account opens it")
    return Outbox.make(folder, address, age_recipient(secret))


def opened(session: Session) -> tuple[Outbox, bytes]:
    """The outbox of --account, and its secret, for which the account signs. Raises OutboxError."""
    from radiogram.formats.outbox import check_secret
    from radiogram.formats.public_key import parse_address
    from radiogram.outbox.store import Outbox

    account = session.accounts.own(SENDER_INDEX)
    folder = session.network.home / "outbox" / parse_address(account.address)
    if not (folder / "outbox.json").exists():
        fail("this account has no outbox: `receive` makes one, and puts into it what scanners send")
    outbox = Outbox(folder)
    secret = _secret(session, account)
    check_secret(outbox.key, secret)
    return outbox, secret


def called(outbox: Outbox, name: str) -> Waiting:
    """The study of that ID; stops if there is none, or several."""
    found = [each for each in outbox.studies() if each.name.startswith(name.strip().lower())] if name.strip() else []
    if len(found) != 1:
        fail(f"the outbox has {'several studies' if found else 'no study'} of the ID {name!r}: see `outbox`")
    return found[0]


def _secret(session: Session, account: AccountAPI) -> bytes:
    from radiogram.formats.account_key import secret_of
    from radiogram.formats.outbox import KEY_INFO, KEY_TEXT

    return secret_of(session.accounts.signer(session.accounts.unlocked(account))(KEY_TEXT), KEY_INFO)
