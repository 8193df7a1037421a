"""Finds a clinic's card by its ENS name: docs/format.md, Clinic card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from eth_typing import ChecksumAddress

from radiogram.clinics.site import card_of_site
from radiogram.errors import ClinicCheckError
from radiogram.formats.clinic_card import ENS_RECORD, ClinicCard, parse_clinic_card


class Names(Protocol):
    """Records of ENS names, as radiogram.chain.ens has them."""

    def address(self, name: str) -> ChecksumAddress | None: ...

    def text(self, name: str, key: str) -> str: ...


def card_of_name(name: str, names: Names, of_site: Callable[[str], ClinicCard] = card_of_site) -> ClinicCard:
    """The card of the account that `name` is the name of; its signature is not checked.

    It stands in the name's text record `radiogram.card`, as a card or card link; or at the site of the record `url`.
    Raises ClinicCheckError, and ClinicCardError for what is no card.
    """
    address = names.address(name)
    if address is None:
        raise ClinicCheckError(f"{name} is no ENS name on this network", "check the name, and which network it is on")
    said = names.text(name, ENS_RECORD)
    card = parse_clinic_card(said.encode()) if said else of_site(_site(name, names))
    if card.address != address:
        raise ClinicCheckError(
            f"{name} is the name of {address}, and the card is of {card.address}", "ask the clinic which is right"
        )
    return card


def _site(name: str, names: Names) -> str:
    try:
        url = urlsplit(names.text(name, "url"))
        host = url.hostname if url.scheme == "https" else None
    except ValueError:
        host = None
    if not host:
        raise ClinicCheckError(f"{name} names neither a clinic's card nor its site", "ask the clinic for its card")
    return host
