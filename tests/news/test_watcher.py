"""News is told once, whatever happens to the chain, to the watcher, or to those who are told."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiogram.chain import rpc
from radiogram.chain.inbox import Newest
from radiogram.cli.news import own_list
from radiogram.errors import ChainUnreachable, LockedError, NewsError
from radiogram.formats.mailbox import LATE_DAYS, WINDOW
from radiogram.news import arrivals, watcher
from radiogram.news.channels import parse_channel
from radiogram.news.state import Pending, StateFile
from radiogram.news.watch_list import Watched
from radiogram.news.watcher import FIRST_PAUSE, GIVE_UP, GIVE_UP_ATTEMPTS, LONGEST_PAUSE, Watcher
from tests.midnight import _one_day  # noqa: F401 - a fixture

HOUR, DAY = 3600, 86_400
HOOK, OTHER = (parse_channel(f"https://clinic.example/{name}") for name in ("hook", "other"))


class Told:
    """Whom somebody told of what; what `fails` holds is not taken."""

    def __init__(self):
        self.news, self.fails = [], set()

    def __call__(self, channel, news):
        if channel in self.fails:
            raise NewsError("clinic.example is full")
        self.news.append((channel, news))

    @property
    def channels(self):
        return [channel for channel, _ in self.news]


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def watch(inbox, tmp_path, told):
    """watch(*lines): looks once at a list of these (inbox, channel), by a watcher that has just been started."""

    def look(*lines, now=time.time, tell=told, path=tmp_path / "watch.csv"):
        watched = [each if isinstance(each, Watched) else Watched(*each) for each in lines]
        with StateFile.opened(tmp_path / "news", inbox.chain, inbox.address, path) as file:
            return Watcher(inbox, watched, file, tell, now).look()

    return look


def test_what_is_there_at_the_first_look_is_no_news(watch, send, somebody, told):
    ann, bob = somebody(), somebody()
    send(ann, ann)
    assert watch((ann, HOOK), (bob, HOOK)).watched == 2
    watch((ann, HOOK), (bob, HOOK))
    assert told.news == []


def test_each_who_has_news_is_told_once_and_nobody_else(watch, send, somebody, told):
    ann, bob = somebody(), somebody()
    watch((ann, HOOK), (bob, OTHER))
    send(ann, ann, ann)
    assert watch((ann, HOOK), (bob, OTHER)).told == 1
    watch((ann, HOOK), (bob, OTHER))
    assert told.channels == [HOOK]
    send(bob)
    watch((ann, HOOK), (bob, OTHER))
    assert told.channels == [HOOK, OTHER]


def test_news_of_several_inboxes_at_once_is_told_to_a_channel_once(watch, send, somebody, told):
    ann, mailbox = somebody(), somebody()
    watch((ann, HOOK), (mailbox, HOOK), (ann, OTHER))
    send(ann, mailbox)
    watch((ann, HOOK), (mailbox, HOOK), (ann, OTHER))
    assert sorted(told.channels, key=str) == sorted([HOOK, OTHER], key=str)


def test_each_news_has_a_name_of_its_own(watch, send, somebody, told):
    ann = somebody()
    watch((ann, HOOK))
    for _ in range(2):
        send(ann)
        watch((ann, HOOK))
    assert len({news for _, news in told.news}) == 2


def test_a_message_that_was_taken_back_before_it_was_seen_is_no_news(watch, send, somebody, told, inbox):
    from ape import accounts

    ann = somebody()
    watch((ann, HOOK))
    send(ann)
    inbox.retraction(inbox.newest(ann)).send(accounts.test_accounts[0])
    watch((ann, HOOK))
    assert told.news == []


def test_taking_a_message_back_is_no_news(watch, send, somebody, told, inbox):
    from ape import accounts

    ann = somebody()
    watch((ann, HOOK))
    send(ann)
    watch((ann, HOOK))
    inbox.retraction(inbox.newest(ann)).send(accounts.test_accounts[0])
    watch((ann, HOOK))
    assert told.channels == [HOOK]


@pytest.mark.parametrize("looks_between", [False, True])
def test_a_message_that_a_reorganisation_moves_is_told_once(watch, send, somebody, told, ask, looks_between):
    ann = somebody()
    watch((ann, HOOK))
    before, envelope = ask("evm_snapshot"), b"\x02" + bytes(range(1, 114))
    send(ann, envelope=envelope)
    watch((ann, HOOK))
    assert ask("evm_revert", before)
    if looks_between:
        watch((ann, HOOK))
    send(ann, envelope=envelope)  # into another block, and so at another cursor
    watch((ann, HOOK))
    assert told.channels == [HOOK]


@pytest.mark.parametrize("looks_between", [False, True])
def test_a_message_that_takes_the_place_of_one_that_is_gone_is_news(watch, send, somebody, told, ask, looks_between):
    ann = somebody()
    watch((ann, HOOK))
    before = ask("evm_snapshot")
    send(ann)
    watch((ann, HOOK))
    assert ask("evm_revert", before)
    if looks_between:
        watch((ann, HOOK))
    send(ann)
    watch((ann, HOOK))
    assert told.channels == [HOOK, HOOK]


def test_who_can_not_be_told_is_told_later_under_the_same_name(watch, send, somebody, told):
    ann, clock = somebody(), [time.time()]
    lines = [(ann, HOOK), (ann, OTHER)]
    watch(*lines)
    send(ann)
    told.fails = {HOOK}
    assert [channel for channel, _ in watch(*lines, now=lambda: clock[0]).failed] == [HOOK]
    assert told.channels == [OTHER]
    told.fails = set()
    watch(*lines, now=lambda: clock[0] + FIRST_PAUSE - 1)
    assert told.channels == [OTHER]
    watch(*lines, now=lambda: clock[0] + FIRST_PAUSE + 1)
    assert told.channels == [OTHER, HOOK]


def test_pauses_grow_to_an_hour_and_after_a_time_it_is_given_up(watch, send, somebody, told, monkeypatch):
    assert watcher.GIVE_UP == 7 * 86_400
    monkeypatch.setattr(watcher, "GIVE_UP", 43_200.0)
    monkeypatch.setattr(watcher, "GIVE_UP_ATTEMPTS", 10)
    ann, start = somebody(), time.time()
    watch((ann, HOOK))
    send(ann)
    told.fails, attempts, now, given_up = {HOOK}, [], start, ()

    def tell(channel, news):
        attempts.append((now, news))
        told(channel, news)

    failures = 0
    while not given_up and now < start + 2 * watcher.GIVE_UP:
        done = watch((ann, HOOK), now=partial(float, now), tell=tell)
        failures, given_up = failures + len(done.failed), done.given_up
        now += LONGEST_PAUSE / 4
    assert given_up == (HOOK,)
    assert failures == 1  # it is said once
    assert len({news for _, news in attempts}) == 1
    pauses = [later - sooner for (sooner, _), (later, _) in pairwise(attempts)]
    assert max(pauses) <= 1.25 * LONGEST_PAUSE
    assert watcher.GIVE_UP <= attempts[-1][0] - start <= watcher.GIVE_UP + 2 * LONGEST_PAUSE


@pytest.mark.fault("A watcher is killed while it tells", "an exception that ends it", "told again, under the same name")
@pytest.mark.parametrize("is_told", [False, True])
def test_a_watcher_that_ends_while_it_tells_tells_again_under_the_same_name(watch, send, somebody, told, is_told):
    ann, names = somebody(), []
    watch((ann, HOOK))
    send(ann)

    def killed(channel, news):
        names.append(news)
        if is_told:
            told(channel, news)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch((ann, HOOK), tell=killed)
    watch((ann, HOOK))
    watch((ann, HOOK))
    assert told.news == [(HOOK, names[0])] * (2 if is_told else 1)


def test_what_comes_after_news_that_may_have_been_told_is_told_under_another_name(watch, send, somebody, told):
    ann, names = somebody(), []
    watch((ann, HOOK))
    send(ann)

    def answers_too_late(channel, news):
        names.append(news)
        raise NewsError("clinic.example does not answer within 30 seconds")

    watch((ann, HOOK), tell=answers_too_late)
    send(ann)
    watch((ann, HOOK), now=lambda: time.time() + FIRST_PAUSE + 1)
    ((_, name),) = told.news
    assert name not in names


def test_news_that_comes_meanwhile_neither_shortens_a_pause_nor_is_given_up_for_what_came_before(
    watch, send, somebody, told
):
    ann, start = somebody(), time.time()
    watch((ann, HOOK))
    send(ann)
    told.fails = {HOOK}
    for hour in range(GIVE_UP_ATTEMPTS):
        watch((ann, HOOK), now=lambda hour=hour: start + 3600 * hour)
    late = start + GIVE_UP + 1
    send(ann)
    assert watch((ann, HOOK), now=lambda: late).given_up == ()
    send(ann)
    told.fails = set()
    watch((ann, HOOK), now=lambda: late + FIRST_PAUSE + 1)
    assert told.news == []
    watch((ann, HOOK), now=lambda: late + LONGEST_PAUSE + 1)
    assert told.channels == [HOOK]


def test_a_clock_that_was_ahead_keeps_nobody_waiting(watch, send, somebody, told):
    ann, day = somebody(), 86_400
    watch((ann, HOOK))
    send(ann)
    told.fails = {HOOK}
    watch((ann, HOOK), now=lambda: time.time() + 400 * day)
    assert told.news == []
    told.fails = set()
    watch((ann, HOOK))
    assert told.channels == [HOOK]


def test_news_that_was_found_while_the_clock_was_ahead_is_given_up_a_week_later_all_the_same(
    watch, send, somebody, told
):
    ann, start = somebody(), time.time()
    watch((ann, HOOK))
    send(ann)
    told.fails = {HOOK}
    watch((ann, HOOK), now=lambda: start + 400 * 86_400)
    for hour in range(GIVE_UP_ATTEMPTS):
        assert watch((ann, HOOK), now=lambda hour=hour: start + 3600 * hour).given_up == ()
    assert watch((ann, HOOK), now=lambda: start + GIVE_UP + 1).given_up == (HOOK,)


def test_who_could_not_be_told_before_a_long_sleep_is_not_given_up_at_the_first_failure_after_it(
    watch, send, somebody, told
):
    ann, start = somebody(), time.time()
    watch((ann, HOOK))
    send(ann)
    told.fails = {HOOK}
    watch((ann, HOOK), now=lambda: start)
    for hour in range(GIVE_UP_ATTEMPTS - 2):
        assert watch((ann, HOOK), now=lambda hour=hour: start + GIVE_UP + 86_400 + 3600 * hour).given_up == ()
    told.fails = set()
    watch((ann, HOOK), now=lambda: start + GIVE_UP + 3 * 86_400)
    assert told.channels == [HOOK]


def test_pauses_stay_an_hour_however_often_somebody_could_not_be_told(watch, somebody, told, tmp_path):
    ann, now = somebody(), time.time()
    watch((ann, HOOK))
    (path,) = (tmp_path / "news").glob("*.json")
    file = StateFile(path)
    file.write(file.read().with_pending(HOOK.digest, Pending("00" * 16, now, 5000)))
    told.fails = {HOOK}
    watch((ann, HOOK), now=lambda: now)
    assert file.read().pending[HOOK.digest].again_at == now + LONGEST_PAUSE


def test_who_is_still_to_be_told_is_counted_at_each_look(watch, send, somebody, told):
    ann, now = somebody(), time.time()
    assert watch((ann, HOOK), (ann, OTHER)).waiting == 0
    send(ann)
    told.fails = {HOOK}
    lines = (ann, HOOK), (ann, OTHER)
    assert [watch(*lines, now=lambda: now).waiting for _ in range(2)] == [1, 1]  # that failed, and in its pause
    told.fails = set()
    assert watch(*lines, now=lambda: now + FIRST_PAUSE + 1).waiting == 0


def test_a_mailbox_of_some_days_is_watched_on_these_and_all_in_it_is_news(watch, send, somebody, told):
    today = datetime.now(UTC).date()
    boxes = [somebody() for _ in range(3)]
    send(*boxes)
    gone = today - timedelta(2)
    days = [(today, today), (gone, gone), (today + timedelta(1), None)]
    lines = [Watched(box, HOOK, *span) for box, span in zip(boxes, days, strict=True)]
    assert watch(*lines).watched == 1
    assert told.channels == [HOOK]


def test_what_came_into_a_mailbox_while_the_watcher_was_down_is_told(watch, send, somebody, told):
    friday = datetime.now(UTC).date()
    line = Watched(somebody(), HOOK, friday, friday)
    watch(line)
    send(line.inbox)
    watch(line, now=lambda: time.time() + 4 * DAY)
    watch(line, now=lambda: time.time() + 4 * DAY)
    assert told.channels == [HOOK]


def test_a_mailbox_whose_days_are_over_is_watched_until_the_node_has_all_blocks_of_these(
    watch, send, somebody, told, ask
):
    friday = datetime.now(UTC).date()
    line = Watched(somebody(), HOOK, friday, friday)
    before = ask("evm_snapshot")
    for _ in range(2):
        assert watch(line, now=lambda: time.time() + 4 * DAY).watched == 1  # the node still brings in Friday's blocks
    send(line.inbox)
    assert watch(line, now=lambda: time.time() + 4 * DAY + HOUR).told == 1
    ask("evm_increaseTime", 4 * DAY)
    send(somebody())
    looks = [watch(line, now=lambda: time.time() + 4 * DAY + 2 * HOUR).watched for _ in range(2)]
    assert ask("evm_revert", before)
    assert looks == [1, 0]


@pytest.mark.parametrize("days", [-400, 400])
def test_a_mailbox_is_not_missed_for_a_clock_that_was_wrong(watch, send, somebody, told, days):
    today = datetime.now(UTC).date()
    line = Watched(somebody(), HOOK, today, today)
    watch(line, now=lambda: time.time() + days * DAY)
    send(line.inbox)
    watch(line)
    assert told.channels == [HOOK]


def test_a_line_that_is_hourly_is_looked_at_once_an_hour_from_that_day_on(watch, send, somebody, told):
    send(somebody())
    start, today = time.time(), datetime.now(UTC).date()
    late = Watched(somebody(), HOOK, today, None, today)
    later = Watched(somebody(), OTHER, today, None, today + timedelta(2))
    looks = [watch(late, later, now=lambda at=at: start + at).watched for at in (0, 60, HOUR / 2)]
    assert looks == [2, 1, 1]
    send(late.inbox, later.inbox)
    watch(late, later, now=lambda: start + HOUR / 2)
    assert told.channels == [OTHER]
    watch(late, later, now=lambda: start + HOUR + 1)
    assert told.channels == [OTHER, HOOK]


def test_whoever_has_an_hourly_line_for_an_inbox_that_another_line_has_looked_at_is_told_with_it(
    watch, send, somebody, told
):
    send(somebody())
    ann, today = somebody(), datetime.now(UTC).date()
    lines = Watched(ann, HOOK), Watched(ann, OTHER, hourly_from=today)
    watch(*lines)
    send(ann)
    for at in (60, HOUR + 60):
        watch(*lines, now=lambda at=at: time.time() + at)
    assert told.channels == [HOOK, OTHER]


def test_a_clock_that_was_wrong_does_not_put_the_hourly_lines_off(watch, send, somebody, told):
    today = datetime.now(UTC).date()
    line = Watched(somebody(), HOOK, today - timedelta(800), None, today - timedelta(800))
    for days in (0, 400, -400):
        watch(line, now=lambda days=days: time.time() + days * DAY)
    send(line.inbox)
    watch(line, now=lambda: time.time() + HOUR + 1)
    assert told.channels == [HOOK]


def test_of_mailboxes_into_which_nothing_came_nothing_is_kept(watch, send, somebody, tmp_path):
    today = datetime.now(UTC).date()
    lines = [Watched(somebody(), HOOK, today, today) for _ in range(3)]
    send(lines[0].inbox)
    watch(*lines)
    (path,) = (tmp_path / "news").glob("*.json")
    assert list(StateFile(path).read().seen) == [lines[0].inbox]


def test_who_is_taken_off_the_list_is_not_told(watch, send, somebody, told):
    ann, bob = somebody(), somebody()
    watch((ann, HOOK), (bob, OTHER))
    send(ann)
    told.fails = {HOOK}
    watch((ann, HOOK), (bob, OTHER))
    told.fails = set()
    watch((bob, OTHER), now=lambda: time.time() + LONGEST_PAUSE)
    watch((ann, HOOK), (bob, OTHER), now=lambda: time.time() + 2 * LONGEST_PAUSE)
    assert told.news == []


def test_many_inboxes_are_asked_for_together(watch, inbox, somebody, send, monkeypatch, told):
    boxes = [somebody() for _ in range(250)]
    answer, asked = rpc._answer, []
    monkeypatch.setattr(rpc, "_answer", lambda *question: asked.append(question[3]) or answer(*question))
    lines = [(each, HOOK) for each in boxes]
    watch(*lines)
    send(boxes[0], boxes[-1])
    watch(*lines)
    assert asked.count("eth_call") == 2 * 3 + 2 * 2  # 500 counts and newest messages, twice; of two inboxes what came
    assert told.channels == [HOOK]


def test_lists_that_are_looked_at_in_turn_lose_no_news(watch, send, somebody, told, tmp_path):
    (ann, one), (bob, other) = ((somebody(), {"path": tmp_path / name}) for name in ("one.csv", "other.csv"))
    watch((ann, HOOK), **one)
    watch((bob, OTHER), **other)
    send(ann, bob)
    watch((ann, HOOK), **one)
    watch((bob, OTHER), **other)
    assert told.channels == [HOOK, OTHER]


def test_who_is_told_by_another_list_is_still_told_by_this_one(watch, send, somebody, told, tmp_path):
    ann = somebody()
    looks = [partial(watch, (ann, each), path=tmp_path / each.digest) for each in (HOOK, OTHER)]
    for look in looks:
        look()
    send(ann)
    told.fails = {HOOK}
    for look in looks:
        look()
    told.fails = set()
    looks[0](now=lambda: time.time() + LONGEST_PAUSE)
    assert told.channels == [OTHER, HOOK]


def test_a_list_is_known_by_its_place_however_that_is_named_and_whatever_lies_there(inbox, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places = [Path("watch.csv"), tmp_path / "watch.csv", tmp_path / "folder" / ".." / "watch.csv"]
    (tmp_path / "watch.csv").symlink_to("today.csv")
    paths = set()
    for place in places:
        with StateFile.opened(tmp_path / "news", inbox.chain, inbox.address, place) as file:
            paths.add(file.path)
    assert len(paths) == 1


def test_the_days_on_which_little_comes_into_a_mailbox_cost_twelve_questions_an_hour(
    watch, send, somebody, monkeypatch
):
    send(somebody())
    answer, asked = rpc._answer, []
    monkeypatch.setattr(rpc, "_answer", lambda *question: asked.append(question[3]) or answer(*question))
    today = datetime.now(UTC).date()
    days = [today + timedelta(n) for n in range(-LATE_DAYS, 90)]
    spans = [own_list.when(day, number) for day in days for number in range(WINDOW + own_list.SPARE)]
    lines = [(somebody(), HOOK), *(Watched(somebody(), HOOK, *span) for span in spans)]
    counts = []
    for _ in range(2):
        asked.clear()
        watch(*lines)
        counts.append(asked.count("eth_call"))
    assert counts == [13, 1]


def test_two_watchers_do_not_share_one_list(inbox, tmp_path, monkeypatch):
    monkeypatch.setattr("radiogram.news.state.LOCK_SECONDS", 0.1)
    opened = partial(StateFile.opened, tmp_path / "news", inbox.chain, inbox.address)
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    with opened(one), opened(other), pytest.raises(LockedError), opened(one):
        pass


def test_the_state_is_its_owner_s_and_holds_no_channel(watch, send, somebody, told, tmp_path):
    ann = somebody()
    watch((ann, HOOK))
    send(ann)
    told.fails = {HOOK}
    watch((ann, HOOK))
    (path,) = (tmp_path / "news").glob("*.json")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "clinic.example/hook" not in path.read_text()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"version": 2}', '{"version": 1, "seen": [], "pending": {}, "looked": null}', "{" * 9999]
)
def test_a_damaged_state_is_refused_and_stays(watch, somebody, tmp_path, text):
    ann = somebody()
    watch((ann, HOOK))
    (path,) = (tmp_path / "news").glob("*.json")
    path.write_text(text)
    with pytest.raises(NewsError, match="is damaged"):
        watch((ann, HOOK))
    assert path.read_text() == text


@pytest.mark.parametrize(("count", "page"), [(0, 1), (1, 0), (1, 2)])
def test_a_node_that_contradicts_itself_is_not_believed(inbox, somebody, send, monkeypatch, count, page):
    ann = somebody()
    send(ann, ann)
    views = inbox._views

    def lie(questions):
        answers = views(questions)
        messages, cursor = views([("page", ann, 2, 2, arrivals.Seen().cursor or "0x" + "00" * 20)])[0]
        return [count, (messages[:page], cursor)] if len(answers) == 2 else answers

    monkeypatch.setattr(inbox, "_views", lie)
    with pytest.raises(ChainUnreachable, match="as the newest of"):
        inbox.newest_of([ann])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["send", "look", "snapshot", "revert"]), max_size=12))
def test_whatever_is_reorganised_each_message_that_stays_is_told_and_no_message_twice(steps):
    """Against a model of an inbox: messages are letters, a reorganisation goes back to an earlier list of them."""
    inbox, snapshots, letter = ModelInbox(), [], 0
    seen, told_of = arrivals.Seen(), set()
    for step in [*steps, "look"]:
        if step == "send":
            inbox.messages_now.append(letter := letter + 1)
        elif step == "snapshot":
            snapshots.append(list(inbox.messages_now))
        elif step == "revert" and snapshots:
            inbox.messages_now = list(snapshots.pop())
        elif step == "look":
            before = {each for each in inbox.messages_now if each not in told_of}
            is_news, seen = arrivals.look(inbox, inbox.newest(), seen)
            assert is_news == bool(before)
            told_of |= before
    assert set(inbox.messages_now) <= told_of


def test_a_node_that_is_put_back_to_an_old_state_and_catches_up_brings_no_news_but_what_is_new(monkeypatch):
    monkeypatch.setattr(arrivals, "DEPTH", 2)
    monkeypatch.setattr(arrivals, "_KNOWN_MOST", 8)
    inbox, told = ModelInbox(), []
    _, seen = arrivals.look(inbox, inbox.newest(), arrivals.Seen())
    for count in [*range(1, 31), *range(12, 32)]:
        inbox.messages_now = list(range(count))
        is_news, seen = arrivals.look(inbox, inbox.newest(), seen)
        told += [count] * is_news
    assert told == list(range(1, 32))


class ModelInbox:
    """What `look` needs of one: each message is named by its envelope; its cursor hangs on those before, too."""

    def __init__(self):
        self.messages_now = []

    def newest(self):
        return Newest("0x" + "11" * 20, len(self.messages_now), self.cursor(len(self.messages_now)))

    def cursor(self, count):
        return str(self.messages_now[:count]) if count else ""

    def messages(self, _):
        for index in range(len(self.messages_now) - 1, -1, -1):
            yield Letter(index, self.messages_now[index], self.cursor(index + 1))


class Letter:
    retracted, sender = False, "0x" + "22" * 20

    def __init__(self, index, number, cursor):
        self.index, self.envelope, self.cursor = index, bytes([number]), cursor
