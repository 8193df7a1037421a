"""`ape run outgoing`: what is not finished, finished or dropped."""

import json
import os
import signal
import time

import pytest

from tests.flows.conftest import write_key
from tests.ipfs.conftest import closed_url  # noqa: F401 - a fixture

A_DAY = 86_400  # seconds


@pytest.fixture
def killed(apart, xray, patient, tmp_path):
    """Scripts, one of which was killed when the envelope was made and nothing was signed yet."""
    pipe = tmp_path / "image"
    pipe.write_bytes(os.urandom(40_000_000))  # long enough to be caught in the middle
    running = apart.start("send_image", pipe, "--to", patient.public_key)
    deadline = time.monotonic() + 60
    while (
        not list((apart.home / "outgoing").glob("*.jsonl"))
        or not next((apart.home / "outgoing").iterdir()).read_bytes()
    ):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.001)
    running.send_signal(signal.SIGKILL)
    running.wait(30)
    return apart


def test_where_nothing_was_interrupted_nothing_is_listed(apart, xray, patient):
    apart.json("send_image", xray, "--to", patient.public_key)
    assert apart.json("outgoing")["outgoing"] == []
    assert apart.run("outgoing").stdout == "Everything that was begun is finished\n"


def test_a_send_that_was_killed_while_it_uploaded_is_listed_and_is_to_be_sent_again(killed, technologist, patient):
    (row,) = killed.json("outgoing", "--go-on")["outgoing"]
    assert (row["sender"], row["recipient"], row["cid"]) == (technologist.address, patient.address, None)
    assert row["state"] == "not uploaded to its end: send it again"
    assert killed.json("inbox")["count"] == 0


def test_what_is_dropped_is_no_longer_listed(killed):
    (row,) = killed.json("outgoing")["outgoing"]
    assert killed.json("outgoing", "--drop", row["id"])["outgoing"][0]["state"] == "dropped"
    assert killed.json("outgoing")["outgoing"] == []


def test_an_id_that_nothing_has_is_refused(killed):
    assert "nothing unfinished has the ID 'abc'" in killed.refusal("outgoing", "--drop", "abc")
    assert "nothing unfinished has the ID ''" in killed.refusal("outgoing", "--drop", "")


# ---- several


@pytest.fixture
def unsent(apart, patient, closed_url, tmp_path):  # noqa: F811
    """unsent(*options): uploads an image, which is not sent, because a home is away; its entry in the journal."""

    def upload(*options):
        homes = apart.home / "homes.toml"
        write_key(homes, f'pins = 2\npatience = 1\n[[home]]\nname = "partner"\nkind = "kubo"\nurl = "{closed_url}"\n')
        before = set((apart.home / "outgoing").glob("*.jsonl"))
        image = tmp_path / f"image{len(before)}"
        image.write_bytes(os.urandom(1000))
        apart.refusal("send_image", image, "--to", patient.public_key, *options)
        homes.unlink()
        [entry] = set((apart.home / "outgoing").glob("*.jsonl")) - before
        return entry

    return upload


def rewrite_begun(entry, changed) -> None:
    begun, *others = [json.loads(line) for line in entry.read_text().splitlines() if line]
    entry.write_text("".join(json.dumps(each) + "\n" for each in (begun | changed(begun), *others)))


@pytest.fixture(params=["its mailbox is too old", "its account is gone"])
def hopeless(request, unsent):
    """The oldest of two that are not finished, which can't be, and why."""
    if request.param == "its mailbox is too old":
        rewrite_begun(unsent("--mailbox"), lambda begun: {"at": begun["at"] - 8 * A_DAY})
        why = "its mailbox was chosen more than 7 days ago, and may not be looked into: send it again"
    else:
        rewrite_begun(unsent(), lambda begun: {"at": begun["at"] - 8 * A_DAY, "sender": "gone"})
        why = "there is no account 'gone': see `ape accounts list`, or make one with `ape accounts generate`"
    unsent()
    return why


def test_one_that_cannot_be_finished_holds_up_none_behind_it_and_is_named(apart, hopeless, patient):
    done = apart.run("outgoing", "--go-on", "--json")
    first, second = json.loads(done.stdout)["outgoing"]
    assert (first["state"], second["state"]) == (hopeless, "sent, as message 0")
    assert done.returncode == 1
    ways_out = "see why above, and mend that; or take one off the list with --drop ID"
    assert done.stderr == f"Error: 1 of 2 messages could not be finished: {ways_out}\n"
    assert apart.count(patient.address) == 1
    assert f"{first['id']}  begun " in apart.run("outgoing").stdout
    assert apart.json("outgoing", "--drop", first["id"])["outgoing"][0]["state"] == "dropped"
    assert apart.json("outgoing")["outgoing"] == []
