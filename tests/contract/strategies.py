"""What tests of the contract draw from."""

from __future__ import annotations

import os

from eth_keys import keys
from eth_utils import to_checksum_address
from hypothesis import strategies as st

# How many examples, and how many steps of a state machine, where each is a transaction on a chain.
EXAMPLES, STEPS = {"quick": (6, 20), "ci": (40, 40), "deep": (250, 50)}[os.environ.get("HYPOTHESIS_PROFILE", "quick")]

P = 2**256 - 2**32 - 977  # the prime of secp256k1's field
FOREVER = 2**40 - 1
MAX_VERSION = 2**28 - 1  # of keys and of restrictions
NO_HYBRID = bytes(32)  # in place of a hybrid digest

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
envelopes = st.binary(min_size=1, max_size=200) | st.sampled_from([b"\0", b"\xef" * 154, bytes(2048), b"\xff" * 2048])


def point(secret: int) -> tuple[bytes, bytes]:
    """x and y of the public key of a private key."""
    both = keys.PrivateKey(secret.to_bytes(32, "big")).public_key.to_bytes()
    return both[:32], both[32:]


def compressed(x: bytes, y: bytes) -> bytes:
    """33 bytes: SEC 1, section 2.3.3."""
    return bytes([2 + y[-1] % 2]) + x


points = st.integers(1, 2**256 - 2**130).map(point)
