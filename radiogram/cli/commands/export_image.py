"""Export images for a doctor's system."""

from pathlib import Path

import click

from radiogram.cli import handing_on, report, transfers
from radiogram.cli import keepsake as keepsakes
from radiogram.cli.destination import Destination, destination_options
from radiogram.cli.message_choice import open_message
from radiogram.cli.options import NamedPath, keyring_options, message_argument, offline_option
from radiogram.cli.session import Command, Session
from radiogram.cli.signer import signer_of
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted, size


@click.command("export_image", cls=Command)
@message_argument
@click.option("--out", type=NamedPath(), metavar="FOLDER|FILE.zip", help="A folder, or one ZIP file.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier export.")
@click.option("--keepsake", type=NamedPath(), metavar="FILE.html", help="One page that shows the images, not files.")
@destination_options
@offline_option
@keyring_options
def cli(
    session: Session,
    name: str | None,
    out: Path | None,
    overwrite: bool,
    keepsake: Path | None,
    destination: Destination | None,
    cars: tuple[Path, ...],
    key_file: Path | None,
    of: str | None,
) -> None:
    """Fetch message INDEX (the newest of a sender you know, if none is named), and arrange it for a doctor's system.

    Writes what medical software imports from a CD or a USB stick: the DICOM files with their directory, DICOMDIR. With
    it come pictures for any web browser (INDEX.HTM), a README.TXT, and the other files. Nothing of it is encrypted.
    With --to-ae or --to-dicomweb the DICOM files are sent to the doctor's system instead, bit for bit as they are. With
    --keepsake, one page is written that shows the images in any browser, without a network.
    """
    from radiogram.export.fileset import Export

    if sum(way is not None for way in (out, keepsake, destination)) > 1:
        fail("--out, --keepsake, and --to-ae or --to-dicomweb are different ways: choose one")
    session.network.read_from(cars)
    if destination is not None:
        handing_on.send(session, name, destination, key_file, of)
        return
    if keepsake is not None:
        keepsakes.write(session, name, keepsake, overwrite, key_file, of)
        return
    terminal = session.terminal
    target = out or Path(terminal.ask_file("--out", "Folder, or ZIP file"))
    transfers.remove_abandoned(session, target.parent if target.suffix.lower() == ".zip" else target)
    with Export(target, overwrite) as export:
        chosen = open_message(session, name, key_file, of)
        ipfs = session.network.ipfs_to_read()
        received = transfers.retrieve(session, chosen.opened.reference, export.received, ipfs, private=False)
        files = [(entry.name, path) for path, entry in received.files]
        with terminal.progress("Arranging", 2 * sum(entry.bytes for _, entry in received.files)) as progress:
            header = received.header
            signed = (header.manifest_bytes, header.signature) if header.signature else None
            exported = export.finish(files, progress, signed)
    signer = signer_of(received.signed_by, chosen.message, chosen.names.shown)
    label = header.manifest.sender_label
    for name, why in exported.remarks:
        terminal.note(f"{name}: {why}")
    terminal.result(
        report.received_fields(chosen, label)
        | signer.fields()
        | {
            "out": str(target),
            "dicom_files": exported.dicom_files,
            "pictures": exported.pictures,
            "other_files": exported.others,
            "contents": [
                {"sop_class": each.sop_class, "is_video": each.is_video, "files": each.files, "frames": each.frames}
                for each in exported.contents
            ],
            "is_signed": exported.is_signed,
            "remarks": [{"name": name, "reason": why} for name, why in exported.remarks],
        }
    )
    counts = [
        counted(exported.dicom_files, "DICOM file"),
        counted(exported.pictures, "picture"),
        counted(exported.others, "other file"),
    ]
    terminal.say(
        *report.origin_lines(chosen, signer, label),
        f"{target}  {', '.join(counts)}" + (f", {size(target.stat().st_size)}" if target.is_file() else ""),
        *(f"  {each}" for each in exported.contents),
        "Hand on all of it, not single files. Nothing of it is encrypted: whoever has it can read it.",
    )
