"""Make a key file anew from the recovery sheet."""

import sys
from pathlib import Path

import click

from radiogram.cli.options import NamedPath, card_options
from radiogram.cli.session import Command, Session


@click.command("recover_key", cls=Command)
@click.argument("file", required=False, type=NamedPath())
@card_options
def cli(session: Session, file: Path | None, card: Path | None, name: str | None, site: str | None) -> None:
    """Make the key file anew from the 24 words of the recovery sheet: they are asked for, or read from standard input.

    FILE gets them, to a passphrase of your choice, and the card for senders lies beside it.
    """
    from radiogram.cli.kept_keys import KeptKeys
    from radiogram.cli.recovery_sheet import typed_words
    from radiogram.formats.seed import keys_of_words

    file = file or Path(session.terminal.ask_file("FILE", "Name for the key file"))
    kept = KeptKeys(session, file, card, name, site)
    words = (
        typed_words(session.terminal) if session.terminal.can_ask else " ".join(sys.stdin.read(4096).lower().split())
    )
    keys_of_words(words)
    kept.write(words)
