"""What is kept of studies that wait for a recipient: docs/format.md, Outbox. Pure: bytes in, bytes out."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from eth_typing import ChecksumAddress

from radiogram.errors import CiphertextError, KeyFormatError, OutboxError
from radiogram.formats.ciphertext import age_recipient, check_recipient, decrypt_bytes, encrypt_bytes
from radiogram.formats.manifest import StudyMetadata, parse_studies
from radiogram.formats.public_key import parse_address
from radiogram.nested_json import parse_json

KEY_TEXT = "Radiogram: open my outbox.\nSign this only in a Radiogram that you opened yourself."
"""What an account signs for the key to its outbox."""
KEY_INFO = b"radiogram outbox v1"
NAME_KEY_BYTES = 32
_FORMAT, _VERSION = "radiogram-outbox", 1
_NAME_DIGITS = 32  # hex, of a keyed digest
_MAX_REASON = 300


@dataclass(frozen=True)
class OutboxKey:
    """What is needed to put something into an outbox, and opens nothing of it."""

    account: ChecksumAddress
    recipient: str
    """X25519, as age spells it."""
    name_key: bytes = field(repr=False)
    """Of the digests in names of files and folders, 32 bytes."""

    def study_name(self, uid: str) -> str:
        return self._name("study", uid.encode())

    def series_name(self, uid: str) -> str:
        return self._name("series", uid.encode())

    def instance_name(self, uid: str) -> str:
        return self._name("instance", uid.encode())

    def content_name(self, sha256: bytes) -> str:
        return self._name("content", sha256)

    def _name(self, kind: str, value: bytes) -> str:
        return hmac.digest(self.name_key, kind.encode() + b"\0" + value, sha256).hex()[:_NAME_DIGITS]

    def seal(self, record: bytes) -> bytes:
        return encrypt_bytes(record, self.recipient)

    def to_bytes(self) -> bytes:
        value = {"account": self.account, "recipient": self.recipient, "name_key": self.name_key.hex()}
        return json.dumps({"format": _FORMAT, "version": _VERSION} | value).encode()


@dataclass(frozen=True)
class Refused:
    """Something that was not kept, and why."""

    at: str
    """ISO 8601 UTC."""
    source: str = field(repr=False)
    """Who sent it: the calling AE title and address, or the name of a file."""
    reason: str
    instance_uid: str = field(default="", repr=False)
    studies: tuple[StudyMetadata, ...] = ()
    """What it says of itself; none where that can't be read."""

    def to_bytes(self) -> bytes:
        value = {"at": self.at, "source": self.source, "reason": self.reason[:_MAX_REASON]}
        studies = [each.to_json() for each in self.studies]
        return json.dumps(value | {"instance_uid": self.instance_uid, "studies": studies}).encode()


def parse_outbox_key(data: bytes) -> OutboxKey:
    """Raises OutboxError."""
    try:
        value = parse_json(data)
        if value["format"] != _FORMAT:
            raise OutboxError("that is not an outbox")
        if value["version"] != _VERSION:
            raise OutboxError("that outbox is of a later version", "update this software")
        found = OutboxKey(parse_address(value["account"]), value["recipient"], bytes.fromhex(value["name_key"]))
        check_recipient(found.recipient)
        if len(found.name_key) != NAME_KEY_BYTES:
            raise ValueError("another length")
    except (KeyFormatError, ValueError, LookupError, TypeError, AttributeError, CiphertextError):
        raise OutboxError("the outbox's outbox.json is damaged", "use a copy of it: names and key are in it") from None
    return found


def series_record(study: StudyMetadata) -> bytes:
    """What the first instance of a series says of it, to be sealed."""
    return json.dumps({"studies": [study.to_json()]}).encode()


def parse_series_record(data: bytes) -> StudyMetadata:
    """Raises OutboxError."""
    found = parse_studies(_members(data).get("studies"))
    if not found:
        raise OutboxError("a series' record in the outbox is damaged")
    return found[0]


def parse_refused(data: bytes) -> Refused:
    """Raises OutboxError."""
    value = _members(data)
    texts = [value.get(name) for name in ("at", "source", "reason", "instance_uid")]
    at, source, reason, uid = (each if isinstance(each, str) else "" for each in texts)
    return Refused(at, source, reason, uid, parse_studies(value.get("studies")))


def open_record(sealed: bytes, secret: bytes) -> bytes:
    """What was sealed to the public part of `secret` (32 bytes). Raises OutboxError."""
    try:
        return decrypt_bytes(sealed, secret)
    except CiphertextError:
        raise OutboxError("a record in the outbox is damaged, or another account's") from None


def check_secret(key: OutboxKey, secret: bytes) -> None:
    """Raises OutboxError if what is put into the outbox is not encrypted to the public part of `secret`."""
    if age_recipient(secret) != key.recipient:
        raise OutboxError(
            "what arrives is not encrypted to this account's key: the outbox is another account's, or was changed",
            "look who may write to it, and move it away",
        )


def _members(data: bytes) -> dict[str, Any]:
    try:
        value = parse_json(data)
        if not isinstance(value, dict):
            raise ValueError("no object")
    except ValueError:
        raise OutboxError("a record in the outbox is damaged") from None
    return value
