"""A card by the clinic's website: TLS says whose site it is, and nothing else is believed."""

import threading

import pytest

from radiogram.clinics.site import card_of_site
from radiogram.errors import ClinicCardError, ClinicCheckError
from radiogram.formats.clinic_card import MAX_BYTES, new_clinic_card
from tests.clinics.conftest import SITE
from tests.formats.test_clinic_card import ADDRESS, CARD, CLINIC, MAILBOX
from tests.vectors.clinic import signed


def refusal(site: str = SITE, seconds: float = 10.0) -> str:
    with pytest.raises(ClinicCheckError) as refused:
        card_of_site(site, seconds)
    return refused.value.message


def test_the_card_that_a_site_publishes_is_had(reachable):
    reachable.body = CARD.to_bytes()
    assert card_of_site(SITE) == CARD
    assert card_of_site(f" {SITE.upper()} ") == CARD
    assert [path for path, _ in reachable.asked] == ["/.well-known/radiogram.json"] * 2


def test_nobodys_credentials_go_to_a_site(reachable, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text(f"machine {SITE} login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    reachable.body = CARD.to_bytes()
    card_of_site(SITE)
    ((_, headers),) = reachable.asked
    assert not {"Authorization", "Cookie"} & set(headers)


def test_a_site_that_nobody_vouches_for_is_refused(reachable, monkeypatch):
    reachable.body = CARD.to_bytes()
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert f"{SITE} does not prove that it is {SITE}" in refusal()
    assert reachable.asked == []


def test_a_certificate_of_another_site_is_refused(reachable):
    reachable.body = CARD.to_bytes()
    assert "other.example does not prove that it is other.example" in refusal("other.example")
    assert reachable.asked == []


@pytest.mark.parametrize("site", ["other.example", ""])
def test_a_card_that_names_another_site_is_refused(reachable, site):
    reachable.body = signed(new_clinic_card("St Anne Hospital", ADDRESS, MAILBOX, site), CLINIC).to_bytes()
    assert refusal() == f"the card at {SITE} names {site or 'no site'}: it is another's"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["https://other.example/", f"https://{SITE}/card.json", "http://127.0.0.1/"])
def test_a_redirect_is_not_followed(reachable, status, place):
    reachable.status, reachable.headers = status, {"Location": place}
    assert refusal() == f"{SITE} leads elsewhere for its card: that is not followed"
    assert len(reachable.asked) == 1


@pytest.mark.parametrize("status", [204, 403, 404, 500])
def test_a_site_without_a_card_says_so(reachable, status):
    reachable.status = status
    assert refusal() == f"{SITE} has no card: it answers HTTP {status}"


def test_no_more_than_a_card_is_read(reachable):
    card = CARD.to_bytes()
    reachable.body = card + b" " * (MAX_BYTES - len(card))
    assert card_of_site(SITE) == CARD
    reachable.body += b" "
    assert refusal() == f"{SITE} sends more than a card"


def test_what_is_no_card_is_refused(reachable):
    reachable.body = b"<html>"
    with pytest.raises(ClinicCardError, match="not a clinic's card"):
        card_of_site(SITE)


def test_a_site_that_does_not_go_on_is_given_up(reachable):
    over = threading.Event()
    reachable.body, reachable.before_body = CARD.to_bytes(), lambda: over.wait(60)
    try:
        assert refusal(seconds=3.0) == f"{SITE} does not answer within 3 seconds"
    finally:
        over.set()


def test_a_site_that_breaks_off_is_said_to(reachable):
    reachable.body, reachable.headers = b"{", {"Content-Length": "100", "Connection": "close"}
    with pytest.raises(ClinicCardError):
        card_of_site(SITE, 5.0)


def test_a_host_that_is_not_there_is_said(reachable):
    assert refusal("nowhere.example") == "nowhere.example can't be reached, or broke the connection"


@pytest.mark.parametrize(
    "site", ["localhost", "127.0.0.1", "https://st-anne.example", "st-anne.example/x", "a b.c", ""]
)
def test_what_is_no_host_name_is_not_asked(reachable, site):
    assert "is not the host name of a website" in refusal(site)
    assert reachable.asked == []
