"""Make a key: a passphrase, a file that Python and the page open, a sheet that prints on one page, a check."""

import json
import re

import pytest
from eth_account import Account
from playwright.sync_api import expect

from radiogram.formats.key_file import read_keys
from radiogram.formats.public_key import fingerprint, public_key_of
from radiogram.formats.signed_act import parse_signed_act
from tests.flows.conftest import PASSPHRASE, Person
from tests.web.controls import heading, press_to
from tests.web.open.page import know, take

GOOD = "lamp river cousin violin"


@pytest.fixture
def start(page):
    def do(**options):
        return page("key.html", **options)

    return do


def make(at, passphrase: str = GOOD) -> None:
    at.get_by_label("Passphrase", exact=True).fill(passphrase)
    at.get_by_role("button", name="Make my key").click()
    expect(heading(at, re.compile("Save it and print it"))).to_be_focused(timeout=60_000)


def save(at, folder):
    """Saves the key file; its path."""
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save key file").click()
    path = folder / saved.value.suggested_filename
    saved.value.save_as(path)
    path.chmod(0o600)
    return path


def secret_of(path, passphrase: str = GOOD) -> str:
    return Account.decrypt(json.loads(path.read_text()), passphrase).hex().removeprefix("0x")


def to_the_check(at, folder):
    make(at)
    path = save(at, folder)
    at.get_by_role("button", name="Continue").click()
    expect(heading(at, re.compile("Check your sheet"))).to_be_focused()
    return path


def finish(at, folder) -> str:
    """To the end of the check; the secret."""
    secret = secret_of(to_the_check(at, folder))
    at.get_by_label(re.compile("Last 4 signs")).fill(secret[-4:])
    at.get_by_role("button", name="Finish").click()
    expect(heading(at, "Put your address in the book so hospitals can find it.")).to_be_focused()
    return secret


def test_the_first_thing_said_is_that_a_lost_key_is_lost(start, axe, screenshot):
    at = start()
    expect(at.get_by_text("If you lose your key, nobody can open your images. Not even us.")).to_be_visible()
    axe(at)
    screenshot(at, "key-01-passphrase")


def test_how_good_a_passphrase_is_is_said_in_words(start, axe, screenshot):
    at = start()
    field = at.get_by_label("Passphrase", exact=True)
    field.fill("hunter2")
    expect(at.get_by_text("Too short", exact=True)).to_be_visible()
    field.fill(GOOD)
    expect(at.get_by_text("Good", exact=True)).to_be_visible()
    expect(field).to_have_attribute("type", "password")
    at.get_by_role("button", name="Show passphrase").click()
    expect(field).to_have_attribute("type", "text")
    axe(at)
    screenshot(at, "key-02-good")


def test_a_short_passphrase_makes_no_key(start, axe, screenshot):
    at = start()
    at.get_by_label("Passphrase", exact=True).fill("hunter2")
    at.get_by_role("button", name="Make my key").click()
    expect(at.get_by_role("alert").first).to_contain_text("Choose a longer passphrase: 4 or more different words.")
    expect(at).to_have_title(re.compile("^Error: "))
    axe(at)
    screenshot(at, "key-03-too-short")


def test_a_key_is_made_and_its_address_shown(start, axe, screenshot):
    at = start()
    make(at)
    expect(at.get_by_role("button", name="Copy address")).to_be_visible()
    axe(at)
    screenshot(at, "key-04-made")
    at.get_by_role("button", name="Show code").click()
    expect(at.get_by_role("img", name="Code of your address")).to_be_visible()
    axe(at)
    screenshot(at, "key-05-code")


def test_the_key_file_opens_in_python(start, tmp_path, troubles):
    at = start()
    make(at)
    path = save(at, tmp_path)
    private_key = read_keys(path, lambda: GOOD).private_key
    troubles.secret(private_key.hex())
    public_key = "0x" + public_key_of(private_key).hex()
    at.get_by_role("button", name="Show full public key").click()
    assert re.sub(r"\s", "", at.locator(".address-more code").inner_text()) == public_key
    expect(at.get_by_text(" ".join(fingerprint(bytes.fromhex(public_key[2:]))))).to_be_visible()
    address = Account.from_key(private_key).address
    assert path.name == f"radiogram-key-{address[2:6]}-{address[-4:]}.json"


def test_what_is_sent_to_the_key_opens_with_its_file_in_the_page_and_in_python(
    start, page, tmp_path, postbox, one, small, devnet, technologist, chain, troubles
):
    at = start()
    make(at)
    path = save(at, tmp_path)
    person = Person(secret_of(path))
    troubles.secret(person.private_key)
    postbox.send(person, one)
    out = tmp_path / "out"
    got = devnet.json(
        "retrieve_image",
        "0",
        "--of",
        person.address,
        "--key-file",
        path,
        "--out",
        out,
        RADIOGRAM_KEY_FILE_PASSPHRASE=GOOD,
    )
    assert (out / "CT_small.dcm").read_bytes() == small.read_bytes(), got
    there = page()
    know(there, technologist)
    there.get_by_role("button", name="Use my key file").click()
    there.get_by_label("Key file").set_input_files(path)
    there.get_by_label("Passphrase", exact=True).fill(GOOD)
    there.get_by_role("button", name="Unlock", exact=True).click()
    expect(there.get_by_role("button", name="Get hash")).to_be_visible(timeout=60_000)
    take(there)


def test_the_path_goes_on_only_when_the_file_is_saved(start, tmp_path, axe, screenshot):
    at = start()
    make(at)
    at.get_by_role("button", name="Continue").click()
    expect(at.get_by_role("alert").first).to_contain_text("Save the file first. You will need it.")
    axe(at)
    screenshot(at, "key-06-not-saved")
    save(at, tmp_path)
    at.get_by_role("button", name="Continue").click()
    expect(heading(at, re.compile("Check your sheet"))).to_be_focused()


def test_leaving_is_warned_of_until_the_file_is_saved(start, tmp_path):
    at = start()
    asked = []
    at.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    make(at)
    at.evaluate("setTimeout(() => location.reload())")
    at.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    save(at, tmp_path)
    at.reload()
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_sheet_prints_on_one_page_with_the_secret_below_the_fold(start, tmp_path, paper):
    at = start()
    make(at)
    secret = secret_of(save(at, tmp_path))
    at.evaluate("window.print = () => {}")
    at.get_by_role("button", name="Print the sheet").click()
    expect(at.locator(".sheet")).to_have_count(1)
    at.emulate_media(media="print")
    at.locator(".sheet").wait_for(state="visible")
    pixel = 25.4 / 96  # millimetres
    codes = [code.bounding_box()["width"] * pixel for code in at.locator(".sheet .qr").all()]
    # The drawings have a margin of 4 modules on each side.
    assert codes[0] >= 35 + 6
    assert codes[1] >= 45 + 6
    fold = at.locator(".fold").bounding_box()["y"]
    assert at.locator(".sheet .code-lines").nth(0).bounding_box()["y"] < fold
    assert at.locator(".sheet .code-lines").nth(1).bounding_box()["y"] > fold
    assert "Keep this like money." in at.locator(".sheet").inner_text()
    assert "".join(at.locator(".sheet .code-lines").nth(1).locator("span").all_inner_texts()) == secret
    pdf = tmp_path / "sheet.pdf"
    at.pdf(path=pdf, format=paper)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1


def test_the_secret_is_in_the_page_only_while_it_is_printed(start, tmp_path):
    at = start()
    make(at)
    secret = secret_of(save(at, tmp_path))
    at.evaluate("window.print = () => dispatchEvent(new Event('afterprint'))")
    at.get_by_role("button", name="Print the sheet").click()
    expect(at.get_by_role("button", name="Continue")).to_be_visible()
    expect(at.locator(".sheet")).to_have_count(0)
    assert secret[:4] + secret[4:8] not in re.sub(r"\s", "", at.locator("body").text_content())


def test_the_secret_code_is_shown_for_thirty_seconds_when_nobody_looks(start, tmp_path, axe, screenshot):
    at = start()
    at.clock.install()
    make(at)
    secret = secret_of(save(at, tmp_path))
    at.get_by_role("button", name="Show secret code").click()
    expect(at.get_by_role("dialog", name="Is anyone looking?")).to_be_visible()
    axe(at)
    screenshot(at, "key-07-is-anyone-looking")
    at.get_by_role("button", name="Show for 30 seconds").click()
    shown = at.get_by_role("dialog", name="Your secret code")
    expect(shown).to_be_visible()
    assert "".join(shown.locator(".code-lines span").all_inner_texts()) == secret
    axe(at)
    at.clock.fast_forward("00:31")
    expect(shown).to_have_count(0)
    assert secret not in re.sub(r"\s", "", at.locator("body").text_content())


def test_wrong_signs_are_said_with_the_line_to_look_at(start, tmp_path, axe, screenshot):
    at = start()
    secret = secret_of(to_the_check(at, tmp_path))
    axe(at)
    screenshot(at, "key-08-check")
    at.get_by_label(re.compile("Last 4 signs")).fill("0000" if secret[-4:] != "0000" else "1111")
    at.get_by_role("button", name="Finish").click()
    expect(at.get_by_role("alert").first).to_contain_text("Not the same. Look at line 3 of the sheet.")
    axe(at)
    screenshot(at, "key-09-not-the-same")


def test_no_signs_at_all_are_asked_for(start, tmp_path):
    at = start()
    to_the_check(at, tmp_path)
    at.get_by_role("button", name="Finish").click()
    expect(at.get_by_role("alert").first).to_contain_text("Type the last 4 signs on the sheet.")


def test_a_new_passphrase_is_for_the_same_key(start, tmp_path):
    at = start()
    make(at)
    before = secret_of(save(at, tmp_path))
    at.get_by_role("button", name="Change passphrase").click()
    at.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    at.get_by_role("button", name="Use this passphrase").click()
    expect(heading(at, re.compile("Save it and print it"))).to_be_focused(timeout=60_000)
    (tmp_path / "again").mkdir()
    assert secret_of(save(at, tmp_path / "again"), PASSPHRASE) == before


def test_without_a_wallet_the_key_is_ready_all_the_same(start, tmp_path, axe, screenshot):
    at = start()
    finish(at, tmp_path)
    axe(at)
    screenshot(at, "key-10-book")
    at.get_by_role("button", name="Agree in wallet").click()
    expect(heading(at, "You need a wallet")).to_be_focused()
    axe(at)
    at.reload()


def test_the_end_says_where_the_sheet_belongs(start, tmp_path, axe, screenshot):
    at = start()
    finish(at, tmp_path)
    at.get_by_role("button", name="Not now").click()
    expect(heading(at, "Your key is ready.")).to_be_focused()
    expect(at.get_by_text("Put the sheet where you keep your passport.")).to_be_visible()
    axe(at)
    screenshot(at, "key-11-ready")


def test_a_wallet_puts_the_address_of_the_new_key_in_the_book(start, wallet, postbox, tmp_path):
    at = start()
    wallet.reject_next = "eth_sendTransaction"
    person = Person(finish(at, tmp_path))
    at.get_by_role("button", name="Agree in wallet").click()
    expect(heading(at, "You said no in your wallet.")).to_be_focused()
    at.get_by_role("button", name="Ask again").click()
    expect(heading(at, "Your key is ready.")).to_be_focused(timeout=30_000)
    _, registered = postbox.key_of(person.address)
    assert "0x" + registered.hex() == person.public_key


def test_the_hospital_can_put_the_address_in_the_book(start, devnet, postbox, tmp_path):
    at = start()
    person = Person(finish(at, tmp_path))
    with at.expect_download() as saved:
        at.get_by_role("button", name="Do it at the hospital").click()
    path = tmp_path / "act.json"
    saved.value.save_as(path)
    assert parse_signed_act(path.read_bytes()).act.account == person.address
    assert devnet.json("relay", path)["changed"] is True
    at.get_by_role("button", name="Go on").click()
    expect(heading(at, "Your key is ready.")).to_be_focused()


def test_the_keyboard_alone_makes_a_key(start, tmp_path):
    at = start()
    press_to(at, "Passphrase")
    at.keyboard.type(GOOD)
    at.keyboard.press("Enter")
    expect(heading(at, re.compile("Save it and print it"))).to_be_focused(timeout=60_000)
    press_to(at, "Save key file")
    with at.expect_download() as saved:
        at.keyboard.press("Enter")
    path = tmp_path / "key.json"
    saved.value.save_as(path)
    press_to(at, "Continue")
    at.keyboard.press("Enter")
    press_to(at, "Last 4 signs")
    at.keyboard.type(secret_of(path)[-4:])
    at.keyboard.press("Enter")
    press_to(at, "Not now")
    at.keyboard.press("Enter")
    expect(heading(at, "Your key is ready.")).to_be_focused()


def test_nothing_of_a_new_key_is_left_lying_about(start, tmp_path, troubles):
    at = start()
    troubles.secret(finish(at, tmp_path))
    troubles.secret(GOOD)
    at.get_by_role("button", name="Not now").click()
    expect(heading(at, "Your key is ready.")).to_be_visible()
