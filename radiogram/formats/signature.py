"""Whose a signature over a text is: EIP-191, version 0x45."""

from __future__ import annotations

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_typing import ChecksumAddress

_SIZE = 65


def signer_of(text: str, signature: bytes) -> ChecksumAddress | None:
    """The account that r ‖ s ‖ v (v is 27 or 28) gives, be it nobody's; None for what has no such form."""
    if len(signature) != _SIZE or signature[-1] not in (27, 28):  # the library takes other v too
        return None
    try:
        address: ChecksumAddress = Account.recover_message(encode_defunct(text=text), signature=signature)
    except Exception:  # eth-account's own errors have no common base
        return None
    return address
