"""The keys of a person: those that open, and the public halves that others seal to."""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from radiogram.formats.hybrid_key import hybrid_digest, hybrid_recipient_of
from radiogram.formats.public_key import address_of, fingerprint, public_key_of


@dataclass(frozen=True)
class PublicKeys:
    """What others seal to. A hybrid recipient comes with its digest; the digest may come alone."""

    public_key: bytes
    """secp256k1, 33 compressed bytes."""
    hybrid_digest: bytes | None = None
    """32 bytes; None: there is no hybrid key, so that nothing sealed to it is quantum-safe."""
    hybrid_recipient: str | None = None
    """`age1pq1…`"""

    @property
    def address(self) -> ChecksumAddress:
        """The account that the public key determines."""
        return address_of(self.public_key)

    @property
    def words(self) -> tuple[str, ...]:
        """The six words that cover both keys: docs/format.md, Fingerprint."""
        return fingerprint(self.public_key, self.hybrid_digest)


@dataclass(frozen=True)
class Keys:
    """What opens messages."""

    private_key: bytes = field(repr=False)
    """secp256k1, 32 bytes."""
    hybrid_secret: bytes | None = field(default=None, repr=False)
    """32 bytes; None where the private key is not from a seed."""

    def public(self) -> PublicKeys:
        """Their public halves."""
        public_key = public_key_of(self.private_key)
        if self.hybrid_secret is None:
            return PublicKeys(public_key)
        recipient = hybrid_recipient_of(self.hybrid_secret)
        return PublicKeys(public_key, hybrid_digest(recipient), recipient)
