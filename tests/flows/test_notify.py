"""`ape run notify` as it is run: somebody is told that there is news, and of nothing else."""

import json
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest

from radiogram.cli.news import own_list
from radiogram.formats.mailbox import LATE_DAYS, WINDOW
from radiogram.news.channels import parse_channel
from radiogram.news.state import Pending, StateFile
from tests.news.conftest import Receiver, mail_server

CLINIC = "St Anne Hospital"


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def watch_list(tmp_path):
    """watch_list(text): a file with it, for nobody else to read."""

    def write(text):
        path = tmp_path / "watch.csv"
        path.write_text(text)
        path.chmod(0o600)
        return path

    return write


def until(what, seconds=30.0):
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_timer_tells_a_webhook_once_of_what_came_between(devnet, xray, person, receiver, watch_list):
    watched = watch_list(f"inbox,tell\n{person.address},{receiver.url}/hook\n")
    look = ("notify", "watch", watched, "--once")
    nobody = {"failed": 0, "waiting": 0, "given_up": 0}
    assert devnet.json(*look) == {"inboxes": 1, "told": 0, **nobody}
    sent = devnet.json("send_image", xray, "--to", person.public_key, "--again")
    assert devnet.json(*look) == {"inboxes": 1, "told": 1, **nobody}
    assert devnet.run(*look).stdout == "Looked at 1 inbox, told 0 channels of news\n"
    ((_, headers, body),) = receiver.told
    assert list(json.loads(body)) == ["type", "id", "text"]
    for secret in (person.address, sent["sender"], sent["cid"], sent["tx_hash"]):
        assert secret.lower() not in f"{headers}{body}".lower()


def test_several_lists_are_watched_in_turn_and_each_says_when_it_is_new(devnet, xray, person, receiver, tmp_path):
    lists = [tmp_path / name for name in ("one.csv", "other.csv")]
    for path, inbox in zip(lists, (person.address, f"0x{'12' * 20}"), strict=True):
        path.write_text(f"inbox,tell\n{inbox},{receiver.url}/{path.name}\n")
        path.chmod(0o600)
    looks = [("notify", "watch", path, "--once") for path in lists]
    for look in looks:
        assert "is looked at for the first time" in devnet.run(*look).stderr
    devnet.json("send_image", xray, "--to", person.public_key, "--again")
    for look in looks[::-1]:
        assert "first time" not in devnet.run(*look).stderr
    assert [path for path, *_ in receiver.told] == ["/one.csv"]


def test_a_watcher_that_goes_on_reads_its_list_again_and_tells_by_mail(devnet, xray, person, receiver, watch_list):
    path = watch_list(f"inbox,tell\n0x{'12' * 20},{receiver.url}/other\n")
    with mail_server() as (port, mails):
        options = ("--every", 1, "--smtp", f"smtp://127.0.0.1:{port}", "--mail-from", "news@clinic.example")
        watcher = devnet.start("notify", "watch", path, *options, "--json")
        try:
            said = "".join(iter(watcher.stdout.readline, "}\n")) + "}"
            assert json.loads(said) == {"inboxes": 1, "channels": 1, "every_seconds": 1.0}
            path.write_text(f"inbox,tell\n{person.address},mailto:ann@example.org\n")
            until(lambda: person.address in "".join(each.read_text() for each in devnet.home.glob("news/*.json")))
            devnet.json("send_image", xray, "--to", person.public_key, "--again")
            until(lambda: mails)
        finally:
            watcher.send_signal(signal.SIGTERM)
            assert watcher.wait(30) == 143
    assert [mail.rcpt_tos for mail in mails] == [["ann@example.org"]]
    assert receiver.told == []


def test_a_list_of_ones_own_covers_the_mailboxes_of_checked_clinics(devnet, xray, person, receiver, tmp_path):
    card, mine = tmp_path / "clinic.json", tmp_path / "mine.csv"
    devnet.json("clinic_card", card, "--label", CLINIC)
    devnet.json("clinics", "add", card, *person.opens)
    made = devnet.json("notify", "list", mine, "--tell", f"{receiver.url}/ann", "--days", 2, *person.opens)
    assert made["inboxes"] == 1 + (LATE_DAYS + 2) * (WINDOW + own_list.SPARE)
    assert mine.stat().st_mode & 0o777 == 0o600
    assert devnet.json("notify", "watch", mine, "--once")["told"] == 0
    sent = devnet.json("send_image", xray, "--to", person.public_key, "--mailbox", "--again")
    assert sent["mailbox"] in mine.read_text()
    assert devnet.json("notify", "watch", mine, "--once")["told"] == 1
    [place] = [line.split(",")[2:] for line in mine.read_text().splitlines() if sent["mailbox"] in line]
    today = datetime.now(UTC).date()
    assert place in [[str(today + timedelta(ago + n)) for n in (-1, LATE_DAYS, 2)] for ago in (-1, 0)]  # at midnight
    assert "is there already" in devnet.refusal("notify", "list", mine, "--tell", f"{receiver.url}/ann", *person.opens)


def test_who_can_not_be_told_is_named_without_the_address_and_told_later(devnet, xray, person, receiver, watch_list):
    watched = watch_list(f"inbox,tell\n{person.address},ntfy+{receiver.url}/my-secret-topic\n")
    look = ("notify", "watch", watched, "--once")
    devnet.json(*look)
    devnet.json("send_image", xray, "--to", person.public_key, "--again")
    receiver.answers = [500]
    failed = devnet.run(*look)
    assert failed.returncode == 1
    assert "Not told: ntfy at 127.0.0.1 answers HTTP 500" in failed.stderr
    assert "my-secret-topic" not in failed.stdout + failed.stderr
    in_the_pause = devnet.run(*look, "--json")
    assert in_the_pause.returncode == 1
    assert json.loads(in_the_pause.stdout) == {"inboxes": 1, "told": 0, "failed": 0, "waiting": 1, "given_up": 0}
    assert "1 channel still to be told: run it again later" in in_the_pause.stderr


def test_who_is_given_up_is_named_and_counted(devnet, person, receiver, watch_list):
    look = ("notify", "watch", watch_list(f"inbox,tell\n{person.address},{receiver.url}/hook\n"), "--once")
    known = set(devnet.home.glob("news/*.json"))
    devnet.json(*look)
    (state,) = set(devnet.home.glob("news/*.json")) - known
    hook, week = parse_channel(f"{receiver.url}/hook"), 8 * 86_400
    file = StateFile(state)
    file.write(file.read().with_pending(hook.digest, Pending("00" * 16, time.time() - week, 200)))
    receiver.answers = [500]
    done = devnet.run(*look, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"inboxes": 1, "told": 0, "failed": 1, "waiting": 0, "given_up": 1}
    assert "Given up after a week: webhook at 127.0.0.1" in done.stderr
    devnet.json(*look)


def test_a_list_that_others_may_read_is_refused(devnet, receiver, watch_list):
    path = watch_list(f"inbox,tell\n0x{'12' * 20},{receiver.url}\n")
    path.chmod(0o644)
    assert "others may read" in devnet.refusal("notify", "watch", path, "--once")


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("inbox,tell\n0x12,https://a.example\n", (), "line 2 of the list"),
        (f"inbox,tell\n0x{'12' * 20},mailto:a@b.example\n", (), "there is no mail server: name one with --smtp"),
        (f"inbox,tell\n0x{'12' * 20},https://a.example\n", ("--smtp", "smtp://m.example"), "--smtp needs --mail-from"),
        (f"inbox,tell\n0x{'12' * 20},https://a.example\n", ("--mail-from", "a@b.example"), "of no use without --smtp"),
    ],
)
def test_what_can_not_be_watched_is_refused_before_anything_is_asked(devnet, watch_list, text, options, said):
    assert said in devnet.refusal("notify", "watch", watch_list(text), "--once", *options)
