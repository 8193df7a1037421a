"""List the messages of an inbox."""

import click

from scripts._cli import RECIPIENT_INDEX, Command, Session


@click.command(cls=Command)
@click.option("--of", metavar="ADDRESS", help="Whose inbox [default: that of --account].")
def cli(session: Session, of: str | None) -> None:
    """List an inbox, newest first: index, sender, time, status. Needs no key: all this is public."""
    from radiogram.keys import parse_address

    inbox = session.inbox()
    recipient = parse_address(of or session.account(RECIPIENT_INDEX).address)
    messages = list(inbox.messages(recipient))
    session.result(
        {
            "recipient": recipient,
            "count": len(messages),
            "messages": [
                {
                    "index": message.index,
                    "sender": message.sender,
                    "sent_at": message.sent_at.isoformat(),
                    "key_version": message.key_version,
                    "status": message.status,
                }
                for message in messages
            ],
        }
    )
    if not messages:
        session.say(f"The inbox of {recipient} is empty. Give the sender this address, and your public key.")
        return
    session.say(f"Inbox of {recipient}, {len(messages)} message{'s' * (len(messages) != 1)}, newest first")
    session.say(f"{'Index':>5}  {'From':<42}  {'Sent (UTC)':<19}  {'Key':>3}  Status")
    for message in messages:
        sent_at = f"{message.sent_at:%Y-%m-%d %H:%M:%S}"
        session.say(f"{message.index:>5}  {message.sender}  {sent_at}  {message.key_version:>3}  {message.status}")
