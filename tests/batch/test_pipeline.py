"""Several studies at a time: what fails stops no other, and what is ready goes as its transaction fills."""

import threading
import time
from contextlib import contextmanager

import pytest

from radiogram.batch.pipeline import MOST_IN_A_ROW, Job, OnceEach, Pipeline
from radiogram.chain.inbox import Recipient
from radiogram.delivery import Ready
from radiogram.errors import IpfsUnreachable, NotApprovedError, NotTriedError, RepeatedError, StudyError
from radiogram.outgoing.journal import Arrived, Entry, Journal, Purpose, Sealed
from radiogram.transfer import Delivery, Prepared, Sent

SENDER = "0x" + "22" * 20
ARRIVED = Arrived(0, "", 0, 0)
TOGETHER = 100


def prepared(number: int, was_sent: bool = False) -> Prepared:
    recipient = Recipient("0x" + number.to_bytes(20, "big").hex(), b"\x02" * 33, 0)
    sealed = Sealed(bytes(36), 10, None, 0, b"\x02")
    return Prepared(SENDER, recipient, Ready(Entry(), sealed, False, ARRIVED if was_sent else None), False)


class Run:
    """A pipeline of jobs, each of which does what a function of its number does; and all that was seen of it."""

    def __init__(self, count, of=prepared, *, limit=10 * TOGETHER, **options):
        self.open, self.sent, self.done, self.of = set(), [], [], of
        self.refused: dict[int, Exception] = {}
        self.gate = threading.Lock()
        self.run = Pipeline(
            [Job(lambda told, each=number: self._job(each, told), TOGETHER) for number in range(count)],
            self.send,
            self.done.extend,
            limit,
            **options,
        ).run

    @contextmanager
    def _job(self, number, told):
        told(0)
        message = self.of(number)
        with self.gate:
            self.open.add(number)
        try:
            yield message
        finally:
            with self.gate:
                self.open.remove(number)

    def send(self, messages, gas):
        numbers = [int(each.recipient.address, 16) for each in messages]
        assert set(numbers) <= self.open
        self.sent.append((numbers, gas))
        return [
            self.refused.get(number)
            or each.sent(Delivery(each.ready.sealed, ARRIVED, was_begun=False, was_sent=each.was_sent))
            for number, each in zip(numbers, messages, strict=True)
        ]


def test_each_study_is_sent_and_told_of_once_and_let_go():
    run = Run(25)
    run.run()
    assert sorted(number for number, _ in run.done) == list(range(25))
    assert all(isinstance(outcome, Sent) for _, outcome in run.done)
    assert not run.open


def test_a_transaction_takes_as_many_as_its_gas_allows():
    run = Run(25)
    run.run()
    assert [(len(numbers), gas) for numbers, gas in run.sent] == [
        (10, 10 * TOGETHER),
        (10, 10 * TOGETHER),
        (5, 5 * TOGETHER),
    ]


def test_what_was_sent_before_is_told_of_and_takes_no_room():
    run = Run(12, lambda number: prepared(number, was_sent=number % 2 == 0))
    run.run()
    assert sum(gas for _, gas in run.sent) == 6 * TOGETHER
    assert sorted(number for number, outcome in run.done if outcome.was_sent) == list(range(0, 12, 2))


def test_a_study_that_can_t_be_read_stops_no_other():
    def failing(number):
        if number % 3 == 0:
            raise StudyError("changed")
        return prepared(number)

    run = Run(20, failing)
    run.run()
    assert sorted(number for number, outcome in run.done if isinstance(outcome, StudyError)) == list(range(0, 20, 3))
    assert len(run.done) == 20


def test_a_fault_of_ours_in_a_study_stops_no_other():
    def failing(number):
        return prepared(number) if number else number.nothing

    run = Run(5, failing)
    run.run()
    assert [number for number, outcome in run.done if isinstance(outcome, AttributeError)] == [0]
    assert len(run.done) == 5


def test_what_the_contract_refuses_stops_no_other():
    run = Run(5)
    run.refused = {3: NotApprovedError("not approved")}
    run.run()
    assert {number: type(outcome) for number, outcome in run.done} == dict.fromkeys((0, 1, 2, 4), Sent) | {
        3: NotApprovedError
    }


def test_where_ipfs_is_down_no_more_are_begun_after_some():
    tried = []

    def failing(number):
        tried.append(number)
        raise IpfsUnreachable("down")

    run = Run(50, failing)
    run.run()
    assert MOST_IN_A_ROW <= len(tried) < 10
    assert len(run.done) == 50
    assert sum(isinstance(outcome, NotTriedError) for _, outcome in run.done) == 50 - len(tried)


def test_failures_between_which_others_succeed_do_not_end_it():
    def failing(number):
        if number % 2:
            raise IpfsUnreachable("a hiccup")
        return prepared(number)

    run = Run(40, failing, workers=1)
    run.run()
    assert not [outcome for _, outcome in run.done if isinstance(outcome, NotTriedError)]


def test_what_is_ready_waits_no_longer_than_that_for_others():
    slow = threading.Event()

    def waiting(number):
        if number == 1:
            assert slow.wait(60)
        return prepared(number)

    run = Run(2, waiting, patience=0.1)
    thread = threading.Thread(target=run.run)
    thread.start()
    deadline = time.monotonic() + 60
    while not run.sent:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    slow.set()
    thread.join(60)
    assert [numbers for numbers, _ in run.sent] == [[0], [1]]


class Stopped(KeyboardInterrupt):
    pass


def test_whoever_stops_it_while_it_sends_leaves_nothing_held():
    run = Run(25)

    def stop(*_):
        raise Stopped

    stopped = Pipeline(
        [Job(lambda told, each=each: run._job(each, told), TOGETHER) for each in range(25)],
        stop,
        run.done.extend,
        10 * TOGETHER,
    )
    with pytest.raises(Stopped):
        stopped.run()
    assert (run.open, run.done) == (set(), [])


def test_whoever_stops_it_while_it_tells_leaves_nothing_held():
    run = Run(3)
    run.done = []

    def stop(_):
        raise Stopped

    stopped = Pipeline(
        [Job(lambda told, each=each: run._job(each, told), TOGETHER) for each in range(3)], run.send, stop, TOGETHER
    )
    with pytest.raises(Stopped):
        stopped.run()
    assert not run.open


def test_what_ends_the_process_in_a_study_is_not_waited_for():
    def leaving(number):
        raise SystemExit(143)

    with pytest.raises(SystemExit):
        Run(3, leaving).run()


# ---- the same twice in one list


def purpose(contents: bytes) -> Purpose:
    return Purpose(bytes(32), SENDER, SENDER, SENDER, b"\x02", contents, b"secret")


def test_the_same_images_to_the_same_recipient_go_once_in_a_run(tmp_path):
    journal = OnceEach(Journal(tmp_path / "outgoing"))
    with (
        journal.entry(purpose(b"one")),
        journal.entry(purpose(b"two")),
        pytest.raises(RepeatedError),
        journal.entry(purpose(b"one")),
    ):
        pass
    with pytest.raises(RepeatedError), journal.entry(purpose(b"two")):
        pass


def test_another_run_has_them_again(tmp_path):
    journal = Journal(tmp_path / "outgoing")
    for _ in range(2):
        with OnceEach(journal).entry(purpose(b"one")) as entry:
            assert entry.begun is None
