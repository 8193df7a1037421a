"""The server of `ape run web`, and wallets that send what its pages have announced."""

import json
import os
import signal
from contextlib import contextmanager
from pathlib import Path

from tests.flows.conftest import Scripts
from tests.web.contract_calls import transact
from tests.web.server.asker import Asker
from tests.web.wallet import Chain

STUDY, PACKET = 3_000_000, 1752  # bytes


class Website:
    """Asked as its pages do."""

    def __init__(self, scripts: Scripts, url: str = "") -> None:
        self.chain, self.inbox, self.asker = Chain(scripts.node["chain"]), scripts.node["inbox"], Asker(url)

    def announce(self, sender, recipient, sizes=(STUDY, PACKET)) -> tuple[bytes, list[str]]:
        """Up to the wallet: the envelope, and the CIDs that it leads to."""
        cids = [json.loads(self.asker.upload(os.urandom(size)).body)["cid"] for size in sizes]
        files = [{"cid": cid, "size": None if size == PACKET else size} for cid, size in zip(cids, sizes, strict=True)]
        envelope = b"\x02" + os.urandom(153)
        message = {"sender": sender.address, "recipient": recipient.address, "since": 0, "envelope": envelope.hex()}
        body = json.dumps({"files": files, "message": message})
        said = self.asker.ask("POST", "/keep", body, Origin=self.asker.origin, Content_Type="application/json")
        assert json.loads(said.body.splitlines()[-1])["kept"]
        return envelope, cids

    def deliver(self, sender, recipient, envelope: bytes) -> None:
        types = ["address", "uint32", "bytes"]
        values = [recipient.address, 0, envelope]
        transact(self.chain, sender, self.inbox, "send(address,uint32,bytes)", types, values)

    def send(self, sender, recipient, sizes=(STUDY, PACKET)) -> list[str]:
        envelope, cids = self.announce(sender, recipient, sizes)
        self.deliver(sender, recipient, envelope)
        return cids


@contextmanager
def served(scripts: Scripts, pages: Path):
    """The website on the chain and node of the scripts, with nothing in its `pages`."""
    pages.mkdir()
    (pages / "index.html").touch()
    process = scripts.start("web", "--json", "--port", 0, "--folder", pages)
    said = ""
    while not said.endswith("\n}\n"):
        line = process.stdout.readline()
        assert line, "the site did not start"
        said += line
    yield Website(scripts, json.loads(said)["url"])
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
