"""Send images to a patient."""

from pathlib import Path

import click

from radiogram.cli import patient_check
from radiogram.cli.session import SENDER_INDEX, Command, Session, counted, fail, sent_fields, size


@click.command("send_image", cls=Command)
@click.argument("paths", metavar="PATH…", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--to",
    metavar="RECIPIENT",
    help="The patient: a public key in hex (33, 64 or 65 bytes), a key card file, or an address or ENS name that "
    "has registered a key.",
)
@click.option("--mixed", is_flag=True, help="The files are of several patients or studies, and that is meant.")
@click.option(
    "--label",
    metavar="TEXT",
    envvar="RADIOGRAM_SENDER_LABEL",
    show_envvar=True,
    help="What you call yourself, for the patient's list: a clinic's name, of at most 100 characters. It is encrypted "
    "with the images.",
)
@click.option(
    "--no-facts",
    is_flag=True,
    help="Leave out what the patient's list shows before the images are fetched: patient, study and series, as the "
    "DICOM files have them. It is encrypted with the images otherwise.",
)
def cli(
    session: Session, paths: tuple[Path, ...], to: str | None, mixed: bool, label: str | None, no_facts: bool
) -> None:
    """Encrypt files or a study folder, add them to IPFS, and put the encrypted hash into the patient's inbox.

    DICOM files are looked at first: on a terminal you are shown whose they are and whose key they go to, and asked.
    Files of several patients or studies are refused where nobody can be asked, unless --mixed is given.
    """
    from radiogram import transfer
    from radiogram.chain.inbox import ether
    from radiogram.chain.recipients import find_recipient
    from radiogram.dicom import display
    from radiogram.formats import manifest, source_files
    from radiogram.formats.public_key import fingerprint
    from radiogram.ipfs.cid import cid_text

    label = display.clean(label or "")
    if len(label) > manifest.MAX_LABEL:
        fail(f"--label has {len(label)} characters: shorten it to {manifest.MAX_LABEL}")
    chosen = list(paths) or [Path(session.ask("PATH", "Image or study folder"))]
    to = to or session.ask("--to", "Patient's public key")
    found = source_files.find_files(chosen)
    total = sum(file.bytes for file in found)
    inbox = session.inbox()
    sender = session.account(SENDER_INDEX)
    recipient = find_recipient(to, inbox, session.chain.resolve_name)
    fee = inbox.expected_fee(recipient, sender)
    ipfs = session.ipfs("sender")
    overview = patient_check.look_at(session, found)
    if session.can_ask:
        session.say(f"From     {sender.address}\nTo       {recipient.address}")
        session.say(f"Key      {' '.join(fingerprint(recipient.public_key))} (read these words to each other)")
        patient_check.show(session, overview)
    patient_check.agree(session, overview, mixed)
    session.confirm(f"Send {counted(len(found), 'file')}, {size(total)}, for a fee of about {ether(fee)}?")

    sender = session.unlocked(sender)
    with session.progress("Reading", total) as progress:
        study = source_files.read_files(found, progress)
    study = study.with_metadata(label, overview.studies if overview and not no_facts else ())
    with session.progress("Encrypting and uploading", study.plaintext_bytes) as progress:
        sent = transfer.send(
            study,
            recipient,
            sender=sender,
            sign=lambda text: session.sign(sender, text),
            inbox=inbox,
            ipfs=ipfs,
            progress=progress,
        )
    receipt = sent.receipt
    session.result(
        sent_fields(session, inbox, sent)
        | {
            "plaintext_bytes": study.plaintext_bytes,
            "ciphertext_bytes": sent.ciphertext_bytes,
            "files": [{"path": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in study.manifest.files],
        }
    )
    session.say(f"Sent {counted(len(found), 'file')}, {size(study.plaintext_bytes)}, as message {sent.index}")
    session.say(f"From {sender.address}\nTo   {recipient.address}")
    session.say(f"IPFS {cid_text(sent.cid)} ({size(sent.ciphertext_bytes)}, encrypted)")
    session.say(f"Fee  {ether(receipt.fee_wei)} ({receipt.gas_used:,} gas), transaction {receipt.tx_hash}")
