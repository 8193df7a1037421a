"""POST /act and /share: what people without Ether sign, within the limits of whoever pays."""

import dataclasses
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils import to_checksum_address

from radiogram.formats.keys import Keys
from radiogram.formats.signed_act import ApproveSender, RegisterKey, RestrictInbox, SignedAct, signable
from radiogram.formats.signed_share import SignedShare
from tests.web.conftest import Chain, stop
from tests.web.contract_calls import asked
from tests.web.server.asker import Asker, hang_up_while

HOUR = 3600
DAY = 24 * HOUR


class Person:
    """Who has a key, and no Ether."""

    def __init__(self, place):
        self.key = os.urandom(32)
        self.address = to_checksum_address(Account.from_key(self.key).address)
        self.place = place

    def sign(self, act, deadline=None, **other):
        place = self.place | other
        deadline = int(time.time() + HOUR) if deadline is None else deadline
        request = signable(act, place["chain_id"], place["inbox"], deadline)
        signature = bytes(Account.sign_message(request, self.key).signature)
        return SignedAct(act, place["chain_id"], place["inbox"], deadline, signature).to_bytes()

    def registers(self, version=1, **other):
        return self.sign(RegisterKey.of(self.address, version, Keys(os.urandom(32)).public().public_key), **other)

    def restricts(self, restricted=True, version=1):
        return self.sign(RestrictInbox(self.address, restricted, version))

    def approves(self, sender, version=1):
        return self.sign(ApproveSender(self.address, sender, 2**40 - 1, version))

    def shares(self, doctor, sender, envelope=None, *, key=None, deadline=None):
        deadline = int(time.time() + HOUR) if deadline is None else deadline
        envelope = b"\x02" + os.urandom(152) if envelope is None else envelope
        parts = (self.place["chain_id"], self.place["inbox"], self.address, sender, doctor, 0, envelope, deadline)
        share = SignedShare(*parts, signature=bytes(65))
        signature = bytes(Account.sign_message(encode_defunct(text=share.text), key or self.key).signature)
        return dataclasses.replace(share, signature=signature).to_bytes()


def put(asker, act, **headers):
    usual = {"Origin": asker.origin, "Content_Type": "application/json"}
    return asker.ask("POST", "/act", act, **usual | headers)


def share(asker, body):
    return asker.ask("POST", "/share", body, Origin=asker.origin, Content_Type="application/json")


@pytest.fixture
def door(start_site):
    """door(*options): a site that takes acts; its state folder is the devnet's."""
    running = []

    def start(*options):
        process, said = start_site(*options)
        running.append(process)
        asker = Asker(said["url"])
        asker.said = said
        return asker

    yield start
    for process in running:
        stop(process)


@pytest.fixture(autouse=True)
def _new_day(devnet):
    """What other tests spent is another day's."""
    (devnet.home / "relayed.jsonl").unlink(missing_ok=True)
    yield
    (devnet.home / "relayed.jsonl").unlink(missing_ok=True)


@pytest.fixture
def somebody(devnet):
    return lambda: Person({"chain_id": 1337, "inbox": devnet.node["inbox"]})


@pytest.fixture
def registered(devnet):
    """The version of an account's key."""

    def look(person):
        called = asked(
            Chain(devnet.node["chain"]), devnet.node["inbox"], "keyOf(address)", ["address"], [person.address]
        )
        return int.from_bytes(called[:32], "big")

    return look


def test_an_act_is_put_on_the_chain_and_told(door, somebody, registered):
    person, asker = somebody(), door()
    assert asker.said["relay"]["act"] == "./act"
    act = person.registers()
    said = json.loads(put(asker, act).body)
    assert (said["changed"], registered(person)) == (True, 1)
    assert said["act"].startswith(f"messages to {person.address} are sealed to the key 0x")
    assert said["transaction"].startswith("0x")
    assert said["fee"] > 0


def test_an_act_that_is_so_already_costs_nothing(door, somebody):
    person, asker = somebody(), door()
    act = person.restricts()
    put(asker, act)
    said = json.loads(put(asker, act).body)
    assert (said["changed"], said["transaction"], said["fee"]) == (False, None, 0)


def test_acts_of_many_at_once_are_all_put_there(door, somebody, registered):
    asker, people = door(), [somebody() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda person: put(asker, person.registers()), people))
    assert [reply.status for reply in replies] == [200] * 6
    assert [registered(person) for person in people] == [1] * 6


def test_an_act_whose_browser_hangs_up_is_put_there_all_the_same(door, somebody, registered):
    person, asker = somebody(), door()
    act = person.registers()
    head = (
        f"POST /act HTTP/1.1\r\nHost: {asker.host}\r\nOrigin: {asker.origin}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(act)}\r\n\r\n"
    )
    hang_up_while(asker, head.encode() + act)
    deadline = time.monotonic() + 60
    while not registered(person):
        assert time.monotonic() < deadline
        time.sleep(0.2)


# ---- limits


def test_one_account_has_so_many_acts_a_day_and_the_next_one_all_the_same(door, somebody):
    person, asker = somebody(), door("--relay-each", 2)
    senders = [somebody().address for _ in range(3)]
    replies = [put(asker, person.approves(sender)) for sender in senders]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].refusal[1] == "nothing more is paid for this account today: try again tomorrow"
    assert put(asker, somebody().registers()).status == 200


def test_all_accounts_have_so_many_acts_a_day(door, somebody):
    asker = door("--relay-acts", 1)
    assert put(asker, somebody().registers()).status == 200
    assert put(asker, somebody().registers()).refusal[0] == 429


def test_no_more_ether_is_spent_in_a_day_than_was_said(door, somebody, registered):
    person, asker = somebody(), door("--relay-ether", "0.000001")
    assert put(asker, person.registers()).refusal[0] == 429
    assert registered(person) == 0


def test_a_restart_gives_nobody_a_new_day(start_site, door, somebody, devnet):
    person = somebody()
    process, said = start_site("--relay-each", 1)
    assert put(Asker(said["url"]), person.registers()).status == 200
    stop(process)
    assert (devnet.home / "relayed.jsonl").stat().st_mode & 0o777 == 0o600
    assert put(door("--relay-each", 1), person.restricts()).refusal[0] == 429


def test_what_was_paid_on_other_days_or_is_cut_off_does_not_count(door, somebody, devnet):
    person = somebody()
    today = int(time.time()) // DAY
    lines = [json.dumps({"day": day, "account": person.address, "wei": "1"}) for day in (today - 1, today - 2)]
    (devnet.home / "relayed.jsonl").write_text("\n".join([*lines, '{"day": ', "[]", "7", ""]))
    assert put(door("--relay-each", 1), person.registers()).status == 200


# ---- refusals


def test_a_refused_act_costs_nothing_and_does_not_count(door, somebody, registered):
    person, asker = somebody(), door("--relay-each", 1)
    wrong = json.loads(person.registers())
    wrong["signature"] = json.loads(somebody().registers())["signature"]
    status, line = put(asker, json.dumps(wrong)).refusal
    assert (status, "signature" in line) == (409, True)
    assert put(asker, person.registers()).status == 200


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"deadline": 1}, "ran out"),
        ({"chain_id": 1}, "chain 1"),
        ({"inbox": "0x" + "11" * 20}, "contract 0x1111"),
    ],
)
def test_an_act_for_another_time_or_place_is_refused(door, somebody, change, line):
    status, said = put(door(), somebody().registers(**change)).refusal
    assert (status, line in said) == (400, True)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"format": "radiogram-signed-act"}', b"[" * 60_000, b"\xff"]
)
def test_what_is_no_act_is_refused(door, body):
    assert put(door(), body).refusal[0] == 400


def test_what_is_too_long_or_no_json_is_refused(door):
    asker = door()
    assert put(asker, b" " * 65_537).refusal[0] == 413
    assert put(asker, b"{}", Content_Type="text/plain").refusal[0] == 415


def test_other_origins_may_not_ask(door, somebody):
    assert put(door(), somebody().registers(), Origin="https://evil.example").refusal[0] == 403


def test_nobody_pays_where_that_was_not_wanted(door, somebody):
    asker = door("--no-relay")
    assert asker.said["relay"] is None
    status, line = put(asker, somebody().registers()).refusal
    assert (status, line.startswith("nobody pays for others here")) == (404, True)


@pytest.mark.parametrize("amount", ["-1", "nan", "inf", "much", "1e-19"])
def test_an_amount_that_is_none_is_refused(devnet, built, amount):
    done = devnet.run("web", "--folder", built, "--relay-ether", amount)
    assert done.returncode == 2
    assert "is no amount of Ether: 0.05, for example" in done.stderr


# ---- shares


@pytest.fixture
def count(devnet, chain):
    def look(address):
        return int.from_bytes(asked(chain, devnet.node["inbox"], "count(address)", ["address"], [address]), "big")

    return look


def test_a_share_is_sent_once_from_the_payers_account(door, somebody, count, devnet):
    person, doctor, asker = somebody(), somebody().address, door()
    payer = asker.said["relay"]["account"]
    signed = person.shares(doctor, payer)
    first, second = (json.loads(share(asker, signed).body) for _ in range(2))
    assert (first["changed"], second["changed"], count(doctor)) == (True, False, 1)
    assert first["act"] == f"{doctor} has images of {person.address}"
    [message] = devnet.json("inbox", "--of", doctor)["messages"]
    assert message["sender"] == payer


def test_shares_count_among_the_acts_of_a_day(door, somebody, count):
    person, doctor, asker = somebody(), somebody().address, door("--relay-each", 1)
    payer = asker.said["relay"]["account"]
    assert put(asker, person.registers()).status == 200
    assert share(asker, person.shares(doctor, payer)).refusal[0] == 429
    assert count(doctor) == 0


def test_images_that_lie_in_mailboxes_are_shared_from_an_empty_inbox(door, somebody, count):
    asker, person, doctor = door(), somebody(), somebody().address
    assert count(person.address) == 0
    assert share(asker, person.shares(doctor, asker.said["relay"]["account"])).status == 200
    assert count(doctor) == 1


def test_a_share_that_somebody_else_signed_for_another_or_for_too_long_is_refused(door, somebody, count):
    person, doctor, asker = somebody(), somebody().address, door()
    payer = asker.said["relay"]["account"]
    for wrong in (
        person.shares(doctor, payer, key=os.urandom(32)),
        person.shares(doctor, somebody().address),
        person.shares(doctor, payer, deadline=int(time.time()) + 2 * DAY),
        person.shares(doctor, payer, deadline=1),
        b"{}",
        person.registers(),
    ):
        assert share(asker, wrong).refusal[0] == 400
    assert count(doctor) == 0


def test_an_envelope_that_the_contract_refuses_costs_nothing(door, somebody, devnet):
    person, doctor, asker = somebody(), somebody(), door()
    assert put(asker, doctor.restricts()).status == 200
    spent = (devnet.home / "relayed.jsonl").read_bytes()
    assert share(asker, person.shares(doctor.address, asker.said["relay"]["account"])).refusal[0] == 409
    assert (devnet.home / "relayed.jsonl").read_bytes() == spent
