"""The vectors of mailboxes, for make.py."""

import hashlib

from radiogram.formats import mailbox
from radiogram.formats.mailbox import LAST_DAY, MAILBOXES_A_DAY, Role, pair_secret
from radiogram.formats.public_key import public_key_of
from tests.formats.strategies import GROUP_ORDER

ONE, LAST = (number.to_bytes(32, "big") for number in (1, GROUP_ORDER - 1))
PLACES = [(0, 0), (20_000, 0), (20_000, 1), (20_001, 0), (20_000, 255), (20_000, 256), (LAST_DAY, MAILBOXES_A_DAY - 1)]
DAY_SECONDS = 86_400


def mailboxes(sender: bytes, recipient: bytes, inbox: str) -> dict[str, object]:
    """Of these private keys, among others."""
    other = "0x" + "ff" * 20
    pairs = [
        (sender, recipient, 1337, inbox),
        (recipient, sender, 1337, inbox),
        (sender, recipient, 1, inbox),
        (sender, recipient, 1337, other),
        (sender, ONE, 1337, inbox),
        (sender, LAST, 1337, inbox),
        (sender, sender, 2**53 - 1, inbox),
    ]
    return {
        "pairs": [pair(*each) for each in pairs],
        "refuse": refused(sender, public_key_of(recipient)),
        "match": matches(*(unhex(pair(*each)["secret"]) for each in pairs[:2])),
    }


def hexed(raw: bytes) -> str:
    return "0x" + raw.hex()


def unhex(text: object) -> bytes:
    return bytes.fromhex(str(text)[2:])


def pair(sender: bytes, recipient: bytes, chain_id: int, inbox: str) -> dict[str, object]:
    secret = pair_secret(Role.SENDER, sender, public_key_of(recipient), chain_id, inbox)
    return {
        "sender_private_key": hexed(sender),
        "sender_public_key": hexed(public_key_of(sender)),
        "recipient_private_key": hexed(recipient),
        "recipient_public_key": hexed(public_key_of(recipient)),
        "chain_id": chain_id,
        "inbox": inbox,
        "secret": hexed(secret),
        "addresses": [
            {"day": day, "number": number, "address": hexed(mailbox.address(secret, day, number))}
            for day, number in PLACES
        ],
    }


def refused(private_key: bytes, public_key: bytes) -> list[dict[str, str]]:
    keys = [
        ("a private key of zero", bytes(32), public_key),
        ("a private key of the group order", GROUP_ORDER.to_bytes(32, "big"), public_key),
        ("a private key too short", private_key[1:], public_key),
        ("a private key too long", b"\0" + private_key, public_key),
        ("a public key off the curve", private_key, b"\x02" + bytes(31) + b"\x05"),
        ("a public key without its first byte", private_key, public_key[1:]),
        ("an uncompressed public key, cut short", private_key, b"\x04" + public_key[1:]),
        ("an uncompressed public key", private_key, b"\x04" + bytes.fromhex(GENERATOR)),
        ("no public key", private_key, b""),
    ]
    return [{"why": why, "private_key": hexed(own), "public_key": hexed(other)} for why, own, other in keys]


GENERATOR = (  # SEC 2, 2.4.1
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
)


def matches(one: bytes, another: bytes) -> list[dict[str, object]]:
    day = 20_000
    start, end = day * DAY_SECONDS, day * DAY_SECONDS + DAY_SECONDS - 1
    stranger = hashlib.sha256(b"an inbox of somebody else").digest()[:20]

    def case(why: str, *events: tuple[bytes, int]) -> dict[str, object]:
        found = mailbox.match(events, [one, another])
        return {
            "why": why,
            "secrets": [hexed(one), hexed(another)],
            "events": [
                {
                    "recipient": hexed(recipient),
                    "time": time,
                    "found": box and [hexed(box.secret), box.day, box.number],
                }
                for (recipient, time), box in zip(events, found, strict=True)
            ],
        }

    def at(number: int, secret: bytes = one, of: int = day) -> bytes:
        return mailbox.address(secret, of, number)

    return [
        case("nothing"),
        case("of two pairs, among others", (at(3), start), (stranger, start), (at(3, another), end), (at(31), end)),
        case("two in one mailbox", (at(3), start), (at(3), end)),
        case("the day before and the day after", (at(0), start - 1), (at(1), end + 1)),
        case("two days before", (stranger, start), (at(0), start - DAY_SECONDS - 1)),
        case("two days after", (stranger, end), (at(0), end + DAY_SECONDS + 1)),
        case("behind 63 empty mailboxes", (at(63), start), (at(127), start)),
        case("behind 64 empty mailboxes", (at(64), start)),
        case("behind 64 empty mailboxes, after one that is used", (at(0), start), (at(65), start)),
        case("found by one that comes later", (at(100), start), (at(50), end)),
        case("the first day", (at(0, one, 0), 0), (at(0, one, 1), 0)),
        case("the last day", (at(0, one, LAST_DAY), LAST_DAY * DAY_SECONDS)),
        case("the last day, a day late", (at(0, one, LAST_DAY), (LAST_DAY + 1) * DAY_SECONDS)),
        case("a time that no block can have", (at(0, one, LAST_DAY), 2**53 - 1)),
        case("thirty days after", (stranger, end), (at(0), end + 30 * DAY_SECONDS)),
        case("thirty-one days after", (stranger, end), (at(0), end + 30 * DAY_SECONDS + 1)),
    ]
