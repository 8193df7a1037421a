"""List the messages of an inbox."""

from functools import partial
from pathlib import Path

import click

from radiogram.cli import inbox_report
from radiogram.cli.keyring import Keyring
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import keyring_options
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail


@click.command("inbox", cls=Command)
@click.option(
    "--open",
    "opened",
    is_flag=True,
    help="Open each message of a sender you know, and show what it holds: patient, study, images, size. Of the images "
    "no more than the beginning is fetched.",
)
@click.option(
    "--all", "strangers_too", is_flag=True, help="With --open: strangers' messages too. They can learn of it."
)
@click.option(
    "--from-state",
    is_flag=True,
    help="With --open and --since: find mailboxes in the contract's state, day by day, where nodes have forgotten the "
    "events. The node learns which are yours: use your own.",
)
@click.option("--since", metavar="DATE", help="Only messages sent since then: 2026-11-01 (UTC), or 7d for seven days.")
@click.option("--from", "sender", metavar="SENDER", help="Only messages of this sender: an address, or an Ape alias.")
@keyring_options
def cli(
    session: Session,
    opened: bool,
    strangers_too: bool,
    from_state: bool,
    since: str | None,
    sender: str | None,
    key_file: Path | None,
    of: str | None,
) -> None:
    """List an inbox, newest first: index, sender, time, status. Needs no key: all this is public.

    With --open your key opens the messages of senders you know: checked clinics, and those you approved or gave a name.
    What clinics have sent into mailboxes is found too; a name such as m3f9a2c1d is its index.
    What came since you last looked so is called new. Nothing that the list then says has been checked as retrieve_image
    checks it; what a sender calls itself is its own claim.
    """
    from radiogram.formats.public_key import parse_address
    from radiogram.inbox_listing import select_messages

    if key_file and not opened:
        fail("--key-file belongs to --open: add that, or leave this out")
    if strangers_too and not opened:
        fail("--all belongs to --open: add that, or leave this out")
    start = inbox_report.since_moment(since)
    if from_state and not (opened and start):
        fail("--from-state belongs to --open and --since: add both, or leave it out")
    inbox = session.network.inbox()
    keyring = Keyring(session, key_file, of) if opened else None
    recipient = keyring.recipient if keyring else parse_address(of or session.accounts.own(RECIPIENT_INDEX).address)
    wanted = inbox_report.sender_address(session.accounts, sender)
    select = partial(select_messages, inbox, recipient, start, wanted)
    is_whole = start is None and wanted is None
    if keyring:
        moment = start if from_state else None
        inbox_report.tell_opened(
            session, inbox, keyring, select, is_whole=is_whole, strangers_too=strangers_too, from_state=moment
        )
    elif messages := select():
        inbox_report.tell_public(session, recipient, messages)
    else:
        inbox_report.tell_empty(session, recipient, is_whole=is_whole, more=inbox_report.OPENED_HAS_MORE)
