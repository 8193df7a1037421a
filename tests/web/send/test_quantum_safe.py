"""Sending in suite 2: what promises it is never sent to in suite 1."""

import json
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from radiogram.formats.key_card import encode_card, key_code
from radiogram.formats.seed import keys_of_words
from tests.ipfs.conftest import reply
from tests.web.controls import heading, press
from tests.web.open.page import know, take
from tests.web.postbox import Owner
from tests.web.send.material import BORN, NAME
from tests.web.send.page import agree_on_words, born, choose, enter, press_send

SAFE = "Safe from future quantum computers: yes."
ZEROS = keys_of_words("abandon " * 23 + "art").public()
NOT_SAFE = "Safe from future quantum computers: no."


@pytest.fixture
def person(troubles):
    made = Owner()
    troubles.secret(made.private_key)
    troubles.secret(made.words)
    return made


@pytest.fixture
def started(page, study):
    def do(**options):
        send = page("send.html", **options)
        choose(send, study)
        return send

    return do


def choose_card(send, path) -> None:
    send.get_by_label("Choose key card file").set_input_files(path)


def words_of(send) -> list[str]:
    listed = send.get_by_role("list", name="Six words").get_by_role("listitem")
    return [text.lstrip("0123456789: ") for text in listed.all_text_contents()]


def opened(page, technologist, person):
    """The letter, opened by the words."""
    there = page()
    know(there, technologist)
    press(there, "Type my key")
    there.get_by_label("Your key", exact=True).fill(person.words)
    there.get_by_role("button", name="Unlock", exact=True).click()
    take(there)
    return there


def send_to(send) -> None:
    agree_on_words(send)
    born(send, *BORN)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_focused(timeout=60_000)


def test_a_card_is_chosen_and_the_letter_is_quantum_safe(
    started, connected, person, technologist, page, tmp_path, look
):
    send = started()
    choose_card(send, person.card(tmp_path))
    expect(heading(send, "Read these words to each other")).to_be_focused()
    assert words_of(send) == list(person.public.words)
    expect(send.get_by_text(SAFE)).to_be_visible()
    look(send, "safe-words")
    agree_on_words(send)
    expect(send.get_by_text(SAFE)).to_be_visible()
    look(send, "safe-check")
    born(send, *BORN)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_focused(timeout=60_000)
    expect(send.get_by_text(SAFE)).to_be_visible()
    look(send, "safe-sent")
    press(send, "Copy receipt")
    expect(opened(page, technologist, person).get_by_text("Quantum-safe", exact=True)).to_be_visible()


def test_a_code_is_enough_where_its_owner_has_published_the_rest(
    started, connected, person, postbox, technologist, page
):
    postbox.publish(person.public.hybrid_recipient.encode())
    send = started()
    enter(send, key_code(person.public))
    expect(heading(send, "Read these words to each other")).to_be_focused()
    assert words_of(send) == list(person.public.words)
    send_to(send)
    expect(opened(page, technologist, person).get_by_text("Quantum-safe", exact=True)).to_be_visible()


@pytest.mark.camera(key_code(ZEROS).upper())
def test_a_code_is_scanned(started, postbox):
    postbox.publish(ZEROS.hybrid_recipient.encode())
    send = started()
    press(send, "Scan code")
    expect(heading(send, "Read these words to each other")).to_be_focused(timeout=60_000)
    assert words_of(send) == list(ZEROS.words)


def test_a_code_whose_rest_is_nowhere_is_refused_until_the_card_is_chosen(started, person, tmp_path, troubles, look):
    troubles.expect("404|504|502")
    send = started()
    enter(send, key_code(person.public).upper())
    expect(heading(send, "Part of the patient’s key is missing.")).to_be_focused(timeout=60_000)
    expect(send.get_by_text("Ask the patient for the key card file, and choose it here.")).to_be_visible()
    look(send, "no-hybrid")
    choose_card(send, person.card(tmp_path))
    expect(heading(send, "Read these words to each other")).to_be_focused()
    expect(send.get_by_text(SAFE)).to_be_visible()


def test_a_gateway_that_hands_out_another_recipient_is_not_believed(started, serve, hostile, devnet, person):
    other = Owner().public.hybrid_recipient.encode()
    lying = hostile(lambda handler: reply(handler, 200, other))
    send = started(site=serve(RADIOGRAM_IPFS_API=devnet.node["ipfs_api"], RADIOGRAM_IPFS_GATEWAY=lying.url))
    enter(send, key_code(person.public))
    expect(heading(send, "Part of the patient’s key is missing.")).to_be_focused(timeout=60_000)


def test_an_address_whose_registered_key_promises_suite_2_gets_it(
    started, connected, person, chain, postbox, technologist, page
):
    chain.fund(person.address, 1)
    postbox.register_key(person, person.public.public_key, person.public.hybrid_digest)
    postbox.publish(person.public.hybrid_recipient.encode())
    send = started()
    enter(send, person.address)
    expect(heading(send, "Read these words to each other")).to_be_focused(timeout=60_000)
    assert words_of(send) == list(person.public.words)
    send_to(send)
    expect(opened(page, technologist, person).get_by_text("Quantum-safe", exact=True)).to_be_visible()


def test_a_bare_public_key_does_not_undo_what_is_registered(started, person, chain, postbox, tmp_path, troubles):
    """Nor does a card of its hybrid key's namesake: the digest on record counts."""
    troubles.expect("404|504|502")
    chain.fund(person.address, 1)
    postbox.register_key(person, person.public.public_key, person.public.hybrid_digest)
    send = started()
    enter(send, person.public_key)
    expect(heading(send, "Part of the patient’s key is missing.")).to_be_focused(timeout=60_000)
    other = tmp_path / "other.json"
    other.write_bytes(
        encode_card(
            replace(
                person.public,
                hybrid_digest=(public := Owner().public).hybrid_digest,
                hybrid_recipient=public.hybrid_recipient,
            )
        )
    )
    choose_card(send, other)
    expect(heading(send, "Part of the patient’s key is missing.")).to_be_focused(timeout=60_000)
    choose_card(send, person.card(tmp_path))
    expect(heading(send, "Read these words to each other")).to_be_focused()


def test_a_card_that_promises_what_is_not_in_force_is_refused(started, person, chain, postbox, tmp_path, look):
    chain.fund(person.address, 1)
    postbox.register_key(person, person.public.public_key)
    send = started()
    choose_card(send, person.card(tmp_path))
    expect(heading(send, "This key card is not the one in force.")).to_be_focused(timeout=60_000)
    look(send, "not-in-force")


def test_nothing_is_sent_before_the_packet_is_stored(started, connected, person, tmp_path, requests_to, troubles):
    troubles.expect("ERR_FAILED")
    send = started()
    uploads = requests_to(send, "upload")
    send.route("**/upload", lambda route: route.abort() if len(uploads) == 2 else route.continue_())
    choose_card(send, person.card(tmp_path))
    agree_on_words(send)
    born(send, *BORN)
    press_send(send)
    expect(heading(send, "The upload stopped.")).to_be_focused(timeout=60_000)
    assert connected.count("eth_sendTransaction") == 0
    press(send, "Try again")
    expect(heading(send, f"Sent to {NAME}")).to_be_focused(timeout=60_000)
    assert len(uploads) == 3, "the study itself is not uploaded again"


def test_an_older_key_is_said_not_to_be_quantum_safe(started, connected, newcomer):
    send = started()
    enter(send, newcomer().public_key)
    expect(send.get_by_text(NOT_SAFE)).to_be_visible()
    send_to(send)
    expect(send.get_by_text(NOT_SAFE)).to_be_visible()


def test_a_damaged_card_is_refused_at_the_field(started, person, tmp_path, look):
    send = started()
    card = json.loads(person.card(tmp_path).read_text())
    recipient = card["hybrid_recipient"]
    damaged = tmp_path / "damaged.json"
    for change in (
        {"hybrid_recipient": recipient[:-1] + ("q" if recipient[-1] != "q" else "p")},
        {"hybrid_digest": "0"},
    ):
        damaged.write_text(json.dumps(card | change))
        choose_card(send, damaged)
        summary = send.get_by_role("alert", name="There is a problem")
        expect(summary).to_be_focused()
        expect(summary).to_contain_text("This key card is damaged")
    damaged.write_bytes(bytes(70_000))
    choose_card(send, damaged)
    summary = send.get_by_role("alert", name="There is a problem")
    expect(summary).to_contain_text(f"{damaged.name}: This key card is damaged")
    look(send, "bad-card")


def test_secret_words_are_sent_back_to_their_owner(started, person):
    send = started()
    enter(send, person.words)
    expect(send.get_by_role("alert", name="There is a problem")).to_contain_text("Never hand it over")
    send.get_by_label("Public key or address").fill("")
