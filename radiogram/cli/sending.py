"""Sends files to a patient: the questions, the checks and the journal that every send goes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from radiogram.cli import audit, homes, mailboxes, patient_check, report, transfers
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import again_option, mailbox_option, pins_option
from radiogram.cli.reading import Reading, reading
from radiogram.cli.register import sending
from radiogram.cli.register.opened import contacts_of
from radiogram.cli.session import Session
from radiogram.cli.wording import counted, size

if TYPE_CHECKING:
    from radiogram.formats.source_files import SourceFile

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Wishes:
    """What the options of a command that sends say."""

    several_studies: bool
    several_patients: bool
    label: str
    no_facts: bool
    mailbox: bool | None
    again: bool
    pins: int | None


def sending_options(command: F) -> Callable[..., Any]:
    """The options of a command that sends: passed on as `wishes`."""

    @wraps(command)
    def given(*args: Any, label: str | None, **options: Any) -> Any:  # noqa: ANN401
        own = {name: options.pop(name) for name in ("several_studies", "several_patients", "no_facts")}
        own |= {name: options.pop(name) for name in ("mailbox", "again", "pins")}
        wishes = Wishes(**own, label=label or "")
        return command(*args, wishes=wishes, **options)

    given = mailbox_option(again_option(pins_option(given)))
    given = click.option(
        "--no-facts",
        is_flag=True,
        help="Leave out what the patient's list shows before the images are fetched: patient, study and series, as the "
        "DICOM files have them. It is encrypted with the images otherwise.",
    )(given)
    given = click.option(
        "--label",
        metavar="TEXT",
        envvar="RADIOGRAM_SENDER_LABEL",
        show_envvar=True,
        help="What you call yourself, for the patient's list: a clinic's name, of at most 100 characters. It is "
        "encrypted with the images.",
    )(given)
    given = click.option(
        "--several-patients", is_flag=True, help="The files are of several patients, and that is meant."
    )(given)
    return click.option("--several-studies", is_flag=True, help="The files are of several studies, and that is meant.")(
        given
    )


def send_files(session: Session, found: Sequence[SourceFile], to: str, wishes: Wishes) -> dict[str, Any]:
    """Send what was found to whom `to` names, and say so; the fields of the result. Then it is in the inbox."""
    with reading(found) as begun:
        return _send(session, list(found), begun, to, wishes)


def _send(session: Session, found: list[SourceFile], begun: Reading, to: str, wishes: Wishes) -> dict[str, Any]:
    from radiogram import transfer

    terminal, network, label = session.terminal, session.network, transfers.checked_label(wishes.label)
    mailbox = wishes.mailbox
    inbox = network.inbox()
    sender = session.accounts.own(SENDER_INDEX)
    contacts = contacts_of(session, sender)
    recipient = sending.find_recipient(session, to, contacts, inbox)
    mailbox = sending.has_our_card(contacts, recipient) if mailbox is None else mailbox
    fee = transfers.expected_fee(session, recipient, sender, inbox, to_mailbox=mailbox)
    ipfs = network.ipfs_to_add()
    keep = homes.keeper(session, ipfs, wishes.pins)
    recipient = transfer.complete(recipient, ipfs)
    overview = patient_check.look_at(terminal, found)
    patient_check.show(terminal, sender, recipient, overview, to_mailbox=mailbox)
    contact = sending.hold_against(terminal, contacts, recipient, overview)
    patient_check.agree(
        terminal, overview, several_patients=wishes.several_patients, several_studies=wishes.several_studies
    )
    terminal.confirm(f"Send {counted(len(found), 'file')}, {size(sum(f.bytes for f in found))}{fee and f', {fee}'}?")

    sender = session.accounts.unlocked(sender)
    studies = overview.studies if overview and not wishes.no_facts else ()
    study = begun.study(terminal).with_metadata(label, studies)
    choose = partial(mailboxes.chooser(session, sender, inbox).choose, recipient.public_key) if mailbox else None
    sent = transfers.send(
        *(session, study, recipient, sender, inbox, ipfs),
        overview=overview,
        again=wishes.again,
        choose_mailbox=choose,
        keep=keep,
    )
    terminal.done = report.done(sent)
    audit.note(session, inbox, sent, len(found))
    about = {"in_register": contact is not None} | report.study_fields(study, sent)
    verb = "Sent before:" if sent.was_sent else "Sent"
    terminal.say(
        f"{verb} {counted(len(found), 'file')}, {size(study.plaintext_bytes)}, {report.sent_as(sent)}",
        *report.sent_lines(network, sent),
    )
    if contact is None:
        sending.offer(session, sender, recipient, overview)
    return report.sent_fields(network, inbox, sent) | about
