"""Retrieve images from an inbox."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from radiogram.cli.keyring import open_one, opening, say_origin
from radiogram.cli.session import Command, Session, size


@click.command("retrieve_image", cls=Command)
@click.argument("index", required=False, type=click.IntRange(min=0))
@click.option("--out", type=click.Path(path_type=Path), default=Path("received"), show_default=True, help="Folder.")
@click.option("--overwrite", is_flag=True, help="Replace files of the same name in the folder.")
@click.option(
    "--preview",
    is_flag=True,
    help="Write a PNG picture beside each DICOM file, and a sheet of them all; show it in a terminal that can.",
)
@opening
def cli(
    session: Session,
    index: int | None,
    out: Path,
    overwrite: bool,
    preview: bool,
    key_file: Path | None,
    of: str | None,
) -> None:
    """Open message INDEX (the newest, if none is named) with your private key, fetch the images, and check them."""
    from radiogram import transfer
    from radiogram.ipfs.cid import cid_text

    _, message, contents = open_one(session, index, key_file, of)
    ipfs = session.ipfs("recipient")
    with session.progress("Fetching and decrypting", contents.ciphertext_bytes) as progress:
        received = transfer.retrieve(contents, out, ipfs=ipfs, overwrite=overwrite, progress=progress)
    previews = None
    if preview:
        from radiogram.cli import hints
        from radiogram.dicom.previews import write_previews

        previews = write_previews([path for path, _ in received.files], out, overwrite)
        for path, error in previews.refused:
            session.note(f"No picture of {path}: {hints.line(error)}")
    session.result(
        {
            "index": message.index,
            "sender": message.sender,
            "sent_at": message.sent_at.isoformat(),
            "cid": cid_text(contents.cid),
            "out": str(out),
            "files": [{"path": str(p), "bytes": f.bytes, "sha256": f.sha256} for p, f in received.files],
        }
        | ({"previews": [str(path) for path in previews.written]} if previews else {})
    )
    say_origin(session, message, received)
    for path, entry in received.files:
        session.say(f"{path}  {size(entry.bytes)}  SHA-256 {entry.sha256}")
    for path in previews.written if previews else ():
        session.say(f"{path}  (a picture)")
    if previews and previews.overview and not session.as_json:
        from radiogram.output.terminal_image import show_image

        show_image(previews.overview.read_bytes(), sys.stdout, os.environ)
