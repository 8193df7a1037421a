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
from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils import keccak
from pyrage import decrypt, x25519

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"
SECTION = re.compile(r"^## A worked example\n(.*?)(?=^## |\Z)", re.M | re.S)
LINE = re.compile(r"^    (?P<name>\S[^\n]*?) {2,}(?P<value>\S[^\n]*(?:\n {20,}\S[^\n]*)*)$", re.M)
ENVELOPE = json.loads((VECTORS / "envelope.json").read_text())["open"][-1]
BUNDLE = json.loads((VECTORS / "bundle.json").read_text())["unpack"][0]


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def section() -> str:
    found = SECTION.search((ROOT / "docs" / "format.md").read_text())
    assert found
    return found[1]


def page() -> dict[str, str]:
    """Of each line of the example its value, without the blanks that lay it out."""
    lines = [(found["name"], re.sub(r"\s+", "", found["value"])) for found in LINE.finditer(section())]
    assert len(dict(lines)) == len(lines)
    return dict(lines)


def bundle_bytes() -> bytes:
    identity = x25519.Identity.from_str(age_identity(unhex(BUNDLE["content_key"])))
    return decrypt(base64.b64decode(BUNDLE["ciphertext"]), [identity])


def age_identity(content_key: bytes) -> str:
    return bech32_encode("age-secret-key-", convertbits(content_key, 8, 5)).upper()


def computed() -> dict[str, str]:
    """The same lines, from the vectors."""
    recipient = unhex(ENVELOPE["private_key"])
    ciphertext, content_key = base64.b64decode(BUNDLE["ciphertext"]), unhex(BUNDLE["content_key"])
    bundle = bundle_bytes()
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        manifest, signature = (archive.extractfile(name).read() for name in ("manifest.json", "manifest.sig"))
    cid = unhex("01551220") + hashlib.sha256(ciphertext).digest()

    typehash = keccak(text="RadiogramEnvelope(uint256 chainId,address inbox,address sender,address recipient)")
    place = ENVELOPE["context"]
    values = [place[name] for name in ("chain_id", "inbox", "sender", "recipient")]
    encoded = encode(["bytes32", "uint256", "address", "address", "address"], [typehash, *values])
    context = keccak(encoded)[:16]
    plaintext = b"\x01" + context + content_key + len(ciphertext).to_bytes(8, "big") + cid

    sealed = unhex(ENVELOPE["envelope"])
    ephemeral, nonce, tag, body = sealed[:33], sealed[33:45], sealed[45:61], sealed[61:]
    shared = PublicKey(ephemeral).multiply(recipient).format(compressed=True)
    key = hkdf_sha256(ephemeral + shared)
    assert AES.new(key, AES.MODE_GCM, nonce=nonce).decrypt_and_verify(body, tag) == plaintext
    return {
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
        "CID as text": "b" + base64.b32encode(cid).decode().lower().rstrip("="),
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
        "shared point": shared.hex(),
        "AES-256-GCM key": key.hex(),
        "0 ephemeral public key": ephemeral.hex(),
        "33 nonce": nonce.hex(),
        "45 tag": tag.hex(),
        "61 ciphertext": body.hex(),
    }


def hkdf_sha256(secret: bytes) -> bytes:
    """32 bytes without salt or info (RFC 5869)."""
    return hmac.digest(hmac.digest(bytes(32), secret, "sha256"), b"\x01", "sha256")


COMPUTED = computed()


@pytest.mark.parametrize("name", COMPUTED)
def test_a_line_of_the_worked_example_is_what_the_vectors_give(name):
    assert page()[name] == COMPUTED[name]


def test_the_worked_example_has_no_line_that_is_not_checked():
    assert set(page()) == set(COMPUTED)


def test_the_members_of_the_bundle_are_where_the_worked_example_says():
    data = bundle_bytes()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = [(member.offset_data, member.size, f"`{member.name}`") for member in archive]
    extended = members[3][0] - 1024  # the member's own header, and before it the record of its name in one block
    size = len(f"37 path={members[3][2].strip('`')}\n".encode())
    members.insert(3, (extended, size, f"PAX extended header: `37 path={members[3][2].strip('`')}`"))
    members.append((members[-1][0], len(data) - members[-1][0], "zeros"))
    rows = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| (.+) \|$", section(), re.M)
    assert [(int(a.replace(",", "")), int(b.replace(",", "")), c) for a, b, c in rows] == members
    assert data[extended : extended + size].startswith(b"37 path=")
    assert f"a tar of {len(data):,} bytes" in section()
    assert not any(data[members[-1][0] :])


def test_the_worked_example_is_of_one_study():
    assert unhex(ENVELOPE["contents"]["content_key"]) == unhex(BUNDLE["content_key"])
    assert ENVELOPE["contents"]["ciphertext_bytes"] == COMPUTED["its size"]
