"""Sends a message's study to a doctor's system. On this computer nothing of it stays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli import destination as told
from radiogram.cli import report, transfers
from radiogram.cli.message_choice import open_message
from radiogram.cli.signer import signer_of

if TYPE_CHECKING:
    from radiogram.cli.destination import Destination
    from radiogram.cli.session import Session


def send(session: Session, name: str | None, there: Destination, key_file: Path | None, of: str | None) -> None:
    """Fetch message `name`, send what of it is DICOM, and tell what was stored; stops if anything was refused."""
    from radiogram.output.staging import StagedOutput

    send_files = there.checked()
    home = session.network.home
    transfers.remove_abandoned(session, home)
    with StagedOutput(home, private=True) as staged:
        chosen = open_message(session, name, key_file, of)
        ipfs = session.network.ipfs_to_read()
        received = transfers.retrieve(session, chosen.opened.reference, staged.folder / "received", ipfs)
        files = [(entry.name, path) for path, entry in received.files]
        with session.terminal.progress("Sending", sum(entry.bytes for _, entry in received.files)) as progress:
            sent = send_files(files, progress)
    signer = signer_of(received.signed_by, chosen.message, chosen.names.shown)
    label = received.header.manifest.sender_label
    session.terminal.result(
        report.received_fields(chosen, label) | signer.fields() | {"to": str(there)} | told.fields(sent)
    )
    session.terminal.say(*report.origin_lines(chosen, signer, label))
    told.say(session.terminal, sent, str(there))
