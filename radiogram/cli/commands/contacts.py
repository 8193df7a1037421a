"""The register of recipients: whose key is whose."""

from pathlib import Path

import click

from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import NamedPath
from radiogram.cli.register import entries, opened
from radiogram.cli.register.add import add
from radiogram.cli.register.copies import exported, imported
from radiogram.cli.session import Command, Session


@click.group("contacts")
def cli() -> None:
    """Your register of recipients: whose key is whose, and who compared its words.

    send_image holds the images against it: another patient's images to a key of the register are refused, and so is
    another key for a patient who is in it. `--to LABEL` names a recipient by it. It is encrypted, to --account.
    """


cli.add_command(add)


@cli.command("list", cls=Command)
def list_contacts(session: Session) -> None:
    """Everybody in the register, by label."""
    contacts = opened.contacts_of(session, session.accounts.own(SENDER_INDEX))
    found = sorted(contacts, key=lambda each: each.label.casefold())
    session.terminal.result({"contacts": [entries.fields(each) for each in found]})
    session.terminal.say(*(line for each in found for line in entries.lines(each)))
    if not found:
        session.terminal.say("The register is empty: `contacts add CARD` adds somebody.")


@cli.command("show", cls=Command)
@click.argument("label", required=False)
def show(session: Session, label: str | None) -> None:
    """One of them."""
    label = label or session.terminal.ask("LABEL", "Label")
    contact = opened.called(opened.contacts_of(session, session.accounts.own(SENDER_INDEX)), label)
    session.terminal.result(entries.fields(contact))
    session.terminal.say(*entries.lines(contact))


@cli.command("forget", cls=Command)
@click.argument("label", required=False)
def forget(session: Session, label: str | None) -> None:
    """Take one of them out. Nothing that was sent changes."""
    label = label or session.terminal.ask("LABEL", "Label")
    with opened.changed(session, session.accounts.own(SENDER_INDEX)) as contacts:
        contacts.remove(opened.called(contacts, label))
    session.terminal.result({"forgotten": 1})
    session.terminal.say("Taken out of the register")


@cli.command("export", cls=Command)
@click.argument("file", type=NamedPath())
def export(session: Session, file: Path) -> None:
    """Write the register into a new FILE, to a passphrase: a copy to keep, or for another computer."""
    contacts = opened.contacts_of(session, session.accounts.own(SENDER_INDEX))
    exported(session, contacts, file)
    session.terminal.result({"contacts": len(contacts), "file": str(file)})
    session.terminal.say(f"{file} has the register, of {len(contacts)}")


@cli.command("import", cls=Command)
@click.argument("file", type=NamedPath(exists=True))
def import_(session: Session, file: Path) -> None:
    """Add what a FILE of `contacts export` has and the register has not. What differs is refused."""
    found = imported(file)
    with opened.changed(session, session.accounts.own(SENDER_INDEX)) as contacts:
        new = opened.merged(contacts, found)
    session.terminal.result({"added": new, "contacts": len(found)})
    session.terminal.say(f"{new} of {len(found)} were new")
