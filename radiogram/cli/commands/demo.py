"""The whole story on a real X-ray."""

import filecmp
from pathlib import Path

import click

from radiogram.cli import table
from radiogram.cli.keyring import Opener
from radiogram.cli.session import RECIPIENT_INDEX, SENDER_INDEX, Command, Session, fail, short, size

XRAY = "RG3_UNCR.dcm"  # distal tibia, 1760 × 1760, from the PyPI package pydicom-data
STRANGER_INDEX = 2


@click.command("demo", cls=Command)
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder.")
def cli(session: Session, out: Path) -> None:
    """Tell the whole story on a real X-ray: deploy, send, list, refuse a wrong key, retrieve, compare bit for bit."""
    from ape import accounts

    from radiogram import transfer
    from radiogram.chain import deployment
    from radiogram.chain.inbox import ether
    from radiogram.dicom.display import shown_patient, shown_study
    from radiogram.dicom.metadata import study_overview
    from radiogram.dicom.picture import preview_png
    from radiogram.errors import WrongKeyError
    from radiogram.formats import source_files
    from radiogram.formats.public_key import fingerprint, public_key_of
    from radiogram.inbox_listing import Row
    from radiogram.ipfs.cid import cid_text
    from radiogram.ipfs.client import Ipfs

    def step(number: int, title: str) -> None:
        session.say(f"\n{number}  {click.style(title, bold=True)}")

    def tell(label: str, value: object) -> None:
        session.say(f"   {label:<16} {value}")

    if not session.chain.is_local:
        fail(f"the demo plays every part itself, on the local network only, not on {session.network}")
    xray = find_xray()
    people = accounts.test_accounts
    technologist, patient = people[SENDER_INDEX], people[RECIPIENT_INDEX]
    patient_key, stranger_key = (session.private_key(people[i]) for i in (RECIPIENT_INDEX, STRANGER_INDEX))

    step(1, "A chain and an IPFS node, on this machine alone")
    node = session.local_ipfs()
    ipfs = Ipfs(node.api, node.gateway)
    tell("Chain", f"Ganache at {session.chain.url}, chain id {session.chain.provider.chain_id}")
    tell("IPFS", f"Kubo {ipfs.check()} at {node.api}, offline")
    tell("Technologist", f"{technologist.address} has {ether(technologist.balance)}")
    tell("Patient", patient.address)
    tell("public key", "0x" + public_key_of(patient_key).hex())

    step(2, "The inbox contract")
    with session.nonce_lock(technologist.address):
        receipt = deployment.deploy(session.chain.provider, session.initcode(), technologist)
    inbox = session.inbox()
    tell("Address", f"{inbox.address}, the same on every chain")
    if receipt:
        tell("Deployed for", f"{receipt.gas_used:,} gas, {ether(receipt.total_fees_paid)}")
    else:
        tell("Deployed", "before")

    step(3, "The technologist sends an X-ray")
    tell("Image", f"{xray} ({size(xray.stat().st_size)})")
    recipient = inbox.recipient(patient.address, public_key_of(patient_key))
    overview = study_overview([xray])
    tell("Of", shown_patient(overview.patient))
    tell("Study", "; ".join(map(shown_study, overview.studies)))
    tell("To", f"{recipient.address}, key in words: {' '.join(fingerprint(recipient.public_key))}")
    tell("Expected fee", ether(inbox.expected_fee(recipient, technologist)))
    study = source_files.read_study([xray]).with_metadata("Demo clinic", overview.studies)
    with session.progress("Encrypting and uploading", study.plaintext_bytes) as progress:
        sent = transfer.send(
            study,
            recipient,
            sender=technologist,
            sign=lambda text: session.sign(technologist, text),
            inbox=inbox,
            ipfs=ipfs,
            progress=progress,
        )
    tell("Cost", f"{sent.receipt.gas_used:,} gas, {ether(sent.receipt.fee_wei)}")
    tell("Transaction", sent.receipt.tx_hash)
    message = inbox.message(recipient.address, sent.index)
    with ipfs.open(sent.cid, sent.ciphertext_bytes) as ciphertext:
        head = ciphertext.read()
    tell("IPFS holds", f"{cid_text(sent.cid)} ({size(sent.ciphertext_bytes)})")
    tell("", f"{head[:21].decode()} … {head[-24:].hex(' ')}")
    tell("The chain holds", f"an envelope of {len(message.envelope)} bytes: {message.envelope.hex()[:44]}…")
    hidden = sent.cid not in message.envelope and xray.read_bytes()[128:256] not in head
    tell("Hidden", "the CID is not in the envelope, the image is not in the ciphertext" if hidden else "NOT HIDDEN")

    step(4, "The patient's inbox, as anyone may list it")
    for each in inbox.messages(recipient.address):
        tell(f"Message {each.index}", f"from {short(each.sender)}, {each.sent_at:%Y-%m-%d %H:%M:%S} UTC, {each.status}")

    step(5, "A stranger tries, with another private key")
    try:
        transfer.open_message(message, stranger_key, inbox)
    except WrongKeyError as error:
        tell("Refused", error)
    else:
        fail("a stranger's key opened the message: do not use this software")

    step(6, "The patient opens it, and fetches no more than the list needs")
    contents = Opener(session, None, patient.address, patient).open(message, inbox)
    row = Row(message, contents, transfer.read_manifest(contents, ipfs=ipfs))
    for heading, cell in zip(table.HEADINGS, table.line(row, is_new=True, aliases={}).cells, strict=True):
        if cell and heading in ("From", "Patient", "Study", "Images", "Size"):
            tell(heading, cell)

    step(7, "The patient retrieves it")
    with session.progress("Fetching and decrypting", study.plaintext_bytes) as progress:
        received = transfer.retrieve(contents, out / "received", ipfs=ipfs, overwrite=True, progress=progress)
    ((path, entry),) = received.files
    if not filecmp.cmp(path, xray, shallow=False) or not hidden:
        fail(f"{path} is not the image that was sent: do not use this software")
    preview = out / f"{path.stem}.png"
    preview.write_bytes(preview_png(path.read_bytes()))
    tell("Signed by", f"{received.signed_by}, the technologist" if received.signed_by == message.sender else "nobody")
    tell("Compared", f"{entry.bytes:,} bytes, every one the same as sent")
    tell("SHA-256", entry.sha256)
    tell("The file", path)
    tell("A preview", preview)
    session.result(
        {
            "inbox": inbox.address,
            "index": message.index,
            "cid": cid_text(sent.cid),
            "gas_used": sent.receipt.gas_used,
            "fee_wei": sent.receipt.fee_wei,
            "wrong_key_refused": True,
            "same": True,
            "file": str(path),
            "preview": str(preview),
        }
    )


def find_xray() -> Path:
    """The sample image, from the installed package: nothing is downloaded."""
    import importlib.util

    spec = importlib.util.find_spec("data_store")
    path = (
        Path(spec.submodule_search_locations[0]) / "data" / XRAY if spec and spec.submodule_search_locations else None
    )
    if path is None or not path.is_file():
        fail(f"{XRAY} is missing: install pydicom-data, as `make demo` does")
    return path
