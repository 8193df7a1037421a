"""Clinics' cards: made, checked by site, ENS name or in person, kept, and what a patient then sees."""

import json
import re

import pexpect
import pytest

from radiogram.formats.clinic_card import parse_clinic_card
from tests.clinics.conftest import SITE, authority, website  # noqa: F401 - fixtures
from tests.clinics.ens import Names
from tests.flows.conftest import Scripts
from tests.flows.test_strangers import FROM_STRANGER, UNOPENED, send

LABEL = "St Anne Hospital"


def make_card(scripts, file, *options):
    """Of test account 2, who is a stranger to everybody here."""
    return scripts.json("clinic_card", file, "--label", LABEL, *FROM_STRANGER, *options)


@pytest.fixture
def card(devnet, tmp_path):
    make_card(devnet, tmp_path / "card.json", "--site", SITE)
    return tmp_path / "card.json"


@pytest.fixture
def patients(devnet, tmp_path):
    """Commands with a state folder of their own, so that no list of clinics is there, and the devnet's nodes."""
    home = tmp_path / "patients"
    home.mkdir(mode=0o700)
    for name in ("ganache", "ipfs"):
        (home / name).symlink_to(devnet.home / name)
    return Scripts(home)


# ---- the card


def test_a_card_is_signed_and_certifies_a_key_that_is_not_the_accounts(devnet, tmp_path, stranger):
    made = make_card(devnet, tmp_path / "card.json", "--site", SITE, "--website", "https://radiogram.example")
    assert list(made) == ["file", "label", "address", "mailbox_key", "site", "card_link"]
    card = parse_clinic_card((tmp_path / "card.json").read_bytes())
    card.check_signature()
    assert (card.label, card.address, card.site) == (LABEL, stranger.address, SITE)
    assert made["mailbox_key"] == "0x" + card.mailbox_key.hex() != stranger.public_key
    assert parse_clinic_card(made["card_link"].encode()) == card
    again = make_card(devnet, tmp_path / "again.json")
    assert (again["mailbox_key"], again["site"], again["card_link"]) == (made["mailbox_key"], None, None)


def test_a_person_is_told_where_the_card_goes(devnet, tmp_path):
    said = devnet.run("clinic_card", tmp_path / "card.json", "--label", LABEL, "--site", SITE).stdout
    assert f"Publish   as https://{SITE}/.well-known/radiogram.json\n" in said
    assert "text record radiogram.card" in said


def test_a_card_that_is_there_is_not_replaced(devnet, card):
    assert "is there already" in devnet.refusal("clinic_card", card, "--label", LABEL)


@pytest.mark.parametrize("options", [("--label", " x"), ("--label", LABEL, "--site", "localhost")])
def test_what_can_not_stand_on_a_card_is_refused(devnet, tmp_path, options):
    devnet.refusal("clinic_card", tmp_path / "card.json", *options)
    assert not (tmp_path / "card.json").exists()


# ---- the list


def test_a_clinic_is_added_in_person_listed_shown_and_forgotten(patients, card, stranger):
    added = patients.json("clinics", "add", card)
    assert list(added) == ["label", "address", "mailbox_key", "site", "checked_by", "name", "checked_at"]
    assert (added["label"], added["address"], added["site"]) == (LABEL, stranger.address, SITE)
    assert (added["checked_by"], added["name"]) == ("in person", None)
    assert patients.json("clinics", "list") == {"clinics": [added]}
    assert patients.json("clinics", "show", LABEL.upper()) == added
    assert (
        f"  Checked  in person, by the card that it handed over, {added['checked_at'][:10]}"
        in patients.run("clinics", "show", LABEL).stdout
    )
    assert patients.json("clinics", "forget", LABEL) == {"forgotten": 1}
    assert patients.json("clinics", "list") == {"clinics": []}
    assert "no clinic of that label" in patients.refusal("clinics", "forget", LABEL)


def test_the_list_is_for_its_owner_alone_and_says_nothing_in_the_clear(patients, card, patient):
    patients.json("clinics", "add", card)
    file = patients.home / "clinics" / f"{patient.address}.age"
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert not any(text.encode() in file.read_bytes() for text in (LABEL, SITE))
    assert patients.json("clinics", "list", "--account", "5") == {"clinics": []}


def test_the_keys_in_a_file_have_a_list_of_their_own(patients, card, person, tmp_path):
    patients.json("clinics", "add", card, *person.opens)
    assert len(patients.json("clinics", "list", *person.opens)["clinics"]) == 1
    assert patients.json("clinics", "list") == {"clinics": []}
    assert (patients.home / "clinics" / f"{person.address}.age").exists()


def test_a_card_link_is_as_good_as_the_file(patients, card, devnet, tmp_path):
    link = parse_clinic_card(card.read_bytes()).link("https://radiogram.example")
    assert patients.json("clinics", "add", link)["label"] == LABEL


def test_a_clinic_that_is_checked_again_takes_its_own_place(patients, card, website):  # noqa: F811
    patients.json("clinics", "add", card)
    website.body = card.read_bytes()
    patients.json("clinics", "add", "--site", SITE, **website.environment)
    (listed,) = patients.json("clinics", "list")["clinics"]
    assert listed["checked_by"] == "site"


def test_another_clinic_of_the_same_label_is_refused(patients, card, tmp_path, devnet):
    devnet.json("clinic_card", tmp_path / "other.json", "--label", LABEL.lower())
    patients.json("clinics", "add", card)
    assert "another clinic in your list is called so" in patients.refusal("clinics", "add", tmp_path / "other.json")


@pytest.mark.parametrize(("answer", "is_kept"), [("y", True), ("n", False)])
def test_on_a_terminal_it_is_asked_who_handed_the_card_over(patients, card, answer, is_kept):
    terminal = patients.terminal("clinics", "add", card)
    terminal.expect(r"Did the clinic itself hand you this card\? \[y/N\]: ")
    assert LABEL in terminal.before
    terminal.sendline(answer)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus == 0, bool(patients.json("clinics", "list")["clinics"])) == (is_kept, is_kept)


@pytest.mark.parametrize("change", [{"label": "Another"}, {"signature": "0x" + "01" * 65}, {"version": 2}])
def test_a_card_that_was_changed_is_refused(patients, card, change):
    card.write_text(json.dumps(json.loads(card.read_text()) | change))
    patients.refusal("clinics", "add", card)
    assert patients.json("clinics", "list") == {"clinics": []}


def test_two_ways_at_once_and_a_file_that_is_not_there_are_refused(patients, card, tmp_path):
    assert "name one clinic" in patients.refusal("clinics", "add", card, "--site", SITE)
    assert "can't be read: No such file" in patients.refusal("clinics", "add", tmp_path / "none.json")
    assert "CARD is missing" in patients.refusal("clinics", "add")


# ---- by site and ENS name


def test_a_clinic_is_checked_by_its_site(patients, card, website):  # noqa: F811
    website.body = card.read_bytes()
    added = patients.json("clinics", "add", "--site", SITE, **website.environment)
    assert (added["checked_by"], added["name"]) == ("site", SITE)
    assert f"by its site {SITE}" in patients.run("clinics", "list").stdout


def test_a_site_that_nobody_vouches_for_checks_nothing(patients, card, website):  # noqa: F811
    website.body = card.read_bytes()
    del website.environment["REQUESTS_CA_BUNDLE"]
    line = patients.refusal("clinics", "add", "--site", SITE, **website.environment)
    assert f"{SITE} does not prove that it is {SITE}" in line


def test_a_clinic_is_checked_by_its_ens_name(patients, devnet, card, stranger):
    names = Names(devnet.node["chain"])
    names.give("st-anne.eth", stranger.address, radiogram_card=card.read_text())
    added = patients.json("clinics", "add", "--ens", "st-anne.eth")
    assert (added["checked_by"], added["name"]) == ("ens", "st-anne.eth")
    assert "is no ENS name on this network" in patients.refusal("clinics", "add", "--ens", "nobody.eth")


def test_an_ens_name_leads_to_the_card_of_its_site(patients, devnet, card, stranger, website):  # noqa: F811
    website.body = card.read_bytes()
    Names(devnet.node["chain"]).give("site.eth", stranger.address, url=f"https://{SITE}")
    added = patients.json("clinics", "add", "--ens", "site.eth", **website.environment)
    assert (added["checked_by"], added["name"], added["label"]) == ("ens", "site.eth", LABEL)


# ---- what the patient sees


def test_the_list_says_who_sent_it_by_the_clinics_name_and_not_in_hex(patients, card, xray, person, stranger):
    send(patients, xray, person, *FROM_STRANGER, "--label", "Somebody else")
    (before,) = patients.json("inbox", "--open", *person.opens)["messages"]
    assert (before["problem"], before["sender_name"], before["sender_checked"]) == (UNOPENED, None, False)
    patients.json("clinics", "add", card, *person.opens)
    (after,) = patients.json("inbox", "--open", *person.opens)["messages"]
    assert (after["problem"], after["sender_name"], after["sender_checked"]) == (None, LABEL, True)
    said = patients.run("inbox", "--open", *person.opens).stdout
    assert re.search(r"^ +0 +(new +)?St Anne Hospital, checked +\d", said, re.M)
    assert not any(text in said for text in (stranger.address[:6], "Somebody else"))


def test_the_public_list_has_the_name_too_where_the_clinics_open_without_a_question(
    patients, card, xray, patient, person, stranger
):
    send(patients, xray, patient, *FROM_STRANGER)
    patients.json("clinics", "add", card)
    newest = patients.json("inbox")["messages"][0]
    assert (newest["sender"], newest["sender_name"], newest["sender_checked"]) == (stranger.address, LABEL, True)
    assert re.search(r"^ +\d+  St Anne Hospital, checked {19}\d", patients.run("inbox").stdout, re.M)
    (other, *_) = patients.json("inbox", "--account", "5", "--of", patient.address)["messages"]
    assert (other["sender_name"], other["sender_checked"]) == (None, False)


def test_the_newest_of_a_checked_clinic_is_retrieved_and_said_to_be_its(
    patients, card, xray, person, stranger, tmp_path
):
    send(patients, xray, person, *FROM_STRANGER, "--label", "Somebody else")
    patients.json("clinics", "add", card, *person.opens)
    said = patients.run("retrieve_image", *person.opens, "--out", tmp_path / "out").stdout
    assert said.startswith(f"Message 0 from St Anne Hospital, checked ({stranger.address}), sent ")
    assert "Exactly what the sender signed\n" in said
    assert "Somebody else" not in said
    told = patients.json("export_image", *person.opens, "--out", tmp_path / "disc")
    assert (told["sender_name"], told["sender_checked"], told["sender_label"]) == (LABEL, True, "Somebody else")


def test_a_clinic_that_was_forgotten_is_a_stranger_again(patients, card, xray, person, tmp_path):
    send(patients, xray, person, *FROM_STRANGER)
    patients.json("clinics", "add", card, *person.opens)
    patients.json("clinics", "forget", LABEL, *person.opens)
    assert "is not known here" in patients.refusal("retrieve_image", *person.opens, "--out", tmp_path / "out")


def test_what_an_unchecked_sender_calls_itself_is_a_claim(patients, xray, person, stranger, tmp_path):
    send(patients, xray, person, *FROM_STRANGER, "--label", f"{LABEL}, checked")
    said = patients.run("retrieve_image", 0, *person.opens, "--out", tmp_path / "out").stdout
    assert said.startswith(f"Message 0 from {stranger.address}, sent ")
    assert f"\nIts sender claims to be “{LABEL}, checked”: nobody has checked that\n" in said
    told = patients.json("retrieve_image", 0, *person.opens, "--out", tmp_path / "again")
    assert (told["sender_name"], told["sender_checked"], told["sender_label"]) == (None, False, f"{LABEL}, checked")


def test_the_accounts_own_list_counts_where_the_account_opens(patients, card, xray, patient, tmp_path):
    index = send(patients, xray, patient, *FROM_STRANGER)
    patients.json("clinics", "add", card)
    assert patients.json("retrieve_image", "--out", tmp_path / "out")["index"] == index


def test_a_study_that_a_checked_clinic_made_is_said_to_be_its_when_handed_on(
    patients, card, xray, patient, person, tmp_path
):
    index = send(patients, xray, patient, *FROM_STRANGER)
    patients.json("share_image", index, "--to", person.public_key)
    patients.json("clinics", "add", card, *person.opens)
    said = patients.run("retrieve_image", *person.opens, "--out", tmp_path / "out").stdout
    assert "exactly what St Anne Hospital, checked (" in said


def test_a_list_that_is_damaged_hinders_nothing_and_is_said(patients, card, xray, person, tmp_path):
    send(patients, xray, person)
    patients.json("clinics", "add", card, *person.opens)
    (patients.home / "clinics" / f"{person.address}.age").write_bytes(b"junk")
    done = patients.run("retrieve_image", *person.opens, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr.startswith("Your checked clinics are not known: ")) == (0, True)
    assert "is damaged" in patients.refusal("clinics", "list", *person.opens)


def test_the_doctor_looks_at_messages_of_checked_clinics(patients, card, xray, person, tmp_path):
    send(patients, xray, person, *FROM_STRANGER)
    looks = ("doctor", *person.opens, "--out", tmp_path)

    def found() -> str:
        checks = json.loads(patients.run(*looks, "--json").stdout)["checks"]
        return next(each["found"] for each in checks if each["name"] == "inbox")

    assert "their senders are not known here" in found()
    patients.json("clinics", "add", card, *person.opens)
    assert found() == "1 message opened, the newest, and found on IPFS"
