"""Mailboxes: both sides derive the same addresses, nobody else does, and a reader loses no message."""

import hashlib
import hmac
from collections import Counter

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import assume, given
from hypothesis import strategies as st

from radiogram.errors import KeyFormatError
from radiogram.formats import mailbox
from radiogram.formats.mailbox import (
    GAP_LIMIT,
    LAST_DAY,
    LATE_DAYS,
    MAILBOXES_A_DAY,
    OVERLAP_DAYS,
    WINDOW,
    Mailbox,
    Role,
    address,
    choose_mailbox,
    days_around,
    match,
    pair_secret,
    used_mailboxes,
)
from radiogram.formats.public_key import public_key_of
from tests.formats.published_vectors import require, wycheproof
from tests.formats.strategies import GROUP_ORDER, addresses, private_keys
from tests.formats.test_vectors import unhex, vectors

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


# ---- where a sender puts a message


def addresses_of(day: int, numbers: range | list[int], secret: bytes = SECRET) -> set[bytes]:
    return {address(secret, day, number) for number in numbers}


def chosen(day: int, used: set[bytes], times: int) -> set[int]:
    picks = [choose_mailbox(SECRET, day, used.__contains__) for _ in range(times)]
    assert all(pick == Mailbox(SECRET, day, pick.number, address(SECRET, day, pick.number)) for pick in picks)
    return {pick.number for pick in picks}


def test_a_sender_chooses_among_the_32_lowest_mailboxes():
    assert WINDOW == 32
    assert chosen(DAY, set(), 1000) == set(range(32))  # one is missed once in 10^12 runs


def test_a_sender_passes_over_what_is_used():
    used = [0, 2, 3, 31, 40]
    assert chosen(DAY, addresses_of(DAY, used), 1000) == set(range(36)) - set(used)
    assert chosen(DAY + 1, addresses_of(DAY, used), 1000) == set(range(32))


def test_a_sender_takes_the_last_free_mailbox_of_a_day():
    used = addresses_of(DAY, range(MAILBOXES_A_DAY - 1))
    assert chosen(DAY, used, 1) == {65_535}


def test_a_sender_shares_a_mailbox_where_none_is_free(monkeypatch):
    monkeypatch.setattr(mailbox, "MAILBOXES_A_DAY", 40)
    assert chosen(DAY, addresses_of(DAY, range(40)), 1000) == set(range(40))


# ---- what a reader finds


@pytest.mark.parametrize(
    ("time", "days"),
    [
        (0, [0, 1]),
        (86_399, [0, 1]),
        (86_400, [0, 1, 2]),
        (30 * 86_400, range(32)),
        (31 * 86_400 - 1, range(32)),
        (31 * 86_400, range(1, 33)),
        ((2**32 - 2) * 86_400, range(2**32 - 32, 2**32)),
        ((2**32 - 1) * 86_400, range(2**32 - 31, 2**32)),
        (2**32 * 86_400, range(2**32 - 30, 2**32)),
        ((2**32 + 29) * 86_400, [2**32 - 1]),
        ((2**32 + 30) * 86_400, []),
        (2**63 - 1, []),
    ],
)
def test_a_message_lies_in_a_mailbox_of_up_to_30_days_before_its_block_or_one_after(time, days):
    assert LATE_DAYS == 30
    assert list(days_around(time)) == list(days)


def found_numbers(used: list[int]) -> list[int]:
    return [each.number for each in used_mailboxes(SECRET, DAY, addresses_of(DAY, used).__contains__)]


def test_a_search_passes_over_63_empty_mailboxes_and_ends_at_64():
    assert GAP_LIMIT == 64
    assert found_numbers([]) == []
    assert found_numbers([63]) == [63]
    assert found_numbers([64]) == []
    assert found_numbers([0, 64, 128]) == [0, 64, 128]
    assert found_numbers([0, 65]) == [0]


def test_a_search_asks_for_no_more_than_it_must():
    asked = []
    assert list(used_mailboxes(SECRET, DAY, asked.append)) == []
    assert asked == [address(SECRET, DAY, number) for number in range(64)]


def test_a_search_ends_with_the_day():
    every = list(used_mailboxes(SECRET, LAST_DAY, lambda _: True))
    assert [each.number for each in every] == list(range(65_536))
    assert every[-1] == Mailbox(SECRET, 2**32 - 1, 65_535, address(SECRET, 2**32 - 1, 65_535))


def test_events_are_matched_one_by_one_in_their_order():
    events = [
        (elsewhere(0), NOON),
        (address(SECRET, DAY, 7), NOON),
        (elsewhere(1), NOON),
        (address(SECRET, DAY, 3), NOON),
    ]
    first, second = (Mailbox(SECRET, DAY, number, address(SECRET, DAY, number)) for number in (7, 3))
    assert match(events, [SECRET]) == [None, first, None, second]
    assert match(events, []) == [None] * 4
    assert match([], [SECRET]) == []


def test_messages_that_share_a_mailbox_are_all_found():
    events = [(address(SECRET, DAY, 7), NOON)] * 3
    assert [each.number for each in match(events, [SECRET])] == [7, 7, 7]


def test_each_message_is_found_to_be_of_its_pair():
    other = hashlib.sha256(b"another pair").digest()
    events = [(address(other, DAY, 1), NOON), (address(SECRET, DAY, 1), NOON)]
    assert [each.secret for each in match(events, [SECRET, other])] == [other, SECRET]


@pytest.mark.parametrize(
    ("late", "is_found"), [(-2, False), (-1, True), (0, True), (2, True), (LATE_DAYS, True), (LATE_DAYS + 1, False)]
)
def test_a_message_is_found_if_its_block_is_of_a_day_before_of_the_day_or_of_30_after_it(late, is_found):
    beside = [(elsewhere(0), NOON)]  # so that the mailbox's day is searched
    found = match([*beside, (address(SECRET, DAY, 0), NOON + late * 86_400)], [SECRET])
    assert [each is not None for each in found] == [False, is_found]


def test_one_event_in_time_does_not_bring_in_another_of_the_same_address():
    event = address(SECRET, DAY, 0)
    found = match([(event, NOON), (event, NOON + (LATE_DAYS + 1) * 86_400)], [SECRET])
    assert [each is not None for each in found] == [True, False]


def test_times_that_no_block_can_have_are_nobodys():
    assert match([(elsewhere(0), 2**63 - 1)], [SECRET]) == [None]


def sent_by_machines(steps: list[tuple[int, bool, bool]]) -> tuple[list[tuple[bytes, int]], int]:
    """What comes onto the chain of what machines send that know of each other only what the chain has, as events out of
    order, and how many sends a reorganisation took away for good after others had seen them.
    """
    chain: list[tuple[bytes, int]] = []
    seen: set[bytes] = set()
    unseen: set[bytes] = set()
    lost = 0
    for place, (delay, vanishes, is_seen) in enumerate(steps):
        box = choose_mailbox(SECRET, DAY, seen.__contains__)
        unseen.add(box.address)
        if vanishes and lost < GAP_LIMIT - WINDOW:
            lost += 1
        else:
            chain.append((box.address, NOON + delay))
        if is_seen:
            seen |= unseen
            unseen.clear()
        chain.append((elsewhere(place), NOON + place))
    return chain, len(steps) - lost


@given(
    st.lists(st.tuples(st.integers(-86_400, LATE_DAYS * 86_400), st.booleans(), st.booleans()), max_size=120),
    st.randoms(use_true_random=False),
)
def test_machines_without_a_counter_gaps_and_reorganisations_lose_nothing(steps, shuffled):
    events, ours = sent_by_machines(steps)
    shuffled.shuffle(events)
    assert len([each for each in match(events, [SECRET]) if each]) == ours


def test_32_messages_that_a_reorganisation_took_away_hide_none_behind_them():
    """The worst case: the 32 lowest vanished, the others chose the highest that they might."""
    used = addresses_of(DAY, range(GAP_LIMIT - WINDOW))
    highest = max(choose_mailbox(SECRET, DAY, used.__contains__).number for _ in range(1000))
    assert highest == GAP_LIMIT - 1
    assert match([(address(SECRET, DAY, highest), NOON)], [SECRET]) != [None]


delays = st.integers(-1, LATE_DAYS)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 200), delays), max_size=60), st.integers(0, 40))
def test_matching_in_pieces_finds_what_matching_the_whole_finds(sent, first_new):
    events = [(address(SECRET, DAY + day, number), NOON + (day + late) * 86_400) for day, number, late in sent]
    old = [event for event in events if event[1] // 86_400 < DAY + first_new]
    again = [event for event in events if event[1] // 86_400 >= DAY + first_new - OVERLAP_DAYS]

    def ours(some: list[tuple[bytes, int]]) -> set[tuple[bytes, int]]:
        return {event for event, box in zip(some, match(some, [SECRET]), strict=True) if box}

    assert ours(old) | ours(again) == ours(events)


def test_a_year_of_a_clinic_is_matched_to_a_patient():
    """500 messages a day, of which 40 in the year are the patient's."""
    year = [(elsewhere(500 * day + place), (DAY + day) * 86_400 + place) for day in range(365) for place in range(500)]
    mine = [4501 * place for place in range(40)]
    for place in mine:
        year[place] = (address(SECRET, DAY + place // 500, place % 32), year[place][1])
    found = match(year, [SECRET, *(hashlib.sha256(b"%d" % pair).digest() for pair in range(2))])
    assert [place for place, box in enumerate(found) if box] == mine


# ---- vectors


@pytest.mark.parametrize("vector", vectors("mailbox.json", "pairs"))
def test_a_pair_has_the_secret_and_the_addresses_of_its_vector(vector):
    sender, recipient = unhex(vector["sender_private_key"]), unhex(vector["recipient_private_key"])
    where = (int(vector["chain_id"]), vector["inbox"])
    assert both_sides(sender, recipient, *where) == (unhex(vector["secret"]),) * 2
    assert public_key_of(sender) == unhex(vector["sender_public_key"])
    assert public_key_of(recipient) == unhex(vector["recipient_public_key"])
    for each in vector["addresses"]:
        assert address(unhex(vector["secret"]), each["day"], each["number"]) == unhex(each["address"])


@pytest.mark.parametrize("vector", vectors("mailbox.json", "refuse"), ids=lambda v: v["why"])
def test_keys_of_a_vector_that_make_no_pair_are_refused(vector):
    with pytest.raises(KeyFormatError):
        pair_secret(Role.SENDER, unhex(vector["private_key"]), unhex(vector["public_key"]), 1, INBOX)


@pytest.mark.parametrize("vector", vectors("mailbox.json", "match"), ids=lambda v: v["why"])
def test_events_are_matched_as_their_vector_says(vector):
    events = [(unhex(each["recipient"]), int(each["time"])) for each in vector["events"]]
    found = match(events, [unhex(each) for each in vector["secrets"]])
    said = [box and ["0x" + box.secret.hex(), box.day, box.number] for box in found]
    assert said == [each["found"] for each in vector["events"]]


def test_a_secret_is_in_no_text_of_a_mailbox():
    box = choose_mailbox(SECRET, DAY, lambda _: False)
    assert repr(SECRET) not in repr(box)
