"""A study that is sent from the page is held by as many homes as the site's list says, before the wallet is asked."""

import pytest
from playwright.sync_api import expect

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.cid import cid_bytes, cid_text
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.pins import Pins
from radiogram.sends import read_sends
from tests.flows.conftest import write_key
from tests.ports import free_port
from tests.web.conftest import stop
from tests.web.controls import heading, press
from tests.web.postbox import Owner
from tests.web.send.material import BORN, NAME
from tests.web.send.page import prepare, press_send, said

TOKEN = "partners-own-token"


@pytest.fixture(scope="module")
def partner(tmp_path_factory):
    """Another node, which has no connection to the site's."""
    with local_ipfs(tmp_path_factory.mktemp("partner")) as running:
        yield running


@pytest.fixture
def list_homes(tmp_path):
    """list_homes(url): environment of a site with one home beside its node, both wanted."""

    def write(url, patience=60):
        path = tmp_path / f"homes-{patience}.toml"
        home = f'name = "partner"\nkind = "kubo"\nurl = "{url}"\nauth = "bearer:{TOKEN}"\n'
        write_key(path, f"pins = 2\npatience = {patience}\n[[home]]\n{home}")
        return {"RADIOGRAM_HOMES": str(path)}

    return write


@pytest.fixture
def uploaded():
    """uploaded(page): the CIDs of what it uploads from now on."""

    def watch(page) -> list[str]:
        seen: list[str] = []
        page.on("response", lambda reply: seen.append(reply.json()["cid"]) if reply.url.endswith("/upload") else None)
        return seen

    return watch


def sent(page) -> None:
    expect(heading(page, f"Sent to {NAME}")).to_be_visible(timeout=60_000)


def test_study_and_key_packet_are_with_the_partner_before_the_wallet_is_asked(
    page, connected, study, serve, devnet, list_homes, partner, uploaded, tmp_path, troubles, look
):
    troubles.secret(TOKEN)
    connected.hang_next = "eth_sendTransaction"
    person = Owner()
    send = page("send.html", site=serve(**list_homes(partner.api)))
    cids = uploaded(send)
    send.get_by_label("Choose files").set_input_files([str(file) for file in study])
    send.get_by_label("Choose key card file").set_input_files(person.card(tmp_path))
    press(send, "The words are the same")
    for label, value in zip(("Day", "Month", "Year"), BORN, strict=True):
        send.get_by_label(label).fill(value)
    press_send(send)
    expect(send.locator(".rows").get_by_text("Sending to Patient")).to_be_visible(timeout=60_000)
    expect(send.locator(".rows").get_by_text("Held by 2 of 2 homes.")).to_be_visible()
    look(send, "homes", brief=True)
    pins = Pins(Endpoint.parse(partner.api))
    assert len(cids) == 2
    assert all(pins.is_pinned(cid_bytes(cid)) for cid in cids)
    connected.release()
    sent(send)
    receipt = tmp_path / "erased.json"
    said = devnet.json("erase", 0, "--of", person.address, "--receipt", receipt, **list_homes(partner.api))
    assert {each["cid"] for each in said["deleted"]} == set(cids)
    assert not any(pins.holds(cid_bytes(cid)) for cid in cids)


def test_a_site_without_homes_speaks_of_none_and_knows_what_was_sent_and_what_was_not(
    page, connected, study, newcomer, devnet, technologist, tmp_path
):
    people = [newcomer(), newcomer()]
    for person in people:
        send = page("send.html")
        prepare(send, study, person.public_key)
        connected.reject_next = "eth_sendTransaction" if person is people[1] else None
        press_send(send)
        if person is people[1]:
            expect(heading(send, "You said no in your wallet.")).to_be_visible(timeout=60_000)
        else:
            sent(send)
        assert "homes" not in send.inner_text("main")
        send.close()
    known = {each.begun.recipient: each for each in read_sends(devnet.home).history.attempts}
    assert [known[person.address].begun.sender for person in people] == [technologist.address] * 2
    said = devnet.json("erase", 0, "--of", people[0].address, "--receipt", tmp_path / "erased.json")
    assert [each["cid"] for each in said["deleted"]] == [cid_text(known[people[0].address].sealed.cid)]


def test_where_a_home_is_away_nothing_is_sent_and_the_journal_goes_on_when_it_is_back(
    page, connected, study, newcomer, start_site, list_homes, partner, closed_url, messages, uploaded, look
):
    person = newcomer()
    port = free_port()
    process, site = start_site("--port", port, **list_homes(closed_url, patience=2))
    send = page("send.html", site=site["url"])
    prepare(send, study, person.public_key)
    press_send(send)
    said(send, "Held by 1 of 2 homes. Waiting for partner.")
    expect(heading(send, "Too few homes keep the images.")).to_be_focused(timeout=60_000)
    words = "Only 1 of 2 homes keep the images. Not yet: partner. Nothing was sent."
    expect(send.locator(".rows").get_by_text(words)).to_be_visible()
    assert closed_url not in send.content()
    look(send, "homes-away")
    assert connected.count("eth_sendTransaction") == 0
    send.close()
    stop(process)

    process, site = start_site("--port", port, **list_homes(partner.api))
    again = page("send.html", site=site["url"])
    cids = uploaded(again)
    expect(heading(again, "Not finished")).to_be_visible()
    press(again, "Go on")
    expect(heading(again, "Arrived")).to_be_visible(timeout=60_000)
    assert (messages(person), cids) == (1, [])
    stop(process)


def test_the_same_page_goes_on_with_what_is_uploaded_once_a_home_is_back(
    page, connected, study, newcomer, start_site, list_homes, partner, closed_url, messages, uploaded
):
    person = newcomer()
    port = free_port()
    process, site = start_site("--port", port, **list_homes(closed_url, patience=2))
    send = page("send.html", site=site["url"])
    prepare(send, study, person.public_key)
    press_send(send)
    expect(heading(send, "Too few homes keep the images.")).to_be_focused(timeout=60_000)
    stop(process)
    process, site = start_site("--port", port, **list_homes(partner.api))
    cids = uploaded(send)
    press(send, "Try again")
    sent(send)
    assert (messages(person), cids) == (1, [])
    stop(process)


def test_who_goes_on_while_a_home_is_still_away_sees_what_is_waited_for_and_can_stop(
    page, connected, study, newcomer, start_site, list_homes, closed_url, messages, look
):
    person = newcomer()
    port = free_port()
    process, site = start_site("--port", port, **list_homes(closed_url, patience=2))
    send = page("send.html", site=site["url"])
    prepare(send, study, person.public_key)
    press_send(send)
    expect(heading(send, "Too few homes keep the images.")).to_be_focused(timeout=60_000)
    send.close()
    again = page("send.html", site=site["url"])
    press(again, "Go on")
    expect(heading(again, "Too few homes keep the images.")).to_be_focused(timeout=60_000)
    expect(again.get_by_text("Only 1 of 2 homes keep the images. Not yet: partner. Nothing was sent.")).to_be_visible()
    stop(process)

    process, site = start_site("--port", port, **list_homes(closed_url, patience=1000))
    press(again, "Try again")
    expect(again.get_by_text("Held by 1 of 2 homes. Waiting for partner.")).to_be_visible(timeout=60_000)
    look(again, "homes-gone-on", brief=True)
    press(again, "Stop waiting")
    expect(again.get_by_role("button", name="Go on")).to_be_focused()
    assert (messages(person), connected.count("eth_sendTransaction")) == (0, 0)
    stop(process)


def test_waiting_for_a_home_can_be_stopped(page, connected, study, newcomer, serve, list_homes, closed_url, messages):
    person = newcomer()
    send = page("send.html", site=serve(**list_homes(closed_url, patience=1000)))
    prepare(send, study, person.public_key)
    press_send(send)
    said(send, "Held by 1 of 2 homes. Waiting for partner.")
    press(send, "Cancel")
    expect(send.get_by_role("button", name=f"Send to {NAME}")).to_be_focused()
    assert (messages(person), connected.count("eth_sendTransaction")) == (0, 0)
