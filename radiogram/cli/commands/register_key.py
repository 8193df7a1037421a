"""Register the key that messages are to be sealed to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from radiogram.cli.acts import carry_out, signable
from radiogram.cli.session import RECIPIENT_INDEX, Command, Session, fail

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from eth_typing import ChecksumAddress


@click.command("register_key", cls=Command)
@click.option("--public-key", metavar="HEX", help="This public key (33, 64 or 65 bytes).")
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="The key in this file, of which only the public half."
)
@click.option(
    "--new-key",
    type=click.Path(path_type=Path),
    help="A fresh key. This new file gets the private half, as a V3 keystore, or in hex if the passphrase is empty.",
)
@click.option(
    "--derived",
    is_flag=True,
    help="The key that the account derives from a signature of its own: no file to keep, as the account makes it again "
    "whenever a message is opened. The website's way for wallets.",
)
@signable
def cli(
    session: Session,
    public_key: str | None,
    key_file: Path | None,
    new_key: Path | None,
    derived: bool,
    sign_only: str | None,
    valid_for: float,
) -> None:
    """Register a key, so that your address is all that a sender needs: the account's own, unless another is named.

    From then on messages are sealed to it. Keep older keys: they open the messages that were sealed to them.
    """
    from radiogram.formats.key_file import encode_key_file, new_private_key, read_private_key
    from radiogram.formats.public_key import fingerprint, parse_address, parse_public_key, public_key_of
    from radiogram.formats.signed_act import RegisterKey
    from radiogram.output import files

    if sum((public_key is not None, key_file is not None, new_key is not None, derived)) > 1:
        fail("an account has one key at a time: name one of --public-key, --key-file, --new-key and --derived")
    saved = key = None
    if public_key is not None:
        key = parse_public_key(public_key)
    elif key_file is not None:
        key = public_key_of(read_private_key(key_file, session.ask_passphrase(str(key_file))))
    elif new_key is not None:
        files.refuse_existing(new_key)
        private_key = new_private_key()
        key = public_key_of(private_key)
        saved = encode_key_file(private_key, session.ask_new_passphrase(str(new_key)))
    account = session.account(RECIPIENT_INDEX)
    address = parse_address(account.address)
    if derived:
        key = public_key_of(derive(session, account, address))
    if key is None:
        way_out = "register another, with --derived, --new-key, --key-file or --public-key"
        key = public_key_of(session.private_key(account, way_out))

    def save() -> None:
        """Once nothing else can fail, and before anything can be sealed to it."""
        if new_key is not None and saved is not None:
            files.write_new(new_key, saved, mode=0o600)
            session.note(f"The new private key is in {new_key}: keep a copy, nothing else opens what is sealed to it.")

    inbox = session.inbox()
    version, _ = inbox.key(address)
    carry_out(session, inbox, RegisterKey.of(address, version + 1, key), account, sign_only, valid_for, save)
    if sign_only is None:
        session.say(f"Its words, for senders to compare: {' '.join(fingerprint(key))}")
        session.say("Keep older keys: each opens the messages that were sealed to it, and no other does.")


def derive(session: Session, account: AccountAPI, address: ChecksumAddress) -> bytes:
    """The private key that the account derives, and can derive again."""
    if bytes(session.chain.provider.get_code(address)):
        fail(f"{address} has code on this chain, so no key can be derived from its signature: use --new-key")
    private_key = session.private_key(account) if session.has_private_key(account) else None
    return session.derived_key(account, private_key, twice=True)
