"""What an account says to the inbox contract, as a struct to sign, so that anyone may relay it: docs/format.md, Signed
acts.

Pure: typed data and bytes in and out, no keys.
"""

from __future__ import annotations

import binascii
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, Self

from eth_account.messages import SignableMessage, encode_typed_data
from eth_typing import ChecksumAddress

from radiogram.errors import ActError, KeyFormatError, NotAnActError, OtherChainError
from radiogram.formats.public_key import compress, coordinates, parse_address
from radiogram.formats.unix_time import when
from radiogram.nested_json import members_once, parse_json

FORMAT = "radiogram-signed-act"
VERSION = 1
DOMAIN_NAME, DOMAIN_VERSION = "ImageInbox", "1"
ACT_FILE_LIMIT = 64 * 1024  # bytes; ECDSA makes about 600, contract wallets some more
_MEMBERS = ("format", "version", "chain_id", "inbox", "act", "account", "fields", "deadline", "signature")
_EXACT = 2**53 - 1  # what every reader of JSON keeps exactly
_DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


@dataclass(frozen=True)
class KeyOnRecord:
    """The key that the contract has for an account."""

    version: int
    """0: none was registered, and the account's own is in force."""
    public_key: bytes
    """33 bytes; b"" at version 0."""
    hybrid_digest: bytes | None
    """32 bytes: docs/format.md, Hybrid key."""


class InboxState(Protocol):
    """What acts ask of the contract to see whether they would change anything (radiogram.chain.inbox.Inbox)."""

    def key(self, account: ChecksumAddress) -> KeyOnRecord: ...
    def restriction(self, account: ChecksumAddress) -> tuple[bool, int]: ...
    def approval(self, account: ChecksumAddress, sender: ChecksumAddress) -> tuple[int, int]: ...
    def is_acknowledged(self, recipient: ChecksumAddress, index: int, cursor: ChecksumAddress) -> bool: ...


@dataclass(frozen=True)
class Act(ABC):
    """Something an account says for itself; as text, a statement of what is so from then on."""

    NAME: ClassVar[str]
    STRUCT: ClassVar[str]
    """Its EIP-712 type, as interfaces/IImageInbox.sol states it."""
    TYPES: ClassVar[Mapping[str, str]]
    """The members of the struct, in order, and their types."""
    METHOD: ClassVar[str]
    """What the account itself calls."""
    SIGNED_METHOD: ClassVar[str]
    """What anyone calls who has the account's signature."""
    EVENT: ClassVar[str]
    """What the contract emits if the act changes anything."""

    account: ChecksumAddress

    @classmethod
    @abstractmethod
    def from_fields(cls, account: ChecksumAddress, fields: Mapping[str, Any]) -> Self:
        """The act that a file holds. Raises ActError."""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """What it says, in the order of the struct."""

    @abstractmethod
    def arguments(self) -> tuple[Any, ...]:
        """The arguments of METHOD."""

    @abstractmethod
    def already_in_effect(self, inbox: InboxState) -> Self | None:
        """The act that made it so, with the version in force; None if this one would change something."""

    def message(self, deadline: int) -> dict[str, Any]:
        """The values of the struct's members, in order: the arguments of SIGNED_METHOD before the signature."""
        return {"account": self.account} | self.fields() | {"deadline": deadline}


@dataclass(frozen=True)
class RegisterKey(Act):
    NAME = "RegisterKey"
    STRUCT = "RegisterKey(address account,uint32 version,bytes32 x,bytes32 y,bytes32 hybrid,uint256 deadline)"
    TYPES: ClassVar = {
        "account": "address",
        "version": "uint32",
        "x": "bytes32",
        "y": "bytes32",
        "hybrid": "bytes32",
        "deadline": "uint256",
    }
    METHOD, SIGNED_METHOD, EVENT = "registerKey", "registerKeyBySignature", "KeyRegistered"

    version: int
    x: bytes
    y: bytes
    hybrid: bytes
    """The hybrid digest (32 bytes); zeros: none."""

    @classmethod
    def of(
        cls, account: ChecksumAddress, version: int, public_key: bytes, hybrid_digest: bytes | None = None
    ) -> RegisterKey:
        """`public_key` has 33 bytes, `hybrid_digest` 32."""
        return cls(account, version, *coordinates(public_key), hybrid_digest or bytes(32))

    @classmethod
    def from_fields(cls, account: ChecksumAddress, fields: Mapping[str, Any]) -> Self:
        _expect(fields, ("version", "x", "y", "hybrid"))
        version = _read(fields, "version", "uint32")
        act = cls(account, version, *(_read(fields, name, "bytes32") for name in ("x", "y", "hybrid")))
        try:
            _ = act.public_key
        except ValueError:
            raise ActError(
                "the signed act is damaged: its key is not on the curve secp256k1", "ask for it again"
            ) from None
        return act

    @property
    def public_key(self) -> bytes:
        """33 bytes. Raises ValueError off the curve."""
        return compress(b"\x04" + self.x + self.y)

    @property
    def hybrid_digest(self) -> bytes | None:
        """32 bytes, if there is one."""
        return self.hybrid if any(self.hybrid) else None

    def fields(self) -> dict[str, Any]:
        return {"version": self.version, "x": self.x, "y": self.y, "hybrid": self.hybrid}

    def arguments(self) -> tuple[Any, ...]:
        return self.x, self.y, self.hybrid

    def already_in_effect(self, inbox: InboxState) -> Self | None:
        key = inbox.key(self.account)
        in_force = (key.public_key, key.hybrid_digest) == (self.public_key, self.hybrid_digest)
        return replace(self, version=key.version) if in_force else None

    def __str__(self) -> str:
        return f"messages to {self.account} are sealed to the key 0x{self.public_key.hex()}, version {self.version}"


@dataclass(frozen=True)
class RestrictInbox(Act):
    NAME = "RestrictInbox"
    STRUCT = "RestrictInbox(address account,bool restricted,uint32 version,uint256 deadline)"
    TYPES: ClassVar = {"account": "address", "restricted": "bool", "version": "uint32", "deadline": "uint256"}
    METHOD, SIGNED_METHOD, EVENT = "restrictInbox", "restrictInboxBySignature", "InboxRestricted"

    restricted: bool
    version: int

    @classmethod
    def from_fields(cls, account: ChecksumAddress, fields: Mapping[str, Any]) -> Self:
        _expect(fields, ("restricted", "version"))
        return cls(account, _read(fields, "restricted", "bool"), _read(fields, "version", "uint32"))

    def fields(self) -> dict[str, Any]:
        return {"restricted": self.restricted, "version": self.version}

    def arguments(self) -> tuple[Any, ...]:
        return (self.restricted,)

    def already_in_effect(self, inbox: InboxState) -> Self | None:
        restricted, version = inbox.restriction(self.account)
        return replace(self, version=version) if restricted == self.restricted else None

    def __str__(self) -> str:
        return f"{self.account} takes messages from {'approved senders only' if self.restricted else 'everyone'}"


@dataclass(frozen=True)
class ApproveSender(Act):
    NAME = "ApproveSender"
    STRUCT = "ApproveSender(address account,address sender,uint40 until,uint32 version,uint256 deadline)"
    TYPES: ClassVar = {
        "account": "address",
        "sender": "address",
        "until": "uint40",
        "version": "uint32",
        "deadline": "uint256",
    }
    METHOD, SIGNED_METHOD, EVENT = "approveSender", "approveSenderBySignature", "SenderApproved"

    sender: ChecksumAddress
    until: int
    """Unix time of the last second; 0: not approved."""
    version: int

    @classmethod
    def from_fields(cls, account: ChecksumAddress, fields: Mapping[str, Any]) -> Self:
        _expect(fields, ("sender", "until", "version"))
        sender, until = _read(fields, "sender", "address"), _read(fields, "until", "uint40")
        return cls(account, sender, until, _read(fields, "version", "uint32"))

    def fields(self) -> dict[str, Any]:
        return {"sender": self.sender, "until": self.until, "version": self.version}

    def arguments(self) -> tuple[Any, ...]:
        return self.sender, self.until

    def already_in_effect(self, inbox: InboxState) -> Self | None:
        until, version = inbox.approval(self.account, self.sender)
        return replace(self, version=version) if until == self.until else None

    def __str__(self) -> str:
        if not self.until:
            return f"{self.account} does not approve {self.sender}"
        end = when(self.until)
        return f"{self.account} approves {self.sender} {end if end == 'forever' else f'until {end}'}"


@dataclass(frozen=True)
class Acknowledge(Act):
    NAME = "Acknowledge"
    STRUCT = "Acknowledge(address recipient,uint256 index,address cursor,uint256 deadline)"
    TYPES: ClassVar = {"recipient": "address", "index": "uint256", "cursor": "address", "deadline": "uint256"}
    METHOD, SIGNED_METHOD, EVENT = "acknowledge", "acknowledgeBySignature", "Acknowledged"

    index: int
    cursor: ChecksumAddress
    """The message's: it commits to the message, so that the act holds for no other at that index."""

    @classmethod
    def from_fields(cls, account: ChecksumAddress, fields: Mapping[str, Any]) -> Self:
        _expect(fields, ("index", "cursor"))
        return cls(account, _read(fields, "index", "uint256"), _read(fields, "cursor", "address"))

    def fields(self) -> dict[str, Any]:
        return {"index": self.index, "cursor": self.cursor}

    def arguments(self) -> tuple[Any, ...]:
        return self.index, self.cursor

    def already_in_effect(self, inbox: InboxState) -> Self | None:
        return self if inbox.is_acknowledged(self.account, self.index, self.cursor) else None

    def message(self, deadline: int) -> dict[str, Any]:
        return {"recipient": self.account} | self.fields() | {"deadline": deadline}

    def __str__(self) -> str:
        return f"{self.account} has received message {self.index}"


_ACTS: dict[str, type[Act]] = {act.NAME: act for act in (RegisterKey, RestrictInbox, ApproveSender, Acknowledge)}


@dataclass(frozen=True)
class SignedAct:
    """An act that the contract takes from anyone, until the deadline."""

    act: Act
    chain_id: int
    inbox: ChecksumAddress
    deadline: int
    """Unix time of the last second at which the signature holds."""
    signature: bytes
    """65 bytes r ‖ s ‖ v or 64 as in ERC-2098, or what the account's contract takes (ERC-1271)."""

    def to_bytes(self) -> bytes:
        """The file: docs/format.md, Signed acts."""
        value = {
            "format": FORMAT,
            "version": VERSION,
            "chain_id": self.chain_id,
            "inbox": self.inbox,
            "act": self.act.NAME,
            "account": self.act.account,
            "fields": _plain(self.act.fields()),
            "deadline": self.deadline,
            "signature": "0x" + self.signature.hex(),
        }
        return json.dumps(value, indent=2).encode() + b"\n"

    def check(self, chain_id: int, inbox: ChecksumAddress, now: float) -> None:
        """Raises ActError if it is for another chain or contract, or ran out before `now` (Unix time)."""
        if self.chain_id != chain_id:
            raise OtherChainError(f"it was signed for chain {self.chain_id}, and this is chain {chain_id}")
        if self.inbox != inbox:
            raise ActError(
                f"it was signed for the contract {self.inbox}, not for {inbox}", "ask for it to be signed anew"
            )
        if self.deadline < now:
            raise ActError(f"the signature ran out at {when(self.deadline)}", "ask for a new one")


def typed_data(act: Act, chain_id: int, inbox: ChecksumAddress, deadline: int) -> dict[str, Any]:
    """What the account signs: EIP-712 typed data, as `eth_signTypedData_v4` takes it."""
    types = {"EIP712Domain": _DOMAIN, act.NAME: act.TYPES}
    return {
        "types": {
            struct: [{"name": name, "type": kind} for name, kind in members.items()]
            for struct, members in types.items()
        },
        "primaryType": act.NAME,
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": chain_id,
            "verifyingContract": inbox,
        },
        "message": _plain(act.message(deadline)),
    }


def signable(act: Act, chain_id: int, inbox: ChecksumAddress, deadline: int) -> SignableMessage:
    """The same for eth-account and Ape."""
    return encode_typed_data(full_message=typed_data(act, chain_id, inbox, deadline))


def parse_signed_act(raw: bytes) -> SignedAct:
    """The signed act in a file. Raises ActError for all that docs/format.md, Signed acts, does not allow.

    Whose signature it is, it does not look at: an account may be a contract, so that only the chain can tell.
    """
    value = _json_object(raw)
    if value.get("format") != FORMAT:
        raise NotAnActError("this is not a signed act")
    if type(value.get("version")) is not int or value["version"] != VERSION:
        raise ActError("the signed act is in a format this version does not know", "update, and relay it again")
    _expect(value, _MEMBERS)
    kind = _ACTS.get(value["act"]) if isinstance(value["act"], str) else None
    if kind is None or not isinstance(value["fields"], dict):
        raise ActError(f"the signed act is damaged: there is no such act (known are {', '.join(_ACTS)})")
    return SignedAct(
        act=kind.from_fields(_read(value, "account", "address"), value["fields"]),
        chain_id=_read(value, "chain_id", "uint256"),
        inbox=_read(value, "inbox", "address"),
        deadline=_read(value, "deadline", "uint256"),
        signature=_read(value, "signature", "bytes"),
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same for JSON: bytes in hex."""
    return {name: "0x" + value.hex() if isinstance(value, bytes) else value for name, value in values.items()}


def _json_object(raw: bytes) -> dict[str, Any]:
    if len(raw) > ACT_FILE_LIMIT:
        raise ActError("this is not a signed act: it is too large")
    try:
        value = parse_json(raw.decode("utf-8-sig").encode(), object_pairs_hook=members_once)
    except ValueError:
        raise ActError("this is not a signed act, or it is damaged: its JSON can't be read") from None
    if not isinstance(value, dict):
        raise ActError("this is not a signed act: it should be a JSON object")
    return value


def _expect(value: Mapping[str, Any], names: Sequence[str]) -> None:
    if set(value) != set(names):
        raise ActError(f"the signed act is damaged: it should have {', '.join(names)}, and no more", "ask for it again")


def _read(members: Mapping[str, Any], name: str, kind: str) -> Any:  # noqa: ANN401
    """A member's value, if it is of this Solidity type. Raises ActError."""
    value = members[name]
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind.startswith("uint") and type(value) is int and 0 <= value <= min(2 ** int(kind[4:]) - 1, _EXACT):
        return value
    if kind.startswith("bytes") and isinstance(value, str) and re.fullmatch("0x([0-9a-f]{2})*", value):
        data = binascii.unhexlify(value[2:])
        if kind == "bytes" or len(data) == int(kind[5:]):
            return data
    if kind == "address" and isinstance(value, str) and re.fullmatch("0x[0-9a-fA-F]{40}", value):
        try:
            return parse_address(value)
        except KeyFormatError as error:
            raise ActError(f"the signed act is damaged: {name} {error.message}") from None
    raise ActError(f"the signed act is damaged: {name} is not {kind}", "ask for it again")
