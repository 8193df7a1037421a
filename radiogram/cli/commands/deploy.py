"""Put the inbox contract at its address, unless it is there; and have its source verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from radiogram.cli import fee
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail
from radiogram.errors import SourcifyError

if TYPE_CHECKING:
    from radiogram.chain.sourcify import Verified


@click.command("deploy", cls=SendingCommand)
@click.option(
    "--verify",
    is_flag=True,
    help="Hand the source to Sourcify, which compiles it and compares it to the code on the chain. It is public.",
)
@click.option("--sourcify", "server", metavar="URL", help="Another server of Sourcify's than its own.")
def cli(session: Session, verify: bool, server: str | None) -> None:
    """Deploy the inbox contract: the same address on every chain, and nothing happens if it is there."""
    from radiogram.chain import contract, deployment

    network, terminal = session.network, session.terminal
    verifier = _verifier(session, verify, server)
    provider, address = network.provider, contract.address()
    network.check_finality()
    done = None
    if not deployment.is_deployed(provider, address):
        account = session.accounts.own(SENDER_INDEX)
        cost = fee.expected(provider, deployment.expected_fee(provider, contract.initcode(), account))
        terminal.confirm(f"Deploy the inbox contract on {network.name} from {account.address}, for about {cost}?")
        account = session.accounts.unlocked(account)
        with network.nonce_lock(account.address):
            done = deployment.deploy(provider, contract.initcode(), account)
    if done:
        terminal.say(f"Deployed at {address}: {done.gas_used:,} gas, {fee.amount(provider, done.fee_wei)}")
    else:
        terminal.say(f"Already deployed at {address}")
    if network.until_final:
        deployment.wait_until_final(provider, address)
    source, failure = _verified(session, verifier, done.tx_hash if done else None)
    terminal.result(
        {
            "network": network.name,
            "inbox": address,
            "deployed": done is not None,
            "tx_hash": done.tx_hash if done else None,
            "gas_used": done.gas_used if done else 0,
            **fee.fields(provider, done.fee_wei if done else 0),
            "source_match": source.match if source else None,
            "source_url": source.url if source else None,
        }
    )
    if failure:
        raise failure


def _verifier(session: Session, wanted: bool, named: str | None) -> str | None:
    """The server that verifies the source, None if nobody is to: known before anything is paid."""
    from radiogram.chain.sourcify import DEVELOPMENT_CHAINS, PUBLIC, parse_server

    if not wanted:
        if named is not None:
            fail("--sourcify says who verifies: add --verify")
        return None
    if named is not None:
        return parse_server(named)
    if session.network.is_local or session.network.chain_id in DEVELOPMENT_CHAINS:
        fail(
            f"{session.network.name} is a chain for development, of which Sourcify knows nothing: "
            "leave out --verify, or name a server that does (--sourcify URL)"
        )
    return PUBLIC


def _verified(session: Session, server: str | None, tx_hash: str | None) -> tuple[Verified | None, Exception | None]:
    """What the server has found, or why it has not, which undoes no deployment."""
    from radiogram.chain import sourcify

    if server is None:
        return None, None
    session.terminal.note(f"{server} is asked to verify the source, which may take some minutes")
    try:
        source = sourcify.verify(server, session.network.chain_id, tx_hash)
    except SourcifyError as error:
        return None, error
    since = "" if source.is_new else ", as it was before"
    session.terminal.say(f"Source verified ({source.match}{since}): {source.url}")
    return source, None
