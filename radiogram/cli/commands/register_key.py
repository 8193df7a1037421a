"""Register the key that messages are to be sealed to."""

from pathlib import Path

import click

from radiogram.cli.acts import carry_out
from radiogram.cli.card import card_bytes, place_of_card, publish_recipient
from radiogram.cli.key_choice import KeyChoice, chosen_keys
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import NamedPath, SignOnly, sign_only_options
from radiogram.cli.session import SendingCommand, Session


@click.command("register_key", cls=SendingCommand)
@click.option(
    "--public-key", metavar="KEY", help="This key: a key card file, a key code, or in hex (33, 64 or 65 bytes)."
)
@click.option("--key-file", type=NamedPath(), help="The key in this file, of which only the public half.")
@click.option(
    "--new-key",
    type=NamedPath(),
    help="Fresh keys, quantum-safe. This new file gets their 24 words, as an age file unless the passphrase is empty.",
)
@click.option(
    "--derived",
    is_flag=True,
    help="The key that the account derives from a signature of its own: no file to keep, as the account makes it again "
    "whenever a message is opened. The website's way for wallets.",
)
@click.option(
    "--card",
    type=NamedPath(),
    help="Write the card for senders into this new file [default with --new-key: FILE.card.json beside it].",
)
@sign_only_options
def cli(
    session: Session,
    public_key: str | None,
    key_file: Path | None,
    new_key: Path | None,
    derived: bool,
    card: Path | None,
    sign_only: SignOnly | None,
) -> None:
    """Register a key, so that your address is all that a sender needs: the account's own, unless another is named.

    From then on messages are sealed to it. Keep older keys: they open the messages that were sealed to them.

    Messages are quantum-safe only with a key of 24 words: --new-key makes one.
    """
    from radiogram.formats.public_key import parse_address
    from radiogram.formats.signed_act import RegisterKey
    from radiogram.output import files

    chosen = chosen_keys(session, KeyChoice(public_key, key_file, new_key, derived))
    keys = chosen.keys
    account = session.accounts.own(RECIPIENT_INDEX)
    address = parse_address(account.address)
    inbox = session.network.inbox()
    version = inbox.key(address).version
    act = RegisterKey.of(address, version + 1, keys.public_key, keys.hybrid_digest)
    if place := place_of_card(card, new_key):
        files.check_place(place)
        content = card_bytes(keys, address)

    def save() -> None:
        chosen.save()
        if place:
            files.write_new(place, content)
            session.terminal.note(f"The card for senders is in {place}: it holds no secret.")

    carry_out(session, inbox, act, account, sign_only, just_before=save)
    publish_recipient(session, keys, place)
    if sign_only is None:
        session.terminal.say(
            f"Its words, for senders to compare: {' '.join(keys.words)}",
            "Keep older keys: each opens the messages that were sealed to it, and no other does.",
        )
    if not keys.hybrid_digest:
        session.terminal.note(f"Not quantum-safe: {chosen.kind} has no hybrid key. --new-key makes one that has.")
