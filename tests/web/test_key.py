"""Make a key: words on a sheet that prints on one page, typed back; a file that Python and the page open."""

import io
import json
import re
import subprocess
from dataclasses import replace
from functools import cache

import pyrage
import pytest
import requests
from PIL import Image
from playwright.sync_api import expect

from radiogram.formats.hybrid_key import recipient_cid
from radiogram.formats.key_card import Card, encode_card, key_code, parse_card_text, read_card, read_named_card
from radiogram.formats.key_file import read_keys
from radiogram.formats.keys import Keys
from radiogram.formats.seed import keys_of_words
from radiogram.formats.signed_act import parse_signed_act
from radiogram.ipfs.cid import cid_text
from tests.flows.conftest import PASSPHRASE, ROOT, Person
from tests.web.controls import heading, press_to
from tests.web.open.page import know, take

GOOD = "lamp river cousin violin"


@pytest.fixture
def start(page):
    def do(**options):
        return page("key.html", **options)

    return do


def make(at) -> None:
    at.get_by_role("button", name="Make my key").click()
    expect(heading(at, re.compile("Put your 24 words on paper"))).to_be_focused(timeout=60_000)


def print_sheet(at) -> list[str]:
    """Prints the sheet; the words on it."""
    at.evaluate("window.print = () => {}")
    at.get_by_role("button", name="Print the sheet").click()
    words = at.locator(".sheet .seed-words li")
    expect(words).to_have_count(24)
    expect(heading(at, re.compile("Type them back"))).to_be_visible()
    on_paper = words.all_text_contents()
    at.evaluate("dispatchEvent(new Event('afterprint'))")
    return on_paper


def decoded(picture: Image.Image) -> str:
    """What the QR code in a picture says, by another program than made it."""
    script = """
        import decodeQR from "qr/decode.js";
        import { readFileSync } from "node:fs";
        const [width, height] = process.argv.slice(1).map(Number);
        console.log(decodeQR({ width, height, data: readFileSync(0) }));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script, *map(str, picture.size)],
        cwd=ROOT / "web",
        input=picture.convert("RGBA").tobytes(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode().strip()


def save(at, folder, passphrase: str = GOOD):
    """Saves the key file; its path."""
    at.get_by_label("Passphrase", exact=True).fill(passphrase)
    at.get_by_label("The same passphrase again").fill(passphrase)
    with at.expect_download(timeout=60_000) as saved:
        at.get_by_role("button", name="Save key file").click()
    path = folder / saved.value.suggested_filename
    saved.value.save_as(path)
    path.chmod(0o600)
    return path


def words_of(path, passphrase: str = GOOD) -> list[str]:
    """As any program that reads age files reads them."""
    return decrypted(path.read_bytes(), passphrase).decode().split()


@cache
def decrypted(file: bytes, passphrase: str) -> bytes:
    """Each file once: a passphrase is meant to take long."""
    return pyrage.passphrase.decrypt(file, passphrase)


def keys_of(path) -> Keys:
    return keys_of_words(" ".join(words_of(path)))


def word(at, number: int):
    return at.get_by_label(f"Word {number}", exact=True)


def type_words(at, words: list[str]) -> None:
    for number, each in enumerate(words, 1):
        word(at, number).fill(each)


def to_the_file(at) -> list[str]:
    """To the key file; the words that were typed back."""
    make(at)
    words = print_sheet(at)
    type_words(at, words)
    at.get_by_role("button", name="Continue").click()
    expect(heading(at, re.compile("Save a key file"))).to_be_focused()
    return words


def finish(at, folder) -> Keys:
    """To the end of the path; the keys that were made."""
    words = to_the_file(at)
    path = save(at, folder)
    expect(heading(at, "Your key is ready.")).to_be_focused()
    assert words_of(path) == words
    return keys_of(path)


def person_of(keys: Keys) -> Person:
    return Person(keys.private_key.hex())


def test_the_first_thing_said_is_that_a_lost_key_is_lost(start, axe, screenshot):
    at = start()
    expect(at.get_by_text("If you lose your key, nobody can open your images. Not even us.")).to_be_visible()
    axe(at)
    screenshot(at, "key-01-start")


def test_nothing_of_the_key_is_given_out_before_its_words_are_typed_back(start, axe, screenshot):
    at = start()
    make(at)
    axe(at)
    screenshot(at, "key-02-paper")
    for _ in (1, 2):
        expect(at.get_by_text("Comes when your 24 words are on paper.")).to_be_visible()
        expect(at.get_by_role("button", name="Share my card")).to_have_count(0)
        expect(at.get_by_role("button", name="Save key file")).to_have_count(0)
        print_sheet(at)


def test_the_words_are_typed_back_and_the_card_is_there(start, axe, screenshot):
    at = start()
    to_the_file(at)
    expect(at.get_by_role("button", name="Copy address")).to_have_count(0)  # nothing is sent to it alone yet
    axe(at)
    screenshot(at, "key-04-made")
    at.get_by_role("button", name="Share my card").click()
    expect(at.get_by_role("img", name="Code of your address")).to_be_visible()
    axe(at)
    screenshot(at, "key-05-code")


def test_the_first_four_letters_of_a_word_and_a_space_are_enough(start, axe, screenshot):
    at = start()
    make(at)
    words = print_sheet(at)
    expect(word(at, 1)).to_be_focused()
    axe(at)
    screenshot(at, "key-08-check")
    for place, each in enumerate(words):
        expect(word(at, place + 1)).to_be_focused()
        at.keyboard.type(each[:4].upper() + " ")
    expect(at.get_by_text("24 of 24 words are the same.")).to_be_visible()
    expect(word(at, 24)).to_have_value(words[-1])  # the space is looked at after the letters
    assert [word(at, number).input_value() for number in range(1, 25)] == words
    axe(at)
    screenshot(at, "key-09-all-typed")
    at.keyboard.press("Enter")
    expect(heading(at, re.compile("Save a key file"))).to_be_focused()


def another(each: str) -> str:
    return "zoo" if each != "zoo" else "abandon"


def test_a_wrong_word_is_named_by_its_number_at_once(start, axe, screenshot):
    at = start()
    make(at)
    words = print_sheet(at)
    type_words(at, words[:6])
    word(at, 7).click()
    at.keyboard.type(another(words[6]) + " ")
    expect(at.get_by_role("status").get_by_text("Word 7: Not the same.")).to_be_attached()
    expect(word(at, 7)).to_have_attribute("aria-invalid", "true")
    at.keyboard.type("qqqq")
    expect(at.get_by_role("status").get_by_text("Word 8: No such word.")).to_be_attached()
    axe(at)
    screenshot(at, "key-10-wrong-word")
    type_words(at, [*words[:6], another(words[6]), *words[7:]])
    at.get_by_role("button", name="Continue").click()
    expect(at.get_by_role("alert").first).to_contain_text("Not the same. Look at word 7 of the sheet.")
    axe(at)
    screenshot(at, "key-11-not-the-same")
    word(at, 7).fill(words[6])
    at.get_by_role("button", name="Continue").click()
    expect(heading(at, re.compile("Save a key file"))).to_be_focused()


def test_two_words_that_changed_places_are_both_wrong(start):
    at = start()
    make(at)
    words = print_sheet(at)
    place = next(each for each in range(22) if words[each] != words[each + 1])  # a word may follow itself
    type_words(at, [*words[:place], words[place + 1], words[place], *words[place + 2 :]])
    word(at, 24).focus()
    expect(at.locator("[aria-invalid=true]")).to_have_count(2)
    expect(at.get_by_text("22 of 24 words are the same.")).to_be_visible()


def test_words_that_were_not_typed_are_asked_for(start):
    at = start()
    make(at)
    words = print_sheet(at)
    at.get_by_role("button", name="Continue").click()
    expect(at.get_by_role("alert").first).to_contain_text("Type word 1 of the sheet.")
    type_words(at, words[:23])
    at.get_by_role("button", name="Continue").click()
    expect(at.get_by_role("alert").first).to_contain_text("Type word 24 of the sheet.")


def test_words_that_are_spoken_in_one_go_fill_the_fields_one_after_the_other(start):
    at = start()
    make(at)
    words = print_sheet(at)
    at.keyboard.insert_text(" ".join(words[:12]))
    expect(at.get_by_text("12 of 24 words are the same.")).to_be_visible()


def test_words_are_typed_and_not_pasted(start, troubles):
    at = start()
    make(at)
    words = print_sheet(at)
    troubles.secret(" ".join(words))
    at.evaluate("navigator.clipboard.writeText('zoo zoo')")
    word(at, 1).focus()
    at.keyboard.press("Control+V")
    expect(at.get_by_text("Type the words from your paper").last).to_be_visible()
    assert word(at, 1).input_value() == ""


def test_the_words_are_looked_at_again_on_the_way(start):
    at = start()
    make(at)
    words = print_sheet(at)
    at.get_by_role("button", name="Back to the words").click()
    expect(heading(at, re.compile("Put your 24 words on paper"))).to_be_focused()
    assert print_sheet(at) == words


def test_how_good_a_passphrase_is_is_said_in_words(start, axe, screenshot):
    at = start()
    to_the_file(at)
    field = at.get_by_label("Passphrase", exact=True)
    field.fill("hunter2")
    expect(at.get_by_text("Too short", exact=True)).to_be_visible()
    field.fill(GOOD)
    expect(at.get_by_text("Good", exact=True)).to_be_visible()
    expect(field).to_have_attribute("type", "password")
    at.get_by_role("button", name="Show passphrase").click()
    expect(field).to_have_attribute("type", "text")
    axe(at)
    screenshot(at, "key-06-good")


def test_a_short_passphrase_makes_no_key_file(start, axe, screenshot):
    at = start()
    to_the_file(at)
    at.get_by_label("Passphrase", exact=True).fill("hunter2")
    at.get_by_role("button", name="Save key file").click()
    expect(at.get_by_role("alert").first).to_contain_text("Choose a longer passphrase: 4 or more different words.")
    expect(at).to_have_title(re.compile("^Error: "))
    axe(at)
    screenshot(at, "key-03-too-short")


def test_a_passphrase_that_is_not_the_same_twice_makes_no_key_file(start):
    at = start()
    to_the_file(at)
    at.get_by_label("Passphrase", exact=True).fill(GOOD)
    at.get_by_label("The same passphrase again").fill(GOOD + "o")
    at.get_by_role("button", name="Save key file").click()
    expect(at.get_by_role("alert").first).to_contain_text("The two are not the same. Type the passphrase again.")


def test_a_suggested_passphrase_is_shown_and_typed_again(start, tmp_path):
    at = start()
    words = to_the_file(at)
    at.get_by_role("button", name="Suggest a passphrase").click()
    field = at.get_by_label("Passphrase", exact=True)
    expect(field).to_have_attribute("type", "text")
    expect(at.get_by_text("Very good", exact=True)).to_be_visible()
    suggested = field.input_value()
    assert len(suggested.split()) == 6
    expect(at.get_by_label("The same passphrase again")).to_be_focused()
    assert words_of(save(at, tmp_path, suggested), suggested) == words


def test_the_key_file_opens_in_python_and_holds_both_keys(start, tmp_path, troubles):
    at = start()
    to_the_file(at)
    path = save(at, tmp_path)
    keys = read_keys(path, lambda: GOOD)
    assert keys == keys_of(path)
    troubles.secret(keys.private_key.hex())
    troubles.secret(" ".join(words_of(path)))
    public = keys.public()
    at.get_by_role("button", name="Show full key code").click()
    assert re.sub(r"\s", "", at.locator(".address-more code").inner_text()) == key_code(public)
    expect(at.get_by_text(" ".join(public.words))).to_be_visible()
    expect(at.get_by_text("Safe from future quantum computers: yes.")).to_be_visible()
    assert path.name == f"radiogram-key-{public.address[2:6]}-{public.address[-4:]}.txt"


def test_the_key_card_is_a_file_that_python_reads(start, tmp_path):
    at = start()
    public = keys_of_words(" ".join(to_the_file(at))).public()
    at.get_by_role("button", name="Share my card").click()
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save key card").click()
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    assert path.name == f"radiogram-card-{public.address[2:6]}-{public.address[-4:]}.json"
    assert read_card(path) == public
    assert json.loads(path.read_text()) == json.loads(encode_card(public))


def test_the_card_has_the_name_that_its_owner_wants(start, tmp_path):
    at = start()
    to_the_file(at)
    at.get_by_label("Your name on the card").fill(" Grace Öl ")
    at.get_by_role("button", name="Share my card").click()
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save key card").click()
    saved.value.save_as(tmp_path / "card")
    assert read_named_card(tmp_path / "card").name == "Grace Öl"


def test_the_code_is_a_link_that_opens_send_images_with_the_card(start, page, tmp_path, axe, screenshot):
    at = start()
    public = keys_of_words(" ".join(to_the_file(at))).public()
    at.get_by_label("Your name on the card").fill("Grace")
    at.get_by_role("button", name="Share my card").click()
    at.get_by_role("button", name="Copy link").click()
    link = at.evaluate("navigator.clipboard.readText()")
    assert parse_card_text(link) == Card(replace(public, hybrid_recipient=None), "Grace")
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save as picture").click()
    saved.value.save_as(tmp_path / "card.png")
    with Image.open(tmp_path / "card.png") as picture:
        assert decoded(picture) == link

    there = page(link.removeprefix(link.partition("send.html")[0]))
    expect(there.get_by_role("heading", name="Read these words to each other")).to_be_focused(timeout=60_000)
    expect(there.get_by_text("Name on the card: Grace. Anybody can write any name.")).to_be_visible()
    words = there.get_by_role("list", name="Six words").get_by_role("listitem").all_text_contents()
    assert [word.lstrip("0123456789: ") for word in words] == list(public.words)
    assert there.evaluate("location.hash") == ""
    axe(there)
    screenshot(there, "send-08-card-link")
    there.get_by_role("button", name="The words are the same").click()
    expect(there.get_by_label("Choose files")).to_be_attached()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_card_is_printed_alone_and_holds_no_secret(start, tmp_path, paper):
    at = start()
    words = to_the_file(at)
    at.get_by_label("Your name on the card").fill("Grace")
    at.get_by_role("button", name="Share my card").click()
    at.evaluate("window.print = () => {}")
    at.get_by_role("button", name="Print", exact=True).click()
    card = at.locator(".card-paper")
    expect(card).to_have_count(1)
    at.emulate_media(media="print")
    card.wait_for(state="visible")
    expect(card.get_by_role("heading", name="Radiogram key card of Grace")).to_be_visible()
    assert [item.split()[-1] for item in card.get_by_role("listitem").all_inner_texts()] == list(
        keys_of_words(" ".join(words)).public().words
    )
    with Image.open(io.BytesIO(card.locator(".qr").screenshot())) as picture:
        assert parse_card_text(decoded(picture)).name == "Grace"
    assert " ".join(words) not in card.inner_text()
    pdf = tmp_path / "card.pdf"
    at.pdf(path=pdf, format=paper)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1
    at.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(card).to_have_count(0)


def test_a_damaged_card_link_is_said_and_the_field_is_there(page):
    at = page("send.html#card=02ab&words=zoo")
    expect(at.get_by_text("is not a public key").or_(at.get_by_text("not a key code")).first).to_be_visible()
    expect(at.get_by_label("Public key or address")).to_be_visible()


def test_what_is_sent_to_the_key_opens_with_its_file_in_the_page_and_in_python(
    start, page, tmp_path, postbox, one, small, devnet, technologist, chain, troubles
):
    at = start()
    to_the_file(at)
    path = save(at, tmp_path)
    person = person_of(keys_of(path))
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


def test_a_key_file_is_not_needed_and_can_be_saved_later(start, tmp_path, axe):
    at = start()
    words = to_the_file(at)
    at.get_by_role("button", name="Go on without a key file").click()
    expect(heading(at, "Your key is ready.")).to_be_focused()
    expect(at.get_by_text("There is no key file.")).to_be_visible()
    axe(at)
    at.get_by_role("button", name="Save a key file").click()
    expect(heading(at, re.compile("Save a key file"))).to_be_focused()
    assert words_of(save(at, tmp_path)) == words


def test_leaving_is_warned_of_until_the_words_are_known_to_be_on_paper(start):
    at = start()
    asked = []
    at.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    make(at)
    words = print_sheet(at)
    with at.expect_event("dialog"):
        at.evaluate("setTimeout(() => location.reload())")
    assert asked == ["beforeunload"]
    type_words(at, words)
    at.get_by_role("button", name="Continue").click()
    expect(heading(at, re.compile("Save a key file"))).to_be_focused()
    at.reload()
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_sheet_prints_on_one_page_with_the_secret_below_the_fold(start, tmp_path, paper):
    at = start()
    make(at)
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
    assert at.locator(".sheet .seed-words").bounding_box()["y"] > fold
    assert "Keep this like money." in at.locator(".sheet").inner_text()
    on_paper = at.locator(".sheet .seed-words li").all_inner_texts()
    pdf = tmp_path / "sheet.pdf"
    at.pdf(path=pdf, format=paper)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1
    at.emulate_media(media="screen")
    type_words(at, on_paper)
    at.get_by_role("button", name="Continue").click()
    assert words_of(save(at, tmp_path)) == on_paper


def test_the_words_are_in_the_page_only_while_they_are_printed(start):
    at = start()
    make(at)
    words = print_sheet(at)
    at.evaluate("window.print = () => dispatchEvent(new Event('afterprint'))")
    at.get_by_role("button", name="Print the sheet").click()
    expect(at.locator(".sheet")).to_have_count(0)
    assert "".join(words[:3]) not in re.sub(r"[\s\d.]", "", at.locator("body").text_content())


def test_the_words_are_shown_for_three_minutes_when_nobody_looks(start, axe, screenshot):
    at = start()
    at.clock.install()
    make(at)
    at.get_by_role("button", name="Show the 24 words").click()
    expect(at.get_by_role("dialog", name="Is anyone looking?")).to_be_visible()
    axe(at)
    screenshot(at, "key-07-is-anyone-looking")
    at.get_by_role("button", name="Show for 3 minutes").click()
    shown = at.get_by_role("dialog", name="Your 24 secret words")
    expect(shown).to_be_visible()
    words = shown.locator(".seed-words li").all_inner_texts()
    assert len(words) == 24
    axe(at)
    screenshot(at, "key-12-words")
    at.clock.fast_forward("03:01")
    expect(shown).to_have_count(0)
    expect(word(at, 1)).to_be_focused()
    assert "".join(words[:3]) not in re.sub(r"[\s\d.]", "", at.locator("body").text_content())


def test_a_new_passphrase_is_for_the_same_key(start, tmp_path):
    at = start()
    finish(at, tmp_path)
    before = words_of(next(tmp_path.glob("radiogram-key-*")))
    at.get_by_role("button", name="Save it again").click()
    (tmp_path / "again").mkdir()
    assert words_of(save(at, tmp_path / "again", PASSPHRASE), PASSPHRASE) == before


def test_without_a_wallet_the_key_is_ready_all_the_same(start, tmp_path, axe, screenshot):
    at = start()
    finish(at, tmp_path)
    axe(at)
    screenshot(at, "key-13-book")
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
    screenshot(at, "key-14-ready")


def test_a_wallet_puts_both_halves_of_the_new_key_in_the_book(start, wallet, postbox, devnet, tmp_path):
    at = start()
    wallet.reject_next = "eth_sendTransaction"
    keys = finish(at, tmp_path)
    at.get_by_role("button", name="Agree in wallet").click()
    expect(heading(at, "You said no in your wallet.")).to_be_focused()
    at.get_by_role("button", name="Ask again").click()
    expect(heading(at, "Your key is ready.")).to_be_focused(timeout=30_000)
    public = keys.public()
    assert postbox.key_of(public.address) == (1, public.public_key, public.hybrid_digest)
    there = requests.get(
        f"{devnet.node['ipfs_gateway']}/ipfs/{cid_text(recipient_cid(public.hybrid_digest))}", timeout=30
    )
    assert there.text == public.hybrid_recipient


def test_the_hospital_can_put_the_address_in_the_book(start, devnet, postbox, tmp_path):
    at = start()
    public = finish(at, tmp_path).public()
    with at.expect_download() as saved:
        at.get_by_role("button", name="Do it at the hospital").click()
    path = tmp_path / "act.json"
    saved.value.save_as(path)
    act = parse_signed_act(path.read_bytes()).act
    assert (act.account, act.hybrid) == (public.address, public.hybrid_digest)
    assert devnet.json("relay", path)["changed"] is True
    at.get_by_role("button", name="Go on").click()
    expect(heading(at, "Your key is ready.")).to_be_focused()


def test_a_hospital_that_pays_puts_the_address_in_the_book_at_once(
    start, paying_site, postbox, tmp_path, axe, screenshot
):
    at = start(site=paying_site)
    public = finish(at, tmp_path).public()
    expect(at.get_by_text("It costs you nothing: the hospital pays the fee.")).to_be_visible()
    axe(at)
    screenshot(at, "key-15-book-free")
    at.get_by_role("button", name="Put it in the book").click()
    expect(heading(at, "Your key is ready.")).to_be_focused(timeout=60_000)
    assert postbox.key_of(public.address) == (1, public.public_key, public.hybrid_digest)


def test_the_keyboard_alone_makes_a_key(start, tmp_path):
    at = start()
    press_to(at, "Make my key")
    at.keyboard.press("Enter")
    expect(heading(at, re.compile("Put your 24 words on paper"))).to_be_focused(timeout=60_000)
    at.evaluate("window.print = () => {}")
    press_to(at, "Print the sheet")
    at.keyboard.press("Enter")
    expect(at.locator(".sheet .seed-words li")).to_have_count(24)
    expect(word(at, 1)).to_be_focused()
    for each in at.locator(".sheet .seed-words li").all_text_contents():
        at.keyboard.type(each)
        at.keyboard.press("Enter")
    expect(heading(at, re.compile("Save a key file"))).to_be_focused()
    press_to(at, "Passphrase")
    at.keyboard.type(GOOD)
    press_to(at, "The same passphrase again")
    at.keyboard.type(GOOD)
    with at.expect_download(timeout=60_000):
        at.keyboard.press("Enter")
    press_to(at, "Not now")
    at.keyboard.press("Enter")
    expect(heading(at, "Your key is ready.")).to_be_focused()


def test_nothing_of_a_new_key_is_left_lying_about(start, tmp_path, troubles):
    at = start()
    keys = finish(at, tmp_path)
    troubles.secret(keys.private_key.hex())
    troubles.secret(keys.hybrid_secret.hex())
    troubles.secret(" ".join(words_of(next(tmp_path.glob("radiogram-key-*")))))
    troubles.secret(GOOD)
    at.get_by_role("button", name="Not now").click()
    expect(heading(at, "Your key is ready.")).to_be_visible()
