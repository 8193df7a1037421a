"""Register the key that messages are to be sealed to."""

from pathlib import Path

import click

from radiogram.cli.acts import carry_out
from radiogram.cli.key_choice import KeyChoice, chosen_key
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import SignOnly, sign_only_options
from radiogram.cli.session import Command, Session


@click.command("register_key", cls=Command)
@click.option("--public-key", metavar="HEX", help="This public key (33, 64 or 65 bytes).")
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="The key in this file, of which only the public half."
)
@click.option(
    "--new-key",
    type=click.Path(path_type=Path),
    help="A fresh key. This new file gets its 24 words, as an age file unless the passphrase is empty.",
)
@click.option(
    "--derived",
    is_flag=True,
    help="The key that the account derives from a signature of its own: no file to keep, as the account makes it again "
    "whenever a message is opened. The website's way for wallets.",
)
@sign_only_options
def cli(
    session: Session,
    public_key: str | None,
    key_file: Path | None,
    new_key: Path | None,
    derived: bool,
    sign_only: SignOnly | None,
) -> None:
    """Register a key, so that your address is all that a sender needs: the account's own, unless another is named.

    From then on messages are sealed to it. Keep older keys: they open the messages that were sealed to them.
    """
    from radiogram.formats.public_key import fingerprint, parse_address
    from radiogram.formats.signed_act import RegisterKey

    key, save = chosen_key(session, KeyChoice(public_key, key_file, new_key, derived))
    account = session.accounts.own(RECIPIENT_INDEX)
    address = parse_address(account.address)
    inbox = session.network.inbox()
    version = inbox.key(address).version
    carry_out(session, inbox, RegisterKey.of(address, version + 1, key), account, sign_only, just_before=save)
    if sign_only is None:
        session.terminal.say(
            f"Its words, for senders to compare: {' '.join(fingerprint(key))}",
            "Keep older keys: each opens the messages that were sealed to it, and no other does.",
        )
