"""A patient hands a study on: one more envelope, no upload."""

import re

from tests.flows.conftest import Person

DOCTOR = Person("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6")  # test account 3
DOCTORS = ("--account", "3")


def test_a_doctor_retrieves_what_a_patient_shares_and_learns_who_made_it(devnet, xray, technologist, patient, tmp_path):
    sent = devnet.json("send_image", xray, "--to", patient.public_key)
    shared = devnet.json("share_image", sent["index"], "--to", DOCTOR.public_key)
    assert (shared["sender"], shared["recipient"]) == (patient.address, DOCTOR.address)
    assert shared["cid"] == sent["cid"]
    said = devnet.run("retrieve_image", *DOCTORS, "--out", tmp_path / "out").stdout
    assert f"Handed on by {patient.address}; exactly what {technologist.address} signed" in said
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()


def test_sharing_needs_the_private_key(devnet, xray, patient, stranger, tmp_path):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    (tmp_path / "key.hex").write_text(stranger.private_key)
    before = devnet.json("inbox", *DOCTORS)["count"]
    line = devnet.refusal("share_image", index, "--to", DOCTOR.public_key, "--key-file", tmp_path / "key.hex")
    assert "this private key does not open the message" in line
    assert devnet.json("inbox", *DOCTORS)["count"] == before


def test_sharing_with_oneself_is_refused(devnet, xray, patient):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    line = devnet.refusal("share_image", index, "--to", patient.public_key)
    assert re.search("has message .* already", line)
