"""Retrieve images from an inbox."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from radiogram.cli import hints, report, transfers
from radiogram.cli.message_choice import open_message
from radiogram.cli.options import NamedPath, keyring_options, message_argument, offline_option
from radiogram.cli.session import Command, Session
from radiogram.cli.signer import signer_of
from radiogram.cli.wording import size

if TYPE_CHECKING:
    from radiogram.dicom.previews import Previews


@click.command("retrieve_image", cls=Command)
@message_argument
@click.option("--out", type=NamedPath(), default=Path("received"), show_default=True, help="Folder.")
@click.option("--overwrite", is_flag=True, help="Replace files of the same name in the folder.")
@click.option(
    "--preview",
    is_flag=True,
    help="Write a PNG picture beside each DICOM file, or the report, document or video in it, and a sheet of all "
    "pictures; show it in a terminal that can.",
)
@offline_option
@keyring_options
def cli(
    session: Session,
    name: str | None,
    out: Path,
    overwrite: bool,
    preview: bool,
    cars: tuple[Path, ...],
    key_file: Path | None,
    of: str | None,
) -> None:
    """Open message INDEX with your key; fetch the images, and check them.

    If no INDEX is named, the newest that opens of a sender you know is taken: of a checked clinic, or of somebody whom
    you approved or gave a name.
    """
    terminal = session.terminal
    session.network.read_from(cars)
    chosen = open_message(session, name, key_file, of)
    reference, ipfs = chosen.opened.reference, session.network.ipfs_to_read()
    received = transfers.retrieve(session, reference, out, ipfs, overwrite=overwrite)
    files, label = received.files, received.header.manifest.sender_label
    signer = signer_of(received.signed_by, chosen.message, chosen.names.shown)
    previews = write_previews(session, [path for path, _ in files], out, overwrite) if preview else None
    terminal.result(
        report.received_fields(chosen, label)
        | signer.fields()
        | {"out": str(out), "files": report.file_fields(files)}
        | ({"previews": [str(path) for path in previews.written]} if previews else {})
    )
    terminal.say(
        *report.origin_lines(chosen, signer, label),
        *(f"{path}  {size(entry.bytes)}  SHA-256 {entry.sha256}" for path, entry in files),
        *(previews.lines() if previews else ()),
    )
    if previews and previews.overview and not terminal.as_json:
        from radiogram.output.terminal_image import show_image

        show_image(previews.overview.read_bytes(), sys.stdout, os.environ)


def write_previews(session: Session, files: list[Path], out: Path, overwrite: bool) -> Previews:
    """Pictures of the files, and a note on each that has none."""
    from radiogram.dicom import previews

    written = previews.write_previews(files, out, overwrite)
    for path, error in written.refused:
        session.terminal.note(f"No picture of {path}: {hints.line(error)}")
    return written
