"""From a scanner to the patient: `send to RADIOGRAM`, look at the outbox, send, and it is gone from there."""

import json
import os
import signal

import pytest
from pydicom import dcmread

from radiogram.formats.key_card import encode_card
from radiogram.formats.seed import keys_of_words
from tests.flows.receiving import data_set, new_study_uid, receiving, send, storescu, storing, until, write_slice
from tests.ports import free_port
from tests.programs import serving

ACCOUNT = "4"  # whose outbox no other test has
LABEL = "Bed 7"
KEYS = keys_of_words("abandon " * 23 + "art").public()


class Department:
    """Its scripts, with an outbox of its own."""

    def __init__(self, scripts):
        self.scripts, self.account = scripts, ("--account", ACCOUNT)

    def json(self, *arguments):
        return self.scripts.json(*arguments, *self.account)

    def refusal(self, *arguments):
        return self.scripts.refusal(*arguments, *self.account)

    def waiting(self) -> list[dict]:
        return self.json("outbox", "list")["studies"]

    def complete(self) -> dict:
        """The one study that waits, once it is complete."""
        return until(lambda: next((each for each in self.waiting() if each["is_complete"]), None))


@pytest.fixture
def department(devnet):
    made = Department(devnet)
    yield made
    if (devnet.home / "outbox").exists():
        for each in made.waiting():
            made.json("outbox", "forget", each["id"])
        made.json("outbox", "forget", "--refused")
    for path in (devnet.home / "contacts").glob("*"):
        path.unlink()


@pytest.fixture
def slices(tmp_path):
    """Two slices of a study that nobody has sent yet."""
    study = new_study_uid()
    return [write_slice(tmp_path / "ct" / f"{n}.dcm", n, StudyInstanceUID=study) for n in (1, 2)]


@pytest.fixture
def arrived(department, slices):
    """Both are in the outbox, as they were sent."""
    with receiving(department.scripts, *department.account) as address:
        assert [send(address, each) for each in slices] == [0x0000, 0x0000]
    return department.complete()


def test_what_a_workstation_sends_arrives_at_the_patients_bit_for_bit(dcmtk, department, slices, patient, tmp_path):
    with receiving(department.scripts, *department.account) as address:
        assert storescu(dcmtk("storescu"), address, *slices).returncode == 0
        study = department.complete()
        assert (study["instances"], study["patient"]["name"]) == (2, "Okafor^Grace")
        sent = department.json("outbox", "send", study["id"], "--to", patient.public_key)
    assert department.waiting() == []
    department.scripts.json("retrieve_image", sent["index"], "--out", tmp_path / "out")
    received = sorted((tmp_path / "out" / "study").iterdir())
    assert [path.name for path in received] == ["00001.dcm", "00002.dcm"]
    # dcmtk leaves out group lengths and trailing padding: what it has sent is what its own receiver keeps.
    kept = {data_set(path.read_bytes()) for path in received}
    assert kept == {data_set(each) for each in by_dcmtk(dcmtk, slices, tmp_path)}


def by_dcmtk(dcmtk, slices, folder) -> list[bytes]:
    """What dcmtk's own receiver writes of the same, not a bit changed."""
    port = free_port()
    out = folder / "dcmtk"
    out.mkdir()
    place = {"host": "127.0.0.1", "port": port}
    with serving(
        [dcmtk("storescp"), "+B", "-od", out, str(port)],
        lambda: storescu(dcmtk("storescu"), place, *slices).returncode == 0,
    ):
        pass
    return [path.read_bytes() for path in out.iterdir()]


def test_the_fields_of_outbox(department, arrived):
    assert arrived.keys() == {
        *("id", "patient", "study", "modalities", "series", "instances", "encrypted_bytes", "last_at"),
        *("is_complete", "suggested"),
    }
    assert arrived["patient"] == {"name": "Okafor^Grace", "birth_date": "1962-03-14", "sex": "F", "id": "ID-4711"}
    assert arrived["study"]["description"] == "Thorax native"
    assert (arrived["modalities"], arrived["series"], arrived["suggested"]) == (["CT"], 1, [])
    assert department.json("outbox").keys() == {"account", "studies", "refused"}


def test_a_person_is_shown_what_waits_and_what_was_refused(department, slices, tmp_path):
    with receiving(department.scripts, *department.account) as address:
        send(address, slices[0])
        again = write_slice(tmp_path / "b", 1, StudyInstanceUID=new_study_uid(), PatientName="Roe^Jane")
        dataset = dcmread(again)
        dataset.StudyInstanceUID = ""
        dataset.save_as(again)
        assert send(address, again) == 0xC000
    department.complete()
    said = department.scripts.run("outbox", *department.account).stdout
    for text in (
        "OKAFOR, Grace",
        "14-Mar-1962",
        "1 instance",
        "complete, last arrival",
        "1 refusal",
        "from CT1 at 127",
    ):
        assert text in said
    (refused,) = department.json("outbox")["refused"]
    assert "does not say which it is" in refused["reason"]


def test_whom_the_register_suggests_is_named_and_another_patients_key_is_refused(department, slices, arrived, tmp_path):
    card = tmp_path / "card.json"
    card.write_bytes(encode_card(KEYS, "Grace"))
    department.json("contacts", "add", card, "--label", LABEL, "--like", slices[0])
    assert department.waiting()[0]["suggested"] == [LABEL]
    department.json("contacts", "add", card, "--label", LABEL, "--replace", "--like", janes(tmp_path))
    assert department.waiting()[0]["suggested"] == []
    line = department.refusal("outbox", "send", arrived["id"], "--to", LABEL)
    assert "another patient's" in line
    assert "nothing was sent" in line
    assert len(department.waiting()) == 1


def janes(folder):
    return write_slice(
        folder / "jane" / "1.dcm", 1, PatientName="Roe^Jane", PatientBirthDate="19700203", PatientID="77"
    )


def test_a_send_that_is_run_again_sends_nothing_twice(department, slices, arrived, patient):
    first = department.json("outbox", "send", arrived["id"], "--to", patient.public_key)
    with receiving(department.scripts, *department.account) as address:
        for each in slices:
            send(address, each)
    again = department.json("outbox", "send", department.complete()["id"], "--to", patient.public_key)
    assert (first["was_sent"], again["was_sent"], again["index"]) == (False, True, first["index"])


def test_studies_of_a_list_leave_the_outbox_once_they_are_sent(department, slices, arrived, patient, tmp_path):
    listed = tmp_path / "list.csv"
    rows = [f"{arrived['id']},{patient.public_key}", f"ct,{patient.public_key}", f"00000000,{patient.public_key}"]
    listed.write_text("\n".join(["study,recipient", *rows]))
    done = department.scripts.run("send_image", "--batch", listed, "--json", *department.account)
    by_line = {each["line"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert [file["path"] for file in by_line[2]["files"]] == ["study/00001.dcm", "study/00002.dcm"]
    assert [file["path"] for file in by_line[3]["files"]] == ["ct/1.dcm", "ct/2.dcm"]
    assert "the outbox has no study of the ID '00000000'" in by_line[4]["error"]
    assert department.waiting() == []


def test_a_name_that_is_both_a_path_and_a_study_of_the_outbox_is_refused(department, slices, arrived, patient):
    folder = slices[0].parent.rename(slices[0].parents[1] / arrived["id"])
    listed = folder.parent / "list.csv"
    listed.write_text(f"study,recipient\n{folder.name},{patient.public_key}\n")
    done = department.scripts.run("send_image", "--batch", listed, "--json", *department.account)
    assert "is both a path and a study of the outbox: write ./" in json.loads(done.stdout)["error"]
    assert len(department.waiting()) == 1


def test_what_is_still_arriving_is_not_sent_unless_that_is_meant(department, slices, patient):
    with receiving(department.scripts, "--quiet", 600, *department.account) as address:
        send(address, slices[0])
        (study,) = department.waiting()
        assert not study["is_complete"]
        line = department.refusal("outbox", "send", study["id"], "--to", patient.public_key)
        assert "still arriving" in line
        assert department.json("outbox", "send", study["id"], "--to", patient.public_key, "--incomplete")["index"] >= 0


def test_files_in_a_watched_folder_are_taken_in(department, slices):
    folder = slices[0].parent
    (folder / "notes.txt").write_text("no image")
    with receiving(department.scripts, "--watch", folder, *department.account):
        until(lambda: department.complete()["instances"] == 2)
        until(lambda: department.json("outbox")["refused"])
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("compared", [True, False], ids=["words compared", "words not compared"])
def test_auto_sends_what_surely_is_a_patients_whose_words_were_compared(
    department, slices, arrived, compared, tmp_path
):
    card = tmp_path / "card.json"
    card.write_bytes(encode_card(KEYS, "Grace"))
    by = ("--compared-by", "A. Nurse") if compared else ()
    department.json("contacts", "add", card, "--label", LABEL, "--like", slices[0], *by)
    done = department.json("outbox", "send", "--auto")
    if compared:
        (sent,) = done["sent"]
        assert (sent["id"], sent["recipient"], done["left"]) == (arrived["id"], KEYS.address, [])
        assert department.waiting() == []
        assert department.json("outbox", "send", "--auto") == {"sent": [], "left": []}
    else:
        assert done["sent"] == []
        assert "nobody has compared the words" in done["left"][0]["reason"]
        assert len(department.waiting()) == 1


def test_auto_leaves_whom_the_register_does_not_have(department, arrived):
    done = department.json("outbox", "send", "--auto")
    assert done == {"sent": [], "left": [{"id": arrived["id"], "reason": "the register has no key of this patient"}]}


@pytest.mark.parametrize("change", [{"PatientName": "Roe^Jane"}, {"PatientName": "", "PatientID": ""}])
def test_auto_leaves_a_study_of_which_not_every_image_says_whose_it_is(department, slices, tmp_path, change):
    card = tmp_path / "card.json"
    card.write_bytes(encode_card(KEYS, "Grace"))
    department.json("contacts", "add", card, "--label", LABEL, "--like", slices[0], "--compared-by", "A. Nurse")
    study = dcmread(slices[0]).StudyInstanceUID
    wrong = write_slice(tmp_path / "wrong.dcm", 3, StudyInstanceUID=study, **change)
    with receiving(department.scripts, *department.account) as address:
        assert [send(address, each) for each in (*slices, wrong)] == [0x0000] * 3
    department.complete()
    done = department.json("outbox", "send", "--auto")
    assert done["sent"] == []
    assert "not every image says" in done["left"][0]["reason"]


def test_auto_and_a_recipient_are_not_both(department, arrived):
    assert "leave out ID" in department.refusal("outbox", "send", arrived["id"], "--auto")


def test_what_is_forgotten_is_gone(department, arrived):
    assert department.json("outbox", "forget", arrived["id"]) == {"forgotten": 2}
    assert department.waiting() == []
    assert "no study of the ID" in department.refusal("outbox", "forget", arrived["id"])


def test_what_waits_too_long_is_deleted(department, arrived):
    for path in (department.scripts.home / "outbox").glob("*/studies/**/*"):
        os.utime(path, (1, 1))
    with receiving(department.scripts, *department.account):
        until(lambda: department.waiting() == [])


def test_nothing_of_a_patient_is_readable_on_the_disk(department, arrived, slices):
    held = b"".join(
        str(p).encode() + (p.read_bytes() if p.is_file() else b"")
        for p in (department.scripts.home / "outbox").rglob("*")
    )
    uids = (arrived["study"]["uid"], f"{arrived['study']['uid']}.9.1")
    assert not [text for text in ("Okafor", "ID-4711", "19620314", "Thorax", *uids) if text.encode() in held]


def test_an_outbox_is_opened_by_its_account_alone(department, arrived):
    assert "has no outbox" in department.scripts.refusal("outbox", "list", "--account", "5")


def test_ctrl_c_ends_it_cleanly(department):
    command = department.scripts.start("receive", "--port", 0, *department.account)
    while not (line := command.stdout.readline()).startswith("Stop with Ctrl-C"):
        assert line
    command.send_signal(signal.SIGINT)
    assert command.wait(30) == 130
    assert not list(department.scripts.home.glob("outbox/*/incoming/*"))


# ---- what is refused before anything listens


def test_other_machines_are_let_in_only_if_that_is_said(department):
    line = department.refusal("receive", "--host", "0.0.0.0", "--port", 0)  # noqa: S104 - that is what is refused
    assert "--open-to-network" in line


@pytest.mark.parametrize("title", ["", "A" * 17, "Ä", "A\\B"])
def test_what_is_no_ae_title_is_refused(department, title):
    assert "is no AE title" in department.refusal("receive", "--port", 0, "--ae-title", title)


def test_a_key_without_a_certificate_is_refused(department, slices):
    assert "without --tls-cert" in department.refusal("receive", "--port", 0, "--tls-ca", slices[0])


def test_a_certificate_that_is_none_is_refused(department, slices):
    assert "no certificate and its key" in department.refusal("receive", "--port", 0, "--tls-cert", slices[0])


def test_a_second_receiver_of_the_same_outbox_is_refused(department):
    with receiving(department.scripts, *department.account):
        assert "another command holds" in department.refusal("receive", "--port", 0)


def test_a_study_comes_by_dicomweb_beside_the_receiver_from_our_own_exporter(department, slices, patient, tmp_path):
    index = department.json("send_image", slices[0], "--to", patient.public_key)["index"]
    with receiving(department.scripts, *department.account) as address:
        assert send(address, slices[1]) == 0x0000
        with storing(department.scripts, tmp_path, *department.account) as (_, place):
            options = ("--to-dicomweb", place["dicomweb"])
            token = {"RADIOGRAM_DICOMWEB_AUTH_FILE": str(tmp_path / "token")}
            told = department.scripts.json("export_image", index, *options, **token)
            assert (len(told["stored"]), told["refused"]) == (1, [])
            wrong = {"RADIOGRAM_DICOMWEB_AUTH": "bearer:" + "x" * 40}
            assert "credentials are missing or wrong" in department.scripts.refusal(
                "export_image", index, *options, **wrong
            )
    assert department.complete()["instances"] == 2


def test_a_website_takes_no_studies_unless_its_token_is_for_its_owner_alone(department, tmp_path):
    (tmp_path / "token").write_text("x" * 40)
    (tmp_path / "token").chmod(0o644)
    (tmp_path / "index.html").write_text("<!doctype html>")
    line = department.refusal("web", "--folder", tmp_path, "--port", 0, "--receive-token-file", tmp_path / "token")
    assert line.startswith(f"Error: others may read {tmp_path / 'token'}")
