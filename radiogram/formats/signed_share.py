"""An envelope that somebody hands on through another's account, signed, so that a relay can send it and pay:
docs/format.md, Signed shares.

Pure: text and bytes in and out, no keys.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress

from radiogram.errors import ActError, KeyFormatError, NotAnActError, OtherChainError
from radiogram.formats.public_key import parse_address
from radiogram.formats.signature import signer_of
from radiogram.formats.unix_time import when
from radiogram.nested_json import members_once, parse_json

FORMAT = "radiogram-signed-share"
VERSION = 1
FILE_LIMIT = 8 * 1024  # bytes; an envelope of 2,048 bytes makes about 5,000
MAX_ENVELOPE = 2048  # bytes: the contract's
LONGEST = 24 * 60 * 60  # seconds from now to the deadline
_SIGNATURE_BYTES = 65
_EXACT = 2**53 - 1  # what every reader of JSON keeps exactly
_MEMBERS = {"format", "version", "chain_id", "inbox", "account", "sender", "recipient", "key_version", "envelope"} | {
    "deadline",
    "signature",
}


@dataclass(frozen=True)
class SignedShare:
    """`account` wants `sender` to send `envelope` to `recipient`."""

    chain_id: int
    inbox: ChecksumAddress
    account: ChecksumAddress
    """Who hands on, and signs."""
    sender: ChecksumAddress
    """Who sends and pays; the envelope's context names it."""
    recipient: ChecksumAddress
    key_version: int
    envelope: bytes
    deadline: int
    """Unix time of the last second at which the signature holds."""
    signature: bytes
    """65 bytes r ‖ s ‖ v of EIP-191 over `text`."""

    @property
    def text(self) -> str:
        return signing_text(
            self.chain_id, self.inbox, self.sender, self.recipient, self.key_version, self.envelope, self.deadline
        )

    def to_bytes(self) -> bytes:
        value = {
            "format": FORMAT,
            "version": VERSION,
            "chain_id": self.chain_id,
            "inbox": self.inbox,
            "account": self.account,
            "sender": self.sender,
            "recipient": self.recipient,
            "key_version": self.key_version,
            "envelope": "0x" + self.envelope.hex(),
            "deadline": self.deadline,
            "signature": "0x" + self.signature.hex(),
        }
        return json.dumps(value, indent=2).encode() + b"\n"

    def check(self, chain_id: int, inbox: ChecksumAddress, sender: ChecksumAddress, now: float) -> None:
        """Raises ActError unless it is for this chain, contract and sender, at `now` (Unix time), and `account`'s."""
        if self.chain_id != chain_id:
            raise OtherChainError(f"it was signed for chain {self.chain_id}, and this is chain {chain_id}")
        if (self.inbox, self.sender) != (inbox, sender):
            raise ActError("it was signed for another contract or sender", "ask for it to be signed anew")
        if not now <= self.deadline <= now + LONGEST:
            raise ActError(f"the signature holds until {when(self.deadline)}, and not for a day at most from now")
        if signer_of(self.text, self.signature) != self.account:
            raise ActError(f"this is not the signature of {self.account}", "ask for it to be signed anew")


def signing_text(
    chain_id: int,
    inbox: ChecksumAddress,
    sender: ChecksumAddress,
    recipient: ChecksumAddress,
    key_version: int,
    envelope: bytes,
    deadline: int,
) -> str:
    """What the account signs (EIP-191)."""
    return (
        "Radiogram: hand on my images.\n"
        f"Chain: {chain_id}\nInbox contract: {inbox}\nThrough: {sender}\nTo: {recipient}, key {key_version}\n"
        f"Envelope (SHA-256): {hashlib.sha256(envelope).hexdigest()}\nUntil: {deadline}"
    )


def parse_signed_share(raw: bytes) -> SignedShare:
    """Raises ActError for all that docs/format.md, Signed shares, does not allow. `check` looks at the signature."""
    value = _json_object(raw)
    if value.get("format") != FORMAT:
        raise NotAnActError("this is not a signed share")
    if type(value.get("version")) is not int or value["version"] != VERSION:
        raise ActError("the signed share is in a format this version does not know", "update, and try again")
    if set(value) != _MEMBERS:
        raise _damaged("its members are others")
    share = SignedShare(
        _number(value["chain_id"], "chain_id", _EXACT),
        _address(value["inbox"], "inbox"),
        _address(value["account"], "account"),
        _address(value["sender"], "sender"),
        _address(value["recipient"], "recipient"),
        _number(value["key_version"], "key_version", 2**32 - 1),
        _hex(value["envelope"], "envelope"),
        _number(value["deadline"], "deadline", _EXACT),
        _hex(value["signature"], "signature"),
    )
    if not 0 < len(share.envelope) <= MAX_ENVELOPE:
        raise _damaged(f"an envelope has 1 to {MAX_ENVELOPE} bytes")
    if len(share.signature) != _SIGNATURE_BYTES:
        raise _damaged(f"a signature has {_SIGNATURE_BYTES} bytes")
    return share


def _json_object(raw: bytes) -> dict[str, Any]:
    if len(raw) > FILE_LIMIT:
        raise ActError("this is not a signed share: it is too large")
    try:
        value = parse_json(raw.decode().encode(), object_pairs_hook=members_once)
    except ValueError:
        raise ActError("this is not a signed share, or it is damaged: its JSON can't be read") from None
    if not isinstance(value, dict):
        raise ActError("this is not a signed share: it should be a JSON object")
    return value


def _number(value: object, name: str, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise _damaged(f"{name} is no number from 0 to {most}")
    return value


def _address(value: object, name: str) -> ChecksumAddress:
    try:
        if isinstance(value, str) and value.startswith("0x"):
            return parse_address(value)
    except KeyFormatError as error:
        raise _damaged(f"{name} {error.message}") from None
    raise _damaged(f"{name} is no address")


def _hex(value: object, name: str) -> bytes:
    if isinstance(value, str) and value.startswith("0x") and value == value.lower() and " " not in value:
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise _damaged(f"{name} is not 0x and lower-case hex digits")


def _damaged(why: str) -> ActError:
    return ActError(f"the signed share is damaged: {why}", "ask for it again")
