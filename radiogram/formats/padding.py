"""How long a bundle may be made with zeros, so that its length says less: docs/format.md, Length of a bundle."""

from __future__ import annotations

from tarfile import BLOCKSIZE


def padme(size: int) -> int:
    """The least number from `size` (at least 1) on that ends, in binary, in E - S zeros, where `size` has E + 1 binary
    digits, and E has S: Padmé (Nikitin et al., PoPETs 2019-4). That is at most 12 % more, and leaves few lengths.
    """
    exponent = size.bit_length() - 1
    step = 1 << exponent - exponent.bit_length()
    return -(-size // step) * step


def padded_bundle_bytes(size: int) -> int:
    """The length to which zeros fill a bundle of `size` bytes, which are whole blocks of 512: Padmé's of its blocks."""
    return padme(size // BLOCKSIZE) * BLOCKSIZE
