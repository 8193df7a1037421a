"""What an account says to the inbox contract, as a struct to sign, so that anyone may relay it: docs/format.md, Signed
acts.

Pure: typed data and bytes in and out, no keys.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from eth_account.messages import SignableMessage, encode_typed_data
from eth_typing import ChecksumAddress

from radiogram.errors import ActError, KeyFormatError, NotAnActError, OtherChainError
from radiogram.formats.public_key import compress, coordinates, parse_address

FORMAT = "radiogram-signed-act"
VERSION = 1
DOMAIN_NAME, DOMAIN_VERSION = "ImageInbox", "1"
ACT_FILE_LIMIT = 64 * 1024  # bytes; ECDSA makes about 600, contract wallets some more
FOREVER = 2**40 - 1
"""The last second that an approval can name, in the year 36812."""
_MEMBERS = ("format", "version", "chain_id", "inbox", "act", "account", "fields", "deadline", "signature")
_EXACT = 2**53 - 1  # what every reader of JSON keeps exactly
_DOMAIN = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))


@dataclass(frozen=True)
class Act:
    """Something an account says for itself; as text, a statement of what is so from then on."""

    STRUCT: ClassVar[str]
    """Its EIP-712 type, as interfaces/IImageInbox.sol states it: the account, what it says, the deadline."""

    account: ChecksumAddress

    @classmethod
    def members(cls) -> list[tuple[str, str]]:
        """Name and type of each member of the struct, in order."""
        listed = cls.STRUCT[len(cls.__name__) + 1 : -1].split(",")
        return [(name, kind) for kind, name in (member.split(" ") for member in listed)]


@dataclass(frozen=True)
class RegisterKey(Act):
    STRUCT = "RegisterKey(address account,uint16 version,bytes32 x,bytes32 y,uint256 deadline)"

    version: int
    x: bytes
    y: bytes

    @classmethod
    def of(cls, account: ChecksumAddress, version: int, public_key: bytes) -> RegisterKey:
        """`public_key` has 33 bytes."""
        return cls(account, version, *coordinates(public_key))

    @property
    def public_key(self) -> bytes:
        """33 bytes. Raises ValueError off the curve."""
        return compress(b"\x04" + self.x + self.y)

    def __str__(self) -> str:
        return f"messages to {self.account} are sealed to the key 0x{self.public_key.hex()}, version {self.version}"


@dataclass(frozen=True)
class RestrictInbox(Act):
    STRUCT = "RestrictInbox(address account,bool restricted,uint16 version,uint256 deadline)"

    restricted: bool
    version: int

    def __str__(self) -> str:
        return f"{self.account} takes messages from {'approved senders only' if self.restricted else 'everyone'}"


@dataclass(frozen=True)
class ApproveSender(Act):
    STRUCT = "ApproveSender(address account,address sender,uint40 until,uint32 version,uint256 deadline)"

    sender: ChecksumAddress
    until: int
    """Unix time of the last second; 0: not approved."""
    version: int

    def __str__(self) -> str:
        if not self.until:
            return f"{self.account} does not approve {self.sender}"
        end = when(self.until)
        return f"{self.account} approves {self.sender} {end if end == 'forever' else f'until {end}'}"


@dataclass(frozen=True)
class Acknowledge(Act):
    STRUCT = "Acknowledge(address recipient,uint256 index,uint256 deadline)"

    index: int

    def __str__(self) -> str:
        return f"{self.account} has received message {self.index}"


_ACTS: dict[str, type[Act]] = {act.__name__: act for act in (RegisterKey, RestrictInbox, ApproveSender, Acknowledge)}


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
        _, *fields, _ = self.act.members()
        value = {
            "format": FORMAT,
            "version": VERSION,
            "chain_id": self.chain_id,
            "inbox": self.inbox,
            "act": type(self.act).__name__,
            "account": self.act.account,
            "fields": {name: _plain(v) for (name, _), v in zip(fields, astuple(self.act)[1:], strict=True)},
            "deadline": self.deadline,
            "signature": _plain(self.signature),
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
    members = act.members()
    values = (*astuple(act), deadline)
    return {
        "types": {"EIP712Domain": _typed(_DOMAIN), type(act).__name__: _typed(members)},
        "primaryType": type(act).__name__,
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": chain_id,
            "verifyingContract": inbox,
        },
        "message": {name: _plain(value) for (name, _), value in zip(members, values, strict=True)},
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
    _, *fields, (_, deadline_type) = kind.members()
    _expect(value["fields"], [name for name, _ in fields])
    act = kind(
        _read("account", "address", value["account"]),
        *(_read(name, type_, value["fields"][name]) for name, type_ in fields),
    )
    if isinstance(act, RegisterKey):
        _check_point(act)
    return SignedAct(
        act=act,
        chain_id=_read("chain_id", "uint256", value["chain_id"]),
        inbox=_read("inbox", "address", value["inbox"]),
        deadline=_read("deadline", deadline_type, value["deadline"]),
        signature=_read("signature", "bytes", value["signature"]),
    )


def parse_until(text: str) -> int:
    """The last second, in Unix time, of `forever`, of an ISO 8601 date (in UTC) or of a time (UTC, unless it says).

    Raises ActError.
    """
    text = text.strip()
    if text == "forever":
        return FOREVER
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            moment = datetime.combine(date.fromisoformat(text), time(23, 59, 59))
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        raise ActError(f"{text!r} is not a date", "it should look like 2030-12-31, or be forever") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def iso(second: int) -> str:
    """A Unix time as ISO 8601 in UTC; `forever` after the year 9999."""
    try:
        return datetime.fromtimestamp(second, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return "forever"


def when(second: int) -> str:
    """The same for a person."""
    text = iso(second)
    return text if text == "forever" else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"


def _typed(members: Any) -> list[dict[str, str]]:  # noqa: ANN401
    return [{"name": name, "type": kind} for name, kind in members]


def _plain(value: Any) -> Any:  # noqa: ANN401
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _json_object(raw: bytes) -> dict[str, Any]:
    if len(raw) > ACT_FILE_LIMIT:
        raise ActError("this is not a signed act: it is too large")
    try:
        value = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise ActError("this is not a signed act, or it is damaged: its JSON can't be read") from None
    if not isinstance(value, dict):
        raise ActError("this is not a signed act: it should be a JSON object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a member twice")
    return value


def _expect(value: Mapping[str, Any], names: Any) -> None:  # noqa: ANN401
    if set(value) != set(names):
        raise ActError(f"the signed act is damaged: it should have {', '.join(names)}, and no more", "ask for it again")


def _read(name: str, kind: str, value: Any) -> Any:  # noqa: ANN401
    """A member's value, if it is of its Solidity type."""
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


def _check_point(act: RegisterKey) -> None:
    try:
        _ = act.public_key
    except ValueError:
        raise ActError("the signed act is damaged: its key is not on the curve secp256k1", "ask for it again") from None
