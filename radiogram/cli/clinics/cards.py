"""Where a clinic's card is had from, and what was checked by that."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from radiogram.formats.clinic_card import ClinicCard
    from radiogram.formats.clinics import Clinic


def read_card(text: str) -> ClinicCard:
    """The card in a file, or in a card link. Raises ClinicCardError."""
    from radiogram.formats.clinic_card import MAX_BYTES, parse_clinic_card

    if "#clinic=" in text:
        return parse_clinic_card(text.encode())
    try:
        with Path(text).open("rb") as stream:
            return parse_clinic_card(stream.read(MAX_BYTES + 1))
    except OSError as error:
        fail(f"{text} can't be read: {error.strerror}")


def checked(session: Session, card: str | None, ens: str | None, site: str | None) -> Clinic:
    """The clinic that one of the three names, its card signed by its account. Raises ClinicCardError and its others."""
    from radiogram.chain.ens import EnsRecords
    from radiogram.clinics.ens_name import card_of_name
    from radiogram.clinics.site import card_of_site
    from radiogram.formats.clinics import Clinic

    if sum(each is not None for each in (card, ens, site)) > 1:
        fail("name one clinic: a CARD that it gave you, --ens NAME or --site HOST")
    if ens is not None:
        found, how, name = card_of_name(ens, EnsRecords(session.network.provider)), "ens", ens
    elif site is not None:
        found = card_of_site(site)
        how, name = "site", found.site
    else:
        found, how, name = read_card(card or session.terminal.ask_file("CARD", "Clinic's card")), "in person", ""
    check_signature(session, found)
    return Clinic(found, how, name, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")


def check_signature(session: Session, card: ClinicCard, block: int | None = None) -> None:
    """Raises ClinicCardError. On a network that was named, an account that is a contract is asked, as of `block`."""
    from radiogram.chain.contract_signature import is_taken

    if not session.network.is_named:
        card.check_signature()
        return
    provider = session.network.provider
    card.check_signature(lambda account, digest, signature: is_taken(provider, account, digest, signature, block))
