"""Addresses of inboxes that only sender and recipient can derive: docs/format.md, Mailboxes.

Bytes in, bytes out; only the choice among free mailboxes is random. Addresses are 20 bytes here.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from itertools import islice
from secrets import choice

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_typing import ChecksumAddress

from radiogram.errors import KeyFormatError
from radiogram.formats.public_key import PRIVATE_KEY_BYTES, public_key_of

SECRET_BYTES = 32
ADDRESS_BYTES = 20
PUBLIC_KEY_BYTES = 33
DAY_SECONDS = 86_400
LAST_DAY = 2**32 - 1
MAILBOXES_A_DAY = 2**16
WINDOW = 32
"""A sender picks one of so many free mailboxes."""
GAP_LIMIT = 64
"""So many empty mailboxes behind the last used one end a reader's search of a day."""
LATE_DAYS = 30
"""A message may come into a block so many days after that of its mailbox: it waited for a home, a person or a fee."""
OVERLAP_DAYS = LATE_DAYS + 1
"""A reader that goes on with later events matches those of so many days before the first of them again."""
_PAIR_INFO = b"radiogram mailbox pair v1"
_ADDRESS_TAG = b"radiogram mailbox address v1"


class Role(Enum):
    """Whose private key is at hand: a pair has one secret for each direction."""

    SENDER = "sender"
    RECIPIENT = "recipient"


@dataclass(frozen=True)
class Mailbox:
    """One inbox address of a pair."""

    secret: bytes = field(repr=False)
    """Of the pair, 32 bytes."""
    day: int
    """Days since 1970-01-01 UTC by the sender's clock, 0 to 2^32 - 1."""
    number: int
    """Within the day, 0 to 65,535."""
    address: bytes
    """20 bytes."""


def pair_secret(role: Role, private_key: bytes, public_key: bytes, chain_id: int, inbox: ChecksumAddress) -> bytes:
    """The 32 bytes that both of a pair derive, each from an own private key (32 bytes) and the other's public one (33).

    HKDF-SHA256 (RFC 5869) of the x of the shared point (SEC 1, 3.3.1; 32 bytes, big endian), without salt, over the
    sender's mailbox key, the recipient's key, chain and contract. Raises KeyFormatError.
    """
    shared = _shared_x(private_key, public_key)
    own = public_key_of(private_key)
    keys = own + public_key if role is Role.SENDER else public_key + own
    info = _PAIR_INFO + keys + chain_id.to_bytes(32, "big") + bytes.fromhex(inbox[2:])
    return HKDF(SHA256(), SECRET_BYTES, None, info).derive(shared)


def address(secret: bytes, day: int, number: int) -> bytes:
    """The last 20 bytes of HMAC-SHA256 (RFC 2104), keyed with the pair secret, of a tag, the day (4 bytes, big endian)
    and the mailbox's number (2 bytes, big endian). Raises OverflowError for numbers that do not fit these.
    """
    message = _ADDRESS_TAG + day.to_bytes(4, "big") + number.to_bytes(2, "big")
    return hmac.digest(secret, message, "sha256")[-ADDRESS_BYTES:]


def choose_mailbox(secret: bytes, day: int, is_used: Callable[[bytes], object]) -> Mailbox:
    """Where a sender puts its next message of the day: one at random of the 32 lowest free mailboxes, so that machines
    which choose at once mostly do not meet. Where they do, or none is free, two messages share one, and both are found.

    `is_used` says whether this sender has used an address (20 bytes), or is about to.
    """
    every = (_mailbox(secret, day, number) for number in range(MAILBOXES_A_DAY))
    free = list(islice((each for each in every if not is_used(each.address)), WINDOW))
    return choice(free) if free else _mailbox(secret, day, choice(range(MAILBOXES_A_DAY)))


def used_mailboxes(secret: bytes, day: int, is_used: Callable[[bytes], object]) -> Iterator[Mailbox]:
    """The mailboxes of a day that hold messages, as far as a reader searches: until 64 in a row do not."""
    number, end = 0, GAP_LIMIT
    while number < min(end, MAILBOXES_A_DAY):
        if is_used(address(secret, day, number)):
            yield _mailbox(secret, day, number)
            end = number + 1 + GAP_LIMIT
        number += 1


def days_around(block_time: int) -> range:
    """The days of the mailboxes in which a message of a block with this Unix time may lie: it may come late, and
    the sender's clock be ahead.
    """
    day = block_time // DAY_SECONDS
    return range(max(day - LATE_DAYS, 0), min(day + 1, LAST_DAY) + 1)


def match(events: Sequence[tuple[bytes, int]], secrets: Iterable[bytes]) -> list[Mailbox | None]:
    """Of each event, the mailbox it lies in; None for messages to others. `events` are recipient (20 bytes) and block
    time of all that one sender sent, in any order, `secrets` those of pairs with that sender.

    A reader may match piece by piece: all that is found of the whole is found of the pieces, if each begins
    `OVERLAP_DAYS` before its first new event.
    """
    places: dict[bytes, list[int]] = {}
    for place, (recipient, _) in enumerate(events):
        places.setdefault(recipient, []).append(place)
    block_days = {time // DAY_SECONDS for _, time in events}
    days = {day for each in block_days for day in days_around(each * DAY_SECONDS)}

    def sent_around(day: int, recipient: bytes) -> list[int]:
        return [place for place in places.get(recipient, ()) if day in days_around(events[place][1])]

    found: list[Mailbox | None] = [None] * len(events)
    for secret in secrets:
        for day in days:
            for mailbox in used_mailboxes(secret, day, partial(sent_around, day)):
                for place in sent_around(day, mailbox.address):
                    found[place] = mailbox
    return found


def _mailbox(secret: bytes, day: int, number: int) -> Mailbox:
    return Mailbox(secret, day, number, address(secret, day, number))


def _shared_x(private_key: bytes, public_key: bytes) -> bytes:
    if len(private_key) != PRIVATE_KEY_BYTES or len(public_key) != PUBLIC_KEY_BYTES:
        raise KeyFormatError(
            f"keys of mailboxes have {PRIVATE_KEY_BYTES} bytes, and {PUBLIC_KEY_BYTES} the public ones, "
            f"not {len(private_key)} and {len(public_key)}"
        )
    curve = ec.SECP256K1()
    try:
        own = ec.derive_private_key(int.from_bytes(private_key, "big"), curve)
        return own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, public_key))
    except ValueError:
        raise KeyFormatError("no mailbox can be derived: one of the keys is not on the curve secp256k1") from None
