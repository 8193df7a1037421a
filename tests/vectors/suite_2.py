"""The vectors of suite 2: seeds, hybrid keys, key packets, envelopes of version 2, key files, and cards and codes.

Some are made by the two other programs that speak the same: the page's age-encryption (Node) and Go's age.
"""

import base64
import dataclasses
import json
import subprocess
import tempfile
from pathlib import Path

import bech32
import ecies
from ecies.config import Config
from eth_account import Account
from eth_account.hdaccount.mnemonic import Mnemonic
from eth_typing import ChecksumAddress

from radiogram.formats.age_file import encode_age_file
from radiogram.formats.age_header import encode_base64
from radiogram.formats.envelope import PacketReference, seal
from radiogram.formats.hybrid_key import (
    hpke_seal,
    hybrid_digest,
    hybrid_identity,
    hybrid_recipient_of,
    recipient_cid,
)
from radiogram.formats.key_card import AddressCard, card_link, encode_card, key_code
from radiogram.formats.key_file import encode_key_file
from radiogram.formats.key_packet import seal_key_packet
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from radiogram.formats.keys import Keys, PublicKeys
from radiogram.formats.public_key import coordinates
from radiogram.formats.seed import keys_of_words
from tests import age_program

FOLDER = Path(__file__).parent
WEB = FOLDER.parents[1] / "web"
# The mnemonics of 24 words that everybody tests with; the first one's keys are the recipient of all packets here.
ART = " ".join(["abandon"] * 23 + ["art"])
WINK = " ".join(["test"] * 23 + ["wink"])
PASSPHRASE = "correct horse – Pferd"
FAST = 10  # a work factor of scrypt for vectors that are about something else


def hexed(**values: object) -> dict[str, object]:
    return {k: "0x" + v.hex() if isinstance(v, bytes) else v for k, v in values.items()}


def keys_of_secret(secret: bytes) -> dict[str, object]:
    recipient = hybrid_recipient_of(secret)
    digest = hybrid_digest(recipient)
    return hexed(
        hybrid_secret=secret,
        hybrid_identity=hybrid_identity(secret),
        hybrid_recipient=recipient,
        hybrid_digest=digest,
        recipient_cid=recipient_cid(digest),
    )


def seeds() -> dict[str, object]:
    def of(entropy: bytes) -> str:
        return Mnemonic().to_mnemonic(entropy)

    made = of(bytes(range(32)))
    read = [
        ("zeros", ART),
        ("ones", of(b"\xff" * 32)),
        ("7f for each byte", of(b"\x7f" * 32)),
        ("80 for each byte", of(b"\x80" * 32)),
        ("one word that ends otherwise", WINK),
        ("the bytes from 0 to 31", made),
        ("in capitals", made.upper()),
        ("as a sentence begins", made.capitalize()),
        ("over lines", "\n".join(made.split()) + "\n"),
        ("with tabs, several blanks and the line ends of Windows", "  " + made.replace(" ", " \t\r\n ") + " \r\n"),
    ]
    words = made.split()
    refused = [
        ("nothing", "", "SeedLengthError"),
        ("12 words, with a checksum that fits", of(bytes(16)), "SeedLengthError"),
        ("23 words", " ".join(words[:23]), "SeedLengthError"),
        ("25 words", " ".join([*words, words[0]]), "SeedLengthError"),
        ("a private key", "11" * 32, "SeedLengthError"),
        ("a word that is not in the list", " ".join([*words[:7], "radiogram", *words[8:]]), "SeedListError"),
        ("a word of which the first four letters are there", " ".join([words[0][:4], *words[1:]]), "SeedListError"),
        ("a word of the French list", " ".join([*words[:23], "abaisser"]), "SeedListError"),
        ("a comma behind a word", made.replace(" ", ", ", 1), "SeedListError"),
        ("a checksum that is wrong", " ".join(["abandon"] * 24), "SeedChecksumError"),
        ("two words that changed places", " ".join([words[1], words[0], *words[2:]]), "SeedChecksumError"),
    ]

    def case(why: str, text: str) -> dict[str, object]:
        keys = keys_of_words(text)
        public = keys.public()
        return hexed(
            why=why,
            text=text,
            words=" ".join(text.lower().split()),
            private_key=keys.private_key,
            public_key=public.public_key,
            address=public.address,
            **keys_of_secret(keys.hybrid_secret or b""),
            fingerprint=public.words,
            key_code=key_code(public),
        )

    return {
        "read": [case(*each) for each in read],
        "refuse": [{"why": why, "text": text, "error": error} for why, text, error in refused],
    }


def hybrid_keys() -> dict[str, object]:
    good = keys_of_words(ART).public().hybrid_recipient or ""
    raw = bytes(bech32.convertbits([bech32.CHARSET.find(sign) for sign in good[7:-6]], 5, 8, False))

    def spelt(data: bytes, prefix: str = "age1pq") -> str:
        return bech32.bech32_encode(prefix, bech32.convertbits(data, 8, 5))

    other = "q" if good[100] != "q" else "p"
    refused = [
        ("nothing", ""),
        ("a recipient of X25519", spelt(bytes(range(32)), "age")),
        ("a secret", hybrid_identity(bytes(range(32)))),
        ("in capitals", good.upper()),
        ("one sign in capitals", good[:-1] + good[-1].upper()),
        ("a line feed behind it", good + "\n"),
        ("a blank before it", " " + good),
        ("a sign that is wrong", good[:100] + other + good[101:]),
        ("two signs that changed places", good[:20] + good[21] + good[20] + good[22:]),
        ("a sign that is not bech32's", good[:100] + "b" + good[101:]),
        ("one sign short", good[:-1]),
        ("one byte short", spelt(raw[:-1])),
        ("one byte more", spelt(raw + b"\0")),
        ("another prefix, with a checksum that fits", spelt(raw, "age1tagpq")),
        ("the checksum of bech32m", _bech32m(good)),
        ("bits behind the last byte that are not zero", _with_last_bits(raw)),
        ("a number of ML-KEM that is not reduced", spelt(b"\xff" * 3 + raw[3:])),
    ]
    return {
        "read": [keys_of_secret(secret) for secret in (bytes(32), b"\xff" * 32, bytes(range(32)))],
        "refuse": [{"why": why, "hybrid_recipient": text, "error": "HybridRecipientError"} for why, text in refused],
    }


def _bech32m(recipient: str) -> str:
    """BIP-350: the checksum is xored with another constant."""
    values = [bech32.CHARSET.find(sign) for sign in recipient[7:-6]]
    polymod = bech32.bech32_polymod(bech32.bech32_hrp_expand("age1pq") + values + [0] * 6) ^ 0x2BC830A3
    return recipient[:-6] + "".join(bech32.CHARSET[polymod >> 5 * (5 - place) & 31] for place in range(6))


def _with_last_bits(raw: bytes) -> str:
    values = bech32.convertbits(raw, 8, 5)
    return bech32.bech32_encode("age1pq", [*values[:-1], values[-1] | 1])


def context_of(keys: Keys, chain: Context) -> Context:
    """That of a message to the holder of `keys`, from the sender of `chain`."""
    return dataclasses.replace(chain, recipient=keys.public().address)


def packets(chain: Context, reference: KeyReference) -> dict[str, object]:
    """The first to be opened is of `reference`: that of the worked example."""
    keys = keys_of_words(ART)
    recipient, context = keys.public().hybrid_recipient or "", context_of(keys, chain)
    cid = bytes.fromhex("01701220") + bytes(range(32))
    references = [reference, KeyReference(b"\xff" * 32, 0, cid), KeyReference(bytes(32), 2**64 - 1, cid)]
    opened = []
    for each in references:
        plaintext = each.to_bytes(context)
        made = {
            "radiogram": seal_key_packet(each, recipient, context),
            "age-encryption": _by_the_page(plaintext, recipient=recipient),
            "age": age_program.encrypted(recipient, plaintext),
        }
        opened += [
            hexed(
                made_by=by,
                packet=base64.b64encode(packet).decode(),
                packet_cid=raw_cid(packet),
                **keys_of_secret(keys.hybrid_secret or b""),
                context=dataclasses.asdict(context),
                context_digest=context.digest(),
                plaintext=plaintext,
                contents=hexed(content_key=each.content_key, ciphertext_bytes=str(each.ciphertext_bytes), cid=each.cid),
            )
            for by, packet in made.items()
        ]
    return {"open": opened, "refuse": _refused_packets(keys, recipient, context, reference)}


def _refused_packets(keys: Keys, recipient: str, context: Context, reference: KeyReference) -> list[dict[str, object]]:
    good = seal_key_packet(reference, recipient, context)
    plaintext, secret = reference.to_bytes(context), keys.hybrid_secret or b""

    def flipped(place: int) -> bytes:
        return good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]

    def sealed(data: bytes, kind: str = "mlkem768x25519", *more: str) -> bytes:
        def wrap(file_key: bytes) -> tuple[list[str], bytes]:
            encapsulation, body = hpke_seal(file_key, recipient)
            return [encode_base64(encapsulation), *more], body

        return encode_age_file(kind, wrap, data)

    spare = good.replace(b"\n--- ", b"\n-> grease\n\n--- ", 1)
    cases = [
        ("another hybrid key", "WrongHybridKeyError", good, None, bytes(range(32)), context),
        ("a packet sealed to another hybrid key", "WrongHybridKeyError",
         seal_key_packet(reference, hybrid_recipient_of(bytes(range(32))), context), None, secret, context),
        ("a bit of the encapsulation flipped", "WrongHybridKeyError", flipped(600), None, secret, context),
        ("another packet to the same recipient", "OtherPacketError",
         seal_key_packet(reference, recipient, context), raw_cid(good), secret, context),
        ("a bit flipped on the way", "OtherPacketError", flipped(1700), raw_cid(good), secret, context),
        ("cut short on the way", "OtherPacketError", good[:-1], raw_cid(good), secret, context),
        ("the CID of the same bytes as a file of dag-pb", "OtherPacketError",
         good, bytes.fromhex("01701220") + raw_cid(good)[4:], secret, context),
        ("nothing", "KeyPacketError", b"", None, secret, context),
        ("a byte short", "KeyPacketError", good[:-1], None, secret, context),
        ("a byte more", "KeyPacketError", good + b"\0", None, secret, context),
        ("4,097 bytes", "KeyPacketError", good + bytes(4097 - len(good)), None, secret, context),
        ("no age file", "KeyPacketError", bytes(len(good)), None, secret, context),
        ("a bit of the header's MAC flipped", "KeyPacketError", flipped(1600), None, secret, context),
        ("a bit of the payload flipped", "KeyPacketError", flipped(1700), None, secret, context),
        ("a stanza more", "KeyPacketError", spare, None, secret, context),
        ("a stanza more, in 1,752 bytes", "KeyPacketError", spare[: len(good)], None, secret, context),
        ("a stanza of another kind", "WrongHybridKeyError", sealed(plaintext, "mlkem768p256tg"), None, secret, context),
        ("an argument more", "KeyPacketError", sealed(plaintext[:-2], "mlkem768x25519", "x"), None, secret, context),
        ("a recipient of X25519 alone", "KeyPacketError", _to_x25519(plaintext), None, secret, context),
        ("92 bytes in it", "KeyPacketError", sealed(plaintext[:-1]), None, secret, context),
        ("94 bytes in it", "KeyPacketError", sealed(plaintext + b"\0"), None, secret, context),
        ("version 0 in it", "KeyPacketError", sealed(b"\x00" + plaintext[1:]), None, secret, context),
        ("version 2 in it", "KeyPacketError", sealed(b"\x02" + plaintext[1:]), None, secret, context),
    ]  # fmt: skip
    other = "0x" + "22" * 20
    for field, value in (("chain_id", 1), ("inbox", other), ("sender", other), ("recipient", other)):
        moved = dataclasses.replace(context, **{field: value})
        cases.append((f"copied to another {field}", "PacketContextError", good, None, secret, moved))
    return [
        hexed(
            why=why,
            error=error,
            packet=base64.b64encode(packet).decode(),
            packet_cid=cid or raw_cid(packet),
            hybrid_secret=with_secret,
            context=dataclasses.asdict(where),
        )
        for why, error, packet, cid, with_secret, where in cases
    ]


def _to_x25519(plaintext: bytes) -> bytes:
    recipient = bech32.bech32_encode("age", bech32.convertbits(b"\x09" + bytes(31), 8, 5))
    return age_program.encrypted(recipient, plaintext)


def _by_the_page(plaintext: bytes, *, recipient: str = "", passphrase: str = "") -> bytes:
    """By the library of the page: binary to a recipient, in ASCII armour to a passphrase."""
    program = """
      import { armor, Encrypter } from "age-encryption";
      import { readFileSync } from "node:fs";
      const { plaintext, recipient, passphrase } = JSON.parse(readFileSync(0, "utf8"));
      const encrypter = new Encrypter();
      if (recipient) encrypter.addRecipient(recipient);
      else { encrypter.setPassphrase(passphrase); encrypter.setScryptWorkFactor(18); }
      const sealed = await encrypter.encrypt(Buffer.from(plaintext, "base64"));
      process.stdout.write(recipient ? sealed : armor.encode(sealed));
    """
    asked = {"plaintext": base64.b64encode(plaintext).decode(), "recipient": recipient, "passphrase": passphrase}
    return subprocess.run(
        ["node", "--input-type=module", "-e", program],
        input=json.dumps(asked).encode(),
        cwd=WEB,
        capture_output=True,
        check=True,
    ).stdout


def envelopes(chain: Context, packet_vectors: list[dict]) -> tuple[list[object], list[object]]:
    """Envelopes that name the packets, the first that of the worked example; and those to be refused."""
    keys = keys_of_words(ART)
    public_key, context = keys.public().public_key, context_of(keys, chain)
    cids = [bytes.fromhex(vector["packet_cid"][2:]) for vector in packet_vectors]
    opened = [
        hexed(
            envelope=seal(PacketReference(cid), public_key, context),
            private_key=keys.private_key,
            context=dataclasses.asdict(context),
            context_digest=context.digest(),
            packet_cid=cid,
        )
        for cid in cids
    ]
    config = Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)

    def sealed(plaintext: bytes) -> bytes:
        return ecies.encrypt(public_key, plaintext, config)

    good, digest, cid = seal(PacketReference(cids[0]), public_key, context), context.digest(), cids[0]
    stranger = keys_of_words(WINK).private_key
    refused = [
        ("suite 2, another private key", "WrongKeyError", good, stranger, context),
        ("suite 2, a bit flipped", "WrongKeyError", good[:-1] + bytes([good[-1] ^ 1]), keys.private_key, context),
        ("suite 2, last byte missing", "WrongKeyError", good[:-1], keys.private_key, context),
        ("a CID too short", "EnvelopeError", sealed(b"\x02" + digest + cid[:-1]), keys.private_key, context),
        ("a CID too long", "EnvelopeError", sealed(b"\x02" + digest + cid + b"\0"), keys.private_key, context),
        ("a CID of dag-pb", "EnvelopeError",
         sealed(b"\x02" + digest + bytes.fromhex("01701220") + cid[4:]), keys.private_key, context),
        ("a CID alone", "EnvelopeError", sealed(cid), keys.private_key, context),
        *(
            (f"version {version} in 53 bytes", "EnvelopeError",
             sealed(bytes([version]) + digest + cid), keys.private_key, context)
            for version in (0, 1, 3, 255)
        ),
    ]  # fmt: skip
    other = "0x" + "22" * 20
    for field, value in (("chain_id", 1), ("inbox", other), ("sender", other), ("recipient", other)):
        moved = dataclasses.replace(context, **{field: value})
        refused.append((f"suite 2, copied to another {field}", "WrongContextError", good, keys.private_key, moved))
    return opened, [
        hexed(why=why, error=error, envelope=data, private_key=key, context=dataclasses.asdict(where))
        for why, error, data, key, where in refused
    ]


def key_codes() -> dict[str, object]:
    def case(why: str, text: str, keys: PublicKeys) -> dict[str, object]:
        return hexed(
            why=why,
            text=text,
            public_key=keys.public_key,
            hybrid_digest=keys.hybrid_digest,
            address=keys.address,
            fingerprint=keys.words,
            written=key_code(keys),
        )

    both, other = keys_of_words(ART).public(), keys_of_words(WINK).public()
    alone, code = PublicKeys(both.public_key), key_code(both)
    uncompressed = "04" + b"".join(coordinates(both.public_key)).hex()
    read = [
        ("both keys", code, both),
        ("in capitals, as a QR code has it", code.upper(), both),
        ("a line's end behind it", f" {code}\r\n", both),
        ("of another seed", key_code(other), other),
        ("the public key alone", both.public_key.hex(), alone),
        ("uncompressed", uncompressed, alone),
    ]
    refused = [
        ("a digit short", code[:-1]),
        ("a digit more", code + "0"),
        ("no digest behind the colon", code[:67]),
        ("no public key before the colon", code[66:]),
        ("0x before the public key", "0x" + code),
        ("0x before the digest", code.replace(":", ":0x")),
        ("an uncompressed public key", uncompressed + code[66:]),
        ("a blank in the middle", code.replace(":", ": ")),
        ("a third part", code + code[66:]),
        ("a digit that is none", code[:-1] + "g"),
        ("a public key off the curve", "02" + "00" * 31 + "05" + code[66:]),
        ("an age recipient", both.hybrid_recipient or ""),
    ]
    return {
        "codes": [case(*each) for each in read],
        "refuse_codes": [{"why": why, "text": text, "error": "KeyFormatError"} for why, text in refused],
    }


def key_cards() -> tuple[list[object], list[object]]:
    """Those with a hybrid key, to be read and to be refused."""
    both, other = keys_of_words(ART).public(), keys_of_words(WINK).public()
    named = json.loads(encode_card(both, "Okafor Gräce 🩻"))
    card = {name: value for name, value in named.items() if name not in ("name", "words")}
    code, by_digest = key_code(both), dataclasses.replace(both, hybrid_recipient=None)

    def without(*names: str, **members: object) -> str:
        return json.dumps({name: value for name, value in card.items() if name not in names} | members)

    read = [
        ("suite 2, as it is written", json.dumps(card, indent=1) + "\n", both),
        ("suite 2, the recipient without its digest", without("hybrid_digest"), both),
        ("suite 2, the digest without its recipient", without("hybrid_recipient"), by_digest),
        ("suite 2, the digest in capitals", without(hybrid_digest=card["hybrid_digest"].upper()), both),
        ("suite 2, both public keys alone", without("address", "hybrid_digest"), both),
        ("members that are null", without(hybrid_recipient=None, hybrid_digest=None), PublicKeys(both.public_key)),
        ("a key code", code, by_digest),
        ("a key code in capitals, and a line's end", code.upper() + "\n", by_digest),
    ]
    link, named_link = card_link("https://clinic.example", both), card_link("https://x.example/a/", both, "G & Ö #1=+")
    words = "-".join(both.words)
    read_with_name = [
        ("a name and the words, as they are written", encode_card(both, named["name"]).decode(), both, named["name"]),
        ("the words in capitals, far apart", without(words=named["words"].upper().replace(" ", " \n")), both, ""),
        ("a name of 100 characters", without(name="🩻" * 100), both, "🩻" * 100),
        ("a name too long is none", without(name="x" * 101), both, ""),
        ("a name that is no text is none", without(name={"given": "Grace"}), both, ""),
        ("the words of a public key alone",
         json.dumps({"public_key": both.public_key.hex(), "words": " ".join(PublicKeys(both.public_key).words)}),
         PublicKeys(both.public_key), ""),
        ("a card link", link, by_digest, ""),
        ("a card link with a name", named_link + "\n", by_digest, "G & Ö #1=+"),
        ("a card link without words", link.partition("&")[0], by_digest, ""),
        ("a card link of capitals, as phones make them", link.replace(code, code.upper()), by_digest, ""),
        ("a card link of members unknown to version 1", link + "&later=1&card2=", by_digest, ""),
        ("a card link of a public key alone", card_link("http://127.0.0.1:8000", PublicKeys(both.public_key)),
         PublicKeys(both.public_key), ""),
        ("what follows the # of a link", "#" + link.partition("#")[2], by_digest, ""),
    ]  # fmt: skip
    recipient = both.hybrid_recipient or ""
    refused = [
        ("the digest of another recipient", "HybridDigestError",
         without(hybrid_digest=(other.hybrid_digest or b"").hex())),
        ("the recipient of another digest", "HybridDigestError", without(hybrid_recipient=other.hybrid_recipient)),
        ("a digest of 63 digits", "HybridDigestError", without(hybrid_digest=card["hybrid_digest"][:-1])),
        ("a digest with 0x", "HybridDigestError", without(hybrid_digest="0x" + card["hybrid_digest"])),
        ("an empty digest", "HybridDigestError", without(hybrid_digest="")),
        ("a digest that is no text", "KeyFormatError", without(hybrid_digest=7)),
        ("a recipient with a wrong sign", "HybridRecipientError",
         without("hybrid_digest", hybrid_recipient=recipient[:-1] + ("q" if recipient[-1] != "q" else "p"))),
        ("a recipient in capitals", "HybridRecipientError",
         without("hybrid_digest", hybrid_recipient=recipient.upper())),
        ("an empty recipient", "HybridRecipientError", without("hybrid_digest", hybrid_recipient="")),
        ("a recipient of X25519", "HybridRecipientError",
         without("hybrid_digest", hybrid_recipient=bech32.bech32_encode("age", bech32.convertbits(bytes(32), 8, 5)))),
        ("a recipient that is no text", "KeyFormatError", without("hybrid_digest", hybrid_recipient=[recipient])),
        ("a key code cut short", "KeyFormatError", code[:-2]),
        ("no public key, and a digest alone", "KeyFormatError", without("public_key", "hybrid_recipient")),
        ("no public key, and no address", "KeyFormatError", without("public_key", "address")),
        ("no public key, and the digest of another recipient", "HybridDigestError",
         without("public_key", hybrid_digest=(other.hybrid_digest or b"").hex())),
        ("the words of another key", "KeyFormatError", without(words=" ".join(other.words))),
        ("five of the words", "KeyFormatError", without(words=" ".join(both.words[:5]))),
        ("the words of the public key alone", "KeyFormatError",
         without(words=" ".join(PublicKeys(both.public_key).words))),
        ("words that are no text", "KeyFormatError", without(words=list(both.words))),
        ("a link with the words of another key", "KeyFormatError", link.replace(words, "-".join(other.words))),
        ("a link cut short", "KeyFormatError", link[:-3]),
        ("a link cut in its code", "KeyFormatError", link.partition(code[-9:])[0]),
        ("a link without a code", "KeyFormatError", "https://clinic.example/send.html#words=" + words),
        ("a link with two codes", "KeyFormatError", f"{link}&card={code}"),
        ("a link to a page without a card", "KeyFormatError", "https://clinic.example/send.html#"),
    ]  # fmt: skip
    said = [
        (
            hexed(
                why=why,
                card=text,
                public_key=keys.public_key,
                address=keys.address,
                hybrid_digest=keys.hybrid_digest,
                hybrid_recipient=keys.hybrid_recipient,
                fingerprint=keys.words,
            ),
            name,
        )
        for why, text, keys, name in [*((*each, None) for each in read), *read_with_name]
    ]
    return (
        [vector if name is None else vector | {"name": name} for vector, name in said],
        [{"why": why, "card": text, "error": error} for why, error, text in refused],
    )


def address_cards(account: ChecksumAddress) -> list[object]:
    """Of an account that has registered the key of a seed: without a public key, which the contract has."""
    both = keys_of_words(ART).public()
    assert both.hybrid_digest
    assert both.hybrid_recipient
    card = json.loads(encode_card(AddressCard(account, both.hybrid_digest, both.hybrid_recipient)))
    without_digest = {name: value for name, value in card.items() if name != "hybrid_digest"}
    return [
        hexed(
            why=why,
            card=json.dumps(each),
            address=account,
            hybrid_digest=both.hybrid_digest,
            hybrid_recipient=both.hybrid_recipient,
        )
        for why, each in (("as it is written", card), ("the recipient without its digest", without_digest))
    ]


def key_files() -> dict[str, object]:
    seed = keys_of_words(ART)
    alone = Keys(seed.private_key)
    plain = ART.encode() + b"\n"
    keystore = json.dumps(Account.encrypt(seed.private_key, PASSPHRASE, iterations=2))
    with tempfile.TemporaryDirectory() as folder:
        by_age = age_program.encrypted_to_passphrase(plain, PASSPHRASE, Path(folder)).decode()
    by_page = _by_the_page(plain, passphrase=PASSPHRASE).decode()
    ours = encode_key_file(ART, PASSPHRASE).decode()
    fast = encode_key_file(ART, PASSPHRASE, FAST).decode()
    read = [
        ("24 words", plain.decode(), None, seed),
        ("24 words in capitals, without a line's end", ART.upper(), None, seed),
        ("24 words over lines", "\r\n".join(ART.split()), None, seed),
        ("an age file, made by radiogram", ours, PASSPHRASE, seed),
        ("an age file, made by age-encryption", by_page, PASSPHRASE, seed),
        ("an age file, made by age", by_age, PASSPHRASE, seed),
        ("an age file with the line ends of Windows", fast.replace("\n", "\r\n"), PASSPHRASE, seed),
        ("64 hex digits", seed.private_key.hex() + "\n", None, alone),
        ("64 hex digits with 0x", "0x" + seed.private_key.hex(), None, alone),
        ("a V3 keystore", keystore, PASSPHRASE, alone),
    ]
    lines = fast.splitlines()
    damaged = "\n".join([*lines[:5], lines[5][:9] + ("A" if lines[5][9] != "A" else "B") + lines[5][10:], *lines[6:]])
    age_of_hex = encode_key_file(seed.private_key.hex(), PASSPHRASE, FAST).decode()
    refused = [
        ("an age file, another passphrase", "PassphraseError", fast, "correct horse"),
        ("an age file, no passphrase", "PassphraseError", fast, ""),
        ("a V3 keystore, another passphrase", "PassphraseError", keystore, "correct horse"),
        ("an age file, damaged", "KeyFormatError", damaged, PASSPHRASE),
        ("an age file without its last line", "KeyFormatError", "\n".join(lines[:-1]), PASSPHRASE),
        ("an age file of a work factor of 30", "KeyFormatError", _with_work_factor(fast, "30"), PASSPHRASE),
        ("an age file of a work factor of 0", "KeyFormatError", _with_work_factor(fast, "0"), PASSPHRASE),
        ("an age file to a recipient", "KeyFormatError", _armoured(_to_x25519(plain)), PASSPHRASE),
        ("an age file that holds a private key", "SeedLengthError", age_of_hex, PASSPHRASE),
        ("23 words", "SeedLengthError", " ".join(ART.split()[1:]), None),
        ("a word that is not in the list", "SeedListError", ART.replace("art", "radiogram"), None),
        ("a checksum that is wrong", "SeedChecksumError", ART.replace("art", "abandon"), None),
        ("63 hex digits", "KeyFormatError", "11" * 31 + "1", None),
        ("0 as a private key", "KeyFormatError", "00" * 32, None),
        ("a public key", "KeyFormatError", seed.public().public_key.hex(), None),
        ("nothing", "KeyFormatError", "", None),
    ]
    return {
        "read": [
            hexed(
                why=why,
                file=text,
                passphrase=passphrase,
                private_key=keys.private_key,
                hybrid_secret=keys.hybrid_secret,
            )
            for why, text, passphrase, keys in read
        ],
        "refuse": [
            {"why": why, "error": error, "file": text, "passphrase": passphrase}
            for why, error, text, passphrase in refused
        ],
    }


def _with_work_factor(armoured: str, factor: str) -> str:
    raw = base64.b64decode("".join(armoured.splitlines()[1:-1]))
    return _armoured(raw.replace(f" {FAST}\n".encode(), f" {factor}\n".encode(), 1))


def _armoured(raw: bytes) -> str:
    text = base64.b64encode(raw).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN AGE ENCRYPTED FILE-----", *lines, "-----END AGE ENCRYPTED FILE-----", ""])
