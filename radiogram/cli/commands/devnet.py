"""Keep the local chain and IPFS node up."""

import signal

import click

from radiogram.cli.session import Command, Session


@click.command("devnet", cls=Command)
def cli(session: Session) -> None:
    """Keep the local chain and IPFS node up, and say where they are, until Ctrl-C. Other commands join them."""
    from ape import accounts

    terminal, network = session.terminal, session.network
    inbox = network.inbox()
    node = network.local_ipfs()
    people = [account.address for account in accounts.test_accounts[:2]]
    terminal.result(
        {
            "chain": network.local_url,
            "chain_id": network.chain_id,
            "inbox": inbox.address,
            "ipfs_api": node.api,
            "ipfs_gateway": node.gateway,
            "home": str(network.home),
        }
    )
    terminal.say(
        f"Chain         {network.local_url} (chain id {network.chain_id}; no web page or wallet is answered there)",
        f"Inbox         {inbox.address}",
        f"IPFS RPC      {node.api}",
        f"IPFS gateway  {node.gateway}",
        f"Technologist  {people[0]} (test account 0)",
        f"Patient       {people[1]} (test account 1)",
        f"State         {network.home}",
        "Stop with Ctrl-C.",
    )
    try:
        signal.pause()
    except KeyboardInterrupt:
        terminal.note("Stopping.")
