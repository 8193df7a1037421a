"""Sourcify's library behind its API v2 (tools/sourcify/server.mjs), for a chain of the tests."""

from contextlib import contextmanager

from tests.chain.anvil import Anvil, set_up
from tests.flows.conftest import ROOT
from tests.programs import listening


@contextmanager
def sourcify(chain: Anvil, chain_id: int = 1337):
    """The URL of a server that verifies what is on the chain, and has verified nothing yet."""
    command = ["node", "server.mjs", str(chain_id), chain.url, str(ROOT / "tools" / "solc-launcher.mjs")]
    with listening(command, set_up("sourcify")) as (url, _):
        yield url
