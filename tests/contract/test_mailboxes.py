"""Mailboxes on the contract as it is: nothing ties two messages to one patient, who finds and opens both."""

from dataclasses import dataclass

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from radiogram.errors import WrongContextError
from radiogram.formats.envelope import open_envelope, seal
from radiogram.formats.key_reference import RAW_CID_PREFIX, Context, KeyReference
from radiogram.formats.mailbox import DAY_SECONDS, Role, choose_mailbox, match, pair_secret
from radiogram.formats.public_key import address_of, public_key_of
from tests.contract.client import ContractClient, Message, Outcome
from tests.contract.cursors import code_of
from tests.contract.isolation import isolated
from tests.contract.storage import COUNT, read_word

MAILBOX_KEY, PATIENT_KEY = (bytes([number]) * 32 for number in (7, 8))
SENT = "0x" + keccak(text="Sent(address,address,uint256)").hex()
PATIENT = address_of(public_key_of(PATIENT_KEY))
SHARED = 6  # so many bytes that two messages share are no chance: once in 10^9 runs
PADDING = 3  # zeros: a run with as many is mostly that, with a byte or two beside it that others may have too
AT_MOST_MORE = 17_100  # gas


@dataclass(frozen=True)
class Correspondence:
    """Of a clinic with a patient, whose pair secret both have."""

    client: ContractClient
    account: str
    """The clinic's, which pays."""
    chain_id: int
    secret: bytes

    def context(self, recipient: str, sender: str | None = None) -> Context:
        return Context(self.chain_id, self.client.contract.address, sender or self.account, recipient)

    def envelope(self, study: int, recipient: str) -> bytes:
        contents = KeyReference(bytes([study]) * 32, study, RAW_CID_PREFIX + bytes([study]) * 32)
        return seal(contents, public_key_of(PATIENT_KEY), self.context(recipient))

    def send(self, study: int, recipient: str) -> Outcome:
        return self.client.transact(self.account, "send", recipient, 0, self.envelope(study, recipient))

    def send_to_mailbox(self, study: int, used: set[bytes]) -> str:
        """The mailbox, which is then one of those used."""
        now = self.client.web3.eth.get_block("latest")["timestamp"]
        box = choose_mailbox(self.secret, now // DAY_SECONDS, used.__contains__)
        used.add(box.address)
        self.send(study, to_checksum_address(box.address))
        return to_checksum_address(box.address)

    def sent(self) -> list[tuple[bytes, int]]:
        """Recipient and block time of all that the clinic sent: a filter that names no recipient."""
        topics = [SENT, None, "0x" + self.account[2:].rjust(64, "0")]
        web3, contract = self.client.web3, self.client.contract.address
        logs = web3.eth.get_logs({"address": contract, "fromBlock": 0, "topics": topics})
        times = [web3.eth.get_block(log["blockNumber"])["timestamp"] for log in logs]
        return [(bytes(log["topics"][1])[-20:], time) for log, time in zip(logs, times, strict=True)]

    def read(self) -> list[int]:
        """The studies that the patient finds, by the events, the pair secret and the state."""
        events = self.sent()
        boxes = {box.address for box in match(events, [self.secret]) if box}
        found = []
        for recipient in map(to_checksum_address, boxes):
            messages = [each for each in self.client.messages(recipient) if each.sender == self.account]
            found += [self.opened(each, recipient).ciphertext_bytes for each in messages]
        return sorted(found)

    def opened(self, message: Message, recipient: str) -> KeyReference:
        return open_envelope(message.envelope, PATIENT_KEY, self.context(recipient, message.sender))


@pytest.fixture
def letters(client, clinic, chain):
    inbox = client.contract.address
    secret = pair_secret(Role.SENDER, MAILBOX_KEY, public_key_of(PATIENT_KEY), chain.chain_id, inbox)
    assert secret == pair_secret(Role.RECIPIENT, PATIENT_KEY, public_key_of(MAILBOX_KEY), chain.chain_id, inbox)
    with isolated(chain):
        yield Correspondence(client, clinic.address, chain.chain_id, secret)


def raw(text: object) -> bytes:
    return bytes.fromhex(str(text).removeprefix("0x")) if isinstance(text, str) else bytes(text)


def traces(letters: Correspondence, block: int) -> list[bytes]:
    """All that the transaction of a block left on the chain: calldata, events, its inbox's slot, the message's code."""
    web3, contract = letters.client.web3, letters.client.contract.address
    (transaction,) = web3.eth.get_block(block, full_transactions=True)["transactions"]
    (log,) = web3.eth.get_transaction_receipt(transaction["hash"])["logs"]
    recipient = to_checksum_address(bytes(log["topics"][1])[-20:])
    word = read_word(web3, contract, recipient).to_bytes(32, "big")
    code = web3.eth.get_code(to_checksum_address(word[-20:]))
    return [raw(transaction["input"]), *map(raw, log["topics"]), raw(log["data"]), word, raw(code)]


def constants(letters: Correspondence, block: int) -> list[bytes]:
    """What every message of the clinic has, whoever it is for; and the block's time."""
    client = letters.client
    sender = raw(letters.account)
    time = client.web3.eth.get_block(block)["timestamp"]
    head = client.encode("send", "0x" + "11" * 20, 0, bytes(154))
    return [
        raw(SENT),
        head[:16],
        head[36:132],
        code_of(0, time, letters.account, "0x" + "00" * 20, b""),
        bytes(12) + sender,
        (1 << COUNT - 160).to_bytes(12, "big"),
        bytes(12),
    ]


def telling(letters: Correspondence, block: int) -> set[bytes]:
    """Every run of some bytes in the traces of a block, without what is the same for all."""
    pieces = traces(letters, block)
    for constant in constants(letters, block):
        pieces = [part for piece in pieces for part in piece.split(constant)]
    runs = {piece[start : start + SHARED] for piece in pieces for start in range(len(piece) - SHARED + 1)}
    return {run for run in runs if run.count(0) < PADDING}


def test_two_messages_to_a_patient_share_nothing_but_the_sender(letters, chain):
    used: set[bytes] = set()
    blocks = []
    for study in (1, 2):
        letters.send_to_mailbox(study, used)
        blocks.append(chain.blocks.height)
    one, another = (telling(letters, block) for block in blocks)
    assert min(len(one), len(another)) > 160  # all but a few of an envelope, of an inbox's address and of a cursor
    assert not one & another


def test_the_comparison_sees_the_patient_in_two_messages_to_one_inbox(letters, chain):
    blocks = []
    for study in (1, 2):
        letters.send(study, PATIENT)
        blocks.append(chain.blocks.height)
    one, another = (telling(letters, block) for block in blocks)
    assert raw(PATIENT)[:SHARED] in one & another


def test_nothing_on_the_chain_names_the_patient_or_the_mailbox_key(letters, chain):
    letters.send_to_mailbox(1, set())
    for key in (PATIENT_KEY, MAILBOX_KEY):
        public_key = public_key_of(key)
        for trace in traces(letters, chain.blocks.height):
            assert public_key[1:] not in trace
            assert raw(address_of(public_key)) not in trace


def test_the_patient_finds_and_opens_every_message_by_the_senders_events(letters, technologist, stranger):
    used: set[bytes] = set()
    letters.send(9, stranger.address)
    for study in (1, 2, 3):
        letters.send_to_mailbox(study, used)
        letters.client.transact(technologist, "send", PATIENT, 0, bytes(154))
    assert letters.read() == [1, 2, 3]


def test_two_machines_that_take_one_mailbox_lose_nothing(letters):
    box = letters.send_to_mailbox(1, set())
    letters.send(2, box)
    assert letters.read() == [1, 2]


def test_what_a_reorganisation_takes_away_hides_nothing(letters, chain):
    used: set[bytes] = set()
    letters.send_to_mailbox(1, used)
    with isolated(chain):
        for study in (2, 3):
            letters.send_to_mailbox(study, used)
    letters.send_to_mailbox(4, used)
    assert letters.read() == [1, 4]


def test_a_copy_that_comes_first_into_a_mailbox_is_passed_over(letters, stranger):
    """A transaction that waits is public: its mailbox and envelope can be sent by others before it."""
    now = letters.client.web3.eth.get_block("latest")["timestamp"]
    box = to_checksum_address(choose_mailbox(letters.secret, now // DAY_SECONDS, lambda _: False).address)
    envelope = letters.envelope(1, box)
    letters.client.transact(stranger, "send", box, 0, envelope)
    letters.client.transact(letters.account, "send", box, 0, envelope)
    copy, own = letters.client.messages(box)
    with pytest.raises(WrongContextError):
        letters.opened(copy, box)
    assert letters.opened(own, box).ciphertext_bytes == 1
    assert letters.read() == [1]


def without_calldata(outcome: Outcome, data: bytes) -> int:
    """Gas, without what the bytes of the call cost, which hangs on how many are zeros (EIP-2028)."""
    return outcome.gas - sum(16 if byte else 4 for byte in data)


def test_a_message_in_a_mailbox_costs_no_more_than_a_new_slot_more(letters):
    letters.send(1, PATIENT)
    costs = []
    for recipient in (PATIENT, to_checksum_address(choose_mailbox(letters.secret, 20_000, lambda _: False).address)):
        data = letters.client.encode("send", recipient, 0, letters.envelope(2, recipient))
        costs.append(without_calldata(letters.client.send_data(letters.account, data), data))
    ordinary, in_a_mailbox = costs
    assert in_a_mailbox - ordinary <= AT_MOST_MORE
