"""Receivers that are killed, or whose disk is full: what was acknowledged is there, once; what was not comes again."""

import signal

import pytest

from tests.faults import points
from tests.flows.receiving import new_study_uid, receiving, said_by, send, storing, stow, until, write_slice
from tests.flows.strace import attached, killed_at

ACKNOWLEDGED = "what was acknowledged is in the outbox; sent again, everything is there once"
ACCOUNT = ("--account", "6")
# What the threads of a receiver do for the first instance of a study. fsync 1: of the instance, encrypted; 2 to 4: of
# its series' record and of folders. rename 1: of the record; 2: of the instance. sendto 2: of the acknowledgement.
CALLS = [*(("fsync", 1 + n) for n in range(4)), ("rename", 1), ("rename", 2), ("sendto", 1), ("sendto", 2)]


@pytest.fixture
def outbox(need, apart):
    """An empty one, which its account has made."""
    need("strace")
    with receiving(apart, *ACCOUNT):
        pass
    return apart


@pytest.fixture
def image(tmp_path):
    return write_slice(tmp_path / "1.dcm", 1, StudyInstanceUID=new_study_uid())


def listed(scripts) -> list[dict]:
    return scripts.json("outbox", *ACCOUNT)["studies"]


def instances(scripts) -> list[int]:
    return [each["instances"] for each in listed(scripts)]


def comes_again(scripts, image):
    with receiving(scripts, *ACCOUNT) as place:
        assert send(place, image) == 0x0000
        assert not list(scripts.home.glob("outbox/*/incoming/*"))
    assert instances(scripts) == [1]


@pytest.mark.fault("The receiver from scanners is killed", "strace: SIGKILL at fsync, rename and sendto", ACKNOWLEDGED)
@pytest.mark.parametrize("point", points(len(CALLS), 4))
def test_what_a_killed_receiver_has_acknowledged_is_there(outbox, image, point):
    call, count = CALLS[point]
    command = outbox.start("receive", "--json", "--port", 0, *ACCOUNT)
    place = said_by(command.stdout)
    with attached(command.pid, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={count}"):
        status = send(place, image)
        assert command.wait(60) == -signal.SIGKILL
    assert instances(outbox) in ([[1]] if status == 0x0000 else [[], [1]])
    comes_again(outbox, image)


STORING = [*(("fsync", 1 + n) for n in range(4)), ("rename", 1), ("rename", 2), ("sendto", 1)]


@pytest.mark.fault("The website that takes studies is killed", "strace: SIGKILL at fsync, rename, sendto", ACKNOWLEDGED)
@pytest.mark.parametrize("point", points(len(STORING), 3))
def test_what_a_killed_website_has_acknowledged_is_there(outbox, image, tmp_path, point):
    call, count = STORING[point]
    options = ("-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={count}")
    with storing(outbox, tmp_path, *ACCOUNT) as (command, place), attached(command.pid, *options):
        status = stow(place, tmp_path, image)
        assert command.wait(60) == -signal.SIGKILL
    assert instances(outbox) in ([[1]] if status == 200 else [[], [1]])
    with storing(outbox, tmp_path, *ACCOUNT) as (_, place):
        assert stow(place, tmp_path, image) == 200
        assert not list(outbox.home.glob("outbox/*/incoming*/*"))
    assert instances(outbox) == [1]


@pytest.mark.fault(
    "The sender of a study of the outbox is killed once it has arrived",
    "strace: SIGKILL as the study is taken out",
    "run again, it sends nothing, and the study is gone from the outbox",
)
def test_a_send_that_is_killed_as_it_takes_a_study_out_sends_nothing_twice(outbox, image, patient):
    with receiving(outbox, *ACCOUNT) as place:
        send(place, image)
    (study,) = until(lambda: [each for each in listed(outbox) if each["is_complete"]])
    arguments = ("outbox", "send", study["id"], "--to", patient.public_key, *ACCOUNT)
    assert killed_at(arguments, outbox.environment, "unlink", 1) == -signal.SIGKILL
    assert (outbox.count(patient.address), instances(outbox)) == (1, [1])
    assert outbox.json(*arguments)["was_sent"]
    assert (outbox.count(patient.address), instances(outbox)) == (1, [])


@pytest.mark.fault(
    "The disk of the website that takes studies is full",
    "strace: ENOSPC at fsync, mkdir and rename",
    "STOW-RS is answered with 503 and out of resources (A700); nothing is left; sent again, it is kept",
)
@pytest.mark.parametrize(("call", "count"), [("fsync", 1), ("fsync", 2), ("fsync", 3), ("mkdir", 1), ("rename", 2)])
def test_a_website_with_a_full_disk_says_so_and_nothing_is_left(outbox, image, tmp_path, call, count):
    with storing(outbox, tmp_path, *ACCOUNT) as (command, place):
        with attached(command.pid, "-e", f"trace={call}", "-e", f"inject={call}:error=ENOSPC:when={count}"):
            assert stow(place, tmp_path, image) == 503
        assert not list(outbox.home.glob("outbox/*/incoming*/*"))
        assert not list(outbox.home.glob("outbox/*/studies/*/*.age"))
        assert stow(place, tmp_path, image) == 200
    assert instances(outbox) == [1]


@pytest.mark.fault(
    "The disk of the receiver from scanners is full",
    "strace: ENOSPC at fsync, mkdir and rename",
    "C-STORE is answered with out of resources (A700); nothing is left; sent again, it is kept",
)
@pytest.mark.parametrize(("call", "count"), [("fsync", 1), ("fsync", 2), ("fsync", 3), ("mkdir", 1), ("rename", 2)])
def test_a_full_disk_is_out_of_resources_and_nothing_is_left(outbox, image, call, count):
    command = outbox.start("receive", "--json", "--port", 0, *ACCOUNT)
    place = said_by(command.stdout)
    with attached(command.pid, "-e", f"trace={call}", "-e", f"inject={call}:error=ENOSPC:when={count}"):
        assert send(place, image) == 0xA700
    assert not list(outbox.home.glob("outbox/*/incoming/*"))
    assert not list(outbox.home.glob("outbox/*/studies/*/*.age"))
    assert send(place, image) == 0x0000
    command.send_signal(signal.SIGTERM)
    assert command.wait(60) == 143
    comes_again(outbox, image)
