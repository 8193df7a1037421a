"""CIDs of our one form: 36 bytes inside the code, base32 outside; and the import settings that make them.

CIDv1, codec raw or dag-pb, sha2-256 (https://github.com/multiformats/cid).
"""

import re

import cid as py_cid

from radiogram.errors import IpfsError
from radiogram.ipfs.unixfs import CHUNK_BYTES, MAX_LINKS

IMPORT = {  # docs/format.md, Ciphertext: so a CID depends on the bytes alone, whatever the node's owner has set
    "cid-version": "1",
    "hash": "sha2-256",
    "raw-leaves": "true",
    "chunker": f"size-{CHUNK_BYTES}",
    "max-file-links": str(MAX_LINKS),
    "pin": "true",
    "quieter": "true",  # one reply, and no progress lines
}


def cid_text(cid: bytes) -> str:
    """The CID in base32, as in `bafy…` or `bafk…`. Raises IpfsError unless it is of our one form."""
    try:
        made = py_cid.make_cid(cid)
        ours = (
            made.version == 1
            and made.codec in ("raw", "dag-pb")
            and made.multihash.startswith(b"\x12\x20")  # sha2-256, 32 bytes
            and made.buffer == cid
        )
    except Exception as error:  # py-cid raises what its parts raise
        raise IpfsError(f"{cid[:40].hex()} is not a CID") from error
    if not ours:
        raise IpfsError(f"{cid[:40].hex()} is not a CIDv1 of sha2-256")
    return str(made.encode("base32").decode())


def cid_bytes(text: str) -> bytes:
    """The 36 bytes of a CID in base32. Raises IpfsError for any other form."""
    if not re.fullmatch(r"b[a-z2-7]{58}", text):  # base58, which is not taken, would take minutes for a long text
        raise IpfsError(f"{text[:80]!r} is not a CID in base32")
    try:
        made = bytes(py_cid.make_cid(text).buffer)
    except Exception as error:
        raise IpfsError(f"{text!r} is not a CID") from error
    if cid_text(made) != text:
        raise IpfsError(f"{text!r} is not a CID in base32")
    return made
