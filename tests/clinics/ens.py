"""ENS on a chain for development: the registry and a resolver as they were published, at the registry's own address."""

import json
from pathlib import Path

from eth_abi import encode
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3

REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
CODE = json.loads((Path(__file__).parent / "ens.json").read_text())
ROOT = bytes(32)


def node(name: str) -> bytes:
    """EIP-137."""
    made = ROOT
    for label in reversed(name.split(".")):
        made = keccak(made + keccak(text=label))
    return made


class Names:
    """Gives names to accounts, on Ganache; all names are the first account's."""

    def __init__(self, url: str) -> None:
        self.web3 = Web3(HTTPProvider(url))
        self.owner = self.web3.eth.accounts[0]
        self.put(REGISTRY, CODE["ENSRegistry"]["deployedBytecode"])
        owner_of_root = keccak(ROOT + bytes(32))  # records[0].owner
        self._ask("evm_setAccountStorageAt", REGISTRY, "0x" + owner_of_root.hex(), "0x" + self.owner[2:].zfill(64))
        self._own("eth", ROOT)
        self.resolver = self._transact(None, CODE["OwnedResolver"]["bytecode"])["contractAddress"]

    def give(self, name: str, address: str | None, resolver: str | None = None, **texts: str) -> None:
        """`name` (under .eth) its records; `address` None: no resolver; `resolver`: one without records."""
        self._own(name.removesuffix(".eth"), node("eth"))
        if address is None:
            return
        named = resolver or self.resolver
        self._call(REGISTRY, "setResolver(bytes32,address)", ["bytes32", "address"], [node(name), named])
        if resolver:
            return
        self._call(self.resolver, "setAddr(bytes32,address)", ["bytes32", "address"], [node(name), address])
        for key, value in texts.items():
            kinds, values = ["bytes32", "string", "string"], [node(name), key.replace("_", "."), value]
            self._call(self.resolver, "setText(bytes32,string,string)", kinds, values)

    def put(self, address: str, code: str) -> None:
        """The account has this code from now on."""
        self._ask("evm_setAccountCode", address, code)

    def _own(self, label: str, parent: bytes) -> None:
        kinds = ["bytes32", "bytes32", "address"]
        values = [parent, keccak(text=label), self.owner]
        self._call(REGISTRY, "setSubnodeOwner(bytes32,bytes32,address)", kinds, values)

    def _call(self, to: str, function: str, kinds: list[str], values: list) -> None:
        self._transact(to, "0x" + (keccak(text=function)[:4] + encode(kinds, values)).hex())

    def _transact(self, to: str | None, data: str):
        transaction = {"from": self.owner, "data": data, "gas": 6_000_000} | ({"to": to} if to else {})
        receipt = self.web3.eth.wait_for_transaction_receipt(self.web3.eth.send_transaction(transaction))
        assert receipt["status"] == 1
        return receipt

    def _ask(self, method: str, *parameters: str) -> None:
        assert "error" not in self.web3.provider.make_request(method, list(parameters))
