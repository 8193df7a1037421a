"""Erasures that are killed at any step: run again, they end, and no receipt says what was not done."""

import hashlib
import json
import os
import re
import signal
from collections import Counter

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram.formats.key_card import encode_card
from radiogram.formats.seed import keys_of_words, new_seed_words
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.pins import Pins
from tests.faults import points
from tests.flows.strace import killed_at, traced

FILE_BYTES = 1_500_000  # two blocks and their root; and a key packet, of one
RUN_AGAIN = "run again, it ends; no receipt says what was not done"


class Erasure:
    """The command for a message that was sent to somebody with a key of a seed, and what it leads to."""

    def __init__(self, scripts, node, folder):
        self.scripts, self.pins, self.receipt = scripts, Pins(Endpoint.parse(node["ipfs_api"])), folder / "receipt.json"
        image, card = folder / "image.bin", folder / "card.json"
        image.write_bytes(os.urandom(FILE_BYTES))
        card.write_bytes(encode_card(keys_of_words(new_seed_words()).public()))
        self.sent = scripts.json("send_image", image, "--to", card)
        self.arguments = (
            *("erase", self.sent["index"], "--of", self.sent["recipient"]),
            *("--receipt", self.receipt, "--json"),
        )
        self.blocks = {cid: self.pins.blocks(cid_bytes(cid)) for cid in (self.sent["cid"], self.sent["packet_cid"])}

    def held(self):
        """How many blocks of each file the node has."""
        return {cid: sum(map(self.pins.holds, blocks)) for cid, blocks in self.blocks.items()}

    def is_retracted(self):
        listed = self.scripts.json("inbox", "--of", self.sent["recipient"])["messages"]
        return [each["status"] for each in listed] == ["retracted"]

    def ends_when_run_again(self, sender):
        """After it was killed."""
        found, was_retracted = self.held(), self.is_retracted()
        if self.receipt.exists():  # it had come to its end
            assert "is there already" in self.scripts.refusal(*self.arguments)
            found = None
        else:
            done = self.scripts.json(*self.arguments)
            assert done["changed"] is not was_retracted
        said = json.loads(self.receipt.read_bytes())
        assert signer_of(said) == sender.address
        assert [each["cid"] for each in said["deleted"]] == list(self.blocks)
        assert found is None or {each["cid"]: each["found"] for each in said["deleted"]} == found
        assert (said["retracted_by"] is None) == (was_retracted and found is not None)
        assert not any(self.held().values())
        assert not any(map(self.pins.is_pinned, map(cid_bytes, self.blocks)))
        assert self.is_retracted()
        assert sorted(self.receipt.parent.glob("*.json*")) == [self.receipt.parent / "card.json", self.receipt]


def signer_of(said):
    """As docs/format.md has it."""
    value = {name: each for name, each in said.items() if name != "signature"}
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text = f"Radiogram: I deleted what this receipt says.\nReceipt SHA-256: {hashlib.sha256(canonical).hexdigest()}"
    return Account.recover_message(encode_defunct(text=text), signature=said["signature"])


@pytest.fixture
def erasure(need, apart, devnet, tmp_path):
    need("strace")
    return Erasure(apart, devnet.node, tmp_path)


@pytest.fixture(scope="session")
def calls(need, on_an_empty_chain, devnet, tmp_path_factory):
    """How often an erasure makes each of some system calls."""
    need("strace")
    folder = tmp_path_factory.mktemp("calls")
    trace = folder / "trace"
    with on_an_empty_chain(folder) as scripts:
        arguments, environment = Erasure(scripts, devnet.node, folder).arguments, scripts.environment
        with traced(arguments, environment, "-e", "trace=sendto,fsync", "-o", str(trace)) as command:
            assert command.wait(120) == 0
    return Counter(re.findall(r"(\w+)\(", trace.read_text()))


STEPS = ["it is written down", "the receipt is written", "the receipt has its name"]


@pytest.mark.fault("Erasing is killed as it writes", "strace: SIGKILL at each fsync", RUN_AGAIN)
@pytest.mark.parametrize("step", range(len(STEPS)), ids=STEPS)
def test_an_erasure_killed_as_it_writes_ends_when_it_is_run_again(erasure, technologist, step):
    assert killed_at(erasure.arguments, erasure.scripts.environment, "fsync", step + 1) == -signal.SIGKILL
    assert erasure.receipt.exists() == (step == 2)
    erasure.ends_when_run_again(technologist)


SOCKET_KILLS = 48


@pytest.mark.fault("Erasing is killed as it talks to chain and IPFS", "strace: SIGKILL at a sendto", RUN_AGAIN)
@pytest.mark.parametrize("point", points(SOCKET_KILLS, 3))
def test_an_erasure_killed_at_a_request_ends_when_it_is_run_again(erasure, calls, technologist, point):
    count = 1 + point * (calls["sendto"] - 1) // (SOCKET_KILLS - 1)
    assert killed_at(erasure.arguments, erasure.scripts.environment, "sendto", count) == -signal.SIGKILL
    assert not erasure.receipt.exists()
    erasure.ends_when_run_again(technologist)
