"""Keep the local chain and IPFS node up."""

import signal

import click

from radiogram.cli.session import Command, Session


@click.command("devnet", cls=Command)
def cli(session: Session) -> None:
    """Keep the local chain and IPFS node up, and say where they are, until Ctrl-C. Other commands join them."""
    from ape import accounts

    inbox = session.inbox()
    node = session.local_ipfs()
    people = [account.address for account in accounts.test_accounts[:2]]
    session.result(
        {
            "chain": session.chain.url,
            "chain_id": session.chain.provider.chain_id,
            "inbox": inbox.address,
            "ipfs_api": node.api,
            "ipfs_gateway": node.gateway,
            "home": str(session.home),
        }
    )
    session.say(f"Chain         {session.chain.url} (chain id {session.chain.provider.chain_id})")
    session.say(f"Inbox         {inbox.address}")
    session.say(f"IPFS RPC      {node.api}\nIPFS gateway  {node.gateway}")
    session.say(f"Technologist  {people[0]} (test account 0)\nPatient       {people[1]} (test account 1)")
    session.say(f"State         {session.home}\nStop with Ctrl-C.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        session.note("Stopping.")
