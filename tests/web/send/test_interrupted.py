"""A sending that was interrupted anywhere is finished by going on: exactly one message comes of it.

Pages are closed without a warning: what the next one knows is what the journal has.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.browser import chromium
from tests.web.controls import heading, press
from tests.web.send.material import NAME
from tests.web.send.page import prepare, press_send

ON_ITS_WAY = "The network is writing it down."
AGREE = "Sending to Patient"
KEPT_BEFORE = "You sent these images to this patient before."
NO_DATABASE = "IDBFactory.prototype.open = () => { throw new DOMException('', 'InvalidStateError'); }"


@pytest.fixture
def begin(page, study, connected):
    """begin(person, until=AGREE): a page that sends the study to them, and has come so far."""

    def start(person, until: str = "", *, sign: bool = False, **options):
        send = page("send.html", **options)
        prepare(send, study, person.public_key, sign=sign)
        press_send(send)
        if until:
            expect(send.locator(".rows").get_by_text(until)).to_be_visible(timeout=60_000)
        if until == AGREE:  # which is said a moment before the wallet is asked
            asked(send, connected)
        return send

    return start


@pytest.fixture
def stopped(chain):
    """The chain makes no blocks, until `stopped()`."""
    chain.ask("miner_stop")
    yield lambda: chain.ask("miner_start")
    chain.ask("miner_start")


@pytest.fixture
def counting(browser, chain):
    """The chain counts what is in its pool, as nodes of public networks do: Ganache does not."""

    def answer(route) -> None:
        asked = route.request.post_data_json
        if asked["method"] != "eth_getTransactionCount" or asked["params"][1] != "pending":
            route.continue_()
            return
        account = asked["params"][0]
        pool = chain.ask("txpool_content")["pending"].get(account.lower(), {})
        count = int(chain.ask("eth_getTransactionCount", account, "latest"), 16) + len(pool)
        route.fulfill(json={"jsonrpc": "2.0", "id": asked["id"], "result": hex(count)})

    browser.route("**/rpc", answer)


@pytest.fixture
def later(browser):
    """later(seconds): pages think so much later of now."""

    def install(seconds: int) -> None:
        browser.clock.install(time=time.time() + seconds)

    return install


def asked(page, wallet) -> None:
    """The wallet has the request that it leaves hanging."""
    deadline = time.monotonic() + 60
    while wallet.hang_next:
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


def sent(page) -> None:
    expect(heading(page, f"Sent to {NAME}")).to_be_visible(timeout=60_000)


def arrived(page) -> None:
    expect(heading(page, "Arrived")).to_be_visible(timeout=60_000)


def kill_those_with(profile: Path) -> None:
    """The browser of this profile, all its processes at once."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(profile).encode() in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
    (profile / "SingletonLock").unlink(missing_ok=True)


def test_a_page_closed_before_the_receipt_sends_nothing_twice(begin, connected, newcomer, stopped, messages):
    person = newcomer()
    begin(person, ON_ITS_WAY).close()
    again = begin(person, ON_ITS_WAY)
    stopped()
    sent(again)
    assert messages(person) == 1
    assert len(connected.sent) == 1


def test_a_page_closed_before_the_wallet_answers_goes_on_with_what_is_uploaded(
    page, begin, connected, newcomer, messages, requests_to, look
):
    person = newcomer()
    connected.hang_next = "eth_sendTransaction"
    begin(person, AGREE).close()
    again = page("send.html")
    uploads = requests_to(again, "upload")
    expect(heading(again, "Not finished")).to_be_visible()
    expect(again.get_by_text(f"To Patient 0x{person.address[2:6]}…{person.address[-4:]}")).to_be_visible()
    look(again, "not-finished", dark=True)
    press(again, "Go on")
    arrived(again)
    look(again, "arrived-later", brief=True)
    press(again, "Close")
    expect(heading(again, "Earlier sendings")).to_have_count(0)
    assert messages(person) == 1
    assert uploads == []


@pytest.mark.own_browser
def test_a_browser_that_is_killed_before_the_wallet_answers_has_it_on_the_disk(
    begin, connected, newcomer, site, playwright, need, tmp_path
):
    connected.hang_next = "eth_sendTransaction"
    begin(newcomer(), AGREE)
    kill_those_with(tmp_path / "profile")
    with chromium(playwright, need("chromium"), tmp_path / "profile") as running:
        again = running.new_page()
        again.goto(f"{site}send.html")
        expect(heading(again, "Not finished")).to_be_visible()


def test_the_same_images_for_the_same_person_go_on_with_what_was_begun(
    begin, connected, newcomer, messages, newest, technologist
):
    person = newcomer()
    connected.hang_next = "eth_sendTransaction"
    begin(person, AGREE, sign=True).close()
    connected.reject_next = "eth_sendTransaction"
    again = begin(person)
    expect(heading(again, "You said no in your wallet.")).to_be_focused(timeout=60_000)
    press(again, "Ask again")
    sent(again)
    expect(again.get_by_text("Yes, by your wallet")).to_be_visible()
    assert messages(person) == 1
    assert connected.count("personal_sign") == 1
    assert newest(person)[1] == technologist.address


@pytest.mark.usefixtures("counting")
def test_what_the_wallet_may_hold_is_waited_for(page, begin, connected, newcomer, stopped, messages, look):
    person = newcomer()
    connected.hang_next = "eth_sendTransaction"
    send = begin(person, AGREE)
    send.close()
    connected.release()  # they agree, and no page hears of it
    again = page("send.html")
    expect(heading(again, "It may be on its way")).to_be_visible()
    look(again, "may-be-on-its-way", brief=True)
    third = begin(person, "Your wallet may have sent it.")
    expect(heading(third, "It may be on its way")).to_have_count(0)  # it is said once
    look(third, "held", dark=True)
    stopped()
    arrived(again)
    sent(third)
    assert messages(person) == 1


def test_what_was_sent_before_is_sent_again_on_purpose_alone(begin, connected, newcomer, messages, look, troubles):
    for text in ("Okafor", "4471 902", "0001.dcm"):
        troubles.secret(text)
    person = newcomer()
    sent(begin(person))
    again = begin(person)
    expect(heading(again, KEPT_BEFORE)).to_be_focused()
    expect(again.get_by_text("as message 0.")).to_be_visible()
    look(again, "sent-before", dark=True)
    press(again, "Leave it at that")
    expect(again.locator("main").get_by_text("Nothing was sent again.")).to_be_visible()
    assert messages(person) == 1
    press_send(again)
    press(again, "Send a second copy")
    sent(again)
    assert messages(person) == 2


def test_a_dropped_transaction_is_asked_for_again(page, begin, connected, newcomer, messages, later):
    person = newcomer()
    connected.lose_next = True
    send = begin(person, ON_ITS_WAY)
    send.close()
    connected.lose_next = True
    second = begin(person, "Your wallet may have sent it.")  # for a minute, nodes may not know of it yet
    second.close()
    later(120)
    third = page("send.html")
    press(third, "Go on")
    expect(heading(third, "It may be on its way")).to_be_visible()
    third.clock.fast_forward(70_000)
    expect(heading(third, "Not finished")).to_be_visible(timeout=30_000)
    press(third, "Go on")
    arrived(third)
    assert messages(person) == 1


def test_a_transaction_that_is_dropped_meanwhile_is_said(begin, connected, newcomer, messages, later, look):
    person = newcomer()
    connected.lose_next = True
    later(0)
    send = begin(person, ON_ITS_WAY)
    send.clock.fast_forward(70_000)
    expect(heading(send, "The network has lost it.")).to_be_focused(timeout=30_000)
    look(send, "lost", brief=True)
    press(send, "Send again")
    sent(send)
    assert messages(person) == 1


def test_a_message_that_a_reorganisation_took_away_is_sent_again(begin, connected, newcomer, messages, chain, later):
    person = newcomer()
    before = chain.ask("evm_snapshot")
    send = begin(person, sign=True)
    sent(send)
    send.close()
    chain.ask("evm_revert", before)
    assert messages(person) == 0
    later(120)
    again = begin(person)
    sent(again)
    assert messages(person) == 1
    assert connected.count("personal_sign") == 1  # with the same envelope


def test_two_windows_send_one_message(page, begin, connected, newcomer, messages, look):
    person = newcomer()
    connected.hang_next = "eth_sendTransaction"
    first = begin(person, AGREE)
    second = begin(person, "Another window is sending these images.")
    look(second, "elsewhere", brief=True)
    third = page("send.html")
    expect(heading(third, "Step 1: Images")).to_be_visible()
    expect(heading(third, "Not finished")).to_have_count(0)
    connected.release()
    sent(first)
    expect(heading(second, KEPT_BEFORE)).to_be_visible()
    assert messages(person) == 1


def test_what_the_storage_has_lost_is_not_gone_on_with_and_can_be_forgotten(
    page, begin, connected, newcomer, messages, troubles, look
):
    troubles.expect("404")
    person = newcomer()
    connected.reject_next = "eth_sendTransaction"
    send = begin(person)
    expect(heading(send, "You said no in your wallet.")).to_be_focused(timeout=60_000)
    send.close()
    again = page("send.html")
    again.route("**/ipfs/*", lambda route: route.fulfill(status=404))
    press(again, "Go on")
    expect(heading(again, "It cannot be gone on with")).to_be_visible()
    look(again, "gone", brief=True)
    press(again, "Forget")
    expect(heading(again, "Earlier sendings")).to_have_count(0)
    again.reload()
    expect(heading(again, "Step 1: Images")).to_be_visible()
    expect(heading(again, "Earlier sendings")).to_have_count(0)
    assert messages(person) == 0


def test_a_window_that_keeps_nothing_says_so_and_sends(begin, connected, browser, newcomer, messages, look):
    browser.add_init_script(NO_DATABASE)
    person = newcomer()
    send = begin(person)
    sent(send)
    expect(heading(send, "This window keeps nothing.")).to_be_visible()
    look(send, "keeps-nothing", brief=True)
    assert messages(person) == 1


def test_a_page_reloaded_while_the_wallet_asks_forgets_nothing_and_sends_once(begin, connected, newcomer, messages):
    """What was asked before the reload is agreed to after it, in the wallet, of which no page hears."""
    person = newcomer()
    connected.hang_next = "eth_sendTransaction"
    send = begin(person, AGREE)
    send.on("dialog", lambda dialog: dialog.accept())
    send.reload()
    expect(heading(send, "Not finished")).to_be_visible()
    expect(send.get_by_text(f"To Patient 0x{person.address[2:6]}…{person.address[-4:]}")).to_be_visible()
    connected.release()
    press(send, "Go on")
    arrived(send)
    assert messages(person) == 1
    assert len(connected.sent) == 1
