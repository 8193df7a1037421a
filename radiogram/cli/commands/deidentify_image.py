"""De-identify images."""

from pathlib import Path

import click

from radiogram.cli import report, transfers
from radiogram.cli.look import looked_at
from radiogram.cli.options import NamedPath, deidentify_options, paths_argument
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted


@click.command("deidentify_image", cls=Command)
@paths_argument
@click.option("--out", type=NamedPath(), default=Path("deidentified"), show_default=True, help="Folder.")
@click.option("--overwrite", is_flag=True, help="Replace files of the same name in the folder.")
@deidentify_options
def cli(
    session: Session, paths: tuple[Path, ...], out: Path, overwrite: bool, force_pixels: bool, leave_out: bool
) -> None:
    """Write copies of DICOM images that do not name the patient, to be looked at or used elsewhere.

    Needs no network. On a terminal, pictures of kinds that often show the patient's name are shown to you first.
    `share_image --deidentify` does the same on its way to a doctor.
    """
    from radiogram.deidentify.study import deidentify
    from radiogram.dicom.series import sort_out
    from radiogram.output.staging import StagedOutput

    terminal = session.terminal
    chosen = list(paths) or [Path(terminal.ask_file("PATH", "Image or study folder"))]
    if missing := [path for path in chosen if not path.exists()]:
        fail(f"{missing[0]} does not exist: check the name")
    found = [path for each in chosen for path in (sorted(each.rglob("*")) if each.is_dir() else [each])]
    sorted_out = sort_out(path for path in found if path.is_file())
    if sorted_out.unreadable:
        fail(f"{sorted_out.unreadable[0]} is DICOM, and can't be read: leave it out")
    files = [file for series in sorted_out.series for file in series.files]
    if not files:
        fail("there is no DICOM image in what you named: name DICOM files, or folders that hold some")
    force_pixels = looked_at(terminal, files, force_pixels)
    transfers.remove_abandoned(session, out)
    with (
        StagedOutput(out, overwrite) as output,
        terminal.progress("De-identifying", sum(file.stat().st_size for file in files)) as progress,
    ):
        options = {"force_pixels": force_pixels, "leave_out": leave_out}
        written, done = deidentify(files, output.folder, **options, progress=progress)
        places = output.finish([each.relative_to(output.folder).as_posix() for each in written])
    left_out = {"not_dicom": len(sorted_out.others), "refused": [str(files[each.number - 1]) for each in done.left_out]}
    copies = {"out": str(out), "files": list(map(str, places)), "left_out": left_out}
    terminal.result(copies | {"deidentification": report.deidentification_fields(done)})
    terminal.say(*report.deidentification_lines(done))
    if sorted_out.others:
        terminal.say(f"Left out: {counted(len(sorted_out.others), 'file')} other than DICOM images")
    terminal.say(f"The copies are in {out}")
