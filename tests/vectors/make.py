"""Writes the vectors of this folder, or of a copy: `python tests/vectors/make.py [COPY]`, from the project's folder."""

import base64
import dataclasses
import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path

import ecies
from coincurve.utils import GROUP_ORDER_INT
from ecies.config import Config
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_defunct
from eth_utils.address import to_checksum_address

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from radiogram.dicom.display import shown_name
from radiogram.formats import bundle, ciphertext, source_files
from radiogram.formats.derived_key import key_from_signature, key_request, key_typed_data
from radiogram.formats.envelope import seal
from radiogram.formats.key_reference import Context, KeyReference
from radiogram.formats.padding import padded_bundle_bytes
from radiogram.formats.public_key import address_of, coordinates, fingerprint, public_key_of
from radiogram.formats.signed_act import (
    Acknowledge,
    Act,
    ApproveSender,
    RegisterKey,
    RestrictInbox,
    SignedAct,
    signable,
    typed_data,
)
from radiogram.formats.signed_share import SignedShare, signing_text
from radiogram.formats.unix_time import FOREVER
from tests.formats.test_bundle import crafted, listed, named
from tests.ipfs.only_hash import only_hash, pattern
from tests.vectors import bundles as differing
from tests.vectors import clinic, contacts, suite_2
from tests.vectors.bundle_orders import bundle_orders
from tests.vectors.cars import cars
from tests.vectors.mailboxes import mailboxes
from tests.vectors.receipts import receipts

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


def envelopes(bundle_vector: dict[str, str]) -> dict[str, object]:
    """The last to be opened is of this bundle."""
    public_key = public_key_of(RECIPIENT)
    cases = [
        KeyReference(bytes(range(1, 33)), 6_209_345, CID),
        KeyReference(b"\xff" * 32, 0, bytes.fromhex("01551220") + b"\xee" * 32),
        KeyReference(bytes(32), 2**64 - 1, CID),
        contents_of(bundle_vector),
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


def envelopes_with_bad_cids() -> list[dict[str, object]]:
    cids = {
        "a CID of zeros": bytes(36),
        "a CID of another codec": bytes.fromhex("01711220") + bytes(32),
        "a CID of another hash": bytes.fromhex("01551b20") + bytes(32),
        "a CIDv0 and two bytes": bytes.fromhex("1220") + bytes(34),
    }
    start = b"\x01" + CONTEXT.digest() + bytes(range(1, 33)) + (1).to_bytes(8, "big")
    config = Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)
    where = dataclasses.asdict(CONTEXT)
    return [
        hexed(
            why=why,
            error="EnvelopeError",
            envelope=ecies.encrypt(public_key_of(RECIPIENT), start + cid, config),
            private_key=RECIPIENT,
            context=where,
        )
        for why, cid in cids.items()
    ]


def contents_of(bundle_vector: dict[str, str]) -> KeyReference:
    """What an envelope says of a ciphertext of one chunk: its CID is the digest of its bytes (raw)."""
    encrypted = base64.b64decode(bundle_vector["ciphertext"])
    cid = bytes.fromhex("01551220") + hashlib.sha256(encrypted).digest()
    return KeyReference(bytes.fromhex(bundle_vector["content_key"][2:]), len(encrypted), cid)


def public_keys() -> dict[str, object]:
    key = Account.from_key(RECIPIENT)._key_obj.public_key
    compressed, bare = key.to_compressed_bytes().hex(), key.to_bytes().hex()
    spelt = (compressed, "0x" + compressed, "0X" + compressed.upper(), bare, "04" + bare, "0x04" + bare)
    others = (SENDER, STRANGER, *(number.to_bytes(32, "big") for number in (1, 2, 3, 4)))
    read = [
        *((text, public_key_of(RECIPIENT)) for text in spelt),
        *((public_key_of(k).hex(), public_key_of(k)) for k in others),
    ]
    return {
        "read": [
            hexed(text=text, public_key=key, address=address_of(key), fingerprint=fingerprint(key))
            for text, key in read
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


def person_names() -> list[dict[str, str]]:
    raw = [
        "Okafor^Grace^Ann^Dr",
        "Okafor^Grace",
        "Adams^John Robert^Quincy^Rev.^B.A. M.Div.",
        "Roe",
        "Roe^^^Dr",
        "^Jane",
        "^^^Dr",
        "Roe^Jane^^^",
        "Roe^Jane^^^^too^many",
        "van der Berg^Jan",
        "Groß^Anna",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        "Hong^Gildong=洪^吉洞=홍^길동",
        "=山田^太郎",
        "==やまだ^たろう",
        "Wang^XiaoDong=王^小东=",
        "A^B=C^D=E^F=G^H",
        "Люкceмбypг",
        "قباني^لنزار",
        "שרון^דבורה",
        "",
        "^^=^",
        "  Roe ^  Jane   Mary ",
        "Roe\x1b[2J^Ja\u202ene\n",
        "Roe\u200b^Jane\u2066\u2069",
        "Roe\u00a0Doe\u2028^Jane\ufeff",
        "Roe\ud800^Jane\ue000",
        "🩻^X-ray",
        "x" * 300,
        "x" * 255 + " yz",
    ]
    return [{"raw": name, "shown": shown_name(name)} for name in raw]


def wallet_keys() -> dict[str, object]:
    def signature(key: bytes, number: int) -> bytes:
        return bytes(Account.sign_message(key_request(address_of(public_key_of(key)), number), key).signature)

    def derived(key: bytes, number: int, signed: bytes) -> dict[str, object]:
        account = address_of(public_key_of(key))
        private_key = key_from_signature(signed, account, number)
        return hexed(
            account=account,
            number=number,
            typed_data=key_typed_data(account, number),
            signature=signed,
            private_key=private_key,
            public_key=public_key_of(private_key),
        )

    good = signature(RECIPIENT, 1)
    low_v = good[:64] + bytes([good[64] - 27])
    high_s = good[:32] + (GROUP_ORDER_INT - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    high_s += bytes([27 + 28 - good[64]])
    refused = [
        ("another account's", signature(SENDER, 1)),
        ("over another number", signature(RECIPIENT, 2)),
        ("a high s", high_s),
        ("a byte short", good[:-1]),
        ("a byte more", good + b"\0"),
        ("64 bytes (ERC-2098)", good[:32] + bytes([good[32] | (good[64] - 27) << 7]) + good[33:64]),
        ("none", b""),
        ("an unknown v", good[:64] + b"\x1d"),
        ("the other v", good[:64] + bytes([27 + 28 - good[64]])),
        ("zeros", bytes(65)),
    ]
    account = address_of(public_key_of(RECIPIENT))
    made = [(key, number, signature(key, number)) for key in (SENDER, RECIPIENT, STRANGER) for number in (1, 2)]
    return {
        "derive": [*(derived(*each) for each in made), derived(RECIPIENT, 1, low_v)],
        "refuse": [hexed(why=why, account=account, number=1, signature=signed) for why, signed in refused],
    }


def key_cards() -> dict[str, object]:
    public_key = public_key_of(RECIPIENT)
    good = {"address": address_of(public_key), "public_key": "0x" + public_key.hex()}
    other = address_of(public_key_of(STRANGER))
    read = [
        ("a JSON object", json.dumps(good)),
        ("laid out over lines", json.dumps(good, indent=2) + "\n"),
        ("the public key alone", json.dumps({"public_key": public_key.hex()})),
        ("members unknown to version 1", json.dumps(good | {"name": "Okafor", "version": 2, "keys": []})),
        ("a text of 33 bytes in hex", public_key.hex()),
        ("a text of 65 bytes in hex, and a line's end", "0x04" + b"".join(coordinates(public_key)).hex() + "\n"),
    ]
    refused = [
        ("the address of another key", json.dumps(good | {"address": other})),
        ("an address with a wrong sign", json.dumps(good | {"address": good["address"][:-1] + "9"})),
        ("an address that is none", json.dumps(good | {"address": "patient"})),
        ("an address that is no text", json.dumps(good | {"address": 7})),
        ("no public key", json.dumps({"address": good["address"]})),
        ("a public key that is no text", json.dumps(good | {"public_key": 7})),
        ("a private key in place of the public one", json.dumps({"public_key": "0x" + "11" * 32})),
        ("a hybrid public key", json.dumps({"public_key": "06" + b"".join(coordinates(public_key)).hex()})),
        ("a public key off the curve", json.dumps({"public_key": "02" + "00" * 31 + "05"})),
        ("JSON cut short", json.dumps(good)[:-1]),
        ("an empty object", "{}"),
        ("a text that is no key", "patient"),
        ("nothing", ""),
    ]
    return {
        "read": [hexed(why=why, card=card, public_key=public_key, address=good["address"]) for why, card in read],
        "refuse": [{"why": why, "card": card} for why, card in refused],
    }


def signed_shares() -> dict[str, object]:
    inbox, sender = to_checksum_address(CONTEXT.inbox), CONTEXT.sender
    account, recipient = address_of(public_key_of(RECIPIENT)), address_of(public_key_of(STRANGER))

    def case(key_version: int, envelope: bytes, deadline: int) -> dict[str, object]:
        text = signing_text(1337, inbox, sender, recipient, key_version, envelope, deadline)
        signature = bytes(Account.sign_message(encode_defunct(text=text), RECIPIENT).signature)
        share = SignedShare(1337, inbox, account, sender, recipient, key_version, envelope, deadline, signature)
        return hexed(private_key=RECIPIENT, text=text, signature=signature, file=share.to_bytes().decode())

    write = [
        case(0, bytes(range(1, 138)), 1_900_000_000),
        case(2**32 - 1, b"\x02", 0),
        case(7, bytes(2048), 2**53 - 1),
    ]
    good = json.loads(str(write[0]["file"]))

    def changed(**members: object) -> str:
        return json.dumps(good | members)

    refused = [
        ("nothing", ""),
        ("no JSON object", "[]"),
        ("JSON cut short", json.dumps(good)[:-1]),
        ("a member twice", json.dumps(good).replace('"version"', '"version": 1, "version"', 1)),
        ("a signed act", changed(format="radiogram-signed-act")),
        ("version 2", changed(version=2)),
        ("a version that is no integer", changed(version=True)),
        ("a member missing", json.dumps({name: value for name, value in good.items() if name != "deadline"})),
        ("a member too many", changed(paid_by=account)),
        ("a chain that is no integer", changed(chain_id="1337")),
        ("a chain above 2^53 - 1", changed(chain_id=2**53)),
        ("a negative chain", changed(chain_id=-1)),
        ("a key version beyond its type", changed(key_version=2**32)),
        ("a deadline above 2^53 - 1", changed(deadline=2**53)),
        ("a recipient with a wrong sign", changed(recipient=recipient[:-1] + ("0" if recipient[-1] != "0" else "1"))),
        ("an account without 0x", changed(account=account[2:])),
        ("a contract that is no text", changed(inbox=7)),
        ("no envelope", changed(envelope="0x")),
        ("an envelope of 2,049 bytes", changed(envelope="0x" + "00" * 2049)),
        ("an envelope in capitals", changed(envelope=good["envelope"].upper().replace("0X", "0x"))),
        ("an envelope without 0x", changed(envelope=good["envelope"][2:])),
        ("an envelope with a gap", changed(envelope="0x02 03")),
        ("half a byte", changed(envelope=good["envelope"] + "0")),
        ("a signature of 64 bytes", changed(signature="0x" + "11" * 64)),
        ("a signature of 66 bytes", changed(signature="0x" + "11" * 66)),
        ("more than 8,192 bytes", json.dumps(good) + " " * (8193 - len(json.dumps(good)))),
    ]
    return {"write": write, "refuse": [{"why": why, "file": file} for why, file in refused]}


def signed_acts() -> dict[str, object]:
    account, sender, inbox = address_of(public_key_of(RECIPIENT)), CONTEXT.sender, to_checksum_address(CONTEXT.inbox)
    acts = [
        RegisterKey.of(account, 1, public_key_of(STRANGER)),
        RegisterKey.of(account, 2**28 - 1, public_key_of(SENDER), hashlib.sha256(b"a hybrid recipient").digest()),
        RestrictInbox(account, True, 1),
        RestrictInbox(account, False, 2),
        ApproveSender(account, sender, FOREVER, 1),
        ApproveSender(account, sender, 0, 2**32 - 1),
        Acknowledge(account, 0, inbox),
        Acknowledge(account, 2**53 - 1, sender),
    ]
    deadline = 1_900_000_000

    def case(act: Act, signature: bytes, signed_by: str | None, why: str = "") -> dict[str, object]:
        data = typed_data(act, 1337, inbox, deadline)
        digest = _hash_eip191_message(signable(act, 1337, inbox, deadline))
        file = SignedAct(act, 1337, inbox, deadline, signature).to_bytes().decode()
        named = {"why": why} if why else {}
        return named | hexed(typed_data=data, digest=digest, signature=signature, signed_by=signed_by, file=file)

    def signed(act: Act) -> bytes:
        return bytes(Account.sign_message(signable(act, 1337, inbox, deadline), RECIPIENT).signature)

    first = case(acts[0], signed(acts[0]), account)
    good = json.loads(str(first["file"]))
    compact = signed(acts[0])
    compact = compact[:32] + bytes([compact[32] | (compact[64] - 27) << 7]) + compact[33:64]

    def changed(**members: object) -> str:
        return json.dumps(good | members)

    def field(**members: object) -> str:
        return json.dumps(good | {"fields": good["fields"] | members})

    read = [
        {"why": "on one line, in another order"} | first | {"file": json.dumps(dict(reversed(good.items())))},
        {"why": "addresses in lower case"} | first | {"file": changed(account=account.lower(), inbox=inbox.lower())},
        case(acts[0], compact, account, why="a signature of 64 bytes (ERC-2098)"),
        case(acts[0], bytes(range(200)), None, why="what a contract takes for its signature (ERC-1271)"),
        case(acts[0], signed(acts[1]), None, why="a signature over another act: only the chain can tell"),
    ]
    refused = [
        ("nothing", ""),
        ("no JSON object", "[]"),
        ("JSON cut short", json.dumps(good)[:-1]),
        ("a member twice", json.dumps(good).replace('"act"', '"act": "Acknowledge", "act"', 1)),
        ("another format", changed(format="radiogram-bundle")),
        ("version 2", changed(version=2)),
        ("a version that is no integer", changed(version=True)),
        ("a member missing", json.dumps({name: value for name, value in good.items() if name != "signature"})),
        ("a member too many", changed(paid_by=account)),
        ("an unknown act", changed(act="Delete")),
        ("the fields of another act", changed(act="Acknowledge")),
        ("a field missing", changed(fields={"version": 1, "x": good["fields"]["x"], "y": good["fields"]["y"]})),
        ("a field too many", field(z=1)),
        ("a key version beyond its type", field(version=2**32)),
        ("a negative key version", field(version=-1)),
        ("a key version that is no integer", field(version=True)),
        ("x too short", field(x="0x" + "11" * 31)),
        ("x without 0x", field(x=good["fields"]["x"][2:])),
        ("x in capitals", field(x="0x" + good["fields"]["x"][2:].upper())),
        ("a key off the curve", field(x="0x" + "11" * 32)),
        ("an account with a wrong sign", changed(account=account[:-1] + "9")),
        ("an account without 0x", changed(account=account[2:])),
        ("a contract that is no text", changed(inbox=7)),
        ("a chain that is no integer", changed(chain_id="1337")),
        ("a chain with a decimal point", changed(chain_id=1337.0)),
        ("a deadline above 2^53 - 1", changed(deadline=2**53)),
        ("a signature of half a byte", changed(signature="0x0")),
    ]
    return {
        "write": [hexed(private_key=RECIPIENT) | case(act, signed(act), account) for act in acts],
        "read": read,
        "refuse": [{"why": why, "file": file, "error": "ActError"} for why, file in refused],
    }


def bundles() -> dict[str, object]:
    content_key = bytes(range(100, 132))

    def case(data: bytes, **rest: object) -> dict[str, object]:
        encrypted = b"".join(ciphertext.encrypt([data], content_key))
        return hexed(content_key=content_key, ciphertext=base64.b64encode(encrypted).decode(), **rest)

    with tempfile.TemporaryDirectory() as name:
        study = Path(name) / "ct"
        study.mkdir()
        contents = {"1.dcm": bytes(128) + b"DICM", "Müller – 中.txt": b"not Latin", "empty": b""}
        for file, data in contents.items():
            (study / file).write_bytes(data)
        files = [
            {"name": f"ct/{file}", "content": base64.b64encode(contents[file]).decode()} for file in sorted(contents)
        ]
        read = source_files.read_study([study])
        text = encode_defunct(text=bundle.signing_text(read.manifest.to_bytes()))
        signature = bytes(Account.sign_message(text, SENDER).signature)
        signed, unsigned = (b"".join(bundle.pieces(read, each)) for each in (signature, b""))
        good = [
            case(signed, files=files, signed_by=address_of(public_key_of(SENDER))),
            case(unsigned, files=files, signed_by=None),
        ]
    one = (named("files/a"), b"1")

    def with_metadata(why: str, read: dict[str, object], **members: object) -> dict[str, object]:
        """A signed bundle whose manifest has `members`, of which a reader makes `read`."""
        data = crafted(
            one,
            files=[listed("a")],
            sign=lambda text: bytes(Account.sign_message(encode_defunct(text=text), SENDER).signature),
            **members,
        )
        files = [{"name": "a", "content": base64.b64encode(b"1").decode()}]
        return (
            case(data, why=why, files=files, signed_by=address_of(public_key_of(SENDER)))
            | {"sender_label": "", "studies": []}
            | read
        )

    full = {
        "patient": {"name": "Yamada^Tarou=山田^太郎", "birth_date": "1962-03-14", "sex": "M", "id": "77"},
        "uid": "1.2.3",
        "date": "2026-11-20",
        "description": "CT Thorax",
        "series": [
            {
                "uid": "1.2.3.1",
                "number": 1,
                "modality": "CT",
                "body_part": "CHEST",
                "description": "Topogram",
                "images": 1,
                "frames": 1,
            },
            {"uid": "1.2.3.2", "number": -2, "modality": "CT", "images": 20, "frames": 40},
        ],
    }
    other = {"patient": {"name": "Okafor^Grace"}, "series": []}
    long, longest = "x" * 257, "🩻" * 256
    good += [
        with_metadata(
            "a label and studies",
            {"sender_label": "Klinik am Fluß 病院", "studies": [full, other]},
            sender_label="Klinik am Fluß 病院",
            studies=[full, other],
        ),
        with_metadata("no studies", {}, studies=[]),
        with_metadata(
            "members unknown to version 1", {"studies": [other]}, studies=[other | {"later": 1}], later={"x": 1}
        ),
        with_metadata(
            "the longest texts",
            {"sender_label": longest[:100], "studies": [{"patient": {"name": longest}, "series": []}]},
            sender_label=longest[:100],
            studies=[{"patient": {"name": longest}}],
        ),
        with_metadata(
            "texts too long",
            {"studies": [{"uid": "1.2.3", "series": []}]},
            sender_label="x" * 101,
            studies=[{"patient": {"name": long, "id": long}, "uid": "1.2.3", "description": long}],
        ),
        with_metadata("a label and studies of other types", {}, sender_label=7, studies={"patient": {}}),
        with_metadata("studies that are null", {}, sender_label=None, studies=None),
        with_metadata(
            "junk among the studies",
            {"studies": [other, {"series": []}, {"uid": "1.2.4", "series": [{"images": 0, "frames": 3}]}]},
            studies=[
                7,
                None,
                [],
                "x",
                other,
                {"patient": "Roe", "series": "x"},
                {
                    "uid": "1.2.4",
                    "date": 20261120,
                    "series": [1, {"uid": 5, "number": "3", "modality": ["CT"], "images": -1, "frames": 3.0}],
                },
            ],
        ),
        with_metadata(
            "junk in a patient",
            {"studies": [{"patient": {"id": "77"}, "series": []}]},
            studies=[{"patient": {"name": 7, "birth_date": "14-Mar-1962", "sex": "X", "id": "77"}}],
        ),
        with_metadata(
            "days that are none",
            {"studies": [{"series": []}] * 4},
            studies=[{"date": day} for day in ("2026-02-30", "20261120", "2026-11-20T00:00", "２０２６-11-20")],
        ),
        with_metadata(
            "numbers beyond bounds",
            {"studies": [{"series": [{"images": 0, "frames": 0}, {"number": 2**53 - 1, "images": 0, "frames": 0}]}]},
            studies=[{"series": [{"number": 1.5, "images": True, "frames": 2**53}, {"number": 2**53 - 1}]}],
        ),
        with_metadata(
            "more studies than 100",
            {"studies": [{"uid": f"1.{n}", "series": []} for n in range(100)]},
            studies=[{"uid": f"1.{n}"} for n in range(101)],
        ),
        with_metadata(
            "characters that are to be cleaned when shown",
            {"sender_label": "a\u202eb\x1b[2J", "studies": [{"patient": {"name": "Roe\x07^Ja\u202ene"}, "series": []}]},
            sender_label="a\u202eb\x1b[2J",
            studies=[{"patient": {"name": "Roe\x07^Ja\u202ene"}}],
        ),
        with_metadata(
            "who gave a patient's number",
            {"studies": [{"patient": {"id": "77", "issuer": "ST MARY"}, "series": []}]},
            studies=[{"patient": {"id": "77", "issuer": "ST MARY"}}],
        ),
        with_metadata(
            "a giver that is no text",
            {"studies": [{"patient": {"id": "77"}, "series": []}]},
            studies=[{"patient": {"id": "77", "issuer": {"name": "ST MARY"}}}],
        ),
    ]
    good += [
        case(data, why=why, files=[{"name": name, "content": base64.b64encode(b"1").decode()}], signed_by=None)
        for why, name, data in differing.taken(SENDER)
    ]
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
        (
            "a file where a folder must be",
            crafted(one, (named("files/A/b"), b"1"), files=[listed("a"), listed("A/b")]),
        ),
        ("a name that is a device to Windows", crafted((named("files/aux.dcm"), b"1"), files=[listed("aux.dcm")])),
        *differing.refused(),
    ]
    return {"unpack": good, "refuse": [case(data, why=why, error="BundleError") for why, data in refused]}


def cids() -> dict[str, object]:
    """By Kubo, not by what they are to test."""
    mib = 1 << 20
    files = [0, 1, mib, mib + 1, 174 * mib + 1, 1024 * mib + 1]
    others = [(9, 1, 3), (10, 1, 3), (60, 10, 2), (61, 10, 2), (1000, 7, 3), (3000, 1, 5), (5001, 20, 250)]
    return {
        "content": "byte i is (i mod 65521) mod 251",
        "files": [{"bytes": size, "cid": only_hash(pattern(size))} for size in files],
        "other_sizes": [
            {"bytes": size, "chunk_bytes": chunk, "max_links": links, "cid": only_hash(pattern(size), chunk, links)}
            for size, chunk, links in others
        ],
    }


def paddings() -> dict[str, object]:
    blocks = [4, 7, 8, 9, 14, 16, 17, 33, 1000, 1023, 1025, 12_345, 614_401, 2**21 - 1, 2**31, 2**31 + 1, 2**43 - 1]
    sizes = [512 * number for number in blocks]
    return {"bundles": [{"bytes": size, "padded_bytes": padded_bundle_bytes(size)} for size in sizes]}


def kept(old: object, new: object) -> object:
    """What was published stays; lists only grow."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {name: kept(old[name], value) if name in old else value for name, value in new.items()}
    return [*old, *new[len(old) :]] if isinstance(old, list) and isinstance(new, list) else new


def escaped(character: str) -> str:
    """So that no direction mark or the like stands in a vector as itself."""
    return json.dumps(character)[1:-1]


def write(name: str, value: object, is_random: bool = False) -> object:
    """Writes a file of vectors and returns what it holds: where making them is random, the published ones stay."""
    place = FOLDER / name
    value = kept(json.loads(place.read_text()), value) if is_random and place.exists() else value
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    place.write_text(re.sub(r"[^\n -~]", lambda each: each[0] if each[0].isprintable() else escaped(each[0]), text))
    return value


if __name__ == "__main__":
    if sys.argv[1:]:
        FOLDER = Path(sys.argv[1])
    made = write("bundle.json", bundles(), is_random=True)
    first = made["unpack"][0]
    packets = write("key_packet.json", suite_2.packets(CONTEXT, contents_of(first)), is_random=True)
    names, refused = suite_2.envelopes(CONTEXT, packets["open"])
    old = envelopes(first)
    refused = [*old["refuse"], *refused, *envelopes_with_bad_cids()]
    write("envelope.json", old | {"packets": names, "refuse": refused}, is_random=True)
    write("seed.json", suite_2.seeds())
    write("hybrid.json", suite_2.hybrid_keys())
    write("key_file.json", suite_2.key_files(), is_random=True)
    write("public_key.json", public_keys() | suite_2.key_codes())
    write("person_name.json", person_names())
    write("wallet_key.json", wallet_keys())
    cards = key_cards()
    all_cards = {kind: cards[kind] + more for kind, more in zip(cards, suite_2.key_cards(), strict=True)}
    write("key_card.json", all_cards | {"addresses": suite_2.address_cards(CONTEXT.recipient)})
    write("signed_act.json", signed_acts())
    write("signed_share.json", signed_shares())
    write("receipt.json", receipts(RECIPIENT, CONTEXT.inbox))
    write("cid.json", cids())
    write("car.json", cars(first, packets["open"][0]))
    write("padding.json", paddings())
    write("bundle_order.json", {"studies": bundle_orders()})
    write("mailbox.json", mailboxes(SENDER, RECIPIENT, to_checksum_address(CONTEXT.inbox)))
    write("clinic_card.json", clinic.clinic_cards(SENDER, STRANGER))
    write("register.json", contacts.registers(), is_random=True)
    write("contact_check.json", contacts.checks())
