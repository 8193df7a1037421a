"""What opens a study, in 93 bytes, and the context that ties it to its message: docs/format.md, Key reference."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from radiogram.errors import EnvelopeError

VERSION = 1
CONTEXT_BYTES = 16
CONTENT_KEY_BYTES = 32
SIZE_BYTES = 8
CID_BYTES = 36
REFERENCE_BYTES = 1 + CONTEXT_BYTES + CONTENT_KEY_BYTES + SIZE_BYTES + CID_BYTES
RAW_CID_PREFIX = bytes.fromhex("01551220")
"""What the CID of one raw block begins with: CIDv1, raw, SHA-256 of 32 bytes. The digest of the bytes follows."""
NODE_CID_PREFIX = bytes.fromhex("01701220")
"""The same for a node (dag-pb), which a file of several blocks has on top."""
CONTEXT_TYPEHASH = keccak(b"RadiogramEnvelope(uint256 chainId,address inbox,address sender,address recipient)")


@dataclass(frozen=True)
class Context:
    """Where a message belongs; what is sealed for it does not open anywhere else."""

    chain_id: int
    inbox: ChecksumAddress
    sender: ChecksumAddress
    recipient: ChecksumAddress

    def digest(self) -> bytes:
        """First 16 bytes of keccak256(abi.encode(CONTEXT_TYPEHASH, chainId, inbox, sender, recipient))."""
        values = (CONTEXT_TYPEHASH, self.chain_id, self.inbox, self.sender, self.recipient)
        return keccak(encode(["bytes32", "uint256", "address", "address", "address"], values))[:CONTEXT_BYTES]


@dataclass(frozen=True)
class KeyReference:
    """How to find the ciphertext of a study, and the key to it."""

    content_key: bytes = field(repr=False)
    """X25519 secret scalar, 32 bytes."""
    ciphertext_bytes: int
    """Size of the ciphertext; no more is ever downloaded."""
    cid: bytes
    """Binary CIDv1 of the ciphertext, 36 bytes."""

    def to_bytes(self, context: Context) -> bytes:
        """The 93 bytes that are sealed. Raises EnvelopeError for members of other sizes."""
        if len(self.content_key) != CONTENT_KEY_BYTES:
            raise EnvelopeError(f"the content key must have {CONTENT_KEY_BYTES} bytes")
        if not is_cid(self.cid):
            raise EnvelopeError(f"the CID must be one of {CID_BYTES} bytes, raw or dag-pb, of SHA-256")
        size = self.ciphertext_bytes.to_bytes(SIZE_BYTES, "big")
        return bytes([VERSION]) + context.digest() + self.content_key + size + self.cid


def parse_key_reference(data: bytes) -> tuple[bytes, KeyReference] | None:
    """The digest of a context (16 bytes) that `data` names, and what else it says; None if it is of another format."""
    if len(data) != REFERENCE_BYTES or data[0] != VERSION:
        return None
    context, content_key, size, cid = split(data[1:], CONTEXT_BYTES, CONTENT_KEY_BYTES, SIZE_BYTES, CID_BYTES)
    if not is_cid(cid):
        return None
    return context, KeyReference(content_key, int.from_bytes(size, "big"), cid)


def is_cid(cid: bytes) -> bool:
    """Whether it is a CID of the one form that a ciphertext has."""
    return len(cid) == CID_BYTES and cid.startswith((RAW_CID_PREFIX, NODE_CID_PREFIX))


def raw_cid(data: bytes) -> bytes:
    """The CID of `data` as one raw block, 36 bytes."""
    return RAW_CID_PREFIX + hashlib.sha256(data).digest()


def split(data: bytes, *sizes: int) -> list[bytes]:
    """`data` in parts of these sizes."""
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [data[end - size : end] for end, size in zip(ends, sizes, strict=True)]
