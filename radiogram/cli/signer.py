"""Whose signature a list of files has, as far as its reader can tell: docs/format.md, Signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Message


@dataclass(frozen=True)
class Signer:
    """The account that a signature gives. Some account comes out of every signature, whatever was signed: only one that
    is known already has said anything by it.
    """

    address: ChecksumAddress | None
    """None if there is no signature."""
    is_sender: bool = False
    name: str = ""
    """What the reader calls somebody else whom they know; otherwise empty."""

    @property
    def is_known(self) -> bool:
        return self.is_sender or bool(self.name)

    def fields(self, prefix: str = "") -> dict[str, Any]:
        """For --json: under `signed_by` stands nobody who is not known."""
        return {
            f"{prefix}signed_by": self.address if self.is_known else None,
            f"{prefix}unknown_signer": None if self.is_known else self.address,
        }


def signer_of(signed_by: ChecksumAddress | None, message: Message, aliases: Mapping[str, str]) -> Signer:
    """Who signed what came with `message`; `aliases` are the names that its reader gave to accounts."""
    if signed_by is None:
        return Signer(None)
    names = {message.recipient: "you"} | dict(aliases)
    return Signer(signed_by, signed_by == message.sender, names.get(signed_by, ""))
