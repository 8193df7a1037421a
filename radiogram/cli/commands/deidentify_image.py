"""De-identify images."""

from pathlib import Path

import click

from radiogram.cli import report, transfers
from radiogram.cli.options import NamedPath, paths_argument
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted


@click.command("deidentify_image", cls=Command)
@paths_argument
@click.option("--out", type=NamedPath(), default=Path("deidentified"), show_default=True, help="Folder.")
@click.option("--overwrite", is_flag=True, help="Replace files of the same name in the folder.")
@click.option(
    "--force-pixels",
    is_flag=True,
    help="Take pictures of kinds that often show the patient's name, too. Look at them first.",
)
def cli(session: Session, paths: tuple[Path, ...], out: Path, overwrite: bool, force_pixels: bool) -> None:
    """Write copies of DICOM images that do not name the patient, to be looked at or used elsewhere.

    Needs no network. `share_image --deidentify` does the same on its way to a doctor.
    """
    from radiogram.deidentify.study import deidentify
    from radiogram.dicom.series import sort_out
    from radiogram.output.staging import StagedOutput

    terminal = session.terminal
    chosen = list(paths) or [Path(terminal.ask("PATH", "Image or study folder"))]
    if missing := [path for path in chosen if not path.exists()]:
        fail(f"{missing[0]} does not exist: check the name")
    found = [path for each in chosen for path in (sorted(each.rglob("*")) if each.is_dir() else [each])]
    sorted_out = sort_out(path for path in found if path.is_file())
    if sorted_out.unreadable:
        fail(f"{sorted_out.unreadable[0]} is DICOM, and can't be read: leave it out")
    files = [file for series in sorted_out.series for file in series.files]
    if not files:
        fail("there is no DICOM image in what you named: name DICOM files, or folders that hold some")
    transfers.remove_abandoned(session, out)
    with (
        StagedOutput(out, overwrite) as output,
        terminal.progress("De-identifying", sum(file.stat().st_size for file in files)) as progress,
    ):
        written, done = deidentify(files, output.folder, force_pixels=force_pixels, progress=progress)
        places = output.finish([each.relative_to(output.folder).as_posix() for each in written])
    terminal.result(
        {"out": str(out), "files": list(map(str, places)), "deidentification": report.deidentification_fields(done)}
        | {"left_out": {"not_dicom": len(sorted_out.others)}}
    )
    terminal.say(*report.deidentification_lines(done))
    if sorted_out.others:
        terminal.say(f"Left out: {counted(len(sorted_out.others), 'file')} other than DICOM images")
    terminal.say(f"The copies are in {out}")
