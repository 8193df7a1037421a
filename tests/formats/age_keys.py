"""Keys as age spells them."""

import bech32


def age_identity(content_key: bytes) -> str:
    """A content key as `AGE-SECRET-KEY-1…`: with it, stock `age -d -i` decrypts."""
    return bech32.bech32_encode("age-secret-key-", bech32.convertbits(content_key, 8, 5)).upper()
