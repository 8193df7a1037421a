"""Asserts which error a call is refused with, and its values: Ape's `reverts` takes any error that was not decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ape.exceptions import ContractLogicError, CustomError
from eth_abi import decode
from eth_utils import keccak, to_checksum_address


@contextmanager
def reverts(error: type[CustomError], **values: Any) -> Iterator[None]:
    """The call inside is refused with this error of the contract and with exactly these values."""
    with pytest.raises(ContractLogicError) as refusal:
        yield
    assert _read(refusal.value, error) == (error.__name__, values)


def _read(refusal: ContractLogicError, expected: type[CustomError]) -> tuple[str, dict[str, Any]]:
    """Name and values of the error that a call was refused with."""
    if isinstance(refusal, CustomError):
        return type(refusal).__name__, dict(refusal.inputs)
    # Ape leaves what Anvil answers to a call as it is.
    raw = re.fullmatch("custom error 0x([0-9a-f]{8}): ([0-9a-f]*)", str(refusal.revert_message))
    if not raw or bytes.fromhex(raw[1]) != keccak(text=expected.abi.selector)[:4]:
        return str(refusal), {}
    found = decode([i.canonical_type for i in expected.abi.inputs], bytes.fromhex(raw[2]))
    names = {
        i.name: to_checksum_address(v) if i.canonical_type == "address" else v
        for i, v in zip(expected.abi.inputs, found, strict=True)
    }
    return expected.__name__, names
