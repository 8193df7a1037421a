"""CIDs of our one form: 36 bytes inside the code, base32 outside; and the import settings that make them.

CIDv1, codec raw or dag-pb, sha2-256 (https://github.com/multiformats/cid).
"""

import base64
import re

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

CID_BYTES = 36
_FORMS = (b"\x01\x55\x12\x20", b"\x01\x70\x12\x20")  # version, codec (raw or dag-pb), hash, its length


def cid_text(cid: bytes) -> str:
    """The CID in base32, as in `bafy…` or `bafk…`. Raises IpfsError unless it is of our one form."""
    if len(cid) != CID_BYTES or not cid.startswith(_FORMS):
        raise IpfsError(f"{cid[:40].hex()} is not a CIDv1 of sha2-256")
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()  # multibase's letter for base32, RFC 4648


def cid_bytes(text: str) -> bytes:
    """The 36 bytes of a CID in base32. Raises IpfsError for any other form."""
    if re.fullmatch(r"b[a-z2-7]{58}", text):
        cid = base64.b32decode(text[1:].upper() + "======")
        if cid.startswith(_FORMS) and cid_text(cid) == text:  # the last letter has bits to spare
            return cid
    raise IpfsError(f"{text[:80]!r} is not a CID in base32")
