"""Take a message back."""

import click

from radiogram.cli.acts import report, submit
from radiogram.cli.session import SENDER_INDEX, Command, Session


@click.command("retract", cls=Command)
@click.argument("index", required=False, type=click.IntRange(min=0))
@click.option("--of", metavar="RECIPIENT", help="Whose inbox: an address, ENS name, public key or key card.")
def cli(session: Session, index: int | None, of: str | None) -> None:
    """Mark message INDEX, which you sent, as retracted. Nothing is deleted: whoever could open it still can."""
    from radiogram.chain.recipients import find_account

    index = session.ask_index() if index is None else index
    of = of or session.ask("--of", "Whose inbox")
    recipient, _ = find_account(of, session.chain.resolve_name)
    inbox = session.inbox()
    sender = session.account(SENDER_INDEX)
    message = inbox.message(recipient, index)
    statement = f"message {index} to {recipient} is marked as retracted"
    receipt = None if message.retracted else submit(session, inbox.retraction(message), sender, statement)
    fields = {"sender": message.sender, "recipient": recipient, "index": index}
    report(session, inbox, statement, fields, receipt)
    session.say("Nothing is deleted: the envelope stays on the chain, and whoever could open it still can.")
