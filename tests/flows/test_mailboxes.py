"""Messages in mailboxes that only sender and recipient can derive, sent and found by the commands."""

import pytest

from tests.flows.conftest import Person, Scripts

CLINIC = "St Anne Hospital"


@pytest.fixture
def clinic_card(devnet, tmp_path):
    """That of the local network's technologist."""
    card = tmp_path / "clinic.json"
    devnet.json("clinic_card", card, "--label", CLINIC)
    return card


@pytest.fixture
def acquainted(devnet, clinic_card, person):
    """Somebody who has checked the clinic's card."""
    devnet.json("clinics", "add", clinic_card, *person.opens)
    return person


def send(scripts: Scripts, image, person: Person, *options):
    return scripts.json("send_image", image, "--to", person.public_key, "--mailbox", *options)


def opened(scripts: Scripts, person, *options) -> list[dict]:
    return scripts.json("inbox", "--open", *person.opens, *options)["messages"]


# ---- sending


def test_an_image_goes_into_a_mailbox_and_is_found_opened_and_kept_as_any_other(devnet, xray, acquainted, tmp_path):
    sent = send(devnet, xray, acquainted)
    assert (sent["recipient"], sent["index"]) == (acquainted.address, 0)
    assert sent["mailbox"] not in (None, acquainted.address)
    assert devnet.count(acquainted.address) == 0
    [message] = opened(devnet, acquainted)
    assert (message["mailbox"], message["problem"], message["sender_name"]) == (sent["mailbox"], None, CLINIC)
    assert message["name"] == "m" + sent["mailbox"][2:10].lower()
    received = devnet.json("retrieve_image", message["name"], *acquainted.opens, "--out", tmp_path / "named")
    assert received["mailbox"] == sent["mailbox"]
    assert (tmp_path / "named" / xray.name).read_bytes() == xray.read_bytes()


def test_the_newest_is_retrieved_whether_it_is_in_the_inbox_or_in_a_mailbox(devnet, xray, acquainted, tmp_path):
    retrieve = ("retrieve_image", *acquainted.opens, "--out")
    devnet.json("send_image", xray, "--to", acquainted.public_key)
    sent = send(devnet, xray, acquainted)
    assert devnet.json(*retrieve, tmp_path / "one")["mailbox"] == sent["mailbox"]
    devnet.json("send_image", xray, "--to", acquainted.public_key, "--again")
    assert devnet.json(*retrieve, tmp_path / "other")["mailbox"] is None


def test_somebody_who_has_not_checked_the_clinics_card_finds_nothing(devnet, xray, person):
    send(devnet, xray, person)
    assert opened(devnet, person) == []


def test_who_has_our_card_is_sent_to_in_mailboxes_unless_that_is_declined(devnet, xray, acquainted):
    add = ("contacts", "add", acquainted.public_key, "--label", acquainted.address, "--anybody")
    devnet.json(*add)
    label = ("--to", acquainted.address)
    assert devnet.json("send_image", xray, "--to", acquainted.public_key)["mailbox"] is None
    assert devnet.json(*add, "--has-our-card", "--replace")["has_our_card"] is True
    try:
        shown = devnet.run("contacts", "show", acquainted.address).stdout
        assert "has our card: sent to in mailboxes" in shown
        assert devnet.json("send_image", xray, *label, "--again")["mailbox"] is not None
        assert devnet.json("send_image", xray, *label, "--again", "--no-mailbox")["mailbox"] is None
    finally:
        devnet.json("contacts", "forget", acquainted.address)


def test_on_a_terminal_it_is_said_before_it_is_sent(devnet, xray, acquainted):
    terminal = devnet.terminal("send_image", xray, "--to", acquainted.public_key, "--mailbox", dimensions=(40, 200))
    terminal.expect("Into a mailbox that only you and they can derive: the chain does not tell whose it is")
    terminal.close()


def test_the_same_command_again_sends_nothing_and_says_where_it_is(devnet, xray, acquainted):
    first, second = (send(devnet, xray, acquainted) for _ in range(2))
    assert (second["was_sent"], second["mailbox"]) == (True, first["mailbox"])
    printed = devnet.run("send_image", xray, "--to", acquainted.public_key, "--mailbox").stdout
    assert f"into mailbox {first['mailbox']}" in printed
    assert "Only you and the recipient can tell whose mailbox that is" in printed


# ---- what can be done with one


def test_it_is_shared_and_exported_by_its_name(devnet, xray, acquainted, stranger, tmp_path):
    send(devnet, xray, acquainted)
    [message] = opened(devnet, acquainted)
    exported = devnet.json("export_image", message["name"], *acquainted.opens, "--out", tmp_path / "cd")
    assert exported["dicom_files"] == 1
    shared = devnet.json("share_image", message["name"], *acquainted.opens, "--to", stranger.public_key)
    assert shared["cid"] == message["cid"]


def test_its_sender_takes_it_back_by_the_mailboxs_address(devnet, xray, acquainted):
    sent = send(devnet, xray, acquainted)
    devnet.json("retract", 0, "--of", sent["mailbox"])
    [message] = opened(devnet, acquainted)
    assert (message["status"], message["problem"]) == ("retracted", "taken back by its sender")
    assert "is empty" in devnet.refusal("retrieve_image", *acquainted.opens)


def test_its_sender_erases_it_by_the_mailboxs_address(devnet, xray, acquainted, tmp_path):
    sent = send(devnet, xray, acquainted)
    erased = devnet.json("erase", 0, "--of", sent["mailbox"], "--receipt", tmp_path / "receipt.json")
    assert [each["cid"] for each in erased["deleted"]] == [sent["cid"]]
    assert devnet.json("verify_receipt", tmp_path / "receipt.json")["recipient"] == sent["mailbox"]


def test_nobody_can_acknowledge_it_on_the_chain(devnet, xray, acquainted):
    send(devnet, xray, acquainted)
    [message] = opened(devnet, acquainted)
    line = devnet.refusal("acknowledge", message["name"])
    why = "is in a mailbox, whose key nobody has: add --receipt FILE, and give that to its sender"
    assert line == f"Error: message {message['name']} {why}"


@pytest.mark.parametrize("name", ["m12345678", "m1234.1"])
def test_a_name_that_no_message_has_is_refused(devnet, acquainted, name):
    line = devnet.refusal("retrieve_image", name, *acquainted.opens)
    assert line == f"Error: no mailbox of a clinic that you checked has a message {name}: see `inbox --open`"


@pytest.mark.parametrize("name", ["m123", "x12345678", "m1234567g", "-", "1.1"])
def test_what_is_no_name_is_refused(devnet, name):
    assert "is no message's index, as 3 or m3f9a2c1d" in devnet.run("retrieve_image", "--", name).stderr


# ---- the list


def test_it_is_new_until_the_list_was_seen(devnet, xray, acquainted):
    send(devnet, xray, acquainted)
    assert [each["new"] for each in opened(devnet, acquainted)] == [True]
    printed = devnet.run("inbox", "--open", *acquainted.opens).stdout
    assert f"{CLINIC}, checked" in printed
    assert [each["new"] for each in opened(devnet, acquainted)] == [False]


def test_what_was_read_of_mailboxes_is_kept_where_nobody_else_reads_it(devnet, xray, acquainted):
    sent = send(devnet, xray, acquainted)
    devnet.run("inbox", "--open", *acquainted.opens)
    [file] = (devnet.home / "mailboxes").glob(f"{acquainted.address}.age")
    held = file.read_bytes()
    assert bytes.fromhex(sent["mailbox"][2:]) not in held
    assert sent["mailbox"][2:].encode() not in held
    file.write_bytes(b"damaged")
    done = devnet.run("inbox", "--open", *acquainted.opens)
    assert "What was read of mailboxes is read anew" in done.stderr
    assert sent["mailbox"][2:10].lower() in done.stdout
    file.unlink()


def test_an_empty_inbox_says_where_else_to_look(devnet, person):
    printed = devnet.run("inbox", "--of", person.address).stdout
    assert "What checked clinics send into mailboxes, `inbox --open` finds." in printed


def test_who_has_checked_no_clinic_is_told_that_there_may_be_more(devnet, clinic_card, person):
    def is_told() -> bool:
        printed = devnet.run("inbox", "--open", *person.opens)
        return "that is found once you have checked its card (`clinics add`)" in printed.stdout + printed.stderr

    before = is_told()
    devnet.json("clinics", "add", clinic_card, *person.opens)
    assert (before, is_told()) == (True, False)


def test_the_state_is_asked_where_that_is_wanted(devnet, xray, acquainted):
    sent = send(devnet, xray, acquainted)
    found = opened(devnet, acquainted, "--from-state", "--since", "1d")
    assert [each["mailbox"] for each in found] == [sent["mailbox"]]
    assert [each["mailbox"] for each in opened(devnet, acquainted)] == [sent["mailbox"]]


@pytest.mark.parametrize("options", [["--from-state"], ["--from-state", "--open"], ["--from-state", "--since", "1d"]])
def test_the_state_is_not_asked_without_a_day_and_a_key(devnet, options):
    line = devnet.refusal("inbox", *options)
    assert line == "Error: --from-state belongs to --open and --since: add both, or leave it out"
