"""Before images go: whose they are, whose key they go to, and what files that are not as they should be come to."""

import json
import os
import re
from collections.abc import Iterable

import pexpect
import pytest

from tests.flows.ape_run import introduce
from tests.flows.conftest import Person, write_key
from tests.flows.images import GRACE, write_image

SLICES = 3
ANOTHER = {"PatientName": "Roe^Jane", "PatientBirthDate": "19700203"}
LEAKS = ("okafor", "grace", "roe", "jane", "1962", "1970", "4711", "thorax")
# Where hashes are printed too: they hold four digits of anybody once in a while, eight hardly ever.
LEAKS_BESIDE_HASHES = ("okafor", "grace", "19620314", "1962-", "-1962", "id-4711", "thorax")


@pytest.fixture
def patient(tmp_path):
    """Somebody to whom nothing was sent."""
    person = Person(os.urandom(32).hex())
    write_key(tmp_path / "patient.hex", person.private_key)
    person.opens = ("--of", person.address, "--key-file", tmp_path / "patient.hex")
    return person


@pytest.fixture
def study(tmp_path):
    """A study of one patient, in a folder."""
    for number in range(SLICES):
        write_image(tmp_path / "ct" / f"IM{number}", **GRACE, InstanceNumber=number)
    return tmp_path / "ct"


@pytest.fixture
def two_patients(study):
    write_image(study / "IM9", **(GRACE | ANOTHER))
    return study


@pytest.fixture
def two_studies(study):
    write_image(study / "IM9", **(GRACE | {"StudyInstanceUID": "1.2.3", "StudyDescription": "Knee"}))
    return study


@pytest.fixture
def terminal(devnet, patient):
    """send_image to the patient on a terminal, who reads the words of their key: the answers to the other questions in,
    its screen and exit status out.
    """

    def run(*arguments: object, answers: Iterable[str]) -> tuple[str, int]:
        child = devnet.terminal("send_image", *arguments, dimensions=(50, 120), TERM="dumb")
        screen, answers = "", iter(answers)
        while place := child.expect([pexpect.EOF, r"\[y/N\]: |if so: ", r"Word (\d) of 6: ", r"Keep this key .*: "]):
            screen += child.before + child.after
            word = patient.key_words[int(child.match[1]) - 1] if place == 2 else "-"
            child.sendline(next(answers) if place == 1 else word)
        child.close()
        return screen + child.before, child.exitstatus

    return run


def opened(devnet, patient) -> dict:
    """The only message to them."""
    [message] = devnet.json("inbox", "--open", *patient.opens)["messages"]
    return message


# ---- on a terminal


def test_the_sender_sees_whose_images_go_to_whose_key(terminal, study, technologist, patient):
    screen, status = terminal(study, "--to", patient.public_key, answers="y")

    for line in (
        rf"From +{technologist.address}",
        rf"To +{patient.address}",
        r"Contact +NEW: this key is not in your register",
        r"Patient +OKAFOR, Grace\s",
        r"Born +14-Mar-1962\s",
        r"ID +ID-4711\s",
        r"Files +3 DICOM \(each says whose it is\)\s",
        r"Study +CT · 20-Nov-2026 · Thorax native · 1 series, 3 images\s",
        r"Send 3 files, 11\d\.\d kB, for a fee of about 0\.\d+ ETH\?",
    ):
        assert re.search(line, screen), line
    assert "Sent 3 files" in screen
    assert status == 0


def test_image_and_card_may_be_dropped_onto_the_terminal(devnet, study, person, tmp_path):
    (tmp_path / "my study").symlink_to(study)
    (tmp_path / "card of hers.txt").write_text(person.public_key)
    child = devnet.terminal("send_image", dimensions=(50, 200), TERM="dumb")
    child.expect("Image or study folder: ")
    child.sendline(f"'{tmp_path}/my study' ")
    child.expect("Patient's key card, or public key: ")
    child.sendline(f"{tmp_path}/card\\ of\\ hers.txt ")
    child.expect(rf"To +{person.address}")
    child.expect(r"Word \d of 6: ")
    child.sendline("-")
    child.expect(pexpect.EOF)
    child.close()


def test_a_path_that_is_not_there_is_told_before_the_next_question(devnet):
    child = devnet.terminal("send_image", dimensions=(50, 200), TERM="dumb")
    child.expect("Image or study folder: ")
    child.sendline("/nowhere/scan.dcm")
    said = child.read()
    child.close()
    assert ("/nowhere/scan.dcm does not exist" in said, "key card" in said, child.exitstatus) == (True, False, 1)


def test_a_no_sends_nothing(devnet, terminal, study, patient):
    screen, status = terminal(study, "--to", patient.public_key, answers="n")
    assert "nothing was sent" in screen
    assert (status, devnet.count(patient.address)) == (1, 0)


def test_files_of_two_patients_are_told_apart_with_values_and_counts_and_asked_about(
    devnet, terminal, two_patients, patient
):
    screen, status = terminal(two_patients, "--to", patient.public_key, answers="n")
    assert re.search(r"Patient +OKAFOR, Grace \(3 files\)\s+ROE, Jane \(1 file\)", screen)
    assert re.search(r"Born +14-Mar-1962 \(3 files\)\s+03-Feb-1970 \(1 file\)", screen)
    assert "The files do not agree: name and birth date." in screen
    assert "Do the images of SEVERAL PATIENTS all go to this one recipient?" in screen
    assert (status, devnet.count(patient.address)) == (1, 0)


@pytest.mark.parametrize("answer", ["y", "yes", "", "patients"])
def test_images_of_several_patients_take_a_word_and_no_yes(devnet, terminal, two_patients, patient, answer):
    screen, status = terminal(two_patients, "--to", patient.public_key, answers=[answer])
    assert "stopped: nothing was sent" in screen
    assert (status, devnet.count(patient.address)) == (1, 0)


def test_the_word_sends_images_of_several_patients(terminal, two_patients, patient):
    screen, status = terminal(two_patients, "--to", patient.public_key, answers=["several", "y"])
    assert "Sent 4 files" in screen
    assert status == 0


def test_two_studies_are_told_apart_and_sent_when_both_answers_are_yes(terminal, two_studies, patient):
    screen, status = terminal(two_studies, "--to", patient.public_key, answers="yy")
    assert "The files are of 2 studies." in screen
    assert "Knee · 1 series, 1 image" in screen
    assert "Sent 4 files" in screen
    assert status == 0


def test_several_patients_that_are_meant_are_shown_and_asked_about_once(terminal, two_patients, patient):
    screen, status = terminal(two_patients, "--to", patient.public_key, "--several-patients", answers="y")
    assert "ROE, Jane (1 file)" in screen
    assert "one recipient?" not in screen
    assert status == 0


def test_what_is_typed_before_the_question_is_seen_does_not_answer_it(devnet, study, patient):
    child = devnet.terminal("send_image", study, "--to", patient.public_key, dimensions=(50, 120), TERM="dumb")
    child.send("y\ry\ry\r")
    introduce(child, patient.key_words)
    child.expect(r"\[y/N\]: ")
    child.sendline("n")
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, devnet.count(patient.address)) == (1, 0)


def test_images_that_name_no_patient_are_said_to(terminal, tmp_path, patient):
    write_image(tmp_path / "IM0", **(GRACE | {"PatientName": "", "PatientBirthDate": ""}))
    screen, _ = terminal(tmp_path / "IM0", "--to", patient.public_key, answers="n")
    assert re.search(r"Patient +not named in the images\. Make sure that they are the patient's", screen)


def test_some_images_that_name_no_patient_are_counted(terminal, study, patient):
    write_image(study / "IM9", **(GRACE | {"PatientName": "", "PatientID": ""}))
    screen, _ = terminal(study, "--to", patient.public_key, answers="n")
    assert re.search(r"Files +4 DICOM \(1 WITHOUT NAME AND ID\)\s", screen)


def test_number_and_issuer_are_shown_even_where_the_images_do_not_say(terminal, study, tmp_path, patient):
    screen, _ = terminal(study, "--to", patient.public_key, answers="n")
    assert re.search(r"ID +ID-4711\s+Issuer +not said in the images\s", screen)
    write_image(tmp_path / "IM0", **(GRACE | {"PatientID": "", "IssuerOfPatientID": "ST ANNE"}))
    screen, _ = terminal(tmp_path / "IM0", "--to", patient.public_key, answers="n")
    assert re.search(r"ID +not said in the images\s+Issuer +ST ANNE\s", screen)


def test_files_that_are_not_dicom_are_said_to_name_no_patient(terminal, tmp_path, patient):
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    screen, _ = terminal(tmp_path / "report.pdf", "--to", patient.public_key, answers="n")
    assert re.search(r"Patient +not known: none of the files is DICOM", screen)


def test_what_a_file_says_can_not_draw_on_the_terminal(terminal, tmp_path, patient):
    write_image(tmp_path / "IM0", **(GRACE | {"PatientName": "Roe^Ja\x1b[31mne"}))
    screen, _ = terminal(tmp_path / "IM0", "--to", patient.public_key, answers="n")
    assert "ROE, Ja [31mne" in screen
    assert "\x1b[31m" not in screen


# ---- where nobody is asked


@pytest.mark.parametrize("option", [(), ("--yes",), ("--json",)])
def test_files_of_two_patients_are_refused_without_a_word_of_either(devnet, two_patients, patient, option):
    line = devnet.refusal("send_image", two_patients, "--to", patient.public_key, *option)
    assert "the images are not all of one patient (name and birth date differ)" in line
    assert "--several-patients" in line
    assert not any(value in line.lower() for value in LEAKS)
    assert devnet.count(patient.address) == 0


def test_files_of_two_studies_are_refused(devnet, two_studies, patient):
    line = devnet.refusal("send_image", two_studies, "--to", patient.public_key, "--yes")
    assert "the images are of 2 studies: nothing was sent" in line
    assert "--several-studies" in line


def test_that_studies_are_meant_to_be_several_does_not_say_so_of_patients(devnet, two_patients, patient):
    line = devnet.refusal(
        "send_image", two_patients, "--to", patient.public_key, "--yes", "--several-studies", "--again"
    )
    assert "not all of one patient" in line


def test_several_studies_go_if_that_is_said_to_be_meant(devnet, two_studies, patient):
    devnet.json("send_image", two_studies, "--to", patient.public_key, "--yes", "--several-studies", "--again")
    assert len(opened(devnet, patient)["studies"]) == 2


def test_several_patients_go_if_that_is_said_to_be_meant(devnet, two_patients, patient):
    devnet.json("send_image", two_patients, "--to", patient.public_key, "--yes", "--several-patients", "--again")
    names = [study["patient"]["name"] for study in opened(devnet, patient)["studies"]]
    assert names == ["Okafor^Grace"]  # one study by its UID: the first name met stands


def test_nothing_of_the_patient_is_printed_where_nobody_is_asked(devnet, study, patient):
    done = devnet.run("send_image", study, "--to", patient.public_key)
    assert done.returncode == 0
    assert not any(value in (done.stdout + done.stderr).lower() for value in LEAKS_BESIDE_HASHES)


# ---- what the message says of itself


def test_study_metadata_goes_with_the_message(devnet, study, patient):
    (study / "report.pdf").write_bytes(b"%PDF")
    devnet.json("send_image", study, "--to", patient.public_key)
    (sent,) = opened(devnet, patient)["studies"]
    assert sent["patient"] == {"name": "Okafor^Grace", "birth_date": "1962-03-14", "sex": "F", "id": "ID-4711"}
    assert (sent["uid"], sent["date"], sent["description"]) == (
        GRACE["StudyInstanceUID"],
        "2026-11-20",
        "Thorax native",
    )
    assert [(each["modality"], each["images"], each["frames"]) for each in sent["series"]] == [("CT", 3, 3)]


@pytest.mark.parametrize("options", [(), ("--no-facts",)])
def test_the_bundle_begins_with_what_is_looked_at_first_and_results_go_by_name(
    devnet, study, patient, tmp_path, options
):
    (study / "report.pdf").write_bytes(b"%PDF")
    sent = devnet.json("send_image", study, "--to", patient.public_key, *options)
    received = devnet.json("retrieve_image", *patient.opens, "--out", tmp_path / "out")
    (manifest,) = (tmp_path / "out").glob(".radiogram-manifests/*.json")
    bundled = [file["name"] for file in json.loads(manifest.read_text())["files"]]
    assert bundled == ["ct/report.pdf", "ct/IM1", "ct/IM0", "ct/IM2"]
    assert [file["path"] for file in sent["files"]] == sorted(bundled)
    assert [file["path"] for file in received["files"]] == [str(tmp_path / "out" / name) for name in sorted(bundled)]


def test_no_facts_leaves_it_out(devnet, study, patient):
    devnet.json("send_image", study, "--to", patient.public_key, "--no-facts")
    assert opened(devnet, patient)["studies"] == []


def test_neither_chain_nor_ipfs_nor_state_folder_hold_a_word_of_the_patient(devnet, study, patient):
    devnet.json("send_image", study, "--to", patient.public_key, "--label", "Klinik am Meer")
    opened(devnet, patient)
    held = b"".join(path.read_bytes() for path in devnet.home.rglob("*") if path.is_file())
    for secret in (b"Okafor", b"19620314", b"1962-03-14", GRACE["StudyInstanceUID"].encode(), b"Klinik"):
        assert secret not in held


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_label_goes_with_the_message(devnet, xray, patient, how):
    label = "Klinik am Fluß 病院"
    option = ("--label", label) if how == "option" else ()
    environment = {"RADIOGRAM_SENDER_LABEL": label} if how == "environment" else {}
    devnet.json("send_image", xray, "--to", patient.public_key, *option, **environment)
    assert opened(devnet, patient)["sender_label"] == label


def test_a_label_too_long_is_refused(devnet, xray, patient):
    line = devnet.refusal("send_image", xray, "--to", patient.public_key, "--label", "x" * 101)
    assert "--label has 101 characters: shorten it to 100" in line


# ---- files that are not as they should be


def without_preamble(data: bytes) -> bytes:
    return data[132:]


def with_junk_frames(data: bytes) -> bytes:
    rows = data.index(b"\x28\0\x10\0US")
    return data[:rows] + b"\x28\0\x08\0IS\x06\0many! " + data[rows:]


def nested_too_deep(data: bytes) -> bytes:
    pixels = data.index(b"\xe0\x7f\x10\0")
    return data[:pixels] + b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 500 + data[pixels:]


def test_every_file_arrives_bit_for_bit_whatever_is_in_it(devnet, tmp_path, patient):
    whole = write_image(tmp_path / "whole", **GRACE).read_bytes()
    files = {
        "cut.dcm": whole[: len(whole) // 2],
        "cut-in-header.dcm": whole[:700],
        "wrong-ending.jpg": whole,
        "no-preamble": without_preamble(whole),
        "junk-frames.dcm": with_junk_frames(whole),
        "empty.dcm": b"",
        "photo.dcm": b"\xff\xd8\xff\xe0 not DICOM at all",
        "too-deep.dcm": nested_too_deep(whole),
        "Äneas Rüdiger – 山田.dcm": whole,
    }
    (tmp_path / "study").mkdir()
    for name, content in files.items():
        (tmp_path / "study" / name).write_bytes(content)
    devnet.json("send_image", tmp_path / "study", "--to", patient.public_key)
    devnet.json("retrieve_image", *patient.opens, "--out", tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out" / "study").iterdir()} == files


def test_dicom_without_preamble_or_with_a_wrong_ending_is_looked_at_too(devnet, tmp_path, patient):
    whole = write_image(tmp_path / "study" / "1.jpg", **GRACE).read_bytes()
    (tmp_path / "study" / "2").write_bytes(without_preamble(whole))
    write_image(tmp_path / "study" / "3", **(GRACE | ANOTHER))
    assert "not all of one patient" in devnet.refusal("send_image", tmp_path / "study", "--to", patient.public_key)


def test_dicom_that_can_not_be_read_is_counted_in_one_line_and_sent(devnet, study, patient):
    (study / "IM9").write_bytes(nested_too_deep((study / "IM0").read_bytes()))
    done = devnet.run("send_image", study, "--to", patient.public_key)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "1 DICOM file can't be read here: sent all the same, bit for bit, but not checked."
    ]
    assert "Sent 4 files" in done.stdout


def test_a_name_in_another_alphabet_arrives_as_it_is(devnet, tmp_path, patient):
    name = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    attributes = GRACE | {"PatientName": name, "SpecificCharacterSet": ["", "ISO 2022 IR 87"]}
    devnet.json("send_image", write_image(tmp_path / "IM0", **attributes), "--to", patient.public_key)
    assert opened(devnet, patient)["studies"][0]["patient"]["name"] == name


def test_two_files_that_differ_only_in_case_are_refused(devnet, tmp_path, patient):
    for name in ("IM1", "im1"):
        write_image(tmp_path / "ct" / name, **GRACE)
    line = devnet.refusal("send_image", tmp_path / "ct", "--to", patient.public_key)
    assert "ct/IM1 and ct/im1 would be one file on some computers: rename one of them" in line


def test_five_thousand_files_go_as_one_message(devnet, tmp_path, patient):
    """In the quick profile 500: the way is the same."""
    files = 500 if os.environ.get("HYPOTHESIS_PROFILE", "quick") == "quick" else 5000
    image = write_image(tmp_path / "one", **GRACE).read_bytes()
    (tmp_path / "ct").mkdir()
    for number in range(files):
        (tmp_path / "ct" / f"IM{number:05}").write_bytes(image[:1500] + number.to_bytes(2, "big"))
    devnet.json("send_image", tmp_path / "ct", "--to", patient.public_key)
    assert opened(devnet, patient)["files"] == files
    devnet.json("retrieve_image", *patient.opens, "--out", tmp_path / "out")
    received = sorted((tmp_path / "out" / "ct").iterdir())
    assert [path.read_bytes()[1500:] for path in received] == [number.to_bytes(2, "big") for number in range(files)]
