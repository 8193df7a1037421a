"""Writes a message's study as one page that shows it, with a viewer in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli import hints, report, transfers
from radiogram.cli.message_choice import open_message
from radiogram.cli.session import Session
from radiogram.cli.signer import signer_of
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted, size

if TYPE_CHECKING:
    from radiogram.cli.message_choice import Chosen
    from radiogram.export.keepsake import Keepsake
    from radiogram.transfer import Received


def write(
    session: Session, name: str | None, out: Path, overwrite: bool, key_file: Path | None, of: str | None
) -> None:
    """Fetch message `name`, and put its files into a copy of the page."""
    from radiogram.errors import OutputFolderError
    from radiogram.export.keepsake import PAGE, Keepsake
    from radiogram.server.site import built_pages

    page = built_pages() / PAGE
    if not page.is_file():
        fail("the page for keepsakes is not built: make setup, in the tree that this was installed from")
    transfers.remove_abandoned(session, out.parent)
    try:
        received, chosen = _written(session, name, Keepsake(out, page, overwrite), key_file, of)
    except OutputFolderError as error:
        fail(hints.line(error, "choose another --keepsake"))
    signer = signer_of(received.signed_by, chosen.message, chosen.names.shown)
    label = received.header.manifest.sender_label
    terminal = session.terminal
    terminal.result(
        report.received_fields(chosen, label) | signer.fields() | {"keepsake": str(out), "files": len(received.files)}
    )
    terminal.say(
        *report.origin_lines(chosen, signer, label),
        f"{out}  {counted(len(received.files), 'file')}, {size(out.stat().st_size)}",
        "Any browser opens it, without a network. It is not encrypted: whoever has it can see the images.",
    )


def _written(
    session: Session, name: str | None, keepsake: Keepsake, key_file: Path | None, of: str | None
) -> tuple[Received, Chosen]:
    with keepsake:
        chosen = open_message(session, name, key_file, of)
        ipfs = session.network.ipfs_to_read()
        received = transfers.retrieve(session, chosen.opened.reference, keepsake.received, ipfs)
        files = [(entry.name, entry.media_type, path) for path, entry in received.files]
        with session.terminal.progress("Writing", sum(entry.bytes for _, entry in received.files)) as progress:
            keepsake.finish(files, progress)
    return received, chosen
