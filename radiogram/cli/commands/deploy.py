"""Put the inbox contract at its address, unless it is there."""

import click

from radiogram.cli import fee
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.session import Command, Session


@click.command("deploy", cls=Command)
def cli(session: Session) -> None:
    """Deploy the inbox contract: the same address on every chain, and nothing happens if it is there."""
    from radiogram.chain import contract, deployment

    network, terminal = session.network, session.terminal
    provider, address = network.provider, contract.address()
    done = None
    if not deployment.is_deployed(provider, address):
        account = session.accounts.own(SENDER_INDEX)
        cost = fee.expected(provider, deployment.expected_fee(provider, contract.initcode(), account))
        terminal.confirm(f"Deploy the inbox contract on {network.name} from {account.address}, for about {cost}?")
        account = session.accounts.unlocked(account)
        with network.nonce_lock(account.address):
            done = deployment.deploy(provider, contract.initcode(), account)
    terminal.result(
        {
            "network": network.name,
            "inbox": address,
            "deployed": done is not None,
            "tx_hash": done.tx_hash if done else None,
            "gas_used": done.gas_used if done else 0,
            **fee.fields(provider, done.fee_wei if done else 0),
        }
    )
    if done:
        terminal.say(f"Deployed at {address}: {done.gas_used:,} gas, {fee.amount(provider, done.fee_wei)}")
    else:
        terminal.say(f"Already deployed at {address}")
