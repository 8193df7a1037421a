"""Passkeys: made once the words are on paper, beside them; they open the images in the browser that made them."""

import re

import pytest
from playwright.sync_api import expect

from radiogram.formats.seed import keys_of_words
from tests.web.controls import heading
from tests.web.open.page import know, take
from tests.web.passkeys import Device
from tests.web.test_key import GOOD, make, person_of, print_sheet, save, start, to_the_file  # noqa: F401 - a fixture

HERE = "Open with this device’s passkey"
OPTIONS = """
  const create = navigator.credentials?.create.bind(navigator.credentials);
  if (create) navigator.credentials.create = async (options) => {
    window.asked = options.publicKey;
    return create(options);
  };
"""
# What the browser answers when its own dialog is cancelled. A virtual device that says no is blocked from then on.
SAYS_NO_ONCE = """
  const get = navigator.credentials?.get.bind(navigator.credentials);
  let left = 1;
  if (get) navigator.credentials.get = (options) =>
    left-- > 0 ? Promise.reject(new DOMException("cancelled", "NotAllowedError")) : get(options);
"""


@pytest.fixture
def named(site):
    """The site by a name, which passkeys need."""
    return site.replace("127.0.0.1", "localhost")


@pytest.fixture
def begun(start, named, troubles):  # noqa: F811
    """A key page at its end, with a device; and the 24 words."""

    def do(**device):
        at = start(site=named)
        held = Device(at, **device)
        words = to_the_file(at)
        troubles.secret(" ".join(words))
        at.get_by_role("button", name="Go on without a key file").click()
        expect(heading(at, HERE)).to_be_visible()
        return at, held, words

    return do


def make_passkey(at, name: str = "My laptop") -> None:
    at.get_by_label("Name of the passkey").fill(name)
    at.locator("#make-passkey").click()
    expect(heading(at, "This passkey opens your images.")).to_be_focused(timeout=30_000)


def kept(at) -> list[dict]:
    return at.evaluate(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("radiogram-passkeys");
          opening.onsuccess = () => {
            const { result: database } = opening;
            if (!database.objectStoreNames.contains("passkeys")) return resolve([]);
            const all = database.transaction("passkeys").objectStore("passkeys").getAll();
            all.onsuccess = () => { database.close(); resolve(all.result); };
          };
        })"""
    )


def go_to_open(at, named) -> None:
    at.goto(named + "index.html")
    expect(heading(at, "Open your images")).to_be_visible()


def test_there_is_no_passkey_before_the_words_are_typed_back(start, named):  # noqa: F811
    at = start(site=named)
    Device(at)
    make(at)
    print_sheet(at)
    expect(at.get_by_role("button", name="Make a passkey")).to_have_count(0)


def test_a_passkey_made_with_the_key_opens_what_is_sent_to_it(
    begun, named, postbox, one, technologist, axe, screenshot, troubles
):
    at, device, words = begun()
    axe(at)
    screenshot(at, "key-16-passkey", full_page=True)
    make_passkey(at)
    axe(at)
    screenshot(at, "key-17-passkey-made", full_page=True)
    assert [each["rpId"] for each in device.credentials] == ["localhost"]
    keys = keys_of_words(" ".join(words))
    troubles.secret(keys.private_key.hex())
    postbox.send(person_of(keys), one)
    go_to_open(at, named)
    know(at, technologist)
    axe(at)
    screenshot(at, "open-50-passkey")
    at.get_by_role("button", name=HERE).click()
    expect(at.get_by_role("button", name="Get hash")).to_be_visible(timeout=60_000)
    take(at)


def test_it_is_asked_for_with_an_input_an_owner_and_a_host(begun, browser):
    browser.add_init_script(OPTIONS)
    at, _, _ = begun()
    make_passkey(at)
    asked = at.evaluate(
        """() => ({ first: asked.extensions.prf.eval.first.byteLength, host: asked.rp.id,
                    ...asked.authenticatorSelection })"""
    )
    assert asked == {
        "first": 32,
        "host": "localhost",
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }


def test_what_the_browser_keeps_is_an_age_file_to_the_passkey_and_no_secret(begun):
    at, _, words = begun()
    make_passkey(at)
    [passkey] = kept(at)
    assert passkey["file"].startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    assert passkey["identity"].startswith("AGE-PLUGIN-FIDO2PRF-1")
    assert passkey["name"] == "My laptop"
    assert passkey["address"] == keys_of_words(" ".join(words)).public().address
    assert set(passkey) == {"id", "identity", "address", "name", "made", "file"}


def test_a_device_without_prf_is_said_to_have_none_and_nothing_is_kept(begun, axe, screenshot):
    at, device, _ = begun(prf=False)
    at.locator("#make-passkey").click()
    expect(heading(at, "There is no new passkey.")).to_be_focused(timeout=30_000)
    expect(at.get_by_text("none that can lock a key (no PRF)")).to_be_visible()
    expect(at.get_by_text("Your words and your key file open your images as before.")).to_be_visible()
    axe(at)
    screenshot(at, "key-18-no-prf", full_page=True)
    assert kept(at) == []
    device.another(transport="usb")
    at.locator("#make-passkey").click()  # whichever answers first
    expect(at.locator(".passkeys .notice h3")).to_be_focused(timeout=30_000)


def test_who_says_no_to_the_device_loses_nothing_and_is_asked_again(begun):
    at, device, _ = begun()
    device.refuses()
    at.locator("#make-passkey").click()
    expect(heading(at, "There is no new passkey.")).to_be_focused(timeout=30_000)
    expect(at.get_by_text("It was stopped, or took too long. Nothing has changed.")).to_be_visible()
    assert kept(at) == []
    device.unblocked()
    make_passkey(at)


def test_who_says_no_to_the_second_question_goes_on_with_the_passkey_that_is_there(begun, browser, axe, screenshot):
    browser.add_init_script(SAYS_NO_ONCE)
    at, device, _ = begun()
    at.locator("#make-passkey").click()
    expect(heading(at, "The passkey is made, and opens nothing yet.")).to_be_focused(timeout=30_000)
    assert (len(device.credentials), kept(at)) == (1, [])
    axe(at)
    screenshot(at, "key-20-passkey-not-tried", full_page=True)
    at.get_by_role("button", name="Use it once").click()
    expect(heading(at, "This passkey opens your images.")).to_be_focused(timeout=30_000)
    assert (len(device.credentials), len(kept(at))) == (1, 1)


def test_one_device_makes_one_passkey_and_another_a_second(begun, named, axe, screenshot):
    at, device, _ = begun()
    make_passkey(at)
    at.get_by_role("button", name="Make another passkey").click()
    expect(at.get_by_text("This device has a passkey for this key already.")).to_be_visible(timeout=30_000)
    key = device.another(transport="usb")
    make_passkey(at, "Security key")
    assert len(key.credentials) == 1
    go_to_open(at, named)
    at.get_by_role("button", name=HERE).click()
    expect(at.get_by_role("list", name="Passkeys of this browser").get_by_role("listitem")).to_have_count(2)
    axe(at)
    screenshot(at, "open-51-two-passkeys")
    at.get_by_role("button", name="Open with Security key").click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=60_000)


def test_who_says_no_while_opening_has_the_other_ways(start, named, tmp_path, axe, screenshot):  # noqa: F811
    at = start(site=named)
    device = Device(at)
    to_the_file(at)
    file = save(at, tmp_path)
    make_passkey(at)
    go_to_open(at, named)
    device.refuses()
    at.get_by_role("button", name=HERE).click()
    expect(heading(at, "The passkey did not open your images.")).to_be_focused(timeout=30_000)
    axe(at)
    screenshot(at, "open-52-passkey-stopped")
    at.locator(".notice").get_by_role("button", name="Use my key file").click()
    at.get_by_label("Key file").set_input_files(file)
    at.get_by_label("Passphrase", exact=True).fill(GOOD)
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=60_000)


def test_a_passkey_that_the_device_lost_is_said_and_the_words_open(begun, named):
    at, device, words = begun()
    make_passkey(at)
    device.loses_credentials()
    go_to_open(at, named)
    at.get_by_role("button", name=HERE).click()
    expect(heading(at, "The passkey did not open your images.")).to_be_focused(timeout=90_000)
    expect(at.get_by_text("the device does not have this passkey any more")).to_be_visible()
    at.locator(".notice").get_by_role("button", name="Type my key").click()
    at.get_by_label("Your key", exact=True).fill(" ".join(words))
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=60_000)


def test_a_passkey_is_renamed_and_forgotten(begun, named):
    at, _, _ = begun()
    make_passkey(at)
    at.get_by_role("button", name="Rename My laptop").click()
    at.get_by_label("Name", exact=True).fill("Old laptop")
    at.get_by_role("button", name="Save the name").click()
    at.get_by_role("button", name="Forget Old laptop").click()
    expect(at.get_by_role("dialog", name="Forget Old laptop?")).to_be_visible()
    at.get_by_role("button", name="Forget it").click()
    expect(at.get_by_role("button", name="Make a passkey")).to_be_visible()
    assert kept(at) == []
    go_to_open(at, named)
    expect(at.get_by_role("button", name="Use my key file")).to_be_visible()
    expect(at.get_by_role("button", name=HERE)).to_have_count(0)


def test_who_has_a_key_makes_a_passkey_where_it_is_opened_and_says_that_there_is_paper(page, begun, named, axe):
    _, _, words = begun()
    there = page(site=named)
    Device(there)
    there.get_by_role("button", name="Type my key").click()
    there.get_by_label("Your key", exact=True).fill(" ".join(words))
    there.get_by_role("button", name="Unlock", exact=True).click()
    there.get_by_role("button", name=re.compile("^Unlocked")).click(timeout=60_000)
    there.get_by_role("button", name="Make a passkey").click()
    expect(there.get_by_role("dialog", name=HERE)).to_be_visible()
    axe(there)
    there.locator("#make-passkey").click()
    expect(there.get_by_text("Put your 24 words on paper first")).to_be_visible()
    there.get_by_label("I have my 24 words on paper.").check()
    make_passkey(there)
    there.get_by_role("button", name="Close").click()
    there.get_by_role("button", name=re.compile("^Unlocked")).click()
    there.get_by_role("button", name="Lock now").click()
    there.get_by_role("button", name=HERE).click()
    expect(heading(there, "Nothing here yet")).to_be_visible(timeout=60_000)


def test_at_a_number_the_page_says_where_it_has_a_name(start, site, named, troubles, axe, screenshot):  # noqa: F811
    at = start(site=site)
    to_the_file(at)
    at.get_by_role("button", name="Go on without a key file").click()
    expect(at.get_by_text("this page was opened by a number")).to_be_visible()
    expect(at.locator("#make-passkey")).to_have_count(0)
    axe(at)
    screenshot(at, "key-19-number", full_page=True)
    link = at.get_by_role("link", name="http://localhost")
    expect(link).to_have_attribute("href", named + "key.html")
    troubles.origins.add(named.rstrip("/"))
    with at.context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_role("button", name="Make my key")).to_be_visible()
