"""The chain's answer: on its way, undone, refused by the inbox, or none; and a copy of the site without settings."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from coincurve import PublicKey
from playwright.sync_api import expect

from tests.web.contract_calls import transact
from tests.web.controls import heading, press
from tests.web.postbox import REGISTER_KEY
from tests.web.send.page import choose, enter, prepare, press_send


def test_an_inbox_that_takes_nothing_from_strangers_says_so(page, connected, newcomer, study, devnet, chain):
    person = newcomer()
    transact(chain, person, devnet.node["inbox"], "restrictInbox(bool)", ["bool"], [True])
    send = page("send.html")
    prepare(send, study, person.public_key)
    press_send(send)
    expect(heading(send, "This cannot be sent.")).to_be_focused()
    expect(send.get_by_text("This inbox takes images from approved senders only")).to_be_visible()


def test_on_its_way_the_page_may_be_closed_and_a_return_shows_it(page, connected, newcomer, study, chain, look):
    person = newcomer()
    send = page("send.html")
    prepare(send, study, person.public_key)
    chain.ask("miner_stop")
    try:
        press_send(send)
        expect(send.get_by_text("The network is writing it down.").first).to_be_visible(timeout=60_000)
        expect(send.get_by_text("You can close this page.").first).to_be_visible()
        expect(send.get_by_role("button", name="Stop waiting")).to_have_count(0)
        look(send, "confirming", dark=True)
        send.close()
        again = page("send.html")
        expect(heading(again, "On its way")).to_be_visible()
        look(again, "returned")
    finally:
        chain.ask("miner_start")
    expect(heading(again, "Arrived")).to_be_visible()
    expect(again.get_by_text("It is message 0.")).to_be_visible()
    again.reload()
    expect(heading(again, "Step 1: Images")).to_be_visible()
    expect(heading(again, "Arrived")).to_have_count(0)


def test_what_the_network_undoes_can_be_sent_again(page, connected, newcomer, study, devnet, chain, stranger, look):
    """The patient registers another key in the same block, just before the message that is sealed to the old one."""
    person = newcomer()
    send = page("send.html")
    prepare(send, study, person.public_key)
    chain.ask("miner_stop")
    try:
        press_send(send)
        expect(send.get_by_text("The network is writing it down.").first).to_be_visible(timeout=60_000)
        other = bytes.fromhex(stranger.public_key[2:])
        point = PublicKey(other).point()
        words = [*(coordinate.to_bytes(32, "big") for coordinate in point), bytes(32)]
        transact(chain, person, devnet.node["inbox"], REGISTER_KEY, ["bytes32"] * 3, words, tip=90 * 10**9)
    finally:
        chain.ask("miner_start")
    expect(heading(send, "The network did not accept it.")).to_be_focused()
    expect(send.get_by_text("The patient got nothing.")).to_be_visible()
    look(send, "failed", dark=True)
    send.get_by_text("Details").click()
    expect(send.get_by_text(connected.sent[-1])).to_be_visible()


def test_a_chain_that_does_not_answer_is_said(page, connected, study, patient, browser, troubles, look):
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    send = page("send.html")
    choose(send, study)
    expect(heading(send, "Step 2: Patient")).to_be_focused()
    browser.set_offline(True)
    enter(send, patient.public_key)
    expect(heading(send, "We could not look the patient up.")).to_be_focused(timeout=30_000)
    look(send, "unreachable")
    browser.set_offline(False)
    press(send, "Try again")
    expect(heading(send, "Read these words to each other")).to_be_focused()


def test_a_copy_without_settings_says_so(page, built, look, troubles):
    troubles.expect("404")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        send = page("send.html", site=f"http://127.0.0.1:{server.server_port}/")
        expect(heading(send, "This copy of Radiogram is not set up.")).to_be_visible()
        look(send, "no-site")
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...
