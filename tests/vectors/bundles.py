"""Bundles on which programs came to differ, byte by byte: some to be taken, some to be refused."""

import json
from collections.abc import Callable

from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram.formats import bundle, tar
from tests.formats.test_bundle import listed

END = bytes(2 * tar.BLOCK_BYTES)


def listing(*names: str, **members: object) -> dict[str, object]:
    value = {"format": "radiogram-bundle", "version": 1, "created": "2026-01-01T00:00:00+00:00"}
    return value | {"files": [listed(name) for name in names or ("a",)]} | members


def member(name: str, content: bytes = b"1") -> bytes:
    return tar.header(name, len(content)) + content + tar.padding(len(content))


def bundled(manifest: bytes | dict[str, object], files: bytes = member("files/a"), **parts: bytes) -> bytes:
    """The archive of these parts: the `manifest`, a `signature`, the `files` with their headers, and the `end`."""
    raw = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    start = member(bundle.MANIFEST_NAME, raw) + member(bundle.SIGNATURE_NAME, parts.get("signature", b""))
    return start + files + parts.get("end", END)


def nested(levels: int) -> bytes:
    """The manifest has one level itself."""
    return with_raw(b"[" * (levels - 1) + b"]" * (levels - 1))


def with_raw(value: bytes) -> bytes:
    """A manifest with a member that no version knows, spelt so."""
    return json.dumps(listing()).encode()[:-1] + b', "later": ' + value + b"}"


def summed(header: bytes, add: Callable[[bytes], int] = sum) -> bytes:
    blank = header[:148] + b" " * 8 + header[156:]
    return header[:148] + b"%06o\0 " % add(blank) + header[156:]


def with_field(start: int, value: bytes, content: bytes = b"1") -> bytes:
    """A file whose header has something else in a place."""
    header = tar.header("files/a", len(content))
    return summed(header[:start] + value + header[start + len(value) :]) + content + tar.padding(len(content))


def extended(records: bytes) -> bytes:
    header = tar.header("././@PaxHeader", len(records))
    return summed(header[:156] + b"x" + header[157:]) + records + tar.padding(len(records)) + member("files/a")


def signature(private_key: bytes, last: int) -> bytes:
    """A good one of the plain manifest, but for its last byte."""
    text = encode_defunct(text=bundle.signing_text(json.dumps(listing()).encode()))
    return bytes(Account.sign_message(text, private_key).signature)[:64] + bytes([last])


def signed_sum(header: bytes) -> int:
    return sum(byte - 256 if byte > 127 else byte for byte in header)


def taken(private_key: bytes) -> list[tuple[str, str, bytes]]:
    """Why, the name of the one file (which holds `1`), and the bundle; none is signed by anybody who can be named."""
    return [
        *(
            (
                f"a signature that gives no account: v is {v}",
                "a",
                bundled(listing(), signature=signature(private_key, v)),
            )
            for v in (0, 1, 29, 31, 35, 255)
        ),
        ("a signature that gives no account: zeros", "a", bundled(listing(), signature=bytes(65))),
        ("a name that is no device", "conın$", bundled(listing("conın$"), member("files/conın$"))),
        ("a header with junk in fields that say nothing", "a", bundled(listing(), with_field(100, b"\xff" * 24))),
        ("an owner's name that is not UTF-8", "a", bundled(listing(), with_field(265, b"\xff" * 32))),
        ("a size among spaces", "a", bundled(listing(), with_field(124, b"   1       \0"))),
        ("an extended header with a zero in a comment", "a", bundled(listing(), extended(b"15 comment=\0ab\n"))),
        ("a manifest with a byte order mark", "a", bundled(b"\xef\xbb\xbf" + json.dumps(listing()).encode())),
        ("a manifest of 200 levels", "a", bundled(nested(200))),
        ("a manifest with a number of 5,000 digits", "a", bundled(with_raw(b"9" * 5000))),
        ("a version with a decimal point", "a", bundled(listing(version=1.0))),
    ]


def refused() -> list[tuple[str, bytes]]:
    latin = tar.header("files/a", 1).replace(b"files/a\0\0", "files/ä".encode() + b"\0")
    text = json.dumps(listing())
    return [
        ("one block of zeros at the end", bundled(listing(), end=bytes(512))),
        ("another member behind the zeros", bundled(listing(), end=END + member("files/b") + END)),
        ("junk behind the zeros", bundled(listing(), end=END + bytes(600) + b"1")),
        ("junk in the second block of zeros", bundled(listing(), end=bytes(1023) + b"1")),
        ("a size in base 256", bundled(listing(), with_field(124, b"\x80" + bytes(10) + b"\x01"))),
        ("a size with a prefix", bundled(listing(), with_field(124, b"0o1\0" + bytes(8)))),
        ("a size among line feeds", bundled(listing(), with_field(124, b"\n1\n\0" + bytes(8)))),
        ("a checksum of signed bytes", bundled(listing("ä"), summed(latin, signed_sum) + b"1" + bytes(511))),
        ("an extended header with a nameless record", bundled(listing(), extended(b"6 =ab\n"))),
        ("an extended header with a length of nine digits", bundled(listing(), extended(b"000000021 comment=ab\n"))),
        ("an extended header without a space", bundled(listing(), extended(b"00000020xcomment=ab\n"))),
        ("a manifest in UTF-16", bundled(text.encode("utf-16"))),
        ("a manifest in UTF-32", bundled(text.encode("utf-32-le"))),
        ("a manifest with NaN", bundled(with_raw(b"NaN"))),
        ("a manifest with Infinity", bundled(with_raw(b"-Infinity"))),
        ("a manifest with a surrogate in UTF-8", bundled(with_raw(b'"\xed\xa0\x80"'))),
        ("a manifest of 201 levels", bundled(nested(201))),
        ("a version that is true", bundled(listing(version=True))),
        ("a device to Windows before a line separator", bundled(listing("con.\u2028"), member("files/con.\u2028"))),
        ("a signature of 64 bytes", bundled(listing(), signature=bytes(64))),
    ]
