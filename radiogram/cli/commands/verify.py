"""Check that a folder holds what was signed."""

from pathlib import Path

import click

from radiogram.cli import verified
from radiogram.cli.clinics.cards import check_signature, read_card
from radiogram.cli.options import NamedPath
from radiogram.cli.session import Command, Session
from radiogram.cli.wording import counted, size


@click.command("verify", cls=Command)
@click.argument("folder", required=False, type=NamedPath())
@click.option("--card", metavar="CARD", help="The clinic that must have signed: its card's file, or card link.")
@click.option(
    "--block",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    help="With --network and --card: as of which block an account that is a contract is asked [default: the newest].",
)
def cli(session: Session, folder: Path | None, card: str | None, block: int | None) -> None:
    """Check that FOLDER holds what was signed: every file as it was, and none besides. It needs no network.

    FOLDER is what retrieve_image or export_image has written. With --card it must be the clinic that has signed; an
    account that is a contract is asked, on the network that --network names.
    """
    from radiogram.verification import check_files, read_manifests

    terminal = session.terminal
    folder = folder or Path(terminal.ask_file("FOLDER", "Folder with the images"))
    manifests = read_manifests(folder)
    clinic = read_card(card) if card else None
    if clinic:
        check_signature(session, clinic, block)
    signers = [verified.signer(session, kept, clinic, block) for kept in manifests]
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
