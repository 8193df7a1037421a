"""Make the keys that open a patient's images."""

from pathlib import Path

import click

from radiogram.cli.options import NamedPath, card_options
from radiogram.cli.session import Command, Session


@click.command("create_key", cls=Command)
@click.argument("file", required=False, type=NamedPath())
@card_options
def cli(session: Session, file: Path | None, card: Path | None, name: str | None, site: str | None) -> None:
    """Make 24 words and, of them, keys that are safe from quantum computers too. FILE gets them, to a passphrase.

    On a terminal the words are shown first, for the recovery sheet, and typed back: nothing is made before. Then give
    the card beside FILE to the hospital. No account, wallet or Ether is needed.
    """
    from radiogram.cli.kept_keys import KeptKeys
    from radiogram.cli.recovery_sheet import write_down
    from radiogram.formats.seed import new_seed_words

    file = file or Path(session.terminal.ask_file("FILE", "Name for the key file"))
    kept = KeptKeys(session, file, card, name, site)
    words = new_seed_words()
    if session.terminal.can_ask:
        write_down(session.terminal, words)
    kept.write(words)
