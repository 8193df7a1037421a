"""Put the inbox contract at its address, unless it is there."""

import click

from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.session import Command, Session


@click.command("deploy", cls=Command)
def cli(session: Session) -> None:
    """Deploy the inbox contract: the same address on every chain, and nothing happens if it is there."""
    from radiogram.chain import contract, deployment
    from radiogram.chain.fees import ether

    provider = session.network.provider
    address = contract.address()
    receipt = None
    if not deployment.is_deployed(provider, address):
        account = session.accounts.unlocked(session.accounts.own(SENDER_INDEX))
        session.terminal.confirm(f"Deploy the inbox contract on {session.network.name} from {account.address}?")
        with session.network.nonce_lock(account.address):
            receipt = deployment.deploy(provider, contract.initcode(), account)
    session.terminal.result(
        {
            "network": session.network.name,
            "inbox": address,
            "deployed": receipt is not None,
            "tx_hash": receipt.txn_hash if receipt else None,
            "gas_used": int(receipt.gas_used) if receipt else 0,
            "fee_wei": int(receipt.total_fees_paid) if receipt else 0,
        }
    )
    if receipt:
        session.terminal.say(f"Deployed at {address}: {receipt.gas_used:,} gas, {ether(receipt.total_fees_paid)}")
    else:
        session.terminal.say(f"Already deployed at {address}")
