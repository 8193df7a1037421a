"""What has the focus keeps it, and what is half typed stays, while answers come late and pages draw themselves anew.

Whoever uses the keyboard, or hears the page, has nothing but the focus: where a key goes nowhere, the page is broken.
Every other browser test looks for a lost focus too (tests/web/browser.py).
"""

import re

import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.data import get_testdata_file

from tests.flows.conftest import STRANGER_KEY, TECHNOLOGIST_KEY
from tests.web.controls import heading
from tests.web.open.page import know
from tests.web.test_key import to_the_file

HALF = "0x0279be66"
# From now on, what pages tell their Workers waits for release().
HOLD_WORKERS = """() => {
  const { postMessage } = Worker.prototype;
  const waiting = [];
  Worker.prototype.postMessage = function (...message) { waiting.push(() => postMessage.apply(this, message)); };
  globalThis.release = () => { Object.assign(Worker.prototype, { postMessage }); waiting.forEach((each) => each()); };
}"""
SELECTION = "document.activeElement.selectionStart + '-' + document.activeElement.selectionEnd"


@pytest.fixture
def image(tmp_path):
    """An image of somebody who was born on 14 March 1962."""
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False))
    dataset.PatientName, dataset.PatientBirthDate = "Okafor^Grace", "19620314"
    dataset.save_as(tmp_path / "image.dcm")
    return tmp_path / "image.dcm"


@pytest.fixture
def late(wallets):
    """A wallet that allowed this page before, and announces itself when the test says so."""
    wallet = wallets(TECHNOLOGIST_KEY, "Late wallet", "org.example.late", late=True)
    wallet.connected = True
    return wallet


@pytest.fixture
def hold():
    """hold(page, "**/rpc"): what is asked there from now on is answered when the returned function is called."""

    def start(page, pattern: str):
        waiting = []
        page.route(pattern, lambda route: waiting.append(route))

        def release() -> None:
            for route in waiting:
                route.continue_()
            page.unroute(pattern)

        return release

    return start


@pytest.fixture
def letters(devnet, newcomer, troubles, image):
    """letters(2): a person with so many messages, from the technologist."""

    def send(count: int):
        person = newcomer()
        troubles.secret(person.private_key)
        for _ in range(count):
            devnet.json("send_image", image, "--to", person.public_key, "--again")
        return person

    return send


def button(page, name: str | re.Pattern):
    return page.get_by_role("button", name=name)


def tab_to(page, name: str) -> None:
    """By the Tab key alone."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(
            "(name) => (document.activeElement.labels?.[0] ?? document.activeElement).textContent === name", name
        ):
            return
    raise AssertionError(f"{name} is not reached")


def focused(page):
    """What has the focus now."""
    return page.evaluate_handle("document.activeElement")


def is_focused(page, element) -> bool:
    """Whether it is still this very element."""
    return page.evaluate("(element) => element === document.activeElement", element)


def half_typed(page, field) -> object:
    """Types a part, and selects some of it."""
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(HALF)
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    return focused(page)


def assert_still_half_typed(page, element) -> None:
    assert is_focused(page, element)
    assert page.evaluate("document.activeElement.value") == HALF
    assert page.evaluate(SELECTION) == f"{len(HALF) - 3}-{len(HALF)}"


def choose(page, file) -> None:
    page.get_by_label("Choose files").set_input_files(str(file))


def to_the_check(page, file, person) -> None:
    """Send images, up to the Send button."""
    choose(page, file)
    page.get_by_label("Public key or address").fill(person.public_key)
    button(page, "Continue").click()
    button(page, "The words are the same").click()
    expect(heading(page, "Step 3: Check the person")).to_be_focused()


def born(page) -> None:
    for box, value in (("Day", "14"), ("Month", "3"), ("Year", "1962")):
        page.get_by_label(box).fill(value)


def comes(page, wallet) -> None:
    """The wallet announces itself, and the page connects to it."""
    wallet.announce()
    expect(button(page, "Your wallet, ending")).to_be_visible()


def unlock(page, person) -> None:
    button(page, "Type my key").click()
    page.get_by_label("Your key", exact=True).fill(person.private_key)
    button(page, re.compile("^Unlock$")).click()


def take(page) -> None:
    """What the patient has been sent is on screen."""
    button(page, re.compile("^Open$")).click()
    expect(page.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)


def look_again(page, hold):
    """Looks for new images; what is found comes when the returned function is called."""
    expect(button(page, "Check for new images")).to_be_visible()
    release = hold(page, "**/rpc")
    button(page, "Check for new images").click()
    return release


def spoken_end(wallet) -> str:
    return " ".join(wallet.address[-4:])


# ---- Send images


def test_choose_files_keeps_the_focus_when_a_wallet_comes_late(page, late, image):
    send = page("send.html")
    tab_to(send, "Choose files")
    held = focused(send)
    comes(send, late)
    assert is_focused(send, held)
    with send.expect_file_chooser() as chooser:
        send.keyboard.press("Space")
    chooser.value.set_files(str(image))
    expect(heading(send, "Step 2: Patient")).to_be_focused()


def test_a_half_typed_address_stays_when_a_wallet_comes_late(page, late, image):
    send = page("send.html")
    choose(send, image)
    held = half_typed(send, send.get_by_label("Public key or address"))
    comes(send, late)
    assert_still_half_typed(send, held)


def test_a_half_typed_date_stays_when_a_wallet_comes_late(page, late, image, patient):
    send = page("send.html")
    to_the_check(send, image, patient)
    send.get_by_label("Year").focus()
    send.keyboard.type("196")
    held = focused(send)
    comes(send, late)
    expect(send.get_by_text("a fee of about")).to_be_visible()
    send.keyboard.type("2")
    assert is_focused(send, held)
    expect(send.get_by_label("Year")).to_have_value("1962")


def test_another_patients_address_can_be_typed_while_images_are_read(page, image, patient):
    send = page("send.html")
    to_the_check(send, image, patient)
    button(send, "Change images").click()
    send.evaluate(HOLD_WORKERS)
    choose(send, image)
    expect(button(send, "Stop")).to_be_focused()
    button(send, "Change patient").click()
    held = half_typed(send, send.get_by_label("Public key or address"))
    send.evaluate("release()")
    expect(send.get_by_text("CT, 1 image")).to_be_visible()
    assert_still_half_typed(send, held)


def test_the_connect_button_hands_the_focus_to_the_account_that_takes_its_place(page, late):
    send = page("send.html")
    button(send, "Connect wallet").focus()
    comes(send, late)
    expect(button(send, "Your wallet, ending")).to_be_focused()


def test_an_open_account_menu_stays_open_when_the_account_changes(page, late):
    send = page("send.html")
    expect(button(send, "Connect wallet")).to_be_visible()  # it listens for wallets
    comes(send, late)
    button(send, "Your wallet, ending").click()
    button(send, "Disconnect").focus()
    late.switch_account(STRANGER_KEY)
    expect(button(send, f"Your wallet, ending {spoken_end(late)}")).to_be_visible()
    expect(button(send, "Disconnect")).to_be_focused()


def test_a_wallet_to_choose_keeps_the_focus_when_another_one_comes_late(page, wallet, wallets, late):
    wallets(STRANGER_KEY, "Second wallet", "org.example.second")
    send = page("send.html")
    button(send, "Connect wallet").click()
    button(send, "Second wallet").focus()
    late.connected = False
    late.announce()
    expect(button(send, "Late wallet")).to_be_visible()
    expect(button(send, "Second wallet")).to_be_focused()


def test_what_to_do_about_the_fee_keeps_the_focus_when_the_account_changes(page, late, newcomer, image, patient):
    poor, poorer = newcomer(0.0001), newcomer(0)
    late.switch_account(poor.private_key)
    send = page("send.html")
    to_the_check(send, image, patient)
    comes(send, late)
    button(send, "Check again").focus()
    late.switch_account(poorer.private_key)
    expect(button(send, f"Your wallet, ending {spoken_end(late)}")).to_be_visible()
    expect(button(send, "Check again")).to_be_focused()


def test_a_step_of_a_transfer_that_ends_hands_the_focus_to_the_next(page, late, image, patient):
    send = page("send.html")
    to_the_check(send, image, patient)
    born(send)
    comes(send, late)
    late.hang_next = "personal_sign"
    send.get_by_label("Sign the list of images too").check()
    button(send, "Send to Okafor, Grace").click()
    button(send, "Go on without").focus()
    late.hang_next = "eth_sendTransaction"
    late.release()
    expect(heading(send, re.compile("Agree in your wallet$"))).to_be_focused()
    button(send, "Stop waiting").focus()
    late.release()
    expect(heading(send, re.compile("^Sent to "))).to_be_focused()


def test_a_notice_that_is_closed_leaves_the_focus_on_the_page(page, late, image, patient):
    send = page("send.html")
    to_the_check(send, image, patient)
    born(send)
    comes(send, late)
    late.hang_next = "eth_sendTransaction"
    button(send, "Send to Okafor, Grace").click()
    button(send, "Stop waiting").click()
    button(send, "Start over").click()
    late.release()
    button(send, "Close").focus()
    send.keyboard.press("Enter")
    expect(heading(send, "Send images to a patient")).to_be_focused()


# ---- Open images


def test_a_half_typed_name_of_a_sender_stays_while_the_inbox_is_looked_through(page, hold, letters):
    at = page()
    unlock(at, letters(1))
    take(at)
    at.get_by_text("About these images").click()
    release = look_again(at, hold)
    held = half_typed(at, at.get_by_label("Your name for this sender"))
    release()
    expect(button(at, "Check for new images")).to_be_visible()
    assert_still_half_typed(at, held)


def test_a_half_typed_doctors_address_stays_while_the_inbox_is_looked_through(page, hold, letters):
    at = page()
    unlock(at, letters(1))
    take(at)
    button(at, "Share with a doctor").click()
    release = look_again(at, hold)
    held = half_typed(at, at.get_by_label("Doctor’s public key or address"))
    release()
    expect(button(at, "Check for new images")).to_be_visible()
    assert_still_half_typed(at, held)


def test_a_question_about_a_sender_keeps_the_focus_while_the_inbox_is_looked_through(page, hold, letters):
    at = page()
    unlock(at, letters(1))
    release = look_again(at, hold)
    button(at, "Show full address").press("Enter")
    held = focused(at)
    release()
    expect(button(at, "Check for new images")).to_be_visible()
    assert is_focused(at, held)
    expect(button(at, "Hide full address")).to_be_focused()


def test_an_open_menu_of_the_inbox_stays_open_while_it_is_looked_through(page, hold, letters):
    at = page()
    unlock(at, letters(1))
    release = look_again(at, hold)
    button(at, "Unlocked").click()
    button(at, "Lock now").focus()
    held = focused(at)
    release()
    expect(button(at, "Check for new images")).to_be_visible()
    assert is_focused(at, held)


def test_a_message_that_arrives_leaves_the_focus_at_the_one_that_is_read(page, hold, letters):
    at = page()
    unlock(at, letters(2))
    button(at, "Unknown sender").first.click()
    button(at, "Step by step").click()
    button(at, "Get hash").click()
    button(at, "Decrypt").click()
    release = hold(at, "**/ipfs/*")
    button(at, "Get image").click()
    button(at, "Unknown sender").last.click()
    button(at, "Hide").focus()
    release()
    expect(button(at, "Opened")).to_be_visible()
    expect(button(at, "Hide")).to_be_focused()


def test_a_dialog_gives_the_focus_back_to_what_took_its_openers_place(page, hold, letters):
    at = page()
    unlock(at, letters(1))
    button(at, "Step by step").click()
    button(at, "Get hash").click()
    button(at, "Decrypt").click()
    at.route("**/ipfs/*", lambda route: route.fulfill(status=502, body="down"))
    button(at, "Get image").click()
    expect(button(at, "Try another place")).to_be_visible()
    release = look_again(at, hold)
    button(at, "Try another place").click()
    release()
    expect(button(at, "Check for new images")).to_be_attached()
    at.keyboard.press("Escape")
    expect(button(at, "Try another place")).to_be_focused()


# ---- Make a key


def test_a_half_typed_passphrase_stays_when_a_wallet_comes_late(page, late):
    at = page("key.html")
    to_the_file(at)
    held = half_typed(at, at.get_by_label("Passphrase", exact=True))
    late.announce()
    at.wait_for_timeout(500)
    assert_still_half_typed(at, held)


# ---- presses


@pytest.mark.parametrize("ends_elsewhere", [False, True])
def test_a_press_counts_though_an_answer_draws_its_button_anew_meanwhile(
    page, hold, letters, technologist, ends_elsewhere
):
    at = page("open.html")
    know(at, technologist)  # whose letters are announced: that draws the view anew
    release = hold(at, "**/ipfs/**")
    unlock(at, letters(1))
    opens = at.get_by_role("button", name="Open", exact=True)
    expect(opens).to_be_visible()
    opens.hover()
    pressed = opens.element_handle()
    at.mouse.down()
    release()
    at.wait_for_function("(element) => !element.isConnected", arg=pressed)
    if ends_elsewhere:
        heading(at, "Locked images").hover()
    at.mouse.up()
    if ends_elsewhere:
        expect(opens).to_be_visible()
        expect(heading(at, "Locked images")).to_be_visible()
    else:
        expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)
