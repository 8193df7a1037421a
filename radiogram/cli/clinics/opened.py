"""Opens the list of clinics of whoever opens messages: of an account, or of the keys in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.cli import hints
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eth_typing import ChecksumAddress

    from radiogram.contacts.sealed_list import Sign
    from radiogram.contacts.store import ClinicsFile, SenderLogsFile
    from radiogram.formats.clinics import Clinic
    from radiogram.formats.keys import Keys


def list_of(session: Session, keys: Keys | None) -> tuple[ClinicsFile, Sign]:
    """The list of `keys` or, without any, of the account; and what signs for it."""
    from radiogram.contacts.store import ClinicsFile

    owner, sign = owner_of_lists(session, keys)
    return ClinicsFile(session.network.home / "clinics", owner), sign


def logs_of(session: Session, keys: Keys | None) -> tuple[SenderLogsFile, Sign]:
    """What is kept of the messages of the clinics in that list."""
    from radiogram.contacts.store import SenderLogsFile

    owner, sign = owner_of_lists(session, keys)
    return SenderLogsFile(session.network.home / "mailboxes", owner), sign


def owner_of_lists(session: Session, keys: Keys | None) -> tuple[ChecksumAddress, Sign]:
    """The account of `keys` or, without any, that of --account; and what signs for it."""
    from eth_account import Account
    from eth_account.messages import encode_defunct

    from radiogram.formats.public_key import parse_address

    if keys:
        held = Account.from_key(keys.private_key)
        return keys.public().address, lambda text: bytes(held.sign_message(encode_defunct(text=text)).signature)
    account, accounts = session.accounts.own(RECIPIENT_INDEX), session.accounts
    return parse_address(account.address), lambda text: accounts.signer(accounts.unlocked(account))(text)


def known_clinics(session: Session, keys: Keys | None) -> tuple[Clinic, ...]:
    """The list, for names beside messages: one that can't be read keeps nobody from these, and is said."""
    from radiogram.errors import RegisterError

    file, sign = list_of(session, keys)
    try:
        return file.read(sign)
    except RegisterError as error:
        session.terminal.note(f"Your checked clinics are not known: {hints.line(error)}")
        return ()


def clinics_unasked(session: Session) -> tuple[Clinic, ...]:
    """The account's list where it can be read without asking for anything; otherwise nothing."""
    accounts = session.accounts
    if accounts.chosen is None and not session.network.is_local:
        return ()
    return known_clinics(session, None) if accounts.signs_unasked(accounts.own(RECIPIENT_INDEX)) else ()


def called(clinics: Sequence[Clinic], label: str) -> Clinic:
    """The clinic of that label; stops if there is none."""
    wanted = label.strip().casefold()
    found = (each for each in clinics if each.card.label.casefold() == wanted)
    return next(found, None) or fail("the list has no clinic of that label: see `clinics list`")


def add(clinics: list[Clinic], clinic: Clinic) -> None:
    """Put it in, in the place of what was known of the same account. Stops if another has its label."""
    rest = [each for each in clinics if each.card.address != clinic.card.address]
    if any(each.card.label.casefold() == clinic.card.label.casefold() for each in rest):
        fail("another clinic in your list is called so: `clinics forget` it first, if this one is right")
    clinics[:] = [*rest, clinic]
