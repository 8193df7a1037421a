"""Messages in mailboxes: which one a send takes, once; and who finds it there, of all that the sender has sent."""

import json
import os
import time
from dataclasses import replace
from functools import partial

import pytest
from ape import accounts
from eth_utils.address import to_checksum_address

from radiogram import delivery, mailboxes, transfer
from radiogram.chain import sender_log, transactions
from radiogram.errors import HomesError, InboxError, IpfsUnreachable
from radiogram.formats import bundle, ciphertext, mailbox
from radiogram.formats.padding import padded_bundle_bytes
from radiogram.formats.public_key import public_key_of
from radiogram.ipfs.client import Ipfs
from radiogram.mailboxes import MailboxChooser, Pair, find_mail, search_state
from tests.chain.conftest import Node, connected
from tests.ipfs.conftest import reply
from tests.midnight import _one_day  # noqa: F401 - a fixture
from tests.transfer.conftest import Person, write_study

MAILBOX_KEY = os.urandom(32)
EVERYTHING = 10**9  # blocks


@pytest.fixture
def node(transfer_chain):
    made = Node(transfer_chain)
    yield made
    made.server.stop()


@pytest.fixture
def inbox(node, tmp_path_factory):
    with connected(node.server.url, tmp_path_factory.mktemp("home")) as network:
        yield network.inbox()


@pytest.fixture
def choose(inbox, technologist):
    """Chooses mailboxes of the technologist's and a person's."""

    def choose(person, begun=frozenset()):
        return MailboxChooser(MAILBOX_KEY, technologist.address, inbox, lambda: begun).choose(person.public.public_key)

    return choose


@pytest.fixture
def box(inbox):
    """box(person, days): a mailbox of the technologist's and a person's, of so many days ago."""

    def box(person, days):
        where = inbox.chain_id, inbox.address
        secret = mailbox.pair_secret(mailbox.Role.SENDER, MAILBOX_KEY, person.public.public_key, *where)
        return to_checksum_address(mailbox.address(secret, today()[0] - days, 3))

    return box


@pytest.fixture
def post(send, choose):
    """Sends into a mailbox."""
    return lambda study, person, **others: send(study, person, choose_mailbox=partial(choose, person), **others)


@pytest.fixture
def find(inbox, technologist):
    """What a person finds of the technologist's."""

    def find(person, kept=None):
        sender = to_checksum_address(technologist.address)
        pair = Pair.of(sender, public_key_of(MAILBOX_KEY), person.keys, inbox)
        return find_mail(inbox, sender, [pair], kept)

    return find


@pytest.fixture
def studies(tmp_path):
    made = iter(range(100))
    return lambda: write_study(tmp_path / f"study{next(made)}")


# ---- sending


def test_it_is_in_an_inbox_that_is_neither_the_patients_nor_used_before(post, studies, patient, inbox):
    sent = [post(studies(), patient) for _ in range(3)]
    places = {each.mailbox for each in sent}
    assert len(places) == 3
    assert patient.address not in places
    assert inbox.count(patient.address) == 0
    assert [each.index for each in sent] == [0, 0, 0]


def test_the_same_again_is_in_its_mailbox_already(post, study, patient, journal, inbox):
    first, second = (post(study, patient, journal=journal) for _ in range(2))
    assert second == replace(first, was_sent=True)
    assert inbox.count(first.mailbox) == 1


def test_a_second_copy_goes_into_another_mailbox(post, study, patient, journal):
    first, second = post(study, patient, journal=journal), post(study, patient, journal=journal, again=True)
    assert first.mailbox != second.mailbox
    assert not second.was_sent


def test_what_went_into_the_patients_inbox_is_no_message_in_a_mailbox(send, post, study, patient, journal):
    openly = send(study, patient, journal=journal)
    closely = post(study, patient, journal=journal)
    assert (openly.mailbox, closely.was_sent) == (None, False)


def test_a_send_that_was_interrupted_goes_on_with_the_mailbox_that_it_chose(
    post, send, study, patient, journal, monkeypatch
):
    def stopped(*_: object, **__: object):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("radiogram.chain.inbox.Inbox.send", stopped)
        post(study, patient, journal=journal)
    with journal.unfinished() as [entry]:
        chosen = entry.begun.recipient
    sent = send(study, patient, journal=journal, choose_mailbox=lambda: pytest.fail("chosen twice"))
    assert (sent.mailbox, sent.was_begun) == (chosen, True)


def refused_by_homes(_):
    raise HomesError("not sent: a home is away")


def stop(*_: object, **__: object):
    raise KeyboardInterrupt


@pytest.fixture
def begin(send, study, patient, journal, box):
    """begin(days): a send into a mailbox was begun so many days ago, and nothing was signed; the mailbox."""

    def begin(days, *, error=HomesError, keep=refused_by_homes):
        place = box(patient, days)
        with pytest.raises(error):
            send(study, patient, journal=journal, keep=keep, choose_mailbox=lambda: place)
        set_back(journal, days)
        return place

    return begin


def set_back(journal, days: int) -> None:
    """What the journal has was begun so many days earlier."""
    [file] = journal.folder.glob("*.jsonl")
    steps = [json.loads(line) for line in file.read_text().splitlines() if line]
    for step in steps:
        if step["step"] == "Begun":
            step["at"] -= days * mailbox.DAY_SECONDS
    file.write_text("".join(json.dumps(step) + "\n" for step in steps))


def test_what_is_gone_on_with_days_later_is_found_in_its_mailbox(begin, post, find, study, patient, journal):
    chosen = begin(6)
    sent = post(study, patient, journal=journal)
    assert (sent.mailbox, sent.was_begun) == (chosen, True)
    assert [each.message.recipient for each in find(patient).mail] == [chosen]


def test_what_chose_its_mailbox_more_than_a_week_ago_is_sealed_anew_into_one_of_today(
    begin, post, find, study, patient, journal, inbox
):
    """It might wait for weeks to come into a block, and nobody would find it then."""
    chosen = begin(8)
    sent = post(study, patient, journal=journal)
    assert (sent.mailbox != chosen, sent.was_begun, sent.was_sent) == (True, False, False)
    assert [each.message.recipient for each in find(patient).mail] == [sent.mailbox]
    assert inbox.count(chosen) == 0


def test_what_is_meant_for_the_recipients_own_inbox_is_gone_on_with_however_late(send, study, patient, journal):
    with pytest.raises(HomesError):
        send(study, patient, journal=journal, keep=refused_by_homes)
    set_back(journal, 300)
    assert send(study, patient, journal=journal).was_begun


@pytest.mark.parametrize(("days", "goes_on"), [(8, True), (31, False)])
def test_what_was_signed_is_gone_on_with_as_long_as_its_mailbox_is_looked_into(
    begin, post, study, patient, journal, monkeypatch, days, goes_on
):
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "put", stop)
        chosen = begin(days, error=KeyboardInterrupt, keep=lambda _: None)
    sent = post(study, patient, journal=journal)
    assert (sent.mailbox == chosen, sent.was_begun) == (goes_on, goes_on)


def test_what_arrived_in_time_is_seen_however_late_it_is_gone_on_with(
    begin, post, study, patient, journal, inbox, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "wait", stop)
        chosen = begin(31, error=KeyboardInterrupt, keep=lambda _: None)
    assert post(study, patient, journal=journal).mailbox == chosen
    assert inbox.count(chosen) == 1


def test_without_the_images_it_is_refused_with_the_way_out(begin, journal):
    begin(6)
    with journal.unfinished() as [entry]:
        assert delivery.too_late(entry) is None
    set_back(journal, 2)
    with journal.unfinished() as [entry]:
        error = delivery.too_late(entry)
    assert error.message.startswith("its mailbox was chosen more than 7 days ago")
    assert error.hint == "send it again"


def test_mailboxes_that_this_computer_is_about_to_send_to_are_not_taken(choose, patient, inbox):
    public_key = patient.public.public_key
    secret = mailbox.pair_secret(mailbox.Role.SENDER, MAILBOX_KEY, public_key, inbox.chain_id, inbox.address)
    day = int(time.time() // mailbox.DAY_SECONDS)
    lowest = {to_checksum_address(mailbox.address(secret, day, number)) for number in range(mailbox.WINDOW)}
    assert choose(patient) in lowest
    assert choose(patient, begun=lowest) not in lowest


def test_the_journal_tells_which_those_are(post, studies, patient, journal, inbox, technologist):
    sent = post(studies(), patient, journal=journal)
    assert journal.recipients(inbox.chain, inbox.address, technologist.address) == {sent.mailbox}
    assert journal.recipients(inbox.chain, inbox.address, patient.address) == set()


def test_the_length_of_its_bundle_is_one_of_padmes(post, find, study, patient, inbox, ipfs):
    post(study, patient)
    [mail] = find(patient).mail
    reference = transfer.open_message(mail.message, mail.keys, inbox, ipfs).reference
    with (
        ipfs.open(reference.cid, reference.ciphertext_bytes) as encrypted,
        ciphertext.open_decrypted(encrypted, reference.content_key) as plaintext,
    ):
        size = sum(map(len, iter(lambda: plaintext.read(65_536), b"")))
    least = sum(map(len, bundle.pieces(study, bytes(65))))
    assert least < size == padded_bundle_bytes(least)


# ---- finding


def test_it_is_found_opened_and_retrieved_by_its_recipient_alone(post, find, study, patient, inbox, ipfs, tmp_path):
    sent = post(study, patient)
    [mail] = find(patient).mail
    assert (mail.message.recipient, mail.message.index) == (sent.mailbox, 0)
    opened = transfer.open_message(mail.message, mail.keys, inbox, ipfs)
    received = transfer.retrieve(opened.reference, tmp_path / "out", ipfs=ipfs)
    assert [path.read_bytes() for path, _ in received.files] == [each.path.read_bytes() for each in study.sources]


@pytest.mark.parametrize(("days", "is_found"), [(2, True), (7, True), (30, True), (31, False)])
def test_what_comes_into_a_block_days_after_its_mailbox_is_found_for_30_days(
    send, find, study, patient, box, days, is_found
):
    """It waited for a home, for its account, or for a lower fee."""
    place = box(patient, days)
    send(study, patient, choose_mailbox=lambda: place)
    assert [each.message.recipient for each in find(patient).mail] == [place] * is_found


def test_its_sender_tells_whose_it_is_though_it_came_days_later(send, study, patient, inbox, box):
    place = box(patient, 30)
    send(study, patient, choose_mailbox=lambda: place)
    assert mailboxes.is_of_pair(MAILBOX_KEY, patient.public.public_key, inbox.message(place, 0), inbox)


def test_nobody_else_finds_it(post, find, study, patient, plain_patient):
    post(study, patient)
    assert find(plain_patient).mail == []


def test_all_are_found_among_those_of_others_in_their_order(post, send, find, studies, patient, plain_patient):
    sent = []
    for _ in range(3):
        sent.append(post(studies(), patient).mailbox)
        post(studies(), plain_patient)
        send(studies(), patient)
    assert [each.message.recipient for each in find(patient).mail] == sent


def test_what_somebody_else_puts_into_a_mailbox_is_not_taken_for_the_clinics(
    post, send, find, study, studies, patient, inbox, choose
):
    """An address is public once it is in a transaction, and others may be faster."""
    stranger = accounts.test_accounts[2]
    place = choose(patient)
    aimed = replace(inbox.recipient(patient.address, patient.public), address=place)
    send(studies(), patient, recipient=aimed, sender=stranger)
    sent = send(study, patient, choose_mailbox=lambda: place)
    [mail] = find(patient).mail
    assert (mail.message.recipient, mail.message.index, sent.index) == (place, 1, 1)


def test_one_that_was_taken_back_says_so(post, find, study, patient, inbox, technologist):
    sent = post(study, patient)
    inbox.retraction(inbox.message(sent.mailbox, 0)).send(technologist)
    [mail] = find(patient).mail
    assert mail.message.status == "retracted"


def test_what_ipfs_does_not_have_now_is_found_all_the_same(post, find, study, patient, inbox):
    post(study, patient)
    [mail] = find(patient).mail
    with pytest.raises(IpfsUnreachable):
        transfer.open_message(mail.message, mail.keys, inbox, Ipfs(None, "http://127.0.0.1:1"))


# ---- going on later


@pytest.fixture
def settled(monkeypatch):
    """All blocks are taken for such as no reorganisation changes."""
    monkeypatch.setattr(sender_log, "REORDERED", 0)


def test_it_is_new_until_it_was_seen(settled, post, find, studies, patient):
    post(studies(), patient)
    first = find(patient)
    assert [each.is_new for each in first.mail] == [True]
    assert [each.is_new for each in find(patient, first.kept).mail] == [True]
    assert [each.is_new for each in find(patient, first.seen).mail] == [False]


def test_a_later_run_finds_the_same_and_reads_on(settled, post, find, studies, patient):
    post(studies(), patient)
    first = find(patient)
    post(studies(), patient)
    assert find(patient, first.kept).mail == find(patient).mail
    assert len(find(patient).mail) == 2


def test_without_what_is_settled_nothing_is_kept_and_all_is_found(post, find, studies, patient):
    post(studies(), patient)
    first = find(patient)
    assert first.kept.sent == ()
    assert find(patient, first.kept).mail == first.mail


def test_a_message_is_asked_for_once_and_among_others(settled, send, studies, patient, inbox, monkeypatch):
    """So that the node does not learn which it is, not even by its being asked for again."""
    monkeypatch.setattr(mailboxes, "GROUP", 4)
    clinic = accounts.test_accounts[4]  # which sends nothing else
    choose = partial(MailboxChooser(MAILBOX_KEY, clinic.address, inbox, set).choose, patient.public.public_key)
    strangers = [send(studies(), Person(hybrid=False), sender=clinic).recipient.address for _ in range(5)]
    sent = send(studies(), patient, sender=clinic, choose_mailbox=choose)
    pair = Pair.of(clinic.address, public_key_of(MAILBOX_KEY), patient.keys, inbox)
    asked = []
    ask = type(inbox).message
    monkeypatch.setattr(type(inbox), "message", lambda self, *place: asked.append(place) or ask(self, *place))
    first = find_mail(inbox, clinic.address, [pair], None)
    assert [each.message.recipient for each in first.mail] == [sent.mailbox]
    assert asked == [(strangers[4], 0), (sent.mailbox, 0)]
    asked.clear()
    assert find_mail(inbox, clinic.address, [pair], first.kept).mail == first.mail
    assert asked == []


# ---- where nodes have forgotten


@pytest.fixture
def forget(node):
    """forget(oldest): from now on the chain's node gives no events of blocks before that one."""

    def forget(oldest: int) -> None:
        def lie(handler, question):
            asked = question["params"]
            if question["method"] != "eth_getLogs" or int(asked[0]["fromBlock"], 16) >= oldest:
                return False
            error = {"code": 4444, "message": "pruned history unavailable"}
            said = {"jsonrpc": "2.0", "id": question["id"], "error": error}
            return reply(handler, 200, json.dumps(said).encode())

        node.lie = lie

    return forget


def newest_block(ask) -> int:
    return int(ask("eth_blockNumber"), 16)


@pytest.fixture
def pairs(inbox, technologist, patient):
    return [Pair.of(to_checksum_address(technologist.address), public_key_of(MAILBOX_KEY), patient.keys, inbox)]


def today(*, days: int = 1) -> range:
    day = int(time.time() // mailbox.DAY_SECONDS)
    return range(day + 1 - days, day + 2)


def test_what_events_no_longer_tell_is_said_and_found_in_the_state(
    settled, post, send, studies, patient, pairs, inbox, forget, ask
):
    sent = post(studies(), patient)
    forgotten = newest_block(ask) + 1
    send(studies(), patient)
    forget(forgotten)
    sender = pairs[0].sender
    before = find_mail(inbox, sender, pairs, None)
    assert (before.mail, before.whole.has_gap, before.problem) == ([], True, None)
    found = search_state(inbox, pairs, today(), before)
    assert [each.message.recipient for each in found.mail] == [sent.mailbox]
    assert not found.whole.has_gap
    assert find_mail(inbox, sender, pairs, found.kept).mail == found.mail


def test_of_a_node_that_remembers_the_newest_blocks_alone_these_are_told_and_the_rest_is_asked_for_again(
    post, studies, patient, pairs, inbox, forget, ask, monkeypatch
):
    first = post(studies(), patient)
    forgotten = newest_block(ask) + 1
    second = post(studies(), patient)
    monkeypatch.setattr(sender_log, "REORDERED", newest_block(ask) - forgotten + 2)
    forget(forgotten)
    before = find_mail(inbox, pairs[0].sender, pairs, None)
    assert [each.message.recipient for each in before.mail] == [second.mailbox]
    assert (before.whole.has_gap, before.problem) == (True, None)
    forget(0)
    found = find_mail(inbox, pairs[0].sender, pairs, before.kept)
    assert [each.message.recipient for each in found.mail] == [first.mailbox, second.mailbox]
    assert not found.whole.has_gap


def test_where_no_event_is_told_at_all_what_was_kept_is_there_and_the_state_is_asked(
    settled, post, studies, patient, pairs, inbox, forget
):
    first = post(studies(), patient)
    kept = find_mail(inbox, pairs[0].sender, pairs, None).kept
    second = post(studies(), patient)
    forget(EVERYTHING)
    found = find_mail(inbox, pairs[0].sender, pairs, kept)
    assert [each.message.recipient for each in found.mail] == [first.mailbox]
    assert isinstance(found.problem, InboxError)
    assert [each.message.recipient for each in search_state(inbox, pairs, today(), found).mail] == [
        first.mailbox,
        second.mailbox,
    ]


def test_what_came_since_a_day_into_a_mailbox_of_earlier_days_is_found_in_the_state(
    settled, send, studies, patient, pairs, inbox, forget, box
):
    place = box(patient, 30)
    send(studies(), patient, choose_mailbox=lambda: place)
    forget(EVERYTHING)
    before = find_mail(inbox, pairs[0].sender, pairs, None)
    days = mailboxes.days_since(int(time.time()))
    assert days == today(days=31)
    found = search_state(inbox, pairs, days[:2], before)
    assert [each.message.recipient for each in found.mail] == [place]


def test_what_the_state_has_told_is_there_once_when_events_are_told_again(
    settled, post, studies, patient, pairs, inbox, forget
):
    post(studies(), patient)
    forget(EVERYTHING)
    found = search_state(inbox, pairs, today(), find_mail(inbox, pairs[0].sender, pairs, None))
    forget(0)
    assert find_mail(inbox, pairs[0].sender, pairs, found.kept).mail == found.mail
    assert len(found.mail) == 1


def test_of_the_state_a_sender_s_own_are_taken_and_what_was_taken_back_says_so(
    post, send, studies, patient, pairs, inbox, technologist, forget
):
    sent = post(studies(), patient)
    aimed = replace(inbox.recipient(patient.address, patient.public), address=sent.mailbox)
    send(studies(), patient, recipient=aimed, sender=accounts.test_accounts[2])
    inbox.retraction(inbox.message(sent.mailbox, 0)).send(technologist)
    forget(EVERYTHING)
    [mail] = search_state(inbox, pairs, today(days=3), find_mail(inbox, pairs[0].sender, pairs, None)).mail
    assert (mail.message.index, mail.message.status) == (0, "retracted")


def test_a_sender_whose_node_tells_no_events_is_refused(patient, inbox, forget):
    forget(EVERYTHING)
    own = patient.public.public_key
    with pytest.raises(InboxError, match="refuses to say what happened: pruned history unavailable"):
        MailboxChooser(MAILBOX_KEY, accounts.test_accounts[0].address, inbox, set).choose(own)
