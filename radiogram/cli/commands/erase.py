"""Delete what a message led to, take it back, and keep a receipt."""

from pathlib import Path

import click

from radiogram.cli import erasing
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import NamedPath, index_argument
from radiogram.cli.register.sending import find_inbox
from radiogram.cli.session import SendingCommand, Session


@click.command("erase", cls=SendingCommand)
@index_argument
@click.option(
    "--of",
    metavar="RECIPIENT",
    help="Whose inbox: a label of your register, an address, ENS name, public key or key card.",
)
@click.option(
    "--receipt",
    "file",
    type=NamedPath(),
    help="Where the receipt goes; no file is overwritten [default: erased-INDEX-RECIPIENT.json].",
)
def cli(session: Session, index: int | None, of: str | None, file: Path | None) -> None:
    """Delete from your IPFS node what message INDEX, which you sent, leads to: the encrypted study, and its key packet.
    The message is marked as retracted, and a receipt says what was done and what not, signed by you. From all homes of
    homes.toml it is deleted too; services are told to keep it no longer.

    The journal on this computer knows what was uploaded for it. What another message needs too is kept, and named.
    Run again, it goes on where it was interrupted.

    It can't be undone, and is no recall: what was received stays received, copies elsewhere are out of reach, and the
    chain keeps the envelope.
    """
    terminal, network = session.terminal, session.network
    index = terminal.ask_index() if index is None else index
    recipient = find_inbox(session, of or terminal.ask_file("--of", "Whose inbox"))
    inbox = network.inbox()
    message = inbox.message(recipient, index)
    erasing.erase(session, inbox, message, session.accounts.own(SENDER_INDEX), file or erasing.receipt_file(message))
