"""The package as a program uses it: what `import radiogram` offers, on a real chain and a real IPFS node."""

import pytest
from eth_account.messages import encode_defunct

import radiogram
from radiogram.chain.inbox import Inbox
from radiogram.devnet.kubo import local_ipfs
from radiogram.formats.public_key import public_key_of
from radiogram.formats.source_files import read_study
from radiogram.ipfs.client import Ipfs


@pytest.fixture
def ipfs(tmp_path):
    with local_ipfs(tmp_path / "home") as node:
        yield Ipfs(node.api, node.gateway)


def test_a_study_is_sent_listed_handed_on_and_retrieved(project, accounts, ipfs, xray, tmp_path):
    technologist, patient, doctor = accounts[:3]
    patient_key, doctor_key = (bytes.fromhex(each.private_key.removeprefix("0x")) for each in (patient, doctor))
    inbox = Inbox(technologist.deploy(project.ImageInbox))

    sent = radiogram.send(
        read_study([xray.parent]),
        inbox.recipient(patient.address, public_key_of(patient_key)),
        sender=technologist,
        sign=lambda text: technologist.sign_message(encode_defunct(text=text)).encode_rsv(),
        inbox=inbox,
        ipfs=ipfs,
    )
    contents = radiogram.open_message(inbox.newest(patient.address), patient_key, inbox)
    preview = radiogram.read_manifest(contents, ipfs=ipfs)
    to_doctor = inbox.recipient(doctor.address, public_key_of(doctor_key))
    shared = radiogram.share(contents, to_doctor, sender=patient, inbox=inbox)
    handed_on = radiogram.open_message(inbox.message(doctor.address, shared.index), doctor_key, inbox)
    received = radiogram.retrieve(handed_on, tmp_path / "out", ipfs=ipfs)

    assert (sent.index, sent.cid, shared.cid) == (0, contents.cid, contents.cid)
    assert [entry.name for entry in preview.manifest.files] == ["study/CT_small.dcm"]
    assert preview.signed_by == received.signed_by == technologist.address
    assert [path.read_bytes() for path, _ in received.files] == [xray.read_bytes()]
    with pytest.raises(radiogram.WrongKeyError):
        radiogram.open_message(inbox.newest(patient.address), doctor_key, inbox)
