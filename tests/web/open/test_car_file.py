"""A study that comes as a CAR file: opened from it, and no gateway is asked."""

import pytest
from playwright.sync_api import expect

from radiogram.ipfs.car import write_car
from tests.flows.conftest import PREAMBLE_BYTES
from tests.web.controls import heading, press
from tests.web.open.page import know
from tests.web.open.test_quantum_safe import unlock_by_words
from tests.web.postbox import Owner


@pytest.fixture(scope="module")
def sticks(devnet, small, tmp_path_factory):
    """sticks(owner): a CAR file that `send_image` wrote, of a message to them."""
    folder = tmp_path_factory.mktemp("sticks")

    def write(owner):
        image = folder / f"{owner.address[-6:]}.dcm"
        image.write_bytes(bytes(PREAMBLE_BYTES) + small.read_bytes()[PREAMBLE_BYTES:])
        car = image.with_suffix(".car")
        devnet.json("send_image", image, "--to", owner.card(folder), "--to-car", car)
        return car

    return write


@pytest.fixture
def car(sticks, owner):
    return sticks(owner)


@pytest.fixture
def offline(page, technologist):
    """A page that reaches the chain and no gateway, and what was asked of those."""
    at, asked = page(), []
    know(at, technologist)
    at.context.route("**/ipfs/**", lambda route: (asked.append(route.request.url), route.abort()))
    return at, asked


def choose(at, path) -> None:
    at.get_by_label("I have a CAR file").set_input_files(path)


def said(at, words: str):
    return at.locator(".car-file").get_by_text(words)


def here(at) -> None:
    expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)


def test_a_file_that_is_chosen_first_is_opened_once_the_inbox_is_and_no_gateway_is_asked(
    offline, owner, car, axe, screenshot
):
    at, asked = offline
    choose(at, car)
    expect(said(at, f"{car.name} is ready. Unlock your inbox to open it.")).to_be_visible()
    axe(at)
    screenshot(at, "open-70-car-chosen")
    unlock_by_words(at, owner.words)
    here(at)
    expect(at.get_by_text("Quantum-safe", exact=True)).to_be_visible()
    expect(said(at, f"{car.name} holds one of your letters.")).to_be_visible()
    axe(at)
    screenshot(at, "open-71-car-open")
    assert asked == []


def test_a_file_that_is_dropped_onto_an_open_inbox_opens_its_letter_among_others(
    offline, postbox, owner, car, one, axe
):
    """Of a sender whom nobody knows, so that the list asks for nothing by itself."""
    postbox.send(owner, one)
    at, asked = offline
    at.evaluate("localStorage.clear()")
    unlock_by_words(at, owner.words)
    expect(heading(at, "Your inbox")).to_be_visible(timeout=60_000)
    data = at.evaluate_handle(
        """([bytes, name]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(bytes)], name));
          return data;
        }""",
        [list(car.read_bytes()), car.name],
    )
    at.dispatch_event("main", "dragover", {"dataTransfer": data})
    expect(at.get_by_text("Let go to open this CAR file")).to_be_visible()
    axe(at)
    at.dispatch_event("main", "drop", {"dataTransfer": data})
    here(at)
    assert asked == []


def test_the_file_of_another_message_is_said_to_be_so_and_another_can_be_chosen(
    offline, sticks, owner, car, axe, screenshot
):
    at, _ = offline
    unlock_by_words(at, owner.words)
    other = sticks(Owner())
    choose(at, other)
    expect(said(at, f"{other.name} holds none of the images in this inbox. Choose another file.")).to_be_visible(
        timeout=60_000
    )
    axe(at)
    screenshot(at, "open-72-car-of-another")
    choose(at, car)
    here(at)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda car: car[:-100], "is cut short"),
        (lambda car: car + b"\x05\x01\x55\x00\x01x", "has blocks that are none of Radiogram’s"),
        (lambda _: b"<html>", "is not a CAR file"),
    ],
    ids=["cut", "an identity CID", "a page"],
)
def test_what_is_no_good_file_is_refused_when_it_is_chosen(page, car, tmp_path, axe, damage, words):
    bad = tmp_path / "bad.car"
    bad.write_bytes(damage(car.read_bytes()))
    at = page()
    choose(at, bad)
    expect(said(at, f"bad.car {words}")).to_be_visible()
    axe(at)
    press(at, "Put the file away")
    expect(said(at, "bad.car")).to_have_count(0)


@pytest.mark.parametrize("place", [-3000, -100], ids=["the study", "the key packet"])
def test_a_damaged_file_opens_nothing_and_the_network_can_be_asked(
    page, technologist, owner, car, tmp_path, axe, screenshot, place
):
    data = bytearray(car.read_bytes())
    data[place] ^= 1
    bad = tmp_path / "bad.car"
    bad.write_bytes(data)
    at = page()
    know(at, technologist)
    unlock_by_words(at, owner.words)
    expect(at.get_by_role("button", name="Open", exact=True)).to_be_visible(timeout=60_000)
    choose(at, bad)
    expect(heading(at, "This file does not open.")).to_be_focused(timeout=60_000)
    axe(at)
    screenshot(at, "open-73-car-damaged")
    press(at, "Get them from the network")
    here(at)


def test_an_old_letter_opens_from_its_file_too(offline, postbox, owner, one, tmp_path):
    """Of suite 1: the envelope itself holds what opens the study."""
    path = tmp_path / "old.car"
    with path.open("wb") as sink:
        write_car(sink, [one.cid], postbox.ipfs.blocks(one.cid, one.ciphertext_bytes))
    postbox.send(owner, one)
    at, asked = offline
    choose(at, path)
    unlock_by_words(at, owner.words)
    here(at)
    assert asked == []


def test_with_another_key_the_file_is_tried_again_and_it_is_put_away_when_the_inbox_is_locked(offline, owner, car):
    at, _ = offline
    choose(at, car)
    unlock_by_words(at, Owner().words)
    expect(said(at, f"{car.name} holds none of the images in this inbox.")).to_be_visible(timeout=60_000)
    press(at, "Unlocked")
    press(at, "Lock now")
    expect(heading(at, "Open your images")).to_be_focused()
    expect(said(at, car.name)).to_have_count(0)
    choose(at, car)
    unlock_by_words(at, owner.words)
    press(at, "Open that inbox")
    here(at)
