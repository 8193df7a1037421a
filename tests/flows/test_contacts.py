"""The register of recipients: images go to the key of the person whom they name, or not at all."""

import json
import re
from collections.abc import Callable

import ape
import pexpect
import pytest

from radiogram.formats.key_card import card_link, encode_card
from radiogram.formats.keys import PublicKeys
from radiogram.formats.seed import keys_of_words
from tests.flows.conftest import PASSPHRASE, Scripts
from tests.flows.images import GRACE, write_image

KEYS = keys_of_words("abandon " * 23 + "art").public()
PLAIN = PublicKeys(KEYS.public_key)
JANE = GRACE | {"PatientName": "Roe^Jane", "PatientBirthDate": "19700203", "PatientID": "77"}
LEAKS = ("okafor", "grace", "roe", "jane", "19620314", "1962-03-14", "id-4711")
LABEL = "Bed 7"
ACCOUNT = "3"  # who sends nothing elsewhere


@pytest.fixture
def clinic(devnet, tmp_path):
    """Scripts of a clinic of its own, with an empty register, beside the shared nodes."""
    yield Clinic(devnet, ACCOUNT)
    for path in (devnet.home / "contacts").glob("*"):
        path.unlink()


class Clinic:
    def __init__(self, scripts: Scripts, account: str) -> None:
        self.scripts, self.account = scripts, ("--account", account)

    def json(self, *arguments: object, **environment: str) -> dict:
        return self.scripts.json(*arguments, *self.account, **environment)

    def refusal(self, *arguments: object, **environment: str) -> str:
        return self.scripts.refusal(*arguments, *self.account, **environment)

    def send(self, *arguments: object) -> dict:
        return self.json("send_image", *arguments, "--again")

    def terminal(self, *arguments: object, answers: Callable[[str], str | None]) -> tuple[str, int]:
        """A command on a terminal: `answers` is told each question; the screen, and the exit status."""
        child = self.scripts.terminal(*arguments, *self.account, dimensions=(50, 120), TERM="dumb")
        screen = ""
        while child.expect([r"[^\n]*(\[y/N\]: |: $)", pexpect.EOF]) == 0:
            screen += child.before + child.after
            child.sendline(answers(child.after) or "")
        child.close()
        return screen + child.before, child.exitstatus


def answering(**by_start: str) -> Callable[[str], str]:
    """The words of the key where they are asked for, otherwise what is said for a question with this word in it."""

    def answer(question: str) -> str:
        if found := re.search(r"Word (\d) of 6", question):
            return by_start.get("word") or KEYS.words[int(found[1]) - 1]
        return next((said for word, said in by_start.items() if word in question), "")

    return answer


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "grace.card.json"
    path.write_bytes(encode_card(KEYS, "Grace"))
    return path


@pytest.fixture
def study(tmp_path):
    write_image(tmp_path / "ct" / "IM0", **GRACE)
    return tmp_path / "ct"


@pytest.fixture
def janes(tmp_path):
    write_image(tmp_path / "jane" / "IM0", **JANE)
    return tmp_path / "jane"


@ape.fixture(scope="module", chain_isolation=False)  # on the chain of Ape's plugin it changes nothing
def register(devnet, tmp_path_factory):
    """The files of a register that has Grace's key."""
    folder = tmp_path_factory.mktemp("register")
    (folder / "card.json").write_bytes(encode_card(KEYS, "Grace"))
    image = write_image(folder / "ct" / "IM0", **GRACE)
    known = ("--label", LABEL, "--like", image, "--compared-by", "A. Nurse")
    devnet.json("contacts", "add", folder / "card.json", *known, "--account", ACCOUNT)
    files = {path: path.read_bytes() for path in (devnet.home / "contacts").iterdir()}
    for path in files:
        path.unlink()
    return files


@pytest.fixture
def known(clinic, register):
    """Grace's key is in the register."""
    for path, data in register.items():
        path.write_bytes(data)
        path.chmod(0o600)
    return clinic


# ---- the register itself


def test_an_added_contact_is_listed_shown_and_forgotten(known):
    (listed,) = known.json("contacts", "list")["contacts"]
    assert listed == known.json("contacts", "show", LABEL.lower())
    assert (listed["label"], listed["address"], listed["words"]) == (LABEL, KEYS.address, list(KEYS.words))
    assert listed["patient"] == {"name": "Okafor^Grace", "birth_date": "1962-03-14", "sex": "F", "id": "ID-4711"}
    assert (listed["compared_by"], listed["compared_at"][:3]) == ("A. Nurse", "202")
    known.json("contacts", "forget", LABEL)
    assert known.json("contacts", "list") == {"contacts": []}


def test_the_register_is_encrypted_on_the_disk(known, devnet):
    held = b"".join(path.read_bytes() for path in devnet.home.rglob("*") if path.is_file())
    assert not any(value in held for value in (b"Okafor", b"1962-03-14", LABEL.encode(), b"A. Nurse"))


def test_a_patient_can_be_named_in_a_file(clinic, card, tmp_path):
    (tmp_path / "patient.json").write_text(json.dumps({"name": "Okafor^Grace", "id": "9", "issuer": "ST MARY"}))
    added = clinic.json("contacts", "add", card, "--label", "x", "--patient", tmp_path / "patient.json")
    assert added["patient"] == {"name": "Okafor^Grace", "id": "9", "issuer": "ST MARY"}
    assert "compared_by" not in added


def test_a_contact_without_a_patient_is_added_only_if_that_is_meant(clinic, card):
    assert "whose key it is" in clinic.refusal("contacts", "add", card, "--label", "x")
    assert "patient" not in clinic.json("contacts", "add", card, "--label", "x", "--anybody")


@pytest.mark.parametrize("again", [(), ("--replace",)])
def test_a_label_is_taken_unless_it_is_to_be_replaced(known, card, again):
    arguments = ("contacts", "add", card, "--label", LABEL.upper(), "--anybody", *again)
    if again:
        known.json(*arguments)
        assert [each["label"] for each in known.json("contacts", "list")["contacts"]] == [LABEL.upper()]
    else:
        assert "has that label already" in known.refusal(*arguments)


def test_whose_inbox_it_is_can_be_said_by_the_label_it_was_sent_to(known, study, tmp_path):
    sent = known.send(study, "--to", LABEL)
    car, receipt = tmp_path / "study.car", tmp_path / "receipt.json"
    assert known.json("car", sent["index"], "--of", LABEL, "--to-car", car)["cid"] == sent["cid"]
    assert known.json("retract", sent["index"], "--of", LABEL)["recipient"] == KEYS.address
    assert known.json("erase", sent["index"], "--of", LABEL.lower(), "--receipt", receipt)["recipient"] == KEYS.address


def test_a_label_that_nobody_has_is_said_to_be_none(known):
    assert "and no label of your register: see `contacts list`" in known.refusal("retract", 0, "--of", "Bed 9")


@pytest.mark.parametrize("action", ["show", "forget"])
def test_a_label_that_nobody_has_is_said(known, action):
    assert "nobody of that label" in known.refusal("contacts", action, "Bed 9")


def test_images_of_two_patients_name_nobody(clinic, card, study, janes):
    line = clinic.refusal("contacts", "add", card, "--label", "x", "--like", study, "--like", janes)
    assert "images of one patient" in line


def test_a_copy_to_a_passphrase_is_read_elsewhere(known, tmp_path):
    passphrase = {"RADIOGRAM_KEY_FILE_PASSPHRASE": PASSPHRASE}
    file = tmp_path / "register.age"
    before = known.json("contacts", "list")
    known.json("contacts", "export", file, **passphrase)
    assert b"Okafor" not in file.read_bytes()
    assert "is there already" in known.refusal("contacts", "export", file, **passphrase)
    known.json("contacts", "forget", LABEL)
    assert known.json("contacts", "import", file, **passphrase) == {"added": 1, "contacts": 1}
    assert known.json("contacts", "import", file, **passphrase) == {"added": 0, "contacts": 1}
    assert known.json("contacts", "list") == before
    assert "does not fit" in known.refusal("contacts", "import", file, RADIOGRAM_KEY_FILE_PASSPHRASE="x")


# ---- what it says of a send


def test_a_patients_own_images_go_to_the_label(known, study):
    done = known.send(study, "--to", LABEL)
    assert (done["recipient"], done["in_register"]) == (KEYS.address, True)


@pytest.mark.parametrize("option", [(), ("--yes",), ("--json",), ("--several-patients", "--yes")])
def test_another_patients_images_to_a_key_of_the_register_are_refused_without_a_word_of_either(
    known, janes, card, option
):
    line = known.refusal("send_image", janes, "--to", card, *option)
    assert "another patient's (name and birth date and patient id differ): nothing was sent" in line
    assert not any(value in line.lower() for value in LEAKS)


def test_another_key_for_a_patient_of_the_register_is_refused(known, study, patient):
    line = known.refusal("send_image", study, "--to", patient.public_key)
    assert "another key for this patient: nothing was sent" in line


def test_a_doctors_key_that_is_added_takes_anybodys_images(known, study, janes, patient):
    known.json("contacts", "add", patient.public_key, "--label", "Doctor", "--anybody")
    for images in (study, janes):
        assert known.send(images, "--to", "doctor")["in_register"]


def test_where_nobody_is_asked_a_key_that_is_not_in_the_register_gets_what_it_is_sent(known, janes, patient):
    assert known.send(janes, "--to", patient.public_key)["in_register"] is False


# ---- on a terminal


def test_a_new_key_is_introduced_and_kept_for_the_next_time(clinic, study, card):
    screen, status = clinic.terminal(
        "send_image", study, "--to", card, "--again", answers=answering(Send="y", Keep="Bed 8")
    )
    assert status == 0, screen
    assert "NEW: this key is not in your register" in screen
    assert not any(" ".join(KEYS.words[at : at + 2]) in screen for at in range(5))
    assert clinic.json("contacts", "show", "Bed 8")["patient"]["id"] == "ID-4711"

    screen, status = clinic.terminal("send_image", study, "--to", "Bed 8", "--again", answers=answering(Send="y"))
    assert status == 0, screen
    assert re.search(r"Contact  Bed 8 \(words compared by \w+, 20\d\d-\d\d-\d\d\)", screen)
    assert "Word" not in screen


def test_a_wrong_word_sends_nothing(clinic, study, card):
    screen, status = clinic.terminal("send_image", study, "--to", card, answers=answering(word="zoo"))
    assert re.search(r"that is not word \d of this key: stopped", screen)
    assert status == 1


def test_a_new_key_is_not_kept_if_that_is_said(clinic, study, card):
    clinic.terminal("send_image", study, "--to", card, "--again", answers=answering(Send="y", Keep="-"))
    assert clinic.json("contacts", "list") == {"contacts": []}


def test_what_differs_is_shown_to_who_can_look(known, janes, card):
    screen, status = known.terminal("send_image", janes, "--to", card, answers=answering())
    assert re.search(r"ROE, Jane in the images\s+OKAFOR, Grace in the register, for Bed 7", screen)
    assert status == 1


def test_words_that_differ_are_shown_to_who_can_look(known, study, patient):
    screen, status = known.terminal("send_image", study, "--to", patient.public_key, answers=answering())
    assert f"{' '.join(KEYS.words)} in the register, for Bed 7" in screen
    assert status == 1


def test_a_patient_is_asked_for_when_somebody_is_added(clinic, card):
    answers = answering(label="x", Family="Okafor^Grace", Birth="1962-03-14", call="Bed 9")
    screen, status = clinic.terminal("contacts", "add", card, answers=answers)
    assert status == 0, screen
    assert clinic.json("contacts", "show", "Bed 9")["patient"] == {"name": "Okafor^Grace", "birth_date": "1962-03-14"}


def test_an_account_whose_key_has_changed_is_refused(apart, tmp_path, study):
    apart.json("register_key")
    address = apart.json("inbox")["recipient"]
    apart.json("contacts", "add", address, "--label", LABEL, "--like", study)
    assert apart.json("send_image", study, "--to", LABEL)["in_register"]
    apart.json("register_key", "--new-key", tmp_path / "new.txt", RADIOGRAM_KEY_FILE_PASSPHRASE="")
    for to in (LABEL, address):
        line = apart.refusal("send_image", study, "--to", to, "--again")
        assert "another key for this account: nothing was sent" in line


def test_a_card_link_names_its_card(clinic, study):
    link = card_link("https://clinic.example", PLAIN, "Grace")
    assert clinic.send(study, "--to", link)["recipient"] == PLAIN.address
    assert "its words are not those of its key" in clinic.refusal(
        "send_image", study, "--to", link.partition("&name")[0][:-2]
    )
