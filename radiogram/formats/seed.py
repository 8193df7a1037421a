"""The 24 words that both keys of a person come from: docs/format.md, Seed."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_account.hdaccount import ETHEREUM_DEFAULT_PATH, key_from_seed
from eth_account.hdaccount.mnemonic import Mnemonic

from radiogram.errors import SeedChecksumError, SeedLengthError, SeedListError
from radiogram.formats.hybrid_key import SECRET_BYTES
from radiogram.formats.keys import Keys

SEED_WORDS = 24
_HYBRID_INFO = b"radiogram hybrid key v1"


def new_seed_words() -> str:
    """24 words of 32 fresh random bytes (BIP-39), in lower case with one space between two."""
    return Mnemonic().generate(SEED_WORDS)


def keys_of_words(text: str) -> Keys:
    """Both keys of 24 words, in either case and with any white space between them.

    Raises SeedLengthError, SeedListError, SeedChecksumError. No error repeats a word.
    """
    seed = Mnemonic.to_seed(_checked(text))
    hybrid_secret = HKDF(SHA256(), SECRET_BYTES, None, _HYBRID_INFO).derive(seed)
    return Keys(key_from_seed(seed, ETHEREUM_DEFAULT_PATH), hybrid_secret)


def _checked(text: str) -> str:
    words = text.lower().split()
    if len(words) != SEED_WORDS:
        raise SeedLengthError(f"a seed has {SEED_WORDS} words, not {len(words)}", "look at the sheet again")
    listed = Mnemonic()
    for place, word in enumerate(words, start=1):
        if word not in listed.wordlist:
            raise SeedListError(
                f"word {place} of the seed is not in the English list of BIP-39", "look at the sheet again"
            )
    if not listed.is_mnemonic_valid(" ".join(words)):
        raise SeedChecksumError(
            "the words of the seed do not belong together (their checksum is wrong)",
            "one is another word, or two changed places: look at the sheet again",
        )
    return " ".join(words)
