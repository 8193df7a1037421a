"""Where the inbox contract is, and putting it there: the same address on every chain.

CREATE2 (EIP-1014) through the common deterministic-deployment factory, salt 0: the address depends on the contract's
bytes alone, so there is nothing to configure and nobody to trust.
"""

from __future__ import annotations

from ape.api import AccountAPI, ProviderAPI, ReceiptAPI
from ape.exceptions import ApeException
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from radiogram.errors import InboxError

FACTORY = to_checksum_address("0x4e59b44847b379578588920cA78FbF26c0B4956C")
SALT = bytes(32)
_FACTORY_SIGNER = to_checksum_address("0x3fAB184622Dc19b6109349B94811493BF2a45362")
_FACTORY_FEE = 10**16  # wei: 100,000 gas at the 100 gwei that its transaction was signed for
# The factory's own deployment, signed once with a key that nobody has (Nick's method), valid on every chain.
_FACTORY_TRANSACTION = bytes.fromhex(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba022222222"
    "22222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222"
)


def deterministic_address(initcode: bytes) -> ChecksumAddress:
    """Last 20 bytes of keccak256(0xff ‖ factory ‖ salt ‖ keccak256(initcode)) (EIP-1014)."""
    return to_checksum_address(keccak(b"\xff" + bytes.fromhex(FACTORY[2:]) + SALT + keccak(initcode))[12:])


def is_deployed(provider: ProviderAPI, address: ChecksumAddress) -> bool:
    """True if there is code at `address`."""
    return len(bytes(provider.get_code(address))) > 0


def deploy(provider: ProviderAPI, initcode: bytes, account: AccountAPI) -> ReceiptAPI | None:
    """Put the contract at its address, paid by `account`; None if it is there already. Raises InboxError."""
    address = deterministic_address(initcode)
    if is_deployed(provider, address):
        return None
    try:
        if not is_deployed(provider, FACTORY):
            _deploy_factory(provider, account)
        receipt = account.transfer(FACTORY, 0, data=SALT + initcode)
    except ApeException as error:
        raise InboxError(f"the contract could not be deployed: {' '.join(str(error).split())}") from error
    if not is_deployed(provider, address):
        raise InboxError(f"the factory {FACTORY} put nothing at {address}", "is it another contract on this chain?")
    return receipt


def _deploy_factory(provider: ProviderAPI, account: AccountAPI) -> None:
    if not provider.network.is_dev:
        raise InboxError(
            f"there is no deployment factory at {FACTORY} on this chain",
            "its keyless deployment comes first (github.com/Arachnid/deterministic-deployment-proxy)",
        )
    account.transfer(_FACTORY_SIGNER, _FACTORY_FEE)
    provider.web3.eth.send_raw_transaction(_FACTORY_TRANSACTION)
