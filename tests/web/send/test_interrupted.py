"""A sending that was interrupted anywhere is finished by going on: exactly one message comes of it."""

from playwright.sync_api import expect

from tests.web.send.page import prepare, press_send

ON_ITS_WAY = "The network is writing it down."


def test_a_page_closed_before_the_receipt_sends_nothing_twice(page, connected, newcomer, study, chain, messages):
    person = newcomer()
    send = page("send.html")
    prepare(send, study, person.public_key)
    chain.ask("miner_stop")
    try:
        press_send(send)
        expect(send.get_by_text(ON_ITS_WAY).first).to_be_visible(timeout=60_000)
        send.close()
        again = page("send.html")
        prepare(again, study, person.public_key)
        press_send(again)
        expect(again.locator(".rows").get_by_text(ON_ITS_WAY)).to_be_visible(timeout=60_000)
    finally:
        chain.ask("miner_start")
    expect(again.get_by_role("heading", name="Sent to ")).to_be_visible()
    assert messages(person) == 1
