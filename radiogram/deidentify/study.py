"""De-identifies a study: all of its files, or none.

Each file is read, changed by the profile, written with its pixels as they were, read again, and searched for all that
the originals call their patient. Any doubt refuses all files. docs/deidentify.md says more.
"""

from __future__ import annotations

import hashlib
import mmap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
from pydicom import Dataset
from pydicom.datadict import keyword_for_tag

from radiogram.deidentify.burned_in import refuse_likely_text
from radiogram.deidentify.image_file import ImageFile, compressed_headers, write_image
from radiogram.deidentify.picture_data import unused_bits
from radiogram.deidentify.profile import Profile, vrs_of
from radiogram.deidentify.search import Identifiers
from radiogram.deidentify.terms import terms_in
from radiogram.dicom.header import positive, read_header, refusals, sequence
from radiogram.dicom.pixels import StoredPixels
from radiogram.errors import DeidentificationError, DicomError, OutputError, PictureTextError, PreviewError

NOT_CLAIMED = (
    "Text in the pictures themselves was not looked for: look at each one first.",
    "A face can be rebuilt from CT or MR slices of a head; implants and rare findings can tell who it is.",
    "Descriptions and comments are removed whole; names in fields that DICOM does not mean for names are found only "
    "if the file gives them elsewhere too.",
)

_DESCRIBING_PIXELS = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
)


@dataclass(frozen=True)
class LeftOut:
    """A file that could not be de-identified and has no copy; never its name, which may be the patient's."""

    number: int  # its place among the files, from 1
    series: int | None
    reason: str


@dataclass
class Report:
    """What was done, by attribute keyword and count; never a value."""

    files: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    emptied: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    unnamed: int = 0  # removed attributes that have no keyword: private ones, and those that DICOM does not know
    inflated: int = 0  # files that were deflated and no longer are
    sought: int = 0  # how many names, numbers, dates and UIDs of the originals were sought in every file, in vain
    left_out: list[LeftOut] = field(default_factory=list)


def deidentify(
    files: Sequence[Path],
    out: Path,
    *,
    force_pixels: bool = False,
    leave_out: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[list[Path], Report]:
    """Write a de-identified copy of each file of a study into the folder `out`; where they are, and what was done.

    The copies are named by series and image number. `force_pixels` also takes images of kinds that often have text
    in the picture. `leave_out` leaves out files that can't be de-identified, as long as there is another one, and tells
    of them. Nothing is to be used from `out` if this raises. Raises DeidentificationError, OutputError.
    """
    identifiers, report = Identifiers(), Report()
    total = len(files)
    taken = []
    for number, file in enumerate(files, 1):
        with _leaving_out(report, identifiers, file, number, total, leave_out):
            original = ImageFile.of(file)
            identifiers.gather(original.header.file_meta)
            identifiers.gather(original.header)
            if not force_pixels:
                refuse_likely_text(original.header)
            taken.append((number, file))
    study, places = Profile(identifiers), []
    report.sought = len(identifiers)
    for number, file in taken:
        with _leaving_out(report, identifiers, file, number, total, leave_out):
            original, cleaned = ImageFile.of(file), study.cleaned(ImageFile.of(file).header)
            place = _free_place(out, cleaned)
            with _removed_if_refused(place):
                write_image(cleaned, original, place)
                _check(original, ImageFile.of(place), place, identifiers, report)
            places.append(place)
        progress(file.stat().st_size)
    if not places and report.left_out:
        first = report.left_out[0]
        raise DeidentificationError(
            f"none of {total} {'file' if total == 1 else 'files'} can be de-identified", reason=first.reason
        )
    return places, report


def in_doubt(files: Sequence[Path]) -> list[Path]:
    """Those of kinds that often have text in the picture. What can't be read is not among them."""
    found = []
    for file in files:
        try:
            with refusals():
                refuse_likely_text(ImageFile.of(file).header)
        except PictureTextError:
            found.append(file)
        except DicomError:
            continue
    return found


@contextmanager
def _leaving_out(
    report: Report, identifiers: Identifiers, file: Path, number: int, total: int, leave_out: bool
) -> Iterator[None]:
    """As _refusing; but if `leave_out`, `report` tells of the file, and the others go on.

    What its header calls the patient is sought in them, as far as it can be read.
    """
    try:
        with _refusing(file, number, total):
            yield
    except DeidentificationError as error:
        if not leave_out:
            raise
        report.left_out.append(LeftOut(number, _series(file), error.reason))
        with suppress(DicomError), refusals():
            identifiers.gather(read_header(file)[1])


@contextmanager
def _removed_if_refused(place: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        place.unlink(missing_ok=True)
        with suppress(OSError):  # other copies are in it
            place.parent.rmdir()
        raise


@contextmanager
def _refusing(file: Path, number: int, total: int) -> Iterator[None]:
    """Whatever goes wrong with a file refuses all of them, in one line that holds nothing of it."""
    trouble = None
    try:
        with refusals():
            try:
                yield
            except OSError as error:
                if error.errno is None:  # pydicom's own, of a file's content
                    raise
                trouble = error
    except DicomError as error:
        text_likely = isinstance(error, PictureTextError)
        raise (PictureTextError if text_likely else DeidentificationError)(
            f"{_which(file, number, total)} can't be de-identified",
            "look at it, and force its pixels if it shows no name" if text_likely else "leave its series out",
            reason=error.reason,
        ) from None
    if trouble:
        raise OutputError(f"a de-identified copy can't be written: {trouble.strerror}")


def _which(file: Path, number: int, total: int) -> str:
    """A file by its place and its series' number; its name may be the patient's."""
    series = _series(file)
    return (f"file {number} of {total}" if total > 1 else "the file") + (f" (series {series})" if series else "")


def _series(file: Path) -> int | None:
    try:
        with refusals():
            return positive(read_header(file, ["SeriesNumber"])[1].get("SeriesNumber") or 0)
    except PreviewError:
        return None


def _free_place(out: Path, header: Dataset) -> Path:
    """A file name of series and image number that is not taken."""
    series, image = (positive(header.get(each) or 0) or 0 for each in ("SeriesNumber", "InstanceNumber"))
    stem = out / f"series-{series:03}" / f"image-{image:04}"
    place, count = stem.with_suffix(".dcm"), 1
    while place.exists():
        count += 1
        place = stem.with_name(f"{stem.name}-{count}.dcm")
    return place


def _check(original: ImageFile, result: ImageFile, place: Path, identifiers: Identifiers, report: Report) -> None:
    """Refuse the file at `place` unless its picture is the original's, and no identifier is in it; else report it."""
    if any(original.header.get(each) != result.header.get(each) for each in _DESCRIBING_PIXELS):
        raise PreviewError("its header is damaged or unusual")
    _refuse_hidden_bits(original)
    if _digest(result.pixels()) != _digest(original.picture()) or not _is_same_picture(original, place):
        raise PreviewError("its pixels did not stay as they were")
    with place.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        outside = content[: result.place.start] + content[result.place.end :]
        within = b"\0".join(compressed_headers(content, result.place.fragments))
        found = (
            identifiers.found_in(outside, terms="\\".join(terms_in(result.header)))
            or identifiers.found_in(within)
            or identifiers.found_in_texts(result.header)
            or identifiers.found_in_pixels(stream, result.place.start, result.place.end)
        )
    if found:
        raise PreviewError(f"a value of {found} would stay in it")
    report.files += 1
    report.inflated += isinstance(original.source, bytes)
    _compare(original.header, result.header, report)


def _digest(pieces: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def _is_same_picture(original: ImageFile, place: Path) -> bool:
    """Whether a compressed picture that was taken out of other bytes still decodes to the same pixels."""
    if not original.is_rewritten:
        return True
    ours, theirs = StoredPixels(original.source), StoredPixels(place)
    return ours.frames == theirs.frames and all(
        np.array_equal(ours.frame(index), theirs.frame(index)) for index in range(ours.frames)
    )


def _refuse_hidden_bits(original: ImageFile) -> None:
    """Raise PreviewError where a compressed picture has bits set that hold no pixel."""
    header = original.header
    if not header.file_meta.TransferSyntaxUID.is_encapsulated or not unused_bits(header):
        return
    stored, pixels = int(header.BitsStored), StoredPixels(original.source)
    lowest = -(1 << stored - 1) if header.get("PixelRepresentation") else 0
    for index in range(pixels.frames):
        if pixels.announced_bits(index) > stored:
            frame = pixels.frame(index, all_bits=True)
            if frame.min() < lowest or frame.max() >= 1 << stored:
                raise PreviewError("its compressed picture has bits set beside those that it says it has")


def _compare(original: Dataset, result: Dataset, report: Report) -> None:
    """Count what became of each attribute, from the two files as they are."""
    for tag in list(original.keys()):
        keyword = keyword_for_tag(tag)
        before = original.get_item(tag)
        after = result.get_item(tag) if tag in result else None
        if after is None and not keyword:
            report.unnamed += 1
        elif after is None:
            report.removed[keyword] += 1
        elif "SQ" in vrs_of(result, tag):
            items = list(zip(sequence(original, cast(str, tag)), sequence(result, cast(str, tag)), strict=False))
            for ours, theirs in items:
                _compare(ours, theirs, report)
            if sequence(original, cast(str, tag)) and not items:
                report.emptied[keyword] += 1
        elif before.value != after.value and original[tag].value != result[tag].value:
            (report.emptied if result[tag].is_empty else report.replaced)[keyword] += 1
