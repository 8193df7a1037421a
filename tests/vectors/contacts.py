"""The vectors of registers of contacts, and of what is held against them."""

import json
from dataclasses import replace
from typing import Any

from radiogram.contacts.check import Known, OtherKey, OtherPatient, Unknown, Verdict, check
from radiogram.formats.key_file import encrypt_to_passphrase
from radiogram.formats.keys import Keys, PublicKeys
from radiogram.formats.manifest import PatientMetadata
from radiogram.formats.register import Contact, encode_register
from radiogram.formats.seed import keys_of_words

PASSPHRASE = "fünf Wörter für das Register"
SEED = keys_of_words("abandon " * 23 + "art").public()
ONE, OTHER, THIRD = (Keys(bytes([each]) * 32).public() for each in (1, 2, 3))
GRACE = PatientMetadata("Okafor^Grace", "1962-03-14", "F", "4711", "ST MARY")
JANE = PatientMetadata("Roe^Jane", "1970-02-03", "F", "77", "ST MARY")
NOBODY = PatientMetadata()
FULL = Contact(
    "Grace Okafor",
    SEED.address,
    SEED.public_key,
    SEED.hybrid_digest,
    SEED.hybrid_recipient,
    GRACE,
    "A. Nurse",
    "2026-11-26T20:00:00Z",
)


def _value(contact: Contact) -> dict[str, Any]:
    """A register of one."""
    value: dict[str, Any] = json.loads(encode_register((contact,)))
    return value


def registers() -> dict[str, object]:
    bare = Contact("Doctor Äneas 山田", ONE.address, ONE.public_key)
    registered = Contact("Straße", OTHER.address, ONE.public_key)
    read = [("nobody", ()), ("all that a contact can hold", (FULL,)), ("several", (FULL, bare, registered))]
    texts = [encode_register(contacts).decode() for _, contacts in read]
    sealed = encrypt_to_passphrase(texts[-1].encode(), PASSPHRASE)
    knows_us = ("somebody who has our card", encode_register((replace(bare, has_our_card=True),)).decode())
    good, full = (_value(each) for each in (bare, FULL))

    def changed(good: dict[str, Any] = good, **members: object) -> str:
        return json.dumps(good | {"contacts": [good["contacts"][0] | members]}, ensure_ascii=False)

    refused = [
        ("nothing", ""),
        ("a list", "[]"),
        ("another format", json.dumps(good | {"format": "radiogram-keys"})),
        ("a later version", json.dumps(good | {"version": 2})),
        ("no contacts", json.dumps({"format": "radiogram-register", "version": 1})),
        ("contacts that are no list", json.dumps(good | {"contacts": {}})),
        ("a contact that is none", json.dumps(good | {"contacts": [7]})),
        ("an empty label", changed(label="")),
        ("a label with a space before it", changed(label=" x")),
        ("a label with a control character", changed(label="a\x1b[2J")),
        ("a label with a space that is not U+0020", changed(label="a\u00a0b")),
        ("a label of 101 characters", changed(label="x" * 101)),
        ("a label that is no text", changed(label=7)),
        ("an address that is too short", changed(address="0x12")),
        ("no address", changed(address=None)),
        ("a public key off the curve", changed(public_key="02" + "00" * 31 + "05")),
        ("another hybrid key's digest", changed(full, hybrid_digest="00" * 32)),
        ("a digest of 31 bytes", changed(hybrid_digest="00" * 31, hybrid_recipient=None)),
        ("a hybrid recipient without its digest", changed(full, hybrid_digest=None)),
        ("a hybrid recipient that is none", changed(full, hybrid_recipient="age1pq")),
        ("a comparer that is no text", changed(compared_by=7)),
        ("a time of 101 characters", changed(compared_at="x" * 101)),
        ("one label twice", encode_register((bare, bare)).decode()),
        (
            "one label twice, but for its capitals",
            encode_register((registered, Contact("STRASSE", ONE.address, ONE.public_key))).decode(),
        ),
        ("neither with our card nor without", changed(has_our_card="yes")),
        ("neither with our card nor without: 1", changed(has_our_card=1)),
    ]
    listed = [*((why, text) for (why, _), text in zip(read, texts, strict=True)), knows_us]
    return {
        "read": [{"why": why, "register": text} for why, text in listed],
        "junk": [
            {
                "why": "junk in a patient is absent",
                "register": changed(patient={"name": 7, "id": "4711", "birth_date": "about 1960", "sex": "X"}),
                "patient": {"id": "4711"},
            }
        ],
        "refuse": [{"why": why, "register": text} for why, text in refused],
        "sealed": [{"passphrase": PASSPHRASE, "file": sealed.decode(), "register": texts[-1]}],
    }


def _of(keys: PublicKeys, patient: PatientMetadata = NOBODY, label: str = "A") -> Contact:
    return Contact(label, keys.address, keys.public_key, patient=patient)


def _but(patient: PatientMetadata = GRACE, **attributes: str) -> PatientMetadata:
    return PatientMetadata(**(vars(patient) | attributes))


def checks() -> dict[str, object]:
    both = (_of(ONE, GRACE, "A"), _of(ONE, JANE, "B"))
    changed = Contact("A", ONE.address, OTHER.public_key, patient=GRACE)
    grace = (_of(ONE, GRACE),)
    cases: list[tuple[str, tuple[Contact, ...], PublicKeys, tuple[PatientMetadata, ...], type]] = [
        ("an empty register", (), ONE, (GRACE,), Unknown),
        ("the patient of the register", grace, ONE, (GRACE,), Known),
        ("the key alone, the images name nobody", grace, ONE, (NOBODY,), Known),
        ("the key alone, no DICOM", grace, ONE, (), Known),
        ("a key without a patient takes anybody's images", (_of(ONE),), ONE, (GRACE, JANE), Known),
        ("another name", grace, ONE, (_but(name="Roe^Jane"),), OtherPatient),
        ("another birth date", grace, ONE, (_but(birth_date="1962-03-15"),), OtherPatient),
        ("another number", grace, ONE, (_but(id="4712"),), OtherPatient),
        ("another number, no issuer", grace, ONE, (_but(id="4712", issuer=""),), OtherPatient),
        ("everything of another", grace, ONE, (JANE,), OtherPatient),
        ("one file of another", grace, ONE, (GRACE, JANE, GRACE), OtherPatient),
        ("a number of another issuer is no difference", grace, ONE, (_but(id="99", issuer="ST ANNE"),), Known),
        ("capitals", grace, ONE, (_but(name="OKAFOR^GRACE"),), Known),
        ("another alphabet beside", grace, ONE, (_but(name="Okafor^Grace=山田"),), Known),
        ("ß and ss, wide and narrow", (_of(ONE, _but(name="Groß^Ａnna")),), ONE, (_but(name="GROSS^anna"),), Known),
        ("another sex is no difference", grace, ONE, (_but(sex="M"),), Known),
        ("a birth date that is none", grace, ONE, (_but(birth_date="about 1962"),), OtherPatient),
        ("what only the images have", (_of(ONE, PatientMetadata(id="4711")),), ONE, (GRACE,), Known),
        ("a parent's key, one child", both, ONE, (JANE,), Known),
        ("a parent's key, the other child", both, ONE, (GRACE,), Known),
        ("a parent's key, both at once", both, ONE, (GRACE, JANE), OtherPatient),
        ("a parent's key, somebody else", both, ONE, (_but(id="1"),), OtherPatient),
        ("another key for the patient", (_of(OTHER, JANE, "B"), *grace), THIRD, (GRACE,), OtherKey),
        ("another key for the number", grace, THIRD, (PatientMetadata(id="4711"),), OtherKey),
        ("another key for name and birth date", grace, THIRD, (_but(id="", issuer=""),), OtherKey),
        ("a name alone does not tell who it is", grace, THIRD, (PatientMetadata(name="Okafor^Grace"),), Unknown),
        ("a birth date alone does not", grace, THIRD, (PatientMetadata(birth_date="1962-03-14"),), Unknown),
        ("one number, two issuers", grace, THIRD, (PatientMetadata(id="4711", issuer="ST ANNE"),), Unknown),
        ("another key, nobody's images", grace, THIRD, (), Unknown),
        ("the account has another key", (changed,), ONE, (GRACE,), OtherKey),
        ("the account has another key, another's images", (changed,), ONE, (JANE,), OtherKey),
        ("the account has another key, nobody's images", (changed,), ONE, (), OtherKey),
        ("the key is no longer quantum-safe", (FULL,), PublicKeys(SEED.public_key), (GRACE,), OtherKey),
    ]
    found = []
    for why, contacts, keys, patients, kind in cases:
        verdict = check(contacts, keys.address, keys.words, patients)
        assert isinstance(verdict, kind), why
        found.append(
            {
                "why": why,
                "contacts": json.loads(encode_register(contacts))["contacts"],
                "address": keys.address,
                "words": list(keys.words),
                "patients": [vars(each) for each in patients],
                "verdict": said(verdict),
            }
        )
    return {"check": found}


def said(verdict: Verdict) -> dict[str, object]:
    """What the register says, as the vectors have it."""
    match verdict:
        case Unknown():
            return {"kind": "unknown"}
        case Known():
            return {"kind": "known", "label": verdict.contact.label, "agreeing": list(verdict.agreeing)}
        case OtherPatient():
            differ = [[each.attribute, each.in_images, each.in_register] for each in verdict.conflicts]
            return {"kind": "other patient", "label": verdict.contact.label, "conflicts": differ}
        case OtherKey():
            whose = "account" if verdict.is_same_account else "patient"
            return {"kind": "other key", "label": verdict.contact.label, "whose": whose}
