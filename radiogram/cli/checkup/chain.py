"""The chain: whether it answers and keeps up, has the contract, and knows the account and its key."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from radiogram.cli import hints
from radiogram.cli.checkup.finding import Finding, ok, problem, warning
from radiogram.cli.network import Network
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from ape.api import ProviderAPI
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox
    from radiogram.formats.keys import PublicKeys

AHEAD, BEHIND = 60, 15 * 60  # seconds that the newest block may differ from this computer's clock
SEND_GAS = 150_000  # of a first message, with room


def connection(network: Network) -> Finding:
    provider = network.provider
    height = int(provider.web3.eth.block_number)
    confirmations = provider.network.required_confirmations
    found = f"{network.name}: chain id {network.chain_id}, block {height:,}, {counted(confirmations, 'confirmation')}"
    with suppress(Exception):  # not every node has the method
        if provider.web3.eth.syncing:
            return warning(f"{found}; its node is still syncing", "wait for it, or use another node")
    return ok(f"{found} asked for")


def clock(provider: ProviderAPI, *, is_local: bool, now: Callable[[], float] = time.time) -> Finding:
    """The newest block's time beside this computer's. A chain for development makes blocks only when it is used."""
    ahead = int(provider.web3.eth.get_block("latest")["timestamp"]) - int(now())
    if ahead > AHEAD:
        return (warning if is_local else problem)(
            f"the newest block is {_duration(ahead)} ahead of this computer's clock",
            "set the clock (NTP)" + (", unless the chain's time was moved on purpose" if is_local else ""),
        )
    if ahead < -BEHIND and not is_local:
        return problem(
            f"the newest block is {_duration(-ahead)} old",
            "the chain's node is behind, or this computer's clock ahead: compare it, and use another node",
        )
    return ok(f"the newest block is {_duration(max(0, -ahead))} old")


def contract(network: Network) -> Finding:
    """Its code, to the byte."""
    from radiogram.chain import contract
    from radiogram.chain.deployed_code import deployed_code

    address = contract.address()
    code = bytes(network.provider.get_code(address))
    if code == deployed_code(network.chain_id):
        return ok(f"the inbox contract is at {address}, {len(code):,} bytes as they should be")
    if code:
        return problem(
            f"the code at {address} is not the inbox contract's", "trust nothing on this chain, or of this node"
        )
    if network.is_local:
        return ok(f"no inbox contract yet: the next command puts it at {address}")
    return problem(
        f"there is no inbox contract at {address}",
        f"check --network, or deploy it: {hints.command('deploy')} --network {network.name} --account ALIAS",
    )


def account(provider: ProviderAPI, address: ChecksumAddress) -> Finding:
    """Whether it can pay, and nothing of it waits."""
    from radiogram.chain.fees import coin, ether
    from radiogram.chain.transactions import nonce

    balance = int(provider.get_balance(address))
    found = f"{address} has {ether(balance, coin(provider))}"
    waiting = nonce(provider, address, "pending") - nonce(provider, address, "latest")
    if waiting > 0:
        return warning(
            f"{found}, and {counted(waiting, 'transaction')} of it {'wait' if waiting > 1 else 'waits'} for a block",
            f"wait, and see `{hints.command('outgoing')}`",
        )
    fee = SEND_GAS * int(provider.web3.eth.gas_price)
    if balance < fee:
        cost = ether(fee, coin(provider))
        return warning(f"{found}, and a message costs up to {cost}", "add Ether, if it is to send")
    return ok(found)


def key(inbox: Inbox, address: ChecksumAddress, keys: PublicKeys | None) -> Finding:
    """What `address` has registered; and whether `keys`, those of a key file, are that."""
    registered = inbox.key(address)
    if not registered.version:
        if keys and keys.address != address:
            return problem(
                f"{address} has no key on record, and the key file's is the key of {keys.address}",
                f"register it: {hints.command('register_key')} --key-file FILE; or name the right --account",
            )
        return ok(f"{address} has no key on record: messages are sealed to its own" + " (the key file's)" * bool(keys))
    kind = "quantum-safe" if registered.hybrid_digest else "not quantum-safe"
    found = f"{address} has registered key version {registered.version}, {kind}"
    if keys is None:
        return ok(found)
    if (keys.public_key, keys.hybrid_digest) == (registered.public_key, registered.hybrid_digest):
        return ok(f"{found}: the key file's")
    return problem(
        f"{found}, and the key file holds another one",
        "use the file of that key; this one opens only what was sealed to it",
    )


def _duration(seconds: int) -> str:
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return counted(seconds // length, unit)
    return counted(seconds, "second")
