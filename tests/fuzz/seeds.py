"""Inputs that fuzzing begins with: well-formed ones, and some that once were found to do harm."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

import ecies
import pydicom
from ecies.config import Config
from eth_abi.abi import encode
from eth_account import Account
from eth_account.hdaccount.mnemonic import Mnemonic

from radiogram.chain.events import InboxRestricted, KeyRegistered, SenderApproved, Sent, Skipped
from radiogram.formats import bundle, ciphertext, key_card, key_file, key_packet
from radiogram.formats.envelope import PacketReference, seal
from radiogram.formats.hybrid_key import hybrid_recipient_of
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from radiogram.formats.keys import Keys
from radiogram.formats.public_key import public_key_of
from radiogram.formats.source_files import read_study
from tests.chain.logs import log_of
from tests.ipfs.dag_blocks import blocks_of
from tests.ipfs.test_car import car_of

ADDRESS = "0x" + "11" * 20
CONTEXT = Context(1, ADDRESS, ADDRESS, ADDRESS)
PRIVATE_KEY, HYBRID_SECRET, PASSPHRASE = b"\x01" * 32, b"\x02" * 32, "a passphrase"
REFERENCE = KeyReference(bytes(range(32)), 1234, raw_cid(b"ciphertext"))
CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
VECTORS = Path(__file__).parents[1] / "vectors"
SAMPLES = Path(pydicom.__path__[0]) / "data" / "test_files"
DICOM_LIMIT = 10_000  # bytes of a file to begin with


def sealed(plaintext: bytes) -> bytes:
    config = Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)
    return bytes(ecies.encrypt(public_key_of(PRIVATE_KEY), plaintext, config))


def envelopes() -> list[bytes]:
    return [
        seal(each, public_key_of(PRIVATE_KEY), CONTEXT) for each in (REFERENCE, PacketReference(raw_cid(b"packet")))
    ]


def envelope_plaintexts() -> list[bytes]:
    return [REFERENCE.to_bytes(CONTEXT), b"\x02" + CONTEXT.digest() + raw_cid(b"packet")]


@cache
def ciphertexts() -> list[bytes]:
    encrypted = b"".join(ciphertext.encrypt([b"a study" * 20], PRIVATE_KEY))
    return [encrypted, b"age-encryption.org/v1\n" + b"-> X25519 AA\nAA\n" * 1000 + b"--- \n"]


@cache
def age_files() -> list[bytes]:
    packet = key_packet.seal_key_packet(REFERENCE, hybrid_recipient_of(HYBRID_SECRET), CONTEXT)
    return [packet, *key_files()[:1], *ciphertexts()]


@cache
def bundles() -> list[bytes]:
    with tempfile.TemporaryDirectory() as top:
        study = Path(top) / "study"
        (study / "series").mkdir(parents=True)
        (study / "image").write_bytes(b"DICM" * 200)
        (study / "series" / ("ü" * 110)).write_bytes(b"")  # a name that takes a PAX header
        return [b"".join(bundle.pieces(read_study([study]), b"\x11" * 65))]


def manifests() -> list[bytes]:
    entry = {"name": "a/b.dcm", "bytes": 3, "sha256": "00" * 32, "media_type": "application/dicom"}
    patient = {"name": "Roe^Jane=山田", "birth_date": "1962-03-14", "sex": "F", "id": "7"}
    series = {"uid": "1.2", "number": 1, "modality": "CT", "body_part": "CHEST", "images": 2, "frames": 2}
    study = {"patient": patient, "uid": "1", "date": "2026-11-26", "description": "x", "series": [series]}
    whole = {
        **{"format": "radiogram-bundle", "version": 1, "created": "2026-11-26T00:00:00Z"},
        **{"sender_label": "A clinic", "studies": [study], "files": [entry]},
    }
    return [json.dumps(whole).encode()]


@cache
def key_cards() -> list[bytes]:
    keys = Keys(PRIVATE_KEY, HYBRID_SECRET).public()
    texts = (key_card.key_code(keys), "0x" + keys.public_key.hex(), key_card.card_link("https://a.example", keys, "A"))
    return [key_card.encode_card(keys, "Grace"), *(text.encode() for text in texts)]


@cache
def key_files() -> list[bytes]:
    words = Mnemonic().to_mnemonic(bytes(32))
    return [
        key_file.encode_key_file(words, PASSPHRASE, 10),
        words.encode(),
        PRIVATE_KEY.hex().encode(),
        *(json.dumps(Account.encrypt(PRIVATE_KEY, PASSPHRASE, kdf, 2)).encode() for kdf in ("scrypt", "pbkdf2")),
    ]


@cache
def clinic_cards() -> list[bytes]:
    read = json.loads((VECTORS / "clinic_card.json").read_text())["read"]
    return [each[form].encode() for each in read for form in ("card", "link")]


@cache
def signed_acts() -> list[bytes]:
    vectors = json.loads((VECTORS / "signed_act.json").read_text())
    files = (each.get("file") for group in vectors.values() if isinstance(group, list) for each in group)
    return [each.encode() if isinstance(each, str) else json.dumps(each).encode() for each in files if each]


def ipfs_replies() -> list[bytes]:
    added = json.dumps({"Name": "bundle", "Hash": CID, "Size": "1234"}).encode()
    return [
        b"1234\n" + added,
        f"https://{CID}.ipfs.node.example/\n".encode() + json.dumps({"Message": "could not find", "Code": 0}).encode(),
    ]


def chain_replies() -> list[bytes]:
    """Data as `count`, `keyOf`, `message` and `page` return it, and refusals as nodes put them."""
    message = (ADDRESS, 1_800_000_000, 1, 3, ADDRESS, envelopes()[0])
    kind = "(address,uint40,uint32,uint8,address,bytes)"
    refused = {"code": 3, "message": "execution reverted", "data": "0x08c379a0" + encode(["string"], ["no"]).hex()}
    return [
        encode(["uint256"], [3]),
        encode(["uint256", "bytes", "bytes32"], [1, public_key_of(PRIVATE_KEY), bytes(32)]),
        encode([kind], [message]),
        encode([f"{kind}[]", "address"], [[message, message], ADDRESS]),
        json.dumps({"jsonrpc": "2.0", "id": 1, "error": refused}).encode(),
        json.dumps({"jsonrpc": "2.0", "id": 1, "result": None}).encode(),
    ]


def chain_logs() -> list[bytes]:
    events = [
        Sent(ADDRESS, ADDRESS, 3),
        Skipped(ADDRESS, ADDRESS, 0, b"\x01\x02\x03\x04"),
        KeyRegistered(ADDRESS, 1, public_key_of(PRIVATE_KEY), bytes(31) + b"\x01"),
        InboxRestricted(ADDRESS, True, 1),
        SenderApproved(ADDRESS, ADDRESS, 1_900_000_000, 1),
    ]
    return [json.dumps(log_of(each, address=ADDRESS)).encode() for each in events]


def cids() -> list[bytes]:
    return [CID.encode(), raw_cid(b""), b"QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR"]


def cars() -> list[bytes]:
    """Of a study in three chunks and a key packet; and those of others that are to be read."""
    packet = b"age-encryption.org/v1\n and so on"
    study = packet + bytes(range(256)) * 16
    root, blocks = blocks_of(study, 1500, 2)
    of_two = car_of(*blocks.items(), (raw_cid(packet), packet), roots=[root, raw_cid(packet)])
    return [of_two, car_of((raw_cid(packet), packet), roots=[raw_cid(packet)]), car_of(*blocks.items(), roots=[root])]


def questions() -> list[bytes]:
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": ADDRESS, "data": "0x"}, "latest"]}
    return [json.dumps(call).encode(), json.dumps([call, {**call, "method": "eth_chainId"}]).encode()]


def uploads() -> list[bytes]:
    head = b'Content-Disposition: form-data; name="file"; filename="bundle"\r\nContent-Type: application/octet-stream'
    return [b"b\n--b\r\n" + head + b"\r\n\r\nage-encryption.org/v1\r\n--b--\r\n"]


@cache
def dicom_files() -> list[bytes]:
    """The smallest of pydicom's samples; with the broken ones among them."""
    files = [path for path in SAMPLES.rglob("*") if path.is_file() and path.stat().st_size <= DICOM_LIMIT]
    return [path.read_bytes() for path in sorted(files) if path.suffix in ("", ".dcm")]


def texts() -> list[bytes]:
    return [text.encode() for text in ("Roe^Jane^A^Dr=山田^太郎", "2026-11-26", "a\x1b[31m\u202eb\u0085", "שלום\u200f")]
