"""Holds a recipient's key, and the images that are to go to it, against the register. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from eth_typing import ChecksumAddress

from radiogram.dicom.display import shown_date, shown_name
from radiogram.dicom.metadata import folded, is_same_name
from radiogram.formats.manifest import PatientMetadata
from radiogram.formats.register import Contact

Patients = Iterable[PatientMetadata]


@dataclass(frozen=True)
class Conflict:
    """An attribute of the patient, as shown, in which images and register differ."""

    attribute: str
    in_images: str = field(repr=False)
    in_register: str = field(repr=False)


@dataclass(frozen=True)
class Unknown:
    """The register has neither this key nor this patient."""


@dataclass(frozen=True)
class Known:
    """The register has this key, and nothing of the images contradicts whose it is."""

    contact: Contact
    agreeing: tuple[str, ...]
    """The attributes that images and register both have."""


@dataclass(frozen=True)
class OtherPatient:
    """The register has this key as another patient's."""

    contact: Contact
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class OtherKey:
    """The register has this patient, or this account, with another key."""

    contact: Contact
    is_same_account: bool


Verdict = Unknown | Known | OtherPatient | OtherKey


def check(contacts: Iterable[Contact], address: ChecksumAddress, words: tuple[str, ...], patients: Patients) -> Verdict:
    """What the register says of sending images of `patients` to the account `address`, whose keys have these words.

    A key may be several patients', as a parent's is: then the images must be of one of them.
    """
    contacts, patients = list(contacts), [each for each in patients if any(_attributes(each).values())]
    held = [each for each in contacts if each.address == address]
    if changed := next((each for each in held if each.words != words), None):
        return OtherKey(changed, is_same_account=True)
    if held:
        return min((_held_against(each, patients) for each in held), key=lambda found: isinstance(found, OtherPatient))
    same = (each for each in contacts for patient in patients if is_same_patient(each.patient, patient))
    other = next(same, None)
    return OtherKey(other, is_same_account=False) if other else Unknown()


def conflicts(contact: PatientMetadata, patient: PatientMetadata) -> tuple[Conflict, ...]:
    """Where two patients differ in what both have. Numbers of two issuers are no two patients."""
    held, found = _attributes(contact), _attributes(patient)
    names = [name for name in held if held[name] and found[name] and not _is_same(name, contact, patient)]
    if "issuer of patient id" in names:
        names = [name for name in names if name not in ("patient id", "issuer of patient id")]
    return tuple(Conflict(name, found[name], held[name]) for name in names)


def is_same_patient(one: PatientMetadata, other: PatientMetadata) -> bool:
    """Whether two are surely the same: number or name and birth date agree, and nothing differs."""
    agreeing = _agreeing(one, other)
    return not conflicts(one, other) and ("patient id" in agreeing or {"name", "birth date"} <= set(agreeing))


def is_identified(patient: PatientMetadata) -> bool:
    """Whether it is enough to hold images against: a number, or a name and a birth date."""
    return bool(patient.id or (shown_name(patient.name) and patient.birth_date))


def _held_against(contact: Contact, patients: list[PatientMetadata]) -> Known | OtherPatient:
    found = [each for patient in patients for each in conflicts(contact.patient, patient)]
    if found:
        return OtherPatient(contact, tuple(dict.fromkeys(found)))
    agreeing = [set(_agreeing(contact.patient, patient)) for patient in patients]
    common = set.intersection(*agreeing) if agreeing else set()
    return Known(contact, tuple(name for name in _attributes(contact.patient) if name in common))


def _agreeing(one: PatientMetadata, other: PatientMetadata) -> list[str]:
    """The attributes that both have, and in which they are the same. A number says nothing beside two issuers."""
    held, found = _attributes(one), _attributes(other)
    names = [name for name in held if held[name] and found[name] and _is_same(name, one, other)]
    if one.issuer and other.issuer and "issuer of patient id" not in names:
        names = [name for name in names if name != "patient id"]
    return names


def _is_same(attribute: str, one: PatientMetadata, other: PatientMetadata) -> bool:
    if attribute == "name":
        return is_same_name(one.name, other.name)
    return folded(_attributes(one)[attribute]) == folded(_attributes(other)[attribute])


def _attributes(patient: PatientMetadata) -> dict[str, str]:
    return {
        "name": shown_name(patient.name),
        "birth date": shown_date(patient.birth_date),
        "patient id": patient.id,
        "issuer of patient id": patient.issuer,
    }
