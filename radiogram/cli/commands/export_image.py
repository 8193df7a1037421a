"""Export images for a doctor's system."""

from pathlib import Path

import click

from radiogram.cli.keyring import open_one, opening, say_origin
from radiogram.cli.session import Command, Session, counted, size


@click.command("export_image", cls=Command)
@click.argument("index", required=False, type=click.IntRange(min=0))
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER|FILE.zip", help="A folder, or one ZIP file.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier export.")
@opening
def cli(
    session: Session,
    index: int | None,
    out: Path | None,
    overwrite: bool,
    key_file: Path | None,
    of: str | None,
) -> None:
    """Fetch message INDEX (the newest, if none is named), and arrange its images for a doctor's system.

    Writes what medical software imports from a CD or a USB stick: the DICOM files with their directory, DICOMDIR. With
    it come pictures for any web browser (INDEX.HTM), a README.TXT, and the other files. Nothing of it is encrypted.
    """
    from radiogram import transfer
    from radiogram.export.fileset import Export
    from radiogram.ipfs.cid import cid_text

    target = out or Path(session.ask("--out", "Folder, or ZIP file"))
    with Export(target, overwrite) as export:
        _, message, contents = open_one(session, index, key_file, of)
        ipfs = session.ipfs("recipient")
        with session.progress("Fetching and decrypting", contents.ciphertext_bytes) as progress:
            received = transfer.retrieve(contents, export.received, ipfs=ipfs, progress=progress)
        files = [(entry.name, path) for path, entry in received.files]
        with session.progress("Arranging", 2 * sum(entry.bytes for _, entry in received.files)) as progress:
            exported = export.finish(files, progress)
    for name, why in exported.remarks:
        session.note(f"{name}: {why}")
    session.result(
        {
            "index": message.index,
            "sender": message.sender,
            "sent_at": message.sent_at.isoformat(),
            "cid": cid_text(contents.cid),
            "signed_by": received.signed_by,
            "out": str(target),
            "dicom_files": exported.dicom_files,
            "pictures": exported.pictures,
            "other_files": exported.others,
            "remarks": [{"name": name, "reason": why} for name, why in exported.remarks],
        }
    )
    say_origin(session, message, received)
    counts = [
        counted(exported.dicom_files, "DICOM file"),
        counted(exported.pictures, "picture"),
        counted(exported.others, "other file"),
    ]
    session.say(f"{target}  {', '.join(counts)}" + (f", {size(target.stat().st_size)}" if target.is_file() else ""))
    session.say("Hand on all of it, not single files. Nothing of it is encrypted: whoever has it can read it.")
