"""How a checked clinic is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radiogram.formats.clinics import Clinic


def checked_name(clinic: Clinic) -> str:
    """`St Anne Hospital, checked`."""
    from radiogram.dicom.display import clean

    return f"{clean(clinic.card.label)}, checked"


def fields(clinic: Clinic) -> dict[str, str | None]:
    """For --json."""
    return {
        "label": clinic.card.label,
        "address": clinic.card.address,
        "mailbox_key": "0x" + clinic.card.mailbox_key.hex(),
        "site": clinic.card.site or None,
        "checked_by": clinic.checked_by,
        "name": clinic.name or None,
        "checked_at": clinic.checked_at,
    }


def lines(clinic: Clinic) -> list[str]:
    """For a person."""
    return [
        checked_name(clinic),
        f"  Address  {clinic.card.address}",
        *([f"  Site     {clinic.card.site}"] if clinic.card.site else []),
        f"  Checked  {how(clinic)}, {clinic.checked_at[:10]}",
    ]


def question(clinic: Clinic) -> str:
    """Before it is kept."""
    from radiogram.dicom.display import clean

    who = f"“{clean(clinic.card.label)}”\n{clinic.card.address}\n"
    if clinic.checked_by == "in person":
        return f"{who}Did the clinic itself hand you this card?"
    return f"{who}Checked {how(clinic)}. Is that how you know the clinic?"


def how(clinic: Clinic) -> str:
    """How it was checked."""
    return {
        "ens": f"by its ENS name {clinic.name}",
        "site": f"by its site {clinic.name}",
        "in person": "in person, by the card that it handed over",
    }[clinic.checked_by]
