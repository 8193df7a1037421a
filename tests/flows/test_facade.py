"""The package as a program uses it: what `import radiogram` offers, on a real chain and a real IPFS node."""

import pytest
from eth_account.messages import encode_defunct

import radiogram
from radiogram.chain.inbox import Inbox
from radiogram.devnet.kubo import local_ipfs
from radiogram.formats.keys import Keys
from radiogram.formats.source_files import read_study
from radiogram.ipfs.client import Ipfs


@pytest.fixture
def ipfs(tmp_path):
    with local_ipfs(tmp_path / "home") as node:
        yield Ipfs(node.api, node.gateway)


def test_a_study_is_sent_listed_handed_on_and_retrieved(project, accounts, ipfs, xray, tmp_path):
    technologist, patient, doctor = accounts[:3]
    patient_keys, doctor_keys = (Keys(bytes.fromhex(str(each.private_key)[2:])) for each in (patient, doctor))
    inbox = Inbox(technologist.deploy(project.ImageInbox))

    sent = radiogram.send(
        read_study([xray.parent]),
        inbox.recipient(patient.address, patient_keys.public()),
        sender=technologist,
        sign=lambda text: technologist.sign_message(encode_defunct(text=text)).encode_rsv(),
        inbox=inbox,
        ipfs=ipfs,
    )
    reference = radiogram.open_message(inbox.newest(patient.address), patient_keys, inbox, ipfs).reference
    preview = radiogram.read_manifest(reference, ipfs=ipfs)
    to_doctor = inbox.recipient(doctor.address, doctor_keys.public())
    shared = radiogram.share(reference, to_doctor, sender=patient, inbox=inbox)
    handed_on = radiogram.open_message(inbox.message(doctor.address, shared.index), doctor_keys, inbox, ipfs)
    received = radiogram.retrieve(handed_on.reference, tmp_path / "out", ipfs=ipfs)

    assert (sent.index, sent.cid, shared.cid) == (0, reference.cid, reference.cid)
    assert (sent.packet_cid, handed_on.is_quantum_safe) == (None, False)
    assert [entry.name for entry in preview.manifest.files] == ["study/CT_small.dcm"]
    assert preview.signed_by == received.signed_by == technologist.address
    assert [path.read_bytes() for path, _ in received.files] == [xray.read_bytes()]
    with pytest.raises(radiogram.WrongKeyError):
        radiogram.open_message(inbox.newest(patient.address), doctor_keys, inbox, ipfs)
