"""A study as a doctor's system imports it: a DICOM file-set with DICOMDIR, laid out as IHE PDI describes.

    DICOMDIR, DICOM/…      the DICOM files, their data sets bit for bit, listed as PS3.10 wants
    README.TXT             what this is, in plain words
    FHIR.JSN               what the files say of themselves, as FHIR resources
    MANIFEST.JSN, .SIG     what the sender signed, where every file is there unchanged
    INDEX.HTM, IHE_PDI/…   pictures of them, for a web browser
    OTHER/…                all other files, and DICOM files that a directory can't list

As a folder or as one ZIP file; the same files always give the same one. Whole or not at all (radiogram.output.staging).
"""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, generate_uid

from radiogram.dicom.contact_sheet import SHEET_TILES, TILE_PIXELS, sheet
from radiogram.dicom.display import shown_date, shown_name
from radiogram.dicom.frames import SeriesFrames, spread
from radiogram.dicom.header import is_dicom, missing_head, read_header, read_meta, refusals
from radiogram.dicom.kinds import described
from radiogram.dicom.metadata import FileMetadata, instance_metadata
from radiogram.dicom.picture import png
from radiogram.dicom.series import series_order
from radiogram.errors import OutputExists, OutputFolderError, PreviewError
from radiogram.export import fhir
from radiogram.export.contents import Kind, kinds
from radiogram.export.dicomdir import TAGS, Directory, Entry, entry
from radiogram.export.fhir import FHIR_NAME
from radiogram.export.pages import (
    PAGE_NAME,
    README_NAME,
    README_TITLE,
    Inventory,
    PictureLink,
    SeriesPart,
    StudyPart,
    page,
    readme,
)
from radiogram.formats.kept_manifest import EXPORTED_MANIFEST, EXPORTED_SIGNATURE
from radiogram.output.staging import StagedOutput

NAMES = (
    *("DICOMDIR", "DICOM", README_NAME, PAGE_NAME, "IHE_PDI", FHIR_NAME, "OTHER"),
    *(EXPORTED_MANIFEST, EXPORTED_SIGNATURE),
)
PICTURES = 240  # of an export, and not above 24 of a series: 5,000 slices would take hours to click through
PICTURES_A_SERIES = 24
SERIES_WITH_PICTURES = 100
BLOCK_BYTES = 128 << 10
OWN_DIRECTORY = "left out: it is a DICOMDIR, and the new one takes its place"


@dataclass(frozen=True)
class _ListedFile:
    """A DICOM file that the directory lists."""

    path: Path
    entry: Entry
    metadata: FileMetadata | None
    facts: fhir.Facts
    head: bytes
    """What it lacks of a PS3.10 file; its own bytes follow from `start` on."""
    start: int

    @property
    def frames(self) -> int:
        """0: not an image."""
        return self.metadata.frames if self.metadata else 0


@dataclass
class Exported:
    """What was written where."""

    out: Path
    dicom_files: int = 0
    pictures: int = 0
    others: int = 0
    contents: list[Kind] = field(default_factory=list)
    """The kinds of the DICOM files."""
    is_signed: bool = False
    """Whether manifest and signature are beside the files, which are all there unchanged."""
    remarks: list[tuple[str, str]] = field(default_factory=list)
    """Names of files that are not where one would look for them, or have no picture, and why: one line each."""


class Export:
    """An export in the making, to a folder, or to a ZIP file where `out` ends so.

    Use as a context manager: put the study's files below `received`, then `finish`. Raises OutputFolderError.
    """

    def __init__(self, out: Path, overwrite: bool = False) -> None:
        self._out = Path(os.path.abspath(out))
        self._shown = out
        self._overwrite = overwrite
        self._is_zip = out.suffix.lower() == ".zip"
        self._staged = StagedOutput(self._out.parent if self._is_zip else self._out, overwrite)

    def __enter__(self) -> Export:
        self._refuse_existing()
        self._staged.__enter__()
        self.received = self._staged.folder / "received"
        return self

    def __exit__(self, *exc: object) -> None:
        self._staged.__exit__(*exc)

    def finish(
        self,
        files: Sequence[tuple[str, Path]],
        progress: Callable[[int], None] = lambda _: None,
        signed: tuple[bytes, bytes] | None = None,
    ) -> Exported:
        """Arrange `files` (name in the study, path below `received`; in a folder they are moved there).

        `signed` are their manifest and its signature, which go along if no file is left out or changed.
        `progress` is told twice of the bytes of each file: when it was looked at, and when it was written.
        """
        exported = Exported(self._shown)
        try:
            members = _members(files, exported, progress, signed)
            if self._is_zip:
                _write_zip(self._staged.folder / self._out.name, members, progress)
                self._staged.finish([self._out.name])
            else:
                _write_folder(self._staged.folder, members, progress)
                self._replace()
        except OSError as error:
            raise OutputFolderError(f"{self._shown} can't be written: {error.strerror}") from None
        return exported

    def _replace(self) -> None:
        """Put the new folder's parts into place; those of an earlier export are put back if that fails."""
        new = [name for name in NAMES if (self._staged.folder / name).exists()]
        self._staged.finish(new, instead_of=filter(self._is_there, NAMES))

    def _refuse_existing(self) -> None:
        if self._is_zip:
            if self._out.is_dir() or (os.path.lexists(self._out) and not self._overwrite):
                raise OutputExists(f"{self._shown} is there already")
            return
        for name in filter(self._is_there, NAMES):
            is_export = self._is_earlier_export()
            if not (is_export and self._overwrite):
                raise (OutputExists if is_export else OutputFolderError)(f"{self._shown / name} is there already")

    def _is_there(self, name: str) -> bool:
        return os.path.lexists(self._out / name)

    def _is_earlier_export(self) -> bool:
        """Whether what would be replaced was written here: overwriting must not take away anything else."""
        try:
            with (self._out / README_NAME).open("rb") as stream:
                return stream.read(len(README_TITLE) + 2) == README_TITLE.encode() + b"\r\n"
        except OSError:
            return False


# ---- what goes where

Member = tuple[str, "bytes | Path | _ListedFile"]


def _members(
    files: Sequence[tuple[str, Path]],
    exported: Exported,
    progress: Callable[[int], None],
    signed: tuple[bytes, bytes] | None,
) -> Iterator[Member]:
    """Every file of the export, by its name there; fills in `exported` on the way."""
    listed, others = _survey(files, exported, progress)
    directory = Directory()
    placed = [("/".join(directory.add(each.entry)), each) for each in _in_order(listed)]
    studies: list[StudyPart] = []
    yield from _pictures(placed, studies, exported)
    if placed:
        yield "DICOMDIR", directory.to_bytes(generate_uid(entropy_srcs=directory.uids))
    yield FHIR_NAME, _bundle(placed, others)
    yield from placed
    for path, source, _ in others:
        yield path, source
    if signed and len(placed) + len(others) == len(files) and not any(each.head for each in listed):
        exported.is_signed = True
        yield from zip((EXPORTED_MANIFEST, EXPORTED_SIGNATURE), signed, strict=True)
    inventory = _inventory(listed, [(path, why) for path, _, why in others], exported.is_signed)
    yield README_NAME, readme(inventory)
    yield PAGE_NAME, page(studies, inventory)
    exported.dicom_files, exported.others = len(placed), len(others)
    exported.contents = _kinds(each for _, each in placed)


def _bundle(placed: Sequence[tuple[str, _ListedFile]], others: Sequence[tuple[str, Path, str]]) -> bytes:
    """FHIR.JSN. Of what a directory can't list, no more is said than of any other file."""
    instances = [
        fhir.Instance(path, each.entry.sop_class, each.entry.sop_instance, each.metadata, each.facts)
        for path, each in placed
        if each.metadata and each.metadata.study_uid and each.metadata.series_uid
    ]
    files = []
    for path, source, _ in others:
        with source.open("rb") as stream:
            files.append(fhir.OtherFile(path, source.stat().st_size, stream.read(fhir.MAGIC_BYTES)))
    return fhir.bundle(instances, files)


def _survey(
    files: Sequence[tuple[str, Path]], exported: Exported, progress: Callable[[int], None]
) -> tuple[list[_ListedFile], list[tuple[str, Path, str]]]:
    """The DICOM files that can be listed; all others, with their path, and why if they are DICOM."""
    listed: dict[str, _ListedFile] = {}
    others = []
    for name, path in files:
        why = ""
        try:
            found = _inspect(path)
        except PreviewError as error:
            found, why = None, str(error)
        if found and found.entry.sop_instance in listed:
            found, why = None, "a DICOM directory can't list it: another file has the same SOPInstanceUID"
        if found:
            listed[found.entry.sop_instance] = found
        elif why != OWN_DIRECTORY:
            others.append((f"OTHER/{name}", path, why))
        if why:
            exported.remarks.append((name, why))
        progress(path.stat().st_size)
    return list(listed.values()), others


def _inspect(path: Path) -> _ListedFile | None:
    """What a directory says of the file; None if it is not DICOM. Raises PreviewError if it can't be listed."""
    if not is_dicom(path):
        return None
    with refusals():
        _, header, _ = read_header(path, TAGS + fhir.TAGS)
        if "DirectoryRecordSequence" in header:
            raise PreviewError(OWN_DIRECTORY)
        if syntax := read_meta(path)[0].get("TransferSyntaxUID"):
            header.file_meta.TransferSyntaxUID = syntax  # a deflated file was read as what it was inflated to
        facts = fhir.facts(header)  # before what is lacking is filled in for the directory
        listed = entry(header)
        return _ListedFile(path, listed, instance_metadata(path), facts, *missing_head(path, header))


def _in_order(files: Sequence[_ListedFile]) -> list[_ListedFile]:
    """By series, slices in order, as people expect to see them; then what is no image."""
    images = [each for each in files if each.frames]
    order = series_order([each.metadata for each in images if each.metadata])
    chosen = [images[place] for places in order for place in places]
    rest = {id(each) for each in chosen}
    return chosen + [each for each in files if id(each) not in rest]


def _inventory(files: Sequence[_ListedFile], others: list[tuple[str, str]], is_signed: bool) -> Inventory:
    syntaxes = Counter(UID(each.entry.syntax) for each in files)
    compressed = sum(count for uid, count in syntaxes.items() if uid.is_compressed)
    named = [(str(uid.name), count) for uid, count in sorted(syntaxes.items())]
    return Inventory(len(files), others, named, compressed, is_signed)


# ---- pictures


def _pictures(
    placed: Sequence[tuple[str, _ListedFile]], studies: list[StudyPart], exported: Exported
) -> Iterator[Member]:
    """The pictures of all series, by name; fills in `studies`."""
    series: dict[tuple[object, ...], list[tuple[str, _ListedFile]]] = {}
    for name, each in placed:
        series.setdefault(tuple((level.kind, level.key) for level in each.entry.path[:3]), []).append((name, each))
    parts: dict[tuple[object, ...], StudyPart] = {}
    most = min(PICTURES_A_SERIES, max(1, PICTURES // max(1, len(series))))
    for number, (key, files) in enumerate(series.items(), 1):
        first = files[0][1].metadata
        study = parts.setdefault(key[:2], _study_part(first))
        part = SeriesPart(_series_title(files))
        study.series.append(part)
        if number > SERIES_WITH_PICTURES:
            part.remark = "No pictures: there are too many series."
            continue
        for name, data in _pictures_of(files, f"IHE_PDI/SE{number:06}", part, most, exported):
            exported.pictures += 1
            yield name, data
    studies.extend(parts.values())


def _pictures_of(
    files: Sequence[tuple[str, _ListedFile]], stem: str, part: SeriesPart, most: int, exported: Exported
) -> Iterator[tuple[str, bytes]]:
    """Pictures of one series, evenly chosen, and one sheet of more if that are not all.

    What has no picture is remarked on once a series.
    """
    images = [(name, each.path) for name, each in files if each.frames]
    total = sum(each.frames for _, each in files)
    why = ""

    def refused(place: int, error: PreviewError) -> None:
        nonlocal why
        if not why:
            exported.remarks.append((images[place][0], f"no picture: {error}"))
            why = f"No picture: {error}"

    frames = SeriesFrames([path for _, path in images], refused)
    for index in spread(frames.total, most):
        caption, image = frames.tile(index)
        if image:
            name = f"{stem}/IM{index + 1:06}.PNG"
            part.pictures.append(PictureLink(name, caption))
            yield name, png(image)
    if frames.total > most:
        tiles = [frames.tile(index, TILE_PIXELS) for index in spread(frames.total, SHEET_TILES)]
        part.sheet = f"{stem}.PNG"
        yield part.sheet, png(sheet([(f"{len(tiles)} of {frames.total}", tiles)]))
    if not part.pictures:
        named = dict.fromkeys(described(each.entry.sop_class) for _, each in files if not each.frames)
        part.remark = why or f"No picture. {'; '.join(named)}."
    elif len(part.pictures) < total:
        part.remark = f"{len(part.pictures)} of {total:,} are shown here. {why}".rstrip()


def _study_part(metadata: FileMetadata | None) -> StudyPart:
    if metadata is None:
        return StudyPart("", "", "")
    title = " · ".join(filter(None, (shown_date(metadata.study_date), metadata.description)))
    return StudyPart(shown_name(metadata.patient.name), shown_date(metadata.patient.birth_date), title)


def _series_title(files: Sequence[tuple[str, _ListedFile]]) -> str:
    """`Series 2 · CT · Thorax · 20 images`, `Series 3 · US · Ultrasound Multi-frame Image · 96 frames in 2 files`."""
    metadata = files[0][1].metadata
    number = f" {metadata.series_number}" if metadata and metadata.series_number is not None else ""
    said = (metadata.modality, metadata.series_description) if metadata else ()
    plain = f"{metadata.modality} Image" if metadata else ""
    what = [each.amount if each.name == plain else str(each) for each in _kinds(each for _, each in files)]
    return " · ".join(filter(None, (f"Series{number}", *said, *what)))


def _kinds(files: Iterable[_ListedFile]) -> list[Kind]:
    return kinds((each.entry.sop_class, each.entry.syntax, each.frames) for each in files)


# ---- writing


def _write_folder(folder: Path, members: Iterator[Member], progress: Callable[[int], None]) -> None:
    for name, content in members:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, _ListedFile) and not content.head:
            content.path.replace(place)
        elif isinstance(content, Path):
            content.replace(place)
        else:
            with place.open("xb") as stream:
                for block in _blocks(content):
                    stream.write(block)
                stream.flush()
                os.fsync(stream.fileno())
        if not isinstance(content, bytes):
            progress(place.stat().st_size)


def _write_zip(path: Path, members: Iterator[Member], progress: Callable[[int], None]) -> None:
    """A ZIP file (PS3.12 V) whose bytes depend on the members alone: no times, no owners."""
    with path.open("xb") as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in members:
                info = zipfile.ZipInfo(name)
                info.external_attr = 0o100644 << 16
                info.compress_type = zipfile.ZIP_DEFLATED if _shrinks(name, content) else zipfile.ZIP_STORED
                info._compresslevel = 1  # type: ignore[attr-defined]  # noise in pixels does not shrink for trying harder
                with archive.open(info, "w", force_zip64=True) as member:
                    for block in _blocks(content):
                        member.write(block)
                        if not isinstance(content, bytes):
                            progress(len(block))
        stream.flush()
        os.fsync(stream.fileno())


def _shrinks(name: str, content: bytes | Path | _ListedFile) -> bool:
    if isinstance(content, _ListedFile):
        syntax = UID(content.entry.syntax)
        return not syntax.is_encapsulated and syntax != DeflatedExplicitVRLittleEndian
    return not name.upper().endswith((".PNG", ".JPG", ".JPEG", ".ZIP"))


def _blocks(content: bytes | Path | _ListedFile) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    path, head, start = (content, b"", 0) if isinstance(content, Path) else (content.path, content.head, content.start)
    yield head
    with path.open("rb", buffering=0) as stream:
        stream.seek(start)
        while block := stream.read(BLOCK_BYTES):
            yield block
