"""Every line of hex in the worked example of docs/format.md, computed anew from the vectors with other libraries."""

import base64
import hashlib
import hmac
import io
import json
import re
import tarfile
from pathlib import Path

import pytest
from bech32 import bech32_encode, convertbits
from coincurve import PrivateKey, PublicKey
from Crypto.Cipher import AES
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from eth_abi import encode
from eth_account import Account
from eth_account.hdaccount.mnemonic import Mnemonic
from eth_account.messages import encode_defunct
from eth_utils import keccak
from pyrage import decrypt, x25519

from tests import age_program

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"
SECTION = re.compile(r"^##+ (?P<title>A worked example|The same in suite 2)\n(?P<text>.*?)(?=^##+ |\Z)", re.M | re.S)
SUITES = ("A worked example", "The same in suite 2")
LINE = re.compile(r"^    (?P<name>\S[^\n]*?) {2,}(?P<value>\S[^\n]*(?:\n {20,}\S[^\n]*)*)$", re.M)
ENVELOPE = json.loads((VECTORS / "envelope.json").read_text())["open"][-1]
BUNDLE = json.loads((VECTORS / "bundle.json").read_text())["unpack"][0]
PACKET = json.loads((VECTORS / "key_packet.json").read_text())["open"][0]
PACKET_ENVELOPE = json.loads((VECTORS / "envelope.json").read_text())["packets"][0]


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def section(title: str) -> str:
    (text,) = [
        each["text"] for each in SECTION.finditer((ROOT / "docs" / "format.md").read_text()) if each["title"] == title
    ]
    return text


def page(title: str) -> dict[str, str]:
    """Of each line of the example its value, without the blanks that lay it out."""
    lines = [(found["name"], re.sub(r"\s+", "", found["value"])) for found in LINE.finditer(section(title))]
    assert len(dict(lines)) == len(lines)
    return dict(lines)


def bundle_bytes() -> bytes:
    identity = x25519.Identity.from_str(age_identity(unhex(BUNDLE["content_key"])))
    return decrypt(base64.b64decode(BUNDLE["ciphertext"]), [identity])


def age_identity(content_key: bytes) -> str:
    return bech32_encode("age-secret-key-", convertbits(content_key, 8, 5)).upper()


def context_of(place: dict[str, object]) -> tuple[bytes, bytes]:
    """What a context is the digest of, and the context."""
    typehash = keccak(text="RadiogramEnvelope(uint256 chainId,address inbox,address sender,address recipient)")
    values = [place[name] for name in ("chain_id", "inbox", "sender", "recipient")]
    encoded = encode(["bytes32", "uint256", "address", "address", "address"], [typehash, *values])
    return encoded, keccak(encoded)[:16]


def envelope_lines(sealed: bytes, private_key: bytes, plaintext: bytes) -> dict[str, str]:
    """An envelope, which must hold `plaintext`, and what opens it."""
    ephemeral, nonce, tag, body = sealed[:33], sealed[33:45], sealed[45:61], sealed[61:]
    shared = PublicKey(ephemeral).multiply(private_key).format(compressed=True)
    key = hkdf_sha256(ephemeral + shared)
    assert AES.new(key, AES.MODE_GCM, nonce=nonce).decrypt_and_verify(body, tag) == plaintext
    return {
        "0 ephemeral public key": ephemeral.hex(),
        "33 nonce": nonce.hex(),
        "45 tag": tag.hex(),
        "61 ciphertext": body.hex(),
        "shared point": shared.hex(),
        "AES-256-GCM key": key.hex(),
    }


def cid_as_text(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")


def suite_1() -> dict[str, str]:
    """The same lines, from the vectors."""
    recipient = unhex(ENVELOPE["private_key"])
    ciphertext, content_key = base64.b64decode(BUNDLE["ciphertext"]), unhex(BUNDLE["content_key"])
    bundle = bundle_bytes()
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        manifest, signature = (archive.extractfile(name).read() for name in ("manifest.json", "manifest.sig"))
    cid = unhex("01551220") + hashlib.sha256(ciphertext).digest()
    encoded, context = context_of(ENVELOPE["context"])
    plaintext = b"\x01" + context + content_key + len(ciphertext).to_bytes(8, "big") + cid
    return envelope_lines(unhex(ENVELOPE["envelope"]), recipient, plaintext) | {
        "0 name": bundle[:13].hex(),
        "124 size": bundle[124:136].hex(),
        "156 type": bundle[156:157].hex(),
        "257 magic": bundle[257:265].hex(),
        "manifest.json": manifest[:27].hex() + "…",
        "its SHA-256": hashlib.sha256(manifest).hexdigest(),
        "manifest.sig": signature.hex(),
        "signed by": str(
            Account.recover_message(
                encode_defunct(
                    text=f"Radiogram: I sent these images.\nManifest SHA-256: {hashlib.sha256(manifest).hexdigest()}"
                ),
                signature=signature,
            )
        ),
        "content key": content_key.hex(),
        "as age spells it": age_identity(content_key),
        "age file": ciphertext[:22].hex() + "…",
        "its size": f"{len(ciphertext)}",
        "digest of its bytes": hashlib.sha256(ciphertext).hexdigest(),
        "CID": cid.hex(),
        "CID as text": cid_as_text(cid),
        "TYPEHASH": encoded[:32].hex(),
        "chainId": encoded[32:64].hex(),
        "inbox": encoded[64:96].hex(),
        "sender": encoded[96:128].hex(),
        "recipient": encoded[128:].hex(),
        "context": context.hex(),
        "0 version": plaintext[:1].hex(),
        "1 context": plaintext[1:17].hex(),
        "17 content key": plaintext[17:49].hex(),
        "49 size": plaintext[49:57].hex(),
        "57 CID": plaintext[57:].hex(),
        "recipient's private key": recipient.hex(),
        "recipient's public key": PrivateKey(recipient).public_key.format(compressed=True).hex(),
    }


def suite_2() -> dict[str, str]:
    """The lines of the subsection, from the vectors."""
    words = " ".join(["abandon"] * 23 + ["art"])
    seed = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)
    Account.enable_unaudited_hdwallet_features()
    account = Account.from_mnemonic(words, account_path="m/44'/60'/0'/0/0")
    public_key = PrivateKey(account.key).public_key.format(compressed=True)
    secret = hkdf_sha256(seed, b"radiogram hybrid key v1")
    raw = x_wing_public_key(secret)
    recipient = bech32_encode("age1pq", convertbits(raw, 8, 5))
    digest = hashlib.sha256(recipient.encode()).digest()
    bits = f"{int.from_bytes(hashlib.sha256(public_key + digest).digest(), 'big'):0256b}"

    encoded, context = context_of(PACKET["context"])
    reference = b"\x01" + context + unhex(COMPUTED[SUITES[0]]["content key"])
    reference += unhex(COMPUTED[SUITES[0]]["49 size"] + COMPUTED[SUITES[0]]["57 CID"])
    assert reference == unhex(PACKET["plaintext"])
    packet = base64.b64decode(PACKET["packet"])
    cid = unhex("01551220") + hashlib.sha256(packet).digest()
    plaintext = b"\x02" + context + cid
    return envelope_lines(unhex(PACKET_ENVELOPE["envelope"]), bytes(account.key), plaintext) | {
        "S": seed.hex(),
        "private key": account.key.hex().removeprefix("0x"),
        "public key": public_key.hex(),
        "its account": account.address,
        "hybrid secret": secret.hex(),
        "as age spells it": bech32_encode("age-secret-key-pq-", convertbits(secret, 8, 5)).upper(),
        "recipient": f"{recipient[:31]}…{recipient[-24:]}",
        "hybrid digest": digest.hex(),
        "CID of the recipient": cid_as_text(unhex("01551220") + digest),
        "fingerprint": "".join(Mnemonic().wordlist[int(bits[at : at + 11], 2)] for at in range(0, 66, 11)),
        "account as ABI has it": encoded[128:].hex(),
        "context": context.hex(),
        "key reference": reference.hex(),
        "key packet": f"{packet[:22].hex()}…{packet[-16:].hex()}",
        "digest of its bytes": hashlib.sha256(packet).hexdigest(),
        "CID as text": cid_as_text(cid),
        "0 version": plaintext[:1].hex(),
        "1 context": plaintext[1:17].hex(),
        "17 CID": plaintext[17:].hex(),
    }


def x_wing_public_key(secret: bytes) -> bytes:
    """That of draft-connolly-cfrg-xwing-kem, 5.2, whose primitives are a library's."""
    expanded = hashlib.shake_256(secret).digest(96)
    ml_kem, x25519_key = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), expanded[64:]
    x25519_public = X25519PrivateKey.from_private_bytes(x25519_key).public_key()
    return ml_kem.public_key().public_bytes_raw() + x25519_public.public_bytes_raw()


def hkdf_sha256(secret: bytes, info: bytes = b"") -> bytes:
    """32 bytes without salt (RFC 5869)."""
    return hmac.digest(hmac.digest(bytes(32), secret, "sha256"), info + b"\x01", "sha256")


COMPUTED = {SUITES[0]: suite_1()}
COMPUTED[SUITES[1]] = suite_2()


@pytest.mark.parametrize(("title", "name"), [(title, name) for title in SUITES for name in COMPUTED[title]])
def test_a_line_of_the_worked_example_is_what_the_vectors_give(title, name):
    assert page(title)[name] == COMPUTED[title][name]


@pytest.mark.parametrize("title", SUITES)
def test_the_worked_example_has_no_line_that_is_not_checked(title):
    assert set(page(title)) == set(COMPUTED[title])


def test_the_members_of_the_bundle_are_where_the_worked_example_says():
    data = bundle_bytes()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = [(member.offset_data, member.size, f"`{member.name}`") for member in archive]
    extended = members[3][0] - 1024  # the member's own header, and before it the record of its name in one block
    size = len(f"37 path={members[3][2].strip('`')}\n".encode())
    members.insert(3, (extended, size, f"PAX extended header: `37 path={members[3][2].strip('`')}`"))
    members.append((members[-1][0], len(data) - members[-1][0], "zeros"))
    rows = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| (.+) \|$", section(SUITES[0]), re.M)
    assert [(int(a.replace(",", "")), int(b.replace(",", "")), c) for a, b, c in rows] == members
    assert data[extended : extended + size].startswith(b"37 path=")
    assert f"a tar of {len(data):,} bytes" in section(SUITES[0])
    assert not any(data[members[-1][0] :])


def test_the_worked_example_is_of_one_study():
    assert unhex(ENVELOPE["contents"]["content_key"]) == unhex(BUNDLE["content_key"])
    assert ENVELOPE["contents"]["ciphertext_bytes"] == COMPUTED[SUITES[0]]["its size"]
    assert unhex(PACKET["contents"]["content_key"]) == unhex(BUNDLE["content_key"])


def test_stock_age_opens_the_packet_of_the_worked_example(age, tmp_path):
    lines = COMPUTED[SUITES[1]]
    packet = base64.b64decode(PACKET["packet"])
    assert age_program.decrypted(packet, lines["as age spells it"], tmp_path).hex() == lines["key reference"]


def test_the_sizes_in_the_worked_example_are_those_of_the_vectors():
    sizes = [len(unhex(PACKET[name])) for name in ("hybrid_secret", "plaintext")]
    sizes += [len(base64.b64decode(PACKET["packet"])), len(unhex(PACKET_ENVELOPE["envelope"]))]
    assert sizes == [32, 93, 1752, 114]
    for text in ("1,752 bytes", "53 bytes", "114 bytes"):
        assert text in section(SUITES[1])
