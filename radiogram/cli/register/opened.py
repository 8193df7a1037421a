"""Opens the register of an account, and changes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.contacts.store import RegisterFile
    from radiogram.formats.register import Contact


def register_file(session: Session, account: AccountAPI) -> RegisterFile:
    """The register of `account`, in the state folder."""
    from radiogram.contacts.store import RegisterFile
    from radiogram.formats.public_key import parse_address

    return RegisterFile(session.network.home / "contacts", parse_address(account.address))


def contacts_of(session: Session, account: AccountAPI) -> tuple[Contact, ...]:
    """The contacts of `account`, which signs for it if there are any. Raises RegisterError."""
    file = register_file(session, account)
    return file.read(session.accounts.signer(session.accounts.unlocked(account))) if file.exists() else ()


@contextmanager
def changed(session: Session, account: AccountAPI) -> Iterator[list[Contact]]:
    """The contacts of `account`, to be changed in place. Raises RegisterError, StateFolderError."""
    sign = session.accounts.signer(session.accounts.unlocked(account))
    with register_file(session, account).changed(sign) as contacts:
        yield contacts


def labelled(contacts: Sequence[Contact], label: str) -> Contact | None:
    """The contact that is called so."""
    return next((each for each in contacts if each.label.casefold() == label.strip().casefold()), None)


def called(contacts: Sequence[Contact], label: str) -> Contact:
    """The same; stops if there is none."""
    return labelled(contacts, label) or fail("the register has nobody of that label: see `contacts list`")


def add(session: Session, account: AccountAPI, contact: Contact, *, replace: bool = False) -> None:
    """Put `contact` into the register of `account`, in the place of one of the same label if `replace`."""
    with changed(session, account) as contacts:
        old = labelled(contacts, contact.label)
        if old and not replace:
            fail("the register has that label already: choose another one, or add --replace")
        contacts[:] = [each for each in contacts if each is not old] + [contact]


def merged(contacts: list[Contact], found: Sequence[Contact]) -> int:
    """Put those of `found` into `contacts` that are not there; how many. Stops if a label is somebody else's."""
    new = [each for each in found if each not in contacts]
    if taken := sum(labelled(contacts, each.label) is not None for each in new):
        fail(f"{taken} of the file's labels are somebody else's here: nothing was added; `contacts forget` them first")
    contacts += new
    return len(new)
