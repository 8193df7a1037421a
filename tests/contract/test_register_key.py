"""registerKey, registerKeyBySignature and keyOf: the key that messages to an account are sealed to."""

import hashlib

import pytest
from eth_keys import keys
from eth_keys.datatypes import PublicKey
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.client import ZERO_ADDRESS
from tests.contract.isolation import isolated
from tests.contract.reverts import reverts
from tests.contract.samples import LATER
from tests.contract.signing import METHODS, sign
from tests.contract.strategies import NO_HYBRID, P, compressed, point, points

ENVELOPE = b"sealed"
HYBRID, ANOTHER = (hashlib.sha256(seed).digest() for seed in (b"a recipient", b"another"))


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def test_until_a_key_is_registered_the_accounts_own_is_in_force(inbox, patient):
    assert tuple(inbox.keyOf(patient)) == (0, b"", NO_HYBRID)


def test_the_first_key_is_version_1(inbox, patient):
    x, y = point(5)
    tx = inbox.registerKey(x, y, NO_HYBRID, sender=patient)
    assert tx.events == [inbox.KeyRegistered(account=patient, version=1, x=x, y=y, hybrid=NO_HYBRID)]
    assert tuple(inbox.keyOf(patient)) == (1, compressed(x, y), NO_HYBRID)


def test_every_rotation_makes_the_next_version(inbox, patient):
    for version in (1, 2, 3):
        x, y = point(version)
        tx = inbox.registerKey(x, y, NO_HYBRID, sender=patient)
        assert tx.events == [inbox.KeyRegistered(account=patient, version=version, x=x, y=y, hybrid=NO_HYBRID)]
        assert tuple(inbox.keyOf(patient)) == (version, compressed(x, y), NO_HYBRID)


def test_an_earlier_key_may_return_as_a_new_version(inbox, patient):
    for secret in (1, 2, 1):
        inbox.registerKey(*point(secret), NO_HYBRID, sender=patient)
    assert tuple(inbox.keyOf(patient)) == (3, compressed(*point(1)), NO_HYBRID)


def test_the_key_in_force_once_more_changes_nothing(inbox, patient):
    inbox.registerKey(*point(5), NO_HYBRID, sender=patient)
    assert inbox.registerKey(*point(5), NO_HYBRID, sender=patient).events == []
    assert inbox.keyOf(patient).version == 1


def test_the_point_with_the_other_y_is_another_key(inbox, patient):
    x, y = point(5)
    other = number(P - int.from_bytes(y, "big"))
    for version, either in enumerate((y, other, y), start=1):
        inbox.registerKey(x, either, NO_HYBRID, sender=patient)
        assert tuple(inbox.keyOf(patient)) == (version, compressed(x, either), NO_HYBRID)


def test_a_key_may_have_a_hybrid_digest(inbox, patient):
    x, y = point(5)
    tx = inbox.registerKey(x, y, HYBRID, sender=patient)
    assert tx.events == [inbox.KeyRegistered(account=patient, version=1, x=x, y=y, hybrid=HYBRID)]
    assert tuple(inbox.keyOf(patient)) == (1, compressed(x, y), HYBRID)


def test_another_hybrid_digest_or_none_is_another_version_of_the_same_point(inbox, patient):
    for version, hybrid in enumerate((HYBRID, ANOTHER, NO_HYBRID, HYBRID), start=1):
        inbox.registerKey(*point(5), hybrid, sender=patient)
        assert tuple(inbox.keyOf(patient)) == (version, compressed(*point(5)), hybrid)
        assert inbox.registerKey(*point(5), hybrid, sender=patient).events == []


def test_a_new_key_leaves_nothing_of_the_hybrid_digest_before(inbox, patient):
    inbox.registerKey(*point(5), HYBRID, sender=patient)
    inbox.registerKey(*point(6), NO_HYBRID, sender=patient)
    assert tuple(inbox.keyOf(patient)) == (2, compressed(*point(6)), NO_HYBRID)


@pytest.mark.parametrize("hybrid", [NO_HYBRID, HYBRID], ids=["without hybrid", "with hybrid"])
def test_a_y_that_is_off_the_curve_is_refused_even_if_x_and_its_parity_are_in_force(
    inbox, client, domain, patient, relayer, hybrid
):
    """Told to be done, its registrant would take a key for registered that nobody has."""
    x, y = point(5)
    inbox.registerKey(x, y, hybrid, sender=patient)
    for wrong in (y[:-1] + bytes([y[-1] ^ 2]), bytes(31) + bytes([y[-1] % 2])):
        with reverts(inbox.BadKey, x=x, y=wrong):
            inbox.registerKey(x, wrong, hybrid, sender=patient)
        done = client.transact(relayer, METHODS["RegisterKey"], patient, 1, x, wrong, hybrid, LATER, b"")
        assert done.error == ("BadKey", (x, wrong))


def test_another_accounts_key_stays_as_it_is(inbox, patient, clinic):
    inbox.registerKey(*point(5), NO_HYBRID, sender=patient)
    inbox.registerKey(*point(6), NO_HYBRID, sender=clinic)
    assert tuple(inbox.keyOf(patient)) == (1, compressed(*point(5)), NO_HYBRID)


def test_rotating_a_key_leaves_count_messages_and_restriction_as_they_were(inbox, technologist, patient):
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    inbox.restrictInbox(True, sender=patient)
    before = inbox.message(patient, 0, ZERO_ADDRESS)
    inbox.registerKey(*point(1), NO_HYBRID, sender=patient)
    inbox.registerKey(*point(2), NO_HYBRID, sender=patient)
    assert inbox.message(patient, 0, ZERO_ADDRESS) == before
    assert inbox.count(patient) == 1
    assert tuple(inbox.restrictionOf(patient)) == (True, 1)


@given(key=points)
def test_every_point_of_the_curve_is_accepted_and_its_compressed_form_opens_again(chain, client, patient, key):
    x, y = key
    with isolated(chain):
        done = client.transact(patient, "registerKey", x, y, NO_HYBRID)
        assert done.events == [
            ("KeyRegistered", {"account": patient, "version": 1, "x": x, "y": y, "hybrid": NO_HYBRID})
        ]
        ((version, stored, hybrid),) = client.call_views([("keyOf", (patient.address,))])
        assert (version, stored, hybrid) == (1, compressed(x, y), NO_HYBRID)
        assert PublicKey.from_compressed_bytes(stored).to_bytes() == x + y


@given(x=st.binary(min_size=32, max_size=32), y=st.binary(min_size=32, max_size=32))
def test_other_coordinates_are_refused(chain, client, patient, x, y):
    with isolated(chain):
        assert client.transact(patient, "registerKey", x, y, NO_HYBRID).error == ("BadKey", (x, y))
        assert client.call_views([("keyOf", (patient.address,))]) == [(0, b"", NO_HYBRID)]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        pytest.param(bytes(32), bytes(32), id="zero"),
        pytest.param(point(1)[1], point(1)[0], id="x and y exchanged"),
        pytest.param(point(1)[0], point(2)[1], id="another point's y"),
        pytest.param(number(P), number(pow(7, (P + 1) // 4, P)), id="x is the prime"),
        pytest.param(number(P + 1), number(pow(8, (P + 1) // 4, P)), id="x above the prime"),
        pytest.param(number(2**256 - 1), bytes(32), id="x all ones"),
    ],
)
def test_what_is_not_on_the_curve_is_refused(inbox, patient, x, y):
    with reverts(inbox.BadKey, x=x, y=y):
        inbox.registerKey(x, y, NO_HYBRID, sender=patient)
    assert tuple(inbox.keyOf(patient)) == (0, b"", NO_HYBRID)


def test_coordinates_are_refused_unless_they_are_below_the_prime(inbox, patient):
    """x = 1 is on the curve; x = P + 1 is the same field element, and y likewise with a small enough y."""
    y = pow(8, (P + 1) // 4, P)
    assert (y * y - 8) % P == 0
    inbox.registerKey(number(1), number(y), NO_HYBRID, sender=patient)
    with reverts(inbox.BadKey, x=number(1 + P), y=number(y)):
        inbox.registerKey(number(1 + P), number(y), NO_HYBRID, sender=patient)
    x, small = with_small_y()
    inbox.registerKey(number(x), number(small), NO_HYBRID, sender=patient)
    with reverts(inbox.BadKey, x=number(x), y=number(small + P)):
        inbox.registerKey(number(x), number(small + P), NO_HYBRID, sender=patient)


def with_small_y() -> tuple[int, int]:
    """A point whose y is so small that y + P still fits 256 bits: x is a cube root of y² - 7."""
    for y in range(1, 1000):
        cube = (y * y - 7) % P
        root = pow(cube, (P + 2) // 9, P)  # P % 9 is 7: a cube root, if there is one
        if pow(root, 3, P) == cube:
            return root, y
    raise AssertionError


def test_the_generator_is_a_key(inbox, patient):
    inbox.registerKey(*point(1), NO_HYBRID, sender=patient)
    assert inbox.keyOf(patient).key == keys.PrivateKey(number(1)).public_key.to_compressed_bytes()


def test_a_signed_key_does_not_return_once_it_was_superseded(inbox, client, domain, patient, relayer):
    fields = (patient.address, 1, *point(1), NO_HYBRID, LATER)
    signature = sign(patient.private_key, domain, "RegisterKey", fields)
    client.transact(relayer, METHODS["RegisterKey"], *fields, signature)
    client.transact(patient, "registerKey", *point(2), NO_HYBRID)
    assert client.transact(relayer, METHODS["RegisterKey"], *fields, signature).error == ("BadVersion", (1, 2))
    assert inbox.keyOf(patient).version == 2


def test_a_signed_key_off_the_curve_is_refused(client, domain, patient, relayer):
    fields = (patient.address, 1, bytes(32), bytes(32), NO_HYBRID, LATER)
    signature = sign(patient.private_key, domain, "RegisterKey", fields)
    done = client.transact(relayer, METHODS["RegisterKey"], *fields, signature)
    assert done.error == ("BadKey", (bytes(32), bytes(32)))
