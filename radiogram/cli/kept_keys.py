"""Puts the keys of 24 words where they are kept: a key file, and the card for senders beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from radiogram.cli.accounts import PASSPHRASE_VARIABLE, new_passphrase
from radiogram.cli.card import card_beside, card_bytes, publish_recipient
from radiogram.cli.recovery_sheet import made_passphrase
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.transfers import checked_label


class KeptKeys:
    """New files: the place of each is free when this is made."""

    def __init__(self, session: Session, file: Path, card: Path | None, name: str | None, site: str | None) -> None:
        """Raises OutputError."""
        from radiogram.output import files

        self._session, self._file, self._site = session, file, site
        self._name = checked_label(name or "", "--name")
        self._card = card or card_beside(file)
        if self._card == self._file:
            fail(f"{file} can't hold both the key file and the card: name another --card")
        for place in (self._file, self._card):
            files.check_place(place)

    def write(self, words: str) -> None:
        """Both files, and what they are for."""
        from radiogram.formats.key_card import card_link, key_code
        from radiogram.formats.key_file import encode_key_file
        from radiogram.formats.seed import keys_of_words
        from radiogram.output import files

        terminal, keys = self._session.terminal, keys_of_words(words).public()
        passphrase = new_passphrase(self._file, terminal, "leave it empty to have one made")
        if not passphrase and PASSPHRASE_VARIABLE not in os.environ:
            passphrase = made_passphrase(terminal)
        files.write_new(self._file, encode_key_file(words, passphrase), mode=0o600)
        terminal.done = f"the key file is in {self._file}"
        files.write_new(self._card, card_bytes(keys, keys.address, self._name))
        publish_recipient(self._session, keys, self._card)
        locked = "its passphrase is asked for when you open images"
        if not passphrase:
            locked = "it has no passphrase, and opens your images for whoever has it"
        link = card_link(self._site, keys, self._name) if self._site else None
        said: dict[str, Any] = {"key_file": str(self._file), "card": str(self._card), "address": keys.address}
        terminal.result(said | {"words": list(keys.words), "key_code": key_code(keys), "card_link": link})
        terminal.say(
            f"Key file  {self._file}: keep it; {locked}",
            f"Card      {self._card}: give it to the hospital; it holds no secret",
            *([f"Link      {link}"] if link else []),
            f"Address   {keys.address}",
            f"Words     {' '.join(keys.words)}: read them to whoever sends you images",
            f"Open what you are sent with --key-file {self._file} --of {keys.address}",
        )
