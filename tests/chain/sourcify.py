"""Sourcify's library behind its API v2 (tools/sourcify/server.mjs), for a chain of the tests."""

import subprocess
from contextlib import contextmanager

from tests.chain.anvil import Anvil, set_up
from tests.flows.conftest import ROOT


@contextmanager
def sourcify(chain: Anvil, chain_id: int = 1337):
    """The URL of a server that verifies what is on the chain, and has verified nothing yet."""
    process = subprocess.Popen(
        ["node", "server.mjs", str(chain_id), chain.url, str(ROOT / "tools" / "solc-launcher.mjs")],
        cwd=set_up("sourcify"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()
