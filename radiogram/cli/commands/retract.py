"""Take a message back."""

import click

from radiogram.cli.acts import send, tell
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import index_argument
from radiogram.cli.register.sending import find_inbox
from radiogram.cli.session import SendingCommand, Session


@click.command("retract", cls=SendingCommand)
@index_argument
@click.option(
    "--of",
    metavar="RECIPIENT",
    help="Whose inbox: a label of your register, an address, ENS name, public key or key card.",
)
def cli(session: Session, index: int | None, of: str | None) -> None:
    """Mark message INDEX, which you sent, as retracted. Nothing is deleted: whoever could open it still can."""
    index = session.terminal.ask_index() if index is None else index
    of = of or session.terminal.ask_file("--of", "Whose inbox")
    recipient = find_inbox(session, of)
    inbox = session.network.inbox()
    sender = session.accounts.own(SENDER_INDEX)
    message = inbox.message(recipient, index)
    statement = f"message {index} to {recipient} is marked as retracted"
    receipt = None if message.retracted else send(session, inbox.retraction(message), sender, statement)
    fields = {"sender": message.sender, "recipient": recipient, "index": index}
    tell(session, inbox, statement, fields, receipt)
    session.terminal.say("Nothing is deleted: the envelope stays on the chain, and whoever could open it still can.")
