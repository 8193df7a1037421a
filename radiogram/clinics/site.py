"""Fetches the card that a clinic's website publishes: docs/format.md, Clinic card.

That it is the website of that name, TLS says, by the authorities that this computer trusts.
"""

from __future__ import annotations

import http.client
from http import HTTPStatus

import requests
import urllib3

from radiogram.deadline import Deadline, Session, take_whole
from radiogram.errors import ClinicCheckError
from radiogram.formats.clinic_card import MAX_BYTES, WELL_KNOWN, ClinicCard, is_site, parse_clinic_card
from radiogram.hosts import no_credentials

SECONDS = 15.0
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


def card_of_site(site: str, seconds: float = SECONDS) -> ClinicCard:
    """The card at `site`, which names that site; its signature is not checked.

    Raises ClinicCheckError, and ClinicCardError for what is no card.
    """
    site = site.strip().lower()
    if not is_site(site):
        raise ClinicCheckError(f"{site} is not the host name of a website", "write it as clinic.example")
    card = parse_clinic_card(_fetched(site, seconds))
    if card.site != site:
        whose = f"names {card.site}" if card.site else "names no site"
        raise ClinicCheckError(f"the card at {site} {whose}: it is another's", "ask the clinic for its site")
    return card


def _fetched(site: str, seconds: float) -> bytes:
    try:
        with Session() as session, Deadline(seconds) as deadline, deadline.waiting():
            response = session.get(
                f"https://{site}{WELL_KNOWN}",
                auth=no_credentials,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                allow_redirects=False,
                stream=True,
            )
            if response.status_code == HTTPStatus.OK:
                take_whole(response, MAX_BYTES, deadline)
                return response.content
    except TimeoutError:
        raise ClinicCheckError(f"{site} does not answer within {seconds:g} seconds", "try again later") from None
    except requests.exceptions.SSLError:
        raise ClinicCheckError(
            f"{site} does not prove that it is {site}: no authority that this computer trusts vouches for it",
            "do not trust its card, ask the clinic",
        ) from None
    except _BROKEN:
        raise ClinicCheckError(f"{site} can't be reached, or broke the connection", "check the name") from None
    except ValueError:
        raise ClinicCheckError(f"{site} sends more than a card", "ask the clinic for its site") from None
    if response.is_redirect:
        raise ClinicCheckError(f"{site} leads elsewhere for its card: that is not followed", "ask the clinic")
    raise ClinicCheckError(f"{site} has no card: it answers HTTP {response.status_code}", "ask the clinic for its site")
