"""Makes a new study of a part of a message, or of copies that do not name the patient, to be handed on."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import hints, report, transfers
from radiogram.cli.look import looked_at
from radiogram.cli.reading import reading
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted, size

if TYPE_CHECKING:
    from radiogram.deidentify.study import Report
    from radiogram.dicom.metadata import Overview
    from radiogram.dicom.series import Series
    from radiogram.formats.key_reference import KeyReference
    from radiogram.formats.source_files import Study

ON_CHAIN = "The chain shows, as of every message, which account sends to which, and when."


@dataclass(frozen=True)
class Wanted:
    """What of a message is to be handed on, and how."""

    only: tuple[str, ...] = ()  # series; none: all that are DICOM
    deidentify: bool = False
    force_pixels: bool = False
    leave_out: bool = False

    def identity(self, cid: bytes) -> bytes:
        """The same each time that this is wanted of the study with this CID: copies have other UIDs each time."""
        wanted = [cid.hex(), sorted(self.only), self.deidentify, self.force_pixels]
        return json.dumps(wanted + [True] * self.leave_out).encode()

    @property
    def is_whole(self) -> bool:
        return not self.only and not self.deidentify


@dataclass(frozen=True)
class Part:
    """What is handed on of a message, and what is not."""

    study: Study
    overview: Overview  # of the same files
    series: list[Series]
    other_series: int
    others: int  # files that are not DICOM images
    unreadable: int
    deidentification: Report | None  # what the de-identification did, if there was one

    @property
    def described(self) -> str:
        from radiogram.dicom.series import listed

        copies = ", de-identified" if self.deidentification else ""
        return f"series {listed(self.series)}{copies}, {size(self.study.plaintext_bytes)}"

    def lines(self) -> list[str]:
        """What is left out and what was changed, for a person."""
        left_out = [
            *([f"{self.other_series} other series"] if self.other_series else []),
            *([f"{counted(self.others, 'file')} other than DICOM images"] if self.others else []),
            *([f"{counted(self.unreadable, 'DICOM file')} that can't be read"] if self.unreadable else []),
        ]
        lines = [f"Left out: {', '.join(left_out)}"] if left_out else []
        return lines + (report.deidentification_lines(self.deidentification, ON_CHAIN) if self.deidentification else [])

    def fields(self) -> dict[str, Any]:
        """The same for --json."""
        copies = self.deidentification
        return {
            "plaintext_bytes": self.study.plaintext_bytes,
            "files": report.file_fields((each.name, each) for each in self.study.manifest.files),
            "series": [{"number": s.number, "modality": s.modality, "files": len(s.files)} for s in self.series],
            "left_out": {"series": self.other_series, "not_dicom": self.others, "unreadable": self.unreadable},
        } | ({"deidentification": report.deidentification_fields(copies, ON_CHAIN)} if copies else {})


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for this user alone (mode 0700), gone at the end, also when the command is interrupted or hung up."""
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    with tempfile.TemporaryDirectory(prefix="radiogram-") as folder:
        yield Path(folder)


def fetch_part(session: Session, contents: KeyReference, wanted: Wanted, folder: Path) -> Part:
    """Fetch a message into `folder`, choose what goes, and make a study of it, with its metadata in the manifest."""
    from radiogram.dicom.metadata import study_overview
    from radiogram.dicom.series import choose, sort_out
    from radiogram.formats import source_files

    received, chosen_folder = folder / "received", folder / "chosen"
    found = sort_out(_fetched(session, contents, received))
    chosen = choose(found.series, wanted.only) if wanted.only else found.series
    files = [file for series in chosen for file in series.files]
    if found.unreadable and not wanted.only:
        fail(f"{counted(len(found.unreadable), 'DICOM file')} can't be read: choose other series with --only")
    if not files:
        fail("there is no DICOM image in this message: hand it on without --deidentify")
    done = None
    if wanted.deidentify:
        done = _copied(session, files, chosen_folder, wanted)
    else:
        _moved(files, received, chosen_folder)
    going = source_files.find_files(sorted(chosen_folder.iterdir()))
    overview = study_overview(file.path for file in going)
    with reading(going) as begun:
        study = begun.study(session.terminal).with_metadata("", overview.studies)
    left_out = len(found.series) - len(chosen)
    return Part(study, overview, chosen, left_out, len(found.others), len(found.unreadable), done)


def _fetched(session: Session, contents: KeyReference, folder: Path) -> list[Path]:
    from radiogram.errors import OutputFolderError

    try:
        received = transfers.retrieve(session, contents, folder, session.network.ipfs_to_read())
    except OutputFolderError as error:
        fail(hints.line(error, elsewhere="set TMPDIR to a folder with more room"))
    return [path for path, _ in received.files]


def _copied(session: Session, files: list[Path], folder: Path, wanted: Wanted) -> Report:
    from radiogram.deidentify.study import deidentify

    options = {"force_pixels": looked_at(session.terminal, files, wanted.force_pixels), "leave_out": wanted.leave_out}
    with session.terminal.progress("De-identifying", sum(file.stat().st_size for file in files)) as progress:
        return deidentify(files, folder, **options, progress=progress)[1]


def _moved(files: list[Path], source: Path, folder: Path) -> None:
    """Put `files` at the same places below `folder` as they have below `source`."""
    for file in files:
        place = folder / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.rename(place)
