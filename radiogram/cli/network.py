"""The network that a command is on: its chain, its inbox contract, and the IPFS node beside it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli.terminal import Terminal, fail

if TYPE_CHECKING:
    from ape.api import ProviderAPI
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox
    from radiogram.devnet.kubo import LocalIpfs
    from radiogram.ipfs.car import CarFile
    from radiogram.ipfs.client import Ipfs

LOCAL_NETWORK = "ethereum:local:ganache"
CHAINS = {LOCAL_NETWORK: "ganache", "ethereum:local:anvil": "anvil"}
"""What runs the local network, by its name: the first, unless RADIOGRAM_CHAIN says otherwise."""
_NAMING = "write ECOSYSTEM:NETWORK:PROVIDER, as ethereum:sepolia:node, and name your node (docs/networks.md)"
SENDER_INDEX, RECIPIENT_INDEX = 0, 1  # of the local network's test accounts


class Network:
    """Connected when it is first needed, and until `open_until_exit` is closed. The local one is started then."""

    def __init__(self, name: str | None, terminal: Terminal, open_until_exit: ExitStack) -> None:
        self.name = complete(name or "")
        self.is_named = bool(name)
        self._terminal = terminal
        self._stack = open_until_exit
        self.until_final = False
        """Whether what is sent is waited for until its block is final."""
        self.leave_unused = False
        """Whether local nodes that ran without any user go on doing so (radiogram.devnet.shared_daemon)."""
        self._cars: list[CarFile] = []

    @property
    def home(self) -> Path:
        """The state folder of the embedded nodes, for its owner alone."""
        home = named_home()
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            fail(f"{home} can't be written: {error.strerror}; set RADIOGRAM_HOME to a folder of yours")
        return home

    # ---- the chain

    @property
    def provider(self) -> ProviderAPI:
        """Ape's connection to the chain."""
        return self._connection[0]

    @property
    def local_url(self) -> str | None:
        """The JSON-RPC address of the chain that was started here; None on every other network."""
        return self._connection[1]

    @property
    def chain_id(self) -> int:
        return int(self.provider.chain_id)

    @property
    def is_own(self) -> bool:
        """Whether it is the local network, whose chain is started here."""
        return self.name in CHAINS

    @property
    def chain_program(self) -> str:
        """What runs the local network's chain: `ganache` or `anvil`, its folder in the state folder too."""
        return CHAINS[self.name]

    @property
    def is_local(self) -> bool:
        """Whether this is a chain for development."""
        return self.is_own or bool(self.provider.network.is_dev)

    def resolve_name(self, name: str) -> str | None:
        """The address of an ENS name; None where there is none, or no ENS. Raises ChainUnreachable."""
        from radiogram.chain.ens import EnsRecords

        return EnsRecords(self.provider).address(name)

    def nonce_lock(self, account: ChecksumAddress) -> AbstractContextManager[None]:
        """Held while `account` sends a transaction."""
        from radiogram.chain.nonce_lock import nonce_lock

        return nonce_lock(self.home / "nonce-locks", self.chain_id, account)

    @cached_property
    def _connection(self) -> tuple[ProviderAPI, str | None]:
        from ape import networks
        from ape.exceptions import ApeException

        from radiogram.chain.rpc import bound_requests, unreachable
        from radiogram.errors import ChainUnreachable

        silence_ape()
        bound_requests()
        try:
            if self.is_own:
                return self._local_chain()
            if "://" in self.name:
                os.environ.pop("WEB3_PROVIDER_URI", None)  # which web3 would ask in the place of the node that is named
            return self._stack.enter_context(networks.parse_network_choice(self.name)), None
        except (ApeException, ChainUnreachable) as error:
            if ours := unreachable(error):
                raise ChainUnreachable(f"no connection to {self.name}: {ours.message}", ours.hint) from error
            why = " ".join(str(error).split()).rstrip(".")
            fail(f"no connection to {self.name} ({why}): {_NAMING}")

    def _local_chain(self) -> tuple[ProviderAPI, str]:
        from ape import networks

        from radiogram.devnet import anvil, ganache

        is_anvil, network = self.chain_program == "anvil", networks.ethereum.local
        start = anvil.local_chain if is_anvil else ganache.local_chain
        url = self._stack.enter_context(start(self.home, leave_unused=self.leave_unused))
        # Not by their names: Ape would import every provider there is to find one, a second for each command.
        provider: ProviderAPI
        if is_anvil:
            from radiogram.chain.anvil_node import AnvilNode

            provider = AnvilNode(name="node", network=network, provider_settings={"uri": url})
        else:
            from ape_ganache.provider import GanacheProvider

            provider = GanacheProvider(name="ganache", network=network, provider_settings={"host": url})
        return self._stack.enter_context(network.use_provider(provider)), url

    def check_finality(self) -> None:
        """That the node can say what is final, if it is to: before anything is paid. Raises FinalityError."""
        if self.until_final:
            from radiogram.chain.transactions import final_height

            final_height(self.provider)
            self._terminal.note("What is sent is waited for until its block is final: on public networks, many minutes")

    # ---- the inbox contract

    def inbox(self) -> Inbox:
        """The contract; on the local network it is deployed if it is missing."""
        from ape import accounts

        from radiogram.chain import contract, deployment
        from radiogram.chain.inbox import Inbox
        from radiogram.cli import hints
        from radiogram.errors import NoInboxError

        address = contract.address()
        if not deployment.is_deployed(self.provider, address):
            if not self.is_local:
                raise NoInboxError(
                    f"there is no inbox contract at {address} on {self.name}",
                    f"check --network, or deploy it: {hints.command('deploy')} --network {self.name} --account ALIAS",
                )
            payer = accounts.test_accounts[SENDER_INDEX]
            with self.nonce_lock(payer.address):
                receipt = deployment.deploy(self.provider, contract.initcode(), payer)
            if receipt:
                self._terminal.note(f"Deployed the inbox contract at {address}")
        self.check_finality()
        return Inbox(contract.at(address), self.nonce_lock, until_final=self.until_final)

    # ---- the IPFS node

    def ipfs_to_add(self) -> Ipfs:
        """The IPFS node of the environment, or else the local one (for the local network alone)."""
        return self._ipfs("RADIOGRAM_IPFS_API")

    def ipfs_to_read(self, timeout: float | None = None) -> Ipfs:
        """The same, or CAR files; `timeout`: how many seconds it may be silent or too slow, if not the usual."""
        from radiogram.ipfs.client import Ipfs

        if self._cars:
            return Ipfs(cars=self._cars)
        ipfs = self._ipfs("RADIOGRAM_IPFS_GATEWAY (or RADIOGRAM_IPFS_API)")
        ipfs.timeout = timeout or ipfs.timeout
        return ipfs

    def read_from(self, cars: Sequence[Path]) -> None:
        """From now on read from these CAR files, and ask no IPFS node. Raises CarError."""
        from radiogram.ipfs.car import CarFile

        self._cars = [CarFile(car) for car in cars]

    def local_ipfs(self) -> LocalIpfs:
        """The IPFS node on this machine, started if it does not run."""
        from radiogram.devnet.kubo import local_ipfs

        return self._stack.enter_context(local_ipfs(self.home, leave_unused=self.leave_unused))

    def _ipfs(self, missing: str) -> Ipfs:
        from radiogram.cli.environment import named_ipfs
        from radiogram.ipfs.client import Ipfs

        if named := named_ipfs(os.environ):
            return named
        if not self.is_local:
            fail(f"no IPFS node is named for {self.name}: set {missing}")
        node = self.local_ipfs()
        return Ipfs(node.api, node.gateway)


def silence_ape() -> None:
    """Ape logs to standard output, where it would stand in the JSON of a command, and what libraries say may quote
    anything. A command tells of each failure itself; under RADIOGRAM_DEBUG, Ape's errors are on standard error.
    How far a transaction is confirmed, Ape draws on standard error: here on a terminal alone.
    """
    from ape.api import transactions
    from ape.logging import LogLevel, logger

    logging.getLogger("ape").handlers[:] = [logging.StreamHandler(sys.stderr)]
    bar: Any = transactions.tqdm  # type: ignore[attr-defined]
    transactions.tqdm = partial(bar, disable=None)  # type: ignore[attr-defined] # None: unless on a terminal
    logger.set_level(LogLevel.ERROR if "RADIOGRAM_DEBUG" in os.environ else logger.DISABLE_LEVEL)


def complete(network: str) -> str:
    """A network choice as Ape reads it: what is left out is the local network's. Others stay as they are."""
    named = network.split(":")
    defaults = _local_network().split(":")
    filled = ":".join(part or default for part, default in zip(named + [""] * (3 - len(named)), defaults, strict=False))
    return filled if filled in CHAINS and len(named) <= 3 else network


def _local_network() -> str:
    chosen = os.environ.get("RADIOGRAM_CHAIN") or CHAINS[LOCAL_NETWORK]
    if (name := {chain: name for name, chain in CHAINS.items()}.get(chosen)) is None:
        fail(f"RADIOGRAM_CHAIN is {chosen!r}: it can be {' or '.join(CHAINS.values())}")
    return name


def named_home() -> Path:
    """The state folder, which may not be there."""
    return Path(os.environ.get("RADIOGRAM_HOME") or default_home()).absolute()


def default_home() -> Path:
    """`.radiogram` in this project's folder where a command runs there, elsewhere in the user's own."""
    from ape import project

    in_tree = (project.path / "contracts" / "ImageInbox.sol").is_file()
    return (project.path if in_tree else Path.home()) / ".radiogram"
