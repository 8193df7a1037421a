"""Holds a recipient and the images against the register, before they go; and offers to keep a new key, after."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import click

from radiogram.cli import hints
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.register.entries import new_contact, this_person
from radiogram.cli.register.opened import add, contacts_of, labelled
from radiogram.cli.session import Session
from radiogram.cli.terminal import Terminal, fail
from radiogram.errors import RadiogramError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ape.api import AccountAPI
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Recipient
    from radiogram.contacts.check import Known, OtherKey, OtherPatient
    from radiogram.dicom.metadata import Overview
    from radiogram.formats.key_card import AddressCard
    from radiogram.formats.keys import PublicKeys
    from radiogram.formats.register import Contact

WORDS_ASKED = 2


def find_recipient(session: Session, text: str, contacts: Sequence[Contact], inbox: Inbox) -> Recipient:
    """Whom `text` names: by a label of the register, or else as radiogram.chain.recipients has it."""
    return inbox.recipient(*find_account(session, text, contacts))


def find_account(
    session: Session, text: str, contacts: Sequence[Contact]
) -> tuple[ChecksumAddress, PublicKeys | AddressCard | None]:
    """The account of whom `text` names, and what is said of its keys."""
    from radiogram.chain import recipients
    from radiogram.errors import NoRecipientError

    if contact := labelled(contacts, text):
        return contact.address, contact.said
    try:
        return recipients.find_account(text, session.network.resolve_name)
    except NoRecipientError as error:
        raise NoRecipientError(f"{error.message}, and no label of your register", "see `contacts list`") from None


def find_inbox(session: Session, text: str) -> ChecksumAddress:
    """Whose inbox `text` names. The register is opened for what may be a label of it, if it is said whose it is."""
    from radiogram.chain import recipients

    if recipients.is_key_or_address(text) or not (session.accounts.chosen or session.network.is_local):
        return recipients.find_account(text, session.network.resolve_name)[0]
    return find_account(session, text, contacts_of(session, session.accounts.own(SENDER_INDEX)))[0]


def has_our_card(contacts: Sequence[Contact], recipient: Recipient) -> bool:
    """Whether the register says that the owner of these keys does."""
    return any(
        each.has_our_card and (each.address, each.words) == (recipient.address, recipient.words) for each in contacts
    )


def hold_against(
    terminal: Terminal, contacts: Sequence[Contact], recipient: Recipient, overview: Overview | None
) -> Contact | None:
    """The recipient's contact; None if the register does not have this key, whose words were then asked for.

    Stops where the register has it as another patient's, or has another key for this patient. What differs is shown
    where somebody looks at it, and is not in the refusal.
    """
    from radiogram.contacts.check import Known, OtherKey, OtherPatient, check

    match check(contacts, recipient.address, recipient.words, overview.patients if overview else ()):
        case OtherPatient() as found:
            _refuse_patient(terminal, found)
        case OtherKey() as found:
            _refuse_key(terminal, found, recipient)
        case Known() as found:
            _show(terminal, found, overview)
            return found.contact
    if terminal.can_ask:
        introduce(terminal, recipient.words)
    return None


def introduce(terminal: Terminal, words: Sequence[str]) -> None:
    """A key that is not in the register: its owner reads its words, and the person at the terminal types some of them.

    They are not shown: so nobody types them who has not heard them.
    """
    terminal.say(
        "Contact  NEW: this key is not in your register. Have its owner read the six words of their key to you."
    )
    for place in sorted(secrets.SystemRandom().sample(range(len(words)), WORDS_ASKED)):
        typed = terminal.ask("words", f"Word {place + 1} of {len(words)}")
        if typed.strip().casefold() != words[place]:
            fail(f"that is not word {place + 1} of this key: stopped, ask for the key card again")


def offer(session: Session, account: AccountAPI, recipient: Recipient, overview: Overview | None) -> None:
    """After a key was introduced: it is kept for the next time, if the person at the terminal gives it a label."""
    from radiogram.contacts.check import is_identified
    from radiogram.dicom.display import shown_name

    if not session.terminal.can_ask or overview is None or not overview.is_of_one_patient:
        return
    if not is_identified(overview.patient):
        return
    label = session.terminal.ask_or_default(
        "Keep this key in your register, as (- for no)", shown_name(overview.patient.name)
    )
    if label == "-":
        return
    try:
        add(session, account, new_contact(label, recipient, overview.patient, this_person()))
    except (RadiogramError, click.ClickException) as error:  # what was sent is sent
        why = hints.line(error) if isinstance(error, RadiogramError) else error.format_message()
        session.terminal.note(f"The key is not in your register: {why}; `contacts add` puts it there.")


def _show(terminal: Terminal, known: Known, overview: Overview | None) -> None:
    contact = known.contact
    by = f"words compared by {contact.compared_by}, {contact.compared_at[:10]}" if contact.compared_by else ""
    if not terminal.can_ask:
        return
    terminal.say(f"Contact  {contact.label} ({by or 'WORDS NOT COMPARED'})")
    if overview and not known.agreeing and contact.patient.to_json():
        terminal.say("         NOTHING IN THE IMAGES SAYS THAT THEY ARE THIS PATIENT'S")


def _refuse_patient(terminal: Terminal, found: OtherPatient) -> None:
    if terminal.can_ask:
        for each in found.conflicts:
            terminal.say(
                f"ANOTHER PATIENT: {each.attribute}",
                f"  {each.in_images} in the images",
                f"  {each.in_register} in the register, for {found.contact.label}",
            )
    differing = " and ".join(dict.fromkeys(each.attribute for each in found.conflicts))
    fail(
        f"the register has this key as another patient's ({differing} differ): nothing was sent; name another "
        "recipient, or mend the register (contacts add --replace)"
    )


def _refuse_key(terminal: Terminal, found: OtherKey, recipient: Recipient) -> None:
    if terminal.can_ask:
        terminal.say(
            "ANOTHER KEY:",
            f"  {' '.join(found.contact.words)} in the register, for {found.contact.label}",
            f"  {' '.join(recipient.words)} are the words of this one",
        )
    whose = "account" if found.is_same_account else "patient"
    fail(
        f"the register has another key for this {whose}: nothing was sent; ask the patient in person, then replace it "
        "(contacts add --replace), or add a doctor's key of its own (contacts add --anybody)"
    )
