"""The clinics whose cards you have checked."""

from pathlib import Path

import click

from radiogram.cli.accounts import keys_in_file
from radiogram.cli.clinics import cards, entries, opened
from radiogram.cli.options import list_owner_option
from radiogram.cli.session import Command, Session


@click.group("clinics")
def cli() -> None:
    """The clinics whose cards you have checked: by name they stand in your list of messages, and no others do.

    The list is encrypted, to --account or to the keys of --key-file.
    """


@cli.command("add", cls=Command)
@click.argument("card", required=False)
@click.option("--ens", metavar="NAME", help="The clinic that has this ENS name, by the card that the name leads to.")
@click.option("--site", metavar="HOST", help="The clinic whose website this is, by the card that the site publishes.")
@list_owner_option
def add(session: Session, card: str | None, ens: str | None, site: str | None, key_file: Path | None) -> None:
    """Add a clinic by the CARD that it gave you in person (a file or a card link), by its --ens name or by its --site.

    Its card must be signed by the account that sends.
    """
    keys = keys_in_file(key_file) if key_file else None
    clinic = cards.checked(session, card, ens, site)
    session.terminal.confirm(entries.question(clinic), "stopped: nothing was kept")
    file, sign = opened.list_of(session, keys)
    with file.changed(sign) as clinics:
        opened.add(clinics, clinic)
    session.terminal.result(entries.fields(clinic))
    session.terminal.say(*entries.lines(clinic))


@cli.command("list", cls=Command)
@list_owner_option
def list_clinics(session: Session, key_file: Path | None) -> None:
    """All of them, by label."""
    file, sign = opened.list_of(session, keys_in_file(key_file) if key_file else None)
    found = sorted(file.read(sign), key=lambda each: each.card.label.casefold())
    session.terminal.result({"clinics": [entries.fields(each) for each in found]})
    session.terminal.say(*(line for each in found for line in entries.lines(each)))
    if not found:
        session.terminal.say("The list is empty: `clinics add` checks a clinic.")


@cli.command("show", cls=Command)
@click.argument("label", required=False)
@list_owner_option
def show(session: Session, label: str | None, key_file: Path | None) -> None:
    """One of them."""
    label = label or session.terminal.ask("LABEL", "Label")
    file, sign = opened.list_of(session, keys_in_file(key_file) if key_file else None)
    clinic = opened.called(file.read(sign), label)
    session.terminal.result(entries.fields(clinic))
    session.terminal.say(*entries.lines(clinic))


@cli.command("forget", cls=Command)
@click.argument("label", required=False)
@list_owner_option
def forget(session: Session, label: str | None, key_file: Path | None) -> None:
    """Take one of them out: its messages are a stranger's again."""
    label = label or session.terminal.ask("LABEL", "Label")
    file, sign = opened.list_of(session, keys_in_file(key_file) if key_file else None)
    with file.changed(sign) as clinics:
        clinics.remove(opened.called(clinics, label))
    session.terminal.result({"forgotten": 1})
    session.terminal.say("Taken out of the list")
