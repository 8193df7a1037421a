"""The vectors of clinics' cards."""

import base64
import json

from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram.formats.clinic_card import MAILBOX_KEY_NUMBER, ClinicCard, new_clinic_card
from radiogram.formats.derived_key import key_from_signature, key_request
from radiogram.formats.public_key import address_of, coordinates, public_key_of


def signed(card: ClinicCard, private_key: bytes) -> ClinicCard:
    """By a key, RFC 6979, so that the signature is always the same."""
    return card.signed(bytes(Account.sign_message(encode_defunct(text=card.signing_text()), private_key).signature))


def mailbox_key(private_key: bytes) -> bytes:
    """The private key of the account's mailbox."""
    account = Account.from_key(private_key)
    request = key_request(account.address, MAILBOX_KEY_NUMBER)
    return key_from_signature(bytes(account.sign_message(request).signature), account.address, MAILBOX_KEY_NUMBER)


def clinic_cards(sender: bytes, stranger: bytes) -> dict[str, object]:
    address, secret = address_of(public_key_of(sender)), mailbox_key(sender)
    mailbox = public_key_of(secret)
    cases = [
        ("with a site", signed(new_clinic_card("St Anne Hospital", address, mailbox, "st-anne.example"), sender)),
        ("without a site", signed(new_clinic_card("Praxis Äneas 山田 “\\”", address, mailbox), sender)),
        ("a label of 100 characters", signed(new_clinic_card("x" * 100, address, mailbox, "a.b"), sender)),
        ("not signed by the account", signed(new_clinic_card("St Anne Hospital", address, mailbox), stranger)),
        ("a signature that a contract may take", ClinicCard("Wallet", address, mailbox, "", b"\x01")),
    ]
    good, uncompressed = json.loads(cases[0][1].to_bytes()), b"".join(coordinates(mailbox)).hex()
    changed = [
        ("another format", {"format": "radiogram-signed-act"}),
        ("a later version", {"version": 2}),
        ("a version that is no integer", {"version": "1"}),
        ("a member more", {"phone": "1"}),
        ("an empty label", {"label": ""}),
        ("a label of 101 characters", {"label": "x" * 101}),
        ("a label with a space at its end", {"label": "St Anne "}),
        ("a label with a line feed", {"label": "St\nAnne"}),
        ("a label with a mark that turns the direction of reading", {"label": "St \u202eAnne"}),
        ("a label with a space that is not U+0020", {"label": "St\u00a0Anne"}),
        ("a label that is no text", {"label": 7}),
        ("an address in lower case", {"address": address.lower()}),
        ("an address with a wrong sign", {"address": address[:-1] + "9"}),
        ("the account's own key for the mailbox", {"mailbox_key": "0x" + public_key_of(sender).hex()}),
        ("a mailbox key off the curve", {"mailbox_key": "0x02" + "00" * 31 + "05"}),
        ("a mailbox key in capitals", {"mailbox_key": "0x" + mailbox.hex().upper()}),
        ("a mailbox key without 0x", {"mailbox_key": mailbox.hex()}),
        ("a mailbox key of 32 bytes", {"mailbox_key": "0x" + "11" * 32}),
        ("an empty site", {"site": ""}),
        ("a site with a scheme", {"site": "https://st-anne.example"}),
        ("a site in capitals", {"site": "St-Anne.example"}),
        ("a site with a port", {"site": "st-anne.example:443"}),
        ("a site with a dot at its end", {"site": "st-anne.example."}),
        ("a site of one part", {"site": "localhost"}),
        ("an IPv4 address", {"site": "127.0.0.1"}),
        ("a part that begins with a hyphen", {"site": "-st.example"}),
        ("a part of 64 characters", {"site": "a" * 64 + ".example"}),
        ("a site that is null", {"site": None}),
        ("no signature", {"signature": "0x"}),
        ("a signature that is no hex", {"signature": "0x1"}),
        ("a signature that is null", {"signature": None}),
    ]
    refused = [(why, json.dumps(good | change, ensure_ascii=False)) for why, change in changed]
    text = json.dumps(good)
    refused += [
        ("a member is missing", json.dumps({name: each for name, each in good.items() if name != "mailbox_key"})),
        ("a member twice", text[:-1] + ', "label": "St Anne Hospital"}'),
        ("JSON cut short", text[:-1]),
        ("a list", f"[{text}]"),
        ("nothing", ""),
        ("a key card", json.dumps({"public_key": "0x" + mailbox.hex()})),
        ("a card link of a patient", "https://clinic.example/send.html#card=" + mailbox.hex()),
        ("a link that is cut short", cases[0][1].link("https://radiogram.example")[:-4]),
        ("a link of no card", "#clinic=" + base64.urlsafe_b64encode(b"{}").rstrip(b"=").decode()),
        ("an uncompressed mailbox key", json.dumps(good | {"mailbox_key": "0x04" + uncompressed})),
        ("a mailbox key of 64 bytes", json.dumps(good | {"mailbox_key": "0x" + uncompressed})),
        ("a link in another alphabet", "#clinic=" + base64.b64encode(b"{\xc3\xbf\xc3\xbe??>>}").decode()),
    ]
    return {
        "mailbox": {
            "account": address,
            "number": MAILBOX_KEY_NUMBER,
            "private_key": "0x" + secret.hex(),
            "public_key": "0x" + mailbox.hex(),
        },
        "read": [
            {
                "why": why,
                "card": card.to_bytes().decode(),
                "link": card.link("https://radiogram.example"),
                "label": card.label,
                "address": card.address,
                "mailbox_key": "0x" + card.mailbox_key.hex(),
                "site": card.site,
                "signing_text": card.signing_text(),
                "signature": "0x" + card.signature.hex(),
                "is_signed": place < 3,
            }
            for place, (why, card) in enumerate(cases)
        ],
        "refuse": [{"why": why, "card": card} for why, card in refused],
    }
