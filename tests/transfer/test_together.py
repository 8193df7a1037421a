"""Many studies by one transaction: each arrives once, whatever becomes of the others, and however often it is run."""

from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from radiogram import transfer
from radiogram.chain import batch, transactions
from radiogram.errors import ChainUnreachable, InboxError, NotApprovedError, UnconfirmedError
from radiogram.formats.signed_act import RestrictInbox
from radiogram.transfer import Sent
from tests.transfer.conftest import Person, write_study
from tests.transfer.test_once import Stopped, stop

GAS = 1_000_000


@pytest.fixture
def people():
    return [Person(hybrid=True), Person(hybrid=False), Person(hybrid=True)]


@pytest.fixture
def studies(tmp_path):
    return [write_study(tmp_path / f"study {number}") for number in range(3)]


@pytest.fixture
def together(inbox, ipfs, technologist, sign, journal):
    """Sends each study to its person, all by one transaction; `replaced` changes recipients."""

    @contextmanager
    def prepared(studies, people, again, recipients):
        with ExitStack() as held:
            yield [
                held.enter_context(
                    transfer.prepare(
                        study,
                        recipients.get(number) or inbox.recipient(person.address, person.public),
                        sender=technologist.address,
                        sign=sign,
                        inbox=inbox,
                        ipfs=ipfs,
                        journal=journal,
                        again=again,
                    )
                )
                for number, (study, person) in enumerate(zip(studies, people, strict=True))
            ]

    def send(studies, people, again=False, recipients=None):
        with prepared(studies, people, again, recipients or {}) as messages:
            return transfer.send_together(messages, sender=technologist, inbox=inbox, gas=GAS)

    return send


def counts(inbox, people):
    return [inbox.count(person.address) for person in people]


def test_several_studies_go_by_one_transaction_and_share_its_cost(together, studies, people, inbox, ipfs):
    sent = together(studies, people)
    assert [(each.recipient.address, each.index) for each in sent] == [(each.address, 0) for each in people]
    assert [(each.was_sent, each.was_begun) for each in sent] == [(False, False)] * 3
    (hash_,) = {each.receipt.tx_hash for each in sent}
    receipt = inbox.provider.get_receipt(hash_)
    assert sum(each.receipt.gas_used for each in sent) == receipt.gas_used
    assert sum(each.receipt.fee_wei for each in sent) == receipt.total_fees_paid
    assert max(each.receipt.gas_used for each in sent) - min(each.receipt.gas_used for each in sent) <= 1
    for each, person in zip(sent, people, strict=True):
        opened = transfer.open_message(inbox.message(person.address, 0), person.keys, inbox, ipfs)
        assert opened.reference.cid == each.cid


def test_the_same_again_sends_nothing(together, studies, people, inbox):
    first, second = together(studies, people), together(studies, people)
    assert second == [replace(each, was_sent=True) for each in first]
    assert counts(inbox, people) == [1, 1, 1]


def test_two_studies_of_one_patient_keep_their_order(together, studies, people, inbox):
    person = people[0]
    sent = together(studies, [person] * 3)
    assert [each.index for each in sent] == [0, 1, 2]
    envelopes = [each.envelope for each in inbox.messages(person.address)]
    assert len(set(envelopes)) == 3


def test_one_study_alone_goes_as_an_ordinary_message(together, studies, people, inbox):
    (sent,) = together(studies[:1], people[:1])
    data = inbox.provider.web3.eth.get_transaction(sent.receipt.tx_hash)["input"]
    assert bytes(data)[:4] != inbox.batch([], 0)._data()[:4]


def test_what_the_contract_skips_is_refused_by_name_and_the_others_arrive(together, studies, people, inbox):
    stale = replace(inbox.recipient(people[1].address, people[1].public), key_version=7)
    first, refused, last = together(studies, people, recipients={1: stale})
    assert isinstance(refused, InboxError)
    assert "has changed keys, and version 0 is in force now" in refused.message
    assert (first.index, last.index) == (0, 0)
    assert counts(inbox, people) == [1, 0, 1]


def test_what_was_skipped_is_sent_by_the_next_run(together, studies, people, inbox):
    stale = replace(inbox.recipient(people[1].address, people[1].public), key_version=7)
    first = together(studies, people, recipients={1: stale})
    second = together(studies, people)
    assert [each.was_sent for each in second] == [True, False, True]
    assert counts(inbox, people) == [1, 1, 1]
    assert second[0] == replace(first[0], was_sent=True)


def test_two_studies_go_by_one_transaction_which_may_use_what_gas_it_was_given(together, studies, people, inbox):
    sent = together(studies[:2], people[:2])
    (hash_,) = {each.receipt.tx_hash for each in sent}
    assert inbox.provider.web3.eth.get_transaction(hash_)["gas"] == GAS


def test_what_was_sent_before_is_told_beside_what_is_new_wherever_it_stands(together, studies, people, inbox):
    together(studies[2:], people[2:])
    sent = together(studies, people)
    assert [each.was_sent for each in sent] == [False, False, True]
    assert counts(inbox, people) == [1, 1, 1]


def test_what_is_prepared_says_whether_it_was_sent(studies, people, inbox, ipfs, technologist, sign, journal):
    recipient = inbox.recipient(people[0].address, people[0].public)
    options = {"sender": technologist.address, "sign": sign, "inbox": inbox, "ipfs": ipfs, "journal": journal}
    for was_sent in (False, True):
        with transfer.prepare(studies[0], recipient, **options) as prepared:
            assert prepared.was_sent is was_sent
            transfer.send_together([prepared], sender=technologist, inbox=inbox, gas=GAS)


# ---- interrupted


@pytest.mark.parametrize("step", ["sign", "put", "wait"])
def test_a_batch_that_was_stopped_arrives_once(together, studies, people, inbox, monkeypatch, step):
    with monkeypatch.context() as patch:
        patch.setattr(transactions, step, stop)
        with pytest.raises(Stopped):
            together(studies, people)
    sent = together(studies, people)
    assert [(each.index, each.was_begun, each.was_sent) for each in sent] == [(0, True, False)] * 3
    assert counts(inbox, people) == [1, 1, 1]


def test_whoever_stops_a_batch_that_may_have_left_is_told_how_to_go_on(together, studies, people, monkeypatch):
    monkeypatch.setattr(transactions, "wait", stop)
    with pytest.raises(Stopped) as stopped:
        together(studies, people)
    assert "Run the same command again" in stopped.value.__notes__[-1]


def test_of_a_batch_that_left_one_study_run_alone_finds_its_own_message_and_share(
    together, send, studies, people, journal, inbox, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "wait", stop)
        with pytest.raises(Stopped):
            together(studies, [people[1], people[0], people[0]])
    sent = send(studies[2], people[0], journal=journal)
    assert (sent.index, sent.was_begun) == (1, True)
    receipt = inbox.provider.get_receipt(sent.receipt.tx_hash)
    assert sent.receipt.gas_used in (receipt.gas_used // 3, receipt.gas_used // 3 + 1)
    assert counts(inbox, people) == [2, 1, 0]


def test_a_batch_whose_bytes_were_not_kept_yet_has_not_left_and_is_signed_anew(
    together, studies, people, inbox, journal, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "put", stop)
        with pytest.raises(Stopped):
            together(studies, people)
    for file in (journal.folder / "batches").iterdir():
        file.unlink()
    sent = together(studies, people)
    assert len({each.receipt.tx_hash for each in sent}) == 1
    assert counts(inbox, people) == [1, 1, 1]


def test_other_software_that_takes_the_nonce_makes_the_batch_take_the_next(
    together, studies, people, inbox, technologist, monkeypatch
):
    put, stolen = transactions.put, []

    def late(provider, signed):
        if not stolen:
            stolen.append(technologist.transfer(people[0].address, "1 wei", nonce=signed.nonce))
        put(provider, signed)

    monkeypatch.setattr(transactions, "put", late)
    sent = together(studies, people)
    assert all(isinstance(each, Sent) for each in sent)
    assert counts(inbox, people) == [1, 1, 1]


def test_the_same_where_an_inbox_has_older_messages(together, studies, people, inbox, technologist, monkeypatch):
    together(studies[2:], people[:1])
    put, stolen = transactions.put, []

    def late(provider, signed):
        if not stolen:
            stolen.append(technologist.transfer(people[1].address, "1 wei", nonce=signed.nonce))
        put(provider, signed)

    monkeypatch.setattr(transactions, "put", late)
    assert [each.index for each in together(studies[:2], people[:2])] == [1, 0]
    assert counts(inbox, people) == [2, 1, 0]


def test_a_batch_that_is_not_confirmed_says_so_of_each_and_waits_once(together, studies, people, monkeypatch, inbox):
    def unconfirmed(provider, signed, *, until_final):
        waited.append(signed[-1].tx_hash)
        raise UnconfirmedError("it is not in a block yet", signed[-1].tx_hash)

    waited = []
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "wait", unconfirmed)
        for _ in range(2):
            outcomes = together(studies, people)
            assert [type(each) for each in outcomes] == [UnconfirmedError] * 3
            assert "sends nothing twice" in outcomes[0].hint
    assert (len(waited), len(set(waited))) == (2, 1)
    together(studies, people)
    assert counts(inbox, people) == [1, 1, 1]


def test_of_a_batch_that_was_signed_anew_the_last_transaction_alone_is_waited_for_and_once(
    together, studies, people, technologist, monkeypatch, inbox
):
    put, stolen, waited = transactions.put, [], []

    def late(provider, signed):
        if not stolen:
            stolen.append(technologist.transfer(people[0].address, "1 wei", nonce=signed.nonce))
        put(provider, signed)

    def unconfirmed(provider, signed, *, until_final):
        waited.append(signed[-1].tx_hash)
        raise UnconfirmedError("it is not in a block yet", signed[-1].tx_hash)

    with monkeypatch.context() as patch:
        patch.setattr(transactions, "put", late)
        patch.setattr(transactions, "wait", unconfirmed)
        for _ in range(2):
            assert [type(each) for each in together(studies, people)] == [UnconfirmedError] * 3
    assert (len(waited), len(set(waited))) == (2, 1)
    together(studies, people)
    assert counts(inbox, people) == [1, 1, 1]


def test_a_chain_that_is_down_refuses_each(together, studies, people, monkeypatch, inbox):
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "sign", lambda *_: (_ for _ in ()).throw(ChainUnreachable("down")))
        assert [type(each) for each in together(studies, people)] == [ChainUnreachable] * 3
    assert [each.index for each in together(studies, people)] == [0, 0, 0]


# ---- asked before


def test_who_would_be_refused_is_known_before_anything_is_sent(inbox, technologist, people):
    def item(person, version=0):
        recipient = replace(inbox.recipient(person.address, person.public), key_version=version)
        return batch.Item(recipient, b"\x02" * 114)

    assert batch.would_take(inbox, [item(each) for each in people], technologist) == [None] * 3
    found = batch.would_take(inbox, [item(people[0]), item(people[1], 3)], technologist)
    assert found[0] is None
    assert "has changed keys" in found[1].message


def test_a_restricted_inbox_is_one(inbox, people, technologist):
    from ape import accounts

    owner = accounts.test_accounts[7]
    inbox.act(RestrictInbox(owner.address, True, inbox.restriction(owner.address)[1] + 1)).send(owner)
    closed = replace(inbox.recipient(people[0].address, people[0].public), address=owner.address)
    (found,) = batch.would_take(inbox, [batch.Item(closed, b"\x02" * 114)], technologist)
    assert isinstance(found, NotApprovedError)
    inbox.act(RestrictInbox(owner.address, False, inbox.restriction(owner.address)[1] + 1)).send(owner)


def test_what_a_transaction_may_ask_for_is_what_the_chain_and_the_protocol_allow(inbox):
    limit = inbox.provider.web3.eth.get_block("latest")["gasLimit"]
    assert batch.most_gas(inbox) == min(2**24, limit)
