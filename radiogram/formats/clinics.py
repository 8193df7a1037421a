"""A patient's list of clinics whose cards were checked: docs/format.md, List of clinics."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from radiogram.errors import ClinicCardError, RegisterError
from radiogram.formats.clinic_card import ClinicCard, parse_clinic_card
from radiogram.formats.manifest import MAX_LABEL
from radiogram.nested_json import parse_json

MAX_BYTES = 32 << 20
MAX_CLINICS = 1000
MAX_NAME = 255  # characters of a host name or ENS name
_FORMAT, _VERSION = "radiogram-clinics", 1
HOW = ("ens", "site", "in person")
"""How a card can have been checked."""


@dataclass(frozen=True)
class Clinic:
    """A card, and how it was checked."""

    card: ClinicCard = field(repr=False)
    checked_by: str
    """One of `HOW`."""
    name: str = field(repr=False)
    """The ENS name or host name it was found by; empty for one that was handed over in person."""
    checked_at: str
    """ISO 8601 UTC."""


def encode_clinics(clinics: tuple[Clinic, ...]) -> bytes:
    """As a JSON object, not yet encrypted."""
    value = {"format": _FORMAT, "version": _VERSION, "clinics": [_value(each) for each in clinics]}
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def parse_clinics(data: bytes) -> tuple[Clinic, ...]:
    """The clinics of a JSON object. Raises RegisterError."""
    if len(data) > MAX_BYTES:
        raise RegisterError("that is too large for a list of clinics")
    try:
        value = parse_json(data)
        if not isinstance(value, dict) or value.get("format") != _FORMAT:
            raise RegisterError("that is not a list of clinics")
        if value.get("version") != _VERSION:
            raise RegisterError("that list of clinics is of a later version", "update this software")
        listed = value["clinics"]
        if not isinstance(listed, list):
            raise TypeError("no list")
        if len(listed) > MAX_CLINICS:
            raise RegisterError(f"that list has more than {MAX_CLINICS:,} clinics")
        clinics = tuple(_clinic(each) for each in listed)
    except (ClinicCardError, ValueError, LookupError, TypeError, AttributeError):
        raise RegisterError("that list of clinics is damaged", "use another copy of it") from None
    for held in ({each.card.address for each in clinics}, {each.card.label.casefold() for each in clinics}):
        if len(held) < len(clinics):
            raise RegisterError("that list has one clinic twice", "use another copy of it")
    return clinics


def _value(clinic: Clinic) -> dict[str, Any]:
    value = {
        "card": json.loads(clinic.card.to_bytes()),
        "checked_by": clinic.checked_by,
        "name": clinic.name,
        "checked_at": clinic.checked_at,
    }
    return {name: each for name, each in value.items() if each != ""}


def _clinic(value: dict[str, Any]) -> Clinic:
    texts = [value.get(name, "") for name in ("checked_by", "name", "checked_at")]
    if not all(isinstance(each, str) for each in texts):
        raise TypeError("no text")
    how, name, moment = texts
    if how not in HOW or bool(name) == (how == "in person") or len(name) > MAX_NAME or not 0 < len(moment) <= MAX_LABEL:
        raise ValueError("not checked")
    return Clinic(parse_clinic_card(json.dumps(value["card"]).encode()), how, name, moment)
