"""Writes the vectors of this folder: `python tests/vectors/make.py`, from the project's folder."""

import base64
import dataclasses
import io
import json
import sys
import tempfile
from pathlib import Path

import ecies
from ecies.config import Config
from eth_account import Account
from eth_account.messages import encode_defunct

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from radiogram import bundle, ciphertext
from radiogram.envelope import Contents, Context, seal
from radiogram.keys import address_of, public_key_of
from tests.formats.test_bundle import crafted, listed, named

FOLDER = Path(__file__).parent
# The first three accounts of the mnemonic that Ganache and Anvil start with.
SENDER, RECIPIENT, STRANGER = (
    bytes.fromhex(key)
    for key in (
        "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    )
)
CONTEXT = Context(1337, "0x" + "1B" * 20, address_of(public_key_of(SENDER)), address_of(public_key_of(RECIPIENT)))
CID = bytes.fromhex("01701220") + bytes(range(32))


def hexed(**values: object) -> dict[str, object]:
    return {k: "0x" + v.hex() if isinstance(v, bytes) else v for k, v in values.items()}


def envelopes() -> dict[str, object]:
    public_key = public_key_of(RECIPIENT)
    cases = [
        Contents(bytes(range(1, 33)), 6_209_345, CID),
        Contents(b"\xff" * 32, 0, bytes.fromhex("01551220") + b"\xee" * 32),
        Contents(bytes(32), 2**64 - 1, CID),
    ]
    context = dataclasses.asdict(CONTEXT)
    opened = []
    for contents in cases:
        for _ in range(2):
            said = hexed(content_key=contents.content_key, cid=contents.cid)
            said["ciphertext_bytes"] = str(contents.ciphertext_bytes)
            opened.append(
                hexed(
                    envelope=seal(contents, public_key, CONTEXT),
                    private_key=RECIPIENT,
                    context=context,
                    context_digest=CONTEXT.digest(),
                    contents=said,
                )
            )
    good = seal(cases[0], public_key, CONTEXT)
    config = Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)

    def sealed(plaintext: bytes) -> bytes:
        return ecies.encrypt(public_key, plaintext, config)

    v1 = b"\x01" + CONTEXT.digest()
    tail = cases[0].content_key + (1).to_bytes(8, "big") + CID
    flipped = good[:45] + bytes([good[45] ^ 1]) + good[46:]
    hybrid = Account.from_key(SENDER)._key_obj.public_key.to_bytes()
    refused = [
        ("another private key", "WrongKeyError", good, STRANGER, CONTEXT),
        ("a bit of the tag flipped", "WrongKeyError", flipped, RECIPIENT, CONTEXT),
        ("last byte missing", "WrongKeyError", good[:-1], RECIPIENT, CONTEXT),
        ("a byte more", "WrongKeyError", good + b"\x00", RECIPIENT, CONTEXT),
        ("no bytes", "EnvelopeError", b"", RECIPIENT, CONTEXT),
        ("ephemeral key alone", "EnvelopeError", good[:33], RECIPIENT, CONTEXT),
        ("uncompressed ephemeral key", "EnvelopeError", b"\x04" + hybrid + good[33:], RECIPIENT, CONTEXT),
        ("hybrid ephemeral key", "EnvelopeError", b"\x06" + hybrid + good[33:], RECIPIENT, CONTEXT),
        ("version 2", "EnvelopeError", sealed(b"\x02" + CONTEXT.digest() + tail), RECIPIENT, CONTEXT),
        ("a plaintext too short", "EnvelopeError", sealed(v1 + tail[:-1]), RECIPIENT, CONTEXT),
        ("a plaintext too long", "EnvelopeError", sealed(v1 + tail + b"\x00"), RECIPIENT, CONTEXT),
    ]  # fmt: skip
    other = "0x" + "22" * 20
    for field, value in (("chain_id", 1), ("inbox", other), ("sender", other), ("recipient", other)):
        moved = dataclasses.replace(CONTEXT, **{field: value})
        refused.append((f"copied to another {field}", "WrongContextError", good, RECIPIENT, moved))
    return {
        "open": opened,
        "refuse": [
            hexed(why=why, error=error, envelope=data, private_key=key, context=dataclasses.asdict(where))
            for why, error, data, key, where in refused
        ],
    }


def public_keys() -> dict[str, object]:
    key = Account.from_key(RECIPIENT)._key_obj.public_key
    compressed, bare = key.to_compressed_bytes().hex(), key.to_bytes().hex()
    return {
        "read": [
            {"text": text, "public_key": "0x" + compressed, "address": key.to_checksum_address()}
            for text in (compressed, "0x" + compressed, "0X" + compressed.upper(), bare, "04" + bare, "0x04" + bare)
        ],
        "refuse": [
            {"why": "empty", "text": ""},
            {"why": "a private key", "text": "0x" + RECIPIENT.hex()},
            {"why": "hybrid encoding", "text": "06" + bare},
            {"why": "hybrid encoding", "text": "07" + bare},
            {"why": "unknown first byte", "text": "05" + compressed[2:]},
            {"why": "not on the curve", "text": "02" + "00" * 31 + "05"},
            {"why": "not on the curve", "text": "04" + "11" * 64},
            {"why": "one digit short", "text": compressed[:-1]},
            {"why": "an address", "text": key.to_checksum_address()},
        ],
    }


def bundles() -> dict[str, object]:
    content_key = bytes(range(100, 132))

    def case(data: bytes, **rest: object) -> dict[str, object]:
        sink = io.BytesIO()
        ciphertext.encrypt(io.BytesIO(data), sink, content_key)
        return hexed(content_key=content_key, ciphertext=base64.b64encode(sink.getvalue()).decode(), **rest)

    with tempfile.TemporaryDirectory() as name:
        study = Path(name) / "ct"
        study.mkdir()
        contents = {"1.dcm": bytes(128) + b"DICM", "Müller – 中.txt": b"not Latin", "empty": b""}
        for file, data in contents.items():
            (study / file).write_bytes(data)
        files = [
            {"name": f"ct/{file}", "content": base64.b64encode(contents[file]).decode()} for file in sorted(contents)
        ]
        read = bundle.read_study([study])
        text = encode_defunct(text=bundle.signing_text(read.manifest.to_bytes()))
        signature = bytes(Account.sign_message(text, SENDER).signature)
        with bundle.open_bundle(read, signature) as signed, bundle.open_bundle(read, b"") as unsigned:
            good = [
                case(signed.read(), files=files, signed_by=address_of(public_key_of(SENDER))),
                case(unsigned.read(), files=files, signed_by=None),
            ]
    one = (named("files/a"), b"1")
    refused = [
        ("a name that leads out", crafted((named("files/../a"), b"1"), files=[listed("../a")])),
        ("an absolute name", crafted((named("files//a"), b"1"), files=[listed("/a")])),
        ("a symbolic link", crafted((named("files/a", b"2", "/etc/passwd"), b""), files=[listed("a", b"")])),
        ("a hard link", crafted((named("files/a", b"1", "manifest.json"), b""), files=[listed("a", b"")])),
        ("a file that is not listed", crafted(one, (named("files/b"), b"2"), files=[listed("a")])),
        ("a listed file that is missing", crafted(one, files=[listed("a"), listed("b")])),
        ("another size than listed", crafted((named("files/a"), b"12"), files=[listed("a")])),
        ("another digest than listed", crafted((named("files/a"), b"2"), files=[listed("a")])),
        ("a name twice", crafted(one, one, files=[listed("a"), listed("a")])),
        ("names that differ in case", crafted(one, (named("files/A"), b"1"), files=[listed("a"), listed("A")])),
        ("version 2", crafted(one, files=[listed("a")], version=2)),
        ("another format", crafted(one, files=[listed("a")], format="zip")),
        ("cut short", crafted(one, files=[listed("a")])[:1800]),
        ("no tar at all", b"GIF89a" + bytes(600)),
    ]
    return {"unpack": good, "refuse": [case(data, why=why, error="BundleError") for why, data in refused]}


if __name__ == "__main__":
    made = {"envelope.json": envelopes(), "public_key.json": public_keys(), "bundle.json": bundles()}
    for name, value in made.items():
        (FOLDER / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
