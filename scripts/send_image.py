"""Send images to a patient."""

from pathlib import Path

import click

from scripts._cli import SENDER_INDEX, Command, Session, sent_fields, size


@click.command(cls=Command)
@click.argument("paths", metavar="PATH…", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--to",
    metavar="RECIPIENT",
    help="The patient: a public key in hex (33, 64 or 65 bytes), a key card file, or an address or ENS name that "
    "has registered a key.",
)
def cli(session: Session, paths: tuple[Path, ...], to: str | None) -> None:
    """Encrypt files or a study folder, add them to IPFS, and put the encrypted hash into the patient's inbox."""
    from radiogram import bundle, transfer
    from radiogram.inbox import ether
    from radiogram.ipfs import cid_text
    from radiogram.recipients import find_recipient

    chosen = list(paths) or [Path(session.ask("PATH", "Image or study folder"))]
    to = to or session.ask("--to", "Patient's public key")
    total = bundle.total_bytes(chosen)
    inbox = session.inbox()
    sender = session.account(SENDER_INDEX)
    recipient = find_recipient(to, inbox, session.chain.resolve_name)
    fee = inbox.expected_fee(recipient, sender)
    ipfs = session.ipfs("sender")

    session.confirm(
        f"From {sender.address}\nTo   {recipient.address}\nSend {size(total)} for a fee of about {ether(fee)}?"
    )
    sender = session.unlocked(sender)
    with session.progress("Reading", total) as progress:
        study = bundle.read_study(chosen, progress)
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
    count = len(study.manifest.files)
    session.say(f"Sent {count} file{'s' * (count != 1)}, {size(study.plaintext_bytes)}, as message {receipt.index}")
    session.say(f"From {sender.address}\nTo   {recipient.address}")
    session.say(f"IPFS {cid_text(sent.cid)} ({size(sent.ciphertext_bytes)}, encrypted)")
    session.say(f"Fee  {ether(receipt.fee_wei)} ({receipt.gas_used:,} gas), transaction {receipt.tx_hash}")
