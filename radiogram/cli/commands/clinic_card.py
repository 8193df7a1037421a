"""Make a clinic's card."""

from pathlib import Path

import click

from radiogram.cli import mailboxes
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import NamedPath
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail


@click.command("clinic_card", cls=Command)
@click.argument("file", required=False, type=NamedPath())
@click.option("--label", metavar="TEXT", help="What patients know the clinic as [default: asked for].")
@click.option("--site", metavar="HOST", help="The clinic's website, as clinic.example: it is to publish the card.")
@click.option("--website", metavar="URL", help="A website of Radiogram: prints the link that opens it with the card.")
def cli(session: Session, file: Path | None, label: str | None, site: str | None, website: str | None) -> None:
    """Make the card by which patients check that your account is the clinic's, signed by the account, into a new FILE.

    It certifies a mailbox key too, which is derived from a signature of the account, and is not the account's own.
    """
    from radiogram.formats.clinic_card import ENS_RECORD, WELL_KNOWN, new_clinic_card
    from radiogram.formats.public_key import parse_address, public_key_of
    from radiogram.output import files

    terminal, accounts = session.terminal, session.accounts
    file = file or Path(terminal.ask_file("FILE", "Name for the card's file"))
    files.check_place(file)
    label = label or terminal.ask("--label", "What patients know the clinic as")
    account = accounts.own(SENDER_INDEX)
    address = parse_address(account.address)
    if bytes(session.network.provider.get_code(account.address)):
        fail(f"{address} has code on this chain, so that no mailbox key can be derived from its signature")
    account = accounts.unlocked(account)
    mailbox_key = public_key_of(mailboxes.mailbox_key(session, account))
    card = new_clinic_card(label, address, mailbox_key, site or "")
    card = card.signed(accounts.signer(account)(card.signing_text()))
    card.check_signature()
    files.write_new(file, card.to_bytes())
    link = card.link(website) if website else None
    said = {"file": str(file), "label": card.label, "address": address, "mailbox_key": "0x" + mailbox_key.hex()}
    terminal.result(said | {"site": card.site or None, "card_link": link})
    terminal.say(
        f"Card      {file}: it holds no secret",
        f"Label     {card.label}",
        f"Address   {address}",
        *([f"Publish   as https://{card.site}{WELL_KNOWN}"] if card.site else []),
        f"ENS       as the text record {ENS_RECORD} of the account's name, if it has one",
        *([f"Link      {link}"] if link else []),
        "Or show it in the waiting room, as a QR code of the link.",
    )
