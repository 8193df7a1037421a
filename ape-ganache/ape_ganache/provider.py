"""The Ganache node as Ape sees it: found or started, and controlled for tests."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from ape.api.networks import ProviderContextManager
from ape.api.providers import SubprocessProvider, TestProviderAPI
from ape.api.transactions import TransactionAPI
from ape.exceptions import ConfigError, ContractLogicError, OutOfGasError, UnknownSnapshotError, VirtualMachineError
from ape.logging import logger
from ape.types.address import AddressType
from ape.types.vm import BlockID, ContractCode, SnapshotID
from ape.utils.testing import DEFAULT_TEST_CHAIN_ID
from ape_ethereum.provider import Web3Provider
from eth_pydantic_types import HexBytes
from eth_utils.conversions import to_hex
from pydantic import ValidationError
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3RPCError
from web3.types import RPCEndpoint
from yarl import URL

from ape_ganache import process
from ape_ganache.config import GanacheNetworkConfig
from ape_ganache.errors import GanacheError, PortTakenError, read_fault, revert_message
from ape_ganache.program import LOOPBACK, free_ports

START_ATTEMPTS = 5
WEI_PER_ETHER = 10**18


class GanacheProvider(SubprocessProvider, Web3Provider, TestProviderAPI):
    """A node that is started for this process, or one that already runs and is joined."""

    _port: int = 0

    @property
    def process_name(self) -> str:
        return "Ganache"

    @property
    def settings(self) -> GanacheNetworkConfig:
        """The configuration, with this provider's own settings over it."""
        try:
            settings = cast(GanacheNetworkConfig, super().settings)
        except ValidationError as error:
            fault = error.errors()[0]
            raise ConfigError(f"`ganache: {fault['loc'][0]}`: {fault['msg']}") from None
        if not self._needs_own_node:
            return settings
        fields = GanacheNetworkConfig.model_fields
        places = {"host", "port", "database"} - set(self.provider_settings)
        return settings.model_copy(update={name: fields[name].default for name in places})

    @property
    def _needs_own_node(self) -> bool:
        """Whether the file's host, port and database do not count. They name a chain that somebody keeps,
        which tests must not touch.
        """
        return self._test_runner is not None

    @property
    def connection_id(self) -> str | None:
        """Providers of the same settings have the same id, and so share one node."""
        digest = hashlib.sha256(self.settings.model_dump_json().encode()).hexdigest()
        return f"{self.network_choice}:{digest}"

    @property
    def _configured_uri(self) -> str | None:
        """None: where a node is, `host` and `port` say. Ape would read the configuration ten times to find that out."""
        return None

    @property
    def ws_uri(self) -> str | None:
        return f"ws{uri.removeprefix('http')}" if (uri := self._connected_http_uri) else None

    # Connecting

    def connect(self) -> None:
        super().connect()  # type: ignore[no-untyped-call]  # has `disconnect` called when Python ends
        try:
            self._join_or_start()
        except GanacheError as error:
            if self._test_runner is None or self.network_manager.connected:
                raise
            # Ape makes a test run's first connection inside of pytest, which shows its own errors in one
            # line, and all others as eighty lines of its insides.
            import pytest

            raise pytest.UsageError(str(error)) from None

    def _join_or_start(self) -> None:
        place = self._place()
        for attempt in range(START_ATTEMPTS):
            if place is not None and self._join(place):
                return
            self._port = self._port_to_start_on(place)
            try:
                self.start()
                return
            except PortTakenError:
                # Somebody was faster: on a fixed port the next round joins their node.
                if attempt == START_ATTEMPTS - 1:
                    raise

    def disconnect(self) -> None:
        node = self.process
        if node is not None:
            if self.background:
                self.network_manager.running_nodes.remove_provider(self)
            self.stop()  # type: ignore[no-untyped-call]
            for pipe in (node.stdin, node.stdout):
                if pipe is not None:
                    pipe.close()
        self._web3 = self._client_version = None
        for name in ("chain_id", "supports_tracing"):
            self.__dict__.pop(name, None)  # cached properties of Ape's; the next node may differ

    def start(self, timeout: int = 0) -> None:
        """Start a node on `_port`. What it prints has private keys in it and goes nowhere."""
        if not self.allow_start:
            raise GanacheError("No Ganache node runs at the configured place, and none may be started.")
        command = self.build_command()
        logger.info("Starting 'Ganache' process.")
        seconds = timeout or self.settings.start_timeout
        self.process = process.start(command, detached=self.background, timeout=seconds)
        self._web3 = self._client(URL.build(scheme="http", host=LOOPBACK, port=self._port))
        logger.info(f"Ganache runs at {self.http_uri}.")
        if self.background:
            # Only then: a node that ends with this process needs no `ape networks kill`, and its entry
            # would be left behind, to name another program's process one day, were this one killed.
            self.network_manager.running_nodes.cache_provider(self)

    def build_command(self) -> list[str]:
        settings, accounts = self.settings, cast(Any, self.test_config)
        options: dict[str, object] = {
            "server.host": LOOPBACK,
            "server.port": self._port,
            "logging.quiet": "true",
            "chain.chainId": settings.chain_id or self._default_chain_id,
            "chain.networkId": settings.chain_id or self._default_chain_id,
            "chain.hardfork": settings.hardfork,
            "wallet.mnemonic": settings.mnemonic or accounts.mnemonic,
            "wallet.totalAccounts": settings.number_of_accounts or accounts.number_of_accounts,
            "wallet.hdPath": settings.hd_path or accounts.hd_path,
            "wallet.defaultBalance": _in_ether(accounts.balance if settings.balance is None else settings.balance),
            "miner.blockTime": settings.block_time,
            "miner.blockGasLimit": settings.block_gas_limit,
            "miner.callGasLimit": settings.call_gas_limit,
            "database.dbPath": self._database_folder(),
        }
        executable = process.find_executable(settings.executable, self.local_project.path)
        set_options = [f"--{name}={value}" for name, value in options.items() if value is not None]
        return [executable, *set_options, *settings.extra_args]

    @property
    def _default_chain_id(self) -> int:
        return DEFAULT_TEST_CHAIN_ID

    def _database_folder(self) -> str | None:
        if self.settings.database is None:
            return None
        folder = self.local_project.path / self.settings.database.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def _place(self) -> URL | None:
        """Where a node is to be looked for; None for a node of one's own on a free port."""
        host, port = self.settings.host, self.settings.port
        if "://" in host:
            url = URL(host)
            return url if port == "auto" or url.explicit_port else url.with_port(port)
        if port != "auto":
            return URL.build(scheme="http", host=host, port=port)
        if host not in ("auto", "localhost", LOOPBACK):
            return URL.build(scheme="http", host=host, port=8545)
        sibling = ProviderContextManager.connected_providers.get(self.connection_id or "")
        if isinstance(sibling, GanacheProvider) and sibling is not self and sibling.is_connected:
            return URL(sibling.uri)
        return None

    def _port_to_start_on(self, place: URL | None) -> int:
        if place is None:
            return free_ports()[0]
        if place.host not in ("localhost", LOOPBACK) or place.scheme != "http" or place.port is None:
            raise GanacheError(
                f"No node answers at {place.origin()}. Start it there, or unset `ganache: host` to start one here."
            )
        return place.port

    def _join(self, url: URL) -> bool:
        """Connect to a Ganache that runs at the URL; False where nothing does."""
        if not process.is_listening(url.host or "", url.port or 0):
            return False
        web3 = self._client(url)
        try:
            version = web3.client_version
        except Exception as error:
            raise PortTakenError(_taken(url, "another program")) from error
        if not version.startswith("Ganache/"):
            raise PortTakenError(_taken(url, f"{version}, which is not Ganache"))
        self._web3 = web3
        return True

    def _client(self, url: URL) -> Web3:
        return Web3(HTTPProvider(str(url), request_kwargs={"timeout": self.settings.request_timeout}))

    # Controlling the chain

    @property
    def auto_mine(self) -> bool:
        return bool(self.make_request("eth_mining", []))

    @auto_mine.setter
    def auto_mine(self, value: bool) -> None:
        self.make_request("miner_start" if value else "miner_stop", [])

    def mine(self, num_blocks: int = 1) -> None:
        self.make_request("evm_mine", [{"blocks": num_blocks}])

    def set_timestamp(self, new_timestamp: int) -> None:
        """Set the node's clock, in seconds; it runs on from there."""
        self.make_request("evm_setTime", [new_timestamp * 1000])

    def snapshot(self) -> str:
        return str(self.make_request("evm_snapshot", []))

    def restore(self, snapshot_id: SnapshotID) -> None:
        number = snapshot_id if isinstance(snapshot_id, str) else to_hex(snapshot_id)
        if self.make_request("evm_revert", [number]) is not True:
            raise UnknownSnapshotError(snapshot_id)

    def set_balance(self, address: AddressType, amount: int) -> None:
        self.make_request("evm_setAccountBalance", [address, to_hex(amount)])

    def set_code(self, address: AddressType, code: ContractCode) -> bool:
        return bool(self.make_request("evm_setAccountCode", [address, to_hex(HexBytes(code))]))

    def set_storage(self, address: AddressType, slot: int, value: HexBytes) -> None:
        words = [to_hex(HexBytes(word).rjust(32, b"\0")) for word in (slot, value)]
        self.make_request("evm_setAccountStorageAt", [address, *words])

    def unlock_account(self, address: AddressType) -> bool:
        self.make_request("evm_addAccount", [address, ""])  # false for one it knows, which is fine
        return bool(self.make_request("personal_unlockAccount", [address, "", 0]))

    def relock_account(self, address: AddressType) -> None:
        self.make_request("personal_lockAccount", [address])

    # Calls and their errors

    def send_call(
        self,
        txn: TransactionAPI,
        block_id: BlockID | None = None,
        state: dict[str, Any] | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> HexBytes:
        # There is no debug_traceCall, and Ape would take the empty trace's result for the call's.
        kwargs["skip_trace"] = True
        for option in {"show_trace", "show_gas_report"} & set(kwargs):
            if kwargs.pop(option):
                logger.warning(f"Ganache traces transactions, but not calls: {option!r} is left out.")
        return super().send_call(txn, block_id=block_id, state=state, **kwargs)

    def _make_request(self, rpc: str, parameters: Iterable[Any] | None = None) -> Any:  # noqa: ANN401
        if rpc != "eth_call":
            return super()._make_request(rpc, parameters=parameters)
        # Ape's own keeps the message of an error and drops its data, where custom errors are.
        response = self.web3.provider.make_request(RPCEndpoint(rpc), list(parameters or []))
        if "error" in response:
            raise Web3RPCError(str(response["error"]), rpc_response=response)
        return response["result"]

    def get_virtual_machine_error(self, exception: Exception, **kwargs: Any) -> VirtualMachineError:  # noqa: ANN401
        fault = read_fault(exception)
        if fault.revert is not None:
            error = ContractLogicError(revert_message(fault.revert), base_err=exception, **kwargs)
            return cast(ContractLogicError, self.compiler_manager.enrich_error(error))
        if "out of gas" in fault.message or "intrinsic gas too low" in fault.message:
            return OutOfGasError(txn=kwargs.get("txn"), base_err=exception)
        return VirtualMachineError(fault.message, base_err=exception, **kwargs)


def _in_ether(wei: int) -> str:
    return f"{Decimal(wei) / WEI_PER_ETHER:f}"


def _taken(url: URL, program: str) -> str:
    return f"{url.origin()} is taken by {program}. Free the port, or set `ganache: port` to another one or to auto."
