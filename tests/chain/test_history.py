"""An account's history is what the contract's state agrees with: events that are left out, doubled or made up show."""

import json
import os
from datetime import UTC, datetime

import pytest
import requests
from ape import accounts
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from radiogram.chain import event_logs, history
from radiogram.chain.events import (
    Acknowledged,
    InboxRestricted,
    KeyRegistered,
    Retracted,
    SenderApproved,
    Sent,
    Skipped,
    parse_log,
)
from radiogram.chain.history import compare, read_history
from radiogram.chain.inbox import Message, Recipient
from radiogram.errors import ChainUnreachable, InboxError
from radiogram.formats.public_key import public_key_of
from radiogram.formats.signed_act import ApproveSender, KeyOnRecord, RegisterKey, RestrictInbox
from tests.chain.conftest import connected
from tests.chain.logs import INBOX, block_hash, log_of
from tests.contract.samples import ENVELOPE
from tests.ipfs.conftest import reply

PEOPLE = [f"0x{number:040x}" for number in (1, 2, 3)]
ME = PEOPLE[0]
FOREVER = 2**40 - 1
START = 1_700_000_000  # Unix time of block 0

# ---- events and state of a contract in Python


class Contract:
    """Takes acts, one a block, as the contract does: what it emits, and what is in force."""

    def __init__(self):
        self.inboxes = {person: [] for person in PEOPLE}
        self.keys, self.restrictions, self.approvals = {}, {}, {}
        self.emitted = []

    def emit(self, event):
        self.emitted.append(event)

    @property
    def now(self):
        return START + len(self.emitted)

    def send(self, sender, recipient):
        inbox = self.inboxes[recipient]
        sent_at = datetime.fromtimestamp(self.now, UTC)
        inbox.append(Message(recipient, len(inbox), sender, sent_at, 0, False, False, ME, b""))
        self.emit(Sent(recipient, sender, len(inbox) - 1))

    def mark(self, recipient, kind):
        name = {Acknowledged: "acknowledged", Retracted: "retracted"}[kind]
        for place, message in enumerate(self.inboxes[recipient]):
            if not getattr(message, name):
                self.inboxes[recipient][place] = Message(**{**vars(message), name: True})
                self.emit(kind(recipient, message.sender, message.index))
                return

    def register(self, account, secret):
        version = self.key(account).version + 1
        self.keys[account] = KeyOnRecord(version, public_key_of(bytes([secret]) * 32), None)
        self.emit(KeyRegistered(account, version, self.keys[account].public_key, None))

    def restrict(self, account):
        restricted, version = self.restriction(account)
        self.restrictions[account] = not restricted, version + 1
        self.emit(InboxRestricted(account, not restricted, version + 1))

    def approve(self, account, sender, until):
        before, version = self.approval(account, sender)
        if before != until:
            self.approvals[account, sender] = until, version + 1
            self.emit(SenderApproved(account, sender, until, version + 1))

    def skip(self, recipient, sender):
        self.emit(Skipped(recipient, sender, 0, bytes(4)))

    # As radiogram.chain.history.State has it.

    def messages(self, recipient):
        return reversed(self.inboxes[recipient])

    def key(self, account):
        return self.keys.get(account, KeyOnRecord(0, b"", None))

    def restriction(self, account):
        return self.restrictions.get(account, (False, 0))

    def approval(self, account, sender):
        return self.approvals.get((account, sender), (0, 0))


person = st.sampled_from(PEOPLE)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("send"), person, person),
        st.tuples(st.just("mark"), person, st.sampled_from([Acknowledged, Retracted])),
        st.tuples(st.just("register"), person, st.integers(1, 9)),
        st.tuples(st.just("restrict"), person),
        st.tuples(st.just("approve"), person, person, st.sampled_from([0, 5, FOREVER])),
        st.tuples(st.just("skip"), person, person),
    ),
    max_size=25,
)


def run(acts):
    contract = Contract()
    for name, *arguments in acts:
        getattr(contract, name)(*arguments)
    return contract


def logs_of(contract, account=ME):
    """What an honest node gives."""
    logs = [parse_log(log_of(event, block, time=START + block), INBOX) for block, event in enumerate(contract.emitted)]
    return [log for log in logs if history_concerns(log.event, account)]


def history_concerns(event, account):
    return account in (getattr(event, name, None) for name in ("recipient", "account", "sender"))


def compared(contract, logs, since=None):
    times = {block_hash(block): START + block for block in range(200)}
    return compare(ME, logs, times, contract, since)


@given(acts)
def test_events_of_an_honest_node_are_all_told_newest_first_and_none_is_missing(acts):
    contract = run(acts)
    rows, untold = compared(contract, logs_of(contract))
    assert [row.event for row in rows] == [log.event for log in reversed(logs_of(contract))]
    assert {row.basis for row in rows} <= {"event and state", "event"}
    assert untold == []


@given(acts, st.data())
def test_what_a_node_leaves_out_is_told_from_state(acts, data):
    contract = run(acts)
    logs = logs_of(contract)
    left_out = [log for log in logs if data.draw(st.booleans())]
    rows, _ = compared(contract, [log for log in logs if log not in left_out])
    told = {row.event for row in rows}
    own = {log.event for log in left_out if getattr(log.event, "recipient", None) == ME}
    assert {event for event in own if not isinstance(event, Skipped)} <= told
    newest = {
        *([KeyRegistered(ME, key.version, key.public_key, None)] if (key := contract.key(ME)).version else []),
        *([InboxRestricted(ME, *contract.restriction(ME))] if contract.restriction(ME)[1] else []),
    }
    assert newest <= told
    assert all(row.basis != "contradicted" for row in rows)
    assert all((row.basis == "state") == (row.place is None) for row in rows)


@given(acts, acts)
def test_events_that_did_not_happen_are_marked_and_what_did_is_told_beside_them(acts, lies):
    """A node shows another history than that of the state."""
    contract, other = run(acts), run(lies)
    rows, _ = compared(contract, logs_of(other))
    honest = set(contract.emitted)
    for row in rows:
        if row.event not in honest and not isinstance(row.event, Skipped):
            old = getattr(row.event, "version", 0) and row.basis == "event"  # what is over, state does not keep
            assert row.basis == "contradicted" or old
    received = {message.index for message in contract.messages(ME)}
    believed = {row.event.index for row in rows if isinstance(row.event, Sent) and row.event.recipient == ME}
    assert received <= believed


@given(acts, st.data())
def test_an_event_that_is_given_twice_at_two_places_is_believed_once(acts, data):
    contract = run([("send", PEOPLE[1], ME), *acts])
    logs = logs_of(contract)
    twice = data.draw(st.sampled_from([log for log in logs if not isinstance(log.event, Skipped)]))
    again = parse_log(log_of(twice.event, twice.place.block, 7, time=twice.place.time), INBOX)
    rows, _ = compared(contract, [*logs, again])
    assert [row.place.log_index for row in rows if row.basis == "contradicted"] == [7]


def test_a_message_of_another_time_than_its_block_is_contradicted():
    contract = run([("send", PEOPLE[1], ME)])
    moved = parse_log(log_of(contract.emitted[0], block=5), INBOX)
    rows, _ = compared(contract, [moved])
    assert [(row.basis, row.time) for row in rows] == [("contradicted", START + 5), ("state", START)]


def test_earlier_keys_without_an_event_are_counted():
    contract = run([("register", ME, secret) for secret in (1, 2, 3, 4, 5)])
    logs = [log for log in logs_of(contract) if log.event.version in (3, 5)]
    assert compared(contract, logs)[1] == ["keys, version 1 to 2, 4"]


@given(acts, st.integers(0, 25))
def test_since_a_moment_nothing_older_is_told_and_nothing_newer_is_missing(acts, block):
    contract = run(acts)
    logs = [log for log in logs_of(contract) if log.place.block >= block]
    rows, untold = compared(contract, logs, START + block)
    assert [row.event for row in rows if row.place] == [log.event for log in reversed(logs)]
    assert {row.basis for row in rows} <= {"event and state", "event"}
    assert untold == []


# ---- a real chain, and a node before it that lies


@pytest.fixture(scope="module")
def clinic():
    return accounts.test_accounts[3]


@pytest.fixture(scope="module")
def patient(chain, clinic, tmp_path_factory):
    """Somebody to whom all that there is has happened."""
    patient = accounts.test_accounts[4]
    with connected(chain, tmp_path_factory.mktemp("home")) as network:
        inbox = network.inbox()
        for _ in range(3):
            inbox.send(Recipient(patient.address, b"", 0), ENVELOPE, clinic)
        inbox.retraction(inbox.message(patient.address, 1)).send(clinic)
        inbox.act(RegisterKey.of(patient.address, 1, public_key_of(b"\x05" * 32))).send(patient)
        inbox.act(ApproveSender(patient.address, clinic.address, FOREVER, 1)).send(patient)
        inbox.act(RestrictInbox(patient.address, True, 1)).send(patient)
        items = [(patient.address, 0, ENVELOPE), (patient.address, 1, ENVELOPE)]
        inbox._contract.invoke_transaction("sendBatch", items, sender=clinic)
    return patient


EVENTS = ["Sent", "Skipped", "InboxRestricted", "SenderApproved", "KeyRegistered", "Retracted", "Sent", "Sent", "Sent"]


def names(history):
    return [type(row.event).__name__ for row in history.rows]


def lie_about_logs(node, change):
    """The logs are what `change` makes of the honest ones."""

    def lie(handler, question):
        if question["method"] != "eth_getLogs":
            return False
        honest = requests.post(node.chain, json=question, timeout=30).json()["result"]
        said = {"jsonrpc": "2.0", "id": question["id"], "result": change(honest)}
        return reply(handler, 200, json.dumps(said).encode())

    node.lie = lie


def refuse_logs(node, is_refused, message):
    def lie(handler, question):
        if question["method"] != "eth_getLogs":
            return False
        low, high = (int(question["params"][0][name], 16) for name in ("fromBlock", "toBlock"))
        if not is_refused(low, high):
            return False
        said = {"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32005, "message": message}}
        return reply(handler, 200, json.dumps(said).encode())

    node.lie = lie


def test_an_honest_node_gives_the_whole_history(mailbox, patient, clinic):
    found = read_history(mailbox, patient.address, None)
    assert names(found) == EVENTS
    assert {row.basis for row in found.rows if not isinstance(row.event, Skipped)} == {"event and state"}
    assert (found.is_complete, found.left_out, found.refusal) == (True, 0, "")
    assert {row.event.index for row in read_history(mailbox, clinic.address, None).rows if type(row.event) is Sent} == {
        *range(4)
    }


def test_no_more_is_asked_for_than_the_accounts_own_events(mailbox, node, patient):
    read_history(mailbox, patient.address, None)
    asked = [each["params"][0] for each in node.asked if each["method"] == "eth_getLogs"]
    assert len(asked) == 2
    named = "0x" + patient.address[2:].lower().rjust(64, "0")
    assert [each["topics"][1:] for each in asked] == [[named], [None, named]]
    assert {each["address"] for each in asked} == {mailbox.address}


def test_a_stranger_has_no_history(mailbox):
    found = read_history(mailbox, "0x" + "99" * 20, None)
    assert (found.rows, found.is_complete) == ([], True)


def test_since_the_future_nothing_has_happened(mailbox, patient):
    assert read_history(mailbox, patient.address, 4_000_000_000).rows == []


def test_since_the_first_second_all_has_happened(mailbox, patient):
    assert names(read_history(mailbox, patient.address, 1)) == EVENTS


@pytest.mark.fault("A node answers for few blocks at once", "replies changed on the way", "asked in smaller ranges")
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_node_that_takes_short_ranges_gives_the_same(mailbox, node, patient, limit):
    refuse_logs(node, lambda low, high: high - low + 1 > limit, "exceed maximum block range")
    assert names(read_history(mailbox, patient.address, None)) == EVENTS


@pytest.mark.fault(
    "A node has dropped old events (EIP-4444)", "replies changed on the way", "told from state, and said"
)
@pytest.mark.parametrize("reordered", [100, 1])
def test_a_node_that_has_dropped_old_events_gives_the_messages_from_state(
    mailbox, node, patient, reordered, monkeypatch
):
    monkeypatch.setattr(history, "REORDERED", reordered)
    newest = read_history(mailbox, patient.address, None).last_block
    refuse_logs(node, lambda low, _: low < newest - 1, "pruned history\n\x1b[2J unavailable")
    found = read_history(mailbox, patient.address, None)
    assert [(row.event.index, row.basis) for row in found.rows if isinstance(row.event, Sent)] == [
        *((3, "event and state"), (2, "state"), (1, "state"), (0, "state")),
    ]
    assert (found.is_complete, found.first_block) == (False, newest - 1)
    assert found.refusal == "pruned history [2J unavailable"


def test_a_node_that_refuses_even_the_newest_block_is_one_line(mailbox, node, patient):
    refuse_logs(node, lambda *_: True, "method eth_getLogs is for paying customers")
    with pytest.raises(InboxError, match="refuses to say what happened: method eth_getLogs is for paying customers"):
        read_history(mailbox, patient.address, None)


@pytest.mark.fault("A node leaves events out, doubles or invents them", "replies changed on the way", "seen and said")
def test_what_a_node_leaves_out_doubles_or_invents_shows(mailbox, node, patient, clinic):
    invented = {"blockHash": "0x" + "77" * 32, "logIndex": "0x9"}
    changes = {
        "empty": (lambda logs: [], 0, 0),
        "doubled": (lambda logs: logs * 2, 0, 0),
        "of another contract": (lambda logs: [*logs, {**logs[0], "address": "0x" + "77" * 20}] if logs else [], 0, 1),
        "removed": (lambda logs: [*logs, {**logs[0], "removed": True, "logIndex": "0x8"}] if logs else [], 0, 1),
        "not in the chain": (lambda logs: [*logs, {**logs[0], **invented}] if logs else [], 0, 1),
        "junk": (lambda logs: [*logs, None, 7, {}], 0, 6),
        "once more elsewhere": (lambda logs: [*logs, {**logs[0], "logIndex": "0x9"}] if logs else [], 1, 0),
    }
    for name, (change, contradicted, left_out) in changes.items():
        lie_about_logs(node, change)
        found = read_history(mailbox, patient.address, None)
        said = len(found.contradicted), found.left_out
        assert said == (contradicted, left_out), name
        assert {row.event.index for row in found.rows if isinstance(row.event, Sent)} == {0, 1, 2, 3}, name
        assert found.is_complete == (name != "empty"), name


def test_a_message_that_never_came_is_not_believed(mailbox, node, patient, clinic):
    def one_more(logs):
        sent = [log for log in logs if len(log["topics"]) == 4 and log["data"] == "0x"]
        if not sent:
            return logs
        return [*logs, {**sent[0], "topics": [*sent[0]["topics"][:3], "0x" + f"{99:064x}"], "logIndex": "0x9"}]

    lie_about_logs(node, one_more)
    found = read_history(mailbox, patient.address, None)
    assert [row.event.index for row in found.contradicted] == [99]


@pytest.mark.parametrize("result", [None, 7, "0x", {}])
def test_an_answer_that_is_no_list_is_one_line(mailbox, node, patient, result):
    lie_about_logs(node, lambda _: result)
    with pytest.raises(ChainUnreachable, match="does not answer as it should"):
        read_history(mailbox, patient.address, None)


@pytest.mark.fault("The chain is reorganised while its events are read", "evm_revert", "read again")
def test_a_reorganisation_while_it_is_read_leaves_no_event_of_the_lost_branch(mailbox, node, patient, clinic):
    def ask(method, *parameters):
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return requests.post(node.chain, json=question, timeout=30).json()["result"]

    before = ask("evm_snapshot")
    mailbox.send(Recipient(patient.address, b"", 1), ENVELOPE + b"lost", clinic)
    logs = [0]

    def lie(_, question):
        logs[0] += question["method"] == "eth_getLogs"
        if logs[0] == 2 and question["method"] == "eth_getLogs":
            assert ask("evm_revert", before)
            ask("evm_mine")
        return False

    node.lie = lie
    found = read_history(mailbox, patient.address, None)
    assert names(found) == EVENTS
    assert (found.is_complete, found.contradicted) == (True, [])


@pytest.mark.fault("The chain never stands still", "replies changed on the way", "one line")
def test_a_chain_that_never_stands_still_is_one_line(mailbox, node, patient):
    blocks = iter(range(10**6))

    def lie(handler, question):
        if question["method"] != "eth_getBlockByNumber":
            return False
        honest = requests.post(node.chain, json=question, timeout=30).json()["result"]
        honest["hash"] = f"0x{next(blocks):064x}"
        said = {"jsonrpc": "2.0", "id": question["id"], "result": honest}
        return reply(handler, 200, json.dumps(said).encode())

    node.lie = lie
    with pytest.raises(ChainUnreachable, match="changes the newest blocks while they are read"):
        read_history(mailbox, patient.address, None)


def test_a_node_that_has_no_old_state_is_asked_from_the_first_block_on(mailbox, node, patient):
    def lie(handler, question):
        if question["method"] != "eth_getCode" or question["params"][1] == "latest":
            return False
        said = {"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32000, "message": "missing trie node"}}
        return reply(handler, 200, json.dumps(said).encode())

    node.lie = lie
    found = read_history(mailbox, patient.address, None)
    assert (names(found), found.wanted_first_block) == (EVENTS, 0)


def test_a_message_is_told_once_it_has_the_confirmations_that_the_network_asks_for(mailbox, node, clinic, monkeypatch):
    somebody = to_checksum_address(os.urandom(20))
    mailbox.send(Recipient(somebody, b"", 0), ENVELOPE, clinic)
    monkeypatch.setattr(type(mailbox.provider.network), "required_confirmations", 1)
    assert names(read_history(mailbox, somebody, None)) == []
    mine = {"jsonrpc": "2.0", "id": 1, "method": "evm_mine", "params": []}
    requests.post(node.chain, json=mine, timeout=30)
    assert names(read_history(mailbox, somebody, None)) == ["Sent"]


def test_a_long_range_is_read_to_the_end(mailbox, node, patient, monkeypatch):
    monkeypatch.setattr(event_logs, "USUAL_RANGE", 2)
    monkeypatch.setattr(history, "REORDERED", 3)
    refuse_logs(node, lambda low, high: high - low + 1 > 3, "exceed maximum block range")
    assert names(read_history(mailbox, patient.address, None)) == EVENTS
