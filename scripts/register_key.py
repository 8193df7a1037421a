"""Register the key that messages are to be sealed to."""

from pathlib import Path

import click

from scripts._acts import carry_out, signable
from scripts._cli import RECIPIENT_INDEX, Command, Session, fail


@click.command(cls=Command)
@click.option("--public-key", metavar="HEX", help="This public key (33, 64 or 65 bytes).")
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="The key in this file, of which only the public half."
)
@click.option(
    "--new-key",
    type=click.Path(path_type=Path),
    help="A fresh key. This new file gets the private half, as a V3 keystore, or in hex if the passphrase is empty.",
)
@signable
def cli(
    session: Session,
    public_key: str | None,
    key_file: Path | None,
    new_key: Path | None,
    sign_only: str | None,
    valid_for: float,
) -> None:
    """Register a key, so that your address is all that a sender needs: the account's own, unless another is named.

    From then on messages are sealed to it. Keep older keys: they open the messages that were sealed to them.
    """
    from radiogram import files, keys
    from radiogram.acts import RegisterKey

    if sum(option is not None for option in (public_key, key_file, new_key)) > 1:
        fail("an account has one key at a time: name one of --public-key, --key-file and --new-key")
    saved = key = None
    if public_key is not None:
        key = keys.parse_public_key(public_key)
    elif key_file is not None:
        key = keys.public_key_of(keys.read_private_key(key_file, session.ask_passphrase(str(key_file))))
    elif new_key is not None:
        files.refuse_existing(new_key)
        private_key = keys.new_private_key()
        key = keys.public_key_of(private_key)
        saved = keys.key_file(private_key, session.ask_new_passphrase(str(new_key)))
    account = session.account(RECIPIENT_INDEX)
    address = keys.parse_address(account.address)
    if key is None:
        way_out = "register another, with --new-key, --key-file or --public-key"
        key = keys.public_key_of(session.private_key(account, way_out))

    def save() -> None:
        """Once nothing else can fail, and before anything can be sealed to it."""
        if new_key is not None and saved is not None:
            files.write_new(new_key, saved, mode=0o600)
            session.note(f"The new private key is in {new_key}: keep a copy, nothing else opens what is sealed to it.")

    inbox = session.inbox()
    version, _ = inbox.key(address)
    carry_out(session, inbox, RegisterKey.of(address, version + 1, key), account, sign_only, valid_for, save)
    if sign_only is None:
        session.say("Keep older keys: each opens the messages that were sealed to it, and no other does.")
