"""A gateway that drips: whoever stops waiting for it ends as they should."""

import os
import signal
import subprocess
import threading
import time

import pytest
import requests

from tests.flows.conftest import ROOT
from tests.ipfs.conftest import hostile, reply  # noqa: F401 - fixtures

AT_ONCE = 66_000  # bytes: more than is read ahead of the list of files, and less than its first chunk


@pytest.fixture
def dripping(devnet, hostile):  # noqa: F811
    """A gateway that sends the beginning of a study, and then 200 bytes a second; `asked` is set once it is asked."""
    over, asked = threading.Event(), threading.Event()

    def drip(handler):
        whole = requests.get(devnet.node["ipfs_gateway"] + handler.path, timeout=30).content
        reply(handler, 200, whole[:AT_ONCE], {"Content-Length": str(len(whole))})
        asked.set()
        for place in range(AT_ONCE, len(whole)):
            if over.wait(0.005):
                return
            handler.wfile.write(whole[place : place + 1])
            handler.wfile.flush()

    server = hostile(drip)
    server.asked = asked
    yield server
    over.set()


@pytest.mark.parametrize(("ending", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_list_that_is_stopped_while_a_study_drips_is_stopped_and_not_aborted(
    devnet, dripping, patient, tmp_path, ending, status
):
    (tmp_path / "large.bin").write_bytes(os.urandom(1_000_000))
    devnet.json("send_image", tmp_path / "large.bin", "--to", patient.public_key)
    process = subprocess.Popen(  # as users start it: a forked process does not take itself apart at its end
        ["ape", "run", "inbox", "--open", "--from", "0"],
        cwd=ROOT,
        env=devnet.environment | {"RADIOGRAM_IPFS_GATEWAY": dripping.url},
    )
    assert dripping.asked.wait(60)
    time.sleep(1)  # until it is inside of the library that decrypts
    process.send_signal(ending)
    assert process.wait(60) == status
