"""Check that a folder holds what was signed."""

from pathlib import Path

import click

from radiogram.cli import verified
from radiogram.cli.options import NamedPath
from radiogram.cli.session import Command, Session
from radiogram.cli.wording import counted, size


@click.command("verify", cls=Command)
@click.argument("folder", required=False, type=NamedPath())
def cli(session: Session, folder: Path | None) -> None:
    """Check that FOLDER holds what was signed: every file as it was, and none besides. It needs no network.

    FOLDER is what retrieve_image or export_image has written.
    """
    from radiogram.verification import check_files, read_manifests

    terminal = session.terminal
    folder = folder or Path(terminal.ask("FOLDER", "Folder with the images"))
    manifests = read_manifests(folder)
    signers = [verified.signer(session, kept) for kept in manifests]
    with terminal.progress("Reading", sum(each.manifest.plaintext_bytes for each in manifests)) as progress:
        check_files(folder, manifests, progress)
    files, total = (sum(each) for each in zip(*map(verified.extent, manifests), strict=True))
    terminal.result(
        {
            "folder": str(folder),
            "files": files,
            "bytes": total,
            "studies": [verified.fields(*each) for each in zip(manifests, signers, strict=True)],
        }
    )
    terminal.say(f"{folder}  {counted(files, 'file')}, {size(total)}: exactly what was signed, and nothing besides")
    for kept, signer in zip(manifests, signers, strict=True):
        terminal.say(*verified.lines(kept, signer))
