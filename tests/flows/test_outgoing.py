"""`ape run outgoing`: what is not finished, finished or dropped."""

import os
import signal
import time

import pytest


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
