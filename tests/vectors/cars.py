"""CAR files: of a message, as others write them, and bad ones."""

import base64
import hashlib
import io
from typing import Any

from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs.car import write_car
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.unixfs import varint

OTHER = b"of another file"


def cars(bundle: dict[str, Any], packet: dict[str, Any]) -> dict[str, object]:
    """`bundle` and `packet` are the vectors of a message's study and key packet."""
    study, sealed = (base64.b64decode(each) for each in (bundle["ciphertext"], packet["packet"]))
    good = car([study, sealed], study, sealed)
    entry = len(good) - len(car([study, sealed], study))
    read = [
        ("a message, as programs write it", good, [study, sealed], [study, sealed]),
        ("the study alone, as ipfs dag export writes it", car([study], study), [study], [study]),
        ("other files among the blocks", car([study], OTHER, sealed, study), [study], [study, sealed]),
        ("a header that names nothing", car([], study), [], [study]),
    ]
    refuse = [
        ("empty", b""),
        ("the study itself, in no CAR file", study),
        ("version 2", bytes.fromhex("0aa16776657273696f6e02") + bytes(40) + good),
        ("cut short", good[:-1]),
        ("cut short in a CID", good[: 20 - entry]),
        ("padded with zeros", good + bytes(512)),
        ("a length that could be shorter", car([study]) + b"\xb3\x00" + raw_cid(OTHER) + OTHER),
        ("a length of too many bytes", car([study]) + b"\xff" * 9 + b"\x01" + raw_cid(OTHER) + OTHER),
        ("a block that would have 2,097,153 bytes", car([study]) + varint((1 << 21) + 37) + raw_cid(OTHER) + OTHER),
        ("a CID of version 0", car([study]) + varint(34 + len(OTHER)) + raw_cid(OTHER)[2:] + OTHER),
    ]
    return {
        "read": [
            {
                "why": why,
                "car": base64.b64encode(data).decode(),
                "roots": [cid_text(raw_cid(each)) for each in roots],
                "files": {cid_text(raw_cid(each)): hashlib.sha256(each).hexdigest() for each in files},
            }
            for why, data, roots, files in read
        ],
        "refuse": [{"why": why, "car": base64.b64encode(data).decode()} for why, data in refuse],
    }


def car(roots: list[bytes], *files: bytes) -> bytes:
    """Of files of one block each."""
    sink = io.BytesIO()
    write_car(sink, [raw_cid(each) for each in roots], ((raw_cid(each), each) for each in files))
    return sink.getvalue()
