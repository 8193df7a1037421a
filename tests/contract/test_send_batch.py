"""sendBatch: a sequence of sends, of which those that would be refused are skipped and reported."""

from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.client import ZERO_ADDRESS
from tests.contract.isolation import isolated
from tests.contract.samples import ENVELOPE
from tests.contract.strategies import EXAMPLES, FOREVER, NO_HYBRID, point

BAD_ENVELOPE = keccak(text="BadEnvelope(uint256)")[:4]
STALE_KEY = keccak(text="StaleKey(address,uint32)")[:4]
NOT_APPROVED = keccak(text="NotApproved(address,address,uint40)")[:4]

items = st.tuples(
    st.integers(0, 3),
    st.sampled_from([0, 0, 0, 1, 2]),
    st.binary(min_size=1, max_size=40) | st.sampled_from([b"", bytes(2049)]),
)


def test_a_batch_delivers_every_item_in_order(inbox, technologist, patient, clinic):
    tx = inbox.sendBatch([(patient, 0, b"one"), (clinic, 0, b"two"), (patient, 0, b"three")], sender=technologist)
    assert tx.events == [
        inbox.Sent(recipient=patient, sender=technologist, index=0),
        inbox.Sent(recipient=clinic, sender=technologist, index=0),
        inbox.Sent(recipient=patient, sender=technologist, index=1),
    ]
    assert [inbox.message(patient, index, ZERO_ADDRESS).envelope for index in (0, 1)] == [b"one", b"three"]
    assert inbox.message(clinic, 0, ZERO_ADDRESS).envelope == b"two"


def test_an_empty_batch_does_nothing(inbox, technologist):
    assert inbox.sendBatch([], sender=technologist).events == []


def test_a_batch_returns_how_many_it_delivered(inbox, technologist, patient):
    batch = [(patient, 0, ENVELOPE), (patient, 9, ENVELOPE), (patient, 0, ENVELOPE)]
    assert inbox.sendBatch.call(batch, sender=technologist) == 2


def test_a_batch_skips_an_item_and_reports_its_number_and_reason(inbox, technologist, patient, clinic, stranger):
    inbox.registerKey(*point(1), NO_HYBRID, sender=clinic)
    inbox.restrictInbox(True, sender=stranger)
    batch = [(patient, 0, b""), (clinic, 0, ENVELOPE), (stranger, 0, ENVELOPE), (patient, 0, ENVELOPE)]
    tx = inbox.sendBatch(batch, sender=technologist)
    assert tx.events == [
        inbox.Skipped(recipient=patient, sender=technologist, item=0, reason=BAD_ENVELOPE),
        inbox.Skipped(recipient=clinic, sender=technologist, item=1, reason=STALE_KEY),
        inbox.Skipped(recipient=stranger, sender=technologist, item=2, reason=NOT_APPROVED),
        inbox.Sent(recipient=patient, sender=technologist, index=0),
    ]
    assert [inbox.count(account) for account in (patient, clinic, stranger)] == [1, 0, 0]


def test_a_hundred_messages_fit_one_transaction(client, technologist, patient):
    done = client.transact(technologist, "sendBatch", [(patient.address, 0, ENVELOPE)] * 100)
    assert [event["index"] for _, event in done.events] == list(range(100))
    assert done.gas < 2**24  # EIP-7825's cap for a transaction


def test_a_batch_that_runs_out_of_gas_delivers_nothing(inbox, client, technologist, patient):
    data = client.encode("sendBatch", [(patient.address, 0, ENVELOPE)] * 5)
    for gas in range(100_000, 400_000, 37_000):
        assert client.send_data(technologist, data, gas=gas).error is not None
        assert inbox.count(patient) == 0


@settings(max_examples=EXAMPLES)
@given(batch=st.lists(items, max_size=6))
def test_a_batch_does_what_sending_its_items_one_by_one_would_do(chain, client, accounts, batch):
    technologist, recipients = accounts[0], accounts[1:5]
    sends = [(recipients[recipient].address, version, envelope) for recipient, version, envelope in batch]
    inboxes = [("page", (recipient.address, 10, 10, ZERO_ADDRESS)) for recipient in recipients]

    def without_times(pages):
        return [[(m[0], *m[2:4], m[5]) for m in newest_first] for newest_first, _ in pages]

    with isolated(chain):
        client.transact(recipients[1], "registerKey", *point(7), NO_HYBRID)
        client.transact(recipients[2], "restrictInbox", True)
        client.transact(recipients[3], "restrictInbox", True)
        client.transact(recipients[3], "approveSender", technologist, FOREVER)
        with isolated(chain):
            outcomes = [client.transact(technologist, "send", *send) for send in sends]
            one_by_one = without_times(client.call_views(inboxes))
        done = client.transact(technologist, "sendBatch", sends)
        assert without_times(client.call_views(inboxes)) == one_by_one
        reasons = {"BadEnvelope": BAD_ENVELOPE, "StaleKey": STALE_KEY, "NotApproved": NOT_APPROVED}
        assert done.events == [
            outcome.events[0]
            if outcome.error is None
            else (
                "Skipped",
                {
                    "recipient": send[0],
                    "sender": technologist.address,
                    "item": number,
                    "reason": reasons[outcome.error[0]],
                },
            )
            for number, (send, outcome) in enumerate(zip(sends, outcomes, strict=True))
        ]
