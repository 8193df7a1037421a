"""Mailboxes: both sides derive the same addresses, nobody else does, and a reader loses no message."""

import hashlib
import hmac
from collections import Counter

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import assume, given
from hypothesis import strategies as st

from radiogram.errors import KeyFormatError
from radiogram.formats.mailbox import (
    LAST_DAY,
    MAILBOXES_A_DAY,
    Role,
    address,
    pair_secret,
)
from radiogram.formats.public_key import public_key_of
from tests.formats.published_vectors import require, wycheproof
from tests.formats.strategies import GROUP_ORDER, addresses, private_keys
from tests.formats.test_vectors import unhex

INBOX = to_checksum_address("0x" + "1b" * 20)
CLINIC, PATIENT = bytes(31) + b"\x01", bytes(31) + b"\x02"
SECRET = hashlib.sha256(b"a pair").digest()
DAY = 20_000
NOON = DAY * 86_400 + 43_200
CURVE = "3056301006072a8648ce3d020106052b8104000a034200"  # DER that says secp256k1 by name, before 65 bytes of a point

chain_ids = st.integers(0, 2**256 - 1)
days = st.integers(0, LAST_DAY)
numbers = st.integers(0, MAILBOXES_A_DAY - 1)
secrets = st.binary(min_size=32, max_size=32)
places = st.tuples(secrets, days, numbers)


def both_sides(clinic: bytes, patient: bytes, chain_id: int, inbox: str) -> tuple[bytes, bytes]:
    return (
        pair_secret(Role.SENDER, clinic, public_key_of(patient), chain_id, inbox),
        pair_secret(Role.RECIPIENT, patient, public_key_of(clinic), chain_id, inbox),
    )


def elsewhere(place: int) -> bytes:
    """An address of somebody else's."""
    return hashlib.sha256(b"another %d" % place).digest()[:20]


# ---- the pair


@given(private_keys, private_keys, chain_ids, addresses)
def test_both_sides_derive_the_same_secret(clinic, patient, chain_id, inbox):
    ours, theirs = both_sides(clinic, patient, chain_id, inbox)
    assert ours == theirs
    assert len(ours) == 32


@given(private_keys, private_keys, chain_ids, addresses)
def test_a_pair_has_another_secret_in_the_other_direction(clinic, patient, chain_id, inbox):
    assume(clinic != patient)
    assert both_sides(clinic, patient, chain_id, inbox) != both_sides(patient, clinic, chain_id, inbox)
    one_way = pair_secret(Role.SENDER, clinic, public_key_of(patient), chain_id, inbox)
    assert one_way != pair_secret(Role.RECIPIENT, clinic, public_key_of(patient), chain_id, inbox)


@given(st.lists(st.tuples(private_keys, private_keys, chain_ids, addresses), min_size=2, max_size=2, unique=True))
def test_another_pair_chain_or_contract_never_has_the_same_secret(two):
    one, another = two
    assert both_sides(*one)[0] != both_sides(*another)[0]
    for place in range(4):
        moved = (*one[:place], another[place], *one[place + 1 :])
        assert moved == one or both_sides(*moved)[0] != both_sides(*one)[0]


def test_a_key_and_its_negative_make_two_pairs_though_x_is_the_same():
    negative = (GROUP_ORDER - 2).to_bytes(32, "big")
    assert public_key_of(negative)[1:] == public_key_of(PATIENT)[1:]
    assert both_sides(CLINIC, negative, 1, INBOX)[0] != both_sides(CLINIC, PATIENT, 1, INBOX)[0]


def by_hand(shared: bytes, sender: bytes, recipient: bytes, chain_id: int, inbox: str) -> bytes:
    """RFC 5869, with no more than HMAC."""
    info = b"radiogram mailbox pair v1" + sender + recipient + chain_id.to_bytes(32, "big") + unhex(inbox)
    return hmac.digest(hmac.digest(bytes(32), shared, "sha256"), info + b"\x01", "sha256")


def test_a_secret_is_hkdf_of_the_shared_x_of_every_valid_ecdh_vector():
    tests = [test for _, test in wycheproof("ecdh_secp256k1") if test["result"] == "valid"]
    tests = [test for test in tests if test["public"].startswith(CURVE)]
    require(tests, 473)
    for test in tests:
        own, point = int(test["private"], 16).to_bytes(32, "big"), unhex(test["public"].removeprefix(CURVE))
        other = bytes([2 + point[-1] % 2]) + point[1:33]
        expected = by_hand(unhex(test["shared"]), public_key_of(own), other, 1337, INBOX)
        assert pair_secret(Role.SENDER, own, other, 1337, INBOX) == expected


@pytest.mark.parametrize("private_key", [bytes(32), GROUP_ORDER.to_bytes(32, "big"), b"\xff" * 32])
def test_numbers_that_are_no_private_key_are_refused(private_key):
    with pytest.raises(KeyFormatError, match="not on the curve"):
        pair_secret(Role.SENDER, private_key, public_key_of(PATIENT), 1, INBOX)


@pytest.mark.parametrize("number", [1, GROUP_ORDER - 1])
def test_the_first_and_the_last_private_key_make_a_pair(number):
    assert len(set(both_sides(number.to_bytes(32, "big"), PATIENT, 1, INBOX))) == 1


@pytest.mark.parametrize("size", [0, 31, 33])
def test_private_keys_of_another_length_are_refused(size):
    with pytest.raises(KeyFormatError, match=f"32 bytes, and 33 the public ones, not {size} and 33$"):
        pair_secret(Role.SENDER, bytes(size - 1) + b"\x01" if size else b"", public_key_of(PATIENT), 1, INBOX)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (b"", "not 32 and 0$"),
        (public_key_of(PATIENT)[:-1], "not 32 and 32$"),
        (public_key_of(PATIENT) + b"\0", "not 32 and 34$"),
        (b"\x04" + bytes(64), "not 32 and 65$"),
        (b"\x02" + bytes(31) + b"\x05", "not on the curve"),
        (b"\x04" + public_key_of(PATIENT)[1:], "not on the curve"),
        (b"\x00" + public_key_of(PATIENT)[1:], "not on the curve"),
    ],
)
def test_what_is_no_public_key_of_33_bytes_is_refused(key, why):
    with pytest.raises(KeyFormatError, match=why):
        pair_secret(Role.SENDER, CLINIC, key, 1, INBOX)


@pytest.mark.parametrize("chain_id", [-1, 2**256])
def test_a_chain_id_beyond_32_bytes_is_refused(chain_id):
    with pytest.raises(OverflowError):
        pair_secret(Role.SENDER, CLINIC, public_key_of(PATIENT), chain_id, INBOX)


# ---- addresses


@given(st.lists(places, min_size=2, max_size=2, unique=True))
def test_another_pair_day_or_number_never_has_the_same_address(two):
    one, another = two
    assert address(*one) != address(*another)
    for place in range(3):
        moved = (*one[:place], another[place], *one[place + 1 :])
        assert moved == one or address(*moved) != address(*one)


@given(secrets, days, numbers)
def test_an_address_is_the_end_of_an_hmac(secret, day, number):
    message = b"radiogram mailbox address v1" + day.to_bytes(4, "big") + number.to_bytes(2, "big")
    assert address(secret, day, number) == hmac.digest(secret, message, "sha256")[12:]
    assert len(address(secret, day, number)) == 20


@pytest.mark.parametrize(("day", "number"), [(0, 0), (2**32 - 1, 0), (0, 65_535), (2**32 - 1, 65_535)])
def test_the_first_and_the_last_day_and_number_have_an_address(day, number):
    assert len(address(SECRET, day, number)) == 20


@pytest.mark.parametrize(("day", "number"), [(-1, 0), (2**32, 0), (0, -1), (0, 65_536)])
def test_days_and_numbers_beyond_their_bytes_are_refused(day, number):
    with pytest.raises(OverflowError):
        address(SECRET, day, number)


def derived(pairs: int, days: int, numbers: int) -> list[bytes]:
    """Addresses of real pairs, always the same ones."""
    found = []
    for pair in range(1, pairs + 1):
        secret = pair_secret(Role.SENDER, CLINIC, public_key_of(pair.to_bytes(32, "big")), 1, INBOX)
        found += [address(secret, DAY + day, number) for day in range(days) for number in range(numbers)]
    return found


def test_no_two_pairs_days_or_numbers_meet_in_100_000_addresses():
    assert len(set(derived(pairs=50, days=20, numbers=100))) == 100_000


def test_addresses_look_like_random_bytes():
    """Fixed keys, so that it passes always or never. Of 32,000 fair coins, 5 deviations are 447; of a chi-squared of
    255 degrees, 5 are 113.
    """
    found = derived(pairs=20, days=20, numbers=80)
    assert len(found) == 32_000
    numbers = [int.from_bytes(each, "big") for each in found]
    for bit in range(160):
        assert abs(sum(number >> bit & 1 for number in numbers) - 16_000) < 447
    for place in range(20):
        counts = Counter(each[place] for each in found)
        assert abs(sum((counts[value] - 125) ** 2 / 125 for value in range(256)) - 255) < 113


def test_neighbours_differ_in_half_of_their_bits():
    """From one number, day or pair to the next: 5 deviations of a mean of 160 coins."""
    found = derived(pairs=20, days=20, numbers=80)
    for step in (1, 80, 1600):
        differing = [
            (int.from_bytes(one, "big") ^ int.from_bytes(another, "big")).bit_count()
            for one, another in zip(found, found[step:], strict=False)
        ]
        assert abs(sum(differing) / len(differing) - 80) < 5 * 40**0.5 / len(differing) ** 0.5
