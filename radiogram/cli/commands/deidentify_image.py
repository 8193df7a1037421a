"""De-identify images."""

from pathlib import Path

import click

from radiogram.cli.session import Command, Session, counted, fail


@click.command("deidentify_image", cls=Command)
@click.argument("paths", metavar="PATH…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=Path("deidentified"), show_default=True, help="Folder.")
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
    from radiogram.cli.deidentified import fields, lines
    from radiogram.deidentify.profile import deidentify
    from radiogram.dicom.series import sort_out
    from radiogram.output.staging import StagedOutput

    chosen = list(paths) or [Path(session.ask("PATH", "Image or study folder"))]
    if missing := [path for path in chosen if not path.exists()]:
        fail(f"{missing[0]} does not exist: check the name")
    found = [path for each in chosen for path in (sorted(each.rglob("*")) if each.is_dir() else [each])]
    sorted_out = sort_out(path for path in found if path.is_file())
    if sorted_out.unreadable:
        fail(f"{sorted_out.unreadable[0]} is DICOM, and can't be read: leave it out")
    files = [file for series in sorted_out.series for file in series.files]
    if not files:
        fail("there is no DICOM image in what you named: name DICOM files, or folders that hold some")
    with (
        StagedOutput(out, overwrite) as staged,
        session.progress("De-identifying", sum(f.stat().st_size for f in files)) as told,
    ):
        written, report = deidentify(files, staged.folder, force_pixels=force_pixels, progress=told)
        places = staged.finish([each.relative_to(staged.folder).as_posix() for each in written])
    session.result(
        {"out": str(out), "files": [str(place) for place in places], "deidentification": fields(report)}
        | {"left_out": {"not_dicom": len(sorted_out.others)}}
    )
    for line in lines(report):
        session.say(line)
    if sorted_out.others:
        session.say(f"Left out: {counted(len(sorted_out.others), 'file')} other than DICOM images")
    session.say(f"The copies are in {out}")
