"""A browser wallet for tests: an EIP-6963 and EIP-1193 provider in the page, its keys and its mind in Python."""

from __future__ import annotations

import json
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from coincurve import PrivateKey
from coincurve._libsecp256k1 import ffi
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_defunct, encode_typed_data
from eth_utils import to_checksum_address

PROVIDER = (Path(__file__).parent / "provider.js").read_text()
ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/%3E"
# Asked of the wallet itself; everything else that only reads goes to the chain.
_CONNECT = ("eth_requestAccounts", "wallet_requestPermissions")


class RpcError(Exception):
    """What a request fails with (EIP-1193, EIP-1474)."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


@dataclass(frozen=True)
class Request:
    """One request of the page, and how it ended: "pending", "done", or the code of its error."""

    method: str
    params: Any
    outcome: int | str


class Chain:
    """The real chain, by raw JSON-RPC."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, *params: object) -> Any:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        with requests.Session() as session:  # one of its own: a node may be about to end a connection that was kept
            session.trust_env = False
            said = session.post(self.url, json=question, timeout=30).json()
        if "error" in said:
            raise RpcError(said["error"].get("code", -32603), said["error"]["message"], said["error"].get("data"))
        return said["result"]

    def balance(self, address: str) -> int:
        """In wei."""
        return int(self.ask("eth_getBalance", address, "latest"), 16)

    def fund(self, address: str, ether: float) -> None:
        """Ganache's way: the account then has exactly so much."""
        self.ask("evm_setAccountBalance", address, hex(int(ether * 10**18)))


class Wallet:
    """What a person holds. Set its attributes to say what they, or their wallet, will do next.

    reject_next     True: the next request that needs consent fails with 4001; a method's name: the next of these
    hang_next       the same, but it stays unanswered until `release()`
    lose_next       True: the next transaction is signed and named, and reaches no node
    chain_id        the network it is on; `switch_chain(id)` changes it as the person would, with an event
    known_chains    chain ids that wallet_switchEthereumChain takes; others are 4902 until added
    deterministic   False: each signature is another one (valid all the same), as of MPC wallets
    contract        an address with code: the account is that contract (ERC-1271), and signs with its owner's key
    requests        all that pages asked, in order
    """

    def __init__(
        self,
        browser: Any,
        chain: Chain,
        private_key: str,
        name: str,
        rdns: str,
        *,
        legacy: bool = False,
        late: bool = False,
    ) -> None:
        self.browser, self.chain = browser, chain
        self.name, self.rdns, self.uuid = name, rdns, str(uuid.uuid4())
        self.key = Account.from_key(private_key)
        self.network = self.chain_id = int(chain.ask("eth_chainId"), 16)
        self.known_chains = {self.chain_id, 1}
        self.connected = False
        self.reject_next: bool | str = False
        self.hang_next: bool | str = False
        self.lose_next = False
        self.deterministic = True
        self.contract: str | None = None
        self.requests: list[Request] = []
        self.sent: list[str] = []
        """Hashes of the transactions it sent."""
        self.mistakes: list[str] = []
        """What no page may ask of a wallet; asserted to be empty at the end of a test."""
        self._hanging: dict[int, tuple[Any, str, Any]] = {}
        detail = {"uuid": self.uuid, "name": name, "icon": ICON, "rdns": rdns, "legacy": legacy, "late": late}
        browser.add_init_script(PROVIDER.replace("/* DETAIL */ null", json.dumps(detail)))

    # ---- what the person does

    @property
    def address(self) -> str:
        return self.contract or self.key.address

    @property
    def methods(self) -> list[str]:
        """Names of all that was asked."""
        return [request.method for request in self.requests]

    def count(self, method: str) -> int:
        return self.methods.count(method)

    def announce(self) -> None:
        """It is there at last, in the pages that are open: for one that was made with late=True."""
        for page in self.browser.pages:
            page.evaluate("(uuid) => globalThis.__wallets[uuid].announce()", self.uuid)

    def switch_account(self, private_key: str) -> None:
        """Another account of theirs."""
        self.key, self.contract = Account.from_key(private_key), None
        if self.connected:
            self.emit("accountsChanged", [self.address])

    def switch_chain(self, chain_id: int) -> None:
        self.chain_id = chain_id
        self.emit("chainChanged", hex(chain_id))

    def disconnect(self) -> None:
        """They take the site's permission back, or lock the wallet: it has no account any more."""
        self.connected = False
        self.emit("accountsChanged", [])

    def lose_connection(self) -> None:
        """The wallet lost its chain (EIP-1193, disconnect)."""
        self.emit("disconnect", {"code": 4900, "message": "Disconnected from all chains."})

    def release(self, *, reject: bool = False) -> None:
        """They answer what was left hanging, or will be in a moment: a page says first that it asks."""
        for _ in range(500):
            if self._hanging or not self.hang_next:
                break
            self.browser.pages[-1].wait_for_timeout(20)
        hanging, self._hanging = self._hanging, {}
        for number, (page, method, params) in hanging.items():
            answer = self._answer(method, params, RpcError(4001, "User rejected the request.") if reject else None)
            if not page.is_closed():
                page.evaluate("([uuid, id, answer]) => __wallets[uuid].settle(id, answer)", [self.uuid, number, answer])

    def emit(self, event: str, value: object) -> None:
        for page in self.browser.pages:
            page.evaluate(
                "([uuid, event, value]) => globalThis.__wallets?.[uuid]?.emit(event, value)", [self.uuid, event, value]
            )

    # ---- what the page asks

    def ask(self, page: Any, number: int, method: str, params: Any) -> dict[str, Any]:
        """{"result"} or {"error"}, with the {"events"} that come first; {"pending"} if it hangs."""
        if method in _CONNECT and any(waiting == method for _, waiting, _ in self._hanging.values()):
            error = RpcError(-32002, f"Request of type '{method}' already pending.")
            return self._answer(method, params, error)
        if self._needs_consent(method):
            if self._due("hang_next", method):
                self._hanging[number] = (page, method, params)
                self.requests.append(Request(method, params, "pending"))
                return {"pending": True}
            if self._due("reject_next", method):
                return self._answer(method, params, RpcError(4001, "User rejected the request."))
        return self._answer(method, params)

    def _needs_consent(self, method: str) -> bool:
        if method in _CONNECT:
            return not self.connected
        return method.startswith("wallet_") or "sign" in method.lower() or method == "eth_sendTransaction"

    def _due(self, attribute: str, method: str) -> bool:
        wanted = getattr(self, attribute)
        if wanted is True or wanted == method:
            setattr(self, attribute, False)
            return True
        return False

    def _answer(self, method: str, params: Any, error: RpcError | None = None) -> dict[str, Any]:
        before = self.chain_id, self.connected
        try:
            if error:
                raise error
            answer = {"result": self._do(method, params or [])}
            outcome: int | str = "done"
        except RpcError as failed:
            answer = {"error": {"code": failed.code, "message": failed.message, "data": failed.data}}
            outcome = failed.code
        self.requests.append(Request(method, params, outcome))
        changed = [["chainChanged", hex(self.chain_id)]] if before[0] != self.chain_id else []
        if self.connected != before[1]:
            changed.append(["accountsChanged", [self.address] if self.connected else []])
        return answer | {"events": changed}

    def _do(self, method: str, params: Any) -> Any:
        own = {
            "eth_requestAccounts": self._connect,
            "eth_accounts": lambda: [self.address.lower()] if self.connected else [],
            "wallet_requestPermissions": lambda: self._connect() and [{"parentCapability": "eth_accounts"}],
            "wallet_getPermissions": lambda: [{"parentCapability": "eth_accounts"}] if self.connected else [],
            "wallet_revokePermissions": lambda _: setattr(self, "connected", False),
            "eth_chainId": lambda: hex(self.chain_id),
            "net_version": lambda: str(self.chain_id),
            "wallet_switchEthereumChain": self._switch,
            "wallet_addEthereumChain": self._add,
            "personal_sign": self._personal_sign,
            "eth_signTypedData_v4": self._sign_typed_data,
            "eth_sendTransaction": self._send,
        }
        if method in own:
            return own[method](*params) if method != "wallet_requestPermissions" else own[method]()
        if method.startswith("wallet_") or "sign" in method.lower() or not method.startswith(("eth_", "net_", "web3_")):
            raise RpcError(4200, f"The wallet does not support {method}.")
        if self.chain_id != self.network:
            raise RpcError(-32603, "this test has no node of another chain")
        return self.chain.ask(method, *params)

    def _connect(self) -> list[str]:
        self.connected = True
        return [self.address.lower()]  # as MetaMask does: not in EIP-55 spelling

    def _switch(self, wanted: dict[str, str]) -> None:
        chain_id = int(wanted["chainId"], 16)
        if chain_id not in self.known_chains:
            raise RpcError(4902, f'Unrecognized chain ID "{wanted["chainId"]}". Try adding the chain first.')
        self.chain_id = chain_id

    def _add(self, chain: dict[str, Any]) -> None:
        """EIP-3085, with the checks that MetaMask makes; then it switches, as MetaMask does."""
        if not re.fullmatch(r"0x[1-9a-f][0-9a-f]*", str(chain.get("chainId"))):
            raise RpcError(-32602, "Expected 0x-prefixed, unpadded, non-zero hexadecimal string 'chainId'.")
        urls = chain.get("rpcUrls") or []
        if not any(re.match(r"https://|http://(localhost|127\.0\.0\.1)\b", url) for url in urls):
            raise RpcError(-32602, "Expected an array with at least one valid string HTTPS url 'rpcUrls'.")
        coin = chain.get("nativeCurrency") or {}
        if coin.get("decimals") != 18 or not 2 <= len(str(coin.get("symbol"))) <= 6 or not chain.get("chainName"):
            raise RpcError(-32602, "Expected 'chainName' and 'nativeCurrency' with 18 decimals and a symbol.")
        self.known_chains.add(int(chain["chainId"], 16))
        self.chain_id = int(chain["chainId"], 16)

    def _allowed(self, account: str) -> None:
        if not self.connected or account.lower() != self.address.lower():
            raise RpcError(4100, "The requested account has not been authorized by the user.")

    def _personal_sign(self, data: str, account: str) -> str:
        self._allowed(account)
        return self._signed(encode_defunct(hexstr=data) if data.startswith("0x") else encode_defunct(text=data))

    def _sign_typed_data(self, account: str, data: Any) -> str:
        self._allowed(account)
        typed = json.loads(data) if isinstance(data, str) else data
        chain_id = typed["domain"].get("chainId")
        if chain_id is not None and int(str(chain_id), 0) != self.chain_id:
            raise RpcError(-32603, f'Provided chainId "{chain_id}" must match the active chainId "{self.chain_id}"')
        return self._signed(encode_typed_data(full_message=typed))

    def _signed(self, message: Any) -> str:
        if self.deterministic:
            return "0x" + self.key.sign_message(message).signature.hex().removeprefix("0x")
        nonce = (ffi.NULL, ffi.new("unsigned char[32]", os.urandom(32)))
        secret = PrivateKey(bytes(self.key.key))
        signature = secret.sign_recoverable(_hash_eip191_message(message), hasher=None, custom_nonce=nonce)
        return "0x" + (signature[:64] + bytes([signature[64] + 27])).hex()

    def _send(self, asked: dict[str, str]) -> str:
        """An EIP-1559 transaction, filled in as wallets do, signed here, and sent to the chain."""
        self._allowed(asked.get("from", ""))
        if self.contract:
            raise RpcError(4200, "This test's contract account sends nothing.")
        if self.chain_id != self.network:
            self.mistakes.append(f"a transaction was asked for on chain {self.chain_id}")
            raise RpcError(-32603, "this test has no node of another chain")
        base = int(self.chain.ask("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
        tip = 10**9
        transaction = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": int(self.chain.ask("eth_getTransactionCount", self.address, "pending"), 16),
            "to": to_checksum_address(asked["to"]),
            "data": asked.get("data", asked.get("input", "0x")),
            "value": int(asked.get("value", "0x0"), 16),
            "maxPriorityFeePerGas": tip,
            "maxFeePerGas": 2 * base + tip,
        }
        call = {
            "from": self.address,
            "to": asked["to"],
            "data": transaction["data"],
            "value": hex(transaction["value"]),
        }
        transaction["gas"] = (
            int(asked["gas"], 16) if "gas" in asked else int(self.chain.ask("eth_estimateGas", call), 16)
        )
        cost = transaction["value"] + transaction["gas"] * transaction["maxFeePerGas"]
        if self.chain.balance(self.address) < cost:
            raise RpcError(-32000, "insufficient funds for gas * price + value")
        signed = self.key.sign_transaction(transaction)
        if self.lose_next:
            self.lose_next = False
            return "0x" + signed.hash.hex().removeprefix("0x")
        raw = signed.raw_transaction.hex()
        self.sent.append(self.chain.ask("eth_sendRawTransaction", "0x" + raw.removeprefix("0x")))
        return self.sent[-1]
